//! The lines of a text of which all are looked at, as the fold does.
//!
//! In which eight bytes a line ends is nothing that a processor could foresee. So line feeds are looked for
//! 64 bytes at a time and noted without a branch for each, before anybody asks for their lines. In nearly all
//! texts no line ends at `\r`; from the first one on lines are looked for one by one.

use std::ops::Range;

use super::line::{Line, Lines};
use crate::sixteen;

/// How many line feeds are noted at once, about.
const ROOM: usize = 128;

/// As [`Lines`].
pub(super) struct AllLines<'a> {
    /// Without regard to `\r` until one is found.
    lines: Lines<'a>,
    /// Where line feeds are that were found, and behind the last of them the end of the text.
    feeds: [usize; ROOM],
    /// How many of them there are, and how many lines were asked for.
    n_feeds: usize,
    n_taken: usize,
    /// How much of the text was looked at.
    n_seen: usize,
}

impl<'a> AllLines<'a> {
    /// Those of a text from its start on.
    pub(super) fn new(text: &'a str) -> Self {
        Self::up_to(text, text.len())
    }

    /// All lines but the last, which may go on where `text` is followed by more: it has no line break in
    /// sight, or a `\r` that may be half of one.
    pub(super) fn without_last(text: &'a str) -> Self {
        let unbroken = text.strip_suffix('\n').unwrap_or(text);
        let unbroken = unbroken.strip_suffix('\r').unwrap_or(unbroken);
        let end = memchr::memrchr2(b'\n', b'\r', unbroken.as_bytes());
        Self::up_to(text, end.map_or(0, |at| at + 1))
    }

    /// Those that start before the byte `end`.
    fn up_to(text: &'a str, end: usize) -> Self {
        Self {
            lines: Lines::ending_at_feeds(text, end),
            feeds: [0; ROOM],
            n_feeds: 0,
            n_taken: 0,
            n_seen: 0,
        }
    }

    /// The text that the lines are of.
    pub(super) fn text(&self) -> &'a str {
        self.lines.text()
    }

    /// Where the next line is, without its line break, for those who seldom want more of it than a byte
    /// or two. They are few, and to call it would cost as much as it does.
    #[inline(always)]
    pub(super) fn next_range(&mut self) -> Option<Range<usize>> {
        if self.n_taken == self.n_feeds && !self.look_ahead() {
            return self.lines.next_range();
        }
        let end = *self.feeds.get(self.n_taken)?;
        self.n_taken += 1;
        self.lines.next_up_to(end)
    }

    /// The line that was found last, and where.
    pub(super) fn line(&self, range: Range<usize>) -> Line<'a> {
        self.lines.line(range)
    }

    /// Notes the next line feeds; `false` where the next line may end at `\r`, as all behind it then may.
    #[inline(never)]
    fn look_ahead(&mut self) -> bool {
        if self.lines.may_end_at_cr() {
            return false;
        }
        let bytes = self.text().as_bytes();
        let (pieces, rest) = bytes.get(self.n_seen..).unwrap_or_default().as_chunks();
        (self.n_feeds, self.n_taken) = (0, 0);
        for piece in pieces {
            if sixteen::has(piece.as_chunks().0, b'\r') {
                return self.stop_at_return();
            }
            if self.note(piece).is_none() {
                return true;
            }
        }
        if rest.contains(&b'\r') {
            return self.stop_at_return();
        }
        if self.note(&sixteen::padded(rest, 0)).is_some()
            && let Some(feed) = self.feeds.get_mut(self.n_feeds)
        {
            *feed = bytes.len();
            self.n_feeds += 1;
            self.n_seen = bytes.len();
        }
        true
    }

    /// Notes no more feeds, as a `\r` is near; `false` where all that were noted are asked for.
    fn stop_at_return(&mut self) -> bool {
        if self.n_feeds == 0 {
            self.lines.end_at_returns();
        }
        self.n_feeds > 0
    }

    /// Notes the line feeds among 64 bytes if there is room for as many.
    #[inline(always)]
    fn note(&mut self, piece: &[u8; 64]) -> Option<()> {
        let feeds: &mut [usize; 64] = self.feeds.get_mut(self.n_feeds..)?.first_chunk_mut()?;
        let mut found = sixteen::places(piece, b'\n');
        let mut n_feeds = 0;
        // Seldom are there more than two. What is none is written over by the next one.
        for feed in feeds.iter_mut().take(2) {
            *feed = self.n_seen + found.trailing_zeros() as usize;
            n_feeds += usize::from(found != 0);
            found &= found.wrapping_sub(1);
        }
        while found != 0
            && let Some(feed) = feeds.get_mut(n_feeds)
        {
            *feed = self.n_seen + found.trailing_zeros() as usize;
            n_feeds += 1;
            found &= found - 1;
        }
        self.n_feeds += n_feeds;
        self.n_seen += piece.len();
        Some(())
    }
}

impl<'a> Iterator for AllLines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let range = self.next_range()?;
        Some(self.line(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lines_are_found_wherever_they_end() {
        let mut texts = vec!["\n".repeat(1000), String::new(), "a\r\nb\rc\n\n".repeat(50)];
        for n in 0..200 {
            let line = "x".repeat(n);
            texts.push(line.clone());
            texts.push(format!("{line}\n"));
            texts.push(format!("{line}\n\u{b}ü{line}\n\n").repeat(n % 50));
            texts.push(format!("{line}\n\n\n\n\n.").repeat(n % 50));
        }
        for text in &texts {
            check(text);
        }
    }

    /// Checks that lines are found as they are one by one, the last one or not.
    fn check(text: &str) {
        let mut lines: Vec<_> = Lines::new(text).collect();
        assert!(AllLines::new(text).eq(lines.iter().copied()), "{text:?}");
        lines.pop();
        assert!(AllLines::without_last(text).eq(lines), "{text:?}");
    }

    #[test]
    fn the_last_line_is_left_out_where_it_may_go_on() {
        for text in [
            "",
            "a",
            "a\n",
            "a\r",
            "a\r\n",
            "a\n\n",
            "a\n\r",
            "a\r\r\n",
            "a\nb",
            "\n",
            "\r\n",
            "a\n\r\nb\r",
        ] {
            check(text);
        }
    }

    #[test]
    fn lines_end_at_returns_wherever_those_stand() {
        for n in 0..200 {
            for line in ["x", "a\n", "ü\n\n", "\n"] {
                let before = line.repeat(n);
                for behind in ["\r", "\r\n", "\rb", "\r\r\nb\n", "\r\nb\r\nc\nd\re"] {
                    check(&format!("{before}{behind}"));
                    check(&format!("{before}{behind}{before}"));
                }
            }
        }
    }
}
