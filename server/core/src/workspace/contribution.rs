//! What one digest adds to the workspace: its postings, patches, people and the versions that its
//! changelogs name, without any position in its text. Typing in a message leaves it equal.
//!
//! All strings stand in one text, rows point into it: some hundred bytes per entry. It is read
//! from a digest in `extract` and kept on a `shelf`; tests are there and in `tests/tests/workspace.rs`.

use std::fmt;
use std::sync::Arc;

use super::message_id::{self, Day};
use super::shelf::{Own, Shelf, Whole};
use crate::model::subject::Version;
use crate::syntax::form::Totals;

/// What one digest adds to the workspace. Cloning is cheap.
///
/// It may stand on a shelf with what other digests add ([`Contribution::share_shelf`]), which stays
/// in memory until none of them is in use any more.
#[derive(Clone)]
pub struct Contribution {
    shelf: Arc<Shelf>,
    /// Which of the digests on the shelf.
    at: u32,
}

impl Default for Contribution {
    fn default() -> Self {
        Self::alone(Shelf::default(), Whole::default())
    }
}

impl PartialEq for Contribution {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.own() == other.own()
    }
}

impl Eq for Contribution {}

impl fmt::Debug for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<_> = self.postings().map(|posting| posting.title()).collect();
        f.debug_tuple("Contribution").field(&titles).finish()
    }
}

/// Digests that are best put onto a shelf together, and the most that are.
pub const ON_A_SHELF: usize = 32;
/// Bytes above which what a digest adds stays alone.
const LARGE: usize = 128 << 10;

/// No row, no entry, no person.
pub(super) const NONE: u32 = u32::MAX;

/// A stretch of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Piece {
    pub(super) start: u32,
    pub(super) len: u32,
}

/// Rows that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rows {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Rows {
    /// So many rows, behind so many others.
    pub(super) fn behind(n_before: usize, n_rows: usize) -> Self {
        let index = |n: usize| u32::try_from(n).unwrap_or(NONE);
        Self {
            start: index(n_before),
            end: index(n_before + n_rows),
        }
    }

    pub(super) fn of<T>(self, rows: &[T]) -> &[T] {
        rows.get(self.start as usize..self.end as usize)
            .unwrap_or(&[])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PostingRow {
    pub(super) title: Piece,
    pub(super) trees: Piece,
    pub(super) kind: PostingKind,
    pub(super) version: Option<Version>,
    pub(super) flags: Flags,
    /// Number of patches; 0 where unknown.
    pub(super) total: u32,
    pub(super) poster: u32,
    /// The entry that speaks for it.
    pub(super) lead: u32,
    /// Characters of the lead's subject as shown: it may be cut off.
    pub(super) n_subject_chars: u16,
    /// How often it was left out as a repetition.
    pub(super) n_repeats: u16,
    pub(super) totals: Changes,
    pub(super) patches: Rows,
    pub(super) files: Rows,
    pub(super) versions: Rows,
    pub(super) cited: Rows,
    pub(super) keys: KeyRows,
    /// Sets of the hashes of patches and of file names.
    pub(super) patch_set: u64,
    pub(super) file_set: u64,
}

/// Keys of a posting in [`Shelf::keys`], by sort. Those of patches stand with the patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KeyRows {
    pub(super) start: u32,
    /// End of the keys of titles.
    pub(super) titles: u32,
    /// End of the keys that join without further proof.
    pub(super) strong: u32,
    /// End of the keys that need one.
    pub(super) weak: u32,
}

/// What is said of a posting in its tags and trailers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a badge of its own")]
pub struct Flags {
    /// Its cover letter is in the digest.
    pub has_cover: bool,
    /// Its cover letter was left out of the digest, which tells so.
    pub cover_skipped: bool,
    /// `RFC`: not for merging yet.
    pub is_rfc: bool,
    /// `RESEND`: sent once more.
    pub is_resend: bool,
    /// Repairs something, says a `Fixes:` trailer.
    pub is_fix: bool,
    /// Asks for a backport.
    pub is_stable: bool,
    /// Touches the interface to user space.
    pub touches_uapi: bool,
    /// The rows of its diffstat are those of some patches, not of all.
    pub files_partial: bool,
}

/// What was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PostingKind {
    /// Several patches.
    Series,
    /// One patch.
    #[default]
    Single,
    /// A pull request: never a version of another.
    Pull,
}

/// The sums of a diffstat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Files changed; 0 where no diffstat is known.
    pub files: u32,
    /// Lines added.
    pub insertions: u32,
    /// Lines removed.
    pub deletions: u32,
}

