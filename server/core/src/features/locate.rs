//! What stands at a place in a digest: the first question of hover and definition.

use std::ops::Range;

use crate::digest::Digest;
use crate::model::changelog;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{self, Entry, Part, PartKind};
use crate::syntax::form::{self, ShortlogTitle};
use crate::syntax::line::{Heading, Line, Lines, Log};

/// What stands at an offset.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    /// The header lines.
    Header,
    /// A row of a table: which table, and the index of the row.
    TableRow(Heading, usize),
    /// The head of an entry, by its index: `New:`, subject or author.
    Head(usize),
    /// A title in the shortlog of an entry.
    Shortlog {
        /// The entry.
        entry: usize,
        /// Index of the group.
        group: usize,
        /// Index of the title in the group.
        title: usize,
    },
    /// A reference to a footnote in the text of an entry: `[1]`.
    FootnoteReference {
        /// The entry.
        entry: usize,
        /// The footnote's number as written.
        number: String,
    },
    /// A footnote itself.
    Footnote {
        /// The entry.
        entry: usize,
        /// Its number as written.
        number: String,
    },
    /// A trailer: key and value.
    Trailer {
        /// The entry.
        entry: usize,
        /// The key, `Fixes`.
        key: String,
        /// The value.
        value: String,
    },
    /// A row of a diffstat.
    DiffstatRow {
        /// The entry.
        entry: usize,
        /// The path as shown.
        path: String,
    },
    /// A line that names a version of the series: a changelog heading or a link.
    Version {
        /// The entry.
        entry: usize,
        /// The version, as [`changelog::VersionMention::label`] has it.
        label: String,
    },
    /// A log line: the index of its pair, and which of the two.
    Log(usize, Log),
}

/// What stands at the byte `offset`, and the bytes it takes. `None` on prose, blank lines and
/// rules.
#[must_use]
pub fn locate(digest: &Digest, offset: usize) -> Option<(At, Range<usize>)> {
    let place = digest.blocks().at_offset(offset)?;
    let text = digest.block_text(&place);
    let at = Lookup {
        place,
        text: &text,
        offset: offset.saturating_sub(place.start()).min(text.len()),
    };
    let (what, range) = match place.block.kind {
        BlockKind::Header => at.header()?,
        BlockKind::Heading(heading) => {
            // Of a table that stands twice the first counts.
            let mut blocks = digest.blocks().iter();
            let first = blocks.find(|other| other.block.kind == place.block.kind)?;
            if first.start() != place.start() {
                return None;
            }
            at.table_row(heading)?
        }
        BlockKind::Entry => at.entry(place.block.entry()?)?,
        BlockKind::Exist | BlockKind::Skip => at.log()?,
        BlockKind::Stray => return None,
    };
    Some((what, place.start() + range.start..place.start() + range.end))
}

struct Lookup<'a> {
    place: Place<'a>,
    text: &'a str,
    /// Relative to the block.
    offset: usize,
}

impl<'a> Lookup<'a> {
    /// The line that holds the offset, with its number in the block.
    fn line(&self) -> Option<(usize, Line<'a>)> {
        let mut lines = Lines::new(self.text).enumerate();
        let found =
            lines.find(|(_, line)| self.offset < line.next || line.next == self.text.len())?;
        (!found.1.is_blank()).then_some(found)
    }

    fn header(&self) -> Option<(At, Range<usize>)> {
        let (number, line) = self.line()?;
        (number < 2).then_some((At::Header, line.start..line.end()))
    }

    fn table_row(&self, heading: Heading) -> Option<(At, Range<usize>)> {
        let (number, line) = self.line()?;
        let table = crate::model::tables::Table::parse(self.text, heading);
        let row = table.rows.iter().position(|row| row.line == number)?;
        Some((At::TableRow(heading, row), line.start..line.end()))
    }

    fn log(&self) -> Option<(At, Range<usize>)> {
        let (_, line) = self.line()?;
        let (log, _) = Log::of(line.text)?;
        Some((At::Log(self.place.before.logs, log), line.start..line.end()))
    }

    fn entry(&self, entry: &Entry) -> Option<(At, Range<usize>)> {
        let idx = self.place.before.entries;
        let (number, line) = self.line()?;
        let range = line.start..line.end();
        let in_head =
            |head: Option<entry::HeadLine>| head.is_some_and(|head| head.line() as usize == number);
        if number == 0
            || in_head(entry.subject)
            || in_head(entry.author)
            || in_head(entry.bad_author)
        {
            return Some((At::Head(idx), range));
        }
        if let Some(found) = self.footnote(entry, idx, &line) {
            return Some(found);
        }
        let on_line = |part: &&Part| {
            (part.line as usize..(part.line + part.n_lines) as usize).contains(&number)
        };
        if let Some(part) = entry.parts.iter().find(on_line) {
            return self.part(entry, idx, part, &line);
        }
        let label = version_named_at(self.text, entry, number)?;
        Some((At::Version { entry: idx, label }, range))
    }

