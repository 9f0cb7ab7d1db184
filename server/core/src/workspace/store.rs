//! The two containers of the index. Their clones share what has not changed since, so that a
//! snapshot costs a pointer and an edit copies little.
//!
//! Tested by the property test of the index as a whole, `tests/tests/workspace.rs`.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// Elements of a chunk.
const CHUNK: usize = 256;

/// A vector in chunks.
#[derive(Debug, Clone)]
pub(super) struct Chunked<T> {
    chunks: Arc<Vec<Arc<Vec<T>>>>,
    len: usize,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self {
            chunks: Arc::default(),
            len: 0,
        }
    }
}

impl<T: Clone> Chunked<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, idx: usize) -> Option<&T> {
        self.chunks.get(idx / CHUNK)?.get(idx % CHUNK)
    }

    pub(super) fn push(&mut self, value: T) {
        let chunks = Arc::make_mut(&mut self.chunks);
        match chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(value),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                chunks.push(Arc::new(chunk));
            }
        }
        self.len += 1;
    }

    pub(super) fn get_mut(&mut self, idx: usize) -> Option<&mut T> {
        let chunk = Arc::make_mut(&mut self.chunks).get_mut(idx / CHUNK)?;
        Arc::make_mut(chunk).get_mut(idx % CHUNK)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

/// Number of parts of a [`Pairs`], as bits of a key.
const SHARD_BITS: u32 = 10;

/// Pairs of a key (a hash) and a number, found by key.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    shards: Arc<Vec<Arc<[Pair]>>>,
}

/// A key and a number, in twelve bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pair {
    high: u32,
    low: u32,
    pub(super) number: u32,
}

impl Pair {
    pub(super) fn new(key: u64, number: u32) -> Self {
        Self {
            high: (key >> 32) as u32,
            low: key as u32,
            number,
        }
    }

