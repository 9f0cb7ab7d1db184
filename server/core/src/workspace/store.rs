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

    /// All elements, to be written: that takes a look at each chunk, not at each element.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let chunks = Arc::make_mut(&mut self.chunks).iter_mut();
        chunks.flat_map(|chunk| Arc::make_mut(chunk).iter_mut())
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

    /// Removes some pairs and adds others, which are put into another order.
    pub(super) fn apply(&mut self, removed: &mut [Pair], added: &mut [Pair]) {
        let mut sorter = Sorter::default();
        sorter.by_shard(removed);
        sorter.by_shard(added);
        let shards = Arc::make_mut(&mut self.shards);
        let (mut gone, mut new) = (removed, added);
        loop {
            let firsts = [gone.first(), new.first()].into_iter().flatten();
            let Some(shard_idx) = firsts.map(|pair| shard_of(pair.key())).min() else {
                break;
            };
            // What is done with a shard is done while it is in the processor's cache.
            let gone_here = head(&mut gone, shard_idx);
            sorter.within_shard(gone_here);
            let new_here = head(&mut new, shard_idx);
            sorter.within_shard(new_here);
            let new_here = once_each(new_here);
            if let Some(shard) = shards.get_mut(shard_idx)
                && gone_here != new_here
            {
                *shard = if shard.is_empty() {
                    (&*new_here).into()
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

/// Numbers of pairs from which on they, or those of a shard, are not sorted by comparing them alone.
const MANY: usize = 4096;
const MANY_OF_SHARD: usize = 64;
/// The most bits of keys by which a shard is sorted.
const MOST_BITS: u32 = 11;

/// Sorts pairs, and keeps the room that it takes.
#[derive(Default)]
struct Sorter {
    pairs: Vec<Pair>,
    places: Vec<u32>,
}

impl Sorter {
    /// Puts pairs in the order of their shards.
    fn by_shard(&mut self, pairs: &mut [Pair]) {
        if pairs.len() < MANY {
            pairs.sort_unstable();
        } else {
            self.by_bits(pairs, 0..SHARD_BITS);
        }
    }

    /// Sorts the pairs of one shard.
    fn within_shard(&mut self, pairs: &mut [Pair]) {
        if pairs.len() < MANY_OF_SHARD {
            pairs.sort_unstable();
            return;
        }
        // Keys are hashes: by so many bits most pairs stand where they belong.
        let n_bits = pairs.len().ilog2().min(MOST_BITS);
        self.by_bits(pairs, SHARD_BITS..SHARD_BITS + n_bits);
        let start = |pair: &Pair| pair.key() >> (64 - SHARD_BITS - n_bits);
        for same in pairs.chunk_by_mut(|a, b| start(a) == start(b)) {
            if same.len() > 1 {
                same.sort_unstable();
            }
        }
    }

    /// Puts pairs in the order of some bits of their keys, the highest being bit 0, else as they stood.
    fn by_bits(&mut self, pairs: &mut [Pair], bits: Range<u32>) {
        let mask = (1 << bits.len()) - 1;
        let value = |pair: &Pair| (pair.key() >> (64 - bits.end)) as usize & mask;
        self.places.clear();
        self.places.resize(mask + 1, 0);
        for pair in &*pairs {
            self.places[value(pair)] += 1;
        }
        let mut start = 0;
        for place in &mut self.places {
            (start, *place) = (start + *place, start);
        }
        self.pairs.clear();
        self.pairs.extend_from_slice(pairs);
        for pair in &self.pairs {
            let place = &mut self.places[value(pair)];
            pairs[*place as usize] = *pair;
            *place += 1;
        }
    }
}

/// Takes the pairs of a shard off the start of a list in the order of shards.
fn head<'a>(pairs: &mut &'a mut [Pair], shard_idx: usize) -> &'a mut [Pair] {
    let of_shard = |pair: &&Pair| shard_of(pair.key()) == shard_idx;
    let len = pairs.iter().take_while(of_shard).count();
    let (head, rest) = std::mem::take(pairs)
        .split_at_mut_checked(len)
        .unwrap_or_default();
    *pairs = rest;
    head
}

/// The pairs of a sorted list without those that come again.
fn once_each(pairs: &mut [Pair]) -> &mut [Pair] {
    let mut n_kept = 0;
    for idx in 0..pairs.len() {
        let pair = pairs[idx];
        if n_kept == 0 || pairs[n_kept - 1] != pair {
            pairs[n_kept] = pair;
            n_kept += 1;
        }
    }
    pairs.get_mut(..n_kept).unwrap_or_default()
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

    /// Joins what is joined in another list of as many numbers.
    pub(super) fn join_as(&mut self, mut other: Self) {
        for number in 0..self.len() {
            self.join(number, other.head(number), || true);
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
        pairs.apply(&mut [], &mut many);
        let before = pairs.clone();
        assert_eq!(pairs.of(key(3)).len(), 20);
        assert_eq!(pairs.of(key(1)), [Pair::new(key(1), 5)]);
        assert_eq!(pairs.of(key(2)), []);
        pairs.apply(
            &mut [Pair::new(key(3), 7), Pair::new(key(1), 5)],
            &mut [
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
            // Some come twice.
            numbered.extend_from_within(3000..4000);
            pairs.apply(&mut [], &mut numbered);
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
        let mut others = Works::new(6);
        others.join(2, 4, || true);
        works.join_as(others);
        let heads: Vec<u32> = (0..works.len()).map(|number| works.head(number)).collect();
        assert_eq!(heads, [0, 1, 1, 1, 1, 1]);
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
        let mut written = before.clone();
        written.iter_mut().for_each(|value| *value += 1);
        assert!(written.iter().copied().eq(1..=1000) && before.iter().copied().eq(0..1000));
        assert_eq!((list.get(700), before.get(700)), (Some(&1), Some(&700)));
        assert_eq!(
            (list.len(), list.iter().sum::<i32>()),
            (1000, 499_500 - 699)
        );
        assert_eq!(list.get(1000), None);
    }
}
