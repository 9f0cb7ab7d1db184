//! Quick fixes for what the rules find, the repaired words to copy, and everything certain at once.
//!
//! A digest is a record of mail: a fix is offered and never applied unasked. Everything certain at
//! once is offered only to those who make digests (profile `maker`). A text that stands for bytes
//! which are not UTF-8 has no fixes: with it these bytes would be written as they are shown. Tests
//! are in `tests/tests/protocol/quick_fixes.rs`.

use patch_digest_core::fixes::{self, Edit};
use patch_digest_core::lints::{Problem, Profile};
use patch_digest_files::read;
use serde_json::{Value, json};
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::COPY;
use crate::code_actions::Question;
use crate::documents::Document;
use crate::uri;

/// The kind of the action that fixes everything certain.
pub(crate) const FIX_ALL: lsp::CodeActionKind =
    lsp::CodeActionKind::new("source.fixAll.patchDigest");

/// Findings at one place that actions are offered for: a line of damage must not fill the screen.
const MOST_PROBLEMS: usize = 10;

/// Places up to which an edit is sent along with the action; of more it is sent when it is chosen,
/// where the client can ask for it.
const MOST_PLACES: usize = 20;

/// The largest file that is looked at again, in bytes. What stands in a larger one is not known.
const MAX_BYTES: u64 = 64 << 20;

/// The actions for the findings that a part of a document touches.
pub(crate) fn actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    let mut actions = Vec::new();
    let offer = Offer {
        question,
        why_not: std::cell::OnceCell::new(),
    };
    if question.wants(&lsp::CodeActionKind::QUICKFIX) {
        let touched = || question.touched().take(MOST_PROBLEMS);
        if question.caps.code_action_literals {
            touched().for_each(|problem| offer.fixes(problem, &mut actions));
        }
        if question.caps.has_command(COPY) {
            actions.extend(touched().filter_map(|problem| copy(question, problem)));
        }
    }
    let asks_for_all = question.asks_for(&FIX_ALL)
        || question.wants(&FIX_ALL) && !question.is_automatic() && !actions.is_empty();
    if asks_for_all && question.caps.code_action_literals {
        actions.extend(offer.everything());
    }
    actions
}

/// What is offered, or why it is not.
struct Offer<'a> {
    question: &'a Question<'a>,
    /// Why nothing can be fixed; found out when there is something to fix.
    why_not: std::cell::OnceCell<Option<String>>,
}

impl Offer<'_> {
    fn fixes(&self, problem: &Problem, actions: &mut Vec<lsp::CodeAction>) {
        let question = self.question;
        for (number, fix) in fixes::of(problem).into_iter().enumerate() {
            let range = question.converter.range(&problem.range);
            let data = json!({ "code": problem.rule.code, "range": range, "number": number });
            let is_preferred = fix.certain && number == 0 && question.caps.preferred_actions;
            let action = lsp::CodeAction {
                title: fix.title,
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![question.converter.diagnostic(problem)]),
                is_preferred: is_preferred.then_some(true),
                ..lsp::CodeAction::default()
            };
            actions.extend(self.with_edit(action, &fix.edits, data));
        }
    }

    /// Everything certain.
    fn everything(&self) -> Option<lsp::CodeAction> {
        let question = self.question;
        if question.check().profile != Profile::Maker {
            return None;
        }
        let edits = fixes::certain(question.problems());
        let action = lsp::CodeAction {
            title: "Fix everything that is certain in this digest".to_owned(),
            kind: Some(FIX_ALL),
            ..lsp::CodeAction::default()
        };
        self.with_edit(action, &edits, json!({ "everything": true }))
    }

    /// Adds its edit to an action, or what it is found by later, or why it has none.
    fn with_edit(
        &self,
        mut action: lsp::CodeAction,
        edits: &[Edit],
        mut data: Value,
    ) -> Option<lsp::CodeAction> {
        let question = self.question;
        if edits.is_empty() {
            return None;
        }
        if let Some(reason) = self.why_not() {
            action.is_preferred = None;
            action.disabled = Some(lsp::CodeActionDisabled {
                reason: reason.to_owned(),
            });
            return question.caps.disabled_actions.then_some(action);
        }
        if edits.len() > MOST_PLACES && question.caps.late_edits {
            data["uri"] = Value::from(question.document.uri.as_str());
            data["version"] = Value::from(question.document.version);
            action.data = Some(data);
        } else {
            let version = Some(question.document.version);
            action.edit = Some(question.converter.workspace_edit(version, edits));
        }
        Some(action)
    }

    /// Why nothing can be fixed. The log has it as well, as not every client can show it.
    fn why_not(&self) -> Option<&str> {
        let reason = self.why_not.get_or_init(|| {
            let document = self.question.document;
            let reason = "it is not UTF-8, and its bytes would be lost".to_owned();
            stands_for_other_bytes(document).then(|| {
                let line = format!("{}: not fixed: {reason}", document.uri);
                self.question.shared.complain(line);
                reason
            })
        });
        reason.as_deref()
    }
}

/// Whether the text of a document has characters in place of bytes of its file that are not UTF-8.
/// Editors that read such a file in another charset have none, and write what was there.
fn stands_for_other_bytes(document: &Document) -> bool {
    if !document.digest.text().contains(char::REPLACEMENT_CHARACTER) {
        return false;
    }
    let Some(path) = uri::path(&document.uri) else {
        return false;
    };
    // The character may as well have come by mail.
    read::bytes(&path, MAX_BYTES).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_err())
}

/// The repaired words of a finding, for a client that has a clipboard.
fn copy(question: &Question<'_>, problem: &Problem) -> Option<lsp::CodeAction> {
    let copy = fixes::copy_of(problem)?;
    let title = format!("Copy the repaired {}", copy.what.name());
    let what = format!("the {}", copy.what.name());
    Some(lsp::CodeAction {
        title: title.clone(),
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![question.converter.diagnostic(problem)]),
        command: Some(lsp::Command {
            title,
            command: COPY.to_owned(),
            arguments: Some(vec![Value::from(copy.text), Value::from(what)]),
        }),
        ..lsp::CodeAction::default()
    })
}

/// The edit of an action that was sent without; `None` when the document has changed since.
pub(crate) fn late_edit(question: &Question<'_>, data: &Value) -> Option<lsp::WorkspaceEdit> {
    let version = question.document.version;
    if data.get("version")?.as_i64()? != i64::from(version) {
        return None;
    }
    let edits = if data.get("everything") == Some(&Value::Bool(true)) {
        fixes::certain(question.problems())
    } else {
        let range = data.get("range")?;
        let number = usize::try_from(data.get("number")?.as_u64()?).ok()?;
        let code = data.get("code")?.as_str()?;
        let problem = question.problems().iter().find(|problem| {
            problem.rule.code == code
                && serde_json::to_value(question.converter.range(&problem.range))
                    .ok()
                    .as_ref()
                    == Some(range)
        })?;
        fixes::of(problem).into_iter().nth(number)?.edits
    };
    Some(question.converter.workspace_edit(Some(version), &edits))
}
