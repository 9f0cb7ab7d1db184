//! The tokens of a digest block by block, kept so that after an edit only the blocks it touched are
//! looked at, and only what differs is sent.
//!
//! A block that edits left alone is the same allocation as before, so comparing two states of a digest is
//! comparing addresses. That is sound as long as the older state lives, which is why it is kept here.
//! Held against tokens made afresh, under random edits, in `tests/tests/tokens.rs`.

use std::sync::Arc;

use super::pieces::{Drawn, Key, Maker, Piece, Pieces, Total};
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
    pieces: Pieces,
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

impl Kept {
    /// Looks at all of a digest.
    #[must_use]
    pub fn new(digest: &Digest, encoding: Encoding) -> Self {
        Self::made(digest, encoding, superseded(digest).into(), None)
    }

    /// The same for a later state, looking only at what is new, and what differs.
    #[must_use]
    pub fn after(&self, digest: &Digest) -> (Self, Change) {
        let superseded = self.superseded_in(digest);
        let new = Self::made(digest, self.encoding, superseded, Some(self));
        let change = self.change(&new);
        (new, change)
    }

    fn made(
        digest: &Digest,
        encoding: Encoding,
        superseded: Arc<[bool]>,
        older: Option<&Self>,
    ) -> Self {
        let drawer = Drawer {
            digest,
            superseded: &superseded,
            encoding,
        };
        let shares = older.is_some_and(|older| Arc::ptr_eq(&older.superseded, &superseded));
        let older = older.map(|older| &older.pieces);
        Self {
            pieces: Pieces::new(digest.blocks().top(), &drawer, older, shares),
            digest: digest.clone(),
            encoding,
            superseded,
        }
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
        relative(Counter::default(), self.pieces.iter_from(0))
    }

    /// What differs in a later state.
    fn change(&self, new: &Self) -> Change {
        let before = self.pieces.same_at_start(&new.pieces);
        let (n_old, n_new) = (self.pieces.total().pieces, new.pieces.total().pieces);
        let most = n_old.min(n_new) - before.pieces;
        let n_after = self.pieces.n_same_at_end(&new.pieces, most);
        // The first token behind the middle is told by its distance from the last one in it.
        let with_next = |kept: &Self, n: usize| -> Vec<Relative> {
            let middle = kept.pieces.iter_from(before.pieces);
            let n = n - n_after - before.pieces;
            let n_tokens: usize = middle.clone().take(n).map(|piece| piece.tokens.len()).sum();
            relative(Counter::behind(&before), middle)
                .take(n_tokens + 1)
                .collect()
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
            at: before.tokens + n_same,
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
    fn behind(total: &Total) -> Self {
        Self {
            line: total.lines,
            last: total.last.unwrap_or_default(),
        }
    }

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

/// Finds the tokens of the blocks of a state.
struct Drawer<'a> {
    digest: &'a Digest,
    superseded: &'a [bool],
    encoding: Encoding,
}

impl Maker for Drawer<'_> {
    fn key(&self, place: &Place<'_>) -> Option<Key> {
        (!has_tokens_of_its_own(place.block.kind)).then(|| self.key_of(place))
    }

    fn piece(&self, place: &Place<'_>) -> Piece {
        let key = self.key_of(place);
        let tokens = if key.entry != 0 || has_tokens_of_its_own(key.kind) {
            let text = self.digest.text().slice(place.range());
            let tokens = block_tokens(place.block, &text, key.is_superseded);
            drawn(&text, &tokens, self.encoding)
        } else {
            Arc::default()
        };
        Piece { key, tokens }
    }
}

impl Drawer<'_> {
    fn key_of(&self, place: &Place<'_>) -> Key {
        let entry = place.block.entry();
        let is_superseded = || self.superseded.get(place.before.entries) == Some(&true);
        Key {
            entry: entry.map_or(0, |entry| std::ptr::from_ref(entry).addr()),
            kind: place.block.kind,
            n_line_breaks: place.block.n_line_breaks,
            is_superseded: entry.is_some() && is_superseded(),
        }
    }
}

/// Whether a block that is no entry may have tokens.
fn has_tokens_of_its_own(kind: BlockKind) -> bool {
    matches!(
        kind,
        BlockKind::Header | BlockKind::Heading(Heading::Contributors)
    )
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
