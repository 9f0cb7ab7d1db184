//! Titles: compared without regard to white space, and completed where they were cut off.
//!
//! A digest shows only the first line of a mail's `Subject:` header; a long title ends in the
//! middle. Its rest stands in the shortlog of its cover letter, or in another posting.

use super::subject;
use super::{Completion, Model};

/// The text with every run of white space made one blank.
#[must_use]
pub fn squeeze(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

/// Whether `shown` is `full` cut off. A header is folded at white space, so the cut is before a
/// blank or, where the folding lost it, anywhere; short beginnings prove nothing.
#[must_use]
pub fn is_cut_of(shown: &str, full: &str) -> bool {
    shown.len() >= 8 && full.len() > shown.len() && full.starts_with(shown)
}

/// Completes the titles that the digest proves, entries first from their own shortlog.
pub(super) fn complete(model: &mut Model) {
    let found: Vec<_> = (0..model.entries.len())
        .filter_map(|entry| {
            let (title, by) =
                from_shortlog(model, entry).or_else(|| from_other_posting(model, entry))?;
            Some((entry, title, by))
        })
        .collect();
    for (entry, title, by) in found {
        let mail = &mut model.entries[entry];
        mail.title = title;
        mail.completed_by = Some(by);
    }
    for series in &mut model.series {
        for patch in &mut series.patches {
            // A patch without shortlog line is known from its entry alone.
            if patch.listed.is_none()
                && let Some(entry) = patch.entry
            {
                patch.title.clone_from(&model.entries[entry].title);
            }
        }
        if let Some(cover) = series.cover {
            series.title.clone_from(&model.entries[cover].title);
        } else if series.skipped_cover.is_none()
            && let Some(&entry) = series.entries.first()
        {
            series.title.clone_from(&model.entries[entry].title);
        }
    }
}

/// Whether a header is folded after the subject `shown` when the title goes on as `full`: mail
/// programs fold where the next word would pass 76 to 78 columns, `Subject: ` included.
fn folds_after(shown: &str, shown_title: &str, full: &str) -> bool {
    let rest = full.get(shown_title.len()..).unwrap_or_default();
    let next_word = rest
        .split_whitespace()
        .next()
        .map_or(0, |word| word.chars().count());
    "Subject: ".len() + shown.chars().count() + 1 + next_word > 75
}

/// A cover letter may bear the title of one of its patches; the fold tells whether it is cut.
fn cover_from_shortlog(model: &Model, cover: usize) -> Option<(String, Completion)> {
    let mail = &model.entries[cover];
    let subject = mail.facts.subject.as_deref()?;
    let mut found = None;
    for (group, titles) in mail.facts.shortlog.iter().enumerate() {
        for (title, full) in titles.titles.iter().enumerate() {
            if is_cut_of(&mail.title, full) && folds_after(subject, &mail.title, full) {
                if found.is_some() {
                    return None;
                }
                let by = Completion::Shortlog {
                    entry: cover,
                    group,
                    title,
                };
                found = Some((full.clone(), by));
            }
        }
    }
    found
}

fn from_shortlog(model: &Model, entry: usize) -> Option<(String, Completion)> {
    let mail = &model.entries[entry];
    let series = &model.series[mail.series?];
    let cover = series.cover?;
    if entry == cover {
        return cover_from_shortlog(model, cover);
    }
    let patch = series
        .patches
        .iter()
        .find(|patch| patch.entry == Some(entry))?;
    let (group, title) = patch.listed?;
    is_cut_of(&mail.title, &patch.title).then(|| {
        (
            patch.title.clone(),
            Completion::Shortlog {
                entry: cover,
                group,
                title,
            },
        )
    })
}

/// Another posting of the same mail (same poster and number) under a longer title.
fn from_other_posting(model: &Model, entry: usize) -> Option<(String, Completion)> {
    let mail = &model.entries[entry];
    if mail.kind == subject::Kind::Patch
        && mail
            .series
            .is_some_and(|series| is_listed(model, series, entry))
    {
        return None;
    }
    let poster = mail.facts.author.as_ref()?;
    let subject = mail.facts.subject.as_deref()?;
    let others = model.entries.iter().enumerate().filter(|(idx, other)| {
        let same_poster = other.facts.author.as_ref().is_some_and(|author| {
            author.email.eq_ignore_ascii_case(&poster.email)
                || super::people::same_name(&author.name, &poster.name)
        });
        *idx != entry && other.kind == mail.kind && other.number() == mail.number() && same_poster
    });
    for (idx, other) in others {
        if is_cut_of(&mail.title, &other.title) && folds_after(subject, &mail.title, &other.title) {
            return Some((other.title.clone(), Completion::Entry(idx)));
        }
    }
    for (idx, pair) in model.log.iter().enumerate() {
        if pair.entry != Some(entry) {
            continue;
        }
        let Some(skip) = pair.skip.as_deref() else {
            continue;
        };
        let Some(parts) = subject::parse_subject(skip) else {
            continue;
        };
        let title = squeeze(parts.title(skip));
        if parts.tag.number == mail.number()
            && is_cut_of(&mail.title, &title)
            && folds_after(subject, &mail.title, &title)
        {
            return Some((title, Completion::Skipped(idx)));
        }
    }
    None
}

/// Whether a shortlog lists the entry's patch: then that title is the full one.
fn is_listed(model: &Model, series: usize, entry: usize) -> bool {
    let patches = &model.series[series].patches;
    patches
        .iter()
        .any(|patch| patch.entry == Some(entry) && patch.listed.is_some())
}
