//! Sets of the three-letter parts of words, by which a search leaves out digests that cannot have
//! what is searched for.
//!
//! `paravirt` has `par`, `ara`, … `irt`; a set says "not here" or "perhaps".

use wide::{u8x16, u16x8};

use crate::eight;

/// Least and most bits of a set, as powers of two.
const LEAST_BITS: u32 = 6;
const MOST_BITS: u32 = 16;
/// Bits of which sets are made: those of most digests are small.
const SMALL_SET: usize = 1 << 13;
const LARGE_SET: usize = 1 << 14;
const LARGEST_SET: usize = 1 << MOST_BITS;

/// The set of some texts that stand one behind the other, each with a byte behind it that is of no word.
///
/// Every byte of every title is looked at, so all of it is done for sixteen at once, without a branch.
pub(super) fn set_of(texts: &[u8]) -> Box<[u64]> {
    // Of a known size, marks are found without a look at where they end.
    match n_bits(texts.len()) {
        n_bits @ ..=SMALL_SET => set_in(texts, n_bits, &mut [0; SMALL_SET]),
        n_bits @ ..=LARGE_SET => set_in(texts, n_bits, &mut [0; LARGE_SET]),
        n_bits => {
            let mut marks = vec![0; LARGEST_SET];
            let marks = marks.first_chunk_mut::<LARGEST_SET>();
            marks.map_or_else(Box::default, |marks| set_in(texts, n_bits, marks))
        }
    }
}

/// A set that needs at most `N` bits, with a byte for each of them that is not set.
fn set_in<const N: usize>(texts: &[u8], n_bits: usize, marks: &mut [u8; N]) -> Box<[u64]> {
    let mask = u16::try_from(n_bits - 1).unwrap_or(u16::MAX);
    let mut rest = texts;
    while let Some(bytes) = rest.first_chunk() {
        mark(bytes, mask, marks);
        rest = rest.get(AT_ONCE..).unwrap_or_default();
    }
    let mut last = [b' '; AT_ONCE + 2];
    if let Some(room) = last.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    mark(&last, mask, marks);
    let marks = marks.get(..n_bits).unwrap_or_default();
    marks.as_chunks::<64>().0.iter().map(bits).collect()
}

/// The bits for 64 marks: the lowest of the eight bytes are those of the first eight, and so on.
fn bits(marks: &[u8; 64]) -> u64 {
    let eights = marks.as_chunks::<8>().0.iter();
    eights
        .rev()
        .fold(0, |bits, marks| bits << 1 | u64::from_le_bytes(*marks))
}

/// Whether a set has the mark of a place.
fn has(set: &[u64], place: usize) -> bool {
    let bit = place % 8 * 8 + place / 8 % 8;
    set.get(place / 64).is_some_and(|word| word >> bit & 1 == 1)
}

/// Numbers that spread the three bytes of a part over sixteen bits: a product has no more.
/// Of many such numbers, with these the fewest parts that are no words (`zzz`, `123`) share a place with
/// parts of many titles, and hardly any part is at place 0.
const SPREAD: [u16; 3] = [21, 211, 239];
/// Makes capital letters of ASCII small; what it makes of other bytes is all the same here.
const SMALL: u64 = eight::all(SMALL_BIT);
const SMALL_BIT: u8 = 0x20;

/// How many parts are marked at once.
const AT_ONCE: usize = 16;

/// Marks the parts that begin at the first sixteen of some bytes.
#[inline]
fn mark<const N: usize>(bytes: &[u8; AT_ONCE + 2], mask: u16, marks: &mut [u8; N]) {
    let from = |start: usize| {
        let bytes = bytes.get(start..).and_then(<[u8]>::first_chunk);
        u8x16::new(bytes.copied().unwrap_or_default()) | u8x16::splat(SMALL_BIT)
    };
    let bytes = [from(0), from(1), from(2)];
    let [first, second, third] = bytes.map(are_letters);
    let is_part = first & second & third & u8x16::splat(1);
    // What is no part is marked at place 0.
    let halves = [
        (
            bytes.map(u16x8::from_u8x16_low),
            u16x8::from_u8x16_low(is_part),
        ),
        (
            bytes.map(u16x8::from_u8x16_high),
            u16x8::from_u8x16_high(is_part),
        ),
    ];
    for (bytes, is_part) in halves {
        let [first, second, third] = bytes;
        let [by_first, by_second, by_third] = SPREAD.map(u16x8::splat);
        let spread = (first * by_first) ^ (second * by_second) ^ (third * by_third);
        let places = spread & (is_part * u16x8::splat(mask));
        for place in places.to_array() {
            marks[usize::from(place) % N] = 1;
        }
    }
}

