//! The versions of a series, newest first: those that digests show, and those that are known from
//! changelogs, links and ` Skip:` lines alone.
//!
//! Tests: `tests/tests/histories.rs`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::contribution::{Changes, Label, NamedBy, Posting};
use super::message_id::Day;
use super::{Chain, Place, Workspace};
use crate::model::subject::Version;

/// The history of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Its versions, newest first; there is at least one.
    pub versions: Vec<VersionOf>,
}

/// A version of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOf {
    /// Which.
    pub label: Label,
    /// Its title; empty where it is known by its label alone.
    pub title: String,
    /// Who posted it.
    pub poster: String,
    /// Its postings, the one that speaks for it first; none where no digest shows it.
    pub postings: Vec<PostingOf>,
    /// The day it was posted, where an address tells.
    pub day: Option<Day>,
    /// Number of its patches, where known.
    pub n_patches: Option<usize>,
    /// The sums of its diffstat.
    pub changes: Option<Changes>,
    /// What changed in it, in one line; empty where nobody tells.
    pub gist: String,
    /// Where it was posted, says another version.
    pub url: Option<String>,
    /// How it is known, where no digest shows it.
    pub known_by: Option<NamedBy>,
    /// Entries of other versions that name it.
    pub named_in: Vec<Place>,
}

/// A posting of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingOf {
    /// The entry that speaks for it.
    pub place: Place,
    /// The index of the posting in its digest.
    pub index: usize,
    /// Why there is more than one.
    pub role: Role,
}

/// What a posting is beside others of its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It speaks for the version.
    Lead,
    /// The rest of it, in another digest: a range ended within it.
    Part,
    /// The same once more.
    Repeat,
}

impl VersionOf {
    /// The entry that speaks for it.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        Some(&self.postings.first()?.place)
    }

    /// How often it was posted again.
    #[must_use]
    pub fn n_repeats(&self) -> usize {
        let postings = self.postings.iter();
        postings
            .filter(|posting| posting.role == Role::Repeat)
            .count()
    }
}

impl History {
    /// The title of the newest version that has one.
    #[must_use]
    pub fn title(&self) -> &str {
        let titles = self.versions.iter().map(|version| &*version.title);
        titles
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or_default()
    }

    /// The index of the version that an entry of a digest belongs to.
    #[must_use]
    pub fn version_at(&self, workspace: &Workspace, key: &str, entry: usize) -> Option<usize> {
        let posting = workspace.get(key)?.posting_of(entry)?;
        let (label, index) = (posting.label(), posting.index);
        // The postings of a label are all in one version; a series may have thousands of either.
        let is_own = |version: &&VersionOf| version.label == label && !version.postings.is_empty();
        let at = self.versions.iter().position(|version| is_own(&version))?;
        let mut postings = self.versions.get(at)?.postings.iter();
        postings
            .any(|posting| posting.index == index && &*posting.place.key == key)
            .then_some(at)
    }

    /// The index of the version with a label: `v2`, `2`, `RFC v1`.
    #[must_use]
    pub fn version_named(&self, label: Label) -> Option<usize> {
        let exact = |version: &VersionOf| version.label == label;
        let alike = |version: &VersionOf| version.label.version == label.version;
        let versions = || self.versions.iter();
        versions()
            .position(exact)
            .or_else(|| versions().position(alike))
    }

    /// Two versions to compare, by index, the older one first: from `old` (else the one before
    /// that a digest shows, or `own` where there is none) to `new` (else `own`, or the newest when
    /// `own` is not newer). `None` where there are no such two.
    #[must_use]
    pub fn pair(
        &self,
        own: usize,
        old: Option<Label>,
        new: Option<Label>,
    ) -> Option<(usize, usize)> {
        let new_idx = match new {
            Some(label) => self.version_named(label)?,
            None => own,
        };
        let old_idx = match old {
            Some(label) => self.version_named(label)?,
            None => self
                .shown_before(new_idx)
                .or(new.is_none().then_some(own))?,
        };
        // Newest first: the older one has the greater index.
        let new_idx = match new {
            None if old_idx <= own => self.newest_after(old_idx)?,
            _ => new_idx,
        };
        (old_idx > new_idx).then_some((old_idx, new_idx))
    }

