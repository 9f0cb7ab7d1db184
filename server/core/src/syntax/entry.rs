//! What stands where inside one entry.
//!
//! All ranges are relative to the start of the entry, so an entry can be reused wherever edits
//! elsewhere have moved it.

use std::ops::Range;
use std::sync::OnceLock;

use super::form::{
    diffstat_summary, footnote, is_diffstat_row, is_mode_line, shortlog_header, trailer,
};
use super::line::{self, Line, Lines};

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

    fn of(line: &Line<'_>) -> Self {
        Self::new(line.start, line.end())
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
    /// What a check of this very text came to.
    pub verdict: Verdict,
}

/// Whether a check found nothing wrong in an entry: kept with the entry, so that a check of the
/// whole digest after an edit looks at the edited entries alone. No part of what an entry is.
#[derive(Debug, Default)]
pub struct Verdict(OnceLock<bool>);

impl Verdict {
    /// Whether the entry was checked and is clean.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.get() == Some(&true)
    }

    /// Notes what the check came to.
    pub fn note(&self, clean: bool) {
        let _ = self.0.set(clean);
    }
}

impl Clone for Verdict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Verdict {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Verdict {}

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
        let mut lines = Numbered::new(text);
        let head = Head::parse(&mut lines);
        let body = lines.clone();

        let mut scan = BodyScan::default();
        let mut lines = body;
        while let Some((number, line)) = lines.next() {
            scan.line(number, &line, &mut lines);
        }
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
        Self {
            title: head.title,
            subject: head.subject,
            author: head.author,
            bad_author: head.bad_author,
            body_lines: body.map(|b| (b.first.line, b.last.line)),
            body: body.map_or(Span::default(), |b| Span {
                start: b.first.span.start,
                end: b.last.span.end,
            }),
            separator,
            inner_separator,
            cut: scan.cut,
            parts: scan.parts.into_boxed_slice(),
            verdict: Verdict::default(),
        }
    }

    /// The parts of one kind.
    pub fn parts_of(&self, kind: PartKind) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }
}

/// Lines with their numbers; cloning it looks ahead.
#[derive(Clone)]
struct Numbered<'a> {
    lines: Lines<'a>,
    number: u32,
}

impl<'a> Numbered<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            lines: Lines::new(text),
            number: 0,
        }
    }

    fn peek(&self) -> Option<Line<'a>> {
        self.lines.clone().next()
    }

    fn take_head_line(&mut self) -> Option<HeadLine> {
        self.next().map(|(line, text)| HeadLine {
            span: Span::of(&text),
            line,
        })
    }
}

impl<'a> Iterator for Numbered<'a> {
    type Item = (u32, Line<'a>);

    fn next(&mut self) -> Option<(u32, Line<'a>)> {
        let line = self.lines.next()?;
        let number = self.number;
        self.number = number.saturating_add(1);
        Some((number, line))
    }
}

#[derive(Default)]
struct Head {
    title: Span,
    subject: Option<HeadLine>,
    author: Option<HeadLine>,
    bad_author: Option<HeadLine>,
}

impl Head {
    /// `New:`, subject, author; whatever is missing leaves the rest in place.
    fn parse(lines: &mut Numbered<'_>) -> Self {
        let mut head = Self::default();
        let Some((_, new)) = lines.next() else {
            return head;
        };
        let after = new.text.strip_prefix("New:").unwrap_or(new.text);
        let title = after.trim();
        let start = new.end() - after.trim_start().len();
        head.title = Span::new(start, start + title.len());

        let Some(second) = lines.peek() else {
            return head;
        };
        let third = {
            let mut ahead = lines.clone();
            ahead.next();
            ahead.peek()
        };
        let author_is_third = third.is_some_and(|line| line::is_author(line.text));
        let is_subject = !second.is_blank()
            && !line::is_author(second.text)
            && (author_is_third || second.text.starts_with('['));
        if is_subject {
            head.subject = lines.take_head_line();
        }
        let Some(next) = lines.peek() else {
            return head;
        };
        if line::is_author(next.text) {
            head.author = lines.take_head_line();
        } else if head.subject.is_some() && looks_like_author(next.text) {
            head.bad_author = lines.take_head_line();
        }
        head
    }
}

/// `Autor: A <a@b>`, `A <a@b>`: meant to be the author's line. A body starts after a blank line.
fn looks_like_author(text: &str) -> bool {
    !line::is_blank(text) && text.len() < 300 && (text.contains('@') || text.get(..2) == Some("Au"))
}

/// First and last line of a body that are not blank.
#[derive(Clone, Copy)]
struct Extent {
    first: HeadLine,
    last: HeadLine,
}

#[derive(Default)]
struct BodyScan {
    parts: Vec<Part>,
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
    fn line(&mut self, number: u32, line: &Line<'_>, lines: &mut Numbered<'_>) {
        let bytes = line.text.as_bytes();
        let here = HeadLine {
            span: Span::of(line),
            line: number,
        };
        let Some(&first) = bytes.first() else {
            return;
        };
        match first {
            b' ' => {
                if self.diffstat_line(here, line.text) {
                    self.extend(here);
                    return;
                }
                if line.is_blank() {
                    return;
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
                    return;
                }
            }
            _ => {
                if (bytes.last() == Some(&b':') || line.text.trim_end().ends_with(':'))
                    && let Some(group) = shortlog_group(line.text, number, line, lines)
                {
                    let last = HeadLine {
                        span: Span {
                            start: group.span.end,
                            end: group.span.end,
                        },
                        line: group.line + group.n_lines - 1,
                    };
                    self.parts.push(group);
                    self.extend(here);
                    self.extend(last);
                    self.rows = None;
                    return;
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
        self.extend(here);
    }

    fn extend(&mut self, here: HeadLine) {
        match &mut self.all {
            Some(extent) => extent.last = here,
            None => {
                self.all = Some(Extent {
                    first: here,
                    last: here,
                });
            }
        }
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
        if diffstat_summary(text).is_some() {
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
        if is_mode_line(text)
            && let Some(last) = self.parts.last_mut()
            && last.kind == PartKind::Diffstat
            && last.line + last.n_lines == here.line
        {
            grow(last);
            return true;
        }
        false
    }
}

/// A shortlog group that starts at `line`, consuming its titles from `lines`.
fn shortlog_group(
    text: &str,
    number: u32,
    line: &Line<'_>,
    lines: &mut Numbered<'_>,
) -> Option<Part> {
    shortlog_header(text)?;
    let is_title = |line: &Line<'_>| line.text.starts_with("  ") && !line.is_blank();
    if !lines.peek().is_some_and(|line| is_title(&line)) {
        return None;
    }
    let mut end = line.end();
    let mut last = number;
    while let Some(next) = lines.peek().filter(is_title) {
        // A diffstat may follow without a blank line; its rows are indented by one.
        end = next.end();
        last = lines.next()?.0;
    }
    Some(Part {
        kind: PartKind::ShortlogGroup,
        span: Span::new(line.start, end),
        line: number,
        n_lines: last - number + 1,
    })
}