    fn part(
        &self,
        entry: &Entry,
        idx: usize,
        part: &Part,
        line: &Line<'_>,
    ) -> Option<(At, Range<usize>)> {
        let whole = line.start..line.end();
        match part.kind {
            PartKind::ShortlogGroup => {
                let (title_idx, title) = self.shortlog_title(part)?;
                let same = |other: &&Part| other.line < part.line;
                let group = entry.parts_of(PartKind::ShortlogGroup).filter(same).count();
                let at = At::Shortlog {
                    entry: idx,
                    group,
                    title: title_idx,
                };
                Some((at, title.span.at(0)))
            }
            PartKind::Trailer => {
                let colon = form::trailer(line.text)?;
                let at = At::Trailer {
                    entry: idx,
                    key: line.text.get(..colon)?.to_owned(),
                    value: line.text.get(colon + 1..)?.trim().to_owned(),
                };
                Some((at, whole))
            }
            PartKind::Diffstat => {
                let row = form::diffstat_row(line.text)?;
                let start = line.start + row.path_start;
                let path = row.path.to_owned();
                Some((
                    At::DiffstatRow { entry: idx, path },
                    start..start + row.path.len(),
                ))
            }
            PartKind::Footnote | PartKind::BaseCommit => None,
        }
    }

    fn shortlog_title(&self, part: &Part) -> Option<(usize, ShortlogTitle)> {
        let (number, _) = self.line()?;
        let titles = form::shortlog_titles(self.text, part);
        let on_line = |title: &ShortlogTitle| {
            (title.line as usize..(title.line + title.n_lines) as usize).contains(&number)
        };
        titles
            .into_iter()
            .enumerate()
            .find(|(_, title)| on_line(title))
    }

    /// A `[1]` under the offset, whose footnote the entry has; or the footnote.
    fn footnote(&self, entry: &Entry, idx: usize, line: &Line<'_>) -> Option<(At, Range<usize>)> {
        let column = self.offset.checked_sub(line.start)?;
        let (number, range) = bracketed_number(line.text, column)?;
        let number = number.to_owned();
        let defined = entry.parts_of(PartKind::Footnote).any(|part| {
            form::footnote(part.span.text(self.text)).is_some_and(|(n, _)| n == number)
        });
        if !defined {
            return None;
        }
        let is_definition = range.start == 0 && form::footnote(line.text).is_some();
        let at = if is_definition {
            At::Footnote { entry: idx, number }
        } else {
            At::FootnoteReference { entry: idx, number }
        };
        Some((at, line.start + range.start..line.start + range.end))
    }
}

/// The `[12]` that holds a column of a line (bytes): its digits and its range.
fn bracketed_number(text: &str, column: usize) -> Option<(&str, Range<usize>)> {
    let column = text.floor_char_boundary(column);
    // The cursor may stand on either bracket or between them; numbers are short.
    let from = text.floor_char_boundary(column.saturating_sub(4));
    let mut open = text
        .get(from..)?
        .char_indices()
        .filter(|(at, c)| *c == '[' && from + at <= column);
    let open = open.next_back().map(|(at, _)| from + at)?;
    let rest = text.get(open + 1..)?;
    let close = rest.bytes().take(4).position(|b| b == b']')?;
    let number = rest.get(..close)?;
    let range = open..open + close + 2;
    let valid = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (valid && range.contains(&column)).then_some((number, range))
}

/// The version that a line of an entry's body (numbered in the entry) names.
fn version_named_at(text: &str, entry: &Entry, number: usize) -> Option<String> {
    let mentions = mentions(text, entry);
    let found = mentions
        .iter()
        .find(|mention| mention.heading == Some(number))
        .or_else(|| mentions.iter().find(|mention| mention.line == number))
        .or_else(|| {
            mentions.iter().find(|mention| {
                mention
                    .link
                    .as_ref()
                    .is_some_and(|link| link.line == number)
            })
        })?;
    Some(found.label())
}

/// The versions that an entry's body names; lines are numbered in the entry.
#[must_use]
pub fn mentions(text: &str, entry: &Entry) -> Vec<changelog::VersionMention> {
    let Some((first, last)) = entry.body_lines else {
        return Vec::new();
    };
    let own = entry
        .subject
        .and_then(|line| crate::model::subject::parse_subject(line.span.text(text)))
        .and_then(|subject| subject.tag.version)
        .map(|version| version.to_string());
    let body = entry.body.text(text);
    debug_assert!(Lines::new(body).count() <= (last - first + 1) as usize);
    let mut mentions = changelog::version_mentions(body, own.as_deref());
    let first = first as usize;
    for mention in &mut mentions {
        mention.line += first;
        mention.heading = mention.heading.map(|heading| heading + first);
        mention.items = mention.items.start + first..mention.items.end + first;
        if let Some(link) = &mut mention.link {
            link.line += first;
        }
    }
    mentions
}
