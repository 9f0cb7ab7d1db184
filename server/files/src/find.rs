//! Finds the digests below folders: walks, looks at first lines, reads what is a digest, in
//! parallel, and hands each over as it comes.
//!
//! `.gitignore` and its kin are respected, in and outside of git's repositories, and hidden files
//! are left alone. Links are followed; a file that is reached by a link and without one, or by two
//! links, is one digest, under the name without a link or the first one. What is found depends on
//! the files alone, not on threads: the walk is in the order of names, and so are the caps.
//!
//! The tests are in `tests/find.rs`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use crate::read;
use crate::stamp::Stamp;
use crate::threads::in_parallel;

/// How far a search goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most digests that are delivered.
    pub digests: usize,
    /// Most files that are looked at. It ends the walk, so that a home folder costs a second, not
    /// a minute.
    pub files: usize,
    /// Largest digest that is read, in bytes.
    pub bytes: u64,
    /// Deepest file, counted from the folder that is searched: its own files are at 1.
    pub depth: usize,
    /// Whether files count that are digests but for a damaged first line.
    pub damaged: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            digests: 20_000,
            files: 200_000,
            bytes: 64 << 20,
            depth: 32,
            damaged: false,
        }
    }
}

/// Why a file was left out. A file that is simply no digest is not left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It, or the folder, may not be read, or reading failed.
    Unreadable,
    /// A digest with more bytes than the limit.
    Huge,
    /// There are NUL bytes at its start.
    Binary,
    /// A FIFO, a device or a socket.
    NoFile,
    /// A link in a loop or to nowhere.
    Link,
}

impl Skip {
    /// What is told of files left out for this reason: `2 unreadable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Huge => "too large",
            Self::Binary => "binary",
            Self::NoFile => "not a file",
            Self::Link => "a broken link",
        }
    }
}

/// A cap that ended the search early, or left something out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cap {
    /// [`Limits::digests`]
    Digests,
    /// [`Limits::files`]
    Files,
    /// [`Limits::depth`]
    Depth,
}

/// A digest that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is: the folder as it was given, and the way from there.
    pub path: PathBuf,
    /// Its text, with U+FFFD where the bytes were not UTF-8.
    pub text: String,
    /// How many files are looked at in all.
    pub n_files: usize,
    /// What the file looked like before it was read, where another content would give it another
    /// stamp. Told by [`find_again`] alone.
    pub stamp: Option<Stamp>,
}

/// What need not be read, of folders that were searched before.
pub struct Known<'a> {
    /// The files that are no digests. They are learned anew.
    pub others: &'a mut Others,
    /// Whether the file with this stamp is a digest whose content is known.
    pub is_known: &'a (dyn Fn(&Path, &Stamp) -> bool + Sync),
    /// Is told of each of them that was found again.
    pub keep: &'a (dyn Fn(&Path) + Sync),
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Known")
            .field("others", self.others)
            .finish_non_exhaustive()
    }
}

/// Files that are no digests, as long as they look the same, so that they need not be opened to
/// tell. Beside the digests there may be a hundred thousand of them: of each a hash of path and
/// stamp is kept. That two are the same by chance is as likely as a disk that returns another byte.
#[derive(Debug, Default)]
pub struct Others {
    hasher: RandomState,
    /// With the reason, where they were left out.
    verdicts: HashMap<u64, Option<Skip>>,
}

impl Others {
    fn get(&self, path: &Path, stamp: &Stamp) -> Option<Option<Skip>> {
        let verdict = self.verdicts.get(&self.hasher.hash_one((path, stamp)));
        verdict.copied()
    }
}

/// What came of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Digests delivered.
    pub n_digests: usize,
    /// Files looked at.
    pub n_files: usize,
    /// Files that links led to, those among them that are there without a link included.
    pub n_linked: usize,
    /// Files and folders left out, by reason.
    pub skipped: BTreeMap<Skip, usize>,
    /// One file or folder of each reason, to be shown.
    pub examples: BTreeMap<Skip, PathBuf>,
    /// The caps that were hit.
    pub caps: Vec<Cap>,
    /// Whether the search was cancelled: then the rest is incomplete.
    pub cancelled: bool,
}

