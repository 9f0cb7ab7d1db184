//! Sees every message in the order of the wire, before any handler runs: applies document changes
//! and hands each handler the document as it stood when its message arrived.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use patch_digest_core::stop::Stop;
use patch_digest_core::text::Encoding;
use serde_json::Value;
use tower::Service;
use tower_lsp_server::jsonrpc::{Error, Request, Response};
use tower_lsp_server::{ExitedError, LspService};

use crate::across::{self, Asked, View};
use crate::client_caps::{ClientCaps, shield};
use crate::documents::{Document, Documents};
use crate::handlers::{self, Server};
use crate::links;
use crate::log::Trace;
use crate::pull;
use crate::shared::{DOCUMENT, Shared};
use crate::tokens::{self, TokenCaps};
use crate::transport::Outgoing;
use crate::uri;

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

    /// Applies what a notification says of documents; gives other messages back.
    fn observe(&self, request: Request) -> Option<Request> {
        type Apply = fn(&mut Documents, Value, Encoding) -> Result<String, String>;
        let apply: Apply = match request.method() {
            "textDocument/didOpen" => |documents, params, _| documents.did_open(params),
            "textDocument/didChange" => Documents::did_change,
            "textDocument/didClose" => |documents, params, _| documents.did_close(params),
            _ => return self.observe_wishes(request),
        };
        if request.id().is_some() {
            // A request of that name is none that is known.
            return Some(request);
        }
        let began = self.shared.log.is_tracing().then(Instant::now);
        let method = began.map(|_| request.method().to_owned());
        let closed = request.method() == "textDocument/didClose";
        let is_edit = request.method() == "textDocument/didChange";
        let params = request.into_parts().2.unwrap_or_default();
        let encoding = self.shared.caps().encoding;
        let outcome = apply(&mut self.shared.documents(), params, encoding);
        match outcome {
            Ok(key) => {
                self.shared.forget_if_closed(&key);
                self.shared.mark_dirty(key);
                self.shared.index.note_documents(closed);
                if !is_edit {
                    self.shared.index.look();
                }
            }
            Err(complaint) => self.shared.complain(complaint),
        }
        if let (Some(began), Some(method)) = (began, method) {
            self.shared.trace(&method, began, "");
        }
        None
    }

    /// Does what a notification wants of the server's own doings, which the router knows nothing
    /// of; gives other messages back.
    fn observe_wishes(&self, request: Request) -> Option<Request> {
        let params = request.params().unwrap_or(&Value::Null);
        match request.method() {
            _ if request.id().is_some() => return Some(request),
            "window/workDoneProgress/cancel" => self.shared.shown.cancel(params),
            "$/setTrace" => self.set_trace(params.get("value")),
            "textDocument/didSave" => {
                if let Some(address) = document_uri(params) {
                    self.shared.settings_file_saved(address);
                }
                self.shared.index.look();
            }
            "workspace/didChangeWatchedFiles" => {
                self.shared.index.note_files(params);
                // Files with settings are among them.
                return Some(request);
            }
            "workspace/didChangeWorkspaceFolders" => self.shared.index.note_folders(params),
            _ => return Some(request),
        }
        None
    }

    fn set_trace(&self, value: Option<&Value>) {
        if let Some(trace) = value.and_then(Value::as_str).and_then(Trace::named) {
            self.shared.log.set_trace(trace);
        }
    }

    /// The document at an address, which is spelled from here on as the message does.
    fn document(&self, address: &str) -> Option<Document> {
        let mut document = self.shared.documents().get(address)?.clone();
        address.clone_into(&mut document.uri);
        document.stop = Stop::default();
        Some(document)
    }

    /// The answer to a request about a digest whose answer is large: written straight as bytes,
    /// around the router, as a tree of JSON values takes ten times as long to build and print.
    fn large_answer(&self, request: &Request, document: Option<&Document>) -> Option<Answer> {
        let caps = self.shared.caps();
        let takes = |wanted: fn(&TokenCaps) -> bool| caps.tokens.as_deref().is_some_and(wanted);
        let shared = Arc::clone(&self.shared);
        let print: Print = match request.method() {
            "textDocument/foldingRange" => Box::new(handlers::printed_folds),
            "textDocument/documentLink" if caps.document_links => {
                Box::new(move |document, caps| {
                    let settings = shared.settings_of(&document.uri);
                    links::printed_links(document, caps, &settings.settings)
                })
            }
            "textDocument/semanticTokens/full" if takes(|caps| caps.full) => {
                Box::new(move |document, caps| shared.tokens.print_full(document, caps))
            }
            "textDocument/semanticTokens/full/delta" if takes(|caps| caps.delta) => {
                let previous = tokens::previous_id(request.params());
                Box::new(move |document, caps| shared.tokens.print_delta(document, caps, &previous))
            }
            "textDocument/semanticTokens/range" if takes(|caps| caps.range) => {
                let range = tokens::wanted_range(request.params())?;
                Box::new(move |document, caps| shared.tokens.print_range(document, caps, range))
            }
            _ => return None,
        };
        let id = request.id()?.clone();
        let document = document.filter(|document| document.is_ours)?.clone();
        let shared = Arc::clone(&self.shared);
        let key = uri::key(&document.uri);
        Some(Box::pin(async move {
            let result = shared.compute(document, print).await.flatten();
            shared.forget_if_closed(&key);
            Ok(Some(match result {
                Some(result) => Outgoing::large_answer(&id, result),
                None => Response::from_error(id, Error::internal_error()).into(),
            }))
        }))
    }
}

