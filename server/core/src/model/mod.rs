//! The typed view of a digest: what was posted, by whom, and what belongs together.
//!
//! * [`header`], [`tables`]: the lines before the entries;
//! * [`subject`], [`people`], [`changelog`]: the parts of mails that have a meaning;
//! * [`facts`]: what one entry tells by itself;
//! * [`Mails`]: the mails of a parse, gone through a little behind it;
//! * [`postings`]: which entries and shortlog lines are one posting of a series;
//! * [`titles`]: titles cut off, completed where the digest proves the rest;
//! * [`unlisted`]: mails that the tables count and no entry shows.
//!
//! A model holds no positions: entries are known by their index among the entries, log lines by
//! their index among the log pairs. So it stays valid while text moves.

mod ahead;
mod beside;
pub mod changelog;
pub mod facts;
pub mod header;
mod homes;
pub(crate) mod keys;
#[cfg(test)]
mod made;
mod mails;
mod patches;
pub mod people;
pub mod postings;
mod signers;
pub mod subject;
pub mod tables;
pub mod titles;
mod told;
pub mod unlisted;

pub use mails::Mails;
use mails::Posted;

use std::sync::{Arc, OnceLock};

use crate::lints::series::Remarks;
use crate::narrow::MaybeIndex;
use crate::packed::Str;
use crate::syntax::entry::Entry;
use crate::syntax::line::Heading;
use crate::syntax::log::LogLines;
use crate::syntax::{BlockKind, Blocks};
use crate::text::Text;
use ahead::Ahead;
use facts::Facts;
use header::Header;
use homes::Role;
use keys::{Index, KeyMap};
use people::Person;
use postings::{Patch, Series};
use subject::{Kind, Subject, Version};
use tables::Table;
use titles::Completed;
use told::{Told, Unseen};
use unlisted::{Ledger, People, Unlisted};

/// Everything known about one digest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// The header lines; default where there are none.
    pub header: Header,
    /// The table of domains.
    pub domains: Table,
    /// The table of contributors.
    pub contributors: Table,
    /// The entries, in the order of the text.
    pub entries: Vec<Mail>,
    /// The log lines, in the order of the text.
    pub log: Vec<LogPair>,
    /// The postings of series, in the order of their first entries.
    pub series: Vec<Series>,
    /// Mails that the table of contributors counts and no entry shows.
    pub unlisted: Vec<Unlisted>,
    /// Log lines that name no entry above them.
    pub unknown_exist: Vec<usize>,
    names: Names,
    /// What the rules find in all this; kept here as it stays while the model does.
    pub(crate) remarks: Remarks,
}

/// The fullest name known for an address (by its key without case); made when first asked for, as
/// most people are called by what they are called. It follows from the rest of the model.
#[derive(Debug, Clone, Default)]
struct Names(OnceLock<KeyMap<Str>>);

impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The mail of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// What the entry tells by itself.
    pub facts: Arc<Facts>,
    /// What it is.
    pub kind: Kind,
    /// The title in full where the digest proves it, else as shown.
    pub title: Str,
    /// What proves the rest of a cut title.
    pub completed_by: Option<Box<Completion>>,
    /// Who wrote it, where the digest proves that it was not the poster.
    pub written_by: Option<Box<Person>>,
    series: MaybeIndex,
    patch: MaybeIndex,
    // What is asked of all mails when postings are made stands here too: in a large digest, facts
    // are far away in memory.
    version: Option<Version>,
    number: Option<u32>,
    total: Option<u32>,
    /// The beginning of the title as shown, as a key ([`titles::title_key`]).
    beginning: u64,
    /// Who posted it.
    poster: Option<people::Keys>,
    /// What it is in a posting.
    role: Role,
    /// Whether its writer is the first who signed off, unless proven otherwise.
    is_hinted: bool,
}

/// What completed a cut title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// A line of the shortlog of this entry.
    Shortlog {
        /// The entry with the shortlog.
        entry: usize,
        /// Index of the group.
        group: usize,
        /// Index of the title in the group.
        title: usize,
    },
    /// The title of another posting: an entry.
    Entry(usize),
    /// The title of another posting: the skipped mail of a log pair.
    Skipped(usize),
}

/// An `Exist:` line and its ` Skip:` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPair {
    /// The subject of the entry that stayed.
    pub exist: Option<Str>,
    /// The subject of the mail left out.
    pub skip: Option<Str>,
    /// The entry that `exist` names.
    pub entry: Option<usize>,
    /// The index of the first entry after the pair.
    pub before_entry: usize,
}