impl Report {
    fn skip(&mut self, why: Skip, path: &Path) {
        *self.skipped.entry(why).or_default() += 1;
        let example = self.examples.entry(why).or_insert_with(|| path.to_owned());
        // Threads come in any order.
        if path < &**example {
            path.clone_into(example);
        }
    }

    fn hit(&mut self, cap: Cap) {
        if !self.caps.contains(&cap) {
            self.caps.push(cap);
            self.caps.sort_unstable();
        }
    }

    /// Number of files and folders left out.
    #[must_use]
    pub fn n_skipped(&self) -> usize {
        self.skipped.values().sum()
    }

    /// What was left out, in words: `2 unreadable, 1 too large`. Empty if nothing was.
    #[must_use]
    pub fn skipped_in_words(&self) -> String {
        let parts = self.skipped.iter();
        let parts = parts.map(|(why, n)| format!("{n} {}", why.name()));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// What the caps did, a line for each, with the limits they were hit at.
    #[must_use]
    pub fn caps_in_words(&self, limits: &Limits) -> Vec<String> {
        let line = |cap: &Cap| match cap {
            Cap::Digests => format!(
                "the limit of {} digests was reached, the rest is not known",
                limits.digests
            ),
            Cap::Files => format!(
                "the limit of {} files was reached, the rest was not looked at",
                limits.files
            ),
            Cap::Depth => format!(
                "folders more than {} levels deep were not looked into",
                limits.depth
            ),
        };
        self.caps.iter().map(line).collect()
    }
}

/// Finds the digests below `folders` and calls `found` with each, from several threads and in any
/// order. A folder may also be a file. One inside of another is searched by itself, hidden, ignored
/// or deep as it may be there, and only once. Returns when all were delivered, or soon after
/// `cancel` was set.
pub fn find(
    folders: &[PathBuf],
    limits: &Limits,
    cancel: &AtomicBool,
    found: impl Fn(Found) + Sync,
) -> Report {
    find_among(folders, &[], limits, cancel, found)
}

/// As [`find`], but looks only at the files and folders `among`, or below them; at all where none
/// are given. Finds those of them that [`find`] would: what is ignored or too deep is left out.
/// Links from elsewhere are not seen, and digests are counted against the limit from nothing.
pub fn find_among(
    folders: &[PathBuf],
    among: &[PathBuf],
    limits: &Limits,
    cancel: &AtomicBool,
    found: impl Fn(Found) + Sync,
) -> Report {
    search(folders, among, limits, cancel, None, &found)
}

/// As [`find`], but reads only what is not known from an earlier search of the same folders within
/// the same limits. What is known is counted in the report, and not delivered.
pub fn find_again(
    folders: &[PathBuf],
    limits: &Limits,
    cancel: &AtomicBool,
    known: Known<'_>,
    found: impl Fn(Found) + Sync,
) -> Report {
    let Known {
        others,
        is_known,
        keep,
    } = known;
    let memory = Memory {
        old: others,
        is_known,
        keep,
        new: Mutex::default(),
    };
    let report = search(folders, &[], limits, cancel, Some(&memory), &found);
    let new = memory.new.into_inner();
    others.verdicts = new.unwrap_or_else(PoisonError::into_inner);
    report
}

/// What a search knows beforehand, and what it learns.
struct Memory<'a> {
    old: &'a Others,
    is_known: &'a (dyn Fn(&Path, &Stamp) -> bool + Sync),
    keep: &'a (dyn Fn(&Path) + Sync),
    new: Mutex<HashMap<u64, Option<Skip>>>,
}

impl Memory<'_> {
    /// Notes what is known of a file that is no digest. What may be read another time without
    /// being another file is not noted.
    fn note(&self, path: &Path, stamp: &Stamp, verdict: Option<Skip>) {
        if matches!(verdict, None | Some(Skip::Huge | Skip::Binary)) {
            let hash = self.old.hasher.hash_one((path, stamp));
            let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
            new.insert(hash, verdict);
        }
    }
}

