//! Every request is answered from the text as of its place on the wire, and diagnostics are those
//! of the version that they name.
//!
//! Edits and requests go to the real server in one burst: nothing waits for an answer. What has to
//! come is worked out here, from a text that is kept as a plain `String`, parsed afresh for every
//! request, and with positions converted by code that the server does not share.

use std::collections::HashMap;
use std::ops::Range;

use patch_digest_core::Digest;
use patch_digest_core::features::{definition, folding, hover, outline};
use patch_digest_core::lints;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::syntax::blocks::Place;
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::{Client, frame, notification};
use patch_digest_tests::positions::{Position, Positions, position_json};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::random::Random;
use patch_digest_tests::{corpus, edits};
use serde_json::{Value, json};

/// Edits and requests in one burst, for each unit of columns.
const N_MESSAGES: usize = 20_000;

/// Open documents; which one a message is about is random. The last is long: the server computes
/// answers about such documents elsewhere.
const N_DOCUMENTS: usize = 5;

/// How much longer the long document is, in bytes.
const PADDING: usize = 70_000;

/// One message in so many is about the long document, or the test would take long.
const LONG_ONE_IN: usize = 15;

/// Longer texts are replaced, or the test would take long: each request parses one afresh.
const MAX_LEN: usize = 5_000;

/// Shorter texts are replaced, or most requests would have nothing to tell.
const MIN_LEN: usize = 1_500;

#[test]
fn requests_among_edits_are_answered_from_their_text_in_utf8() {
    check(Encoding::Utf8, "utf-8", 1);
}

#[test]
fn requests_among_edits_are_answered_from_their_text_in_utf16() {
    check(Encoding::Utf16, "utf-16", 2);
}

#[test]
fn requests_among_edits_are_answered_from_their_text_in_utf32() {
    check(Encoding::Utf32, "utf-32", 3);
}

fn check(encoding: Encoding, name: &str, seed: u64) {
    let mut capabilities = Profile::Rich.capabilities();
    capabilities["general"]["positionEncodings"] = json!([name]);
    let mut client = Client::start_with(&capabilities);

    let mut burst = Burst::new(encoding, seed);
    for number in 0..N_DOCUMENTS {
        burst.open(number);
    }
    while burst.n_messages < N_MESSAGES {
        let document = if burst.random.one_in(LONG_ONE_IN) {
            N_DOCUMENTS - 1
        } else {
            burst.random.below(N_DOCUMENTS - 1)
        };
        match burst.random.below(200) {
            0 => burst.reopen(document, &mut client),
            1..100 => burst.edit(document),
            _ => burst.request(document, &mut client),
        }
    }
    client.send_bytes(&burst.bytes);

    let mut told = Told::default();
    for expected in &burst.expected {
        let Expected {
            id,
            method,
            text,
            params,
            answer,
        } = expected;
        let message = client.answer(*id);
        let found = essence(method, &message["result"]);
        assert!(
            message.get("result").is_some() && found == *answer,
            "seed {seed}, {name}: request {id}, {method} {params}\n\
             answered {found}\nexpected {answer}\nmessage {message}\nfor the text {text:?}"
        );
        told.count(method, answer);
    }
    told.check();

    let mut n_published = 0;
    for document in &burst.documents {
        loop {
            let published = client.diagnostics(&document.uri);
            // Without a version they say that the document was closed.
            let Some(version) = published["version"].as_i64() else {
                continue;
            };
            let text = &burst.texts[&(document.uri.clone(), version)];
            let problems = lints::check(&Digest::parse(text));
            let expected = diagnostics(&problems, &Positions::new(text, encoding));
            let found = essence(PUBLISHED, &published["diagnostics"]);
            assert_eq!(
                found, expected,
                "seed {seed}, {name}: version {version} of {text:?}"
            );
            n_published += 1;
            if version == i64::from(document.version) {
                break;
            }
        }
    }
    assert!(n_published >= N_DOCUMENTS);
    client.finish();
}

/// A request of the burst, with what has to come of it.
struct Expected {
    id: i64,
    method: &'static str,
    text: String,
    params: Value,
    /// In the form of [`essence`].
    answer: Value,
}

