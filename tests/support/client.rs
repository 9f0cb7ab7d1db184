//! A small synchronous client of the language server, over the pipes of the real process.
//!
//! A thread reads all the time, so that as much as wanted can be written without waiting for
//! answers. Waiting has a limit, and breaking off says what was waited for. Frames are written and
//! read by code of its own, which is stricter than the server's.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::binary;
use crate::profiles::Profile;

/// How long is waited for anything. Far longer than needed: test machines may be slow and busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long is waited for an answer about a digest of a hundred megabytes.
const MUCH_PATIENCE: Duration = Duration::from_secs(600);

/// Of longer messages, in bytes, it is known that they are JSON, which request they answer, and how
/// long they are; to keep them takes ten times the memory.
const HUGE: usize = 32 << 20;

/// A connection to a server of its own, which is killed if it is still there when this is dropped.
#[derive(Debug)]
pub struct Client {
    child: Child,
    /// `None` once hung up.
    stdin: Option<ChildStdin>,
    messages: Receiver<Result<Value, String>>,
    stderr: Option<JoinHandle<String>>,
    n_requests: i64,
    /// Methods of requests without an answer so far, by id.
    waiting: HashMap<i64, String>,
    /// Answers that nobody asked for yet, by id.
    answers: HashMap<i64, Value>,
    /// Notifications and requests of the server that nobody asked for yet.
    notifications: VecDeque<Value>,
    /// Whether the server closed its output.
    over: bool,
    patience: Duration,
}

