//! Who signed off first with an address: the name of somebody who posts with a login for a name.

use std::cell::OnceCell;
use std::ops::Range;

use super::Mail;
use super::keys::{self, KeyMap};
use crate::packed::Str;

/// The signers of mails, by their addresses' keys without case.
#[derive(Debug, Default)]
pub(super) struct Signers {
    /// In order, as long as their mails were near in memory.
    near: Vec<(u64, Place)>,
    /// The first mail of which the signers are not among them.
    end: usize,
    /// The first place of each address; made when it is needed, as most people have a name.
    first: OnceCell<KeyMap<Place>>,
}

/// A mail, and who signed it off: the index among these.
#[derive(Debug, Clone, Copy)]
struct Place {
    mail: usize,
    signer: usize,
}

impl Signers {
    /// Adds the signers of mails up to an end.
    pub(super) fn add(&mut self, mails: &[Mail], end: usize) {
        self.near.extend(all(mails, self.end..end));
        self.end = end;
    }

    /// The name with which somebody signs who has an address (its key without case).
    pub(super) fn name<'a>(&self, email: u64, mails: &'a [Mail]) -> Option<&'a Str> {
        let first = self.first.get_or_init(|| {
            let mut first = KeyMap::default();
            let near = self.near.iter().copied();
            for (email, place) in near.chain(all(mails, self.end..mails.len())) {
                first.entry(email).or_insert(place);
            }
            first
        });
        let place = first.get(&email)?;
        let signers = &mails.get(place.mail)?.facts.signers;
        Some(&signers.get(place.signer)?.name)
    }
}

/// The signers of some mails.
fn all(mails: &[Mail], some: Range<usize>) -> impl Iterator<Item = (u64, Place)> {
    some.flat_map(|mail| {
        let signers = mails[mail].facts.signers.iter().enumerate();
        signers.map(move |(signer, person)| {
            let email = keys::caseless(&person.email);
            (email, Place { mail, signer })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;
    use crate::Digest;

    #[test]
    fn the_first_who_signed_is_found_wherever_he_stands() {
        let signed = made::digest(20, 3).replace("Bob E <bob@", "Bob F <BOB@");
        let digest = Digest::parse(made::digest(20, 3) + &signed);
        let mails = &digest.model().entries;
        let first = |start: usize| {
            let mut mails = mails.iter().skip(start);
            mails.find(|mail| !mail.facts.signers.is_empty())
        };
        assert!(first(10).is_some());
        for end in [0, 1, 10, 20, 30, mails.len()] {
            let mut signers = Signers::default();
            signers.add(mails, end / 2);
            signers.add(mails, end);
            let name = signers.name(keys::caseless("bob@e.org"), mails);
            assert_eq!(name.map(Str::as_str), Some("Bob E"), "{end}");
            assert_eq!(signers.name(keys::caseless("x@e.org"), mails), None);
        }
    }
}
