//! Semantic tokens as clients get them: whole, as changes, and in part.

use patch_digest_core::Digest;
use patch_digest_core::features::tokens::{TokenKind, tokens};
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::Client;
use patch_digest_tests::positions::Positions;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::random::Random;
use patch_digest_tests::samples::{COVER_LINE, digest, entry, series};
use patch_digest_tests::{corpus, edits};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const FULL: &str = "textDocument/semanticTokens/full";
const DELTA: &str = "textDocument/semanticTokens/full/delta";
const RANGE: &str = "textDocument/semanticTokens/range";

/// What a client says that takes everything and knows these words.
fn takes(types: &[&str], modifiers: &[&str]) -> Value {
    json!({
        "requests": {"full": {"delta": true}, "range": true},
        "tokenTypes": types,
        "tokenModifiers": modifiers,
        "formats": ["relative"],
    })
}

fn client(encoding: &str, tokens: &Value) -> (Client, Value) {
    let mut client = Client::spawn();
    let mut result = client.initialize(&json!({"capabilities": {
        "general": {"positionEncodings": [encoding]},
        "textDocument": {"semanticTokens": tokens},
    }}));
    let provider = result["capabilities"]["semanticTokensProvider"].take();
    (client, provider)
}

fn numbers(data: &Value) -> Vec<u64> {
    let data = data.as_array().unwrap().iter();
    data.map(|number| number.as_u64().unwrap()).collect()
}

/// The numbers of a text's tokens, made the slow and obvious way.
fn expected(text: &str, encoding: Encoding) -> Vec<u64> {
    let positions = Positions::new(text, encoding);
    let mut last = (0, 0);
    let mut numbers = Vec::new();
    for (range, token) in tokens(&Digest::parse(text), 0..text.len()) {
        let (line, column) = positions.position(range.start);
        let (_, end) = positions.position(range.end);
        let columns = if line == last.0 {
            column - last.1
        } else {
            column
        };
        let kind = TokenKind::ALL.iter().position(|kind| *kind == token.kind);
        let modifiers = u64::from(token.is_definition) | u64::from(token.is_superseded) << 1;
        numbers.extend([
            line - last.0,
            columns,
            end - column,
            kind.unwrap() as u64,
            modifiers,
        ]);
        last = (line, column);
    }
    numbers
}

#[test]
fn changes_add_up_to_the_whole_under_random_edits_in_every_encoding() {
    for (name, encoding) in [
        ("utf-8", Encoding::Utf8),
        ("utf-16", Encoding::Utf16),
        ("utf-32", Encoding::Utf32),
    ] {
        let (mut client, _) = client(name, &takes(&[], &[]));
        let (_, text) = corpus::digests().unwrap().remove(0);
        let mut text = text.replace("KVM", "K😀ü");
        client.open(URI, &text);
        let mut full = client.ask_about(FULL, URI);
        let mut sent = numbers(&full["data"]);
        assert_eq!(sent, expected(&text, encoding));
        let mut random = Random::new(7);
        let mut n_changes = 0;
        for version in 2..62 {
            let edit = edits::random_edit(&mut random, &text);
            let range = Positions::new(&text, encoding).range_json(&edit.range);
            text.replace_range(edit.range.clone(), &edit.insert);
            client.change(
                URI,
                version,
                &json!([{"range": range, "text": edit.insert}]),
            );
            let delta = client.ask(
                DELTA,
                &json!({"textDocument": {"uri": URI}, "previousResultId": full["resultId"]}),
            );
            for edit in delta["edits"].as_array().unwrap() {
                let start = usize::try_from(edit["start"].as_u64().unwrap()).unwrap();
                let count = usize::try_from(edit["deleteCount"].as_u64().unwrap()).unwrap();
                sent.splice(start..start + count, numbers(&edit["data"]));
                n_changes += 1;
            }
            assert_eq!(sent, expected(&text, encoding), "{name}, version {version}");
            full = delta;
        }
        assert!(
            n_changes > 10,
            "only {n_changes} of the edits changed a token"
        );
        client.finish();
    }
}

#[test]
fn an_unknown_result_is_answered_with_the_whole() {
    let (mut client, _) = client("utf-16", &takes(&[], &[]));
    client.open(URI, &series());
    let first = client.ask_about(FULL, URI);
    client.close(URI);
    client.open(URI, &series());
    for previous in [&first["resultId"], &json!("x"), &json!("")] {
        let answer = client.ask(
            DELTA,
            &json!({"textDocument": {"uri": URI}, "previousResultId": previous}),
        );
        assert_eq!(answer["data"], first["data"], "{answer}");
    }
    client.finish();
}

