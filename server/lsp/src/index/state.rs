//! What the index knows, and one round of bringing it up to date.
//!
//! The index has what the disk has, in the folders that are searched, with open documents in place
//! of their files. Each round finds the keys that may have changed and sets each to what it should
//! be by that rule. So the state after any sequence of changes is that of an index built afresh.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use patch_digest_config::settings::Index;
use patch_digest_core::stop::Stop;
use patch_digest_core::workspace::{Contribution, Workspace};
use patch_digest_files::{Limits, Others, Report, threads};

use super::roots::{Root, roots};
use super::search::{Files, Round, Searched};
use super::watch::Watched;
use super::{File, Pending, Snapshot};
use crate::documents::Document;
use crate::progress::Progress;
use crate::shared::Shared;
use crate::uri;

/// What the index knows.
#[derive(Debug, Default)]
pub(super) struct State {
    workspace: Workspace,
    /// What the settings say, as of the last round.
    settings: Option<Index>,
    folders: Vec<PathBuf>,
    roots: BTreeMap<Root, Searched>,
    /// What the client watches, where it can.
    watched: Vec<Watched>,
    open: HashMap<Arc<str>, Open>,
}

/// An open document.
#[derive(Debug, Clone)]
struct Open {
    contribution: Contribution,
    path: Option<PathBuf>,
    /// The key of its file, where links led to another name of it.
    other_name: Option<Arc<str>>,
}

/// What one round did.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Whether answers may differ from those before.
    pub(super) changed: bool,
    /// Whether what the digests tell is another than before.
    pub(super) meaning_changed: bool,
    /// Whether folders were searched from end to end.
    pub(super) searched: bool,
    /// What is to be told of, where it is something else than before.
    pub(super) watched: Option<Vec<Watched>>,
}

impl State {
    /// Does what is to be done after `pending` happened.
    pub(super) fn round(&mut self, shared: &Arc<Shared>, pending: Pending) -> Done {
        let mut round = Round {
            shared,
            limits: Limits::default(),
            ignored: Vec::new(),
            looks: !shared.index.options().watches_files,
            encoding: shared.caps().encoding,
            touched: BTreeSet::new(),
            done: Done::default(),
        };
        let Pending {
            folders,
            mut paths,
            mut everything,
            look,
            ..
        } = pending;
        let settings = shared.settings().settings.index.clone();
        everything |= self.settings.as_ref().is_some_and(|old| *old != settings);
        round.limits = limits(&settings);
        round.ignored.clone_from(&settings.ignore);
        let enabled = settings.enable;
        self.settings = Some(settings);
        if let Some(folders) = folders {
            self.folders = folders;
        }
        let documents = shared.documents().digests();
        self.update_open(&documents, &mut paths, &mut round);

        let open = self.open.values().filter_map(|open| open.path.as_deref());
        let mut wanted = roots(&self.folders, open);
        if !enabled {
            wanted.clear();
        }
        let old: BTreeSet<Root> = self.roots.keys().cloned().collect();
        let has_fewer = !old.is_subset(&wanted);
        for root in old.difference(&wanted) {
            if let Some(gone) = self.roots.remove(root) {
                round.touched.extend(gone.files.into_keys());
            }
        }
        let mut full: Vec<Root> = wanted
            .into_iter()
            .filter(|root| match self.roots.get(root) {
                None => true,
                Some(_) if everything => true,
                Some(searched) if look.is_some() && searched.can_look() => false,
                // Links and caps make one file depend on others.
                Some(searched) => {
                    let report = &searched.report;
                    let depends = report.n_linked > 0 || !report.caps.is_empty();
                    depends && paths.iter().any(|path| root.may_hold(path))
                }
            })
            .collect();
        for (root, searched) in &mut self.roots {
            if full.contains(root) {
                continue;
            }
            if look.is_some() && searched.can_look() {
                searched.look(root, &mut round);
                continue;
            }
            let paths: Vec<PathBuf> = paths
                .iter()
                .filter(|path| root.may_hold(path))
                .cloned()
                .collect();
            if !paths.is_empty() && !searched.look_again(root, &paths, &mut round) {
                full.push(root.clone());
            }
        }
        self.search(&full, &mut round);
        // An edit of an open document changes no names.
        if !round.looks && (has_fewer || !paths.is_empty() || !full.is_empty()) {
            round.done.watched = self.watch();
        }
        self.apply(round)
    }

    /// What the client is to watch, where that is something else than before.
    fn watch(&mut self) -> Option<Vec<Watched>> {
        let watched = self.roots.iter().map(|(root, searched)| {
            let known = self.watched.iter().find(|known| known.root == *root);
            let new = || Watched::new(root.clone());
            let mut watched = known.cloned().unwrap_or_else(new);
            for file in searched.files.values() {
                watched.add(&file.path);
            }
            watched
        });
        let watched: Vec<Watched> = watched.collect();
        if watched == self.watched {
            return None;
        }
        self.watched.clone_from(&watched);
        Some(watched)
    }

