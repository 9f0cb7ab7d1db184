//! Addresses in a mail: footnotes, and which of them is the posting of an earlier version.

use super::body::Body;
use super::label::{Label, Rank, label_at, may_be_label};
use super::line::{footnote_len, head, is_url, trim_start};
use super::words::{Name, named_by, roles};
use crate::model::subject::Version;
use crate::syntax::line::{Line, lines_with};
use memchr::memchr_iter;
use memchr::memmem::Finder;
use std::collections::HashMap;
use std::iter::Peekable;
use std::ops::Range;
use std::sync::LazyLock;

/// Bytes of a line that are looked at for what stands before an address.
const MAX_LINE: usize = 400;
/// Addresses of one line that are looked at.
const MAX_ANCHORS: usize = 8;
/// Words before an address that are read.
const MAX_WORDS: usize = 16;

/// The address of a posting, with its places in the body.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// The address, put together where quoted-printable broke it.
    pub(super) url: String,
    /// Where its line starts.
    pub(super) line: usize,
    /// Its bytes, up to the end of the line.
    pub(super) range: Range<usize>,
    /// Lines that it takes: more than one when it is broken.
    pub(super) n_lines: usize,
}

/// An address in the text, or a reference to one in a footnote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor<'a> {
    pub(super) at: usize,
    pub(super) target: Target<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Url,
    /// The `1` of `[1]`.
    Footnote(&'a str),
}

/// The addresses and references of a body with their lines, except for the numbers of footnotes
/// themselves. Quoted lines are left out. `addresses` are those of [`addresses_in`].
pub(super) fn anchors<'a>(
    body: Body<'a>,
    addresses: &[usize],
) -> impl Iterator<Item = (Line<'a>, Anchor<'a>)> {
    Anchors {
        body,
        addresses: addresses.iter().copied().peekable(),
        references: references_in(body.text.as_bytes()).peekable(),
        line: Line {
            start: 0,
            text: "",
            next: 0,
        },
        text: "",
        pos: 0,
        is_in_address: false,
        n_left: 0,
    }
}

/// Where addresses may stand in a body, at their `://`.
pub(super) fn addresses_in(body: Body<'_>) -> Vec<usize> {
    static SLASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("://"));
    SLASHES.find_iter(body.text.as_bytes()).collect()
}

/// Where a text may refer to footnotes.
fn references_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_number = |at: &usize| matches!(bytes.get(at + 1), Some(b'0'..=b'9'));
    memchr_iter(b'[', bytes).filter(is_number)
}

struct Anchors<'a, A: Iterator, R: Iterator> {
    body: Body<'a>,
    addresses: Peekable<A>,
    references: Peekable<R>,
    line: Line<'a>,
    /// The line as far as it is looked at.
    text: &'a str,
    /// Where in it the last address starts, or something else that was read ends.
    pos: usize,
    is_in_address: bool,
    /// How many of its addresses and references are left that are looked at.
    n_left: usize,
}

impl<'a, A, R> Iterator for Anchors<'a, A, R>
where
    A: Iterator<Item = usize>,
    R: Iterator<Item = usize>,
{
    type Item = (Line<'a>, Anchor<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let is_before = |address: &usize, reference: &usize| address < reference;
            let is_address = match (self.addresses.peek(), self.references.peek()) {
                (Some(address), Some(reference)) => is_before(address, reference),
                (address, _) => address.is_some(),
            };
            let at = if is_address {
                self.addresses.next()?
            } else {
                self.references.next()?
            };
            if at >= self.line.next {
                self.line = self.body.line_with(at)?;
                self.text = head(self.line.text, MAX_LINE);
                self.pos = 0;
                self.is_in_address = false;
                let is_quoted = self.text.starts_with('>');
                self.n_left = if is_quoted { 0 } else { MAX_ANCHORS };
            }
            if self.n_left == 0 {
                continue;
            }
            if std::mem::take(&mut self.is_in_address) {
                let rest = self.text.get(self.pos..).unwrap_or_default();
                self.pos += blank_in(rest).unwrap_or(rest.len());
            }
            let at = at - self.line.start;
            let anchor = if is_address {
                self.address(at)
            } else {
                self.reference(at)
            };
            if let Some(anchor) = anchor {
                self.n_left -= 1;
                return Some((self.line, anchor));
            }
        }
    }
}

