//! The lines of a body, looked for where one is asked for: of nearly all lines nobody asks.
//!
//! A line goes by the byte at which it starts. Lines end where [`Lines`] ends them; the tests below
//! hold the two against each other.
//!
//! [`Lines`]: crate::syntax::line::Lines

use crate::syntax::line::Line;
use memchr::memmem::Finder;
use memchr::{memchr2, memrchr2};
use std::sync::LazyLock;

#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) text: &'a str,
}

impl<'a> Body<'a> {
    /// The line that starts at a byte.
    pub(super) fn line(self, start: usize) -> Option<Line<'a>> {
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let len = memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let (text, behind) = rest.split_at_checked(len)?;
        let len_of_break = match behind.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            behind => behind.len().min(1),
        };
        Some(Line {
            start,
            text,
            next: start + len + len_of_break,
        })
    }

    /// The lines from one that starts at a byte, up to where another starts.
    pub(super) fn lines(self, start: usize, end: usize) -> impl Iterator<Item = Line<'a>> {
        let mut next = start;
        std::iter::from_fn(move || {
            let line = self.line(next).filter(|line| line.start < end)?;
            next = line.next;
            Some(line)
        })
    }

    /// The line that has a byte, which is none of its line break.
    pub(super) fn line_with(self, at: usize) -> Option<Line<'a>> {
        self.line(start_of_last(self.text.as_bytes().get(..at)?))
    }

    /// The line above one that starts at a byte.
    pub(super) fn above(self, start: usize) -> Option<Line<'a>> {
        let before = self.text.get(..start)?;
        let text = before.strip_suffix(['\n', '\r'])?;
        let text = match before.ends_with('\n') {
            true => text.strip_suffix('\r').unwrap_or(text),
            false => text,
        };
        let above = start_of_last(text.as_bytes());
        Some(Line {
            start: above,
            text: text.get(above..)?,
            next: start,
        })
    }

    /// Where a diff starts: what follows is code. The end where there is none.
    pub(super) fn code(self) -> usize {
        static DIFF: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("diff --git "));
        let bytes = self.text.as_bytes();
        let starts_line = |at: &usize| matches!(bytes.get(..*at), Some([] | [.., b'\n' | b'\r']));
        let mut starts = DIFF.find_iter(bytes).filter(starts_line);
        starts.next().unwrap_or(bytes.len())
    }
}

/// Where the last line of a text starts.
fn start_of_last(text: &[u8]) -> usize {
    memrchr2(b'\n', b'\r', text).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::line::Lines;

    #[test]
    fn lines_are_those_that_the_parser_has() {
        for text in [
            "",
            "a",
            "\n",
            "a\n",
            "\r\na\r\n\r\nb",
            "a\rb\r\rc\n\rd\r\n",
            "é\n\n\n  ü\nx\r",
        ] {
            let lines: Vec<Line<'_>> = Lines::new(text).collect();
            let body = Body { text };
            assert_eq!(body.lines(0, text.len()).collect::<Vec<_>>(), lines);
            let mut above = None;
            for line in lines {
                assert_eq!(body.line(line.start), Some(line), "{text:?}");
                assert_eq!(body.above(line.start), above, "{text:?}");
                for (at, _) in line.text.char_indices() {
                    assert_eq!(body.line_with(line.start + at), Some(line), "{text:?}");
                }
                above = Some(line);
            }
            assert_eq!(body.line(text.len()), None);
        }
    }

    #[test]
    fn code_starts_with_a_line() {
        for (text, code) in [
            ("a diff --git x", None),
            ("diff --git x", Some(0)),
            ("a\rdiff --git x\ndiff --git ", Some(2)),
            (" diff --git x\r\ndiff --git", None),
        ] {
            assert_eq!(Body { text }.code(), code.unwrap_or(text.len()), "{text:?}");
        }
    }
}
