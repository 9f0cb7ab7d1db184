//! Diagnostics: when they come, of which version, and when they go.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, HEAD, PATCH_LINE, digest, entry};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";

/// Waits until the diagnostics of everything sent so far are out: they come document by document,
/// in the order of the messages, so those of one more document come behind them. Returns them.
fn published(client: &mut Client) -> Vec<Value> {
    let fence = "untitled:fence";
    client.open(fence, "fence");
    client.diagnostics(fence);
    client.close(fence);
    client.diagnostics(fence);
    let mut all = client.unasked();
    all.iter_mut()
        .map(|message| message["params"].take())
        .collect()
}

fn codes(params: &Value) -> Vec<&str> {
    let diagnostics = params["diagnostics"].as_array().unwrap().iter();
    diagnostics
        .map(|diagnostic| diagnostic["code"].as_str().unwrap())
        .collect()
}

/// A digest whose only entry has no author.
fn without_author() -> String {
    samples::singles(1).replace("Author: Ann Örn <ann@example.org>\n", "")
}

#[test]
fn finding_is_published_on_open_with_all_that_is_known_of_it() {
    for profile in Profile::ALL {
        let mut client = Client::start(profile);
        client.open(URI, &without_author());
        let expected = json!({
            "uri": URI,
            "version": 1,
            "diagnostics": [{
                "range": {
                    "start": {"line": PATCH_LINE, "character": 0},
                    "end": {"line": PATCH_LINE, "character": 20},
                },
                "severity": 1,
                "code": "missing-author",
                "source": "patch-digest",
                "message": "no \"Author: <name> <address>\" below",
            }],
        });
        assert_eq!(client.diagnostics(URI), expected, "{profile:?}");
        client.finish();
    }
}

#[test]
fn clean_digest_has_none_and_says_so() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    let expected = json!({"uri": URI, "version": 1, "diagnostics": []});
    assert_eq!(client.diagnostics(URI), expected);
    client.finish();
}

#[test]
fn finding_comes_and_goes_with_the_text_and_names_its_version() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    assert_eq!(codes(&client.diagnostics_of_version(URI, 1)), [""; 0]);
    let author = json!({
        "start": {"line": PATCH_LINE + 1, "character": 0},
        "end": {"line": PATCH_LINE + 2, "character": 0},
    });
    client.change(URI, 2, &json!([{"range": author, "text": ""}]));
    assert_eq!(
        codes(&client.diagnostics_of_version(URI, 2)),
        ["missing-author"]
    );
    client.change(URI, 7, &json!([{"text": samples::series()}]));
    assert_eq!(codes(&client.diagnostics_of_version(URI, 7)), [""; 0]);
    client.finish();
}

#[test]
fn last_state_of_a_burst_is_published_and_versions_never_go_back() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &samples::series());
    for version in 2..=500 {
        let text = if version % 2 == 0 {
            without_author()
        } else {
            samples::series()
        };
        client.change(URI, version, &json!([{"text": text}]));
    }
    let mut versions = Vec::new();
    loop {
        let params = client.diagnostics(URI);
        let version = params["version"].as_i64().unwrap();
        let expected = if version % 2 == 0 {
            &["missing-author"][..]
        } else {
            &[]
        };
        assert_eq!(codes(&params), expected, "{version}");
        versions.push(version);
        if version == 500 {
            break;
        }
    }
    assert!(versions.is_sorted(), "{versions:?}");
    assert_eq!(published(&mut client), [json!(null); 0]);
    client.finish();
}

#[test]
fn closing_takes_them_away() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &without_author());
    assert_eq!(codes(&client.diagnostics(URI)), ["missing-author"]);
    client.close(URI);
    assert_eq!(
        client.diagnostics(URI),
        json!({"uri": URI, "diagnostics": []})
    );
    assert_eq!(
        client.ask_about("textDocument/documentSymbol", URI),
        Value::Null
    );
    client.open(URI, &without_author());
    assert_eq!(
        codes(&client.diagnostics_of_version(URI, 1)),
        ["missing-author"]
    );
    client.finish();
}