    /// The newest version before one that a digest shows.
    #[must_use]
    pub fn shown_before(&self, version: usize) -> Option<usize> {
        let shown = |idx: &usize| {
            let version = self.versions.get(*idx);
            version.is_some_and(|version| !version.postings.is_empty())
        };
        (version + 1..self.versions.len()).find(shown)
    }

    /// The newest version after one that a digest shows.
    #[must_use]
    pub fn newest_after(&self, version: usize) -> Option<usize> {
        let shown = |idx: &usize| {
            let version = self.versions.get(*idx);
            version.is_some_and(|version| !version.postings.is_empty())
        };
        (0..version).find(shown)
    }
}

impl Workspace {
    /// The history of the series that an entry belongs to. `None` for replies, pull requests
    /// included: those have no versions.
    #[must_use]
    pub fn history(&self, key: &str, entry: usize) -> Option<Arc<History>> {
        self.history_of_row(self.row_of(key, entry)?)
    }

    pub(super) fn history_of_row(&self, row: u32) -> Option<Arc<History>> {
        if self.ring(row).nth(FEW).is_none() {
            return Some(Arc::new(self.make_history(row)?));
        }
        // Whoever asks for all entries of a digest that has most of these postings would make the
        // whole history for each of them.
        let head = self.rows.get(row as usize)?.head;
        let known = || {
            let known = self.long_histories.lock();
            known.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(history) = known().get(&head) {
            return Some(Arc::clone(history));
        }
        let history = Arc::new(self.make_history(row)?);
        known().insert(head, Arc::clone(&history));
        Some(history)
    }

    fn make_history(&self, row: u32) -> Option<History> {
        let chain = self.chain();
        let mut shown: Vec<Shown<'_>> = Vec::new();
        for row in self.ring(row) {
            let (member, posting) = self.posting(row)?;
            shown.push(Shown {
                key: &member.key,
                posting,
                rank: chain.rank(&member.key),
            });
        }
        // The one that speaks for a version comes first: with cover letter, not sent again, oldest.
        shown.sort_by_key(|shown| {
            let flags = shown.posting.flags();
            (
                shown.posting.label(),
                !flags.has_cover,
                !flags.cover_skipped,
                flags.is_resend,
                shown.rank,
                shown.key,
                std::cmp::Reverse(shown.posting.lead()),
            )
        });
        let mut versions: Vec<VersionOf> = Vec::new();
        for same in shown.chunk_by(|a, b| a.posting.label() == b.posting.label()) {
            versions.extend(version_of(same));
        }
        let mut known = Known::of(&versions);
        for shown in &shown {
            add_named(&mut versions, &mut known, shown);
        }
        sort(&mut versions, chain);
        Some(History { versions })
    }
}

/// A posting of the series in its digest.
struct Shown<'a> {
    key: &'a Arc<str>,
    posting: Posting<'a>,
    rank: (usize, usize),
}

impl Shown<'_> {
    fn place(&self) -> Place {
        Place {
            key: Arc::clone(self.key),
            entry: self.posting.lead(),
        }
    }
}

/// A version from its postings, the one that speaks for it first.
fn version_of(same: &[Shown<'_>]) -> Option<VersionOf> {
    let lead = same.first()?;
    let lead_posting = lead.posting;
    let postings = same.iter().enumerate().map(|(idx, shown)| {
        let posting = shown.posting;
        let role = match idx {
            0 => Role::Lead,
            _ if is_part(lead_posting, posting) => Role::Part,
            _ => Role::Repeat,
        };
        PostingOf {
            place: shown.place(),
            index: posting.index,
            role,
        }
    });
    let poster = lead_posting.poster();
    Some(VersionOf {
        label: lead_posting.label(),
        title: lead_posting.title().to_owned(),
        poster: poster.map_or("", |poster| poster.name).to_owned(),
        postings: postings.collect(),
        day: None,
        n_patches: Some(lead_posting.n_patches()),
        changes: lead_posting.changes(),
        gist: same
            .iter()
            .flat_map(|shown| shown.posting.versions())
            .find(|version| version.is_own)
            .map_or(String::new(), |version| version.gist.to_owned()),
        url: None,
        known_by: None,
        named_in: Vec::new(),
    })
}

/// Whether a posting holds patches of another that has the cover letter, and not the same mails
/// once more.
fn is_part(lead: Posting<'_>, posting: Posting<'_>) -> bool {
    let has_entry = |posting: Posting<'_>, key: u64| {
        let mut patches = posting.patches();
        patches.any(|patch| patch.key == key && patch.entry.is_some())
    };
    lead.flags().has_cover
        && !posting.flags().has_cover
        && !posting
            .patches()
            .any(|patch| patch.entry.is_some() && has_entry(lead, patch.key))
}