impl Mail {
    /// The subject, taken apart.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.facts.subject_parts()
    }

    /// The version as its tag writes it; `None` for the first.
    #[must_use]
    pub const fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// The posting it belongs to; `None` for single mails and replies.
    #[must_use]
    pub fn series(&self) -> Option<usize> {
        self.series.get()
    }

    /// Its index among the patches of that posting; `None` for cover letters.
    #[must_use]
    pub fn patch(&self) -> Option<usize> {
        self.patch.get()
    }

    /// The number in its series; 0 is the cover letter.
    #[must_use]
    pub const fn number(&self) -> Option<u32> {
        self.number
    }

    /// The number of patches in its series.
    #[must_use]
    pub const fn total(&self) -> Option<u32> {
        self.total
    }

    /// Words in its tag that name a tree, a branch or a list.
    pub fn trees(&self) -> impl Iterator<Item = &str> {
        self.subject()
            .into_iter()
            .flat_map(|parts| parts.tag.trees().iter().map(String::as_str))
    }

    /// Who most likely wrote it: as [`Mail::writer`], but where only a hint tells that it was not
    /// the poster, the first who signed off.
    #[must_use]
    pub fn likely_writer(&self) -> Option<&Person> {
        let hinted = self.facts.signers.first().filter(|_| self.is_hinted);
        self.written_by
            .as_deref()
            .or(hinted)
            .or(self.facts.author.as_ref())
    }

    /// Whether anything tells who wrote it.
    const fn has_writer(&self) -> bool {
        self.poster.is_some() || !self.is_by_poster()
    }

    /// Whether nothing tells that it was not written by who posted it.
    const fn is_by_poster(&self) -> bool {
        !self.is_hinted && self.written_by.is_none()
    }

    /// Who wrote it, or else who posted it.
    #[must_use]
    pub fn writer(&self) -> Option<&Person> {
        self.written_by.as_deref().or(self.facts.author.as_ref())
    }
}

/// People among whom a name is looked for one by one, as that takes less than to make a map of all.
const FEW_PEOPLE: usize = 128;
/// Entries above a log line that are looked at first.
const NEAR_LOG: usize = 4;

impl Model {
    /// Makes the model of a digest from its text and blocks, and the mails of its entries.
    #[must_use]
    pub fn build(text: &Text, blocks: &Blocks, mails: Mails) -> Self {
        let Posted {
            mails,
            signers,
            mut beside,
            postings,
        } = mails.done();
        let mut model = Self {
            entries: mails,
            ..Self::default()
        };
        let (mut domains, mut contributors) = (None, None);
        model.log.reserve_exact(blocks.sum().logs);
        for place in blocks.iter() {
            let table = |heading| Table::parse(&text.slice(place.range()), heading);
            match place.block.kind {
                BlockKind::Header => model.header = Header::parse(&text.slice(place.range())),
                // Of a table that stands twice the first counts.
                BlockKind::Heading(heading @ Heading::Domains) => {
                    domains.get_or_insert_with(|| table(heading));
                }
                BlockKind::Heading(heading @ Heading::Contributors) => {
                    contributors.get_or_insert_with(|| table(heading));
                }
                BlockKind::Heading(_) | BlockKind::Stray | BlockKind::Entry => {}
                BlockKind::Exist | BlockKind::Skip => {
                    if let Some(lines) = place.block.log_lines() {
                        model.log.push(LogPair::new(lines, place.before.entries));
                    }
                }
            }
        }
        model.domains = domains.unwrap_or_default();
        model.contributors = contributors.unwrap_or_default();
        model.link_log();
        let skips = model.log.iter().map(|pair| {
            let skip = pair.skip.as_deref().filter(|_| pair.entry.is_some());
            skip.and_then(subject::parse_subject)
        });
        let skips: Vec<Option<Subject>> = skips.collect();
        let people = People::new(&model.contributors, signers);
        let mut ledger = Ledger::new(&people);
        let mut titles = Vec::new();
        model.series.reserve_exact(postings.len());
        let mut ahead = Ahead::default();
        for (posting_idx, posting) in postings.iter().enumerate() {
            for &entry in posting.entries {
                model.entries[entry].series = Some(posting_idx).into();
            }
            let told = beside.take(posting).unwrap_or_else(|| {
                let first = posting.entries.first().copied();
                ahead.reach(&model.entries, first.unwrap_or_default());
                Told::by(posting, &mut model.entries, &mut beside.unseen)
            });
            let unseen = beside
                .unseen
                .get(told.listed.unseen.clone())
                .unwrap_or_default();
            model.adopt(told, unseen, &mut ledger, &mut titles);
        }
        postings::find_skipped_covers(&mut model, &skips);
        titles::complete(&mut model, &skips, titles);
        model.unlisted = unlisted::find(&model, ledger, &skips);
        model
    }

