//! Lines, and what a line is when looked at by itself.

use std::ops::Range;

use crate::eight;

/// One line of a text; offsets are bytes in that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where the line starts.
    pub start: usize,
    /// Its text without the line break.
    pub text: &'a str,
    /// Where the next line starts; the length of the text after the last line.
    pub next: usize,
}

impl Line<'_> {
    /// Where the text of the line ends, before its line break.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether the line has only white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        is_blank(self.text)
    }
}

/// The lines of a text from a line start on. Unlike [`str::lines`] it also ends lines at a lone
/// `\r`. There is no empty line after a final line break.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    /// Where the next line starts.
    pos: usize,
    /// Where the last one ends.
    end: usize,
    /// Whether lines may end at `\r`; in nearly all texts none does.
    may_end_at_cr: bool,
}

impl<'a> Lines<'a> {
    /// All lines of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            pos: 0,
            end: text.len(),
            may_end_at_cr: memchr::memchr(b'\r', text.as_bytes()).is_some(),
        }
    }

    /// The lines of `text` from the byte `pos`, which is the start of one. Looks at no more of the
    /// text than at the lines that are asked for.
    #[must_use]
    pub fn starting_at(text: &'a str, pos: usize) -> Self {
        Self {
            text,
            pos,
            end: text.len(),
            may_end_at_cr: true,
        }
    }

    /// The lines that start before the byte `end`, as long as none of them ends at `\r`: whoever asks for
    /// them looks for that ([`Lines::end_at_returns`]).
    pub(super) fn ending_at_feeds(text: &'a str, end: usize) -> Self {
        Self {
            text,
            pos: 0,
            end,
            may_end_at_cr: false,
        }
    }

    /// Says that lines may end at `\r`.
    pub(super) fn end_at_returns(&mut self) {
        self.may_end_at_cr = true;
    }

    /// The text that the lines are of.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Whether lines may end at `\r`.
    #[inline]
    pub(super) fn may_end_at_cr(&self) -> bool {
        self.may_end_at_cr
    }

    /// Where the next line is, of which is known that it ends at a line feed at `end`, or with the text.
    #[inline(always)]
    pub(super) fn next_up_to(&mut self, end: usize) -> Option<Range<usize>> {
        let start = self.pos;
        // At the end of the text this is past it, which is as good.
        self.pos = end + 1;
        (start < self.end).then_some(start..end)
    }

    /// Where the next line is, without its line break.
    pub(super) fn next_range(&mut self) -> Option<Range<usize>> {
        let (start, bytes) = (self.pos, self.text.as_bytes());
        if start >= self.end {
            return None;
        }
        if self.may_end_at_cr {
            let (end, next) = line_break(bytes, start);
            self.pos = next;
            return Some(start..end);
        }
        let end = eight::find(bytes, start, b'\n').unwrap_or(bytes.len());
        self.next_up_to(end)
    }

    /// The line that was found last, and where.
    pub(super) fn line(&self, range: Range<usize>) -> Line<'a> {
        Line {
            start: range.start,
            text: self.text.get(range).unwrap_or_default(),
            next: self.pos.min(self.text.len()),
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let range = self.next_range()?;
        Some(self.line(range))
    }
}

/// Where the first line break of `bytes` from `start` on begins and ends, or their end twice.
fn line_break(bytes: &[u8], start: usize) -> (usize, usize) {
    let rest = bytes.get(start..).unwrap_or_default();
    let Some(len) = memchr::memchr2(b'\n', b'\r', rest) else {
        return (bytes.len(), bytes.len());
    };
    let is_pair = rest[len..].starts_with(b"\r\n");
    (start + len, start + len + if is_pair { 2 } else { 1 })
}

/// The lines of `text` that have a byte, which is no line break. Looks at what is between them with
/// one search.
pub fn lines_with(text: &str, byte: u8) -> impl Iterator<Item = Line<'_>> {
    let bytes = text.as_bytes();
    // The start of a line; those before it were looked at.
    let mut pos = 0;
    std::iter::from_fn(move || {
        let at = pos + memchr::memchr(byte, bytes.get(pos..)?)?;
        let line = line_around(text, pos, at)?;
        pos = line.next;
        Some(line)
    })
}

/// The line of `text` that has the byte at `at`, which is no line break; `from` is the start of that line or of one
/// above.
pub(crate) fn line_around(text: &str, from: usize, at: usize) -> Option<Line<'_>> {
    let before = text.as_bytes().get(from..at)?;
    let start = from + memchr::memrchr2(b'\n', b'\r', before).map_or(0, |end| end + 1);
    Lines::starting_at(text, start).next()
}

/// Number of line breaks in `text`.
#[must_use]
pub fn n_line_breaks(text: &str) -> usize {
    Lines::new(text)
        .filter(|line| line.next > line.end())
        .count()
}

