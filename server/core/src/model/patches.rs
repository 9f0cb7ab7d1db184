//! The patches of a posting: from its shortlog and its entries, numbered where that is certain.

use std::cell::OnceCell;

use super::Mail;
use super::facts::Group;
use super::keys::Index;
use super::postings::{Patch, Series};
use super::subject::Kind;
use super::titles::{is_cut_of, same_title, title_key};

/// Listed titles with one beginning that an entry is compared with. In a shortlog of so few, that may
/// be all of them.
const MOST: usize = 64;

/// The patches that a posting is known to have, in patch order as far as known.
pub(super) fn of(series: &Series, mails: &[Mail]) -> Vec<Patch> {
    let mut patches = listed(series, mails);
    let n_listed = patches.len();
    // Made when it is needed: most patches are found by their number.
    let by_title = OnceCell::new();
    let entries = series
        .entries
        .iter()
        .copied()
        .filter(|&entry| mails[entry].kind == Kind::Patch);
    // Whether all those with a number stand where it says. Nearly all do.
    let mut is_in_place = true;
    for entry in entries {
        let mail = &mails[entry];
        let known = Known {
            series,
            mails,
            patches: &patches,
            n_listed,
        };
        let slot = known.slot_of(mail, &by_title);
        let place = slot.unwrap_or(patches.len());
        is_in_place &= mail
            .number()
            .is_some_and(|number| number as usize == place + 1);
        match slot.and_then(|slot| patches.get_mut(slot)) {
            Some(patch) => *patch = patch.with_entry(entry, mail.number()),
            None => patches.push(Patch::default().with_entry(entry, mail.number())),
        }
    }
    if may_number(&patches, series.total, n_listed) {
        if is_in_place {
            number_in_place(&mut patches);
            return patches;
        }
        number_between(&mut patches);
    }
    // Those without a number stay in the order of the shortlog, at the end.
    let number = |patch: &Patch| patch.number.unwrap_or(u32::MAX);
    if !patches.is_sorted_by_key(number) {
        patches.sort_by_key(number);
    }
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
    /// Those of the shortlog, which come first.
    n_listed: usize,
}

impl Known<'_> {
    fn title(&self, slot: usize) -> &str {
        self.series.title_of(&self.patches[slot], self.mails)
    }

    fn index(&self) -> Index {
        let slots = 0..self.patches.len();
        Index::new(slots.map(|slot| (title_key(self.title(slot)), slot)))
    }

    /// The listed titles, by slot.
    fn titles(&self) -> impl Iterator<Item = (usize, &str)> {
        let shortlog = self.series.shortlog(self.mails);
        shortlog.iter().flat_map(Group::titles).enumerate()
    }

    fn is_free(&self, slot: usize) -> bool {
        let patch = self.patches.get(slot);
        patch.is_some_and(|patch| patch.entry().is_none())
    }

    /// The listed title that is an entry's patch: the one at its number if that fits, as titles may
    /// repeat; else the same title; else one of which the entry's is cut off.
    fn slot_of(&self, mail: &Mail, by_title: &OnceCell<Index>) -> Option<usize> {
        let number = mail
            .number()
            .and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        let at_number = number.filter(|slot| *slot < self.n_listed && self.is_free(*slot));
        if let Some(slot) = at_number {
            let (title, shown) = (self.title(slot), mail.title.as_str());
            if same_title(title, shown) || is_cut_of(shown, title) {
                return Some(slot);
            }
        }
        // To go through few titles is faster than to put them in order.
        if self.n_listed <= MOST {
            return self.slot_among_all(mail);
        }
        self.slot_by_beginning(mail, by_title.get_or_init(|| self.index()))
    }

    fn slot_among_all(&self, mail: &Mail) -> Option<usize> {
        let free = || self.titles().filter(|(slot, _)| self.is_free(*slot));
        let (shown, key) = (mail.title.as_str(), mail.beginning);
        let same = free().find(|(_, title)| same_title(title, shown) && title_key(title) == key);
        let found = same.or_else(|| free().find(|(_, title)| is_cut_of(shown, title)));
        found.map(|(slot, _)| slot)
    }

    fn slot_by_beginning(&self, mail: &Mail, by_title: &Index) -> Option<usize> {
        let candidates = by_title.get(mail.beginning);
        let free = || {
            let slots = candidates.iter().take(MOST);
            slots.filter(|slot| self.is_free(*slot))
        };
        let same = free().find(|slot| same_title(self.title(*slot), &mail.title));
        same.or_else(|| free().find(|slot| is_cut_of(&mail.title, self.title(*slot))))
    }
}

