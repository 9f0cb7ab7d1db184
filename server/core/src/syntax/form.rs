//! Lines of a mail that have a form: footnotes, trailers, diffstats, shortlogs. Each recogniser
//! looks at one line, or at the lines of one part, and knows nothing of what is around.

use super::entry::{Part, Span};
use super::line::{self, Lines};
use crate::{eight, sixteen, trim};

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

/// The length of the word that a line begins with, if a colon ends it. A key is short.
#[inline]
pub(super) fn key(line: &[u8]) -> Option<usize> {
    let start = line.get(..line.len().min(48))?;
    let (words, rest) = start.as_chunks::<8>();
    // Prose is told by the blank behind its first word.
    let in_word = |word: &[u8; 8]| eight::position(u64::from_le_bytes(*word), [b' ', b':']);
    let mut words = words.iter().enumerate();
    let at = match words.find_map(|(idx, word)| Some(idx * 8 + in_word(word)?)) {
        Some(at) => at,
        None => {
            let in_rest = rest.iter().position(|byte| matches!(byte, b' ' | b':'))?;
            start.len() - rest.len() + in_rest
        }
    };
    (start.get(at) == Some(&b':')).then_some(at)
}

/// Whether a line may have a [`key`], as far as its first bytes tell; `from` is the text from the line on.
#[inline]
pub(super) fn may_have_key(line: &[u8], from: &[u8]) -> bool {
    // Words are shorter than that, and most have a blank behind them.
    match from.first_chunk::<16>() {
        Some(start) => {
            let start = &[*start];
            sixteen::has(start, b':') | !sixteen::has(start, b' ')
        }
        None => key(line).is_some(),
    }
}

/// One line of a trailer: the length of its key. Keys are `…-by` or known; prose with a colon is
/// no trailer.
#[must_use]
pub fn trailer(text: &str) -> Option<usize> {
    key(text.as_bytes()).filter(|colon| is_trailer(text, *colon))
}

/// Whether a line is a trailer whose [`key`] ends at `colon`.
pub(super) fn is_trailer(text: &str, colon: usize) -> bool {
    let (key, value) = text.as_bytes().split_at(colon);
    let is_known = match key.split_last_chunk() {
        Some((before, last)) if is_by(*last) => !before.is_empty() && is_key(key),
        _ => OTHER_KEYS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(key)),
    };
    is_known && !line::is_blank_bytes(&value[1..])
}

/// Keys of trailers that do not end in `-by`.
const OTHER_KEYS: [&[u8]; 8] = [
    b"Cc",
    b"Fixes",
    b"Link",
    b"Closes",
    b"BugLink",
    b"References",
    b"Change-Id",
    b"Message-ID",
];

fn is_by(last: [u8; 3]) -> bool {
    last.eq_ignore_ascii_case(b"-by")
}

/// Whether all bytes are such that keys are made of.
fn is_key(bytes: &[u8]) -> bool {
    let is_key = |bytes: &[u8]| bytes.iter().all(|byte| IS_KEY[usize::from(*byte)]);
    // Most are of eight to sixteen.
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) if bytes.len() <= 16 => is_key_word(first) & is_key_word(last),
        _ => is_key(bytes),
    }
}

fn is_key_word(bytes: &[u8; 8]) -> bool {
    let word = u64::from_le_bytes(*bytes);
    eight::is_ascii(word) && eight::letters(word) | eight::equal(word, b'-') == eight::all(0x80)
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
pub(crate) fn is_graph(bytes: &[u8]) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'+' | b'-');
    let (words, rest) = bytes.as_chunks::<8>();
    let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
    let signs = |word| eight::equal(word, b'+') | eight::equal(word, b'-');
    words.all(|word| eight::is_ascii(word) && signs(word) == eight::all(0x80))
        && rest.iter().all(is_sign)
}

/// Whether [`diffstat_row`] finds a row.
pub(super) fn is_diffstat_row(text: &str) -> bool {
    // ` a.png | Bin 0 -> 123 bytes`, and what only the whole rule can tell.
    let is_other = || has_bar(text.as_bytes()) && diffstat_row(text).is_some();
    is_numbered_row(text.as_bytes()).unwrap_or_else(is_other)
}

/// Whether a line is a row of a diffstat, of which no binary file's ends as this: in a sign or digit.
#[inline]
pub(super) fn is_row(line: &[u8]) -> bool {
    is_usual_row(line).is_some() || is_numbered_row(line) == Some(true)
}

