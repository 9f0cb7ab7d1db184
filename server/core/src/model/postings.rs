//! Postings: which entries and shortlog lines belong together.
//!
//! A posting is one version of one series as it was mailed: a cover letter, its patches, of which
//! a digest shows few as entries, and the rest as lines of the cover's shortlog.

use std::collections::{HashMap, HashSet};

use super::facts::Group;
use super::homes::{self, Posting, same_person};
use super::people::Person;
use super::subject::{Kind, Subject, Version};
use super::titles::squeeze;
use super::{Mail, Model, patches};
use crate::narrow::MaybeIndex;
use crate::packed::Str;

/// One posting of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Title of the cover letter, else of the first entry, in full where proven.
    pub title: Str,
    /// The version as its tags write it; `None` for the first.
    pub version: Option<String>,
    /// Number of patches.
    pub total: Option<u32>,
    /// Who posted it.
    pub author: Option<Person>,
    /// Other trees or lists that its tags name.
    pub trees: Vec<String>,
    /// The entry of the cover letter.
    pub cover: Option<usize>,
    /// The log pair that tells that the cover letter was left out.
    pub skipped_cover: Option<usize>,
    /// A reply that stands in the digest under the cover letter's subject.
    pub reply: Option<usize>,
    /// Its entries, cover included, in the order of the text.
    pub entries: Vec<usize>,
    /// Its patches, in patch order as far as known.
    pub patches: Vec<Patch>,
}

/// A patch of a series: where it stands. What it says is with the mails.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Patch {
    /// Its number from 1, where certain.
    pub number: Option<u32>,
    entry: MaybeIndex,
    /// The group of the cover's shortlog that lists it, and the title in the group.
    group: MaybeIndex,
    title: MaybeIndex,
}

impl Patch {
    /// A patch that the cover's shortlog lists: group and title in the group.
    pub(super) fn listed_at(group: usize, title: usize) -> Self {
        Self {
            group: Some(group).into(),
            title: Some(title).into(),
            ..Self::default()
        }
    }

    /// The same patch, found to be of an entry with that number.
    pub(super) fn with_entry(self, entry: usize, number: Option<u32>) -> Self {
        Self {
            number,
            entry: Some(entry).into(),
            ..self
        }
    }

    /// Its entry.
    #[must_use]
    pub fn entry(&self) -> Option<usize> {
        self.entry.get()
    }

    /// Where the cover's shortlog lists it: group and title in the group.
    #[must_use]
    pub fn listed(&self) -> Option<(usize, usize)> {
        self.group.get().zip(self.title.get())
    }
}

impl Series {
    /// The entry that speaks for the posting: its cover letter, else its first patch.
    #[must_use]
    pub fn lead(&self, mails: &[Mail]) -> Option<usize> {
        let number = |entry: &&usize| mails.get(**entry).and_then(Mail::number);
        self.cover
            .or_else(|| self.entries.iter().min_by_key(number).copied())
    }

    /// The title of a patch of it, in full where proven.
    #[must_use]
    pub fn title_of<'a>(&self, patch: &Patch, mails: &'a [Mail]) -> &'a str {
        let title = match patch.listed() {
            Some((group, title)) => self.listed_title(group, title, mails),
            None => patch
                .entry()
                .and_then(|entry| Some(&*mails.get(entry)?.title)),
        };
        title.unwrap_or_default()
    }

    /// A title in the shortlog of its cover letter.
    pub(super) fn listed_title<'a>(
        &self,
        group: usize,
        title: usize,
        mails: &'a [Mail],
    ) -> Option<&'a str> {
        self.shortlog(mails).get(group)?.title(title)
    }

    /// Who wrote a patch of it, as far as the shortlog tells.
    #[must_use]
    pub fn author_of<'a>(&self, patch: &Patch, mails: &'a [Mail]) -> Option<&'a str> {
        let (group, _) = patch.listed()?;
        Some(self.shortlog(mails).get(group)?.author())
    }

    /// The shortlog of its cover letter.
    #[must_use]
    pub fn shortlog<'a>(&self, mails: &'a [Mail]) -> &'a [Group] {
        let cover = self.cover.and_then(|cover| mails.get(cover));
        cover.map_or(&[], |cover| &cover.facts.shortlog)
    }

    /// Number of patches: as its tags say, else as many as are known.
    #[must_use]
    pub fn n_patches(&self) -> usize {
        self.total
            .map_or(self.patches.len(), |total| total as usize)
    }

    /// Number of digits in which patch numbers are written: as wide as the total.
    #[must_use]
    pub fn number_width(&self) -> usize {
        self.n_patches().max(1).to_string().len()
    }
}

