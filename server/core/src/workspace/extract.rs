//! Reads what a digest adds to the workspace out of its model, and the few things that the model
//! does not keep (rows of diffstats, changelogs, addresses) out of its text.

mod versions;

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use versions::{Told, diffstat_in};

use super::contribution::{
    Changes, Contribution, FileRow, Flags, Inner, KeyRows, Label, NONE, PatchRow, PersonRow, Piece,
    PostingKind, PostingRow, Rows, VersionRow,
};
use super::grams::GramSet;
use super::keys::{Key, Sort, bit};
use super::message_id;
use crate::digest::Digest;
use crate::model::keys::{self, KeyMap};
use crate::model::people;
use crate::model::postings::Series;
use crate::model::subject::{self, Kind, Version};
use crate::model::titles::squeeze;
use crate::model::{Mail, Model};
use crate::syntax::blocks::Place;
use crate::syntax::entry::Entry;
use crate::syntax::form;
use crate::syntax::line::Lines;

/// Bytes of a text that are kept. Titles and paths are shorter; what is not is no title.
const MAX_TEXT: usize = 600;
/// Rows of a diffstat that are kept per posting.
const MAX_FILES: usize = 4096;
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
        Self(std::sync::Arc::new(builder.finish()))
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
    text: String,
    shared: KeyMap<Piece>,
    people_rows: KeyMap<u32>,
    folder_rows: KeyMap<u32>,
    inner: Inner,
    postings: Vec<PostingRow>,
    patches: Vec<PatchRow>,
    files: Vec<FileRow>,
    file_keys: Vec<u64>,
    folders: Vec<Piece>,
    versions: Vec<VersionRow>,
    cited: Vec<Piece>,
    people: Vec<PersonRow>,
    keys: Vec<u64>,
    entries: Vec<u32>,
    grams: GramSet,
    skips: HashMap<usize, Vec<Skip>>,
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

