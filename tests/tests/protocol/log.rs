//! What the server tells of itself: the client's log, and what it does with each message.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples;
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";

/// A server that was started with these members of `initialize`.
fn start(more: &Value) -> Client {
    let mut params = json!({"processId": null, "capabilities": Profile::Bare.capabilities()});
    let members = more.as_object().expect("an object").clone();
    params.as_object_mut().expect("an object").extend(members);
    let mut client = Client::spawn();
    client.initialize(&params);
    client
}

/// What the server told of each message so far, without the times, up to `last`.
fn traced(client: &mut Client, last: &str) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    loop {
        let params = client.notification("$/logTrace");
        let message = params["message"].as_str().expect("a text");
        let (method, time) = message.split_once(": ").expect("a time");
        let time = time.strip_suffix(" ms").expect("a unit");
        assert!(time.parse::<f64>().is_ok(), "{message}");
        all.push((method.to_owned(), params["verbose"].clone()));
        if method == last {
            return all;
        }
    }
}

#[test]
fn each_message_is_told_of_to_clients_that_want_to_follow() {
    let mut client = start(&json!({"trace": "messages"}));
    let text = samples::series();
    client.open(URI, &text);
    client.ask_about("textDocument/documentSymbol", URI);
    client.ask_at("textDocument/hover", URI, 0, 0);
    let told = traced(&mut client, "textDocument/hover");
    for method in ["didOpen", "documentSymbol", "hover"] {
        let told = told.iter().find(|(told, _)| told.ends_with(method));
        assert_eq!(
            told.map(|(_, verbose)| verbose),
            Some(&Value::Null),
            "{method}"
        );
    }

    client.notify("$/setTrace", &json!({"value": "verbose"}));
    client.ask_at("textDocument/hover", URI, 0, 0);
    let told = traced(&mut client, "textDocument/hover");
    let detail = format!("version 1, {} bytes, 2 entries", text.len());
    assert_eq!(told, [("textDocument/hover".to_owned(), json!(detail))]);

    client.notify("$/setTrace", &json!({"value": "off"}));
    client.unasked();
    client.ask_at("textDocument/hover", URI, 0, 0);
    // An unknown word and odd parameters change nothing.
    client.notify("$/setTrace", &json!({"value": "loud"}));
    client.notify("$/setTrace", &json!([1]));
    client.ask_at("textDocument/hover", URI, 0, 0);
    let more: Vec<Value> = client.unasked();
    assert!(
        more.iter().all(|message| message["method"] != "$/logTrace"),
        "{more:?}"
    );
    client.finish();
}

#[test]
fn nothing_is_told_unasked() {
    let mut client = start(&json!({}));
    client.open(URI, &samples::series());
    client.diagnostics_of_version(URI, 1);
    client.ask_at("textDocument/hover", URI, 0, 0);
    assert_eq!(client.unasked(), [json!(null); 0]);
    client.finish();
}

#[test]
fn level_of_the_log_is_the_clients_choice() {
    for (level, is_told) in [("warning", true), ("error", false), ("loud", true)] {
        let mut client = start(&json!({"initializationOptions": {"logLevel": level}}));
        // A change of a document that is not open is worth a warning.
        client.change(URI, 2, &json!([{"text": ""}]));
        client.open(URI, &samples::series());
        client.diagnostics_of_version(URI, 1);
        let lines = client.unasked();
        let warnings = json!([{
            "jsonrpc": "2.0",
            "method": "window/logMessage",
            "params": {"type": 2, "message": format!("textDocument/didChange: {URI} is not open")},
        }]);
        let expected = if is_told { warnings } else { json!([]) };
        assert_eq!(json!(lines), expected, "{level}");
        client.finish();
    }
}
