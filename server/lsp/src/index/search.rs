//! One folder: what was found in it, searching it from end to end, and looking at it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use patch_digest_config::globs::Pattern;
use patch_digest_core::stop::Stop;
use patch_digest_core::text::Encoding;
use patch_digest_files::{
    Found, Gathered, Known, Limits, Others, Report, Stamp, find_again, find_among,
};
use tokio::runtime::Handle;

use super::File;
use super::roots::Root;
use super::state::Done;
use crate::log::Level;
use crate::progress::Progress;
use crate::shared::Shared;

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub(super) files: Files,
    pub(super) report: Report,
    /// What need not be opened in the next look.
    pub(super) others: Others,
}

/// Digests on the disk, by key.
pub(super) type Files = BTreeMap<Arc<str>, Arc<File>>;

impl Searched {
    /// Whether it is known what need not be read again. A search that was stopped does not go on
    /// by itself.
    pub(super) fn can_look(&self) -> bool {
        !self.report.cancelled
    }

    /// Looks again at all of it, and reads what is new or another.
    pub(super) fn look(&mut self, root: &Root, round: &mut Round<'_>) {
        let began = Instant::now();
        let stop = Stop::default();
        let n_read = AtomicUsize::new(0);
        // Whoever only looks shows nothing, however many files there are.
        let progress = OnceLock::new();
        let runtime = Handle::try_current().ok();
        let memory = Some((&mut self.others, &self.files));
        let (files, report) = round.find(root, &[], &stop, memory, || {
            n_read.fetch_add(1, Ordering::Relaxed);
            progress.get_or_init(|| {
                let _runtime = runtime.as_ref().map(Handle::enter);
                Progress::start(round.shared, "Indexing digests", Some(stop.clone()))
            });
        });
        if report.cancelled {
            // What was found is not all there is; what was known is at least of one moment.
            self.report.cancelled = true;
            round.done.searched = true;
            return;
        }
        for (key, file) in &files {
            let old = self.files.get(key);
            if !old.is_some_and(|old| Arc::ptr_eq(old, file) || old.tells_the_same(file)) {
                round.touched.insert(Arc::clone(key));
            }
        }
        let gone = self.files.keys().filter(|key| !files.contains_key(*key));
        round.touched.extend(gone.cloned());
        // What the index leaves out is told as after a search.
        round.done.searched |= self.report.caps != report.caps;
        self.files = files;
        self.report = report;
        let (n_files, n_read) = (self.report.n_files, n_read.into_inner());
        let took = began.elapsed().as_millis();
        round.shared.log(
            Level::Debug,
            format!("looked again at {n_files} files and read {n_read} in {took} ms"),
        );
    }

    /// Looks again at some files and folders in it; whether that is enough.
    pub(super) fn look_again(
        &mut self,
        root: &Root,
        paths: &[PathBuf],
        round: &mut Round<'_>,
    ) -> bool {
        let (files, report) = round.find(root, paths, &Stop::default(), None, || {});
        if report.n_linked > 0 {
            // They may lead to what is known under another name.
            return false;
        }
        let gone = |file: &File| paths.iter().any(|path| file.path.starts_with(path));
        self.files.retain(|key, file| {
            let gone = gone(file);
            if gone {
                round.touched.insert(Arc::clone(key));
            }
            !gone
        });
        round.touched.extend(files.keys().cloned());
        self.files.extend(files);
        // What is left out for good is told once, when the folder is searched.
        self.report.n_digests = self.files.len();
        for cap in report.caps {
            if !self.report.caps.contains(&cap) {
                self.report.caps.push(cap);
            }
        }
        // Which of too many are left out is for a search to say.
        self.files.len() <= round.limits.digests
    }
}

/// One round in work.
pub(super) struct Round<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) limits: Limits,
    /// Files that are not looked at.
    pub(super) ignored: Vec<Pattern>,
    /// Folders are looked at again, so that it pays to remember what their files look like.
    pub(super) looks: bool,
    pub(super) encoding: Encoding,
    /// Keys that may have changed.
    pub(super) touched: BTreeSet<Arc<str>>,
    pub(super) done: Done,
}

impl Round<'_> {
    /// Whether the settings say not to look at a file.
    fn ignores(&self, path: &Path) -> bool {
        self.ignored.iter().any(|pattern| pattern.matches(path))
    }

    /// The digests in a folder, or among some files in it. With a `memory` all of the folder is
    /// looked at, and those of its digests that look as they did are not read again. `each` is
    /// called for every one that is.
    pub(super) fn find(
        &self,
        root: &Root,
        among: &[PathBuf],
        stop: &Stop,
        memory: Option<(&mut Others, &Files)>,
        each: impl Fn() + Sync,
    ) -> (Files, Report) {
        let limits = Limits {
            depth: if root.is_deep { self.limits.depth } else { 1 },
            ..self.limits.clone()
        };
        let read = Gathered::new(|(_, file): &mut (Arc<str>, File)| &mut file.contribution);
        let kept = Mutex::new(Files::new());
        let known = memory.as_ref().map(|(_, files)| *files);
        let stop_with_server = || {
            if self.shared.index.stop.is_requested() {
                stop.request();
            }
        };
        let found = |found: Found| {
            stop_with_server();
            if self.ignores(&found.path) {
                return;
            }
            if let Some((key, mut file)) = File::new(found, self.encoding) {
                let old = known.and_then(|files| files.get(&key));
                if let Some(old) = old.filter(|old| old.tells_the_same(&file)) {
                    // One of two equal ones is enough.
                    file.contribution = old.contribution.clone();
                }
                read.add((key, file));
            }
            each();
        };
        // What was chosen for itself comes before what lies around it, where there is too much.
        let mut folders = root.inner.clone();
        folders.push(root.path.clone());
        let mut report = match memory {
            None => find_among(&folders, among, &limits, stop.flag(), found),
            Some((others, old)) => {
                let by_path: HashMap<&Path, _> =
                    old.iter().map(|old| (&*old.1.path, old)).collect();
                let is_same = |path: &Path, stamp: &Stamp| {
                    stop_with_server();
                    let old = by_path.get(path);
                    old.is_some_and(|(_, file)| file.stamp.as_ref() == Some(stamp))
                };
                let known = Known {
                    others,
                    is_known: &|path, stamp| self.ignores(path) || is_same(path, stamp),
                    keep: &|path| {
                        if let Some(&(key, file)) = by_path.get(path) {
                            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                            kept.insert(Arc::clone(key), Arc::clone(file));
                        }
                    },
                };
                find_again(&folders, &limits, stop.flag(), known, found)
            }
        };
        if !root.is_deep {
            // Not to look any deeper is what was asked for.
            report
                .caps
                .retain(|cap| *cap != patch_digest_files::find::Cap::Depth);
        }
        let mut files = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let read = read.finish().into_iter();
        files.extend(read.map(|(key, file)| (key, Arc::new(file))));
        (files, report)
    }
}
