//! Code actions, collected from those who have some to offer.
//!
//! A provider is a function that takes a [`Question`] and gives actions; [`PROVIDERS`] names all of
//! them, in the order in which editors show what they offer.

use std::ops::Range;

use patch_digest_config::settings::Settings;
use patch_digest_core::features::copy::{Asked, copies};
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use crate::across::queue::{MARK_KIND, mark_actions};
use crate::client_caps::{COPY, ClientCaps};
use crate::documents::Document;
use crate::links::link_options;
use crate::to_proto::Converter;

/// What an editor asks: which actions there are for a text.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) document: &'a Document,
    pub(crate) caps: &'a ClientCaps,
    /// What holds for the document.
    pub(crate) settings: &'a Settings,
    /// The text: where the cursor is, or what is selected.
    pub(crate) range: Range<usize>,
    only: Option<Vec<lsp::CodeActionKind>>,
    is_automatic: bool,
}

impl Question<'_> {
    /// Whether actions of a kind are wanted.
    pub(crate) fn wants(&self, kind: &lsp::CodeActionKind) -> bool {
        let Some(only) = &self.only else { return true };
        only.iter().any(|only| {
            let rest = kind.as_str().strip_prefix(only.as_str());
            rest.is_some_and(|rest| {
                only.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
            })
        })
    }

    /// Whether the editor looks by itself what there is, as the cursor moves.
    pub(crate) fn is_automatic(&self) -> bool {
        self.is_automatic
    }
}

/// Gives the actions of one sort.
type Provider = fn(&Question<'_>) -> Vec<lsp::CodeAction>;

/// All who have actions to offer.
const PROVIDERS: [Provider; 2] = [copy_actions, mark_actions];

/// The kind of actions that put a text on the clipboard.
const COPY_KIND: lsp::CodeActionKind = lsp::CodeActionKind::new("copy");

/// What is said of code actions in `initialize`: only to clients that take some.
pub(crate) fn options(caps: &ClientCaps) -> Option<lsp::CodeActionProviderCapability> {
    let mut kinds = Vec::new();
    if caps.has_command(COPY) {
        kinds.push(COPY_KIND);
    }
    kinds.push(MARK_KIND);
    caps.code_actions.then(|| {
        lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(kinds),
            ..lsp::CodeActionOptions::default()
        })
    })
}

/// The actions for a part of a document.
pub(crate) fn code_actions(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    params: lsp::CodeActionParams,
) -> Option<lsp::CodeActionResponse> {
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let question = Question {
        document,
        caps,
        settings,
        range: converter.offset(params.range.start)..converter.offset(params.range.end),
        only: params.context.only,
        is_automatic: params.context.trigger_kind == Some(lsp::CodeActionTriggerKind::AUTOMATIC),
    };
    let actions = PROVIDERS.iter().flat_map(|provider| provider(&question));
    let sent = actions.filter_map(|action| {
        if caps.code_action_literals {
            return Some(action.into());
        }
        // Older clients take bare commands.
        action.command.map(lsp::CodeActionOrCommand::Command)
    });
    Some(sent.collect())
}

/// Texts to copy, for clients that have a clipboard to offer.
fn copy_actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    if !question.caps.has_command(COPY) || !question.wants(&COPY_KIND) {
        return Vec::new();
    }
    let asked = if question.is_automatic() {
        Asked::ByItself
    } else {
        Asked::ByHand
    };
    let digest = &question.document.digest;
    let options = link_options(question.settings);
    let found = copies(digest, question.range.start, asked, &options);
    let actions = found.into_iter().map(|copy| lsp::CodeAction {
        title: copy.title.clone(),
        kind: Some(COPY_KIND),
        command: Some(lsp::Command {
            title: copy.title,
            command: COPY.to_owned(),
            arguments: Some(vec![Value::from(copy.text), Value::from(copy.what)]),
        }),
        ..lsp::CodeAction::default()
    });
    actions.collect()
}
