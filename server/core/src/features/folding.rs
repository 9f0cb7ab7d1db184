//! What can be folded: entries with their heads showing, tables, shortlogs, changelogs and
//! diffstats.

use super::locate;
use super::names::{count, diffstat_short};
use crate::digest::Digest;
use crate::model::facts::rows;
use crate::shown;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, Part, PartKind};
use crate::syntax::form;
use crate::syntax::line::{Heading, Lines};
use crate::syntax::{BlockKind, line};

/// A range of lines that can be folded; its first line stays visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// First line, zero-based.
    pub first: usize,
    /// Last line, inclusive; greater than `first`.
    pub last: usize,
    /// What it holds.
    pub kind: FoldKind,
    /// The first line in short with what is hidden.
    pub collapsed: String,
}

/// What a fold holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoldKind {
    /// An entry below its head.
    Entry,
    /// A table of contributors.
    Table,
    /// A group of a shortlog.
    Shortlog,
    /// What changed in one version.
    Changelog,
    /// A diffstat.
    Diffstat,
}

/// All folds, by first line; inner ones after those around them.
#[must_use]
pub fn folding(digest: &Digest) -> Vec<Fold> {
    let mut folds = Vec::new();
    if !digest.is_digest() {
        return folds;
    }
    for place in digest.blocks().iter() {
        match place.block.kind {
            BlockKind::Heading(heading @ (Heading::Domains | Heading::Contributors)) => {
                folds.extend(table(digest, &place, heading));
            }
            BlockKind::Entry => {
                if let Some(entry) = place.block.entry() {
                    add_entry(digest, &place, entry, &mut folds);
                }
            }
            _ => {}
        }
    }
    folds
}

fn table(digest: &Digest, place: &Place<'_>, heading: Heading) -> Option<Fold> {
    let text = digest.block_text(place);
    let last = Lines::new(&text)
        .enumerate()
        .filter(|(_, line)| !line.is_blank())
        .last()?
        .0;
    let n_rows = crate::model::tables::Table::parse(&text, heading)
        .rows
        .len() as u64;
    let first_line = Lines::new(&text).next()?.text;
    (last > 0).then(|| Fold {
        first: place.line(),
        last: place.line() + last,
        kind: FoldKind::Table,
        collapsed: format!(
            "{} · {}",
            shown::plain(first_line),
            count(n_rows, "row", "rows")
        ),
    })
}

fn add_entry(digest: &Digest, place: &Place<'_>, entry: &Entry, folds: &mut Vec<Fold>) {
    let text = digest.block_text(place);
    let lines: Vec<&str> = Lines::new(&text).map(|line| line.text).collect();
    let base = place.line();
    let head = [entry.subject, entry.author, entry.bad_author]
        .into_iter()
        .flatten()
        .map(|line| line.line())
        .max();
    let head = head.unwrap_or(0) as usize;
    let body_end = entry.body_lines.map(|(_, last)| last as usize);
    let end = entry
        .separator
        .map(|line| line.line() as usize)
        .or(body_end)
        .unwrap_or(head);
    if end > head {
        let n_lines = entry
            .body_lines
            .map_or(0, |(first, last)| u64::from(last - first + 1));
        let mut hidden = vec![count(n_lines, "line", "lines")];
        let totals = entry
            .parts_of(PartKind::Diffstat)
            .filter_map(|part| totals(&text, part))
            .last();
        hidden.extend(totals.as_ref().map(diffstat_short));
        folds.push(Fold {
            first: base + head,
            last: base + end,
            kind: FoldKind::Entry,
            collapsed: format!("{} · {}", first_line(&lines, head), hidden.join(" · ")),
        });
    }
    let mut inner: Vec<Fold> = Vec::new();
    for part in entry.parts.iter().filter(|part| part.n_lines > 1) {
        let (kind, hidden) = match part.kind {
            PartKind::ShortlogGroup => (FoldKind::Shortlog, None),
            PartKind::Diffstat => {
                let n_rows = rows(part.span.text(&text)).count() as u64;
                let short = totals(&text, part).as_ref().map(diffstat_short);
                (
                    FoldKind::Diffstat,
                    short.or(Some(count(n_rows, "row", "rows"))),
                )
            }
            PartKind::Trailer | PartKind::Footnote | PartKind::BaseCommit => continue,
        };
        let first = part.line as usize;
        let head = first_line(&lines, first);
        inner.push(Fold {
            first: base + first,
            last: base + first + part.n_lines as usize - 1,
            kind,
            collapsed: hidden.map_or_else(
                || head.clone(),
                |hidden| format!("{} · {hidden}", head.trim_start()),
            ),
        });
    }
    for mention in locate::mentions(&text, entry) {
        let Some(heading) = mention.heading else {
            continue;
        };
        // Blank lines at the end stay outside.
        let last = mention
            .items
            .clone()
            .rev()
            .find(|&number| lines.get(number).is_some_and(|line| !line::is_blank(line)));
        let Some(last) = last.filter(|&last| last > heading) else {
            continue;
        };
        inner.push(Fold {
            first: base + heading,
            last: base + last,
            kind: FoldKind::Changelog,
            collapsed: format!(
                "{} · {}",
                first_line(&lines, heading),
                count((last - heading) as u64, "line", "lines")
            ),
        });
    }
    inner.sort_by_key(|fold| (fold.first, std::cmp::Reverse(fold.last)));
    inner.dedup_by_key(|fold| fold.first);
    folds.extend(inner);
}

fn totals(text: &str, part: &Part) -> Option<form::Totals> {
    Lines::new(part.span.text(text)).find_map(|line| form::diffstat_summary(line.text))
}

fn first_line(lines: &[&str], number: usize) -> String {
    let line = lines.get(number).copied().unwrap_or_default();
    shown::short(&shown::plain(shown::short(line, 200).as_ref()), 120).into_owned()
}
