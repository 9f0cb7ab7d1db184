//! The patches of a posting: from its shortlog and its entries, numbered where that is certain.

use std::cell::OnceCell;

use super::Mail;
use super::keys::Index;
use super::postings::{Patch, Series};
use super::subject::Kind;
use super::titles::{is_cut_of, same_title, title_key};

/// Listed titles with one beginning that an entry is compared with.
const MOST: usize = 64;

/// The patches that a posting is known to have, in patch order as far as known.
pub(super) fn of(series: &Series, mails: &[Mail]) -> Vec<Patch> {
    let mut patches = listed(series, mails);
    // Made when it is needed: most patches are found by their number.
    let by_title = OnceCell::new();
    let entries = series
        .entries
        .iter()
        .copied()
        .filter(|&entry| mails[entry].kind == Kind::Patch);
    for entry in entries {
        let mail = &mails[entry];
        let known = Known {
            series,
            mails,
            patches: &patches,
        };
        let slot = known.slot_of(mail, &by_title);
        match slot.and_then(|slot| patches.get_mut(slot)) {
            Some(patch) => *patch = patch.with_entry(entry, mail.number()),
            None => patches.push(Patch::default().with_entry(entry, mail.number())),
        }
    }
    number_patches(&mut patches, series.total);
    // Those without a number stay in the order of the shortlog, at the end.
    patches.sort_by_key(|patch| patch.number.unwrap_or(u32::MAX));
    patches
}

/// The titles of the cover's shortlog.
fn listed(series: &Series, mails: &[Mail]) -> Vec<Patch> {
    let shortlog = series.shortlog(mails);
    // Most patches that have an entry are in the shortlog too.
    let n_titles: usize = shortlog.iter().map(|group| group.titles().len()).sum();
    let mut patches = Vec::with_capacity(n_titles.max(series.entries.len()));
    for (group_idx, group) in shortlog.iter().enumerate() {
        let titles = 0..group.titles().len();
        patches.extend(titles.map(|title_idx| Patch::listed_at(group_idx, title_idx)));
    }
    patches
}

/// The patches that are known so far.
struct Known<'a> {
    series: &'a Series,
    mails: &'a [Mail],
    patches: &'a [Patch],
}

impl Known<'_> {
    fn title(&self, slot: usize) -> &str {
        self.series.title_of(&self.patches[slot], self.mails)
    }

    fn index(&self) -> Index {
        let slots = 0..self.patches.len();
        Index::new(slots.map(|slot| (title_key(self.title(slot)), slot)))
    }

    /// The listed title that is an entry's patch: the one at its number if that fits, as titles may
    /// repeat; else the same title; else one of which the entry's is cut off.
    fn slot_of(&self, mail: &Mail, by_title: &OnceCell<Index>) -> Option<usize> {
        let patches = self.patches;
        let is_free = |slot: &usize| {
            let patch = patches.get(*slot);
            patch.is_some_and(|patch| patch.entry().is_none())
        };
        let same = |slot: &usize| same_title(self.title(*slot), &mail.title);
        let cut = |slot: &usize| is_cut_of(&mail.title, self.title(*slot));

        let number = mail
            .number()
            .and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        let at_number = number
            .filter(is_free)
            .filter(|slot| patches[*slot].listed().is_some());
        if let Some(slot) = at_number.filter(|slot| same(slot) || cut(slot)) {
            return Some(slot);
        }
        let by_title = by_title.get_or_init(|| self.index());
        let candidates = by_title.get(title_key(&mail.title));
        let free = || candidates.iter().take(MOST).filter(is_free);
        free().find(same).or_else(|| free().find(cut))
    }
}

/// Numbers the listed patches that are certain: within a group of the shortlog titles stand in
/// patch order, across groups they do not; so once the numbers known from entries are taken out,
/// the rest is certain when it is of one writer.
fn number_patches(patches: &mut [Patch], total: Option<u32>) {
    let unnumbered = || patches.iter().filter(|patch| patch.number.is_none());
    let mut groups = unnumbered().filter_map(|patch| patch.listed().map(|(group, _)| group));
    let first = groups.next();
    if first.is_none() || groups.any(|group| Some(group) != first) {
        return;
    }
    let n_listed = patches
        .iter()
        .filter(|patch| patch.listed().is_some())
        .count();
    let several_groups = patches.iter().any(|patch| {
        patch
            .listed()
            .is_some_and(|(group, _)| Some(group) != first)
    });
    // A shortlog of one writer is a list in order even where it is not complete; what several
    // wrote can only be numbered when none is missing.
    if several_groups && total.is_some_and(|total| total as usize != n_listed) {
        return;
    }
    let mut taken: Vec<u32> = patches.iter().filter_map(|patch| patch.number).collect();
    taken.sort_unstable();
    let mut taken = taken.into_iter().peekable();
    let mut next = 1;
    for patch in patches.iter_mut().filter(|patch| patch.number.is_none()) {
        while let Some(number) = taken.next_if(|number| *number <= next) {
            next += u32::from(number == next);
        }
        patch.number = Some(next);
        next += 1;
    }
}
