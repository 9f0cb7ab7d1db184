//! What the workspace adds to a digest that is looked at: the versions of a series in a hover,
//! the note in its outline row, the line above it (code lens), the message that a newer version
//! exists. All say something only where there is something new to say.
//!
//! Tests: `tests/tests/histories.rs`.

use std::fmt;
use std::sync::Arc;

use super::names::{count, diffstat_short};
use super::page::{LineBuilder, Page, Target};
use crate::shown;
use crate::workspace::contribution::{Changes, NamedBy, PostingKind};
use crate::workspace::history::{History, VersionOf};
use crate::workspace::since::{FileChange, PatchChange, Since};
use crate::workspace::{Place, Workspace};

/// The digests around the one that is looked at.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// All digests.
    pub workspace: &'a Workspace,
    /// The key of the digest that is looked at.
    pub key: &'a str,
    /// How to name a place in another digest, in few words: `kvm-29a5df84d.txt:351`.
    pub name: &'a dyn Fn(&Place) -> String,
}

impl fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Versions of a hover's table, newest first; more are counted.
const MOST_VERSIONS: usize = 8;
/// Characters of what changed in a version.
const MAX_GIST: usize = 90;
/// Files and patches that are named of those that changed.
const MOST_NAMED: usize = 4;

impl Around<'_> {
    /// The history of the series that an entry belongs to, and which of its versions that is.
    #[must_use]
    pub fn history(&self, entry: usize) -> Option<(Arc<History>, usize)> {
        let history = self.workspace.history(self.key, entry)?;
        let own = history.version_at(self.workspace, self.key, entry)?;
        Some((history, own))
    }

    /// Adds the versions of a series to a hover and what changed since the one before that a
    /// digest shows. Whether there was anything to add.
    pub fn push_versions(&self, page: &mut Page, entry: usize) -> bool {
        let Some((history, own)) = self.history(entry) else {
            return false;
        };
        if history.versions.len() < 2 && history.versions.iter().all(|v| v.postings.len() < 2) {
            return false;
        }
        let n_more = history.versions.len().saturating_sub(MOST_VERSIONS);
        for (idx, version) in history.versions.iter().enumerate().take(MOST_VERSIONS) {
            page.push(self.version_line(version, idx == own));
        }
        if n_more > 0 {
            let text = format!(
                "… {}",
                count(n_more as u64, "older version", "older versions")
            );
            page.push(LineBuilder::new().text(text));
        }
        let old = history.shown_before(own);
        if let Some(old) = old
            && let Some(since) = self.workspace.since(&history, old, own)
            && let Some(place) = history.versions.get(own).and_then(VersionOf::place)
        {
            let label = since.old;
            let target = Target::Since {
                place: place.clone(),
                old: label,
                new: since.new,
            };
            let line = LineBuilder::new().jump(format!("Since {label}"), target);
            page.push(line.text(format!(": {}", since_text(&since))));
        }
        true
    }

    /// `v2 · kvm-29a5df84d.txt:351 · 2025-11-14 · 3 patches +91 −4 · feature renamed`
    fn version_line(&self, version: &VersionOf, is_own: bool) -> LineBuilder {
        let mut line = LineBuilder::new()
            .strong(version.label.to_string())
            .text(" · ");
        line = match (version.place(), version.known_by) {
            (Some(_), _) if is_own => line.text("here"),
            (Some(place), _) => line.jump(self.where_is(place), Target::Entry(place.clone())),
            (None, Some(NamedBy::Skip)) => match version.named_in.first() {
                Some(place) if &*place.key == self.key => line.text("skipped in this digest"),
                Some(place) => line.text(format!("skipped in {}", self.where_is(place))),
                None => line.text("skipped"),
            },
            _ => line.text("not in these digests"),
        };
        let mut parts = Vec::new();
        parts.extend(version.day.map(|day| day.to_string()));
        if !is_own {
            parts.extend(size_text(version));
        }
        if version.n_repeats() > 0 {
            parts.push(times_again(version.n_repeats()));
        }
        if !version.gist.is_empty() {
            parts.push(shown::short(&version.gist, MAX_GIST).into_owned());
        }
        for part in parts {
            line = line.text(" · ").text(part);
        }
        match &version.url {
            Some(url) if version.postings.is_empty() => line.text(" · ").link(url.clone()),
            _ => line,
        }
    }

    /// Where another version is.
    fn where_is(&self, place: &Place) -> String {
        if &*place.key == self.key {
            return "in this digest".to_owned();
        }
        (self.name)(place)
    }

    /// Since which version a patch is there, for its hover.
    #[must_use]
    pub fn patch_since(&self, entry: usize) -> Option<String> {
        let (history, own) = self.history(entry)?;
        let since = self.workspace.patch_since(&history, self.key, entry)?;
        // Of a series of which one version is here nothing is known.
        history.shown_before(own)?;
        let label = history.versions.get(since)?.label;
        Some(if since == own {
            format!("New in {label}")
        } else {
            format!("There since {label}")
        })
    }

    /// What the outline adds to the row of a posting: at the entry that speaks for it, and at no
    /// other.
    #[must_use]
    pub fn outline_note(&self, entry: usize) -> Option<OutlineNote> {
        if self.workspace.get(self.key)?.posting_of(entry)?.lead() != entry {
            return None;
        }
        let (history, own) = self.history(entry)?;
        let newer = history.newest_after(own);
        let other = newer.or_else(|| history.shown_before(own))?;
        let version = history.versions.get(other)?;
        Some(OutlineNote {
            text: format!("{} {}", version.label, self.in_where(version.place()?)),
            superseded: newer.is_some(),
        })
    }

    fn in_where(&self, place: &Place) -> String {
        if &*place.key == self.key {
            return "in this digest".to_owned();
        }
        format!("in {}", (self.name)(place))
    }

    /// That a newer version of an entry's series is known: `v4 of this series is in X (2 patches)`.
    /// Said at the entry that speaks for a posting, and at no other.
    #[must_use]
    pub fn newer(&self, entry: usize) -> Option<Newer> {
        let posting = self.workspace.get(self.key)?.posting_of(entry)?;
        if posting.lead() != entry {
            return None;
        }
        let (history, own) = self.history(entry)?;
        let newer = history.versions.get(history.newest_after(own)?)?;
        let place = newer.place()?.clone();
        let size = match (posting.kind(), newer.n_patches) {
            (PostingKind::Series, Some(n_patches)) => {
                format!(" ({})", count(n_patches as u64, "patch", "patches"))
            }
            _ => String::new(),
        };
        let what = match posting.kind() {
            PostingKind::Series => "series",
            _ => "patch",
        };
        let label = newer.label;
        Some(Newer {
            message: format!("{label} of this {what} is {}{size}", self.in_where(&place)),
            place,
        })
    }

    /// The line above an entry that speaks for a series; `None` where nothing new is known.
    #[must_use]
    pub fn lens(&self, entry: usize) -> Option<Lens> {
        let posting = self.workspace.get(self.key)?.posting_of(entry)?;
        if posting.lead() != entry {
            return None;
        }
        let (history, own) = self.history(entry)?;
        let own_version = history.versions.get(own)?;
        let own_place = Place {
            key: Arc::from(self.key),
            entry,
        };
        if let Some(newer) = history
            .newest_after(own)
            .and_then(|idx| history.versions.get(idx))
        {
            let place = newer.place()?.clone();
            return Some(Lens {
                text: format!("newer: {} {}", newer.label, self.in_where(&place)),
                target: Target::Entry(place),
            });
        }
        let old = history.versions.get(history.shown_before(own)?)?;
        let old_place = old.place()?;
        let mut parts = vec![format!(
            "re-rolled from {} {}",
            old.label,
            self.in_where(old_place)
        )];
        if let (Some(before), Some(now)) = (old.n_patches, own_version.n_patches)
            && posting.kind() == PostingKind::Series
        {
            parts.push(if before == now {
                count(now as u64, "patch", "patches")
            } else {
                format!("{before}→{now} patches")
            });
        }
        parts.push(format!("since {}", old.label));
        Some(Lens {
            text: parts.join(" · "),
            target: Target::Since {
                place: own_place,
                old: old.label,
                new: own_version.label,
            },
        })
    }
}