    /// Finds the entry that each `Exist:` line names: the nearest above with that subject.
    fn link_log(&mut self) {
        let subject_of = |mail: &Mail| Some(titles::squeezed_key(mail.facts.subject.as_ref()?));
        // Made when it is needed: most log lines stand right below their entry.
        let mut by_subject: Option<Index> = None;
        for (idx, pair) in self.log.iter_mut().enumerate() {
            let Some(exist) = &pair.exist else { continue };
            let names = |entry: &usize| {
                let subject = self.entries[*entry].facts.subject.as_ref();
                subject.is_some_and(|subject| titles::same_squeezed(subject, exist))
            };
            let (far, near) = pair
                .before_entry
                .checked_sub(NEAR_LOG)
                .map_or((0, 0..pair.before_entry), |far| {
                    (far, far..pair.before_entry)
                });
            pair.entry = near.rev().find(names);
            if pair.entry.is_none() && far > 0 {
                let index = by_subject.get_or_insert_with(|| {
                    let keys = self.entries.iter().enumerate();
                    Index::new(keys.filter_map(|(idx, mail)| Some((subject_of(mail)?, idx))))
                });
                let found = index.get(titles::squeezed_key(exist));
                pair.entry = found.last_before(far).filter(names);
            }
            if pair.entry.is_none() {
                self.unknown_exist.push(idx);
            }
        }
    }

    /// The people as they are known, each perhaps several times: as the table has them, else as they sign.
    fn people_with_names(&self) -> impl Iterator<Item = &Person> {
        let rows = self.contributors.people().map(|(_, person)| person);
        let signers = self.entries.iter().flat_map(|mail| &mail.facts.signers);
        rows.chain(signers)
    }

    /// The name that belongs to an address, if one of the first people has it and no map of all is at hand.
    fn name_among_few(&self, email: &str) -> Option<&Str> {
        if self.names.0.get().is_some() {
            return None;
        }
        let mut few = self.people_with_names().take(FEW_PEOPLE);
        let known = few.find(|person| person.email.eq_ignore_ascii_case(email));
        Some(&known?.name)
    }

    /// The names under which people are known.
    fn names(&self) -> &KeyMap<Str> {
        self.names.0.get_or_init(|| {
            let mut names = KeyMap::default();
            for person in self.people_with_names() {
                let known = names.entry(keys::caseless(&person.email));
                known.or_insert_with(|| person.name.clone());
            }
            names
        })
    }

    /// Takes a posting in, with all that it tells of its entries.
    fn adopt(
        &mut self,
        told: Told,
        unseen: &[Unseen],
        ledger: &mut Ledger<'_>,
        titles: &mut Vec<Completed>,
    ) {
        for &patch_idx in &told.listed.of_others {
            let patch = &told.series.patches[patch_idx];
            let Some(entry) = patch.entry() else { continue };
            let writer = self.other_writer(&told.series, patch, entry, ledger.people());
            self.entries[entry].written_by = writer.map(Box::new);
        }
        ledger.add_unseen(self, &told, unseen);
        titles.extend(told.listed.titles);
        self.series.push(told.series);
    }

    /// Who wrote a patch, where the shortlog names someone who is not its poster.
    fn other_writer(
        &self,
        series: &Series,
        patch: &Patch,
        entry: usize,
        people: &People,
    ) -> Option<Person> {
        let mail = &self.entries[entry];
        let writer = series.author_of(patch, &self.entries)?;
        let poster = mail.facts.author.as_ref()?;
        let signers = mail.facts.signers.iter();
        let mut names = signers
            .filter(|signer| signer.email.eq_ignore_ascii_case(&poster.email))
            .map(|signer| &*signer.name)
            .chain(std::iter::once_with(|| self.known_name(poster, people)));
        let is_poster = names.any(|name| people::same_name(name, writer));
        (!is_poster).then(|| self.person_named(writer, mail, people))
    }

    /// The name a person goes by here: the fullest known for the address, as posters often send
    /// with a login for a name (`ankita <ankita@nvidia.com>`).
    #[must_use]
    pub fn name_of<'a>(&'a self, person: &'a Person) -> &'a str {
        if !person.has_login_for_name() {
            return &person.name;
        }
        let known = self.name_among_few(&person.email);
        let known = known.or_else(|| self.names().get(&keys::caseless(&person.email)));
        known.unwrap_or(&person.name)
    }