    pub(super) fn key(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        let number = || self.number.cmp(&other.number);
        self.key().cmp(&other.key()).then_with(number)
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Pairs {
    fn default() -> Self {
        let empty = Arc::default();
        Self {
            shards: Arc::new(vec![empty; 1 << SHARD_BITS]),
        }
    }
}

fn shard_of(key: u64) -> usize {
    usize::try_from(key >> (64 - SHARD_BITS)).unwrap_or(0)
}

impl Pairs {
    /// The pairs with a key, by number.
    pub(super) fn of(&self, key: u64) -> &[Pair] {
        let Some(shard) = self.shards.get(shard_of(key)) else {
            return &[];
        };
        let start = first_not_below(shard, key);
        let rest = shard.get(start..).unwrap_or(&[]);
        // Nearly all keys have one pair.
        let len = rest
            .iter()
            .take(8)
            .take_while(|pair| pair.key() == key)
            .count();
        let len = if len < 8 {
            len
        } else {
            rest.partition_point(|pair| pair.key() == key)
        };
        rest.get(..len).unwrap_or(&[])
    }

    /// Removes some pairs and adds others.
    pub(super) fn apply(&mut self, removed: &mut Vec<Pair>, added: &mut Vec<Pair>) {
        sort(removed);
        sort(added);
        added.dedup();
        let shards = Arc::make_mut(&mut self.shards);
        let (mut gone, mut new) = (&**removed, &**added);
        while let Some(first) = gone.first().into_iter().chain(new.first()).min() {
            let shard_idx = shard_of(first.key());
            let gone_here = head(&mut gone, shard_idx);
            let new_here = head(&mut new, shard_idx);
            if let Some(shard) = shards.get_mut(shard_idx)
                && gone_here != new_here
            {
                *shard = if shard.is_empty() {
                    new_here.into()
                } else {
                    merged(shard, gone_here, new_here).into()
                };
            }
        }
    }

    /// The pairs that have a key in common with others, key by key.
    pub(super) fn common(&self) -> impl Iterator<Item = &[Pair]> {
        let shards = self.shards.iter();
        let keys = shards.flat_map(|shard| shard.chunk_by(|a, b| a.key() == b.key()));
        keys.filter(|pairs| pairs.len() > 1)
    }

    /// Bytes in memory.
    pub(super) fn n_bytes(&self) -> usize {
        let shards = self.shards.iter();
        let shards: usize = shards.map(|shard| size_of_val(&**shard) + 40).sum();
        shards
    }

    /// All pairs, by key.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }
}

/// The index of the first pair of a shard whose key is not below `key`. Keys are hashes, so where it
/// stands can be guessed; whatever they are, it is found in a logarithm of the distance.
fn first_not_below(shard: &[Pair], key: u64) -> usize {
    let is_below = |idx: usize| shard.get(idx).is_some_and(|pair| pair.key() < key);
    let share = u128::from(key << SHARD_BITS) * shard.len() as u128;
    let guess = usize::try_from(share >> 64).unwrap_or(0);
    let mut step = 1;
    let (start, end) = if is_below(guess) {
        while is_below(guess + step) {
            step *= 2;
        }
        (guess + step / 2, (guess + step).min(shard.len()))
    } else {
        while guess >= step && !is_below(guess - step) {
            step *= 2;
        }
        ((guess + 1).saturating_sub(step), guess - step / 2)
    };
    let near = shard.get(start..end).unwrap_or(&[]);
    start + near.partition_point(|pair| pair.key() < key)
}

/// Number of pairs from which on they are sorted by parts that fit into the processor's cache.
const MANY: usize = 4096;
/// Bits of keys by which pairs are put into parts, and the most by which each part is sorted then.
const PART_BITS: u32 = 8;
const MOST_BITS: u32 = 11;

fn sort(pairs: &mut [Pair]) {
    if pairs.len() < MANY {
        pairs.sort_unstable();
        return;
    }
    let mut parted = vec![Pair::default(); pairs.len()];
    let mut places = vec![0; 1 << MOST_BITS];
    sort_by_bits(pairs, &mut parted, 0..PART_BITS, &mut places);
    // Keys are hashes: by so many bits most pairs stand where they belong.
    let n_bits = (pairs.len() >> PART_BITS).ilog2().min(MOST_BITS);
    let digit = |pair: &Pair| pair.key() >> (64 - PART_BITS - n_bits);
    let mut rest = pairs;
    for part in parted.chunk_by(|a, b| a.key() >> (64 - PART_BITS) == b.key() >> (64 - PART_BITS)) {
        let Some((sorted, behind)) = rest.split_at_mut_checked(part.len()) else {
            break;
        };
        sort_by_bits(part, sorted, PART_BITS..PART_BITS + n_bits, &mut places);
        for same in sorted.chunk_by_mut(|a, b| digit(a) == digit(b)) {
            if same.len() > 1 {
                same.sort_unstable();
            }
        }
        rest = behind;
    }
}

/// Puts pairs in the order of some bits of their keys, the highest being bit 0, else as they stood.
/// Needs as many `places` as these bits have values.
fn sort_by_bits(pairs: &[Pair], sorted: &mut [Pair], bits: Range<u32>, places: &mut [u32]) {
    let mask = (1 << bits.len()) - 1;
    let digit = |pair: &Pair| (pair.key() >> (64 - bits.end)) as usize & mask;
    let places = &mut places[..=mask];
    places.fill(0);
    for pair in pairs {
        places[digit(pair)] += 1;
    }
    let mut start = 0;
    for place in &mut *places {
        (start, *place) = (start + *place, start);
    }
    for pair in pairs {
        let place = &mut places[digit(pair)];
        sorted[*place as usize] = *pair;
        *place += 1;
    }
}

/// Takes the pairs of a shard off the start of a sorted list.
fn head<'a>(pairs: &mut &'a [Pair], shard_idx: usize) -> &'a [Pair] {
    let len = pairs.partition_point(|pair| shard_of(pair.key()) <= shard_idx);
    let (head, rest) = pairs.split_at_checked(len).unwrap_or((&[], &[]));
    *pairs = rest;
    head
}

/// A sorted list without `gone` and with `new`; both are sorted.
fn merged(list: &[Pair], gone: &[Pair], new: &[Pair]) -> Vec<Pair> {
    let mut merged = Vec::with_capacity(list.len() + new.len());
    let (mut gone, mut new) = (gone.iter().peekable(), new.iter().peekable());
    for pair in list {
        while gone.next_if(|gone| *gone < pair).is_some() {}
        while let Some(new) = new.next_if(|new| *new < pair) {
            merged.push(*new);
        }
        if gone.peek() == Some(&pair) {
            continue;
        }
        if new.peek() == Some(&pair) {
            new.next();
        }
        merged.push(*pair);
    }
    merged.extend(new);
    merged
}

/// Numbers below a limit, each in a set with itself or with others.
#[derive(Debug)]
pub(super) struct Works(Vec<u32>);

