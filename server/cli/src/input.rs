//! Reading the files that a command names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use patch_digest_core::Digest;
use patch_digest_core::text;

/// Largest file that is read, in bytes. Digests are some ten kilobytes; a thousand times a
/// hundred megabytes is no digest but a mistake that would eat the machine's memory.
const MAX_BYTES: u64 = 1 << 30;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Input {
    /// The name to show.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) digest: Digest,
    /// Offsets of the characters that stand for bytes that are not UTF-8.
    pub(crate) invalid: Vec<usize>,
}

/// Reads a file, or standard input for `-`. The error is one line for people.
pub(crate) fn read(path: &Path) -> Result<Input, String> {
    let name = display_name(path);
    let bytes = read_bytes(path).map_err(|cause| format!("reading {name}: {cause}"))?;
    let decoded = text::decode(&bytes);
    Ok(Input {
        digest: Digest::parse(&decoded.text),
        invalid: decoded.invalid,
        name,
    })
}

fn display_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    patch_digest_core::shown::plain(&path.to_string_lossy()).into_owned()
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut read = |source: &mut dyn Read| {
        source
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| plain_error(&error))
    };
    let n_bytes = if path == Path::new("-") {
        read(&mut std::io::stdin().lock())?
    } else {
        let mut file = File::open(path).map_err(|error| plain_error(&error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err("is a folder, not a file".to_owned());
        }
        read(&mut file)?
    };
    if n_bytes as u64 > MAX_BYTES {
        return Err(format!(
            "is larger than {} MiB, the most that is read",
            MAX_BYTES >> 20
        ));
    }
    Ok(bytes)
}

/// An error without Rust's `(os error 2)`.
pub(crate) fn plain_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
