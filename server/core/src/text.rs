//! The document: a rope, and the one definition of a line.
//!
//! A line ends at `\n`, `\r\n` or `\r` and nowhere else, as editors and the language server
//! protocol count them. Kernel mail contains form feeds, U+0085 and U+2028; none of them ends a
//! line here.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use ropey::Rope;

pub use crate::packed::Str;

/// The text of a document. Cloning is cheap; the clone is independent.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// All of it, as long as it was read and not edited.
    whole: Option<Arc<String>>,
    /// The same for editing, and for finding lines; made from the whole when first asked for.
    rope: OnceLock<Rope>,
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

impl Text {
    /// A document with the given content.
    #[must_use]
    pub fn new(content: &str) -> Self {
        Self {
            whole: None,
            rope: Rope::from_str(content).into(),
        }
    }

    /// A document that is to be read rather than edited: it is kept as it is, in one piece, and
    /// made ready for edits and for finding lines only when that is asked for.
    #[must_use]
    pub fn unedited(content: String) -> Self {
        Self {
            whole: Some(Arc::new(content)),
            rope: OnceLock::new(),
        }
    }

    /// This text and another behind it.
    #[must_use]
    pub(crate) fn followed_by(self, other: Self) -> Self {
        let rope_of = |text: Self| {
            text.rope();
            text.rope.into_inner().unwrap_or_default()
        };
        let mut rope = rope_of(self);
        rope.append(rope_of(other));
        Self {
            whole: None,
            rope: rope.into(),
        }
    }

    fn rope(&self) -> &Rope {
        let whole = self.whole.as_ref();
        self.rope
            .get_or_init(|| Rope::from_str(whole.map_or("", |whole| whole)))
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.whole {
            Some(whole) => whole.len(),
            None => self.rope().len_bytes(),
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
        self.rope().len_lines()
    }

    /// The zero-based line that holds the byte `offset`; offsets past the end count as the end.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.rope().byte_to_line(offset.min(self.len()))
    }

