//! The list of changes below a heading: where it ends, and its gist.

use std::ops::Range;

use super::VersionMention;
use super::body::Body;
use super::line::{self, Naming, footnote_len, head, indent, is_url, trim_start};
use crate::eight;
use memchr::{memchr, memrchr};

/// Letters of a gist; more is cut off at a word.
const MAX_LEN: usize = 100;
/// Bytes of an item from which on it is longer than any gist.
const MAX_ITEM: usize = MAX_LEN * 4 + 4;

/// Bytes of a line that are looked at to tell what it is.
const MAX_LINE: usize = 200;

/// A heading and the lines below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) body: Body<'a>,
    pub(super) heading: usize,
    pub(super) naming: Naming,
    /// Where the next heading stands.
    pub(super) end: usize,
}

impl<'a> List<'a> {
    /// The lines from one that starts at a byte, as far as they are looked at, and where the next
    /// of each starts.
    fn lines(&self, start: usize) -> impl Iterator<Item = (&'a str, usize)> {
        let lines = self.body.lines(start, self.end);
        lines.map(|line| (head(line.text, MAX_LINE), line.next))
    }

    /// The line that starts at a byte, empty where none does.
    fn line(&self, start: usize) -> &'a str {
        self.lines(start).next().map_or("", |(line, _)| line)
    }

    /// Where the line below the heading starts.
    fn below(&self) -> usize {
        let heading = self.body.line(self.heading);
        heading.map_or(self.body.text.len(), |line| line.next)
    }

    /// Whether a list follows, on the next line or below a ruler or a blank one.
    pub(super) fn begins(&self) -> bool {
        self.lines(self.below())
            .find(|(line, _)| !line.is_empty() && !is_ruler(line))
            .is_some_and(|(line, _)| self.is_listed(line))
    }

    /// Whether a list follows on the next line or below a ruler.
    pub(super) fn begins_at_once(&self) -> bool {
        let mut lines = self.lines(self.below()).map(|(line, _)| line);
        let next = match lines.next() {
            Some(next) if is_ruler(next) => lines.next(),
            next => next,
        };
        self.is_listed(next.unwrap_or(""))
    }

    fn is_listed(&self, line: &str) -> bool {
        !is_stop(line) && (is_item(line) || self.is_deeper(line))
    }

    fn is_deeper(&self, line: &str) -> bool {
        !line.is_empty() && indent(line) > self.naming.indent
    }

    /// The bytes of the lines of the list.
    ///
    /// It ends at the next heading, at a shortlog, diffstat, cut line, trailer or footnote, and
    /// at a paragraph that is neither indented nor a list.
    pub(super) fn range(&self) -> Range<usize> {
        let mut below = self.below();
        if let Some((ruler, next)) = self.lines(below).next()
            && is_ruler(ruler)
        {
            below = next;
        }
        let has_inline = self.naming.inline.is_some();
        // Up to the last line that belongs to it; text on the heading is its first paragraph.
        let mut list = has_inline.then_some(self.heading..below);
        let mut after_blank = false;
        let mut start = below;
        for (line, next) in self.lines(below) {
            let here = std::mem::replace(&mut start, next);
            if line.is_empty() {
                after_blank = true;
                continue;
            }
            if is_stop(line) || self.is_sibling(line) {
                break;
            }
            // The first paragraph belongs to it whatever it looks like.
            let list = list.get_or_insert(here..here);
            let is_new = after_blank && here > list.start;
            if is_new && !self.continues(line, self.line(next)) {
                break;
            }
            after_blank = false;
            list.end = next;
        }
        list.unwrap_or(below..below)
    }

    /// `* text` below `* From v1`: the next item of the list that the heading stands in.
    fn is_sibling(&self, line: &str) -> bool {
        self.naming.bullet.is_some_and(|bullet| {
            trim_start(line).starts_with(bullet) && indent(line) <= self.naming.indent
        })
    }

    /// Whether a paragraph that begins with `line` goes on with the list.
    fn continues(&self, line: &str, next: &str) -> bool {
        if self.naming.inline.is_some() {
            return self.is_deeper(line);
        }
        is_item(line) || self.is_deeper(line) || is_item(next) && !is_other_section(line)
    }
}

/// `- text`, `* text`, `1. text`, `2) text`
fn is_item(line: &str) -> bool {
    bullet_len(trim_start(line)).is_some()
}

