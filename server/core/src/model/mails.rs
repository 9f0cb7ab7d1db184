//! The mails of a digest as they are found, and what they tell together while what was read of them is near
//! in memory.

use std::mem;

use super::Mail;
use super::ahead;
use super::beside::{Beside, is_cover};
use super::homes::{Listed, Posting, Postings};
use super::signers::Signers;
use super::told::{Told, Unseen};
use crate::syntax::Blocks;

/// Of fewer mails all is near.
const SMALL: usize = 64;

/// Mails that are gone through together: few enough that all is near, and so many that each piece of work is
/// done for a while.
const FEW: usize = 16;

/// Room for titles in shortlogs, for each mail. Few have more.
const MOST_TITLES: usize = 4;

/// The mails of entries, in order.
#[derive(Debug, Default)]
pub struct Mails {
    mails: Vec<Mail>,
    /// Whether no others stand before them, so that it can be told what stands beside them.
    is_first: bool,
    /// Which of them are one posting, as far as that was told.
    beside: Beside,
    /// The titles that cover letters list, as far as these were gone through.
    listed: Vec<Listed>,
    /// The end of the mails that were gone through for that.
    n_listed: usize,
    /// How many cover letters are among them.
    n_covers: u32,
    /// Who signed them off.
    signers: Signers,
    told: BesideCovers,
}

/// Mails, and what they tell together.
#[derive(Debug)]
pub(super) struct Posted {
    /// The mails of entries, in order.
    pub(super) mails: Vec<Mail>,
    /// Who signed them off.
    pub(super) signers: Signers,
    /// What the postings of cover letters told while they were near.
    pub(super) beside: BesideCovers,
    /// Which postings there are.
    pub(super) postings: Postings,
}

impl Mails {
    /// With room for the mails of a text from its start.
    pub(crate) fn with_room(n_mails: usize) -> Self {
        Self {
            is_first: true,
            ..Self::behind_others(n_mails)
        }
    }

    /// With room for mails that will stand behind others ([`Mails::append`]).
    pub(crate) fn behind_others(n_mails: usize) -> Self {
        Self {
            mails: Vec::with_capacity(n_mails),
            ..Self::default()
        }
    }

    /// Those of some blocks.
    pub(crate) fn of(blocks: &Blocks) -> Self {
        let mut mails = Self::with_room(blocks.sum().entries);
        for entry in blocks.iter().filter_map(|place| place.block.entry()) {
            mails.push(Mail::of(entry));
        }
        mails
    }

    /// Adds the mail of the next entry.
    pub(crate) fn push(&mut self, mail: Mail) {
        self.mails.push(mail);
        let n_mails = self.mails.len();
        if self.is_first && n_mails >= SMALL && n_mails >= self.beside.n_mails() + FEW {
            self.go_through(n_mails);
        }
    }

    /// Adds mails that stand behind these.
    pub(crate) fn append(&mut self, mut behind: Self) {
        self.mails.append(&mut behind.mails);
    }

    /// Goes through the mails up to an end.
    fn go_through(&mut self, end: usize) {
        for mail in &mut self.mails[self.beside.n_mails()..end] {
            mail.name_poster();
        }
        self.list(end);
        self.signers.add(&self.mails, end);
        self.beside.advance(&self.mails[..end]);
        self.told.tell(&self.beside, &mut self.mails);
    }

    /// Lists the titles of cover letters up to an end.
    fn list(&mut self, end: usize) {
        let mails = &self.mails[self.n_listed..end];
        self.n_listed = end;
        self.listed.reserve(mails.len() * MOST_TITLES);
        for cover in mails.iter().filter(|mail| mail.is_cover()) {
            Listed::add(&mut self.listed, cover, self.n_covers);
            self.n_covers += 1;
        }
    }

    /// What all these mails tell, as there are no more.
    pub(super) fn done(mut self) -> Posted {
        // Mails of another half are far away.
        let is_large = self.mails.len() >= SMALL;
        while is_large && self.beside.n_mails() + FEW < self.mails.len() {
            let end = self.beside.n_mails() + FEW;
            ahead::read(&self.mails[self.beside.n_mails()..end]);
            self.list(end);
            self.beside.advance(&self.mails[..end]);
        }
        self.beside.finish(&self.mails);
        if self.beside.has_homeless(&self.mails) {
            self.list(self.mails.len());
        }
        let postings = Postings::of(&self.mails, self.beside.homes, &self.listed);
        Posted {
            mails: self.mails,
            signers: self.signers,
            beside: self.told,
            postings,
        }
    }
}