#[test]
fn plain_text_that_is_no_digest_gets_nothing() {
    let mut client = Client::start(Profile::Rich);
    for (number, text) in [
        "",
        "Some notes.\n",
        "From me to you\n",
        HEAD.split_once('\n').unwrap().1,
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("file:///notes/{number}.txt");
        client.open_as(&uri, "plaintext", text);
        client.change(&uri, 2, &json!([{"text": "Other notes.\n"}]));
        for method in ["documentSymbol", "foldingRange"] {
            let answer = client.ask_about(&format!("textDocument/{method}"), &uri);
            assert_eq!(answer, Value::Null, "{method}");
        }
        for method in ["hover", "definition"] {
            let answer = client.ask_at(&format!("textDocument/{method}"), &uri, 0, 0);
            assert_eq!(answer, Value::Null, "{method}");
        }
        client.close(&uri);
    }
    assert_eq!(published(&mut client), [json!(null); 0]);
    client.finish();
}

#[test]
fn document_called_a_digest_that_is_none_is_told_once() {
    for language in ["patch-digest", "patchdigest", "patch_digest"] {
        let mut client = Client::start(Profile::Rich);
        client.open_as(URI, language, "Some notes.\n\nMore.\n");
        let params = client.diagnostics(URI);
        assert_eq!(codes(&params), ["not-a-digest"]);
        let start = &params["diagnostics"][0]["range"]["start"];
        assert_eq!(*start, json!({"line": 0, "character": 0}));
        client.finish();
    }
}

#[test]
fn digest_is_known_by_its_first_line_in_any_language() {
    let mut client = Client::start(Profile::Rich);
    for (number, language) in ["plaintext", "text", "diff", "mail", ""]
        .into_iter()
        .enumerate()
    {
        let uri = format!("file:///{number}");
        client.open_as(&uri, language, &without_author());
        assert_eq!(
            codes(&client.diagnostics(&uri)),
            ["missing-author"],
            "{language}"
        );
        let symbols = client.ask_about("textDocument/documentSymbol", &uri);
        assert_eq!(symbols[0]["name"], "KVM fff46e5c7..a4f0e95a9", "{language}");
    }
    client.finish();
}

#[test]
fn document_that_becomes_a_digest_is_one_from_then_on() {
    let mut client = Client::start(Profile::Rich);
    client.open_as(URI, "plaintext", "");
    client.change(URI, 2, &json!([{"text": without_author()}]));
    assert_eq!(codes(&client.diagnostics(URI)), ["missing-author"]);
    // Half way through retyping the first line nothing is taken away.
    let first = json!({
        "start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 4},
    });
    client.change(URI, 3, &json!([{"range": first, "text": "F"}]));
    assert_eq!(
        codes(&client.diagnostics_of_version(URI, 3)),
        ["bad-header", "missing-author"]
    );
    client.finish();
}

#[test]
fn document_opened_anew_as_something_else_loses_them() {
    let mut client = Client::start(Profile::Rich);
    client.open(URI, &without_author());
    assert_eq!(codes(&client.diagnostics(URI)), ["missing-author"]);
    // As editors do when the language is changed by hand.
    client.close(URI);
    client.open_as(URI, "plaintext", "Some notes.\n");
    assert_eq!(codes(&client.diagnostics(URI)), [""; 0]);
    published(&mut client);

    // The same by a client that forgets to close.
    client.open(URI, &without_author());
    assert_eq!(codes(&client.diagnostics(URI)), ["missing-author"]);
    client.open_as(URI, "plaintext", "Some notes.\n");
    assert_eq!(codes(&client.diagnostics(URI)), [""; 0]);
    client.finish();
}

#[test]
fn client_that_says_initialized_twice_sees_them_go_all_the_same() {
    let mut client = Client::start(Profile::Rich);
    client.notify("initialized", &json!({}));
    for _ in 0..4 {
        client.open(URI, &without_author());
        assert_eq!(codes(&client.diagnostics(URI)), ["missing-author"]);
        client.close(URI);
        client.no_diagnostics_after_close(URI);
    }
    client.finish();
}

#[test]
fn proof_is_shown_where_the_client_takes_it() {
    let text = digest(&[entry("PATCH", "kvm: title", "Body.")])
        .replace("New:  kvm: title", "New:  kvm: another title");
    for profile in Profile::ALL {
        let mut client = Client::start(profile);
        client.open(URI, &text);
        let params = client.diagnostics(URI);
        assert_eq!(codes(&params), ["title-differs"]);
        let related = &params["diagnostics"][0]["relatedInformation"];
        if matches!(profile, Profile::Rich | Profile::Neovim) {
            let location = &related[0]["location"];
            assert_eq!(location["uri"], URI);
            assert_eq!(
                location["range"]["start"],
                json!({"line": PATCH_LINE, "character": 8})
            );
            assert_eq!(related[0]["message"], "the subject");
        } else {
            assert!(related.is_null(), "{profile:?}");
        }
        client.finish();
    }
}
