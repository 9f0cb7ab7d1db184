//! What dispatcher, handlers and the publisher of diagnostics share.

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::available_parallelism;

use tokio::sync::{Notify, Semaphore};
use tokio::task_local;

use crate::client_caps::ClientCaps;
use crate::documents::{Document, Documents};

task_local! {
    /// The document that the message in work is about, as it stood when the message arrived.
    pub(crate) static DOCUMENT: Option<Document>;
}

/// What dispatcher, handlers and the publisher of diagnostics share.
#[derive(Debug)]
pub(crate) struct Shared {
    documents: Mutex<Documents>,
    caps: OnceLock<ClientCaps>,
    /// Keys of documents whose diagnostics are to be published.
    dirty: Mutex<Vec<String>>,
    /// Rung when `dirty` has something.
    pub(crate) changed: Notify,
    /// Lines for the client's log.
    complaints: Mutex<Vec<String>>,
    /// As many as can be computed at a time. More threads would take the processor away from the
    /// message loop, and what is cancelled while it waits for its turn is never computed.
    turns: Arc<Semaphore>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            documents: Mutex::default(),
            caps: OnceLock::new(),
            dirty: Mutex::default(),
            changed: Notify::new(),
            complaints: Mutex::default(),
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

    /// What the client can take.
    pub(crate) fn caps(&self) -> ClientCaps {
        self.caps.get().cloned().unwrap_or_default()
    }

    /// Sets what the client can take; the first `initialize` counts.
    pub(crate) fn set_caps(&self, caps: ClientCaps) {
        let _ = self.caps.set(caps);
    }

    /// Takes the documents to publish diagnostics of, each once.
    pub(crate) fn take_dirty(&self) -> Vec<String> {
        std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the lines for the client's log.
    pub(crate) fn take_complaints(&self) -> Vec<String> {
        std::mem::take(
            &mut *self
                .complaints
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Notes that the diagnostics of a document are to be published.
    pub(crate) fn mark_dirty(&self, key: String) {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        if !dirty.contains(&key) {
            dirty.push(key);
        }
        drop(dirty);
        self.changed.notify_one();
    }

    /// Notes a line for the client's log.
    pub(crate) fn complain(&self, line: String) {
        let mut complaints = self
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A client that is out of step says so with every key; a few lines tell as much.
        if complaints.len() < 20 {
            complaints.push(line);
        }
        drop(complaints);
        self.changed.notify_one();
    }

    /// Computes something about a document, away from the message loop unless it is short. `None`
    /// when that panicked: a panic costs one answer.
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
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let work = move || {
            // Held to the end of the computation, which goes on when its request is cancelled.
            let _turn = turn;
            work(&document, &caps)
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}
