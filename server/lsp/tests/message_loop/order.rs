//! Calls in the order of the wire, one answer per request, and messages of the server.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Editor, framed, notification, request};

#[test]
fn calls_come_in_the_order_of_the_wire() {
    let mut editor = Editor::initialized();
    let mut burst = Vec::new();
    let mut expected = vec!["call initialize", "initialized", "call initialized"];
    for n in 0..3000 {
        burst.extend(framed(&notification("test/unknown", json!({}))));
        burst.extend(framed(&request(n, "test/number", json!(n))));
        expected.extend(["call test/unknown", "call test/number"]);
    }
    // Written from here the burst could fill both pipes; a thread lets this one read meanwhile.
    let answers = std::thread::scope(|scope| {
        let mut writer = editor.second_writer();
        scope.spawn(move || std::io::Write::write_all(&mut writer, &burst).unwrap());
        editor.next_by_id(3000)
    });
    for n in 0..3000 {
        assert_eq!(answers[&n.to_string()]["result"], json!(n));
    }
    assert_eq!(editor.journal.lines(), expected);
}

#[test]
fn second_request_under_an_id_in_work_is_refused() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/slow", json!(200));
    editor.request(1, "test/echo", json!([]));
    editor.expect_error(1, -32600);
    editor.expect_result(1, &json!(200));
    // Answered is answered: the id is free again.
    editor.request(1, "test/echo", json!([]));
    editor.expect_result(1, &json!([]));
}

#[test]
fn ids_are_numbers_or_strings() {
    let mut editor = Editor::initialized();
    for id in [
        json!(-1),
        json!(i64::MAX),
        json!("1"),
        json!(""),
        json!("é\""),
    ] {
        editor.request(id.clone(), "test/printed", Value::Null);
        editor.expect_result(id.clone(), &json!([1, 2]));
        editor.request(id.clone(), "test/number", json!(5));
        editor.expect_result(id, &json!(5));
    }
    editor.request(json!(1.5), "test/number", json!(5));
    editor.expect_error(Value::Null, -32600);
}

#[test]
fn server_may_ask_its_client() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/ask", json!({"what": "time"}));
    let question = editor.next();
    assert_eq!(
        (&question["method"], &question["params"]),
        (&json!("test/question"), &json!({"what": "time"}))
    );

    // An answer nobody waits for changes nothing.
    for id in [json!(4711), json!("x")] {
        editor.send(&json!({"jsonrpc": "2.0", "id": id, "result": "early"}));
    }
    editor.expect_alive();
    editor.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": "late"}));
    editor.expect_result(1, &json!("late"));

    editor.request(2, "test/ask", json!([]));
    let question = editor.next();
    let error = json!({"code": -32001, "message": "no", "more": 1});
    editor.send(&json!({"jsonrpc": "2.0", "id": question["id"], "error": error}));
    editor.expect_error(2, -32001);
}

#[test]
fn server_may_speak_up() {
    let mut editor = Editor::initialized();
    for n in 0..100 {
        editor.notify("test/say", json!([n]));
    }
    for _ in 0..100 {
        assert_eq!(editor.next()["method"], json!("window/logMessage"));
    }
    assert_eq!(editor.next_within(Duration::from_millis(50)), None);
}
