//! Where else in a digest the thing under the cursor is: a person, a series, a footnote, a path.

use std::ops::Range;

use super::definition::shortlog_title_range;
use super::locate::{At, locate};
use super::subject_range;
use crate::digest::Digest;
use crate::model::Mail;
use crate::model::people::{self, Person};
use crate::model::postings::Patch;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::form;
use crate::syntax::line::{Heading, Line, Lines};
use crate::syntax::words::{WordKind, words};

/// A text that is the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// The text.
    pub range: Range<usize>,
    /// Whether it is the thing itself: the text of a footnote, the mail of a patch.
    pub is_definition: bool,
}

/// Most places that are shown: nobody looks at more.
const MOST: usize = 1000;

/// Everything that is the same as what stands at the byte `offset`, itself included, in order.
#[must_use]
pub fn highlights(digest: &Digest, offset: usize) -> Vec<Highlight> {
    let Some(place) = digest.blocks().at_offset(offset) else {
        return Vec::new();
    };
    let text = digest.block_text(&place);
    let mut found = at(digest, &place, &text, offset);
    found.sort_by_key(|highlight| (highlight.range.start, highlight.range.end));
    found.dedup_by(|a, b| a.range == b.range);
    // Beside a text, as in the indentation before it, the cursor is on none.
    let holds = |found: &Highlight| (found.range.start..=found.range.end).contains(&offset);
    if !found.iter().any(holds) {
        found.clear();
    }
    found
}

fn at(digest: &Digest, place: &Place<'_>, text: &str, offset: usize) -> Vec<Highlight> {
    let inside = offset.saturating_sub(place.start());
    let mut lines = Lines::new(text).enumerate();
    let holding = lines.find(|(_, line)| inside < line.next || line.next == text.len());
    let Some((number, line)) = holding else {
        return Vec::new();
    };
    if let Some((person, range)) = person_on(place, number, &line)
        && range.contains(&inside)
    {
        let mut found = same_person(digest, &person);
        // Of more than are shown, the one under the cursor is.
        if found.len() >= MOST {
            found.push(Highlight {
                range: place.start() + range.start..place.start() + range.end,
                is_definition: false,
            });
        }
        return found;
    }
    if let Some(path) = path_at(&line, inside.saturating_sub(line.start)) {
        return same_path(digest, path);
    }
    match locate(digest, offset).map(|(at, _)| at) {
        Some(At::Head(entry)) => same_series(digest, entry, None),
        Some(At::Shortlog {
            entry,
            group,
            title,
        }) => same_series(digest, entry, Some((group, title))),
        Some(At::Footnote { number, .. } | At::FootnoteReference { number, .. }) => {
            same_footnote(place, text, &number)
        }
        _ => Vec::new(),
    }
}

