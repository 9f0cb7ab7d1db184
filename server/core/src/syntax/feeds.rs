//! The lines of a text of which all are looked at, as the fold does.
//!
//! In which eight bytes a line ends is nothing that a processor could foresee. So line feeds are looked for
//! 64 bytes at a time and noted without a branch for each, before anybody asks for their lines.

use std::ops::Range;

use super::line::{Line, Lines};
use crate::sixteen;

/// How many line feeds are noted at once, about.
const ROOM: usize = 128;

/// As [`Lines`].
pub(super) struct AllLines<'a> {
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
    pub(super) fn new(lines: Lines<'a>) -> Self {
        Self {
            lines,
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
        if self.lines.may_end_at_cr() {
            return self.lines.next_range();
        }
        if self.n_taken == self.n_feeds {
            self.look_ahead();
        }
        let end = *self.feeds.get(self.n_taken)?;
        self.n_taken += 1;
        self.lines.next_up_to(end)
    }

    /// The line that was found last, and where.
    pub(super) fn line(&self, range: Range<usize>) -> Line<'a> {
        self.lines.line(range)
    }

    /// Notes the next line feeds.
    #[inline(never)]
    fn look_ahead(&mut self) {
        let bytes = self.text().as_bytes();
        let (pieces, rest) = bytes.get(self.n_seen..).unwrap_or_default().as_chunks();
        (self.n_feeds, self.n_taken) = (0, 0);
        for piece in pieces {
            if self.note(piece).is_none() {
                return;
            }
        }
        if self.note(&sixteen::padded(rest, 0)).is_some()
            && let Some(feed) = self.feeds.get_mut(self.n_feeds)
        {
            *feed = bytes.len();
            self.n_feeds += 1;
            self.n_seen = bytes.len();
        }
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
            let lines = AllLines::new(Lines::new(text));
            assert!(lines.eq(Lines::new(text)), "{text:?}");
            let lines = AllLines::new(Lines::without_last(text));
            assert!(lines.eq(Lines::without_last(text)), "{text:?}");
        }
    }
}
