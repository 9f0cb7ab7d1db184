//! The outline of a digest, for people who read subjects: a row per series, its patches below it,
//! single patches as rows of their own.
//!
//! What the rows say follows from the model alone and is planned once per model ([`plan`]); where
//! they stand moves with every line typed, and is looked up when it is asked for. Tested by
//! `tests/tests/order.rs`, `tests/support/edits.rs` and the goldens.

pub mod plan;

use std::ops::Range;

use super::subject_range;
use crate::digest::Digest;
use crate::model::postings::Series;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::line::Heading;
use plan::{Item, Spot};

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
    let places = digest.blocks().iter();
    let entries = places.filter(|place| place.block.kind == BlockKind::Entry);
    let resolver = Resolver {
        digest,
        entries: entries.collect(),
    };
    let mut items = digest.plan().items(digest.model()).peekable();
    resolver.rows(&mut items, 0)
}

/// Where an outline's row is, and where selecting it goes: two ranges of bytes.
#[must_use]
pub fn ranges(digest: &Digest, spot: Spot) -> (Range<usize>, Range<usize>) {
    let place = |entry: u32| digest.blocks().entry(entry as usize);
    let resolver = Resolver {
        digest,
        entries: Vec::new(),
    };
    resolver.ranges_at(spot, place)
}

struct Resolver<'a> {
    digest: &'a Digest,
    /// The places of the entries.
    entries: Vec<Place<'a>>,
}

impl<'a> Resolver<'a> {
    /// The rows of a depth, up to the first item that is less deep.
    fn rows<'p>(
        &self,
        items: &mut std::iter::Peekable<impl Iterator<Item = Item<'p>>>,
        depth: u8,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        while let Some(item) = items.next_if(|item| item.depth >= depth) {
            let place = |entry: u32| self.entries.get(entry as usize).copied();
            let (range, focus) = self.ranges_at(item.spot, place);
            rows.push(Row {
                name: item.name.to_string(),
                detail: item.detail.map(str::to_owned),
                kind: item.kind,
                range,
                focus,
                superseded: item.superseded,
                children: self.rows(items, depth + 1),
            });
        }
        rows
    }

    fn ranges_at(
        &self,
        spot: Spot,
        place: impl Fn(u32) -> Option<Place<'a>>,
    ) -> (Range<usize>, Range<usize>) {
        let found = match spot {
            Spot::Digest => Some(self.whole()),
            Spot::Entry(entry) => {
                place(entry).map(|place| (place.range(), subject_range(self.digest, &place)))
            }
            Spot::Run {
                first,
                last,
                lead,
                log,
            } => place(first).zip(place(last)).map(|(first, last)| {
                let log = log.and_then(|log| self.digest.blocks().log(log as usize));
                let end = log.map_or(last.range().end, |log| log.range().end);
                let start = first.start();
                let focus = place(lead).map(|lead| subject_range(self.digest, &lead));
                (start..end, focus.unwrap_or(start..start))
            }),
            Spot::Listed { cover, title } => place(cover).and_then(|place| {
                let title = place.block.entry()?.titles.get(title as usize)?;
                let range = title.span.at(place.start());
                Some((range.clone(), range))
            }),
            Spot::Log(log) => self.digest.blocks().log(log as usize).map(|place| {
                let skip = self.digest.text().line_range(place.line() + 1);
                let focus = if place.range().contains(&skip.start) {
                    skip
                } else {
                    place.range()
                };
                (place.range(), focus)
            }),
            Spot::Unlisted => self.unlisted(),
        };
        found.unwrap_or_default()
    }

    fn whole(&self) -> (Range<usize>, Range<usize>) {
        let header = &self.digest.model().header;
        let focus = if header.title.is_some() {
            header.title_line.clone()
        } else {
            header.range_line.clone()
        };
        (0..self.digest.text().len(), focus)
    }

    /// The table of contributors, and the first of those in it who have a mail without entry.
    fn unlisted(&self) -> Option<(Range<usize>, Range<usize>)> {
        let model = self.digest.model();
        let place = contributors(self.digest)?;
        let row = model.unlisted.first()?.row;
        let row = &model.contributors.rows.get(row)?.range;
        let at = |offset| place.start() + offset;
        Some((place.range(), at(row.start)..at(row.end)))
    }
}

/// The block of the table of contributors; of two the first counts.
fn contributors(digest: &Digest) -> Option<Place<'_>> {
    let blocks = digest.blocks();
    let headings = (0..blocks.sum().headings).filter_map(|idx| blocks.heading(idx));
    let kind = BlockKind::Heading(Heading::Contributors);
    let mut tables = headings.filter(|place| place.block.kind == kind);
    tables.next()
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
