//! The document, and the one definition of a line.
//!
//! A line ends at `\n`, `\r\n` or `\r` and nowhere else, as editors and the language server
//! protocol count them. Kernel mail contains form feeds, U+0085 and U+2028; none of them ends a
//! line here.

mod whole;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ropey::{LineType, Rope};

use self::whole::Whole;
pub use crate::packed::Str;

/// The text of a document. Cloning is cheap; the clone is independent.
#[derive(Debug, Clone)]
pub struct Text {
    held: Held,
}

#[derive(Debug, Clone)]
enum Held {
    /// In one piece, as it was read.
    Whole(Arc<Whole>),
    /// Ready for edits.
    Rope(Rope),
}

/// The unit in which columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, the protocol's default.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// How many units a text has.
    fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            // A character that takes four bytes takes two units.
            Self::Utf16 => text.chars().count() + text.bytes().filter(|byte| *byte >= 0xf0).count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The byte at which the character begins that holds a unit of a text, or its end.
    fn byte_of(self, text: &str, unit: usize) -> usize {
        let mut before = 0;
        for (at, letter) in text.char_indices() {
            before += match self {
                Self::Utf8 => letter.len_utf8(),
                Self::Utf16 => letter.len_utf16(),
                Self::Utf32 => 1,
            };
            if before > unit {
                return at;
            }
        }
        text.len()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new(String::new())
    }
}

/// What ends a line.
const LINES: LineType = LineType::LF_CR;

impl Text {
    /// A document with the given content. It is kept in one piece until it is edited.
    #[must_use]
    pub fn new(content: impl Into<String>) -> Self {
        Self {
            held: Held::Whole(Arc::new(Whole::new(content.into()))),
        }
    }

    /// As [`Text::new`], of a content whose lines were counted: `pieces` are the lengths of all of it in
    /// bytes, each of whole lines, and how many line breaks each has.
    pub(crate) fn counted(content: String, pieces: impl Iterator<Item = (usize, usize)>) -> Self {
        Self {
            held: Held::Whole(Arc::new(Whole::counted(content, pieces))),
        }
    }

    /// The same, made ready for edits; else the first edit does it, which takes as long as the text is.
    #[must_use]
    pub fn editable(&self) -> Self {
        Self {
            held: Held::Rope(self.to_rope()),
        }
    }