/// The length of a bullet or number, with the blanks behind it.
fn bullet_len(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = if (1..=2).contains(&digits) {
        let mark = text.get(digits..)?.chars().next()?;
        matches!(mark, '.' | ')').then_some(digits + 1)?
    } else {
        let mark = text.chars().next()?;
        matches!(mark, '-' | '*' | '+' | '•' | 'o' | '·' | '–').then_some(mark.len_utf8())?
    };
    let rest = text.get(mark..)?;
    let gap = rest.len() - trim_start(rest).len();
    (gap > 0).then_some(mark + gap)
}

/// A line of dashes or the like below a heading.
fn is_ruler(line: &str) -> bool {
    let text = trim_start(line);
    let mark = text.as_bytes().first();
    let Some(mark) = mark.filter(|mark| matches!(mark, b'-' | b'=' | b'~' | b'^' | b'_' | b'*'))
    else {
        return false;
    };
    let text = text.trim_end().as_bytes();
    text.len() >= 3 && text.iter().all(|byte| byte == mark)
}

/// A title of another section, although a list follows: `TODO`.
fn is_other_section(line: &str) -> bool {
    const SECTIONS: [&str; 21] = [
        "todo",
        "todos",
        "test",
        "tests",
        "testing",
        "tested",
        "known",
        "note",
        "notes",
        "results",
        "performance",
        "base",
        "based",
        "dependencies",
        "depends",
        "thanks",
        "references",
        "limitations",
        "future",
        "open",
        "patches",
    ];
    let word = line
        .trim()
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()
        .unwrap_or("");
    line.len() > 72
        || SECTIONS
            .iter()
            .any(|section| section.eq_ignore_ascii_case(word))
}

/// A line that no list of changes goes beyond.
fn is_stop(line: &str) -> bool {
    let Some(first) = line.bytes().next() else {
        return false;
    };
    match first {
        b' ' | b'\t' => is_diffstat(line),
        b'-' => line == "---" || line == "--" || is_long_ruler(line),
        b'=' | b'_' | b'~' => is_long_ruler(line),
        b'[' => footnote_len(line).is_some(),
        b'd' => line.starts_with("diff --git "),
        b'@' => line.starts_with("@@ "),
        _ => is_diffstat(line) || is_shortlog(line) || is_trailer(line),
    }
}

fn is_long_ruler(line: &str) -> bool {
    line.len() >= 20 && is_ruler(line)
}

/// `Mark Brown (4):`
fn is_shortlog(line: &str) -> bool {
    let Some((name, count)) = line
        .strip_suffix("):")
        .and_then(|line| line.rsplit_once(" ("))
    else {
        return false;
    };
    !name.is_empty() && !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
}

/// ` path | 3 +++`, ` path | Bin`, ` 4 files changed, …`
fn is_diffstat(line: &str) -> bool {
    let text = trim_start(line);
    if memchr(b'|', text.as_bytes()).is_some()
        && let Some((_, changes)) = text.rsplit_once(" | ")
    {
        let changes = changes.trim_start();
        return changes.starts_with(|digit: char| digit.is_ascii_digit())
            || changes.starts_with("Bin");
    }
    let [b'0'..=b'9', ..] = text.as_bytes() else {
        return false;
    };
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    rest.starts_with(" files changed") || rest.starts_with(" file changed")
}

