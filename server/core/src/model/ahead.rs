//! Reading ahead in memory. What a large digest tells is spread over tens of megabytes: who asks one
//! entry after the other waits for each, but reads that do not depend on each other overlap. Tested by
//! what is built with it, as it tells nothing.

use std::hint;

use super::Mail;
use super::facts::Facts;

/// Mails that are read together.
const MANY: usize = 16;

/// Of fewer mails all is near.
const FEW: usize = 256;

/// Reads the facts of the next mails when the first of them is asked for.
#[derive(Default)]
pub(super) struct Ahead {
    /// Up to where they were read.
    end: usize,
}

impl Ahead {
    /// Says that of all mails this one and those behind it are about to be asked for.
    pub(super) fn reach(&mut self, mails: &[Mail], entry: usize) {
        if entry < self.end || mails.len() < FEW {
            return;
        }
        self.end = entry + MANY;
        read(&mails[entry..self.end.min(mails.len())]);
    }
}

/// Reads the facts of some mails.
pub(super) fn read(mails: &[Mail]) {
    let mails = mails.iter();
    hint::black_box(mails.fold(0, |all, mail| all | touch(&mail.facts, &mail.title)));
}

/// Something of all that is compared: the facts, their text and the shortlog.
fn touch(facts: &Facts, title: &str) -> usize {
    let author = facts.author.as_ref().map_or(0, |author| author.email.len());
    let subject = facts.parts.as_ref().map_or(0, |parts| parts.title_start);
    let group = facts.shortlog.first();
    let group = group.map_or(0, |group| group.titles().len() | group.author().len());
    let title = title.as_bytes().last().copied().unwrap_or_default();
    author | subject | group | usize::from(title) | facts.signers.len()
}
