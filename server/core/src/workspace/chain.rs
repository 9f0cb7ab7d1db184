//! The order of digests. A digest carries no date: its commit range starts where that of the one
//! before it ends. Where the chain is broken, days in the Message-IDs that digests cite order its
//! pieces (a digest is not older than what it cites), then names.
//!
//! Tests: `tests/tests/histories.rs` and below.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::evidence::same_commit;
use super::message_id::Day;
use super::{Contribution, Workspace};
use crate::model::keys::{self, Index, KeyMap};

/// Letters of a commit id that two spellings of it have in common at least.
const MIN_COMMIT: usize = 7;

/// Digests whose ranges begin, or end, with the same letters that are looked at for one. Real ones
/// have few; a folder full of them must not take a square of their number.
const MOST_ALIKE: usize = 64;

/// The order of the digests of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Digests that follow each other without a gap, oldest first; by list, then in time as far
    /// as known.
    pub runs: Vec<Run>,
    /// Run, and index in it, by the key of the digest's key.
    places: KeyMap<(u32, u32)>,
}

/// Digests that follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The list, where a digest names it.
    pub list: Option<String>,
    /// The digests, oldest first.
    pub digests: Vec<Link>,
    /// The digest that this run follows as well as another one does: the chain forks there.
    pub fork_of: Option<Arc<str>>,
    /// The oldest day known of any of its digests.
    pub day: Option<Day>,
}

/// A digest of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its key.
    pub key: Arc<str>,
    /// Other digests of the same range.
    pub copies: Vec<Arc<str>>,
    digest: Contribution,
}

impl Link {
    /// The commits of its range; `None` where its header is not readable.
    #[must_use]
    pub fn range(&self) -> Option<(&str, &str)> {
        self.digest.range()
    }
}

impl Chain {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let digests: Vec<Node<'_>> = (workspace.digests())
            .map(|(key, digest)| Node {
                key,
                digest,
                range: digest.range(),
            })
            .collect();
        let nodes = || digests.iter().enumerate();
        let starts = nodes().filter_map(|(idx, node)| Some((start_of(node.range?.0), idx)));
        let ends = nodes().filter_map(|(idx, node)| Some((start_of(node.range?.1), idx)));
        let mut builder = Builder {
            by_start: Free::new(starts.collect(), digests.len()),
            by_end: Index::new(ends),
            placed: vec![false; digests.len()],
            digests,
            runs: Vec::new(),
        };
        builder.build();
        let mut runs = builder.runs;
        runs.sort_by(|a, b| {
            let first = |run: &Run| run.digests.first().map(|link| Arc::clone(&link.key));
            (&a.list, a.day.is_none(), a.day)
                .cmp(&(&b.list, b.day.is_none(), b.day))
                .then_with(|| first(a).cmp(&first(b)))
        });
        let mut places =
            KeyMap::with_capacity_and_hasher(workspace.len(), BuildHasherDefault::default());
        for (run_idx, run) in (0..).zip(&runs) {
            for (idx, link) in (0..).zip(&run.digests) {
                for key in link.copies.iter().chain([&link.key]) {
                    places.insert(keys::exact(&**key), (run_idx, idx));
                }
            }
        }
        Self { runs, places }
    }

    /// Which of two digests is older, where the chain tells.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let ((a_run, a_idx), (b_run, b_idx)) = (self.place(a)?, self.place(b)?);
        (a_run == b_run && a_idx != b_idx).then(|| a_idx.cmp(&b_idx))
    }

    /// The place of a digest in the order of all, for sorting: oldest first within a list.
    #[must_use]
    pub fn rank(&self, key: &str) -> (usize, usize) {
        self.place(key).unwrap_or((usize::MAX, usize::MAX))
    }

    fn place(&self, key: &str) -> Option<(usize, usize)> {
        let (run, idx) = self.places.get(&keys::exact(key))?;
        Some((*run as usize, *idx as usize))
    }

    /// The digest before one, and the digest after it, where their ranges meet.
    #[must_use]
    pub fn neighbours(&self, key: &str) -> (Option<&Link>, Option<&Link>) {
        let Some((run_idx, idx)) = self.place(key) else {
            return (None, None);
        };
        let Some(run) = self.runs.get(run_idx) else {
            return (None, None);
        };
        let before = match idx.checked_sub(1) {
            Some(before) => run.digests.get(before),
            None => run.fork_of.as_ref().and_then(|fork| self.link(fork)),
        };
        (before, run.digests.get(idx + 1))
    }

    fn link(&self, key: &str) -> Option<&Link> {
        let (run, idx) = self.place(key)?;
        self.runs.get(run)?.digests.get(idx)
    }

    /// Number of places where a list's digests do not meet, forks aside.
    #[must_use]
    pub fn n_gaps(&self) -> usize {
        let mut n_runs: BTreeMap<&Option<String>, usize> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| run.fork_of.is_none()) {
            *n_runs.entry(&run.list).or_default() += 1;
        }
        n_runs.values().map(|n_runs| n_runs - 1).sum()
    }
}

/// The beginning of a commit id, by which its spellings meet.
fn start_of(commit: &str) -> u64 {
    let start = commit.bytes().take(MIN_COMMIT);
    start.fold(0, |key, byte| {
        key << 8 | u64::from(byte.to_ascii_lowercase())
    })
}

/// A digest, with what is asked of it again and again.
struct Node<'a> {
    key: &'a Arc<str>,
    digest: &'a Contribution,
    range: Option<(&'a str, &'a str)>,
}

