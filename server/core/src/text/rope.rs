//! The text of a document as pieces of shared buffers, in a persistent [tree](crate::tree) summed by
//! bytes, line breaks and characters.
//!
//! A text that was just read is one buffer, taken as it is: nothing is copied, and a piece is a
//! kilobyte or two of it. An edit writes the pieces that it touches anew, into a buffer of their own.
//! No character and no `\r\n` is cut by the end of a piece. Tested here against plain strings.

use std::borrow::Cow;
use std::ops::{AddAssign, Range};
use std::sync::Arc;

use crate::tree::{Item, Tree};

/// What is added up over pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Measure {
    pub(super) bytes: usize,
    /// Line breaks: `\n`, `\r\n`, `\r`.
    pub(super) line_breaks: usize,
    /// Unicode scalar values.
    pub(super) chars: usize,
    /// UTF-16 code units.
    pub(super) utf16: usize,
    pieces: usize,
}

impl AddAssign for Measure {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.line_breaks += other.line_breaks;
        self.chars += other.chars;
        self.utf16 += other.utf16;
        self.pieces += other.pieces;
    }
}

impl Measure {
    fn of(text: &str) -> Self {
        let mut measure = Self {
            bytes: text.len(),
            line_breaks: n_line_breaks(text.as_bytes()),
            chars: text.len(),
            utf16: text.len(),
            pieces: 1,
        };
        if !text.is_ascii() {
            measure.chars = text.chars().count();
            // Only what takes four bytes takes two units.
            measure.utf16 = measure.chars + text.bytes().filter(|byte| *byte >= 0xf0).count();
        }
        measure
    }
}

fn n_line_breaks(bytes: &[u8]) -> usize {
    let n_lf = memchr::memchr_iter(b'\n', bytes).count();
    let Some(first) = memchr::memchr(b'\r', bytes) else {
        return n_lf;
    };
    // Of two, the `\n` was counted.
    let rest = &bytes[first..];
    let crs = memchr::memchr_iter(b'\r', rest);
    n_lf + crs.filter(|&at| rest.get(at + 1) != Some(&b'\n')).count()
}

/// A piece of a buffer. Its measure in 32 bits each, as there are many.
#[derive(Debug, Clone)]
struct Piece {
    buffer: Arc<String>,
    start: usize,
    len: u32,
    line_breaks: u32,
    chars: u32,
    utf16: u32,
}

impl Piece {
    fn text(&self) -> &str {
        self.buffer
            .get(self.start..self.start + self.len as usize)
            .unwrap_or_default()
    }
}

impl Item for Piece {
    type Sum = Measure;

    fn sum(&self) -> Measure {
        Measure {
            bytes: self.len as usize,
            line_breaks: self.line_breaks as usize,
            chars: self.chars as usize,
            utf16: self.utf16 as usize,
            pieces: 1,
        }
    }

    fn n_items(sum: &Measure) -> usize {
        sum.pieces
    }
}

/// Bytes of a piece. What is looked for in a piece is searched from its start, and an edit copies
/// a piece or two; a smaller piece costs more memory.
const PIECE: usize = 1536;

/// An edited piece with fewer bytes takes in its neighbour, so that many edits leave no crumbs.
const CRUMB: usize = 512;

/// Cuts a buffer into pieces.
fn pieces(text: String) -> Vec<Piece> {
    let buffer = Arc::new(text);
    let bytes = buffer.as_bytes();
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let n_pieces = bytes.len().div_ceil(PIECE);
    let mut found = Vec::with_capacity(n_pieces);
    let mut start = 0;
    for idx in 1..=n_pieces {
        // As even as can be: the last would often be a crumb.
        let mut end = buffer.ceil_char_boundary(bytes.len() * idx / n_pieces);
        if bytes.get(end) == Some(&b'\n') && bytes[end - 1] == b'\r' {
            end += 1;
        }
        if end <= start {
            continue;
        }
        let measure = Measure::of(buffer.get(start..end).unwrap_or_default());
        found.push(Piece {
            buffer: Arc::clone(&buffer),
            start,
            len: narrow(measure.bytes),
            line_breaks: narrow(measure.line_breaks),
            chars: narrow(measure.chars),
            utf16: narrow(measure.utf16),
        });
        start = end;
    }
    found
}

