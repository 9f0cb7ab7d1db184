//! Completion in drafts and replies: the people are those of all digests.

use patch_digest_core::features::completion::{Item, ItemKind, completion, is_draft};
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Error;
use tower_lsp_server::ls_types::CompletionItemKind;

use super::{Asked, View, nothing, print};
use crate::transport::Pieces;
use crate::uri;

/// `textDocument/completion`
pub(super) fn complete(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some((document, offset)) = asked.place(view)? else {
        return nothing();
    };
    let key = uri::key(&document.uri);
    let has_draft_name = key.ends_with(".digest") || key.starts_with("untitled:");
    if !is_draft(&document.digest, has_draft_name) {
        return nothing();
    }
    let Some(found) = completion(&document.digest, offset, view.workspace()) else {
        return nothing();
    };
    let range = view.range(&document.digest, &found.range);
    let item = |(idx, item): (usize, &Item)| {
        let mut value = json!({
            "label": item.text.trim_end(),
            "kind": match item.kind {
                ItemKind::Trailer => CompletionItemKind::KEYWORD,
                ItemKind::Person => CompletionItemKind::VALUE,
                ItemKind::Footnote => CompletionItemKind::REFERENCE,
            },
            // As it stands: whoever has most mails comes first.
            "sortText": format!("{idx:03}"),
            "textEdit": { "range": range, "newText": item.text },
        });
        if !item.detail.is_empty() {
            value["detail"] = Value::from(&*item.detail);
        }
        value
    };
    let items: Vec<Value> = found.items.iter().enumerate().map(item).collect();
    print(&json!({ "isIncomplete": found.more, "items": items }))
}
