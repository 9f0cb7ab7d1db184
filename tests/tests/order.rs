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
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::{Client, notification};
use patch_digest_tests::positions::{Positions, position_json};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::traffic::Traffic;
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
        let random = &mut burst.traffic.random;
        let document = if random.one_in(LONG_ONE_IN) {
            N_DOCUMENTS - 1
        } else {
            random.below(N_DOCUMENTS - 1)
        };
        match random.below(200) {
            0 => burst.reopen(document, &mut client),
            1..100 => burst.edit(document),
            100..110 => burst.cancel(),
            _ => burst.request(document, &mut client),
        }
    }
    client.send_bytes(&burst.traffic.take_bytes());

    let mut told = Told::default();
    for expected in &burst.expected {
        let Expected {
            id,
            method,
            text,
            params,
            answer,
            is_cancelled,
        } = expected;
        let message = client.answer(*id);
        if *is_cancelled && message["error"]["code"] == REQUEST_CANCELLED {
            told.cancelled += 1;
            continue;
        }
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
    for document in &burst.traffic.documents {
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
    assert!(n_published >= N_DOCUMENTS && burst.n_cancels > N_MESSAGES / 100);
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
    /// Whether it was taken back; then there may be no answer.
    is_cancelled: bool,
}

/// How many requests had something to tell: silence is easily right.
#[derive(Default)]
struct Told {
    symbols: usize,
    hovers: usize,
    definitions: usize,
    folds: usize,
    nothing: usize,
    cancelled: usize,
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
        assert!(self.nothing > 0 && self.cancelled > 0, "{told:?}");
    }
}

const SYMBOLS: &str = "textDocument/documentSymbol";
const HOVER: &str = "textDocument/hover";
const DEFINITION: &str = "textDocument/definition";
const FOLDS: &str = "textDocument/foldingRange";
const PUBLISHED: &str = "textDocument/publishDiagnostics";
const REQUEST_CANCELLED: i64 = -32800;

/// The messages, and what the server has to make of them.
struct Burst {
    traffic: Traffic,
    /// What each version of each document is, by address and version.
    texts: HashMap<(String, i64), String>,
    n_messages: usize,
    n_cancels: usize,
    expected: Vec<Expected>,
}

impl Burst {
    fn new(encoding: Encoding, seed: u64) -> Self {
        // Not files: what is expected here of a digest is what it tells by itself. `order_across`
        // is about those that know of each other.
        let folder = "vscode-remote://ssh-remote+host/digests";
        Self {
            traffic: Traffic::new(encoding, seed, folder, N_DOCUMENTS, PADDING),
            texts: HashMap::new(),
            n_messages: 0,
            n_cancels: 0,
            expected: Vec::new(),
        }
    }

    fn open(&mut self, number: usize) {
        self.traffic.open(number);
        self.keep_version(number);
    }

    fn keep_version(&mut self, number: usize) {
        let document = &self.traffic.documents[number];
        let key = (document.uri.clone(), i64::from(document.version));
        self.texts.insert(key, document.text.clone());
    }

    /// Closes a document, asks for something in it all the same, and opens it again.
    fn reopen(&mut self, number: usize, client: &mut Client) {
        self.traffic.close(number);
        let params = json!({"textDocument": {"uri": self.traffic.documents[number].uri}});
        let (id, bytes) = client.prepare_request(SYMBOLS, &params);
        self.traffic.bytes.extend(bytes);
        self.expected.push(Expected {
            id,
            method: SYMBOLS,
            text: "(closed)".to_owned(),
            params,
            answer: Value::Null,
            is_cancelled: false,
        });
        self.open(number);
        self.n_messages += 3;
    }

    fn edit(&mut self, number: usize) {
        self.traffic.edit(number);
        self.keep_version(number);
        self.n_messages += 1;
    }

    /// Takes back a request of the last few, which may have its answer already.
    fn cancel(&mut self) {
        let n_back = 1 + self.traffic.random.below(20);
        let Some(at) = self.expected.len().checked_sub(n_back) else {
            return;
        };
        let request = &mut self.expected[at];
        request.is_cancelled = true;
        let cancel = notification("$/cancelRequest", &json!({"id": request.id}));
        self.traffic.say(&cancel);
        self.n_cancels += 1;
        self.n_messages += 1;
    }

    fn request(&mut self, number: usize, client: &mut Client) {
        let traffic = &mut self.traffic;
        let method = *traffic
            .random
            .pick(&[SYMBOLS, HOVER, HOVER, DEFINITION, DEFINITION, FOLDS]);
        let text = traffic.documents[number].text.clone();
        let positions = Positions::new(&text, traffic.encoding);
        let mut params = json!({"textDocument": {"uri": traffic.documents[number].uri}});
        let digest = Digest::parse(&text);
        let answer = if matches!(method, HOVER | DEFINITION) {
            let offset = traffic.telling_offset(&digest, number);
            let place = traffic.odd(positions.position(offset));
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
        traffic.bytes.extend(bytes);
        self.n_messages += 1;
        self.expected.push(Expected {
            id,
            method,
            text: traffic.documents[number].head().to_owned(),
            params,
            answer,
            is_cancelled: false,
        });
    }
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
    // The cursor may stand beside what is told of, in the indentation of its line.
    let range = hover.range.start.min(offset)..hover.range.end.max(offset);
    json!([hover.page.markdown(), positions.range_json(&range)])
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
