//! Reads what a digest adds to the workspace out of its model, and the few things that the model
//! does not keep (rows of diffstats, changelogs, addresses) out of its text.

mod files;
mod strings;
mod versions;

use std::collections::BTreeMap;
use std::collections::hash_map::Entry as Known;
use std::hash::BuildHasherDefault;

use files::{Files, Touched};
use strings::{Strings, clip};
use versions::{Told, diffstat_in};

use super::contribution::{
    Changes, Contribution, Flags, KeyRows, Label, NONE, PatchRow, PersonRow, Piece, PostingKind,
    PostingRow, Rows, VersionRow,
};
use super::evidence::Joins;
use super::grams;
use super::keys::{Key, Sort, bit};
use super::message_id;
use super::shelf::{Shelf, Whole};
use crate::digest::Digest;
use crate::eight;
use crate::model::keys::{self, KeyMap};
use crate::model::people;
use crate::model::postings::Series;
use crate::model::subject::{self, Kind, Version};
use crate::model::titles::squeeze;
use crate::model::{Mail, Model};
use crate::syntax::blocks::Place;
use crate::syntax::entry::Entry;

/// Bytes of a text that are kept. Titles and paths are shorter; what is not is no title.
const MAX_TEXT: usize = 600;
/// Writers by whom a posting can be found.
const MAX_WRITERS: usize = 8;
/// Versions and addresses that are kept per posting.
const MAX_VERSIONS: usize = 100;
/// Entries of a posting that are read when the leading one has no changelog.
const MAX_READ: usize = 4;
/// Characters from which on a title may have been cut off by a folded header.
const MIN_LONG_TITLE: usize = 30;
/// Letters of the beginning by which cut and full titles meet.
const N_BEGINNING: usize = 24;

impl Contribution {
    /// What a digest adds to the workspace. Takes about as long as parsing it: better done away
    /// from where edits are applied.
    #[must_use]
    pub fn of(digest: &Digest) -> Self {
        let model = digest.model();
        let mut builder = Builder::new(digest, model);
        builder.read();
        builder.finish()
    }

    /// What `newer` adds, given that this is what `older` does: the same, where nothing changed but
    /// messages, and nothing in them that counts here. `None` where that takes a new look at all
    /// of the digest. Reads the blocks that are others.
    #[must_use]
    pub fn kept(&self, older: &Digest, newer: &Digest) -> Option<Self> {
        if !newer.shares_model_with(older) {
            return None;
        }
        let mut is_same = |old: Place<'_>, new: Place<'_>| {
            let (old_entry, new_entry) = match (old.block.entry(), new.block.entry()) {
                (Some(old_entry), Some(new_entry)) => (old_entry, new_entry),
                // Other blocks are told by their model.
                (old_entry, new_entry) => return old_entry.is_none() && new_entry.is_none(),
            };
            if std::ptr::eq(old_entry, new_entry) {
                return true;
            }
            // Of replies nothing is read.
            let Some(posting) = self.posting_of(old.before.entries) else {
                return true;
            };
            let own = posting.label().version;
            let old_text = older.text().slice(old.range());
            let new_text = newer.text().slice(new.range());
            Told::new(&old_text, old_entry, own) == Told::new(&new_text, new_entry, own)
        };
        let (old, new) = (older.blocks().top(), newer.blocks().top());
        old.all_same(&new, &mut is_same).then(|| self.clone())
    }
}

struct Builder<'a> {
    digest: &'a Digest,
    model: &'a Model,
    strings: Strings,
    titles: KeyMap<Title>,
    /// The rows of people, and the first rows of those with a name.
    people_rows: KeyMap<u32>,
    whole: Whole,
    postings: Vec<PostingRow>,
    patches: Vec<PatchRow>,
    files: Files,
    versions: Vec<VersionRow>,
    cited: Vec<Piece>,
    people: Vec<PersonRow>,
    keys: Vec<u64>,
    entries: Vec<u32>,
    /// All titles and reduced names, each with a line break behind it.
    searched: String,
    skips: BTreeMap<usize, Vec<Skip>>,
    /// Room for the people of a posting.
    writers: Vec<u64>,
}

/// A title of a series or patch.
#[derive(Clone, Copy)]
struct Title {
    piece: Piece,
    /// The key of its letters.
    letters: Key,
}

