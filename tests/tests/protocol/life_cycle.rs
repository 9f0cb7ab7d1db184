//! The end comes when it should, with the right code and quietly.

use std::process::{Child, Stdio};

use patch_digest_tests::binary;
use patch_digest_tests::client::{Client, End};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, LISTED_LINE};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const SYMBOLS: &str = "textDocument/documentSymbol";

fn quiet(code: i32) -> End {
    End {
        code: Some(code),
        stderr: String::new(),
    }
}

/// A process that does nothing until it is ended: an editor, as far as the server can tell.
fn editor() -> Child {
    binary::command()
        .args(["outline", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn end(mut editor: Child) {
    editor.kill().unwrap();
    editor.wait().unwrap();
}

#[test]
fn exit_after_shutdown_is_success() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    assert_eq!(client.ask("shutdown", &Value::Null), Value::Null);
    client.notify("exit", &Value::Null);
    assert_eq!(client.end(), quiet(0));
}

#[test]
fn exit_without_shutdown_is_a_failure() {
    let mut client = Client::start(Profile::Rich);
    client.notify("exit", &Value::Null);
    assert_eq!(client.end(), quiet(1));
}

#[test]
fn exit_before_initialize_is_a_failure() {
    let mut client = Client::spawn();
    client.notify("exit", &Value::Null);
    assert_eq!(client.end(), quiet(1));
}

#[test]
fn end_of_the_input_ends_the_server() {
    let mut client = Client::spawn();
    client.hang_up();
    assert_eq!(client.end(), quiet(1));

    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    client.hang_up();
    assert_eq!(client.end(), quiet(1));

    let mut client = Client::start(Profile::Rich);
    client.ask("shutdown", &Value::Null);
    client.hang_up();
    assert_eq!(client.end(), quiet(0));
}

#[test]
fn end_of_the_input_does_not_wait_for_requests_at_work() {
    // Much to compute for little to say.
    let folding = json!({"rangeLimit": 1});
    let mut client = Client::start_with(&json!({"textDocument": {"foldingRange": folding}}));
    client.open(URI, &samples::singles(10_000));
    let params = json!({"textDocument": {"uri": URI}});
    let ids: Vec<_> = (0..1_000)
        .map(|_| client.request("textDocument/foldingRange", &params))
        .collect();
    client.hang_up();
    assert_eq!(client.wait_for_end(), quiet(1));
    let n_answers = ids
        .iter()
        .filter(|&&id| client.answer_so_far(id).is_some())
        .count();
    assert!(
        n_answers < ids.len(),
        "all requests were answered before the end"
    );
}

#[test]
fn requests_before_exit_are_answered_and_documents_need_not_be_closed() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    let params = json!({"textDocument": {"uri": URI}});
    let symbols = client.request(SYMBOLS, &params);
    let shutdown = client.request("shutdown", &Value::Null);
    client.notify("exit", &Value::Null);
    assert!(!client.answer(symbols)["result"][0].is_null());
    assert_eq!(client.answer(shutdown)["result"], Value::Null);
    assert_eq!(client.end(), quiet(0));
}

#[test]
fn nothing_is_served_before_initialize() {
    let mut client = Client::spawn();
    let params = json!({"textDocument": {"uri": URI}});
    assert_eq!(client.ask_in_vain(SYMBOLS, &params), -32002);
    assert_eq!(client.ask_in_vain("shutdown", &Value::Null), -32002);
    // A document opened too early is not open.
    client.open(URI, &samples::series());
    client.initialize(&json!({"capabilities": {}}));
    assert_eq!(client.ask_about(SYMBOLS, URI), Value::Null);
    client.finish();
}

#[test]
fn initialize_happens_once() {
    let mut client = Client::start(Profile::Neovim);
    let again = json!({"capabilities": Profile::Rich.capabilities()});
    assert_eq!(client.ask_in_vain("initialize", &again), -32600);
    // What was agreed on the first time stays: columns are UTF-16.
    client.open(URI, &samples::series());
    let definition = client.ask_at("textDocument/definition", URI, LISTED_LINE, 8);
    assert_eq!(
        definition[0]["targetSelectionRange"]["end"]["character"],
        28
    );
    client.finish();
}

#[test]
fn initialize_without_parameters_fails_and_may_be_tried_again() {
    let mut client = Client::spawn();
    for params in [Value::Null, json!([]), json!({"capabilities": 1})] {
        assert_eq!(
            client.ask_in_vain("initialize", &params),
            -32602,
            "{params}"
        );
    }
    client.initialize(&json!({"capabilities": {}}));
    client.finish();
}

#[test]
fn nothing_is_served_after_shutdown() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    client.ask("shutdown", &json!({}));
    let params = json!({"textDocument": {"uri": URI}});
    assert_eq!(client.ask_in_vain(SYMBOLS, &params), -32600);
    assert_eq!(client.ask_in_vain("shutdown", &Value::Null), -32600);
    client.notify("exit", &Value::Null);
    assert_eq!(client.end(), quiet(0));
}

#[cfg(unix)]
#[test]
fn death_of_the_client_ends_the_server_though_its_input_is_open() {
    let editor = editor();
    let mut client = Client::spawn();
    client.initialize(&json!({"processId": editor.id(), "capabilities": {}}));
    client.open(URI, &samples::series());
    client.ask_about(SYMBOLS, URI);
    end(editor);
    assert_eq!(client.end(), quiet(1));
}

#[cfg(unix)]
#[test]
fn client_that_was_never_seen_is_not_taken_for_dead() {
    // A client outside of the container names a process that means nothing inside.
    let editor = editor();
    let process_id = editor.id();
    end(editor);
    let mut client = Client::spawn();
    client.initialize(&json!({"processId": process_id, "capabilities": {}}));
    client.open(URI, &samples::series());
    assert!(!client.ask_about(SYMBOLS, URI)[0].is_null());
    client.finish();
}

#[test]
fn cancelled_request_is_answered_once() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::singles(500));
    let params = json!({"textDocument": {"uri": URI}});
    let ids: Vec<_> = (0..50).map(|_| client.request(SYMBOLS, &params)).collect();
    for id in &ids {
        client.notify("$/cancelRequest", &json!({"id": id}));
    }
    // The client itself refuses a second answer.
    for id in ids {
        let answer = client.answer(id);
        let cancelled = answer["error"]["code"] == -32800;
        assert!(cancelled || !answer["result"][0].is_null(), "{answer}");
    }
    client.finish();
}

#[test]
fn normal_session_writes_nothing_to_standard_error() {
    for profile in Profile::ALL {
        let mut client = Client::start(profile);
        for (number, text) in [samples::series(), String::new(), "\u{1b}[31m\0".to_owned()]
            .iter()
            .enumerate()
        {
            let uri = format!("file:///{number}.txt");
            client.open(&uri, text);
            client.change(&uri, 2, &json!([{"text": format!("{text}x")}]));
            client.ask_about(SYMBOLS, &uri);
            client.ask_about("textDocument/foldingRange", &uri);
            client.ask_at("textDocument/hover", &uri, 18, 1);
            client.ask_at("textDocument/definition", &uri, 18, 1);
            client.close(&uri);
        }
        // Looks at what was written.
        client.finish();
    }
}
