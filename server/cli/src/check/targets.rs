//! The files that a command line names: files as they are, digests below folders.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

use patch_digest_files::{Limits, find};

use crate::output;

/// The files to read, in order: those named in the order of the command line, those below a folder
/// sorted. What was not looked at below folders is told.
pub(crate) fn files(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            files.extend(below(path));
        } else {
            files.push(path.clone());
        }
    }
    files
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let limits = Limits::default();
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
    let name = patch_digest_core::shown::plain(&folder.to_string_lossy()).into_owned();
    if report.n_skipped() > 0 {
        output::complain(&format!(
            "{name}: not looked at: {}",
            report.skipped_in_words()
        ));
    }
    for cap in report.caps_in_words(&limits) {
        output::complain(&format!("{name}: {cap}"));
    }
    files
}
