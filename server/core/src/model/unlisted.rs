//! Mails that the table of contributors counts and no entry shows.
//!
//! Only what the table proves: a person counted higher than everything in the digest that may be
//! theirs. The other direction proves nothing, as a range may cut a series.

use std::collections::HashSet;

use super::keys::{self, KeyTable};
use super::people::{self, Person, name_hash};
use super::postings::Series;
use super::signers::Signers;
use super::subject::{Kind, Subject, Version};
use super::tables::Table;
use super::told::{Told, Unseen};
use super::{Mail, Model};
use crate::narrow::MaybeIndex;
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

/// The people of a table of contributors, by name. One may have several addresses, each with a row of
/// its own.
pub(super) struct People {
    people: Vec<Rows>,
    /// Indexes of people.
    by_name: KeyTable,
    addresses: Vec<Address>,
    /// Indexes of addresses.
    by_email: KeyTable,
    /// What people sign with who are not in it.
    pub(super) signers: Signers,
}

/// The rows of a person.
pub(super) struct Rows {
    first_row: usize,
    /// The last of them.
    pub(super) last_row: usize,
    /// The sum of their counts.
    counted: u64,
}

/// The rows of an address.
struct Address {
    first_row: usize,
    /// The person in the last of them.
    person: usize,
}

impl People {
    pub(super) fn new(table: &Table, signers: Signers) -> Self {
        let n_rows = table.rows.len();
        let mut people: Vec<Rows> = Vec::with_capacity(n_rows);
        let mut addresses: Vec<Address> = Vec::with_capacity(n_rows);
        let mut by_name = KeyTable::with_room(n_rows);
        let mut by_email = KeyTable::with_room(n_rows);
        for (row_idx, person) in table.people() {
            let idx = by_name.get_or_insert(name_hash(&person.name), people.len());
            if idx == people.len() {
                people.push(Rows {
                    first_row: row_idx,
                    last_row: row_idx,
                    counted: 0,
                });
            }
            let rows = &mut people[idx];
            rows.last_row = row_idx;
            rows.counted = rows.counted.saturating_add(table.rows[row_idx].count);
            let email = by_email.get_or_insert(keys::caseless(&person.email), addresses.len());
            if email == addresses.len() {
                addresses.push(Address {
                    first_row: row_idx,
                    person: idx,
                });
            }
            addresses[email].person = idx;
        }
        Self {
            people,
            by_name,
            addresses,
            by_email,
            signers,
        }
    }

    /// The rows of the person with a name.
    pub(super) fn named(&self, name: &str) -> Option<&Rows> {
        self.people.get(self.by_name.get(name_hash(name))?)
    }

    /// The first row with an address, told by its key without case.
    pub(super) fn first_row(&self, email: u64) -> Option<usize> {
        Some(self.addresses.get(self.by_email.get(email)?)?.first_row)
    }

    /// The index of someone with a name and an address (its key without case).
    fn find(&self, name: &str, email: u64) -> Option<usize> {
        let found = self.with_address(email);
        found.or_else(|| self.by_name.get(name_hash(name)))
    }

    /// The index of who has an address, told by its key without case.
    fn with_address(&self, email: u64) -> Option<usize> {
        Some(self.addresses.get(self.by_email.get(email)?)?.person)
    }

    fn find_person(&self, person: &Person) -> Option<usize> {
        self.find(&person.name, keys::caseless(&person.email))
    }
}

/// What the digest shows of a person.
#[derive(Clone, Default)]
struct Account {
    /// Mails that have an entry or a log line: they are in the window for certain.
    certain: u64,
    /// Mails that are in the window unless its edge cuts them off.
    likely: u64,
}

/// The accounts of everyone in the table.
pub(super) struct Ledger<'a> {
    people: &'a People,
    accounts: Vec<Account>,
    /// The account of who most likely wrote each entry.
    writers: Vec<MaybeIndex>,
    /// Certain mails of people that the table does not have.
    of_others: u64,
}

impl<'a> Ledger<'a> {
    /// One without mails.
    pub(super) fn new(people: &'a People) -> Self {
        Self {
            people,
            accounts: vec![Account::default(); people.people.len()],
            writers: Vec::new(),
            of_others: 0,
        }
    }

