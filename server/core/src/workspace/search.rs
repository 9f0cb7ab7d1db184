//! A search over the titles of series and patches and over people: every word of the query must
//! be found, a letter may be wrong. Newest digests first, and a bound on the work: what was left
//! out is told.
//!
//! Tests: `tests/tests/histories.rs` and below.

use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::contribution::{Inner, Label, NONE, Posting, PostingKind};
use super::grams;
use super::{Member, Place, Workspace};
use crate::model::people;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What was found, the best first.
    pub hits: Vec<Hit>,
    /// There is, or may be, more.
    pub more: bool,
}

/// Something that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its title, or a name.
    pub text: String,
    /// `v4 0/2`, `2/36`; the address of a person.
    pub detail: String,
    /// The poster of a series, the title of a patch's series.
    pub container: String,
    /// Where; the newest posting of a person.
    pub place: Place,
    /// It is a patch without an entry: the shortlog of the entry at `place` names it.
    pub is_listed: bool,
    /// How well it fits, at most 100.
    pub score: u32,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitKind {
    /// A series.
    Series,
    /// A single patch or pull request.
    Single,
    /// A patch of a series.
    Patch,
    /// A person.
    Person,
}

/// Titles and names that are looked at.
const MOST_LOOKED_AT: usize = 20_000;
/// Bytes of a query that count.
const MAX_QUERY: usize = 200;
/// Parts of words that one wrong letter spoils.
const SPOILT: usize = 3;

impl Workspace {
    /// Finds series, patches and people; at most `max`, the best first.
    #[must_use]
    pub fn search(&self, query: &str, max: usize) -> Found {
        let query = Query::new(query);
        let mut search = Search {
            query: &query,
            hits: Vec::new(),
            works: HashMap::new(),
            known: HashSet::new(),
            n_looked_at: 0,
        };
        let chain = self.chain();
        let mut more = false;
        let links = chain
            .runs
            .iter()
            .rev()
            .flat_map(|run| run.digests.iter().rev());
        // What covers the same commits need not be the same text.
        for key in links.flat_map(|link| [&link.key].into_iter().chain(&link.copies)) {
            let slot = self.slots_by_key.get(key).copied();
            let Some((slot, member)) = slot.and_then(|slot| Some((slot, self.member(slot)?)))
            else {
                continue;
            };
            if !query.may_be_in(&member.contribution.0.grams) {
                continue;
            }
            search.look_at(self, slot, member);
            // Enough to choose the best from.
            if search.n_looked_at > MOST_LOOKED_AT || search.hits.len() >= max.saturating_mul(8) {
                more = true;
                break;
            }
        }
        let mut hits = search.hits;
        // Stable: newest first among equals.
        hits.sort_by(|a, b| b.score.cmp(&a.score).then(a.kind.cmp(&b.kind)));
        more |= hits.len() > max;
        hits.truncate(max);
        Found { hits, more }
    }
}

struct Search<'a> {
    query: &'a Query,
    hits: Vec<Hit>,
    /// The hit about a series or single, and the version it shows, by the head of its ring.
    works: HashMap<(HitKind, u32), (usize, Label)>,
    /// What else was found in a newer digest already.
    known: HashSet<(HitKind, u64)>,
    n_looked_at: usize,
}

