//! The strings of a contribution, in one text. Those that several rows have in common stand there once.

use std::collections::hash_map::Entry;

use super::{MAX_TEXT, index, map_of};
use crate::model::keys::{self, KeyMap};
use crate::workspace::contribution::Piece;

/// The text of a contribution under construction.
pub(super) struct Strings {
    text: String,
    shared: KeyMap<Piece>,
}

impl Strings {
    pub(super) fn new(n_bytes: usize, n_shared: usize) -> Self {
        Self {
            text: String::with_capacity(n_bytes),
            shared: map_of(n_shared),
        }
    }

    /// The text of a piece.
    pub(super) fn get(&self, piece: Piece) -> &str {
        let start = piece.start as usize;
        let text = self.text.get(start..start + piece.len as usize);
        text.unwrap_or_default()
    }

    /// A piece of its own.
    pub(super) fn add(&mut self, text: &str) -> Piece {
        added(&mut self.text, clip(text))
    }

    /// A piece that several rows have in common.
    pub(super) fn share(&mut self, text: &str) -> Piece {
        self.share_by_key(text, keys::exact(clip(text)))
    }

    /// As [`Strings::share`], for a text whose [`keys::exact`] is known, clipped as it is kept.
    pub(super) fn share_by_key(&mut self, text: &str, key: u64) -> Piece {
        if text.is_empty() {
            return Piece::default();
        }
        match self.shared.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => *place.insert(added(&mut self.text, clip(text))),
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn added(all: &mut String, text: &str) -> Piece {
    let start = index(all.len());
    all.push_str(text);
    Piece {
        start,
        len: index(text.len()),
    }
}

/// What is kept of a text.
pub(super) fn clip(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    text.get(..text.floor_char_boundary(MAX_TEXT))
        .unwrap_or(text)
}
