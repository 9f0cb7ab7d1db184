//! What stands where inside one entry.
//!
//! All ranges are relative to the start of the entry, so an entry can be reused wherever edits
//! elsewhere have moved it.

use std::ops::Range;

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

/// A footnote's number and where its text starts: `[1] https://…`, `[2]: text`.
#[must_use]
pub fn footnote(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('[')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    // Kernel logs have `[   12.345678]`, C code has `[0]`; footnotes have one to three digits.
    if !(1..=3).contains(&digits) {
        return None;
    }
    let after = rest.get(digits..)?.strip_prefix(']')?;
    let after = after.strip_prefix(':').unwrap_or(after);
    let body = after.trim_start_matches([' ', '\t']);
    if body.is_empty() || body.len() == after.len() {
        return None;
    }
    Some((rest.get(..digits)?, text.len() - body.len()))
}

/// One line of a trailer: the length of its key. Keys are `…-by` or known; prose with a colon is
/// no trailer.
#[must_use]
pub fn trailer(text: &str) -> Option<usize> {
    let colon = memchr::memchr(b':', text.as_bytes().get(..text.len().min(48))?)?;
    let key = text.get(..colon)?;
    let value = text.get(colon + 1..)?;
    if !key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') || line::is_blank(value) {
        return None;
    }
    let known = [
        "Fixes",
        "Cc",
        "Link",
        "Closes",
        "BugLink",
        "References",
        "Change-Id",
        "Message-ID",
        "Message-Id",
    ];
    let by = key.len() > 3 && key.as_bytes()[key.len() - 3..].eq_ignore_ascii_case(b"-by");
    (by || known.iter().any(|known| known.eq_ignore_ascii_case(key))).then_some(colon)
}

/// A row of a diffstat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The path as shown, perhaps shortened from the left or with `a => b`.
    pub path: &'a str,
    /// Byte offset of the path in the line.
    pub path_start: usize,
    /// Changed lines; `None` for binary files.
    pub changes: Option<u64>,
}

/// ` arch/x86/kvm/svm/sev.c | 32 +++++----`
#[must_use]
pub fn diffstat_row(text: &str) -> Option<Row<'_>> {
    let bar = memchr::memrchr(b'|', text.as_bytes())?;
    let before = text.get(..bar)?;
    let path = before.trim();
    if path.is_empty() || !before.ends_with(' ') {
        return None;
    }
    let after = text.get(bar + 1..)?.trim();
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let changes = if digits == 0 {
        let binary = after == "Bin" || after.starts_with("Bin ") || after.starts_with("Unmerged");
        if !binary {
            return None;
        }
        None
    } else {
        let graph = after.get(digits..)?;
        if !graph.is_empty() && !graph.trim_start().bytes().all(|b| b == b'+' || b == b'-') {
            return None;
        }
        Some(after.get(..digits)?.parse().ok()?)
    };
    Some(Row {
        path,
        path_start: before.len() - before.trim_start().len(),
        changes,
    })
}

/// Whether [`diffstat_row`] finds a row, told from its end: most lines that begin with a blank are
/// rows, and most of the rest end in a letter.
fn is_diffstat_row(text: &str) -> bool {
    let bytes = text.as_bytes().trim_ascii_end();
    let graph = bytes
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'+' | b'-'))
        .count();
    let rest = bytes[..bytes.len() - graph].trim_ascii_end();
    let digits = rest.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 && digits < 20 {
        let rest = rest[..rest.len() - digits].trim_ascii_end();
        return matches!(rest, [path @ .., b' ', b'|'] if !path.trim_ascii().is_empty());
    }
    // ` a.png | Bin 0 -> 123 bytes`, and what only the whole rule can tell.
    memchr::memchr(b'|', bytes).is_some() && diffstat_row(text).is_some()
}

/// The last line of a diffstat, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Totals {
    /// Files changed.
    pub files: u64,
    /// Lines added.
    pub insertions: u64,
    /// Lines removed.
    pub deletions: u64,
}

/// ` 4 files changed, 12 insertions(+), 3 deletions(-)`; either count may be missing.
#[must_use]
pub fn diffstat_summary(text: &str) -> Option<Totals> {
    let text = text.trim();
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let mut parts = text.split(", ");
    let (files, what) = parts.next()?.split_once(' ')?;
    if what != "files changed" && what != "file changed" {
        return None;
    }
    let mut totals = Totals {
        files: files.parse().ok()?,
        ..Totals::default()
    };
    for part in parts {
        let (count, what) = part.split_once(' ')?;
        let count = count.parse().ok()?;
        match what {
            "insertion(+)" | "insertions(+)" => totals.insertions = count,
            "deletion(-)" | "deletions(-)" => totals.deletions = count,
            _ => return None,
        }
    }
    Some(totals)
}

