//! The floor server answers in the sizes it was told, and its ids and versions are those that the
//! client counts.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use patch_digest_tests::measure::FIRST;
use serde_json::{Value, json};

/// What the floor server writes when it is sent some messages.
fn answers(arguments: &[&str], messages: &[Value]) -> Vec<(usize, Value)> {
    let mut server = Command::new(env!("CARGO_BIN_EXE_floor-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = server.stdin.take().unwrap();
    for message in messages {
        let body = message.to_string();
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
    drop(stdin);
    let mut output = String::new();
    let mut stdout = server.stdout.take().unwrap();
    stdout.read_to_string(&mut output).unwrap();
    assert!(server.wait().unwrap().success());

    let mut found = Vec::new();
    let mut rest = &*output;
    while let Some((header, after)) = rest.split_once("\r\n\r\n") {
        let length = header.strip_prefix("Content-Length: ").unwrap();
        let (body, next) = after.split_at(length.parse().unwrap());
        found.push((body.len(), serde_json::from_str(body).unwrap()));
        rest = next;
    }
    assert_eq!(rest, "");
    found
}

#[test]
fn answers_have_the_sizes_asked_for_and_count_up() {
    let request = |method| json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": {}});
    let notification = |method| json!({"jsonrpc": "2.0", "method": method, "params": {}});
    let found = answers(
        &[
            "--initialize",
            "500",
            "--symbols",
            "100000",
            "--hover",
            "600",
            "--diagnostics",
            "150",
        ],
        &[
            request("initialize"),
            notification("initialized"),
            notification("textDocument/didOpen"),
            notification("textDocument/didChange"),
            request("textDocument/documentSymbol"),
            request("textDocument/hover"),
            notification("textDocument/didClose"),
            request("shutdown"),
            notification("exit"),
        ],
    );
    let shown: Vec<_> = found
        .iter()
        .map(|(n_bytes, message)| {
            let version = message["params"]["version"].as_u64();
            let number = message["id"].as_u64().or(version).unwrap();
            (*n_bytes, number - u64::from(FIRST))
        })
        .collect();
    let n_null = r#"{"jsonrpc":"2.0","id":100000003,"result":null}"#.len();
    assert_eq!(
        shown,
        [
            (500, 0),
            (150, 0),
            (150, 1),
            (100_000, 1),
            (600, 2),
            (n_null, 3)
        ]
    );
}
