//! The order of digests. A digest carries no date: its commit range starts where that of the one
//! before it ends. Where the chain is broken, days in the Message-IDs that digests cite order its
//! pieces (a digest is not older than what it cites), then names.
//!
//! Tests: `tests/tests/histories.rs` and below.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::evidence::same_commit;
use super::message_id::Day;
use super::{Contribution, Workspace};

/// Letters of a commit id that two spellings of it have in common at least.
const MIN_COMMIT: usize = 7;

/// The order of the digests of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Digests that follow each other without a gap, oldest first; by list, then in time as far
    /// as known.
    pub runs: Vec<Run>,
    /// Run, and index in it.
    places: HashMap<Arc<str>, (usize, usize)>,
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
    /// The commits of its range; `None` where its header is not readable.
    pub range: Option<(String, String)>,
    /// Other digests of the same range.
    pub copies: Vec<Arc<str>>,
}

impl Chain {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let digests: Vec<(&Arc<str>, &Contribution)> = workspace.digests().collect();
        let mut by_start: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_end: HashMap<String, Vec<usize>> = HashMap::new();
        for (idx, (_, digest)) in digests.iter().enumerate() {
            if let Some((from, to)) = digest.range() {
                by_start.entry(start_of(from)).or_default().push(idx);
                by_end.entry(start_of(to)).or_default().push(idx);
            }
        }
        let mut builder = Builder {
            digests,
            by_start,
            by_end,
            placed: HashSet::new(),
            runs: Vec::new(),
        };
        builder.build();
        let mut runs = builder.runs;
        runs.sort_by(|a, b| {
            let first = |run: &Run| run.digests.first().map(|link| Arc::clone(&link.key));
            let undated = |run: &Run| run.day.is_none();
            (&a.list, undated(a), a.day, first(a)).cmp(&(&b.list, undated(b), b.day, first(b)))
        });
        let mut places = HashMap::new();
        for (run_idx, run) in runs.iter().enumerate() {
            for (idx, link) in run.digests.iter().enumerate() {
                for key in link.copies.iter().chain([&link.key]) {
                    places.insert(Arc::clone(key), (run_idx, idx));
                }
            }
        }
        Self { runs, places }
    }

    /// Which of two digests is older, where the chain tells.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a_run, a_idx) = self.places.get(a)?;
        let (b_run, b_idx) = self.places.get(b)?;
        (a_run == b_run && a_idx != b_idx).then(|| a_idx.cmp(b_idx))
    }

    /// The place of a digest in the order of all, for sorting: oldest first within a list.
    #[must_use]
    pub fn rank(&self, key: &str) -> (usize, usize) {
        self.places
            .get(key)
            .copied()
            .unwrap_or((usize::MAX, usize::MAX))
    }

    /// The digest before one, and the digest after it, where their ranges meet.
    #[must_use]
    pub fn neighbours(&self, key: &str) -> (Option<&Link>, Option<&Link>) {
        let Some(&(run_idx, idx)) = self.places.get(key) else {
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
        let (run, idx) = self.places.get(key)?;
        self.runs.get(*run)?.digests.get(*idx)
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
fn start_of(commit: &str) -> String {
    let start = commit.get(..MIN_COMMIT).unwrap_or(commit);
    start.to_ascii_lowercase()
}

struct Builder<'a> {
    digests: Vec<(&'a Arc<str>, &'a Contribution)>,
    by_start: HashMap<String, Vec<usize>>,
    by_end: HashMap<String, Vec<usize>>,
    placed: HashSet<usize>,
    runs: Vec<Run>,
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

    fn range(&self, idx: usize) -> Option<(&str, &str)> {
        self.digests.get(idx)?.1.range()
    }

    fn has_predecessor(&self, idx: usize) -> bool {
        let Some((from, _)) = self.range(idx) else {
            return false;
        };
        let ending = self.by_end.get(&start_of(from));
        ending.into_iter().flatten().any(|&other| {
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
            let mut next = Some(start).filter(|idx| !self.placed.contains(idx));
            while let Some(idx) = next {
                let Some((key, digest)) = self.digests.get(idx).copied() else {
                    break;
                };
                self.placed.insert(idx);
                if run.list.is_none() {
                    run.list = digest.list().map(str::to_owned);
                }
                run.day = match (run.day, digest.newest_day()) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                let copies = self.copies(idx);
                self.placed.extend(&copies);
                run.digests.push(Link {
                    key: Arc::clone(key),
                    range: digest
                        .range()
                        .map(|(from, to)| (from.to_owned(), to.to_owned())),
                    copies: copies
                        .iter()
                        .filter_map(|copy| Some(Arc::clone(self.digests.get(*copy)?.0)))
                        .collect(),
                });
                let mut followers = self.followers(idx).into_iter();
                next = followers.next();
                todo.extend(followers.map(|other| (other, Some(Arc::clone(key)))));
            }
            if !run.digests.is_empty() {
                self.runs.push(run);
            }
        }
    }

    /// Other digests of the same range, not placed yet.
    fn copies(&self, idx: usize) -> Vec<usize> {
        let Some((from, to)) = self.range(idx) else {
            return Vec::new();
        };
        let same = self.by_start.get(&start_of(from)).into_iter().flatten();
        same.copied()
            .filter(|other| {
                !self.placed.contains(other)
                    && self.range(*other).is_some_and(|(other_from, other_to)| {
                        same_commit(from, other_from) && same_commit(to, other_to)
                    })
            })
            .collect()
    }

    /// The digests that start where one ends, by key, not placed yet.
    fn followers(&self, idx: usize) -> Vec<usize> {
        let Some((_, to)) = self.range(idx) else {
            return Vec::new();
        };
        let next = self.by_start.get(&start_of(to)).into_iter().flatten();
        next.copied()
            .filter(|other| {
                !self.placed.contains(other)
                    && self
                        .range(*other)
                        .is_some_and(|(from, _)| same_commit(to, from))
            })
            .collect()
    }
}