/// A mail that was left out, read from its ` Skip:` line.
struct Skip {
    label: Label,
    number: Option<u32>,
    total: Option<u32>,
    title: String,
}

fn map_of<V>(capacity: usize) -> KeyMap<V> {
    KeyMap::with_capacity_and_hasher(capacity, BuildHasherDefault::default())
}

fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

fn label_of(mail: &Mail) -> Label {
    let tag = mail.subject().map(|subject| &subject.tag);
    Label {
        is_plain: !tag.is_some_and(|tag| tag.is_rfc),
        version: mail.version().copied().unwrap_or(Version::FIRST),
    }
}

impl<'a> Builder<'a> {
    fn new(digest: &'a Digest, model: &'a Model) -> Self {
        let n_entries = model.entries.len();
        let n_singles = (model.entries.iter())
            .filter(|mail| mail.series().is_none() && !mail.facts.is_reply)
            .count();
        let n_listed: usize = model.series.iter().map(|series| series.patches.len()).sum();
        let n_postings = model.series.len() + n_singles;
        let n_titles = n_postings + n_listed;
        // Room for what most digests have, so that little is copied while it grows.
        Self {
            digest,
            model,
            strings: Strings::new(n_entries * 640, n_entries * 4),
            titles: map_of(n_titles),
            people_rows: map_of(n_entries * 4),
            whole: Whole::default(),
            postings: Vec::with_capacity(n_postings),
            patches: Vec::with_capacity(n_singles + n_listed),
            files: Files::new(n_entries),
            versions: Vec::with_capacity(n_entries),
            cited: Vec::new(),
            people: Vec::with_capacity(n_entries * 2),
            keys: Vec::with_capacity(n_entries * 4),
            entries: vec![NONE; n_entries],
            // A title has some fifty letters, and of two mails one has another poster.
            searched: String::with_capacity(n_titles * 64 + n_entries * 16),
            skips: BTreeMap::new(),
            writers: Vec::new(),
        }
    }

    fn read(&mut self) {
        let header = &self.model.header;
        self.whole.list = self.strings.add(header.list().unwrap_or_default());
        if let Some((from, to)) = header.range() {
            self.whole.from = self.strings.add(from);
            self.whole.to = self.strings.add(to);
        }
        let n_unlisted = self.model.unlisted.iter().map(|unlisted| unlisted.count);
        self.whole.n_unlisted = n_unlisted.fold(0, |sum, count| {
            sum.saturating_add(u32::try_from(count).unwrap_or(u32::MAX))
        });
        for row in &self.model.contributors.rows {
            if let Some(person) = &row.person {
                self.person(&person.name, &person.email);
            }
        }
        self.read_skips();
        let mut known = vec![false; self.model.series.len()];
        for (entry, mail) in self.model.entries.iter().enumerate() {
            match mail.series() {
                Some(series_idx) => {
                    if let (Some(series), Some(known @ false)) =
                        (self.model.series.get(series_idx), known.get_mut(series_idx))
                    {
                        *known = true;
                        self.series(series);
                    }
                }
                None if !mail.facts.is_reply => self.single(entry, mail),
                _ => {}
            }
        }
    }

    fn finish(self) -> Contribution {
        let rows = Shelf {
            text: self.strings.finish(),
            postings: self.postings,
            patches: self.patches,
            files: self.files.rows,
            file_keys: self.files.keys,
            folders: self.files.folders,
            versions: self.versions,
            cited: self.cited,
            people: self.people,
            keys: self.keys,
            entries: self.entries,
            grams: grams::set_of(self.searched.as_bytes()).into_vec(),
            ..Shelf::default()
        };
        Contribution::alone(rows, self.whole)
    }

    fn piece(&mut self, text: &str) -> Piece {
        self.strings.add(text)
    }

    /// A title: titles are found by their parts, and as the same without regard to case and blanks.
    fn title(&mut self, text: &str) -> Title {
        let letters = Key::new(Sort::Patch).letters(text);
        let add = |strings: &mut Strings| Title {
            piece: strings.add(text),
            letters,
        };
        // Anybody can make titles of one hash, which is no secret.
        let title = match self.titles.entry(keys::both(letters.finish(), 0)) {
            Known::Occupied(known) if self.strings.get(known.get().piece) == clip(text) => {
                return *known.get();
            }
            Known::Occupied(_) => add(&mut self.strings),
            Known::Vacant(place) => *place.insert(add(&mut self.strings)),
        };
        self.search_by(text);
        title
    }

