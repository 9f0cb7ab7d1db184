//! What one entry tells by itself, without its place in the digest.
//!
//! The model of a digest is made from these facts alone; an edit that leaves them as they were
//! leaves the model as it was. They are read when an entry is taken apart, and kept with it.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use memchr::memmem;

use super::people::{self, Person};
use super::subject::{self, Kind, Subject};
use crate::eight;
use crate::packed::{Packed, Str, StrList};
use crate::syntax::entry::{Entry, Part, PartKind, Span, Title};
use crate::syntax::form::{self, Totals};
use crate::syntax::line::Lines;
use crate::trim;

/// The facts of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The title after `New:`.
    pub title_shown: Str,
    /// The subject line.
    pub subject: Option<Str>,
    /// The subject, taken apart.
    pub parts: Option<Subject>,
    /// The poster, name decoded and repaired where that is certain.
    pub author: Option<Person>,
    /// The groups of the shortlog; one without titles has lost them.
    pub shortlog: Box<[Group]>,
    /// The totals of the last diffstat.
    pub diffstat: Option<Totals>,
    /// Who signed off, in order.
    pub signers: Box<[Person]>,
    /// Two blank lines follow the author: the mail had a `From:` in its body, so its writer is
    /// perhaps not its poster.
    pub had_body_from: bool,
    /// A reply that kept the subject of what it answers.
    pub is_reply: bool,
    /// Has a `Fixes:` trailer.
    pub is_fix: bool,
    /// Is copied to the stable tree.
    pub is_stable: bool,
    /// Whether the diffstat touches a UAPI header.
    pub touches_uapi: bool,
}

/// A group of a shortlog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The number in parentheses.
    pub count: u64,
    /// The author, and behind it the titles.
    told: StrList,
}

impl Group {
    /// The author as meant: decoded and repaired.
    #[must_use]
    pub fn author(&self) -> &str {
        self.told.get(0).unwrap_or_default()
    }

    /// The titles, joined where wrapped.
    pub fn titles(&self) -> impl ExactSizeIterator<Item = &str> {
        self.told.rest()
    }

    /// The titles that go on behind `shown`, each with its index.
    pub(super) fn titles_going_on<'a>(
        &'a self,
        shown: &'a str,
    ) -> impl Iterator<Item = (usize, &'a str)> {
        self.told.going_on(shown)
    }

    /// A title.
    #[must_use]
    pub fn title(&self, idx: usize) -> Option<&str> {
        self.told.get(idx + 1)
    }
}

impl Facts {
    /// Reads the facts out of an entry's text. `told` is memory to work with.
    pub(crate) fn read(
        text: &str,
        entry: &Entry,
        diffstat: Option<Totals>,
        told: &mut Told,
    ) -> Arc<Self> {
        told.clear();
        let subject_line = entry.subject.map(|line| line.span.text(text));
        let subject = subject_line.map(|line| told.add(line));
        let title = told.add_ending(entry.title.text(text), subject.as_ref());
        let author_line = entry.author.map(|line| line.span.text(text));
        let author_line =
            author_line.and_then(|line| Some(trim::value(line.strip_prefix("Author:")?)));
        let author = author_line.and_then(|line| told.person(line));
        let mut titles = &*entry.titles;
        let (mut is_fix, mut is_stable, mut touches_uapi) = (false, false, false);
        for part in &entry.parts {
            match part.kind {
                PartKind::ShortlogGroup => {
                    let end = part.line + part.n_lines;
                    let n_titles = titles.partition_point(|title| title.line < end);
                    let (own, others) = titles.split_at(n_titles);
                    titles = others;
                    told.add_group(text, part, own);
                }
                PartKind::Trailer => match Trailer::of(text, part.span) {
                    // Most sign for themselves.
                    Trailer::Signer(line) if Some(line) == author_line => {
                        told.signers.extend(author.clone());
                    }
                    Trailer::Signer(line) => {
                        let signer = told.person(line);
                        told.signers.extend(signer);
                    }
                    Trailer::Fixes => is_fix = true,
                    Trailer::Stable => is_stable = true,
                    Trailer::Other => {}
                },
                PartKind::Diffstat => {
                    touches_uapi = touches_uapi || has_uapi(part.span.text(text));
                }
                PartKind::Footnote | PartKind::BaseCommit => {}
            }
        }

        let packed = Packed::new(&told.text);
        let is_reply = told.groups.is_empty() && diffstat.is_none() && entry.quotes;
        let groups = told.groups.drain(..).map(|group| Group {
            count: group.count,
            told: packed.list(group.start, group.ends),
        });
        let shortlog = groups.collect();
        let signers = told.signers.iter();
        let signers = signers.map(|signer| signer.in_buffer(&packed)).collect();
        let facts = Self {
            title_shown: packed.at(title),
            subject: subject.map(|subject| packed.at(subject)),
            parts: subject_line.and_then(subject::parse_subject),
            author: author.map(|author| author.in_buffer(&packed)),
            shortlog,
            diffstat,
            signers,
            had_body_from: had_body_from(entry),
            is_reply,
            is_fix,
            is_stable,
            touches_uapi,
        };
        Arc::new(facts)
    }

