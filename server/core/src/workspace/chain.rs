//! The order of digests. A digest carries no date: its commit range starts where that of the one
//! before it ends. Where the chain is broken, days in the Message-IDs that digests cite order its
//! pieces (a digest is not older than what it cites), then names.
//!
//! Tests: `tests/tests/histories.rs` and below.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::message_id::Day;
use super::placing::{Commit, Placing};
use super::{Contribution, Member, Workspace};
use crate::model::keys::{self, KeyMap};

/// Digests whose ranges begin, or end, with the same letters that are looked at for one. Real ones
/// have few; a folder full of them must not take a square of their number.
const MOST_ALIKE: usize = 64;

/// The order of the digests of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Digests that follow each other without a gap, oldest first; by list, then in time as far
    /// as known.
    pub runs: Vec<Run>,
    /// Run, and index in it, by the key of the digest's key.
    places: KeyMap<(u32, u32)>,
    /// The slots of all digests, newest first; copies behind what they are copies of.
    newest_first: Vec<u32>,
}

/// The rest follows from the runs and from the slots that digests happen to have.
impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self.runs == other.runs
    }
}

impl Eq for Chain {}

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
}

/// Whether a digest has the same place in a chain when it is replaced by another.
pub(super) fn is_placed_alike(old: &Contribution, new: &Contribution) -> bool {
    old.range() == new.range() && old.list() == new.list() && old.newest_day() == new.newest_day()
}

impl Chain {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let digests: Vec<Node<'_>> = (workspace.slots_by_key.values())
            .filter_map(|slot| {
                let Member {
                    key,
                    contribution,
                    placing,
                    ..
                } = workspace.member(*slot)?;
                Some(Node {
                    key,
                    slot: *slot,
                    digest: contribution,
                    placing,
                })
            })
            .collect();
        let mut builder = Builder::new(digests);
        builder.build();
        let mut runs = builder.runs;
        runs.sort_by(|(a, _), (b, _)| {
            let first = |run: &Run| run.digests.first().map(|link| Arc::clone(&link.key));
            (&a.list, a.day.is_none(), a.day)
                .cmp(&(&b.list, b.day.is_none(), b.day))
                .then_with(|| first(a).cmp(&first(b)))
        });
        let mut newest_first = Vec::with_capacity(workspace.len());
        for (run, slots) in runs.iter().rev() {
            let mut end = slots.len();
            for link in run.digests.iter().rev() {
                let start = end - 1 - link.copies.len();
                newest_first.extend_from_slice(&slots[start..end]);
                end = start;
            }
        }
        let runs: Vec<Run> = runs.into_iter().map(|(run, _)| run).collect();
        let mut places =
            KeyMap::with_capacity_and_hasher(workspace.len(), BuildHasherDefault::default());
        for (run_idx, run) in (0..).zip(&runs) {
            for (idx, link) in (0..).zip(&run.digests) {
                for key in link.copies.iter().chain([&link.key]) {
                    places.insert(keys::exact(&**key), (run_idx, idx));
                }
            }
        }
        Self {
            runs,
            places,
            newest_first,
        }
    }

    /// The slots of all digests, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = u32> {
        self.newest_first.iter().copied()
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

/// A digest, with what is asked of it again and again.
struct Node<'a> {
    key: &'a Arc<str>,
    slot: u32,
    digest: &'a Contribution,
    placing: &'a Placing,
}

struct Builder<'a> {
    digests: Vec<Node<'a>>,
    /// Those not placed yet, by the beginnings of their ranges.
    by_start: Free,
    /// All, by the ends of their ranges.
    by_end: Vec<(u64, u32)>,
    /// For each digest the first in those lists that it may follow, be a copy of, or be followed by.
    before: Vec<u32>,
    beside: Vec<u32>,
    behind: Vec<u32>,
    placed: Vec<bool>,
    /// With the slots of their digests, copies behind each.
    runs: Vec<(Run, Vec<u32>)>,
}

/// Digests by a key, without those that were taken out.
struct Free {
    /// Key and digest, sorted.
    pairs: Vec<(u64, u32)>,
    /// For each pair, and the end, itself or one behind it that is nearer to the next that is left.
    next: Vec<usize>,
    /// The pair of each digest, or the end.
    pair_of: Vec<usize>,
}

