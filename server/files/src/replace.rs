//! Replaces the content of a file, as a whole or not at all: whoever reads the file at any moment,
//! after a loss of power too, finds the old content or the new one.
//!
//! The new content is written beside the file, flushed to the disk and renamed over it. Mode and
//! owner stay as they were; where the owner cannot be kept, nothing is done. A link stays a link:
//! the file it leads to is replaced. Further names of the file (hard links) keep the old content,
//! which has no remedy short of writing into the file. The tests are in `tests/replace.rs`.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::read::{self, plain_error};

/// What may stand in the file that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected<'a> {
    /// Anything, or there may be no file yet.
    Anything,
    /// These bytes: what was read before. Anything else came from someone else meanwhile and is
    /// not lost.
    Bytes(&'a [u8]),
}

/// Replaces the content of the file at `path`.
///
/// # Errors
///
/// The cause, in words for people: `permission denied`. The file is as it was then.
pub fn replace(path: &Path, expected: Expected<'_>, content: &[u8]) -> Result<(), String> {
    let target = target(path).map_err(|error| plain_error(&error))?;
    let old = match fs::metadata(&target) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => return Err("is not a regular file".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(plain_error(&error)),
    };
    if old.is_some() {
        // Renaming asks for the permissions of the folder alone; those of the file count as well.
        let opened = OpenOptions::new().write(true).open(&target);
        opened.map_err(|error| plain_error(&error))?;
    }
    let (beside, file) = create_beside(&target).map_err(|error| plain_error(&error))?;
    let done = write(file, old.as_ref(), content).and_then(|()| {
        if let Expected::Bytes(bytes) = expected {
            let now = read::bytes(&target, (bytes.len() as u64).saturating_add(1));
            if now.as_deref() != Ok(bytes) {
                return Err("was changed by someone else meanwhile".to_owned());
            }
        }
        fs::rename(&beside, &target).map_err(|error| plain_error(&error))
    });
    if done.is_err() {
        // What is left lying about then has a name that says whose it is.
        let _ = fs::remove_file(&beside);
        return done;
    }
    // The rename is done; that it is on the disk as well is as much as can be wished for.
    if let Some(folder) = target.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// The file itself, where links lead to it.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        // A link to nowhere is not followed: what it is for is not known.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let name = path.file_name().ok_or(error)?;
            Ok(fs::canonicalize(folder.unwrap_or(Path::new(".")))?.join(name))
        }
        Err(error) => Err(error),
    }
}

/// A new file in the same folder, so that it can be renamed; for nobody else to read so far.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    static N_FILES: AtomicU32 = AtomicU32::new(0);

    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let number = N_FILES.fetch_add(1, Ordering::Relaxed);
        let name = format!(".patch-digest-{}-{number}.tmp", process::id());
        let beside = target.with_file_name(name);
        match options.open(&beside) {
            Ok(file) => return Ok((beside, file)),
            // Left by a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
            Err(error) => return Err(error),
        }
    }
}

fn write(mut file: File, old: Option<&Metadata>, content: &[u8]) -> Result<(), String> {
    let written = file.write_all(content);
    written.map_err(|error| plain_error(&error))?;
    keep_owner_and_mode(&file, old)?;
    file.sync_all().map_err(|error| plain_error(&error))
}

#[cfg(unix)]
fn keep_owner_and_mode(file: &File, old: Option<&Metadata>) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let Some(old) = old else {
        // As a new file is made elsewhere, but for the umask, which nobody tells without setting it.
        let mode = fs::Permissions::from_mode(0o644);
        return file
            .set_permissions(mode)
            .map_err(|error| plain_error(&error));
    };
    let new = file.metadata().map_err(|error| plain_error(&error))?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid())).map_err(|_| {
            "belongs to someone else, and would belong to you afterwards".to_owned()
        })?;
    }
    // After the owner: a change of owner takes bits of the mode away.
    file.set_permissions(old.permissions())
        .map_err(|error| plain_error(&error))
}

#[cfg(not(unix))]
fn keep_owner_and_mode(file: &File, old: Option<&Metadata>) -> Result<(), String> {
    let Some(old) = old else { return Ok(()) };
    file.set_permissions(old.permissions())
        .map_err(|error| plain_error(&error))
}