/// Whether a line is a row as nearly all are: before its signs there are a bar, a number and blanks in
/// eight bytes, and its path is indented by one.
fn is_usual_row(line: &[u8]) -> Option<()> {
    let last_word = |bytes: &[u8]| {
        let word = u64::from_le_bytes(*bytes.last_chunk()?);
        eight::is_ascii(word).then_some(word)
    };
    let mut unsigned = line;
    let n_signs = loop {
        let word = last_word(unsigned)?;
        let signs = eight::equal(word, b'+') | eight::equal(word, b'-');
        if signs != eight::all(0x80) {
            break eight::n_last(signs);
        }
        unsigned = unsigned.get(..unsigned.len() - 8)?;
    };
    unsigned = unsigned.get(..unsigned.len() - n_signs)?;
    let mut word = last_word(unsigned)?;
    let mut strip = |set: fn(u64) -> u64| {
        let n_bytes = eight::n_last(set(word));
        word <<= 8 * n_bytes;
        n_bytes
    };
    let blanks = |word| eight::equal(word, b' ');
    let n_gap = strip(blanks);
    let n_digits = strip(eight::digits);
    let bar = unsigned
        .len()
        .checked_sub(1 + n_gap + n_digits + strip(blanks))?;
    let has_bar = word >> 48 == u64::from(u16::from_le_bytes(*b" |"));
    let has_path = bar > 1 && line.get(1).is_some_and(u8::is_ascii_graphic);
    (has_bar && n_digits > 0 && has_path).then_some(())
}

/// Whether a line that ends in a bar, a number and signs is a row of a diffstat, as nearly every row and
/// no other line does.
pub(super) fn is_numbered_row(line: &[u8]) -> Option<bool> {
    let mut rest = line.trim_ascii_end();
    while let Some((before, signs)) = rest.split_last_chunk::<8>()
        && is_graph(signs)
    {
        rest = before;
    }
    while let Some((b'+' | b'-', before)) = rest.split_last() {
        rest = before;
    }
    let unsigned = rest.trim_ascii_end();
    let digits = unsigned.iter().rev().take(20);
    let n_digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..20).contains(&n_digits) {
        return None;
    }
    let before = unsigned.get(..unsigned.len() - n_digits)?;
    let (b'|', path) = before.trim_ascii_end().split_last()? else {
        return None;
    };
    Some(path.last() == Some(&b' ') && !path.trim_ascii_start().is_empty())
}

/// Whether there is a `|`.
pub(super) fn has_bar(line: &[u8]) -> bool {
    let Some(last) = line.last_chunk() else {
        return line.contains(&b'|');
    };
    let (pieces, _) = line.as_chunks();
    // The last of them may be looked at twice.
    sixteen::has(pieces, b'|') || sixteen::has(&[*last], b'|')
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
    if !may_be_summary(text.as_bytes(), *text.as_bytes().last()?) {
        return None;
    }
    let text = trim::value(text);
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (files, rest) = count(text)?;
    let rest = rest.strip_prefix(" file")?;
    let mut rest = rest
        .strip_prefix('s')
        .unwrap_or(rest)
        .strip_prefix(" changed")?;
    let mut totals = Totals {
        files,
        ..Totals::default()
    };
    while let Some(part) = rest.strip_prefix(", ") {
        let (n_lines, what) = count(part)?;
        let (what, sign) = match what.strip_prefix(" insertion") {
            Some(behind) => {
                totals.insertions = n_lines;
                (behind, "(+)")
            }
            None => {
                totals.deletions = n_lines;
                (what.strip_prefix(" deletion")?, "(-)")
            }
        };
        rest = what.strip_prefix('s').unwrap_or(what).strip_prefix(sign)?;
    }
    rest.is_empty().then_some(totals)
}

/// Whether a line may be a [`diffstat_summary`], as hardly any other is that is indented: they end in
/// `changed` or a parenthesis and begin with a number.
#[inline]
pub(super) fn may_be_summary(line: &[u8], last: u8) -> bool {
    if last.is_ascii_graphic() && !matches!(last, b'd' | b')') {
        return false;
    }
    let first = line.iter().find(|byte| **byte != b' ');
    first.is_some_and(|first| !first.is_ascii_graphic() || first.is_ascii_digit())
}

