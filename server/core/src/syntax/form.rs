//! Lines of a mail that have a form: footnotes, trailers, diffstats, shortlogs. Each recogniser
//! looks at one line, or at the lines of one part, and knows nothing of what is around.

use super::entry::{Part, Span};
use super::line::{self, Lines};
use crate::eight;

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

/// The bytes that keys of trailers are made of.
const IS_KEY: [bool; 256] = {
    let mut is_key = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is_key[byte] = byte == b'-' as usize || (byte as u8).is_ascii_alphabetic();
        byte += 1;
    }
    is_key
};

/// One line of a trailer: the length of its key. Keys are `…-by` or known; prose with a colon is
/// no trailer.
#[must_use]
pub fn trailer(text: &str) -> Option<usize> {
    // Prose is told by the blank behind its first word.
    let start = text.as_bytes().get(..text.len().min(48))?;
    let colon = start.iter().position(|b| !IS_KEY[usize::from(*b)])?;
    let key = text.get(..colon)?;
    let value = text.get(colon..)?.strip_prefix(':')?;
    if line::is_blank(value) {
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
    let path = trimmed(before);
    if path.is_empty() || !before.ends_with(' ') {
        return None;
    }
    let after = trimmed(text.get(bar + 1..)?);
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let changes = if digits == 0 {
        let binary = after == "Bin" || after.starts_with("Bin ") || after.starts_with("Unmerged");
        if !binary {
            return None;
        }
        None
    } else {
        let graph = after.get(digits..)?;
        if !graph.is_empty() && !is_graph(graph.trim_start().as_bytes()) {
            return None;
        }
        Some(after.get(..digits)?.parse().ok()?)
    };
    Some(Row {
        path,
        path_start: path.as_ptr().addr() - text.as_ptr().addr(),
        changes,
    })
}

/// As [`str::trim`]; paths have many blanks behind them, which are looked at as bytes.
fn trimmed(text: &str) -> &str {
    let mut bytes = text.as_bytes();
    while let Some(rest) = bytes.strip_suffix(b"        ") {
        bytes = rest;
    }
    let n_behind = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
    let end = bytes.len() - n_behind;
    let start = bytes.iter().take_while(|byte| **byte == b' ').count();
    let inner = text.get(start.min(end)..end).unwrap_or(text);
    let is_tight = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if is_tight(inner.as_bytes().first()) && is_tight(inner.as_bytes().last()) {
        return inner;
    }
    inner.trim()
}

/// Whether all is the `+` and `-` of a row.
fn is_graph(bytes: &[u8]) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'+' | b'-');
    let (words, rest) = bytes.as_chunks::<8>();
    let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
    let signs = |word| eight::equal(word, b'+') | eight::equal(word, b'-');
    words.all(|word| eight::is_ascii(word) && signs(word) == eight::all(0x80))
        && rest.iter().all(is_sign)
}

/// Whether [`diffstat_row`] finds a row: told by the bar and what stands behind it, as that is what
/// nearly every row and no other line has.
pub(super) fn is_diffstat_row(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(bar) = memchr::memrchr(b'|', bytes) else {
        return false;
    };
    let (path, after) = bytes.split_at(bar);
    let after = after[1..].trim_ascii();
    let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
    if (1..20).contains(&digits) {
        let graph = after[digits..].trim_ascii_start();
        if is_graph(graph) {
            return path.last() == Some(&b' ') && !path.trim_ascii().is_empty();
        }
    }
    // ` a.png | Bin 0 -> 123 bytes`, and what only the whole rule can tell.
    diffstat_row(text).is_some()
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
    // Ends in `changed` or a parenthesis, as hardly any other line does.
    let last = text.as_bytes().last()?;
    if last.is_ascii_graphic() && !matches!(last, b'd' | b')') {
        return None;
    }
    // Blanks are looked at as bytes.
    let first = text.bytes().find(|byte| *byte != b' ')?;
    if first.is_ascii_graphic() && !first.is_ascii_digit() {
        return None;
    }
    let text = text.trim();
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let mut parts = text.split(',');
    let (files, what) = parts.next()?.split_once(' ')?;
    if what != "files changed" && what != "file changed" {
        return None;
    }
    let mut totals = Totals {
        files: files.parse().ok()?,
        ..Totals::default()
    };
    for part in parts {
        let (count, what) = part.strip_prefix(' ')?.split_once(' ')?;
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
pub(super) fn is_mode_line(text: &str) -> bool {
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

/// How many titles [`shortlog_titles`] finds.
#[must_use]
pub fn n_shortlog_titles(block: &str, part: &Part) -> usize {
    let mut base = None;
    let mut n_titles = 0;
    for line in Lines::new(part.span.text(block)).skip(1) {
        let indent = line.text.len() - line.text.trim_start().len();
        if n_titles == 0 || indent <= *base.get_or_insert(indent) {
            base.get_or_insert(indent);
            n_titles += 1;
        }
    }
    n_titles
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
            " a | 30 +++++++++++-------------------",
            " a | 30 +++++++++++---- --------------",
            " a | 30 +++++++++++----ü--------------",
            "a/very/long/path.c                       | 3 +  ",
            " \u{a0}a | 3 +",
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
