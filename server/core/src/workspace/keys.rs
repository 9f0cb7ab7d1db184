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
        self.letters_up_to::<false>(0, text)
    }

    /// As [`Key::letters`], but for the letters behind the first `most`.
    pub(super) fn first_letters(self, most: usize, text: &str) -> Self {
        self.letters_up_to::<true>(most, text)
    }

    #[inline]
    fn letters_up_to<const IS_LIMITED: bool>(self, most: usize, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut held = [0; HELD];
        let mut letters = Letters {
            key: self,
            held: &mut held,
            n_held: 0,
        };
        let (mut pos, mut n_wanted, mut all) = (0, most, 0);
        while pos < bytes.len() {
            let word = eight::at(bytes, pos);
            all |= word;
            // Up to the next gap; behind the end of the text there is one.
            let gaps = eight::below(word & eight::all(0x7f), b' ' + 1);
            let mut len = gaps.trailing_zeros() as usize / 8;
            pos += len + 1 - len / 8;
            if IS_LIMITED {
                len = len.min(n_wanted);
                n_wanted -= len;
            }
            letters.add(word, len);
            if IS_LIMITED && n_wanted == 0 {
                break;
            }
        }
        if eight::is_ascii(all) {
            return letters.finish();
        }
        // Other scripts have gaps and capital letters of their own.
        (letters.key, letters.n_held) = (self, 0);
        let all = text.chars().filter(|c| *c > ' ' && !c.is_whitespace());
        let most = if IS_LIMITED { most } else { usize::MAX };
        for letter in all.take(most).flat_map(char::to_lowercase) {
            let mut bytes = [0; 4];
            let bytes = letter.encode_utf8(&mut bytes).as_bytes();
            letters.add(eight::padded(bytes), bytes.len());
        }
        letters.finish()
    }

    pub(super) fn finish(self) -> u64 {
        mixed(self.0)
    }
}

/// Bytes of letters that are held before they become part of a key: most titles have less.
const HELD: usize = 128;

/// Letters on their way into a key. Those between two gaps are put behind one another eight bytes at a
/// time, of which the next ones overwrite what is too much: how long words are costs no branch.
struct Letters<'a> {
    key: Key,
    held: &'a mut [u8; HELD],
    n_held: usize,
}

impl Letters<'_> {
    /// Adds the first `len` of eight bytes.
    #[inline(always)]
    fn add(&mut self, word: u64, len: usize) {
        let rest = self.held.get_mut(self.n_held..);
        if let Some(place) = rest.and_then(<[u8]>::first_chunk_mut) {
            *place = word.to_le_bytes();
        }
        self.n_held += len;
        if self.n_held > HELD - 8 {
            let (key, rest) = taken(self.key, self.held, self.n_held);
            self.key = key;
            self.n_held %= 8;
            self.held[..8].copy_from_slice(&rest.to_le_bytes());
        }
    }

    /// The key with all of them: a mark above the last bytes says how many they are.
    #[inline(always)]
    fn finish(self) -> Key {
        let (key, rest) = taken(self.key, self.held, self.n_held);
        key.word(eight::lower(rest) | 1 << (8 * (self.n_held % 8)))
    }
}

/// A key with all whole eights of what is held, and the bytes behind them.
#[inline]
fn taken(mut key: Key, held: &[u8; HELD], n_held: usize) -> (Key, u64) {
    let words = held.as_chunks::<8>().0;
    let (words, rest) = words.split_at_checked(n_held / 8).unwrap_or_default();
    for bytes in words {
        key = key.word(eight::lower(u64::from_le_bytes(*bytes)));
    }
    let rest = rest.first().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    (key, rest & !(u64::MAX << (8 * (n_held % 8))))
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

    impl Key {
        /// Takes small letters without gaps as [`Key::letters`] does.
        fn letters_of(mut self, letters: &str) -> Self {
            let (words, rest) = letters.as_bytes().as_chunks::<8>();
            for bytes in words {
                self = self.word(u64::from_le_bytes(*bytes));
            }
            self.word(eight::padded(rest) | 1 << (8 * rest.len()))
        }
    }

    #[test]
    fn case_and_white_space_do_not_count() {
        let key = |text: &str| Key::new(Sort::Title).letters(text).finish();
        assert_eq!(key("KVM: x86: Fix  it"), key("kvm:\tx86: fix it "));
        assert_eq!(key("Größe"), key("grÖ ße"));
        assert_ne!(key("KVM: x86: Fix it"), key("KVM: x86: Fix its"));
        // As eight bytes after the other, however many.
        for text in [
            "",
            " ",
            "Größe",
            &"KVM: x86: Zap\t no [A@Z`]_\u{7f} ".repeat(20),
        ] {
            for start in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                let part = &text[start..];
                let all = part.chars().filter(|c| *c > ' ' && !c.is_whitespace());
                let all: String = all.flat_map(char::to_lowercase).collect();
                assert_eq!(key(part), Key::new(Sort::Title).letters_of(&all).finish());
                for most in [0, 1, 7, 8, 9, 24, 130] {
                    let first: String = all.chars().take(most).collect();
                    let found = Key::new(Sort::Title).first_letters(most, part);
                    assert_eq!(found.finish(), key(&first), "{part} {most}");
                }
            }
        }
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
