//! Has the client tell of changed files: those that are named as digests commonly are, in the
//! folders that are searched. What such a file is, its content decides.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::{Registration, Unregistration};

use super::roots::Root;
use crate::shared::Shared;
use crate::uri;

/// Names of files that are commonly digests.
const NAMES: &str = "*.{txt,digest,pdigest}";

const METHOD: &str = "workspace/didChangeWatchedFiles";

/// Registers for the newest folders, as they change. Runs as long as the server does, in a task of
/// its own, as it waits for the client.
pub(super) async fn watch(
    client: Client,
    shared: Arc<Shared>,
    mut folders: watch::Receiver<Vec<Root>>,
) {
    let mut registered = None;
    let mut n_registered = 0_u64;
    while folders.changed().await.is_ok() {
        let roots = folders.borrow_and_update().clone();
        if let Some(id) = registered.take() {
            let method = METHOD.to_owned();
            // A client that keeps the old ones tells of more than is asked for.
            let _ = client
                .unregister_capability(vec![Unregistration { id, method }])
                .await;
        }
        if roots.is_empty() {
            continue;
        }
        n_registered += 1;
        let id = format!("patch-digest/files/{n_registered}");
        let registration = Registration {
            id: id.clone(),
            method: METHOD.to_owned(),
            register_options: Some(json!({
                "watchers": watchers(&roots, shared.index.options().watches_below),
            })),
        };
        match client.register_capability(vec![registration]).await {
            Ok(()) => registered = Some(id),
            Err(error) => shared.complain(format!("the client does not watch files: {error}")),
        }
    }
}

fn watchers(roots: &[Root], below: bool) -> Vec<Value> {
    if !below {
        return vec![json!({ "globPattern": format!("**/{NAMES}") })];
    }
    let pattern = |root: &Root| {
        if root.is_deep {
            format!("**/{NAMES}")
        } else {
            NAMES.to_owned()
        }
    };
    let watcher = |root: &Root| {
        let folder = uri::of_path(&root.path)?;
        Some(json!({ "globPattern": { "baseUri": folder, "pattern": pattern(root) } }))
    };
    roots.iter().filter_map(watcher).collect()
}
