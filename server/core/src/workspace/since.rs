//! What changed between two versions of a series: which files grew or shrank, which patches came,
//! went or changed their titles. All from diffstats and shortlogs: a digest has no diffs.
//!
//! Tests: `tests/tests/histories.rs`.

use std::collections::{HashMap, HashSet};

use super::contribution::{Changes, FileInfo, Label, PatchInfo, Posting};
use super::history::VersionOf;
use super::{History, Workspace};
use crate::model::people;
use crate::model::titles::{is_cut_of, same_title};

/// What changed between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// The older version.
    pub old: Label,
    /// The newer version.
    pub new: Label,
    /// Sums of the diffstats.
    pub changes: (Option<Changes>, Option<Changes>),
    /// Number of patches.
    pub n_patches: (usize, usize),
    /// Files whose number of changed lines is another, in the order of the newer diffstat.
    pub files: Vec<FileChange>,
    /// Number of files with the same number of changed lines.
    pub n_files_same: usize,
    /// Whether all rows of both diffstats are known.
    pub all_files: bool,
    /// Patches that are new, gone or renamed.
    pub patches: Vec<PatchChange>,
    /// Number of patches whose titles are the same.
    pub n_patches_same: usize,
    /// Whether all patches of both versions are known.
    pub all_patches: bool,
}

/// A file that changed more or less than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path, as long as either diffstat shows it.
    pub path: String,
    /// Changed lines in the older version; `None` where it was not touched.
    pub old: Option<u32>,
    /// Changed lines in the newer version; `None` where it is not touched.
    pub new: Option<u32>,
}

/// What became of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchChange {
    /// It is new.
    New(String),
    /// It is gone.
    Gone(String),
    /// It is known by another title now.
    Renamed {
        /// Its title before.
        old: String,
        /// Its title now.
        new: String,
    },
}

impl Since {
    /// Whether nothing is known to have changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.patches.is_empty()
    }
}

impl Workspace {
    /// What changed between two versions of a history, by their indexes in it. `None` where a
    /// digest does not show one of them.
    #[must_use]
    pub fn since(&self, history: &History, old: usize, new: usize) -> Option<Since> {
        let (old, new) = (history.versions.get(old)?, history.versions.get(new)?);
        let (old_posting, new_posting) = (self.best_posting(old)?, self.best_posting(new)?);
        let (files, n_files_same) = compare_files(old_posting, new_posting);
        let (patches, n_patches_same, all_patches) = compare_patches(old_posting, new_posting);
        let complete =
            |posting: Posting<'_>| !posting.flags().files_partial && posting.files().len() > 0;
        Some(Since {
            old: old.label,
            new: new.label,
            changes: (old_posting.changes(), new_posting.changes()),
            n_patches: (old_posting.n_patches(), new_posting.n_patches()),
            files,
            n_files_same,
            all_files: complete(old_posting) && complete(new_posting),
            patches,
            n_patches_same,
            all_patches,
        })
    }

    /// The posting of a version.
    #[must_use]
    pub fn best_posting(&self, version: &VersionOf) -> Option<Posting<'_>> {
        let posting = version.postings.first()?;
        self.get(&posting.place.key)?.posting(posting.index)
    }
}

/// Whether two paths, perhaps shortened from the left, may be the same.
pub(super) fn same_path(a: FileInfo<'_>, b: FileInfo<'_>) -> bool {
    if a.name != b.name {
        return false;
    }
    match (a.folder.strip_prefix("..."), b.folder.strip_prefix("...")) {
        (None, None) => a.folder == b.folder,
        (Some(end), None) => b.folder.ends_with(end),
        (None, Some(end)) => a.folder.ends_with(end),
        (Some(a), Some(b)) => a.ends_with(b) || b.ends_with(a),
    }
}

/// Rows of one name that are compared with each other.
const MOST: usize = 64;

fn compare_files(old: Posting<'_>, new: Posting<'_>) -> (Vec<FileChange>, usize) {
    let old_files: Vec<FileInfo<'_>> = old.files().collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (idx, file) in old_files.iter().enumerate() {
        by_name.entry(file.name).or_default().push(idx);
    }
    let mut taken = vec![false; old_files.len()];
    let mut changes = Vec::new();
    let mut n_same = 0;
    for file in new.files() {
        let same = by_name.get(file.name).into_iter().flatten().take(MOST);
        let mut same = same.copied().filter(|idx| {
            let free = taken.get(*idx) == Some(&false);
            free && old_files.get(*idx).is_some_and(|old| same_path(*old, file))
        });
        let before = same.next();
        if let Some(before) = before
            && let Some(taken) = taken.get_mut(before)
        {
            *taken = true;
        }
        match before.and_then(|before| old_files.get(before)) {
            Some(before) if before.changes == file.changes => n_same += 1,
            Some(before) => changes.push(FileChange {
                path: longer_path(*before, file),
                old: Some(before.changes.unwrap_or(0)),
                new: Some(file.changes.unwrap_or(0)),
            }),
            None => changes.push(FileChange {
                path: file.path(),
                old: None,
                new: Some(file.changes.unwrap_or(0)),
            }),
        }
    }
    for (file, taken) in old_files.iter().zip(taken) {
        if !taken {
            changes.push(FileChange {
                path: file.path(),
                old: Some(file.changes.unwrap_or(0)),
                new: None,
            });
        }
    }
    (changes, n_same)
}

