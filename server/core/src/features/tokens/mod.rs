//! Tokens: what words are, for editors that colour by meaning.
//!
//! The same words as in the grammars of `syntax`, with what only the parser knows: which posting a newer
//! version has replaced, and which of several mentions is the thing itself. A token stands within one
//! line; tokens are in order and do not overlap. Those of a block depend on that block alone, and on
//! whether its posting is superseded, so that they can be kept as long as the block is.

mod kept;
mod pieces;

use std::ops::Range;

pub use kept::{Change, Kept, Relative};

use super::outline::plan;
use crate::digest::Digest;
use crate::model::header::Header;
use crate::model::people;
use crate::model::subject::parse_subject;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Block;
use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::form;
use crate::syntax::line::{self, Heading, Line, Lines};
use crate::syntax::words::{WordKind, first_word, words};

/// A word with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Zero-based line in the block.
    pub line: u32,
    /// Where that line starts, in bytes of the block.
    pub line_start: u32,
    /// Its first byte, in the line.
    pub start: u32,
    /// The byte after its last, in the line.
    pub end: u32,
    /// What it is.
    pub kind: TokenKind,
    /// Whether it is the thing itself: a mail's own title, the text of a footnote.
    pub is_definition: bool,
    /// Whether its posting has a newer version.
    pub is_superseded: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A word in the brackets of a subject.
    Tag,
    /// `v4`
    Version,
    /// `1/3`
    Number,
    /// A title: in a subject, in a shortlog.
    Title,
    /// The name of a person.
    Person,
    /// The address of a person, or a Message-ID.
    Address,
    /// `Signed-off-by: …`
    Trailer,
    /// `arch/x86/kvm/svm/sev.c`
    Path,
    /// A commit id.
    Hash,
    /// `[1]`
    Footnote,
    /// `+++`
    Inserted,
    /// `---`
    Deleted,
    /// What was left undecoded.
    Damage,
}

impl TokenKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Tag,
        Self::Version,
        Self::Number,
        Self::Title,
        Self::Person,
        Self::Address,
        Self::Trailer,
        Self::Path,
        Self::Hash,
        Self::Footnote,
        Self::Inserted,
        Self::Deleted,
        Self::Damage,
    ];

    /// Its name, in one word of small letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Version => "version",
            Self::Number => "number",
            Self::Title => "title",
            Self::Person => "person",
            Self::Address => "address",
            Self::Trailer => "trailer",
            Self::Path => "path",
            Self::Hash => "hash",
            Self::Footnote => "footnote",
            Self::Inserted => "inserted",
            Self::Deleted => "deleted",
            Self::Damage => "damage",
        }
    }
}

/// Most tokens in one line: a line with more is nothing that anybody reads.
const MAX_IN_LINE: usize = 500;

/// Which entries have a newer version in the digest, by their index.
#[must_use]
pub fn superseded(digest: &Digest) -> Vec<bool> {
    plan::superseded(digest.model())
}

/// The tokens of a block with the given text.
#[must_use]
pub fn block_tokens(block: &Block, text: &str, is_superseded: bool) -> Vec<Token> {
    let mut tokens = Tokens::default();
    match block.kind {
        BlockKind::Header => tokens.header(text),
        BlockKind::Heading(Heading::Contributors) => tokens.contributors(text),
        BlockKind::Entry => {
            if let Some(entry) = block.entry() {
                tokens.entry(text, entry, is_superseded);
            }
        }
        BlockKind::Heading(_) | BlockKind::Exist | BlockKind::Skip | BlockKind::Stray => {}
    }
    tokens.found
}

/// The tokens in the bytes `within` of a digest, each with its bytes.
#[must_use]
pub fn tokens(digest: &Digest, within: Range<usize>) -> Vec<(Range<usize>, Token)> {
    tokens_with(digest, within, &superseded(digest))
}

/// The same where it is known which entries are superseded: costs what the blocks there cost.
#[must_use]
pub fn tokens_with(
    digest: &Digest,
    within: Range<usize>,
    superseded: &[bool],
) -> Vec<(Range<usize>, Token)> {
    let mut found = Vec::new();
    let first = digest.blocks().at_offset(within.start);
    let first = first.map_or(0, |place| place.before.blocks);
    for place in digest.blocks().iter_from(first) {
        if place.start() >= within.end {
            break;
        }
        let text = digest.text().slice(place.range());
        let is_superseded = superseded.get(place.before.entries) == Some(&true);
        for token in block_tokens(place.block, &text, is_superseded) {
            let line = place.start() + token.line_start as usize;
            let range = line + token.start as usize..line + token.end as usize;
            if range.end > within.start && range.start < within.end {
                found.push((range, token));
            }
        }
    }
    found
}

