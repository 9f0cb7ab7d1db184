//! Every request that the protocol lets a client make: where a server says that it answers it,
//! how it is asked for here, and the type of the answer.

use gen_lsp_types as protocol;
use protocol::Request;
use serde_json::Value;

use crate::messages::strict;

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// About a place in a document.
    Place,
    /// About a range of a document.
    Range,
    /// About a whole document.
    Document,
    /// About what changed in a document since the answer before.
    Delta,
    /// About an item that another request gave.
    Item(&'static str),
    /// About no document.
    Workspace,
    /// In a session's life cycle, which every session goes through.
    Session,
    /// Not at all: the server does not offer it.
    Never,
}

/// A request of the protocol.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    /// Where in the server's capabilities it is advertised.
    pub(crate) pointer: &'static str,
    pub(crate) asked: Asked,
    /// Decodes the answer.
    pub(crate) decode: fn(&Value) -> Result<(), String>,
}

macro_rules! methods {
    ($($request:ident: $pointer:literal, $asked:expr;)*) => {
        /// Every request of a client.
        pub(crate) const METHODS: &[Method] = &[$(Method {
            name: <protocol::$request as Request>::METHOD.as_str(),
            pointer: $pointer,
            asked: $asked,
            decode: strict::<<protocol::$request as Request>::Result>,
        }),*];
    };
}

use Asked::{Delta, Document, Item, Never, Place, Range, Session, Workspace};

methods! {
    InitializeRequest: "", Session;
    ShutdownRequest: "", Session;
    CallHierarchyIncomingCallsRequest: "/callHierarchyProvider", Never;
    CallHierarchyOutgoingCallsRequest: "/callHierarchyProvider", Never;
    CallHierarchyPrepareRequest: "/callHierarchyProvider", Never;
    CodeActionRequest: "/codeActionProvider", Range;
    CodeActionResolveRequest: "/codeActionProvider/resolveProvider", Item("textDocument/codeAction");
    CodeLensRequest: "/codeLensProvider", Document;
    CodeLensResolveRequest: "/codeLensProvider/resolveProvider", Item("textDocument/codeLens");
    ColorPresentationRequest: "/colorProvider", Never;
    CompletionRequest: "/completionProvider", Place;
    CompletionResolveRequest: "/completionProvider/resolveProvider", Item("textDocument/completion");
    DeclarationRequest: "/declarationProvider", Never;
    DefinitionRequest: "/definitionProvider", Place;
    DocumentColorRequest: "/colorProvider", Never;
    DocumentDiagnosticRequest: "/diagnosticProvider", Document;
    DocumentFormattingRequest: "/documentFormattingProvider", Never;
    DocumentHighlightRequest: "/documentHighlightProvider", Place;
    DocumentLinkRequest: "/documentLinkProvider", Document;
    DocumentLinkResolveRequest: "/documentLinkProvider/resolveProvider", Item("textDocument/documentLink");
    DocumentOnTypeFormattingRequest: "/documentOnTypeFormattingProvider", Never;
    DocumentRangeFormattingRequest: "/documentRangeFormattingProvider", Never;
    DocumentRangesFormattingRequest: "/documentRangeFormattingProvider/rangesSupport", Never;
    DocumentSymbolRequest: "/documentSymbolProvider", Document;
    ExecuteCommandRequest: "/executeCommandProvider", Workspace;
    FoldingRangeRequest: "/foldingRangeProvider", Document;
    HoverRequest: "/hoverProvider", Place;
    ImplementationRequest: "/implementationProvider", Place;
    InlayHintRequest: "/inlayHintProvider", Range;
    InlayHintResolveRequest: "/inlayHintProvider/resolveProvider", Item("textDocument/inlayHint");
    InlineCompletionRequest: "/inlineCompletionProvider", Never;
    InlineValueRequest: "/inlineValueProvider", Never;
    LinkedEditingRangeRequest: "/linkedEditingRangeProvider", Never;
    MonikerRequest: "/monikerProvider", Never;
    PrepareRenameRequest: "/renameProvider/prepareProvider", Never;
    ReferencesRequest: "/referencesProvider", Place;
    RenameRequest: "/renameProvider", Never;
    SelectionRangeRequest: "/selectionRangeProvider", Place;
    SemanticTokensDeltaRequest: "/semanticTokensProvider/full/delta", Delta;
    SemanticTokensRangeRequest: "/semanticTokensProvider/range", Range;
    SemanticTokensRequest: "/semanticTokensProvider/full", Document;
    SignatureHelpRequest: "/signatureHelpProvider", Never;
    TextDocumentContentRequest: "/workspace/textDocumentContent", Workspace;
    TypeDefinitionRequest: "/typeDefinitionProvider", Place;
    TypeHierarchyPrepareRequest: "/typeHierarchyProvider", Never;
    TypeHierarchySubtypesRequest: "/typeHierarchyProvider", Never;
    TypeHierarchySupertypesRequest: "/typeHierarchyProvider", Never;
    WillCreateFilesRequest: "/workspace/fileOperations/willCreate", Never;
    WillDeleteFilesRequest: "/workspace/fileOperations/willDelete", Never;
    WillRenameFilesRequest: "/workspace/fileOperations/willRename", Never;
    WillSaveTextDocumentWaitUntilRequest: "/textDocumentSync/willSaveWaitUntil", Never;
    WorkspaceDiagnosticRequest: "/diagnosticProvider/workspaceDiagnostics", Workspace;
    WorkspaceSymbolRequest: "/workspaceSymbolProvider", Workspace;
    WorkspaceSymbolResolveRequest: "/workspaceSymbolProvider/resolveProvider", Item("workspace/symbol");
}

/// What a server says of itself that no request belongs to.
const OTHERS: &[&str] = &["positionEncoding", "textDocumentSync", "workspace"];

impl Method {
    /// Whether the server says that it answers this.
    pub(crate) fn is_advertised(&self, capabilities: &Value) -> bool {
        self.asked == Session
            || !matches!(
                capabilities.pointer(self.pointer),
                None | Some(Value::Null | Value::Bool(false))
            )
    }
}

/// The method with a name.
pub(crate) fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Capabilities of the server that nothing here asks for.
pub(crate) fn uncovered(capabilities: &Value) -> Vec<String> {
    let members = capabilities.as_object().into_iter().flatten();
    let names = members.map(|(name, _)| name.clone());
    let mut uncovered: Vec<_> = names
        .filter(|name| {
            let pointer = format!("/{name}");
            !OTHERS.contains(&name.as_str())
                && !METHODS
                    .iter()
                    .any(|method| method.pointer.starts_with(&pointer))
        })
        .collect();
    let unasked = METHODS.iter().filter(|method| method.asked == Never);
    let unasked = unasked.filter(|method| method.is_advertised(capabilities));
    uncovered.extend(unasked.map(|method| method.name.to_owned()));
    uncovered
}

#[test]
fn new_capability_without_a_way_to_ask_for_it_is_found() {
    let capabilities = serde_json::json!({
        "positionEncoding": "utf-8",
        "hoverProvider": true,
        "renameProvider": {"prepareProvider": false},
        "notebookDocumentSync": {},
        "monikerProvider": false,
    });
    let uncovered = uncovered(&capabilities);
    assert_eq!(uncovered, ["notebookDocumentSync", "textDocument/rename"]);
}