/// Only white space, or nothing.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    is_blank_bytes(text.as_bytes())
}

/// The same of bytes.
pub(super) fn is_blank_bytes(text: &[u8]) -> bool {
    let is_word = text.last().is_some_and(u8::is_ascii_graphic);
    !is_word && text.iter().all(|byte| matches!(byte, b' ' | b'\t' | 0x0c))
}

/// The number of dashes in a separator: exactly this many, messages contain shorter and longer
/// rules.
pub const SEPARATOR_LEN: usize = 70;

/// A line of exactly 70 dashes. White space at its end is forgiven.
#[must_use]
pub fn is_separator(text: &str) -> bool {
    let rule = text.as_bytes().split_first_chunk::<SEPARATOR_LEN>();
    rule.is_some_and(|(rule, behind)| {
        *rule == [b'-'; SEPARATOR_LEN] && behind.iter().all(|&b| b == b' ' || b == b'\t')
    })
}

/// `From <from> to <to>`, the first line of a digest, with the two hashes (7 to 40 hex digits).
#[must_use]
pub fn commit_range(text: &str) -> Option<(&str, &str)> {
    let rest = strip_bom(text).strip_prefix("From ")?;
    two_hashes(rest.trim_end())
}

/// `<LIST> mailing list update from <from> to <to>`: list name and the two hashes.
#[must_use]
pub fn title_line(text: &str) -> Option<(&str, &str, &str)> {
    let (list, rest) = split_at(text, " mailing list update from ")?;
    let (from, to) = two_hashes(rest.trim_end())?;
    (!list.is_empty()).then_some((list, from, to))
}

/// The text without a byte order mark in front.
#[must_use]
pub fn strip_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn two_hashes(text: &str) -> Option<(&str, &str)> {
    // No hash has a blank, so the first is that before the `to`.
    let (from, rest) = text.split_at_checked(eight::find(text.as_bytes(), 0, b' ')?)?;
    let to = rest.strip_prefix(" to ")?;
    (is_hash(from) && is_hash(to)).then_some((from, to))
}

/// As [`str::split_once`], which takes longer to begin than lines are long; `at` begins with a blank.
fn split_at<'a>(text: &'a str, at: &str) -> Option<(&'a str, &'a str)> {
    let mut pos = 0;
    loop {
        let blank = eight::find(text.as_bytes(), pos, b' ')?;
        let (before, behind) = text.split_at_checked(blank)?;
        if let Some(rest) = behind.strip_prefix(at) {
            return Some((before, rest));
        }
        pos = blank + 1;
    }
}

/// A commit id as digests abbreviate them: 7 to 40 hexadecimal digits.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Which of the headings a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heading {
    /// `Top 15 contributor Email domains (Based on Email Body)`
    Domains,
    /// `Top 15 contributors (Based on Email Body)`
    Contributors,
    /// `===== Patch list in this time period =====`
    PatchList,
    /// `===== Patch Commit Messages ====`
    Messages,
}

impl Heading {
    /// The heading as digests write it, with `N` for the number of rows.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Domains => "Top N contributor Email domains (Based on Email Body)",
            Self::Contributors => "Top N contributors (Based on Email Body)",
            Self::PatchList => "===== Patch list in this time period =====",
            Self::Messages => "===== Patch Commit Messages ====",
        }
    }

    /// The heading that a line is, if any. The number of `=` may differ.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'T' => {
                let rest = text.strip_prefix("Top ")?;
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                if digits == 0 {
                    return None;
                }
                let rest = rest.get(digits..)?.trim_end();
                let what = rest.strip_suffix(" (Based on Email Body)")?;
                match what {
                    " contributor Email domains" => Some(Self::Domains),
                    " contributors" => Some(Self::Contributors),
                    _ => None,
                }
            }
            b'=' => match text.trim_matches(['=', ' ', '\t']) {
                "Patch list in this time period" => Some(Self::PatchList),
                "Patch Commit Messages" => Some(Self::Messages),
                _ => None,
            },
            _ => None,
        }
    }
}

/// How much a line looks like the first line of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// `New:  title`: an entry where one may start.
    Exact,
    /// `New:title`, `New: title`: one only if what follows proves it.
    Loose,
}

/// Whether a line may start an entry.
#[must_use]
pub fn new_line(text: &str) -> Option<New> {
    let rest = text.strip_prefix("New:")?;
    // White space at line ends is often lost; then an entry without a title is `New:` alone.
    if rest.starts_with("  ") || is_blank(rest) {
        Some(New::Exact)
    } else {
        Some(New::Loose)
    }
}

