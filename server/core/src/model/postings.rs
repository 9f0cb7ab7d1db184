//! Postings: which entries and shortlog lines belong together.
//!
//! A posting is one version of one series as it was mailed: a cover letter, its patches, of which
//! a digest shows few as entries, and the rest as lines of the cover's shortlog.

use std::collections::{HashMap, HashSet};

use super::facts::Group;
use super::keys::{self, Found, Index, KeyMap};
use super::people::{self, Person};
use super::subject::{self, Kind, Version};
use super::titles::{is_cut_of, same_title, same_title_key, squeeze, title_key};
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

    // Patches find their cover letters, the surest matches first.
    let covers: Vec<usize> = series.iter().filter_map(|series| series.cover).collect();
    let shortlogs = covers.iter().map(|&cover| Shortlog::of(&mails[cover]));
    let shortlogs: Vec<Shortlog<'_>> = shortlogs.collect();
    let index = CoverIndex::new(covers, mails);
    let mut matches = Vec::new();
    let mut candidates = Vec::new();
    for (entry, mail) in mails.iter().enumerate().filter(|(_, mail)| is_patch(mail)) {
        index.candidates(entry, mail, &mut candidates);
        for &idx in &candidates {
            let score = fitness(mails, series[idx].cover, &shortlogs[idx], entry);
            if score > 0 {
                matches.push((score, idx, entry));
            }
        }
    }
    matches.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.2.cmp(&b.2)).then(a.1.cmp(&b.1)));
    let mut placed = vec![false; mails.len()];
    let mut taken = KeyMap::default();
    for (_, idx, entry) in matches {
        if placed[entry] {
            continue;
        }
        let number = mails[entry].number();
        let is_cover = |cover: usize| mails[cover].number() == number;
        let key = keys::both(idx as u64, number.map_or(u64::MAX, u64::from));
        if !series[idx].cover.is_some_and(is_cover) && taken.insert(key, ()).is_none() {
            placed[entry] = true;
            series[idx].entries.push(entry);
        }
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

/// Finds the cover letters that a patch may belong to without looking at all of them: those with
/// its title in their shortlog, those of its poster, and its neighbours.
struct CoverIndex {
    by_title: Index,
    by_poster: Index,
    /// Cover entries in order; the index of each is that of its series.
    covers: Vec<usize>,
}

impl CoverIndex {
    fn new(covers: Vec<usize>, mails: &[Mail]) -> Self {
        let of_cover = || covers.iter().map(|&cover| &mails[cover]).enumerate();
        let titles = of_cover().flat_map(|(idx, mail)| {
            let titles = mail.facts.shortlog.iter().flat_map(Group::titles);
            titles.map(move |title| (title_key(title), idx))
        });
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
        let near = self.covers.partition_point(|cover| *cover + NEAR < entry);
        let past = self.covers.partition_point(|cover| *cover <= entry + NEAR);
        found.extend(near..past);
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
    fn nearest<'a>(&self, list: Found<'a>, entry: usize) -> Found<'a> {
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
fn fitness(mails: &[Mail], cover: Option<usize>, shortlog: &Shortlog<'_>, entry: usize) -> u32 {
    let Some(cover_entry) = cover else { return 0 };
    let (cover, patch) = (&mails[cover_entry], &mails[entry]);
    let distance = cover_entry.abs_diff(entry);
    let same_version = same_version(cover.version(), patch.version());
    let same_total = cover.total() == patch.total();
    let same_poster = match (&cover.facts.author, &patch.facts.author) {
        (Some(a), Some(b)) => same_person(a, b),
        _ => false,
    };
    let listed = shortlog.fit(&patch.title);
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

/// The titles of a cover letter's shortlog.
enum Shortlog<'a> {
    /// So few that to go through them is the fastest.
    Short(&'a [Group]),
    /// Their keys and the titles, both in order.
    Long(Vec<u64>, Vec<&'a str>),
}

impl<'a> Shortlog<'a> {
    /// Most titles of a short one.
    const SHORT: usize = 64;

    fn of(cover: &'a Mail) -> Self {
        let groups = &cover.facts.shortlog;
        if groups
            .iter()
            .flat_map(Group::titles)
            .nth(Self::SHORT)
            .is_none()
        {
            return Self::Short(groups);
        }
        Self::long(groups)
    }

    fn long(groups: &'a [Group]) -> Self {
        let titles = || groups.iter().flat_map(Group::titles);
        let mut keys: Vec<u64> = titles().map(same_title_key).collect();
        let mut titles: Vec<&str> = titles().collect();
        keys.sort_unstable();
        titles.sort_unstable();
        Self::Long(keys, titles)
    }

    /// 3: it has the title of a patch; 2: a title that begins with it; 0: neither.
    fn fit(&self, patch: &str) -> u32 {
        match self {
            Self::Short(groups) => {
                let mut best = 0;
                for title in groups.iter().flat_map(Group::titles) {
                    if same_title(title, patch) {
                        return 3;
                    }
                    if is_cut_of(patch, title) {
                        best = 2;
                    }
                }
                best
            }
            Self::Long(keys, titles) => {
                if keys.binary_search(&same_title_key(patch)).is_ok() {
                    return 3;
                }
                // Titles that begin alike stand together.
                let first = titles.get(titles.partition_point(|title| *title < patch));
                if first.is_some_and(|title| is_cut_of(patch, title)) {
                    2
                } else {
                    0
                }
            }
        }
    }
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
    // Nearly all name one or none.
    const FEW: usize = 8;
    let mut others = HashSet::new();
    for tree in series
        .entries
        .iter()
        .flat_map(|&entry| mails[entry].trees())
    {
        let is_new = !series.trees.iter().take(FEW).any(|known| known == tree)
            && (series.trees.len() < FEW || others.insert(tree));
        if is_new {
            series.trees.push(tree.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_fit_a_long_shortlog_as_they_fit_a_short_one() {
        let titles = [
            "kvm: first",
            "KVM: first",
            "kvm: first  thing",
            "kvm: second",
            "kvm: Zweites ö",
            "x86: x",
        ];
        let listed: String = titles.iter().map(|title| format!("  {title}\n")).collect();
        let rows = format!("Ann ({}):\n{listed}", titles.len());
        let text =
            format!("New:  x\n[PATCH 0/6] x\nAuthor: Ann <ann@e.org>\n\n{rows}\n a.c | 1 +\n");
        let digest = crate::Digest::parse(&text);
        let cover = &digest.model().entries[0];
        let long = Shortlog::long(&cover.facts.shortlog);
        let short = Shortlog::of(cover);
        assert!(matches!(short, Shortlog::Short(_)));
        for (title, fit) in [
            ("kvm: first", 3),
            ("kvm: First thing", 3),
            ("kvm: fir", 2),
            ("kvm: first ", 3),
            ("KVM: fir", 2),
            ("kvm: sec", 2),
            ("kvm: zweites Ö", 3),
            ("kvm: Zweites", 2),
            ("kvm: fi", 0),
            ("kvm: third", 0),
            ("zzz: a title behind all others", 0),
        ] {
            assert_eq!((short.fit(title), long.fit(title)), (fit, fit), "{title}");
        }
    }
}
