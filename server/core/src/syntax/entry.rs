//! What stands where inside one entry.
//!
//! All ranges are relative to the start of the entry, so an entry can be reused wherever edits
//! elsewhere have moved it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::form::{
    Totals, diffstat_summary, footnote, is_diffstat_row, is_mode_line, shortlog_header, trailer,
};
use super::line::{self, Line, Lines};
use crate::lints::local::Verdict;
use crate::model::facts::Facts;

/// A range of bytes relative to the start of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// A span from offsets; offsets over 4 GiB are cut off there.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// The span as a range, moved by `base` bytes.
    #[must_use]
    pub fn at(self, base: usize) -> Range<usize> {
        base + self.start as usize..base + self.end as usize
    }

    /// The text of the span in the text of its block.
    #[must_use]
    pub fn text(self, block: &str) -> &str {
        block
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Whether the span has no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A line of an entry's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLine {
    /// The line without its line break.
    pub span: Span,
    /// Zero-based line in the entry.
    pub line: u32,
}

/// One `New:` record: its head, and the parts of its body that have a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The title after `New:` and blanks, on line 0.
    pub title: Span,
    /// The bracketed subject.
    pub subject: Option<HeadLine>,
    /// Whether the subject is ASCII, so that bytes are columns.
    pub subject_is_ascii: bool,
    /// The `Author:` line.
    pub author: Option<HeadLine>,
    /// A line that stands where the author should and is none.
    pub bad_author: Option<HeadLine>,
    /// First and last line of the body that are not blank (zero-based, inclusive).
    pub body_lines: Option<(u32, u32)>,
    /// The bytes of those lines.
    pub body: Span,
    /// The line of 70 dashes that ends the entry.
    pub separator: Option<HeadLine>,
    /// Without a separator at the end: the last such line inside, with the text after it.
    pub inner_separator: Option<HeadLine>,
    /// The first cut line (`---`).
    pub cut: Option<HeadLine>,
    /// The parts, in the order of the text; they do not overlap.
    pub parts: Box<[Part]>,
    /// The titles of all shortlog groups, in order.
    pub titles: Box<[Title]>,
    /// Whether much of the body is quoted with `>`, as in a reply.
    pub quotes: bool,
    /// What a check of this very text came to.
    pub verdict: Verdict,
    /// What the entry tells, read when it was taken apart, as its text is at hand then.
    pub(super) facts: OnceLock<Arc<Facts>>,
}

/// Where a title of a shortlog stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Title {
    /// From its first to its last byte.
    pub span: Span,
    /// Zero-based line in the entry where it starts.
    pub line: u32,
    /// Number of lines it is wrapped over.
    pub n_lines: u16,
    /// The columns at which it starts and ends, where its lines are ASCII, so that bytes are columns,
    /// and lines and columns are few enough for such numbers.
    pub columns: Option<(u16, u16)>,
}

/// A part of a body that has a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its bytes, from the start of its first line to the end of its last without line break.
    pub span: Span,
    /// Zero-based line in the entry where it starts.
    pub line: u32,
    /// Number of its lines.
    pub n_lines: u32,
}

/// The kinds of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// `Signed-off-by: …`, one line.
    Trailer,
    /// `Mark Brown (4):` and the titles below it.
    ShortlogGroup,
    /// Rows of a diffstat with what follows them up to its summary and mode lines.
    Diffstat,
    /// `[1] https://…`, one line.
    Footnote,
    /// `base-commit: <hash>` or `prerequisite-patch-id: <hash>`.
    BaseCommit,
}

impl Entry {
    /// Takes an entry apart. `text` is the whole block, from `New:` to before the next block;
    /// `separated` tells whether it ends with a separator and blank lines.
    #[must_use]
    pub fn parse(text: &str, separated: bool) -> Self {
        let mut scan = Scan::default();
        for line in Lines::new(text) {
            scan.line(&line, text);
        }
        scan.finish(text, separated)
    }

    /// What the entry tells by itself.
    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        self.facts.get_or_init(Arc::default)
    }

    /// The parts of one kind.
    pub fn parts_of(&self, kind: PartKind) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }

    /// The part that begins with a line of the entry. Parts are in the order of the text.
    #[must_use]
    pub fn part_at(&self, line: usize) -> Option<&Part> {
        let line = u32::try_from(line).ok()?;
        let idx = self.parts.binary_search_by_key(&line, |part| part.line);
        self.parts.get(idx.ok()?)
    }
}

/// Takes an entry apart while its lines are found, so that no line is looked for twice.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where the entry starts in the text that its lines are from.
    base: usize,
    /// The number of the next line.
    number: u32,
    stage: Stage,
    title: Span,
    subject: Option<HeadLine>,
    author: Option<HeadLine>,
    bad_author: Option<HeadLine>,
    body: BodyScan,
}

