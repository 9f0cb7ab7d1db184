//! Hashes by which postings that may be one work meet, without keeping or comparing their texts.
//!
//! Equal texts give equal keys on every machine; texts that differ in case and
//! white space alone do as well.

use crate::model::keys::folded;

/// What two postings have in common when they have a key in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A title and someone who posted or wrote it.
    Title = 1,
    /// The name that b4 gives to a change.
    Change = 2,
    /// An earlier posting that both link to.
    Message = 3,
    /// A patch and who wrote it.
    Patch = 4,
    /// Poster, version and number of patches: the parts of a posting that a range cut.
    Part = 5,
    /// The beginning of a title, and someone who posted or wrote it.
    Beginning = 6,
    /// A name or an address.
    Person = 7,
    /// The last part of a path.
    File = 8,
}

/// A hash that grows by pieces. The same pieces give the same hash, and other pieces of the same
/// text another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn new(sort: Sort) -> Self {
        Self(0xcbf2_9ce4_8422_2325 ^ sort as u64)
    }

    /// Adds up to eight bytes that were made a number.
    fn word(mut self, word: u64) -> Self {
        self.0 = folded(self.0 ^ word, 0x9e37_79b9_7f4a_7c15);
        self
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0 = mixed(self.0 ^ number);
        self
    }

    pub(super) fn bytes(mut self, text: &str) -> Self {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        for bytes in words {
            self = self.word(u64::from_le_bytes(*bytes));
        }
        self.rest(rest)
    }

    /// Adds up to seven bytes, which end a text.
    fn rest(self, bytes: &[u8]) -> Self {
        self.word((bytes.iter()).fold(1, |word, byte| word << 8 | u64::from(*byte)))
    }

    /// Adds a text without regard to case and white space.
    pub(super) fn letters(self, text: &str) -> Self {
        let mut letters = Letters {
            key: self,
            buffer: [0; 64],
            len: 0,
        };
        if text.is_ascii() {
            for bytes in text.as_bytes().chunks(Letters::MOST) {
                let mut len = letters.len;
                for byte in bytes {
                    let letter = LETTERS[usize::from(*byte)];
                    // A blank is put there as well, and overwritten.
                    if let Some(place) = letters.buffer.get_mut(len) {
                        *place = letter;
                    }
                    len += usize::from(letter != BLANK);
                }
                letters.len = len;
                letters.flush();
            }
        } else {
            let all = text.chars().filter(|letter| !letter.is_whitespace());
            for letter in all.flat_map(char::to_lowercase) {
                let end = letters.len + letter.len_utf8();
                letter.encode_utf8(&mut letters.buffer[letters.len..]);
                letters.len = end;
                letters.flush();
            }
        }
        let rest = letters.buffer.get(..letters.len);
        letters.key.rest(rest.unwrap_or_default())
    }

    pub(super) fn finish(self) -> u64 {
        mixed(self.0)
    }
}

/// Stands for white space in [`LETTERS`]: no byte of ASCII.
const BLANK: u8 = 0xff;

/// The bytes of ASCII in lower case, white space made [`BLANK`].
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        letters[byte] = if letter.is_ascii_whitespace() {
            BLANK
        } else {
            letter.to_ascii_lowercase()
        };
        byte += 1;
    }
    letters
};

/// Bytes on their way into a key, by eight.
struct Letters {
    key: Key,
    buffer: [u8; 64],
    len: usize,
}

impl Letters {
    /// Bytes for which there always is room.
    const MOST: usize = 56;

    /// Adds what is there, but for less than eight bytes.
    fn flush(&mut self) {
        let filled = self.buffer.get(..self.len).unwrap_or_default();
        let (words, rest) = filled.as_chunks::<8>();
        for bytes in words {
            self.key = self.key.word(u64::from_le_bytes(*bytes));
        }
        let n_added = words.len() * 8;
        self.len = rest.len();
        self.buffer.copy_within(n_added..n_added + self.len, 0);
    }
}

/// Spreads the bits of a number (the last step of `SplitMix64`).
pub(super) fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A set of at most 64 bits in which a hash has one: two such sets that do not meet prove that
/// what they were made of does not either.
pub(super) fn bit(hash: u64) -> u64 {
    1 << (hash >> 58)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_white_space_do_not_count() {
        let key = |text: &str| Key::new(Sort::Title).letters(text).finish();
        assert_eq!(key("KVM: x86: Fix  it"), key("kvm:\tx86: fix it "));
        assert_eq!(key("Größe"), key("grÖ ße"));
        assert_ne!(key("KVM: x86: Fix it"), key("KVM: x86: Fix its"));
        assert_ne!(
            Key::new(Sort::Patch).letters("a").finish(),
            Key::new(Sort::Title).letters("a").finish()
        );
    }
}
