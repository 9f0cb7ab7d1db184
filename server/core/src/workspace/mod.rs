//! The digests of a workspace taken together: which postings are versions of one work, in which
//! order the digests stand, who posted what and where.
//!
//! ```text
//! digest ──► Contribution ──► Workspace ──► history, since, chain, news, search, people
//! ```
//!
//! The caller makes a [`Contribution`] of each digest, on as many threads as it likes, and puts it
//! into the [`Workspace`] under a key of its choice (a path, an address); of many at once the pieces
//! of work are told from each other, so that threads can share them. A workspace is a value:
//! its clone is a snapshot that costs a few pointers. Whatever the order of insertions, removals
//! and replacements, it is equal to one built afresh from the same contributions, as all that is
//! derived depends on pairs of postings alone (`evidence`).
//!
//! * [`contribution`], `extract`, `shelf`: what one digest adds, without positions, and the memory for it;
//! * [`message_id`]: days and names of changes in addresses;
//! * `evidence`: which postings are versions of one work, and which parts of one posting;
//! * [`chain`]: the order of digests;
//! * [`history`], [`since`], [`matrix`]: the versions of a series, what changed between two, and
//!   which patch is in which;
//! * [`news`]: what is new in a digest;
//! * [`people`], [`search`]: everything of a person, everything that touches a file, a search;
//! * [`works`]: all works, cheaply.
//!
//! Tests: `tests/tests/workspace.rs`, `tests/tests/histories.rs`.

pub mod chain;
pub mod contribution;
mod evidence;
mod extract;
mod grams;
pub mod history;
mod keys;
pub mod matrix;
pub mod message_id;
pub mod news;
pub mod people;
mod placing;
pub mod search;
mod shelf;
pub mod since;
mod store;
pub mod works;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

pub use chain::Chain;
pub use contribution::{Contribution, Label, Posting};
pub use history::History;
pub use message_id::Day;

use crate::syntax::halves::Work;
use placing::Placing;
use store::{Bits, Chunked, Pair, Pairs};

/// An entry of a digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The key of the digest.
    pub key: Arc<str>,
    /// Index among its entries, from 0.
    pub entry: usize,
}

/// All digests of a workspace. Cloning is cheap and gives a snapshot.
#[derive(Clone, Default)]
pub struct Workspace {
    slots_by_key: Arc<BTreeMap<Arc<str>, u32>>,
    slots: Chunked<Option<Member>>,
    free_slots: Arc<Vec<u32>>,
    rows: Chunked<Row>,
    /// Rows that no posting has, by how many stand together.
    free_rows: Arc<BTreeMap<u32, Vec<u32>>>,
    /// Rows of postings by the keys of titles, links and parts.
    joins: Pairs,
    /// Rows of postings by the keys of their patches.
    patches: Pairs,
    /// Slots by names and addresses.
    people: Pairs,
    /// Slots by the last parts of paths.
    files: Pairs,
    chain: Arc<OnceLock<Arc<Chain>>>,
    /// Histories of series with very many postings, by the heads of their rings, once asked for.
    long_histories: Arc<Mutex<HashMap<u32, Arc<History>>>>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.digests()).finish()
    }
}

/// A digest in its slot.
#[derive(Clone)]
struct Member {
    key: Arc<str>,
    contribution: Contribution,
    placing: Placing,
    /// The row of its first posting; the others follow.
    first_row: u32,
}

/// A posting's row. The rows of one series form a ring.
#[derive(Clone, Copy)]
struct Row {
    slot: u32,
    /// Index of the posting in its digest; [`contribution::NONE`] for a free row.
    index: u32,
    /// The next row of the series.
    next: u32,
    /// The least row of the series.
    head: u32,
}

/// Does pieces of work, perhaps several at a time, and returns when all are done.
type AtOnce<'a> = dyn Fn(&mut [Work<'_>]) + 'a;

/// Changes from which on threads are worth waking up.
const MANY: usize = 64;

