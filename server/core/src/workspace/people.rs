//! Everything of one person, under all names and addresses, and everything that touches a file.
//!
//! Tests: `tests/tests/histories.rs`.

use std::collections::{BTreeSet, HashSet};

use super::contribution::{FileInfo, PersonRow, Posting};
use super::extract::{email_hash, file_hash, name_hash};
use super::since::same_path;
use super::{Member, Place, Workspace};
use crate::model::people;

/// A person, as far as digests tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonOf {
    /// Spellings of the name, the most frequent first.
    pub names: Vec<String>,
    /// Addresses, by alphabet.
    pub emails: Vec<String>,
    /// Postings of theirs, oldest to newest.
    pub postings: Vec<PostedBy>,
}

/// A posting that a person has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedBy {
    /// The entry that speaks for it.
    pub place: Place,
    /// Whether they posted it.
    pub is_poster: bool,
    /// Number of its patches that they wrote, as far as known.
    pub n_written: usize,
}

/// Names and addresses that one person may have.
const MOST_ALIASES: usize = 64;

impl Workspace {
    /// Everything of a person, who is named by a name or an address.
    #[must_use]
    pub fn person(&self, who: &str) -> Option<PersonOf> {
        let parts = people::parse_author(who);
        let hashes = match &parts {
            Some(parts) => [
                name_hash(&people::name_key(&parts.person.name)),
                email_hash(&parts.person.email),
            ],
            None => [name_hash(&people::name_key(who)), 0],
        };
        let aliases = self.aliases(&hashes);
        let slots: BTreeSet<u32> = aliases
            .iter()
            .flat_map(|hash| self.people.of(*hash))
            .map(|pair| pair.number)
            .collect();
        let mut names: Vec<(usize, String)> = Vec::new();
        let mut emails = BTreeSet::new();
        let mut postings = Vec::new();
        for member in slots.iter().filter_map(|slot| self.member(*slot)) {
            let own = member.contribution.own();
            let theirs: HashSet<u32> = (0_u32..)
                .zip(own.people())
                .filter(|(_, row)| is_one_of(row, &aliases))
                .map(|(idx, _)| idx)
                .collect();
            for row in theirs
                .iter()
                .filter_map(|idx| own.people().get(*idx as usize))
            {
                note_name(&mut names, own.str(row.name));
                if row.email.len > 0 && emails.len() < MOST_ALIASES {
                    emails.insert(own.str(row.email).to_ascii_lowercase());
                }
            }
            add_postings(&mut postings, member, &theirs);
        }
        if names.is_empty() && emails.is_empty() {
            return None;
        }
        names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.sort_by_age(&mut postings, |posting| &posting.place);
        Some(PersonOf {
            names: names.into_iter().map(|(_, name)| name).collect(),
            emails: emails.into_iter().collect(),
            postings,
        })
    }

    /// The hashes of all names and addresses that belong to one person with those given.
    fn aliases(&self, hashes: &[u64]) -> HashSet<u64> {
        let mut known: HashSet<u64> = HashSet::new();
        let mut todo: Vec<u64> = hashes.iter().copied().filter(|hash| *hash != 0).collect();
        known.extend(&todo);
        while let Some(hash) = todo.pop() {
            for pair in self.people.of(hash) {
                let Some(member) = self.member(pair.number) else {
                    continue;
                };
                let own = member.contribution.own();
                let same = |row: &&PersonRow| row.name_key == hash || row.email_key == hash;
                for row in own.people().iter().filter(same) {
                    // A login or a first name may be anybody's.
                    let name = own.str(row.name);
                    let is_full = name.contains(' ') || !name.is_ascii();
                    let name_key = row.name_key * u64::from(is_full);
                    for alias in [name_key, row.email_key] {
                        if alias != 0 && known.len() < MOST_ALIASES && known.insert(alias) {
                            todo.push(alias);
                        }
                    }
                }
            }
        }
        known
    }

    /// Postings whose diffstat has a file, oldest to newest. Paths shortened from the left meet
    /// the full ones.
    #[must_use]
    pub fn touching(&self, path: &str) -> Vec<Place> {
        let (folder, name) = match path.rfind('/') {
            Some(at) => path.split_at_checked(at + 1).unwrap_or(("", path)),
            None => ("", path),
        };
        let wanted = FileInfo {
            folder,
            name,
            changes: None,
        };
        let mut places = Vec::new();
        for pair in self.files.of(file_hash(name)) {
            let Some(member) = self.member(pair.number) else {
                continue;
            };
            for posting in member.contribution.postings() {
                if posting.files().any(|file| same_path(file, wanted)) {
                    places.push(Place {
                        key: member.key.clone(),
                        entry: posting.lead(),
                    });
                }
            }
        }
        self.sort_by_age(&mut places, |place| place);
        places
    }

    /// Sorts oldest first, as far as the chain of digests tells; in a digest the last entry is
    /// the oldest.
    pub(super) fn sort_by_age<T>(&self, list: &mut [T], place: impl Fn(&T) -> &Place) {
        let chain = self.chain();
        list.sort_by_cached_key(|item| {
            let place = place(item);
            let from_end = usize::MAX - place.entry;
            (chain.rank(&place.key), place.key.clone(), from_end)
        });
    }
}

fn is_one_of(row: &PersonRow, aliases: &HashSet<u64>) -> bool {
    let has = |key: u64| key != 0 && aliases.contains(&key);
    has(row.name_key) || has(row.email_key)
}

fn note_name(names: &mut Vec<(usize, String)>, name: &str) {
    if name.is_empty() {
        return;
    }
    if let Some((count, _)) = names.iter_mut().find(|(_, known)| known == name) {
        *count += 1;
    } else if names.len() < MOST_ALIASES {
        names.push((1, name.to_owned()));
    }
}

fn add_postings(found: &mut Vec<PostedBy>, member: &Member, theirs: &HashSet<u32>) {
    for posting in member.contribution.postings() {
        let is_poster = theirs.contains(&posting.row.poster);
        let n_written = written_by(posting, theirs);
        if is_poster || n_written > 0 {
            found.push(PostedBy {
                place: Place {
                    key: member.key.clone(),
                    entry: posting.lead(),
                },
                is_poster,
                n_written,
            });
        }
    }
}

fn written_by(posting: Posting<'_>, theirs: &HashSet<u32>) -> usize {
    let rows = posting.patch_rows().iter();
    rows.filter(|row| theirs.contains(&row.writer)).count()
}
