//! What dispatcher, handlers and the publisher of diagnostics share.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::available_parallelism;
use std::time::Instant;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task_local;
use tower_lsp_server::Client;

use crate::across::wishes::QueueState;
use crate::client_caps::ClientCaps;
use crate::documents::{Document, Documents};
use crate::index::Index;
use crate::log::{Level, Log};
use crate::progress::Shown;
use crate::settings::Sources;
use crate::tokens::TokenCache;
use crate::transport;
use crate::uri;

task_local! {
    /// The document that the message in work is about, as it stood when the message arrived.
    pub(crate) static DOCUMENT: Option<Document>;
}

/// What dispatcher, handlers and the publisher of diagnostics share.
#[derive(Debug)]
pub(crate) struct Shared {
    documents: Mutex<Documents>,
    caps: OnceLock<ClientCaps>,
    /// The tokens last sent.
    pub(crate) tokens: TokenCache,
    /// The way to the client.
    client: OnceLock<Client>,
    /// Where settings come from.
    pub(crate) sources: Sources,
    dirty: Mutex<Dirty>,
    /// Rung when `dirty` or `log` has something.
    pub(crate) changed: Notify,
    /// Changes whenever diagnostics may have changed, and at the end.
    pub(crate) news: watch::Sender<()>,
    /// Whether the client has said that it wants no more.
    pub(crate) is_ending: AtomicBool,
    /// Whether the client is to be told that diagnostics may have changed.
    refresh: AtomicBool,
    /// Lines for the client's log.
    pub(crate) log: Log,
    /// Work that the client shows.
    pub(crate) shown: Shown,
    /// All digests of the workspace.
    pub(crate) index: Index,
    /// What of them concerns the reader.
    pub(crate) queue: QueueState,
    /// As many as can be computed at a time. More threads would take the processor away from the
    /// message loop, and what is cancelled while it waits for its turn is never computed.
    turns: Arc<Semaphore>,
}

/// Keys of documents whose diagnostics are to be published: in the order in which they were marked,
/// each once. A change of settings marks all that are open, which may be thousands.
#[derive(Debug, Default)]
struct Dirty {
    keys: Vec<String>,
    known: HashSet<String>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            documents: Mutex::default(),
            caps: OnceLock::new(),
            tokens: TokenCache::default(),
            client: OnceLock::new(),
            sources: Sources::default(),
            dirty: Mutex::default(),
            changed: Notify::new(),
            news: watch::Sender::default(),
            is_ending: AtomicBool::new(false),
            refresh: AtomicBool::new(false),
            log: Log::default(),
            shown: Shown::default(),
            index: Index::default(),
            queue: QueueState::default(),
            turns: Arc::new(Semaphore::new(
                available_parallelism().map_or(1, NonZero::get),
            )),
        }
    }
}

impl Shared {
    /// The open documents. Held for lookups and edits only, never across an await.
    pub(crate) fn documents(&self) -> MutexGuard<'_, Documents> {
        // An edit that panicked left its document as it was: a digest changes as a whole.
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what is kept of a document that is not open any more.
    pub(crate) fn forget_if_closed(&self, key: &str) {
        if self.documents().get_by_key(key).is_none() {
            self.tokens.forget(key);
        }
    }

    /// What the client can take.
    pub(crate) fn caps(&self) -> ClientCaps {
        self.caps.get().cloned().unwrap_or_default()
    }

    /// Sets what the client can take; the first `initialize` counts.
    pub(crate) fn set_caps(&self, caps: ClientCaps) {
        let _ = self.caps.set(caps);
    }

    /// The way to the client. Nothing may wait for its answers but tasks of their own.
    pub(crate) fn client(&self) -> Option<Client> {
        self.client.get().cloned()
    }

    /// Sets the way to the client.
    pub(crate) fn set_client(&self, client: Client) {
        let _ = self.client.set(client);
    }