/// The bytes of words, as in [`letters`]: all bits are set of those that are.
fn are_letters(bytes: u8x16) -> u8x16 {
    let within = |first: u8, last: u8| {
        let nearest = bytes.max(u8x16::splat(first)).min(u8x16::splat(last));
        nearest.simd_eq(bytes)
    };
    within(b'0', b'9') | within(b'a', b'z') | within(0x80, 0xff)
}

/// Where a part is marked, before that is cut to the size of a set.
fn spread(gram: u64) -> u16 {
    let bytes = (gram | SMALL).to_le_bytes().into_iter();
    let spread = bytes
        .zip(SPREAD)
        .map(|(byte, by)| u16::from(byte).wrapping_mul(by));
    spread.fold(0, |all, one| all ^ one)
}

/// The size of a set for texts of so many bytes: about two bits for each part, those that come again
/// included, as two of three bytes begin one.
fn n_bits(n_bytes: usize) -> usize {
    let n_bits = n_bytes * 4 / 3;
    n_bits
        .next_power_of_two()
        .clamp(1 << LEAST_BITS, 1 << MOST_BITS)
}

/// Whether a set may hold a part; `false` is certain.
pub(super) fn may_hold(set: &[u64], gram: u64) -> bool {
    has(
        set,
        usize::from(spread(gram)) & (set.len() * 64).saturating_sub(1),
    )
}

/// Calls `found` with every part of the words in a text, three bytes as a number, without regard to
/// case.
pub(super) fn each(text: &str, mut found: impl FnMut(u64)) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let word = eight::first(rest).unwrap_or_else(|| eight::padded(rest));
        let word = eight::lower(word);
        let letters = letters(word);
        // Parts that begin at one of the first six bytes end in these eight.
        let mut starts = letters & letters >> 8 & letters >> 16;
        while starts != 0 {
            found(word >> (starts.trailing_zeros() & !7) & 0x00ff_ffff);
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
    let is_from = |byte: u8| ascii + eight::all(0x80 - byte);
    // One or three of these hold for what is in one of the two ranges, else none, two or four.
    let of_words = is_from(b'0') ^ is_from(b'9' + 1) ^ is_from(b'a') ^ is_from(b'z' + 1);
    (of_words | word) & tops
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(set: &[u64], text: &str) -> bool {
        let mut all = true;
        each(text, |gram| all &= may_hold(set, gram));
        all
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = set_of(b"KVM: paravirt, vcpu_is\n");
        assert_eq!(set.len() * 64, n_bits(23));
        assert!(holds(&set, "paravirt kvm") && holds(&set, "VCPU"));
        assert!(!holds(&set, "loongarch"));
        // Parts do not reach over the end of a word.
        let mut n_parts = 0;
        each("ab cd ef", |_| n_parts += 1);
        assert_eq!(n_parts, 0);
        assert!(!may_hold(&[], 1));
    }

    /// A text with capital letters, digits, signs and other letters, at all places of eight bytes.
    const TEXT: &str = "KVM: x86/mmu_notifier Größe 0123456789 aZ[@`{/: \u{e9}\u{e9}";

    fn tails() -> impl Iterator<Item = &'static str> {
        (0..=TEXT.len()).filter_map(|at| TEXT.get(at..))
    }

    /// The parts of a text, one byte after the other.
    fn parts(text: &str) -> Vec<u64> {
        let bytes = text.to_ascii_lowercase().into_bytes();
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        let parts = bytes.windows(3).filter(|part| part.iter().all(is_letter));
        parts.map(eight::padded).collect()
    }

    #[test]
    fn parts_are_the_three_letters_from_every_place_of_a_word() {
        for text in tails() {
            let mut found = Vec::new();
            each(text, |gram| found.push(gram));
            assert_eq!(found, parts(text), "{text}");
        }
    }

    #[test]
    fn a_set_has_the_parts_of_its_texts_and_no_other_marks() {
        for (text, before) in tails().zip(["", "KVM: x86/mmu", TEXT].into_iter().cycle()) {
            // However large.
            for n_more in [0, 200, 2000, 10_000, 100_000] {
                let more = "-".repeat(n_more);
                let texts = format!("{before}\n{text}\n{more}");
                let set = set_of(texts.as_bytes());
                let n_bits = n_bits(texts.len());
                assert_eq!(set.len() * 64, n_bits);
                let places = |text| {
                    let grams = parts(text).into_iter();
                    grams.map(|gram| usize::from(spread(gram)) % n_bits)
                };
                let mut expected: Vec<usize> = places(text).chain(places(before)).collect();
                expected.push(0);
                expected.sort_unstable();
                expected.dedup();
                let marked = |place: &usize| has(&set, *place);
                let found: Vec<usize> = (0..n_bits).filter(marked).collect();
                assert_eq!(found, expected, "{text}");
                assert!(holds(&set, text) && holds(&set, before), "{text}");
            }
        }
    }
}
