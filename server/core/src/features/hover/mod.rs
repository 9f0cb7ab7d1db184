//! Hover: what a reader wants to know about the thing under the cursor, facts first, in at most
//! some fifteen lines; nothing on prose, blank lines and rules.

mod base;
mod series;
mod table;

use std::ops::Range;

use super::locate::{At, locate};
use super::names;
use super::page::{LineBuilder, Page};
use super::versions::Around;
use crate::digest::Digest;
use crate::model::facts::rows;
use crate::syntax::BlockKind;
use crate::syntax::entry::PartKind;
use crate::syntax::form;
use crate::syntax::line::{Heading, Log};

/// What to show, and for which text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The text that it is about.
    pub range: Range<usize>,
    /// What to show.
    pub page: Page,
}

/// Longest hover, in lines.
const MAX_LINES: usize = 15;

/// What there is to say about the text at the byte `offset`, as this digest alone tells.
#[must_use]
pub fn hover(digest: &Digest, offset: usize) -> Option<Hover> {
    hover_among(digest, offset, None)
}

/// What there is to say about the text at the byte `offset`, with what other digests tell of the
/// series. The contribution of the digest in `around` may be older than the digest.
#[must_use]
pub fn hover_among(digest: &Digest, offset: usize, around: Option<Around<'_>>) -> Option<Hover> {
    let (at, range) = locate(digest, offset)?;
    let mut page = match at {
        At::Header => Some(header(digest)),
        At::TableRow(Heading::Contributors, row) => table::contributor(digest, row),
        At::TableRow(_, row) => table::domain(digest, row),
        At::Head(entry) => series::entry(digest, entry, around),
        At::Shortlog {
            entry,
            group,
            title,
        } => series::listed(digest, entry, group, title, around),
        At::FootnoteReference { entry, number } => footnote(digest, entry, &number),
        At::Footnote { .. } => None,
        At::Trailer { entry, key, value } => trailer(digest, entry, &key, &value),
        At::DiffstatRow { entry, path } => path_hover(digest, entry, &path),
        At::Version { entry, label } => series::version(digest, entry, &label),
        At::Log(pair, log) => log_line(digest, pair, log),
    }?;
    page.cap(MAX_LINES);
    (!page.is_empty()).then_some(Hover { range, page })
}

/// Longest entry, in bytes, and longest series, in mails, that are told of quickly.
const SHORT_ENTRY: usize = 64 * 1024;
const SHORT_SERIES: usize = 64;

/// Whether a hover at the byte `offset` takes no longer than in a short digest, however long this one is:
/// the model is made, and one short entry has all else that is to be read.
#[must_use]
pub fn is_quick(digest: &Digest, offset: usize) -> bool {
    let Some(place) = digest.blocks().at_offset(offset) else {
        return true;
    };
    let Some(entry) = place.block.entry() else {
        return false;
    };
    if place.block.len > SHORT_ENTRY || !digest.has_model() {
        return false;
    }
    let model = digest.model();
    let mail = model.entries.get(place.before.entries);
    let series = mail.and_then(|mail| model.series.get(mail.series()?));
    // Paths that are cut off are looked for in other entries.
    let mut diffstats = entry.parts_of(PartKind::Diffstat);
    series.is_none_or(|series| series.entries.len().max(series.patches.len()) <= SHORT_SERIES)
        && !diffstats.any(|part| part.span.at(place.start()).contains(&offset))
}

/// `KVM mailing list, commits fff46e5c7 to a4f0e95a9` and what it holds.
fn header(digest: &Digest) -> Page {
    let summary = names::summary(digest);
    let mut page = Page::default();
    page.push(LineBuilder::new().strong(summary.name));
    page.push_parts(&[summary.counts]);
    if !summary.unlisted.is_empty() {
        page.push(LineBuilder::new().text(format!("Without entry: {}", summary.unlisted)));
    }
    page
}