/// A text.
#[derive(Debug, Clone, Default)]
pub(super) struct Rope(Tree<Piece>);

impl Rope {
    /// Takes a text as it is.
    pub(super) fn new(text: String) -> Self {
        Self(Tree::new(pieces(text)))
    }

    /// The measure of all.
    pub(super) fn sum(&self) -> Measure {
        self.0.sum()
    }

    /// The piece that holds the byte `offset`, with the measure before it.
    fn piece_at(&self, offset: usize) -> Option<(&Piece, Measure)> {
        self.0.find(offset, |sum| sum.bytes)
    }

    /// The measure of what is before the byte `offset`, which is at a character boundary. What
    /// ends in the middle of a `\r\n` has not passed that line break.
    pub(super) fn before(&self, offset: usize) -> Measure {
        let Some((piece, mut before)) = self.piece_at(offset) else {
            return self.sum();
        };
        let text = piece.text();
        let (head, rest) = text
            .split_at_checked(offset - before.bytes)
            .unwrap_or((text, ""));
        before += Measure::of(head);
        if head.ends_with('\r') && rest.starts_with('\n') {
            before.line_breaks -= 1;
        }
        before
    }

    /// Where the zero-based `line` starts; the end of the text for later ones.
    pub(super) fn line_start(&self, line: usize) -> usize {
        let Some(line_break) = line.checked_sub(1) else {
            return 0;
        };
        let Some((piece, before)) = self.0.find(line_break, |sum| sum.line_breaks) else {
            return self.sum().bytes;
        };
        let bytes = piece.text().as_bytes();
        let nth = line_break - before.line_breaks;
        before.bytes + after_line_break(bytes, nth).unwrap_or(bytes.len())
    }

    /// The offset of the character in which the running sum of UTF-16 units passes `unit`.
    pub(super) fn at_utf16(&self, unit: usize) -> usize {
        self.at_unit(unit, |sum| sum.utf16, char::len_utf16)
    }

    /// The offset of the `n`-th character.
    pub(super) fn at_char(&self, n: usize) -> usize {
        self.at_unit(n, |sum| sum.chars, |_| 1)
    }

    fn at_unit(
        &self,
        target: usize,
        measure: impl Fn(&Measure) -> usize,
        len: impl Fn(char) -> usize,
    ) -> usize {
        let Some((piece, before)) = self.0.find(target, &measure) else {
            return self.sum().bytes;
        };
        let mut left = target - measure(&before);
        if piece.chars == piece.len {
            return before.bytes + left;
        }
        for (at, char) in piece.text().char_indices() {
            let len = len(char);
            if left < len {
                return before.bytes + at;
            }
            left -= len;
        }
        before.bytes + piece.len as usize
    }

    /// The byte at an offset.
    pub(super) fn byte(&self, offset: usize) -> Option<u8> {
        let (piece, before) = self.piece_at(offset)?;
        piece.text().as_bytes().get(offset - before.bytes).copied()
    }

    /// The largest character boundary at or before `offset`.
    pub(super) fn floor_char_boundary(&self, offset: usize) -> usize {
        let Some((piece, before)) = self.piece_at(offset) else {
            return self.sum().bytes;
        };
        before.bytes + piece.text().floor_char_boundary(offset - before.bytes)
    }

    /// The smallest character boundary at or after `offset`.
    pub(super) fn ceil_char_boundary(&self, offset: usize) -> usize {
        let Some((piece, before)) = self.piece_at(offset) else {
            return self.sum().bytes;
        };
        before.bytes + piece.text().ceil_char_boundary(offset - before.bytes)
    }

