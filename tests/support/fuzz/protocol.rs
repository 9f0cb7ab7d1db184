//! Bytes as a session: each line is the body of a message, one that starts with `!` is sent as it
//! is, without a header. The server runs in this process.

use std::collections::HashMap;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::samples;

/// Longer sessions only take longer.
const MAX_LEN: usize = 30_000;
const MAX_MESSAGES: usize = 60;

/// Where the server writes to.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Serves a session; no request may have two answers, and no answer may tell of a panic.
pub(super) fn run(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(MAX_LEN)];
    let mut input = Vec::new();
    let mut n_asked: HashMap<String, usize> = HashMap::new();
    let mut is_plain = true;
    for line in bytes.split(|&byte| byte == b'\n').take(MAX_MESSAGES) {
        if let Some(raw) = line.strip_prefix(b"!") {
            input.extend_from_slice(raw);
            input.extend_from_slice(b"\r\n");
            is_plain = false;
            continue;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(message) => {
                if let Some(id) = message.get("id") {
                    *n_asked.entry(id.to_string()).or_default() += 1;
                }
            }
            // The server reads more than this does: halves of surrogate pairs.
            Err(_) => is_plain = false,
        }
        input.extend_from_slice(format!("Content-Length: {}\r\n\r\n", line.len()).as_bytes());
        input.extend_from_slice(line);
    }
    let output = Output::default();
    let code = patch_digest_lsp::serve(Cursor::new(input), output.clone());
    assert!(code < 2, "exit code {code}");
    let written = output.0.lock().unwrap_or_else(PoisonError::into_inner);
    for message in messages(&written) {
        let text = message.to_string();
        assert!(!text.contains("panicked"), "{text}");
        if message.get("method").is_some() || message["id"].is_null() {
            continue;
        }
        assert!(message.get("result").is_some() != message.get("error").is_some());
        let id = message["id"].to_string();
        // What could not be read here may be a message all the same.
        if is_plain {
            let n_left = n_asked.get_mut(&id);
            match n_left {
                Some(n_left) if *n_left > 0 => *n_left -= 1,
                _ => panic!("an answer too many: {text}"),
            }
        }
    }
}

/// The messages that were written; every byte has to belong to one.
fn messages(mut bytes: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no end of a header: {}", bytes.escape_ascii()));
        let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length: usize = header
            .strip_prefix("Content-Length: ")
            .and_then(|length| length.parse().ok())
            .unwrap_or_else(|| panic!("the header {header:?}"));
        let body = &bytes[end + 4..][..length];
        match serde_json::from_slice(body) {
            Ok(message) => found.push(message),
            Err(error) => panic!("{error}: {}", body.escape_ascii()),
        }
        bytes = &bytes[end + 4 + length..];
    }
    found
}

/// Sessions that do a little of everything.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    const URI: &str = "file:///a.txt";
    let message = |value: Value| value.to_string();
    let request = |id: i64, method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
    };
    let note = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string()
    };
    let hello = |capabilities: Value| {
        [
            request(0, "initialize", json!({"capabilities": capabilities})),
            note("initialized", json!({})),
        ]
    };
    let open = |text: String| {
        let item = json!({"uri": URI, "languageId": "patch-digest", "version": 1, "text": text});
        note("textDocument/didOpen", json!({"textDocument": item}))
    };
    let about = json!({"uri": URI});
    let place = json!({"line": samples::LISTED_LINE, "character": 5});
    let at = json!({"textDocument": about, "position": place});
    let change = |version: i32, range: Value, text: &str| {
        let document = json!({"uri": URI, "version": version});
        let changes = json!([{"range": range, "text": text}]);
        note(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": changes}),
        )
    };
    let range = json!({"start": place, "end": {"line": 45, "character": 1}});
    let mut sessions = Vec::new();
    for profile in crate::profiles::Profile::ALL {
        let mut session: Vec<String> = hello(profile.capabilities()).into();
        session.extend([
            open(samples::series()),
            request(
                1,
                "textDocument/documentSymbol",
                json!({"textDocument": about}),
            ),
            request(2, "textDocument/hover", at.clone()),
            change(2, range.clone(), "x\n"),
            request(3, "textDocument/definition", at.clone()),
            note("$/cancelRequest", json!({"id": 3})),
            request(
                4,
                "textDocument/foldingRange",
                json!({"textDocument": about}),
            ),
            request(5, "textDocument/references", at.clone()),
            request(
                6,
                "textDocument/documentLink",
                json!({"textDocument": about}),
            ),
            request(
                7,
                "textDocument/semanticTokens/full",
                json!({"textDocument": about}),
            ),
            request(
                8,
                "textDocument/inlayHint",
                json!({"textDocument": about, "range": range}),
            ),
            request(9, "textDocument/completion", at.clone()),
            note("textDocument/didClose", json!({"textDocument": about})),
            request(10, "shutdown", Value::Null),
            note("exit", Value::Null),
        ]);
        sessions.push(session);
    }
    let context = json!({"diagnostics": [], "triggerKind": 1});
    let mut other: Vec<String> = hello(json!({})).into();
    other.extend([
        open(samples::singles(2)),
        change(2, json!(null), "New:  x"),
        request(
            1,
            "textDocument/codeAction",
            json!({"textDocument": about, "range": range, "context": context}),
        ),
        request(2, "workspace/symbol", json!({"query": "kvm"})),
        request(
            3,
            "textDocument/selectionRange",
            json!({"textDocument": about, "positions": [place]}),
        ),
        request(4, "textDocument/codeLens", json!({"textDocument": about})),
        request(5, "textDocument/diagnostic", json!({"textDocument": about})),
        request(
            6,
            "workspace/executeCommand",
            json!({"command": "x", "arguments": []}),
        ),
        note(
            "workspace/didChangeConfiguration",
            json!({"settings": {"patchDigest": {}}}),
        ),
        note("workspace/didChangeWatchedFiles", json!({"changes": []})),
        message(json!({"jsonrpc": "2.0", "id": 1, "result": null})),
        message(json!([])),
        "!Content-Length: x".to_owned(),
        "!junk".to_owned(),
    ]);
    sessions.push(other);
    let lines = |session: Vec<String>| session.join("\n").into_bytes();
    sessions.into_iter().map(lines).collect()
}
