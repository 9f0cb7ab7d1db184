//! Rules about what belongs together: cut titles that another mail completes, cover letters and
//! their patches, mails that are there twice, series of which a part is elsewhere.
//!
//! These follow from the model, which holds no positions. So what they find is kept with the model
//! as [`Remark`]s; only where that stands is looked up anew.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::sync::OnceLock;

use super::{
    COVER_DISAGREES, COVER_SKIPPED, CUT_TITLE, CheckOptions, DUPLICATE_ENTRY, NEWER_VERSION,
    PATCH_NOT_LISTED, Problem, REPLY_AS_COVER, Rule, SERIES_CUT,
};
use crate::digest::Digest;
use crate::features::definition::shortlog_ranges;
use crate::fixes::{Edit, Repair, What};
use crate::model::keys::{self, Index, KeyMap};
use crate::model::people::{self, Person};
use crate::model::postings::Series;
use crate::model::subject::{self, Kind, Version};
use crate::model::titles::squeeze;
use crate::model::{Completion, Mail, Model};
use crate::shown;
use crate::syntax::entry::Entry;
use crate::syntax::line::Lines;

/// Something to tell, without places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remark {
    /// The title of an entry is cut off and its rest known.
    CutTitle(usize),
    /// Patch 1 of a series (an entry) is not in its shortlog.
    NotListed { series: usize, entry: usize },
    /// An entry and the cover letter of its series say different things.
    Disagrees { series: usize, entry: usize },
    /// An entry is that of another once more.
    Duplicate { entry: usize, first: usize },
    /// An entry is a reply under a cover letter's subject.
    ReplyAsCover(usize),
    /// The cover letter of a series was skipped.
    CoverSkipped(usize),
    /// So many mails of a series are in the window, by a row of the contributors.
    SeriesCut {
        series: usize,
        n_mails: u64,
        row: usize,
    },
}

/// What there is to tell of a model; found when first asked for. No part of what a model is.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    told: OnceLock<Vec<Vec<Remark>>>,
    /// Set when nothing was found wrong with the tables.
    clean_tables: OnceLock<()>,
}

impl Remarks {
    /// Whether the tables were looked at and nothing is wrong with them.
    pub(super) fn are_tables_clean(&self) -> bool {
        self.clean_tables.get().is_some()
    }

    /// Notes that nothing is wrong with the tables.
    pub(super) fn note_clean_tables(&self) {
        self.clean_tables.get_or_init(|| ());
    }
}

impl Clone for Remarks {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Remarks {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Remark {
    fn rule(self) -> &'static Rule {
        match self {
            Self::CutTitle(_) => CUT_TITLE,
            Self::NotListed { .. } => PATCH_NOT_LISTED,
            Self::Disagrees { .. } => COVER_DISAGREES,
            Self::Duplicate { .. } => DUPLICATE_ENTRY,
            Self::ReplyAsCover(_) => REPLY_AS_COVER,
            Self::CoverSkipped(_) => COVER_SKIPPED,
            Self::SeriesCut { .. } => SERIES_CUT,
        }
    }
}

/// Adds what the model tells by the rules that are on.
pub(super) fn check(digest: &Digest, options: &CheckOptions, problems: &mut Vec<Problem>) {
    let model = digest.model();
    let remarks = model.remarks.told.get_or_init(|| by_rule(remarks(model)));
    let is_on = |remark: &Remark| options.severity(remark.rule()).is_some();
    let teller = Teller::new(digest);
    let told = remarks
        .iter()
        .filter(|remarks| remarks.first().is_some_and(is_on))
        .flatten();
    problems.extend(told.filter_map(|remark| teller.problem(*remark)));
}

/// Most are of rules that are off, which are not gone through one by one.
fn by_rule(mut remarks: Vec<Remark>) -> Vec<Vec<Remark>> {
    remarks.sort_by_key(|remark| remark.rule().code);
    let chunks = remarks.chunk_by(|a, b| a.rule().code == b.rule().code);
    chunks.map(<[Remark]>::to_vec).collect()
}

fn remarks(model: &Model) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut seen: KeyMap<usize> = KeyMap::default();
    for (entry, mail) in model.entries.iter().enumerate() {
        if mail.completed_by.is_some() {
            remarks.push(Remark::CutTitle(entry));
        }
        if mail.kind == Kind::Cover && mail.facts.is_reply {
            remarks.push(Remark::ReplyAsCover(entry));
        }
        if let (Some(subject), Some(author)) = (&mail.facts.subject, &mail.facts.author) {
            let key = keys::both(keys::exact(subject), keys::caseless(&author.email));
            match seen.get(&key) {
                Some(&first) if !mail.facts.is_reply && !model.entries[first].facts.is_reply => {
                    remarks.push(Remark::Duplicate { entry, first });
                }
                Some(_) => {}
                None => {
                    seen.insert(key, entry);
                }
            }
        }
    }
    let people = People::default();
    for (idx, series) in model.series.iter().enumerate() {
        of_series(model, &people, idx, series, &mut remarks);
    }
    remarks
}

