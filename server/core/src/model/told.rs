//! What a posting tells by itself, told once: in a large digest each look at an entry's facts is one far
//! into memory, so it is told while they are near, if it can be.

use std::ops::Range;

use super::homes::Posting;
use super::people::Person;
use super::postings::{self, Series};
use super::titles::{self, Completed};
use super::{Completion, Mail, people};

/// What a posting tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The cover letter.
    pub(super) cover: Option<usize>,
    /// How many entries it has.
    pub(super) n_entries: usize,
    /// Whether its poster has a login for a name.
    pub(super) is_by_login: bool,
    /// The posting.
    pub(super) series: Series,
    /// What the shortlog tells.
    pub(super) listed: ByShortlog,
}

/// What the shortlog of a posting's cover letter tells.
#[derive(Debug, Default)]
pub(super) struct ByShortlog {
    /// Titles of entries in full.
    pub(super) titles: Vec<Completed>,
    /// The patches of which it does not name the poster: indexes.
    pub(super) of_others: Vec<usize>,
    /// Where those are that no entry shows, among all such.
    pub(super) unseen: Range<usize>,
}

/// Patches of a group of a shortlog that have no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unseen {
    /// The index of the group.
    pub(super) group: usize,
    /// The author, as [`people::name_hash`] has the name; `None` for the poster.
    pub(super) other: Option<u64>,
    /// How many.
    pub(super) count: usize,
}

impl Told {
    /// What the posting of some mails tells, and numbers these. The patches without entry are put behind others.
    pub(super) fn by(posting: Posting<'_>, mails: &mut [Mail], unseen: &mut Vec<Unseen>) -> Self {
        let series = postings::describe(posting, mails);
        for (patch_idx, patch) in series.patches.iter().enumerate() {
            if let Some(entry) = patch.entry() {
                mails[entry].patch = Some(patch_idx).into();
            }
        }
        let author = series.author.as_ref();
        let is_by_login = author.is_some_and(Person::has_login_for_name);
        let listed = series
            .cover
            .map(|cover| ByShortlog::of(&series, cover, mails, unseen));
        Self {
            cover: series.cover,
            n_entries: posting.entries.len(),
            is_by_login,
            series,
            listed: listed.unwrap_or_default(),
        }
    }
}

impl ByShortlog {
    /// What is told of a posting with a cover letter.
    fn of(series: &Series, cover: usize, mails: &[Mail], all_unseen: &mut Vec<Unseen>) -> Self {
        let shortlog = series.shortlog(mails);
        if shortlog.is_empty() {
            return Self::default();
        }
        let mut titles: Vec<Completed> = Vec::new();
        titles.extend(titles::cover_from_shortlog(mails, cover));
        let mut of_others = Vec::new();
        let groups = shortlog.iter().enumerate().map(|(group, listed)| Unseen {
            group,
            other: None,
            count: listed.titles().len(),
        });
        let start = all_unseen.len();
        all_unseen.extend(groups);
        let unseen = &mut all_unseen[start..];
        for (patch_idx, patch) in series.patches.iter().enumerate() {
            let (Some(entry), Some((group_idx, title))) = (patch.entry(), patch.listed()) else {
                continue;
            };
            let (mail, group) = (&mails[entry], &shortlog[group_idx]);
            let unseen = &mut unseen[group_idx];
            unseen.count = unseen.count.saturating_sub(1);
            let full = group.title(title).unwrap_or_default();
            if titles::is_cut_of(&mail.title, full) {
                let by = Completion::Shortlog {
                    entry: cover,
                    group: group_idx,
                    title,
                };
                titles.push((entry, (full.into(), by)));
            }
            let poster = mail.facts.author.as_ref();
            if poster.is_some_and(|poster| !people::same_name(&poster.name, group.author())) {
                of_others.push(patch_idx);
            }
        }
        let poster = series.author.as_ref();
        for unseen in unseen.iter_mut().filter(|unseen| unseen.count > 0) {
            let author = shortlog[unseen.group].author();
            if !poster.is_some_and(|poster| people::same_name(author, &poster.name)) {
                unseen.other = Some(people::name_hash(author));
            }
        }
        Self {
            titles,
            of_others,
            unseen: start..all_unseen.len(),
        }
    }
}