impl From<Changes> for Totals {
    fn from(changes: Changes) -> Self {
        Self {
            files: changes.files.into(),
            insertions: changes.insertions.into(),
            deletions: changes.deletions.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PatchRow {
    pub(super) key: u64,
    title_start: u32,
    title_len: u16,
    /// 0 where unknown, as it is where it is too large.
    pub(super) number: u16,
    pub(super) writer: u32,
    pub(super) entry: u32,
}

// Rows of patches are the most by far.
const _: () = assert!(size_of::<PatchRow>() == 24);

impl PatchRow {
    pub(super) fn new(
        key: u64,
        title: Piece,
        number: Option<u32>,
        writer: u32,
        entry: u32,
    ) -> Self {
        Self {
            key,
            title_start: title.start,
            title_len: u16::try_from(title.len).unwrap_or(u16::MAX),
            number: number.unwrap_or(0).try_into().unwrap_or(0),
            writer,
            entry,
        }
    }

    fn title(&self) -> Piece {
        Piece {
            start: self.title_start,
            len: self.title_len.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileRow {
    pub(super) folder: u32,
    pub(super) name: Piece,
    /// Changed lines; [`NONE`] for binary files.
    pub(super) changes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VersionRow {
    pub(super) label: Label,
    pub(super) is_own: bool,
    pub(super) by: NamedBy,
    pub(super) url: Piece,
    pub(super) gist: Piece,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PersonRow {
    pub(super) name: Piece,
    pub(super) email: Piece,
    pub(super) name_key: u64,
    pub(super) email_key: u64,
}

/// The label of a version, and whether it was a request for comments: `v1` and `RFC v1` are two
/// postings, although an RFC is a state and no version. Ordered as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Not a request for comments.
    pub is_plain: bool,
    /// The version.
    pub version: Version,
}

impl Label {
    /// `v3`
    #[must_use]
    pub fn plain(version: Version) -> Self {
        Self {
            is_plain: true,
            version,
        }
    }

    /// Reads `v3`, `3`, `RFC`, `rfc v2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (is_plain, rest) = match text.strip_prefix("rfc") {
            Some(rest) => (false, rest.trim_start()),
            None => (true, text.as_str()),
        };
        let version = match rest.strip_prefix('v').unwrap_or(rest) {
            "" if !is_plain => Version::FIRST,
            label => Version::parse(label)?,
        };
        Some(Self { is_plain, version })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_plain, self.version) {
            (true, version) => write!(f, "v{version}"),
            (false, Version::FIRST) => write!(f, "RFC"),
            (false, version) => write!(f, "RFC v{version}"),
        }
    }
}

/// How a version is known that a digest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedBy {
    /// A changelog or a sentence of a mail.
    Changelog,
    /// An address given for it.
    Link,
    /// A ` Skip:` line: the mail was there and was left out.
    Skip,
}

/// One posting of a series, or a single patch.
#[derive(Clone, Copy)]
pub struct Posting<'a> {
    own: Own<'a>,
    pub(super) row: &'a PostingRow,
    /// Its index among the postings of the digest.
    pub index: usize,
}

impl fmt::Debug for Posting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Posting({} {:?})", self.label(), self.title())
    }
}

/// A patch of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchInfo<'a> {
    /// Its number from 1, where certain.
    pub number: Option<u32>,
    /// Its title, in full where the digest proves it.
    pub title: &'a str,
    /// Who wrote it; empty where unknown.
    pub writer: &'a str,
    /// Its entry in the digest.
    pub entry: Option<usize>,
    /// Equal for patches of one title and writer.
    pub(super) key: u64,
}

/// A row of a diffstat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileInfo<'a> {
    /// Its folders with the slash behind them, perhaps shortened to `.../`.
    pub folder: &'a str,
    /// The last part of its path.
    pub name: &'a str,
    /// Changed lines; `None` for binary files.
    pub changes: Option<u32>,
}

impl FileInfo<'_> {
    /// The path as shown.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}{}", self.folder, self.name)
    }
}

/// A version that a posting names, itself included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionInfo<'a> {
    /// Which.
    pub label: Label,
    /// The posting itself.
    pub is_own: bool,
    /// How it is known.
    pub by: NamedBy,
    /// Where it was posted.
    pub url: Option<&'a str>,
    /// What changed in it, in one line; empty where not told.
    pub gist: &'a str,
}

impl VersionInfo<'_> {
    /// The day in the address.
    #[must_use]
    pub fn day(&self) -> Option<Day> {
        message_id::day_of(message_id::message_id(self.url?)?)
    }
}

/// A name and an address that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonInfo<'a> {
    /// The name; empty when only the address is known.
    pub name: &'a str,
    /// The address; empty when only the name is known.
    pub email: &'a str,
}