impl<'a, A: Iterator, R: Iterator> Anchors<'a, A, R> {
    /// The address whose `://` is at a byte of the line.
    fn address(&mut self, slashes: usize) -> Option<Anchor<'a>> {
        let before = self.text.as_bytes().get(self.pos..slashes)?;
        let scheme = match before {
            [.., b'h', b't', b't', b'p'] => "http",
            [.., b'h', b't', b't', b'p', b's'] => "https",
            _ => return None,
        };
        let at = slashes - scheme.len();
        if !is_url(self.text.get(at..)?) {
            return None;
        }
        self.pos = at;
        self.is_in_address = true;
        let target = Target::Url;
        Some(Anchor { at, target })
    }

    /// The reference at a byte of the line.
    fn reference(&mut self, at: usize) -> Option<Anchor<'a>> {
        let rest = self.text.get(at..).filter(|_| at >= self.pos)?;
        let len = footnote_len(rest)?;
        self.pos = at + len;
        let number = rest.get(1..len - 1)?;
        let is_own = at <= self.text.len() - trim_start(self.text).len();
        let target = Target::Footnote(number);
        (!is_own).then_some(Anchor { at, target })
    }
}

/// The address at byte `at` of a line, put together again where quoted-printable broke it:
/// `…@arm=` and `.com/` on the next line.
pub(super) fn url_at(body: Body<'_>, line: &Line<'_>, at: usize) -> Option<Link> {
    const MAX_URL: usize = 2000;
    const MAX_PARTS: usize = 4;
    let text = line.text.get(at..)?;
    if !is_url(text) {
        return None;
    }
    let first_len = url_end(head(text, MAX_URL)).unwrap_or(text.len().min(MAX_URL));
    let mut url = text.get(..first_len)?.to_owned();
    let mut n_lines = 1;
    // Quoted-printable lines are up to 76 characters long, and broken near their end.
    let is_broken = |line: &str| line.ends_with('=') && (60..=77).contains(&line.len());
    let mut last = *line;
    while n_lines < MAX_PARTS && url.ends_with('=') && is_broken(last.text.trim_end()) {
        let Some(next) = body.line(last.next) else {
            break;
        };
        let text = next.text;
        let len = url_end(head(text, MAX_URL)).unwrap_or(text.len());
        let part = text.get(..len).unwrap_or("");
        if part.is_empty() || part.starts_with('[') {
            break;
        }
        url.pop();
        url.push_str(part);
        last = next;
        n_lines += 1;
    }
    if n_lines > 1 || url.contains("=3D") {
        url = url.replace("=3D", "=");
    }
    let end = url
        .trim_end_matches(['.', ',', ';', ':', '!', '\'', '*'])
        .len();
    url.truncate(end);
    for (open, close) in [('(', ')'), ('[', ']')] {
        while url.ends_with(close) && url.matches(open).count() < url.matches(close).count() {
            url.pop();
        }
    }
    let len = if n_lines == 1 {
        url_len(text.get(..first_len)?, &url)
    } else {
        first_len
    };
    let start = line.start + at;
    Some(Link {
        url,
        line: line.start,
        range: start..start + len,
        n_lines,
    })
}

/// Where the first white space of a text is, which begins with an address.
fn blank_in(text: &str) -> Option<usize> {
    let start = text.bytes().position(|byte| !byte.is_ascii_graphic())?;
    Some(start + text.get(start..)?.find(char::is_whitespace)?)
}

/// The bytes that certainly go on with an address.
const IS_IN_URL: [bool; 256] = {
    let mut is_in_url = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        is_in_url[byte as usize] = !matches!(byte, b'<' | b'>' | b'"' | b'`' | b'|');
        byte += 1;
    }
    is_in_url
};