    pub(super) fn people(&self) -> &'a People {
        self.people
    }

    fn add_certain(&mut self, account: Option<usize>) {
        match account.and_then(|account| self.accounts.get_mut(account)) {
            Some(account) => account.certain += 1,
            None => self.of_others += 1,
        }
    }

    /// Adds the patches of a posting that its shortlog lists and no entry shows.
    pub(super) fn add_unseen(&mut self, model: &Model, told: &Told, unseen: &[Unseen]) {
        let Some(cover) = told.cover.map(|cover| &model.entries[cover]) else {
            return;
        };
        let first = || told.series.entries.first();
        let is_known = || first().is_some_and(|&entry| model.entries[entry].has_writer());
        if cover.poster.is_none() && !is_known() {
            return;
        }
        for unseen in unseen.iter().filter(|unseen| unseen.count > 0) {
            // A name in a shortlog has no address; the poster's is known.
            let mut other = unseen.other;
            if told.is_by_login
                && let Some(poster) = &cover.facts.author
                && let Some(group) = cover.facts.shortlog.get(unseen.group)
            {
                let name = model.known_name(poster, self.people);
                let is_poster = people::same_name(group.author(), name);
                other = (!is_poster).then(|| name_hash(group.author()));
            }
            let account = match other {
                None => self.poster(cover),
                Some(name) => {
                    let nameless = self.people.with_address(keys::caseless(""));
                    nameless.or_else(|| self.people.by_name.get(name))
                }
            };
            self.add_likely(account, unseen.count as u64);
        }
    }

    /// The account of who posted a mail.
    fn poster(&self, mail: &Mail) -> Option<usize> {
        let poster = mail.poster?;
        let account = self.people.with_address(poster.email);
        account.or_else(|| {
            let name = || Some(name_hash(&mail.facts.author.as_ref()?.name));
            self.people.by_name.get(poster.name.or_else(name)?)
        })
    }

    fn add_likely(&mut self, account: Option<usize>, n_mails: u64) {
        if let Some(account) = account.and_then(|account| self.accounts.get_mut(account)) {
            account.likely = account.likely.saturating_add(n_mails);
        }
    }
}

/// Finds the mails without entry, of a ledger to which all postings were added
/// ([`Ledger::add_unseen`]); `skips` are the subjects of the log pairs' skipped mails, taken apart.
pub(super) fn find(
    model: &Model,
    mut ledger: Ledger<'_>,
    skips: &[Option<Subject>],
) -> Vec<Unlisted> {
    let people = ledger.people;
    ledger.writers.reserve_exact(model.entries.len());
    for mail in &model.entries {
        // Most are written by who posts them, and are found without a look at the facts.
        if mail.poster.is_some() && mail.is_by_poster() {
            let account = ledger.poster(mail);
            ledger.writers.push(account.into());
            ledger.add_certain(account);
            continue;
        }
        let Some(writer) = mail.likely_writer() else {
            ledger.writers.push(None.into());
            continue;
        };
        let author = mail.facts.author.as_ref();
        let account = people.find_person(writer);
        ledger.writers.push(account.into());
        ledger.add_certain(account);
        // With a hint and no proof it may be anyone's who is named in it.
        if mail.facts.had_body_from && mail.written_by.is_none() {
            for person in mail.facts.signers.iter().chain(author) {
                if person.email != writer.email {
                    ledger.add_likely(people.find_person(person), 1);
                }
            }
        }
    }
    for series in &model.series {
        add_unknown(&mut ledger, model, series);
    }
    add_skipped(&mut ledger, model, skips);

    // Certain mails over what is counted are mails of someone else: a writer whom no line names.
    // They may be anyone's, so each claim has to stand without them.
    let accounts = || people.people.iter().zip(&ledger.accounts);
    let over = |(rows, account): (&Rows, &Account)| account.certain.saturating_sub(rows.counted);
    let complete = !model.contributors.is_full();
    let slack = accounts().map(over).sum::<u64>() + if complete { ledger.of_others } else { 0 };
    let claims = accounts().filter_map(|(rows, account)| {
        let shown = account
            .certain
            .saturating_add(account.likely)
            .saturating_add(slack);
        let count = rows.counted.checked_sub(shown).filter(|&count| count > 0)?;
        let row = model.contributors.rows.get(rows.first_row)?;
        Some(Unlisted {
            name: row.person.as_ref()?.name.clone(),
            count,
            row: rows.first_row,
        })
    });
    claims.collect()
}

/// Adds the patches of a posting that nothing but its total tells of.
fn add_unknown(ledger: &mut Ledger<'_>, model: &Model, series: &Series) {
    let unknown = series.n_patches().saturating_sub(series.patches.len()) as u64;
    if unknown == 0 {
        return;
    }
    // Where nothing names the writers of unknown patches, they are those of the known one.
    let first = series.entries.first().copied();
    let known = first.filter(|&entry| model.entries[entry].has_writer());
    let poster = || ledger.people.find_person(series.author.as_ref()?);
    let writer = known.map_or_else(poster, |entry| ledger.writers[entry].get());
    ledger.add_likely(writer, unknown);
}

/// What was skipped was counted too; with one mail of an older posting, all of it may have been.
fn add_skipped(ledger: &mut Ledger<'_>, model: &Model, skips: &[Option<Subject>]) {
    let mut postings: HashSet<(usize, String)> = HashSet::new();
    for (pair, skipped) in model.log.iter().zip(skips) {
        let (Some(entry), Some(_)) = (pair.entry, &pair.skip) else {
            continue;
        };
        let mail = &model.entries[entry];
        if !mail.has_writer() {
            continue;
        }
        let tag = skipped.as_ref().map(|parts| &parts.tag);
        let total = tag
            .filter(|tag| matches!(tag.kind(), Kind::Cover | Kind::Patch))
            .and_then(|tag| tag.total);
        let n_mails = match (total, mail.series()) {
            (Some(total), Some(series)) => {
                let version = tag
                    .and_then(|tag| tag.version)
                    .unwrap_or(Version::FIRST)
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
        ledger.add_likely(ledger.writers[entry].get(), n_mails);
    }
}
