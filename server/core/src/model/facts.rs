//! What one entry tells by itself, without its place in the digest.
//!
//! The model of a digest is made from these facts alone; an edit that leaves them as they were
//! leaves the model as it was. They are read when an entry is taken apart, and kept with it.

use std::ops::Range;

use memchr::memmem;

use super::people::{self, Person};
use super::subject::{self, Kind, Subject};
use crate::packed::{Packed, Str, StrList};
use crate::syntax::entry::{Entry, Part, PartKind, Span, Title};
use crate::syntax::form::{self, Totals};
use crate::syntax::line::Lines;

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
        self.told.iter().skip(1)
    }

    /// A title.
    #[must_use]
    pub fn title(&self, idx: usize) -> Option<&str> {
        self.told.get(idx + 1)
    }
}

impl Facts {
    /// Reads the facts out of an entry's text, and where the titles of its shortlog stand.
    pub(crate) fn read(text: &str, entry: &Entry, diffstat: Option<Totals>) -> (Self, Vec<Title>) {
        let mut facts = Self {
            diffstat,
            had_body_from: had_body_from(entry),
            ..Self::default()
        };
        let mut told = Told::new(entry);
        let subject = entry.subject.map(|line| line.span.text(text));
        facts.parts = subject.and_then(subject::parse_subject);
        let subject = subject.map(|subject| told.add(subject));
        let title = told.add_ending(entry.title.text(text), subject.as_ref());
        let author = entry.author.map(|line| line.span.text(text));
        let author = author.and_then(|line| Some(line.strip_prefix("Author:")?.trim()));
        let told_author = author.map(|author| told.add(author));
        let mut titles = Vec::new();
        let mut groups = Vec::new();
        let mut signers = Vec::new();
        for part in &entry.parts {
            match part.kind {
                PartKind::ShortlogGroup => groups.extend(told.group(text, part, &mut titles)),
                PartKind::Trailer => {
                    let signer = facts.read_trailer(part.span.text(text));
                    // Most sign for themselves.
                    signers.extend(signer.map(|signer| match &told_author {
                        Some(told_author) if author == Some(signer) => told_author.clone(),
                        _ => told.add(signer),
                    }));
                }
                PartKind::Diffstat => {
                    let content = part.span.text(text);
                    facts.touches_uapi = facts.touches_uapi || touches_uapi(content);
                }
                PartKind::Footnote | PartKind::BaseCommit => {}
            }
        }
        facts.is_reply = groups.is_empty() && facts.diffstat.is_none() && entry.quotes;

        let packed = Packed::new(&told.0);
        let person = |range: Range<usize>| {
            let value = packed.text().get(range)?;
            people::person_in(&packed, value)
        };
        facts.title_shown = packed.at(title);
        facts.subject = subject.map(|subject| packed.at(subject));
        let groups = groups.into_iter().map(|group| Group {
            count: group.count,
            told: packed.list(group.start, group.ends),
        });
        facts.shortlog = groups.collect();
        facts.author = told_author.clone().and_then(person);
        let signers = signers.into_iter().filter_map(|signer| {
            if Some(&signer) == told_author.as_ref() {
                return facts.author.clone();
            }
            person(signer)
        });
        facts.signers = signers.collect();
        (facts, titles)
    }

    /// Notes what a trailer tells; who signs off with it.
    fn read_trailer<'a>(&mut self, trailer: &'a str) -> Option<&'a str> {
        match trailer.as_bytes() {
            [b's' | b'S', ..] => return trailer_value(trailer, "signed-off-by"),
            [b'f' | b'F', ..] => self.is_fix |= trailer_value(trailer, "fixes").is_some(),
            [b'c' | b'C', ..] => {
                self.is_stable |= trailer_value(trailer, "cc").is_some_and(is_stable);
            }
            _ => {}
        }
        None
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

/// The value of a trailer, if its key is `key`.
fn trailer_value<'a>(trailer: &'a str, key: &str) -> Option<&'a str> {
    let (own, rest) = trailer.split_at_checked(key.len())?;
    let value = rest.strip_prefix(':')?;
    own.eq_ignore_ascii_case(key).then(|| value.trim())
}

/// What the strings of an entry are taken from, put together in one buffer.
struct Told(String);

