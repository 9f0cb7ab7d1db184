//! Code actions, collected from those who have some to offer.
//!
//! A provider is a function that takes a [`Question`] and gives actions; [`PROVIDERS`] names all of
//! them, in the order in which editors show what they offer.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use patch_digest_config::Resolved;
use patch_digest_core::features::copy::{Asked, copies};
use patch_digest_core::lints::{CheckOptions, Problem};
use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use crate::across::newer;
use crate::across::page_actions::{PAGE_KIND, page_actions};
use crate::across::queue::{MARK, MARK_KIND, can_mark, mark_actions};
use crate::client_caps::{COPY, ClientCaps};
use crate::documents::Document;
use crate::index::options::SHOW_PAGE;
use crate::links::link_options;
use crate::quick_fixes;
use crate::rule_actions;
use crate::shared::Shared;
use crate::to_proto::Converter;
use crate::uri;

/// What an editor asks: which actions there are for a text.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) document: &'a Document,
    pub(crate) caps: &'a ClientCaps,
    /// What holds for the document.
    pub(crate) settings: &'a Resolved,
    pub(crate) converter: &'a Converter<'a>,
    /// The text: where the cursor is, or what is selected.
    pub(crate) range: Range<usize>,
    only: Option<Vec<lsp::CodeActionKind>>,
    is_automatic: bool,
    /// What is told of the document; found when first asked for.
    problems: OnceCell<Vec<Problem>>,
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

    /// Whether actions of a kind are asked for by name.
    pub(crate) fn asks_for(&self, kind: &lsp::CodeActionKind) -> bool {
        self.only.is_some() && self.wants(kind)
    }

    /// What is told of the document, as diagnostics have it.
    pub(crate) fn problems(&self) -> &[Problem] {
        self.problems.get_or_init(|| {
            let path = uri::path(&self.document.uri);
            let told = self
                .settings
                .problems(&self.document.digest, path.as_deref());
            let mut problems = told.problems;
            problems.extend(newer::told_of(self.shared, self.document, self.settings));
            problems
        })
    }

    /// Which rules are on for the document.
    pub(crate) fn check(&self) -> CheckOptions {
        let path = uri::path(&self.document.uri);
        self.settings.settings.lint.check_options(path.as_deref())
    }

    /// What is told of the part of the document asked about.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &Problem> {
        self.problems().iter().filter(|problem| {
            problem.range.start <= self.range.end && self.range.start <= problem.range.end
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
const PROVIDERS: [Provider; 5] = [
    quick_fixes::actions,
    rule_actions::actions,
    page_actions,
    copy_actions,
    mark_actions,
];

/// The kind of actions that put a text on the clipboard.
const COPY_KIND: lsp::CodeActionKind = lsp::CodeActionKind::new("copy");

/// What is said of code actions in `initialize`: only to clients that take some.
pub(crate) fn options(caps: &ClientCaps) -> Option<lsp::CodeActionProviderCapability> {
    let mut kinds = Vec::new();
    if caps.code_action_literals {
        kinds.extend([lsp::CodeActionKind::QUICKFIX, quick_fixes::FIX_ALL]);
    }
    if caps.has_command(SHOW_PAGE) {
        kinds.push(PAGE_KIND);
    }
    if caps.has_command(COPY) {
        kinds.push(COPY_KIND);
    }
    if can_mark(caps) {
        kinds.push(MARK_KIND);
    }
    (caps.code_actions && !kinds.is_empty()).then(|| {
        lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(kinds),
            resolve_provider: caps.late_edits.then_some(true),
            ..lsp::CodeActionOptions::default()
        })
    })
}

/// The commands of code actions that clients have carried out here.
pub(crate) fn commands(caps: &ClientCaps) -> Option<lsp::ExecuteCommandOptions> {
    let mark = (caps.executes_commands && !caps.has_command(MARK)).then_some(MARK);
    let commands: Vec<_> = rule_actions::command(caps)
        .into_iter()
        .chain(mark)
        .collect();
    (!commands.is_empty()).then(|| lsp::ExecuteCommandOptions {
        commands: commands.into_iter().map(str::to_owned).collect(),
        ..lsp::ExecuteCommandOptions::default()
    })
}

/// The actions for a part of a document.
pub(crate) fn code_actions(
    document: &Document,
    caps: &ClientCaps,
    shared: &Arc<Shared>,
    params: lsp::CodeActionParams,
) -> Option<lsp::CodeActionResponse> {
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let settings = shared.settings_of(&document.uri);
    let question = Question {
        shared,
        document,
        caps,
        settings: &settings,
        converter: &converter,
        range: converter.offset(params.range.start)..converter.offset(params.range.end),
        only: params.context.only,
        is_automatic: params.context.trigger_kind == Some(lsp::CodeActionTriggerKind::AUTOMATIC),
        problems: OnceCell::new(),
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

/// An action with the edit that was left out when it was offered.
///
/// # Errors
///
/// When the document has changed since.
pub(crate) fn resolved(
    document: &Document,
    caps: &ClientCaps,
    shared: &Arc<Shared>,
    mut action: lsp::CodeAction,
) -> Result<lsp::CodeAction> {
    // What has its edit, or only a command, is whole already.
    let Some(data) = action.data.take() else {
        return Ok(action);
    };
    let address = document.strict_uri().ok_or_else(Error::internal_error)?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let settings = shared.settings_of(&document.uri);
    let question = Question {
        shared,
        document,
        caps,
        settings: &settings,
        converter: &converter,
        range: 0..document.digest.text().len(),
        only: None,
        is_automatic: false,
        problems: OnceCell::new(),
    };
    let edit = quick_fixes::late_edit(&question, &data).ok_or_else(Error::content_modified)?;
    action.edit = Some(edit);
    Ok(action)
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
    let options = link_options(&question.settings.settings);
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
