//! The files that a command line names: files as they are, digests below folders.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

use patch_digest_core::shown;
use patch_digest_files::{Limits, Skip, find};

use crate::output;
use crate::settings::absolute;

/// What there is to check.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// The files, each once: those named in the order of the command line, those below a folder
    /// sorted.
    pub(super) files: Vec<PathBuf>,
    /// Whether something could not be read.
    pub(super) has_failed: bool,
}

/// Finds the files to check. What was not looked at below folders is told.
pub(super) fn of(named: &[PathBuf]) -> Targets {
    let mut targets = Targets::default();
    for path in named {
        if path.is_dir() {
            targets.add_below(path);
        } else {
            targets.files.push(path.clone());
        }
    }
    let mut known = HashSet::new();
    targets.files.retain(|path| known.insert(absolute(path)));
    targets
}

impl Targets {
    fn add_below(&mut self, folder: &Path) {
        // What is wrong with a first line is to be told as well.
        let limits = Limits {
            damaged: true,
            ..Limits::default()
        };
        let found = Mutex::new(Vec::new());
        let report = find(
            &[folder.to_owned()],
            &limits,
            &AtomicBool::new(false),
            |file| {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push(file.path);
            },
        );
        let mut files = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort();
        let name = shown::plain(&folder.to_string_lossy()).into_owned();
        if report.n_skipped() > 0 {
            output::complain(&format!(
                "{name}: not looked at: {}",
                report.skipped_in_words()
            ));
        }
        self.has_failed |= report.skipped.contains_key(&Skip::Unreadable);
        for cap in report.caps_in_words(&limits) {
            output::complain(&format!("{name}: {cap}"));
        }
        if files.is_empty() {
            output::complain(&format!(
                "{name}: no digest found, what git ignores left out"
            ));
        }
        self.files.extend(files);
    }
}
