//! What the rows of an outline say, in the order of the outline and without their places: it
//! follows from the model, so it holds as long as that does.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};
use std::iter::{Enumerate, Peekable};

use super::super::names::{
    Numbered, badges, count, diffstat_short, harmless, series_name, summary,
};
use super::{RowKind, is_in_run, run_of};
use crate::digest::Digest;
use crate::model::keys::{self, KeyMap};
use crate::model::postings::{Patch, Series};
use crate::model::subject::{Kind, Version};
use crate::model::{Mail, Model, people};
use crate::narrow::MaybeIndex;
use crate::shown;

/// All rows. Most are of patches and say nothing but number and title: they follow from the model
/// alone, and are made when they are asked for. The texts of the others share one piece of memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    kept: Vec<Kept>,
    text: String,
    n_items: usize,
    n_bytes: usize,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// 0 for the digest, 1 for what stands in it, 2 for the patches of a series.
    pub depth: u8,
    /// What it is.
    pub kind: RowKind,
    /// Whether a newer version of the same work is known.
    pub superseded: bool,
    /// Where it stands.
    pub spot: Spot,
    /// What it says: never empty, harmless to show.
    pub name: Name<'a>,
    /// What else there is to know, in few words.
    pub detail: Option<&'a str>,
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// A text.
    Text(&'a str),
    /// Number and title of a patch.
    Patch(Numbered<'a>),
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Patch(numbered) => numbered.fmt(f),
        }
    }
}

/// A row that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    row: Row,
    /// Where its name starts in the text of the plan, where that ends, and where its detail does.
    name: u32,
    detail: u32,
    end: u32,
}

/// Where a row stands, by what does not move: entries and log pairs by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The whole text.
    Digest,
    /// An entry.
    Entry(u32),
    /// Entries that stand together.
    Run {
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
        /// The one that selecting the row goes to.
        lead: u32,
        /// The log pair below them that belongs to them.
        log: Option<u32>,
    },
    /// A title in the shortlog of an entry.
    Listed {
        /// The entry.
        cover: u32,
        /// The index among all titles of the entry.
        title: u32,
    },
    /// A log pair.
    Log(u32),
    /// The table of contributors, at the first with a mail without entry.
    Unlisted,
}

impl Plan {
    /// The rows, each before those below it. The model is that of the digest that was planned.
    #[must_use]
    pub fn items<'a>(&'a self, model: &'a Model) -> Items<'a> {
        self.items_of(model, &self.kept)
    }

    /// The rows in parts one behind the other, as many as that or fewer, of about one size: each but the first
    /// begins with a row of depth 1.
    #[must_use]
    pub fn in_parts<'a>(&'a self, model: &'a Model, n_parts: usize) -> Vec<Items<'a>> {
        let mut parts = Vec::with_capacity(n_parts);
        let mut rest = &*self.kept;
        for n_left in (1..=n_parts).rev() {
            let (_, behind) = rest.split_at(rest.len() / n_left);
            let next = behind.iter().position(|kept| kept.row.depth == 1);
            let n_behind = next.map_or(0, |next| behind.len() - next);
            let (part, behind) = rest.split_at(rest.len() - n_behind);
            if !part.is_empty() {
                parts.push(self.items_of(model, part));
            }
            rest = behind;
        }
        parts
    }

    fn items_of<'a>(&'a self, model: &'a Model, kept: &'a [Kept]) -> Items<'a> {
        Items {
            plan: self,
            model,
            kept: kept.iter().peekable(),
            below: None,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// Bytes of all names and details.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    fn item(&self, kept: &Kept) -> Item<'_> {
        Item {
            depth: kept.row.depth,
            kind: kept.row.kind,
            superseded: kept.row.superseded,
            spot: kept.row.spot,
            name: Name::Text(self.slice(kept.name, kept.detail)),
            detail: Some(self.slice(kept.detail, kept.end)).filter(|detail| !detail.is_empty()),
        }
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// Plans the outline of a digest.
    pub(crate) fn new(digest: &Digest) -> Self {
        let model = digest.model();
        let planner = Planner {
            digest,
            model,
            newest: newest_versions(model),
            names: Names::default(),
            plan: Self::default(),
        };
        planner.plan()
    }

    fn add(&mut self, row: Row, name: &str, detail: Option<&str>) {
        let here = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let start = here(&self.text);
        self.text.push_str(name);
        let detail_start = here(&self.text);
        self.text.push_str(detail.unwrap_or_default());
        self.kept.push(Kept {
            row,
            name: start,
            detail: detail_start,
            end: here(&self.text),
        });
        self.n_items += 1;
        self.n_bytes += name.len() + detail.map_or(0, str::len);
    }
}

