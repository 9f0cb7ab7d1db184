//! The outline of a digest, for people who read subjects: a row per series, its patches below it,
//! single patches as rows of their own.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::names::{badges, count, diffstat_short, harmless, numbered, series_name, summary};
use super::subject_range;
use crate::digest::Digest;
use crate::model::postings::{Patch, Series};
use crate::model::subject::{Kind, Version};
use crate::model::{Mail, Model, people};
use crate::shown;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::entry::PartKind;
use crate::syntax::form::{self, ShortlogTitle};
use crate::syntax::line::Heading;

/// A row of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the row says: never empty, harmless to show.
    pub name: String,
    /// What else there is to know, in few words.
    pub detail: Option<String>,
    /// What it is.
    pub kind: RowKind,
    /// Everything that belongs to it; holds `focus` and the ranges of all `children`.
    pub range: Range<usize>,
    /// Where selecting the row goes.
    pub focus: Range<usize>,
    /// Whether a newer version of the same work is known.
    pub superseded: bool,
    /// The rows below it.
    pub children: Vec<Self>,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// The digest.
    Digest,
    /// A series.
    Series,
    /// A single patch or pull request.
    Single,
    /// A patch of a series, with an entry.
    Patch,
    /// A patch known from the shortlog alone.
    Listed,
    /// Anything else: a reply, mails without entry.
    Note,
}

/// The outline: the digest's row with everything below it; empty for a text that is no digest.
#[must_use]
pub fn outline(digest: &Digest) -> Vec<Row> {
    if !digest.is_digest() {
        return Vec::new();
    }
    let outliner = Outliner {
        digest,
        model: digest.model(),
        places: digest
            .blocks()
            .iter()
            .filter(|place| place.block.kind == BlockKind::Entry)
            .collect(),
        newest: newest_versions(digest.model()),
    };
    vec![outliner.root()]
}

/// Which postings of a work there are: the newest version by poster and title.
fn newest_versions(model: &Model) -> HashMap<(String, String), Version> {
    let mut newest = HashMap::new();
    for mail in &model.entries {
        let Some(key) = work_of(model, mail) else {
            continue;
        };
        let version = mail.version().copied().unwrap_or(Version::FIRST);
        let known = newest.entry(key).or_insert(version);
        *known = version.max(*known);
    }
    newest
}

/// What makes two postings versions of one work, as far as one digest can tell: the same poster
/// and title, and not one of them another's part.
fn work_of(model: &Model, mail: &Mail) -> Option<(String, String)> {
    if mail.kind == Kind::Patch || mail.facts.is_reply || mail.title.is_empty() {
        return None;
    }
    let author = mail.facts.author.as_ref()?;
    Some((
        people::name_key(model.name_of(author)),
        mail.title.to_lowercase(),
    ))
}

struct Outliner<'a> {
    digest: &'a Digest,
    model: &'a Model,
    /// The places of the entries.
    places: Vec<Place<'a>>,
    newest: HashMap<(String, String), Version>,
}