/// How a server ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Client {
    /// Starts a server and says nothing to it.
    #[must_use]
    pub fn spawn() -> Self {
        Self::of(binary::command())
    }

    /// Starts a server in a folder, which is also where it finds its home and a place for temporary
    /// files, and says nothing to it.
    #[must_use]
    pub fn spawn_in(folder: &Path) -> Self {
        let mut command = binary::command();
        command.current_dir(folder);
        for name in [
            "HOME",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env(name, folder);
        }
        Self::of(command)
    }

    /// Starts the server of a command that lacks its last argument.
    #[must_use]
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("starting the server: {error}"));
        let stdin = child.stdin.take();
        let (sender, messages) = channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read_messages(stdout, &sender));
        }
        let stderr = child.stderr.take().map(|mut stderr| {
            thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stderr.read_to_end(&mut text);
                String::from_utf8_lossy(&text).into_owned()
            })
        });
        Self {
            child,
            stdin,
            messages,
            stderr,
            n_requests: 0,
            waiting: HashMap::new(),
            answers: HashMap::new(),
            notifications: VecDeque::new(),
            over: false,
            patience: PATIENCE,
        }
    }

    /// Waits far longer from now on: for digests of a hundred megabytes on a busy machine.
    pub fn be_patient(&mut self) {
        self.patience = MUCH_PATIENCE;
    }

    /// A client of a kind, with `initialize` and `initialized` behind it.
    #[must_use]
    pub fn start(profile: Profile) -> Self {
        Self::start_with(&profile.capabilities())
    }

    /// A client with these capabilities, with `initialize` and `initialized` behind it.
    #[must_use]
    pub fn start_with(capabilities: &Value) -> Self {
        let mut client = Self::spawn();
        client.initialize(&json!({"processId": null, "capabilities": capabilities}));
        client
    }

    /// Sends `initialize` and `initialized`; the result of the first.
    #[track_caller]
    pub fn initialize(&mut self, params: &Value) -> Value {
        let result = self.ask("initialize", params);
        self.notify("initialized", &json!({}));
        result
    }

    /// The id of the server's process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    // ---- Sending

    /// Writes bytes as they are.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let written = match &mut self.stdin {
            Some(stdin) => stdin.write_all(bytes).and_then(|()| stdin.flush()),
            None => panic!("the client hung up already"),
        };
        if let Err(error) = written {
            panic!("writing to the server: {error}; {}", self.last_words());
        }
    }

    /// Sends a notification.
    #[track_caller]
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send_bytes(&frame(&notification(method, params)));
    }

    /// Sends a request and returns its id.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: &Value) -> i64 {
        let (id, bytes) = self.prepare_request(method, params);
        self.send_bytes(&bytes);
        id
    }

    /// The id and the bytes of a request that is sent later, with [`Client::send_bytes`].
    #[must_use]
    pub fn prepare_request(&mut self, method: &str, params: &Value) -> (i64, Vec<u8>) {
        self.n_requests += 1;
        let id = self.n_requests;
        self.waiting.insert(id, method.to_owned());
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        (id, frame(&message))
    }

    /// Opens a document in the language `patch-digest`, version 1.
    #[track_caller]
    pub fn open(&mut self, uri: &str, text: &str) {
        self.open_as(uri, "patch-digest", text);
    }

    /// Opens a document in some language, version 1.
    #[track_caller]
    pub fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Sends changes of a document.
    #[track_caller]
    pub fn change(&mut self, uri: &str, version: i32, changes: &Value) {
        let document = json!({"uri": uri, "version": version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.notify("textDocument/didChange", &params);
    }

    /// Closes a document.
    #[track_caller]
    pub fn close(&mut self, uri: &str) {
        let params = json!({"textDocument": {"uri": uri}});
        self.notify("textDocument/didClose", &params);
    }

    /// Ends the server's input.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    // ---- Receiving

    /// Sends a request and waits for its result.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.request(method, params);
        let answer = self.answer(id);
        match answer.get("result") {
            Some(result) => result.clone(),
            None => panic!("{method} {params} failed: {answer}"),
        }
    }

    /// Sends a request and waits for its error: the code.
    #[track_caller]
    pub fn ask_in_vain(&mut self, method: &str, params: &Value) -> i64 {
        let id = self.request(method, params);
        let answer = self.answer(id);
        match answer["error"]["code"].as_i64() {
            Some(code) => code,
            None => panic!("{method} {params} succeeded: {answer}"),
        }
    }

    /// Asks for something about a whole document.
    #[track_caller]
    pub fn ask_about(&mut self, method: &str, uri: &str) -> Value {
        self.ask(method, &json!({"textDocument": {"uri": uri}}))
    }

    /// Asks for something about a place in a document.
    #[track_caller]
    pub fn ask_at(&mut self, method: &str, uri: &str, line: u64, character: u64) -> Value {
        let position = json!({"line": line, "character": character});
        self.ask(
            method,
            &json!({"textDocument": {"uri": uri}, "position": position}),
        )
    }

    /// Waits for the answer to a request: the whole message.
    #[track_caller]
    pub fn answer(&mut self, id: i64) -> Value {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            let method = self.waiting.get(&id).map_or("an unknown one", |m| m);
            let what = format!("the answer to request {id} ({method})");
            if !self.receive(&what) {
                panic!("the server ended before {what}; {}", self.last_words());
            }
        }
    }

    /// Waits for the next notification with a method: its parameters.
    #[track_caller]
    pub fn notification(&mut self, method: &str) -> Value {
        self.notification_where(method, |_| true)
    }

    /// Waits for the next request of the server with a method: its id and parameters.
    #[track_caller]
    pub fn asked(&mut self, method: &str) -> (Value, Value) {
        loop {
            let is_meant =
                |message: &Value| message["method"] == method && message.get("id").is_some();
            let found = self.notifications.iter().position(is_meant);
            if let Some(mut message) = found.and_then(|at| self.notifications.remove(at)) {
                return (message["id"].take(), message["params"].take());
            }
            let what = format!("a request {method}");
            if !self.receive(&what) {
                panic!("the server ended before {what}; {}", self.last_words());
            }
        }
    }

    /// Waits for the next request of the server with a method and answers it: its parameters.
    #[track_caller]
    pub fn reply(&mut self, method: &str, result: &Value) -> Value {
        let (id, params) = self.asked(method);
        let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
        self.send_bytes(&frame(&answer));
        params
    }

    /// Waits for the next published diagnostics of a document, as the client spells it.
    #[track_caller]
    pub fn diagnostics(&mut self, uri: &str) -> Value {
        self.notification_where(PUBLISH, |params| params["uri"] == uri)
    }

    /// Waits for the diagnostics of a version of a document; those of older ones are skipped.
    #[track_caller]
    pub fn diagnostics_of_version(&mut self, uri: &str, version: i32) -> Value {
        loop {
            let params = self.diagnostics(uri);
            if params["version"] == version {
                return params;
            }
        }
    }

    /// Waits until a document that was closed has no diagnostics any more; those that come before
    /// are skipped.
    #[track_caller]
    pub fn no_diagnostics_after_close(&mut self, uri: &str) {
        loop {
            let params = self.diagnostics(uri);
            if params.get("version").is_none() {
                assert_eq!(params["diagnostics"], json!([]), "{params}");
                return;
            }
        }
    }

    /// Everything received that nobody asked for, as far as it has come.
    pub fn unasked(&mut self) -> Vec<Value> {
        self.notifications.drain(..).collect()
    }

    #[track_caller]
    fn notification_where(&mut self, method: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let found = self
                .notifications
                .iter()
                .position(|message| message["method"] == method && is_meant(&message["params"]));
            if let Some(mut message) = found.and_then(|at| self.notifications.remove(at)) {
                return message["params"].take();
            }
            let what = format!("a notification {method}");
            if !self.receive(&what) {
                panic!("the server ended before {what}; {}", self.last_words());
            }
        }
    }

    /// Waits for a message and sorts it; `false` if there will be no more.
    #[track_caller]
    fn receive(&mut self, what: &str) -> bool {
        if self.over {
            return false;
        }
        let message = match self.messages.recv_timeout(self.patience) {
            Ok(Ok(message)) => message,
            Ok(Err(damage)) => panic!("waiting for {what}: the server wrote {damage}"),
            Err(RecvTimeoutError::Timeout) => {
                let waiting = self.waiting.len();
                let patience = self.patience;
                panic!(
                    "{what} did not come within {patience:?}; {waiting} requests have no answer"
                );
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.over = true;
                return false;
            }
        };
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        if message.get("method").is_some() {
            let params = message.get("params");
            let is_sound = |params: &Value| params.is_object() || params.is_array();
            assert!(params.is_none_or(is_sound), "{message}");
            self.notifications.push_back(message);
            return true;
        }
        let (has_result, has_error) = (
            message.get("result").is_some(),
            message.get("error").is_some(),
        );
        assert!(has_result != has_error, "neither or both: {message}");
        // Answers without an id complain of messages that had none to be read.
        let Some(id) = message["id"].as_i64() else {
            self.notifications.push_back(message);
            return true;
        };
        let method = self.waiting.remove(&id);
        assert!(method.is_some(), "an answer to no open request: {message}");
        self.answers.insert(id, message);
        true
    }

    // ---- The end

    /// Ends the session as editors do. The server has to end in good order: with code 0 and
    /// nothing on standard error.
    #[track_caller]
    pub fn finish(mut self) {
        let result = self.ask("shutdown", &Value::Null);
        assert_eq!(result, Value::Null);
        self.notify("exit", &Value::Null);
        let end = self.end();
        assert_eq!((end.code, &*end.stderr), (Some(0), ""));
    }

    /// Waits until the server ends.
    #[track_caller]
    pub fn end(mut self) -> End {
        self.wait_for_end()
    }

    /// Waits until the server ends; answers that came before can be asked for afterwards.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> End {
        // Its output is closed by nothing but its end.
        while self.receive("the end of the server") {}
        let status = self.child.wait();
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok());
        End {
            code: status.ok().and_then(|status| status.code()),
            stderr: stderr.unwrap_or_default(),
        }
    }

    /// The answer to a request, if it has come.
    pub fn answer_so_far(&mut self, id: i64) -> Option<Value> {
        self.answers.remove(&id)
    }

    /// What is known of a server that ended unexpectedly.
    fn last_words(&mut self) -> String {
        let _ = self.child.kill();
        let status = self.child.wait();
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok());
        format!(
            "{}, standard error: {:?}",
            status.map_or_else(|error| error.to_string(), |status| status.to_string()),
            stderr.unwrap_or_default()
        )
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PUBLISH: &str = "textDocument/publishDiagnostics";

