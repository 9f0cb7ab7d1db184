//! Addresses in a mail: footnotes, and which of them is the posting of an earlier version.

use super::VersionLink;
use super::line::{
    Label, Name, Rank, footnote_len, head, is_posting_noun, is_url, label_at, named_by,
};
use crate::model::subject::Version;
use memchr::memmem::Finder;
use memchr::{memchr_iter, memchr2};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Bytes of a line that are looked at for what stands before an address.
const MAX_LINE: usize = 400;
/// Addresses of one line that are looked at.
const MAX_ANCHORS: usize = 8;

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

/// Whether a line may hold an address or refer to one.
pub(super) fn may_link(line: &str) -> bool {
    let bytes = line.as_bytes();
    references_in(bytes).next().is_some() || addresses_in(bytes).next().is_some()
}

/// Where addresses may stand in a text.
pub(super) fn addresses_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    static SLASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("://"));
    SLASHES.find_iter(bytes)
}

/// Where a text may refer to footnotes.
pub(super) fn references_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_number = |at: &usize| matches!(bytes.get(at + 1), Some(b'0'..=b'9'));
    memchr_iter(b'[', bytes).filter(is_number)
}

/// The addresses and references in a line, except for the number of a footnote itself.
pub(super) fn anchors(line: &str) -> impl Iterator<Item = Anchor<'_>> {
    let text = head(line, MAX_LINE);
    let own = text.len() - text.trim_start().len();
    let mut pos = 0;
    let next = move || loop {
        let rest = text.as_bytes().get(pos..)?;
        let at = pos + memchr2(b'[', b'h', rest)?;
        let rest = text.get(at..)?;
        pos = at + 1;
        if let Some(len) = footnote_len(rest) {
            pos = at + len;
            if at > own {
                let number = rest.get(1..len - 1).unwrap_or("");
                let target = Target::Footnote(number);
                return Some(Anchor { at, target });
            }
        } else if is_url(rest) {
            pos = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
            let target = Target::Url;
            return Some(Anchor { at, target });
        }
    };
    std::iter::from_fn(next).take(MAX_ANCHORS)
}

/// The address at byte `at` of a line, put together again where quoted-printable broke it:
/// `…@arm=` and `.com/` on the next line.
pub(super) fn url_at(lines: &[&str], line: usize, at: usize) -> Option<VersionLink> {
    const MAX_URL: usize = 2000;
    const MAX_PARTS: usize = 4;
    let text = lines.get(line)?.get(at..)?;
    if !is_url(text) {
        return None;
    }
    let is_end = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '"' | '`' | '|')
    };
    let first_len = head(text, MAX_URL)
        .find(is_end)
        .unwrap_or(text.len().min(MAX_URL));
    let mut url = text.get(..first_len)?.to_owned();
    let mut n_lines = 1;
    // Quoted-printable lines are up to 76 characters long, and broken near their end.
    let is_broken = |line: &str| line.ends_with('=') && (60..=77).contains(&line.len());
    let mut last = lines.get(line)?.trim_end();
    while n_lines < MAX_PARTS && url.ends_with('=') && is_broken(last) {
        let Some(next) = lines.get(line + n_lines) else {
            break;
        };
        let len = head(next, MAX_URL).find(is_end).unwrap_or(next.len());
        let part = next.get(..len).unwrap_or("");
        if part.is_empty() || part.starts_with('[') {
            break;
        }
        url.pop();
        url.push_str(part);
        last = next.trim_end();
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
    Some(VersionLink {
        url,
        line,
        range: at..at + len,
        n_lines,
    })
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
    const CODE: [&str; 9] = [
        "github.com/",
        "gitlab.",
        "git.kernel.org/",
        "bitbucket.",
        "codeberg.org/",
        "/git/",
        "cgit",
        "gitweb",
        "sr.ht/~",
    ];
    CODE.iter().any(|code| url.contains(code)) || url.ends_with(".git")
}

/// The footnotes of a mail by their number, the first of each.
pub(super) fn footnotes(lines: &[&str]) -> HashMap<String, VersionLink> {
    let mut notes = HashMap::new();
    for (line_idx, line) in lines.iter().enumerate() {
        if memchr::memchr(b'[', line.as_bytes()).is_none() {
            continue;
        }
        let Some((number, link)) = footnote(lines, line_idx, head(line, MAX_LINE)) else {
            continue;
        };
        notes.entry(number.to_owned()).or_insert(link);
    }
    notes
}

/// `[1] https://…`, `[1]: text https://…`, `[1] text` over an address, `Link: https://… [1]`.
fn footnote<'a>(lines: &[&str], line_idx: usize, line: &'a str) -> Option<(&'a str, VersionLink)> {
    let text = line.trim_start();
    let start = line.len() - text.len();
    if let Some(len) = footnote_len(text) {
        let number = text.get(1..len - 1)?;
        let behind = start + len;
        if let Some(at) = line.get(behind..)?.find("http") {
            return Some((number, url_at(lines, line_idx, behind + at)?));
        }
        let next = lines.get(line_idx + 1)?;
        let at = next.len() - next.trim_start().len();
        return Some((number, url_at(lines, line_idx + 1, at)?));
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
    Some((
        number.get(1..number.len() - 1)?,
        url_at(lines, line_idx, at)?,
    ))
}

/// Which version the words before an address say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cited {
    pub(super) name: Name,
    /// The line of the words.
    pub(super) line: usize,
    /// `v1: https://…`: nothing but the label stands before the address.
    pub(super) is_label: bool,
}