/// What is asked of people for every series, found when first needed.
#[derive(Default)]
struct People {
    /// How many entries there are of a writer, by keys of addresses and of names.
    n_entries: OnceCell<KeyMap<usize>>,
    /// Who is counted in the rows of the table of contributors.
    rows: OnceCell<Vec<Option<PersonKeys>>>,
}

/// A person by keys.
struct PersonKeys {
    /// The address without case.
    email: u64,
    /// The name; none of a person without letters in it.
    name: Option<u64>,
}

impl PersonKeys {
    fn new(email: &str, name: &str) -> Self {
        let name = people::name_hash(name);
        Self {
            email: keys::caseless(email),
            name: (name != keys::exact("")).then_some(name),
        }
    }

    /// Whether they have an address or a name in common.
    fn meets(&self, other: &Self) -> bool {
        self.email == other.email || self.name.is_some() && self.name == other.name
    }
}

impl People {
    fn n_entries(&self, model: &Model, poster: &Person) -> usize {
        let counts = self.n_entries.get_or_init(|| {
            let mut counts = KeyMap::default();
            for writer in model.entries.iter().filter_map(Mail::likely_writer) {
                for key in Self::keys(model, writer) {
                    *counts.entry(key).or_default() += 1;
                }
            }
            counts
        });
        let count = |key: u64| counts.get(&key).copied().unwrap_or(0);
        Self::keys(model, poster)
            .map(count)
            .into_iter()
            .max()
            .unwrap_or(0)
    }

    fn keys(model: &Model, person: &Person) -> [u64; 2] {
        let name = people::name_hash(model.name_of(person));
        [
            keys::both(keys::caseless(&person.email), 0),
            keys::both(name, 1),
        ]
    }

    /// Who is counted in each row of the table of contributors.
    fn rows(&self, model: &Model) -> &[Option<PersonKeys>] {
        self.rows.get_or_init(|| {
            let rows = model.contributors.rows.iter();
            let people = rows.map(|row| row.person.as_ref());
            let keys = |person: &Person| PersonKeys::new(&person.email, &person.name);
            people.map(|person| person.map(keys)).collect()
        })
    }
}

fn of_series(
    model: &Model,
    people: &People,
    idx: usize,
    series: &Series,
    remarks: &mut Vec<Remark>,
) {
    if series.cover.is_none() && series.skipped_cover.is_some() {
        remarks.push(Remark::CoverSkipped(idx));
    }
    let Some(cover) = series.cover.map(|cover| &model.entries[cover]) else {
        return;
    };
    let groups = cover.facts.shortlog.iter();
    let n_listed: usize = groups.map(|group| group.titles().len()).sum();
    let patches = series
        .entries
        .iter()
        .map(|&entry| (entry, &model.entries[entry]));
    for (entry, patch) in patches.filter(|(_, mail)| mail.kind == Kind::Patch) {
        // A tag that contradicts itself is another finding.
        let is_readable = patch
            .subject()
            .is_some_and(|subject| subject.tag.problems().is_empty());
        if patch.total() != cover.total() || version(patch) != version(cover) {
            if !is_readable {
                continue;
            }
            remarks.push(Remark::Disagrees { series: idx, entry });
            continue;
        }
        let is_listed = patch
            .patch()
            .and_then(|patch| series.patches.get(patch))
            .is_some_and(|patch| patch.listed().is_some());
        // A shortlog that is not whole proves nothing, nor does one of two titles.
        if !is_listed
            && subject_title(patch).is_some_and(|title| title == squeeze(&patch.facts.title_shown))
            && n_listed > 0
            && Some(n_listed as u64) == cover.total().map(u64::from)
        {
            remarks.push(Remark::NotListed { series: idx, entry });
        }
    }
    if let Some((n_mails, row)) = in_window(model, people, series, cover) {
        remarks.push(Remark::SeriesCut {
            series: idx,
            n_mails,
            row,
        });
    }
}

/// The title in the subject of a mail.
fn subject_title(mail: &Mail) -> Option<String> {
    let subject = mail.facts.subject.as_deref()?;
    Some(squeeze(mail.subject()?.title(subject)))
}

