//! What stands where in the body of one entry, found line by line.
//!
//! Most lines are prose, and most others are of a sort that their first and last bytes tell. So a line is
//! sorted by these first ([`BodyScan::sort`]); the recognisers look at what is left.

use std::num::NonZeroU32;

use super::entry::{HeadLine, Part, PartKind, Span, clamp};
use super::form::{
    Totals, diffstat_summary, footnote, has_bar, is_diffstat_row, is_mode_line, is_row, is_trailer,
    key, may_be_summary, may_have_key, shortlog_header,
};
use super::line;
use super::shortlog::Titles;
use crate::sixteen;

/// `  title`: two blanks or more. A diffstat may follow without a blank line; its rows are indented by
/// one.
pub(super) fn is_shortlog_title(line: &[u8]) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    line.starts_with(b"  ") && (is_word(line.get(2)) || !line::is_blank_bytes(line))
}

/// Where a line is in its entry. Of most lines nothing more is kept.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Here {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its number.
    pub(super) line: usize,
}

impl From<Here> for HeadLine {
    fn from(here: Here) -> Self {
        Self {
            span: Span::new(here.start, here.end),
            line: NonZeroU32::new(clamp(here.line)).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl Here {
    /// A part that is this line.
    fn part(self, kind: PartKind) -> Part {
        Part {
            kind,
            span: Span::new(self.start, self.end),
            line: clamp(self.line),
            n_lines: 1,
        }
    }

    /// Has a part end with this line.
    fn extend(self, part: &mut Part) {
        part.span.end = clamp(self.end);
        part.n_lines = clamp(self.line) - part.line + 1;
    }
}

/// First and last line of a body that are not blank, and what its lines are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    /// Where the first one starts.
    pub(super) start: usize,
    /// Where the last one ends.
    pub(super) end: usize,
    /// Their numbers.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Lines that begin with `>`.
    n_quoted: u32,
    /// Lines that are not blank.
    n_lines: u32,
}

impl Extent {
    /// Whether there is a line.
    pub(super) fn is_some(&self) -> bool {
        self.n_lines > 0
    }

    /// A reply quotes: lines that begin with `>`, three at least and a fifth of all.
    pub(super) fn quotes(&self) -> bool {
        let n_written = self.n_lines - self.n_quoted;
        self.n_quoted >= 3 && u64::from(self.n_quoted) * 4 >= u64::from(n_written)
    }
}

/// What a line of a body may be.
pub(super) enum Sort {
    /// Without a byte.
    Blank,
    /// Nothing but itself.
    Prose,
    /// A row of a diffstat.
    Row,
    /// What is indented and needs a closer look, as all below.
    Indented,
    /// What begins with two dashes.
    Dashed,
    /// What begins with a bracket or white space that is no blank.
    Formed,
    /// What begins otherwise.
    Worded,
}

#[derive(Debug, Default)]
pub(super) struct BodyScan {
    pub(super) parts: Vec<Part>,
    pub(super) titles: Titles,
    pub(super) totals: Option<Totals>,
    pub(super) cut: Option<HeadLine>,
    pub(super) last_separator: Option<HeadLine>,
    /// Up to the line now.
    all: Extent,
    /// Up to the last separator.
    before_separator: Extent,
    /// Rows that are a diffstat once its summary comes.
    rows: Option<Part>,
    /// The number of the line behind the last diffstat, which may be a mode line of it.
    mode_line: usize,
}

impl BodyScan {
    /// What a line is, as far as a few bytes tell; the sorts of which most lines are come first. `from` is
    /// the text from the line on and `number` its own.
    #[inline(always)]
    pub(super) fn sort(&self, line: &[u8], from: &[u8], number: usize) -> Sort {
        let (Some(&first), Some(&last)) = (line.first(), line.last()) else {
            return Sort::Blank;
        };
        if first.is_ascii_alphabetic() {
            if ends_plainly(line) & !may_have_key(line, from) {
                return Sort::Prose;
            }
            return Sort::Worded;
        }
        if first == b' ' {
            if ENDS_ROW[usize::from(last)] && is_row(line) {
                return Sort::Row;
            }
            let is_plain = ends_plainly(line)
                && number != self.mode_line
                && !may_be_summary(line, last)
                && !(sixteen::may_have(line, from, b'|') && has_bar(line));
            return if is_plain {
                Sort::Prose
            } else {
                Sort::Indented
            };
        }
        match first {
            b'-' if line.starts_with(b"--") => Sort::Dashed,
            b'-' => Sort::Prose,
            b'[' | b'\t' | 0x0c => Sort::Formed,
            _ if ends_plainly(line) => Sort::Prose,
            _ => Sort::Worded,
        }
    }

    /// Takes a line that is prose.
    #[inline]
    pub(super) fn prose(&mut self, line: &[u8], here: Here) {
        self.rows = None;
        self.all.n_quoted += u32::from(line.first() == Some(&b'>'));
        self.extend(here);
    }

    /// Takes a row of a diffstat.
    pub(super) fn row(&mut self, here: Here) {
        match &mut self.rows {
            Some(rows) => here.extend(rows),
            None => self.rows = Some(here.part(PartKind::Diffstat)),
        }
        self.extend(here);
    }

    /// Adds a title to the group before it.
    #[inline(always)]
    pub(super) fn shortlog_title(&mut self, here: Here, line: &[u8], from: &[u8]) {
        if let Some(group) = self.parts.last_mut() {
            here.extend(group);
        }
        self.titles.add(here.start, clamp(here.line), line, from);
        self.extend(here);
    }

    /// Takes a line; whether it opens a shortlog group, whose titles follow.
    pub(super) fn line(&mut self, here: Here, line: &str, behind: &str) -> bool {
        match line.as_bytes().first() {
            None => {}
            Some(b' ') => self.indented(here, line),
            Some(b'-') => self.dashed(here, line),
            Some(b'[' | b'\t' | 0x0c) => self.formed(here, line),
            Some(_) => return self.worded(here, line, behind),
        }
        false
    }

    /// Takes a line that begins with a blank.
    pub(super) fn indented(&mut self, here: Here, line: &str) {
        if line::is_blank(line) {
            return;
        }
        if let Some(totals) = diffstat_summary(line) {
            self.end_diffstat(here, totals);
        } else if is_diffstat_row(line) {
            self.row(here);
        } else if self.mode_line == here.line
            && is_mode_line(line)
            && let Some(diffstat) = self.parts.last_mut()
        {
            // Mode lines follow the summary directly.
            here.extend(diffstat);
            self.mode_line = here.line + 1;
            self.extend(here);
        } else {
            self.prose(line.as_bytes(), here);
        }
    }

    /// Takes a line that begins with a dash.
    pub(super) fn dashed(&mut self, here: Here, line: &str) {
        if self.cut.is_none() && line.starts_with("---") && line.trim_end() == "---" {
            self.cut = Some(here.into());
        }
        if line::is_separator(line) {
            self.before_separator = self.all;
            self.last_separator = Some(here.into());
        }
        self.prose(line.as_bytes(), here);
    }

    /// Takes a line that begins with a bracket, or with white space that is no blank.
    pub(super) fn formed(&mut self, here: Here, line: &str) {
        if line::is_blank(line) {
            return;
        }
        if footnote(line).is_some() {
            self.push(PartKind::Footnote, here);
        }
        self.prose(line.as_bytes(), here);
    }

    /// Takes any other line that is not empty; whether it opens a shortlog group.
    pub(super) fn worded(&mut self, here: Here, line: &str, behind: &str) -> bool {
        let last = line.as_bytes().last().copied().unwrap_or_default();
        // A header ends in a colon, perhaps with white space behind it.
        let may_open_group = last == b':' || last <= b' ' || !last.is_ascii();
        if may_open_group && shortlog_header(line).is_some() {
            let has_titles = starts_with_title(without_break(behind));
            // Below another group it is one that lost its titles.
            if has_titles || self.follows_group() {
                self.push(PartKind::ShortlogGroup, here);
                self.titles.open_group();
                self.extend(here);
                self.rows = None;
                return has_titles;
            }
        }
        if line.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && let Some(colon) = key(line.as_bytes())
        {
            if is_trailer(line, colon) {
                self.push(PartKind::Trailer, here);
            } else if line.starts_with("base-commit: ")
                || line.starts_with("prerequisite-patch-id: ")
            {
                self.push(PartKind::BaseCommit, here);
            }
        }
        self.prose(line.as_bytes(), here);
        false
    }

    #[inline]
    fn extend(&mut self, here: Here) {
        if !self.all.is_some() {
            self.all.start = here.start;
            self.all.first = here.line;
        }
        self.all.end = here.end;
        self.all.last = here.line;
        self.all.n_lines += 1;
    }

    /// Whether nothing but blank lines stands behind a shortlog group.
    fn follows_group(&self) -> bool {
        let group = self.parts.last();
        let group = group.filter(|part| part.kind == PartKind::ShortlogGroup);
        group.is_some_and(|group| clamp(self.all.last + 1) == group.line + group.n_lines)
    }

    fn push(&mut self, kind: PartKind, here: Here) {
        self.parts.push(here.part(kind));
    }

    /// Ends a diffstat with its summary.
    fn end_diffstat(&mut self, here: Here, totals: Totals) {
        self.totals = Some(totals);
        let rows = self.rows.take();
        let mut part = rows.unwrap_or_else(|| here.part(PartKind::Diffstat));
        here.extend(&mut part);
        self.parts.push(part);
        self.mode_line = here.line + 1;
        self.extend(here);
    }

    /// One for the next entry, with the memory of this one.
    pub(super) fn for_next(&mut self) -> Self {
        let mut next = Self {
            parts: std::mem::take(&mut self.parts),
            titles: std::mem::take(&mut self.titles),
            ..Self::default()
        };
        next.parts.clear();
        next.titles.clear();
        next
    }

    /// Has it have room for that many parts and titles.
    pub(super) fn reserve(&mut self, n: usize) {
        self.parts.reserve(n);
        self.titles.reserve(n);
    }

    /// What is the body, without the separator behind it if the entry ends with one.
    pub(super) fn extent(&self, separated: bool) -> Extent {
        let is_before =
            separated && (self.before_separator.is_some() || self.last_separator.is_some());
        if is_before {
            self.before_separator
        } else {
            self.all
        }
    }
}

/// The bytes that a row of a diffstat ends with, unless it is of a binary file.
const ENDS_ROW: [bool; 256] = {
    let mut ends_row = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        ends_row[byte] = matches!(byte as u8, b'+' | b'-' | b'0'..=b'9');
        byte += 1;
    }
    ends_row
};

/// Whether a line has no white space at its end, nor what headers of shortlogs end in: a parenthesis and a
/// colon.
#[inline(always)]
fn ends_plainly(line: &[u8]) -> bool {
    let last = line.last().copied().unwrap_or_default();
    let before_last = line.get(line.len().wrapping_sub(2)).copied();
    let ends_header = (last == b':') & (before_last == Some(b')'));
    last.is_ascii_graphic() & !ends_header
}

/// The text behind the line break that a text begins with.
pub(super) fn without_break(text: &str) -> &str {
    let text = text.strip_prefix('\r').unwrap_or(text);
    text.strip_prefix('\n').unwrap_or(text)
}

/// Whether a text begins with a title of a shortlog.
fn starts_with_title(text: &str) -> bool {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | 0x0c);
    let content = text.bytes().find(|byte| !is_gap(byte));
    text.starts_with("  ") && !matches!(content, None | Some(b'\n' | b'\r'))
}
