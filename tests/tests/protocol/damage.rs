//! Messages that make no sense cost their own answer and nothing else.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, PATCH_LINE};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const SYMBOLS: &str = "textDocument/documentSymbol";
const PLACES: [&str; 2] = ["textDocument/hover", "textDocument/definition"];
const INVALID_PARAMS: i64 = -32602;

/// The document is as it was opened, and the session goes on.
#[track_caller]
fn check_untouched(mut client: Client) {
    let symbols = client.ask_about(SYMBOLS, URI);
    assert_eq!(symbols[0]["children"][0]["name"], "[v2 0/2] kvm: ö both");
    client.finish();
}

fn with_series() -> Client {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    client
}

#[test]
fn request_with_parameters_that_cannot_be_read_fails() {
    let mut client = with_series();
    for params in [
        json!({}),
        json!([]),
        json!({"textDocument": {}}),
        json!({"textDocument": URI}),
        json!({"textDocument": {"uri": 1}}),
        json!({"textDocument": {"uri": null}}),
    ] {
        for method in [SYMBOLS, "textDocument/foldingRange", PLACES[0], PLACES[1]] {
            let code = client.ask_in_vain(method, &params);
            assert_eq!(code, INVALID_PARAMS, "{method} {params}");
        }
    }
    check_untouched(client);
}

#[test]
fn position_that_is_none_fails() {
    let mut client = with_series();
    for position in [
        json!(null),
        json!({}),
        json!({"line": 1}),
        json!({"line": -1, "character": 0}),
        json!({"line": 0, "character": -1}),
        json!({"line": 1.5, "character": 0}),
        json!({"line": "1", "character": 0}),
        json!({"line": 4_294_967_296_u64, "character": 0}),
    ] {
        for method in PLACES {
            let params = json!({"textDocument": {"uri": URI}, "position": position});
            assert_eq!(
                client.ask_in_vain(method, &params),
                INVALID_PARAMS,
                "{params}"
            );
        }
    }
    check_untouched(client);
}