fn version(mail: &Mail) -> Version {
    mail.version().copied().unwrap_or(Version::FIRST)
}

/// Longest table that is asked: every series asks all of it.
const MOST_ROWS: usize = 200;

/// How many mails of a series are in the window, where the table proves that it is not all: of a
/// series that its poster wrote alone, and that is all there is of them. With the row of the table.
fn in_window(
    model: &Model,
    people: &People,
    series: &Series,
    cover: &Mail,
) -> Option<(u64, usize)> {
    let rows = &model.contributors.rows;
    // A row may have fallen off the end of a full table: another address of the poster's.
    if rows.len() > MOST_ROWS || model.contributors.is_full() {
        return None;
    }
    let poster = series.author.as_ref()?;
    let total = u64::from(series.total?);
    let name = model.name_of(poster);
    let by_poster = |author: &str| people::same_name(author, name);
    let shortlog = &cover.facts.shortlog;
    if shortlog.is_empty() || !shortlog.iter().all(|group| by_poster(group.author())) {
        return None;
    }
    let keys = PersonKeys::new(&poster.email, name);
    let mut counted = 0_u64;
    let mut first = None;
    for (idx, (row, person)) in rows.iter().zip(people.rows(model)).enumerate() {
        if person.as_ref().is_some_and(|person| person.meets(&keys)) {
            counted = counted.saturating_add(row.count);
            first.get_or_insert(idx);
        }
    }
    let row = first?;
    let n_entries = series.entries.len();
    let fits = counted <= total && counted >= n_entries as u64;
    (fits && people.n_entries(model, poster) <= n_entries).then_some((counted, row))
}

/// Puts remarks into words, with the places they are about.
struct Teller<'a> {
    digest: &'a Digest,
    model: &'a Model,
    /// The log pairs by the entry that stayed.
    log: OnceCell<Index>,
    /// Where the shortlog asked for last has its titles: a series may have many that are cut.
    shortlog: RefCell<Option<Shortlog>>,
}

/// A cover letter, and where its shortlog has its titles, by group.
type Shortlog = (usize, Vec<Vec<Range<usize>>>);

/// An entry in the text.
struct Found<'a> {
    start: usize,
    entry: &'a Entry,
}

impl<'a> Teller<'a> {
    fn new(digest: &'a Digest) -> Self {
        Self {
            digest,
            model: digest.model(),
            log: OnceCell::new(),
            shortlog: RefCell::new(None),
        }
    }

    /// Where a shortlog has a title.
    fn listed(&self, cover: usize, group: usize, title: usize) -> Option<Range<usize>> {
        let mut last = self.shortlog.borrow_mut();
        if last.as_ref().is_none_or(|(of, _)| *of != cover) {
            *last = Some((cover, shortlog_ranges(self.digest, cover)));
        }
        let (_, ranges) = last.as_ref()?;
        ranges.get(group)?.get(title).cloned()
    }

