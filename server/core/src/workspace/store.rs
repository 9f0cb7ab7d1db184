//! The two containers of the index. Their clones share what has not changed since, so that a
//! snapshot costs a pointer and an edit copies little.
//!
//! Tested by the property test of the index as a whole, `tests/tests/workspace.rs`.

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
    shards: Arc<Vec<Arc<Vec<Pair>>>>,
}

/// A key and a number.
pub(super) type Pair = (u64, u32);

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
        let start = shard.partition_point(|pair| pair.0 < key);
        let rest = shard.get(start..).unwrap_or(&[]);
        // Nearly all keys have one pair.
        let len = rest.iter().take(8).take_while(|pair| pair.0 == key).count();
        let len = if len < 8 {
            len
        } else {
            rest.partition_point(|pair| pair.0 == key)
        };
        rest.get(..len).unwrap_or(&[])
    }

    /// Removes some pairs and adds others.
    pub(super) fn apply(&mut self, removed: &mut [Pair], added: &mut Vec<Pair>) {
        removed.sort_unstable();
        added.sort_unstable();
        added.dedup();
        let shards = Arc::make_mut(&mut self.shards);
        let (mut gone, mut new) = (&*removed, &**added);
        while let Some(first) = gone.first().into_iter().chain(new.first()).min() {
            let shard_idx = shard_of(first.0);
            let gone_here = head(&mut gone, shard_idx);
            let new_here = head(&mut new, shard_idx);
            if let Some(shard) = shards.get_mut(shard_idx)
                && gone_here != new_here
            {
                merge(Arc::make_mut(shard), gone_here, new_here);
            }
        }
    }

    /// Bytes in memory.
    pub(super) fn n_bytes(&self) -> usize {
        let shards = self.shards.iter();
        let shards: usize = shards
            .map(|shard| shard.capacity() * size_of::<Pair>() + 56)
            .sum();
        shards
    }

    /// All pairs, by key.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }
}

/// Takes the pairs of a shard off the start of a sorted list.
fn head<'a>(pairs: &mut &'a [Pair], shard_idx: usize) -> &'a [Pair] {
    let len = pairs.partition_point(|pair| shard_of(pair.0) <= shard_idx);
    let (head, rest) = pairs.split_at_checked(len).unwrap_or((&[], &[]));
    *pairs = rest;
    head
}

/// Takes `gone` out of a sorted list and puts `new` into it; both are sorted.
fn merge(list: &mut Vec<Pair>, gone: &[Pair], new: &[Pair]) {
    if list.is_empty() {
        list.extend_from_slice(new);
        return;
    }
    let mut merged = Vec::with_capacity(list.len() + new.len());
    let (mut gone, mut new) = (gone.iter().peekable(), new.iter().peekable());
    for pair in list.iter() {
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
    *list = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_by_key_after_changes() {
        let mut pairs = Pairs::default();
        let key = |n: u64| n << 60;
        let mut many: Vec<Pair> = (0..20).map(|n| (key(3), n)).collect();
        many.push((key(1), 5));
        pairs.apply(&mut [], &mut many);
        let before = pairs.clone();
        assert_eq!(pairs.of(key(3)).len(), 20);
        assert_eq!(pairs.of(key(1)), [(key(1), 5)]);
        assert_eq!(pairs.of(key(2)), []);
        pairs.apply(
            &mut [(key(3), 7), (key(1), 5)],
            &mut vec![(key(1), 6), (key(3), 7), (key(2), 1)],
        );
        assert_eq!(pairs.of(key(3)).len(), 20);
        assert_eq!(pairs.of(key(1)), [(key(1), 6)]);
        assert_eq!(pairs.of(key(2)), [(key(2), 1)]);
        assert_eq!(before.of(key(1)), [(key(1), 5)]);
        assert_eq!(pairs.iter().count(), 22);
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
