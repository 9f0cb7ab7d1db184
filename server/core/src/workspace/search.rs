//! A search over the titles of series and patches and over people: every word of the query must
//! be found, a letter may be wrong. Newest digests first, and a bound on the work: what was left
//! out is told.
//!
//! Tests: `tests/tests/histories.rs` and below.

use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::contribution::{Label, NONE, PatchInfo, PersonInfo, Posting, PostingKind};
use super::grams;
use super::shelf::Own;
use super::{Member, Place, Workspace};
use crate::eight;
use crate::model::keys::{self, KeyMap};
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
            works: KeyMap::default(),
            known: HashSet::new(),
            n_looked_at: 0,
        };
        let mut more = false;
        // What covers the same commits need not be the same text.
        for slot in self.chain().newest_first() {
            let Some(member) = self.member(slot) else {
                continue;
            };
            if !query.may_be_in(member.contribution.own().grams()) {
                continue;
            }
            search.look_at(self, member);
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
        let hits = hits.into_iter().map(Candidate::hit).collect();
        Found { hits, more }
    }
}

/// What may be a hit, before it is known whether it is among the best: their strings alone are made.
struct Candidate<'a> {
    kind: HitKind,
    member: &'a Member,
    what: What<'a>,
    score: u32,
}

enum What<'a> {
    Posting(Posting<'a>),
    Patch(Posting<'a>, PatchInfo<'a>),
    /// With the entry that speaks for his posting.
    Person(PersonInfo<'a>, usize),
}

impl Candidate<'_> {
    fn hit(self) -> Hit {
        let (text, detail, container, entry) = match self.what {
            What::Posting(posting) => {
                let total = match posting.kind() {
                    PostingKind::Series => format!(" 0/{}", posting.n_patches()),
                    _ => String::new(),
                };
                let detail = format!("{}{total}", posting.label());
                let poster = posting.poster().map_or("", |poster| poster.name);
                (posting.title(), detail, poster, posting.lead())
            }
            What::Patch(posting, patch) => {
                let number = patch.number;
                let number = number.map_or("-".to_owned(), |number| number.to_string());
                let detail = format!("{} {number}/{}", posting.label(), posting.n_patches());
                let entry = patch.entry.unwrap_or(posting.lead());
                (patch.title, detail, posting.title(), entry)
            }
            What::Person(person, entry) => (person.name, person.email.to_owned(), "", entry),
        };
        Hit {
            kind: self.kind,
            text: text.to_owned(),
            detail,
            container: container.to_owned(),
            place: Place {
                key: Arc::clone(&self.member.key),
                entry,
            },
            is_listed: matches!(&self.what, What::Patch(_, patch) if patch.entry.is_none()),
            score: self.score,
        }
    }
}

struct Search<'a> {
    query: &'a Query,
    hits: Vec<Candidate<'a>>,
    /// The hit about a series or single, and the version it shows, by the head of its ring.
    works: KeyMap<(usize, Label)>,
    /// What else was found in a newer digest already.
    known: HashSet<(HitKind, u64)>,
    n_looked_at: usize,
}

impl<'a> Search<'a> {
    fn look_at(&mut self, workspace: &Workspace, member: &'a Member) {
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
        // An empty query asks for what is new, not for everyone.
        if !self.query.words.is_empty() {
            self.people(member);
        }
    }

