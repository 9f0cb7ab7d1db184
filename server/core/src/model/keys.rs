//! Keys by which names, addresses and titles are found: numbers, as a string for each would cost
//! more than what is found by it. Tested here.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::LazyLock;

use crate::eight;
use crate::narrow::MaybeIndex;

/// Chosen anew by every process, so that no text can be made in which all keys are one.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u64) | 1);

/// Multiplies two numbers and folds the product, so that every bit counts in every bit.
pub(crate) fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// A key of two keys.
pub(crate) fn both(a: u64, b: u64) -> u64 {
    folded(a ^ *SEED, b ^ 0x9e37_79b9_7f4a_7c15)
}

/// The key of a text.
pub(crate) fn exact(text: impl AsRef<[u8]>) -> u64 {
    key(text.as_ref(), |word| word)
}

/// The key of a text in which the case of ASCII letters does not matter.
pub(crate) fn caseless(text: impl AsRef<[u8]>) -> u64 {
    key(text.as_ref(), eight::lower)
}

fn key(text: &[u8], fold: impl Fn(u64) -> u64) -> u64 {
    let seed = *SEED;
    let mut key = seed ^ text.len() as u64;
    let mut add = |word| key = folded(key ^ fold(word), seed ^ 0x9e37_79b9_7f4a_7c15);
    let (words, rest) = text.as_chunks::<8>();
    for bytes in words {
        add(u64::from_le_bytes(*bytes));
    }
    if !rest.is_empty() {
        // The last eight bytes say as much as those of them that are new.
        let last = text.last_chunk();
        add(last.map_or_else(|| eight::padded(rest), |last| u64::from_le_bytes(*last)));
    }
    folded(key, seed ^ 0xd1b5_4a32_d192_ed03)
}

/// A map by such keys.
pub(crate) type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<AsIs>>;

/// Takes a key for its hash.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = both(self.0, u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Numbers by key, for no more keys than it was made for: where there are few, a [`KeyMap`] takes longer
/// to fill than to be asked.
#[derive(Debug)]
pub(crate) struct KeyTable {
    /// A key stands at the first free place from that on which its highest bits are.
    slots: Vec<(u64, MaybeIndex)>,
    shift: u32,
}

impl KeyTable {
    /// A table with room for some keys.
    pub(crate) fn with_room(n_keys: usize) -> Self {
        // Half of the places and more stay free, so that what is looked for is soon found.
        let n_slots = (n_keys * 2).next_power_of_two().max(2);
        Self {
            slots: vec![Default::default(); n_slots],
            shift: 64 - n_slots.trailing_zeros(),
        }
    }

    /// Where a key is, or would be.
    fn slot(&self, key: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = (key >> self.shift) as usize;
        while let (other, number) = self.slots[slot]
            && other != key
            && number.get().is_some()
        {
            slot = (slot + 1) & last;
        }
        slot
    }

    /// The number of a key.
    pub(crate) fn get(&self, key: u64) -> Option<usize> {
        self.slots[self.slot(key)].1.get()
    }

    /// The number of a key, which is `number` if it had none.
    pub(crate) fn get_or_insert(&mut self, key: u64, number: usize) -> usize {
        let slot = self.slot(key);
        let slot = &mut self.slots[slot];
        if slot.1.get().is_none() {
            *slot = (key, Some(number).into());
        }
        slot.1.get().unwrap_or(number)
    }
}

/// Things by key, several to a key, in one piece of memory.
#[derive(Debug)]
pub(crate) struct Index(Vec<(u64, u32)>);

impl Index {
    /// An index of keys with the numbers of what they belong to.
    pub(crate) fn new(keys: impl Iterator<Item = (u64, usize)>) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut rows: Vec<_> = keys.map(|(key, n)| (key, narrow(n))).collect();
        rows.sort_unstable();
        Self(rows)
    }

    /// The numbers of each key that has several, ascending.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = Found<'_>> {
        let same = self.0.chunk_by(|a, b| a.0 == b.0);
        same.filter(|same| same.len() > 1).map(Found)
    }

    /// Everything with a key, ascending.
    pub(crate) fn get(&self, key: u64) -> Found<'_> {
        let start = self.0.partition_point(|row| row.0 < key);
        let rest = self.0.get(start..).unwrap_or_default();
        let len = rest.partition_point(|row| row.0 == key);
        Found(rest.get(..len).unwrap_or_default())
    }
}

