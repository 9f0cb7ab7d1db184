//! The outline as JSON, for clients that take a tree: written straight from the plan of the outline
//! and the lines at which entries start. With the protocol's types in between, an outline of
//! twenty thousand rows would take ten times as long. Tested in `tests/tests/protocol/features.rs`
//! against the rows of the core.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use patch_digest_core::Digest;
use patch_digest_core::features::outline::plan::{Item, Items, Name, Spot};
use patch_digest_core::features::outline::{self, RowKind};
use patch_digest_core::features::versions::OutlineNote;
use patch_digest_core::syntax::Entry;
use patch_digest_core::text::{Encoding, Text};

use crate::client_caps::ClientCaps;
use crate::json::{self, Piece};
use crate::to_proto::symbol_kind;
use crate::transport::{Pieces, large_buffer};
use crate::two;

/// What other digests tell of the series of some entries, by the entry that speaks for each.
pub(crate) type Notes = HashMap<usize, OutlineNote>;

/// Parts that the outline of a large digest is printed in: so many that two threads, of which each takes the
/// next one when it has printed one, end at about the same time.
const N_PARTS: usize = 32;

/// The result of `textDocument/documentSymbol`.
pub(crate) fn printed(digest: &Digest, caps: &ClientCaps, notes: &Notes) -> Pieces {
    if !digest.is_digest() {
        return b"[]".to_vec().into();
    }
    let plan = digest.plan();
    let places = Places::new(digest, caps.encoding);
    // What stands around names and details, and eight numbers.
    let n_bytes = plan.n_bytes() + plan.n_items() * 260 + 64;
    let printer = || Printer {
        places: &places,
        kinds: Kinds::new(),
        has_tags: caps.symbol_tags,
        notes,
        json: large_buffer(n_bytes),
    };
    if digest.text().len() < two::LARGE {
        let mut all = printer();
        all.json.push(b'[');
        all.symbols(plan.items(digest.model()), 0);
        all.json.push(b']');
        return all.json.into();
    }
    let parts = Parts::of(plan.in_parts(digest.model(), N_PARTS));
    let print = |from| {
        let mut printer = printer();
        let mut ranges = Vec::new();
        while let Some((number, part)) = parts.next(from) {
            let start = printer.json.len();
            printer.symbols(part.items, part.next_depth);
            ranges.push((number, start..printer.json.len()));
        }
        (printer.json, ranges)
    };
    let mut behind = Default::default();
    let before = two::both(|| print(End::Front), || behind = print(End::Back));
    let mut pieces = Pieces::from(b"[".to_vec());
    pieces.push_numbered([before, behind]);
    pieces.push(b"]".to_vec());
    pieces
}

/// Parts of an outline that are still to be printed, with their numbers.
struct Parts<'a>(Mutex<VecDeque<(usize, Part<'a>)>>);

struct Part<'a> {
    items: Items<'a>,
    /// The depth of the first symbol behind it.
    next_depth: u8,
}

/// Where a thread takes parts from: so those of each lie one behind the other in its memory.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

impl<'a> Parts<'a> {
    fn of(parts: Vec<Items<'a>>) -> Self {
        let depth = |items: &Items<'_>| items.clone().next().map_or(0, |first| first.depth);
        let next_depths: Vec<_> = parts.iter().skip(1).map(depth).chain([0]).collect();
        let parts = parts.into_iter().zip(next_depths);
        let parts = parts.map(|(items, next_depth)| Part { items, next_depth });
        Self(Mutex::new(parts.enumerate().collect()))
    }

    fn next(&self, from: End) -> Option<(usize, Part<'a>)> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match from {
            End::Front => left.pop_front(),
            End::Back => left.pop_back(),
        }
    }
}

struct Printer<'a> {
    places: &'a Places<'a>,
    kinds: Kinds,
    has_tags: bool,
    notes: &'a Notes,
    json: Vec<u8>,
}

