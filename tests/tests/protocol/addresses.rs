//! Documents are found however the client spells their addresses, and answers keep its spelling.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, LISTED_LINE, PATCH_LINE};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{address, indexed, params};

const SYMBOLS: &str = "textDocument/documentSymbol";
const DEFINITION: &str = "textDocument/definition";

/// Addresses that clients are known to send; not all of them are URIs.
const ADDRESSES: &[&str] = &[
    "file:///digests/a.txt",
    "file:///digests/a%20b.txt",
    "file:///digests/a b.txt",
    "file:///digests/[kvm] #1.txt",
    "file:///digests/ü/😀.txt",
    "file:///digests/100%.txt",
    "file:///c%3A/digests/a.txt",
    "file:///C:/digests/a.txt",
    "file://wsl$/debian/a.txt",
    "untitled:Untitled-1",
    "untitled:/digests/new file.txt",
    "vscode-remote://ssh-remote%2Bhost/home/a.txt",
    "git:/digests/a.txt?%7B%22path%22%3A%22a.txt%22%7D",
    "zipfile:///a.zip::b.txt",
    "a.txt",
    "",
];

#[test]
fn any_address_is_served_and_answered_in_its_spelling() {
    let text = samples::series().replace("New:  kvm: ö both", "New:  kvm: ö other");
    for profile in [
        Profile::Rich,
        Profile::Neovim,
        Profile::Helix,
        Profile::Bare,
    ] {
        let mut client = Client::start(profile);
        for uri in ADDRESSES {
            client.open_as(uri, "plaintext", &text);
            let published = client.diagnostics(uri);
            assert_eq!(
                published["diagnostics"][0]["code"], "title-differs",
                "{uri}"
            );
            check_addresses(&published, uri);

            let symbols = client.ask_about(SYMBOLS, uri);
            assert!(!symbols[0].is_null(), "{uri}");
            check_addresses(&symbols, uri);

            let definition = client.ask_at(DEFINITION, uri, LISTED_LINE, 8);
            let field = match profile {
                Profile::Rich | Profile::Neovim => "targetUri",
                _ => "uri",
            };
            assert_eq!(definition[0][field], *uri, "{definition}");
            check_addresses(&definition, uri);

            client.close(uri);
            client.no_diagnostics_after_close(uri);
        }
        client.finish();
    }
}

/// Every address in a value has to be `uri`.
fn check_addresses(value: &Value, uri: &str) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| check_addresses(value, uri)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key.to_lowercase().ends_with("uri") {
                    assert_eq!(value, uri);
                } else {
                    check_addresses(value, uri);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn document_is_found_under_another_spelling() {
    for (opened, asked) in [
        ("file:///c%3A/digests/a.txt", "file:///C:/digests/a.txt"),
        ("file:///C:/digests/a.txt", "file:///c:/digests/a.txt"),
        ("file:///C%3a/digests/a.txt", "file:///c%3A/digests/a.txt"),
        ("file:///digests/a b.txt", "file:///digests/a%20b.txt"),
        ("file:///digests/%C3%BC.txt", "file:///digests/ü.txt"),
        (
            "vscode-remote://ssh-remote%2Bh/a.txt",
            "vscode-remote://ssh-remote+h/a.txt",
        ),
    ] {
        let mut client = Client::start(Profile::Helix);
        client.open(opened, &samples::series());
        client.diagnostics(opened);
        // The answer is in the spelling of the question.
        let symbols = client.ask_about(SYMBOLS, asked);
        assert!(!symbols[0].is_null(), "{opened} is not found as {asked}");
        check_addresses(&symbols, asked);

        client.change(asked, 2, &json!([{"text": samples::singles(1)}]));
        let symbols = client.ask_about(SYMBOLS, opened);
        assert_eq!(symbols[1]["name"], "[PATCH] kvm: patch 0", "{asked}");
        // What is published is in the spelling under which the document was opened.
        client.diagnostics_of_version(opened, 2);

        client.close(asked);
        client.no_diagnostics_after_close(opened);
        assert_eq!(client.ask_about(SYMBOLS, opened), Value::Null);
        client.finish();
    }
}

#[test]
fn folders_and_changed_files_are_known_by_addresses_that_are_no_uris() {
    for name in ["my digests", "ü", "100%"] {
        for is_root in [false, true] {
            let folder = TempFolder::new();
            folder.write(&format!("{name}/a.txt"), samples::series());
            let path = folder.path().join(name);
            let mut params = params(std::slice::from_ref(&path));
            if is_root {
                params["rootUri"] = json!(address(&path));
                params["workspaceFolders"] = Value::Null;
            }
            let mut client = Client::spawn();
            client.initialize(&params);
            indexed(&mut client, 1);

            let settings = ".patch-digest.toml";
            folder.write(&format!("{name}/{settings}"), "[index]\nenable = false\n");
            let changes = json!([{"uri": address(&path.join(settings)), "type": 1}]);
            client.notify(
                "workspace/didChangeWatchedFiles",
                &json!({"changes": changes}),
            );
            indexed(&mut client, 0);
            client.finish();
        }
    }
}

#[test]
fn files_whose_names_differ_in_case_are_two() {
    let mut client = Client::start(Profile::Rich);
    client.open("file:///digests/a.txt", &samples::series());
    client.open("file:///digests/A.txt", &samples::singles(1));
    let first = client.ask_about(SYMBOLS, "file:///digests/a.txt");
    assert_eq!(first[0]["children"][0]["name"], "[v2 0/2] kvm: ö both");
    let second = client.ask_about(SYMBOLS, "file:///digests/A.txt");
    assert_eq!(second[0]["children"][0]["name"], "[PATCH] kvm: patch 0");
    client.finish();
}

#[test]
fn a_thousand_documents_can_be_open() {
    const N_DOCUMENTS: usize = 1_000;
    let uri = |number: usize| format!("file:///digests/{number}.txt");
    let mut client = Client::start(Profile::Rich);
    for number in 0..N_DOCUMENTS {
        let title = format!("kvm: document {number}");
        client.open(
            &uri(number),
            &samples::digest(&[samples::entry("PATCH", &title, "Body.")]),
        );
    }
    let place = json!({"line": PATCH_LINE, "character": 8});
    for number in 0..N_DOCUMENTS {
        let change = json!({"range": {"start": place, "end": place}, "text": "new "});
        client.change(&uri(number), 2, &json!([change]));
    }
    let ids: Vec<_> = (0..N_DOCUMENTS)
        .map(|number| {
            let params = json!({"textDocument": {"uri": uri(number)}, "position": place});
            client.request("textDocument/hover", &params)
        })
        .collect();
    for (number, id) in ids.into_iter().enumerate() {
        let hover = client.answer(id)["result"]["contents"]["value"].take();
        let expected = format!("kvm: document {number}");
        assert!(hover.as_str().unwrap().contains(&expected), "{hover}");
        let published = client.diagnostics_of_version(&uri(number), 2);
        assert_eq!(published["diagnostics"][0]["code"], "title-differs");
        client.close(&uri(number));
    }
    for number in 0..N_DOCUMENTS {
        client.no_diagnostics_after_close(&uri(number));
    }
    client.finish();
}
