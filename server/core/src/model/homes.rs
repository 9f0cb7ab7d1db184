//! Which entries are one posting: the patches of a cover letter, or patches of one poster without one.
//!
//! Most patches stand beside their cover letter and agree with it in everything; these are placed at
//! sight. Of the others all evidence is weighed.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;

use super::Mail;
use super::beside::{self, NEAR, have_same_poster, is_cover, same_version};
use super::facts::{Facts, Group};
use super::keys::{self, Asked, Found, Index, KeyMap};
use super::people::{self, Person};
use super::subject::{Kind, Version};
use super::titles::{is_cut_of, same_title, same_title_key, title_key};
use crate::narrow::MaybeIndex;

/// The entries of a posting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting<'a> {
    /// The cover letter.
    pub(super) cover: Option<usize>,
    /// All, in the order of the text.
    pub(super) entries: &'a [usize],
}

/// The postings that entries make, in the order of their first entries.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// The cover letter of each, and where its entries are.
    postings: Vec<(Option<usize>, Range<usize>)>,
    entries: Vec<usize>,
}

impl Postings {
    /// The postings of some mails. `known` are the homes of those beside their cover letters, `listed` the titles
    /// that cover letters list.
    pub(super) fn of(mails: &[Mail], known: Vec<MaybeIndex>, listed: &[Listed]) -> Self {
        let mut homes = Homes::new(mails, known);
        homes.place_others(listed);
        homes.place_coverless();
        homes.postings()
    }

    pub(super) fn len(&self) -> usize {
        self.postings.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Posting<'_>> {
        self.postings.iter().map(|(cover, entries)| Posting {
            cover: *cover,
            entries: &self.entries[entries.clone()],
        })
    }
}

/// A title in the shortlog of a cover letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// The beginning, as a key ([`title_key`]).
    beginning: u64,
    /// The index of the cover letter among all.
    cover: u32,
}

impl Listed {
    /// Adds the titles that a cover letter lists; `cover` is its index among all.
    pub(super) fn add(listed: &mut Vec<Self>, mail: &Mail, cover: u32) {
        for group in &mail.facts.shortlog {
            listed.extend(group.titles().map(|title| Self {
                beginning: title_key(title),
                cover,
            }));
        }
    }
}

/// Cover letters of each sort that a patch is compared with: a digest of a million copies of one mail
/// must not take a square of that.
pub(super) const MOST: usize = 16;

/// What an entry is in a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Cover,
    Patch,
    /// Something that is in none.
    None,
}

impl Role {
    pub(super) fn of(facts: &Facts) -> Self {
        match facts.kind() {
            _ if facts.is_reply => Self::None,
            Kind::Cover => Self::Cover,
            Kind::Patch => Self::Patch,
            Kind::Single | Kind::Pull => Self::None,
        }
    }
}

/// Which posting each entry is of, told by the entry that opens it: the cover letter or, where there is
/// none, the first patch.
struct Homes<'a> {
    mails: &'a [Mail],
    of: Vec<MaybeIndex>,
    /// The patches that are of no posting yet.
    open: Vec<usize>,
}

impl<'a> Homes<'a> {
    /// `of` are the homes that are known.
    fn new(mails: &'a [Mail], of: Vec<MaybeIndex>) -> Self {
        // With room for all there is no need to grow.
        let mut open = Vec::with_capacity(mails.len());
        let homeless = mails.iter().zip(&of).enumerate();
        open.extend(homeless.filter_map(|(entry, (mail, home))| {
            (mail.role == Role::Patch && home.get().is_none()).then_some(entry)
        }));
        Self { mails, of, open }
    }

    fn has_home(&self, entry: usize) -> bool {
        self.of.get(entry).is_some_and(|home| home.get().is_some())
    }

    fn place(&mut self, entry: usize, home: usize) {
        if let Some(slot) = self.of.get_mut(entry) {
            *slot = Some(home).into();
        }
    }

    fn covers(&self) -> Vec<usize> {
        let covers = 0..self.mails.len();
        covers
            .filter(|cover| is_cover(self.mails, *cover))
            .collect()
    }