    /// Takes the documents to publish diagnostics of, each once.
    pub(crate) fn take_dirty(&self) -> Vec<String> {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *dirty).keys
    }

    /// Notes that the diagnostics of a document are to be published.
    pub(crate) fn mark_dirty(&self, key: String) {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        if dirty.known.insert(key.clone()) {
            dirty.keys.push(key);
        }
        drop(dirty);
        self.changed.notify_one();
        self.news.send_replace(());
    }

    /// Notes that the diagnostics of any document may have changed, for another reason than its
    /// text: other digests, or settings.
    pub(crate) fn diagnostics_changed(&self) {
        if self.caps().pulls_diagnostics {
            self.refresh.store(true, Ordering::Relaxed);
            self.changed.notify_one();
            self.news.send_replace(());
        } else {
            let ours = self.documents().all_ours();
            for document in ours {
                self.mark_dirty(uri::key(&document.uri));
            }
        }
    }

    /// Notes that the diagnostics of one document have changed by other digests.
    pub(crate) fn diagnostics_changed_of(&self, key: String) {
        if self.caps().pulls_diagnostics {
            self.diagnostics_changed();
        } else {
            self.mark_dirty(key);
        }
    }

    /// Whether the client is to be told that diagnostics may have changed; asking takes note.
    pub(crate) fn take_refresh(&self) -> bool {
        self.refresh.swap(false, Ordering::Relaxed)
    }

    /// Lets go of requests that wait for news.
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.news.send_replace(());
    }

    /// Notes a line for the client's log, if it is told of this level.
    pub(crate) fn log(&self, level: Level, line: String) {
        if self.log.add(level, line) {
            self.changed.notify_one();
        }
    }

    /// Notes a warning for the client's log.
    pub(crate) fn complain(&self, line: String) {
        self.log(Level::Warning, line);
    }

    /// Notes what became of a message, for a client that wants to follow.
    pub(crate) fn trace(&self, method: &str, began: Instant, detail: &str) {
        if self.log.add_trace(method, began.elapsed(), detail) {
            self.changed.notify_one();
        }
    }

    /// Waits until there is room for one more computation; the room is kept until this is dropped.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Computes something about a document, away from the message loop unless it is short. `None`
    /// when that panicked: a panic costs one answer. When nobody waits for it any more, as its
    /// request was cancelled, it does not begin, or learns it from the document's `stop`.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        document: Document,
        work: impl FnOnce(&Document, &ClientCaps) -> T + Send + 'static,
    ) -> Option<T> {
        let caps = self.caps();
        if document.is_short() {
            // The message loop has a boundary for panics of its own.
            return Some(work(&document, &caps));
        }
        let _stop = document.stop.on_drop();
        let turn = self.turn().await;
        transport::room_to_answer().await;
        let work = move || {
            // Held to the end of the computation, which may go on when its request is cancelled.
            let _turn = turn;
            work(&document, &caps)
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn documents_are_marked_once_and_in_order() {
        let shared = Shared::default();
        for key in ["b", "a", "b", "c", "a"] {
            shared.mark_dirty(key.to_owned());
        }
        assert_eq!(shared.take_dirty(), ["b", "a", "c"]);
        shared.mark_dirty("a".to_owned());
        assert_eq!(shared.take_dirty(), ["a"]);
    }

    #[test]
    fn work_learns_that_its_request_was_cancelled() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let shared = Arc::new(Shared::default());
        let uri = "file:///a.txt";
        let text = "From 1234567 to 89abcde\n".repeat(10_000);
        let opened = serde_json::json!({
            "textDocument": {"uri": uri, "languageId": "patch-digest", "text": text},
        });
        let opened = shared.documents().did_open(opened);
        assert!(opened.is_ok(), "{opened:?}");
        let document = shared.documents().get(uri).cloned().expect("a document");
        assert!(!document.is_short());

        let (started, has_started) = channel();
        let (ended, has_ended) = channel();
        let request = runtime.spawn({
            let shared = Arc::clone(&shared);
            async move {
                let work = move |document: &Document, _: &ClientCaps| {
                    let _ = started.send(());
                    while !document.stop.is_requested() {
                        thread::sleep(Duration::from_millis(1));
                    }
                    let _ = ended.send(());
                };
                shared.compute(document, work).await
            }
        });
        runtime.block_on(async {
            while has_started.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            let early = has_ended.recv_timeout(Duration::from_millis(50));
            assert_eq!(early, Err(RecvTimeoutError::Timeout));
            // What the message loop does with a request that is cancelled.
            request.abort();
            assert!(request.await.is_err());
        });
        assert_eq!(has_ended.recv_timeout(Duration::from_secs(30)), Ok(()));
    }
}
