//! The tokens of a digest block by block, kept so that after an edit only the blocks it touched are
//! looked at, and only what differs is sent.
//!
//! A block that edits left alone is the same allocation as before, so comparing two states of a digest is
//! comparing addresses. That is sound as long as the older state lives, which is why it is kept here.
//! Held against tokens made afresh, under random edits, in `tests/tests/tokens.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Token, TokenKind, block_tokens, superseded};
use crate::digest::Digest;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::line::Heading;
use crate::text::Encoding;

/// The tokens of one state of a digest.
#[derive(Debug, Clone)]
pub struct Kept {
    digest: Digest,
    encoding: Encoding,
    superseded: Arc<[bool]>,
    pieces: Vec<Piece>,
}

/// A token as editors are told of it: by its distance from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Lines below the token before; from the first line for the first token.
    pub lines: u32,
    /// Columns behind the start of the token before, or from the start of the line.
    pub columns: u32,
    /// Its length in columns.
    pub length: u32,
    /// What it is.
    pub kind: TokenKind,
    /// As [`Token::is_definition`].
    pub is_definition: bool,
    /// As [`Token::is_superseded`].
    pub is_superseded: bool,
}

/// What differs between two states: some tokens in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Number of tokens before the first that differs.
    pub at: usize,
    /// Number of tokens that are replaced.
    pub n_removed: usize,
    /// What takes their place.
    pub inserted: Vec<Relative>,
}

/// A token in its block, in columns of the encoding agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Drawn {
    line: u32,
    column: u32,
    length: u32,
    kind: TokenKind,
    is_definition: bool,
    is_superseded: bool,
}

/// The tokens of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    key: Key,
    tokens: Arc<[Drawn]>,
}

/// What tells that a block is the one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    /// The address of what stands where in an entry; 0 for other blocks.
    entry: usize,
    kind: BlockKind,
    n_line_breaks: u32,
    is_superseded: bool,
}

impl Kept {
    /// Looks at all of a digest.
    #[must_use]
    pub fn new(digest: &Digest, encoding: Encoding) -> Self {
        let superseded: Arc<[bool]> = superseded(digest).into();
        let places = digest.blocks().iter();
        let pieces = places
            .map(|place| {
                let key = key(&place, &superseded);
                piece(digest, &place, key, encoding)
            })
            .collect();
        Self {
            digest: digest.clone(),
            encoding,
            superseded,
            pieces,
        }
    }

    /// The same for a later state, looking only at what is new, and what differs.
    #[must_use]
    pub fn after(&self, digest: &Digest) -> (Self, Change) {
        let superseded = self.superseded_in(digest);
        // Blocks that are no entries are few and short; those with tokens are looked at again.
        let places = digest.blocks().iter();
        let keys: Vec<(Key, Option<Piece>)> = places
            .map(|place| {
                let key = key(&place, &superseded);
                let fresh = has_tokens_of_its_own(key.kind);
                (
                    key,
                    fresh.then(|| piece(digest, &place, key, self.encoding)),
                )
            })
            .collect();
        let is_same = |old: &Piece, new: &(Key, Option<Piece>)| match &new.1 {
            Some(fresh) => old == fresh,
            None => old.key == new.0,
        };
        let pairs = self.pieces.iter().zip(&keys);
        let n_before = pairs.take_while(|(old, new)| is_same(old, new)).count();
        let old_rest = self.pieces.get(n_before..).unwrap_or_default();
        let new_rest = keys.get(n_before..).unwrap_or_default();
        let pairs = old_rest.iter().rev().zip(new_rest.iter().rev());
        let n_after = pairs.take_while(|(old, new)| is_same(old, new)).count();
        let old_middle = old_rest.get(..old_rest.len() - n_after).unwrap_or_default();
        let new_middle = new_rest.get(..new_rest.len() - n_after).unwrap_or_default();

        // Of several edits, what lies between them is as it was, too.
        let known: HashMap<Key, &Piece> = old_middle
            .iter()
            .filter(|piece| piece.key.entry != 0)
            .map(|piece| (piece.key, piece))
            .collect();
        let mut pieces = Vec::with_capacity(keys.len());
        pieces.extend(self.pieces.iter().take(n_before).cloned());
        let places = digest.blocks().iter_from(n_before);
        pieces.extend(places.zip(new_middle).map(|(place, (key, fresh))| {
            match (fresh, known.get(key)) {
                (Some(fresh), _) => fresh.clone(),
                (None, Some(old)) => (*old).clone(),
                (None, None) => piece(digest, &place, *key, self.encoding),
            }
        }));
        pieces.extend(old_rest.iter().skip(old_middle.len()).cloned());
        let new = Self {
            digest: digest.clone(),
            encoding: self.encoding,
            superseded,
            pieces,
        };
        let change = self.change(&new, n_before, old_middle.len(), new_middle.len());
        (new, change)
    }

    /// Which entries of a later state are superseded; costs nothing where its model is the same.
    #[must_use]
    pub fn superseded_in(&self, digest: &Digest) -> Arc<[bool]> {
        if digest.shares_model_with(&self.digest) {
            Arc::clone(&self.superseded)
        } else {
            superseded(digest).into()
        }
    }