/// Keys that will be asked for, to leave others out of an index. It tells some others for them too.
pub(crate) struct Asked {
    bits: Vec<u64>,
    /// How far a hash is shifted to be the place of a bit.
    shift: u32,
}

impl Asked {
    /// The set of some keys.
    pub(crate) fn new(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        // Sixteen bits for each key leave out most others, and fit into the cache for long.
        let n_bits = (keys.len() * 16).next_power_of_two().max(64);
        let mut asked = Self {
            bits: vec![0; n_bits / 64],
            shift: 64 - n_bits.trailing_zeros(),
        };
        for key in keys {
            let place = asked.place(key);
            asked.bits[place / 64] |= 1 << (place % 64);
        }
        asked
    }

    /// Whether a key may be one of them.
    pub(crate) fn has(&self, key: u64) -> bool {
        let place = self.place(key);
        self.bits[place / 64] >> (place % 64) & 1 != 0
    }

    fn place(&self, key: u64) -> usize {
        (folded(key, 0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

/// What an [`Index`] has for a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a>(&'a [(u64, u32)]);

impl<'a> Found<'a> {
    /// The numbers, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().map(|row| row.1 as usize)
    }

    /// The largest of the numbers that is below `end`.
    pub(crate) fn last_before(self, end: usize) -> Option<usize> {
        let n_before = self.0.partition_point(|row| (row.1 as usize) < end);
        Some(self.0.get(n_before.checked_sub(1)?)?.1 as usize)
    }

    /// At most `most` of the numbers: those around the first for which `is_past` holds.
    pub(crate) fn around(self, most: usize, is_past: impl Fn(usize) -> bool) -> Self {
        let at = self.0.partition_point(|row| !is_past(row.1 as usize));
        let start = at.saturating_sub(most / 2);
        let end = (start + most).min(self.0.len());
        Self(self.0.get(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_text() {
        assert_eq!(
            caseless("Mark.Brown@Kernel.org"),
            caseless("mark.brown@kernel.ORG")
        );
        assert_ne!(caseless("a@b"), caseless("a@c"));
        assert_ne!(exact("a"), exact("A"));
        assert_ne!(exact("a"), exact("a\0"));
        assert_ne!(both(1, 2), both(2, 1));
    }

    #[test]
    fn a_table_has_the_first_number_of_each_key() {
        for n_keys in [0, 1, 2, 15, 16, 1000] {
            let mut table = KeyTable::with_room(n_keys);
            // Keys that are 0, that begin alike and that are of the last place.
            let key = |n: usize| [n as u64, u64::MAX - n as u64, caseless(n.to_string())][n % 3];
            for n in 0..n_keys {
                assert_eq!(table.get(key(n)), None);
                assert_eq!(table.get_or_insert(key(n), n), n);
                assert_eq!(table.get_or_insert(key(n), n + 1), n);
            }
            assert!((0..n_keys).all(|n| table.get(key(n)) == Some(n)));
            assert_eq!(table.get(key(n_keys)), None);
        }
    }

    #[test]
    fn an_index_has_all_of_a_key_in_order() {
        let index = Index::new([(7, 3), (9, 1), (7, 1), (7, 2)].into_iter());
        let all = |key| index.get(key).iter().collect::<Vec<_>>();
        assert_eq!(all(7), [1, 2, 3]);
        assert_eq!(all(9), [1]);
        assert!(all(8).is_empty());
        assert_eq!(index.get(7).last_before(3), Some(2));
        assert_eq!(index.get(7).last_before(1), None);
        let repeated = index
            .repeated()
            .map(|found| found.iter().collect::<Vec<_>>());
        assert_eq!(repeated.collect::<Vec<_>>(), [[1, 2, 3]]);
        let near = index.get(7).around(2, |n| n >= 3);
        assert_eq!(near.iter().collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn of_what_is_asked_for_nothing_is_left_out() {
        for n_keys in [0, 1, 4, 5, 1000] {
            let keys = (0..n_keys).map(|n: usize| n as u64 * 7);
            let asked = Asked::new((0..n_keys).map(|n| n as u64 * 7));
            assert!(keys.clone().all(|key| asked.has(key)), "{n_keys}");
            let n_others = keys.filter(|key| asked.has(key + 1)).count();
            assert!(n_others * 4 <= n_keys, "{n_others} of {n_keys}");
        }
    }
}