/// ` create mode 100644 path` and its kin.
fn is_mode_line(text: &str) -> bool {
    let text = text.trim_start();
    [
        "create mode ",
        "delete mode ",
        "mode change ",
        "rename ",
        "copy ",
        "rewrite ",
    ]
    .iter()
    .any(|prefix| text.starts_with(prefix))
}

/// The header of a shortlog group: author and count.
#[must_use]
pub fn shortlog_header(text: &str) -> Option<(&str, u64)> {
    let rest = text.trim_end().strip_suffix("):")?;
    let open = rest.rfind('(')?;
    let count = rest.get(open + 1..)?;
    let name = rest.get(..open)?.strip_suffix(' ')?;
    if name.is_empty()
        || name.starts_with([' ', '\t'])
        || !count.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    Some((name, count.parse().ok()?))
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

/// A title of a shortlog, joined where it was wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortlogTitle {
    /// The title.
    pub title: String,
    /// From its first to its last byte, relative to the entry.
    pub span: Span,
    /// Zero-based line in the entry where it starts.
    pub line: u32,
    /// Number of lines it is wrapped over.
    pub n_lines: u32,
}

/// The titles of a shortlog group in the text of its entry.
#[must_use]
pub fn shortlog_titles(block: &str, part: &Part) -> Vec<ShortlogTitle> {
    let mut titles: Vec<ShortlogTitle> = Vec::new();
    let text = part.span.text(block);
    let mut base = None;
    for (number, line) in Lines::new(text).enumerate().skip(1) {
        let title = line.text.trim();
        let indent = line.text.len() - line.text.trim_start().len();
        let start = part.span.start as usize + line.start + indent;
        let span = Span::new(start, start + title.len());
        let base = *base.get_or_insert(indent);
        match titles.last_mut() {
            Some(last) if indent > base => {
                last.title.push(' ');
                last.title.push_str(title);
                last.span.end = span.end;
                last.n_lines += 1;
            }
            _ => titles.push(ShortlogTitle {
                title: title.to_owned(),
                span,
                line: part.line + u32::try_from(number).unwrap_or(u32::MAX),
                n_lines: 1,
            }),
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_from_its_end_as_from_its_start() {
        for text in [
            " a/b.c | 32 +++---",
            " a/b.c | 0",
            " a/b.c                |   5 +",
            " a => b | 2 +-",
            " a.png | Bin 0 -> 123 bytes",
            " a.png | Bin",
            " a | Unmerged",
            " a |b| 3 ++",
            " a| 3 ++",
            " | 3 ++",
            " a | 3 ++x",
            " a | x 3",
            " a |  ",
            " a | 99999999999999999999999 +",
            " table | cell | 12",
            " prose that ends in 12",
            " ü/ß.c | 1 +",
            " Userspace (VMM) | LUO Core |",
            "                 |          |",
        ] {
            assert_eq!(
                is_diffstat_row(text),
                diffstat_row(text).is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn summaries() {
        let totals = |files, insertions, deletions| {
            Some(Totals {
                files,
                insertions,
                deletions,
            })
        };
        for (text, expected) in [
            (
                " 4 files changed, 12 insertions(+), 3 deletions(-)",
                totals(4, 12, 3),
            ),
            (" 1 file changed, 1 insertion(+)", totals(1, 1, 0)),
            (" 1 file changed, 1 deletion(-)", totals(1, 0, 1)),
            (" 2 files changed", totals(2, 0, 0)),
            (" 4 files changed, 12 additions", None),
            (" 4 files were changed", None),
        ] {
            assert_eq!(diffstat_summary(text), expected, "{text}");
        }
    }

    #[test]
    fn trailers_have_known_keys() {
        for (text, key) in [
            ("Signed-off-by: A <a@b.c>", Some("Signed-off-by")),
            ("Fixes: 0297cdc12a87 (\"x\")", Some("Fixes")),
            ("cc: stable@vger.kernel.org # v6.15+", Some("cc")),
            ("Patch 1: does it", None),
            ("NOTE: not a trailer", None),
            ("Fixes:", None),
        ] {
            assert_eq!(trailer(text).map(|colon| &text[..colon]), key, "{text}");
        }
    }

    #[test]
    fn footnotes_have_short_numbers_and_a_text() {
        assert_eq!(footnote("[1] https://e.org"), Some(("1", 4)));
        assert_eq!(footnote("[12]: text"), Some(("12", 6)));
        assert_eq!(footnote("[   12.345] BUG"), None);
        assert_eq!(footnote("[1234] x"), None);
        assert_eq!(footnote("[1]x"), None);
        assert_eq!(footnote("[1]"), None);
    }
}