/// The answer to `initialize`, with what the router's types do not know or do not say.
fn announced(response: Response, shared: &Shared) -> Response {
    let (id, result) = response.into_parts();
    match result {
        Ok(mut value) => {
            if let Some(capabilities) = value.get_mut("capabilities") {
                across::announce(capabilities, shared.index.options());
            }
            Response::from_ok(id, value)
        }
        Err(error) => Response::from_error(id, error),
    }
}

/// Prints the result of a request about a document as JSON.
type Print = Box<dyn FnOnce(&Document, &ClientCaps) -> Option<Vec<u8>> + Send>;

/// The future of an answer.
pub(crate) type Answer =
    Pin<Box<dyn Future<Output = Result<Option<Outgoing>, ExitedError>> + Send>>;

/// The address that a message is about. What is sent to be completed when it is needed, such as
/// links, carries it in its `data`.
pub(crate) fn document_uri(params: &Value) -> Option<&str> {
    let document = params.get("textDocument").or_else(|| params.get("data"))?;
    document.get("uri")?.as_str()
}

impl Service<Request> for Dispatch {
    type Response = Option<Outgoing>;
    type Error = ExitedError;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ExitedError>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Answer {
        let Some(mut request) = self.observe(request) else {
            return Box::pin(ready(Ok(None)));
        };
        if request.method() == "initialize" {
            let params = request.params().unwrap_or(&Value::Null);
            self.set_trace(params.get("trace"));
            self.shared.index.initialize(params);
            request = with_params(request, shield);
        }
        if self.shared.log.is_tracing() {
            return self.traced(request);
        }
        self.answer(request)
    }
}

impl Dispatch {
    /// The answer to a message, with a line about it for a client that wants to follow.
    fn traced(&mut self, request: Request) -> Answer {
        let shared = Arc::clone(&self.shared);
        let began = Instant::now();
        let method = request.method().to_owned();
        let address = request.params().and_then(document_uri);
        let detail = match address.and_then(|address| self.document(address)) {
            Some(document) => format!(
                "version {}, {} bytes, {} entries",
                document.version,
                document.digest.text().len(),
                document.digest.blocks().sum().entries
            ),
            None => String::new(),
        };
        let answer = self.answer(request);
        Box::pin(async move {
            let answer = answer.await;
            shared.trace(&method, began, &detail);
            answer
        })
    }

    /// The answer to a request that takes all digests to answer.
    fn answer_across(&self, request: &Request, document: Option<&Document>) -> Option<Answer> {
        let shared = Arc::clone(&self.shared);
        let options = shared.index.options();
        let question = across::question(request.method(), request.params(), options)?;
        let id = request.id()?.clone();
        let document = document.filter(|document| document.is_ours);
        let look = across::is_about_files(request.method());
        let look = look.then(|| shared.index.look_if_old()).flatten();
        let mut view = View::new(&shared, document);
        let asked = Asked {
            document: document.cloned(),
            method: request.method().to_owned(),
            params: request.params().cloned().unwrap_or_default(),
        };
        Some(Box::pin(async move {
            if let Some(look) = look.filter(|_| across::waits_for_look(&asked.method)) {
                shared.index.looked(look).await;
                view.see_newest_index();
            }
            Ok(Some(match shared.ask(question, view, asked).await {
                Some(Ok(result)) => Outgoing::large_answer(&id, result),
                Some(Err(error)) => Response::from_error(id, error).into(),
                None => Response::from_error(id, Error::internal_error()).into(),
            }))
        }))
    }

    fn answer(&mut self, request: Request) -> Answer {
        let address = request.params().and_then(document_uri).map(str::to_owned);
        let document = address
            .as_deref()
            .and_then(|address| self.document(address));
        if let Some(answer) = self.large_answer(&request, document.as_ref()) {
            return answer;
        }
        if let Some(answer) = pull::answer(&self.shared, &request, document.as_ref()) {
            return answer;
        }
        if let Some(answer) = self.answer_across(&request, document.as_ref()) {
            return answer;
        }
        // The router's address type refuses what some clients send.
        let spelling = address
            .map(|own| (uri::strict(&own), own))
            .filter(|(strict, own)| strict != own);
        let request = if spelling.is_some() || names_others(request.method()) {
            with_params(request, uri::make_strict)
        } else {
            request
        };
        let shared = (request.method() == "initialize").then(|| Arc::clone(&self.shared));
        let answer = DOCUMENT.sync_scope(document.clone(), || self.router.call(request));
        let answer = DOCUMENT.scope(document, answer);
        Box::pin(async move {
            let response = answer.await?.map(|response| match spelling {
                Some((strict, own)) => respelled(response, &strict, &own),
                None => response,
            });
            let response = response.map(|response| match shared {
                Some(shared) => announced(response, &shared),
                None => response,
            });
            Ok(response.map(Outgoing::from))
        })
    }
}

/// Whether the client sends addresses of other things along: with diagnostics that name them, of
/// folders, of files that changed.
fn names_others(method: &str) -> bool {
    matches!(
        method,
        "initialize"
            | "textDocument/codeAction"
            | "codeAction/resolve"
            | "workspace/didChangeWatchedFiles"
    )
}

/// The same request with parameters that the router's types take.
fn with_params(request: Request, change: impl FnOnce(&mut Value)) -> Request {
    let (method, id, params) = request.into_parts();
    let mut params = params.unwrap_or_default();
    change(&mut params);
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
