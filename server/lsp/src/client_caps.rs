//! What the client can take, read once from `initialize`.

use std::sync::Arc;

use patch_digest_core::text::Encoding;
use serde_json::Value;
use tower_lsp_server::ls_types::{
    ClientCapabilities, DiagnosticTag, MarkupKind, PositionEncodingKind, ResourceOperationKind,
};

use crate::tokens::TokenCaps;

/// The command of clients that puts a text on the clipboard: arguments are the text and what it is.
pub(crate) const COPY: &str = "patchDigest.copy";

/// What the client can take. The default is what a client can take that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ClientCaps {
    /// The unit of columns agreed on.
    pub(crate) encoding: Encoding,
    /// Trees of symbols; else they are flat.
    pub(crate) hierarchical_symbols: bool,
    /// Symbols can be tagged deprecated.
    pub(crate) symbol_tags: bool,
    /// Hovers may be Markdown.
    pub(crate) markdown_hover: bool,
    /// Definitions may name the text they start from.
    pub(crate) definition_links: bool,
    /// Folds may say what they hide.
    pub(crate) collapsed_text: bool,
    /// Most folds that the client wants.
    pub(crate) fold_limit: Option<usize>,
    /// Diagnostics may name other places.
    pub(crate) related_information: bool,
    /// Diagnostics may fade the text they are about.
    pub(crate) faded_diagnostics: bool,
    /// Diagnostics may lead to a page about their rule, and the client asks for its text.
    pub(crate) rule_pages: bool,
    /// Diagnostics are asked for, and not to be published.
    pub(crate) pulls_diagnostics: bool,
    /// Progress of work that the client did not ask for may be shown.
    pub(crate) work_done_progress: bool,
    /// Links can be shown.
    pub(crate) document_links: bool,
    /// Links may have a tooltip; such clients also ask for the target of a link that is followed.
    pub(crate) link_tooltips: bool,
    /// Code actions can be shown.
    pub(crate) code_actions: bool,
    /// Code actions may be more than bare commands.
    pub(crate) code_action_literals: bool,
    /// Of several code actions one can be the preferred one.
    pub(crate) preferred_actions: bool,
    /// Code actions can be shown that cannot be chosen, with the reason.
    pub(crate) disabled_actions: bool,
    /// The client asks for the edit of a code action when it is chosen.
    pub(crate) late_edits: bool,
    /// Edits may name the version of the document that they are for.
    pub(crate) versioned_edits: bool,
    /// Edits may create files.
    pub(crate) created_files: bool,
    /// The server may be told to do something.
    pub(crate) executes_commands: bool,
    /// Other places of the thing under the cursor can be shown.
    pub(crate) highlights: bool,
    /// Selections can grow.
    pub(crate) selection_ranges: bool,
    /// Hints between words can be shown.
    pub(crate) inlay_hints: bool,
    /// Asks for hints again when told to.
    pub(crate) refreshes_hints: bool,
    /// The client asks for the tooltip of a hint when it is pointed at.
    pub(crate) hint_tooltips_late: bool,
    /// Tokens, and in which words.
    pub(crate) tokens: Option<Arc<TokenCaps>>,
    /// Commands that the client carries out itself.
    pub(crate) commands: Vec<String>,
    /// Settings can be asked for.
    pub(crate) configuration: bool,
    /// It can be asked to tell of changes of settings.
    pub(crate) register_configuration: bool,
    /// It can be asked to watch files.
    pub(crate) register_watchers: bool,
    /// Patterns for watched files may have a folder of their own.
    pub(crate) relative_patterns: bool,
}