impl Works {
    /// As many sets as there are numbers.
    pub(super) fn new(n_rows: usize) -> Self {
        Self((0..).take(n_rows).collect())
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The least number in the set of one.
    pub(super) fn head(&mut self, number: u32) -> u32 {
        let mut number = number;
        while let Some(&above) = self.0.get(number as usize)
            && above != number
        {
            // Halves the way for the next time.
            let top = self.0.get(above as usize).copied().unwrap_or(above);
            self.0[number as usize] = top;
            number = top;
        }
        number
    }

    /// Makes the sets of two numbers one, where they are two and `fits` holds.
    pub(super) fn join(&mut self, a: u32, b: u32, fits: impl FnOnce() -> bool) {
        let (a, b) = (self.head(a), self.head(b));
        if a != b
            && fits()
            && let Some(above) = self.0.get_mut(a.max(b) as usize)
        {
            *above = a.min(b);
        }
    }
}

/// A set of numbers below a limit.
#[derive(Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for numbers below `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self(vec![0; limit.div_ceil(64)])
    }

    /// Adds a number; whether it is new. One that is not below the limit is not.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let Some(word) = self.0.get_mut(number as usize / 64) else {
            return false;
        };
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let word = self.0.get(number as usize / 64);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_by_key_after_changes() {
        let mut pairs = Pairs::default();
        let key = |n: u64| n << 60;
        let mut many: Vec<Pair> = (0..20).map(|n| Pair::new(key(3), n)).collect();
        many.push(Pair::new(key(1), 5));
        pairs.apply(&mut Vec::new(), &mut many);
        let before = pairs.clone();
        assert_eq!(pairs.of(key(3)).len(), 20);
        assert_eq!(pairs.of(key(1)), [Pair::new(key(1), 5)]);
        assert_eq!(pairs.of(key(2)), []);
        pairs.apply(
            &mut vec![Pair::new(key(3), 7), Pair::new(key(1), 5)],
            &mut vec![
                Pair::new(key(1), 6),
                Pair::new(key(3), 7),
                Pair::new(key(2), 1),
            ],
        );
        assert_eq!(pairs.of(key(3)).len(), 20);
        assert_eq!(pairs.of(key(1)), [Pair::new(key(1), 6)]);
        assert_eq!(pairs.of(key(2)), [Pair::new(key(2), 1)]);
        assert_eq!(before.of(key(1)), [Pair::new(key(1), 5)]);
        assert_eq!(pairs.iter().count(), 22);
    }

    #[test]
    fn pairs_are_found_however_their_keys_are_spread() {
        let mixed = crate::workspace::keys::mixed;
        let spread = (0..9000).map(|n| mixed(n / 3));
        let close = (0..9000).map(|n| u64::MAX - n % 500);
        let low = (0..9000).map(|n| n * n);
        let all: [Vec<u64>; 3] = [spread.collect(), close.collect(), low.collect()];
        for (round, keys) in all.into_iter().enumerate() {
            let mut pairs = Pairs::default();
            let mut numbered: Vec<Pair> =
                (0..).zip(keys).map(|(n, key)| Pair::new(key, n)).collect();
            let mut expected = numbered.clone();
            expected.sort_unstable();
            pairs.apply(&mut Vec::new(), &mut numbered);
            assert!(pairs.iter().eq(&expected), "{round}");
            for pair in expected.iter().step_by(61) {
                let key = pair.key();
                for near in [key.saturating_sub(1), key, key.saturating_add(1)] {
                    let found = expected.iter().filter(|pair| pair.key() == near);
                    assert!(pairs.of(near).iter().eq(found), "{round} {near}");
                }
            }
        }
    }

    #[test]
    fn sets_are_joined_where_it_fits() {
        let mut works = Works::new(6);
        works.join(5, 3, || true);
        works.join(4, 1, || true);
        works.join(5, 4, || true);
        works.join(0, 5, || false);
        works.join(1, 3, || unreachable!("they are in one set"));
        let heads: Vec<u32> = (0..works.len()).map(|number| works.head(number)).collect();
        assert_eq!(heads, [0, 1, 2, 1, 1, 1]);
        works.join(9, 0, || true);
        assert_eq!(works.head(0), 0);
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let mut bits = Bits::new(100);
        assert!(bits.insert(99) && !bits.insert(99) && bits.insert(64));
        assert!(bits.contains(99) && bits.contains(64) && !bits.contains(0));
        assert!(!bits.insert(1000) && !bits.contains(1000));
    }

    #[test]
    fn chunks_are_shared_until_written() {
        let mut list = Chunked::default();
        for n in 0..1000 {
            list.push(n);
        }
        let before = list.clone();
        if let Some(value) = list.get_mut(700) {
            *value = 1;
        }
        assert_eq!((list.get(700), before.get(700)), (Some(&1), Some(&700)));
        assert_eq!(
            (list.len(), list.iter().sum::<i32>()),
            (1000, 499_500 - 699)
        );
        assert_eq!(list.get(1000), None);
    }
}