/// The number that a text begins with, and what is behind it.
fn count(text: &str) -> Option<(u64, &str)> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let (mut number, mut n_digits) = (0_u64, 0);
    for byte in unsigned.bytes().take_while(u8::is_ascii_digit) {
        number = number.checked_mul(10)?.checked_add((byte - b'0').into())?;
        n_digits += 1;
    }
    (n_digits > 0).then_some((number, unsigned.get(n_digits..)?))
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
    // Prose that ends in a colon has nothing to be trimmed.
    if text.ends_with(':') && !text.ends_with("):") {
        return None;
    }
    let rest = text
        .strip_suffix("):")
        .or_else(|| text.trim_end().strip_suffix("):"))?;
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let n_digits = rest.bytes().rev().take_while(is_digit).count();
    let (head, count) = rest.split_at(rest.len() - n_digits);
    let name = head.strip_suffix(" (")?;
    if name.is_empty() || name.starts_with([' ', '\t']) {
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
            " a | 3 -",
            " a | 3 + -",
            " a | 3+",
            " a | +",
            " a | + 3",
            " a |3",
            " a |\t3\t+\t",
            " | 3",
            "| 3",
            "3",
            "+",
            "",
            " a | 12345678901234567890",
            " a | 1234567890123456789",
            " a | ++++++++++++++++",
            " 3 | 4 | 5",
            " abcdefg | 1 +",
            " abcdefg |    1",
            " abcdefg | 123456 -",
            " abcdefg |1234567 -",
            " abcdefg | 1  ++--++--++--++--",
            " abcdefg | 1++--++--++--++--",
            " abcdefg |    ++--++--++--++--",
            " abcdefg |         ++--++--++",
            " abcdefg| 1 +",
            " abcdef\u{a0}| 1 +",
            "         | 1 ++++++++",
            "  abcdefg | 1 +",
            "| abcdefg | 1 +",
            " | 12345 ++++++",
            "  | 1234 ++++++",
            " ü | 1234 ++++++",
            "++++++++++++++++",
            "1 ++++++++++++++",
            " | 1 +++++++++++",
            " a long line of text with a bar at its end|",
            " a | b",
            "                 |          |",
        ] {
            assert_eq!(
                is_diffstat_row(text),
                diffstat_row(text).is_some(),
                "{text}"
            );
            let numbered = is_numbered_row(text.as_bytes()) == Some(true);
            assert_eq!(is_row(text.as_bytes()), numbered, "{text}");
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
            ("2 files changed, +3 deletions(-)\t", totals(2, 0, 3)),
            (
                "\u{a0}2 files changed, 3 deletions(-), 4 insertions(+), 5 deletions(-)",
                totals(2, 4, 5),
            ),
            (" 2 files changed,", None),
            (" 2 files changed,3 deletions(-)", None),
            (" 2 files changed, 3 deletions(-) ", totals(2, 0, 3)),
            (" 2 files changed, 3 deletions(-) x)", None),
            (" 2 files changed, 3 deletions(-) , 4 insertions(+)", None),
            (" 2 filess changed", None),
            (" 2 files changedd", None),
            (" +2 files changed", None),
            (" 2 files changed, ü deletions(-)", None),
            (" 2 files changed,  3 deletions(-)", None),
            (" 2 files changed, 99999999999999999999 deletions(-)", None),
            (" 99999999999999999999 files changed", None),
            (" 2 files changed, deletions(-)", None),
            (" 2  files changed", None),
            (" 2 f)", None),
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
            ("Fixes: \t", None),
            ("ReviewedBy: x", None),
            ("Reviewed-BY: x", Some("Reviewed-BY")),
            ("-by: x", None),
            ("a-by:x", Some("a-by")),
            ("Reviewed and-by: x", None),
            ("Reviewed_too-by: x", None),
            ("Geprüft-by: x", None),
            ("Geprüft-von-allen-by:x", None),
            ("Getestet-von-by: x", Some("Getestet-von-by")),
            ("Gesehenü-by: x", None),
            ("Gepruefü-by: x", None),
            ("Geprueftü-by: x", None),
            ("Geprueftes-üby: x", None),
            ("Getestet.von-by: x", None),
            ("Getestet-von_by-by: x", None),
            ("Geteste[-by: x", None),
            ("Message-ID: x", Some("Message-ID")),
            ("Message-Id: x", Some("Message-Id")),
            ("Gesehen-von-ü: x", None),
            ("Signed-off-by", None),
            ("Signed-off-by-somebody-who-has-seen-it-fly-by-by: x", None),
            (
                "Signed-off-by-somebody-who-has-seen-it-fly-b-by:x",
                Some("Signed-off-by-somebody-who-has-seen-it-fly-b-by"),
            ),
            (":", None),
            ("", None),
        ] {
            assert_eq!(trailer(text).map(|colon| &text[..colon]), key, "{text}");
            for behind in [
                "",
                "\n",
                "\nCc: a\n\n\n\n\n\n\n\n\n\n\n\n",
                "\n a line of prose",
            ] {
                let from = format!("{text}{behind}");
                let may_have_key = may_have_key(text.as_bytes(), from.as_bytes());
                assert!(may_have_key || trailer(text).is_none(), "{from}");
            }
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
