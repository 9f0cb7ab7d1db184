//! Sets of the three-letter parts of words, by which a search leaves out digests that cannot have
//! what is searched for.
//!
//! `paravirt` has `par`, `ara`, … `irt`; a set says "not here" or "perhaps".

use crate::eight;

/// Least and most bits of a set, as powers of two.
const LEAST_BITS: u32 = 6;
const MOST_BITS: u32 = 20;

/// A set under construction.
#[derive(Debug)]
pub(super) struct GramSet {
    set: Vec<u64>,
    /// Bytes of all texts, with one behind each.
    n_bytes: usize,
}

impl GramSet {
    /// An empty set for texts of so many bytes at most: of more it becomes crowded.
    pub(super) fn for_bytes(n_bytes: usize) -> Self {
        Self {
            set: vec![0; n_words(n_bytes)],
            n_bytes: 0,
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.n_bytes += text.len() + 1;
        each(text, |gram| {
            let (word, mask) = place(gram, self.set.len());
            if let Some(word) = self.set.get_mut(word) {
                *word |= mask;
            }
        });
    }

    /// As large as what was added needs: what stands in the second half of a set stands at the same place
    /// of the first half of one that is half as large.
    pub(super) fn finish(mut self) -> Box<[u64]> {
        let n_words = n_words(self.n_bytes);
        while self.set.len() > n_words {
            let half = self.set.split_off(self.set.len() / 2);
            let words = self.set.iter_mut().zip(half);
            words.for_each(|(word, other)| *word |= other);
        }
        self.set.into_boxed_slice()
    }
}

/// The size of a set for texts of so many bytes: about two bits for each part, those that come again
/// included, as two of three bytes begin one.
fn n_words(n_bytes: usize) -> usize {
    let n_bits = n_bytes * 4 / 3;
    let bits = n_bits
        .next_power_of_two()
        .trailing_zeros()
        .clamp(LEAST_BITS, MOST_BITS);
    1 << (bits - LEAST_BITS)
}

/// Whether a set may hold a part; `false` is certain.
pub(super) fn may_hold(set: &[u64], gram: u64) -> bool {
    let (word, mask) = place(gram, set.len());
    set.get(word).is_some_and(|word| word & mask != 0)
}

fn place(hash: u64, n_words: usize) -> (usize, u64) {
    let word = usize::try_from(hash >> 32).unwrap_or(0) & n_words.saturating_sub(1);
    (word, 1 << (hash & 63))
}

/// Calls `found` with the hash of every part of the words in a text, without regard to case.
pub(super) fn each(text: &str, mut found: impl FnMut(u64)) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let word = eight::first(rest).unwrap_or_else(|| eight::padded(rest));
        let word = eight::lower(word);
        let letters = letters(word);
        // Parts that begin at one of the first six bytes end in these eight.
        let mut starts = letters & letters >> 8 & letters >> 16;
        while starts != 0 {
            let part = word >> (starts.trailing_zeros() & !7) & 0x00ff_ffff;
            found(hash(part));
            starts &= starts - 1;
        }
        rest = rest.get(6..).unwrap_or_default();
    }
}

/// The bytes of words, in which capital letters were made small: letters and digits of ASCII, and all
/// that is no ASCII.
fn letters(word: u64) -> u64 {
    let tops = eight::all(0x80);
    let ascii = word & !tops;
    let of_words = eight::below(ascii, b'z' + 1) & !eight::below(ascii, b'a')
        | eight::below(ascii, b'9' + 1) & !eight::below(ascii, b'0');
    (of_words | word) & tops
}

/// One multiplication is enough to spread three bytes.
fn hash(part: u64) -> u64 {
    let product = part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 47
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = GramSet::for_bytes(4000);
        set.add("KVM: paravirt, vcpu_is");
        let set = set.finish();
        assert_eq!(set.len(), n_words(23));
        let holds = |text: &str| {
            let mut all = true;
            each(text, |gram| all &= may_hold(&set, gram));
            all
        };
        assert!(holds("paravirt kvm") && holds("VCPU"));
        assert!(!holds("loongarch"));
        // Parts do not reach over the end of a word.
        let mut n_parts = 0;
        each("ab cd ef", |_| n_parts += 1);
        assert_eq!(n_parts, 0);
        assert!(!may_hold(&[], 1));
    }

    #[test]
    fn parts_are_the_three_letters_from_every_place_of_a_word() {
        let text = "KVM: x86/mmu_notifier Größe 0123456789 aZ[@`{/: \u{e9}\u{e9}";
        for start in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let bytes = text[start..].to_ascii_lowercase().into_bytes();
            let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
            let parts = bytes.windows(3).filter(|part| part.iter().all(is_letter));
            let expected: Vec<u64> = parts.map(|part| hash(eight::padded(part))).collect();
            let mut found = Vec::new();
            each(&text[start..], |gram| found.push(gram));
            assert_eq!(found, expected, "{}", &text[start..]);
        }
    }
}