#[derive(Default)]
struct Tokens {
    found: Vec<Token>,
    n_in_line: usize,
}

/// A line of a block.
#[derive(Clone, Copy)]
struct Here<'a> {
    number: usize,
    line: Line<'a>,
}

impl Tokens {
    fn push(&mut self, here: Here<'_>, range: Range<usize>, kind: TokenKind) {
        self.push_as(here, range, kind, false);
    }

    fn push_as(&mut self, here: Here<'_>, range: Range<usize>, kind: TokenKind, definition: bool) {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let same_line = self
            .found
            .last()
            .is_some_and(|last| last.line == narrow(here.number));
        self.n_in_line = if same_line { self.n_in_line + 1 } else { 1 };
        if range.is_empty() || self.n_in_line > MAX_IN_LINE {
            return;
        }
        self.found.push(Token {
            line: narrow(here.number),
            line_start: narrow(here.line.start),
            start: narrow(range.start),
            end: narrow(range.end),
            kind,
            is_definition: definition,
            is_superseded: false,
        });
    }

    /// The commits in the two header lines.
    fn header(&mut self, text: &str) {
        let header = Header::parse(text);
        for (number, line) in Lines::new(text).enumerate() {
            let is_range = line.start == header.range_line.start && header.commits.is_some();
            let is_title = line.start == header.title_line.start && header.title.is_some();
            if !is_range && !is_title {
                continue;
            }
            let here = Here { number, line };
            let Some(at) = line.text.rfind(" to ") else {
                continue;
            };
            let (before, to) = (line.text.get(..at).unwrap_or_default(), at + " to ".len());
            let from = before.rfind(' ').map_or(0, |at| at + 1);
            self.push(here, from..at, TokenKind::Hash);
            self.push(here, to..line.text.trim_end().len(), TokenKind::Hash);
        }
    }

    /// Names and addresses in the table of contributors.
    fn contributors(&mut self, text: &str) {
        for (number, line) in Lines::new(text).enumerate().skip(1) {
            let here = Here { number, line };
            let count = line.text.trim_start();
            let digits = count.bytes().take_while(u8::is_ascii_digit).count();
            let start = line.text.len() - count.len() + digits;
            if digits > 0 {
                self.person(here, start..line.text.len());
            }
        }
    }

    /// `Name <address>` in a part of a line.
    fn person(&mut self, here: Here<'_>, part: Range<usize>) {
        let text = here.line.text.get(part.clone()).unwrap_or_default();
        let Some(parts) = people::parse_author(text) else {
            return;
        };
        let name = part.start + parts.name.start..part.start + parts.name.end;
        let email = part.start + parts.email.start..part.start + parts.email.end;
        let is_before = name.start <= email.start;
        let bytes = here.line.text.as_bytes();
        let open = email.start.checked_sub(1).filter(|at| {
            // Where nothing closes it, a bracket is taken for a part of the name.
            bytes.get(*at) == Some(&b'<') && (!is_before || *at >= name.end)
        });
        if is_before {
            self.name(here, name);
        }
        let close = bytes.get(email.end) == Some(&b'>');
        let start = open.unwrap_or(email.start);
        self.push(
            here,
            start..email.end + usize::from(close),
            TokenKind::Address,
        );
    }

