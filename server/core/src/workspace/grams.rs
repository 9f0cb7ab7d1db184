//! Sets of the three-letter parts of words, by which a search leaves out digests that cannot have
//! what is searched for.
//!
//! Relies on nothing. `paravirt` has `par`, `ara`, … `irt`; a set says "not here" or "perhaps".

/// Least and most bits of a set, as powers of two.
const LEAST_BITS: u32 = 6;
const MOST_BITS: u32 = 20;

/// A set under construction.
#[derive(Debug, Default)]
pub(super) struct GramSet {
    parts: Vec<u32>,
}

impl GramSet {
    /// An empty set with room for as many parts.
    pub(super) fn with_capacity(n_parts: usize) -> Self {
        Self {
            parts: Vec::with_capacity(n_parts),
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.parts.reserve(text.len());
        each_part(text, |part| self.parts.push(part));
    }

    /// About two bits for each part, those that come again included.
    pub(super) fn finish(self) -> Box<[u64]> {
        let n_bits = self.parts.len() * 2;
        let bits = n_bits
            .next_power_of_two()
            .trailing_zeros()
            .clamp(LEAST_BITS, MOST_BITS);
        let mut set = vec![0_u64; 1 << (bits - LEAST_BITS)].into_boxed_slice();
        for part in self.parts {
            let (word, mask) = place(hash(part), set.len());
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
    each_part(text, |part| found(hash(part)));
}

/// The bytes of words, in lower case; 0 for what stands between words.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        if letter.is_ascii_alphanumeric() || letter >= 0x80 {
            letters[byte] = letter.to_ascii_lowercase();
        }
        byte += 1;
    }
    letters
};

/// Calls `found` with every part as a number of its three bytes.
fn each_part(text: &str, mut found: impl FnMut(u32)) {
    let mut part = 0_u32;
    let mut n_letters = 0_u32;
    for byte in text.bytes() {
        let letter = LETTERS[usize::from(byte)];
        part = (part << 8 | u32::from(letter)) & 0x00ff_ffff;
        n_letters = if letter == 0 { 0 } else { n_letters + 1 };
        if n_letters >= 3 {
            found(part);
        }
    }
}

/// One multiplication is enough to spread three bytes.
fn hash(part: u32) -> u64 {
    let product = u64::from(part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 47
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
