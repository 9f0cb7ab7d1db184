//! Damage on the wire costs a message, never the connection.

use serde_json::{Value, json};

use crate::harness::{Editor, framed, request};

/// Sends `damaged` between two requests; each of `codes` has to come back with the id `null`.
#[track_caller]
fn check(damaged: &[u8], codes: &[i64]) {
    let mut editor = Editor::initialized();
    editor.expect_alive();
    editor.send_bytes(damaged);
    for &code in codes {
        editor.expect_error(Value::Null, code);
    }
    editor.expect_alive();
}

fn body(bytes: &[u8]) -> Vec<u8> {
    [
        format!("Content-Length: {}\r\n\r\n", bytes.len()).as_bytes(),
        bytes,
    ]
    .concat()
}

#[test]
fn damaged_headers() {
    check(b"Content-Type: text/plain\r\n\r\n{}", &[-32700]);
    check(b"Content-Length: abc\r\n\r\n{}", &[-32700]);
    check(b"Content-Length: -5\r\n\r\n{}", &[-32700]);
    check(b"Content-Length: 99999999999\r\n\r\n{}", &[-32700]);
    check(b"some log line\n\xff\x00\n", &[-32700]);
    check(b"\r\n\r\n", &[]);
}

#[test]
fn damaged_bodies() {
    check(&body(b""), &[-32700]);
    check(&body(br#"{"jsonrpc":"2.0","id":1,"#), &[-32700]);
    check(
        &body(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\xfe\"}"),
        &[-32700],
    );
    check(&body("[".repeat(300_000).as_bytes()), &[-32700]);
}

#[test]
fn bodies_that_are_no_messages() {
    check(&body(b"null"), &[-32600]);
    check(&body(b"{}"), &[-32600]);
    check(
        &body(br#"[{"jsonrpc":"2.0","id":1,"method":"test/echo","params":[]}]"#),
        &[-32600],
    );
}

#[test]
fn damage_after_damage() {
    let pieces: [&[u8]; 4] = [
        b"junk\n",
        &body(b"{"),
        b"Content-Length: x\r\n\r\n{}",
        &body(b"[]"),
    ];
    check(&pieces.concat(), &[-32700, -32700, -32700, -32600]);
}

#[test]
fn headers_in_other_spellings() {
    let mut editor = Editor::initialized();
    let echo = request(1, "test/echo", json!(["é"])).to_string();
    for header in [
        format!("content-length: {}\r\n\r\n", echo.len()),
        format!("CONTENT-LENGTH:{}\n\n", echo.len()),
        format!(
            "Content-Type: application/x; charset=latin1\r\nContent-Length: {}\r\n\r\n",
            echo.len()
        ),
    ] {
        editor.send_bytes(header.as_bytes());
        editor.send_bytes(echo.as_bytes());
        editor.expect_result(1, &json!(["é"]));
    }
}

#[test]
fn message_in_single_bytes() {
    let mut editor = Editor::initialized();
    for byte in framed(&request(1, "test/echo", json!([1]))) {
        editor.send_bytes(&[byte]);
    }
    editor.expect_result(1, &json!([1]));
}
