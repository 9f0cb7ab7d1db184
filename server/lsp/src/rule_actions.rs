//! What can be done about a rule where it has found something: to have it explained, and to switch
//! it off.
//!
//! A rule is switched off in the settings file nearest to the digest, never in the digest, which is
//! a record of mail. The file is edited as the user sees it done, not behind his back, and only
//! where that is enough: what an editor sets wins over files. Tests are in
//! `tests/tests/protocol/quick_fixes.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use patch_digest_config::switch::switched_off;
use patch_digest_config::{Source, files};
use patch_digest_core::lints::{self, Rule, page};
use patch_digest_core::shown;
use patch_digest_core::text::Text;
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use crate::across::pages::rule_address;
use crate::client_caps::ClientCaps;
use crate::code_actions::Question;
use crate::index::options::SHOW_PAGE;
use crate::to_proto::Converter;
use crate::uri;

/// The command that shows what a rule is about; its argument is the code.
const EXPLAIN: &str = "patch-digest.explain";

/// Rules at one place that something is offered for.
const MOST_RULES: usize = 5;

/// The command that clients can have carried out: those that cannot show the page of a rule are
/// told the most of it in a message.
pub(crate) fn command(caps: &ClientCaps) -> Option<&'static str> {
    let is_needed = caps.code_actions && !caps.has_command(SHOW_PAGE);
    (is_needed && caps.executes_commands).then_some(EXPLAIN)
}

/// What the command tells.
pub(crate) fn explanation(params: &lsp::ExecuteCommandParams) -> Option<String> {
    let code = params.arguments.first()?.as_str()?;
    let rule = lints::rule(code).filter(|_| params.command == EXPLAIN)?;
    Some(page::brief(rule))
}

/// The actions for the rules that have found something in a part of a document.
pub(crate) fn actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    if !question.wants(&lsp::CodeActionKind::QUICKFIX) {
        return Vec::new();
    }
    let mut codes = BTreeSet::new();
    let rules = question.touched().map(|problem| problem.rule);
    let rules: Vec<&Rule> = rules.filter(|rule| codes.insert(rule.code)).collect();
    let rules = || rules.iter().copied().take(MOST_RULES);
    let explanations = rules().filter_map(|rule| explain(question, rule));
    let mut actions: Vec<_> = explanations.collect();
    if question.caps.code_action_literals {
        actions.extend(rules().filter_map(|rule| switch_off(question, rule)));
    }
    actions
}

fn explain(question: &Question<'_>, rule: &Rule) -> Option<lsp::CodeAction> {
    let title = format!("Explain {}", rule.code);
    let (command, argument) = if question.caps.has_command(SHOW_PAGE) {
        (SHOW_PAGE, rule_address(rule))
    } else {
        (command(question.caps)?, rule.code.to_owned())
    };
    Some(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        command: Some(lsp::Command {
            title,
            command: command.to_owned(),
            arguments: Some(vec![Value::from(argument)]),
        }),
        ..lsp::CodeAction::default()
    })
}

fn switch_off(question: &Question<'_>, rule: &Rule) -> Option<lsp::CodeAction> {
    let key = format!("lint.rules.{}", rule.code);
    let settings = question.settings;
    let is_of_editor = settings.origin(&key).source == Some(Source::Editor);
    let per_path = &settings.settings.lint.per_path;
    if is_of_editor
        || per_path
            .iter()
            .any(|special| special.rules.contains_key(rule.code))
    {
        return None;
    }
    let path = question.shared.settings_file_of(&question.document.uri)?;
    let is_there = path.exists();
    let text = if is_there {
        files::text(&path)?
    } else {
        String::new()
    };
    let edit = switched_off(&text, rule)?;
    let address = uri::of_path(&path)?.parse().ok()?;
    let converter = Converter {
        text: &Text::new(&text),
        caps: question.caps,
        uri: &address,
    };
    let edit = if is_there {
        converter.workspace_edit(None, &[edit])
    } else if question.caps.versioned_edits && question.caps.created_files {
        converter.file_with(&[edit])
    } else {
        return None;
    };
    Some(lsp::CodeAction {
        title: format!(
            "Switch {} off in {}{}",
            rule.code,
            if is_there { "" } else { "a new " },
            name(&path, &question.document.uri)
        ),
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        edit: Some(edit),
        ..lsp::CodeAction::default()
    })
}

/// The settings file as a reader of the digest would call it.
fn name(path: &Path, document: &str) -> String {
    let beside = uri::path(document).and_then(|document| Some(document.parent()?.to_owned()));
    let name = if path.parent() == beside.as_deref() {
        Path::new(files::FILE_NAME)
    } else {
        path
    };
    shown::plain(&name.to_string_lossy()).into_owned()
}
