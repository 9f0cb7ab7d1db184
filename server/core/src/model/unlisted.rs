//! Mails that the table of contributors counts and no entry shows.
//!
//! Only what the table proves: a person counted higher than everything in the digest that may be
//! theirs. The other direction proves nothing, as a range may cut a series.

use std::collections::{HashMap, HashSet};

use super::keys::{self, KeyMap};
use super::people::Person;
use super::postings::Series;
use super::subject::{self, Kind};
use super::{Model, people};
use crate::packed::Str;

/// A person's mails without entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// The name in the table.
    pub name: Str,
    /// How many.
    pub count: u64,
    /// Index of the person's first row in the table.
    pub row: usize,
}

/// What the table counts of a person, and what the digest shows.
struct Account {
    name: Str,
    row: usize,
    counted: u64,
    /// Mails that have an entry or a log line: they are in the window for certain.
    certain: u64,
    /// Mails that are in the window unless its edge cuts them off.
    likely: u64,
}

/// The accounts of everyone in the table.
struct Ledger {
    accounts: Vec<Account>,
    by_email: KeyMap<usize>,
    by_name: HashMap<String, usize>,
    /// Names as they were asked for: shortlogs repeat theirs with every patch.
    asked: KeyMap<Option<usize>>,
    /// Certain mails of people that the table does not have.
    of_others: u64,
}

impl Ledger {
    fn new(model: &Model) -> Self {
        let mut ledger = Self {
            accounts: Vec::new(),
            by_email: KeyMap::default(),
            by_name: HashMap::new(),
            asked: KeyMap::default(),
            of_others: 0,
        };
        for (row_idx, row) in model.contributors.rows.iter().enumerate() {
            let Some(person) = &row.person else { continue };
            // One person may have several addresses, each with a row of its own.
            let next = ledger.accounts.len();
            let idx = *ledger
                .by_name
                .entry(people::name_key(&person.name))
                .or_insert(next);
            if idx == next {
                ledger.accounts.push(Account {
                    name: person.name.clone(),
                    row: row_idx,
                    counted: 0,
                    certain: 0,
                    likely: 0,
                });
            }
            let account = &mut ledger.accounts[idx];
            account.counted = account.counted.saturating_add(row.count);
            ledger.by_email.insert(keys::caseless(&person.email), idx);
        }
        ledger
    }

    fn account(&mut self, name: &str, email: &str) -> Option<&mut Account> {
        let by_email = self.by_email.get(&keys::caseless(email)).copied();
        let idx = by_email.or_else(|| self.find_name(name))?;
        self.accounts.get_mut(idx)
    }

    fn find_name(&mut self, name: &str) -> Option<usize> {
        let by_name = &self.by_name;
        let found = self.asked.entry(keys::exact(name));
        *found.or_insert_with(|| by_name.get(&people::name_key(name)).copied())
    }

    fn add_certain(&mut self, person: &Person) {
        match self.account(&person.name, &person.email) {
            Some(account) => account.certain += 1,
            None => self.of_others += 1,
        }
    }

    fn add_likely(&mut self, name: &str, email: &str, n_mails: u64) {
        if let Some(account) = self.account(name, email) {
            account.likely = account.likely.saturating_add(n_mails);
        }
    }
}

/// Finds the mails without entry.
pub(super) fn find(model: &Model) -> Vec<Unlisted> {
    let mut ledger = Ledger::new(model);
    for mail in &model.entries {
        let Some(writer) = mail.likely_writer() else {
            continue;
        };
        ledger.add_certain(writer);
        // With a hint and no proof it may be anyone's who is named in it.
        if mail.facts.had_body_from && mail.written_by.is_none() {
            for person in mail.facts.signers.iter().chain(&mail.facts.author) {
                if person.email != writer.email {
                    ledger.add_likely(&person.name, &person.email, 1);
                }
            }
        }
    }
    for series in &model.series {
        add_patches_without_entry(&mut ledger, model, series);
    }
    add_skipped(&mut ledger, model);

    // Certain mails over what is counted are mails of someone else: a writer whom no line names.
    // They may be anyone's, so each claim has to stand without them.
    let over = |account: &Account| account.certain.saturating_sub(account.counted);
    let complete = !model.contributors.is_full();
    let slack =
        ledger.accounts.iter().map(over).sum::<u64>() + if complete { ledger.of_others } else { 0 };
    let claims = ledger.accounts.into_iter().filter_map(|account| {
        let shown = account
            .certain
            .saturating_add(account.likely)
            .saturating_add(slack);
        let count = account
            .counted
            .checked_sub(shown)
            .filter(|&count| count > 0)?;
        Some(Unlisted {
            name: account.name,
            count,
            row: account.row,
        })
    });
    claims.collect()
}

fn add_patches_without_entry(ledger: &mut Ledger, model: &Model, series: &Series) {
    // Where nothing names the writers of unknown patches, they are those of the known one.
    let known = series
        .entries
        .first()
        .and_then(|&entry| model.entries[entry].likely_writer());
    let Some(writer) = known.or(series.author.as_ref()) else {
        return;
    };
    let unknown = series.n_patches().saturating_sub(series.patches.len()) as u64;
    ledger.add_likely(&writer.name, &writer.email, unknown);
    let patches = series.patches.iter();
    let authors: Vec<Option<&str>> = patches
        .filter(|patch| patch.entry().is_none())
        .map(|patch| series.author_of(patch, &model.entries))
        .collect();
    // Patches of one writer stand together.
    for authors in authors.chunk_by(|a, b| a == b) {
        let n_mails = authors.len() as u64;
        match (authors.first().copied().flatten(), &series.author) {
            // A name in a shortlog has no address; the poster's is known.
            (Some(author), Some(poster)) if people::same_name(author, model.name_of(poster)) => {
                ledger.add_likely(author, &poster.email, n_mails);
            }
            (Some(author), _) => ledger.add_likely(author, "", n_mails),
            (None, _) => ledger.add_likely(&writer.name, &writer.email, n_mails),
        }
    }
}

/// What was skipped was counted too; with one mail of an older posting, all of it may have been.
fn add_skipped(ledger: &mut Ledger, model: &Model) {
    let mut postings: HashSet<(usize, String)> = HashSet::new();
    for pair in &model.log {
        let (Some(entry), Some(skip)) = (pair.entry, pair.skip.as_deref()) else {
            continue;
        };
        let mail = &model.entries[entry];
        let Some(writer) = mail.likely_writer() else {
            continue;
        };
        let skipped = subject::parse_subject(skip);
        let tag = skipped.as_ref().map(|parts| &parts.tag);
        let total = tag
            .filter(|tag| matches!(tag.kind(), Kind::Cover | Kind::Patch))
            .and_then(|tag| tag.total);
        let n_mails = match (total, mail.series) {
            (Some(total), Some(series)) => {
                let version = tag
                    .and_then(|tag| tag.version)
                    .unwrap_or(subject::Version::FIRST)
                    .to_string();
                let own = model.series[series].version.as_deref().unwrap_or("1") == version;
                if own || !postings.insert((series, version)) {
                    1
                } else {
                    u64::from(total) + 1
                }
            }
            _ => 1,
        };
        ledger.add_likely(&writer.name, &writer.email, n_mails);
    }
}
