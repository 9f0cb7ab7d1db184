//! A server whose handlers do what the tests need, and a client that drives it.

use std::collections::BTreeMap;
use std::future::pending;
use std::io::{PipeWriter, Write, pipe};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use patch_digest_lsp::transport::frame::{Frame, FrameReader, encode};
use patch_digest_lsp::transport::{Outgoing, serve};
use serde_json::{Value, json};
use tower::Service;
use tower_lsp_server::jsonrpc::{Error, Request, Response, Result};
use tower_lsp_server::ls_types::request::Request as RequestType;
use tower_lsp_server::ls_types::{InitializeParams, InitializeResult, MessageType};
use tower_lsp_server::{Client, ClientSocket, ExitedError, LanguageServer, LspService};

/// Longer than anything should take; a test that waits this long fails.
const LONG: Duration = Duration::from_secs(10);

/// What the server did, in order: `call <method>` for each call, and what handlers note.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter(|noted| *noted == line)
            .count()
    }

    /// Waits until `line` was noted.
    pub(crate) fn wait_for(&self, line: &str) {
        let start = Instant::now();
        while self.count(line) == 0 {
            assert!(start.elapsed() < LONG, "no `{line}` in {:?}", self.lines());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

struct Mock {
    client: Client,
    journal: Journal,
}

/// A question of the server, for its client to answer.
enum Question {}

impl RequestType for Question {
    type Params = Value;
    type Result = Value;
    const METHOD: &'static str = "test/question";
}

impl LanguageServer for Mock {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let options = params.initialization_options.unwrap_or_default();
        match options["does"].as_str() {
            Some("fail") => return Err(Error::internal_error()),
            Some("hang") => pending().await,
            Some("wait") => tokio::time::sleep(Duration::from_millis(200)).await,
            _ => {}
        }
        self.journal.note("initialized");
        Ok(InitializeResult::default())
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

impl Mock {
    async fn echo(&self, params: Value) -> Result<Value> {
        Ok(params)
    }

    async fn number(&self, number: i32) -> Result<i32> {
        Ok(number)
    }

    async fn never(&self) -> Result<()> {
        pending().await
    }

    async fn never_note(&self) {
        pending::<()>().await;
    }

    /// Keeps a blocking thread busy, for ever as far as a test is concerned.
    async fn stuck(&self) -> Result<()> {
        let journal = self.journal.clone();
        let stuck = tokio::task::spawn_blocking(move || {
            journal.note("stuck");
            thread::sleep(Duration::from_secs(3600));
        });
        stuck.await.map_err(|_| Error::internal_error())
    }

    /// Finishes after `millis`.
    async fn slow(&self, millis: u64) -> Result<u64> {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(millis)
    }

    /// Keeps the loop's thread busy for `millis`.
    async fn busy(&self, millis: u64) -> Result<u64> {
        thread::sleep(Duration::from_millis(millis));
        Ok(millis)
    }

    async fn panic(&self) -> Result<()> {
        panic!("on purpose\nwith a second line");
    }

    async fn panic_late(&self) -> Result<()> {
        tokio::task::yield_now().await;
        panic!("late");
    }

    async fn panic_in_note(&self) {
        panic!("in a notification");
    }

    /// Answers with `n_bytes` bytes of text.
    async fn big(&self, n_bytes: usize) -> Result<String> {
        Ok("x".repeat(n_bytes))
    }

    /// Asks the client and answers with what that said.
    async fn ask(&self, params: Value) -> Result<Value> {
        let answer = self.client.send_request::<Question>(params).await;
        self.journal.note("got an answer");
        answer
    }

    async fn say(&self, params: Value) {
        self.client
            .log_message(MessageType::INFO, params.to_string())
            .await;
    }
}

/// Stands where the project's own wrapper stands: sees every call, and may answer with bytes.
struct Wrapper {
    router: LspService<Mock>,
    journal: Journal,
}

impl Service<Request> for Wrapper {
    type Response = Option<Outgoing>;
    type Error = ExitedError;
    type Future = BoxFuture<'static, std::result::Result<Option<Outgoing>, ExitedError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), ExitedError>> {
        self.router.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.journal.note(format!("call {}", request.method()));
        let id = request.id().cloned();
        match (request.method(), id) {
            ("test/panicInCall", _) => panic!("in call"),
            ("test/printed", Some(id)) => {
                async move { Ok(Some(Outgoing::printed_answer(&id, b"[1,2]"))) }.boxed()
            }
            ("test/nothing", _) => async { Ok(None) }.boxed(),
            _ => {
                let answer = self.router.call(request);
                async move { Ok(answer.await?.map(Response::into)) }.boxed()
            }
        }
    }
}

/// The test server, to be served with [`serve`].
fn server(journal: &Journal) -> (Wrapper, ClientSocket) {
    let mock = |client| Mock {
        client,
        journal: journal.clone(),
    };
    let (router, socket) = LspService::build(mock)
        .custom_method("test/echo", Mock::echo)
        .custom_method("test/number", Mock::number)
        .custom_method("test/never", Mock::never)
        .custom_method("test/neverNote", Mock::never_note)
        .custom_method("test/stuck", Mock::stuck)
        .custom_method("test/slow", Mock::slow)
        .custom_method("test/busy", Mock::busy)
        .custom_method("test/panic", Mock::panic)
        .custom_method("test/panicLate", Mock::panic_late)
        .custom_method("test/panicInNote", Mock::panic_in_note)
        .custom_method("test/big", Mock::big)
        .custom_method("test/ask", Mock::ask)
        .custom_method("test/say", Mock::say)
        .finish();
    (
        Wrapper {
            router,
            journal: journal.clone(),
        },
        socket,
    )
}

/// Serves the test server on standard input and output; returns the exit code.
pub(crate) fn serve_stdio() -> u8 {
    let (service, socket) = server(&Journal::default());
    serve(std::io::stdin(), std::io::stdout(), service, socket)
}

/// A client with a server of its own. Reads only when a test asks for a message.
pub(crate) struct Editor {
    to_server: Option<PipeWriter>,
    wanted: Sender<()>,
    messages: Receiver<Value>,
    code: Receiver<u8>,
    pub(crate) journal: Journal,
}

impl Editor {
    /// Connects to a fresh server.
    pub(crate) fn connect() -> Self {
        let journal = Journal::default();
        let (input, to_server) = pipe().expect("a pipe");
        let (from_server, output) = pipe().expect("a pipe");
        let (code_sender, code) = channel();
        let served = journal.clone();
        thread::spawn(move || {
            let (service, socket) = server(&served);
            code_sender.send(serve(input, output, service, socket))
        });
        let (wanted, messages) = read_on_demand(from_server);
        Self {
            to_server: Some(to_server),
            wanted,
            messages,
            code,
            journal,
        }
    }

    /// Connects to a fresh server and initializes it.
    pub(crate) fn initialized() -> Self {
        let mut editor = Self::connect();
        editor.request(0, "initialize", json!({"capabilities": {}}));
        assert_eq!(editor.next()["result"]["capabilities"], json!({}));
        editor.notify("initialized", json!({}));
        editor
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.to_server
            .as_mut()
            .expect("not hung up yet")
            .write_all(bytes)
            .expect("the server reads");
    }

    /// Another way to write, for use on another thread.
    pub(crate) fn second_writer(&self) -> PipeWriter {
        let to_server = self.to_server.as_ref().expect("not hung up yet");
        to_server.try_clone().expect("a second descriptor")
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_bytes(&framed(message));
    }

    pub(crate) fn request(&mut self, id: impl Into<Value>, method: &str, params: Value) {
        self.send(&request(id, method, params));
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&notification(method, params));
    }

    pub(crate) fn cancel(&mut self, id: impl Into<Value>) {
        self.notify("$/cancelRequest", json!({"id": id.into()}));
    }

    /// The next message of the server.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        self.next_within(LONG).expect("a message in time")
    }

    /// The next message, if there is one within `wait`.
    pub(crate) fn next_within(&mut self, wait: Duration) -> Option<Value> {
        self.wanted.send(()).ok()?;
        self.messages.recv_timeout(wait).ok()
    }

    /// The next message has to be an error, answering `id`.
    #[track_caller]
    pub(crate) fn expect_error(&mut self, id: impl Into<Value>, code: i64) {
        let message = self.next();
        assert_eq!(
            (&message["id"], &message["error"]["code"]),
            (&id.into(), &json!(code)),
            "{message}"
        );
    }

    /// The next message has to be a successful answer to `id`.
    #[track_caller]
    pub(crate) fn expect_result(&mut self, id: impl Into<Value>, result: &Value) {
        let message = self.next();
        assert_eq!(
            (&message["id"], message.get("result")),
            (&id.into(), Some(result)),
            "{message}"
        );
    }

    /// The server still works, and has sent nothing since.
    #[track_caller]
    pub(crate) fn expect_alive(&mut self) {
        self.request("alive?", "test/echo", json!(["yes"]));
        self.expect_result("alive?", &json!(["yes"]));
    }

    /// The next `n` messages by their id.
    #[track_caller]
    pub(crate) fn next_by_id(&mut self, n: usize) -> BTreeMap<String, Value> {
        let by_id: BTreeMap<_, _> = (0..n)
            .map(|_| {
                let message = self.next();
                (message["id"].to_string(), message)
            })
            .collect();
        assert_eq!(by_id.len(), n, "an id was answered twice");
        by_id
    }

    /// Closes the server's input.
    pub(crate) fn hang_up(&mut self) {
        self.to_server = None;
    }

    /// Stops reading for good, so that writing to the client fails.
    pub(crate) fn close_ears(&mut self) {
        let (wanted, messages) = (channel().0, channel().1);
        // The reading thread ends with its channel and takes the pipe with it.
        drop((
            std::mem::replace(&mut self.wanted, wanted),
            std::mem::replace(&mut self.messages, messages),
        ));
    }

    /// The exit code, which has to come within `wait`.
    #[track_caller]
    pub(crate) fn exit_code_within(&mut self, wait: Duration) -> u8 {
        self.code
            .recv_timeout(wait)
            .expect("the server ends in time")
    }

    /// Whether the server is still there after `wait`.
    pub(crate) fn is_served_for(&mut self, wait: Duration) -> bool {
        self.code.recv_timeout(wait).is_err()
    }

    /// Waits until the server calls no more handlers; returns how many `method` had.
    pub(crate) fn calls_when_quiet(&self, method: &str) -> usize {
        let mut n_calls = self.journal.lines().len();
        loop {
            thread::sleep(Duration::from_millis(300));
            let n_calls_now = self.journal.lines().len();
            if n_calls_now == n_calls {
                return self.journal.count(&format!("call {method}"));
            }
            n_calls = n_calls_now;
        }
    }
}

pub(crate) fn request(id: impl Into<Value>, method: &str, params: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params.into()})
}

pub(crate) fn notification(method: &str, params: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params.into()})
}

pub(crate) fn framed(message: &Value) -> Vec<u8> {
    let mut frame = Vec::new();
    encode(message.to_string().as_bytes(), &mut frame);
    frame
}

/// Reads one message for each `()` that is sent.
pub(crate) fn read_on_demand(
    input: impl std::io::Read + Send + 'static,
) -> (Sender<()>, Receiver<Value>) {
    let (wanted, wanted_receiver) = channel::<()>();
    let (sender, messages) = channel();
    thread::spawn(move || {
        let mut frames = FrameReader::new(input);
        while wanted_receiver.recv().is_ok() {
            let message = loop {
                match frames.next_frame::<Vec<u8>>() {
                    Ok(Some(Frame::Body(body))) => {
                        break serde_json::from_slice(&body).expect("JSON");
                    }
                    // The test harness prints to a child's standard output, too.
                    Ok(Some(Frame::Damaged(_))) => {}
                    _ => return,
                }
            };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    (wanted, messages)
}