/// Iterates over the rows of a plan.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    plan: &'a Plan,
    model: &'a Model,
    kept: Peekable<std::slice::Iter<'a, Kept>>,
    /// The patches that are still to come of the series before.
    below: Option<(Below<'a>, Enumerate<std::slice::Iter<'a, Patch>>)>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if let Some((rows, patches)) = &mut self.below {
            for (idx, patch) in patches {
                let is_it = |kept: &&Kept| kept.row.patch.get() == Some(idx);
                let kept = self.kept.next_if(is_it).map(|kept| self.plan.item(kept));
                match (rows.item(patch), kept) {
                    (None, None) => {}
                    // The name is that of the model.
                    (Some(item), Some(kept)) if kept.name == Name::Text("") => {
                        let detail = kept.detail;
                        return Some(Item { detail, ..item });
                    }
                    (item, kept) => return kept.or(item),
                }
            }
            self.below = None;
        }
        let item = self.plan.item(self.kept.next()?);
        if let Spot::Run { lead, .. } = item.spot {
            let mail = self.model.entries.get(lead as usize);
            let series = mail.and_then(|mail| self.model.series.get(mail.series()?));
            self.below = series.map(|series| {
                let patches = series.patches.iter().enumerate();
                (Below::new(self.model, series), patches)
            });
        }
        Some(item)
    }
}

/// The rows of the patches of a series.
#[derive(Debug, Clone)]
struct Below<'a> {
    model: &'a Model,
    series: &'a Series,
    /// Its entries that stand together.
    run: &'a [usize],
    /// How many titles the groups of its shortlog have before each.
    starts: Vec<u32>,
    form: Numbered<'a>,
}

impl<'a> Below<'a> {
    fn new(model: &'a Model, series: &'a Series) -> Self {
        let mut n_titles = 0;
        let groups = series.shortlog(&model.entries).iter();
        let starts = groups.map(|group| {
            let start = n_titles;
            n_titles += narrow(group.titles().len());
            start
        });
        Self {
            model,
            series,
            run: series.entries.get(run_of(series)).unwrap_or_default(),
            starts: starts.collect(),
            form: Numbered::of(series),
        }
    }

    /// The row of a patch, if it says nothing but number and title; none for one that is listed
    /// nowhere and whose entry stands apart.
    fn item(&self, patch: &Patch) -> Option<Item<'a>> {
        let entry = patch.entry().filter(|&entry| is_in_run(self.run, entry));
        let (kind, spot) = match entry {
            Some(entry) => (RowKind::Patch, Spot::Entry(narrow(entry))),
            None => {
                let (group, title) = patch.listed()?;
                let spot = Spot::Listed {
                    cover: narrow(self.series.cover?),
                    title: self.starts.get(group)? + narrow(title),
                };
                (RowKind::Listed, spot)
            }
        };
        let title = self.series.title_of(patch, &self.model.entries);
        Some(Item {
            depth: 2,
            kind,
            superseded: false,
            spot,
            name: Name::Patch(self.form.with(patch.number, title)),
            detail: None,
        })
    }
}

/// A row without its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    depth: u8,
    kind: RowKind,
    superseded: bool,
    spot: Spot,
    /// For the patch of a series: its index among them.
    patch: MaybeIndex,
}