fn search(
    folders: &[PathBuf],
    among: &[PathBuf],
    limits: &Limits,
    cancel: &AtomicBool,
    memory: Option<&Memory<'_>>,
    found: &(impl Fn(Found) + Sync),
) -> Report {
    let among: Arc<[PathBuf]> = among.into();
    let all_folders: Arc<HashSet<PathBuf>> = Arc::new(folders.iter().cloned().collect());
    let mut report = Report::default();
    let mut plain = Vec::new();
    let mut linked = Vec::new();
    'folders: for folder in folders {
        // The walk goes into the depth: all that is below a linked folder follows it.
        let mut below_link: Option<usize> = None;
        for entry in walker(folder, &all_folders, limits, &among) {
            if cancel.load(Ordering::Relaxed) {
                report.cancelled = true;
                return report;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = path_of(&error).unwrap_or(folder);
                    report.skip(skip_of(path, &error), path);
                    continue;
                }
            };
            if below_link.is_some_and(|depth| entry.depth() <= depth) {
                below_link = None;
            }
            let is_link = entry.depth() > 0 && entry.path_is_symlink();
            if entry.depth() > limits.depth {
                report.hit(Cap::Depth);
                continue;
            }
            if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                if is_link && below_link.is_none() {
                    below_link = Some(entry.depth());
                }
                continue;
            }
            if plain.len() + linked.len() >= limits.files {
                report.hit(Cap::Files);
                break 'folders;
            }
            if is_link || below_link.is_some() {
                linked.push(entry.into_path());
            } else {
                plain.push(entry.into_path());
            }
        }
    }
    report.n_files = plain.len() + linked.len();
    report.n_linked = linked.len();
    // A folder may be given twice, and links lead to what is there without them.
    if folders.len() > 1 || !linked.is_empty() {
        plain.extend(linked);
        keep_first_of_each(&mut plain);
    }
    if plain.len() > limits.digests {
        keep_first_digests(&mut plain, limits, cancel, memory, &mut report);
    }
    deliver(&plain, limits, cancel, memory, found, &mut report);
    report
}

/// Finds the digests that lie in the folder of `file`, itself included, and no deeper.
pub fn find_siblings(
    file: &Path,
    limits: &Limits,
    cancel: &AtomicBool,
    found: impl Fn(Found) + Sync,
) -> Report {
    let Some(folder) = file.parent() else {
        return Report::default();
    };
    let limits = Limits {
        depth: 1,
        ..limits.clone()
    };
    let mut report = find(&[folder.to_owned()], &limits, cancel, found);
    // That is what was asked for.
    report.caps.retain(|cap| *cap != Cap::Depth);
    report
}

/// Files in the order of their names, without those of other `folders` that are searched.
fn walker(
    folder: &Path,
    folders: &Arc<HashSet<PathBuf>>,
    limits: &Limits,
    among: &Arc<[PathBuf]>,
) -> ignore::Walk {
    let mut builder = WalkBuilder::new(folder);
    if !among.is_empty() || folders.len() > 1 {
        let (folders, among) = (Arc::clone(folders), Arc::clone(among));
        builder.filter_entry(move |entry| {
            let path = entry.path();
            let is_wanted = |one: &PathBuf| one.starts_with(path) || path.starts_with(one);
            let is_other = entry.depth() > 0 && folders.contains(path);
            !is_other && (among.is_empty() || among.iter().any(is_wanted))
        });
    }
    builder
        .follow_links(true)
        .require_git(false)
        // What is ignored on one machine only would make answers differ between people.
        .git_global(false)
        .max_depth(Some(limits.depth.saturating_add(1)))
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .build()
}

/// Keeps one path of those that lead to the same file: the first.
fn keep_first_of_each(paths: &mut Vec<PathBuf>) {
    let mut known = HashSet::new();
    // What leads nowhere is told when it is opened.
    paths.retain(|path| identity(path).is_none_or(|file| known.insert(file)));
}