/// Reads backwards from an address: `The first version of this series can be found at [2]`.
///
/// Everything between the name of the version and the address must be such filling, so that
/// `based on v2 of the other series [2]` is not taken for a version of this one.
pub(super) fn cited_before(lines: &[&str], line: usize, at: usize) -> Option<Cited> {
    let before = lines.get(line)?.get(..at)?;
    // The number of a footnote is no word: `[1] v1: https://…`.
    let body = before
        .trim_start()
        .trim_start_matches(['*', '-', '+', '•'])
        .trim_start();
    let body = footnote_len(body)
        .and_then(|len| body.get(len..))
        .unwrap_or(body);
    let mut words = Words {
        lines,
        line,
        above: line,
        rest: body,
        read: Vec::new(),
    };
    let (name, name_line, n_used) = named_in(&mut words)?;
    let mut is_own = |idx: usize| words.get(idx).is_some_and(|word| word.line == line);
    let is_label = name_line == line && is_own(n_used - 1) && !is_own(n_used);
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

#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    line: usize,
    /// A full stop or so stands behind it: words before it belong to another sentence.
    ends_sentence: bool,
}

/// The words before an address, the last one first. Read as they are asked for: nearly always the
/// first tells that they name no version.
struct Words<'a> {
    lines: &'a [&'a str],
    /// The line of the address.
    line: usize,
    /// The line that is read.
    above: usize,
    /// What of that line is not read.
    rest: &'a str,
    read: Vec<Word<'a>>,
}

impl<'a> Words<'a> {
    /// Words that are read at most.
    const MOST: usize = 16;

    fn get(&mut self, idx: usize) -> Option<Word<'a>> {
        while self.read.len() <= idx.min(Self::MOST - 1) {
            let word = self.last_word()?;
            self.read.push(word);
        }
        self.read.get(idx).copied()
    }

    fn last_word(&mut self) -> Option<Word<'a>> {
        let is_word =
            |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '/' | '\'');
        loop {
            let rest = self.rest.trim_end_matches(|letter: char| !is_word(letter));
            if rest.is_empty() {
                self.rest = self.line_above()?;
                continue;
            }
            let start = rest
                .rfind(|letter: char| !is_word(letter))
                .map_or(0, |at| rest.ceil_char_boundary(at + 1));
            let (rest, word) = rest.split_at_checked(start)?;
            self.rest = rest;
            return Some(Word {
                text: word.trim_matches(['.', '\'', '/', '_']),
                line: self.above,
                ends_sentence: word.ends_with('.'),
            });
        }
    }

    /// The line above, where words before the address may go on.
    fn line_above(&mut self) -> Option<&'a str> {
        while self.line - self.above < 3 {
            let above = self.above.checked_sub(1)?;
            let line = *self.lines.get(above)?;
            self.above = above;
            let text = line.trim();
            if text.is_empty() {
                // Only a colon reaches over a blank line, and only to an address that stands alone.
                if self.read.is_empty() {
                    continue;
                }
                return None;
            }
            let across_blank = self.line - above > 1 && self.read.is_empty();
            if across_blank && !text.ends_with(':') || footnote_len(text).is_some() {
                return None;
            }
            return Some(tail_of(line));
        }
        None
    }
}

/// Words that may stand between the name of a version and its address.
const FILLING: [&str; 36] = [
    "is",
    "was",
    "were",
    "are",
    "can",
    "be",
    "found",
    "at",
    "here",
    "in",
    "posted",
    "sent",
    "of",
    "this",
    "the",
    "available",
    "archived",
    "on",
    "lore",
    "see",
    "read",
    "also",
    "discussed",
    "seen",
    "link",
    "via",
    "that",
    "which",
    "has",
    "been",
    "and",
    "it",
    "patch",
    "set",
    "series",
    "patchset",
];

/// Words that may stand before a label in a sentence: `comments from v1 [1]`.
const BEFORE_LABEL: [&str; 16] = [
    "the",
    "from",
    "since",
    "version",
    "previous",
    "posted",
    "in",
    "see",
    "to",
    "and",
    "against",
    "earlier",
    "sent",
    "previously",
    "link",
    "changes",
];

fn is_one_of(list: &[&str], word: &str) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known))
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
        if let Some((label, n_words)) = label_in(words, idx) {
            let before = words.get(idx + n_words);
            let fits = before.is_none_or(|before| {
                before.ends_sentence
                    || before.line != word.line
                    || is_one_of(&BEFORE_LABEL, before.text)
            });
            return fits.then_some((Name::Label(label), word.line, idx + n_words));
        }
        if is_posting_noun(word.text)
            && let Some(before) = words.get(idx + 1).filter(|before| !before.ends_sentence)
            && let Some(name) = named_by(before.text)
        {
            return Some((name, before.line, idx + 2));
        }
        if !is_one_of(&FILLING, word.text) && !is_posting_noun(word.text) {
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
    let before = words.get(idx + 1).filter(|before| !before.ends_sentence);
    if let Some(before) = before.filter(|before| before.text.eq_ignore_ascii_case("version"))
        && let Some(version) = Version::parse(word.text)
    {
        return (before.line == word.line).then_some((Label::plain(version), 2));
    }
    let label = whole_label(word)?;
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