struct Builder<'a> {
    digests: Vec<Node<'a>>,
    /// Those not placed yet.
    by_start: Free,
    by_end: Index,
    placed: Vec<bool>,
    runs: Vec<Run>,
}

/// Digests by a key, without those that were taken out.
struct Free {
    /// Key and digest, sorted.
    pairs: Vec<(u64, usize)>,
    /// For each pair, and the end, itself or one behind it that is nearer to the next that is left.
    next: Vec<usize>,
    /// The pair of each digest, or the end.
    pair_of: Vec<usize>,
}

impl Free {
    fn new(mut pairs: Vec<(u64, usize)>, n_digests: usize) -> Self {
        pairs.sort_unstable();
        let mut pair_of = vec![pairs.len(); n_digests];
        for (pair, &(_, idx)) in pairs.iter().enumerate() {
            pair_of[idx] = pair;
        }
        Self {
            next: (0..=pairs.len()).collect(),
            pairs,
            pair_of,
        }
    }

    fn take_out(&mut self, idx: usize) {
        let pair = self.pair_of[idx];
        if pair < self.pairs.len() {
            self.next[pair] = pair + 1;
        }
    }

    /// The first pair from one on that is left. Ways are shortened as they are gone.
    fn left_from(&mut self, mut pair: usize) -> usize {
        while self.next[pair] != pair {
            self.next[pair] = self.next[self.next[pair]];
            pair = self.next[pair];
        }
        pair
    }

    /// The digests with a key that are left.
    fn of(&mut self, key: u64) -> impl Iterator<Item = usize> {
        let mut pair = self.pairs.partition_point(|(other, _)| *other < key);
        std::iter::from_fn(move || {
            pair = self.left_from(pair) + 1;
            let &(found, idx) = self.pairs.get(pair - 1)?;
            (found == key).then_some(idx)
        })
        .fuse()
    }
}

impl Builder<'_> {
    fn build(&mut self) {
        let starts: Vec<usize> = (0..self.digests.len())
            .filter(|idx| !self.has_predecessor(*idx))
            .collect();
        // What is left then stands in a circle, which real archives do not have.
        for idx in starts.into_iter().chain(0..self.digests.len()) {
            self.run_from(idx, None);
        }
    }

    fn is_free(&self, idx: usize) -> bool {
        self.placed.get(idx) == Some(&false)
    }

    fn range(&self, idx: usize) -> Option<(&str, &str)> {
        self.digests.get(idx)?.range
    }

    fn has_predecessor(&self, idx: usize) -> bool {
        let Some((from, _)) = self.range(idx) else {
            return false;
        };
        let ending = self.by_end.get(start_of(from)).iter();
        ending.take(MOST_ALIKE).any(|other| {
            other != idx
                && self
                    .range(other)
                    .is_some_and(|(_, to)| same_commit(to, from))
        })
    }

    /// Follows the chain from a digest; where it forks, the others begin runs of their own.
    fn run_from(&mut self, start: usize, fork_of: Option<Arc<str>>) {
        let mut todo = vec![(start, fork_of)];
        while let Some((start, fork_of)) = todo.pop() {
            let mut run = Run {
                fork_of,
                ..Run::default()
            };
            let mut next = Some(start).filter(|idx| self.is_free(*idx));
            while let Some(idx) = next {
                let Some(Node { key, digest, .. }) = self.digests.get(idx) else {
                    break;
                };
                let key = Arc::clone(key);
                let (list, day) = (digest.list(), digest.newest_day());
                let digest = Contribution::clone(digest);
                if run.list.is_none() {
                    run.list = list.map(str::to_owned);
                }
                run.day = match (run.day, day) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                self.place(idx);
                let mut copies = Vec::new();
                for copy in self.copies(idx) {
                    self.place(copy);
                    copies.push(Arc::clone(self.digests[copy].key));
                }
                run.digests.push(Link {
                    key: Arc::clone(&key),
                    copies,
                    digest,
                });
                let mut followers = self.followers(idx).into_iter();
                next = followers.next();
                todo.extend(followers.map(|other| (other, Some(Arc::clone(&key)))));
            }
            if !run.digests.is_empty() {
                self.runs.push(run);
            }
        }
    }

    fn place(&mut self, idx: usize) {
        self.placed[idx] = true;
        self.by_start.take_out(idx);
    }

    /// Other digests of the same range, not placed yet.
    fn copies(&mut self, idx: usize) -> Vec<usize> {
        let range = |idx: usize| self.digests.get(idx)?.range;
        let Some((from, to)) = range(idx) else {
            return Vec::new();
        };
        // Copies are placed, and not looked at again: those that are none count.
        let (mut copies, mut n_others) = (Vec::new(), 0);
        for other in self.by_start.of(start_of(from)) {
            if range(other).is_some_and(|(other_from, other_to)| {
                same_commit(from, other_from) && same_commit(to, other_to)
            }) {
                copies.push(other);
            } else {
                n_others += 1;
            }
            if n_others >= MOST_ALIKE {
                break;
            }
        }
        copies
    }

    /// The digests that start where one ends, by key, not placed yet.
    fn followers(&mut self, idx: usize) -> Vec<usize> {
        let range = |idx: usize| self.digests.get(idx)?.range;
        let Some((_, to)) = range(idx) else {
            return Vec::new();
        };
        let next = self.by_start.of(start_of(to)).take(MOST_ALIKE);
        next.filter(|other| range(*other).is_some_and(|(from, _)| same_commit(to, from)))
            .collect()
    }
}