/// The person that a line of a block names as its author, signer or contributor: the person, and the
/// bytes in the block.
fn person_on(place: &Place<'_>, number: usize, line: &Line<'_>) -> Option<(Person, Range<usize>)> {
    let named = |start: usize| {
        let parts = people::parse_author(line.text.get(start..)?)?;
        let first = parts.name.start.min(parts.email.start);
        let last = parts.name.end.max(parts.email.end);
        let range = line.start + start + first..line.start + start + last;
        Some((parts.person, range))
    };
    match place.block.kind {
        BlockKind::Heading(Heading::Contributors) if number > 0 => {
            let row = line.text.trim_start();
            let digits = row.bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0).then(|| named(line.text.len() - row.len() + digits))?
        }
        BlockKind::Entry => {
            let entry = place.block.entry()?;
            if entry
                .author
                .is_some_and(|head| head.line() as usize == number)
            {
                return named("Author:".len());
            }
            let part = entry.part_at(number)?;
            match part.kind {
                PartKind::Trailer => named(form::trailer(line.text)? + 1),
                PartKind::ShortlogGroup => {
                    let (name, _) = form::shortlog_header(line.text)?;
                    let person = Person {
                        name: people::clean_name(name).into(),
                        ..Person::default()
                    };
                    Some((person, line.start..line.start + name.len()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A person with the names and addresses that the digest has for him.
struct Who {
    names: Vec<String>,
    emails: Vec<String>,
}

/// Most names, and most addresses, that are looked for.
const MOST_NAMES: usize = 8;

impl Who {
    /// Adds to a mention what authors, signers and the table put beside its name or address.
    fn of(digest: &Digest, person: &Person) -> Self {
        let mut who = Self {
            names: Vec::new(),
            emails: Vec::new(),
        };
        who.add(person);
        let model = digest.model();
        let rows = model.contributors.rows.iter();
        let rows = rows.filter_map(|row| row.person.as_ref());
        let mails = model.entries.iter();
        let mails = mails.flat_map(|mail| mail.facts.author.iter().chain(&mail.facts.signers));
        for other in rows.chain(mails) {
            let is_full = who.names.len() >= MOST_NAMES || who.emails.len() >= MOST_NAMES;
            if is_full {
                break;
            }
            if who.is(other) {
                who.add(other);
            }
        }
        who
    }

    fn add(&mut self, person: &Person) {
        if !person.name.is_empty() && !self.is_named(&person.name) {
            self.names.push(person.name.to_string());
        }
        if !person.email.is_empty() && !self.has_email(&person.email) {
            self.emails.push(person.email.to_string());
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|own| people::same_name(own, name))
    }

    fn has_email(&self, email: &str) -> bool {
        self.emails
            .iter()
            .any(|own| own.eq_ignore_ascii_case(email))
    }

    fn is(&self, person: &Person) -> bool {
        self.has_email(&person.email) || self.is_named(&person.name)
    }
}

fn same_person(digest: &Digest, person: &Person) -> Vec<Highlight> {
    let model = digest.model();
    let who = Who::of(digest, person);
    let mut found = Vec::new();
    for place in digest.blocks().iter() {
        let may_name = match place.block.kind {
            BlockKind::Heading(Heading::Contributors) => true,
            BlockKind::Entry => model.entries.get(place.before.entries).is_some_and(|mail| {
                let facts = &mail.facts;
                let mut people = facts.author.iter().chain(&facts.signers);
                let mut groups = facts.shortlog.iter();
                // Other trailers than sign-offs name people, too; they are found by address.
                people.any(|other| who.is(other))
                    || groups.any(|group| who.is_named(group.author()))
                    || who
                        .emails
                        .iter()
                        .any(|email| mentions(digest, &place, email))
            }),
            _ => false,
        };
        if !may_name {
            continue;
        }
        let text = digest.text().slice(place.range());
        for (number, line) in Lines::new(&text).enumerate() {
            let Some((other, range)) = person_on(&place, number, &line) else {
                continue;
            };
            if who.is(&other) {
                found.push(Highlight {
                    range: place.start() + range.start..place.start() + range.end,
                    is_definition: false,
                });
            }
            if found.len() >= MOST {
                return found;
            }
        }
    }
    found
}

/// Whether the text of a block has these bytes.
fn mentions(digest: &Digest, place: &Place<'_>, text: &str) -> bool {
    let block = digest.text().slice(place.range());
    !text.is_empty() && memchr::memmem::find(block.as_bytes(), text.as_bytes()).is_some()
}

/// The path at a column of a line.
fn path_at<'a>(line: &Line<'a>, column: usize) -> Option<&'a str> {
    if let Some(row) = form::diffstat_row(line.text) {
        let range = row.path_start..row.path_start + row.path.len();
        return range.contains(&column).then_some(row.path);
    }
    let found = words(line.text).into_iter();
    let mut paths = found.filter(|word| word.kind == WordKind::Path);
    let word = paths.find(|word| word.range.contains(&column))?;
    line.text.get(word.range)
}

/// A path in diffstats and in prose, as a whole word.
fn same_path(digest: &Digest, path: &str) -> Vec<Highlight> {
    let finder = memchr::memmem::Finder::new(path);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/".contains(&byte);
    let mut found = Vec::new();
    let entries = digest.blocks().iter();
    for place in entries.filter(|place| place.block.kind == BlockKind::Entry) {
        let text = digest.text().slice(place.range());
        let bytes = text.as_bytes();
        for at in finder.find_iter(bytes) {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let after = bytes.get(at + path.len());
            let goes_on = |at: usize| bytes.get(at).is_some_and(|byte| is_part(*byte));
            // `a.c.b` is another file, `a.c.` the end of a sentence.
            let is_part_of_more = before.is_some_and(|byte| is_part(*byte) || *byte == b'.')
                || goes_on(at + path.len())
                || after == Some(&b'.') && goes_on(at + path.len() + 1);
            if !is_part_of_more {
                let start = place.start() + at;
                found.push(Highlight {
                    range: start..start + path.len(),
                    is_definition: false,
                });
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The subjects of a series' entries; for a patch, also where the cover letter lists it.
fn same_series(digest: &Digest, entry: usize, listed: Option<(usize, usize)>) -> Vec<Highlight> {
    let model = digest.model();
    let subject = |entry: usize, is_definition: bool| {
        let place = digest.blocks().entry(entry)?;
        Some(Highlight {
            range: subject_range(digest, &place),
            is_definition,
        })
    };
    let series = model.entries.get(entry).and_then(Mail::series);
    let Some(series) = series.and_then(|series| model.series.get(series)) else {
        return subject(entry, true).into_iter().collect();
    };
    let patch = match listed {
        Some(listed) => series
            .patches
            .iter()
            .find(|patch| patch.listed() == Some(listed)),
        None => series
            .patches
            .iter()
            .find(|patch| patch.entry() == Some(entry)),
    };
    let own = patch.map_or(Some(entry), Patch::entry);
    let entries = series.entries.iter().take(MOST);
    let mut found: Vec<_> = entries
        .filter_map(|&other| subject(other, own == Some(other)))
        .collect();
    let line = patch.and_then(|patch| {
        let (group, title) = patch.listed()?;
        shortlog_title_range(digest, series.cover?, group, title)
    });
    found.extend(
        line.into_iter()
            .flat_map(|range| within_lines(digest, &range)),
    );
    found
}

/// A range over several lines, line by line and without their indentation.
fn within_lines(digest: &Digest, range: &Range<usize>) -> Vec<Highlight> {
    let text = digest.text().slice(range.clone());
    let lines = Lines::new(&text).map(|line| {
        let indent = line.text.len() - line.text.trim_start().len();
        Highlight {
            range: range.start + line.start + indent..range.start + line.end(),
            is_definition: false,
        }
    });
    lines.collect()
}

/// A footnote and all that refers to it, in one entry.
fn same_footnote(place: &Place<'_>, text: &str, number: &str) -> Vec<Highlight> {
    let defines = |entry: &Entry, line: usize| {
        let part = entry.part_at(line);
        part.is_some_and(|part| part.kind == PartKind::Footnote)
    };
    let Some(entry) = place.block.entry() else {
        return Vec::new();
    };
    let wanted = format!("[{number}]");
    let mut found = Vec::new();
    for (idx, line) in Lines::new(text).enumerate() {
        let references = words(line.text).into_iter();
        for word in references.filter(|word| word.kind == WordKind::Reference) {
            if line.text.get(word.range.clone()) != Some(&wanted) {
                continue;
            }
            let start = place.start() + line.start;
            found.push(Highlight {
                is_definition: word.range.start == 0 && defines(entry, idx),
                range: start + word.range.start..start + word.range.end,
            });
            if found.len() >= MOST {
                return found;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "\
From fff46e5c7 to a4f0e95a9
KVM mailing list update from fff46e5c7 to a4f0e95a9

Top 15 contributors (Based on Email Body)

      2  Ann Writer <ann@e.org>

===== Patch Commit Messages ====

New:  kvm: first patch
[PATCH 1/2] kvm: first patch
Author: Ann Writer <ann@e.org>

See arch/x86/a.c.

Reviewed-by: Bob <bob@e.org>
Signed-off-by: Ann W. <ann@e.org>
---
 arch/x86/a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

----------------------------------------------------------------------

New:  kvm: cover
[PATCH 0/2] kvm: cover
Author: Ann Writer <ann@e.org>

As in [1], not [2].

Ann Writer (2):
  kvm: first patch
  kvm: second

 arch/x86/a.c   | 2 +-
 arch/x86/a.c.b | 2 +-
 2 files changed, 2 insertions(+), 2 deletions(-)

[1] https://e.org/

----------------------------------------------------------------------
";

    /// Line and text of what is highlighted with the cursor on the first `at` after `line`; `*` marks
    /// definitions.
    #[track_caller]
    fn check(line: &str, at: &str, expected: &[&str]) {
        let digest = Digest::parse(DIGEST);
        let start = DIGEST.find(line).unwrap();
        let offset = start + DIGEST[start..].find(at).unwrap();
        let found: Vec<_> = highlights(&digest, offset)
            .iter()
            .map(|highlight| {
                let line = digest.text().line_of(highlight.range.start) + 1;
                let mark = if highlight.is_definition { "*" } else { "" };
                format!("{line}{mark} {}", &DIGEST[highlight.range.clone()])
            })
            .collect();
        assert_eq!(found, expected, "{line} {at}");
    }

    #[test]
    fn a_person_is_found_by_name_and_address() {
        let everywhere = [
            "6 Ann Writer <ann@e.org",
            "12 Ann Writer <ann@e.org",
            "17 Ann W. <ann@e.org",
            "26 Ann Writer <ann@e.org",
            "30 Ann Writer",
        ];
        for (line, at) in [
            ("      2  Ann", "Ann"),
            ("Author: Ann", "ann@"),
            ("Signed-off-by", "Ann W."),
            ("Ann Writer (2)", "Writer"),
        ] {
            check(line, at, &everywhere);
        }
        check("Reviewed-by", "Bob", &["16 Bob <bob@e.org"]);
    }

    #[test]
    fn a_series_is_its_subjects_and_the_line_that_lists_the_patch() {
        let found = [
            "11* [PATCH 1/2] kvm: first patch",
            "25 [PATCH 0/2] kvm: cover",
            "31 kvm: first patch",
        ];
        check("[PATCH 1/2]", "kvm", &found);
        check("Ann Writer (2)", "first", &found);
    }

    #[test]
    fn a_path_is_a_whole_word() {
        let found = ["14 arch/x86/a.c", "19 arch/x86/a.c", "34 arch/x86/a.c"];
        check("See arch", "x86", &found);
        check(" arch/x86/a.c |", "x86", &found);
    }

    #[test]
    fn a_footnote_and_what_refers_to_it() {
        check("As in", "[1]", &["28 [1]", "38* [1]"]);
        check("[1] https", "[1]", &["28 [1]", "38* [1]"]);
        check("As in", "[2]", &[]);
    }

    #[test]
    fn prose_is_nothing_else() {
        check("As in", "in", &[]);
        check("Reviewed-by", "viewed", &[]);
    }
}
