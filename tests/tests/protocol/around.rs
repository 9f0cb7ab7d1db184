//! Hints between words, other places of the thing under the cursor, and selections that grow.

use patch_digest_core::Digest;
use patch_digest_core::features::hints::{HintOptions, hints};
use patch_digest_core::features::selection::selections;
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::positions::Positions;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{COVER_LINE, LISTED_LINE, PATCH_LINE, series};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a b.txt";
const HINTS: &str = "textDocument/inlayHint";
const HIGHLIGHT: &str = "textDocument/documentHighlight";
const SELECTION: &str = "textDocument/selectionRange";

/// A client that takes everything, in an encoding; what it asks for the tooltips of hints later.
fn client(encoding: &str, late: &[&str]) -> Client {
    let mut capabilities = Profile::Rich.capabilities();
    capabilities["general"]["positionEncodings"] = json!([encoding]);
    capabilities["textDocument"]["inlayHint"] = json!({"resolveSupport": {"properties": late}});
    Client::start_with(&capabilities)
}

const ENCODINGS: [(&str, Encoding); 3] = [
    ("utf-8", Encoding::Utf8),
    ("utf-16", Encoding::Utf16),
    ("utf-32", Encoding::Utf32),
];

fn hints_in(client: &mut Client, from: u64, to: u64) -> Value {
    let range = json!({
        "start": {"line": from, "character": 0},
        "end": {"line": to, "character": 0},
    });
    client.ask(
        HINTS,
        &json!({"textDocument": {"uri": URI}, "range": range}),
    )
}

#[test]
fn hints_of_the_corpus_are_where_they_belong_in_every_encoding() {
    for (name, encoding) in ENCODINGS {
        let mut client = client(name, &[]);
        for (file, text) in corpus::digests().unwrap() {
            client.open(URI, &text);
            let sent = hints_in(&mut client, 0, 100_000);
            let digest = Digest::parse(&text);
            let expected = hints(&digest, 0..text.len(), HintOptions::default());
            let positions = Positions::new(&text, encoding);
            assert_eq!(sent.as_array().unwrap().len(), expected.len(), "{file}");
            for (sent, hint) in sent.as_array().unwrap().iter().zip(&expected) {
                assert_eq!(sent["position"], positions.json(hint.offset), "{sent}");
                assert_eq!(sent["label"], hint.label);
                assert!(sent["tooltip"].is_string(), "{sent}");
            }
            client.close(URI);
        }
        client.finish();
    }
}

#[test]
fn a_part_has_its_own_hints_and_tooltips_come_late_where_the_client_asks_for_them() {
    let mut client = client("utf-16", &["tooltip"]);
    client.open(URI, &series());
    assert_eq!(hints_in(&mut client, 0, PATCH_LINE), json!([]));
    let sent = hints_in(&mut client, LISTED_LINE, LISTED_LINE + 1);
    let labels: Vec<_> = sent
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| &hint["label"])
        .collect();
    assert_eq!(labels, ["1/2"]);
    assert!(sent[0].get("tooltip").is_none(), "{sent}");
    let resolved = client.ask("inlayHint/resolve", &sent[0]);
    assert_eq!(
        resolved["tooltip"],
        format!("This patch is in the digest (line {})", PATCH_LINE + 1)
    );
    client.change(URI, 2, &json!([{"text": "nothing\n"}]));
    assert_eq!(client.ask_in_vain("inlayHint/resolve", &sent[0]), -32801);
    client.finish();
}

#[test]
fn a_series_and_its_patch_are_shown_together() {
    let mut client = client("utf-16", &[]);
    client.open(URI, &series());
    for line in [PATCH_LINE, LISTED_LINE] {
        let found = client.ask_at(HIGHLIGHT, URI, line, 8);
        let lines: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|place| {
                (
                    place["range"]["start"]["line"].as_u64().unwrap(),
                    place["kind"].as_u64(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                (PATCH_LINE, Some(3)),
                (COVER_LINE, Some(2)),
                (LISTED_LINE, Some(2))
            ]
        );
    }
    let nothing = client.ask_at(HIGHLIGHT, URI, 2, 0);
    assert_eq!(nothing, json!([]));
    client.finish();
}

#[test]
fn selections_grow_to_the_digest_in_every_encoding() {
    let text = series();
    for (name, encoding) in ENCODINGS {
        let mut client = client(name, &[]);
        client.open(URI, &text);
        let positions = Positions::new(&text, encoding);
        let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(7).collect();
        let asked: Vec<_> = offsets.iter().map(|&at| positions.json(at)).collect();
        let params = json!({"textDocument": {"uri": URI}, "positions": asked});
        let sent = client.ask(SELECTION, &params);
        let digest = Digest::parse(&text);
        assert_eq!(sent.as_array().unwrap().len(), offsets.len());
        for (sent, &offset) in sent.as_array().unwrap().iter().zip(&offsets) {
            let mut next = Some(sent);
            for range in selections(&digest, offset) {
                let here = next.unwrap();
                assert_eq!(here["range"], positions.range_json(&range), "{offset}");
                next = here.get("parent");
            }
            assert!(next.is_none(), "{offset}: {sent}");
        }
        client.finish();
    }
}

#[test]
fn clients_that_cannot_take_them_are_not_offered_any() {
    let place = json!({"line": COVER_LINE, "character": 3});
    let params = json!({
        "textDocument": {"uri": URI},
        "position": place,
        "positions": [place],
        "range": {"start": place, "end": place},
    });
    let mut client = Client::start(Profile::Bare);
    client.open(URI, &series());
    for method in [HINTS, HIGHLIGHT, SELECTION] {
        assert_eq!(client.ask_in_vain(method, &params), -32601, "{method}");
    }
    client.finish();
}
