//! Symbols, hovers, definitions and folds in the form that each kind of client takes.

use patch_digest_core::text::Encoding;
use patch_digest_tests::client::{Client, notification};
use patch_digest_tests::positions::Positions;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, COVER_LINE, LISTED_LINE, PATCH_LINE, digest, entry};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const SYMBOLS: &str = "textDocument/documentSymbol";
const HOVER: &str = "textDocument/hover";
const DEFINITION: &str = "textDocument/definition";
const FOLDS: &str = "textDocument/foldingRange";

/// A client of some kind with a document open.
fn with_text(profile: Profile, text: &str) -> Client {
    let mut client = Client::start(profile);
    client.open(URI, text);
    client
}

fn names(symbols: &Value) -> Vec<&str> {
    let symbols = symbols.as_array().unwrap().iter();
    symbols
        .map(|symbol| symbol["name"].as_str().unwrap())
        .collect()
}

fn range(start: (u64, u64), end: (u64, u64)) -> Value {
    json!({
        "start": {"line": start.0, "character": start.1},
        "end": {"line": end.0, "character": end.1},
    })
}

#[test]
fn half_of_a_character_that_is_replaced_leaves_columns_as_the_client_counts_them() {
    let text = digest(&[entry("PATCH", "kvm: a😀bc", "Body.")]);
    // The title stands on two lines.
    let places = ["New:  kvm: a", "[PATCH] kvm: a"].map(|start| {
        let before = text.lines().take_while(|line| !line.starts_with(start));
        (before.count() as u64, start.len() as u64)
    });
    let mut client = with_text(Profile::Neovim, &text);
    let mut check = |edits: &[(u64, u64, &str)], title: &str| {
        client.open(URI, &text);
        for (edit, version) in edits.iter().zip(2..) {
            let (from, to, insert) = edit;
            let at = |(line, column)| range((line, column + from), (line, column + to));
            let changes = places.map(|place| json!({"range": at(place), "text": insert}));
            let document = json!({"uri": URI, "version": version});
            let params = json!({"textDocument": document, "contentChanges": changes});
            let message = notification("textDocument/didChange", &params);
            // No text of ours has half a character.
            let message = message.to_string().replace("LOW", "\\ude01");
            let frame = format!("Content-Length: {}\r\n\r\n{message}", message.len());
            client.send_bytes(frame.as_bytes());
        }
        let symbols = client.ask_about(SYMBOLS, URI);
        assert_eq!(names(&symbols[0]["children"])[0], title, "{edits:?}");
    };
    // U+1F600 becomes U+1F601: the second half alone is another.
    check(
        &[(1, 2, "LOW"), (2, 3, "x")],
        "[PATCH] kvm: a\u{fffd}\u{fffd}xc",
    );
    check(
        &[(1, 1, "x"), (3, 4, "y")],
        "[PATCH] kvm: a\u{fffd}x\u{fffd}yc",
    );
    check(&[(0, 1, ""), (1, 2, "y")], "[PATCH] kvm: a\u{fffd}yc");
    check(&[(1, 3, ""), (1, 2, "y")], "[PATCH] kvm: a\u{fffd}y");
    client.finish();
}

#[test]
fn symbols_are_a_tree_for_clients_that_take_one() {
    for profile in [Profile::Rich, Profile::Neovim, Profile::Eglot] {
        let mut client = with_text(profile, &samples::series());
        let symbols = client.ask_about(SYMBOLS, URI);
        assert_eq!(names(&symbols), ["KVM fff46e5c7..a4f0e95a9"], "{profile:?}");
        let series = &symbols[0]["children"];
        assert_eq!(names(series), ["[v2 0/2] kvm: ö both"]);
        assert_eq!(
            names(&series[0]["children"]),
            ["1/2 kvm: 😀 first", "2/2 kvm: ö second"]
        );
        check_tree(&symbols, &json!(null));
        client.finish();
    }
}

/// What editors drop a whole outline for: a selection outside of its range, a child outside of its
/// parent, an empty name.
fn check_tree(symbols: &Value, parent: &Value) {
    let place = |place: &Value| (place["line"].as_u64(), place["character"].as_u64());
    let holds = |outer: &Value, inner: &Value| {
        place(&outer["start"]) <= place(&inner["start"])
            && place(&inner["start"]) <= place(&inner["end"])
            && place(&inner["end"]) <= place(&outer["end"])
    };
    for symbol in symbols.as_array().unwrap() {
        assert!(
            !symbol["name"].as_str().unwrap().trim().is_empty(),
            "{symbol}"
        );
        assert!(symbol["kind"].as_u64().is_some(), "{symbol}");
        assert!(
            holds(&symbol["range"], &symbol["selectionRange"]),
            "{symbol}"
        );
        assert!(
            parent.is_null() || holds(parent, &symbol["range"]),
            "{symbol}"
        );
        if let Some(children) = symbol.get("children") {
            check_tree(children, &symbol["range"]);
        }
    }
}

