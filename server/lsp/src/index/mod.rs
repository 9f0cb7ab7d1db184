//! The index: every digest of the workspace folders, of the folders of single files, and the open
//! documents, taken together.
//!
//! The message loop only notes what happened ([`Index::note_documents`] and its kin). A task of its
//! own (`indexer`) does the rest on a blocking thread, one round after the other, coalescing what
//! comes in bursts, and publishes a [`Snapshot`]. A request gets the newest one (`across`). Nothing
//! waits for the index, and while nothing happens it costs nothing.
//!
//! | file | does |
//! | --- | --- |
//! | `indexer` | the task: when to do what, and what is told of it |
//! | `state` | what is known, and one round of bringing it up to date |
//! | `search` | one folder: searching it, and looking at it again |
//! | `file` | one digest on the disk |
//! | `roots` | which folders are searched |
//! | `looks` | when folders are looked at again whose files the client does not watch |
//! | `watch` | has the client tell of changed files |
//! | `options` | what the client says of itself in `initialize` |
//!
//! Tests: `tests/tests/protocol/index`.

mod file;
mod indexer;
mod looks;
pub(crate) mod options;
mod roots;
mod search;
mod state;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use patch_digest_core::stop::Stop;
use patch_digest_core::workspace::Workspace;
use serde_json::Value;
use tokio::sync::Notify;

pub(crate) use file::{EntryLines, File};
pub(crate) use indexer::run;
use looks::{Look, Looks};
use options::Options;
pub(crate) use state::is_indexed;

use crate::across::newer;
use crate::log::Level;
use crate::shared::Shared;
use crate::uri;

/// Changed files above which all folders are searched anew, which is faster then.
const MANY_PATHS: usize = 256;

/// The index, as the server's other parts see it.
#[derive(Debug, Default)]
pub(crate) struct Index {
    current: Mutex<Arc<Snapshot>>,
    pending: Mutex<Pending>,
    /// Rung when something is pending.
    wake: Notify,
    options: OnceLock<Options>,
    looks: Looks,
    /// Ends the search in work.
    stop: Stop,
    /// Goes up with all that makes older answers about other digests untrue at once: a new
    /// snapshot, a document that was closed.
    generation: AtomicU64,
    /// What diagnostics have told last of newer versions, by document.
    pub(crate) told_of_newer: Mutex<newer::Told>,
    /// What the log has been told and need not hear again.
    told: Mutex<BTreeSet<String>>,
    /// The addresses of pages whose text the client has asked for since it was last told to ask
    /// again.
    shown_pages: Mutex<BTreeSet<String>>,
}

/// Pages that the client is told to ask for again. People have a few open.
const MOST_PAGES: usize = 32;

/// All digests at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// What the digests tell together, by key ([`uri::key`]).
    pub(crate) workspace: Workspace,
    /// The keys of the documents that were open. Where one is no more, its digest in `workspace` is
    /// one that nobody has any longer.
    pub(crate) open: Vec<Arc<str>>,
    /// The digests on the disk, by key. Those that are open are here too, as they were.
    pub(crate) files: BTreeMap<Arc<str>, Arc<File>>,
}

/// What happened since the last round.
#[derive(Debug, Default)]
struct Pending {
    /// The workspace folders, where they changed.
    folders: Option<Vec<PathBuf>>,
    /// Files and folders that came, went or changed.
    paths: BTreeSet<PathBuf>,
    /// Anything may have changed on the disk.
    everything: bool,
    /// Documents were opened, changed or closed.
    documents: bool,
    /// A document was closed.
    closed: bool,
    /// Settings changed.
    settings: bool,
    /// The disk is to be looked at.
    look: Option<Look>,
    /// The newest look that was asked for, ever.
    last_look: Look,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.folders.is_none()
            && self.paths.is_empty()
            && self.look.is_none()
            && !(self.everything || self.documents || self.settings)
    }

    /// Takes what there is; numbers of looks go on.
    fn take(&mut self) -> Self {
        let last_look = self.last_look;
        let rest = Self {
            last_look,
            ..Self::default()
        };
        std::mem::replace(self, rest)
    }

    /// The look that comes next.
    fn want_look(&mut self) -> Look {
        *self.look.get_or_insert_with(|| {
            self.last_look = self.last_look.next();
            self.last_look
        })
    }

    fn add_paths(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.paths.extend(paths);
        if self.paths.len() > MANY_PATHS {
            self.paths.clear();
            self.everything = true;
        }
    }
}

impl Index {
    /// The newest state.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, snapshot: Snapshot) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Reads the parameters of `initialize`.
    pub(crate) fn initialize(&self, params: &Value) {
        let _ = self.options.set(Options::new(params));
    }

    /// Begins with the workspace folders that there are.
    pub(crate) fn start(&self) {
        let folders = self.options().folders.lock();
        let folders = folders.unwrap_or_else(PoisonError::into_inner);
        self.pending().folders = Some(folders.clone());
        drop(folders);
        self.wake.notify_one();
    }

    /// What the client said of itself.
    pub(crate) fn options(&self) -> &Options {
        self.options.get_or_init(Options::default)
    }

    /// The state that an answer begun now is of: if it is another afterwards, the answer may be old.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Notes that the client shows a page.
    pub(crate) fn note_page(&self, address: &str) {
        let mut pages = self
            .shown_pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if pages.len() < MOST_PAGES {
            pages.insert(address.to_owned());
        }
    }

    fn take_pages(&self) -> BTreeSet<String> {
        let mut pages = self
            .shown_pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut pages)
    }

    /// Notes that documents were opened, changed or `closed`.
    pub(crate) fn note_documents(&self, closed: bool) {
        let mut pending = self.pending();
        pending.documents = true;
        pending.closed |= closed;
        drop(pending);
        if closed {
            self.generation.fetch_add(1, Ordering::SeqCst);
        }
        self.wake.notify_one();
    }

    /// Notes that settings changed.
    pub(crate) fn note_settings(&self) {
        self.pending().settings = true;
        self.wake.notify_one();
    }

    /// Notes what `workspace/didChangeWatchedFiles` tells.
    pub(crate) fn note_files(&self, params: &Value) {
        let changes = params.get("changes").and_then(Value::as_array);
        let changes = changes.into_iter().flatten();
        let paths = changes.filter_map(|change| uri::path(change.get("uri")?.as_str()?));
        self.pending().add_paths(paths);
        self.wake.notify_one();
    }

    /// Notes what `workspace/didChangeWorkspaceFolders` tells.
    pub(crate) fn note_folders(&self, params: &Value) {
        let folders = |name: &str| options::folders(params.pointer(&format!("/event/{name}")));
        let (removed, added) = (folders("removed"), folders("added"));
        let known = &self.options().folders;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|folder| !removed.contains(folder));
        for folder in added {
            if !known.contains(&folder) {
                known.push(folder);
            }
        }
        self.pending().folders = Some(known.clone());
        drop(known);
        self.wake.notify_one();
    }

    /// Has the search in work end: the server is about to.
    pub(crate) fn stop(&self) {
        self.stop.request();
    }

    /// Tells the log something that is worth a line, and only one.
    pub(crate) fn tell_once(&self, shared: &Shared, line: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(line.to_owned()) {
            shared.log(Level::Info, line.to_owned());
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything but open documents is to be looked at.
    fn has_files_pending(&self) -> bool {
        let pending = self.pending();
        pending.folders.is_some() || pending.everything || !pending.paths.is_empty()
    }

    fn take_pending(&self) -> Pending {
        self.pending().take()
    }
}