impl ClientCaps {
    /// Reads the capabilities, and the `commands` that a client of ours names in its options.
    pub(crate) fn new(client: &ClientCapabilities, options: &Value) -> Self {
        let document = client.text_document.as_ref();
        let symbols = document.and_then(|document| document.document_symbol.as_ref());
        let hover = document.and_then(|document| document.hover.as_ref());
        let definition = document.and_then(|document| document.definition.as_ref());
        let folding = document.and_then(|document| document.folding_range.as_ref());
        let diagnostics = document.and_then(|document| document.publish_diagnostics.as_ref());
        let window = client.window.as_ref();
        let links = document.and_then(|document| document.document_link.as_ref());
        let actions = document.and_then(|document| document.code_action.as_ref());
        let pull = document.and_then(|document| document.diagnostic.as_ref());
        let workspace = client.workspace.as_ref();
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let can_refresh = workspace
            .and_then(|workspace| workspace.diagnostics.as_ref())
            .and_then(|diagnostics| diagnostics.refresh_support)
            .unwrap_or(false);
        let watchers = workspace.and_then(|workspace| workspace.did_change_watched_files);
        let hints = document.and_then(|document| document.inlay_hint.as_ref());
        let formats = hover
            .and_then(|hover| hover.content_format.as_deref())
            .unwrap_or_default();
        let offered = client
            .general
            .as_ref()
            .and_then(|general| general.position_encodings.as_deref());
        Self {
            encoding: choose_encoding(offered.unwrap_or_default()),
            hierarchical_symbols: symbols
                .and_then(|symbols| symbols.hierarchical_document_symbol_support)
                .unwrap_or(false),
            symbol_tags: symbols.is_some_and(|symbols| symbols.tag_support.is_some()),
            markdown_hover: formats.contains(&MarkupKind::Markdown),
            definition_links: definition
                .and_then(|definition| definition.link_support)
                .unwrap_or(false),
            collapsed_text: folding
                .and_then(|folding| folding.folding_range.as_ref())
                .and_then(|folding| folding.collapsed_text)
                .unwrap_or(false),
            fold_limit: folding
                .and_then(|folding| folding.range_limit)
                .map(|limit| limit as usize),
            related_information: diagnostics
                .and_then(|diagnostics| diagnostics.related_information)
                .or_else(|| pull.and_then(|pull| pull.related_information))
                .unwrap_or(false),
            rule_pages: diagnostics
                .and_then(|diagnostics| diagnostics.code_description_support)
                .unwrap_or(false),
            faded_diagnostics: diagnostics
                .and_then(|diagnostics| diagnostics.tag_support.as_ref())
                .is_some_and(|tags| tags.value_set.contains(&DiagnosticTag::UNNECESSARY)),
            // Without being told to ask again a client would show what is true no more, when
            // another digest or the settings have changed.
            pulls_diagnostics: pull.is_some() && can_refresh,
            work_done_progress: window
                .and_then(|window| window.work_done_progress)
                .unwrap_or(false),
            document_links: links.is_some(),
            link_tooltips: links
                .and_then(|links| links.tooltip_support)
                .unwrap_or(false),
            code_actions: actions.is_some(),
            code_action_literals: actions
                .is_some_and(|actions| actions.code_action_literal_support.is_some()),
            preferred_actions: actions
                .and_then(|actions| actions.is_preferred_support)
                .unwrap_or(false),
            disabled_actions: actions
                .and_then(|actions| actions.disabled_support)
                .unwrap_or(false),
            late_edits: actions.is_some_and(|actions| {
                let resolved = actions.resolve_support.as_ref();
                actions.data_support == Some(true)
                    && resolved.is_some_and(|resolved| {
                        resolved.properties.iter().any(|name| name == "edit")
                    })
            }),
            versioned_edits: edits
                .and_then(|edits| edits.document_changes)
                .unwrap_or(false),
            created_files: edits
                .and_then(|edits| edits.resource_operations.as_deref())
                .is_some_and(|kinds| kinds.contains(&ResourceOperationKind::Create)),
            executes_commands: workspace
                .is_some_and(|workspace| workspace.execute_command.is_some()),
            highlights: document.is_some_and(|document| document.document_highlight.is_some()),
            selection_ranges: document.is_some_and(|document| document.selection_range.is_some()),
            inlay_hints: hints.is_some(),
            refreshes_hints: hints.is_some()
                && workspace
                    .and_then(|workspace| workspace.inlay_hint.as_ref())
                    .and_then(|hints| hints.refresh_support)
                    .unwrap_or(false),
            hint_tooltips_late: hints
                .and_then(|hints| hints.resolve_support.as_ref())
                .is_some_and(|resolve| resolve.properties.iter().any(|name| name == "tooltip")),
            tokens: document
                .and_then(|document| document.semantic_tokens.as_ref())
                .and_then(TokenCaps::new)
                .map(Arc::new),
            commands: commands(options),
            configuration: workspace
                .and_then(|workspace| workspace.configuration)
                .unwrap_or(false),
            register_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration)
                .and_then(|configuration| configuration.dynamic_registration)
                .unwrap_or(false),
            register_watchers: watchers
                .and_then(|watchers| watchers.dynamic_registration)
                .unwrap_or(false),
            relative_patterns: watchers
                .and_then(|watchers| watchers.relative_pattern_support)
                .unwrap_or(false),
        }
    }

    /// Whether the client carries out a command itself.
    pub(crate) fn has_command(&self, name: &str) -> bool {
        self.commands.iter().any(|command| command == name)
    }

    /// The agreed unit of columns in the protocol's words.
    pub(crate) fn encoding_kind(&self) -> PositionEncodingKind {
        match self.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// The names in `initializationOptions.commands`.
fn commands(options: &Value) -> Vec<String> {
    let names = options.get("commands").and_then(Value::as_array);
    let names = names.into_iter().flatten();
    names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// UTF-8 if offered, as it is what text is kept in; else the client's first that is known; UTF-16
/// where nothing is offered, as the protocol has it.
fn choose_encoding(offered: &[PositionEncodingKind]) -> Encoding {
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    };
    if offered.contains(&PositionEncodingKind::UTF8) {
        return Encoding::Utf8;
    }
    offered.iter().find_map(known).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_wins_then_the_clients_order() {
        let kinds = |names: &[&'static str]| {
            names
                .iter()
                .map(|name| PositionEncodingKind::new(name))
                .collect::<Vec<_>>()
        };
        for (offered, chosen) in [
            (&["utf-16", "utf-8"][..], Encoding::Utf8),
            (&["utf-32", "utf-16"][..], Encoding::Utf32),
            (&["ebcdic", "utf-16"][..], Encoding::Utf16),
            (&["ebcdic"][..], Encoding::Utf16),
            (&[][..], Encoding::Utf16),
        ] {
            assert_eq!(choose_encoding(&kinds(offered)), chosen, "{offered:?}");
        }
    }
}