/// `Signed-off-by: …`, `Cc: …`, `base-commit: …`
fn is_trailer(line: &str) -> bool {
    const KEYS: [&str; 9] = [
        "Cc",
        "Fixes",
        "Closes",
        "Link",
        "base-commit",
        "change-id",
        "prerequisite-patch-id",
        "prerequisite-change-id",
        "Message-ID",
    ];
    let Some((key, rest)) = memchr(b':', line.as_bytes())
        .and_then(|colon| Some((line.get(..colon)?, line.get(colon + 1..)?)))
    else {
        return false;
    };
    let is_by = key.len() > 3 && key.ends_with("-by") && !key.contains(' ');
    rest.starts_with(' ') && (is_by || KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

/// Where the address begins in an item that is nothing else: `- https://…`.
pub(super) fn lone_url(line: &str) -> Option<usize> {
    let text = trim_start(line);
    let bullet = bullet_len(text)?;
    let url = text.get(bullet..)?.trim_end();
    (is_url(url) && !url.contains(char::is_whitespace)).then_some(line.len() - text.len() + bullet)
}

/// What changed, on one line: the first items of a list, as many as fit.
///
/// `Rebase onto v6.19-rc1; Add a fix for spurious failures with 64 bit only guests`
///
/// `lines` are those the mention was read from. Links to postings are left out, and so are
/// lists within items. Empty where the mail gives no list.
#[must_use]
pub fn first_items(lines: &[&str], mention: &VersionMention) -> String {
    let items = lines.iter().take(mention.items.end);
    let is_inline = mention.heading == Some(mention.items.start);
    gist(items.skip(mention.items.start).copied(), is_inline)
}

/// The gist of the lines of a list; the first may be its heading, with text behind a label.
pub(super) fn gist<'a>(lines: impl Iterator<Item = &'a str>, is_inline: bool) -> String {
    let mut gist = Gist::new();
    for (line_idx, line) in lines.enumerate() {
        let mut line = head(line, MAX_LINE);
        if is_inline && line_idx == 0 {
            let inline = line::read(line).and_then(|naming| naming.inline);
            line = inline.and_then(|at| line.get(at..)).unwrap_or("");
        }
        gist.add_line(line);
        if gist.is_full() {
            break;
        }
    }
    gist.close_item();
    cut(gist.text, MAX_LEN)
}

struct Gist {
    text: String,
    item: String,
    /// Columns before the bullets of the outermost list.
    depth: Option<usize>,
    /// Inside a list within an item.
    is_inner: bool,
}

impl Gist {
    fn new() -> Self {
        Self {
            text: String::with_capacity(MAX_LEN * 2),
            item: String::with_capacity(MAX_LEN * 2),
            depth: None,
            is_inner: false,
        }
    }

    fn add_line(&mut self, line: &str) {
        let text = trim_start(line);
        if text.is_empty() {
            return self.close_item();
        }
        let Some(bullet) = bullet_len(text) else {
            if !self.is_inner {
                self.add_text(text);
            }
            return;
        };
        let column = indent(line);
        if self.depth.is_some_and(|depth| column > depth) {
            self.is_inner = true;
            return;
        }
        self.close_item();
        self.depth = Some(column);
        self.add_text(text.get(bullet..).unwrap_or(""));
    }

    fn add_text(&mut self, text: &str) {
        // Of more than this nothing is shown.
        if self.item.len() > MAX_ITEM {
            return;
        }
        // Most is as it is shown.
        if is_shown_as_is(text) {
            return self.add_word(text);
        }
        for word in text.split_whitespace().filter(|word| !is_url(word)) {
            self.add_word(word);
        }
    }

    fn add_word(&mut self, word: &str) {
        if !self.item.is_empty() {
            self.item.push(' ');
        }
        self.item.push_str(word);
    }

    fn close_item(&mut self) {
        self.is_inner = false;
        let item = shown_of(&self.item);
        if !item.is_empty() {
            if !self.text.is_empty() {
                self.text.push_str("; ");
            }
            self.text.push_str(item);
        }
        self.item.clear();
    }

    /// Whether it begins with all that is shown, whatever follows.
    fn is_full(&self) -> bool {
        let len = self.text.len() + self.item.len();
        // What is shown of an item stays when the item gets longer.
        self.text.len() > MAX_LEN * 2
            || len > MAX_LEN
                && self.text.len() + shown_of(&self.item).len() > MAX_LEN
                && self.text.is_ascii()
                && self.item.is_ascii()
    }
}

/// What is shown of an item: nothing of a link.
fn shown_of(item: &str) -> &str {
    let item = item.trim_end_matches(['.', ';', ',', ':', ' ']);
    match item.as_bytes().first_chunk::<7>() {
        Some(start) if start.eq_ignore_ascii_case(b"link to") => "",
        _ => item,
    }
}

/// Whether words stand in a text with one blank between each two, and none of them is an address.
fn is_shown_as_is(text: &str) -> bool {
    let ([first, behind @ ..], [before @ .., last]) = (text.as_bytes(), text.as_bytes()) else {
        return false;
    };
    if !first.is_ascii_graphic() || !last.is_ascii_graphic() {
        return false;
    }
    let (Some(last), Some(last_behind)) = (before.last_chunk(), behind.last_chunk()) else {
        let mut pairs = before.iter().zip(behind);
        return !pairs.any(|(byte, next)| {
            !matches!(byte, b' '..=b'~') || matches!((byte, next), (b' ', b' ') | (b':', b'/'))
        });
    };
    // Each eight bytes with those one behind them; the last eight may be looked at twice.
    let words = before.as_chunks().0.iter().chain([last]);
    let words_behind = behind.as_chunks().0.iter().chain([last_behind]);
    let other = words.zip(words_behind).fold(0, |other, (word, behind)| {
        let (word, behind) = (u64::from_le_bytes(*word), u64::from_le_bytes(*behind));
        let (ascii, behind) = (word & eight::all(0x7f), behind & eight::all(0x7f));
        let pairs = eight::equal(ascii, b' ') & eight::equal(behind, b' ')
            | eight::equal(ascii, b':') & eight::equal(behind, b'/');
        let is_control = eight::below(ascii, b' ') | eight::equal(ascii, 0x7f);
        other | pairs | is_control | word & eight::all(0x80)
    });
    other == 0
}

/// At most `max` letters, cut at a word.
fn cut(mut text: String, max: usize) -> String {
    // A letter has a byte at least.
    if text.len() <= max {
        return text;
    }
    let is_ascii = text.as_bytes().get(..max).is_some_and(<[u8]>::is_ascii);
    let end = match is_ascii {
        true => Some(max),
        false => text.char_indices().nth(max).map(|(end, _)| end),
    };
    let Some(head) = end.and_then(|end| text.get(..end)) else {
        return text;
    };
    let word_end = memrchr(b' ', head.as_bytes()).unwrap_or(head.len());
    let head = head.get(..word_end).unwrap_or("");
    let len = head.trim_end_matches([',', ';', ' ', ':', '-']).len();
    text.truncate(len);
    text.push_str(" …");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;

    #[test]
    fn what_follows_a_full_gist_is_not_shown() {
        let ends = [
            "",
            "- link to v2:",
            "- a",
            "*",
            "é",
            "............................",
        ];
        for n in 0..ends.len().pow(5) {
            let mut rest = n;
            let lines = [0; 5].map(|_| {
                let end = ends[rest % ends.len()];
                rest /= ends.len();
                format!("{end} {}", "some words. ".repeat(end.len() % 3 * 2))
            });
            let mut whole = Gist::new();
            for line in &lines {
                whole.add_line(line.trim_end());
                if whole.text.len() > MAX_LEN * 2 {
                    break;
                }
            }
            whole.close_item();
            let shown = gist(lines.iter().map(String::as_str), false);
            assert_eq!(shown, cut(whole.text, MAX_LEN), "{lines:?}");
        }
    }

    #[test]
    fn a_text_is_cut_at_a_word() {
        for (text, shown) in [
            ("one two", "one two"),
            ("one twos", "one …"),
            ("one, - two", "one …"),
            ("ones-two", "ones-tw …"),
            ("öne two", "öne two"),
            ("öne twos", "öne …"),
            ("one two…", "one …"),
            ("one tw…", "one tw…"),
            (" onetwos", " …"),
        ] {
            assert_eq!(cut(text.to_owned(), 7), shown);
        }
    }

    #[test]
    fn text_that_is_shown_as_is_has_the_same_words() {
        let pieces = [
            "a", "b:", " ", "  ", "é", "\t", "http://x", "https://", ":/", "\u{b}",
        ];
        for text in combined::<4, _>(pieces).map(|row| row.concat()) {
            let words = text.split_whitespace().filter(|word| !is_url(word));
            let shown = words.collect::<Vec<_>>().join(" ");
            assert!(!is_shown_as_is(&text) || shown == text, "{text:?}");
        }
        assert!(is_shown_as_is("KVM: add a (b), c."));
        let plain = "A plain text: of 40 letters, or some more";
        for at in 0..plain.len() {
            assert_eq!(
                is_shown_as_is(&plain[..at]),
                plain[..at].trim_end().len() == at && at > 0
            );
            for odd in ["  ", ":/", "\u{7f}", "\u{80}", "\t", "\0", "é"] {
                let text = format!("{}{odd}{}", &plain[..at], &plain[at..]);
                assert!(!is_shown_as_is(&text), "{text:?}");
            }
        }
    }
}