impl Row {
    fn new(depth: u8, kind: RowKind, spot: Spot) -> Self {
        Self {
            depth,
            kind,
            superseded: false,
            spot,
            patch: MaybeIndex::default(),
        }
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Which entries have a newer version in the digest, by their index; of a series, all its entries.
#[must_use]
pub fn superseded(model: &Model) -> Vec<bool> {
    let newest = newest_versions(model);
    let mut names = Names::default();
    let mut is_old = |mail: &Mail| {
        let newest = work_of(model, mail, &mut names).and_then(|work| newest.get(&work));
        newest.is_some_and(|newest| *newest > mail.version().copied().unwrap_or(Version::FIRST))
    };
    let leads = model.series.iter();
    let leads: Vec<_> = leads.map(|series| series.lead(&model.entries)).collect();
    let lead = |idx: usize, mail: &Mail| {
        let lead = mail.series().and_then(|series| *leads.get(series)?);
        lead.unwrap_or(idx)
    };
    let entries = model.entries.iter().enumerate();
    entries
        .map(|(idx, mail)| model.entries.get(lead(idx, mail)).is_some_and(&mut is_old))
        .collect()
}

/// Which postings of a work there are: the newest version by poster and title.
fn newest_versions(model: &Model) -> KeyMap<Version> {
    let mut newest = KeyMap::default();
    let mut names = Names::default();
    for mail in &model.entries {
        let Some(key) = work_of(model, mail, &mut names) else {
            continue;
        };
        let version = mail.version().copied().unwrap_or(Version::FIRST);
        let known = newest.entry(key).or_insert(version);
        *known = version.max(*known);
    }
    newest
}

/// What makes two postings versions of one work, as far as one digest can tell: the same poster
/// and title, and not one of them another's part.
fn work_of(model: &Model, mail: &Mail, names: &mut Names) -> Option<u64> {
    if mail.kind == Kind::Patch || mail.facts.is_reply || mail.title.is_empty() {
        return None;
    }
    let author = mail.facts.author.as_ref()?;
    let title = if mail.title.is_ascii() {
        keys::caseless(&mail.title)
    } else {
        keys::exact(mail.title.to_lowercase())
    };
    Some(keys::both(names.key(model.name_of(author)), title))
}

/// The keys of names that were asked for.
#[derive(Default)]
struct Names(KeyMap<u64>);

impl Names {
    fn key(&mut self, name: &str) -> u64 {
        let known = self.0.entry(keys::exact(name));
        *known.or_insert_with(|| keys::exact(people::name_key(name)))
    }
}

struct Planner<'a> {
    digest: &'a Digest,
    model: &'a Model,
    newest: KeyMap<Version>,
    names: Names,
    plan: Plan,
}

impl Planner<'_> {
    fn plan(mut self) -> Plan {
        let model = self.model;
        let summary = summary(self.digest);
        let root = Row::new(0, RowKind::Digest, Spot::Digest);
        self.plan.add(root, &summary.name, Some(&summary.counts));
        let runs: Vec<_> = model.series.iter().map(run_of).collect();
        for (idx, mail) in model.entries.iter().enumerate() {
            match mail.series() {
                None => self.single(idx, mail),
                Some(series_idx) => {
                    let series = &model.series[series_idx];
                    let run = &series.entries[runs[series_idx].clone()];
                    if run.first() == Some(&idx) {
                        self.series(series, run);
                    } else if !is_in_run(run, idx) {
                        self.stray_patch(series, idx, mail);
                    }
                }
            }
        }
        self.unlisted(&summary.unlisted);
        self.plan.kept.shrink_to_fit();
        self.plan.text.shrink_to_fit();
        self.plan
    }

    fn series(&mut self, series: &Series, run: &[usize]) {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else {
            return;
        };
        let lead = series.cover.unwrap_or(first);
        let unknown = self.unknown_patches(series, last);
        let row = Row {
            superseded: self.is_superseded(&self.model.entries[lead]),
            ..Row::new(
                1,
                RowKind::Series,
                Spot::Run {
                    first: narrow(first),
                    last: narrow(last),
                    lead: narrow(lead),
                    log: unknown.as_ref().map(|(log, _)| *log),
                },
            )
        };
        let name = series_name(self.model, series);
        let detail = self.series_detail(series);
        self.plan.add(row, &name, Some(&detail));

        let rows = Below::new(self.model, series);
        for (idx, patch) in series.patches.iter().enumerate() {
            let Some(item) = rows.item(patch) else {
                continue;
            };
            let plain = item.name.to_string();
            let name = harmless(&plain);
            let detail = self.writer_detail(series, patch);
            let row = Row {
                patch: Some(idx).into(),
                ..Row::new(item.depth, item.kind, item.spot)
            };
            if name != plain {
                self.plan.add(row, &name, detail.as_deref());
            } else if let Some(detail) = detail {
                self.plan.n_bytes += name.len();
                self.plan.add(row, "", Some(&detail));
            } else {
                self.plan.n_bytes += name.len();
                self.plan.n_items += 1;
            }
        }
        if let Some((log, name)) = unknown {
            self.plan
                .add(Row::new(2, RowKind::Note, Spot::Log(log)), &name, None);
        }
    }

    fn is_superseded(&mut self, mail: &Mail) -> bool {
        let newest =
            work_of(self.model, mail, &mut self.names).and_then(|work| self.newest.get(&work));
        newest.is_some_and(|newest| *newest > mail.version().copied().unwrap_or(Version::FIRST))
    }

