//! Editors at work, made up: documents that are opened, edited, asked about and closed, at random
//! but with a seed.
//!
//! What the client knows of its documents is kept as plain strings and with positions converted by
//! [`crate::positions`], which shares nothing with the server. What the answers have to be is the
//! business of whoever sends the messages: `tests/order.rs`, and `soak` among the programs here.

use patch_digest_core::Digest;
use patch_digest_core::features::{definition, outline};
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::syntax::blocks::Place;
use patch_digest_core::text::Encoding;
use serde_json::{Value, json};

use crate::client::{frame, notification};
use crate::positions::{Position, Positions, position_json};
use crate::random::Random;
use crate::{corpus, edits};

/// Longer texts are replaced, or comparing answers would take long: each request parses one afresh.
const MAX_LEN: usize = 5_000;

/// Shorter texts are replaced, or most requests would have nothing to tell.
const MIN_LEN: usize = 1_500;

/// A document as the client knows it.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Its address.
    pub uri: String,
    /// Its version; counts up, also over being closed and opened again.
    pub version: i32,
    /// Its text.
    pub text: String,
    /// The bytes at the end of a long text that do not matter.
    pub padding: usize,
}

impl Document {
    /// The text that matters.
    #[must_use]
    pub fn head(&self) -> &str {
        let len = self.text.len().saturating_sub(self.padding);
        &self.text[..self.text.floor_char_boundary(len)]
    }

    /// The notification that opens it as it is.
    #[must_use]
    pub fn opened(&self) -> Value {
        let item = json!({
            "uri": self.uri,
            "languageId": "patch-digest",
            "version": self.version,
            "text": self.text,
        });
        notification("textDocument/didOpen", &json!({"textDocument": item}))
    }

    /// The notification that closes it.
    #[must_use]
    pub fn closed(&self) -> Value {
        let params = json!({"textDocument": {"uri": self.uri}});
        notification("textDocument/didClose", &params)
    }
}

/// A client's side of a session: its documents, and the bytes of the messages made so far.
#[derive(Debug)]
pub struct Traffic {
    /// Every choice comes from here.
    pub random: Random,
    /// What columns count.
    pub encoding: Encoding,
    /// The documents; which one a message is about is up to the caller.
    pub documents: Vec<Document>,
    /// Messages that have not been sent, as they go over the wire.
    pub bytes: Vec<u8>,
    /// How many changes of documents there were, several in one notification counted each.
    pub n_edits: u64,
    seeds: Vec<String>,
}

impl Traffic {
    /// Documents that are not open yet, the last of them long: `padding` bytes more than others.
    ///
    /// # Panics
    ///
    /// When the real digests cannot be read.
    #[must_use]
    pub fn new(encoding: Encoding, seed: u64, folder: &str, n: usize, padding: usize) -> Self {
        let document = |number| Document {
            uri: format!("{folder}/number%20{number}.txt"),
            padding: if number + 1 == n { padding } else { 0 },
            ..Document::default()
        };
        Self {
            random: Random::new(seed),
            encoding,
            documents: (0..n).map(document).collect(),
            bytes: Vec::new(),
            n_edits: 0,
            seeds: small_digests(),
        }
    }

    /// Has all new texts tell of a few series, in several versions.
    ///
    /// # Panics
    ///
    /// When no real digest of this size holds a later version.
    pub fn stay_with_a_few_series(&mut self) {
        const TAG: &str = "[PATCH v";
        self.seeds.retain(|text| text.contains(TAG));
        self.seeds.truncate(3);
        assert!(!self.seeds.is_empty(), "no later version in the corpus");
        let later = |version: usize| {
            let tag = |old: u32| format!("{TAG}{old} ");
            let texts = self.seeds.iter();
            texts.map(move |text| {
                let all = (2..9).fold(text.clone(), |text, old| text.replace(&tag(old), &tag(10)));
                all.replace(&tag(10), &format!("{TAG}{version} "))
            })
        };
        let later: Vec<String> = (11..14).flat_map(later).collect();
        self.seeds.extend(later);
    }

