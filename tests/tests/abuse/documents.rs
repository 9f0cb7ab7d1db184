//! Documents that are opened twice, changed in no order, and have addresses of every sort.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::random::Random;
use patch_digest_tests::samples;
use serde_json::{Value, json};

use crate::{SYMBOLS, URI, check_served, with_series};

/// The name of the first row below the digest's own.
#[track_caller]
fn first_row(client: &mut Client, uri: &str) -> Value {
    client.ask_about(SYMBOLS, uri)[0]["children"][0]["name"].take()
}

#[test]
fn document_opened_twice_is_what_was_said_last() {
    let mut client = with_series();
    for n_opened in 1..4 {
        client.open(URI, &samples::singles(n_opened));
        let symbols = client.ask_about(SYMBOLS, URI).to_string();
        let n_rows = symbols.matches("[PATCH] kvm: patch ").count();
        assert_eq!(n_rows, n_opened, "{symbols}");
    }
    client.open(URI, &samples::series());
    // Closed once is closed.
    client.close(URI);
    assert_eq!(client.ask_about(SYMBOLS, URI), Value::Null);
    client.close(URI);
    client.open(URI, &samples::series());
    check_served(client);
}

#[test]
fn versions_may_go_anywhere() {
    let mut client = with_series();
    for version in [
        json!(5),
        json!(5),
        json!(4),
        json!(-1),
        json!(i32::MIN),
        json!(i32::MAX),
        json!(0),
        json!(null),
    ] {
        let end = json!({"line": 1_000, "character": 0});
        let change = json!({"range": {"start": end, "end": end}, "text": "x\n"});
        let document = json!({"uri": URI, "version": version});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        client.notify("textDocument/didChange", &params);
        // The order of the wire counts, whatever the numbers say.
        assert_eq!(first_row(&mut client, URI), "[v2 0/2] kvm: ö both");
    }
    let whole = client.ask_about("textDocument/foldingRange", URI);
    assert!(!whole[0].is_null());
    client.change(URI, 1, &json!([{"text": samples::series()}]));
    let published = client.diagnostics_of_version(URI, 1);
    assert_eq!(published["diagnostics"], json!([]));
    check_served(client);
}

#[test]
fn version_that_is_no_number_changes_nothing() {
    let mut client = with_series();
    for version in [
        json!("2"),
        json!(1.5),
        json!([]),
        json!(2_147_483_648_i64),
        json!(true),
    ] {
        let document = json!({"uri": URI, "version": version});
        let params = json!({"textDocument": document, "contentChanges": [{"text": ""}]});
        client.notify("textDocument/didChange", &params);
        let told = client.notification("window/logMessage");
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with("textDocument/didChange: "), "{message}");
    }
    check_served(client);
}

#[test]
fn changes_of_what_is_not_open_are_forgotten() {
    let mut client = with_series();
    let other = "file:///digests/other.txt";
    for _ in 0..1_000 {
        client.change(other, 2, &json!([{"text": samples::singles(2)}]));
        client.close(other);
    }
    assert_eq!(client.ask_about(SYMBOLS, other), Value::Null);
    client.open(other, &samples::singles(1));
    assert_eq!(first_row(&mut client, other), "[PATCH] kvm: patch 0");
    check_served(client);
}

#[test]
fn empty_list_of_changes_is_a_version_and_nothing_else() {
    let mut client = with_series();
    client.change(URI, 7, &json!([]));
    assert_eq!(
        client.diagnostics_of_version(URI, 7)["diagnostics"],
        json!([])
    );
    check_served(client);
}

#[test]
fn ten_thousand_changes_in_one_notification() {
    let mut client = with_series();
    let place = json!({"line": samples::PATCH_LINE, "character": 28});
    let change = json!({"range": {"start": place, "end": place}, "text": "!"});
    let changes = vec![change; 10_000];
    client.change(URI, 2, &Value::from(changes));
    let symbols = client.ask_about(SYMBOLS, URI);
    let patch = &symbols[0]["children"][0]["children"][0];
    assert_eq!(patch["selectionRange"]["end"]["character"], 10_030);
    client.change(URI, 3, &json!([{"text": samples::series()}]));
    check_served(client);
}