    /// The subject, taken apart.
    #[must_use]
    pub fn subject_parts(&self) -> Option<&Subject> {
        self.parts.as_ref()
    }

    /// What the entry is; one without a readable subject counts as a single patch.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.subject_parts()
            .map_or(Kind::Single, |subject| subject.tag.kind())
    }
}

/// What a trailer tells.
enum Trailer<'a> {
    /// Who signed off.
    Signer(&'a str),
    Fixes,
    /// `Cc:` to the stable tree.
    Stable,
    Other,
}

impl<'a> Trailer<'a> {
    /// That of a line of `text`. Keys are written in any case.
    fn of(text: &'a str, line: Span) -> Self {
        let bytes = text.as_bytes().get(line.at(0)).unwrap_or_default();
        let small = |pos| eight::lower(eight::at(bytes, pos));
        let begins = small(0);
        let is = |key: &[u8]| begins & (!0 >> (64 - 8 * key.len())) == eight::padded(key);
        let value =
            |key_len: usize| trim::value(line.text(text).get(key_len..).unwrap_or_default());
        if begins == u64::from_le_bytes(*b"signed-o") {
            if small(6) == u64::from_le_bytes(*b"-off-by:") {
                return Self::Signer(value("Signed-off-by:".len()));
            }
        } else if is(b"fixes:") {
            return Self::Fixes;
        } else if is(b"cc:") && is_stable(value("Cc:".len())) {
            return Self::Stable;
        }
        Self::Other
    }
}

/// What the strings of an entry are taken from, put together in one buffer. Used for one entry after
/// the other, as its memory can be.
#[derive(Debug, Default)]
pub(crate) struct Told {
    text: String,
    groups: Vec<ToldGroup>,
    signers: Vec<ToldPerson>,
}

/// A person in the buffer.
#[derive(Debug, Clone)]
struct ToldPerson {
    name: Range<usize>,
    email: Range<usize>,
}

impl ToldPerson {
    fn in_buffer(&self, packed: &Packed) -> Person {
        Person {
            name: packed.at(self.name.clone()),
            email: packed.at(self.email.clone()),
        }
    }
}

/// A group of a shortlog in the buffer.
#[derive(Debug)]
struct ToldGroup {
    count: u64,
    /// Where its author starts.
    start: u32,
    /// Where the author ends, and each of the titles behind it.
    ends: Box<[u32]>,
}

impl Told {
    fn clear(&mut self) {
        self.text.clear();
        // What most entries tell has room in it.
        self.text.reserve(1000);
        self.groups.clear();
        self.signers.clear();
    }