/// Where the address at the start of a text ends in it.
fn url_end(text: &str) -> Option<usize> {
    let is_end = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '"' | '`' | '|')
    };
    // No letter of ASCII but for those is an end, and nearly all are ASCII.
    let start = text
        .bytes()
        .position(|byte| !IS_IN_URL[usize::from(byte)])?;
    Some(start + text.get(start..)?.find(is_end)?)
}

/// The length of what is left of `written` as `url`, which was trimmed at its end and may have
/// been decoded.
fn url_len(written: &str, url: &str) -> usize {
    if written.starts_with(url) {
        return url.len();
    }
    written.len()
}

/// Where lists are archived, by parts of the address.
const ARCHIVES: [&str; 20] = [
    "lore.kernel.org/",
    "patch.msgid.link/",
    "msgid.link/",
    "lkml.org/",
    "lkml.kernel.org/",
    "lkml.iu.edu/",
    "://lists.",
    "://list.",
    ".lists.",
    "mail-archive.",
    "marc.info/",
    "spinics.net/",
    "patchwork.",
    "patchew.org/",
    "lwn.net/ml/",
    "gmane.",
    "pipermail",
    "public-inbox",
    "/archives/",
    "inbox.",
];

pub(super) fn is_archive(url: &str) -> bool {
    ARCHIVES.iter().any(|archive| url.contains(archive)) && !is_code(url)
}

/// Whether an address leads to code, not to mail.
pub(super) fn is_code(url: &str) -> bool {
    const WITH_GIT: [&str; 6] = [
        "github.com/",
        "gitlab.",
        "git.kernel.org/",
        "/git/",
        "cgit",
        "gitweb",
    ];
    const OTHER: [&str; 3] = ["bitbucket.", "codeberg.org/", "sr.ht/~"];
    let has = |code: &&str| url.contains(*code);
    OTHER.iter().any(has)
        || url.contains("git") && (WITH_GIT.iter().any(has) || url.ends_with(".git"))
}

/// The footnotes of a mail by their number, the first of each.
pub(super) fn footnotes(body: Body<'_>) -> HashMap<&str, Link> {
    let mut notes = HashMap::new();
    for line in lines_with(body.text, b'[') {
        if let Some((number, link)) = footnote(body, &line) {
            notes.entry(number).or_insert(link);
        }
    }
    notes
}

/// `[1] https://…`, `[1]: text https://…`, `[1] text` over an address, `Link: https://… [1]`.
fn footnote<'a>(body: Body<'a>, whole: &Line<'a>) -> Option<(&'a str, Link)> {
    let line = head(whole.text, MAX_LINE);
    let text = line.trim_start();
    let start = line.len() - text.len();
    if let Some(len) = footnote_len(text) {
        let number = text.get(1..len - 1)?;
        let behind = start + len;
        if let Some(at) = line.get(behind..)?.find("http") {
            return Some((number, url_at(body, whole, behind + at)?));
        }
        let next = body.line(whole.next)?;
        let at = next.text.len() - next.text.trim_start().len();
        return Some((number, url_at(body, &next, at)?));
    }
    let open = text.strip_suffix(']')?.rfind('[')?;
    let number = text
        .get(open..)
        .filter(|note| footnote_len(note) == Some(note.len()))?;
    let before = text.get(..open)?.trim_end();
    let url = before.strip_prefix("Link:").unwrap_or(before).trim_start();
    if !is_url(url) || url.contains(char::is_whitespace) {
        return None;
    }
    let at = line.find("http")?;
    Some((number.get(1..number.len() - 1)?, url_at(body, whole, at)?))
}

/// Which version the words before an address say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cited {
    pub(super) name: Name,
    /// Where the line of the words starts.
    pub(super) line: usize,
    /// `v1: https://…`: nothing but the label stands before the address.
    pub(super) is_label: bool,
}