/// Tells what the entries of a posting tell.
pub(super) fn describe(posting: Posting<'_>, mails: &[Mail]) -> Series {
    let Posting { cover, entries } = posting;
    let number = |entry: &usize| mails[*entry].number();
    let lead = cover.or_else(|| entries.iter().copied().min_by_key(number));
    let lead = lead.map(|entry| &mails[entry]);
    let mut series = Series {
        title: lead.map(|lead| lead.title.clone()).unwrap_or_default(),
        version: lead.and_then(|lead| Some(lead.version()?.label())),
        total: lead.and_then(Mail::total),
        author: lead.and_then(|lead| lead.facts.author.clone()),
        trees: trees(entries, mails),
        cover,
        skipped_cover: None,
        reply: None,
        entries: entries.to_vec(),
        patches: Vec::new(),
    };
    series.patches = patches::of(&series, mails);
    series
}

/// The trees that the tags of some entries name, each once.
fn trees(entries: &[usize], mails: &[Mail]) -> Vec<String> {
    // Nearly all name one or none.
    const FEW: usize = 8;
    let mut trees: Vec<String> = Vec::new();
    let mut others = HashSet::new();
    for &entry in entries {
        for tree in mails[entry].trees() {
            let is_new = !trees.iter().take(FEW).any(|known| known == tree)
                && (trees.len() < FEW || others.insert(tree));
            if is_new {
                trees.push(tree.to_owned());
            }
        }
    }
    trees
}

/// Links postings without cover letter to the log lines, or the reply, that tell why. `skips` are the
/// subjects of the log pairs' skipped mails, taken apart.
pub(super) fn find_skipped_covers(model: &mut Model, skips: &[Option<Subject>]) {
    if model.log.is_empty() {
        return;
    }
    let (series, mails) = (&mut model.series, &model.entries);
    let version_of = |series: &Series| {
        let version = series.lead(mails).and_then(|lead| mails[lead].version());
        version.copied().unwrap_or(Version::FIRST)
    };
    let mut coverless: HashMap<(Version, Option<u32>), Vec<usize>> = HashMap::new();
    for (idx, series) in series
        .iter()
        .enumerate()
        .filter(|(_, series)| series.cover.is_none())
    {
        let key = (version_of(series), series.total);
        let same = coverless.entry(key).or_default();
        if same.len() < homes::MOST {
            same.push(idx);
        }
    }
    for (pair_idx, (pair, skipped)) in model.log.iter().zip(skips).enumerate() {
        let (Some(exist), Some(skip)) = (pair.entry, pair.skip.as_deref()) else {
            continue;
        };
        let Some(skipped) = skipped else { continue };
        if skipped.tag.kind() != Kind::Cover {
            continue;
        }
        let title = squeeze(skipped.title(skip));
        let version = skipped.tag.version.unwrap_or(Version::FIRST);
        let candidates = coverless
            .get(&(version, skipped.tag.total))
            .map_or(&[][..], Vec::as_slice);
        let exist_mail = &mails[exist];
        let found = match exist_mail.series() {
            Some(idx) => candidates.contains(&idx).then_some(idx),
            // What stayed is a reply under the cover's subject; its series has the same poster.
            None if exist_mail.facts.is_reply => {
                let same_poster =
                    |idx: &&usize| match (&series[**idx].author, &exist_mail.facts.author) {
                        (Some(a), Some(b)) => same_person(a, b),
                        _ => false,
                    };
                candidates.iter().find(same_poster).copied()
            }
            None => None,
        };
        let Some(idx) = found else { continue };
        let series = &mut series[idx];
        if series.skipped_cover.is_none() {
            series.skipped_cover = Some(pair_idx);
            series.title = title.into();
            if exist_mail.facts.is_reply {
                series.reply = Some(exist);
            }
        }
    }
}
