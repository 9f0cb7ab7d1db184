//! Hashes by which postings that may be one work meet, without keeping or comparing their texts.
//!
//! Relies on nothing. Equal texts give equal keys on every machine; texts that differ in case and
//! white space alone do as well.

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
    /// Three letters of a word.
    Gram = 9,
}

const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A hash that grows by pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn new(sort: Sort) -> Self {
        Self(0xcbf2_9ce4_8422_2325 ^ sort as u64)
    }

    pub(super) fn byte(mut self, byte: u8) -> Self {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
        self
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0 = mixed(self.0 ^ number);
        self
    }

    pub(super) fn bytes(mut self, text: &str) -> Self {
        for byte in text.bytes() {
            self = self.byte(byte);
        }
        self
    }

    /// Adds a text without regard to case and white space.
    pub(super) fn letters(mut self, text: &str) -> Self {
        if text.is_ascii() {
            for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
                self = self.byte(byte.to_ascii_lowercase());
            }
            return self;
        }
        let letters = text.chars().filter(|letter| !letter.is_whitespace());
        for letter in letters.flat_map(char::to_lowercase) {
            let mut bytes = [0; 4];
            self = self.bytes(letter.encode_utf8(&mut bytes));
        }
        self
    }

    pub(super) fn finish(self) -> u64 {
        mixed(self.0)
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