/// A notification.
#[must_use]
pub fn notification(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// A message as it goes over the wire.
#[must_use]
pub fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// An answer whose result is only known to be JSON.
#[derive(Deserialize)]
struct Huge {
    jsonrpc: String,
    id: i64,
    #[serde(rename = "result")]
    _result: IgnoredAny,
}

impl Huge {
    fn message(self, n_bytes: usize) -> Value {
        let result = json!({ "bytes": n_bytes });
        json!({ "jsonrpc": self.jsonrpc, "id": self.id, "result": result })
    }
}

fn read_messages(output: impl Read, messages: &Sender<Result<Value, String>>) {
    let mut output = BufReader::new(output);
    loop {
        let message = match read_message(&mut output) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => return,
            Err(error) => Err(error.to_string()),
        };
        let is_damage = message.is_err();
        if messages.send(message).is_err() || is_damage {
            return;
        }
    }
}

/// The next message; `None` at the end.
fn read_message(output: &mut impl BufRead) -> io::Result<Option<Value>> {
    let mut header = String::new();
    if output.read_line(&mut header)? == 0 {
        return Ok(None);
    }
    let length = header
        .strip_prefix("Content-Length: ")
        .and_then(|length| length.strip_suffix("\r\n")?.parse().ok())
        .ok_or_else(|| io::Error::other(format!("the header line {header:?}")))?;
    let mut blank = String::new();
    output.read_line(&mut blank)?;
    if blank != "\r\n" {
        return Err(io::Error::other(format!("a second header line {blank:?}")));
    }
    let mut body = vec![0; length];
    match output.read_exact(&mut body) {
        // A server that ends in haste may break off.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let message = if length > HUGE {
        serde_json::from_slice::<Huge>(&body).map(|answer| answer.message(length))
    } else {
        serde_json::from_slice(&body)
    };
    message
        .map(Some)
        .map_err(|error| io::Error::other(format!("a body that is no JSON: {error}")))
}
