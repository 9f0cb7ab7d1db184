//! What one entry tells by itself, without its place in the digest.
//!
//! The model of a digest is made from these facts alone; an edit that leaves them as they were
//! leaves the model as it was. They are read when an entry is taken apart, and kept with it.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

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
    pub(crate) fn read(
        text: &str,
        entry: &Entry,
        diffstat: Option<Totals>,
    ) -> (Arc<Self>, Box<[Title]>) {
        let room = Room::of(entry);
        let mut told = Told(String::with_capacity(room.n_bytes as usize));
        let subject_line = entry.subject.map(|line| line.span.text(text));
        let subject = subject_line.map(|line| told.add(line));
        let title = told.add_ending(entry.title.text(text), subject.as_ref());
        let author_line = entry.author.map(|line| line.span.text(text));
        let author_line = author_line.and_then(|line| Some(value(line.strip_prefix("Author:")?)));
        let author = author_line.and_then(|line| told.person(line));
        let mut titles = Vec::with_capacity(room.n_titles as usize);
        let mut groups = Vec::with_capacity(room.n_groups);
        let mut signers = Vec::with_capacity(room.n_trailers);
        let (mut is_fix, mut is_stable, mut touches_uapi) = (false, false, false);
        for part in &entry.parts {
            match part.kind {
                PartKind::ShortlogGroup => groups.extend(told.group(text, part, &mut titles)),
                PartKind::Trailer => match Trailer::of(part.span.text(text)) {
                    // Most sign for themselves.
                    Trailer::Signer(line) if Some(line) == author_line => {
                        signers.extend(author.clone());
                    }
                    Trailer::Signer(line) => signers.extend(told.person(line)),
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

        let packed = Packed::new(&told.0);
        let is_reply = groups.is_empty() && diffstat.is_none() && entry.quotes;
        let groups = groups.into_iter().map(|group| Group {
            count: group.count,
            told: packed.list(group.start, group.ends),
        });
        let facts = Self {
            title_shown: packed.at(title),
            subject: subject.map(|subject| packed.at(subject)),
            parts: subject_line.and_then(subject::parse_subject),
            author: author.map(|author| author.in_buffer(&packed)),
            shortlog: groups.collect(),
            diffstat,
            signers: signers
                .iter()
                .map(|signer| signer.in_buffer(&packed))
                .collect(),
            had_body_from: had_body_from(entry),
            is_reply,
            is_fix,
            is_stable,
            touches_uapi,
        };
        (Arc::new(facts), titles.into_boxed_slice())
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
    fn of(line: &'a str) -> Self {
        let is = |key| trailer_value(line, key);
        match line.as_bytes() {
            [b's' | b'S', ..] => is("Signed-off-by").map_or(Self::Other, Self::Signer),
            [b'f' | b'F', ..] if is("Fixes").is_some() => Self::Fixes,
            [b'c' | b'C', ..] if is("Cc").is_some_and(is_stable) => Self::Stable,
            _ => Self::Other,
        }
    }
}

/// The value of a trailer, if its key is `key`.
fn trailer_value<'a>(trailer: &'a str, key: &str) -> Option<&'a str> {
    let (own, rest) = trailer.split_at_checked(key.len())?;
    let behind = rest.strip_prefix(':')?;
    (own == key || own.eq_ignore_ascii_case(key)).then(|| value(behind))
}

/// What stands behind a colon, without blanks around it.
fn value(behind: &str) -> &str {
    let value = behind.strip_prefix(' ').unwrap_or(behind);
    if people::is_tight(value) {
        return value;
    }
    value.trim()
}

/// How much an entry may tell, so that nothing has to grow.
#[derive(Default)]
struct Room {
    n_bytes: u32,
    n_trailers: usize,
    n_groups: usize,
    n_titles: u32,
}

impl Room {
    fn of(entry: &Entry) -> Self {
        let len = |span: Span| span.end - span.start;
        let head = [entry.subject, entry.author].into_iter().flatten();
        let mut room = Self {
            n_bytes: len(entry.title) + head.map(|line| len(line.span)).sum::<u32>(),
            ..Self::default()
        };
        for part in &entry.parts {
            match part.kind {
                PartKind::ShortlogGroup => {
                    room.n_groups += 1;
                    room.n_titles += part.n_lines.saturating_sub(1);
                }
                PartKind::Trailer => room.n_trailers += 1,
                _ => continue,
            }
            room.n_bytes += len(part.span);
        }
        room
    }
}

/// What the strings of an entry are taken from, put together in one buffer.
struct Told(String);

/// A person in the buffer.
#[derive(Clone)]
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
struct ToldGroup {
    count: u64,
    /// Where its author starts.
    start: u32,
    /// Where the author ends, and each of the titles behind it.
    ends: Box<[u32]>,
}

impl Told {
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

    /// Adds a person, the name as readers want to see it.
    fn person(&mut self, text: &str) -> Option<ToldPerson> {
        let person = people::written(text)?;
        Some(ToldPerson {
            name: self.add(&person.clean),
            email: self.add(text.get(person.email)?),
        })
    }

    fn end(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Adds a shortlog group, and where its titles stand.
    fn group(&mut self, text: &str, part: &Part, places: &mut Vec<Title>) -> Option<ToldGroup> {
        let content = part.span.text(text);
        let is_ascii = content.is_ascii();
        let mut lines = Lines::new(content);
        let (author, count) = form::shortlog_header(lines.next()?.text)?;
        let start = self.end();
        let mut ends = Vec::with_capacity(part.n_lines as usize);
        self.0.push_str(&people::cleaned(author));
        ends.push(self.end());
        let mut base = None;
        for (number, line) in (part.line + 1..).zip(lines) {
            let (indent, title) = indented(line.text);
            let start = part.span.start as usize + line.start + indent;
            let span = Span::new(start, start + title.len());
            let column = |column: usize| u16::try_from(column).ok();
            let columns = (is_ascii || line.text.is_ascii())
                .then_some((indent, indent + title.len()))
                .and_then(|(start, end)| column(start).zip(column(end)));
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

/// How far a line is indented, and what stands there without blanks behind it.
fn indented(line: &str) -> (usize, &str) {
    let n_blanks = line.bytes().take_while(|byte| *byte == b' ').count();
    let text = line.get(n_blanks..).unwrap_or_default();
    if people::is_tight(text) {
        return (n_blanks, text);
    }
    (line.len() - line.trim_start().len(), line.trim())
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
    let author = value(line.strip_prefix("Author:")?);
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