#[test]
fn a_part_has_the_tokens_of_the_whole_there() {
    let (mut client, _) = client("utf-16", &takes(&[], &[]));
    let text = series();
    client.open(URI, &text);
    let range = |from: u64, to: u64| {
        json!({
            "textDocument": {"uri": URI},
            "range": {"start": {"line": from, "character": 0}, "end": {"line": to, "character": 0}},
        })
    };
    let all = expected(&text, Encoding::Utf16);
    let part = client.ask(RANGE, &range(0, 10_000));
    assert_eq!(numbers(&part["data"]), all);
    let mut line = 0;
    let on_cover: Vec<_> = all
        .chunks(5)
        .filter(|token| {
            line += token[0];
            line == COVER_LINE
        })
        .collect();
    let part = client.ask(RANGE, &range(COVER_LINE, COVER_LINE + 1));
    let part = numbers(&part["data"]);
    assert_eq!(part[0], COVER_LINE);
    assert_eq!(part.len(), on_cover.len() * 5);
    assert_eq!(part[1..], on_cover.concat()[1..]);
    client.finish();
}

#[test]
fn the_words_are_the_servers_where_the_client_knows_them_and_the_protocols_elsewhere() {
    let own: Vec<_> = TokenKind::ALL.map(TokenKind::name).to_vec();
    let (client, provider) = client("utf-16", &takes(&own, &["superseded"]));
    assert_eq!(provider["legend"]["tokenTypes"], json!(own));
    assert_eq!(
        provider["legend"]["tokenModifiers"],
        json!(["definition", "superseded"])
    );
    assert_eq!(provider["full"], json!({"delta": true}));
    assert_eq!(provider["range"], true);
    client.finish();

    let (client, provider) = self::client("utf-16", &takes(&["keyword"], &["deprecated"]));
    let words = [
        "keyword", "number", "number", "function", "variable", "string", "comment", "string",
        "number", "keyword", "string", "string", "regexp",
    ];
    assert_eq!(provider["legend"]["tokenTypes"], json!(words));
    assert_eq!(
        provider["legend"]["tokenModifiers"],
        json!(["definition", "deprecated"])
    );
    client.finish();
}

#[test]
fn only_what_a_client_asks_for_is_offered() {
    let document = json!({"textDocument": {"uri": URI}});
    for (requests, full, delta, range) in [
        (json!({"full": true}), true, false, false),
        (json!({"range": true}), false, false, true),
        (
            json!({"full": {"delta": true}, "range": true}),
            true,
            true,
            true,
        ),
        (json!({}), false, false, false),
    ] {
        let mut tokens = takes(&[], &[]);
        tokens["requests"] = requests.clone();
        let (mut client, provider) = client("utf-16", &tokens);
        client.open(URI, &series());
        assert_eq!(provider.is_null(), !(full || range), "{requests}");
        let id = client.request(FULL, &document);
        assert_eq!(
            client.answer(id).get("result").is_some(),
            full,
            "{requests}"
        );
        let id = client.request(
            DELTA,
            &json!({"textDocument": {"uri": URI}, "previousResultId": "1"}),
        );
        assert_eq!(
            client.answer(id).get("result").is_some(),
            delta,
            "{requests}"
        );
        let place = json!({"line": 0, "character": 0});
        let params = json!({"textDocument": {"uri": URI}, "range": {"start": place, "end": place}});
        let id = client.request(RANGE, &params);
        assert_eq!(
            client.answer(id).get("result").is_some(),
            range,
            "{requests}"
        );
        client.finish();
    }
    for profile in [Profile::Helix, Profile::Bare] {
        let mut client = Client::start(profile);
        client.open(URI, &series());
        assert_eq!(client.ask_in_vain(FULL, &document), -32601);
        client.finish();
    }
}

#[test]
fn older_versions_fade_in_their_subject_alone() {
    let text = digest(&[
        entry("PATCH v2", "kvm: twice", "a/b.c"),
        entry("PATCH", "kvm: twice", "a/b.c"),
    ]);
    let (mut client, _) = client("utf-16", &takes(&[], &["superseded"]));
    client.open(URI, &text);
    let sent = numbers(&client.ask_about(FULL, URI)["data"]);
    let faded: Vec<_> = sent.chunks(5).filter(|token| token[4] & 2 != 0).collect();
    assert_eq!(faded.len(), 2, "tag and title: {faded:?}");
    client.finish();
}

#[test]
fn other_text_has_no_tokens() {
    let (mut client, _) = client("utf-16", &takes(&[], &[]));
    client.open_as(URI, "plaintext", "Minutes\n");
    assert_eq!(client.ask_about(FULL, URI), Value::Null);
    client.finish();
}
