//! Postings: which entries and shortlog lines belong together.
//!
//! A posting is one version of one series as it was mailed: a cover letter, its patches, of which
//! a digest shows few as entries, and the rest as lines of the cover's shortlog.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::keys::{self, Found, Index};
use super::people::{self, Person};
use super::subject::{self, Kind, Version};
use super::titles::{is_cut_of, same_title, squeeze, title_key};
use super::{Mail, Model, patches};
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

/// A patch of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// Its number from 1, where certain.
    pub number: Option<u32>,
    /// Its title, in full where proven.
    pub title: Str,
    /// Who wrote it.
    pub author: Option<Str>,
    /// Its entry.
    pub entry: Option<usize>,
    /// Where the cover's shortlog lists it: group and title in the group.
    pub listed: Option<(usize, usize)>,
}

impl Series {
    /// The entry that speaks for the posting: its cover letter, else its first patch.
    #[must_use]
    pub fn lead(&self, mails: &[Mail]) -> Option<usize> {
        let number = |entry: &&usize| mails.get(**entry).and_then(Mail::number);
        self.cover
            .or_else(|| self.entries.iter().min_by_key(number).copied())
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

/// How far a cover letter and a patch may stand apart and still be neighbours.
const NEAR: usize = 3;

/// Finds the postings.
pub(super) fn group(model: &Model) -> Vec<Series> {
    let mails = &model.entries;
    let mut series: Vec<Series> = Vec::new();
    let is_patch = |mail: &&Mail| mail.kind == Kind::Patch && !mail.facts.is_reply;

    for (entry, mail) in mails.iter().enumerate() {
        if mail.kind == Kind::Cover && !mail.facts.is_reply {
            series.push(Series {
                cover: Some(entry),
                entries: vec![entry],
                ..Series::default()
            });
        }
    }

    // Patches find their cover letters, the surest matches first. Most stand near theirs, and no
    // cover letter further away can fit as well; all are searched for the other patches alone.
    let covers: Vec<usize> = series.iter().filter_map(|series| series.cover).collect();
    let mut placed = vec![false; mails.len()];
    let mut matches = Vec::new();
    for (entry, _) in mails.iter().enumerate().filter(|(_, mail)| is_patch(mail)) {
        let near = near(&covers, entry).map(|idx| (fitness(mails, covers[idx], entry), idx, entry));
        matches.extend(near.filter(|(score, _, _)| *score >= SURE));
    }
    place(&mut series, mails, &mut matches, &mut placed);
    let left = mails.iter().enumerate();
    let left: Vec<usize> = left
        .filter(|(entry, mail)| is_patch(mail) && !placed[*entry])
        .map(|(entry, _)| entry)
        .collect();
    if !left.is_empty() {
        let index = CoverIndex::new(&covers, mails, &left);
        let mut candidates = Vec::new();
        for &entry in &left {
            index.candidates(entry, &mails[entry], &mut candidates);
            let scored = candidates
                .iter()
                .map(|&idx| (fitness(mails, covers[idx], entry), idx, entry));
            matches.extend(scored.filter(|(score, _, _)| *score > 0));
        }
        place(&mut series, mails, &mut matches, &mut placed);
    }

    add_coverless(&mut series, mails, &placed);
    for series in &mut series {
        series.entries.sort_unstable();
        describe(series, model);
    }
    series.sort_by_key(|series| series.entries.first().copied());
    find_skipped_covers(&mut series, model);
    series
}

/// How well a patch fits a cover letter, the index of that, and the entry of the patch.
type Match = (u32, usize, usize);

/// Puts patches to their cover letters, the surest first, and leaves no match.
fn place(series: &mut [Series], mails: &[Mail], matches: &mut Vec<Match>, placed: &mut [bool]) {
    matches.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.2.cmp(&b.2)).then(a.1.cmp(&b.1)));
    for (_, idx, entry) in matches.drain(..) {
        let number = mails[entry].number();
        let taken = series[idx]
            .entries
            .iter()
            .any(|&other| mails[other].number() == number);
        if !placed[entry] && !taken {
            placed[entry] = true;
            series[idx].entries.push(entry);
        }
    }
}

/// The indexes of the cover letters that stand near an entry.
fn near(covers: &[usize], entry: usize) -> Range<usize> {
    let start = covers.partition_point(|cover| *cover + NEAR < entry);
    let past = covers.partition_point(|cover| *cover <= entry + NEAR);
    start..past
}