/// How many requests had something to tell: silence is easily right.
#[derive(Default)]
struct Told {
    symbols: usize,
    hovers: usize,
    definitions: usize,
    folds: usize,
    nothing: usize,
}

impl Told {
    fn count(&mut self, method: &str, answer: &Value) {
        let counter = match method {
            _ if answer.is_null() || *answer == json!([]) => &mut self.nothing,
            SYMBOLS => &mut self.symbols,
            HOVER => &mut self.hovers,
            DEFINITION => &mut self.definitions,
            _ => &mut self.folds,
        };
        *counter += 1;
    }

    fn check(&self) {
        let told = [self.symbols, self.hovers, self.definitions, self.folds];
        assert!(told.iter().all(|&n| n > N_MESSAGES / 100), "{told:?}");
        assert!(self.nothing > 0);
    }
}

const SYMBOLS: &str = "textDocument/documentSymbol";
const HOVER: &str = "textDocument/hover";
const DEFINITION: &str = "textDocument/definition";
const FOLDS: &str = "textDocument/foldingRange";
const PUBLISHED: &str = "textDocument/publishDiagnostics";

/// A document as the client knows it.
#[derive(Default)]
struct Document {
    uri: String,
    version: i32,
    text: String,
    /// The bytes at the end of a long text that do not matter.
    padding: usize,
}

impl Document {
    /// The text that matters.
    fn head(&self) -> &str {
        let len = self.text.len().saturating_sub(self.padding);
        &self.text[..self.text.floor_char_boundary(len)]
    }
}

/// The messages, and what the server has to make of them.
struct Burst {
    random: Random,
    encoding: Encoding,
    seeds: Vec<String>,
    documents: Vec<Document>,
    /// What each version of each document is, by address and version.
    texts: HashMap<(String, i64), String>,
    bytes: Vec<u8>,
    n_messages: usize,
    expected: Vec<Expected>,
}