/// What a file is told from others by, however it is reached.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

fn skip_of(path: &Path, error: &ignore::Error) -> Skip {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => skip_of(path, err),
        ignore::Error::Loop { .. } => Skip::Link,
        ignore::Error::Io(error) => read::skip_of(path, error),
        _ => Skip::Unreadable,
    }
}

/// Keeps as many digests as are wanted, the first ones, and what cannot be read.
fn keep_first_digests(
    paths: &mut Vec<PathBuf>,
    limits: &Limits,
    cancel: &AtomicBool,
    memory: Option<&Memory<'_>>,
    report: &mut Report,
) {
    let of_interest: Vec<AtomicBool> = paths.iter().map(|_| AtomicBool::new(false)).collect();
    in_parallel(paths.len(), cancel, |idx| {
        let is_other = is_other(&paths[idx], limits.damaged, memory);
        of_interest[idx].store(!is_other, Ordering::Relaxed);
    });
    let mut of_interest = of_interest.into_iter();
    paths.retain(|_| of_interest.next().is_some_and(AtomicBool::into_inner));
    if paths.len() > limits.digests {
        paths.truncate(limits.digests);
        report.hit(Cap::Digests);
    }
}

/// Whether a file is readable and no digest.
fn is_other(path: &Path, damaged: bool, memory: Option<&Memory<'_>>) -> bool {
    let is_other = || matches!(read::is_digest(path, damaged), Ok(false));
    let Some(memory) = memory else {
        return is_other();
    };
    let stamp = Stamp::of(path);
    if let Some(stamp) = &stamp {
        if (memory.is_known)(path, stamp) {
            return false;
        }
        if let Some(verdict) = memory.old.get(path, stamp) {
            memory.note(path, stamp, verdict);
            return verdict.is_none();
        }
    }
    let is_other = is_other();
    if is_other && let Some(stamp) = stamp.filter(Stamp::is_settled) {
        memory.note(path, &stamp, None);
    }
    is_other
}

/// Reads files and hands over those that are digests.
fn deliver(
    paths: &[PathBuf],
    limits: &Limits,
    cancel: &AtomicBool,
    memory: Option<&Memory<'_>>,
    found: &(impl Fn(Found) + Sync),
    report: &mut Report,
) {
    let n_digests = AtomicUsize::new(0);
    let shared = Mutex::new(&mut *report);
    let skip = |why, path| {
        let mut report = shared.lock().unwrap_or_else(PoisonError::into_inner);
        report.skip(why, path);
    };
    in_parallel(paths.len(), cancel, |idx| {
        let path = &paths[idx];
        // Before it is read: who changes it meanwhile leaves another one.
        let stamp = memory.and_then(|_| Stamp::of(path));
        if let (Some(memory), Some(stamp)) = (memory, &stamp) {
            if (memory.is_known)(path, stamp) {
                n_digests.fetch_add(1, Ordering::Relaxed);
                (memory.keep)(path);
                return;
            }
            if let Some(verdict) = memory.old.get(path, stamp) {
                memory.note(path, stamp, verdict);
                if let Some(why) = verdict {
                    skip(why, path);
                }
                return;
            }
        }
        let stamp = stamp.filter(Stamp::is_settled);
        let note = |verdict| {
            if let (Some(memory), Some(stamp)) = (memory, &stamp) {
                memory.note(path, stamp, verdict);
            }
        };
        match read::digest_or_damaged(path, limits.bytes, limits.damaged) {
            Ok(None) => note(None),
            Ok(Some(text)) => {
                n_digests.fetch_add(1, Ordering::Relaxed);
                found(Found {
                    path: path.clone(),
                    text,
                    n_files: paths.len(),
                    stamp,
                });
            }
            Err(why) => {
                note(Some(why));
                skip(why, path);
            }
        }
    });
    report.n_digests = n_digests.into_inner();
    report.cancelled |= cancel.load(Ordering::Relaxed);
}