    /// Lets the parts of a text lead to this digest.
    fn search_by(&mut self, text: &str) {
        self.searched.push_str(text);
        self.searched.push('\n');
    }

    /// The hash of a reduced name, the parts of which lead to this digest.
    fn search_by_name(&mut self, name: &str) -> u64 {
        let start = self.searched.len();
        people::add_name_key(&mut self.searched, name);
        let key = name_hash(self.searched.get(start..).unwrap_or_default());
        self.searched.push('\n');
        key
    }

    fn person(&mut self, name: &str, email: &str) -> u32 {
        if name.is_empty() && email.is_empty() {
            return NONE;
        }
        let exact_name = keys::exact(clip(name));
        let exact_email = keys::exact(clip(email));
        let key = keys::both(exact_name, exact_email);
        let idx = index(self.people.len());
        match self.people_rows.entry(key) {
            Known::Occupied(row) => return *row.get(),
            Known::Vacant(place) => place.insert(idx),
        };
        let named = *self.people_rows.entry(exact_name).or_insert(idx);
        let (name, name_key) = match self.people.get(named as usize) {
            Some(row) => (row.name, row.name_key),
            None => {
                let key = self.search_by_name(name);
                (self.strings.share_by_key(name, exact_name), key)
            }
        };
        self.people.push(PersonRow {
            name,
            email: self.strings.share_by_key(email, exact_email),
            name_key,
            email_key: email_hash(email),
        });
        idx
    }

    fn name_key(&self, person: u32) -> u64 {
        self.people
            .get(person as usize)
            .map_or(0, |row| row.name_key)
    }

    /// The subjects of mails that were left out, by the entry that stayed.
    fn read_skips(&mut self) {
        for pair in &self.model.log {
            let (Some(entry), Some(skip)) = (pair.entry, pair.skip.as_deref()) else {
                continue;
            };
            let Some(parts) = subject::parse_subject(skip) else {
                continue;
            };
            self.skips.entry(entry).or_default().push(Skip {
                label: Label {
                    is_plain: !parts.tag.is_rfc,
                    version: parts.tag.version.unwrap_or(Version::FIRST),
                },
                number: parts.tag.number,
                total: parts.tag.total,
                title: squeeze(parts.title(skip)),
            });
        }
    }

    fn series(&mut self, series: &'a Series) {
        let model = self.model;
        let mails = &model.entries;
        let Some(lead) = series.lead(mails) else {
            return;
        };
        let Some(mail) = mails.get(lead) else { return };
        // A reply under the cover letter's subject is all that a digest shows of that letter.
        for &entry in series.entries.iter().chain(&series.reply) {
            self.entries[entry] = index(self.postings.len());
        }
        let poster = self.poster(mail);
        let first_patch = index(self.patches.len());
        let mut author_before = ("", NONE);
        for patch in &series.patches {
            let entry = patch.entry();
            let writer = match (
                series.author_of(patch, mails),
                entry.and_then(|entry| mails.get(entry)),
            ) {
                // All patches of a group have one.
                (Some(author), _) if std::ptr::eq(author, author_before.0) => author_before.1,
                (Some(author), _) => {
                    author_before = (author, self.person(author, ""));
                    author_before.1
                }
                (None, Some(mail)) => match mail.likely_writer() {
                    Some(writer) if Some(writer) != mail.facts.author.as_ref() => {
                        self.person(&writer.name, &writer.email)
                    }
                    _ => poster,
                },
                (None, None) => NONE,
            };
            let title = self.title(series.title_of(patch, mails));
            self.patch(title, patch.number, writer, entry);
        }
        let badge = |has: fn(&Mail) -> bool| {
            let mut mails = series.entries.iter().filter_map(|&entry| mails.get(entry));
            mails.any(has)
        };
        let flags = Flags {
            has_cover: series.cover.is_some(),
            cover_skipped: series.skipped_cover.is_some(),
            is_fix: badge(|mail| mail.facts.is_fix),
            is_stable: badge(|mail| mail.facts.is_stable),
            touches_uapi: badge(|mail| mail.facts.touches_uapi),
            ..flags_of(mail)
        };
        let draft = Draft {
            title: self.title(&series.title),
            title_text: &series.title,
            trees: &series.trees.iter().map(|tree| &**tree).collect::<Vec<_>>(),
            kind: PostingKind::Series,
            mail,
            lead,
            poster,
            first_patch,
            entries: &series.entries,
            flags,
        };
        self.posting(&draft);
    }

