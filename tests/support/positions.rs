//! Offsets and protocol positions, converted the slow and obvious way.
//!
//! Shares nothing with the conversion of the server, which it is held against.

use std::ops::Range;

use patch_digest_core::text::Encoding;
use serde_json::{Value, json};

/// A place as the protocol has it: zero-based line and column.
pub type Position = (u64, u64);

/// The positions in one text, in one unit of columns.
#[derive(Debug)]
pub struct Positions<'a> {
    text: &'a str,
    encoding: Encoding,
    /// Where each line starts.
    starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    /// Looks at a text.
    #[must_use]
    pub fn new(text: &'a str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, &byte) in bytes.iter().enumerate() {
            let ends_line = byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
            if ends_line {
                starts.push(at + 1);
            }
        }
        Self {
            text,
            encoding,
            starts,
        }
    }

    /// Number of lines; the one after a final line break counts.
    #[must_use]
    pub fn n_lines(&self) -> usize {
        self.starts.len()
    }

    /// The position of a byte offset, which must not be inside a character.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = &self.text[self.starts[line]..offset];
        let column: usize = before.chars().map(|c| self.width(c)).sum();
        (line as u64, column as u64)
    }

    /// The byte offset of a position: past the end of its line it means that end, past the last
    /// line the end of the text, inside a character its start.
    #[must_use]
    pub fn offset(&self, (line, column): Position) -> usize {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line) else {
            return self.text.len();
        };
        let mut so_far = 0;
        for (at, c) in self.text[start..].char_indices() {
            so_far += self.width(c) as u64;
            if so_far > column || matches!(c, '\n' | '\r') {
                return start + at;
            }
        }
        self.text.len()
    }

    /// The text after an edit as clients make it that count in units of UTF-16 and cut characters
    /// in two: each half that is left alone becomes U+FFFD.
    #[must_use]
    pub fn edited(&self, one: Position, other: Position, insert: &str) -> String {
        let (from, to) = (one.min(other), one.max(other));
        let mut text = self.text[..self.offset(from)].to_owned();
        if self.is_between_halves(from) {
            text.push('\u{fffd}');
        }
        text.push_str(insert);
        let mut rest = self.text[self.offset(to)..].chars();
        if self.is_between_halves(to) {
            text.push('\u{fffd}');
            rest.next();
        }
        text + rest.as_str()
    }

    fn is_between_halves(&self, position: Position) -> bool {
        let at = self.offset(position);
        let next = self.text[at..].chars().next();
        let is_double = next.is_some_and(|c| c.len_utf16() == 2);
        self.encoding == Encoding::Utf16 && is_double && self.position(at) != position
    }

    /// A position in the protocol's JSON.
    #[must_use]
    pub fn json(&self, offset: usize) -> Value {
        position_json(self.position(offset))
    }

    /// A range in the protocol's JSON.
    #[must_use]
    pub fn range_json(&self, range: &Range<usize>) -> Value {
        json!({"start": self.json(range.start), "end": self.json(range.end)})
    }

    fn width(&self, c: char) -> usize {
        match self.encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A position in the protocol's JSON.
#[must_use]
pub fn position_json((line, column): Position) -> Value {
    json!({"line": line, "character": column})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_in_the_unit_and_lines_end_at_three_breaks() {
        let text = "ü😀x\r\ny\rz\n";
        for (encoding, column) in [
            (Encoding::Utf8, 6),
            (Encoding::Utf16, 3),
            (Encoding::Utf32, 2),
        ] {
            let positions = Positions::new(text, encoding);
            assert_eq!(positions.n_lines(), 4);
            assert_eq!(positions.position(6), (0, column), "{encoding:?}");
            assert_eq!(positions.offset((0, column)), 6, "{encoding:?}");
            assert_eq!(positions.offset((0, 99)), 7, "{encoding:?}");
            assert_eq!(positions.position(11), (2, 0), "{encoding:?}");
            assert_eq!(positions.offset((99, 0)), text.len(), "{encoding:?}");
        }
        // Inside the pair of U+1F600.
        let positions = Positions::new(text, Encoding::Utf16);
        assert_eq!(positions.offset((0, 2)), 2);
        let edited = positions.edited((0, 2), (0, 3), "y");
        assert_eq!(edited, "ü\u{fffd}yx\r\ny\rz\n");
        let edited = positions.edited((0, 2), (0, 1), "y");
        assert_eq!(edited, "üy\u{fffd}x\r\ny\rz\n");
        let edited = positions.edited((0, 2), (0, 2), "");
        assert_eq!(edited, "ü\u{fffd}\u{fffd}x\r\ny\rz\n");
    }
}