/// The footnote that a reference points to, joined where it was broken.
fn footnote(digest: &Digest, idx: usize, number: &str) -> Option<Page> {
    let place = digest.blocks().entry(idx)?;
    let text = digest.block_text(&place);
    let part = place
        .block
        .entry()?
        .parts_of(PartKind::Footnote)
        .find(|part| {
            form::footnote(part.span.text(&text)).is_some_and(|(found, _)| found == number)
        })?;
    let line = part.span.text(&text);
    let (_, start) = form::footnote(line)?;
    let mut content = line.get(start..)?.trim_end().to_owned();
    // Quoted-printable that was not decoded breaks long lines with `=` at their ends.
    if let Some(joined) = content.strip_suffix('=')
        && content.contains("://")
    {
        let rest = text.get(part.span.end as usize..)?;
        let next = crate::syntax::line::Lines::new(rest)
            .nth(1)
            .map_or("", |line| line.text);
        content = format!("{joined}{}", next.trim()).replace("=3D", "=");
    }
    let mut page = Page::default();
    let line = LineBuilder::new().text(format!("[{number}] "));
    page.push(if content.contains(' ') {
        line.text(content)
    } else {
        line.link(content)
    });
    Some(page)
}

/// Trailers, where there is something to add: the commit that a fix repairs, how far back.
fn trailer(digest: &Digest, idx: usize, key: &str, value: &str) -> Option<Page> {
    let mut page = Page::default();
    if key.eq_ignore_ascii_case("fixes") {
        let (hash, rest) = value.split_once(' ').unwrap_or((value, ""));
        if !hash.bytes().all(|b| b.is_ascii_hexdigit()) || hash.len() < 7 {
            return None;
        }
        page.push(LineBuilder::new().text("Fixes commit ").strong(hash));
        let title = rest
            .trim()
            .trim_start_matches('(')
            .trim_end_matches(')')
            .trim_matches('"');
        if !title.is_empty() {
            page.push(LineBuilder::new().text(title));
        }
        let mail = digest.model().entries.get(idx)?;
        let stable = if mail.facts.is_stable {
            "asks for a backport (stable)"
        } else {
            "does not ask for a backport"
        };
        page.push(LineBuilder::new().text(stable));
        return Some(page);
    }
    if key.eq_ignore_ascii_case("cc") && crate::model::facts::is_stable(value) {
        let from = value
            .split_once('#')
            .map(|(_, from)| from.trim())
            .filter(|from| !from.is_empty());
        let line = LineBuilder::new().text("Asks for a backport");
        page.push(match from {
            Some(from) => line.text(format!(": {from}")),
            None => line.text(" to the stable trees"),
        });
        return Some(page);
    }
    None
}

/// How many entries before and after are searched for a full path.
const NEAR: usize = 32;

/// The full path of a shortened one, where the digest has it nearby.
fn path_hover(digest: &Digest, idx: usize, path: &str) -> Option<Page> {
    let suffix = path.strip_prefix("...")?;
    // The patches of the same series know best.
    let model = digest.model();
    let series = model
        .entries
        .get(idx)?
        .series()
        .and_then(|series| model.series.get(series));
    let mut found = series
        .map(|series| paths_ending(digest, &series.entries, suffix))
        .unwrap_or_default();
    if found.is_empty() {
        let near: Vec<usize> =
            (idx.saturating_sub(NEAR)..model.entries.len().min(idx + NEAR)).collect();
        found = paths_ending(digest, &near, suffix);
    }
    let mut page = Page::default();
    for path in found {
        page.push(LineBuilder::new().text(path));
    }
    Some(page)
}

/// The paths in diffstats of some entries that end with `suffix` and are not shortened.
fn paths_ending(
    digest: &Digest,
    entries: &[usize],
    suffix: &str,
) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for place in entries
        .iter()
        .filter_map(|&entry| digest.blocks().entry(entry))
    {
        let text = digest.block_text(&place);
        let Some(entry) = place.block.entry() else {
            continue;
        };
        for part in entry.parts_of(PartKind::Diffstat) {
            let full = rows(part.span.text(&text)).map(|row| row.path);
            let full = full.filter(|path| path.ends_with(suffix) && !path.starts_with("..."));
            found.extend(full.map(str::to_owned));
        }
    }
    found
}