#[test]
fn symbols_are_flat_for_clients_that_take_no_tree() {
    for profile in [Profile::Helix, Profile::Bare] {
        let mut client = with_text(profile, &samples::series());
        let symbols = client.ask_about(SYMBOLS, URI);
        assert_eq!(
            names(&symbols),
            [
                "KVM fff46e5c7..a4f0e95a9",
                "[v2 0/2] kvm: ö both",
                "1/2 kvm: 😀 first",
                "2/2 kvm: ö second"
            ],
            "{profile:?}"
        );
        let series = &symbols[1];
        assert_eq!(series["containerName"], "KVM fff46e5c7..a4f0e95a9");
        assert_eq!(symbols[2]["containerName"], "[v2 0/2] kvm: ö both");
        assert_eq!(series["location"]["uri"], URI);
        assert_eq!(series["location"]["range"]["start"]["line"], COVER_LINE);
        for symbol in symbols.as_array().unwrap() {
            let is_tree = symbol.get("children").is_some() || symbol.get("range").is_some();
            assert!(!is_tree, "{symbol}");
        }
        client.finish();
    }
}

#[test]
fn columns_are_counted_in_the_unit_agreed_on() {
    let text = samples::series();
    let title = text.find("[PATCH v2 1/2]").unwrap();
    let title = title..title + text[title..].find('\n').unwrap();
    for (profile, encoding) in [
        (Profile::Rich, Encoding::Utf8),
        (Profile::Neovim, Encoding::Utf16),
        (Profile::Eglot, Encoding::Utf8),
    ] {
        let mut client = with_text(profile, &text);
        let symbols = client.ask_about(SYMBOLS, URI);
        let focus = &symbols[0]["children"][0]["children"][0]["selectionRange"];
        let positions = Positions::new(&text, encoding);
        // A patch that the shortlog lists is selected in its own entry.
        assert_eq!(*focus, positions.range_json(&title), "{profile:?}");
        client.finish();
    }
}

#[test]
fn older_version_in_the_same_digest_is_deprecated_where_that_can_be_told() {
    let text = digest(&[
        entry("PATCH v2", "kvm: twice", "Body."),
        entry("PATCH", "kvm: twice", "Body."),
        entry("PATCH", "kvm: once", "Body."),
    ]);
    let mut client = with_text(Profile::Rich, &text);
    let symbols = client.ask_about(SYMBOLS, URI);
    let tags: Vec<_> = symbols[0]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| (symbol["name"].as_str().unwrap(), &symbol["tags"]))
        .collect();
    assert_eq!(
        tags,
        [
            ("[PATCH v2] kvm: twice", &Value::Null),
            ("[PATCH] kvm: twice", &json!([1])),
            ("[PATCH] kvm: once", &Value::Null)
        ]
    );
    client.finish();

    for profile in [Profile::Neovim, Profile::Bare] {
        let mut client = with_text(profile, &text);
        let symbols = client.ask_about(SYMBOLS, URI).to_string();
        assert!(
            !symbols.contains("tags") && !symbols.contains("deprecated"),
            "{symbols}"
        );
        client.finish();
    }
}

#[test]
fn hover_is_markdown_or_plain_as_the_client_wants() {
    for (profile, kind) in [
        (Profile::Rich, "markdown"),
        (Profile::Neovim, "markdown"),
        (Profile::Helix, "markdown"),
        (Profile::Eglot, "plaintext"),
        (Profile::Bare, "plaintext"),
    ] {
        let mut client = with_text(profile, &samples::series());
        let hover = client.ask_at(HOVER, URI, COVER_LINE, 17);
        let contents = &hover["contents"];
        assert_eq!(contents["kind"], kind, "{profile:?}");
        let value = contents["value"].as_str().unwrap();
        assert!(value.contains("kvm: ö both"), "{value}");
        assert_eq!(value.contains("**"), kind == "markdown", "{value}");
        assert_eq!(
            hover["range"]["start"],
            json!({"line": COVER_LINE, "character": 0})
        );
        client.finish();
    }
}

