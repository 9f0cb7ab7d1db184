//! Reading one file, with a limit, and errors in words for people.
//!
//! Two callers want different things. Who names a file means it, and a pipe may stand for it
//! ([`bytes`]). Who comes across a file ([`digest`]) must not wait for anything, wake a device up or
//! read what is no digest to its end. The tests are in `tests/read.rs` and `tests/find.rs`.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use patch_digest_core::syntax::line::{Heading, Lines, commit_range};
use patch_digest_core::text;

pub use patch_digest_config::files::plain_error;

use crate::find::Skip;

/// Largest file that is read when a user names it, in bytes. Digests are some ten kilobytes; a
/// thousand times a hundred megabytes is no digest but a mistake that would eat the machine's memory.
pub const MAX_BYTES: u64 = 1 << 30;

/// How much of a file is looked at to tell whether it is a digest, in bytes.
const HEAD: usize = 4096;

/// The bytes of a file that was named by a user, which may be a pipe.
///
/// # Errors
///
/// The cause, in words for people: `no such file or directory`.
pub fn bytes(path: &Path, max: u64) -> Result<Vec<u8>, String> {
    let mut file = File::open(path).map_err(|error| plain_error(&error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err("is a folder, not a file".to_owned());
    }
    all(&mut file, max)
}

/// Everything that a source has, up to `max` bytes.
///
/// # Errors
///
/// The cause, in words for people.
pub fn all(source: &mut dyn Read, max: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let n_bytes = source
        .take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| plain_error(&error))?;
    if n_bytes as u64 > max {
        return Err(format!(
            "is larger than {} MiB, the most that is read",
            max >> 20
        ));
    }
    Ok(bytes)
}

/// The text of a file if it is a digest: never waits, and reads no further than the head of what is
/// none. `None` for a readable file that is no digest.
///
/// # Errors
///
/// Why the file was left out.
pub fn digest(path: &Path, max: u64) -> Result<Option<String>, Skip> {
    digest_or_damaged(path, max, false)
}

/// As [`digest`]; also of a file that is one but for its first line, if `damaged` ones count.
pub(crate) fn digest_or_damaged(
    path: &Path,
    max: u64,
    damaged: bool,
) -> Result<Option<String>, Skip> {
    let (file, metadata) = open_regular(path)?;
    let Some(mut bytes) = head_of_digest(&file, path, damaged)? else {
        return Ok(None);
    };
    if metadata.len() > max {
        return Err(Skip::Huge);
    }
    let rest = max.saturating_sub(bytes.len() as u64);
    let room = metadata.len().saturating_sub(bytes.len() as u64);
    bytes.reserve_exact(usize::try_from(room).unwrap_or_default());
    // It may grow while it is read; what came after the look at its size is cut off.
    let read = file.take(rest).read_to_end(&mut bytes);
    read.map_err(|_| Skip::Unreadable)?;
    let text = String::from_utf8(bytes);
    Ok(Some(text.unwrap_or_else(|error| {
        text::decode(error.as_bytes()).text.into_owned()
    })))
}

/// Whether a file is a digest, from its head; or one but for its first line, if `damaged` ones count.
pub(crate) fn is_digest(path: &Path, damaged: bool) -> Result<bool, Skip> {
    let (file, _) = open_regular(path)?;
    Ok(head_of_digest(&file, path, damaged)?.is_some())
}

/// The head of a file if it is a digest's.
fn head_of_digest(file: &File, path: &Path, damaged: bool) -> Result<Option<Vec<u8>>, Skip> {
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|_| Skip::Unreadable)?;
    if head.contains(&0) {
        return Err(Skip::Binary);
    }
    let text = text::decode(&head).text;
    let is_digest = starts_as_digest(&text) || damaged && is_meant_as_digest(path, &text);
    Ok(is_digest.then_some(head))
}

/// Whether a file that does not start as a digest is meant to be one: says its name, its second
/// line, or the heading of a table near its start. Files that show parts of digests have no such
/// line there.
fn is_meant_as_digest(path: &Path, text: &str) -> bool {
    /// The lines down to the first heading, and as many again.
    const NEAR_START: usize = 8;
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| matches!(extension, "digest" | "pdigest"))
        || Lines::new(text).take(NEAR_START).any(|line| {
            Heading::of(line.text).is_some() || line.text.contains(" mailing list update from ")
        })
}

/// Whether the first line of a text is that of a digest.
#[must_use]
pub fn starts_as_digest(text: &str) -> bool {
    Lines::new(text)
        .next()
        .is_some_and(|line| commit_range(line.text).is_some())
}

/// Opens a regular file. FIFOs and devices are not opened: that may wait for ever, or do something.
fn open_regular(path: &Path) -> Result<(File, Metadata), Skip> {
    let failed = |error| skip_of(path, &error);
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Skip::NoFile);
    }
    // Something else may stand there by now, so opening must not wait either.
    let file = open_at_once(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err(Skip::NoFile)
    }
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
        .open(path)
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Why a file with this error is left out.
pub(crate) fn skip_of(path: &Path, error: &io::Error) -> Skip {
    // Links in a circle have an error of their own, but not on every system, nor after a walk.
    if error.kind() != io::ErrorKind::PermissionDenied && path.is_symlink() {
        Skip::Link
    } else {
        Skip::Unreadable
    }
}
