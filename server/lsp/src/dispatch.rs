//! Sees every message in the order of the wire, before any handler runs: applies document changes
//! and hands each handler the document as it stood when its message arrived.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task_local;
use tower::Service;
use tower_lsp_server::ExitedError;
use tower_lsp_server::LspService;
use tower_lsp_server::jsonrpc::{Request, Response};

use crate::client_caps::ClientCaps;
use crate::documents::{Document, Documents};
use crate::handlers::Server;
use crate::uri;

task_local! {
    /// The document that the message in work is about, as it stood when the message arrived.
    pub(crate) static DOCUMENT: Option<Document>;
}

/// What dispatcher, handlers and the publisher of diagnostics share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    documents: Mutex<Documents>,
    caps: OnceLock<ClientCaps>,
    /// Keys of documents whose diagnostics are to be published.
    dirty: Mutex<Vec<String>>,
    /// Rung when `dirty` has something.
    pub(crate) changed: Notify,
    /// Lines for the client's log.
    complaints: Mutex<Vec<String>>,
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

    fn mark_dirty(&self, key: String) {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        if !dirty.contains(&key) {
            dirty.push(key);
        }
        drop(dirty);
        self.changed.notify_one();
    }

    fn complain(&self, line: String) {
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
}

/// The service that the message loop calls.
#[derive(Debug)]
pub(crate) struct Dispatch {
    router: LspService<Server>,
    shared: Arc<Shared>,
}

impl Dispatch {
    /// Wraps the router.
    pub(crate) fn new(router: LspService<Server>, shared: Arc<Shared>) -> Self {
        Self { router, shared }
    }

    /// Applies what a message says of documents.
    fn observe(&self, method: &str, params: &Value) {
        let shared = &self.shared;
        let encoding = shared.caps().encoding;
        let outcome = match method {
            "textDocument/didOpen" => shared.documents().did_open(params),
            "textDocument/didChange" => shared.documents().did_change(params, encoding),
            "textDocument/didClose" => shared.documents().did_close(params),
            _ => return,
        };
        match outcome {
            Ok(key) => shared.mark_dirty(key),
            Err(complaint) => shared.complain(complaint),
        }
    }
}

/// The address that a message is about.
fn document_uri(params: &Value) -> Option<&str> {
    params.get("textDocument")?.get("uri")?.as_str()
}

impl Service<Request> for Dispatch {
    type Response = Option<Response>;
    type Error = ExitedError;
    type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, ExitedError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let params = request.params().unwrap_or(&Value::Null);
        self.observe(request.method(), params);
        let address = document_uri(params);
        let document = address.and_then(|address| self.shared.documents().get(address).cloned());
        // The router's address type refuses what some clients send.
        let strict = address
            .map(uri::strict)
            .filter(|strict| Some(&**strict) != address);
        let (request, spelling) = match strict {
            Some(strict) => {
                let spelling = address.map(|address| (strict.clone(), address.to_owned()));
                (with_uri(request, &strict), spelling)
            }
            None => (request, None),
        };
        let answer = DOCUMENT.sync_scope(document.clone(), || self.router.call(request));
        let answer = DOCUMENT.scope(document, answer);
        Box::pin(async move {
            let response = answer.await?;
            Ok(match (response, spelling) {
                (Some(response), Some((strict, own))) => Some(respelled(response, &strict, &own)),
                (response, _) => response,
            })
        })
    }
}

/// The same request about another spelling of its document's address.
fn with_uri(request: Request, uri: &str) -> Request {
    let (method, id, params) = request.into_parts();
    let mut params = params.unwrap_or_default();
    if let Some(slot) = params
        .get_mut("textDocument")
        .and_then(|document| document.get_mut("uri"))
    {
        *slot = Value::from(uri);
    }
    let request = Request::build(method).params(params);
    match id {
        Some(id) => request.id(id).finish(),
        None => request.finish(),
    }
}

/// The same response with addresses in the client's own spelling.
fn respelled(response: Response, strict: &str, own: &str) -> Response {
    let (id, result) = response.into_parts();
    match result {
        Ok(mut value) => {
            uri::respell(&mut value, strict, own);
            Response::from_ok(id, value)
        }
        Err(error) => Response::from_error(id, error),
    }
}
