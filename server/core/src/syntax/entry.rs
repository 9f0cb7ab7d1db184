//! What stands where inside one entry.
//!
//! All ranges are relative to the start of the entry, so an entry can be reused wherever edits
//! elsewhere have moved it.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::body::{BodyScan, Here, Sort, is_shortlog_title, without_break};
use super::feeds::AllLines;
use super::fold;
use super::line::{self, Line, Lines};
use crate::lints::local::Verdict;
use crate::model::facts::{Facts, Told};
use crate::{eight, trim};

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

/// A number of bytes or lines; those over 4 Gi are cut off there.
pub(super) fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A line of an entry's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLine {
    /// The line without its line break.
    pub span: Span,
    /// The line in the entry, on whose line 0 the title is.
    pub(super) line: NonZeroU32,
}

impl HeadLine {
    /// Zero-based line in the entry.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line.get()
    }
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
    pub(super) facts: Option<Arc<Facts>>,
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
        static NONE: LazyLock<Arc<Facts>> = LazyLock::new(Arc::default);
        self.facts.as_ref().unwrap_or_else(|| &NONE)
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

/// Takes an entry apart while its lines are found, so that no line is looked for twice. Used for one
/// entry after the other, as its memory can be.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where the entry starts in the text that its lines are from.
    base: usize,
    /// The number of the next line.
    number: usize,
    stage: Stage,
    title: Span,
    subject: Option<HeadLine>,
    author: Option<HeadLine>,
    bad_author: Option<HeadLine>,
    body: BodyScan,
    told: Told,
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
    /// Has it begin with an entry that starts at the byte `base` of the text its lines will be from.
    pub(super) fn start_at(&mut self, base: usize) {
        let body = self.body.for_next();
        *self = Self {
            base,
            body,
            told: std::mem::take(&mut self.told),
            ..Self::default()
        };
    }

    /// One for many entries, with room for what most of them have.
    pub(super) fn with_room() -> Self {
        let mut scan = Self::default();
        scan.body.reserve(32);
        scan
    }

    /// How many lines the entry has so far.
    pub(super) fn n_lines(&self) -> u32 {
        clamp(self.number)
    }

    /// Takes lines, of which all are of the entry up to the one that is returned: it may be the first of
    /// another block.
    pub(super) fn lines<'a>(&mut self, lines: &mut AllLines<'a>) -> Option<Line<'a>> {
        let text = lines.text();
        let mut range = lines.next_range()?;
        while self.stage != Stage::Body {
            if self.stage == Stage::Titles {
                range = self.titles(range, lines)?;
                break;
            }
            if fold::may_end_entry(text.as_bytes().get(range.clone())?) {
                return Some(lines.line(range));
            }
            self.any_line(range, text);
            range = lines.next_range()?;
        }
        loop {
            let from = text.as_bytes().get(range.start..)?;
            let line = from.get(..range.end - range.start)?;
            match self.body.sort(line, from, self.number) {
                Sort::Blank => {}
                Sort::Prose => self.body.prose(line, self.here(&range)),
                Sort::Row => self.body.row(self.here(&range)),
                Sort::Indented => self.body.indented(self.here(&range), text.get(range)?),
                Sort::Formed => self.body.formed(self.here(&range), text.get(range)?),
                Sort::Dashed => {
                    if fold::may_end_entry(line) {
                        return Some(lines.line(range));
                    }
                    self.body.dashed(self.here(&range), text.get(range)?);
                }
                Sort::Worded => {
                    if fold::may_end_entry(line) {
                        return Some(lines.line(range));
                    }
                    let (line, behind) = text.get(range.start..)?.split_at_checked(line.len())?;
                    if self.body.worded(self.here(&range), line, behind) {
                        self.number += 1;
                        self.stage = Stage::Titles;
                        range = self.titles(lines.next_range()?, lines)?;
                        continue;
                    }
                }
            }
            self.number += 1;
            range = lines.next_range()?;
        }
    }

    /// Takes the titles of a shortlog from the line at `range` on, up to a line that is none.
    fn titles(
        &mut self,
        mut range: Range<usize>,
        lines: &mut AllLines<'_>,
    ) -> Option<Range<usize>> {
        let bytes = lines.text().as_bytes();
        loop {
            let from = bytes.get(range.start..)?;
            let line = from.get(..range.end - range.start)?;
            if !is_shortlog_title(line) {
                self.stage = Stage::Body;
                return Some(range);
            }
            self.body.shortlog_title(self.here(&range), line, from);
            self.number += 1;
            range = lines.next_range()?;
        }
    }

    /// Takes the next line.
    pub(super) fn line(&mut self, line: &Line<'_>, text: &str) {
        self.any_line(line.start..line.end(), text);
    }

    #[inline]
    fn here(&self, range: &Range<usize>) -> Here {
        Here {
            start: range.start - self.base,
            end: range.end - self.base,
            line: self.number,
        }
    }

    /// Takes the next line, whatever it is. Where only what follows tells that, the beginning of the line
    /// behind it in `text` is looked at, for what no first line of another block begins with.
    fn any_line(&mut self, range: Range<usize>, text: &str) {
        let from = text.get(range.start..).unwrap_or_default();
        let (line, behind) = from.split_at_checked(range.len()).unwrap_or_default();
        let here = self.here(&range);
        self.number += 1;
        let is_taken = if self.stage == Stage::Titles {
            let is_title = is_shortlog_title(line.as_bytes());
            if is_title {
                let (line, from) = (line.as_bytes(), from.as_bytes());
                self.body.shortlog_title(here, line, from);
            }
            is_title
        } else {
            self.stage != Stage::Body && self.head_line(here.into(), line, behind)
        };
        if !is_taken {
            let opens_group = self.body.line(here, line, behind);
            self.stage = if opens_group {
                Stage::Titles
            } else {
                Stage::Body
            };
        }
    }

    /// `New:`, subject, author; whatever is missing leaves the rest in place. Whether the line is
    /// one of them.
    fn head_line(&mut self, here: HeadLine, line: &str, behind: &str) -> bool {
        match self.stage {
            Stage::New => {
                let after = line.strip_prefix("New:").unwrap_or(line);
                let (indent, title) = trim::indented(after);
                let start = here.span.end as usize - after.len() + indent;
                self.title = Span::new(start, start + title.len());
                self.stage = Stage::SubjectOrAuthor;
                return true;
            }
            Stage::SubjectOrAuthor => {
                if line::is_author(line) {
                    self.author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
                let author_is_next = || line::is_author(without_break(behind));
                if !line::is_blank(line) && (line.starts_with('[') || author_is_next()) {
                    self.subject = Some(here);
                    self.stage = Stage::Author;
                    return true;
                }
            }
            _ => {
                if line::is_author(line) {
                    self.author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
                if looks_like_author(line) {
                    self.bad_author = Some(here);
                    self.stage = Stage::Body;
                    return true;
                }
            }
        }
        false
    }

    /// The entry, whose text is `content`.
    pub(super) fn finish(&mut self, content: &str, separated: bool) -> Entry {
        let scan = &self.body;
        let (separator, inner_separator) = if separated {
            (scan.last_separator, None)
        } else {
            (None, scan.last_separator)
        };
        let body = scan.extent(separated);
        let mut entry = Entry {
            title: self.title,
            subject: self.subject,
            subject_is_ascii: self
                .subject
                .is_some_and(|line| eight::has_ascii_only(line.span.text(content).as_bytes())),
            author: self.author,
            bad_author: self.bad_author,
            body_lines: body
                .is_some()
                .then_some((clamp(body.first), clamp(body.last))),
            body: Span::new(body.start, body.end),
            separator,
            inner_separator,
            cut: scan.cut,
            parts: scan.parts.as_slice().into(),
            titles: scan.titles.found().into(),
            quotes: scan.cut.is_none() && body.quotes(),
            verdict: Verdict::default(),
            facts: None,
        };
        entry.facts = Some(Facts::read(content, &entry, scan.totals, &mut self.told));
        entry
    }
}

/// `Autor: A <a@b>`, `A <a@b>`: meant to be the author's line. A body starts after a blank line.
fn looks_like_author(text: &str) -> bool {
    !line::is_blank(text) && text.len() < 300 && (text.contains('@') || text.get(..2) == Some("Au"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_taken_as_prose_are_nothing_else() {
        let contexts = [
            "New:  x\n[PATCH] x\nAuthor: a\n\nprose\n",
            "New:  x\n[PATCH] x\nAuthor: a\n",
            "New:  x\n[PATCH] x\n",
            "New:  x\n",
            "New:  x\n[PATCH] x\nAuthor: a\n\nA (1):\n  title\n",
            "New:  x\n[PATCH] x\nAuthor: a\n\nA (1):\n  title\n\n",
            "New:  x\n[PATCH] x\nAuthor: a\n\n a | 1 +\n",
            "New:  x\n[PATCH] x\nAuthor: a\n\n a | 1 +\n 1 file changed, 1 insertion(+)\n",
            "New:  x\n[PATCH] x\nAuthor: a\n\n 1 file changed\n copy a => b\n",
        ];
        let lines = [
            "",
            " ",
            "  ",
            "\t",
            "\t.",
            "\u{c}",
            "-",
            "---",
            "--- ",
            "--",
            "- x",
            "x",
            "a line of prose.",
            "a line of prose that is long (of more than one word)",
            "> quoted",
            ">",
            ">:",
            "> quoted (3):",
            "A (3):",
            "A (3): ",
            "A (3):\u{a0}",
            "ü (3):",
            "3 (3):",
            "Signed-off-by: a",
            "Signed-off-by:",
            "Cc: a",
            "cc:a",
            "a b: c",
            "base-commit: 1",
            "prerequisite-patch-id: 1",
            "[1] note",
            "[x",
            " a | 1 +",
            " a |",
            " a | Bin",
            " a | Bin 0 -> 123 bytes",
            " 1 file changed",
            " 1 file changed, 2 insertions(+)",
            "1 file changed",
            " create mode 100644 x",
            " rename x",
            "  rename x | 1",
            " code(x);",
            " code(x)",
            " indented",
            "  indented",
            "Author: x",
            "[PATCH] x",
            "a@b",
            "NB: x",
            "x (3:",
            "):",
            "x):",
            "-x (3):",
            "- x (3):",
            " 5 +",
            "Everything",
            "None",
            "# x",
            "\u{fc}ber",
            "\u{1}",
            "x\u{1}",
            "x\u{7f}",
            "1",
        ];
        for context in contexts {
            for line in lines {
                for behind in [
                    "",
                    "\n  title\n",
                    "\n\nA (1):\n  title\n",
                    "\n copy x\n b | 2 -\n 1 file changed\n",
                ] {
                    let text = format!("{context}{line}{behind}");
                    let (mut by_line, mut at_once) = (Scan::default(), Scan::default());
                    for line in Lines::new(&text) {
                        by_line.line(&line, &text);
                    }
                    let mut lines = AllLines::new(&text);
                    while let Some(line) = at_once.lines(&mut lines) {
                        at_once.line(&line, &text);
                    }
                    assert_eq!(by_line.n_lines(), at_once.n_lines());
                    assert_eq!(
                        by_line.finish(&text, false),
                        at_once.finish(&text, false),
                        "{text}"
                    );
                }
            }
        }
    }
}