    /// A name; one that was left undecoded is damaged.
    fn name(&mut self, here: Here<'_>, name: Range<usize>) {
        let text = here.line.text.get(name.clone()).unwrap_or_default();
        let mut start = 0;
        loop {
            let rest = text.get(start..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_start().len();
            let Some(word) = first_word(rest.trim_start()) else {
                break;
            };
            if word.kind != WordKind::Damage || word.range.start != 0 {
                break;
            }
            let from = start + blanks;
            start = from + word.range.end;
            self.push(
                here,
                name.start + from..name.start + start,
                TokenKind::Damage,
            );
        }
        let rest = text.get(start..).unwrap_or_default();
        let from = start + rest.len() - rest.trim_start().len();
        self.push(here, name.start + from..name.end, TokenKind::Person);
    }

    fn entry(&mut self, text: &str, entry: &Entry, is_superseded: bool) {
        let mut parts = entry.parts.iter().peekable();
        let mut in_hunk = false;
        for (number, line) in Lines::new(text).enumerate() {
            let here = Here { number, line };
            while parts
                .peek()
                .is_some_and(|part| (part.line + part.n_lines) as usize <= number)
            {
                parts.next();
            }
            let is_at = |head: Option<crate::syntax::entry::HeadLine>| {
                head.is_some_and(|head| head.line() as usize == number)
            };
            if is_at(entry.subject) {
                let first = self.found.len();
                self.subject(here);
                for token in self.found.iter_mut().skip(first) {
                    token.is_superseded = is_superseded;
                }
                continue;
            }
            if is_at(entry.author) {
                self.person(here, "Author:".len()..line.text.len());
                continue;
            }
            if number == 0 || line.is_blank() || line::is_separator(line.text) {
                continue;
            }
            let part = parts.peek().filter(|part| part.line as usize <= number);
            match part.map(|part| (part.kind, part.line as usize == number)) {
                Some((PartKind::Trailer, _)) => self.trailer(here),
                Some((PartKind::ShortlogGroup, true)) => {
                    if let Some((name, _)) = form::shortlog_header(line.text) {
                        self.name(here, 0..name.len());
                    }
                }
                Some((PartKind::ShortlogGroup, false)) => {
                    let start = line.text.len() - line.text.trim_start().len();
                    self.push(here, start..line.text.trim_end().len(), TokenKind::Title);
                }
                Some((PartKind::Diffstat, _)) => self.diffstat(here),
                Some((PartKind::BaseCommit, _)) => {}
                Some((PartKind::Footnote, _)) | None => self.prose(here, &mut in_hunk),
            }
        }
    }

    fn subject(&mut self, here: Here<'_>) {
        let text = here.line.text;
        let Some(subject) = parse_subject(text) else {
            self.push_as(here, 0..text.trim_end().len(), TokenKind::Title, true);
            return;
        };
        let tag = &subject.tag;
        let special = [
            (tag.version_range.as_ref(), TokenKind::Version),
            (tag.number_range.as_ref(), TokenKind::Number),
        ];
        let is_gap = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',');
        let mut pos = tag.range.start;
        while pos < tag.range.end {
            let rest = text.get(pos..tag.range.end).unwrap_or_default();
            let gap = rest.len() - rest.trim_start_matches(is_gap).len();
            let start = pos + gap;
            let word = text.get(start..tag.range.end).unwrap_or_default();
            let mut end = start + word.find(is_gap).unwrap_or(word.len());
            if end == start {
                break;
            }
            let mut kind = TokenKind::Tag;
            for (range, special) in &special {
                let Some(range) = range else { continue };
                if range.start == start && range.end > start {
                    (end, kind) = (range.end.min(tag.range.end), *special);
                } else if (start..end).contains(&range.start) {
                    // `PATCHv2`
                    end = range.start;
                }
            }
            self.push(here, start..end, kind);
            pos = end;
        }
        let title = text.trim_end().len();
        self.push_as(
            here,
            subject.title_start..title.max(subject.title_start),
            TokenKind::Title,
            true,
        );
    }

    /// Quiet as a whole; only what can be followed is left out.
    fn trailer(&mut self, here: Here<'_>) {
        let text = here.line.text;
        let mut pos = text.len() - text.trim_start().len();
        for word in words(text) {
            if !matches!(word.kind, WordKind::Url | WordKind::Hash) || word.range.start < pos {
                continue;
            }
            let before = text.get(pos..word.range.start).unwrap_or_default();
            self.push(here, pos..pos + before.trim_end().len(), TokenKind::Trailer);
            if word.kind == WordKind::Hash {
                self.push(here, word.range.clone(), TokenKind::Hash);
            }
            pos = word.range.end;
        }
        let rest = text.get(pos..).unwrap_or_default();
        let start = pos + rest.len() - rest.trim_start().len();
        self.push(
            here,
            start..text.trim_end().len().max(start),
            TokenKind::Trailer,
        );
    }