impl Search<'_> {
    fn look_at(&mut self, workspace: &Workspace, slot: u32, member: &Member) {
        for posting in member.contribution.postings() {
            let row = member.first_row + u32::try_from(posting.index).unwrap_or(0);
            let head = workspace
                .rows
                .get(row as usize)
                .map_or(NONE, |row| row.head);
            self.posting(member, posting, head);
            if posting.kind() == PostingKind::Series {
                self.patches(member, posting);
            }
        }
        debug_assert!(workspace.member(slot).is_some());
        // An empty query asks for what is new, not for everyone.
        if !self.query.words.is_empty() {
            self.people(member);
        }
    }

    fn posting(&mut self, member: &Member, posting: Posting<'_>, head: u32) {
        self.n_looked_at += 1;
        let Some(score) = self.query.score(posting.title()) else {
            return;
        };
        let kind = match posting.kind() {
            PostingKind::Series => HitKind::Series,
            _ => HitKind::Single,
        };
        let label = posting.label();
        let n_hits = self.hits.len();
        // Of two runs it is not always known which is newer, so the version decides.
        let replaced = match self.works.entry((kind, head)) {
            Entry::Vacant(work) => {
                work.insert((n_hits, label));
                n_hits
            }
            Entry::Occupied(mut work) => {
                let (hit, shown) = *work.get();
                if label <= shown {
                    return;
                }
                work.insert((hit, label));
                hit
            }
        };
        let total = match posting.kind() {
            PostingKind::Series => format!(" 0/{}", posting.n_patches()),
            _ => String::new(),
        };
        let hit = Hit {
            kind,
            text: posting.title().to_owned(),
            detail: format!("{label}{total}"),
            container: posting.poster().map_or("", |poster| poster.name).to_owned(),
            place: Place {
                key: Arc::clone(&member.key),
                entry: posting.lead(),
            },
            is_listed: false,
            score,
        };
        match self.hits.get_mut(replaced) {
            Some(older) => *older = hit,
            None => self.hits.push(hit),
        }
    }

    fn patches(&mut self, member: &Member, posting: Posting<'_>) {
        for patch in posting.patches() {
            self.n_looked_at += 1;
            let Some(score) = self.query.score(patch.title) else {
                continue;
            };
            if self.query.words.is_empty() || !self.known.insert((HitKind::Patch, patch.key)) {
                continue;
            }
            let number = patch
                .number
                .map_or("-".to_owned(), |number| number.to_string());
            self.hits.push(Hit {
                kind: HitKind::Patch,
                text: patch.title.to_owned(),
                detail: format!("{} {number}/{}", posting.label(), posting.n_patches()),
                container: posting.title().to_owned(),
                place: Place {
                    key: Arc::clone(&member.key),
                    entry: patch.entry.unwrap_or(posting.lead()),
                },
                is_listed: patch.entry.is_none(),
                score,
            });
        }
    }

    fn people(&mut self, member: &Member) {
        let inner = &member.contribution.0;
        let leads = LazyCell::new(|| Leads::of(inner));
        for (idx, row) in (0_u32..).zip(&inner.people) {
            self.n_looked_at += 1;
            let name = inner.str(row.name);
            let Some(score) = self.query.score_person(name, inner.str(row.email)) else {
                continue;
            };
            let key = if row.name_key == 0 {
                row.email_key
            } else {
                row.name_key
            };
            if self.known.contains(&(HitKind::Person, key)) {
                continue;
            }
            let Some(entry) = leads.of_person(inner, idx) else {
                continue;
            };
            self.known.insert((HitKind::Person, key));
            self.hits.push(Hit {
                kind: HitKind::Person,
                text: name.to_owned(),
                detail: inner.str(row.email).to_owned(),
                container: String::new(),
                place: Place {
                    key: Arc::clone(&member.key),
                    entry,
                },
                is_listed: false,
                score,
            });
        }
    }
}

/// Where people stand in a digest: the entry that speaks for the first posting that one posted, else
/// for the first that he wrote for. Made when somebody is found, as looking through all postings
/// for each would take a square.
struct Leads {
    posted: HashMap<PersonKey, u32>,
    wrote: HashMap<PersonKey, u32>,
}

/// A row, a name or an address.
type PersonKey = (u8, u64);

impl Leads {
    fn of(inner: &Inner) -> Self {
        let mut leads = Self {
            posted: HashMap::new(),
            wrote: HashMap::new(),
        };
        let add = |map: &mut HashMap<_, u32>, person: u32, at: usize| {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            for key in person_keys(inner, person) {
                map.entry(key).or_insert(at);
            }
        };
        for (at, posting) in inner.postings.iter().enumerate() {
            add(&mut leads.posted, posting.poster, at);
            let patches = posting.patches.start as usize..posting.patches.end as usize;
            for patch in inner.patches.get(patches).unwrap_or(&[]) {
                add(&mut leads.wrote, patch.writer, at);
            }
        }
        leads
    }

    fn of_person(&self, inner: &Inner, person: u32) -> Option<usize> {
        let first = |map: &HashMap<PersonKey, u32>| {
            let found = person_keys(inner, person).filter_map(|key| map.get(&key).copied());
            found.min()
        };
        let at = first(&self.posted).or_else(|| first(&self.wrote))?;
        Some(inner.postings.get(at as usize)?.lead as usize)
    }
}

