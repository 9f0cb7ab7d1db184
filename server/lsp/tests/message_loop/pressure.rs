//! A client that does not read.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::Editor;

/// A second is promised; test machines may be slow.
const SOON: Duration = Duration::from_secs(2);
const MIB: usize = 1024 * 1024;

/// Sends `n` requests for a MiB each without reading; returns how many were called.
fn fill(editor: &mut Editor, n: i64) -> usize {
    for id in 0..n {
        editor.request(id, "test/big", json!(MIB));
    }
    editor.calls_when_quiet("test/big")
}

#[test]
fn dispatch_stops_when_the_way_out_is_full_and_goes_on_when_it_is_not() {
    const N: i64 = 150;
    let mut editor = Editor::initialized();
    let n_called = fill(&mut editor, N);
    assert!(
        (15..=100).contains(&n_called),
        "{n_called} of {N} were called"
    );

    let answers = editor.next_by_id(N as usize);
    assert!(
        answers
            .values()
            .all(|answer| answer["result"].as_str().map(str::len) == Some(MIB))
    );
    editor.expect_alive();
}

#[test]
fn notifications_stop_too() {
    const N: usize = 300;
    let mut editor = Editor::initialized();
    let text = "x".repeat(100 * 1024);
    for _ in 0..N {
        editor.notify("test/say", json!(text));
    }
    let n_called = editor.calls_when_quiet("test/say");
    assert!(n_called < N, "all {N} were called");
    for _ in 0..N {
        assert_eq!(editor.next()["method"], json!("window/logMessage"));
    }
    editor.expect_alive();
}

#[test]
fn answers_of_the_client_get_through_when_the_way_out_is_full() {
    let mut editor = Editor::initialized();
    editor.request("ask", "test/ask", json!([]));
    let question = editor.next();
    let n_called = fill(&mut editor, 150);
    assert!(n_called < 150);
    editor.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": "here"}));
    editor.journal.wait_for("got an answer");
    assert_eq!(editor.next_by_id(151)["\"ask\""]["result"], json!("here"));
}

#[test]
fn cancels_get_through_when_the_way_out_is_full() {
    let mut editor = Editor::initialized();
    assert!(fill(&mut editor, 150) < 150);
    for id in 0..150 {
        editor.cancel(id);
    }
    let answers = editor.next_by_id(150);
    let n_cancelled = answers
        .values()
        .filter(|answer| answer["error"]["code"] == -32800)
        .count();
    assert!(n_cancelled > 50, "{n_cancelled}");
    editor.expect_alive();
}

#[test]
fn end_of_input_ends_it_soon() {
    let mut editor = Editor::initialized();
    fill(&mut editor, 150);
    editor.hang_up();
    assert_eq!(editor.exit_code_within(SOON), 1);
}

#[test]
fn exit_ends_it_soon() {
    let mut editor = Editor::initialized();
    fill(&mut editor, 150);
    editor.request("end", "shutdown", Value::Null);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.exit_code_within(SOON), 0);
}

#[test]
fn requests_in_work_are_bounded_and_cancels_are_still_seen() {
    const N: i64 = 4200;
    let mut editor = Editor::initialized();
    for id in 0..N {
        editor.request(id, "test/never", Value::Null);
    }
    assert_eq!(editor.calls_when_quiet("test/never"), 4096);
    editor.request("last", "test/echo", json!(["in its turn"]));
    // From both ends: requests in work, and requests waiting for their turn.
    for id in (0..101).chain(N - 4..N) {
        editor.cancel(id);
        editor.expect_error(id, -32800);
    }
    editor.expect_result("last", &json!(["in its turn"]));
    editor.hang_up();
    assert_eq!(editor.exit_code_within(SOON), 1);
}
