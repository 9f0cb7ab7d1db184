//! Reading the files that a command names.

use std::path::Path;

use patch_digest_core::Digest;
use patch_digest_core::text;
use patch_digest_files::read::{self, MAX_BYTES};

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
    let bytes = if path == Path::new("-") {
        read::all(&mut std::io::stdin().lock(), MAX_BYTES)
    } else {
        read::bytes(path, MAX_BYTES)
    };
    let bytes = bytes.map_err(|cause| format!("reading {name}: {cause}"))?;
    let decoded = text::decode(&bytes);
    Ok(Input {
        digest: Digest::parse(decoded.text),
        invalid: decoded.invalid,
        name,
    })
}

/// A path as it is shown.
pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    patch_digest_core::shown::plain(&path.to_string_lossy()).into_owned()
}
