//! What one entry tells by itself, without its place in the digest.
//!
//! The model of a digest is made from these facts alone; an edit that leaves them as they were
//! leaves the model as it was.

use super::people::{self, Person};
use super::subject::{self, Kind, Subject};
use crate::syntax::entry::{Entry, HeadLine, Part, PartKind};
use crate::syntax::form::{self, Totals};
use crate::syntax::line::Lines;

/// The facts of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The title after `New:`.
    pub title_shown: String,
    /// The subject line.
    pub subject: Option<String>,
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
    pub author: String,
    /// The number in parentheses.
    pub count: u64,
    /// The titles, joined where wrapped.
    pub titles: Vec<String>,
}

impl Facts {
    /// Reads the facts out of an entry's text.
    #[must_use]
    pub fn of(text: &str, entry: &Entry) -> Self {
        let mut facts = Self {
            title_shown: entry.title.text(text).to_owned(),
            subject: entry.subject.map(|line| line.span.text(text).to_owned()),
            author: entry
                .author
                .and_then(|line| author_of(line.span.text(text))),
            shortlog: Vec::new(),
            diffstat: None,
            signers: Vec::new(),
            had_body_from: had_body_from(entry),
            is_reply: false,
            is_fix: false,
            is_stable: false,
            touches_uapi: false,
        };
        for part in &entry.parts {
            facts.read_part(text, part);
        }
        facts.is_reply = facts.shortlog.is_empty()
            && facts.diffstat.is_none()
            && is_reply(entry.body.text(text));
        facts
    }

    fn read_part(&mut self, text: &str, part: &Part) {
        let content = part.span.text(text);
        match part.kind {
            PartKind::ShortlogGroup => {
                let header = Lines::new(content).next().map_or("", |line| line.text);
                if let Some((author, count)) = form::shortlog_header(header) {
                    self.shortlog.push(Group {
                        author: people::clean_name(author),
                        count,
                        titles: form::shortlog_titles(text, part)
                            .into_iter()
                            .map(|title| title.title)
                            .collect(),
                    });
                }
            }
            PartKind::Diffstat => {
                if let Some(totals) =
                    Lines::new(content).find_map(|line| form::diffstat_summary(line.text))
                {
                    self.diffstat = Some(totals);
                }
                self.touches_uapi |= rows(content).any(|row| is_uapi(row.path));
            }
            PartKind::Trailer => {
                let Some(colon) = form::trailer(content) else {
                    return;
                };
                let (key, value) = (&content[..colon], content[colon + 1..].trim());
                if key.eq_ignore_ascii_case("signed-off-by") {
                    self.signers
                        .extend(people::parse_author(value).map(|parts| parts.person));
                } else if key.eq_ignore_ascii_case("fixes") {
                    self.is_fix = true;
                } else if key.eq_ignore_ascii_case("cc") {
                    self.is_stable |= is_stable(value);
                }
            }
            PartKind::Footnote | PartKind::BaseCommit => {}
        }
    }

    /// The subject, taken apart.
    #[must_use]
    pub fn subject_parts(&self) -> Option<Subject> {
        subject::parse_subject(self.subject.as_deref()?)
    }

    /// What the entry is; one without a readable subject counts as a single patch.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.subject_parts()
            .map_or(Kind::Single, |subject| subject.tag.kind())
    }
}

/// Whether the texts that facts are read from are the same, so that the facts are.
#[must_use]
pub fn same_sources(old: (&str, &Entry), new: (&str, &Entry)) -> bool {
    let ((old_text, old_entry), (new_text, new_entry)) = (old, new);
    let same_head = old_entry.title.text(old_text) == new_entry.title.text(new_text)
        && line_text(old_text, old_entry.subject) == line_text(new_text, new_entry.subject)
        && line_text(old_text, old_entry.author) == line_text(new_text, new_entry.author)
        && had_body_from(old_entry) == had_body_from(new_entry);
    if !same_head {
        return false;
    }
    let read = |part: &&Part| !matches!(part.kind, PartKind::Footnote | PartKind::BaseCommit);
    let old_parts = old_entry.parts.iter().filter(read);
    let new_parts = new_entry.parts.iter().filter(read);
    let same = |(old, new): (&Part, &Part)| {
        old.kind == new.kind && old.span.text(old_text) == new.span.text(new_text)
    };
    if old_parts.clone().count() != new_parts.clone().count()
        || !old_parts.clone().zip(new_parts).all(same)
    {
        return false;
    }
    let says_what_it_is = old_parts
        .into_iter()
        .any(|part| matches!(part.kind, PartKind::ShortlogGroup | PartKind::Diffstat));
    says_what_it_is
        || is_reply(old_entry.body.text(old_text)) == is_reply(new_entry.body.text(new_text))
}

fn line_text(text: &str, line: Option<HeadLine>) -> Option<&str> {
    line.map(|line| line.span.text(text))
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
    let parts = people::parse_author(line.strip_prefix("Author:")?.trim())?;
    Some(parts.person)
}

/// The rows of a diffstat.
pub fn rows(diffstat: &str) -> impl Iterator<Item = form::Row<'_>> {
    Lines::new(diffstat).filter_map(|line| form::diffstat_row(line.text))
}

/// Whether a path is a header of the interface to user space.
#[must_use]
pub fn is_uapi(path: &str) -> bool {
    path.contains("/uapi/") && !path.starts_with("tools/")
}

/// Whether the value of a `Cc:` trailer asks for a backport.
#[must_use]
pub fn is_stable(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value.contains("stable@vger.kernel.org") || value.contains("stable@kernel.org")
}

/// A reply quotes: lines that begin with `>`, three at least and a fifth of all.
fn is_reply(body: &str) -> bool {
    let mut quoted = 0_usize;
    let mut written = 0_usize;
    for line in Lines::new(body).filter(|line| !line.is_blank()) {
        if line.text.starts_with('>') {
            quoted += 1;
        } else {
            written += 1;
        }
        if line.text.trim_end() == "---" {
            return false;
        }
    }
    quoted >= 3 && quoted * 4 >= written
}
