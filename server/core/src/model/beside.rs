//! Patches that stand beside a cover letter and agree with it in everything. No match is surer, so these are
//! placed before all others, and they are most.
//!
//! Those right beside a cover letter come before those that are two or three entries away. It is as if all
//! entries were gone through once for each, but both are done a few entries behind the last mail that was
//! found, while what is compared is near in memory.

use std::ops::Range;

use super::Mail;
use super::facts::Group;
use super::homes::Role;
use super::people;
use super::subject::Version;
use super::titles::same_title;
use crate::narrow::MaybeIndex;

/// How far a cover letter and a patch may stand apart and still be neighbours.
pub(super) const NEAR: usize = 3;

/// How far around an entry others may be placed that matter when it is placed.
const REACH: usize = 2 * NEAR;

/// Which posting each entry is of, as far as that can be told from what stands beside it: the entry of its
/// cover letter, and for a cover letter its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    pub(super) homes: Vec<MaybeIndex>,
    /// The first entry that was not compared with those right beside it.
    next: usize,
    /// The first that was not compared with those farther away.
    next_farther: usize,
}

impl Beside {
    /// How many mails were gone through.
    pub(super) fn n_mails(&self) -> usize {
        self.homes.len()
    }

    /// Takes the mails in that are new, and places those that are placed as they are whatever follows.
    pub(super) fn advance(&mut self, mails: &[Mail]) {
        // Every cover letter opens a posting.
        let new = mails.iter().enumerate().skip(self.homes.len());
        let homes = new.map(|(entry, mail)| MaybeIndex::from(mail.is_cover().then_some(entry)));
        self.homes.extend(homes);
        while self.next + 1 < mails.len() {
            self.place_next(mails);
        }
        while self.next_farther + REACH < self.next {
            self.place_next_farther(mails);
        }
    }

    /// Does so with the last, which no mail follows, and places the others.
    pub(super) fn finish(&mut self, mails: &[Mail]) {
        self.advance(mails);
        while self.next < mails.len() {
            self.place_next(mails);
        }
        while self.next_farther < mails.len() {
            self.place_next_farther(mails);
        }
    }

    /// The end of the cover letters to which nothing beside them can be added.
    pub(super) fn n_placed(&self) -> usize {
        self.next_farther.saturating_sub(NEAR)
    }

    /// Whether patches are left over.
    pub(super) fn has_homeless(&self, mails: &[Mail]) -> bool {
        let mut mails = mails.iter().zip(&self.homes);
        mails.any(|(mail, home)| mail.role == Role::Patch && home.get().is_none())
    }

    /// The entries of a cover letter's posting, and how many they are.
    pub(super) fn of(&self, cover: usize) -> ([usize; 2 * NEAR + 1], usize) {
        let mut entries = [0; 2 * NEAR + 1];
        let mut n_entries = 0;
        for entry in around(cover, self.homes.len()) {
            if self.homes[entry].get() == Some(cover) {
                entries[n_entries] = entry;
                n_entries += 1;
            }
        }
        (entries, n_entries)
    }

    fn place_next(&mut self, mails: &[Mail]) {
        self.place(mails, self.next, &[-1, 1]);
        self.next += 1;
    }

    fn place_next_farther(&mut self, mails: &[Mail]) {
        self.place(mails, self.next_farther, &[-3, -2, 2, 3]);
        self.next_farther += 1;
    }

    /// Places a patch that stands so far from a cover letter that it agrees with.
    fn place(&mut self, mails: &[Mail], entry: usize, distances: &[isize]) {
        let patch = &mails[entry];
        if patch.role != Role::Patch || self.homes[entry].get().is_some() {
            return;
        }
        let beside = distances.iter().map(|by| entry.wrapping_add_signed(*by));
        let mut covers = beside.filter(|&beside| is_cover(mails, beside));
        let found = covers.find(|&cover| {
            agree(&mails[cover], patch)
                && !has_number_beside(&self.homes, mails, cover, patch.number())
        });
        if found.is_some() {
            self.homes[entry] = found.into();
        }
    }
}

pub(super) fn is_cover(mails: &[Mail], entry: usize) -> bool {
    mails.get(entry).is_some_and(Mail::is_cover)
}

/// Of so many entries those that are neighbours of one, and itself.
fn around(entry: usize, n_entries: usize) -> Range<usize> {
    entry.saturating_sub(NEAR)..n_entries.min(entry + NEAR + 1)
}