fn clip(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT))
        .unwrap_or(text)
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
        // Room for what most digests have, so that little is copied while it grows.
        Self {
            digest,
            model,
            text: String::with_capacity(n_entries * 512),
            shared: map_of(n_entries * 16),
            people_rows: map_of(n_entries * 2),
            folder_rows: map_of(n_entries),
            inner: Inner::default(),
            postings: Vec::with_capacity(n_entries),
            patches: Vec::with_capacity(n_entries * 4),
            files: Vec::with_capacity(n_entries * 4),
            file_keys: Vec::with_capacity(n_entries * 4),
            folders: Vec::with_capacity(n_entries),
            versions: Vec::with_capacity(n_entries),
            cited: Vec::new(),
            people: Vec::with_capacity(n_entries * 2),
            keys: Vec::with_capacity(n_entries * 4),
            entries: vec![NONE; n_entries],
            // Titles and names are a part of the text.
            grams: GramSet::for_bytes(digest.text().len()),
            skips: HashMap::new(),
        }
    }

    fn read(&mut self) {
        let header = &self.model.header;
        self.inner.list = self.piece(header.list().unwrap_or_default());
        if let Some((from, to)) = header.range() {
            self.inner.from = self.piece(from);
            self.inner.to = self.piece(to);
        }
        let n_unlisted = self.model.unlisted.iter().map(|unlisted| unlisted.count);
        self.inner.n_unlisted = n_unlisted.fold(0, |sum, count| {
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
            match mail.series {
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

    fn finish(mut self) -> Inner {
        self.file_keys.sort_unstable();
        self.file_keys.dedup();
        Inner {
            text: self.text.into_boxed_str(),
            postings: self.postings.into_boxed_slice(),
            patches: self.patches.into_boxed_slice(),
            files: self.files.into_boxed_slice(),
            file_keys: self.file_keys.into_boxed_slice(),
            folders: self.folders.into_boxed_slice(),
            versions: self.versions.into_boxed_slice(),
            cited: self.cited.into_boxed_slice(),
            people: self.people.into_boxed_slice(),
            keys: self.keys.into_boxed_slice(),
            entries: self.entries.into_boxed_slice(),
            grams: self.grams.finish(),
            ..self.inner
        }
    }

    fn piece(&mut self, text: &str) -> Piece {
        let text = clip(text);
        let start = index(self.text.len());
        self.text.push_str(text);
        Piece {
            start,
            len: index(text.len()),
        }
    }

    /// A piece that several rows have in common.
    fn shared(&mut self, text: &str) -> Piece {
        if text.is_empty() {
            return Piece::default();
        }
        let key = keys::exact(clip(text));
        if let Some(piece) = self.shared.get(&key) {
            return *piece;
        }
        let piece = self.piece(text);
        self.shared.insert(key, piece);
        piece
    }

    fn person(&mut self, name: &str, email: &str) -> u32 {
        if name.is_empty() && email.is_empty() {
            return NONE;
        }
        let key = keys::both(keys::exact(name), keys::exact(email));
        if let Some(row) = self.people_rows.get(&key) {
            return *row;
        }
        let folded = people::name_key(name);
        self.grams.add(&folded);
        let row = PersonRow {
            name: self.shared(name),
            email: self.shared(email),
            name_key: name_hash(&folded),
            email_key: email_hash(email),
        };
        let idx = index(self.people.len());
        self.people.push(row);
        self.people_rows.insert(key, idx);
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

    fn series(&mut self, series: &Series) {
        let mails = &self.model.entries;
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
        for patch in &series.patches {
            let entry = patch.entry();
            let writer = match (
                series.author_of(patch, mails),
                entry.and_then(|entry| mails.get(entry)),
            ) {
                (Some(author), _) => self.person(author, ""),
                (None, Some(mail)) => match mail.likely_writer() {
                    Some(writer) if Some(writer) != mail.facts.author.as_ref() => {
                        self.person(&writer.name, &writer.email)
                    }
                    _ => poster,
                },
                (None, None) => NONE,
            };
            let title = series.title_of(patch, mails);
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
            title: &series.title,
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

    fn single(&mut self, entry: usize, mail: &Mail) {
        self.entries[entry] = index(self.postings.len());
        let poster = self.poster(mail);
        let writer = match mail.likely_writer() {
            Some(writer) if Some(writer) != mail.facts.author.as_ref() => {
                self.person(&writer.name, &writer.email)
            }
            _ => poster,
        };
        let first_patch = index(self.patches.len());
        let kind = match mail.kind {
            Kind::Pull => PostingKind::Pull,
            _ => PostingKind::Single,
        };
        if kind == PostingKind::Single {
            self.patch(&mail.title, None, writer, Some(entry));
        }
        let draft = Draft {
            title: &mail.title,
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

    fn patch(&mut self, title: &str, number: Option<u32>, writer: u32, entry: Option<usize>) {
        self.grams.add(title);
        let key = Key::new(Sort::Patch).letters(title);
        let key = key.number(self.name_key(writer)).finish();
        let (title, entry) = (self.shared(title), entry.map_or(NONE, index));
        self.patches
            .push(PatchRow::new(key, title, number, writer, entry));
    }

    fn posting(&mut self, draft: &Draft<'_>) {
        let mail = draft.mail;
        if draft.kind != PostingKind::Single {
            self.grams.add(draft.title);
        }
        let first_version = index(self.versions.len());
        let first_cited = index(self.cited.len());
        let first_file = index(self.files.len());
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
            if wants_files && self.read_files(&text, parts, first_file, &mut totals) {
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
        let files = Rows {
            start: first_file,
            end: index(self.files.len()),
        };
        let keys = self.keys(draft, patches, &own_keys);
        let patch_rows = self
            .patches
            .get(draft.first_patch as usize..)
            .unwrap_or(&[]);
        let file_rows = self.files.get(first_file as usize..).unwrap_or(&[]);
        let file_set = file_rows.iter().fold(0, |set, row| {
            let start = row.name.start as usize;
            let name = self.text.get(start..start + row.name.len as usize);
            let key = file_hash(name.unwrap_or_default());
            self.file_keys.push(key);
            set | bit(key)
        });
        let subject = mail.facts.subject.as_deref().unwrap_or_default();
        let row = PostingRow {
            trees: Piece::default(),
            title: Piece::default(),
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
            n_subject_chars: u16::try_from(subject.chars().take(1000).count()).unwrap_or(0),
            n_repeats,
            totals,
            patches,
            files,
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
            file_set,
        };
        let trees = self.shared(&draft.trees.join(" "));
        let title = self.shared(draft.title);
        self.postings.push(PostingRow {
            trees,
            title,
            ..row
        });
    }

    /// Adds the rows and sums of an entry's last diffstat; whether it has one.
    fn read_files(
        &mut self,
        text: &str,
        entry: &Entry,
        first_file: u32,
        totals: &mut Changes,
    ) -> bool {
        let Some(content) = diffstat_in(text, entry) else {
            return false;
        };
        let mut sums = None;
        let known = self.files.get(first_file as usize..).unwrap_or_default();
        let mut names = known.iter().fold(0, |names, row| names | bit_of(row.name));
        for line in Lines::new(content) {
            let Some(row) = form::diffstat_row(line.text) else {
                sums = sums.or_else(|| form::diffstat_summary(line.text));
                continue;
            };
            if self.files.len() - first_file as usize >= MAX_FILES {
                continue;
            }
            let (folder, name) = match memchr::memrchr(b'/', row.path.as_bytes()) {
                Some(at) => row.path.split_at_checked(at + 1).unwrap_or(("", row.path)),
                None => ("", row.path),
            };
            let changes = row.changes.map_or(NONE, |changes| {
                u32::try_from(changes).unwrap_or(NONE - 1).min(NONE - 1)
            });
            let row = FileRow {
                folder: self.folder(folder),
                name: self.shared(name),
                changes,
            };
            // A file that several patches touch is one file. Names that are the same stand at one place.
            let known = self
                .files
                .get_mut(first_file as usize..)
                .unwrap_or_default();
            let same = |known: &&mut FileRow| known.folder == row.folder && known.name == row.name;
            let is_known = names & bit_of(row.name) != 0;
            names |= bit_of(row.name);
            let mut known = known.iter_mut().take(if is_known { 64 } else { 0 });
            match known.find(same) {
                Some(known) if known.changes != NONE && row.changes != NONE => {
                    known.changes = known.changes.saturating_add(row.changes).min(NONE - 1);
                }
                Some(_) => {}
                None => self.files.push(row),
            }
        }
        if let Some(sums) = sums {
            let add = |sum: &mut u32, n: u64| {
                *sum = sum.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            };
            add(&mut totals.insertions, sums.insertions);
            add(&mut totals.deletions, sums.deletions);
            let n_rows = self.files.len() as u64 - u64::from(first_file);
            totals.files = u32::try_from(sums.files.max(n_rows)).unwrap_or(u32::MAX);
        }
        true
    }

    fn folder(&mut self, folder: &str) -> u32 {
        let key = keys::exact(folder);
        if let Some(row) = self.folder_rows.get(&key) {
            return *row;
        }
        let piece = self.piece(folder);
        let row = index(self.folders.len());
        self.folders.push(piece);
        self.folder_rows.insert(key, row);
        row
    }

    fn note_days(&mut self, first_version: u32, first_cited: u32) {
        let text = &self.text;
        let slice = |piece: &Piece| {
            let start = piece.start as usize;
            text.get(start..start + piece.len as usize)
                .unwrap_or_default()
        };
        let versions = self.versions.get(first_version as usize..).unwrap_or(&[]);
        let cited = self.cited.get(first_cited as usize..).unwrap_or(&[]);
        let ids = versions
            .iter()
            .filter_map(|row| message_id::message_id(slice(&row.url)))
            .chain(cited.iter().map(slice));
        let newest = ids.filter_map(message_id::day_of).max();
        self.inner.newest_day = self.inner.newest_day.max(newest);
    }

    fn keys(&mut self, draft: &Draft<'_>, patches: Rows, own: &OwnKeys) -> KeyRows {
        let start = index(self.keys.len());
        let poster = self.people.get(draft.poster as usize).copied();
        let (name, email) = poster.map_or((0, 0), |row| (row.name_key, row.email_key));
        let mut writers: Vec<u64> = Vec::new();
        writers.extend([name, email].iter().filter(|key| **key != 0));
        let n_poster_keys = writers.len();
        let rows = self.patches.get(patches.start as usize..).unwrap_or(&[]);
        for row in rows {
            let key = self.name_key(row.writer);
            if key != 0 && !writers.contains(&key) {
                writers.push(key);
            }
            if writers.len() >= n_poster_keys + MAX_WRITERS {
                break;
            }
        }
        let joins = draft.kind != PostingKind::Pull && !draft.title.is_empty();
        let is_coverless = draft.kind == PostingKind::Series
            && !draft.flags.has_cover
            && !draft.flags.cover_skipped;
        if joins {
            let mut title = Key::new(Sort::Title).letters(draft.title);
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
            let label = label_of(draft.mail).to_string();
            let part = Key::new(Sort::Part)
                .bytes(&label)
                .number(1 + u64::from(draft.mail.total().unwrap_or(0)));
            self.keys
                .extend(people.iter().map(|person| part.number(*person).finish()));
        }
        let is_long = draft.title.chars().nth(MIN_LONG_TITLE).is_some();
        if joins && is_long && !is_coverless {
            let letters = draft.title.char_indices();
            let mut letters = letters.filter(|(_, letter)| !letter.is_whitespace());
            let end = letters.nth(N_BEGINNING).map(|(at, _)| at);
            let beginning = draft.title.get(..end.unwrap_or(draft.title.len()));
            let key = Key::new(Sort::Beginning).letters(beginning.unwrap_or_default());
            self.keys
                .extend(people.iter().map(|person| key.number(*person).finish()));
        }
        let weak = index(self.keys.len());
        for range in [start..titles, titles..strong, strong..weak] {
            if let Some(keys) = self.keys.get_mut(range.start as usize..range.end as usize) {
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
    title: &'a str,
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

/// A set of one piece: a piece of which no bit is in a set of others is none of them.
fn bit_of(piece: Piece) -> u64 {
    1 << (piece.start.wrapping_mul(0x9e37_79b1) >> 26)
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