    /// All tokens.
    pub fn iter(&self) -> impl Iterator<Item = Relative> {
        relative(Counter::default(), self.pieces.iter())
    }

    /// What differs, when blocks are the same before and after some in the middle.
    fn change(&self, new: &Self, n_before: usize, n_old: usize, n_new: usize) -> Change {
        let mut here = Counter::default();
        let mut at = 0;
        for piece in self.pieces.iter().take(n_before) {
            at += piece.tokens.len();
            here.pass(piece);
        }
        // The first token behind the middle is told by its distance from the last one in it.
        let with_next = |kept: &Self, n: usize| -> Vec<Relative> {
            let behind = kept.pieces.iter().skip(n_before + n);
            let next = behind.take_while(|piece| piece.tokens.is_empty()).count();
            let middle = kept.pieces.iter().skip(n_before).take(n + next + 1);
            let n_middle: usize = middle.clone().take(n).map(|piece| piece.tokens.len()).sum();
            relative(here, middle).take(n_middle + 1).collect()
        };
        let old_tokens = with_next(self, n_old);
        let mut inserted = with_next(new, n_new);
        let pairs = old_tokens.iter().zip(&inserted);
        let n_same = pairs.take_while(|(old, new)| old == new).count();
        let old_rest = old_tokens.get(n_same..).unwrap_or_default();
        inserted.drain(..n_same);
        let pairs = old_rest.iter().rev().zip(inserted.iter().rev());
        let n_same_at_end = pairs.take_while(|(old, new)| old == new).count();
        inserted.truncate(inserted.len() - n_same_at_end);
        Change {
            at: at + n_same,
            n_removed: old_rest.len() - n_same_at_end,
            inserted,
        }
    }
}

/// Where counting has come to.
#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    /// The line on which the next block starts.
    line: u32,
    /// The last token: line and column.
    last: (u32, u32),
}

impl Counter {
    fn pass(&mut self, piece: &Piece) {
        if let Some(token) = piece.tokens.last() {
            self.last = (self.line + token.line, token.column);
        }
        self.line += piece.key.n_line_breaks;
    }

    fn next(&mut self, token: &Drawn) -> Relative {
        let line = self.line + token.line;
        let lines = line - self.last.0;
        let columns = if lines == 0 {
            token.column - self.last.1
        } else {
            token.column
        };
        self.last = (line, token.column);
        Relative {
            lines,
            columns,
            length: token.length,
            kind: token.kind,
            is_definition: token.is_definition,
            is_superseded: token.is_superseded,
        }
    }
}

/// The tokens of some blocks in a row, from `here` on.
fn relative<'a>(
    mut here: Counter,
    pieces: impl Iterator<Item = &'a Piece>,
) -> impl Iterator<Item = Relative> {
    pieces.flat_map(move |piece| {
        let mut inside = here;
        here.pass(piece);
        piece.tokens.iter().map(move |token| inside.next(token))
    })
}

fn key(place: &Place<'_>, superseded: &[bool]) -> Key {
    let entry = place.block.entry();
    Key {
        entry: entry.map_or(0, |entry| std::ptr::from_ref(entry).addr()),
        kind: place.block.kind,
        n_line_breaks: place.block.n_line_breaks,
        is_superseded: entry.is_some() && superseded.get(place.before.entries) == Some(&true),
    }
}

/// Whether a block that is no entry may have tokens.
fn has_tokens_of_its_own(kind: BlockKind) -> bool {
    matches!(
        kind,
        BlockKind::Header | BlockKind::Heading(Heading::Contributors)
    )
}

fn piece(digest: &Digest, place: &Place<'_>, key: Key, encoding: Encoding) -> Piece {
    let may_have = place.block.entry().is_some() || has_tokens_of_its_own(key.kind);
    let tokens = if may_have {
        let text = digest.text().slice(place.range());
        drawn(
            &text,
            &block_tokens(place.block, &text, key.is_superseded),
            encoding,
        )
    } else {
        Arc::default()
    };
    Piece { key, tokens }
}

/// Tokens in columns. Each line is gone through once.
fn drawn(text: &str, tokens: &[Token], encoding: Encoding) -> Arc<[Drawn]> {
    let width = |from: usize, to: usize| -> u32 {
        let part = text.get(from..to).unwrap_or_default();
        let width = match encoding {
            Encoding::Utf8 => part.len(),
            Encoding::Utf16 => part.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 => part.chars().count(),
        };
        u32::try_from(width).unwrap_or(u32::MAX)
    };
    // Where counting has come to: line, byte in the line, column.
    let mut so_far = (u32::MAX, 0, 0);
    let convert = |token: &Token| {
        if so_far.0 != token.line {
            so_far = (token.line, 0, 0);
        }
        let line = token.line_start as usize;
        let (start, end) = (token.start as usize, token.end as usize);
        let column = so_far.2 + width(line + so_far.1, line + start);
        let length = width(line + start, line + end);
        so_far = (token.line, end, column + length);
        Drawn {
            line: token.line,
            column,
            length,
            kind: token.kind,
            is_definition: token.is_definition,
            is_superseded: token.is_superseded,
        }
    };
    tokens.iter().map(convert).collect()
}