    /// Places other patches that have a cover letter, the surest matches first.
    fn place_others(&mut self, listed: &[Listed]) {
        if self.open.is_empty() {
            return;
        }
        let covers = self.covers();
        let mut matches = self.matches(&covers, listed);
        if matches.is_empty() {
            return;
        }
        matches.sort_unstable_by_key(|(score, entry, cover)| (Reverse(*score), *entry, *cover));
        // Patches beside their cover letters are not among these.
        let mut taken = KeyMap::default();
        for (_, entry, cover) in matches {
            let number = self.mails[entry].number();
            if self.has_home(entry)
                || beside::has_number_beside(&self.of, self.mails, cover, number)
            {
                continue;
            }
            let key = keys::both(cover as u64, number.map_or(u64::MAX, u64::from));
            if taken.insert(key, ()).is_none() {
                self.place(entry, cover);
            }
        }
        let of = &self.of;
        self.open.retain(|entry| of[*entry].get().is_none());
    }

    /// How well open patches fit cover letters.
    fn matches(&self, covers: &[usize], listed: &[Listed]) -> Vec<Match> {
        if covers.is_empty() {
            return Vec::new();
        }
        let index = CoverIndex::new(covers, listed, self);
        // Made when it is needed, for each cover letter once.
        let shortlogs: Vec<OnceCell<Shortlog<'_>>> =
            covers.iter().map(|_| OnceCell::new()).collect();
        let mut matches = Vec::new();
        let mut candidates = Vec::new();
        for &entry in &self.open {
            index.candidates(entry, self, &mut candidates);
            for &idx in &candidates {
                let cover = covers[idx];
                let shortlog = || shortlogs[idx].get_or_init(|| Shortlog::of(&self.mails[cover]));
                let fit = |title: &str| shortlog().fit(title);
                let score = self.fitness(cover, entry, fit);
                if score > 0 {
                    matches.push((score, entry, cover));
                }
            }
        }
        matches
    }

    /// How well a patch fits a cover letter; 0 for not at all. `fit` tells how its title fits the shortlog.
    fn fitness(&self, cover_entry: usize, entry: usize, fit: impl FnOnce(&str) -> u32) -> u32 {
        let (cover, patch) = (&self.mails[cover_entry], &self.mails[entry]);
        let distance = cover_entry.abs_diff(entry);
        let same_version = same_version(cover.version(), patch.version());
        let same_total = cover.total() == patch.total();
        // Nothing of what fits below does so without these; titles are not looked at then.
        if !(same_version || same_total && distance == 1) {
            return 0;
        }
        let same_poster = have_same_poster(cover, patch);
        if !(same_total || same_poster || distance <= NEAR) {
            return 0;
        }
        let listed = fit(&patch.title);
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

    /// The key of who posted an entry of how many.
    fn poster(&self, entry: usize) -> u64 {
        let total = self.mails[entry].total();
        keys::both(
            self.mails[entry].poster.map_or(0, |poster| poster.email),
            total.map_or(0, |total| u64::from(total) + 1),
        )
    }

    /// Patches without a cover letter: those of one poster, version and total are one posting as long
    /// as their numbers differ.
    fn place_coverless(&mut self) {
        let rows = self.open.iter().map(|&entry| {
            let version = self.mails[entry].version().copied();
            (self.poster(entry), version.unwrap_or(Version::FIRST), entry)
        });
        let mut rows: Vec<(u64, Version, usize)> = rows.collect();
        rows.sort_unstable();
        for same in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some(&(.., first)) = same.first() else {
                continue;
            };
            self.place(first, first);
            if same.len() == 1 {
                continue;
            }
            let mut home = first;
            let mut taken = HashSet::new();
            for &(.., entry) in same {
                let number = self.mails[entry].number();
                if !taken.insert((home, number)) {
                    home = entry;
                    taken.insert((home, number));
                }
                self.place(entry, home);
            }
        }
    }

    /// The entries of each posting, both in the order of the text.
    fn postings(&self) -> Postings {
        let homes = || self.of.iter().filter_map(|home| home.get());
        let mut n_entries = vec![0_u32; self.of.len()];
        for home in homes() {
            n_entries[home] += 1;
        }
        let n_postings = n_entries.iter().filter(|n_entries| **n_entries > 0).count();
        let mut postings = Vec::with_capacity(n_postings);
        // Where the next entry of each comes.
        let mut ends = vec![MaybeIndex::default(); self.of.len()];
        let mut end = 0;
        for home in homes() {
            if ends[home].get().is_none() {
                ends[home] = Some(end).into();
                let start = end;
                end += n_entries[home] as usize;
                let cover = is_cover(self.mails, home).then_some(home);
                postings.push((cover, start..end));
            }
        }
        let mut entries = vec![0; end];
        for (entry, home) in self.of.iter().enumerate() {
            let Some(home) = home.get() else { continue };
            let place = ends[home].get().unwrap_or_default();
            entries[place] = entry;
            ends[home] = Some(place + 1).into();
        }
        Postings { postings, entries }
    }
}

