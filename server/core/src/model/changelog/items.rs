//! The list of changes below a heading: where it ends, and its gist.

use std::ops::Range;

use super::VersionMention;
use super::line::{self, Naming, footnote_len, head, indent, is_url};

/// Letters of a gist; more is cut off at a word.
const MAX_LEN: usize = 100;
/// Bytes of an item from which on it is longer than any gist.
const MAX_ITEM: usize = MAX_LEN * 4 + 4;

/// Bytes of a line that are looked at to tell what it is.
const MAX_LINE: usize = 200;

/// A heading and the lines below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) lines: &'a [&'a str],
    pub(super) heading: usize,
    pub(super) naming: Naming,
    /// Where the next heading stands.
    pub(super) end: usize,
}

impl<'a> List<'a> {
    fn line(&self, line_idx: usize) -> &'a str {
        if line_idx >= self.end {
            return "";
        }
        self.lines
            .get(line_idx)
            .map_or("", |line| head(line, MAX_LINE))
    }

    fn end(&self) -> usize {
        self.end.min(self.lines.len())
    }

    /// Whether a list follows, on the next line or below a ruler or a blank one.
    pub(super) fn begins(&self) -> bool {
        (self.heading + 1..self.end())
            .map(|line_idx| self.line(line_idx))
            .find(|line| !line.is_empty() && !is_ruler(line))
            .is_some_and(|line| self.is_listed(line))
    }

    /// Whether a list follows on the next line or below a ruler.
    pub(super) fn begins_at_once(&self) -> bool {
        let next = self.line(self.heading + 1);
        let next = if is_ruler(next) {
            self.line(self.heading + 2)
        } else {
            next
        };
        self.is_listed(next)
    }

    fn is_listed(&self, line: &str) -> bool {
        !is_stop(line) && (is_item(line) || self.is_deeper(line))
    }

    fn is_deeper(&self, line: &str) -> bool {
        !line.is_empty() && indent(line) > self.naming.indent
    }

    /// The lines of the list.
    ///
    /// It ends at the next heading, at a shortlog, diffstat, cut line, trailer or footnote, and
    /// at a paragraph that is neither indented nor a list.
    pub(super) fn range(&self) -> Range<usize> {
        let mut below = self.heading + 1;
        if is_ruler(self.line(below)) {
            below += 1;
        }
        let has_inline = self.naming.inline.is_some();
        // Up to the last line that belongs to it; text on the heading is its first paragraph.
        let mut list = has_inline.then_some(self.heading..below);
        let mut after_blank = false;
        for line_idx in below..self.end() {
            let line = self.line(line_idx);
            if line.is_empty() {
                after_blank = true;
                continue;
            }
            if is_stop(line) || self.is_sibling(line) {
                break;
            }
            // The first paragraph belongs to it whatever it looks like.
            let list = list.get_or_insert(line_idx..line_idx);
            let is_new = after_blank && line_idx > list.start;
            if is_new && !self.continues(line, self.line(line_idx + 1)) {
                break;
            }
            after_blank = false;
            list.end = line_idx + 1;
        }
        list.unwrap_or(below..below)
    }

    /// `* text` below `* From v1`: the next item of the list that the heading stands in.
    fn is_sibling(&self, line: &str) -> bool {
        self.naming.bullet.is_some_and(|bullet| {
            line.trim_start().starts_with(bullet) && indent(line) <= self.naming.indent
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
    bullet_len(line.trim_start()).is_some()
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
    let gap = rest.len() - rest.trim_start().len();
    (gap > 0).then_some(mark + gap)
}

/// A line of dashes or the like below a heading.
fn is_ruler(line: &str) -> bool {
    let text = line.trim().as_bytes();
    let first = text.first().filter(|mark| b"-=~^_*".contains(mark));
    text.len() >= 3 && first.is_some_and(|mark| text.iter().all(|byte| byte == mark))
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
    let text = line.trim_start();
    if memchr::memchr(b'|', text.as_bytes()).is_some()
        && let Some((_, changes)) = text.rsplit_once(" | ")
    {
        let changes = changes.trim_start();
        return changes.starts_with(|digit: char| digit.is_ascii_digit())
            || changes.starts_with("Bin");
    }
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    rest.len() < text.len()
        && (rest.starts_with(" files changed") || rest.starts_with(" file changed"))
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
    let Some((key, rest)) = line.split_once(':') else {
        return false;
    };
    let is_by = key.len() > 3 && key.ends_with("-by") && !key.contains(' ');
    rest.starts_with(' ') && (is_by || KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

/// Where the address begins in an item that is nothing else: `- https://…`.
pub(super) fn lone_url(line: &str) -> Option<usize> {
    let text = line.trim_start();
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
    let mut gist = Gist {
        text: String::with_capacity(MAX_ITEM),
        item: String::with_capacity(MAX_ITEM),
        depth: None,
        is_inner: false,
    };
    for line_idx in mention.items.clone() {
        let Some(line) = lines.get(line_idx) else {
            break;
        };
        let mut line = head(line, MAX_LINE);
        if Some(line_idx) == mention.heading {
            let inline = line::read(line).and_then(|naming| naming.inline);
            line = inline.and_then(|at| line.get(at..)).unwrap_or("");
        }
        gist.add_line(line);
        if gist.text.len() > MAX_LEN * 2 {
            break;
        }
    }
    gist.close_item();
    cut(&gist.text, MAX_LEN)
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
    fn add_line(&mut self, line: &str) {
        let text = line.trim_start();
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
        for word in text.split_whitespace().filter(|word| !is_url(word)) {
            if !self.item.is_empty() {
                self.item.push(' ');
            }
            self.item.push_str(word);
        }
    }

    fn close_item(&mut self) {
        self.is_inner = false;
        let item = self.item.trim_end_matches(['.', ';', ',', ':', ' ']);
        let is_link = item
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("link to"));
        if !item.is_empty() && !is_link {
            if !self.text.is_empty() {
                self.text.push_str("; ");
            }
            self.text.push_str(item);
        }
        self.item.clear();
    }
}

/// At most `max` letters, cut at a word.
fn cut(text: &str, max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max) else {
        return text.to_owned();
    };
    let head = text.get(..end).unwrap_or("");
    let word_end = head.rfind(' ').unwrap_or(end);
    let head = head
        .get(..word_end)
        .unwrap_or("")
        .trim_end_matches([',', ';', ' ', ':', '-']);
    format!("{head} …")
}