/// Finds the cover letters that a patch may belong to without looking at all of them: those with
/// its title in their shortlog, those of its poster, and its neighbours.
struct CoverIndex<'a> {
    by_title: Index,
    by_poster: Index,
    /// Cover entries in order; the index of each is that of its series.
    covers: &'a [usize],
}

impl<'a> CoverIndex<'a> {
    /// An index in which the given patches will be looked for.
    fn new(covers: &'a [usize], mails: &[Mail], patches: &[usize]) -> Self {
        let of_cover = || covers.iter().map(|&cover| &mails[cover]).enumerate();
        let mut asked: Vec<u64> = patches
            .iter()
            .map(|&entry| title_key(&mails[entry].title))
            .collect();
        asked.sort_unstable();
        let titles = of_cover().flat_map(|(idx, mail)| {
            let titles = mail.facts.shortlog.iter().flat_map(|group| &group.titles);
            titles.map(move |title| (title_key(title), idx))
        });
        let titles = titles.filter(|(key, _)| asked.binary_search(key).is_ok());
        Self {
            by_title: Index::new(titles),
            by_poster: Index::new(of_cover().filter_map(|(idx, mail)| Some((poster(mail)?, idx)))),
            covers,
        }
    }

    /// Indexes of series, ascending, each once. At most [`Self::MOST`] of each sort are looked
    /// at: a digest of a million copies of one mail must not take a square of that.
    fn candidates(&self, entry: usize, mail: &Mail, found: &mut Vec<usize>) {
        found.clear();
        found.extend(near(self.covers, entry));
        let same_title = self.by_title.get(title_key(&mail.title));
        found.extend(self.nearest(same_title, entry).iter());
        if let Some(poster) = poster(mail) {
            let same_poster = self.by_poster.get(poster);
            found.extend(self.nearest(same_poster, entry).iter());
        }
        found.sort_unstable();
        found.dedup();
    }

    const MOST: usize = 16;

    /// The series of a list (ascending) whose covers stand nearest to an entry.
    fn nearest<'f>(&self, list: Found<'f>, entry: usize) -> Found<'f> {
        list.around(Self::MOST, |idx| self.covers[idx] >= entry)
    }
}

/// The key of who posted a mail of how many.
fn poster(mail: &Mail) -> Option<u64> {
    let author = mail.facts.author.as_ref()?;
    let total = mail.total().map_or(0, |total| u64::from(total) + 1);
    Some(keys::both(keys::caseless(&author.email), total))
}

/// How well a patch fits a cover letter; 0 for not at all.
fn fitness(mails: &[Mail], cover_entry: usize, entry: usize) -> u32 {
    let (cover, patch) = (&mails[cover_entry], &mails[entry]);
    let distance = cover_entry.abs_diff(entry);
    let same_version = same_version(cover.version(), patch.version());
    let same_total = cover.total() == patch.total();
    let same_poster = match (&cover.facts.author, &patch.facts.author) {
        (Some(a), Some(b)) => same_person(a, b),
        _ => false,
    };
    let listed = title_fit(cover, patch);
    let has_shortlog = !cover.facts.shortlog.is_empty();

    let fits = if listed > 0 {
        // A version left out of the patches' tags is a slip only right beside the cover letter.
        same_version && (same_total || same_poster || distance <= NEAR)
            || same_total && same_poster && distance == 1
    } else if has_shortlog {
        same_version && same_total && same_poster && distance == 1
    } else {
        same_version && same_total && (same_poster || distance == 1)
    };
    if !fits {
        return 0;
    }
    let near = match distance {
        1 => 3,
        2..=NEAR => 1,
        _ => 0,
    };
    listed * 4
        + u32::from(same_version) * 8
        + u32::from(same_total) * 4
        + u32::from(same_poster) * 4
        + near
        + 1
}

/// How well a patch fits a cover letter that stands near and has everything that speaks for it:
/// better than any that does not stand near.
const SURE: u32 = 3 * 4 + 8 + 4 + 4 + 1 + 1;