    fn entry(&self, idx: usize) -> Option<Found<'a>> {
        let place = self.digest.blocks().entry(idx)?;
        Some(Found {
            start: place.start(),
            entry: place.block.entry()?,
        })
    }

    /// The subject line of an entry.
    fn subject(&self, idx: usize) -> Option<Range<usize>> {
        let found = self.entry(idx)?;
        Some(found.entry.subject?.span.at(found.start))
    }

    /// The one-based line of an offset.
    fn line(&self, offset: usize) -> usize {
        self.digest.text().line_of(offset) + 1
    }

    fn problem(&self, remark: Remark) -> Option<Problem> {
        match remark {
            Remark::CutTitle(entry) => self.cut_title(entry),
            Remark::NotListed { series, entry } => self.not_listed(series, entry),
            Remark::Disagrees { series, entry } => self.disagrees(series, entry),
            Remark::Duplicate { entry, first } => {
                let range = self.subject(entry)?;
                let other = self.subject(first)?;
                let message = format!(
                    "this mail has an entry already, at line {}",
                    self.line(other.start)
                );
                Some(Problem::new(DUPLICATE_ENTRY, range, message).because(other, "the first"))
            }
            Remark::ReplyAsCover(entry) => {
                let message =
                    "this is a reply under the subject of a cover letter, not the cover letter";
                Some(Problem::new(REPLY_AS_COVER, self.subject(entry)?, message))
            }
            Remark::CoverSkipped(series) => self.cover_skipped(series),
            Remark::SeriesCut {
                series,
                n_mails,
                row,
            } => self.series_cut(series, n_mails, row),
        }
    }

    fn cut_title(&self, idx: usize) -> Option<Problem> {
        let mail = self.model.entries.get(idx)?;
        let found = self.entry(idx)?;
        let (proof, what) = match *mail.completed_by.as_deref()? {
            Completion::Shortlog {
                entry,
                group,
                title,
            } => (self.listed(entry, group, title)?, "in the shortlog"),
            Completion::Entry(other) => (self.subject(other)?, "in another posting"),
            Completion::Skipped(pair) => (self.skip_line(pair)?, "of the mail left out"),
        };
        let first = self.line(proof.start);
        let last = self.line(proof.end.max(proof.start + 1) - 1);
        let place = if first == last {
            format!("line {first}")
        } else {
            format!("lines {first}-{last}")
        };
        let message = format!(
            "Title cut at a folded header. In full: \"{}\" ({place})",
            shown::short(&shown::plain(&mail.title), 400)
        );
        let range = found.entry.title.at(found.start);
        let mut problem = Problem::new(CUT_TITLE, range, message).because(proof, what);
        problem.repair = self.completion(idx, mail, &found);
        Some(problem)
    }

    /// Completes a title wherever the digest has it cut off: after `New:`, in the subject, and in
    /// the log lines that name the entry by its subject.
    fn completion(&self, idx: usize, mail: &Mail, found: &Found<'_>) -> Option<Box<Repair>> {
        let subject = found.entry.subject?;
        let shown = subject_title(mail)?;
        if shown != squeeze(&mail.facts.title_shown) {
            return None;
        }
        let rest = mail.title.strip_prefix(&*shown)?;
        let text = self.digest.text();
        let at_end_of = |range: Range<usize>| {
            let line = text.slice(range.clone());
            let end = range.start + line.trim_end().len();
            Edit {
                range: end..end,
                text: rest.to_owned(),
            }
        };
        let mut edits = vec![
            at_end_of(found.entry.title.at(found.start)),
            at_end_of(subject.span.at(found.start)),
        ];
        let log = self.log.get_or_init(|| {
            let pairs = self.model.log.iter().enumerate();
            let named = pairs.filter_map(|(pair, log)| Some((log.entry? as u64, pair)));
            Index::new(named)
        });
        for pair in log.get(idx as u64).iter() {
            let place = self.digest.blocks().log(pair)?;
            edits.push(at_end_of(text.line_range(place.line())));
        }
        Some(Box::new(Repair {
            what: What::Title,
            title: "Complete the title".to_owned(),
            edits,
            elsewhere: Vec::new(),
            copy: Some(mail.title.to_string()),
            certain: true,
        }))
    }

    fn not_listed(&self, series: usize, entry: usize) -> Option<Problem> {
        let cover = self.model.series.get(series)?.cover?;
        let range = self.title_in_subject(entry)?;
        let number = self.model.entries.get(entry)?.number()?;
        let message = format!(
            "the shortlog of the cover letter, at line {}, does not list patch {number} under this title",
            self.line(self.subject(cover)?.start)
        );
        let shortlog = self.shortlog(cover);
        let mut problem = Problem::new(PATCH_NOT_LISTED, range, message);
        if let Some(shortlog) = shortlog {
            problem = problem.because(shortlog, "the shortlog");
        }
        Some(problem)
    }

    fn shortlog(&self, cover: usize) -> Option<Range<usize>> {
        use crate::syntax::entry::PartKind;
        let found = self.entry(cover)?;
        let mut parts = found.entry.parts_of(PartKind::ShortlogGroup);
        let first = parts.next()?.span.at(found.start);
        let end = parts
            .last()
            .map_or(first.end, |last| last.span.at(found.start).end);
        Some(first.start..end)
    }

    /// The title in the subject of an entry.
    fn title_in_subject(&self, entry: usize) -> Option<Range<usize>> {
        let mail = self.model.entries.get(entry)?;
        let range = self.subject(entry)?;
        Some(range.start + mail.subject()?.title_start..range.end)
    }

    fn disagrees(&self, series: usize, entry: usize) -> Option<Problem> {
        let cover_idx = self.model.series.get(series)?.cover?;
        let (cover, patch) = (
            self.model.entries.get(cover_idx)?,
            self.model.entries.get(entry)?,
        );
        let base = self.subject(entry)?.start;
        let tag = &patch.subject()?.tag;
        let (part, message) = if patch.total() == cover.total() {
            let part = tag.version_range.clone().unwrap_or(tag.group.clone());
            (
                part,
                format!(
                    "patch of version {}, its cover letter is of version {}",
                    version(patch),
                    version(cover)
                ),
            )
        } else {
            let part = tag.number_range.clone().unwrap_or(tag.group.clone());
            (
                part,
                format!(
                    "patch of a series of {}, its cover letter announces {}",
                    patch.total()?,
                    cover.total()?
                ),
            )
        };
        Some(
            Problem::new(COVER_DISAGREES, base + part.start..base + part.end, message)
                .because(self.subject(cover_idx)?, "the cover letter"),
        )
    }

    /// The ` Skip:` line of a log pair.
    fn skip_line(&self, pair: usize) -> Option<Range<usize>> {
        let place = self.digest.blocks().log(pair)?;
        let text = self.digest.block_text(&place);
        let line = Lines::new(&text).find(|line| line.text.trim_start().starts_with("Skip:"))?;
        let indent = line.text.len() - line.text.trim_start().len();
        Some(place.start() + line.start + indent..place.start() + line.end())
    }

    fn cover_skipped(&self, idx: usize) -> Option<Problem> {
        let series = self.model.series.get(idx)?;
        let pair = series.skipped_cover?;
        let log = self.model.log.get(pair)?;
        let exist = self.model.entries.get(log.entry?)?;
        let why = if series.reply.is_some() {
            "a reply to it stands in its place".to_owned()
        } else {
            let skip = log.skip.as_deref()?;
            let title = squeeze(subject::parse_subject(skip)?.title(skip)).to_lowercase();
            let number = exist.number().unwrap_or(1);
            if squeeze(&exist.title).to_lowercase().contains(&title) {
                format!("its title is contained in patch {number}'s")
            } else {
                format!("it counts as patch {number} once more")
            }
        };
        let n_patches = series.n_patches();
        let known = series
            .patches
            .iter()
            .filter(|patch| patch.entry().is_some());
        let known: Vec<u32> = known.filter_map(|patch| patch.number).collect();
        // Of a series that no digest can have, numbers tell nothing.
        let total = u32::try_from(n_patches).unwrap_or(u32::MAX).min(999);
        let unknown: Vec<u32> = (1..=total)
            .filter(|number| !known.contains(number))
            .collect();
        let patches = match &unknown[..] {
            [] => String::new(),
            [one] => format!(" and patch {one}"),
            [first, .., last] if (last - first) as usize == unknown.len() - 1 => {
                format!(" and patches {first}-{last}")
            }
            _ => format!(" and {} patches", unknown.len()),
        };
        let message = format!(
            "Cover letter of this {n_patches}-patch series was skipped: {why}. Changelog{patches} unknown here"
        );
        let mut problem = Problem::new(COVER_SKIPPED, self.skip_line(pair)?, message);
        let entry = series.reply.or(log.entry)?;
        problem = problem.because(self.subject(entry)?, "the entry that stayed");
        Some(problem)
    }

    fn series_cut(&self, idx: usize, n_mails: u64, row: usize) -> Option<Problem> {
        let series = self.model.series.get(idx)?;
        let total = u64::from(series.total?);
        let start = super::table_start(self.digest, 1)?;
        let row = &self.model.contributors.rows.get(row)?.range;
        let row = start + row.start..start + row.end;
        let place = format!(
            "{n_mails} of {} mails, table line {}",
            total + 1,
            self.line(row.start)
        );
        let message = if n_mails == 1 {
            let rest = match total {
                1 => "patch 1 is".to_owned(),
                _ => format!("patches 1-{total} are"),
            };
            format!(
                "Only the cover letter arrived in this window ({place}); {rest} in a neighbouring digest"
            )
        } else {
            // They may be of another series of the same poster that has no entry here.
            format!("Only a part of this series arrived in this window (at most {place})")
        };
        let range = self.title_in_subject(series.cover?)?;
        Some(Problem::new(SERIES_CUT, range, message).because(row, "what the table counts"))
    }
}

/// The finding that a newer version of the series of an entry is known elsewhere, told at the title
/// in its subject. `elsewhere` names the version and its place: `v4 of this series is in …`. None
/// where the rule is off.
#[must_use]
pub fn newer_version(
    digest: &Digest,
    entry: usize,
    elsewhere: &str,
    options: &CheckOptions,
) -> Option<Problem> {
    let severity = options.severity(NEWER_VERSION)?;
    let range = Teller::new(digest).title_in_subject(entry)?;
    let mut problem = Problem::new(NEWER_VERSION, range, shown::plain(elsewhere));
    problem.severity = severity;
    Some(problem)
}