    fn single(&mut self, entry: usize, mail: &'a Mail) {
        self.entries[entry] = index(self.postings.len());
        let poster = self.poster(mail);
        let writer = match mail.likely_writer() {
            Some(writer) if Some(writer) != mail.facts.author.as_ref() => {
                self.person(&writer.name, &writer.email)
            }
            _ => poster,
        };
        let title = self.title(&mail.title);
        let first_patch = index(self.patches.len());
        let kind = match mail.kind {
            Kind::Pull => PostingKind::Pull,
            _ => PostingKind::Single,
        };
        if kind == PostingKind::Single {
            self.patch(title, None, writer, Some(entry));
        }
        let draft = Draft {
            title,
            title_text: &mail.title,
            trees: &mail.trees().collect::<Vec<_>>(),
            kind,
            mail,
            lead: entry,
            poster,
            first_patch,
            entries: &[entry],
            flags: flags_of(mail),
        };
        self.posting(&draft);
    }

    fn poster(&mut self, mail: &Mail) -> u32 {
        let Some(author) = &mail.facts.author else {
            return NONE;
        };
        let name = self.model.name_of(author);
        self.person(name, &author.email)
    }

    fn patch(&mut self, title: Title, number: Option<u32>, writer: u32, entry: Option<usize>) {
        let key = title.letters.number(self.name_key(writer)).finish();
        let entry = entry.map_or(NONE, index);
        self.patches
            .push(PatchRow::new(key, title.piece, number, writer, entry));
    }

    fn posting(&mut self, draft: &Draft<'_>) {
        let mail = draft.mail;
        let first_version = index(self.versions.len());
        let first_cited = index(self.cited.len());
        let mut touched = self.files.begin();
        let label = label_of(mail);
        let mut own_keys = OwnKeys::default();
        let mut totals = Changes::default();
        let mut partial = false;
        let mut n_diffstats = 0;
        for (n_read, entry) in reading_order(draft).enumerate() {
            let wants_files = n_read == 0 || !draft.flags.has_cover && totals.files == 0 || partial;
            let wants_versions = n_read < MAX_READ && !self.tells_own(first_version);
            if !wants_files && !wants_versions {
                break;
            }
            let Some(place) = self.digest.blocks().entry(entry) else {
                continue;
            };
            let Some(parts) = place.block.entry() else {
                continue;
            };
            let text = self.digest.text().slice(place.range());
            if wants_versions {
                self.read_versions(&text, parts, label, first_version, &mut own_keys);
                if n_read == 0 {
                    self.read_cited(&text, parts, first_version, first_cited);
                }
            }
            if wants_files && self.read_files(&text, parts, &mut touched, &mut totals) {
                n_diffstats += 1;
                // Rows of single patches of a series are not all of it.
                partial = draft.kind == PostingKind::Series && draft.mail.kind != Kind::Cover;
            }
        }
        // Those of all patches are.
        partial &= mail.total() != Some(n_diffstats);
        let n_repeats = self.take_skips(draft, label, first_version);
        self.note_days(first_version, first_cited);

        let patches = Rows {
            start: draft.first_patch,
            end: index(self.patches.len()),
        };
        let keys = self.keys(draft, patches, &own_keys);
        let patch_rows = self
            .patches
            .get(draft.first_patch as usize..)
            .unwrap_or(&[]);
        let subject = mail.facts.subject.as_deref().unwrap_or_default();
        let row = PostingRow {
            trees: self.strings.share(&draft.trees.join(" ")),
            title: draft.title.piece,
            kind: draft.kind,
            version: mail.version().copied(),
            flags: Flags {
                files_partial: partial,
                ..draft.flags
            },
            total: match draft.kind {
                PostingKind::Series => mail.total().unwrap_or(0),
                _ => 1,
            },
            poster: draft.poster,
            lead: index(draft.lead),
            n_subject_chars: u16::try_from(n_chars(subject, 1000)).unwrap_or(0),
            n_repeats,
            totals,
            patches,
            files: self.files.rows_of(&touched),
            versions: Rows {
                start: first_version,
                end: index(self.versions.len()),
            },
            cited: Rows {
                start: first_cited,
                end: index(self.cited.len()),
            },
            keys,
            patch_set: patch_rows.iter().fold(0, |set, row| set | bit(row.key)),
            file_set: touched.hashes,
        };
        self.postings.push(row);
    }