#[test]
fn notification_that_cannot_be_read_changes_nothing_and_is_told_to_the_log() {
    let mut client = with_series();
    let document = json!({"uri": URI, "version": 2});
    let place = json!({"line": 0, "character": 0});
    let negative = json!({"line": -1, "character": 0});
    let changes = [
        json!({}),
        json!([{}]),
        json!([{"text": 1}]),
        json!([{"range": {"start": place}, "text": ""}]),
        json!([{"range": {"start": negative, "end": place}, "text": ""}]),
        // All or nothing: the first of these could be applied.
        json!([{"text": ""}, {"range": 1, "text": ""}]),
    ];
    let changes = changes.map(|changes| {
        let params = json!({"textDocument": document, "contentChanges": changes});
        ("textDocument/didChange", params)
    });
    let others = [
        ("textDocument/didOpen", json!({})),
        (
            "textDocument/didOpen",
            json!({"textDocument": {"uri": URI}}),
        ),
        (
            "textDocument/didOpen",
            json!({"textDocument": {"uri": 1, "text": ""}}),
        ),
        ("textDocument/didChange", json!({"textDocument": document})),
        ("textDocument/didClose", json!({})),
        ("textDocument/didClose", json!([URI])),
    ];
    for (method, params) in changes.into_iter().chain(others) {
        client.notify(method, &params);
        let told = client.notification("window/logMessage");
        assert_eq!(told["type"], 2, "{method} {params}");
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{method}: ")), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    check_untouched(client);
}

#[test]
fn change_of_a_document_that_is_not_open_is_told_to_the_log() {
    let mut client = with_series();
    let uri = "file:///digests/other.txt";
    client.change(uri, 2, &json!([{"text": samples::singles(1)}]));
    let told = client.notification("window/logMessage");
    let message = format!("textDocument/didChange: {uri} is not open");
    assert_eq!(told, json!({"type": 2, "message": message}));
    assert_eq!(client.ask_about(SYMBOLS, uri), Value::Null);
    check_untouched(client);
}

#[test]
fn closing_what_is_not_open_does_nothing() {
    let mut client = with_series();
    client.close("file:///digests/other.txt");
    check_untouched(client);
}

#[test]
fn what_the_server_does_not_know_is_refused_or_ignored() {
    let mut client = with_series();
    for method in ["textDocument/unknown", "$/unknown", "unknown", ""] {
        let params = json!({"textDocument": {"uri": URI}});
        assert_eq!(client.ask_in_vain(method, &params), -32601, "{method}");
        client.notify(method, &params);
    }
    for (method, params) in [
        ("$/setTrace", json!({"value": "verbose"})),
        (
            "workspace/didChangeConfiguration",
            json!({"settings": null}),
        ),
        ("workspace/didChangeWatchedFiles", json!({"changes": []})),
        (
            "textDocument/didSave",
            json!({"textDocument": {"uri": URI}}),
        ),
        (
            "textDocument/willSave",
            json!({"textDocument": {"uri": URI}, "reason": 1}),
        ),
        ("window/workDoneProgress/cancel", json!({"token": 1})),
        ("initialized", json!({})),
    ] {
        client.notify(method, &params);
    }
    let told = client.unasked();
    let logged = told
        .iter()
        .any(|message| message["method"] == "window/logMessage");
    assert!(!logged, "{told:?}");
    check_untouched(client);
}

#[test]
fn places_far_outside_of_the_text_mean_its_end() {
    const MAX: u32 = u32::MAX;
    let texts = [
        samples::series(),
        samples::series().replace('\n', "\r\n"),
        samples::series().trim_end().to_owned(),
        String::new(),
        "\r".to_owned(),
        "\n".to_owned(),
        "From fff46e5c7 to a4f0e95a9".to_owned(),
        "😀".to_owned(),
    ];
    for profile in [Profile::Rich, Profile::Neovim] {
        let mut client = Client::start(profile);
        for (number, text) in texts.iter().enumerate() {
            let uri = format!("file:///{number}.txt");
            client.open(&uri, text);
            for (line, character) in [(0, MAX), (MAX, 0), (MAX, MAX), (MAX - 1, 1), (0, 1)] {
                for method in PLACES {
                    client.ask_at(method, &uri, line.into(), character.into());
                }
            }
            client.ask_about(SYMBOLS, &uri);
            client.ask_about("textDocument/foldingRange", &uri);
        }
        client.finish();
    }
}

#[test]
fn ranges_that_are_reversed_or_outside_are_taken_for_what_they_can_only_mean() {
    const MAX: u32 = u32::MAX;
    let mut client = Client::start(Profile::Rich);
    client.open(URI, "");
    let mut version = 1;
    let mut check = |changes: &Value, line: u64| {
        version += 1;
        client.change(URI, version, changes);
        let published = client.diagnostics_of_version(URI, version);
        let diagnostics = published["diagnostics"].as_array().unwrap();
        let lines: Vec<_> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic["code"] == "missing-author")
            .map(|diagnostic| diagnostic["range"]["start"]["line"].as_u64())
            .collect();
        assert_eq!(lines, [Some(line)], "{changes}");
    };
    let place = |line: u32, character: u32| json!({"line": line, "character": character});
    let text = samples::singles(1);
    let damaged = text.replace("Author: Ann Örn <ann@example.org>\n", "");
    let entry = &damaged[samples::HEAD.len()..];

    let whole = json!({"start": place(0, 0), "end": place(MAX, MAX)});
    check(&json!([{"range": whole, "text": damaged}]), PATCH_LINE);
    let reversed = json!({"start": place(MAX, 0), "end": place(0, 0)});
    let lower = format!("\n\n{damaged}");
    check(&json!([{"range": reversed, "text": lower}]), PATCH_LINE + 2);
    let end = json!({"start": place(MAX, MAX), "end": place(MAX, 0)});
    let entry_len = 8;
    check(
        &json!([{"text": text}, {"range": end, "text": entry}]),
        PATCH_LINE + entry_len,
    );
    let upwards = json!({"start": place(24, 0), "end": place(16, 0)});
    check(&json!([{"range": upwards, "text": ""}]), PATCH_LINE);
    client.finish();
}

#[test]
fn what_is_no_message_is_refused_and_the_next_one_is_served() {
    let mut client = with_series();
    for bytes in [
        &b"Content-Length: 3\r\n\r\n{]}"[..],
        b"Content-Length: 2\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 1\r\n\r\n\xff",
        b"Content-Length: x\r\n\r\n",
        b"\r\n\r\n\r\n",
    ] {
        client.send_bytes(bytes);
    }
    let symbols = client.ask_about(SYMBOLS, URI);
    assert_eq!(symbols[0]["name"], "KVM fff46e5c7..a4f0e95a9");
    for refusal in client.unasked() {
        let is_publication = refusal["method"] == "textDocument/publishDiagnostics";
        assert!(
            is_publication || refusal["error"]["code"].as_i64() < Some(0),
            "{refusal}"
        );
    }
    check_untouched(client);
}