    fn posting(&mut self, member: &'a Member, posting: Posting<'a>, head: u32) {
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
        let replaced = match self.works.entry(keys::both(kind as u64, head.into())) {
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
        let hit = Candidate {
            kind,
            member,
            what: What::Posting(posting),
            score,
        };
        match self.hits.get_mut(replaced) {
            Some(older) => *older = hit,
            None => self.hits.push(hit),
        }
    }

    fn patches(&mut self, member: &'a Member, posting: Posting<'a>) {
        for patch in posting.patches() {
            self.n_looked_at += 1;
            let Some(score) = self.query.score(patch.title) else {
                continue;
            };
            if self.query.words.is_empty() || !self.known.insert((HitKind::Patch, patch.key)) {
                continue;
            }
            self.hits.push(Candidate {
                kind: HitKind::Patch,
                member,
                what: What::Patch(posting, patch),
                score,
            });
        }
    }

    fn people(&mut self, member: &'a Member) {
        let own = member.contribution.own();
        let leads = LazyCell::new(|| Leads::of(own));
        let people = member.contribution.people().zip(own.people());
        for (idx, (person, row)) in (0_u32..).zip(people) {
            self.n_looked_at += 1;
            let Some(score) = self.query.score_person(person.name, person.email) else {
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
            let Some(entry) = leads.of_person(own, idx) else {
                continue;
            };
            self.known.insert((HitKind::Person, key));
            self.hits.push(Candidate {
                kind: HitKind::Person,
                member,
                what: What::Person(person, entry),
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
    fn of(own: Own<'_>) -> Self {
        let mut leads = Self {
            posted: HashMap::new(),
            wrote: HashMap::new(),
        };
        let add = |map: &mut HashMap<_, u32>, person: u32, at: usize| {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            for key in person_keys(own, person) {
                map.entry(key).or_insert(at);
            }
        };
        for (at, posting) in own.postings().iter().enumerate() {
            add(&mut leads.posted, posting.poster, at);
            let patches = posting.patches.start as usize..posting.patches.end as usize;
            for patch in own.patches().get(patches).unwrap_or(&[]) {
                add(&mut leads.wrote, patch.writer, at);
            }
        }
        leads
    }

    fn of_person(&self, own: Own<'_>, person: u32) -> Option<usize> {
        let first = |map: &HashMap<PersonKey, u32>| {
            let found = person_keys(own, person).filter_map(|key| map.get(&key).copied());
            found.min()
        };
        let at = first(&self.posted).or_else(|| first(&self.wrote))?;
        Some(own.postings().get(at as usize)?.lead as usize)
    }
}

/// What a person is known by: people with one name, or one address, are one.
fn person_keys(own: Own<'_>, person: u32) -> impl Iterator<Item = PersonKey> {
    let row = own.people().get(person as usize);
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
    /// Those of them that may be missing.
    n_spare: usize,
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
            n_spare: words.iter().map(Word::n_spare).sum(),
            words,
        }
    }

    /// Whether a digest may have what is searched for.
    fn may_be_in(&self, set: &[u64]) -> bool {
        let grams = self.grams.iter();
        let mut missing = grams.filter(|gram| !grams::may_hold(set, **gram));
        missing.nth(self.n_spare).is_none()
    }

    /// How well a text fits; `None` when a word is not in it.
    fn score(&self, text: &str) -> Option<u32> {
        if self.words.is_empty() {
            return Some(0);
        }
        let parts = LazyCell::new(|| Parts::of(text));
        let mut sum = 0;
        for word in &self.words {
            let score = match word.score_within(text) {
                0 if word.n_spare() == 0 || !word.may_be_nearly_in(&parts) => return None,
                0 => word.score_nearly(text),
                score => score,
            };
            if score == 0 {
                return None;
            }
            sum += score;
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

    /// 100 for the same word in a text, less for its beginning and its middle; 0 where it is not.
    fn score_within(&self, text: &str) -> usize {
        let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let (own, bytes) = (self.text.as_bytes(), text.as_bytes());
        let (mut best, mut start) = (0, 0);
        while let Some(at) = find_caseless(bytes, start, own) {
            start = at + 1;
            let (before, behind) = (text.get(..at), text.get(at + own.len()..));
            let goes_on = is_word(behind.and_then(|text| text.chars().next()));
            let score = if is_word(before.and_then(|text| text.chars().next_back())) {
                // One letter is in the middle of anything.
                if own.len() > 1 { 60 } else { 0 }
            } else if goes_on {
                85
            } else {
                return 100;
            };
            best = best.max(score);
        }
        best
    }

    /// Whether the parts of all words of a text are enough for one that is alike.
    fn may_be_nearly_in(&self, parts: &Parts) -> bool {
        let grams = self.grams.iter();
        self.are_enough(grams.filter(|gram| parts.may_have(**gram)).count())
    }

    /// Whether a word with so many of the parts is alike.
    fn are_enough(&self, n_found: usize) -> bool {
        n_found + self.n_spare() >= self.grams.len() && n_found * 2 >= self.grams.len()
    }

    /// At most 50, for the word of a text that is most alike.
    fn score_nearly(&self, text: &str) -> usize {
        let own_len = self.text.len();
        let mut parts = Vec::new();
        let mut best = 0;
        // Words with one wrong letter are of about the same length.
        for word in words(text).filter(|word| word.len() + 3 >= own_len) {
            parts.clear();
            grams::each(word, |gram| parts.push(gram));
            let grams = self.grams.iter();
            let n_found = grams.filter(|gram| parts.contains(gram)).count();
            if self.are_enough(n_found) {
                best = best.max(50 * n_found / self.grams.len());
            }
        }
        best
    }
}

/// A set of the parts of words in a text, which may seem to have others ([`grams::each`]).
struct Parts([u64; 8]);

impl Parts {
    fn of(text: &str) -> Self {
        let mut parts = Self([0; 8]);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let letters = eight::first(rest).unwrap_or_else(|| eight::padded(rest));
            let letters = eight::lower(letters);
            // What is in no word as well: to tell them apart takes longer than to note them all.
            for shift in [0, 8, 16, 24, 32, 40] {
                let (word, bit) = Self::place(letters >> shift & 0x00ff_ffff);
                parts.0[word] |= bit;
            }
            rest = rest.get(6..).unwrap_or_default();
        }
        parts
    }

    fn may_have(&self, gram: u64) -> bool {
        let (word, bit) = Self::place(gram);
        self.0[word] & bit != 0
    }

    fn place(gram: u64) -> (usize, u64) {
        let spread = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((spread >> 61) as usize, 1 << (spread >> 55 & 63))
    }
}

/// Where a word in small letters is in a text from `start` on, in any case of ASCII.
fn find_caseless(bytes: &[u8], start: usize, word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let last_start = bytes.len().checked_sub(word.len())?;
    let mut pos = start;
    while pos <= last_start {
        let mut places = letters_from(bytes, pos, first);
        if let Some(&second) = word.get(1) {
            places &= letters_from(bytes, pos + 1, second);
        }
        while places != 0 {
            let at = pos + places.trailing_zeros() as usize / 8;
            let here = bytes.get(at..at + word.len());
            if here.is_some_and(|here| here.eq_ignore_ascii_case(word)) {
                return Some(at);
            }
            places &= places - 1;
        }
        pos += 8;
    }
    None
}

/// Which of eight bytes from `pos` on are a letter, in any case of ASCII.
fn letters_from(bytes: &[u8], pos: usize, letter: u8) -> u64 {
    let bytes = bytes.get(pos..).unwrap_or_default();
    let word = eight::first(bytes).unwrap_or_else(|| eight::padded(bytes));
    eight::equal_in_any(eight::lower(word), letter)
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

    /// The score of a text word by word, each compared from end to end.
    fn score_by_words(query: &Query, text: &str) -> Option<u32> {
        let score = |own: &Word, word: &str| {
            let (name, word_name) = (own.text.as_str(), word.to_ascii_lowercase());
            if word_name.contains(name) && (name.len() > 1 || word_name.starts_with(name)) {
                let is_same = word_name == name;
                return match word_name.starts_with(name) {
                    true if is_same => 100,
                    true => 85,
                    false => 60,
                };
            }
            if own.n_spare() == 0 || word.len() + 3 < name.len() {
                return 0;
            }
            let mut parts = Vec::new();
            grams::each(word, |gram| parts.push(gram));
            let grams = own.grams.iter();
            let n_found = grams.filter(|gram| parts.contains(gram)).count();
            let is_alike = own.are_enough(n_found);
            if is_alike {
                50 * n_found / own.grams.len()
            } else {
                0
            }
        };
        let mut sum = 0;
        for own in &query.words {
            let best = words(text).map(|word| score(own, word)).max();
            sum += best.filter(|best| *best > 0)?;
        }
        u32::try_from(sum / query.words.len().max(1)).ok()
    }

    #[test]
    fn a_text_fits_as_its_words_do() {
        let mut state = 1_u64;
        let mut below = |n: usize| {
            state = keys::both(state, 7) | 1;
            (state >> 33) as usize % n
        };
        let letters = [
            "a", "B", "b", "c", "ö", "é", "1", " ", "-", "_", "ab", "cab",
        ];
        let mut n_found = 0;
        for round in 0..20_000 {
            let mut some = |most: usize| -> String {
                let n = below(most) + 1;
                (0..n).map(|_| letters[below(letters.len())]).collect()
            };
            let (text, query) = (some(24), Query::new(&some(12)));
            let score = query.score(&text);
            assert_eq!(score, score_by_words(&query, &text), "{round} {text}");
            n_found += usize::from(score.is_some());
        }
        assert!(n_found > 2_000, "{n_found}");
    }
}