impl Contribution {
    /// What a digest adds that has a shelf for itself.
    pub(super) fn alone(rows: Shelf, whole: Whole) -> Self {
        Self {
            shelf: Arc::new(rows.for_one(whole)),
            at: 0,
        }
    }

    /// Puts what many digests add into common memory. Better done as soon as there are
    /// [`ON_A_SHELF`] of them, so that the memory that they have so far is free for the next ones.
    ///
    /// What is not alone in its memory, or has clones, stays where it is; so does what is large, for
    /// which it does not pay. Common memory is given back when the last that has a part in it goes:
    /// where one is replaced, its part is in memory for as long as another is.
    pub fn share_shelf<'a>(many: impl IntoIterator<Item = &'a mut Self>) {
        let many = many.into_iter().filter(|one| one.can_move());
        let mut many: Vec<&mut Self> = many.collect();
        for together in many.chunks_mut(ON_A_SHELF) {
            if together.len() < 2 {
                continue;
            }
            let digests: Vec<Own<'_>> = together.iter().map(|one| one.own()).collect();
            let shelf = Arc::new(Shelf::of(&digests));
            for (at, one) in (0..).zip(together) {
                let shelf = Arc::clone(&shelf);
                **one = Self { shelf, at };
            }
        }
    }

    /// Whether nobody else has its shelf, and it is worth while to put it onto another.
    fn can_move(&self) -> bool {
        self.shelf.len() == 1 && Arc::strong_count(&self.shelf) == 1 && self.n_bytes() <= LARGE
    }

    /// What of its shelf is its own.
    pub(super) fn own(&self) -> Own<'_> {
        self.shelf.own(self.at)
    }

    /// The list, where the header names it.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        let own = self.own();
        Some(own.str(own.whole().list)).filter(|list| !list.is_empty())
    }

    /// The commit ids of the header.
    #[must_use]
    pub fn range(&self) -> Option<(&str, &str)> {
        let own = self.own();
        let (from, to) = (own.str(own.whole().from), own.str(own.whole().to));
        (!from.is_empty() && !to.is_empty()).then_some((from, to))
    }

    /// The newest day in any Message-ID that the digest cites.
    #[must_use]
    pub fn newest_day(&self) -> Option<Day> {
        self.own().whole().newest_day
    }

    /// Mails that the tables count and no entry shows, as far as proven.
    #[must_use]
    pub fn n_unlisted(&self) -> u32 {
        self.own().whole().n_unlisted
    }

    /// Number of entries.
    #[must_use]
    pub fn n_entries(&self) -> usize {
        self.own().entries().len()
    }

    /// Whether it is the very same value, not only an equal one: cheap.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shelf, &other.shelf) && self.at == other.at
    }

    /// The entries that speak for the postings, in order.
    #[must_use]
    pub fn leads(&self) -> Vec<usize> {
        let mut leads: Vec<usize> = self.postings().map(|posting| posting.lead()).collect();
        leads.sort_unstable();
        leads.dedup();
        leads
    }

    /// The postings, in the order of their first entries.
    pub fn postings(&self) -> impl ExactSizeIterator<Item = Posting<'_>> + Clone {
        let own = self.own();
        let rows = own.postings().iter().enumerate();
        rows.map(move |(index, row)| Posting { own, row, index })
    }

    /// A posting.
    #[must_use]
    pub fn posting(&self, index: usize) -> Option<Posting<'_>> {
        let own = self.own();
        let row = own.postings().get(index)?;
        Some(Posting { own, row, index })
    }

    /// The posting that an entry belongs to; `None` for replies.
    #[must_use]
    pub fn posting_of(&self, entry: usize) -> Option<Posting<'_>> {
        self.posting(*self.own().entries().get(entry)? as usize)
    }

    /// Everyone named: posters, writers, and the table of contributors.
    pub fn people(&self) -> impl Iterator<Item = PersonInfo<'_>> {
        let own = self.own();
        own.people().iter().map(move |row| PersonInfo {
            name: own.str(row.name),
            email: own.str(row.email),
        })
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.own().n_bytes()
    }
}

impl<'a> Posting<'a> {
    /// The title of the cover letter, else of the first patch, in full where proven.
    #[must_use]
    pub fn title(&self) -> &'a str {
        self.own.str(self.row.title)
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> PostingKind {
        self.row.kind
    }

    /// Its version.
    #[must_use]
    pub fn label(&self) -> Label {
        Label {
            is_plain: !self.row.flags.is_rfc,
            version: self.row.version.unwrap_or(Version::FIRST),
        }
    }