fn longer_path(a: FileInfo<'_>, b: FileInfo<'_>) -> String {
    if a.folder.starts_with("...") {
        b.path()
    } else {
        a.path()
    }
}

fn compare_patches(old: Posting<'_>, new: Posting<'_>) -> (Vec<PatchChange>, usize, bool) {
    let all = |posting: Posting<'_>| posting.patches().len() >= posting.n_patches();
    let all_patches = all(old) && all(new);
    let pairs = pair_patches(old, new);
    let mut changes = Vec::new();
    let mut n_same = 0;
    for (before, now) in pairs {
        match (before, now) {
            (Some(before), Some(now)) if titles_agree(before.title, now.title) => n_same += 1,
            (Some(before), Some(now)) => changes.push(PatchChange::Renamed {
                old: before.title.to_owned(),
                new: now.title.to_owned(),
            }),
            (None, Some(now)) if all(old) => changes.push(PatchChange::New(now.title.to_owned())),
            (Some(before), None) if all(new) => {
                changes.push(PatchChange::Gone(before.title.to_owned()));
            }
            _ => {}
        }
    }
    (changes, n_same, all_patches)
}

fn titles_agree(a: &str, b: &str) -> bool {
    same_title(a, b) || is_cut_of(a, b) || is_cut_of(b, a)
}

/// Pairs the patches of two versions: same titles first, then titles that have most of their
/// words in common; those of the newer version in order, then what is gone.
pub(super) fn pair_patches<'a>(
    old: Posting<'a>,
    new: Posting<'a>,
) -> Vec<(Option<PatchInfo<'a>>, Option<PatchInfo<'a>>)> {
    let old_patches: Vec<PatchInfo<'_>> = old.patches().collect();
    let new_patches: Vec<PatchInfo<'_>> = new.patches().collect();
    let mut before: Vec<Option<usize>> = vec![None; new_patches.len()];
    let mut taken = vec![false; old_patches.len()];
    let mut by_title: HashMap<String, Vec<usize>> = HashMap::new();
    for (idx, patch) in old_patches.iter().enumerate().rev() {
        by_title.entry(normal(patch.title)).or_default().push(idx);
    }
    for (patch, before) in new_patches.iter().zip(&mut before) {
        if let Some(idx) = by_title.get_mut(&normal(patch.title)).and_then(Vec::pop) {
            *before = Some(idx);
            taken[idx] = true;
        }
    }
    pair_similar(&old_patches, &new_patches, &mut before, &mut taken);
    let mut pairs: Vec<_> = new_patches
        .iter()
        .zip(&before)
        .map(|(patch, before)| (before.map(|idx| old_patches[idx]), Some(*patch)))
        .collect();
    let gone = old_patches.iter().zip(&taken).filter(|(_, taken)| !**taken);
    pairs.extend(gone.map(|(patch, _)| (Some(*patch), None)));
    pairs
}

fn normal(title: &str) -> String {
    let letters = title.chars().filter(|letter| !letter.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

/// Pairs what is left by the words of titles, the most similar first.
fn pair_similar(
    old: &[PatchInfo<'_>],
    new: &[PatchInfo<'_>],
    before: &mut [Option<usize>],
    taken: &mut [bool],
) {
    let words_of = |patch: &PatchInfo<'_>| words(patch.title);
    let left_new: Vec<(usize, HashSet<String>)> = (0..new.len())
        .filter(|idx| before[*idx].is_none())
        .take(MOST)
        .map(|idx| (idx, words_of(&new[idx])))
        .collect();
    let left_old: Vec<(usize, HashSet<String>)> = (0..old.len())
        .filter(|idx| !taken[*idx])
        .take(MOST)
        .map(|idx| (idx, words_of(&old[idx])))
        .collect();
    let mut matches = Vec::new();
    for (new_idx, new_words) in &left_new {
        for (old_idx, old_words) in &left_old {
            let same_writer = people::same_name(new[*new_idx].writer, old[*old_idx].writer);
            let n_shared = new_words.intersection(old_words).count();
            let n_all = new_words.len() + old_words.len() - n_shared;
            let same_place = new[*new_idx].number == old[*old_idx].number;
            // Three of five words, or half of them at the same place.
            let percent = n_shared * 100 / n_all.max(1);
            if same_writer && (percent >= 60 || percent >= 50 && same_place) {
                matches.push((percent, *new_idx, *old_idx));
            }
        }
    }
    matches.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (_, new_idx, old_idx) in matches {
        if before[new_idx].is_none() && !taken[old_idx] {
            before[new_idx] = Some(old_idx);
            taken[old_idx] = true;
        }
    }
}

fn words(title: &str) -> HashSet<String> {
    title
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