    /// Adds the rows and sums of an entry's last diffstat; whether it has one.
    fn read_files(
        &mut self,
        text: &str,
        entry: &Entry,
        touched: &mut Touched,
        totals: &mut Changes,
    ) -> bool {
        let Some(diffstat) = diffstat_in(text, entry) else {
            return false;
        };
        self.files.read(diffstat, touched, &mut self.strings);
        if let Some(sums) = entry.facts().diffstat {
            let add = |sum: &mut u32, n: u64| {
                *sum = sum.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            };
            add(&mut totals.insertions, sums.insertions);
            add(&mut totals.deletions, sums.deletions);
            let rows = self.files.rows_of(touched);
            let n_rows = u64::from(rows.end - rows.start);
            totals.files = u32::try_from(sums.files.max(n_rows)).unwrap_or(u32::MAX);
        }
        true
    }

    fn note_days(&mut self, first_version: u32, first_cited: u32) {
        let slice = |piece: &Piece| self.strings.get(*piece);
        let versions = self.versions.get(first_version as usize..).unwrap_or(&[]);
        let cited = self.cited.get(first_cited as usize..).unwrap_or(&[]);
        let ids = versions
            .iter()
            .filter_map(|row| message_id::message_id(slice(&row.url)))
            .chain(cited.iter().map(slice));
        let newest = ids.filter_map(message_id::day_of).max();
        self.whole.newest_day = self.whole.newest_day.max(newest);
    }

    fn keys(&mut self, draft: &Draft<'_>, patches: Rows, own: &OwnKeys) -> KeyRows {
        let start = index(self.keys.len());
        let poster = self.people.get(draft.poster as usize).copied();
        let (name, email) = poster.map_or((0, 0), |row| (row.name_key, row.email_key));
        let mut writers = std::mem::take(&mut self.writers);
        writers.clear();
        writers.extend([name, email].iter().filter(|key| **key != 0));
        let n_poster_keys = writers.len();
        let rows = self.patches.get(patches.start as usize..).unwrap_or(&[]);
        let mut before = draft.poster;
        for row in rows {
            if row.writer == before {
                continue;
            }
            before = row.writer;
            let key = self.name_key(before);
            if key != 0 && !writers.contains(&key) {
                writers.push(key);
            }
            if writers.len() >= n_poster_keys + MAX_WRITERS {
                break;
            }
        }
        let joins = draft.kind != PostingKind::Pull && !draft.title_text.is_empty();
        let is_coverless = draft.kind == PostingKind::Series
            && !draft.flags.has_cover
            && !draft.flags.cover_skipped;
        if joins {
            let mut title = Key::new(Sort::Title).number(draft.title.letters.finish());
            if is_coverless {
                // The title is that of a patch, which other series may have as well.
                let total = draft.mail.total().unwrap_or(0);
                let number = draft.mail.number().unwrap_or(0);
                title = title.number(1 + u64::from(number)).number(u64::from(total));
            }
            let keys = writers.iter().map(|person| title.number(*person).finish());
            self.keys.extend(keys);
        }
        let titles = index(self.keys.len());
        if joins {
            for change in &own.changes {
                let mut key = Key::new(Sort::Change).bytes(change);
                // `fixes` may be anybody's.
                if change.len() < 8 || !change.contains(['-', '_', '.']) {
                    key = key.number(name);
                }
                self.keys.push(key.finish());
            }
            for id in &own.messages {
                self.keys.push(Key::new(Sort::Message).bytes(id).finish());
            }
        }
        let strong = index(self.keys.len());
        let people = writers.get(..n_poster_keys).unwrap_or(&[]);
        if draft.kind == PostingKind::Series {
            let part = with_label(Key::new(Sort::Part), label_of(draft.mail))
                .number(1 + u64::from(draft.mail.total().unwrap_or(0)));
            self.keys
                .extend(people.iter().map(|person| part.number(*person).finish()));
        }
        let is_long = n_chars(draft.title_text, MIN_LONG_TITLE + 1) > MIN_LONG_TITLE;
        if joins && is_long && !is_coverless {
            let key = Key::new(Sort::Beginning).first_letters(N_BEGINNING, draft.title_text);
            self.keys
                .extend(people.iter().map(|person| key.number(*person).finish()));
        }
        self.writers = writers;
        let weak = index(self.keys.len());
        for (joins, range) in [
            (Joins::Title, start..titles),
            (Joins::Strong, titles..strong),
            (Joins::Weak, strong..weak),
        ] {
            if let Some(keys) = self.keys.get_mut(range.start as usize..range.end as usize) {
                for key in &mut *keys {
                    *key = joins.key(*key);
                }
                keys.sort_unstable();
            }
        }
        KeyRows {
            start,
            titles,
            strong,
            weak,
        }
    }
}