impl Outliner<'_> {
    fn root(&self) -> Row {
        let model = self.model;
        let mut children = Vec::new();
        for (idx, mail) in model.entries.iter().enumerate() {
            match mail.series {
                None => children.push(self.single(idx, mail)),
                Some(series_idx) => {
                    let series = &model.series[series_idx];
                    let run = run_of(series);
                    if series.entries.get(run.start) == Some(&idx) {
                        children.push(self.series(series, &series.entries[run]));
                    } else if !is_in_run(&series.entries[run], idx) {
                        children.push(self.stray_patch(series, idx, mail));
                    }
                }
            }
        }
        children.extend(self.unlisted());

        let header = &model.header;
        let summary = summary(self.digest);
        let focus = if header.title.is_some() {
            header.title_line.clone()
        } else {
            header.range_line.clone()
        };
        Row {
            name: summary.name,
            detail: Some(summary.counts),
            kind: RowKind::Digest,
            range: 0..self.digest.text().len(),
            focus,
            superseded: false,
            children,
        }
    }

    fn series(&self, series: &Series, run: &[usize]) -> Row {
        let places = run.iter().filter_map(|&idx| self.places.get(idx));
        let start = places.clone().map(Place::start).min().unwrap_or_default();
        let mut end = places
            .map(|place| place.range().end)
            .max()
            .unwrap_or_default();
        let lead = series
            .cover
            .or_else(|| run.first().copied())
            .unwrap_or_default();
        let focus = self
            .places
            .get(lead)
            .map_or(start..start, |place| subject_range(self.digest, place));

        let listed = self.shortlog_lines(series);
        let mut children: Vec<Row> = Vec::new();
        for patch in &series.patches {
            children.extend(self.patch(series, patch, run, &listed));
        }
        if let Some(row) = self.unknown_patches(series, start..end) {
            end = end.max(row.range.end);
            children.push(row);
        }
        Row {
            name: series_name(self.model, series),
            detail: Some(self.series_detail(series)),
            kind: RowKind::Series,
            range: start..end,
            focus,
            superseded: self
                .model
                .entries
                .get(lead)
                .is_some_and(|mail| self.is_superseded(mail)),
            children,
        }
    }

    fn is_superseded(&self, mail: &Mail) -> bool {
        let newest = work_of(self.model, mail).and_then(|work| self.newest.get(&work));
        newest.is_some_and(|newest| *newest > mail.version().copied().unwrap_or(Version::FIRST))
    }

    /// The shortlog lines of a series' cover letter, by group and title.
    fn shortlog_lines(&self, series: &Series) -> Vec<Vec<(Range<usize>, ShortlogTitle)>> {
        let Some(place) = series.cover.and_then(|cover| self.places.get(cover)) else {
            return Vec::new();
        };
        let Some(cover) = place.block.entry() else {
            return Vec::new();
        };
        let text = self.digest.block_text(place);
        cover
            .parts_of(PartKind::ShortlogGroup)
            .map(|part| {
                form::shortlog_titles(&text, part)
                    .into_iter()
                    .map(|title| (title.span.at(place.start()), title))
                    .collect()
            })
            .collect()
    }

    fn patch(
        &self,
        series: &Series,
        patch: &Patch,
        run: &[usize],
        listed: &[Vec<(Range<usize>, ShortlogTitle)>],
    ) -> Option<Row> {
        let line = patch
            .listed
            .and_then(|(group, title)| listed.get(group)?.get(title));
        let entry = patch.entry.filter(|&entry| is_in_run(run, entry));
        let (kind, range, focus) = match entry.and_then(|entry| self.places.get(entry)) {
            Some(place) => (
                RowKind::Patch,
                place.range(),
                subject_range(self.digest, place),
            ),
            None => {
                let (range, _) = line?;
                (RowKind::Listed, range.clone(), range.clone())
            }
        };
        Some(Row {
            name: self.patch_name(series, patch),
            detail: self.writer_detail(series, patch),
            kind,
            range,
            focus,
            superseded: false,
            children: Vec::new(),
        })
    }

    /// `01/17 title`, `--/11 title` where the number is not known.
    fn patch_name(&self, series: &Series, patch: &Patch) -> String {
        let title = match patch.entry.and_then(|entry| self.model.entries.get(entry)) {
            Some(mail) if patch.listed.is_none() => &mail.title,
            _ => &patch.title,
        };
        numbered(series, patch.number, title)
    }

    /// The writer, where he is not the poster.
    fn writer_detail(&self, series: &Series, patch: &Patch) -> Option<String> {
        let poster = series.author.as_ref()?;
        let writer = patch.author.as_deref().or_else(|| {
            let mail = self.model.entries.get(patch.entry?)?;
            mail.writer().map(|person| self.model.name_of(person))
        })?;
        let known = self.model.name_of(poster);
        (!people::same_name(writer, known) && !people::same_name(writer, &poster.name))
            .then(|| shown::plain(writer).into_owned())
    }

    /// What is known of a series whose cover letter, and with it its shortlog, is not here.
    fn unknown_patches(&self, series: &Series, within: Range<usize>) -> Option<Row> {
        let pair = series.skipped_cover?;
        let total = series.total?;
        let known: HashSet<u32> = series
            .patches
            .iter()
            .filter_map(|patch| patch.number)
            .collect();
        let missing: Vec<u32> = (1..=total.min(999))
            .filter(|number| !known.contains(number))
            .collect();
        let (&first, &last) = (missing.first()?, missing.last()?);
        let place = self.digest.blocks().log(pair)?;
        // A log line belongs to the series' rows only where it follows its entries.
        if place.start() < within.end || place.start() > within.end {
            return None;
        }
        let skip_line = place.line() + 1;
        let focus = self.digest.text().line_range(skip_line);
        let focus = if place.range().contains(&focus.start) {
            focus
        } else {
            place.range()
        };
        let numbers = if first == last {
            format!("{first}/{total}")
        } else {
            format!("{first}-{last}/{total}")
        };
        Some(Row {
            name: format!("{numbers} titles not in this digest"),
            detail: None,
            kind: RowKind::Note,
            range: place.range(),
            focus,
            superseded: false,
            children: Vec::new(),
        })
    }

    /// `Bibo Mao · 8 files +85 −3 · fix, stable`
    fn series_detail(&self, series: &Series) -> String {
        let mut parts = Vec::new();
        if let Some(author) = &series.author {
            parts.push(shown::plain(self.model.name_of(author)).into_owned());
        }
        let mails = || {
            series
                .entries
                .iter()
                .map(|&entry| &self.model.entries[entry])
        };
        match series.cover {
            Some(cover) => parts.extend(
                self.model.entries[cover]
                    .facts
                    .diffstat
                    .as_ref()
                    .map(diffstat_short),
            ),
            None if series.skipped_cover.is_some() => parts.push("cover skipped".to_owned()),
            None => parts.push("cover not in this digest".to_owned()),
        }
        parts.extend(badges(mails));
        parts.join(" · ")
    }

    fn stray_patch(&self, series: &Series, idx: usize, mail: &Mail) -> Row {
        let patch = mail.patch.and_then(|patch| series.patches.get(patch));
        let number = patch
            .and_then(|patch| patch.number)
            .or_else(|| mail.number());
        self.entry_row(
            idx,
            numbered(series, number, &mail.title),
            self.mail_detail(mail),
            RowKind::Patch,
        )
    }

    fn single(&self, idx: usize, mail: &Mail) -> Row {
        let subject = mail.facts.subject.as_deref().unwrap_or_default();
        let tag = mail.subject.as_ref().map(|parts| parts.tag.text(subject));
        let tag = match tag {
            Some(tag) if tag.starts_with('[') => format!("{tag} "),
            Some(tag) => format!("[{tag}] "),
            None => String::new(),
        };
        let title = if mail.title.is_empty() {
            "(no title)"
        } else {
            &mail.title
        };
        let name = format!(
            "{}{tag}{title}",
            if mail.facts.is_reply { "Re: " } else { "" }
        );
        let kind = if mail.facts.is_reply {
            RowKind::Note
        } else {
            RowKind::Single
        };
        self.entry_row(idx, harmless(&name), self.mail_detail(mail), kind)
    }

    fn mail_detail(&self, mail: &Mail) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(author) = &mail.facts.author {
            parts.push(shown::plain(self.model.name_of(author)).into_owned());
        }
        parts.extend(mail.facts.diffstat.as_ref().map(diffstat_short));
        parts.extend(badges(|| std::iter::once(mail)));
        (!parts.is_empty()).then(|| parts.join(" · "))
    }

    fn entry_row(&self, idx: usize, name: String, detail: Option<String>, kind: RowKind) -> Row {
        let place = self.places.get(idx);
        let superseded = self
            .model
            .entries
            .get(idx)
            .is_some_and(|mail| self.is_superseded(mail));
        Row {
            name,
            detail,
            kind,
            range: place.map_or(0..0, Place::range),
            focus: place.map_or(0..0, |place| subject_range(self.digest, place)),
            superseded,
            children: Vec::new(),
        }
    }

    /// `9 mails without entry`, at the table that counts them.
    fn unlisted(&self) -> Option<Row> {
        let first = self.model.unlisted.first()?;
        let total: u64 = self
            .model
            .unlisted
            .iter()
            .map(|unlisted| unlisted.count)
            .sum();
        let place = self
            .digest
            .blocks()
            .iter()
            .find(|place| place.block.kind == BlockKind::Heading(Heading::Contributors))?;
        let row = &self.model.contributors.rows.get(first.row)?.range;
        Some(Row {
            name: format!("{} without entry", count(total, "mail", "mails")),
            detail: Some(summary(self.digest).unlisted),
            kind: RowKind::Note,
            range: place.range(),
            focus: place.start() + row.start..place.start() + row.end,
            superseded: false,
            children: Vec::new(),
        })
    }
}

/// The entries of a series that stand together with its cover letter, or with its first entry:
/// a range of indexes into [`Series::entries`].
#[must_use]
pub fn run_of(series: &Series) -> Range<usize> {
    let entries = &series.entries;
    let at = series
        .cover
        .and_then(|cover| entries.iter().position(|&entry| entry == cover))
        .unwrap_or(0);
    let mut run = at..(at + 1).min(entries.len());
    while run.start > 0 && entries[run.start - 1] + 1 == entries[run.start] {
        run.start -= 1;
    }
    while run.end < entries.len() && entries[run.end - 1] + 1 == entries[run.end] {
        run.end += 1;
    }
    run
}

/// Whether an entry is one of a run: entries that stand together, ascending.
fn is_in_run(run: &[usize], entry: usize) -> bool {
    run.first().is_some_and(|&first| first <= entry)
        && run.last().is_some_and(|&last| entry <= last)
}
