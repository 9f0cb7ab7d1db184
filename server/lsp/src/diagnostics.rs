//! Publishes the problems of documents: always of their newest state, with its version, and
//! nothing once a document is closed. Clients that ask for them (`pull`) are only told when they
//! should ask again.
//!
//! One task publishes, one document after the other, so what it sends is in order. A burst of
//! edits while it computes costs one more round, not one per edit.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;

use patch_digest_core::lints;
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::notification::Notification;

use crate::across::newer;
use crate::documents::Document;
use crate::shared::Shared;
use crate::to_proto::Converter;
use crate::{two, uri};

/// `textDocument/publishDiagnostics` with an address in the client's own spelling, which the
/// framework's type may refuse.
enum Publish {}

impl Notification for Publish {
    type Params = Value;
    const METHOD: &'static str = "textDocument/publishDiagnostics";
}

/// Runs as long as the server does.
pub(crate) async fn publish(client: Client, shared: Arc<Shared>) {
    // The spelling of documents that something was published of, for when they are closed.
    let mut shown: std::collections::HashMap<String, String> = std::collections::HashMap::new();
    loop {
        shared.log.send(&client).await;
        if shared.take_refresh() {
            let client = client.clone();
            // What the client says to that does not matter, and nobody waits for it.
            tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
        }
        let dirty = shared.take_dirty();
        let is_published = !shared.caps().pulls_diagnostics;
        for key in dirty {
            let document = shared.documents().get_by_key(&key).cloned();
            match document {
                Some(document) if !is_published => make_editable(key, document, &shared),
                Some(document) if document.is_ours => {
                    let opened = document.clone();
                    shown.insert(key.clone(), document.uri.clone());
                    let uri = document.uri.clone();
                    let version = document.version;
                    // Without a result, what was shown before is better than nothing.
                    let Some(diagnostics) = computed(document, Arc::clone(&shared)).await else {
                        continue;
                    };
                    let params =
                        json!({ "uri": uri, "version": version, "diagnostics": diagnostics });
                    client.send_notification::<Publish>(params).await;
                    make_editable(key, opened, &shared);
                }
                // Closed, or opened anew as something else.
                _ => {
                    if let Some(uri) = shown.remove(&key) {
                        let params = json!({ "uri": uri, "diagnostics": [] });
                        client.send_notification::<Publish>(params).await;
                    }
                }
            }
        }
        shared.changed.notified().await;
    }
}

/// Makes a long document that was just opened ready for edits, so that the first need not wait for that;
/// not before, as everything else would.
fn make_editable(key: String, document: Document, shared: &Arc<Shared>) {
    if !document.is_long_to_edit() {
        return;
    }
    let shared = Arc::clone(shared);
    let work = move || {
        let editable = document.digest.editable();
        let mut documents = shared.documents();
        documents.make_editable(&key, &document.digest, editable);
    };
    // As `two::apart` would; without a thread, the first edit does it.
    let _ = thread::Builder::new().spawn(work);
}

/// The problems of a document; `None` when that panicked. Those of a short one take less time than
/// handing it to another thread.
async fn computed(document: Document, shared: Arc<Shared>) -> Option<Value> {
    let is_short = document.is_short();
    let work = move || diagnostics_of(&document, &shared);
    if is_short {
        return panic::catch_unwind(AssertUnwindSafe(work)).ok();
    }
    tokio::task::spawn_blocking(work).await.ok()
}

/// The problems of a document as JSON, with addresses in the client's spelling.
pub(crate) fn diagnostics_of(document: &Document, shared: &Arc<Shared>) -> Value {
    let caps = shared.caps();
    let Some(address) = document.strict_uri() else {
        return json!([]);
    };
    let converter = Converter {
        text: document.digest.text(),
        caps: &caps,
        uri: &address,
    };
    let path = uri::path(&document.uri);
    let settings = shared.settings_of(&document.uri);
    let digest = &document.digest;
    let check = || settings.problems(digest, path.as_deref());
    let is_long = digest.text().len() >= two::LARGE && lints::is_unchecked(digest);
    let told = if is_long && settings.settings.lint.enable {
        two::both(check, || lints::look_from_end(digest))
    } else {
        check()
    };
    let diagnostics = converter.diagnostics(&told.problems);
    let mut diagnostics = serde_json::to_value(diagnostics).unwrap_or_else(|_| json!([]));
    uri::respell(&mut diagnostics, address.as_str(), &document.uri);
    if let Some(diagnostics) = diagnostics.as_array_mut() {
        diagnostics.extend(newer::diagnostics(shared, document, &settings, &converter));
    }
    diagnostics
}