/// What the postings of cover letters tell with the patches beside them, in the order of the cover letters.
#[derive(Debug, Default)]
pub(super) struct BesideCovers {
    told: Vec<Told>,
    /// Their patches that a shortlog lists and no entry shows.
    pub(super) unseen: Vec<Unseen>,
    /// The first mail that was not asked for whether it is a cover letter.
    end: usize,
    /// The first that was not taken, if they are taken in order.
    next: usize,
}

impl BesideCovers {
    /// Tells of the postings to which nothing beside their cover letters can be added.
    fn tell(&mut self, beside: &Beside, mails: &mut [Mail]) {
        let end = beside.n_placed();
        for cover in self.end..end {
            if !is_cover(mails, cover) {
                continue;
            }
            let (entries, n_entries) = beside.of(cover);
            let posting = Posting {
                cover: Some(cover),
                entries: &entries[..n_entries],
            };
            self.told.push(Told::by(posting, mails, &mut self.unseen));
        }
        self.end = self.end.max(end);
    }

    /// What was told of a posting, if no entries were added to it.
    pub(super) fn take(&mut self, posting: Posting<'_>) -> Option<Told> {
        let cover = posting.cover?;
        let is_it = |told: &Told| told.cover == Some(cover);
        let at = if self.told.get(self.next).is_some_and(is_it) {
            self.next
        } else {
            let found = self
                .told
                .binary_search_by_key(&Some(cover), |told| told.cover);
            found.ok()?
        };
        self.next = at + 1;
        let told = &mut self.told[at];
        // None is ever taken away from it.
        if told.n_entries != posting.entries.len() {
            return None;
        }
        let taken = mem::take(told);
        // It is still found where it stands.
        told.cover = Some(cover);
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Model, made};
    use super::*;
    use crate::Digest;

    #[test]
    fn what_is_told_as_mails_come_is_what_is_told_at_the_end() {
        let mut n_told = 0;
        for seed in 0..60 {
            let text = made::digest(30 + seed as usize * 3, seed);
            let digest = Digest::parse(text.as_str());
            let blocks = digest.blocks();
            let entries = || blocks.iter().filter_map(|place| place.block.entry());
            let mut late = Mails::behind_others(0);
            entries().for_each(|entry| late.push(Mail::of(entry)));
            assert!(late.told.told.is_empty());
            let mut early = Mails::with_room(0);
            entries().for_each(|entry| early.push(Mail::of(entry)));
            n_told += early.told.told.len();
            let model = |mails| Model::build(digest.text(), blocks, mails);
            let late = model(late);
            assert_eq!(model(early), late, "{seed}");
            assert_eq!(*digest.model(), late, "{seed}");
            let in_two = Digest::parse_in_two(text, |first, second| {
                second();
                first();
            });
            assert_eq!(*in_two.model(), late, "{seed}");
        }
        assert!(n_told > 500, "{n_told}");
    }

    #[test]
    fn to_a_posting_that_was_told_others_are_added() {
        // The patch has the title that the cover letter lists, but stands far from it.
        let entry = |tag: &str, title: &str, body: &str| {
            let rule = "-".repeat(70);
            format!(
                "New:  {title}\n[PATCH{tag}] {title}\nAuthor: Ann B <a@e.org>\n\n{body}\n{rule}\n\n"
            )
        };
        let listed = "Ann B (2):\n  kvm: first thing\n  kvm: second thing\n\n a.c | 1 +\n";
        let mut text = entry(" 0/2", "kvm: things", listed);
        text += &entry(" 1/2", "kvm: first thing", "");
        for number in 0..2 * SMALL {
            text += &entry("", &format!("x86: thing {number}"), "");
        }
        text += &entry(" 2/2", "kvm: second thing", "");
        let digest = Digest::parse(text);
        let model = digest.model();
        let last = model.entries.len() - 1;
        assert_eq!(model.series.len(), 1);
        assert_eq!(model.series[0].entries, [0, 1, last]);
        assert_eq!(model.entries[last].patch(), Some(1));
        let mut mails = Mails::of(digest.blocks());
        assert_eq!(mails.told.told.len(), 1);
        assert_eq!(mails.told.told[0].n_entries, 2);
        let posting = Posting {
            cover: Some(0),
            entries: &[0, 1, last],
        };
        assert!(mails.told.take(posting).is_none());
    }
}
