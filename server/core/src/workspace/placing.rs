//! What tells the place of a digest in the order of all, in a few bytes that stand with it: thousands are
//! ordered anew when one changes its header, and what digests add is far away in memory then.

use super::Contribution;
use super::evidence::MIN_COMMIT;
use super::message_id::Day;

/// A commit id, perhaps shortened.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    /// Its first letters, in lower case, the first in the highest byte.
    letters: u128,
    /// How many it has.
    len: usize,
    /// Those behind; digests shorten ids to fewer letters.
    rest: Option<Box<str>>,
}

impl Commit {
    /// Letters that one number has room for.
    const ROOM: usize = 16;

    pub(super) fn of(id: &str) -> Self {
        let mut letters = [0; Self::ROOM];
        let first = id.as_bytes().iter().take(Self::ROOM);
        letters
            .iter_mut()
            .zip(first)
            .for_each(|(letter, byte)| *letter = byte.to_ascii_lowercase());
        Self {
            letters: u128::from_be_bytes(letters),
            len: id.len(),
            rest: (id.len() > Self::ROOM).then(|| id.to_ascii_lowercase().into()),
        }
    }

    /// The beginning, by which its spellings meet.
    pub(super) const fn start(&self) -> u64 {
        (self.letters >> (8 * (Self::ROOM - MIN_COMMIT))) as u64
    }

    /// Whether both are of one commit, as [`super::evidence::same_commit`] tells.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let len = self.len.min(other.len);
        let n_unlike = 8 * Self::ROOM.saturating_sub(len);
        if len < MIN_COMMIT || (self.letters ^ other.letters) >> n_unlike != 0 {
            return false;
        }
        match (&self.rest, &other.rest) {
            (Some(a), Some(b)) => a.as_bytes()[..len] == b.as_bytes()[..len],
            _ => true,
        }
    }
}

/// The place of a digest, as far as it tells.
#[derive(Debug, Clone)]
pub(super) struct Placing {
    /// The commits of its header.
    pub(super) range: Option<(Commit, Commit)>,
    /// The newest day in any Message-ID that it cites.
    pub(super) day: Option<Day>,
    /// Whether it names its list.
    pub(super) has_list: bool,
}

impl Placing {
    pub(super) fn of(digest: &Contribution) -> Self {
        Self {
            range: (digest.range()).map(|(from, to)| (Commit::of(from), Commit::of(to))),
            day: digest.newest_day(),
            has_list: digest.list().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::same_commit;
    use super::*;

    #[test]
    fn commits_are_the_same_as_their_ids_are() {
        let long = "29A5df84d1234567890abcdef1234567890abcde";
        let other = long.replace("abcde", "abcdf");
        let ids = [
            "",
            "29a5df",
            "29a5df8",
            "29a5df9",
            "29A5DF84D",
            "29a5df84d1234567",
            "29a5df84d1234568",
            "29a5df84d12345678",
            "29a5df84d12345679",
            "2\u{e9}a5df84d",
            long,
            &other,
        ];
        for a in ids {
            for b in ids {
                let (first, second) = (Commit::of(a), Commit::of(b));
                assert_eq!(first.is_same(&second), same_commit(a, b), "{a} {b}");
                if same_commit(a, b) {
                    assert_eq!(first.start(), second.start(), "{a} {b}");
                }
            }
        }
        assert_ne!(Commit::of(ids[2]).start(), Commit::of(ids[3]).start());
    }
}