    /// Adds a text; where it stands.
    fn add(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// As [`Told::add`], for what may stand at the end of what was added before.
    fn add_ending(&mut self, text: &str, before: Option<&Range<usize>>) -> Range<usize> {
        match before {
            Some(Range { end, .. }) if self.text.ends_with(text) => end - text.len()..*end,
            _ => self.add(text),
        }
    }

    /// Adds a person, the name as readers want to see it.
    fn person(&mut self, text: &str) -> Option<ToldPerson> {
        let person = people::written(text)?;
        Some(ToldPerson {
            name: self.add(&person.clean),
            email: self.add(text.get(person.email)?),
        })
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Adds a shortlog group with the titles that stand in it.
    fn add_group(&mut self, text: &str, part: &Part, titles: &[Title]) {
        let header = Lines::starting_at(text, part.span.start as usize).next();
        let header = header.and_then(|line| form::shortlog_header(line.text));
        let Some((author, count)) = header else {
            return;
        };
        let start = self.end();
        let mut ends = Vec::with_capacity(1 + titles.len());
        // To grow with every few titles takes longer than to put them there.
        self.text.reserve(part.span.text(text).len());
        self.text.push_str(&people::cleaned(author));
        ends.push(self.end());
        for title in titles {
            let written = title.span.text(text);
            if title.n_lines == 1 {
                self.text.push_str(written);
            } else {
                for (idx, line) in Lines::new(written).enumerate() {
                    self.text.push_str(if idx == 0 { "" } else { " " });
                    self.text.push_str(trim::indented(line.text).1);
                }
            }
            ends.push(self.end());
        }
        self.groups.push(ToldGroup {
            count,
            start,
            ends: ends.into_boxed_slice(),
        });
    }
}

fn had_body_from(entry: &Entry) -> bool {
    match (entry.author, entry.body_lines) {
        (Some(author), Some((first, _))) => first > author.line() + 2,
        _ => false,
    }
}

/// The person on an `Author:` line.
#[must_use]
pub fn author_of(line: &str) -> Option<Person> {
    let author = trim::value(line.strip_prefix("Author:")?);
    Some(people::parse_author(author)?.person)
}

/// The rows of a diffstat.
pub fn rows(diffstat: &str) -> impl Iterator<Item = form::Row<'_>> {
    Lines::new(diffstat).filter_map(|line| form::diffstat_row(line.text))
}

/// Whether a diffstat has a header of the interface to user space. Only lines that name one are
/// looked at.
fn has_uapi(diffstat: &str) -> bool {
    // To make a searcher takes longer than to search a diffstat.
    static UAPI: LazyLock<memmem::Finder> = LazyLock::new(|| memmem::Finder::new("/uapi/"));
    let bytes = diffstat.as_bytes();
    // The start of a line; what is before it was looked at.
    let mut pos = 0;
    while let Some(at) = bytes.get(pos..).and_then(|rest| UAPI.find(rest)) {
        let start = memchr::memrchr2(b'\n', b'\r', &bytes[pos..pos + at]);
        let start = pos + start.map_or(0, |end| end + 1);
        let Some(line) = Lines::starting_at(diffstat, start).next() else {
            break;
        };
        if form::diffstat_row(line.text).is_some_and(|row| is_uapi(row.path)) {
            return true;
        }
        pos = line.next;
    }
    false
}

/// Whether a path is a header of the interface to user space.
#[must_use]
pub fn is_uapi(path: &str) -> bool {
    memmem::find(path.as_bytes(), b"/uapi/").is_some() && !path.starts_with("tools/")
}

/// Whether the value of a `Cc:` trailer asks for a backport.
#[must_use]
pub fn is_stable(value: &str) -> bool {
    let bytes = value.as_bytes();
    memchr::memchr_iter(b'@', bytes).any(|at| {
        let (name, domain) = bytes.split_at(at);
        let has_name = name
            .last_chunk::<6>()
            .is_some_and(|name| name.eq_ignore_ascii_case(b"stable"));
        has_name
            && [&b"@vger.kernel.org"[..], b"@kernel.org"].iter().any(|of| {
                let domain = domain.get(..of.len());
                domain.is_some_and(|domain| domain.eq_ignore_ascii_case(of))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_are_told_by_their_keys() {
        let show = |line: &str| {
            let text = format!("> {line}\nand more of the text behind");
            let span = Span::new(2, 2 + line.len());
            match Trailer::of(&text, span) {
                Trailer::Signer(signer) => format!("signer {signer}"),
                Trailer::Fixes => "fixes".to_owned(),
                Trailer::Stable => "stable".to_owned(),
                Trailer::Other => "other".to_owned(),
            }
        };
        for (line, expected) in [
            ("Signed-off-by: Ann <a@b>", "signer Ann <a@b>"),
            ("SIGNED-OFF-BY:Ann <a@b> ", "signer Ann <a@b>"),
            ("signed-off-by:", "signer "),
            ("Signed-off-by", "other"),
            ("Signed-off-by : Ann", "other"),
            ("Signed-off-bx: Ann", "other"),
            ("Signed-oof-by: Ann", "other"),
            ("Signed-\u{4f}ff-by:\u{e9}", "signer \u{e9}"),
            ("Sign\u{e9}d-off-by: Ann", "other"),
            ("Fixes: 123", "fixes"),
            ("fIXES:", "fixes"),
            ("Fixes", "other"),
            ("Fixed: 123", "other"),
            ("Cc: stable@kernel.org", "stable"),
            ("CC:stable@vger.kernel.org", "stable"),
            ("Cc: a@b", "other"),
            ("Cc", "other"),
            ("C", "other"),
            ("", "other"),
            ("Acked-by: a@b", "other"),
        ] {
            assert_eq!(show(line), expected, "{line}");
        }
    }

    #[test]
    fn uapi_is_told_by_the_rows() {
        for (diffstat, expected) in [
            (" a.c | 1 +\n include/uapi/linux/kvm.h | 2 ++\n", true),
            (" a.c | 1 +\r\n include/uapi/linux/kvm.h | 2 ++", true),
            (" tools/include/uapi/linux/kvm.h | 2 ++\n", false),
            (
                " tools/a/uapi/b/uapi/c.h | 2 ++\n include/uapi/b.h | 1 -",
                true,
            ),
            (" create mode 100644 include/uapi/a.h\n", false),
            (" a.c | 1 +\n", false),
        ] {
            let by_rows = rows(diffstat).any(|row| is_uapi(row.path));
            assert_eq!(by_rows, expected, "{diffstat}");
            assert_eq!(has_uapi(diffstat), expected, "{diffstat}");
        }
    }
}