/// What the workspace adds to an outline row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineNote {
    /// `v2 in kvm-29a5df84d.txt`
    pub text: String,
    /// Whether that is a newer version.
    pub superseded: bool,
}

/// A newer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// `v4 of this series is in X (2 patches)`
    pub message: String,
    /// Where it is.
    pub place: Place,
}

/// A line above a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub target: Target,
}

/// `3 patches, 8 files +91 −4`
#[must_use]
pub fn size_text(version: &VersionOf) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(n_patches) = version.n_patches.filter(|n_patches| *n_patches > 1) {
        parts.push(count(n_patches as u64, "patch", "patches"));
    }
    parts.extend(version.changes.map(changes_text));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `8 files +91 −4`
#[must_use]
pub fn changes_text(changes: Changes) -> String {
    diffstat_short(&changes.into())
}

fn times_again(n_repeats: usize) -> String {
    if n_repeats == 1 {
        "posted again".to_owned()
    } else {
        format!("posted again {n_repeats} times")
    }
}

/// `paravirt.c 24→21, five files unchanged; gone: "Add paravirt preempt print prompt"`
#[must_use]
pub fn since_text(since: &Since) -> String {
    let mut parts = Vec::new();
    // What changed most comes first.
    let mut changed: Vec<&FileChange> = since.files.iter().collect();
    changed.sort_by_key(|file| {
        let difference = file.old.unwrap_or(0).abs_diff(file.new.unwrap_or(0));
        std::cmp::Reverse(difference)
    });
    let changed = changed.into_iter().take(MOST_NAMED);
    let mut files: Vec<String> = changed.map(file_text).collect();
    let n_more = since.files.len().saturating_sub(MOST_NAMED);
    if n_more > 0 {
        files.push(format!("{n_more} more changed"));
    }
    if since.n_files_same > 0 {
        let n_same = since.n_files_same;
        let noun = if n_same == 1 { "file" } else { "files" };
        files.push(format!("{} {noun} unchanged", in_words(n_same)));
    }
    if !files.is_empty() {
        parts.push(files.join(", "));
    }
    for (what, titles) in [
        (
            "new",
            titles(since, |change| matches!(change, PatchChange::New(_))),
        ),
        (
            "gone",
            titles(since, |change| matches!(change, PatchChange::Gone(_))),
        ),
        (
            "renamed",
            titles(since, |change| {
                matches!(change, PatchChange::Renamed { .. })
            }),
        ),
    ] {
        if !titles.is_empty() {
            parts.push(format!("{what}: {titles}"));
        }
    }
    if parts.is_empty() {
        return if since.n_patches_same > 0 {
            "the same patches".to_owned()
        } else {
            "no diffstats and titles to compare".to_owned()
        };
    }
    parts.join("; ")
}