/// Postings of a series whose history is made anew for each who asks.
const FEW: usize = 64;

/// Versions of a series that no digest shows and others name.
const MOST_NAMED: usize = 256;

/// Where versions are found by what they are called.
struct Known {
    by_label: HashMap<Label, usize>,
    /// Those that digests show, in order.
    by_version: HashMap<Version, Vec<usize>>,
    /// Number of those that no digest shows.
    n_named: usize,
}

impl Known {
    fn of(shown: &[VersionOf]) -> Self {
        let mut known = Self {
            by_label: HashMap::new(),
            by_version: HashMap::new(),
            n_named: 0,
        };
        for (idx, version) in shown.iter().enumerate() {
            let label = version.label;
            known.by_label.insert(label, idx);
            known.by_version.entry(label.version).or_default().push(idx);
        }
        known
    }
}

/// Adds what a posting tells of other versions.
fn add_named(versions: &mut Vec<VersionOf>, known: &mut Known, shown: &Shown<'_>) {
    let own = shown.posting.label();
    for named in shown.posting.versions().filter(|named| !named.is_own) {
        let exact = known.by_label.get(&named.label).copied();
        // `v1` is what a mail may call the RFC before it, where nothing else has that number.
        let alike = || {
            let mut alike = known.by_version.get(&named.label.version)?.iter();
            let is_other = |idx: &&usize| versions.get(**idx).is_some_and(|v| v.label != own);
            alike.find(is_other).copied()
        };
        let found = exact.or_else(alike);
        if found.is_none() && known.n_named >= MOST_NAMED {
            continue;
        }
        let idx = found.unwrap_or_else(|| {
            known.by_label.insert(named.label, versions.len());
            known.n_named += 1;
            versions.push(VersionOf {
                label: named.label,
                title: String::new(),
                poster: String::new(),
                postings: Vec::new(),
                day: None,
                n_patches: None,
                changes: None,
                gist: String::new(),
                url: None,
                known_by: Some(named.by),
                named_in: Vec::new(),
            });
            versions.len() - 1
        });
        let Some(version) = versions.get_mut(idx) else {
            continue;
        };
        if version.gist.is_empty() {
            named.gist.clone_into(&mut version.gist);
        }
        if version.url.is_none() {
            version.url = named.url.map(str::to_owned);
            version.day = named.day();
        }
        if let Some(by) = version.known_by {
            // That the mail was there says more than that another names it.
            version.known_by = Some(by.max(named.by));
        }
        version.named_in.push(shown.place());
    }
}

/// Versions that are put in order by more than their labels.
const MOST_SORTED: usize = 256;

/// Sorts versions newest first: by the chain of digests, by days, then by number. Not every two
/// can be compared by the same of these, so this is no matter for a sort that trusts its order.
fn sort(versions: &mut [VersionOf], chain: &Chain) {
    versions.sort_by_key(|version| std::cmp::Reverse(version.label));
    if versions.len() > MOST_SORTED {
        return;
    }
    for end in 1..versions.len() {
        let mut at = end;
        while at > 0 {
            let (Some(newer), Some(older)) = (versions.get(at - 1), versions.get(at)) else {
                break;
            };
            if in_time(newer, older, chain) != Some(Ordering::Less) {
                break;
            }
            versions.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Which of two versions is older, as far as digests and days tell.
fn in_time(a: &VersionOf, b: &VersionOf, chain: &Chain) -> Option<Ordering> {
    let by_chain = || {
        let (a, b) = (a.place()?, b.place()?);
        if a.key == b.key {
            // The newest entries stand first.
            return Some(b.entry.cmp(&a.entry));
        }
        chain.compare(&a.key, &b.key)
    };
    let by_day = || Some(a.day?.cmp(&b.day?));
    by_chain().or_else(by_day)
}
