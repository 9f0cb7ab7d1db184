//! A text in one piece, and where its lines are.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::{memchr, memchr_iter, memchr2_iter};
use ropey::Rope;
use str_indices::lines_lf;

/// Bytes of text from one note of the number of lines to the next.
const STEP: usize = 1024;

/// A text that was not edited.
#[derive(Debug)]
pub(super) struct Whole {
    content: String,
    /// How many line breaks stand before every [`STEP`] bytes, and in all of the text; made when
    /// lines are first asked for.
    breaks: OnceLock<Box<[usize]>>,
    /// The same for edits; made once, whoever asks for it first.
    rope: OnceLock<Rope>,
}

impl Whole {
    pub(super) fn new(content: String) -> Self {
        Self {
            content,
            breaks: OnceLock::new(),
            rope: OnceLock::new(),
        }
    }

    pub(super) fn rope(&self) -> &Rope {
        self.rope.get_or_init(|| Rope::from_str(&self.content))
    }

    pub(super) fn content(&self) -> &str {
        &self.content
    }

    fn breaks(&self) -> &[usize] {
        self.breaks.get_or_init(|| {
            let len = self.content.len();
            let has_returns = memchr(b'\r', self.content.as_bytes()).is_some();
            let (mut before, mut start) = (0, 0);
            let mut breaks = Vec::with_capacity(len.div_ceil(STEP) + 1);
            breaks.push(0);
            while start < len {
                let end = (start + STEP).min(len);
                before += if has_returns {
                    self.breaks_in(start..end)
                } else {
                    self.line_feeds_in(start..end)
                };
                breaks.push(before);
                start = end;
            }
            breaks.into()
        })
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
        self.breaks().last().map_or(1, |all| all + 1)
    }

    /// The zero-based line that holds a byte of the text, or its end.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let before = self.breaks().get(step).copied().unwrap_or_default();
        before + self.breaks_in(step * STEP..offset)
    }

    /// Where the zero-based `line` starts, if there is one.
    pub(super) fn line_start(&self, line: usize) -> Option<usize> {
        let Some(nth) = line.checked_sub(1) else {
            return Some(0);
        };
        let breaks = self.breaks();
        let step = breaks
            .partition_point(|before| *before <= nth)
            .checked_sub(1)?;
        let start = step * STEP;
        let bytes = self.content.as_bytes();
        let in_step = nth - breaks.get(step)?;
        memchr2_iter(b'\n', b'\r', bytes.get(start..)?)
            .map(|at| start + at + 1)
            .filter(|next| bytes.get(next - 1) == Some(&b'\n') || bytes.get(*next) != Some(&b'\n'))
            .nth(in_step)
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
            let whole = Whole::new(content);
            let mut starts = vec![0];
            let mut bytes = whole.content.bytes().enumerate().peekable();
            while let Some((at, byte)) = bytes.next() {
                let is_pair = byte == b'\r' && bytes.peek().is_some_and(|next| next.1 == b'\n');
                if matches!(byte, b'\n' | b'\r') && !is_pair {
                    starts.push(at + 1);
                }
            }
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