fn file_text(file: &FileChange) -> String {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    match (file.old, file.new) {
        (Some(old), Some(new)) => format!("{name} {old}→{new}"),
        (None, Some(new)) => format!("{name} new ({new})"),
        _ => format!("{name} gone"),
    }
}

fn titles(since: &Since, wanted: impl Fn(&PatchChange) -> bool) -> String {
    const MOST: usize = 3;
    let changes = since.patches.iter().filter(|change| wanted(change));
    let mut shown: Vec<String> = changes.clone().take(MOST).map(patch_text).collect();
    let n_more = changes.count().saturating_sub(MOST);
    if n_more > 0 {
        shown.push(format!("{n_more} more"));
    }
    shown.join(", ")
}

fn patch_text(change: &PatchChange) -> String {
    match change {
        PatchChange::New(title) | PatchChange::Gone(title) => format!("\"{}\"", gist_of(title)),
        PatchChange::Renamed { old, new } => {
            format!("\"{}\" → \"{}\"", gist_of(old), gist_of(new))
        }
    }
}

/// A title without the subsystem before it.
fn gist_of(title: &str) -> String {
    let gist = match title.rsplit_once(": ") {
        Some((_, gist)) if gist.chars().count() >= 12 => gist,
        _ => title,
    };
    shown::short(gist, 60).into_owned()
}

/// Small numbers in words.
fn in_words(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}
