//! Has the client tell of changed files: those that are named as digests commonly are, in the
//! folders that are searched, and those that were found to be digests whatever their names. What
//! such a file is, its content decides.

use std::collections::BTreeSet;
use std::path::Path;
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

/// The same, as they are told by the end of a name.
const EXTENSIONS: [&str; 3] = ["txt", "digest", "pdigest"];

/// Other names that are watched for in a folder.
const MOST_NAMES: usize = 64;

const METHOD: &str = "workspace/didChangeWatchedFiles";

/// A folder whose files the client is to tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) root: Root,
    /// Names that digests in it have, and digests commonly have not. They stay when such a file
    /// goes, as it may be on its way to come back.
    names: BTreeSet<String>,
}

impl Watched {
    /// A folder of which no names are known.
    pub(super) fn new(root: Root) -> Self {
        Self {
            root,
            names: BTreeSet::new(),
        }
    }

    /// Takes the name of a digest into account.
    pub(super) fn add(&mut self, path: &Path) {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_common = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
        let name = path.file_name().and_then(|name| name.to_str());
        // What means something in a pattern cannot be said there in a way that all clients know.
        let can_say = |name: &&str| !name.contains(['*', '?', '[', ']', '{', '}', ',', '!', '\\']);
        if let Some(name) = name.filter(can_say)
            && !is_common
            && self.names.len() < MOST_NAMES
            && !self.names.contains(name)
        {
            self.names.insert(name.to_owned());
        }
    }
}

/// Registers for the newest folders, as they change. Runs as long as the server does, in a task of
/// its own, as it waits for the client.
pub(super) async fn watch(
    client: Client,
    shared: Arc<Shared>,
    mut folders: watch::Receiver<Vec<Watched>>,
) {
    let mut registered = None;
    let mut n_registered = 0_u64;
    while folders.changed().await.is_ok() {
        let watched = folders.borrow_and_update().clone();
        if let Some(id) = registered.take() {
            let method = METHOD.to_owned();
            // A client that keeps the old ones tells of more than is asked for.
            let _ = client
                .unregister_capability(vec![Unregistration { id, method }])
                .await;
        }
        if watched.is_empty() {
            continue;
        }
        n_registered += 1;
        let id = format!("patch-digest/files/{n_registered}");
        let registration = Registration {
            id: id.clone(),
            method: METHOD.to_owned(),
            register_options: Some(json!({
                "watchers": watchers(&watched, shared.index.options().watches_below),
            })),
        };
        match client.register_capability(vec![registration]).await {
            Ok(()) => registered = Some(id),
            Err(error) => shared.complain(format!("the client does not watch files: {error}")),
        }
    }
}

fn watchers(watched: &[Watched], below: bool) -> Vec<Value> {
    if !below {
        let names: BTreeSet<&String> = watched.iter().flat_map(|one| &one.names).collect();
        let names = [NAMES.to_owned()].into_iter().chain(one_of(&names));
        let watcher = |names| json!({ "globPattern": format!("**/{names}") });
        return names.map(watcher).collect();
    }
    let mut watchers = Vec::new();
    for Watched { root, names } in watched {
        let Some(folder) = uri::of_path(&root.path) else {
            continue;
        };
        let names = names.iter().collect();
        for names in [NAMES.to_owned()].into_iter().chain(one_of(&names)) {
            let pattern = if root.is_deep {
                format!("**/{names}")
            } else {
                names
            };
            watchers.push(json!({ "globPattern": { "baseUri": folder, "pattern": pattern } }));
        }
    }
    watchers
}

/// A pattern for any of some names.
fn one_of(names: &BTreeSet<&String>) -> Option<String> {
    let mut all = names.iter();
    let first = all.next()?;
    if names.len() == 1 {
        return Some((*first).clone());
    }
    let rest: String = all.map(|name| format!(",{name}")).collect();
    Some(format!("{{{first}{rest}}}"))
}