    fn diffstat(&mut self, here: Here<'_>) {
        let text = here.line.text;
        if let Some(row) = form::diffstat_row(text) {
            self.push(
                here,
                row.path_start..row.path_start + row.path.len(),
                TokenKind::Path,
            );
            let end = text.trim_end().len();
            let graph = text.get(..end).unwrap_or_default();
            let deleted = graph.trim_end_matches('-').len();
            let inserted = graph.get(..deleted).unwrap_or_default();
            let inserted = inserted.trim_end_matches('+').len();
            self.push(here, inserted..deleted, TokenKind::Inserted);
            self.push(here, deleted..end, TokenKind::Deleted);
        } else if form::diffstat_summary(text).is_some() {
            let mut start = 0;
            for part in text.split(", ") {
                let end = start + part.trim_end().len();
                let kind = match part.trim_end() {
                    part if part.ends_with("(+)") => Some(TokenKind::Inserted),
                    part if part.ends_with("(-)") => Some(TokenKind::Deleted),
                    _ => None,
                };
                if let Some(kind) = kind {
                    self.push(here, start..end, kind);
                }
                start += part.len() + ", ".len();
            }
        } else {
            // ` create mode 100644 path`
            let mode = text.trim_start();
            let skip = if mode.starts_with("rename ") || mode.starts_with("copy ") {
                1
            } else {
                3
            };
            let mut rest = mode;
            for _ in 0..skip {
                rest = rest
                    .split_once(' ')
                    .map_or("", |(_, rest)| rest.trim_start());
            }
            let path = rest.trim_end();
            let start = text.len() - rest.len();
            self.push(here, start..start + path.len(), TokenKind::Path);
        }
    }

    /// Words in prose, and lines of pasted patches.
    fn prose(&mut self, here: Here<'_>, in_hunk: &mut bool) {
        let text = here.line.text;
        if is_hunk(text) {
            *in_hunk = true;
            return;
        }
        if *in_hunk {
            *in_hunk = goes_on(text);
        }
        let end = text.trim_end().len();
        if *in_hunk {
            match text.as_bytes().first() {
                Some(b'+') => self.push(here, 0..end, TokenKind::Inserted),
                Some(b'-') => self.push(here, 0..end, TokenKind::Deleted),
                _ => {}
            }
            return;
        }
        if text.starts_with('>') || is_patch_header(text) {
            return;
        }
        for word in words(text) {
            let kind = match word.kind {
                WordKind::Url => continue,
                WordKind::Address => TokenKind::Address,
                WordKind::Path => TokenKind::Path,
                WordKind::Hash => TokenKind::Hash,
                WordKind::Damage => TokenKind::Damage,
                WordKind::Reference => {
                    let own = text.get(..word.range.start).unwrap_or_default();
                    let rest = text.get(word.range.end..).unwrap_or_default();
                    let rest = rest.strip_prefix(':').unwrap_or(rest);
                    let defines = own.len() <= 4
                        && own.bytes().all(|byte| byte == b' ')
                        && rest.starts_with([' ', '\t']);
                    self.push_as(here, word.range, TokenKind::Footnote, defines);
                    continue;
                }
            };
            self.push(here, word.range, kind);
        }
    }
}

/// `@@ -1,2 +3,4 @@`
fn is_hunk(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("@@ -") else {
        return false;
    };
    let numbers = |text: &str| {
        let is_part = |c: char| c.is_ascii_digit() || c == ',';
        !text.is_empty() && text.len() <= 20 && text.chars().all(is_part)
    };
    let Some((old, rest)) = rest.split_once(" +") else {
        return false;
    };
    let new = rest.split_once(" @@").map_or("", |(new, _)| new);
    numbers(old) && numbers(new)
}

/// Whether a line is still of a pasted hunk: a separator, a cut line or a signature is not.
fn goes_on(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b' ' | b'+' | b'\\') => true,
        Some(b'-') => {
            let dashes = text.trim_end();
            let is_rule = dashes.bytes().all(|byte| byte == b'-');
            !(is_rule && matches!(dashes.len(), 3 | 70)) && text != "- "
        }
        _ => false,
    }
}

