//! What one entry tells by itself, without its place in the digest.
//!
//! The model of a digest is made from these facts alone; an edit that leaves them as they were
//! leaves the model as it was. They are read when an entry is taken apart, and kept with it.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::people::{self, Person};
use super::subject::{self, Kind, Subject};
use crate::packed::{Packed, Str};
use crate::syntax::entry::{Entry, HeadLine, Part, PartKind, Span, Title};
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
    pub parts: Option<Arc<Subject>>,
    /// The poster, name decoded and repaired where that is certain.
    pub author: Option<Person>,
    /// The shortlog groups with at least one title.
    pub shortlog: Vec<Group>,
    /// The totals of the last diffstat.
    pub diffstat: Option<Totals>,
    /// Who signed off, in order.
    pub signers: Vec<Person>,
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
    /// The author as meant: decoded and repaired.
    pub author: Str,
    /// The number in parentheses.
    pub count: u64,
    /// The titles, joined where wrapped.
    pub titles: Vec<Str>,
}

impl Facts {
    /// Reads the facts out of an entry's text, and where the titles of its shortlog stand.
    pub(crate) fn read(text: &str, entry: &Entry) -> (Self, Vec<Title>) {
        let told = Told::new(text, entry);
        let line = |line: Option<HeadLine>| line.map(|line| told.text(line.span));
        let mut facts = Self {
            title_shown: told.packed.str(told.text(entry.title)),
            subject: line(entry.subject).map(|subject| told.packed.str(subject)),
            parts: line(entry.subject)
                .and_then(subject::parse_subject)
                .map(Arc::new),
            author: line(entry.author).and_then(|line| author_in(&told.packed, line)),
            diffstat: entry.totals,
            had_body_from: had_body_from(entry),
            ..Self::default()
        };
        let mut titles = Vec::new();
        for part in &entry.parts {
            match part.kind {
                PartKind::ShortlogGroup => facts.shortlog.extend(told.group(part, &mut titles)),
                _ => facts.read_part(text, part, &told),
            }
        }
        facts.is_reply = facts.shortlog.is_empty() && facts.diffstat.is_none() && entry.quotes;
        (facts, titles)
    }

    fn read_part(&mut self, text: &str, part: &Part, told: &Told) {
        match part.kind {
            PartKind::Diffstat => {
                let content = part.span.text(text);
                self.touches_uapi = self.touches_uapi || touches_uapi(content);
            }
            PartKind::Trailer => {
                let content = part.span.text(text);
                match content.as_bytes() {
                    [b's' | b'S', ..] if is_sign_off(content) => {
                        let value = told.text(part.span).get(SIGN_OFF.len()..);
                        let value = value.unwrap_or_default().trim();
                        self.signers.extend(people::person_in(&told.packed, value));
                    }
                    [b'f' | b'F', ..] => self.is_fix |= trailer_value(content, "fixes").is_some(),
                    [b'c' | b'C', ..] => {
                        self.is_stable |= trailer_value(content, "cc").is_some_and(is_stable);
                    }
                    _ => {}
                }
            }
            PartKind::ShortlogGroup | PartKind::Footnote | PartKind::BaseCommit => {}
        }
    }

    /// The subject, taken apart.
    #[must_use]
    pub fn subject_parts(&self) -> Option<&Subject> {
        self.parts.as_deref()
    }

    /// What the entry is; one without a readable subject counts as a single patch.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.subject_parts()
            .map_or(Kind::Single, |subject| subject.tag.kind())
    }
}

/// The trailer that names who signed off.
const SIGN_OFF: &str = "signed-off-by:";

fn is_sign_off(trailer: &str) -> bool {
    trailer_value(trailer, "signed-off-by").is_some()
}

/// The value of a trailer, if its key is `key`.
fn trailer_value<'a>(trailer: &'a str, key: &str) -> Option<&'a str> {
    let (own, rest) = trailer.split_at_checked(key.len())?;
    let value = rest.strip_prefix(':')?;
    own.eq_ignore_ascii_case(key).then(|| value.trim())
}