impl Burst {
    fn new(encoding: Encoding, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            encoding,
            seeds: small_digests(),
            documents: (0..N_DOCUMENTS)
                .map(|number| Document {
                    uri: format!("file:///digests/number%20{number}.txt"),
                    padding: if number + 1 == N_DOCUMENTS {
                        PADDING
                    } else {
                        0
                    },
                    ..Document::default()
                })
                .collect(),
            texts: HashMap::new(),
            bytes: Vec::new(),
            n_messages: 0,
            expected: Vec::new(),
        }
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.bytes.extend(frame(&notification(method, params)));
    }

    fn open(&mut self, number: usize) {
        let text = self.new_text(number);
        let document = &mut self.documents[number];
        document.text = text;
        document.version += 1;
        let item = json!({
            "uri": document.uri,
            "languageId": "patch-digest",
            "version": document.version,
            "text": document.text,
        });
        self.notify("textDocument/didOpen", &json!({"textDocument": item}));
        self.keep_version(number);
    }

    fn keep_version(&mut self, number: usize) {
        let document = &self.documents[number];
        let key = (document.uri.clone(), i64::from(document.version));
        self.texts.insert(key, document.text.clone());
    }

    /// Closes a document, asks for something in it all the same, and opens it again.
    fn reopen(&mut self, number: usize, client: &mut Client) {
        let uri = json!({"uri": self.documents[number].uri});
        self.notify("textDocument/didClose", &json!({"textDocument": uri}));
        let params = json!({"textDocument": uri});
        let (id, bytes) = client.prepare_request(SYMBOLS, &params);
        self.bytes.extend(bytes);
        self.expected.push(Expected {
            id,
            method: SYMBOLS,
            text: "(closed)".to_owned(),
            params,
            answer: Value::Null,
        });
        self.open(number);
        self.n_messages += 3;
    }

    /// A notification with some changes of a document, one after the other.
    fn edit(&mut self, number: usize) {
        let n_changes = match self.random.below(10) {
            0..7 => 1,
            more => more - 5,
        };
        let changes: Vec<_> = (0..n_changes).map(|_| self.change(number)).collect();
        let document = &mut self.documents[number];
        document.version += 1;
        let item = json!({"uri": document.uri, "version": document.version});
        let params = json!({"textDocument": item, "contentChanges": changes});
        self.notify("textDocument/didChange", &params);
        self.keep_version(number);
        self.n_messages += 1;
    }

    /// One change of a document, applied here as well.
    fn change(&mut self, number: usize) -> Value {
        let document = &self.documents[number];
        // Random edits soon leave little of a digest.
        let is_worn = !(MIN_LEN..MAX_LEN).contains(&document.head().len());
        let replaced = if is_worn || self.random.one_in(25) {
            Some(self.new_text(number))
        } else if self.random.one_in(60) {
            Some(document.text.replace('a', "ü"))
        } else {
            None
        };
        if let Some(replaced) = replaced {
            self.documents[number].text = replaced;
            return json!({"text": self.documents[number].text});
        }

        let document = &self.documents[number];
        let text = document.text.clone();
        let edit = edits::random_edit(&mut self.random, document.head());
        let positions = Positions::new(&text, self.encoding);
        let mut place = |offset| self.odd(positions.position(offset));
        let (start, end) = (place(edit.range.start), place(edit.range.end));
        // What the text between two positions is, whatever the edit meant them to be.
        let (from, to) = (positions.offset(start), positions.offset(end));
        let change = json!({
            "range": {"start": position_json(start), "end": position_json(end)},
            "text": edit.insert,
        });
        let mut text = text;
        text.replace_range(from.min(to)..from.max(to), &edit.insert);
        self.documents[number].text = text;
        change
    }

    /// Now and then another position: past the end of the line or the text, inside a character.
    fn odd(&mut self, (line, column): Position) -> Position {
        match self.random.below(40) {
            0 => (line, column + 1),
            1 => (line, column.saturating_sub(1)),
            2 => (line, column + 1_000),
            3 => (line, u64::from(u32::MAX)),
            4 => (line + 10_000, column),
            _ => (line, column),
        }
    }

    fn request(&mut self, number: usize, client: &mut Client) {
        let method = *self
            .random
            .pick(&[SYMBOLS, HOVER, HOVER, DEFINITION, DEFINITION, FOLDS]);
        let text = self.documents[number].text.clone();
        let positions = Positions::new(&text, self.encoding);
        let uri = &self.documents[number].uri;
        let mut params = json!({"textDocument": {"uri": uri}});
        let digest = Digest::parse(&text);
        let answer = if matches!(method, HOVER | DEFINITION) {
            let offset = self.telling_offset(&digest, number);
            let place = self.odd(positions.position(offset));
            params["position"] = position_json(place);
            let offset = positions.offset(place);
            match method {
                HOVER => hover_at(&digest, &positions, offset),
                _ => definition_at(&digest, &positions, offset),
            }
        } else if method == SYMBOLS {
            symbols(&outline::outline(&digest), &positions)
        } else {
            let folds = folding::folding(&digest);
            let folds = folds
                .iter()
                .map(|fold| json!([fold.first, fold.last, fold.collapsed]));
            folds.collect()
        };
        let (id, bytes) = client.prepare_request(method, &params);
        self.bytes.extend(bytes);
        self.n_messages += 1;
        self.expected.push(Expected {
            id,
            method,
            text: self.documents[number].head().to_owned(),
            params,
            answer,
        });
    }

    /// A place where there may be something to tell: one that edits aim at, or a row of the outline.
    fn telling_offset(&mut self, digest: &Digest, number: usize) -> usize {
        let text = self.documents[number].head();
        let mut rows = Vec::new();
        for row in outline::outline(digest) {
            rows.extend(row.children.iter().map(|row| row.focus.clone()));
            for row in &row.children {
                rows.extend(row.children.iter().map(|row| row.focus.clone()));
            }
        }
        if rows.is_empty() || self.random.one_in(2) {
            return edits::random_edit(&mut self.random, text).range.start;
        }
        let row = self.random.pick(&rows).clone();
        digest
            .text()
            .floor_char_boundary(row.start + self.random.below(row.len()))
    }

    /// A text for a document: a small digest, in letters and with line ends that are harder than
    /// those of real ones.
    fn new_text(&mut self, number: usize) -> String {
        let padding = self.documents[number].padding;
        let random = &mut self.random;
        let text = random.pick(&self.seeds);
        let text = match random.below(3) {
            0 => text.replace("KVM", "K😀VM"),
            1 => text.replace('o', "ö"),
            _ => text.clone(),
        };
        let mut text = match random.below(4) {
            0 => text.replace('\n', "\r\n"),
            1 => text.replace('\n', "\r"),
            _ => text,
        };
        if padding > 0 {
            text.push_str("New:  long\n[PATCH] long\nAuthor: A <a@example.org>\n\n");
            let line = format!("{}\n", "x".repeat(99));
            text.push_str(&line.repeat(padding / line.len()));
        }
        text
    }
}

