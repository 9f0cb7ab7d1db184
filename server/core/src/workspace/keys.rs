//! Hashes by which postings that may be one work meet, without keeping or comparing their texts.
//!
//! Equal texts give equal keys on every machine; texts that differ in case and
//! white space alone do as well.

use crate::eight;
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
        // The last bytes below a mark that says how many they are, the first of them highest.
        let n_bits = 8 * rest.len() as u32;
        let last = eight::rest(text.as_bytes()).swap_bytes();
        self.word(last.checked_shr(64 - n_bits).unwrap_or(0) | 1 << n_bits)
    }

    /// Adds a text without regard to case, white space and control characters.
    pub(super) fn letters(self, text: &str) -> Self {
        let mut letters = Letters {
            key: self,
            word: 0,
            n_bits: 0,
        };
        if text.is_ascii() {
            let (words, rest) = text.as_bytes().as_chunks::<8>();
            for bytes in words {
                letters.add_ascii(u64::from_le_bytes(*bytes), 64);
            }
            if !rest.is_empty() {
                letters.add_ascii(eight::rest(text.as_bytes()), 8 * rest.len() as u32);
            }
        } else {
            let all = text.chars().filter(|c| *c > ' ' && !c.is_whitespace());
            for letter in all.flat_map(char::to_lowercase) {
                let mut bytes = [0; 4];
                let bytes = letter.encode_utf8(&mut bytes).as_bytes();
                letters.add(eight::padded(bytes), 8 * bytes.len() as u32);
            }
        }
        letters.finish()
    }

    pub(super) fn finish(self) -> u64 {
        mixed(self.0)
    }
}

/// Letters on their way into a key, by eight bytes.
struct Letters {
    key: Key,
    /// Bytes that are not in the key, the first of them lowest.
    word: u64,
    /// How many bits they are: less than 64.
    n_bits: u32,
}

impl Letters {
    /// Adds one to eight bytes; what is above them in `word` is 0.
    fn add(&mut self, word: u64, n_bits: u32) {
        let filled = self.word | word << self.n_bits;
        let n_filled = self.n_bits + n_bits;
        if n_filled < 64 {
            (self.word, self.n_bits) = (filled, n_filled);
            return;
        }
        self.key = self.key.word(filled);
        // Nothing is left of eight bytes that were added to none: by 64 cannot be shifted at once.
        self.word = word >> 8 >> (56 - self.n_bits);
        self.n_bits = n_filled - 64;
    }

    /// Adds one to eight bytes of ASCII but for blanks and controls.
    #[inline]
    fn add_ascii(&mut self, word: u64, mut n_bits: u32) {
        let mut gaps = eight::below(word, b' ' + 1) & u64::MAX >> (64 - n_bits);
        let mut word = eight::lower(word);
        while gaps != 0 {
            // What is above the gap takes its place.
            let gap = gaps & gaps.wrapping_neg();
            let below = (gap >> 7) - 1;
            word = word & below | word >> 8 & !below;
            gaps = (gaps ^ gap) >> 8;
            n_bits -= 8;
        }
        if n_bits > 0 {
            self.add(word, n_bits);
        }
    }

    /// The key with all of them: a mark above the last bytes says how many they are.
    fn finish(self) -> Key {
        self.key.word(self.word | 1 << self.n_bits)
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
    fn texts_are_taken_by_eight_bytes_and_the_rest() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        for len in 0..text.len() {
            let (words, rest) = text.as_bytes()[..len].as_chunks::<8>();
            let mut expected = Key::new(Sort::File);
            for bytes in words {
                expected = expected.word(u64::from_le_bytes(*bytes));
            }
            let rest = rest
                .iter()
                .fold(1, |word, byte| word << 8 | u64::from(*byte));
            let expected = expected.word(rest).finish();
            assert_eq!(Key::new(Sort::File).bytes(&text[..len]).finish(), expected);
        }
    }

    #[test]
    fn case_and_white_space_do_not_count() {
        let key = |text: &str| Key::new(Sort::Title).letters(text).finish();
        assert_eq!(key("KVM: x86: Fix  it"), key("kvm:\tx86: fix it "));
        assert_eq!(key("Größe"), key("grÖ ße"));
        assert_ne!(key("KVM: x86: Fix it"), key("KVM: x86: Fix its"));
        // Wherever the blanks are, and however many letters.
        let text = "abcdefgh ijklmnopqrstuvwx yz0123456789";
        for start in 0..text.len() {
            for end in start..=text.len() {
                let part = &text[start..end];
                let bare = part.replace(' ', "");
                assert_eq!(key(part), key(&bare), "{part}");
                assert_eq!(key(part), key(&format!(" {part}\n\u{a0}")), "{part}");
                for shorter in 0..bare.len() {
                    assert_ne!(key(part), key(&bare[..shorter]), "{part}");
                }
            }
        }
        assert_ne!(
            Key::new(Sort::Patch).letters("a").finish(),
            Key::new(Sort::Title).letters("a").finish()
        );
    }
}