    /// As [`Model::name_of`], while the people of the table are at hand: nearly always it is theirs.
    fn known_name<'a>(&'a self, person: &'a Person, people: &People) -> &'a str {
        if !person.has_login_for_name() {
            return &person.name;
        }
        let email = keys::caseless(&person.email);
        let row = people.first_row(email);
        let row = row.and_then(|row| self.contributors.rows.get(row)?.person.as_ref());
        let known = row.map(|person| &person.name);
        let known = known.or_else(|| people.signers.name(email, &self.entries));
        known.unwrap_or(&person.name)
    }

    /// A person known by name, with the address that the mail or the table has.
    fn person_named(&self, name: &str, mail: &Mail, people: &People) -> Person {
        let mut signers = mail.facts.signers.iter();
        let signer = signers.find(|signer| people::same_name(&signer.name, name));
        let email = signer.map(|signer| &signer.email).or_else(|| {
            let row = self.contributors.rows.get(people.named(name)?.last_row)?;
            Some(&row.person.as_ref()?.email)
        });
        Person {
            name: name.into(),
            email: email.cloned().unwrap_or_default(),
        }
    }

    /// The number of mails that the table of contributors counts.
    #[must_use]
    pub fn n_mails(&self) -> u64 {
        self.contributors.total()
    }
}

impl Mail {
    /// The mail of an entry, before what other entries tell of it is known.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let facts = Arc::clone(entry.facts());
        let tag = facts.subject_parts().map(|subject| &subject.tag);
        let author = facts.author.as_ref();
        let title = titles::squeezed(&facts.title_shown);
        Self {
            kind: facts.kind(),
            beginning: titles::title_key(&title),
            version: tag.and_then(|tag| tag.version),
            number: tag.and_then(|tag| tag.number),
            total: tag.and_then(|tag| tag.total),
            poster: author.map(people::Keys::of),
            role: Role::of(&facts),
            is_hinted: facts.had_body_from && !facts.signers.is_empty(),
            title,
            facts,
            completed_by: None,
            written_by: None,
            series: None.into(),
            patch: None.into(),
        }
    }

    fn is_cover(&self) -> bool {
        self.role == Role::Cover
    }

    /// Keeps the poster's name as a key, for what is asked when it is far away in memory.
    fn name_poster(&mut self) {
        let poster = self.poster.zip(self.facts.author.as_ref());
        self.poster = poster.map(|(keys, author)| keys.named(author));
    }
}

impl LogPair {
    fn new(lines: &LogLines, before_entry: usize) -> Self {
        Self {
            exist: lines.exist.clone(),
            skip: lines.skip.clone(),
            entry: None,
            before_entry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    #[test]
    fn people_have_one_name_however_it_is_found() {
        let mut n_others = 0;
        // With more and more people before those of the made digest.
        for n_before in [0, 1, FEW_PEOPLE - 3, FEW_PEOPLE, FEW_PEOPLE * 2] {
            let signers: String = (0..n_before)
                .map(|n| format!("Signed-off-by: A {n} <a{n}@e.org>\n"))
                .collect();
            let mail = "New:  x\n[PATCH] x\nAuthor: Zoe Y <z@e.org>\n\nText.\n\n";
            let heading = "Patch Commit Messages ====\n\n";
            let before = format!("{heading}{mail}{signers}\n\n{}\n\n", "-".repeat(70));
            let text = made::digest(40, 1).replace(heading, &before);
            let digest = Digest::parse(text.replace("<carl@", "<Carl@"));
            let model = digest.model();
            let n_people = model.people_with_names().count();
            assert!(n_people > n_before + 2, "{n_people} {n_before}");
            let posters = model
                .entries
                .iter()
                .filter_map(|mail| mail.facts.author.as_ref());
            let posters = posters.filter(|poster| poster.has_login_for_name());
            let names: Vec<&str> = posters
                .clone()
                .map(|poster| model.name_of(poster))
                .collect();
            for (poster, name) in posters.zip(names) {
                let known = model.names().get(&keys::caseless(&poster.email));
                assert_eq!(name, known.unwrap_or(&poster.name).as_str());
                assert_eq!(name, model.name_of(poster));
                n_others += usize::from(name != poster.name);
            }
        }
        assert!(n_others > 10);
    }
}