/// What a person is known by: people with one name, or one address, are one.
fn person_keys(inner: &Inner, person: u32) -> impl Iterator<Item = PersonKey> {
    let row = inner.people.get(person as usize);
    row.into_iter().flat_map(move |row| {
        let keys = [
            (0, u64::from(person) + 1),
            (1, row.name_key),
            (2, row.email_key),
        ];
        keys.into_iter().filter(|(_, key)| *key != 0)
    })
}

/// What is searched for.
struct Query {
    words: Vec<Word>,
    grams: Vec<u64>,
}

struct Word {
    text: String,
    grams: Vec<u64>,
}

impl Query {
    fn new(query: &str) -> Self {
        let query = query
            .get(..query.floor_char_boundary(MAX_QUERY))
            .unwrap_or(query);
        let words: Vec<Word> = words(query)
            .map(|word| {
                let text = word.to_lowercase();
                let mut parts = Vec::new();
                grams::each(&text, |gram| parts.push(gram));
                Word { text, grams: parts }
            })
            .collect();
        Self {
            grams: words
                .iter()
                .flat_map(|word| word.grams.iter().copied())
                .collect(),
            words,
        }
    }

    /// Whether a digest may have what is searched for.
    fn may_be_in(&self, set: &[u64]) -> bool {
        let n_missing = self
            .grams
            .iter()
            .filter(|gram| !grams::may_hold(set, **gram))
            .count();
        n_missing <= self.words.iter().map(Word::n_spare).sum()
    }

    /// How well a text fits; `None` when a word is not in it.
    fn score(&self, text: &str) -> Option<u32> {
        if self.words.is_empty() {
            return Some(0);
        }
        let mut sum = 0;
        for word in &self.words {
            sum += word.score(text)?;
        }
        u32::try_from(sum / self.words.len()).ok()
    }

    fn score_person(&self, name: &str, email: &str) -> Option<u32> {
        let as_written = self.score(name).max(self.score(email));
        if name.is_ascii() {
            return as_written;
        }
        as_written.max(self.score(&people::name_key(name)))
    }
}

impl Word {
    /// Parts that may be missing because of a wrong letter.
    fn n_spare(&self) -> usize {
        if self.grams.len() > SPOILT { SPOILT } else { 0 }
    }

    /// 100 for the same word, less for its beginning, its middle, and a word that is alike.
    fn score(&self, text: &str) -> Option<usize> {
        let mut best = 0;
        for word in words(text) {
            best = best.max(self.score_word(word));
            if best == 100 {
                break;
            }
        }
        (best > 0).then_some(best)
    }

    fn score_word(&self, word: &str) -> usize {
        let (own, bytes) = (self.text.as_bytes(), word.as_bytes());
        if bytes.len() >= own.len() {
            let is_here = |part: &[u8]| part.eq_ignore_ascii_case(own);
            if bytes.get(..own.len()).is_some_and(is_here) {
                return if bytes.len() == own.len() { 100 } else { 85 };
            }
            if own.len() > 1 && bytes.windows(own.len()).any(is_here) {
                return 60;
            }
        }
        let n_spare = self.n_spare();
        // Words with one wrong letter are of about the same length.
        if n_spare == 0 || bytes.len().abs_diff(own.len()) > 3 && bytes.len() < own.len() {
            return 0;
        }
        let mut parts = Vec::with_capacity(bytes.len());
        grams::each(word, |gram| parts.push(gram));
        let n_found = self
            .grams
            .iter()
            .filter(|gram| parts.contains(gram))
            .count();
        let enough = n_found + n_spare >= self.grams.len() && n_found * 2 >= self.grams.len();
        if enough {
            50 * n_found / self.grams.len()
        } else {
            0
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_as_a_whole_at_their_start_inside_and_nearly() {
        let title = "LoongArch: KVM: Add paravirt preempt support, vcpu_is_preempted()";
        for (query, score) in [
            ("paravirt", Some(100)),
            ("KVM paravirt", Some(100)),
            ("para", Some(85)),
            ("virt", Some(60)),
            ("paravrit", Some(25)),
            ("loongarhc", Some(35)),
            ("paravirt sev", None),
            ("xparavirtx", Some(37)),
            ("", Some(0)),
            ("zzz", None),
        ] {
            assert_eq!(Query::new(query).score(title), score, "{query}");
        }
    }
}
