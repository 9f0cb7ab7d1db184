//! A text in one piece, and where its lines are.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::{memchr_iter, memchr2_iter};
use ropey::Rope;
use str_indices::lines_lf;

/// Bytes of text from one note of the number of lines to the next, where they have to be counted.
const STEP: usize = 1024;

/// A text that was not edited.
#[derive(Debug)]
pub(super) struct Whole {
    content: String,
    /// Made when lines are first asked for, unless somebody counted them before.
    notes: OnceLock<Vec<Note>>,
    /// The same for edits; made once, whoever asks for it first.
    rope: OnceLock<Rope>,
}

/// How many line breaks stand before a byte of the text.
#[derive(Debug, Clone, Copy)]
struct Note {
    offset: usize,
    n_breaks: usize,
}

impl Whole {
    pub(super) fn new(content: String) -> Self {
        Self {
            content,
            notes: OnceLock::new(),
            rope: OnceLock::new(),
        }
    }

    /// A text whose lines were counted: `pieces` are the lengths of all of it, each of whole lines, and how
    /// many line breaks each has.
    pub(super) fn counted(content: String, pieces: impl Iterator<Item = (usize, usize)>) -> Self {
        let whole = Self::new(content);
        let notes = whole.noted(pieces);
        Self {
            notes: notes.into(),
            ..whole
        }
    }

    pub(super) fn rope(&self) -> &Rope {
        self.rope.get_or_init(|| Rope::from_str(&self.content))
    }

    pub(super) fn content(&self) -> &str {
        &self.content
    }

    /// The notes, ascending: at the start, at the end, and so near to each other that it is not far to any
    /// line.
    fn notes(&self) -> &[Note] {
        self.notes.get_or_init(|| {
            let len = self.content.len();
            let whole = (len > 0).then(|| (len, self.breaks_in(0..len)));
            self.noted(whole.into_iter())
        })
    }

    fn noted(&self, pieces: impl Iterator<Item = (usize, usize)>) -> Vec<Note> {
        let mut notes = Vec::with_capacity(8 + self.content.len() / (2 * STEP));
        let (mut offset, mut n_breaks) = (0, 0);
        for (len, n_in_piece) in pieces {
            notes.push(Note { offset, n_breaks });
            let end = offset + len;
            let mut n_before = n_breaks;
            // Few pieces are long.
            while end - offset > 16 * STEP {
                n_before += self.breaks_in(offset..offset + STEP);
                offset += STEP;
                notes.push(Note {
                    offset,
                    n_breaks: n_before,
                });
            }
            offset = end;
            n_breaks += n_in_piece;
        }
        notes.push(Note { offset, n_breaks });
        notes
    }

    /// How many line feeds stand in a range.
    fn line_feeds_in(&self, range: Range<usize>) -> usize {
        // No line feed stands within a character.
        let [start, end] = [range.start, range.end].map(|at| self.content.floor_char_boundary(at));
        let part = self.content.get(start..end).unwrap_or_default();
        lines_lf::count_breaks(part)
    }

    /// How many line breaks have their last byte in a range.
    fn breaks_in(&self, range: Range<usize>) -> usize {
        let bytes = self.content.as_bytes();
        let returns = bytes.get(range.clone()).unwrap_or_default();
        let alone = memchr_iter(b'\r', returns)
            .filter(|at| bytes.get(range.start + at + 1) != Some(&b'\n'))
            .count();
        self.line_feeds_in(range) + alone
    }

    /// Number of lines, at least 1.
    pub(super) fn n_lines(&self) -> usize {
        self.notes().last().map_or(1, |end| end.n_breaks + 1)
    }

    /// The last note before the first for which `is_past` holds.
    fn note_before(&self, is_past: impl Fn(&Note) -> bool) -> Option<Note> {
        let notes = self.notes();
        let idx = notes
            .partition_point(|note| !is_past(note))
            .checked_sub(1)?;
        notes.get(idx).copied()
    }

    /// The zero-based line that holds a byte of the text, or its end.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        let note = self.note_before(|note| note.offset > offset);
        note.map_or(0, |note| {
            note.n_breaks + self.breaks_in(note.offset..offset)
        })
    }

    /// Where the zero-based `line` starts, if there is one.
    pub(super) fn line_start(&self, line: usize) -> Option<usize> {
        let Some(nth) = line.checked_sub(1) else {
            return Some(0);
        };
        let note = self.note_before(|note| note.n_breaks > nth)?;
        let (start, in_piece) = (note.offset, nth - note.n_breaks);
        let bytes = self.content.as_bytes();
        memchr2_iter(b'\n', b'\r', bytes.get(start..)?)
            .map(|at| start + at + 1)
            .filter(|next| bytes.get(next - 1) == Some(&b'\n') || bytes.get(*next) != Some(&b'\n'))
            .nth(in_piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_wherever_the_steps_fall() {
        let mixed = |pad| {
            format!(
                "{}\r\n\rb\n\r\r\n{}\rc",
                "x".repeat(pad),
                "\n".repeat(2 * STEP)
            )
        };
        // A step may end within a character.
        let plain = |pad| format!("{}\u{20ac}\n\u{20ac}", "\u{20ac}\n".repeat(pad));
        let contents = (STEP - 4..STEP + 2).flat_map(|pad| [mixed(pad), plain(pad)]);
        for (pad, content) in contents.enumerate() {
            let whole = Whole::new(content.clone());
            let mut starts = vec![0];
            let mut bytes = whole.content.bytes().enumerate().peekable();
            while let Some((at, byte)) = bytes.next() {
                let is_pair = byte == b'\r' && bytes.peek().is_some_and(|next| next.1 == b'\n');
                if matches!(byte, b'\n' | b'\r') && !is_pair {
                    starts.push(at + 1);
                }
            }
            let mut ends = starts[1..].to_vec();
            ends.extend((ends.last() != Some(&content.len())).then_some(content.len()));
            let counted = [1, 3, 9999].map(|n_lines| {
                let mut start = 0;
                let pieces = ends.chunks(n_lines).map(|ends| {
                    let len = ends[ends.len() - 1] - start;
                    start += len;
                    (
                        len,
                        ends.iter()
                            .filter(|end| starts.binary_search(end).is_ok())
                            .count(),
                    )
                });
                Whole::counted(content.clone(), pieces)
            });
            for whole in counted.iter().chain([&whole]) {
                assert_eq!(whole.n_lines(), starts.len());
                for (line, start) in starts.iter().enumerate() {
                    assert_eq!(whole.line_start(line), Some(*start), "{pad} {line}");
                }
                assert_eq!(whole.line_start(starts.len()), None);
                for offset in 0..=whole.content.len() {
                    let line = starts.partition_point(|start| *start <= offset) - 1;
                    assert_eq!(whole.line_of(offset), line, "{pad} {offset}");
                }
            }
        }
    }
}