/// How well an entry fits a cover letter: the score, the entry, the cover letter.
type Match = (u32, usize, usize);

/// Finds the cover letters that a patch may belong to without looking at all of them: those with
/// its title in their shortlog, those of its poster, and its neighbours.
struct CoverIndex<'a> {
    by_title: Index,
    by_poster: Index,
    /// Cover entries in order.
    covers: &'a [usize],
}

impl<'a> CoverIndex<'a> {
    /// An index for the patches without a home: it has what these ask for, as most have one already.
    fn new(covers: &'a [usize], listed: &[Listed], homes: &Homes<'_>) -> Self {
        let (mails, open) = (homes.mails, &homes.open);
        let asked = Asked::new(open.iter().map(|&entry| mails[entry].beginning));
        let titles = listed.iter().filter(|title| asked.has(title.beginning));
        let titles = titles.map(|title| (title.beginning, title.cover as usize));
        let has_author = |entry: usize| mails[entry].poster.is_some();
        let asked = Asked::new(open.iter().map(|&entry| homes.poster(entry)));
        let of_cover = covers.iter().enumerate();
        let of_cover = of_cover.filter(|(_, cover)| has_author(**cover));
        let posters = of_cover.map(|(idx, &cover)| (homes.poster(cover), idx));
        Self {
            by_title: Index::new(titles),
            by_poster: Index::new(posters.filter(|(key, _)| asked.has(*key))),
            covers,
        }
    }

    /// Indexes of covers, ascending, each once. At most [`MOST`] of each sort are looked
    /// at: a digest of a million copies of one mail must not take a square of that.
    fn candidates(&self, entry: usize, homes: &Homes<'_>, found: &mut Vec<usize>) {
        let mail = &homes.mails[entry];
        found.clear();
        let near = self.covers.partition_point(|cover| *cover + NEAR < entry);
        let past = self.covers.partition_point(|cover| *cover <= entry + NEAR);
        found.extend(near..past);
        let same_title = self.by_title.get(mail.beginning);
        found.extend(self.nearest(same_title, entry).iter());
        if mail.poster.is_some() {
            let same_poster = self.by_poster.get(homes.poster(entry));
            found.extend(self.nearest(same_poster, entry).iter());
        }
        found.sort_unstable();
        found.dedup();
    }

    /// The covers of a list (ascending) that stand nearest to an entry.
    fn nearest<'b>(&self, list: Found<'b>, entry: usize) -> Found<'b> {
        list.around(MOST, |idx| self.covers[idx] >= entry)
    }
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

pub(super) fn same_person(a: &Person, b: &Person) -> bool {
    a.email == b.email
        || a.email.as_bytes().eq_ignore_ascii_case(b.email.as_bytes())
        || people::same_name(&a.name, &b.name)
}

#[cfg(test)]
mod tests {
    use super::super::beside::Beside;
    use super::super::made;
    use super::*;
    use crate::Digest;

    #[test]
    fn neighbours_are_placed_where_all_evidence_places_them() {
        let mut n_placed = 0;
        for seed in 0..300 {
            let digest = Digest::parse(made::digest(12, seed));
            let mails = &digest.model().entries;
            assert_eq!(mails.len(), 12, "{seed}");
            let mut listed = Vec::new();
            for (cover, mail) in mails.iter().filter(|mail| mail.is_cover()).enumerate() {
                Listed::add(&mut listed, mail, cover as u32);
            }
            let n_homes = |homes: &[MaybeIndex]| homes.iter().filter_map(|home| home.get()).count();
            let mut beside = Beside::default();
            let of = mails.iter().enumerate();
            let of = of.map(|(entry, mail)| mail.is_cover().then_some(entry).into());
            let mut weighed = Homes::new(mails, of.collect());
            let n_covers = n_homes(&weighed.of);
            weighed.place_others(&listed);
            beside.finish(mails);
            n_placed += n_homes(&beside.homes) - n_covers;
            let mut homes = Homes::new(mails, beside.homes);
            homes.place_others(&listed);
            assert_eq!(homes.of, weighed.of, "{seed}");
        }
        assert!(n_placed > 100, "{n_placed}");
    }

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
        let digest = Digest::parse(&text);
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