    /// The byte offset at which the zero-based `line` starts; the end of the text for later lines.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        if line >= self.n_lines() {
            return self.len();
        }
        self.rope().line_to_byte(line)
    }

    /// The bytes of a zero-based line without its line break.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_start(line);
        let next = self.line_start(line + 1);
        let mut end = next;
        // At most two bytes belong to the line break.
        if end > start && self.rope().byte(end - 1) == b'\n' {
            end -= 1;
        }
        if end > start && self.rope().byte(end - 1) == b'\r' {
            end -= 1;
        }
        start..end
    }

    /// The text of a byte range, clamped to the document and widened to character boundaries.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        // Nearly always it is of whole characters.
        let found = match &self.whole {
            Some(whole) => whole.get(range.clone()).map(Cow::Borrowed),
            None => self.rope().get_byte_slice(range.clone()).map(Cow::from),
        };
        if let Some(found) = found {
            return found;
        }
        let range = self.clamp(range);
        match &self.whole {
            Some(whole) => whole.get(range).unwrap_or_default().into(),
            None => self.rope().byte_slice(range).into(),
        }
    }

    /// Whether a character stands anywhere in it.
    #[must_use]
    pub fn contains(&self, letter: char) -> bool {
        match &self.whole {
            Some(whole) => whole.contains(letter),
            None => self.rope().chunks().any(|chunk| chunk.contains(letter)),
        }
    }

    /// The whole content.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.whole {
            Some(whole) => whole.to_string(),
            None => self.rope().to_string(),
        }
    }

    /// Replaces a byte range (clamped, widened to character boundaries) and returns the range
    /// that was really replaced.
    pub fn replace(&mut self, range: Range<usize>, insert: &str) -> Range<usize> {
        let range = self.clamp(range);
        self.rope();
        let mut rope = self.rope.take().unwrap_or_default();
        self.whole = None;
        let start = rope.byte_to_char(range.start);
        if range.end > range.start {
            let end = rope.byte_to_char(range.end);
            rope.remove(start..end);
        }
        if !insert.is_empty() {
            rope.insert(start, insert);
        }
        self.rope = rope.into();
        range
    }

    /// The byte offset of a column in a zero-based line. Lines past the end mean the end of the
    /// text, columns past the end of the line its end; the second half of a surrogate pair and
    /// bytes inside a character mean the start of that character.
    #[must_use]
    pub fn offset_at(&self, line: usize, column: usize, encoding: Encoding) -> usize {
        if line >= self.n_lines() {
            return self.len();
        }
        let content = self.line_range(line);
        match encoding {
            Encoding::Utf8 => {
                let offset = content.start.saturating_add(column).min(content.end);
                self.floor_char_boundary(offset)
            }
            Encoding::Utf16 => {
                let first = self.rope().byte_to_char(content.start);
                let start = self.rope().char_to_utf16_cu(first);
                let end_char = self.rope().byte_to_char(content.end);
                let end = self.rope().char_to_utf16_cu(end_char);
                let unit = start.saturating_add(column).min(end);
                // For the second half of a pair this gives the character the half belongs to.
                self.rope().char_to_byte(self.rope().utf16_cu_to_char(unit))
            }
            Encoding::Utf32 => {
                let first = self.rope().byte_to_char(content.start);
                let last = self.rope().byte_to_char(content.end);
                self.rope()
                    .char_to_byte(first.saturating_add(column).min(last))
            }
        }
    }

    /// Zero-based line and column of a byte offset; the inverse of [`Text::offset_at`].
    #[must_use]
    pub fn position_of(&self, offset: usize, encoding: Encoding) -> (usize, usize) {
        let offset = self.floor_char_boundary(offset.min(self.len()));
        let line = self.rope().byte_to_line(offset);
        let start = self.rope().line_to_byte(line);
        let column = match encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => {
                self.rope()
                    .char_to_utf16_cu(self.rope().byte_to_char(offset))
                    - self
                        .rope()
                        .char_to_utf16_cu(self.rope().byte_to_char(start))
            }
            Encoding::Utf32 => self.rope().byte_to_char(offset) - self.rope().byte_to_char(start),
        };
        (line, column)
    }

    /// The largest character boundary at or before `offset`.
    #[must_use]
    pub fn floor_char_boundary(&self, offset: usize) -> usize {
        if offset >= self.len() {
            return self.len();
        }
        if let Some(whole) = &self.whole {
            return whole.floor_char_boundary(offset);
        }
        let (chunk, start, _, _) = self.rope().chunk_at_byte(offset);
        start + chunk.floor_char_boundary(offset - start)
    }

    fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let start = self.floor_char_boundary(range.start.min(self.len()));
        let end = range.end.clamp(start, self.len());
        if end == start {
            return start..end;
        }
        let floor = self.floor_char_boundary(end);
        let end = match &self.whole {
            _ if floor == end => end,
            Some(whole) => whole.ceil_char_boundary(end),
            None => {
                let next = self.rope().byte_to_char(floor) + 1;
                self.rope().char_to_byte(next)
            }
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
        for mut text in [Text::new("aüb"), Text::unedited("aüb".to_owned())] {
            assert_eq!(text.replace(2..3, "x"), 1..3);
            assert_eq!(text.to_text(), "axb");
            assert_eq!(text.replace(9..99, "!"), 3..3);
            assert_eq!(text.to_text(), "axb!");
        }
    }

    #[test]
    fn a_text_that_was_not_edited_answers_as_any_other() {
        let content = "x\r\nüß 😀\rend\u{2028}y\n\n";
        let (text, whole) = (Text::new(content), Text::unedited(content.to_owned()));
        for start in 0..=content.len() + 1 {
            assert_eq!(
                text.floor_char_boundary(start),
                whole.floor_char_boundary(start)
            );
            for end in 0..=content.len() + 1 {
                assert_eq!(text.slice(start..end), whole.slice(start..end));
            }
        }
        assert!(whole.rope.get().is_none());
        assert_eq!(text.len(), whole.len());
        assert_eq!(text.contains('y'), whole.contains('y'));
        assert_eq!(text.to_text(), whole.to_text());
        assert_eq!(text.n_lines(), whole.n_lines());
        assert_eq!(text.line_range(2), whole.line_range(2));
    }

    #[test]
    fn bytes_that_are_not_utf8_become_one_character_each() {
        let decoded = decode(b"a\xffb\xe2\x82c");
        assert_eq!(decoded.text, "a\u{fffd}b\u{fffd}c");
        assert_eq!(decoded.invalid, [1, 5]);
        assert!(decode("ü".as_bytes()).invalid.is_empty());
    }
}