    /// The writer, where he is not the poster.
    fn writer_detail(&self, series: &Series, patch: &Patch) -> Option<String> {
        let poster = series.author.as_ref()?;
        let author = series.author_of(patch, &self.model.entries);
        let writer = author.or_else(|| {
            let mail = self.model.entries.get(patch.entry()?)?;
            mail.writer().map(|person| self.model.name_of(person))
        })?;
        let known = self.model.name_of(poster);
        (!people::same_name(writer, known) && !people::same_name(writer, &poster.name))
            .then(|| shown::plain(writer).into_owned())
    }

    /// What is known of a series whose cover letter, and with it its shortlog, is not here.
    fn unknown_patches(&self, series: &Series, last: usize) -> Option<(u32, String)> {
        let pair = series.skipped_cover?;
        let total = series.total?;
        let blocks = self.digest.blocks();
        // A log line belongs to the series' rows only where it follows its entries.
        if blocks.log(pair)?.start() != blocks.entry(last)?.range().end {
            return None;
        }
        let numbers = series.patches.iter().filter_map(|patch| patch.number);
        let known: HashSet<u32> = numbers.collect();
        let mut missing = (1..=total.min(999)).filter(|number| !known.contains(number));
        let first = missing.next()?;
        let last = missing.next_back().unwrap_or(first);
        let numbers = if first == last {
            format!("{first}/{total}")
        } else {
            format!("{first}-{last}/{total}")
        };
        Some((narrow(pair), format!("{numbers} titles not in this digest")))
    }

    /// `Bibo Mao · 8 files +85 −3 · fix, stable`
    fn series_detail(&self, series: &Series) -> String {
        let mut parts = Vec::new();
        if let Some(author) = &series.author {
            parts.push(shown::plain(self.model.name_of(author)).into_owned());
        }
        let mails = || {
            series
                .entries
                .iter()
                .map(|&entry| &self.model.entries[entry])
        };
        match series.cover {
            Some(cover) => parts.extend(
                self.model.entries[cover]
                    .facts
                    .diffstat
                    .as_ref()
                    .map(diffstat_short),
            ),
            None if series.skipped_cover.is_some() => parts.push("cover skipped".to_owned()),
            None => parts.push("cover not in this digest".to_owned()),
        }
        parts.extend(badges(mails));
        parts.join(" · ")
    }

    fn stray_patch(&mut self, series: &Series, idx: usize, mail: &Mail) {
        let patch = mail.patch().and_then(|patch| series.patches.get(patch));
        let number = patch
            .and_then(|patch| patch.number)
            .or_else(|| mail.number());
        let name = Numbered::of(series).with(number, &mail.title).to_string();
        self.entry_row(idx, mail, &harmless(&name), RowKind::Patch);
    }

    fn single(&mut self, idx: usize, mail: &Mail) {
        let subject = mail.facts.subject.as_deref().unwrap_or_default();
        let tag = mail.subject().map(|parts| parts.tag.text(subject));
        let tag = match tag {
            Some(tag) if tag.starts_with('[') => format!("{tag} "),
            Some(tag) => format!("[{tag}] "),
            None => String::new(),
        };
        let title = if mail.title.is_empty() {
            "(no title)"
        } else {
            &mail.title
        };
        let name = format!(
            "{}{tag}{title}",
            if mail.facts.is_reply { "Re: " } else { "" }
        );
        let kind = if mail.facts.is_reply {
            RowKind::Note
        } else {
            RowKind::Single
        };
        self.entry_row(idx, mail, &harmless(&name), kind);
    }

    fn mail_detail(&self, mail: &Mail) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(author) = &mail.facts.author {
            parts.push(shown::plain(self.model.name_of(author)).into_owned());
        }
        parts.extend(mail.facts.diffstat.as_ref().map(diffstat_short));
        parts.extend(badges(|| std::iter::once(mail)));
        (!parts.is_empty()).then(|| parts.join(" · "))
    }

    fn entry_row(&mut self, idx: usize, mail: &Mail, name: &str, kind: RowKind) {
        let row = Row {
            superseded: self.is_superseded(mail),
            ..Row::new(1, kind, Spot::Entry(narrow(idx)))
        };
        let detail = self.mail_detail(mail);
        self.plan.add(row, name, detail.as_deref());
    }

    /// `9 mails without entry`, at the table that counts them.
    fn unlisted(&mut self, who: &str) {
        let unlisted = &self.model.unlisted;
        let total: u64 = unlisted.iter().map(|unlisted| unlisted.count).sum();
        if unlisted.is_empty() {
            return;
        }
        let name = format!("{} without entry", count(total, "mail", "mails"));
        let row = Row::new(1, RowKind::Note, Spot::Unlisted);
        self.plan.add(row, &name, Some(who));
    }
}
