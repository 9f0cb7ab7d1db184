//! What the client can take, read once from `initialize`: value by value, as what is not understood
//! of one must not cost all others. Clients say things that are newer than any list of ours.

use std::sync::Arc;

use patch_digest_core::text::Encoding;
use serde_json::{Value, json};
use tower_lsp_server::ls_types::{DiagnosticTag, PositionEncodingKind};

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
    pub(crate) fn new(client: &Value, options: &Value) -> Self {
        let at = |path: &str| client.pointer(path);
        let is_set = |path: &str| at(path) == Some(&Value::Bool(true));
        let has = |path: &str| at(path).is_some_and(Value::is_object);
        let lists = |path: &str, word: &str| words(at(path)).any(|listed| listed == word);
        let offered: Vec<&str> = words(at("/general/positionEncodings")).collect();
        let related = |path: &str| at(path).and_then(Value::as_bool);
        let fades = |tags: &Value| {
            let tags = tags.as_array().into_iter().flatten();
            let unnecessary = json!(DiagnosticTag::UNNECESSARY);
            tags.into_iter().any(|tag| *tag == unnecessary)
        };
        let limit = at("/textDocument/foldingRange/rangeLimit").and_then(Value::as_u64);
        Self {
            encoding: choose_encoding(&offered),
            hierarchical_symbols: is_set(
                "/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport",
            ),
            symbol_tags: has("/textDocument/documentSymbol/tagSupport"),
            markdown_hover: lists("/textDocument/hover/contentFormat", "markdown"),
            definition_links: is_set("/textDocument/definition/linkSupport"),
            collapsed_text: is_set("/textDocument/foldingRange/foldingRange/collapsedText"),
            fold_limit: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            related_information: related("/textDocument/publishDiagnostics/relatedInformation")
                .or_else(|| related("/textDocument/diagnostic/relatedInformation"))
                .unwrap_or(false),
            rule_pages: is_set("/textDocument/publishDiagnostics/codeDescriptionSupport"),
            faded_diagnostics: at("/textDocument/publishDiagnostics/tagSupport/valueSet")
                .is_some_and(fades),
            // Without being told to ask again a client would show what is true no more, when
            // another digest or the settings have changed.
            pulls_diagnostics: has("/textDocument/diagnostic")
                && is_set("/workspace/diagnostics/refreshSupport"),
            work_done_progress: is_set("/window/workDoneProgress"),
            document_links: has("/textDocument/documentLink"),
            link_tooltips: is_set("/textDocument/documentLink/tooltipSupport"),
            code_actions: has("/textDocument/codeAction"),
            code_action_literals: has("/textDocument/codeAction/codeActionLiteralSupport"),
            preferred_actions: is_set("/textDocument/codeAction/isPreferredSupport"),
            disabled_actions: is_set("/textDocument/codeAction/disabledSupport"),
            late_edits: is_set("/textDocument/codeAction/dataSupport")
                && lists("/textDocument/codeAction/resolveSupport/properties", "edit"),
            versioned_edits: is_set("/workspace/workspaceEdit/documentChanges"),
            created_files: lists("/workspace/workspaceEdit/resourceOperations", "create"),
            executes_commands: has("/workspace/executeCommand"),
            highlights: has("/textDocument/documentHighlight"),
            selection_ranges: has("/textDocument/selectionRange"),
            inlay_hints: has("/textDocument/inlayHint"),
            refreshes_hints: has("/textDocument/inlayHint")
                && is_set("/workspace/inlayHint/refreshSupport"),
            hint_tooltips_late: lists(
                "/textDocument/inlayHint/resolveSupport/properties",
                "tooltip",
            ),
            tokens: at("/textDocument/semanticTokens")
                .and_then(TokenCaps::new)
                .map(Arc::new),
            commands: words(options.get("commands")).map(str::to_owned).collect(),
            configuration: is_set("/workspace/configuration"),
            register_configuration: is_set("/workspace/didChangeConfiguration/dynamicRegistration"),
            register_watchers: is_set("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            relative_patterns: is_set("/workspace/didChangeWatchedFiles/relativePatternSupport"),
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

/// The texts in a list; whatever else is in it is left out.
pub(crate) fn words(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str)
}

/// Makes the parameters of `initialize` such as the router's type takes: it refuses a client for
/// any capability that it does not know. They go where the protocol has place for anything.
pub(crate) fn shield(params: &mut Value) {
    if let Some(members) = params.as_object_mut() {
        for unused in [
            "processId",
            "clientInfo",
            "locale",
            "rootPath",
            "trace",
            "workDoneToken",
        ] {
            members.remove(unused);
        }
        if let Some(capabilities) = members.get_mut("capabilities")
            && capabilities.is_object()
        {
            *capabilities = json!({ "experimental": capabilities.take() });
        }
    }
}

/// UTF-8 if offered, as it is what text is kept in; else the client's first that is known; UTF-16
/// where nothing is offered, as the protocol has it.
fn choose_encoding(offered: &[&str]) -> Encoding {
    let known = |name: &&str| match *name {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    };
    if offered.contains(&"utf-8") {
        return Encoding::Utf8;
    }
    offered.iter().find_map(known).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_wins_then_the_clients_order() {
        for (offered, chosen) in [
            (&["utf-16", "utf-8"][..], Encoding::Utf8),
            (&["utf-32", "utf-16"][..], Encoding::Utf32),
            (&["ebcdic", "utf-16"][..], Encoding::Utf16),
            (&["ebcdic"][..], Encoding::Utf16),
            (&[][..], Encoding::Utf16),
        ] {
            assert_eq!(choose_encoding(offered), chosen, "{offered:?}");
        }
    }
}