/// The lines above a hunk that name the files.
fn is_patch_header(text: &str) -> bool {
    text.starts_with("diff --git ")
        || text.starts_with("index ") && text.contains("..")
        || ["--- a/", "--- /dev/null", "+++ b/", "+++ /dev/null"]
            .iter()
            .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a digest, one a line: `title* text`, with `*` for definitions and `-` for what is
    /// superseded.
    fn render(text: &str) -> Vec<String> {
        let digest = Digest::parse(text);
        let all = tokens(&digest, 0..text.len());
        let mut end = 0;
        let mut lines = Vec::new();
        for (range, token) in all {
            assert!(end <= range.start && range.start < range.end, "{range:?}");
            end = range.end;
            let shown = &text[range];
            assert!(!shown.contains(['\n', '\r']));
            lines.push(format!(
                "{}{}{} {shown}",
                token.kind.name(),
                if token.is_definition { "*" } else { "" },
                if token.is_superseded { "-" } else { "" },
            ));
        }
        lines
    }

    fn entry(subject: &str, body: &str) -> String {
        let rule = "-".repeat(70);
        format!("New:  x\n{subject}\nAuthor: Ann <ann@e.org>\n\n{body}\n\n{rule}\n\n")
    }

    #[track_caller]
    fn check_body(body: &str, expected: &[&str]) {
        let found = render(&entry("[PATCH] x", body));
        let head = ["tag PATCH", "title* x", "person Ann", "address <ann@e.org>"];
        assert_eq!(found[..4], head);
        assert_eq!(found[4..], *expected, "{body}");
    }

    #[test]
    fn subjects_are_tag_version_number_and_title() {
        for (subject, expected) in [
            (
                "[RFC PATCH v2 00/37] kvm: x",
                &[
                    "tag RFC",
                    "tag PATCH",
                    "version v2",
                    "number 00/37",
                    "title* kvm: x",
                ][..],
            ),
            (
                "[PATCHv2 net] x",
                &["tag PATCH", "version v2", "tag net", "title* x"],
            ),
            (
                "[LTP] [PATCH nf,v2] x [y]",
                &[
                    "tag LTP",
                    "tag PATCH",
                    "tag nf",
                    "version v2",
                    "title* x [y]",
                ],
            ),
        ] {
            let found = render(&entry(subject, "Body."));
            assert_eq!(found[..expected.len()], *expected, "{subject}");
        }
    }

    #[test]
    fn header_and_contributors() {
        assert_eq!(
            render(
                "From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n\n\
                 Top 15 contributors (Based on Email Body)\n\n     12  Ann Örn <ann@e.org>\n      \
                 7  =?UTF-8?q?L=C3=B3?= <l@e.org>\n"
            ),
            [
                "hash fff46e5c7",
                "hash a4f0e95a9",
                "hash fff46e5c7",
                "hash a4f0e95a9",
                "person Ann Örn",
                "address <ann@e.org>",
                "damage =?UTF-8?q?L=C3=B3?=",
                "address <l@e.org>"
            ]
        );
    }

    #[test]
    fn parts_of_a_cover_letter() {
        check_body(
            "See [1].\n\nAnn Örn (2):\n  first\n  second\n    goes on\n\n a/b.c | 3 ++-\n x => y | Bin\n 2 files changed, 2 insertions(+), 1 deletion(-)\n create mode 100644 a/b.c\n\n[1] https://e.org/",
            &[
                "footnote [1]",
                "person Ann Örn",
                "title first",
                "title second",
                "title goes on",
                "path a/b.c",
                "inserted ++",
                "deleted -",
                "path x => y",
                "inserted 2 insertions(+)",
                "deleted 1 deletion(-)",
                "path a/b.c",
                "footnote* [1]",
            ],
        );
    }

    #[test]
    fn trailers_are_quiet_but_for_what_can_be_followed() {
        check_body(
            "Fixes: d02e48830e3f (\"x\")\nLink: https://e.org/ [1]\nSigned-off-by: Ann <ann@e.org>",
            &[
                "trailer Fixes:",
                "hash d02e48830e3f",
                "trailer (\"x\")",
                "trailer Link:",
                "trailer [1]",
                "trailer Signed-off-by: Ann <ann@e.org>",
            ],
        );
    }

    #[test]
    fn pasted_patches_have_lines_added_and_removed() {
        check_body(
            "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,2 @@ f()\n a/b.c\n-old\n+new\n---\n+ item a/b.c\n> a/b.c",
            &["deleted -old", "inserted +new", "path a/b.c"],
        );
    }

    #[test]
    fn older_versions_fade_in_their_subject_only() {
        let text = entry("[PATCH v2] x", "a/b.c") + &entry("[PATCH] x", "a/b.c");
        let found = render(&text);
        let old: Vec<_> = found.iter().filter(|line| line.contains('-')).collect();
        assert_eq!(old, ["tag- PATCH", "title*- x"]);
    }
}
