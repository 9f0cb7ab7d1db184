//! A letter typed in a line of prose: the entry it stands in is moved, not read again.
//!
//! Nearly all that is typed into a digest is prose, and nothing is known of prose but where it
//! stands. A line that begins with a letter and has neither `:` nor `[` nor `//`, nor what
//! quoted-printable would leave, means the same to every recogniser as any other such line: no head,
//! trailer, shortlog, footnote or row, no first line of a block, and nothing that a line before it
//! looks for below itself. So where such a line becomes another one, the blocks are those of before,
//! the entry is as it was with all behind the edit moved, it tells the same, and the same is wrong
//! with it. Held against parsing by `tests/tests/prose.rs`.

use std::ops::Range;

use memchr::{memchr_iter, memchr2, memmem, memrchr2};

use super::blocks::Blocks;
use super::entry::{Entry, HeadLine, Span};
use super::reparse::Reparse;
use crate::text::Text;

/// Bytes before and behind an edit in which its line is looked for: first among few, as a larger piece of
/// the text is put together from several pieces of memory.
const REACHES: [usize; 2] = [80, 1000];

/// Updates `blocks` after the bytes `replaced` of the text `old` became `inserted` bytes of `text`, if
/// that was typing in prose; else changes nothing.
pub(super) fn typed(
    blocks: &mut Blocks,
    old: &Text,
    text: &Text,
    replaced: Range<usize>,
    inserted: usize,
) -> Option<Reparse> {
    if replaced.len().max(inserted) > MOST_TYPED {
        return None;
    }
    let place = blocks.at_offset(replaced.start)?;
    let entry = place.block.entry()?;
    // Below the author every line is of the message.
    entry.author.or(entry.bad_author)?;
    let body = entry.body.at(place.start());
    let is_inside = body.start < replaced.start && replaced.end <= body.end;
    let was_plain = || replaced.is_empty() || is_plain(old.slice(replaced.clone()).as_bytes());
    if !is_inside || place.block.len > MOST_BLOCK || !was_plain() {
        return None;
    }
    let line = |reach| line_around(text, &body, &replaced, inserted, reach);
    let line = REACHES.into_iter().find_map(line)?;
    let line_end = line.end - inserted + replaced.len();
    let moved = Moved {
        line: line.start - place.start()..line_end - place.start(),
        removed: replaced.len(),
        inserted,
    };
    let block = place
        .block
        .with_entry(moved.entry(entry), moved.at(place.block.len));
    let at = place.before.blocks;
    blocks.splice(at..at + 1, vec![block]);
    Some(Reparse {
        parsed: line,
        replaced: at..at + 1,
        n_new: 1,
    })
}

/// Most bytes that are typed at once, or removed.
const MOST_TYPED: usize = 1000;

/// Largest block in which spans are exact.
const MOST_BLOCK: usize = 1 << 31;

/// The line of the new text that holds an edit, if it begins and ends within `reach` bytes of that, is
/// prose and was before. `body` is that of the old text.
fn line_around(
    text: &Text,
    body: &Range<usize>,
    replaced: &Range<usize>,
    inserted: usize,
    reach: usize,
) -> Option<Range<usize>> {
    let start = replaced.start;
    let body_end = body.end - replaced.len() + inserted;
    let edit_end = start + inserted;
    let from = start.saturating_sub(reach).max(body.start);
    let to = (edit_end + reach).min(body_end);
    let window = text.slice(from..to);
    let bytes = window.as_bytes();
    // Else the window was widened, to whole characters.
    if bytes.len() != to - from {
        return None;
    }
    let (before, behind) = (bytes.get(..start - from)?, bytes.get(edit_end - from..)?);
    let line_start = match memrchr2(b'\n', b'\r', before) {
        Some(at) => at + 1,
        None if from == body.start => 0,
        None => return None,
    };
    let line_end = match memchr2(b'\n', b'\r', behind) {
        Some(len) => edit_end - from + len,
        None if to == body_end => bytes.len(),
        None => return None,
    };
    let line = window.get(line_start..line_end)?;
    let is_prose = is_prose(line, start - from - line_start);
    is_prose.then_some(from + line_start..from + line_end)
}

/// Whether a line that was edited behind its byte `at` is prose now and was before.
fn is_prose(line: &str, at: usize) -> bool {
    let line = line.as_bytes();
    // What comes before the edit shows that the line began with the same letter.
    let begins = at > 0 && line.first().is_some_and(u8::is_ascii_alphabetic);
    // `https//` is an address of which the colon is missing.
    begins && is_plain(line) && !may_be_damage(line) && memmem::find(line, b"//").is_none()
}

/// Whether bytes can stand in a line of prose.
fn is_plain(bytes: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b':' | b'[');
    bytes.iter().fold(true, |all, byte| all & is_plain(byte))
}

/// Whether a line may have something that was left undecoded: `=3D`, `=?UTF-8?…`, a `=` at its end.
fn may_be_damage(line: &[u8]) -> bool {
    memchr_iter(b'=', line).any(|at| {
        let next = line.get(at + 1);
        next.is_none_or(|next| matches!(next, b'0'..=b'9' | b'A'..=b'F' | b'?'))
    })
}

/// How places in an entry move: those behind the line that was edited, and its end.
struct Moved {
    /// The line, in the old entry.
    line: Range<usize>,
    removed: usize,
    inserted: usize,
}

impl Moved {
    fn at(&self, place: usize) -> usize {
        if place < self.line.end {
            return place;
        }
        place - self.removed + self.inserted
    }

    /// A range that does not touch the line.
    fn elsewhere(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let touches = range.start <= self.line.end && self.line.start <= range.end;
        (!touches).then(|| self.at(range.start)..self.at(range.end))
    }

    fn span(&self, span: &mut Span) {
        let Range { start, end } = span.at(0);
        // No line but the one that was edited has its start or end in it.
        *span = Span::new(self.at(start), self.at(end));
    }

    fn line(&self, line: &mut HeadLine) {
        self.span(&mut line.span);
    }

    fn entry(&self, entry: &Entry) -> Entry {
        let mut entry = Entry {
            verdict: entry.verdict.moved(|range| self.elsewhere(range)),
            ..entry.clone()
        };
        self.span(&mut entry.body);
        let lines = [
            &mut entry.separator,
            &mut entry.inner_separator,
            &mut entry.cut,
        ];
        lines.into_iter().flatten().for_each(|line| self.line(line));
        entry
            .parts
            .iter_mut()
            .for_each(|part| self.span(&mut part.span));
        entry
            .titles
            .iter_mut()
            .for_each(|title| self.span(&mut title.span));
        entry
    }
}