/// A group of a shortlog in the buffer.
struct ToldGroup {
    count: u64,
    /// Where its author starts.
    start: u32,
    /// Where the author ends, and each of the titles behind it.
    ends: Box<[u32]>,
}

impl Told {
    /// An empty buffer with room for all that an entry may tell.
    fn new(entry: &Entry) -> Self {
        let head = [entry.subject, entry.author].into_iter().flatten();
        let head = std::iter::once(entry.title).chain(head.map(|line| line.span));
        let parts = entry.parts.iter().filter_map(|part| {
            let is_told = matches!(part.kind, PartKind::ShortlogGroup | PartKind::Trailer);
            is_told.then_some(part.span)
        });
        let lens = head.chain(parts).map(|span| span.end - span.start);
        Self(String::with_capacity(lens.sum::<u32>() as usize))
    }

    /// Adds a text; where it stands.
    fn add(&mut self, text: &str) -> Range<usize> {
        let start = self.0.len();
        self.0.push_str(text);
        start..self.0.len()
    }

    /// As [`Told::add`], for what may stand at the end of what was added before.
    fn add_ending(&mut self, text: &str, before: Option<&Range<usize>>) -> Range<usize> {
        match before {
            Some(Range { end, .. }) if self.0.ends_with(text) => end - text.len()..*end,
            _ => self.add(text),
        }
    }

    fn end(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Adds a shortlog group, and where its titles stand.
    fn group(&mut self, text: &str, part: &Part, places: &mut Vec<Title>) -> Option<ToldGroup> {
        let mut lines = Lines::new(part.span.text(text));
        let (author, count) = form::shortlog_header(lines.next()?.text)?;
        let start = self.end();
        let mut ends = Vec::with_capacity(part.n_lines as usize);
        self.0.push_str(&people::cleaned(author));
        ends.push(self.end());
        let mut base = None;
        for (number, line) in (part.line + 1..).zip(lines) {
            let title = line.text.trim();
            let indent = line.text.len() - line.text.trim_start().len();
            let start = part.span.start as usize + line.start + indent;
            let span = Span::new(start, start + title.len());
            let column = |column: usize| u16::try_from(column).ok();
            let columns = line
                .text
                .is_ascii()
                .then_some((indent, indent + title.len()));
            let columns = columns.and_then(|(start, end)| column(start).zip(column(end)));
            // Wrapped titles go on further to the right.
            if indent > *base.get_or_insert(indent) {
                if let Some(place) = places.last_mut() {
                    place.span.end = span.end;
                    let n_lines = place.n_lines.checked_add(1);
                    let both = place.columns.zip(columns).filter(|_| n_lines.is_some());
                    place.columns = both.map(|((start, _), (_, end))| (start, end));
                    place.n_lines = n_lines.unwrap_or(u16::MAX);
                }
                self.0.push(' ');
                ends.pop();
            } else {
                places.push(Title {
                    span,
                    line: number,
                    n_lines: 1,
                    columns,
                });
            }
            self.0.push_str(title);
            ends.push(self.end());
        }
        Some(ToldGroup {
            count,
            start,
            ends: ends.into_boxed_slice(),
        })
    }
}

fn had_body_from(entry: &Entry) -> bool {
    match (entry.author, entry.body_lines) {
        (Some(author), Some((first, _))) => first > author.line + 2,
        _ => false,
    }
}

/// The person on an `Author:` line.
#[must_use]
pub fn author_of(line: &str) -> Option<Person> {
    let author = line.strip_prefix("Author:")?.trim();
    people::person_in(&Packed::new(author), author)
}

/// The rows of a diffstat.
pub fn rows(diffstat: &str) -> impl Iterator<Item = form::Row<'_>> {
    Lines::new(diffstat).filter_map(|line| form::diffstat_row(line.text))
}

/// Whether a diffstat has a header of the interface to user space. Only lines that name one are
/// looked at.
fn touches_uapi(diffstat: &str) -> bool {
    let bytes = diffstat.as_bytes();
    // The start of a line; what is before it was looked at.
    let mut pos = 0;
    while let Some(at) = bytes
        .get(pos..)
        .and_then(|rest| memmem::find(rest, b"/uapi/"))
    {
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
            assert_eq!(touches_uapi(diffstat), expected, "{diffstat}");
        }
    }
}
