//! Diagnostics for clients that ask for them: who those are, and what they get.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::{NEOVIM_0_12, RECORDED, VS_CODE};
use patch_digest_tests::samples::{self, PATCH_LINE};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const OTHER: &str = "file:///digests/b.txt";
const DOCUMENT: &str = "textDocument/diagnostic";
const WORKSPACE: &str = "workspace/diagnostic";
const PUBLISH: &str = "textDocument/publishDiagnostics";

/// A digest whose only entry has no author.
fn without_author() -> String {
    samples::singles(1).replace("Author: Ann Örn <ann@example.org>\n", "")
}

fn start() -> Client {
    Client::start_with(&VS_CODE.capabilities())
}

/// Asks for the diagnostics of a document, with the id of what is known.
fn pull(client: &mut Client, uri: &str, known: Option<&str>) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}, "identifier": "patch-digest"});
    if let Some(known) = known {
        params["previousResultId"] = json!(known);
    }
    client.ask(DOCUMENT, &params)
}

fn id(report: &Value) -> String {
    let id = report["resultId"].as_str();
    id.unwrap_or_else(|| panic!("no id in {report}")).to_owned()
}

fn codes(report: &Value) -> Vec<&str> {
    assert_eq!(report["kind"], "full", "{report}");
    let items = report["items"].as_array().expect("diagnostics").iter();
    items
        .map(|item| item["code"].as_str().expect("a code"))
        .collect()
}

/// The parameters of a request for everything, with ids of what is known.
fn all(known: &[(&str, &str)]) -> Value {
    let known = known
        .iter()
        .map(|(uri, id)| json!({"uri": uri, "value": id}));
    json!({"identifier": "patch-digest", "previousResultIds": known.collect::<Vec<_>>()})
}

#[test]
fn each_real_client_gets_them_in_one_way_only() {
    for client in RECORDED {
        let (name, pulls) = (client.name, client.pulls());
        let capabilities = client.capabilities();
        let mut client = Client::spawn();
        let result = client.initialize(&json!({"capabilities": capabilities}));
        let provider = json!({
            "identifier": "patch-digest",
            "interFileDependencies": true,
            "workspaceDiagnostics": true,
        });
        let told = result["capabilities"].get("diagnosticProvider");
        assert_eq!(told, pulls.then_some(&provider), "{name}");

        client.open(URI, &without_author());
        if pulls {
            assert_eq!(
                codes(&pull(&mut client, URI, None)),
                ["missing-author"],
                "{name}"
            );
            client.ask(WORKSPACE, &all(&[]));
            client.close(URI);
        } else {
            let codes = &client.diagnostics(URI)["diagnostics"][0]["code"];
            assert_eq!(codes, "missing-author", "{name}");
            let params = json!({"textDocument": {"uri": URI}});
            assert_eq!(client.ask_in_vain(DOCUMENT, &params), -32601, "{name}");
            assert_eq!(client.ask_in_vain(WORKSPACE, &all(&[])), -32601, "{name}");
            client.close(URI);
            client.no_diagnostics_after_close(URI);
        }
        // What is published comes before this.
        client.change("file:///not-open.txt", 2, &json!([{"text": ""}]));
        client.notification("window/logMessage");
        let more = client.unasked();
        assert!(
            more.iter().all(|message| message["method"] != PUBLISH),
            "{name}: {more:?}"
        );
        client.finish();
    }
}