/// Whether the numbers of the listed patches are certain: within a group of the shortlog titles stand
/// in patch order, across groups they do not; so once the numbers known from entries are taken out,
/// the rest is certain when it is of one writer.
fn may_number(patches: &[Patch], total: Option<u32>, n_listed: usize) -> bool {
    if n_listed == 0 {
        return false;
    }
    // Groups are in order among the listed patches, which come first.
    let group_of = |patch: &Patch| patch.listed().map(|(group, _)| group);
    let (first, last) = (group_of(&patches[0]), group_of(&patches[n_listed - 1]));
    if first != last {
        let unnumbered = patches.iter().filter(|patch| patch.number.is_none());
        let mut groups = unnumbered.filter_map(group_of);
        let of_all = groups.next();
        if of_all.is_none() || groups.any(|group| Some(group) != of_all) {
            return false;
        }
        // A shortlog of one writer is a list in order even where it is not complete; what several
        // wrote can only be numbered when none is missing.
        if total.is_some_and(|total| total as usize != n_listed) {
            return false;
        }
    }
    true
}

/// Numbers all patches by where they stand, as those with a number stand where it says.
fn number_in_place(patches: &mut [Patch]) {
    for (slot, patch) in (1..).zip(patches) {
        patch.number = Some(slot);
    }
}

/// Gives those without a number the numbers that no other has, in order.
fn number_between(patches: &mut [Patch]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    #[test]
    fn patches_in_place_are_numbered_as_those_between_others() {
        let numbered = |number| {
            let mut patch = Patch::listed_at(0, 0);
            patch.number = number;
            patch
        };
        for known in 0..1 << 5 {
            let number = |slot: u32| (known >> slot & 1 == 1).then_some(slot + 1);
            let mut in_place: Vec<Patch> = (0..5).map(number).map(numbered).collect();
            let mut between = in_place.clone();
            number_in_place(&mut in_place);
            number_between(&mut between);
            assert_eq!(in_place, between, "{known:b}");
        }
        let mut patches = [None, Some(1)].map(numbered);
        number_between(&mut patches);
        assert_eq!(patches.map(|patch| patch.number), [Some(2), Some(1)]);
    }

    #[test]
    fn a_title_is_found_among_all_as_by_its_beginning() {
        let titles = [
            "kvm: one thing",
            "kvm: one",
            "KVM:  one thing",
            "kvm:one thing",
            "kvm: other things",
            "short",
            "shorter",
            "Größe: eins zwei",
            "kvm: one thing",
            "kvm: other thi",
        ];
        let shortlog: String = titles.iter().map(|title| format!("  {title}\n")).collect();
        let cover = format!(
            "New:  x\n[PATCH 0/10] x\nAuthor: Ann <a@e.org>\n\nAnn (10):\n{shortlog}\n a.c | 1 +\n"
        );
        let rule = "-".repeat(70);
        let asked = titles.iter().chain(&[
            "kvm: oth",
            "kvm: on",
            "kvm: o",
            "größe: eins",
            "Größe: eins",
            "Größe:",
            "none of these",
        ]);
        let mut text = cover;
        for title in asked {
            text += &format!(
                "\n{rule}\n\nNew:  {title}\n[PATCH] {title}\nAuthor: Ann <a@e.org>\n\nx\n"
            );
        }
        let digest = Digest::parse(&text);
        let mails = &digest.model().entries;
        assert_eq!(mails.len(), 18);
        let series = &digest.model().series[0];
        let mut patches = listed(series, mails);
        for taken in [None, Some(0), Some(8), Some(4)] {
            if let Some(taken) = taken {
                patches[taken] = patches[taken].with_entry(1, None);
            }
            let known = Known {
                series,
                mails,
                patches: &patches,
                n_listed: patches.len(),
            };
            let index = known.index();
            for mail in mails {
                let among_all = known.slot_among_all(mail);
                assert_eq!(
                    among_all,
                    known.slot_by_beginning(mail, &index),
                    "{}",
                    mail.title
                );
            }
        }
    }
}
