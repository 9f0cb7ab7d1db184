//! A cancel is answered at once, exactly once, whatever the handler does.

use std::time::Duration;

use serde_json::json;

use crate::harness::Editor;

#[test]
fn handler_that_never_ends() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/never", json!(null));
    editor.request("two", "test/never", json!(null));
    editor.expect_alive();
    editor.cancel("two");
    editor.expect_error("two", -32800);
    editor.cancel(1);
    editor.expect_error(1, -32800);
    editor.expect_alive();
}

#[test]
fn all_blocking_threads_are_stuck() {
    // More than the 512 blocking threads of a runtime.
    const N: i64 = 600;
    let mut editor = Editor::initialized();
    for id in 0..N {
        editor.request(id, "test/stuck", json!(null));
    }
    editor.expect_alive();
    for id in 0..N {
        editor.cancel(id);
        editor.expect_error(id, -32800);
    }
    editor.expect_alive();
}

#[test]
fn late_result_is_dropped() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/slow", json!(100));
    editor.cancel(1);
    editor.expect_error(1, -32800);
    assert_eq!(editor.next_within(Duration::from_millis(300)), None);
}

#[test]
fn unknown_and_answered_requests() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/echo", json!([]));
    editor.expect_result(1, &json!([]));
    editor.cancel(1);
    editor.cancel(1);
    editor.cancel("1");
    editor.cancel(4711);
    editor.cancel(json!(null));
    assert_eq!(editor.next_within(Duration::from_millis(100)), None);
}

#[test]
fn cancel_twice_is_answered_once() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/never", json!(null));
    editor.cancel(1);
    editor.cancel(1);
    editor.expect_error(1, -32800);
    assert_eq!(editor.next_within(Duration::from_millis(100)), None);
}

#[test]
fn id_is_free_again_after_a_cancel() {
    let mut editor = Editor::initialized();
    for n in 0..20 {
        editor.request(1, "test/never", json!(null));
        editor.cancel(1);
        editor.request(1, "test/echo", json!([n]));
        editor.expect_error(1, -32800);
        editor.expect_result(1, &json!([n]));
    }
}

#[test]
fn request_that_waits_for_its_turn() {
    let mut editor = Editor::connect();
    let options = json!({"does": "wait"});
    editor.request(
        0,
        "initialize",
        json!({"capabilities": {}, "initializationOptions": options}),
    );
    editor.request(1, "test/echo", json!([]));
    editor.cancel(1);
    editor.expect_error(1, -32800);
    assert_eq!(editor.next()["id"], json!(0));
    editor.expect_alive();
    assert_eq!(
        editor.journal.count("call test/echo"),
        1,
        "the cancelled one was not called"
    );
}

#[test]
fn request_behind_one_that_keeps_the_loop_busy() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/busy", json!(300));
    editor.journal.wait_for("call test/busy");
    for id in 2..6 {
        editor.request(id, "test/echo", json!([]));
    }
    for id in 2..6 {
        editor.cancel(id);
    }
    editor.expect_result(1, &json!(300));
    for id in 2..6 {
        editor.expect_error(id, -32800);
    }
    assert_eq!(editor.journal.count("call test/echo"), 0);
    editor.expect_alive();
}

#[test]
fn every_request_has_one_answer_when_cancels_race_with_results() {
    const N: i64 = 500;
    let mut editor = Editor::initialized();
    for id in 0..N {
        editor.request(id, "test/slow", json!(id % 7));
        if id >= 5 {
            editor.cancel(id - 5);
        }
    }
    let answers = editor.next_by_id(N as usize);
    let n_cancelled = answers
        .values()
        .filter(|answer| answer["error"]["code"] == -32800)
        .count();
    let n_results = answers
        .values()
        .filter(|answer| answer.get("result").is_some())
        .count();
    assert_eq!(n_cancelled + n_results, N as usize);
    assert_eq!(editor.next_within(Duration::from_millis(100)), None);
}