    /// Compares the open documents with those known, and has files looked at that are open no more.
    fn update_open(
        &mut self,
        documents: &HashMap<String, Document>,
        paths: &mut BTreeSet<PathBuf>,
        round: &mut Round<'_>,
    ) {
        self.open.retain(|key, open| {
            let is_open = documents.contains_key(&**key);
            if !is_open {
                round.touched.insert(Arc::clone(key));
                round.touched.extend(open.other_name.clone());
                paths.extend(open.path.take());
            }
            is_open
        });
        for (key, document) in documents {
            if !is_indexed(key) {
                continue;
            }
            let contribution = document.contribution();
            if let Some(open) = self.open.get_mut(&**key) {
                if open.contribution != *contribution {
                    open.contribution = contribution.clone();
                    round.touched.insert((&**key).into());
                } else if !open.contribution.is_same(contribution) {
                    let mut documents = round.shared.documents();
                    documents.share_contribution(key, contribution, &open.contribution);
                }
                continue;
            }
            let path = uri::path(&document.uri);
            let other_name = path.as_deref().and_then(other_name);
            let key: Arc<str> = (&**key).into();
            round.touched.insert(Arc::clone(&key));
            round.touched.extend(other_name.clone());
            let open = Open {
                contribution: contribution.clone(),
                path,
                other_name,
            };
            self.open.insert(key, open);
        }
    }

    /// Searches folders from end to end, as one piece of work that the client can show and stop.
    fn search(&mut self, roots: &[Root], round: &mut Round<'_>) {
        if roots.is_empty() {
            return;
        }
        round.done.searched = true;
        let stop = Stop::default();
        let progress = Progress::start(round.shared, "Indexing digests", Some(stop.clone()));
        let n_found = AtomicUsize::new(0);
        for root in roots {
            let (none, mut others) = (Files::new(), Others::default());
            let memory = round.looks.then_some((&mut others, &none));
            let (files, report) = round.find(root, &[], &stop, memory, || {
                let n_found = n_found.fetch_add(1, Ordering::Relaxed) + 1;
                if n_found.is_multiple_of(64) {
                    progress.report(0, 0, format!("{n_found} digests"));
                }
            });
            let searched = Searched {
                files,
                report,
                others,
            };
            let old = self.roots.insert(root.clone(), searched);
            let new = self.roots.get(root);
            for files in old.iter().chain(new).map(|searched| &searched.files) {
                round.touched.extend(files.keys().cloned());
            }
        }
    }

    /// Sets everything touched to what it should be.
    fn apply(&mut self, round: Round<'_>) -> Done {
        let other_names: BTreeSet<&Arc<str>> = self
            .open
            .values()
            .filter_map(|open| open.other_name.as_ref())
            .collect();
        let should_be = |key: &Arc<str>| {
            if let Some(open) = self.open.get(key) {
                return Some(open.contribution.clone());
            }
            if other_names.contains(key) {
                return None;
            }
            self.file(key).map(|file| file.contribution.clone())
        };
        let changes = round.touched.iter();
        let changes = changes
            .map(|key| (Arc::clone(key), should_be(key)))
            .collect();
        let mut done = round.done;
        done.meaning_changed = self.workspace.apply_at_once(changes, threads::at_once);
        done.changed = done.meaning_changed || !round.touched.is_empty();
        done
    }

    fn file(&self, key: &Arc<str>) -> Option<&Arc<File>> {
        let mut searched = self.roots.values();
        searched.find_map(|searched| searched.files.get(key))
    }

    /// What requests get to see.
    pub(super) fn snapshot(&self) -> Snapshot {
        // Found when first asked for: here nobody waits for it.
        let _ = self.workspace.chain();
        let mut files = BTreeMap::new();
        for searched in self.roots.values() {
            for (key, file) in &searched.files {
                files.entry(Arc::clone(key)).or_insert(Arc::clone(file));
            }
        }
        Snapshot {
            workspace: self.workspace.clone(),
            open: self.open.keys().cloned().collect(),
            files,
        }
    }

    /// How far searches go.
    pub(super) fn limits(&self) -> Limits {
        self.settings.as_ref().map_or_else(Limits::default, limits)
    }

    /// Whether there are workspace folders.
    pub(super) fn has_folders(&self) -> bool {
        !self.folders.is_empty()
    }

    /// Number of digests known.
    pub(super) fn n_digests(&self) -> usize {
        self.workspace.len()
    }

    /// What the searches came to, with the caps in words.
    pub(super) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.roots.values().map(|searched| &searched.report)
    }
}

/// How far searches go.
fn limits(settings: &Index) -> Limits {
    Limits {
        digests: usize::try_from(settings.max_files).unwrap_or(usize::MAX),
        bytes: settings.max_file_size,
        ..Limits::default()
    }
}

/// Whether documents of this scheme are part of the index. Others are other states of the same
/// files, such as the old side of a comparison.
pub(crate) fn is_indexed(key: &str) -> bool {
    key.starts_with("file:") || key.starts_with("untitled:")
}

/// The key of the name without links, where that is another one.
fn other_name(path: &Path) -> Option<Arc<str>> {
    let real = std::fs::canonicalize(path).ok()?;
    (real != path).then(|| Some(uri::key(&uri::of_path(&real)?).into()))?
}
