//! Sets of the three-letter parts of words, by which a search leaves out digests that cannot have
//! what is searched for.
//!
//! Relies on nothing. `paravirt` has `par`, `ara`, … `irt`; a set says "not here" or "perhaps".

use super::keys::{Key, Sort};

/// Least and most bits of a set, as powers of two.
const LEAST_BITS: u32 = 6;
const MOST_BITS: u32 = 20;

/// A set under construction.
#[derive(Debug, Default)]
pub(super) struct GramSet {
    hashes: Vec<u64>,
}

impl GramSet {
    pub(super) fn add(&mut self, text: &str) {
        each(text, |gram| self.hashes.push(gram));
    }

    /// About two bits for each part, those that come again included.
    pub(super) fn finish(self) -> Box<[u64]> {
        let n_bits = self.hashes.len() * 2;
        let bits = n_bits
            .next_power_of_two()
            .trailing_zeros()
            .clamp(LEAST_BITS, MOST_BITS);
        let mut set = vec![0_u64; 1 << (bits - LEAST_BITS)].into_boxed_slice();
        for hash in self.hashes {
            let (word, mask) = place(hash, set.len());
            if let Some(word) = set.get_mut(word) {
                *word |= mask;
            }
        }
        set
    }
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
    let mut last = [0_u8; 2];
    let mut n_letters = 0;
    for byte in text.bytes() {
        if !(byte.is_ascii_alphanumeric() || byte >= 0x80) {
            n_letters = 0;
            continue;
        }
        let byte = byte.to_ascii_lowercase();
        if n_letters >= 2 {
            let number = u64::from(last[0]) << 16 | u64::from(last[1]) << 8 | u64::from(byte);
            found(Key::new(Sort::Gram).number(number).finish());
        }
        last = [last[1], byte];
        n_letters += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = GramSet::default();
        set.add("KVM: paravirt, vcpu_is");
        let set = set.finish();
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
}