/// Reads backwards from an address: `The first version of this series can be found at [2]`.
///
/// Everything between the name of the version and the address must be such filling, so that
/// `based on v2 of the other series [2]` is not taken for a version of this one.
pub(super) fn cited_before(body: Body<'_>, line: &Line<'_>, at: usize) -> Option<Cited> {
    let before = line.text.get(..at)?;
    // The number of a footnote is no word: `[1] v1: https://…`.
    let rest = trim_start(before).trim_start_matches(['*', '-', '+', '•']);
    let rest = trim_start(rest);
    let rest = footnote_len(rest)
        .and_then(|len| rest.get(len..))
        .unwrap_or(rest);
    let mut words = Words {
        body,
        above: line.start,
        n_above: 0,
        rest,
        read: [Word::default(); MAX_WORDS],
        n_read: 0,
    };
    let (name, name_line, n_used) = named_in(&mut words)?;
    let mut is_own = |idx: usize| words.get(idx).is_some_and(|word| word.line == line.start);
    let is_label = name_line == line.start && is_own(n_used - 1) && !is_own(n_used);
    Some(Cited {
        name,
        line: name_line,
        is_label,
    })
}

/// The last words of a line that may be long.
fn tail_of(line: &str) -> &str {
    let start = line.ceil_char_boundary(line.len().saturating_sub(200));
    line.get(start..).unwrap_or("")
}

#[derive(Debug, Clone, Copy, Default)]
struct Word<'a> {
    text: &'a str,
    line: usize,
    /// A full stop or so stands behind it: words before it belong to another sentence.
    ends_sentence: bool,
}

/// The words before an address, the last one first. Read as they are asked for: nearly always the
/// first tells that they name no version.
struct Words<'a> {
    body: Body<'a>,
    /// Where the line that is read starts.
    above: usize,
    /// How many lines that is above the address.
    n_above: usize,
    /// What of that line is not read.
    rest: &'a str,
    read: [Word<'a>; MAX_WORDS],
    n_read: usize,
}

impl<'a> Words<'a> {
    fn get(&mut self, idx: usize) -> Option<Word<'a>> {
        while self.n_read <= idx.min(MAX_WORDS - 1) {
            self.read[self.n_read] = self.last_word()?;
            self.n_read += 1;
        }
        self.read.get(idx).copied()
    }

    fn last_word(&mut self) -> Option<Word<'a>> {
        loop {
            let (rest, word) = split_last_word(self.rest);
            if word.is_empty() {
                self.rest = self.line_above()?;
                continue;
            }
            self.rest = rest;
            return Some(Word {
                text: without_marks(word),
                line: self.above,
                ends_sentence: word.ends_with('.'),
            });
        }
    }

    /// The line above, where words before the address may go on.
    fn line_above(&mut self) -> Option<&'a str> {
        while self.n_above < 3 {
            let above = self.body.above(self.above)?;
            self.above = above.start;
            self.n_above += 1;
            let text = trim_start(above.text);
            if text.is_empty() {
                // Only a colon reaches over a blank line, and only to an address that stands alone.
                if self.n_read == 0 {
                    continue;
                }
                return None;
            }
            let across_blank = self.n_above > 1 && self.n_read == 0;
            if across_blank && !text.trim_end().ends_with(':') || footnote_len(text).is_some() {
                return None;
            }
            return Some(tail_of(above.text));
        }
        None
    }
}

/// What stands in words, but means nothing around them.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'/' | b'\'')
}

/// What a byte is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A letter or mark of ASCII.
    Letter,
    /// Another byte of ASCII.
    Gap,
    Other,
}

const SORTS: [Sort; 256] = {
    let mut sorts = [Sort::Other; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let is_letter = byte.is_ascii_alphanumeric() || is_mark(byte);
        sorts[byte as usize] = if is_letter { Sort::Letter } else { Sort::Gap };
        byte += 1;
    }
    sorts
};