fn one_after_the_other(works: &mut [Work<'_>]) {
    for work in works {
        work();
    }
}

/// A change to a workspace: a key with what stands there from now on, `None` to remove it.
pub type Change = (Arc<str>, Option<Contribution>);

impl Workspace {
    /// Puts a contribution under a key, in place of the one that was there. Whether anything
    /// changed: an equal one leaves everything as it is.
    pub fn set(&mut self, key: &str, contribution: Contribution) -> bool {
        self.apply(vec![(key.into(), Some(contribution))])
    }

    /// Takes a digest out. Whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.apply(vec![(key.into(), None)])
    }

    /// Makes many changes at once, which is faster than one by one; the last one of a key counts.
    /// Whether anything changed.
    pub fn apply(&mut self, changes: Vec<Change>) -> bool {
        self.apply_at_once(changes, one_after_the_other)
    }

    /// As [`Workspace::apply`]; `at_once` is to do all pieces of work that it is given, on as many
    /// threads as it likes. It is asked only where there is enough to do.
    pub fn apply_at_once(
        &mut self,
        mut changes: Vec<Change>,
        at_once: impl Fn(&mut [Work<'_>]),
    ) -> bool {
        let at_once: &AtOnce<'_> = if changes.len() < MANY {
            &one_after_the_other
        } else {
            &at_once
        };
        // Stable, so that of one key the last one stays the last.
        changes.sort_by(|a, b| a.0.cmp(&b.0));
        let mut update = Update {
            all_new: self.is_empty(),
            ..Update::default()
        };
        let (mut changed, mut is_ordered) = (false, true);
        let mut changes = changes.into_iter().peekable();
        while let Some((key, contribution)) = changes.next() {
            if changes.peek().is_some_and(|next| next.0 == key) {
                continue;
            }
            let slot = self.slots_by_key.get(&key).copied();
            let old = slot.and_then(|slot| self.slots.get(slot as usize)?.clone());
            match (&old, &contribution) {
                (None, None) => continue,
                (Some(old), Some(new)) if old.contribution == *new => continue,
                _ => {}
            }
            changed = true;
            is_ordered &= match (&old, &contribution) {
                (Some(old), Some(new)) => chain::is_placed_alike(&old.contribution, new),
                _ => false,
            };
            if let Some(old) = &old {
                self.take_out(old, &mut update);
            }
            match contribution {
                Some(new) => self.put_in(key, slot, new, &mut update),
                None => self.free_slot(&key, slot),
            }
        }
        self.add_slots(std::mem::take(&mut update.new_slots));
        if !is_ordered {
            self.chain = Arc::default();
        }
        if changed {
            self.long_histories = Arc::default();
            self.settle(update, at_once);
        }
        changed
    }

    /// Whether there is no digest.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots_by_key.is_empty()
    }

    /// Number of digests.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots_by_key.len()
    }

    /// The digests, by key.
    pub fn digests(&self) -> impl Iterator<Item = (&Arc<str>, &Contribution)> {
        self.slots_by_key.values().filter_map(|slot| {
            let member = self.member(*slot)?;
            Some((&member.key, &member.contribution))
        })
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Contribution> {
        let slot = self.slots_by_key.get(key)?;
        Some(&self.member(*slot)?.contribution)
    }

    /// The order of the digests, found when first asked for.
    #[must_use]
    pub fn chain(&self) -> &Arc<Chain> {
        self.chain.get_or_init(|| Arc::new(Chain::of(self)))
    }

    /// The works, each as the places of its postings, by key: for comparing workspaces.
    #[must_use]
    pub fn works(&self) -> Vec<Vec<Place>> {
        let mut works = Vec::new();
        for (row, entry) in self.rows.iter().enumerate() {
            if entry.index != contribution::NONE && entry.head as usize == row {
                let mut places: Vec<Place> = self
                    .ring(entry.head)
                    .filter_map(|row| self.place(row))
                    .collect();
                places.sort();
                works.push(places);
            }
        }
        works.sort();
        works
    }

    /// Every posting of a series and every entry that names one of its versions, oldest to newest.
    #[must_use]
    pub fn mentions(&self, history: &History) -> Vec<Place> {
        let postings = history.versions.iter().flat_map(|version| {
            let postings = version.postings.iter().map(|posting| &posting.place);
            postings.chain(&version.named_in)
        });
        let mut places: Vec<Place> = postings.cloned().collect();
        places.sort();
        places.dedup();
        self.sort_by_age(&mut places, |place| place);
        places
    }

    /// Bytes that digests and index take in memory.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        let pairs = Table::ALL.map(|table| self.pairs(table).n_bytes());
        let pairs: usize = pairs.iter().sum();
        let digests = self.digests();
        let digests: usize = digests
            .map(|(key, digest)| digest.n_bytes() + key.len() + size_of::<Member>() + 64)
            .sum();
        pairs + digests + self.rows.len() * size_of::<Row>()
    }

    fn pairs(&self, table: Table) -> &Pairs {
        match table {
            Table::Patches => &self.patches,
            Table::Joins => &self.joins,
            Table::Files => &self.files,
            Table::People => &self.people,
        }
    }

    fn member(&self, slot: u32) -> Option<&Member> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The posting of a row, with its digest's key.
    fn posting(&self, row: u32) -> Option<(&Member, Posting<'_>)> {
        let entry = self.rows.get(row as usize)?;
        let member = self.member(entry.slot)?;
        Some((member, member.contribution.posting(entry.index as usize)?))
    }

    /// The entry that speaks for a row's posting.
    fn place(&self, row: u32) -> Option<Place> {
        let (member, posting) = self.posting(row)?;
        Some(Place {
            key: Arc::clone(&member.key),
            entry: posting.lead(),
        })
    }

    /// The row of the posting that an entry belongs to.
    fn row_of(&self, key: &str, entry: usize) -> Option<u32> {
        let member = self.member(*self.slots_by_key.get(key)?)?;
        let posting = member.contribution.posting_of(entry)?;
        Some(member.first_row + u32::try_from(posting.index).ok()?)
    }

    /// The rows of a row's series, that row first.
    fn ring(&self, start: u32) -> impl Iterator<Item = u32> + '_ {
        let mut next = Some(start);
        std::iter::from_fn(move || {
            let row = next?;
            next = self.rows.get(row as usize).map(|entry| entry.next);
            next = next.filter(|next| *next != start);
            Some(row)
        })
    }

    fn take_out(&mut self, old: &Member, update: &mut Update) {
        let n_rows = old.contribution.postings().len();
        let rows = (0..n_rows).filter_map(|index| Some(old.first_row + u32::try_from(index).ok()?));
        for row in rows.clone() {
            self.open_ring(row, &mut update.dirty);
        }
        update.removed.push((old.clone(), self.slot_of(old)));
        for row in rows {
            if let Some(row) = self.rows.get_mut(row as usize) {
                row.index = contribution::NONE;
            }
        }
        if n_rows > 0 {
            let free = Arc::make_mut(&mut self.free_rows);
            let n_rows = u32::try_from(n_rows).unwrap_or(u32::MAX);
            free.entry(n_rows).or_default().push(old.first_row);
        }
    }

    /// Makes each row of a ring a ring of its own, and notes them: a row that is free can become
    /// that of another posting while the others still lead to it.
    fn open_ring(&mut self, start: u32, dirty: &mut Vec<u32>) {
        let mut next = start;
        while let Some(row) = self.rows.get_mut(next as usize) {
            dirty.push(next);
            (row.head, next, row.next) = (next, row.next, next);
            if next == start {
                break;
            }
        }
    }

    fn slot_of(&self, member: &Member) -> u32 {
        self.slots_by_key
            .get(&member.key)
            .copied()
            .unwrap_or(contribution::NONE)
    }

    fn put_in(
        &mut self,
        key: Arc<str>,
        slot: Option<u32>,
        contribution: Contribution,
        update: &mut Update,
    ) {
        let slot = slot.unwrap_or_else(|| {
            let slot = self.new_slot();
            update.new_slots.push((Arc::clone(&key), slot));
            slot
        });
        let n_rows = u32::try_from(contribution.postings().len()).unwrap_or(0);
        let first_row = self.new_rows(n_rows);
        for index in 0..n_rows {
            let number = first_row + index;
            if let Some(row) = self.rows.get_mut(number as usize) {
                *row = Row {
                    slot,
                    index,
                    next: number,
                    head: number,
                };
            }
            update.dirty.push(number);
        }
        let member = Member {
            key,
            placing: Placing::of(&contribution),
            contribution,
            first_row,
        };
        update.added.push(slot);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(member);
        }
    }

    /// Notes slots by keys, which are in order and new.
    fn add_slots(&mut self, new: Vec<(Arc<str>, u32)>) {
        if self.slots_by_key.is_empty() {
            // Nothing is looked up.
            self.slots_by_key = Arc::new(new.into_iter().collect());
        } else if !new.is_empty() {
            Arc::make_mut(&mut self.slots_by_key).extend(new);
        }
    }

    fn new_slot(&mut self) -> u32 {
        let free = Arc::make_mut(&mut self.free_slots).pop();
        free.unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(contribution::NONE)
        })
    }

    fn free_slot(&mut self, key: &Arc<str>, slot: Option<u32>) {
        Arc::make_mut(&mut self.slots_by_key).remove(key);
        if let Some(slot) = slot {
            if let Some(place) = self.slots.get_mut(slot as usize) {
                *place = None;
            }
            Arc::make_mut(&mut self.free_slots).push(slot);
        }
    }

    fn new_rows(&mut self, n_rows: u32) -> u32 {
        if n_rows > 0
            && self.free_rows.contains_key(&n_rows)
            && let Some(list) = Arc::make_mut(&mut self.free_rows).get_mut(&n_rows)
            && let Some(first) = list.pop()
        {
            return first;
        }
        let first = u32::try_from(self.rows.len()).unwrap_or(contribution::NONE);
        for _ in 0..n_rows {
            self.rows.push(Row {
                slot: 0,
                index: contribution::NONE,
                next: 0,
                head: 0,
            });
        }
        first
    }

    /// Brings everything derived up to date.
    fn settle(&mut self, mut update: Update, at_once: &AtOnce<'_>) {
        let slots = &self.slots;
        let mut crowds = [const { Vec::new() }; Table::ALL.len()];
        {
            // The largest first, so that no thread has to wait for it.
            let tables = [
                (Table::Patches, &mut self.patches),
                (Table::Joins, &mut self.joins),
                (Table::People, &mut self.people),
                (Table::Files, &mut self.files),
            ];
            let tables = tables.into_iter().zip(&mut crowds);
            let mut works: Vec<_> = tables
                .map(|((table, pairs), crowds)| {
                    let update = &update;
                    move || *crowds = table.update(pairs, update, slots)
                })
                .collect();
            let mut works: Vec<Work<'_>> = works.iter_mut().map(|work| work as Work<'_>).collect();
            at_once(&mut works);
        }
        // Keys that too many postings have prove nothing. One that became such, or no longer is,
        // changes what is known of all postings that have it.
        let mut seen = HashSet::new();
        for (table, key, was_crowded) in crowds.into_iter().flatten() {
            let now = self.pairs(table).of(key);
            if evidence::is_crowd(now) != was_crowded {
                for row in now.iter().map(|pair| pair.number) {
                    let head = self.rows.get(row as usize).map(|row| row.head);
                    if head.is_some_and(|head| seen.insert(head)) {
                        update.dirty.extend(self.ring(row));
                    }
                }
            }
        }
        if update.all_new {
            self.group_all(at_once);
            return;
        }
        update.dirty.sort_unstable();
        update.dirty.dedup();
        self.regroup(&update.dirty);
    }

    /// Finds the series of all rows.
    fn group_all(&mut self, at_once: &AtOnce<'_>) {
        let mut works = evidence::all_works(self, at_once);
        let heads: Vec<u32> = (0..works.len()).map(|row| works.head(row)).collect();
        // The last row of a series so far, which leads to its head.
        let mut lasts: Vec<u32> = (0..works.len()).collect();
        let mut nexts = heads.clone();
        for (number, head) in (0..).zip(&heads) {
            if let Some(last) = lasts.get_mut(*head as usize)
                && let Some(next) = nexts.get_mut(*last as usize)
            {
                (*next, *last) = (number, number);
            }
            if let Some(next) = nexts.get_mut(number as usize) {
                *next = *head;
            }
        }
        for (row, (head, next)) in self.rows.iter_mut().zip(heads.into_iter().zip(nexts)) {
            (row.head, row.next) = (head, next);
        }
    }

    /// Finds the series of rows anew. Given are all rows of all series that may have changed.
    fn regroup(&mut self, dirty: &[u32]) {
        let mut seen = Bits::new(self.rows.len());
        for &start in dirty {
            let exists = self.rows.get(start as usize);
            if exists.is_none_or(|row| row.index == contribution::NONE) || !seen.insert(start) {
                continue;
            }
            let mut found = vec![start];
            let mut next = 0;
            while let Some(&row) = found.get(next) {
                next += 1;
                evidence::neighbours(self, row, &mut seen, &mut found);
            }
            found.sort_unstable();
            let head = found.first().copied().unwrap_or(start);
            let followers = found.iter().skip(1).chain(found.first());
            for (row, follower) in found.iter().zip(followers) {
                if let Some(row) = self.rows.get_mut(*row as usize) {
                    row.next = *follower;
                    row.head = head;
                }
            }
        }
    }
}