impl Free {
    fn new(pairs: Vec<(u64, u32)>, n_digests: usize) -> Self {
        let mut pair_of = vec![pairs.len(); n_digests];
        for (pair, &(_, idx)) in pairs.iter().enumerate() {
            pair_of[idx as usize] = pair;
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

    /// The digests that are left with the key of a pair, of which it is the first.
    fn same_as(&mut self, first: u32) -> impl Iterator<Item = usize> {
        let mut pair = first as usize;
        let key = self.pairs.get(pair).map(|(key, _)| *key);
        std::iter::from_fn(move || {
            pair = self.left_from(pair) + 1;
            let &(found, idx) = self.pairs.get(pair - 1)?;
            (Some(found) == key).then_some(idx as usize)
        })
        .fuse()
    }
}

/// For each digest the first of some pairs that has its key, or the end; both are sorted.
fn firsts(digests: &[(u64, u32)], pairs: &[(u64, u32)], n_digests: usize) -> Vec<u32> {
    let end = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    let mut firsts = vec![end; n_digests];
    let mut rest = (0..).zip(pairs).peekable();
    for &(key, idx) in digests {
        while rest.next_if(|(_, (other, _))| *other < key).is_some() {}
        if let Some((first, (other, _))) = rest.peek()
            && *other == key
        {
            firsts[idx as usize] = *first;
        }
    }
    firsts
}

impl<'a> Builder<'a> {
    fn new(digests: Vec<Node<'a>>) -> Self {
        let sorted = |commit: fn(&(Commit, Commit)) -> &Commit| {
            let keys = (0..).zip(&digests);
            let keys = keys.filter_map(|(idx, node)| {
                let range = node.placing.range.as_ref()?;
                Some((commit(range).start(), idx))
            });
            let mut keys: Vec<(u64, u32)> = keys.collect();
            keys.sort_unstable();
            keys
        };
        let (by_start, by_end) = (sorted(|range| &range.0), sorted(|range| &range.1));
        let n_digests = digests.len();
        Self {
            before: firsts(&by_start, &by_end, n_digests),
            beside: firsts(&by_start, &by_start, n_digests),
            behind: firsts(&by_end, &by_start, n_digests),
            by_start: Free::new(by_start, n_digests),
            by_end,
            placed: vec![false; n_digests],
            digests,
            runs: Vec::new(),
        }
    }

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

    fn range(&self, idx: usize) -> Option<&'a (Commit, Commit)> {
        self.digests.get(idx)?.placing.range.as_ref()
    }

    fn has_predecessor(&self, idx: usize) -> bool {
        let Some((from, _)) = self.range(idx) else {
            return false;
        };
        let ending = self.by_end.get(self.before[idx] as usize..);
        let ending = ending.unwrap_or_default().iter();
        let Some((key, _)) = ending.clone().next() else {
            return false;
        };
        let same = ending.take_while(|(other, _)| other == key);
        same.take(MOST_ALIKE).any(|(_, other)| {
            let other = *other as usize;
            let follows = |(_, to): &(Commit, Commit)| to.is_same(from);
            other != idx && self.range(other).is_some_and(follows)
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
            let mut slots = Vec::new();
            let mut next = Some(start).filter(|idx| self.is_free(*idx));
            while let Some(idx) = next {
                let Some(node) = self.digests.get(idx) else {
                    break;
                };
                let key = Arc::clone(node.key);
                if run.list.is_none() && node.placing.has_list {
                    run.list = node.digest.list().map(str::to_owned);
                }
                run.day = match (run.day, node.placing.day) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                slots.push(self.place(idx));
                let mut copies = Vec::new();
                for copy in self.copies(idx) {
                    slots.push(self.place(copy));
                    copies.push(Arc::clone(self.digests[copy].key));
                }
                run.digests.push(Link {
                    key: Arc::clone(&key),
                    copies,
                });
                let mut followers = self.followers(idx).into_iter();
                next = followers.next();
                todo.extend(followers.map(|other| (other, Some(Arc::clone(&key)))));
            }
            if !run.digests.is_empty() {
                self.runs.push((run, slots));
            }
        }
    }

    /// Takes a digest as one that has its place; its slot.
    fn place(&mut self, idx: usize) -> u32 {
        self.placed[idx] = true;
        self.by_start.take_out(idx);
        self.digests[idx].slot
    }

    /// Other digests of the same range, not placed yet.
    fn copies(&mut self, idx: usize) -> Vec<usize> {
        let range = |idx: usize| self.digests.get(idx)?.placing.range.as_ref();
        let Some((from, to)) = range(idx) else {
            return Vec::new();
        };
        // Copies are placed, and not looked at again: those that are none count.
        let (mut copies, mut n_others) = (Vec::new(), 0);
        for other in self.by_start.same_as(self.beside[idx]) {
            if range(other).is_some_and(|(other_from, other_to)| {
                from.is_same(other_from) && to.is_same(other_to)
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
        let range = |idx: usize| self.digests.get(idx)?.placing.range.as_ref();
        let Some((_, to)) = range(idx) else {
            return Vec::new();
        };
        let next = self.by_start.same_as(self.behind[idx]).take(MOST_ALIKE);
        next.filter(|other| range(*other).is_some_and(|(from, _)| to.is_same(from)))
            .collect()
    }
}