    /// Whether it is ready for edits.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        matches!(self.held, Held::Rope(_))
    }

    /// Whether it is held in one piece, the same as the other's.
    #[must_use]
    pub fn is_whole_of(&self, other: &Self) -> bool {
        match (&self.held, &other.held) {
            (Held::Whole(one), Held::Whole(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    fn to_rope(&self) -> Rope {
        match &self.held {
            Held::Whole(whole) => whole.rope().clone(),
            Held::Rope(rope) => rope.clone(),
        }
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.held {
            Held::Whole(whole) => whole.content().len(),
            Held::Rope(rope) => rope.len(),
        }
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of lines; the one after a final line break counts, so it is at least 1.
    #[must_use]
    pub fn n_lines(&self) -> usize {
        match &self.held {
            Held::Whole(whole) => whole.n_lines(),
            Held::Rope(rope) => rope.len_lines(LINES),
        }
    }

    /// The zero-based line that holds the byte `offset`; offsets past the end count as the end.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = offset.min(self.len());
        match &self.held {
            Held::Whole(whole) => whole.line_of(offset),
            Held::Rope(rope) => rope.byte_to_line_idx(offset, LINES),
        }
    }

    /// The byte offset at which the zero-based `line` starts; the end of the text for later lines.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        match &self.held {
            Held::Whole(whole) => whole.line_start(line).unwrap_or(whole.content().len()),
            Held::Rope(rope) if line >= rope.len_lines(LINES) => rope.len(),
            Held::Rope(rope) => rope.line_to_byte_idx(line, LINES),
        }
    }

    /// The byte at an offset, if it is in the text.
    fn byte(&self, offset: usize) -> Option<u8> {
        match &self.held {
            Held::Whole(whole) => whole.content().as_bytes().get(offset).copied(),
            Held::Rope(rope) => rope.get_byte(offset),
        }
    }

    /// The bytes of a zero-based line without its line break.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_start(line);
        let mut end = self.line_start(line + 1);
        // At most two bytes belong to the line break.
        for byte in [b'\n', b'\r'] {
            if end > start && self.byte(end - 1) == Some(byte) {
                end -= 1;
            }
        }
        start..end
    }

    /// The text of a byte range, clamped to the document and widened to character boundaries.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        // Nearly always it is of whole characters.
        let found = match &self.held {
            Held::Whole(whole) => whole.content().get(range.clone()),
            // Often it is in one chunk.
            Held::Rope(rope) => rope.get_chunk(range.start).and_then(|(chunk, start)| {
                chunk.get(range.start - start..range.end.saturating_sub(start))
            }),
        };
        if let Some(found) = found {
            return found.into();
        }
        let range = self.clamp(range);
        match &self.held {
            Held::Whole(whole) => whole.content().get(range).unwrap_or_default().into(),
            Held::Rope(rope) => rope.slice(range).into(),
        }
    }

    /// The text of a byte range, which must be in the text and of whole characters, in pieces.
    fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = &str> {
        let (whole, rope) = match &self.held {
            Held::Whole(whole) => (whole.content().get(range), None),
            Held::Rope(rope) => (None, Some(rope.slice(range).chunks())),
        };
        whole.into_iter().chain(rope.into_iter().flatten())
    }

    /// Whether a character stands anywhere in it.
    #[must_use]
    pub fn contains(&self, letter: char) -> bool {
        self.pieces(0..self.len())
            .any(|piece| piece.contains(letter))
    }

    /// The whole content.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.slice(0..self.len()).into_owned()
    }

    /// Replaces a byte range (clamped, widened to character boundaries) and returns the range
    /// that was really replaced.
    pub fn replace(&mut self, range: Range<usize>, insert: &str) -> Range<usize> {
        let range = self.clamp(range);
        if let Held::Whole(_) = self.held {
            self.held = Held::Rope(self.to_rope());
        }
        if let Held::Rope(rope) = &mut self.held {
            if !range.is_empty() {
                rope.remove(range.clone());
            }
            if !insert.is_empty() {
                rope.insert(range.start, insert);
            }
        }
        range
    }

    /// The byte offset of a column in a zero-based line. Lines past the end mean the end of the
    /// text, columns past the end of the line its end; the second half of a surrogate pair and
    /// bytes inside a character mean the start of that character.
    #[must_use]
    pub fn offset_at(&self, line: usize, column: usize, encoding: Encoding) -> usize {
        let content = self.line_range(line);
        if encoding == Encoding::Utf8 {
            let offset = content.start.saturating_add(column).min(content.end);
            return self.floor_char_boundary(offset);
        }
        let (mut offset, mut left) = (content.start, column);
        for piece in self.pieces(content) {
            let units = encoding.units(piece);
            if left < units {
                return offset + encoding.byte_of(piece, left);
            }
            left -= units;
            offset += piece.len();
        }
        offset
    }

    /// Zero-based line and column of a byte offset; the inverse of [`Text::offset_at`].
    #[must_use]
    pub fn position_of(&self, offset: usize, encoding: Encoding) -> (usize, usize) {
        let offset = self.floor_char_boundary(offset.min(self.len()));
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let pieces = self.pieces(start..offset);
        (line, pieces.map(|piece| encoding.units(piece)).sum())
    }

    /// The largest character boundary at or before `offset`.
    #[must_use]
    pub fn floor_char_boundary(&self, offset: usize) -> usize {
        match &self.held {
            Held::Whole(whole) => whole.content().floor_char_boundary(offset),
            Held::Rope(rope) => rope.floor_char_boundary(offset.min(rope.len())),
        }
    }

    fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let start = self.floor_char_boundary(range.start);
        let end = range.end.min(self.len());
        if end <= start {
            return start..start;
        }
        let end = match &self.held {
            Held::Whole(whole) => whole.content().ceil_char_boundary(end),
            Held::Rope(rope) => rope.ceil_char_boundary(end),
        };
        start..end
    }
}

/// Decodes the bytes of a file, which may not be UTF-8.
///
/// Every maximal ill-formed sequence becomes one U+FFFD, so lines and columns counted in
/// characters still fit what an editor shows for the file.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded {
            text: Cow::Borrowed(text),
            invalid: Vec::new(),
        };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            invalid.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Decoded {
        text: Cow::Owned(text),
        invalid,
    }
}