    /// The text of a range between character boundaries; borrowed where it is in one buffer.
    pub(super) fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        let Some((first, before)) = self.piece_at(range.start).filter(|_| !range.is_empty()) else {
            return Cow::Borrowed("");
        };
        let start = first.start + (range.start - before.bytes);
        let mut end = first.start + first.len as usize;
        let mut reached = before.bytes + first.len as usize;
        let mut rest = None;
        if reached < range.end {
            for (piece, before) in self.0.iter_from(before.pieces + 1) {
                if !Arc::ptr_eq(&piece.buffer, &first.buffer) || piece.start != end {
                    rest = Some(before.pieces);
                    break;
                }
                end += piece.len as usize;
                reached += piece.len as usize;
                if reached >= range.end {
                    break;
                }
            }
        }
        end -= reached.saturating_sub(range.end);
        let text = first.buffer.get(start..end).unwrap_or_default();
        let Some(rest) = rest else {
            return Cow::Borrowed(text);
        };
        let mut whole = String::with_capacity(range.len());
        whole.push_str(text);
        for (piece, before) in self.0.iter_from(rest) {
            let Some(len) = range.end.checked_sub(before.bytes).filter(|len| *len > 0) else {
                break;
            };
            let text = piece.text();
            whole.push_str(text.get(..len.min(text.len())).unwrap_or_default());
        }
        Cow::Owned(whole)
    }

    /// Replaces a range between character boundaries.
    pub(super) fn replace(&mut self, range: Range<usize>, insert: &str) {
        let total = self.sum();
        let index_at = |offset| {
            let found = self.piece_at(offset);
            found.map_or(total.pieces, |(_, before)| before.pieces)
        };
        // With the byte before and the byte behind: so what stood at the ends of the pieces that
        // are written anew stands there still, and no `\r\n` is cut by them.
        let mut first = index_at(range.start.saturating_sub(1));
        let mut end = (index_at(range.end) + 1).min(total.pieces);
        let bytes_of = |first: usize, end: usize| {
            let start_of = |idx| self.0.find(idx, |sum| sum.pieces);
            let start = start_of(first).map_or(total.bytes, |(_, before)| before.bytes);
            start..start_of(end).map_or(total.bytes, |(_, before)| before.bytes)
        };
        let mut old = bytes_of(first, end);
        if old.len() - range.len() + insert.len() < CRUMB {
            if end < total.pieces {
                end += 1;
            } else {
                first = first.saturating_sub(1);
            }
            old = bytes_of(first, end);
        }
        let mut text = String::with_capacity(old.len() - range.len() + insert.len());
        text.push_str(&self.slice(old.start..range.start));
        text.push_str(insert);
        text.push_str(&self.slice(range.end..old.end));
        self.0.splice(first..end, pieces(text));
    }
}

