//! Go to definition: between a cover letter and its patches, from log lines to the entry that
//! stayed, between footnotes and what refers to them.

use std::ops::Range;

use super::locate::{At, locate};
use super::subject_range;
use crate::digest::Digest;
use crate::model::postings::{Patch, Series};
use crate::syntax::entry::PartKind;
use crate::syntax::form;
use crate::syntax::line::{Line, Lines};

/// Where to go, and from which text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The text that leads there.
    pub origin: Range<usize>,
    /// The places, best first.
    pub targets: Vec<Target>,
}

/// A place an editor can jump to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The whole thing: an entry, a line.
    pub full: Range<usize>,
    /// The part to put the cursor on, within `full`.
    pub focus: Range<usize>,
}

/// Where the text at the byte `offset` leads; `None` from places that lead nowhere.
#[must_use]
pub fn definition(digest: &Digest, offset: usize) -> Option<Definition> {
    let (at, origin) = locate(digest, offset)?;
    let model = digest.model();
    let targets = match at {
        At::Shortlog {
            entry,
            group,
            title,
        } => {
            let series = model.series.get(model.entries.get(entry)?.series()?)?;
            let patch = series
                .patches
                .iter()
                .find(|patch| patch.listed() == Some((group, title)))?;
            vec![entry_target(digest, patch.entry()?)?]
        }
        At::Head(entry) => {
            let series = model.series.get(model.entries.get(entry)?.series()?)?;
            if series.cover == Some(entry) {
                vec![entry_target(digest, first_patch(series)?)?]
            } else {
                vec![
                    shortlog_line(digest, series, entry)
                        .or_else(|| entry_target(digest, series.cover?))?,
                ]
            }
        }
        At::Log(pair, _) => vec![entry_target(digest, model.log.get(pair)?.entry?)?],
        At::FootnoteReference { entry, number } => vec![footnote(digest, entry, &number)?],
        At::Footnote { entry, number } => references_to(digest, entry, &number),
        At::Header
        | At::TableRow(..)
        | At::Trailer { .. }
        | At::DiffstatRow { .. }
        | At::Version { .. } => Vec::new(),
    };
    (!targets.is_empty()).then_some(Definition { origin, targets })
}

/// An entry as a target, with the cursor on its subject.
#[must_use]
pub fn entry_target(digest: &Digest, entry: usize) -> Option<Target> {
    let place = digest.blocks().entry(entry)?;
    Some(Target {
        full: place.range(),
        focus: subject_range(digest, &place),
    })
}

/// The entry of the first patch of a series that has one.
fn first_patch(series: &Series) -> Option<usize> {
    series.patches.iter().find_map(Patch::entry)
}

/// The line of its cover's shortlog that names an entry's patch.
fn shortlog_line(digest: &Digest, series: &Series, entry: usize) -> Option<Target> {
    let patch = series
        .patches
        .get(digest.model().entries.get(entry)?.patch()?)?;
    let (group, title) = patch.listed()?;
    let range = shortlog_title_range(digest, series.cover?, group, title)?;
    Some(Target {
        full: range.clone(),
        focus: range,
    })
}

/// Where the shortlog of the entry `cover` has a title.
#[must_use]
pub fn shortlog_title_range(
    digest: &Digest,
    cover: usize,
    group: usize,
    title: usize,
) -> Option<Range<usize>> {
    let place = digest.blocks().entry(cover)?;
    let text = digest.block_text(&place);
    let part = place
        .block
        .entry()?
        .parts_of(PartKind::ShortlogGroup)
        .nth(group)?;
    let title = form::shortlog_titles(&text, part).into_iter().nth(title)?;
    Some(title.span.at(place.start()))
}

/// Where the shortlog of the entry `cover` has its titles, by group. One look at the shortlog,
/// however long it is.
#[must_use]
pub fn shortlog_ranges(digest: &Digest, cover: usize) -> Vec<Vec<Range<usize>>> {
    let Some(place) = digest.blocks().entry(cover) else {
        return Vec::new();
    };
    let Some(entry) = place.block.entry() else {
        return Vec::new();
    };
    let text = digest.block_text(&place);
    let groups = entry.parts_of(PartKind::ShortlogGroup);
    groups
        .map(|part| {
            let titles = form::shortlog_titles(&text, part).into_iter();
            titles.map(|title| title.span.at(place.start())).collect()
        })
        .collect()
}

fn footnote(digest: &Digest, entry: usize, number: &str) -> Option<Target> {
    let place = digest.blocks().entry(entry)?;
    let text = digest.block_text(&place);
    let part = place
        .block
        .entry()?
        .parts_of(PartKind::Footnote)
        .find(|part| {
            form::footnote(part.span.text(&text)).is_some_and(|(found, _)| found == number)
        })?;
    let range = part.span.at(place.start());
    Some(Target {
        full: range.clone(),
        focus: range,
    })
}

/// Every `[n]` of an entry that refers to the footnote.
fn references_to(digest: &Digest, entry: usize, number: &str) -> Vec<Target> {
    let Some(place) = digest.blocks().entry(entry) else {
        return Vec::new();
    };
    let text = digest.block_text(&place);
    let wanted = format!("[{number}]");
    let mut targets = Vec::new();
    let is_definition =
        |line: &Line<'_>| form::footnote(line.text).is_some_and(|(found, _)| found == number);
    for line in Lines::new(&text).filter(|line| !is_definition(line)) {
        for (at, found) in line.text.match_indices(&wanted) {
            let start = place.start() + line.start + at;
            let range = start..start + found.len();
            targets.push(Target {
                full: range.clone(),
                focus: range,
            });
        }
    }
    targets
}