/// `[PATCH v2 1/3] title`: a bracketed subject as it follows a `New:` line. Brackets that hold
/// neither of the words a subject tag has (`[1] https://…`, `[   12.345678] kernel log`) are none.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    let mut rest = text;
    while let Some(group) = rest.trim_start().strip_prefix('[') {
        // A tag is short; a `]` far away belongs to something else.
        let head = group.as_bytes();
        let head = &head[..head.len().min(200)];
        let Some(close) = memchr::memchr(b']', head) else {
            return false;
        };
        let inside = &head[..close];
        if [&b"PATCH"[..], b"PULL", b"RFC"].iter().any(|word| {
            inside
                .windows(word.len())
                .any(|w| w.eq_ignore_ascii_case(word))
        }) {
            return true;
        }
        rest = &group[close + 1..];
    }
    false
}

/// Whether three lines are the first of an entry without its `New:` line, or with a line in place of
/// it that is none: `[PATCH] title` and `Author: …`.
#[must_use]
pub fn is_headless(lines: [&str; 3]) -> bool {
    let is_head = |subject, author| is_subject(subject) && is_author(author);
    is_head(lines[0], lines[1]) || is_head(lines[1], lines[2])
}

/// `Author: …`
#[must_use]
pub fn is_author(text: &str) -> bool {
    text.starts_with("Author:")
}

/// A log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// `Exist: [PATCH] title`: the entry that stayed.
    Exist,
    /// ` Skip: [PATCH] title`: the mail left out because of it.
    Skip,
}

impl Log {
    /// The log line that a line is, and its subject.
    #[must_use]
    pub fn of(text: &str) -> Option<(Self, &str)> {
        if let Some(subject) = text.strip_prefix("Exist: ") {
            return Some((Self::Exist, subject));
        }
        let subject = text
            .strip_prefix(" Skip: ")
            .or_else(|| text.strip_prefix("Skip: "))?;
        Some((Self::Skip, subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let lines: Vec<_> = Lines::new("a\n\r\nb\rc\n")
            .map(|l| (l.start, l.text, l.next))
            .collect();
        assert_eq!(lines, [(0, "a", 2), (2, "", 4), (4, "b", 6), (6, "c", 8)]);
        assert_eq!(n_line_breaks("a\r\nb"), 1);
        assert_eq!(Lines::new("").count(), 0);
    }

    #[test]
    fn lines_that_have_a_byte() {
        for text in [
            "a[\nb\n\r\n[c[\r[d",
            "",
            "x\ny",
            "[",
            "\n[\n",
            "a\r\n[b]\r\nc",
        ] {
            let all = Lines::new(text).filter(|line| line.text.contains('['));
            assert!(lines_with(text, b'[').eq(all), "{text:?}");
        }
    }

    #[test]
    fn a_separator_has_exactly_seventy_dashes() {
        assert!(is_separator(&"-".repeat(70)));
        assert!(is_separator(&format!("{}  ", "-".repeat(70))));
        assert!(!is_separator(&"-".repeat(69)));
        assert!(!is_separator(&"-".repeat(71)));
        assert!(!is_separator(&format!(" {}", "-".repeat(70))));
    }

    #[test]
    fn headers() {
        assert_eq!(
            commit_range("From fff46e5c7 to a4f0e95a9"),
            Some(("fff46e5c7", "a4f0e95a9"))
        );
        assert_eq!(
            commit_range("\u{feff}From fff46e5c7 to a4f0e95a9 "),
            Some(("fff46e5c7", "a4f0e95a9"))
        );
        assert_eq!(commit_range("From mail@example.org Thu Jan 1"), None);
        assert_eq!(commit_range("From fff46e to a4f0e95a9"), None);
        assert_eq!(
            title_line("KVM mailing list update from fff46e5c7 to a4f0e95a9"),
            Some(("KVM", "fff46e5c7", "a4f0e95a9"))
        );
        assert_eq!(title_line(" mailing list update from fff46e5c7 to x"), None);
    }

    #[test]
    fn headings() {
        for (text, heading) in [
            (
                "Top 15 contributor Email domains (Based on Email Body)",
                Some(Heading::Domains),
            ),
            (
                "Top 3 contributors (Based on Email Body)",
                Some(Heading::Contributors),
            ),
            (
                "===== Patch list in this time period =====",
                Some(Heading::PatchList),
            ),
            ("===== Patch Commit Messages ====", Some(Heading::Messages)),
            ("===== Patch Commit =====", None),
            ("Top of the morning", None),
            ("Top contributors (Based on Email Body)", None),
        ] {
            assert_eq!(Heading::of(text), heading, "{text}");
        }
    }

    #[test]
    fn footnotes_and_kernel_logs_are_no_subjects() {
        assert!(is_subject("[PATCH v2 1/3] x"));
        assert!(is_subject("[LTP] [PATCH] x"));
        assert!(is_subject("[GIT PULL] x"));
        assert!(is_subject("[Patch] x"));
        assert!(!is_subject("[1] https://example.org/PATCH"));
        assert!(!is_subject("[   12.345678] BUG"));
        assert!(!is_subject("[PATCH without end"));
    }
}