/// Where the line after the `nth` line break (from 0) of a piece starts.
fn after_line_break(bytes: &[u8], mut nth: usize) -> Option<usize> {
    let mut start = 0;
    // Without `\r` the way there is counted in strides.
    if memchr::memchr(b'\r', bytes).is_none() {
        for stride in bytes.chunks(256) {
            let n_breaks = memchr::memchr_iter(b'\n', stride).count();
            if nth < n_breaks {
                let at = memchr::memchr_iter(b'\n', stride).nth(nth)?;
                return Some(start + at + 1);
            }
            nth -= n_breaks;
            start += stride.len();
        }
        return None;
    }
    loop {
        let at = start + memchr::memchr2(b'\n', b'\r', bytes.get(start..)?)?;
        start = at + 1;
        if bytes[at] == b'\r' && bytes.get(start) == Some(&b'\n') {
            start += 1;
        }
        if nth == 0 {
            return Some(start);
        }
        nth -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where lines start, by the definition.
    fn line_starts(text: &str) -> Vec<usize> {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in 0..bytes.len() {
            let ends =
                bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
            if ends {
                starts.push(at + 1);
            }
        }
        starts
    }

    fn assert_is(rope: &Rope, text: &str, random: &mut impl FnMut(usize) -> usize) {
        assert_eq!(rope.slice(0..text.len()), text);
        let starts = line_starts(text);
        let sum = rope.sum();
        assert_eq!(sum.bytes, text.len());
        assert_eq!(sum.line_breaks, starts.len() - 1);
        assert_eq!(sum.chars, text.chars().count());
        assert_eq!(sum.utf16, text.encode_utf16().count());
        for _ in 0..8 {
            let line = random(starts.len() + 2);
            let start = starts.get(line).copied().unwrap_or(text.len());
            assert_eq!(rope.line_start(line), start, "line {line}");
            let any = random(text.len() + 2);
            assert_eq!(rope.floor_char_boundary(any), text.floor_char_boundary(any));
            assert_eq!(rope.ceil_char_boundary(any), text.ceil_char_boundary(any));
            assert_eq!(rope.byte(any), text.as_bytes().get(any).copied());
            let at = text.floor_char_boundary(any);
            let before = rope.before(at);
            assert_eq!(before.bytes, at);
            assert_eq!(before.line_breaks, starts.partition_point(|s| *s <= at) - 1);
            assert_eq!(before.utf16, text[..at].encode_utf16().count());
            assert_eq!(rope.at_utf16(before.utf16), at);
            assert_eq!(rope.at_char(before.chars), at);
            let end = text.ceil_char_boundary(at + random(3 * PIECE));
            assert_eq!(rope.slice(at..end), text[at..end]);
        }
    }

    #[test]
    fn random_edits_equal_those_of_a_string() {
        let mut state = 12345_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below.max(1)
        };
        let words = [
            "\n", "\r", "\r\n", "x", "ü", "😀", "line\n", "  ", "\u{2028}", "\r\r\n\n",
        ];
        let prose = |n_words: usize, random: &mut dyn FnMut(usize) -> usize| {
            let mut text = String::new();
            for _ in 0..n_words {
                match random(4) {
                    0 => text.push_str(words[random(words.len())]),
                    _ => text.push_str("plain text "),
                }
            }
            text
        };
        for round in 0..12 {
            let mut text = prose(round * 300, &mut random);
            let mut rope = Rope::new(text.clone());
            assert_is(&rope, &text, &mut random);
            for _ in 0..150 {
                let start = text.floor_char_boundary(random(text.len() + 1));
                let most = [1, 3, 40, 5000][random(4)];
                let end = text
                    .ceil_char_boundary(start + random(most))
                    .min(text.len());
                let n_words = [0, 1, 2, 900][random(4)];
                let insert = prose(random(n_words + 1), &mut random);
                let before = rope.clone();
                rope.replace(start..end, &insert);
                assert_eq!(before.slice(0..text.len()), text);
                text.replace_range(start..end, &insert);
                assert_is(&rope, &text, &mut random);
            }
        }
    }

    #[test]
    fn a_text_that_was_just_read_is_not_copied() {
        let text = "a line of some text\n".repeat(10_000);
        let address = text.as_ptr();
        let rope = Rope::new(text);
        assert!(matches!(rope.slice(100..190_000), Cow::Borrowed(_)));
        assert_eq!(rope.slice(0..9).as_ptr(), address);
    }

    #[test]
    fn many_edits_leave_no_crumbs() {
        let mut rope = Rope::new("a line of some text\n".repeat(5_000));
        for at in (0..50_000).rev() {
            rope.replace(at * 2..at * 2 + 1, "");
        }
        assert_eq!(rope.sum().bytes, 50_000);
        assert!(rope.sum().pieces < 120, "{}", rope.sum().pieces);
    }
}