/// Addresses that no file has, or that mean something to other programs.
const ADDRESSES: &[&str] = &[
    "file:",
    "file://",
    "file:///",
    "file:////server/share/a.txt",
    "file://server/share/a.txt",
    "file://///a.txt",
    "\\\\server\\share\\a.txt",
    "C:\\digests\\a.txt",
    "file:///C:/a%20b/a.txt",
    "file:///digests/%FF%FE.txt",
    "file:///digests/%ff%fe.txt",
    "file:///digests/%00.txt",
    "file:///digests/%2e%2e/%2e%2e/etc/passwd",
    "file:///digests/../../etc/passwd",
    "file:///dev/zero",
    "file:///proc/self/mem",
    "file:///digests/a.txt?query#fragment",
    "file:///digests/a%",
    "file:///digests/a%4",
    "file:///digests/a%zz",
    "file:///digests/\u{202e}txt.a",
    "file:///digests/\u{0}",
    "FILE:///digests/upper.txt",
    "http://example.org/a.txt",
    "vscode-remote://wsl%2Bdebian/home/a.txt",
    "vscode-notebook-cell:/a.ipynb#W0",
    "command:workbench.action.quit",
    "data:text/plain,New:",
    "javascript:alert(1)",
    "jar:file:///a.jar!/b.txt",
    "://",
    ":",
    "#",
    "%",
    "[::1]",
    " ",
];

#[test]
fn address_of_every_sort_is_a_document_of_its_own() {
    for profile in [Profile::Rich, Profile::Neovim, Profile::Helix] {
        let mut client = Client::start(profile);
        let uris = ADDRESSES.iter().copied().map(str::to_owned);
        let long = format!("file:///{}.txt", "long/".repeat(20_000));
        for uri in uris.chain([long]) {
            client.open_as(&uri, "patch-digest", &samples::series());
            let published = client.diagnostics(&uri);
            assert_eq!(published["diagnostics"], json!([]), "{uri}");
            let symbols = client.ask_about(SYMBOLS, &uri);
            assert!(!symbols[0].is_null(), "{uri}: {symbols}");
            let definition =
                client.ask_at("textDocument/definition", &uri, samples::LISTED_LINE, 8);
            let target = &definition[0];
            let address = target.get("targetUri").or(target.get("uri"));
            assert_eq!(address, Some(&json!(uri)), "{definition}");
            client.close(&uri);
            client.no_diagnostics_after_close(&uri);
            assert_eq!(client.ask_about(SYMBOLS, &uri), Value::Null, "{uri}");
        }
        client.finish();
    }
}

#[test]
fn bytes_that_are_no_utf8_in_two_addresses_are_two_documents() {
    let mut client = Client::start(Profile::Rich);
    let (one, other) = ("file:///digests/%FF.txt", "file:///digests/%FE.txt");
    client.open(one, &samples::series());
    client.open(other, &samples::singles(1));
    assert_eq!(first_row(&mut client, one), "[v2 0/2] kvm: ö both");
    assert_eq!(first_row(&mut client, other), "[PATCH] kvm: patch 0");
    client.finish();
}

#[test]
fn random_addresses_are_served() {
    let mut client = with_series();
    let mut random = Random::new(3);
    let alphabet: Vec<char> = "file:/%%%#?[]\\ aZ09.~+@&=\u{e4}\u{1f600}\u{0}\u{7f}\""
        .chars()
        .collect();
    for number in 0..300 {
        let n_chars = random.below(40);
        let tail: String = (0..n_chars).map(|_| *random.pick(&alphabet)).collect();
        let uri = if random.one_in(3) {
            tail
        } else {
            format!("file:///{number}/{tail}")
        };
        client.open(&uri, &samples::singles(1));
        assert_eq!(first_row(&mut client, &uri), "[PATCH] kvm: patch 0");
        client.close(&uri);
    }
    check_served(client);
}