/// The keys of pairs that are about to change, each once, with whether many postings have them.
fn crowds(
    table: Table,
    pairs: &Pairs,
    removed: &[Pair],
    added: &[Pair],
) -> Vec<(Table, u64, bool)> {
    let mut keys: Vec<u64> = removed.iter().chain(added).map(|pair| pair.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    let crowd = |key| (table, key, evidence::is_crowd(pairs.of(key)));
    keys.into_iter().map(crowd).collect()
}

/// What a set of changes takes out of the index and puts into it.
#[derive(Default)]
struct Update {
    /// The workspace was empty: every row is dirty.
    all_new: bool,
    /// Digests, and the slots they had.
    removed: Vec<(Member, u32)>,
    /// The slots of new digests.
    added: Vec<u32>,
    /// Those of them that are not known by their keys so far.
    new_slots: Vec<(Arc<str>, u32)>,
    /// Rows whose series may change.
    dirty: Vec<u32>,
}

/// One of the tables of pairs.
#[derive(Clone, Copy)]
enum Table {
    Patches,
    Joins,
    Files,
    People,
}

impl Table {
    const ALL: [Self; 4] = [Self::Patches, Self::Joins, Self::Files, Self::People];

    /// Whether its pairs have rows of postings; else they have slots.
    fn has_postings(self) -> bool {
        matches!(self, Self::Patches | Self::Joins)
    }

    /// Brings the table up to date; the keys of postings that changed in it ([`crowds`]).
    fn update(
        self,
        pairs: &mut Pairs,
        update: &Update,
        slots: &Chunked<Option<Member>>,
    ) -> Vec<(Self, u64, bool)> {
        let mut removed = Vec::new();
        for (member, slot) in &update.removed {
            self.add_pairs(member, *slot, &mut removed);
        }
        let new = update.added.iter();
        let new = new.filter_map(|slot| Some((slots.get(*slot as usize)?.as_ref()?, *slot)));
        let n_pairs = new.clone().map(|(member, _)| self.most_pairs(member)).sum();
        let mut added = Vec::with_capacity(n_pairs);
        for (member, slot) in new {
            self.add_pairs(member, slot, &mut added);
        }
        let crowds = if self.has_postings() && !update.all_new {
            crowds(self, pairs, &removed, &added)
        } else {
            Vec::new()
        };
        pairs.apply(&mut removed, &mut added);
        crowds
    }

    /// As many pairs as a digest may have, or more.
    fn most_pairs(self, member: &Member) -> usize {
        let own = member.contribution.own();
        match self {
            Self::Patches => own.patches().len(),
            Self::Joins => own.keys().len(),
            Self::Files => own.file_keys().len(),
            Self::People => own.people().len() * 2,
        }
    }

    /// Adds the pairs of a digest.
    fn add_pairs(self, member: &Member, slot: u32, pairs: &mut Vec<Pair>) {
        let own = member.contribution.own();
        match self {
            Self::Patches => {
                for (posting, row) in member.postings() {
                    let patches = evidence::compared_patches(posting).iter();
                    pairs.extend(patches.map(|patch| Pair::new(patch.key, row)));
                }
            }
            Self::Joins => {
                for (posting, row) in member.postings() {
                    let (titles, strong) = (posting.title_keys(), posting.strong_keys());
                    for keys in [titles, strong, posting.weak_keys()] {
                        pairs.extend(keys.iter().map(|key| Pair::new(*key, row)));
                    }
                }
            }
            Self::Files => {
                pairs.extend(own.file_keys().iter().map(|key| Pair::new(*key, slot)));
            }
            Self::People => {
                let people = own.people().iter();
                let keys = people.flat_map(|person| [person.name_key, person.email_key]);
                let keys = keys.filter(|key| *key != 0);
                pairs.extend(keys.map(|key| Pair::new(key, slot)));
            }
        }
    }
}

impl Member {
    /// Its postings with their rows.
    fn postings(&self) -> impl Iterator<Item = (Posting<'_>, u32)> {
        let postings = self.contribution.postings();
        postings.map(|posting| {
            let index = u32::try_from(posting.index).unwrap_or(0);
            (posting, self.first_row + index)
        })
    }
}