/// A word without the marks around it.
fn without_marks(word: &str) -> &str {
    let mut bytes = word.as_bytes();
    while let [first, rest @ ..] = bytes
        && is_mark(*first)
    {
        bytes = rest;
    }
    let start = word.len() - bytes.len();
    while let [rest @ .., last] = bytes
        && is_mark(*last)
    {
        bytes = rest;
    }
    word.get(start..start + bytes.len()).unwrap_or_default()
}

/// A text up to its last word, and that word; it is empty where there is none.
fn split_last_word(text: &str) -> (&str, &str) {
    // Most words are ASCII, and so is what stands around them.
    let bytes = text.as_bytes();
    let end = bytes
        .iter()
        .rposition(|byte| SORTS[usize::from(*byte)] != Sort::Gap);
    let end = end.map_or(0, |at| at + 1);
    let word = bytes.get(..end).unwrap_or(bytes);
    let start = word
        .iter()
        .rposition(|byte| SORTS[usize::from(*byte)] != Sort::Letter);
    let start = start.map_or(0, |at| at + 1);
    let is_whole = start == 0 || bytes[start - 1].is_ascii();
    if is_whole && let (Some(rest), Some(word)) = (text.get(..start), text.get(start..end)) {
        return (rest, word);
    }
    let is_word =
        |letter: char| letter.is_alphanumeric() || u8::try_from(letter).is_ok_and(is_mark);
    let text = text.trim_end_matches(|letter: char| !is_word(letter));
    let start = text
        .rfind(|letter: char| !is_word(letter))
        .map_or(0, |at| text.ceil_char_boundary(at + 1));
    text.split_at_checked(start).unwrap_or((text, ""))
}

/// The name among words in reverse order, its line and how many words were read.
fn named_in(words: &mut Words<'_>) -> Option<(Name, usize, usize)> {
    let mut next = 0;
    while let Some(word) = words.get(next) {
        let idx = next;
        next += 1;
        if word.ends_sentence {
            return None;
        }
        let bytes = word.text.as_bytes();
        let word_roles = roles(bytes);
        let is_between = word_roles.is_posting_noun || word_roles.is_filling;
        // Nearly always the first word tells that there is no name.
        let may_be_version = matches!(bytes, [b'0'..=b'9', ..]) || may_be_label(bytes);
        if !is_between && !may_be_version {
            return None;
        }
        if let Some((label, n_words)) = label_in(words, idx) {
            let before = words.get(idx + n_words);
            let fits = before.is_none_or(|before| {
                before.ends_sentence
                    || before.line != word.line
                    || roles(before.text.as_bytes()).is_before_label
            });
            return fits.then_some((Name::Label(label), word.line, idx + n_words));
        }
        if word_roles.is_posting_noun
            && let Some(before) = words.get(idx + 1).filter(|before| !before.ends_sentence)
            && let Some(name) = named_by(before.text)
        {
            return Some((name, before.line, idx + 2));
        }
        if !is_between {
            return None;
        }
    }
    None
}