#[test]
fn report_says_the_same_as_what_is_published() {
    let mut client = start();
    client.open(URI, &without_author());
    let report = pull(&mut client, URI, None);
    let mut other = Client::start_with(&json!({
        "textDocument": {"publishDiagnostics": VS_CODE.capabilities()["textDocument"]["publishDiagnostics"]},
        "workspace": {"textDocumentContent": VS_CODE.capabilities()["workspace"]["textDocumentContent"]},
    }));
    other.open(URI, &without_author());
    assert_eq!(report["items"], other.diagnostics(URI)["diagnostics"]);
    let range = &report["items"][0]["range"];
    assert_eq!(range["start"], json!({"line": PATCH_LINE, "character": 0}));
    client.finish();
    other.finish();
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let mut client = start();
    client.open(URI, &samples::series());
    let clean = pull(&mut client, URI, None);
    assert_eq!(codes(&clean), [""; 0]);
    let unchanged = json!({"kind": "unchanged", "resultId": id(&clean)});
    assert_eq!(pull(&mut client, URI, Some(&id(&clean))), unchanged);

    let author = json!({
        "start": {"line": PATCH_LINE + 1, "character": 0},
        "end": {"line": PATCH_LINE + 2, "character": 0},
    });
    client.change(URI, 2, &json!([{"range": author, "text": ""}]));
    let broken = pull(&mut client, URI, Some(&id(&clean)));
    assert_eq!(codes(&broken), ["missing-author"]);
    assert_ne!(id(&broken), id(&clean));
    // Another line further up: the same finding elsewhere is not the same.
    let start = json!({"line": 3, "character": 0});
    client.change(
        URI,
        3,
        &json!([{"range": {"start": start, "end": start}, "text": "\n"}]),
    );
    assert_eq!(
        codes(&pull(&mut client, URI, Some(&id(&broken)))),
        ["missing-author"]
    );

    client.change(URI, 4, &json!([{"text": samples::series()}]));
    assert_eq!(pull(&mut client, URI, Some(&id(&clean))), unchanged);
    let unknown = pull(&mut client, URI, Some("of another server"));
    assert_eq!(unknown, clean);

    // Neovim remembers the id of a document that was closed, and nothing else of it.
    client.close(URI);
    client.open(URI, &samples::series());
    assert_eq!(pull(&mut client, URI, Some(&id(&clean))), clean);
    assert_eq!(pull(&mut client, URI, Some(&id(&clean))), unchanged);
    client.finish();
}

#[test]
fn what_is_no_digest_or_not_open_has_none() {
    let mut client = start();
    client.open_as(URI, "plaintext", "Some notes.\n");
    for uri in [URI, "file:///not-open.txt"] {
        assert_eq!(codes(&pull(&mut client, uri, None)), [""; 0], "{uri}");
    }
    for params in [json!({"previousResultId": 1}), json!([])] {
        assert_eq!(client.ask_in_vain(DOCUMENT, &params), -32602, "{params}");
    }
    assert_eq!(
        client.ask_in_vain(WORKSPACE, &json!({"previousResultIds": 1})),
        -32602
    );
    client.finish();
}