    /// Takes the bytes of the messages made since the last time.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Adds a message.
    pub fn say(&mut self, message: &Value) {
        self.bytes.extend(frame(message));
    }

    /// Opens a document with a new text.
    pub fn open(&mut self, number: usize) {
        let text = self.new_text(number);
        let document = &mut self.documents[number];
        document.text = text;
        document.version += 1;
        let opened = document.opened();
        self.say(&opened);
    }

    /// Closes a document.
    pub fn close(&mut self, number: usize) {
        let closed = self.documents[number].closed();
        self.say(&closed);
    }

    /// A notification with some changes of a document, one after the other.
    pub fn edit(&mut self, number: usize) {
        let n_changes = match self.random.below(10) {
            0..7 => 1,
            more => more - 5,
        };
        let changes: Vec<_> = (0..n_changes).map(|_| self.change(number)).collect();
        self.n_edits += changes.len() as u64;
        let document = &mut self.documents[number];
        document.version += 1;
        let item = json!({"uri": document.uri, "version": document.version});
        let params = json!({"textDocument": item, "contentChanges": changes});
        self.say(&notification("textDocument/didChange", &params));
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
        let (range, insert) = if self.random.one_in(8) {
            let at = self.place_between_halves(number);
            (
                at..at,
                (*self.random.pick(&["x", "\n", "\r", "ü"])).to_owned(),
            )
        } else if self.random.one_in(30) {
            (text.len()..text.len(), "New:  last\n".to_owned())
        } else {
            let edit = edits::random_edit(&mut self.random, document.head());
            (edit.range, edit.insert)
        };
        let positions = Positions::new(&text, self.encoding);
        let mut place = |offset| self.odd(positions.position(offset));
        let (start, end) = (place(range.start), place(range.end));
        let change = json!({
            "range": {"start": position_json(start), "end": position_json(end)},
            "text": insert,
        });
        // What the text between two positions is, whatever the edit meant them to be.
        self.documents[number].text = positions.edited(start, end, &insert);
        change
    }

    /// Before or behind a line break or a character that takes two UTF-16 units, from which the
    /// odd position beside it is one between the halves.
    fn place_between_halves(&mut self, number: usize) -> usize {
        let text = self.documents[number].head();
        let from = text.floor_char_boundary(self.random.below(text.len()));
        let is_double = |c: char| c == '\r' || c.len_utf16() == 2;
        let found = text[from..].find(is_double).map_or(from, |at| from + at);
        let width = text[found..].chars().next().map_or(0, char::len_utf8);
        found + if self.random.one_in(2) { width } else { 0 }
    }

    /// Now and then another position: past the end of the line or the text, inside a character.
    pub fn odd(&mut self, (line, column): Position) -> Position {
        match self.random.below(40) {
            0 => (line, column + 1),
            1 => (line, column.saturating_sub(1)),
            2 => (line, column + 1_000),
            3 => (line, u64::from(u32::MAX)),
            4 => (line + 10_000, column),
            _ => (line, column),
        }
    }

    /// A place where there may be something to tell: one that edits aim at, or a row of the outline.
    pub fn telling_offset(&mut self, digest: &Digest, number: usize) -> usize {
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
///
/// # Panics
///
/// When the real digests cannot be read.
#[must_use]
pub fn small_digests() -> Vec<String> {
    let digests = match corpus::digests() {
        Ok(digests) => digests,
        Err(error) => panic!("reading the corpus: {error}"),
    };
    let mut small = Vec::new();
    for (_, text) in digests {
        let digest = Digest::parse(&text);
        let is_entry = |place: &Place<'_>| place.block.kind == BlockKind::Entry;
        let entries: Vec<_> = digest.blocks().iter().filter(is_entry).collect();
        let Some(head) = entries.first().map(Place::start) else {
            continue;
        };
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
