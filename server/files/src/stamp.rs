//! What a file looks like from outside, by which it is told whether it is as it was when it was
//! read. The tests are in `tests/find.rs` and `tests/marks.rs`.

use std::fs::{Metadata, metadata};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Changes of a file that come sooner after one another may leave the same stamp: the coarsest
/// clock of a file system (FAT) has steps of two seconds.
const COARSEST: Duration = Duration::from_secs(2);

/// What tells that a file is another than before, or has another content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// When anything of it changed. Unlike the time above nobody can set it, so that a copy with
    /// the times of its original is noticed, and so is a file that may be read by now.
    changed: Option<SystemTime>,
    file: u64,
}

impl Stamp {
    /// The stamp of the file that a path leads to; `None` where there is none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = metadata(path).ok()?;
        let modified = metadata.modified().ok();
        Some(Self {
            len: metadata.len(),
            modified,
            changed: changed(&metadata).or(modified),
            file: file(&metadata),
        })
    }

    /// Whether what is read from now on has this stamp alone: a file that changed a moment ago may
    /// change again and look the same.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let changed = self.changed.max(self.modified);
        let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
        age.is_some_and(|age| age > COARSEST)
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;

    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanoseconds = u32::try_from(metadata.ctime_nsec()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
}

#[cfg(unix)]
fn file(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<SystemTime> {
    None
}

#[cfg(not(unix))]
fn file(_: &Metadata) -> u64 {
    0
}