#[test]
fn address_is_told_in_the_spelling_of_the_client() {
    let uri = "file:///a digest.txt";
    let text = samples::digest(&[samples::entry("PATCH", "kvm: title", "Body.")])
        .replace("New:  kvm: title", "New:  kvm: another title");
    let mut client = start();
    client.open(uri, &text);
    let report = pull(&mut client, uri, None);
    let related = &report["items"][0]["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], uri, "{report}");
    let reports = client.ask(WORKSPACE, &all(&[]));
    assert_eq!(reports["items"][0]["uri"], uri);
    client.finish();
}

#[test]
fn everything_open_is_told_of_and_then_what_is_new() {
    let mut client = start();
    client.open(URI, &without_author());
    client.open(OTHER, &samples::series());
    client.open_as("file:///notes.txt", "plaintext", "Some notes.\n");
    let reports = client.ask(WORKSPACE, &all(&[]));
    let (first, second) = (&reports["items"][0], &reports["items"][1]);
    assert_eq!((&first["uri"], &first["version"]), (&json!(URI), &json!(1)));
    assert_eq!(codes(first), ["missing-author"]);
    assert_eq!((&second["uri"], codes(second)), (&json!(OTHER), vec![]));
    assert_eq!(reports["items"].as_array().map(Vec::len), Some(2));
    // The same ids as for one document.
    assert_eq!(id(&pull(&mut client, URI, None)), id(first));

    // Who knows all that hears when there is something new.
    let (first, second) = (id(first), id(second));
    let known = all(&[(URI, &first), (OTHER, &second)]);
    let waiting = client.request(WORKSPACE, &known);
    client.ask_at("textDocument/hover", URI, 0, 0);
    assert_eq!(client.answer_so_far(waiting), None);
    client.change(OTHER, 2, &json!([{"text": without_author()}]));
    let answer = client.answer(waiting);
    assert_eq!(
        answer["result"]["items"][0],
        json!({"kind": "unchanged", "resultId": first, "uri": URI, "version": 1})
    );
    let second = &answer["result"]["items"][1];
    assert_eq!(
        (codes(second), &second["version"]),
        (vec!["missing-author"], &json!(2))
    );

    // What was closed has none any more.
    let known = all(&[(URI, &first), (OTHER, &id(second))]);
    client.close(OTHER);
    let reports = client.ask(WORKSPACE, &known);
    let gone = &reports["items"][1];
    assert_eq!(
        (&gone["uri"], &gone["version"]),
        (&json!(OTHER), &Value::Null)
    );
    assert_eq!(codes(gone), [""; 0]);
    client.finish();
}

#[test]
fn who_waits_for_news_can_stop_waiting() {
    let mut client = start();
    client.open(URI, &samples::series());
    let known = all(&[(URI, &id(&pull(&mut client, URI, None)))]);
    let cancelled = client.request(WORKSPACE, &known);
    let waiting = client.request(WORKSPACE, &known);
    client.notify("$/cancelRequest", &json!({"id": cancelled}));
    assert_eq!(client.answer(cancelled)["error"]["code"], -32800);
    // The end of the session is an answer, too.
    let shutdown = client.request("shutdown", &Value::Null);
    assert_eq!(
        client.answer(waiting)["result"]["items"][0]["kind"],
        "unchanged"
    );
    assert_eq!(client.answer(shutdown)["result"], Value::Null);
    client.notify("exit", &Value::Null);
    assert_eq!(client.end().code, Some(0));
}

#[test]
fn client_is_told_to_ask_again_when_settings_change() {
    let changed = |client: &mut Client| {
        client.notify(
            "workspace/didChangeConfiguration",
            &json!({"settings": null}),
        );
    };
    let mut client = start();
    client.open(URI, &samples::series());
    let report = pull(&mut client, URI, None);
    changed(&mut client);
    client.notification("workspace/diagnostic/refresh");
    assert_eq!(
        pull(&mut client, URI, Some(&id(&report)))["kind"],
        "unchanged"
    );
    client.finish();

    // Others get them anew.
    let mut client = Client::start_with(&json!({}));
    client.open(URI, &without_author());
    let published = client.diagnostics(URI);
    changed(&mut client);
    assert_eq!(client.diagnostics(URI), published);
    assert_eq!(client.unasked(), [json!(null); 0]);
    client.finish();
}

#[test]
fn reports_come_in_parts_to_who_asks_for_parts() {
    let mut client = Client::start_with(&NEOVIM_0_12.capabilities());
    client.open(URI, &without_author());
    client.open(OTHER, &samples::series());
    let mut params = all(&[]);
    let whole = client.ask(WORKSPACE, &params);
    params["partialResultToken"] = json!("parts");
    let last = client.ask(WORKSPACE, &params);
    assert_eq!(last, json!({"items": []}));
    let mut parts = Vec::new();
    for _ in 0..2 {
        let part = client.notification("$/progress");
        assert_eq!(part["token"], "parts");
        parts.extend(part["value"]["items"].as_array().expect("reports").clone());
    }
    assert_eq!(json!(parts), whole["items"]);
    client.finish();
}

#[test]
fn request_that_its_text_has_left_behind_is_given_up_to_be_asked_again() {
    let mut client = start();
    client.open(URI, &samples::singles(1_000));
    let mut bytes = Vec::new();
    let mut ids = Vec::new();
    let start = json!({"line": 3, "character": 0});
    let range = json!({"start": start, "end": start});
    for version in 2..40 {
        let params = json!({"textDocument": {"uri": URI}});
        let (id, request) = client.prepare_request(DOCUMENT, &params);
        ids.push(id);
        bytes.extend(request);
        let change = patch_digest_tests::client::notification(
            "textDocument/didChange",
            &json!({
                "textDocument": {"uri": URI, "version": version},
                "contentChanges": [{"range": range, "text": "\n"}],
            }),
        );
        bytes.extend(patch_digest_tests::client::frame(&change));
    }
    client.send_bytes(&bytes);
    let mut n_given_up = 0;
    for id in ids {
        let answer = client.answer(id);
        if let Some(error) = answer.get("error") {
            assert_eq!(error["code"], -32802, "{answer}");
            assert_eq!(error["data"], json!({"retriggerRequest": true}));
            n_given_up += 1;
        } else {
            assert_eq!(answer["result"]["kind"], "full");
        }
    }
    assert!(n_given_up > 0, "every answer was computed");
    // The newest text is always answered.
    assert_eq!(codes(&pull(&mut client, URI, None)), [""; 0]);
    client.finish();
}
