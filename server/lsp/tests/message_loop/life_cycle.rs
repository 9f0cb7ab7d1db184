//! What is answered before `initialize`, while it runs, after it, and after `shutdown`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Editor, framed, notification, request};

/// A second is promised; test machines may be slow.
const SOON: Duration = Duration::from_secs(2);

fn initialize(id: i64, does: &str) -> Value {
    let params = json!({"capabilities": {}, "initializationOptions": {"does": does}});
    request(id, "initialize", params)
}

#[test]
fn nothing_is_served_before_initialize() {
    let mut editor = Editor::connect();
    editor.request(1, "test/echo", json!([]));
    editor.expect_error(1, -32002);
    editor.request(2, "test/unknown", json!([]));
    editor.expect_error(2, -32002);
    editor.request(3, "shutdown", Value::Null);
    editor.expect_error(3, -32002);
    editor.notify("test/say", json!("x"));
    editor.send(&initialize(4, ""));
    assert_eq!(editor.next()["id"], json!(4));
    assert_eq!(editor.journal.lines(), ["call initialize", "initialized"]);
}

#[test]
fn messages_behind_initialize_wait_in_order() {
    let mut editor = Editor::connect();
    let burst = [
        framed(&initialize(1, "wait")),
        framed(&notification("initialized", json!({}))),
        framed(&request(2, "test/echo", json!([2]))),
        framed(&notification("test/unknown", json!({}))),
        framed(&request(3, "test/number", json!(3))),
    ];
    editor.send_bytes(&burst.concat());
    let answers = editor.next_by_id(3);
    assert_eq!(answers["1"]["result"]["capabilities"], json!({}));
    assert_eq!(answers["2"]["result"], json!([2]));
    assert_eq!(answers["3"]["result"], json!(3));
    assert_eq!(
        editor.journal.lines(),
        [
            "call initialize",
            "initialized",
            "call initialized",
            "call test/echo",
            "call test/unknown",
            "call test/number"
        ]
    );
}

#[test]
fn second_initialize_is_refused() {
    let mut editor = Editor::initialized();
    editor.send(&initialize(1, ""));
    editor.expect_error(1, -32600);
    editor.expect_alive();
}

#[test]
fn initialize_may_be_tried_again_after_it_failed() {
    let mut editor = Editor::connect();
    editor.send_bytes(
        &[initialize(1, "fail"), initialize(2, "")]
            .map(|message| framed(&message))
            .concat(),
    );
    editor.expect_error(1, -32603);
    assert_eq!(editor.next()["id"], json!(2));
    editor.expect_alive();
}

#[test]
fn initialize_with_wrong_params_is_refused() {
    let mut editor = Editor::connect();
    editor.request(1, "initialize", json!({"capabilities": 5}));
    editor.expect_error(1, -32602);
    editor.request(2, "test/echo", json!([]));
    editor.expect_error(2, -32002);
}

#[test]
fn hanging_initialize_can_be_cancelled() {
    let mut editor = Editor::connect();
    editor.send_bytes(
        &[initialize(1, "hang"), initialize(2, "")]
            .map(|message| framed(&message))
            .concat(),
    );
    editor.cancel(1);
    editor.expect_error(1, -32800);
    assert_eq!(editor.next()["id"], json!(2));
    editor.expect_alive();
}

#[test]
fn unknown_methods() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/unknown", json!({}));
    editor.expect_error(1, -32601);
    editor.request(2, "$/unknown", json!({}));
    editor.expect_error(2, -32601);
    editor.notify("test/unknown", json!({}));
    editor.notify("$/unknown", json!({}));
    editor.notify("$/setTrace", json!({"value": "off"}));
    editor.expect_alive();
}

#[test]
fn wrong_params() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/number", json!("three"));
    editor.expect_error(1, -32602);
    editor.send(&json!({"jsonrpc": "2.0", "id": 2, "method": "test/number"}));
    editor.expect_error(2, -32602);
    editor.request(3, "textDocument/hover", json!({"textDocument": 5}));
    editor.expect_error(3, -32602);
    editor.notify("textDocument/didOpen", json!([]));
    editor.notify("$/cancelRequest", json!("what?"));
    editor.expect_alive();
}

#[test]
fn handler_without_an_answer_is_an_error() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/nothing", json!({}));
    editor.expect_error(1, -32603);
}

#[test]
fn nothing_is_served_after_shutdown() {
    let mut editor = Editor::initialized();
    editor.request(1, "shutdown", json!({}));
    editor.expect_result(1, &Value::Null);
    for (id, method) in [
        (2, "test/echo"),
        (3, "test/unknown"),
        (4, "shutdown"),
        (5, "initialize"),
    ] {
        editor.request(id, method, json!({"capabilities": {}}));
        editor.expect_error(id, -32600);
    }
    editor.notify("test/say", json!("x"));
    editor.notify("exit", Value::Null);
    assert_eq!(editor.exit_code_within(SOON), 0);
    assert_eq!(editor.journal.count("call test/say"), 0);
    assert_eq!(editor.next_within(SOON), None);
}

#[test]
fn exit_codes() {
    let ending = |messages: &[Value], exit: bool| {
        let mut editor = Editor::connect();
        for message in messages {
            editor.send(message);
        }
        if exit {
            // The input stays open.
            editor.notify("exit", Value::Null);
        } else {
            editor.hang_up();
        }
        editor.exit_code_within(SOON)
    };
    let shutdown = json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"});
    let messages = [initialize(1, ""), shutdown];
    for exit in [true, false] {
        assert_eq!(ending(&messages, exit), 0, "exit: {exit}");
        assert_eq!(ending(&messages[..1], exit), 1, "exit: {exit}");
        assert_eq!(ending(&[], exit), 1, "exit: {exit}");
    }
}
