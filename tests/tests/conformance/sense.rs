//! Whether answers make sense in the text they are about.

use std::collections::BTreeMap;

use fluent_uri::Uri;
use patch_digest_core::text::Encoding;
use patch_digest_tests::positions::{Position, Positions};
use serde_json::Value;

use crate::permitted::items;
use crate::tokens;

/// The texts that answers name places in.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    /// Open documents, by address.
    pub(crate) open: &'a BTreeMap<String, String>,
    pub(crate) encoding: Encoding,
}

/// What was asked about.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) params: &'a Value,
    /// The document; empty for a question about none.
    pub(crate) uri: &'a str,
}

type Faults<'a> = &'a mut Vec<String>;

/// A position of an answer.
pub(crate) fn position(value: &Value) -> Option<Position> {
    Some((
        value.get("line")?.as_u64()?,
        value.get("character")?.as_u64()?,
    ))
}

/// A range of an answer.
fn range(value: &Value) -> Option<(Position, Position)> {
    Some((position(value.get("start")?)?, position(value.get("end")?)?))
}

fn holds(outer: (Position, Position), inner: (Position, Position)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

impl Texts<'_> {
    /// The text of a document, open or on disk.
    fn text(&self, uri: &str) -> Option<String> {
        if let Some(text) = self.open.get(uri) {
            return Some(text.clone());
        }
        // The folders of tests have plain names.
        std::fs::read_to_string(uri.strip_prefix("file://")?).ok()
    }

    /// What is wrong with an answer.
    pub(crate) fn check(&self, question: &Question<'_>, result: &Value, faults: Faults<'_>) {
        self.places(result, question.uri, &mut BTreeMap::new(), faults);
        let document = self.open.get(question.uri);
        let positions = document.map(|text| Positions::new(text, self.encoding));
        match (question.method, positions) {
            ("textDocument/documentSymbol", _) => {
                items(result).for_each(|symbol| symbols(symbol, faults));
            }
            ("workspace/symbol", _) => {
                items(result).for_each(|symbol| not_empty(symbol, "name", faults));
            }
            ("textDocument/foldingRange", Some(positions)) => {
                folds(result, positions.n_lines(), faults);
            }
            ("textDocument/hover", _) => hover(question, result, faults),
            ("textDocument/selectionRange", _) => selections(question, result, faults),
            ("textDocument/documentHighlight", _) => {
                let place = position(&question.params["position"]);
                let is_meant = |highlight: &Value| {
                    let range = range(&highlight["range"]);
                    range
                        .zip(place)
                        .is_some_and(|(range, place)| holds(range, (place, place)))
                };
                if items(result).next().is_some() && !items(result).any(is_meant) {
                    faults.push("no highlight where the cursor is".to_owned());
                }
            }
            (
                "textDocument/semanticTokens/full" | "textDocument/semanticTokens/range",
                Some(positions),
            ) => {
                check_tokens(&tokens::numbers(result), &positions, faults);
            }
            ("textDocument/codeAction" | "textDocument/codeLens", _) => {
                for item in items(result) {
                    let titled = item.get("command").is_some_and(Value::is_object);
                    let titled = if titled && item.get("title").is_none() {
                        &item["command"]
                    } else {
                        item
                    };
                    if titled.get("title").is_some() {
                        not_empty(titled, "title", faults);
                    }
                    edits(item, faults);
                }
            }
            ("codeAction/resolve", _) => edits(result, faults),
            ("textDocument/inlayHint", _) => hints(question, result, faults),
            _ => {}
        }
    }

    /// Finds every place in a value and looks whether there is one.
    fn places(
        &self,
        value: &Value,
        uri: &str,
        texts: &mut BTreeMap<String, Option<String>>,
        faults: Faults<'_>,
    ) {
        match value {
            Value::Array(values) => {
                values
                    .iter()
                    .for_each(|value| self.places(value, uri, texts, faults));
            }
            Value::Object(members) => {
                if let Some((start, end)) = range(value) {
                    if start > end {
                        faults.push(format!("a range that ends before it starts: {value}"));
                    }
                    self.place(start, uri, texts, faults);
                    self.place(end, uri, texts, faults);
                    return;
                }
                let own = value
                    .get("uri")
                    .or_else(|| value.pointer("/textDocument/uri"));
                let here = own.and_then(Value::as_str).unwrap_or(uri);
                for (name, member) in members {
                    match (name.as_str(), member) {
                        // Nobody but the server and its commands know what these mean.
                        ("data" | "arguments", _) => {}
                        ("changes", Value::Object(changes)) => {
                            for (uri, edits) in changes {
                                self.places(edits, uri, texts, faults);
                            }
                        }
                        ("uri" | "targetUri" | "target" | "href", Value::String(address)) => {
                            if let Err(error) = Uri::parse(address.as_str()) {
                                faults.push(format!("the address {address}: {error}"));
                            }
                        }
                        ("position", _) => {
                            if let Some(place) = position(member) {
                                self.place(place, here, texts, faults);
                            }
                        }
                        ("targetRange" | "targetSelectionRange", _) => {
                            let target = value["targetUri"].as_str().unwrap_or_default();
                            self.places(member, target, texts, faults);
                        }
                        _ => self.places(member, here, texts, faults),
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a position is in a document, and between two characters.
    fn place(
        &self,
        place: Position,
        uri: &str,
        texts: &mut BTreeMap<String, Option<String>>,
        faults: Faults<'_>,
    ) {
        let text = texts.entry(uri.to_owned()).or_insert_with(|| {
            // An edit may make the file with the settings, which is empty then.
            let is_settings = uri.ends_with("/.patch-digest.toml");
            self.text(uri).or_else(|| is_settings.then(String::new))
        });
        let Some(text) = text else {
            // Pages that the server writes have no text here.
            if !uri.starts_with("patch-digest:") {
                faults.push(format!("a place in {uri:?}, which is nowhere"));
            }
            return;
        };
        let positions = Positions::new(text, self.encoding);
        if positions.position(positions.offset(place)) != place {
            faults.push(format!("no place in {uri}: {place:?}"));
        }
    }
}

fn not_empty(value: &Value, member: &str, faults: Faults<'_>) {
    let text = value[member].as_str();
    if text.is_none_or(|text| text.trim().is_empty()) {
        faults.push(format!("an empty {member}: {value}"));
    }
}

fn symbols(symbol: &Value, faults: Faults<'_>) {
    not_empty(symbol, "name", faults);
    let Some(outer) = range(&symbol["range"]) else {
        return;
    };
    let focus = range(&symbol["selectionRange"]);
    if !focus.is_some_and(|focus| holds(outer, focus)) {
        faults.push(format!(
            "a selection outside of its symbol {}",
            symbol["name"]
        ));
    }
    for child in items(&symbol["children"]) {
        if !range(&child["range"]).is_some_and(|inner| holds(outer, inner)) {
            faults.push(format!(
                "{} is outside of {}",
                child["name"], symbol["name"]
            ));
        }
        symbols(child, faults);
    }
}

fn folds(folds: &Value, n_lines: usize, faults: Faults<'_>) {
    let lines = |fold: &Value| Some((fold["startLine"].as_u64()?, fold["endLine"].as_u64()?));
    let mut around: Vec<(u64, u64)> = Vec::new();
    for (start, end) in items(folds).filter_map(lines) {
        if start >= end || end >= n_lines as u64 {
            faults.push(format!("a fold from line {start} to {end} of {n_lines}"));
        }
        while around.last().is_some_and(|&(_, last)| last < start) {
            around.pop();
        }
        if around
            .last()
            .is_some_and(|&(first, last)| start < first || end > last)
        {
            faults.push(format!(
                "a fold from line {start} to {end} across {:?}",
                around.last()
            ));
        }
        around.push((start, end));
    }
}

fn hover(question: &Question<'_>, hover: &Value, faults: Faults<'_>) {
    if hover.is_null() {
        return;
    }
    let contents = &hover["contents"];
    let text = contents["value"].as_str().or_else(|| contents.as_str());
    if text.is_none_or(|text| text.trim().is_empty()) {
        faults.push(format!("an empty hover: {hover}"));
    }
    let place = position(&question.params["position"]);
    if let (Some(range), Some(place)) = (range(&hover["range"]), place)
        && !holds(range, (place, place))
    {
        faults.push(format!("a hover about another place: {hover}"));
    }
}

fn selections(question: &Question<'_>, result: &Value, faults: Faults<'_>) {
    if result.is_null() {
        return;
    }
    let places: Vec<_> = items(&question.params["positions"])
        .filter_map(position)
        .collect();
    if items(result).count() != places.len() {
        faults.push("as many selections as positions".to_owned());
    }
    for (selection, place) in items(result).zip(places) {
        let mut inner = (place, place);
        let mut next = Some(selection);
        while let Some(selection) = next {
            match range(&selection["range"]) {
                Some(outer) if holds(outer, inner) => inner = outer,
                _ => faults.push(format!("a selection that does not grow: {selection}")),
            }
            next = selection.get("parent").filter(|parent| !parent.is_null());
        }
    }
}

fn hints(question: &Question<'_>, hints: &Value, faults: Faults<'_>) {
    let asked = range(&question.params["range"]);
    for hint in items(hints) {
        let empty = match &hint["label"] {
            Value::String(label) => label.trim().is_empty(),
            label => items(label).next().is_none(),
        };
        if empty {
            faults.push(format!("an empty hint: {hint}"));
        }
        let place = position(&hint["position"]);
        if !asked
            .zip(place)
            .is_some_and(|(asked, place)| holds(asked, (place, place)))
        {
            faults.push(format!("a hint outside of what was asked about: {hint}"));
        }
    }
}

/// The edits of an action: each document's can be applied together.
fn edits(action: &Value, faults: Faults<'_>) {
    let edit = &action["edit"];
    let changes = edit["changes"].as_object().into_iter().flatten();
    let documents = items(&edit["documentChanges"]).map(|change| &change["edits"]);
    for edits in changes.map(|(_, edits)| edits).chain(documents) {
        let mut ranges: Vec<_> = items(edits)
            .filter_map(|edit| range(&edit["range"]))
            .collect();
        ranges.sort_unstable();
        if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            faults.push(format!("edits that overlap: {edits}"));
        }
    }
}

pub(crate) fn check_tokens(numbers: &[u64], positions: &Positions<'_>, faults: Faults<'_>) {
    let mut end = (0, 0);
    for token in tokens::decode(numbers) {
        let start = (token.line, token.column);
        let after = (token.line, token.column + token.length);
        if start < end || token.length == 0 {
            faults.push(format!("a token that is empty or overlaps: {token:?}"));
        }
        for place in [start, after] {
            if positions.position(positions.offset(place)) != place {
                faults.push(format!("no place of a token: {token:?}"));
            }
        }
        end = after;
    }
}

#[test]
fn nonsense_is_found() {
    use serde_json::json;
    let uri = "file:///a.txt";
    let open = BTreeMap::from([(uri.to_owned(), "aü\nb\n".to_owned())]);
    let texts = Texts {
        open: &open,
        encoding: Encoding::Utf8,
    };
    let at = |line: u64, start: u64, end: u64| json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}});
    let n_faults = |method: &str, params: &Value, result: &Value| {
        let mut faults = Vec::new();
        let question = Question {
            method,
            params,
            uri,
        };
        texts.check(&question, result, &mut faults);
        faults.len()
    };
    let none = Value::Null;
    let symbol = |name: &str, range: &Value, focus: &Value| json!([{"name": name, "range": range, "selectionRange": focus}]);
    let symbols = "textDocument/documentSymbol";
    for (n_expected, method, params, result) in [
        (0, symbols, &none, symbol("x", &at(0, 0, 3), &at(0, 0, 1))),
        (1, symbols, &none, symbol(" ", &at(0, 0, 3), &at(0, 0, 1))),
        (1, symbols, &none, symbol("x", &at(0, 0, 1), &at(0, 0, 3))),
        // Inside of a character, past the end of the line, past the last line.
        (1, symbols, &none, symbol("x", &at(0, 0, 2), &at(0, 0, 1))),
        (1, symbols, &none, symbol("x", &at(1, 0, 2), &at(1, 0, 1))),
        (4, symbols, &none, symbol("x", &at(3, 0, 0), &at(3, 0, 0))),
        (
            0,
            "textDocument/foldingRange",
            &none,
            json!([{"startLine": 0, "endLine": 1}]),
        ),
        (
            1,
            "textDocument/foldingRange",
            &none,
            json!([{"startLine": 1, "endLine": 1}]),
        ),
        (
            1,
            "textDocument/foldingRange",
            &none,
            json!([{"startLine": 0, "endLine": 1}, {"startLine": 1, "endLine": 2}]),
        ),
        (
            0,
            "textDocument/documentLink",
            &none,
            json!([{"target": "https://example.org/"}]),
        ),
        (
            1,
            "textDocument/documentLink",
            &none,
            json!([{"target": "example"}]),
        ),
        (
            1,
            "textDocument/hover",
            &json!({"position": {"line": 1, "character": 0}}),
            json!({"contents": {"value": "x"}, "range": at(0, 0, 1)}),
        ),
        (
            0,
            "textDocument/semanticTokens/full",
            &none,
            json!({"data": [0, 0, 1, 0, 0, 0, 1, 2, 0, 0]}),
        ),
        (
            1,
            "textDocument/semanticTokens/full",
            &none,
            json!({"data": [0, 0, 3, 0, 0, 0, 1, 2, 0, 0]}),
        ),
        (
            1,
            "textDocument/codeAction",
            &none,
            json!([{"title": "x", "edit": {"changes": {
                uri: [{"range": at(0, 0, 3), "newText": ""}, {"range": at(0, 1, 3), "newText": ""}],
            }}}]),
        ),
    ] {
        assert_eq!(
            n_faults(method, params, &result),
            n_expected,
            "{method} {result}"
        );
    }
}