/// Whether an entry beside a cover letter is its patch of that number.
pub(super) fn has_number_beside(
    homes: &[MaybeIndex],
    mails: &[Mail],
    cover: usize,
    number: Option<u32>,
) -> bool {
    around(cover, homes.len())
        .any(|entry| homes[entry].get() == Some(cover) && mails[entry].number() == number)
}

/// Whether a patch and a cover letter have version, total and poster in common, and the shortlog has the
/// title of the patch.
fn agree(cover: &Mail, patch: &Mail) -> bool {
    cover.total() == patch.total()
        && same_version(cover.version(), patch.version())
        && have_same_poster(cover, patch)
        && lists(&cover.facts.shortlog, patch)
}

/// Whether two tags name the same version; none is the first.
pub(super) fn same_version(a: Option<&Version>, b: Option<&Version>) -> bool {
    a.copied().unwrap_or(Version::FIRST) == b.copied().unwrap_or(Version::FIRST)
}

/// Whether two mails have one poster, as [`super::homes::same_person`] tells.
pub(super) fn have_same_poster(a: &Mail, b: &Mail) -> bool {
    let Some((poster, other)) = a.poster.zip(b.poster) else {
        return false;
    };
    if poster.email == other.email {
        return true;
    }
    // In a large digest names are far away in memory.
    if let Some((name, other)) = poster.name.zip(other.name) {
        return name == other;
    }
    let posters = a.facts.author.as_ref().zip(b.facts.author.as_ref());
    posters.is_some_and(|(poster, other)| people::same_name(&poster.name, &other.name))
}

/// Whether a shortlog has the title of a patch. Where one wrote all of a series it stands at the number
/// of the patch.
fn lists(shortlog: &[Group], patch: &Mail) -> bool {
    let number = patch.number().and_then(|number| number.checked_sub(1));
    let at_number = shortlog
        .first()
        .and_then(|group| group.title(number? as usize));
    let shown = patch.title.as_str();
    at_number.is_some_and(|title| same_title(title, shown))
        || shortlog
            .iter()
            .any(|group| group.titles().any(|title| same_title(title, shown)))
}

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;
    use crate::Digest;

    #[test]
    fn what_is_placed_as_mails_come_is_placed_as_by_going_through_all_twice() {
        let mut n_placed = 0;
        for seed in 0..200 {
            let digest = Digest::parse(made::digest(40, seed));
            let mails = &digest.model().entries;
            let homes = mails.iter().enumerate();
            let homes = homes.map(|(entry, mail)| mail.is_cover().then_some(entry).into());
            let mut twice = Beside {
                homes: homes.collect(),
                ..Beside::default()
            };
            (0..mails.len()).for_each(|_| twice.place_next(mails));
            let n_next = twice.homes.clone();
            (0..mails.len()).for_each(|_| twice.place_next_farther(mails));
            n_placed += usize::from(n_next != twice.homes);
            for step in [1, 2, 7, 16] {
                let mut beside = Beside::default();
                for end in (0..mails.len()).step_by(step) {
                    let before = beside.homes.clone();
                    let n_placed = beside.n_placed();
                    beside.advance(&mails[..end]);
                    assert_eq!(before[..n_placed], beside.homes[..n_placed]);
                }
                beside.finish(mails);
                assert_eq!(beside.homes, twice.homes, "{seed} {step}");
            }
        }
        assert!(n_placed > 20, "{n_placed}");
    }

    #[test]
    fn posters_are_the_same_by_address_or_name_whether_names_are_kept_or_not() {
        let digest = Digest::parse(made::digest(40, 1));
        let mails = &digest.model().entries;
        let named = mails.iter().cloned().map(|mut mail| {
            mail.name_poster();
            mail
        });
        let named: Vec<Mail> = named.collect();
        let mut n_same = 0;
        for (a, a_named) in mails.iter().zip(&named) {
            for (b, b_named) in mails.iter().zip(&named) {
                let authors = a.facts.author.as_ref().zip(b.facts.author.as_ref());
                let same = authors.is_some_and(|(a, b)| super::super::homes::same_person(a, b));
                assert_eq!(have_same_poster(a, b), same);
                assert_eq!(have_same_poster(a_named, b_named), same);
                n_same += usize::from(same);
            }
        }
        assert!((100..1500).contains(&n_same), "{n_same}");
    }
}