    /// The version that its tag names; `None` for the first.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.row.version
    }

    /// What its tags and trailers say.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.row.flags
    }

    /// Words in its tags that name trees, branches or lists, with blanks between them.
    #[must_use]
    pub fn trees(&self) -> &'a str {
        self.own.str(self.row.trees)
    }

    /// Number of patches, as the tag says.
    #[must_use]
    pub fn total(&self) -> Option<u32> {
        (self.row.total > 0).then_some(self.row.total)
    }

    /// Number of patches: as the tag says, else as many as are known.
    #[must_use]
    pub fn n_patches(&self) -> usize {
        let known = (self.row.patches.end - self.row.patches.start) as usize;
        self.total().map_or(known.max(1), |total| total as usize)
    }

    /// The entry that speaks for it: its cover letter, else its first patch.
    #[must_use]
    pub fn lead(&self) -> usize {
        self.row.lead as usize
    }

    /// How often the digest left it out as a repetition.
    #[must_use]
    pub fn n_repeats(&self) -> usize {
        usize::from(self.row.n_repeats)
    }

    /// Who posted it.
    #[must_use]
    pub fn poster(&self) -> Option<PersonInfo<'a>> {
        self.person(self.row.poster)
    }

    /// The sums of its diffstat; `None` where that is not known of all its patches.
    #[must_use]
    pub fn changes(&self) -> Option<Changes> {
        let is_known = self.row.totals.files > 0 && !self.row.flags.files_partial;
        is_known.then_some(self.row.totals)
    }

    /// Its patches, in patch order as far as known.
    pub fn patches(&self) -> impl ExactSizeIterator<Item = PatchInfo<'a>> + Clone + use<'a> {
        let own = self.own;
        let poster = self.poster().map_or("", |poster| poster.name);
        self.row.patches.of(own.patches()).iter().map(move |row| {
            let writer = own.people().get(row.writer as usize);
            PatchInfo {
                number: (row.number > 0).then_some(row.number.into()),
                title: own.str(row.title()),
                writer: writer.map_or(poster, |writer| own.str(writer.name)),
                entry: (row.entry != NONE).then_some(row.entry as usize),
                key: row.key,
            }
        })
    }

    /// The rows of its diffstat.
    pub fn files(&self) -> impl ExactSizeIterator<Item = FileInfo<'a>> + Clone + use<'a> {
        let own = self.own;
        self.row.files.of(own.files()).iter().map(move |row| {
            let folder = own.folders().get(row.folder as usize);
            FileInfo {
                folder: folder.map_or("", |folder| own.str(*folder)),
                name: own.str(row.name),
                changes: (row.changes != NONE).then_some(row.changes),
            }
        })
    }

    /// The versions that it names.
    pub fn versions(&self) -> impl ExactSizeIterator<Item = VersionInfo<'a>> + Clone + use<'a> {
        let own = self.own;
        let rows = self.row.versions.of(own.versions()).iter();
        rows.map(move |row| VersionInfo {
            label: row.label,
            is_own: row.is_own,
            by: row.by,
            url: Some(own.str(row.url)).filter(|url| !url.is_empty()),
            gist: own.str(row.gist),
        })
    }

    /// Message-IDs that it cites other than as versions of its own: companions, dependencies.
    pub fn cited(&self) -> impl ExactSizeIterator<Item = &'a str> + Clone + use<'a> {
        let own = self.own;
        let rows = self.row.cited.of(own.cited()).iter();
        rows.map(move |row| own.str(*row))
    }

    fn person(&self, row: u32) -> Option<PersonInfo<'a>> {
        let row = self.own.people().get(row as usize)?;
        Some(PersonInfo {
            name: self.own.str(row.name),
            email: self.own.str(row.email),
        })
    }

    /// Its patches as they are kept.
    pub(super) fn patch_rows(&self) -> &'a [PatchRow] {
        self.row.patches.of(self.own.patches())
    }

    /// Keys of titles.
    pub(super) fn title_keys(&self) -> &'a [u64] {
        self.keys(self.row.keys.start, self.row.keys.titles)
    }

    /// Keys that join without further proof.
    pub(super) fn strong_keys(&self) -> &'a [u64] {
        self.keys(self.row.keys.titles, self.row.keys.strong)
    }

    /// Keys of parts of postings and of beginnings of titles.
    pub(super) fn weak_keys(&self) -> &'a [u64] {
        self.keys(self.row.keys.strong, self.row.keys.weak)
    }

    fn keys(&self, start: u32, end: u32) -> &'a [u64] {
        Rows { start, end }.of(self.own.keys())
    }

    /// The hash of the poster's name and that of the address.
    pub(super) fn poster_keys(&self) -> Option<(u64, u64)> {
        let row = self.own.people().get(self.row.poster as usize)?;
        Some((row.name_key, row.email_key))
    }
}
