//! Mails that the table of contributors counts and no entry shows.
//!
//! Only what the table proves: a person counted higher than everything in the digest that may be
//! theirs. The other direction proves nothing, as a range may cut a series.

use std::collections::{HashMap, HashSet};

use super::subject::{self, Kind};
use super::{Model, people};

/// A person's mails without entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// The name in the table.
    pub name: String,
    /// How many.
    pub count: u64,
    /// Index of the person's first row in the table.
    pub row: usize,
}

/// The persons of the table with what it counts and what the digest shows of each.
struct Ledger {
    /// Name, counted, shown, first row.
    people: Vec<(String, u64, u64, usize)>,
    by_email: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Ledger {
    fn new(model: &Model) -> Self {
        let mut ledger = Self {
            people: Vec::new(),
            by_email: HashMap::new(),
            by_name: HashMap::new(),
        };
        for (row_idx, row) in model.contributors.rows.iter().enumerate() {
            let Some(person) = &row.person else { continue };
            // One person may have several addresses, each with a row of its own.
            let next = ledger.people.len();
            let idx = *ledger
                .by_name
                .entry(people::name_key(&person.name))
                .or_insert(next);
            if idx == next {
                ledger.people.push((person.name.clone(), 0, 0, row_idx));
            }
            ledger.people[idx].1 = ledger.people[idx].1.saturating_add(row.count);
            ledger
                .by_email
                .insert(person.email.to_ascii_lowercase(), idx);
        }
        ledger
    }

    fn show(&mut self, name: &str, email: &str, count: u64) {
        let by_email = self.by_email.get(&email.to_ascii_lowercase()).copied();
        if let Some(idx) = by_email.or_else(|| self.by_name.get(&people::name_key(name)).copied()) {
            self.people[idx].2 = self.people[idx].2.saturating_add(count);
        }
    }
}

/// Finds the mails without entry.
pub(super) fn find(model: &Model) -> Vec<Unlisted> {
    let mut ledger = Ledger::new(model);
    for mail in model.entries.iter().filter(|mail| mail.series.is_none()) {
        if let Some(author) = mail.writer() {
            ledger.show(&author.name, &author.email, 1);
        }
    }
    for series in &model.series {
        let Some(poster) = &series.author else {
            continue;
        };
        let cover = u64::from(series.cover.is_some() || series.skipped_cover.is_some());
        let unknown = series.n_patches().saturating_sub(series.patches.len()) as u64;
        ledger.show(&poster.name, &poster.email, cover + unknown);
        for patch in &series.patches {
            let posted_by = patch
                .entry
                .and_then(|entry| model.entries[entry].facts.author.as_ref());
            match (&patch.author, posted_by) {
                (Some(author), Some(poster)) if people::same_name(author, &poster.name) => {
                    ledger.show(&poster.name, &poster.email, 1);
                }
                (Some(author), _) => ledger.show(author, "", 1),
                (None, poster_of_patch) => {
                    let poster = poster_of_patch.unwrap_or(poster);
                    ledger.show(&poster.name, &poster.email, 1);
                }
            }
        }
    }
    // What was skipped was counted too; with one mail of an older posting, all of it may have been.
    let mut postings: HashSet<(usize, String)> = HashSet::new();
    for pair in &model.log {
        let (Some(entry), Some(skip)) = (pair.entry, pair.skip.as_deref()) else {
            continue;
        };
        let Some(poster) = model.entries[entry].facts.author.as_ref() else {
            continue;
        };
        let Some(skipped) = subject::parse_subject(skip) else {
            continue;
        };
        let count = match (skipped.tag.kind(), skipped.tag.total) {
            (Kind::Cover | Kind::Patch, Some(total)) => {
                let version = skipped
                    .tag
                    .version
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let series = model.entries[entry].series.unwrap_or(usize::MAX);
                let is_its_own_cover = model.series.get(series).is_some_and(|series| {
                    series.version.clone().unwrap_or_default() == version && series.cover.is_none()
                });
                let key = (series, version);
                if is_its_own_cover || !postings.insert(key) {
                    continue;
                }
                u64::from(total) + 1
            }
            _ => 1,
        };
        ledger.show(&poster.name, &poster.email, count);
    }
    let over = ledger
        .people
        .into_iter()
        .filter(|(_, counted, shown, _)| counted > shown);
    over.map(|(name, counted, shown, row)| Unlisted {
        name,
        count: counted - shown,
        row,
    })
    .collect()
}