#[test]
fn hover_shows_text_from_strangers_as_text() {
    let title = "kvm: [x](command:y) <img src=z> \u{202e}\u{1b}[31m";
    let text = digest(&[entry("PATCH", title, "Body.")]);
    let mut client = with_text(Profile::Rich, &text);
    let value = client.ask_at(HOVER, URI, PATCH_LINE, 3)["contents"]["value"].take();
    let value = value.as_str().unwrap();
    assert!(value.contains(r"\[x\](command:y) &lt;img"), "{value}");
    assert!(!value.contains(['\u{202e}', '\u{1b}']), "{value}");
    client.finish();
}

#[test]
fn nothing_is_said_where_nothing_stands() {
    let mut client = with_text(Profile::Rich, &samples::series());
    let blank = 2;
    for method in [HOVER, DEFINITION] {
        assert_eq!(client.ask_at(method, URI, blank, 0), Value::Null);
    }
    client.finish();
}

#[test]
fn definition_is_a_link_with_its_origin_where_the_client_takes_links() {
    for profile in [Profile::Rich, Profile::Eglot] {
        let mut client = with_text(profile, &samples::series());
        let links = client.ask_at(DEFINITION, URI, LISTED_LINE, 8);
        let expected = json!([{
            "originSelectionRange": range((LISTED_LINE, 2), (LISTED_LINE, 17)),
            "targetUri": URI,
            "targetRange": range((PATCH_LINE - 1, 0), (COVER_LINE - 1, 0)),
            "targetSelectionRange": range((PATCH_LINE, 0), (PATCH_LINE, 30)),
        }]);
        assert_eq!(links, expected, "{profile:?}");
        client.finish();
    }
}

#[test]
fn definition_is_a_place_for_other_clients() {
    for (profile, width) in [(Profile::Helix, 30), (Profile::Bare, 28)] {
        let mut client = with_text(profile, &samples::series());
        let locations = client.ask_at(DEFINITION, URI, LISTED_LINE, 8);
        let expected = json!([{"uri": URI, "range": range((PATCH_LINE, 0), (PATCH_LINE, width))}]);
        assert_eq!(locations, expected, "{profile:?}");
        client.finish();
    }
}

#[test]
fn definition_leads_from_the_patch_to_its_line_in_the_shortlog() {
    let mut client = with_text(Profile::Rich, &samples::series());
    let links = client.ask_at(DEFINITION, URI, PATCH_LINE, 8);
    assert_eq!(
        links[0]["targetSelectionRange"],
        range((LISTED_LINE, 2), (LISTED_LINE, 17))
    );
    client.finish();
}

#[test]
fn folds_say_what_they_hide_where_the_client_shows_that() {
    for profile in Profile::ALL {
        let mut client = with_text(profile, &samples::series());
        let folds = client.ask_about(FOLDS, URI);
        for fold in folds.as_array().unwrap() {
            assert!(
                fold["startLine"].as_u64() < fold["endLine"].as_u64(),
                "{fold}"
            );
            let shows = fold["collapsedText"]
                .as_str()
                .is_some_and(|text| !text.is_empty());
            assert_eq!(shows, profile == Profile::Rich, "{profile:?}: {fold}");
        }
        let starts: Vec<_> = folds
            .as_array()
            .unwrap()
            .iter()
            .map(|fold| fold["startLine"].as_u64().unwrap())
            .collect();
        assert!(starts.is_sorted(), "{starts:?}");
        assert!(
            starts.contains(&(PATCH_LINE + 1)) && starts.contains(&(COVER_LINE + 1)),
            "{starts:?}"
        );
        client.finish();
    }
}

#[test]
fn client_that_wants_few_folds_gets_the_outer_ones() {
    let mut all = with_text(Profile::Rich, &samples::series());
    let n_all = all.ask_about(FOLDS, URI).as_array().unwrap().len();
    all.finish();
    for limit in [0, 1, 2, 3, n_all, n_all + 1] {
        let mut capabilities = Profile::Rich.capabilities();
        capabilities["textDocument"]["foldingRange"]["rangeLimit"] = json!(limit);
        let mut client = Client::start_with(&capabilities);
        client.open(URI, &samples::series());
        let folds = client.ask_about(FOLDS, URI);
        let starts: Vec<_> = folds
            .as_array()
            .unwrap()
            .iter()
            .map(|fold| fold["startLine"].as_u64().unwrap())
            .collect();
        assert_eq!(starts.len(), limit.min(n_all));
        assert!(starts.is_sorted(), "{starts:?}");
        assert!(
            limit < 1 || starts.contains(&(PATCH_LINE + 1)),
            "{starts:?}"
        );
        assert!(
            limit < 2 || starts.contains(&(COVER_LINE + 1)),
            "{starts:?}"
        );
        client.finish();
    }
}
