//! All digests below some folders, taken together: what `queue` and its like work on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use patch_digest_config::settings::Index;
use patch_digest_core::features::pages::Sources;
use patch_digest_core::workspace::{Contribution, Place, Workspace};
use patch_digest_core::{Digest, shown};
use patch_digest_files::{Gathered, Limits, find, threads};

use crate::progress::Progress;
use crate::settings::absolute;

/// Digests that belong together.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// The digests, by path.
    pub(crate) workspace: Workspace,
    /// Of every digest the lines of its entries' subjects, from 1.
    lines: HashMap<Arc<str>, Vec<usize>>,
    /// What was left out, in words; empty if nothing was.
    pub(crate) left_out: String,
}

/// What is read of a digest, with its key.
type Read = (Arc<str>, Contribution, Vec<usize>);

impl Folder {
    /// Reads the digests below paths, which may be files too. The error is one line for people.
    pub(crate) fn read(paths: &[PathBuf], index: &Index) -> Result<Self, String> {
        for path in paths {
            if let Err(error) = path.metadata() {
                let cause = patch_digest_files::read::plain_error(&error);
                return Err(format!("reading {}: {cause}", harmless(path)));
            }
        }
        let limits = Limits {
            digests: usize::try_from(index.max_files).unwrap_or(usize::MAX),
            bytes: index.max_file_size,
            ..Limits::default()
        };
        let read = Gathered::new(|read: &mut Read| &mut read.1);
        let progress = Progress::new();
        let is_ignored = |path: &Path| {
            let mut patterns = index.ignore.iter();
            patterns.any(|pattern| pattern.matches(path))
        };
        let report = find(paths, &limits, &AtomicBool::new(false), |digest| {
            progress.step(digest.n_files);
            if !index.ignore.is_empty() && is_ignored(&absolute(&digest.path)) {
                return;
            }
            let key: Arc<str> = digest.path.to_string_lossy().into();
            let digest = Digest::parse(digest.text);
            read.add((key, Contribution::of(&digest), lines_of(&digest)));
        });
        drop(progress);
        let mut folder = Self::default();
        let mut changes = Vec::new();
        for (key, contribution, lines) in read.finish() {
            folder.lines.insert(Arc::clone(&key), lines);
            changes.push((key, Some(contribution)));
        }
        folder.workspace.apply_at_once(changes, threads::at_once);
        let mut words = report.caps_in_words(&limits);
        words.insert(0, report.skipped_in_words());
        words.retain(|words| !words.is_empty());
        folder.left_out = words.join("; ");
        Ok(folder)
    }

    /// The line of an entry's subject, from 1.
    pub(crate) fn line(&self, place: &Place) -> Option<usize> {
        self.lines.get(&place.key)?.get(place.entry).copied()
    }

    /// Calls `ask` with what pages are made from.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(Sources<'_>) -> T) -> T {
        ask(Sources {
            workspace: &self.workspace,
            digest: &read_again,
            name: &|place| self.name(place),
        })
    }

    /// `kvm.txt:434`, harmless to show.
    pub(crate) fn name(&self, place: &Place) -> String {
        let name = shown::plain(&place.key);
        match self.line(place) {
            Some(line) => format!("{name}:{line}"),
            None => name.into_owned(),
        }
    }
}

/// Reads a digest once more, for what stands in its mails: all of them would be much to keep.
fn read_again(key: &str) -> Option<Digest> {
    let text = patch_digest_files::read::digest(Path::new(key), Limits::default().bytes);
    Some(Digest::parse(text.ok()??))
}

fn harmless(path: &Path) -> String {
    shown::plain(&path.to_string_lossy()).into_owned()
}

fn lines_of(digest: &Digest) -> Vec<usize> {
    let entries = digest.blocks().iter().filter_map(|place| {
        let entry = place.block.entry()?;
        let subject = entry.subject.map_or(0, |line| line.line() as usize);
        Some(place.line() + subject + 1)
    });
    entries.collect()
}