/// The result of [`decode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, with U+FFFD where the bytes were not UTF-8.
    pub text: Cow<'a, str>,
    /// Byte offsets in `text` of those replacement characters, ascending.
    pub invalid: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_protocols_line_ends_end_a_line() {
        let text = Text::new("a\nb\r\nc\rd\u{c}e\u{85}f\u{2028}g\u{b}h");
        assert_eq!(text.n_lines(), 4);
        assert_eq!(text.line_range(1), 2..3);
        assert_eq!(text.line_range(2), 5..6);
        assert_eq!(text.line_start(9), text.len());
    }

    #[test]
    fn columns_are_clamped_and_surrogate_halves_mean_their_character() {
        let text = Text::new("a😀b\nc");
        for (column, offset) in [(0, 0), (1, 1), (2, 1), (3, 5), (4, 6), (99, 6)] {
            assert_eq!(
                text.offset_at(0, column, Encoding::Utf16),
                offset,
                "{column}"
            );
        }
        for (column, offset) in [(1, 1), (2, 1), (4, 1), (5, 5), (99, 6)] {
            assert_eq!(
                text.offset_at(0, column, Encoding::Utf8),
                offset,
                "{column}"
            );
        }
        for (column, offset) in [(1, 1), (2, 5), (99, 6)] {
            assert_eq!(
                text.offset_at(0, column, Encoding::Utf32),
                offset,
                "{column}"
            );
        }
        assert_eq!(text.offset_at(7, 0, Encoding::Utf16), text.len());
    }

    #[test]
    fn positions_go_there_and_back_in_every_encoding() {
        let text = Text::new("x\r\nüß 😀\rend\u{2028}y\n\n");
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (offset, _) in text.to_text().char_indices() {
                let (line, column) = text.position_of(offset, encoding);
                let back = text.offset_at(line, column, encoding);
                // Inside a line break there is no position: it means the end of the line.
                let expected = offset.min(text.line_range(line).end);
                assert_eq!(back, expected, "{encoding:?} {offset}");
            }
        }
    }

    #[test]
    fn replacing_widens_to_whole_characters() {
        let whole = Text::new("aüb");
        for mut text in [whole.editable(), whole] {
            assert_eq!(text.replace(2..3, "x"), 1..3);
            assert_eq!(text.to_text(), "axb");
            assert_eq!(text.replace(9..99, "!"), 3..3);
            assert_eq!(text.to_text(), "axb!");
        }
    }

    #[test]
    fn a_text_answers_in_one_piece_as_it_does_in_many() {
        let content = "x\r\nüß 😀\rend\u{2028}y\n\n".repeat(90);
        let whole = Text::new(&*content);
        let rope = whole.editable();
        assert_eq!(whole.len(), rope.len());
        assert_eq!(whole.n_lines(), rope.n_lines());
        assert_eq!(whole.to_text(), rope.to_text());
        assert_eq!(whole.contains('y'), rope.contains('y'));
        for line in 0..whole.n_lines() + 2 {
            assert_eq!(whole.line_range(line), rope.line_range(line));
        }
        for start in 0..=content.len() + 1 {
            assert_eq!(whole.line_of(start), rope.line_of(start));
            assert_eq!(
                whole.floor_char_boundary(start),
                rope.floor_char_boundary(start)
            );
            for len in [0, 1, 2, 7, 1023, 1024, 1025] {
                let range = start..start + len;
                assert_eq!(whole.slice(range.clone()), rope.slice(range.clone()));
                assert_eq!(whole.clamp(range.clone()), rope.clamp(range));
            }
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let (line, column) = whole.position_of(start, encoding);
                assert_eq!(rope.position_of(start, encoding), (line, column));
                assert_eq!(
                    whole.offset_at(line, column, encoding),
                    rope.offset_at(line, column, encoding)
                );
            }
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_become_one_character_each() {
        let decoded = decode(b"a\xffb\xe2\x82c");
        assert_eq!(decoded.text, "a\u{fffd}b\u{fffd}c");
        assert_eq!(decoded.invalid, [1, 5]);
        assert!(decode("ü".as_bytes()).invalid.is_empty());
    }
}
