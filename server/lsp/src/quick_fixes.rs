//! Quick fixes for what the rules find, the repaired words to copy, and everything certain at once.
//!
//! A digest is a record of mail: a fix is offered and never applied unasked. Everything certain at
//! once is offered only to those who make digests (profile `maker`), and only when asked for by its
//! kind, as editors do that fix on saving. Tests are in `tests/tests/protocol/quick_fixes.rs`.

use patch_digest_core::fixes::{self, Edit};
use patch_digest_core::lints::{CheckOptions, Problem, Profile};
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::COPY;
use crate::code_actions::Question;
use crate::to_proto::Converter;

/// The kind of the action that fixes everything certain.
pub(crate) const FIX_ALL: lsp::CodeActionKind =
    lsp::CodeActionKind::new("source.fixAll.patchDigest");

/// Findings at one place that actions are offered for: a line of damage must not fill the screen.
const MOST_PROBLEMS: usize = 10;

/// The actions for the findings that a part of a document touches.
pub(crate) fn actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    let wants_fixes = question.wants(&lsp::CodeActionKind::QUICKFIX);
    let wants_all = question.asks_for(&FIX_ALL) && question.check.profile == Profile::Maker;
    if !wants_fixes && !wants_all {
        return Vec::new();
    }
    let mut actions = Vec::new();
    if wants_fixes {
        let touched = question.problems.iter().filter(|problem| {
            problem.range.start <= question.range.end && question.range.start <= problem.range.end
        });
        for problem in touched.take(MOST_PROBLEMS) {
            add_fixes(question, problem, &mut actions);
        }
    }
    if wants_all {
        actions.extend(all_at_once(question));
    }
    actions
}

/// The fixes of a problem, and its twin: the repaired words alone.
fn add_fixes(question: &Question<'_>, problem: &Problem, actions: &mut Vec<lsp::CodeAction>) {
    let diagnostics = vec![question.converter.diagnostic(problem)];
    for (idx, fix) in fixes::of(problem).into_iter().enumerate() {
        actions.push(lsp::CodeAction {
            title: fix.title,
            kind: Some(lsp::CodeActionKind::QUICKFIX),
            diagnostics: Some(diagnostics.clone()),
            edit: Some(edit(question, &fix.edits)),
            is_preferred: (fix.certain && idx == 0).then_some(true),
            ..lsp::CodeAction::default()
        });
    }
    let Some(copy) = fixes::copy_of(problem).filter(|_| question.caps.has_command(COPY)) else {
        return;
    };
    let what = format!("the {}", copy.what.name());
    let title = format!("Copy {what}, repaired");
    actions.push(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        diagnostics: Some(diagnostics),
        command: Some(lsp::Command {
            title,
            command: COPY.to_owned(),
            arguments: Some(vec![Value::from(copy.text), Value::from(what)]),
        }),
        ..lsp::CodeAction::default()
    });
}

/// Everything certain.
fn all_at_once(question: &Question<'_>) -> Option<lsp::CodeAction> {
    let edits = fixes::certain(&question.problems);
    if edits.is_empty() {
        return None;
    }
    Some(lsp::CodeAction {
        title: "Fix everything in this digest that is certain".to_owned(),
        kind: Some(FIX_ALL),
        edit: Some(edit(question, &edits)),
        ..lsp::CodeAction::default()
    })
}