/// What the next line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    New,
    SubjectOrAuthor,
    Author,
    Body,
    /// A title of the shortlog group that is the last part, or the first line behind it.
    Titles,
}

impl Scan {
    /// A scan of the entry that starts at the byte `base` of the text its lines will be from.
    pub(super) fn starting_at(base: usize) -> Self {
        Self {
            base,
            ..Self::default()
        }
    }

    /// Takes the next line. Where only what follows tells what a line is, the beginning of the line
    /// behind it in `text` is looked at, for what no first line of another block begins with.
    pub(super) fn line(&mut self, line: &Line<'_>, text: &str) {
        let start = line.start - self.base;
        let here = HeadLine {
            span: Span::new(start, start + line.text.len()),
            line: self.number,
        };
        self.number = self.number.saturating_add(1);
        let is_body = match self.stage {
            Stage::Body => true,
            Stage::Titles => !self.shortlog_title(here, line.text),
            _ => !self.head_line(here, line, text),
        };
        if is_body {
            let opens_group = self.body.line(here, line, text);
            self.stage = if opens_group {
                Stage::Titles
            } else {
                Stage::Body
            };
        }
    }

    /// `New:`, subject, author; whatever is missing leaves the rest in place. Whether the line is
    /// one of them.
    fn head_line(&mut self, here: HeadLine, line: &Line<'_>, text: &str) -> bool {
        match self.stage {
            Stage::New => {
                let after = line.text.strip_prefix("New:").unwrap_or(line.text);
                let title = after.trim();
                let start = here.span.end as usize - after.trim_start().len();
                self.title = Span::new(start, start + title.len());
                self.stage = Stage::SubjectOrAuthor;
                return true;
            }
            Stage::SubjectOrAuthor => {
                if line::is_author(line.text) {
                    self.author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
                let author_is_next = || line::is_author(text.get(line.next..).unwrap_or_default());
                if !line.is_blank() && (line.text.starts_with('[') || author_is_next()) {
                    self.subject = Some(here);
                    self.stage = Stage::Author;
                    return true;
                }
            }
            _ => {
                if line::is_author(line.text) {
                    self.author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
                if looks_like_author(line.text) {
                    self.bad_author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
            }
        }
        false
    }

    /// Adds a title to the group before it, if the line is one. A diffstat may follow without a
    /// blank line; its rows are indented by one.
    fn shortlog_title(&mut self, here: HeadLine, text: &str) -> bool {
        if !is_shortlog_title(text) {
            return false;
        }
        if let Some(group) = self.body.parts.last_mut() {
            group.span.end = here.span.end;
            group.n_lines = here.line - group.line + 1;
        }
        self.body.extend(here);
        true
    }

    /// The entry, whose text is `content`.
    pub(super) fn finish(self, content: &str, separated: bool) -> Entry {
        let scan = self.body;
        let (separator, inner_separator) = if separated {
            (scan.last_separator, None)
        } else {
            (None, scan.last_separator)
        };
        let body = if separated {
            scan.before_separator
        } else {
            scan.all
        };
        let body = body.or(scan.all.filter(|_| separator.is_none()));
        let mut entry = Entry {
            title: self.title,
            subject: self.subject,
            subject_is_ascii: self
                .subject
                .is_some_and(|line| line.span.text(content).is_ascii()),
            author: self.author,
            bad_author: self.bad_author,
            body_lines: body.map(|b| (b.first.line, b.last.line)),
            body: body.map_or(Span::default(), |b| Span {
                start: b.first.span.start,
                end: b.last.span.end,
            }),
            separator,
            inner_separator,
            cut: scan.cut,
            parts: scan.parts.into_boxed_slice(),
            titles: Box::default(),
            quotes: scan.cut.is_none() && body.is_some_and(|body| body.quotes()),
            verdict: Verdict::default(),
            facts: OnceLock::new(),
        };
        let (facts, titles) = Facts::read(content, &entry, scan.totals);
        entry.titles = titles.into_boxed_slice();
        let _ = entry.facts.set(Arc::new(facts));
        entry
    }
}

/// `Autor: A <a@b>`, `A <a@b>`: meant to be the author's line. A body starts after a blank line.
fn looks_like_author(text: &str) -> bool {
    !line::is_blank(text) && text.len() < 300 && (text.contains('@') || text.get(..2) == Some("Au"))
}

/// `  title`: two blanks or more.
fn is_shortlog_title(text: &str) -> bool {
    text.starts_with("  ") && !line::is_blank(text)
}

/// First and last line of a body that are not blank, and what its lines are.
#[derive(Debug, Clone, Copy)]
struct Extent {
    first: HeadLine,
    last: HeadLine,
    /// Lines that begin with `>`.
    n_quoted: u32,
    /// Lines that are not blank.
    n_lines: u32,
}

impl Extent {
    /// A reply quotes: lines that begin with `>`, three at least and a fifth of all.
    fn quotes(&self) -> bool {
        let n_written = self.n_lines - self.n_quoted;
        self.n_quoted >= 3 && u64::from(self.n_quoted) * 4 >= u64::from(n_written)
    }
}

#[derive(Debug, Default)]
struct BodyScan {
    parts: Vec<Part>,
    totals: Option<Totals>,
    cut: Option<HeadLine>,
    last_separator: Option<HeadLine>,
    /// Up to the line now.
    all: Option<Extent>,
    /// Up to the last separator.
    before_separator: Option<Extent>,
    /// Rows that are a diffstat once its summary comes.
    rows: Option<Part>,
}

impl BodyScan {
    /// Takes a line; whether it opens a shortlog group, whose titles follow.
    fn line(&mut self, here: HeadLine, line: &Line<'_>, text: &str) -> bool {
        let bytes = line.text.as_bytes();
        let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
            return false;
        };
        match first {
            b' ' => {
                if self.diffstat_line(here, line.text) {
                    self.extend(here);
                    return false;
                }
                if line.is_blank() {
                    return false;
                }
            }
            b'-' => {
                if self.cut.is_none() && line.text.trim_end() == "---" {
                    self.cut = Some(here);
                }
                if line::is_separator(line.text) {
                    self.before_separator = self.all;
                    self.last_separator = Some(here);
                }
            }
            b'[' => {
                if footnote(line.text).is_some() {
                    self.push(PartKind::Footnote, here);
                }
            }
            b'\t' | 0x0c => {
                if line.is_blank() {
                    return false;
                }
            }
            _ => {
                // A header ends in a colon, perhaps with white space behind it.
                let may_open_group = last == b':' || last <= b' ' || !last.is_ascii();
                if may_open_group && shortlog_header(line.text).is_some() {
                    let has_titles = starts_with_title(text.get(line.next..).unwrap_or_default());
                    // Below another group it is one that lost its titles.
                    if has_titles || self.follows_group() {
                        self.push(PartKind::ShortlogGroup, here);
                        self.extend(here);
                        self.rows = None;
                        return has_titles;
                    }
                }
                if first.is_ascii_alphabetic() {
                    if trailer(line.text).is_some() {
                        self.push(PartKind::Trailer, here);
                    } else if line.text.starts_with("base-commit: ")
                        || line.text.starts_with("prerequisite-patch-id: ")
                    {
                        self.push(PartKind::BaseCommit, here);
                    }
                }
            }
        }
        self.rows = None;
        let extent = self.extend(here);
        extent.n_quoted += u32::from(first == b'>');
        false
    }

    fn extend(&mut self, here: HeadLine) -> &mut Extent {
        let extent = self.all.get_or_insert(Extent {
            first: here,
            last: here,
            n_quoted: 0,
            n_lines: 0,
        });
        extent.last = here;
        extent.n_lines += 1;
        extent
    }

    /// Whether nothing but blank lines stands behind a shortlog group.
    fn follows_group(&self) -> bool {
        let group = self.parts.last();
        let group = group.filter(|part| part.kind == PartKind::ShortlogGroup);
        let last = self.all.map(|all| all.last.line + 1);
        group.is_some_and(|group| last == Some(group.line + group.n_lines))
    }

    fn push(&mut self, kind: PartKind, here: HeadLine) {
        self.parts.push(Part {
            kind,
            span: here.span,
            line: here.line,
            n_lines: 1,
        });
    }

    /// Adds a line that starts with a blank to a diffstat, if it is of one.
    fn diffstat_line(&mut self, here: HeadLine, text: &str) -> bool {
        let grow = |part: &mut Part| {
            part.span.end = here.span.end;
            part.n_lines = here.line - part.line + 1;
        };
        if is_diffstat_row(text) {
            match &mut self.rows {
                Some(rows) => grow(rows),
                None => {
                    self.rows = Some(Part {
                        kind: PartKind::Diffstat,
                        span: here.span,
                        line: here.line,
                        n_lines: 1,
                    });
                }
            }
            return true;
        }
        if let Some(totals) = diffstat_summary(text) {
            self.totals = Some(totals);
            let mut part = self.rows.take().unwrap_or(Part {
                kind: PartKind::Diffstat,
                span: here.span,
                line: here.line,
                n_lines: 1,
            });
            grow(&mut part);
            self.parts.push(part);
            return true;
        }
        // Mode lines follow the summary directly.
        if let Some(last) = self.parts.last_mut()
            && last.kind == PartKind::Diffstat
            && last.line + last.n_lines == here.line
            && is_mode_line(text)
        {
            grow(last);
            return true;
        }
        false
    }
}

/// Whether a text begins with a title of a shortlog.
fn starts_with_title(text: &str) -> bool {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | 0x0c);
    let content = text.bytes().find(|byte| !is_gap(byte));
    text.starts_with("  ") && !matches!(content, None | Some(b'\n' | b'\r'))
}