impl Printer<'_> {
    /// Prints symbols, with a comma behind the last one where others of its depth, or of one above it, follow.
    fn symbols(&mut self, items: Items<'_>, next_depth: u8) {
        let mut items = items.peekable();
        while let Some(item) = items.next() {
            let next_depth = items.peek().map_or(next_depth, |next| next.depth);
            self.symbol(&item, next_depth);
            if next_depth <= item.depth && next_depth > 0 {
                self.json.push(b',');
            }
        }
    }

    /// Prints a symbol, open for its children where the next one is deeper, and else closed as far
    /// as that one wants.
    fn symbol(&mut self, item: &Item<'_>, next_depth: u8) {
        let (range, focus) = self.places.of(item.spot);
        let json = &mut self.json;
        json.extend_from_slice(br#"{"name":"#);
        name(json, item.name);
        let note = note(self.notes, item);
        match (item.detail, note) {
            (Some(detail), None) => {
                json.extend_from_slice(br#","detail":"#);
                json::string(json, detail);
            }
            (detail, Some(note)) => {
                let parts = [detail.unwrap_or_default(), &note.text];
                let parts = parts.into_iter().filter(|part| !part.is_empty());
                json.extend_from_slice(br#","detail":"#);
                json::string(json, &parts.collect::<Vec<_>>().join(" · "));
            }
            (None, None) => {}
        }
        let mut tail = Tail::new();
        tail.put(br#","kind":"#);
        tail.put_number(self.kinds.of(item.kind));
        let superseded = item.superseded || note.is_some_and(|note| note.superseded);
        if superseded && self.has_tags {
            tail.put(br#","tags":[1]"#);
        }
        tail.put(br#","range":"#);
        range.print(&mut tail);
        tail.put(br#","selectionRange":"#);
        focus.print(&mut tail);
        if next_depth > item.depth {
            tail.put(br#","children":["#);
        } else {
            tail.put(b"}");
        }
        json.extend_from_slice(tail.bytes());
        for _ in next_depth..item.depth {
            json.extend_from_slice(b"]}");
        }
    }
}

/// The note to the row of a series or single mail.
fn note<'a>(notes: &'a Notes, item: &Item<'_>) -> Option<&'a OutlineNote> {
    if notes.is_empty() || !matches!(item.kind, RowKind::Series | RowKind::Single) {
        return None;
    }
    match item.spot {
        Spot::Entry(entry) | Spot::Run { lead: entry, .. } => notes.get(&(entry as usize)),
        _ => None,
    }
}

/// What stands behind the name and the detail of a symbol, numbers and all.
type Tail = Piece<320>;

/// The numbers of the kinds of symbols.
struct Kinds([(RowKind, u32); 6]);

impl Kinds {
    fn new() -> Self {
        use RowKind as K;
        let kinds = [
            K::Listed,
            K::Patch,
            K::Single,
            K::Series,
            K::Note,
            K::Digest,
        ];
        // The types of the protocol show their numbers only in print.
        let printed = |kind| serde_json::to_string(&symbol_kind(kind)).unwrap_or_default();
        Self(kinds.map(|kind| (kind, printed(kind).parse().unwrap_or_default())))
    }

    fn of(&self, kind: RowKind) -> u32 {
        let found = self.0.iter().find(|(of, _)| *of == kind);
        found.map_or(0, |(_, number)| *number)
    }
}

/// What a row says, in its quotes. Nine of ten rows are patches, so their numbers are not formatted by way
/// of [`Display`](std::fmt::Display); they look the same.
fn name(json: &mut Vec<u8>, name: Name<'_>) {
    let patch = match name {
        Name::Text(text) => return json::string(json, text),
        Name::Patch(patch) => patch,
    };
    let mut number = Piece::<16>::new();
    if let Some(of_patch) = patch.number {
        number.put_number(of_patch);
    }
    let (least, filler) = match patch.number {
        Some(_) => (patch.width, b'0'),
        None => (patch.width.max(2), b'-'),
    };
    let mut total = Piece::<20>::new();
    total.put(b"/");
    total.put_number(narrow(patch.total));
    total.put(b" ");
    json.push(b'"');
    for _ in number.bytes().len()..least {
        json.push(filler);
    }
    json.extend_from_slice(number.bytes());
    json.extend_from_slice(total.bytes());
    json::inside(json, patch.title);
    json.push(b'"');
}

/// A position as the protocol has it: line and column, both zero-based.
type Position = (u32, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    start: Position,
    end: Position,
}

impl Range {
    #[inline(always)]
    fn print(self, json: &mut Tail) {
        json.put(br#"{"start":{"line":"#);
        json.put_number(self.start.0);
        json.put(br#","character":"#);
        json.put_number(self.start.1);
        json.put(br#"},"end":{"line":"#);
        json.put_number(self.end.0);
        json.put(br#","character":"#);
        json.put_number(self.end.1);
        json.put(b"}}");
    }
}

/// Where rows stand, as positions.
struct Places<'a> {
    digest: &'a Digest,
    encoding: Encoding,
    entries: Vec<(&'a Entry, Range)>,
}

impl<'a> Places<'a> {
    fn new(digest: &'a Digest, encoding: Encoding) -> Self {
        let mut places = Self {
            digest,
            encoding,
            entries: Vec::with_capacity(digest.blocks().sum().entries),
        };
        let n_bytes = digest.text().len();
        for place in digest.blocks().iter() {
            let Some(entry) = place.block.entry() else {
                continue;
            };
            let start = narrow(place.line());
            // Blocks end with a line, except the last one.
            let end = if place.range().end == n_bytes {
                places.position(n_bytes)
            } else {
                (start + place.block.n_line_breaks, 0)
            };
            let range = Range {
                start: (start, 0),
                end,
            };
            places.entries.push((entry, range));
        }
        places
    }

    fn of(&self, spot: Spot) -> (Range, Range) {
        let entry = |entry: u32| self.entries.get(entry as usize);
        let found = match spot {
            Spot::Entry(idx) => {
                entry(idx).and_then(|(entry, range)| Some((*range, self.subject(entry, range)?)))
            }
            Spot::Run {
                first,
                last,
                lead,
                log: None,
            } => entry(first).zip(entry(last)).zip(entry(lead)).and_then(
                |((first, last), (lead, at))| {
                    let range = Range {
                        start: first.1.start,
                        end: last.1.end,
                    };
                    Some((range, self.subject(lead, at)?))
                },
            ),
            Spot::Listed { cover, title } => entry(cover).and_then(|(entry, at)| {
                let title = entry.titles.get(title as usize)?;
                let line = at.start.0 + title.line;
                let (start, end) = title.columns?;
                let range = Range {
                    start: (line, start.into()),
                    end: (line + u32::from(title.n_lines) - 1, end.into()),
                };
                Some((range, range))
            }),
            _ => None,
        };
        found.unwrap_or_else(|| {
            let (range, focus) = outline::ranges(self.digest, spot);
            (self.range(&range), self.range(&focus))
        })
    }

    /// The subject line of an entry.
    fn subject(&self, entry: &Entry, at: &Range) -> Option<Range> {
        let subject = entry.subject?;
        let line = at.start.0 + subject.line();
        let n_bytes = subject.span.end - subject.span.start;
        let text = || entry.facts().subject.as_deref();
        let width = match self.encoding {
            Encoding::Utf16 if !entry.subject_is_ascii => narrow(text()?.encode_utf16().count()),
            Encoding::Utf32 if !entry.subject_is_ascii => narrow(text()?.chars().count()),
            _ => n_bytes,
        };
        Some(Range {
            start: (line, 0),
            end: (line, width),
        })
    }

    fn range(&self, range: &std::ops::Range<usize>) -> Range {
        Range {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }

    fn position(&self, offset: usize) -> Position {
        let text: &Text = self.digest.text();
        let (line, column) = text.position_of(offset, self.encoding);
        (narrow(line), narrow(column))
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patch_digest_core::features::names::Numbered;
    use serde_json::{Value, json};

    const REAL: &str = include_str!("../../../tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt");

    #[test]
    fn patches_are_numbered_as_everywhere() {
        for number in [None, Some(0), Some(7), Some(12), Some(u32::MAX)] {
            for (width, total) in [(0, 0), (1, 9), (2, 17), (3, 100), (10, u32::MAX as usize)] {
                for title in ["kvm: a \"title\"", "(no title)", "\\ \u{1} é"] {
                    let patch = Numbered {
                        number,
                        width,
                        total,
                        title,
                    };
                    let mut printed = Vec::new();
                    name(&mut printed, Name::Patch(patch));
                    let printed: Value = serde_json::from_slice(&printed).expect("JSON");
                    assert_eq!(printed, json!(patch.to_string()));
                }
            }
        }
    }

    /// The same outline, with every offset looked up in the text.
    fn expected(digest: &Digest, rows: &[outline::Row], encoding: Encoding) -> Value {
        let position = |offset| {
            let (line, character) = digest.text().position_of(offset, encoding);
            json!({ "line": line, "character": character })
        };
        let range = |range: &std::ops::Range<usize>| json!({ "start": position(range.start), "end": position(range.end) });
        let symbol = |row: &outline::Row| {
            let mut symbol = json!({
                "name": row.name,
                "kind": symbol_kind(row.kind),
                "range": range(&row.range),
                "selectionRange": range(&row.focus),
            });
            if let Some(detail) = &row.detail {
                symbol["detail"] = json!(detail);
            }
            if row.superseded {
                symbol["tags"] = json!([1]);
            }
            if !row.children.is_empty() {
                symbol["children"] = expected(digest, &row.children, encoding);
            }
            symbol
        };
        rows.iter().map(symbol).collect()
    }

    #[track_caller]
    fn check(digest: &Digest) {
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let caps = ClientCaps {
                encoding,
                symbol_tags: true,
                ..ClientCaps::default()
            };
            let printed: Value =
                serde_json::from_slice(&printed(digest, &caps, &Notes::new()).joined()).unwrap();
            let rows = outline::outline(digest);
            assert_eq!(printed, expected(digest, &rows, encoding), "{encoding:?}");
        }
    }

    #[test]
    fn symbols_stand_where_the_rows_do() {
        check(&Digest::parse(REAL));
        check(&Digest::parse(REAL.replace('\n', "\r\n")));
        check(&Digest::parse("no digest"));
        // Wrapped titles, letters of several units, quotes, no line break at the end.
        let odd = "New:  \"ü\" 😀\n[PATCH 0/2] \"ü\" 😀\nAuthor: A <a@b.c>\n\nA (2):\n  one 😀\n  \
                   two\n    goes on\n\n\n-- \nNew:  x\n[PATCH 2/2] two goes on\nAuthor: A <a@b.c>\n\nü";
        check(&Digest::parse(odd));
    }

    #[test]
    fn symbols_of_a_large_digest_are_printed_by_two() {
        let large = REAL.repeat(two::LARGE / REAL.len() + 1);
        check(&Digest::parse(large));
        // One series, which is in one of the two parts.
        let cover = "New:  a\n[PATCH 0/2] a\nAuthor: A <a@b.c>\n\n";
        let cover = cover.to_owned() + &"some prose\n".repeat(two::LARGE / 10);
        check(&Digest::parse(cover));
    }

    #[test]
    fn symbols_move_with_the_text_while_their_plan_stays() {
        let mut digest = Digest::parse(REAL);
        let before = digest.clone();
        let at = REAL.find("\n\n").unwrap_or(0);
        digest.plan();
        for (at, insert) in [
            (REAL.len() / 2, "\n\nü\n"),
            (REAL.len() / 3, "x"),
            (at, "\n"),
        ] {
            let at = digest.text().line_start(digest.text().line_of(at));
            digest.edit(at..at, insert);
            check(&digest);
        }
        check(&before);
    }
}