/// The heads of real digests, each with two neighbouring entries that have something to do with
/// each other: a patch and its cover letter.
fn small_digests() -> Vec<String> {
    let mut small = Vec::new();
    for (_, text) in corpus::digests().unwrap() {
        let digest = Digest::parse(&text);
        let is_entry = |place: &Place<'_>| place.block.kind == BlockKind::Entry;
        let head = digest.blocks().iter().find(is_entry).unwrap().start();
        let entries: Vec<_> = digest.blocks().iter().filter(is_entry).collect();
        for (first, second) in entries.iter().zip(entries.iter().skip(1)) {
            let pair = &text[first.start()..second.range().end];
            let small_text = format!("{}{pair}", &text[..head]);
            let digest = Digest::parse(&small_text);
            let leads_on = definition::definition(&digest, head).is_some();
            if leads_on && small_text.len() < MAX_LEN {
                small.push(small_text);
            }
        }
    }
    small
}

// ---- What has to come, in the form of [`essence`]

fn symbols(rows: &[outline::Row], positions: &Positions<'_>) -> Value {
    let symbol = |row: &outline::Row| {
        json!([
            row.name,
            row.detail,
            positions.range_json(&row.range),
            positions.range_json(&row.focus),
            symbols(&row.children, positions),
        ])
    };
    rows.iter().map(symbol).collect()
}

fn hover_at(digest: &Digest, positions: &Positions<'_>, offset: usize) -> Value {
    let Some(hover) = hover::hover(digest, offset) else {
        return Value::Null;
    };
    json!([hover.page.markdown(), positions.range_json(&hover.range)])
}

fn definition_at(digest: &Digest, positions: &Positions<'_>, offset: usize) -> Value {
    let Some(definition) = definition::definition(digest, offset) else {
        return Value::Null;
    };
    let range = |range: &Range<usize>| positions.range_json(range);
    let link = |target: &definition::Target| {
        json!([
            range(&definition.origin),
            range(&target.full),
            range(&target.focus)
        ])
    };
    definition.targets.iter().map(link).collect()
}

fn diagnostics(problems: &[lints::Problem], positions: &Positions<'_>) -> Value {
    let diagnostic = |problem: &lints::Problem| {
        json!([
            problem.rule.code,
            positions.range_json(&problem.range),
            problem.message
        ])
    };
    problems.iter().map(diagnostic).collect()
}

/// What is compared of an answer.
fn essence(method: &str, result: &Value) -> Value {
    let Some(items) = result.as_array() else {
        return match result {
            Value::Null => Value::Null,
            hover => json!([hover["contents"]["value"], hover["range"]]),
        };
    };
    let item = |item: &Value| match method {
        SYMBOLS => json!([
            item["name"],
            item["detail"],
            item["range"],
            item["selectionRange"],
            item.get("children")
                .map_or(json!([]), |rows| essence(method, rows)),
        ]),
        DEFINITION => json!([
            item["originSelectionRange"],
            item["targetRange"],
            item["targetSelectionRange"],
        ]),
        PUBLISHED => json!([item["code"], item["range"], item["message"]]),
        _ => json!([item["startLine"], item["endLine"], item["collapsedText"]]),
    };
    items.iter().map(item).collect()
}
