//! A panic costs one answer.

use serde_json::json;

use crate::harness::Editor;

#[test]
fn panic_in_a_handler() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/panic", json!(null));
    let answer = editor.next();
    assert_eq!(
        (
            &answer["id"],
            &answer["error"]["code"],
            &answer["error"]["message"]
        ),
        (
            &json!(1),
            &json!(-32603),
            &json!("test/panic panicked: on purpose")
        )
    );
    editor.request(2, "test/panicLate", json!(null));
    editor.expect_error(2, -32603);
    editor.expect_alive();
}

#[test]
fn panic_in_call() {
    let mut editor = Editor::initialized();
    editor.request(1, "test/panicInCall", json!({}));
    editor.expect_error(1, -32603);
    editor.notify("test/panicInCall", json!({}));
    editor.expect_alive();
}

#[test]
fn panic_in_a_notification() {
    let mut editor = Editor::initialized();
    editor.notify("test/panicInNote", json!(null));
    editor.expect_alive();
}

#[test]
fn id_is_free_again_after_a_panic() {
    let mut editor = Editor::initialized();
    for method in ["test/panic", "test/panicLate", "test/panicInCall"] {
        editor.request(1, method, json!(null));
        editor.expect_error(1, -32603);
        editor.request(1, "test/echo", json!([method]));
        editor.expect_result(1, &json!([method]));
    }
}