/// Why a mail was left out, and what is unknown because of that.
fn log_line(digest: &Digest, idx: usize, log: Log) -> Option<Page> {
    let model = digest.model();
    let pair = model.log.get(idx)?;
    if log == Log::Exist {
        return series::entry(digest, pair.entry?, None);
    }
    let skip = pair.skip.as_deref()?;
    let parts = crate::model::subject::parse_subject(skip);
    let title = parts.as_ref().map_or(skip, |parts| parts.title(skip));
    let mut page = Page::default();
    page.push(LineBuilder::new().strong(title));
    let Some(exist) = pair.entry else {
        page.push(
            LineBuilder::new()
                .text("Left out; the entry it is compared with is not in this digest"),
        );
        return Some(page);
    };
    let line = line_of_entry(digest, exist);
    let mail = &model.entries[exist];
    let same = crate::model::titles::squeeze(title)
        == crate::model::titles::squeeze(&mail.facts.title_shown);
    let why = if same {
        "the same title as"
    } else {
        "its title is contained in that of"
    };
    page.push(LineBuilder::new().text(format!("Left out: {why} the entry at line {line}")));
    let version_of = |version: Option<String>| {
        version.map_or_else(|| "v1".to_owned(), |version| format!("v{version}"))
    };
    let skipped = version_of(
        parts
            .as_ref()
            .and_then(|parts| parts.tag.version.as_ref().map(ToString::to_string)),
    );
    let stayed = version_of(mail.version().map(ToString::to_string));
    let unknown = model
        .series
        .iter()
        .find(|series| series.skipped_cover == Some(idx));
    if let Some(series) = unknown {
        let known: Vec<_> = series
            .patches
            .iter()
            .filter_map(|patch| patch.number)
            .collect();
        let total = series.n_patches();
        page.push(
            LineBuilder::new()
                .text("It was the cover letter: changelog and shortlog are not in this digest"),
        );
        if known.len() < total {
            page.push(
                LineBuilder::new()
                    .text(format!("Titles known: {} of {total} patches", known.len())),
            );
        }
    } else if skipped != stayed {
        page.push(LineBuilder::new().text(format!(
            "An older or newer posting: {skipped}; the entry is {stayed}"
        )));
    } else {
        page.push(
            LineBuilder::new().text("The same posting: a repeat, or a reply under its subject"),
        );
    }
    Some(page)
}

/// The one-based line of an entry's subject.
fn line_of_entry(digest: &Digest, entry: usize) -> usize {
    let place = digest
        .blocks()
        .entry(entry)
        .filter(|place| place.block.kind == BlockKind::Entry);
    place.map_or(0, |place| {
        digest
            .text()
            .line_of(super::subject_range(digest, &place).start)
            + 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "From 1234567 to 89abcde\n\n\
        New:  [PATCH] kvm: title\n[PATCH] kvm: title\nAuthor: A <a@example.org>\n\n\
        some words of prose\n---\n fs/a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n";

    #[test]
    fn hovers_are_quick_once_the_model_is_made() {
        let at = |digest: &Digest, what: &str| {
            let at = digest.text().to_text().find(what);
            is_quick(digest, at.expect("it is there"))
        };
        let mut digest = Digest::parse(TEXT);
        assert!(!at(&digest, "[PATCH]"));
        digest.model();
        assert!(at(&digest, "[PATCH]"));
        assert!(at(&digest, "prose"));
        // Paths and commits may lead anywhere.
        assert!(!at(&digest, "fs/a.c"));
        assert!(!at(&digest, "1234567"));

        let prose = TEXT.find("words").expect("it is there");
        digest.edit(prose..prose, "x");
        assert!(at(&digest, "[PATCH]"));
        let title = TEXT.find("\nAuthor").expect("it is there");
        digest.edit(title..title, "x");
        assert!(!at(&digest, "[PATCH]"));

        let long = "prose\n".repeat(SHORT_ENTRY / 4);
        digest.edit(prose..prose, &long);
        digest.model();
        assert!(!at(&digest, "[PATCH]"));
    }
}