/// A label at `idx`: one word, `v1`, or two, `RFC v1`, `v1 (RFC)`, `version 1`.
fn label_in(words: &mut Words<'_>, idx: usize) -> Option<(Label, usize)> {
    let whole_label = |word: Word<'_>| {
        let (label, len) = label_at(word.text)?;
        (len == word.text.len()).then_some(label)
    };
    let word = words.get(idx)?;
    // Read whatever the word is: where a blank line ends the words, the look after that goes on
    // above it.
    let before = words.get(idx + 1).filter(|before| !before.ends_sentence);
    let label = whole_label(word);
    let number = Version::parse(word.text);
    if label.is_none() && number.is_none() {
        return None;
    }
    if let Some(before) = before.filter(|before| before.text.eq_ignore_ascii_case("version"))
        && let Some(version) = number
    {
        return (before.line == word.line).then_some((Label::plain(version), 2));
    }
    let label = label?;
    match before {
        Some(before) if label.rank == Rank::Plain && before.text == "RFC" => {
            Some((Label::rfc(label.version), 2))
        }
        Some(before) if label == Label::rfc(None) => match whole_label(before) {
            Some(before) if before.rank == Rank::Plain => Some((Label::rfc(before.version), 2)),
            _ => Some((label, 1)),
        },
        _ => Some((label, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;
    use crate::syntax::line::Lines;

    /// Texts of up to four pieces.
    fn texts() -> impl Iterator<Item = String> {
        let pieces = [
            "v1", "a's", "é", " ", "\t", "\u{a0}", "\u{b}", "\u{1}", "…", ".", "/_", "(", "<", "|",
            "=3D",
        ];
        combined::<4, _>(pieces).map(|row| row.concat())
    }

    #[test]
    fn a_last_word_is_found_in_any_script() {
        let is_word =
            |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '/' | '\'');
        for text in texts() {
            let rest = text.trim_end_matches(|letter: char| !is_word(letter));
            let word = rest.rsplit(|letter: char| !is_word(letter)).next();
            let (before, found) = split_last_word(&text);
            assert_eq!(Some(found), word, "{text:?}");
            let marks = ['.', '\'', '/', '_'];
            assert_eq!(without_marks(found), found.trim_matches(marks), "{text:?}");
            if !found.is_empty() {
                assert_eq!(format!("{before}{found}"), rest, "{text:?}");
            }
        }
    }

    #[test]
    fn addresses_end_where_they_end_letter_by_letter() {
        for text in texts() {
            assert_eq!(blank_in(&text), text.find(char::is_whitespace), "{text:?}");
            let is_end = |letter: char| {
                letter.is_whitespace()
                    || letter.is_control()
                    || matches!(letter, '<' | '>' | '"' | '`' | '|')
            };
            assert_eq!(url_end(&text), text.find(is_end), "{text:?}");
        }
    }

    /// The anchors of a line, looked for byte by byte.
    fn anchors_of(line: &str) -> Vec<Anchor<'_>> {
        let text = head(line, MAX_LINE);
        let own = text.len() - text.trim_start().len();
        let mut anchors = Vec::new();
        let mut pos = 0;
        while let Some(rest) = text.get(pos..).filter(|rest| !rest.is_empty()) {
            let at = pos;
            if let Some(len) = footnote_len(rest) {
                pos += len;
                let target = Target::Footnote(&rest[1..len - 1]);
                anchors.extend(Some(Anchor { at, target }).filter(|_| at > own));
            } else if is_url(rest) {
                pos += rest.find(char::is_whitespace).unwrap_or(rest.len());
                let target = Target::Url;
                anchors.push(Anchor { at, target });
            } else {
                pos = text.ceil_char_boundary(pos + 1);
            }
        }
        anchors.truncate(if text.starts_with('>') {
            0
        } else {
            MAX_ANCHORS
        });
        anchors
    }

    #[test]
    fn addresses_and_references_are_found_wherever_they_stand() {
        let pieces = [
            "[1]",
            "[1",
            "[x]",
            "https://x",
            "http://",
            "hhttp",
            "://",
            " ",
            "\n",
            "\r\n",
            "> ",
            "é",
            "\u{a0}",
        ];
        let mut mails: Vec<String> = combined::<4, _>(pieces).map(|row| row.concat()).collect();
        for n in 0..20 {
            mails.push(" [1] https://x".repeat(n));
            mails.push(format!("{} [1] http://x [2]\n[1]", "- ".repeat(180 + n)));
        }
        for mail in mails {
            let lines = Lines::new(&mail).flat_map(|line| {
                let anchors = anchors_of(line.text);
                anchors.into_iter().map(move |anchor| (line, anchor))
            });
            let body = Body { text: &mail };
            let addresses = addresses_in(body);
            let found = anchors(body, &addresses).collect::<Vec<_>>();
            assert_eq!(found, lines.collect::<Vec<_>>(), "{mail:?}");
        }
    }
}
