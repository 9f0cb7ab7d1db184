//! The real digests that tests run on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the real digests.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The real digests, by file name: name and content.
///
/// # Errors
///
/// When the folder or a file in it cannot be read.
pub fn digests() -> io::Result<Vec<(String, String)>> {
    let mut digests = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            digests.push((name, fs::read_to_string(&path)?));
        }
    }
    digests.sort();
    Ok(digests)
}