/// What a posting is made of, before it has a row.
struct Draft<'a> {
    title: Title,
    title_text: &'a str,
    trees: &'a [&'a str],
    kind: PostingKind,
    mail: &'a Mail,
    lead: usize,
    poster: u32,
    first_patch: u32,
    entries: &'a [usize],
    flags: Flags,
}

/// What a posting tells of earlier ones, beyond their labels.
#[derive(Default)]
struct OwnKeys {
    changes: Vec<String>,
    messages: Vec<String>,
}

/// The entries of a posting, the leading one first.
fn reading_order(draft: &Draft<'_>) -> impl Iterator<Item = usize> {
    let others = draft.entries.iter().copied();
    let others = others.filter(|entry| *entry != draft.lead);
    std::iter::once(draft.lead).chain(others)
}

fn flags_of(mail: &Mail) -> Flags {
    let tag = mail.subject().map(|subject| &subject.tag);
    Flags {
        is_rfc: tag.is_some_and(|tag| tag.is_rfc),
        is_resend: tag.is_some_and(|tag| tag.is_resend),
        is_fix: mail.facts.is_fix,
        is_stable: mail.facts.is_stable,
        touches_uapi: mail.facts.touches_uapi,
        ..Flags::default()
    }
}

/// How many characters a text has, counted up to `most`.
fn n_chars(text: &str, most: usize) -> usize {
    let start = text.as_bytes().get(..most).unwrap_or(text.as_bytes());
    if eight::has_ascii_only(start) {
        return start.len();
    }
    text.chars().take(most).count()
}

/// A key with a label: of every label another.
fn with_label(key: Key, label: Label) -> Key {
    let Version {
        major,
        minor,
        letter,
    } = label.version;
    let major = u64::from(major) << 1 | u64::from(label.is_plain);
    let minor = minor.map_or(0, |minor| 1 + u64::from(minor));
    let letter = letter.map_or(0, u64::from);
    key.number(major).number(minor << 24 | letter)
}

/// The hash of a name reduced by [`people::name_key`]; 0 for none.
pub(super) fn name_hash(folded: &str) -> u64 {
    if folded.is_empty() {
        return 0;
    }
    Key::new(Sort::Person).bytes(folded).finish()
}

/// The hash of an address; 0 for none.
pub(super) fn email_hash(email: &str) -> u64 {
    if email.is_empty() {
        return 0;
    }
    Key::new(Sort::Person).number(1).letters(email).finish()
}

/// The hash of the last part of a path.
pub(super) fn file_hash(name: &str) -> u64 {
    Key::new(Sort::File).bytes(name).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_up_to_a_number() {
        for text in ["", "abc", "abcdef", "größe", "abcdeß", "ßßßßßßßß"] {
            for most in 0..10 {
                assert_eq!(n_chars(text, most), text.chars().take(most).count());
            }
        }
    }

    #[test]
    fn labels_have_keys_of_their_own() {
        let labels = [
            "v1", "v2", "RFC", "RFC v2", "v1a", "v1.0", "v1.1", "v1.1a", "v11",
        ];
        let key = |label| with_label(Key::new(Sort::Part), Label::parse(label).unwrap()).finish();
        let mut keys: Vec<u64> = labels.into_iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), labels.len());
    }
}