/// 3: the shortlog has the patch's title; 2: a title that begins with it; 0: neither.
fn title_fit(cover: &Mail, patch: &Mail) -> u32 {
    let titles = || cover.facts.shortlog.iter().flat_map(|group| &group.titles);
    // It often stands where its number says.
    let number = patch
        .number()
        .and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
    let at_number = number.and_then(|number| titles().nth(number));
    if at_number.is_some_and(|title| same_title(title, &patch.title)) {
        return 3;
    }
    let mut best = 0;
    for title in titles() {
        if same_title(title, &patch.title) {
            return 3;
        }
        if is_cut_of(&patch.title, title) {
            best = 2;
        }
    }
    best
}

/// Whether two tags name the same version; none is the first.
fn same_version(a: Option<&Version>, b: Option<&Version>) -> bool {
    a.copied().unwrap_or(Version::FIRST) == b.copied().unwrap_or(Version::FIRST)
}

fn same_person(a: &Person, b: &Person) -> bool {
    a.email.eq_ignore_ascii_case(&b.email) || people::same_name(&a.name, &b.name)
}

/// Patches without a cover letter: those of one poster, version and total are one posting as long
/// as their numbers differ.
fn add_coverless(series: &mut Vec<Series>, mails: &[Mail], placed: &[bool]) {
    let mut taken = HashSet::new();
    // The newest open posting of each poster, version and total.
    let mut open: HashMap<(u64, Version, Option<u32>), usize> = HashMap::new();
    for (entry, mail) in mails.iter().enumerate() {
        if mail.kind != Kind::Patch || mail.facts.is_reply || placed[entry] {
            continue;
        }
        let author = mail.facts.author.as_ref();
        let poster = keys::caseless(author.map_or("", |author| &author.email));
        let version = mail.version().copied().unwrap_or(Version::FIRST);
        let key = (poster, version, mail.total());
        let fits = open
            .get(&key)
            .copied()
            .filter(|&idx| taken.insert((idx, mail.number())));
        match fits {
            Some(idx) => series[idx].entries.push(entry),
            None => {
                open.insert(key, series.len());
                taken.insert((series.len(), mail.number()));
                series.push(Series {
                    entries: vec![entry],
                    ..Series::default()
                });
            }
        }
    }
}

/// Fills in what the entries of a posting tell.
fn describe(series: &mut Series, model: &Model) {
    let mails = &model.entries;
    let Some(lead) = series.lead(mails).map(|entry| &mails[entry]) else {
        return;
    };
    series.title.clone_from(&lead.title);
    series.version = lead.version().map(ToString::to_string);
    series.total = lead.total();
    series.author.clone_from(&lead.facts.author);
    for mail in series.entries.iter().map(|&entry| &mails[entry]) {
        for tree in mail.trees() {
            if !series.trees.iter().any(|known| known == tree) {
                series.trees.push(tree.to_owned());
            }
        }
    }
    series.patches = patches::of(series, mails);
}

/// Links postings without cover letter to the log lines, or the reply, that tell why.
fn find_skipped_covers(series: &mut [Series], model: &Model) {
    if model.log.is_empty() {
        return;
    }
    let mut of_entry = vec![None; model.entries.len()];
    for (idx, series) in series.iter().enumerate() {
        for &entry in &series.entries {
            of_entry[entry] = Some(idx);
        }
    }
    let mut coverless: HashMap<(String, Option<u32>), Vec<usize>> = HashMap::new();
    for (idx, series) in series
        .iter()
        .enumerate()
        .filter(|(_, series)| series.cover.is_none())
    {
        let version = series.version.clone().unwrap_or_else(|| "1".to_owned());
        let same = coverless.entry((version, series.total)).or_default();
        if same.len() < CoverIndex::MOST {
            same.push(idx);
        }
    }
    for (pair_idx, pair) in model.log.iter().enumerate() {
        let (Some(exist), Some(skip)) = (pair.entry, pair.skip.as_deref()) else {
            continue;
        };
        let Some(skipped) = subject::parse_subject(skip) else {
            continue;
        };
        if skipped.tag.kind() != Kind::Cover {
            continue;
        }
        let title = squeeze(skipped.title(skip));
        let version = skipped.tag.version.unwrap_or(Version::FIRST).to_string();
        let candidates = coverless
            .get(&(version, skipped.tag.total))
            .map_or(&[][..], Vec::as_slice);
        let exist_mail = &model.entries[exist];
        let found = match of_entry[exist] {
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