/// The stretches of an entry that its strings are taken from, put together in one buffer.
struct Told {
    packed: Packed,
    /// Where each stretch stands in the entry, and where in the buffer.
    stretches: Vec<(Span, u32)>,
}

impl Told {
    fn new(text: &str, entry: &Entry) -> Self {
        let is_told = |part: &&Part| match part.kind {
            PartKind::ShortlogGroup => true,
            PartKind::Trailer => is_sign_off(part.span.text(text)),
            _ => false,
        };
        let head = [entry.subject, entry.author].into_iter().flatten();
        let head = std::iter::once(entry.title).chain(head.map(|line| line.span));
        let parts = entry.parts.iter().filter(is_told).map(|part| part.span);
        let mut stretches = Vec::with_capacity(8);
        let mut n_bytes = 0;
        for span in head.chain(parts) {
            stretches.push((span, n_bytes));
            n_bytes += span.end - span.start;
        }
        let mut told = String::with_capacity(n_bytes as usize);
        for (span, _) in &stretches {
            told.push_str(span.text(text));
        }
        Self {
            packed: Packed::new(&told),
            stretches,
        }
    }

    /// The text of a stretch.
    fn text(&self, span: Span) -> &str {
        // They are in the order of the text.
        let found = self
            .stretches
            .binary_search_by_key(&span.start, |(span, _)| span.start)
            .ok()
            .and_then(|idx| self.stretches.get(idx));
        let Some((_, start)) = found else { return "" };
        let start = *start as usize;
        let range: Range<usize> = start..start + (span.end - span.start) as usize;
        self.packed.text().get(range).unwrap_or_default()
    }

    /// A shortlog group; adds where its titles stand.
    fn group(&self, part: &Part, places: &mut Vec<Title>) -> Option<Group> {
        let text = self.text(part.span);
        let mut lines = Lines::new(text);
        let (author, count) = form::shortlog_header(lines.next()?.text)?;
        let mut titles: Vec<Str> = Vec::with_capacity(usize::try_from(count).ok()?.min(64));
        let mut base = None;
        // The last title, once it is known to be wrapped.
        let mut wrapped: Option<String> = None;
        for (number, line) in (part.line + 1..).zip(lines) {
            let title = line.text.trim();
            let indent = line.text.len() - line.text.trim_start().len();
            let start = part.span.start as usize + line.start + indent;
            let span = Span::new(start, start + title.len());
            let column = u32::try_from(indent).ok();
            let column = column.filter(|_| line.text.is_ascii());
            let end_column = column.map(|column| column + (span.end - span.start));
            match titles.last() {
                // Wrapped titles go on further to the right.
                Some(last) if indent > *base.get_or_insert(indent) => {
                    if let Some(place) = places.last_mut() {
                        place.span.end = span.end;
                        place.n_lines += 1;
                        let start = place.columns.map(|(start, _)| start);
                        place.columns = start.zip(end_column);
                    }
                    let whole = wrapped.get_or_insert_with(|| last.to_string());
                    whole.push(' ');
                    whole.push_str(title);
                }
                _ => {
                    base.get_or_insert(indent);
                    join(&mut titles, &mut wrapped);
                    titles.push(self.packed.str(title));
                    places.push(Title {
                        span,
                        line: number,
                        n_lines: 1,
                        columns: column.zip(end_column),
                    });
                }
            }
        }
        join(&mut titles, &mut wrapped);
        titles.shrink_to_fit();
        Some(Group {
            author: self.packed.cow(people::cleaned(author)),
            count,
            titles,
        })
    }
}

/// Puts a wrapped title in the place of its beginning.
fn join(titles: &mut [Str], wrapped: &mut Option<String>) {
    if let (Some(last), Some(whole)) = (titles.last_mut(), wrapped.take()) {
        *last = whole.into();
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
    author_in(&Packed::new(line), line)
}

fn author_in(packed: &Packed, line: &str) -> Option<Person> {
    people::person_in(packed, line.strip_prefix("Author:")?.trim())
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
        let _ = touches_uapi(&" /uapi/ ".repeat(500_000));
    }
}
