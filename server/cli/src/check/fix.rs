//! `--fix` and `--diff`: what is certain is put right in the files, or shown.

use std::path::Path;

use patch_digest_core::fixes::{self, Fixed};
use patch_digest_core::lints::CheckOptions;
use patch_digest_core::shown;
use patch_digest_files::replace::{self, Expected};
use similar::TextDiff;

use crate::input::Input;

/// What fixing a file would give; `None` where nothing is certain. The error is one line.
pub(super) fn fixed(input: &Input, options: &CheckOptions) -> Result<Option<Fixed>, String> {
    if input.invalid.is_empty() {
        return Ok(fixes::fix_all(&input.digest, options));
    }
    Err(format!(
        "{}: not fixed: it is not UTF-8, and its bytes would be lost",
        input.name
    ))
}

/// Writes a file that was fixed. What stood in it when it was read must still stand there.
pub(super) fn write(path: &Path, input: &Input, fixed: &Fixed) -> Result<(), String> {
    let old = input.digest.text().to_text();
    let expected = Expected::Bytes(old.as_bytes());
    replace::replace(path, expected, fixed.text.as_bytes())
        .map_err(|cause| format!("writing {}: {cause}", input.name))
}

/// What fixing would change, as `patch` takes it. For a terminal what is dangerous in it is made
/// harmless.
pub(super) fn diff(input: &Input, fixed: &Fixed, is_terminal: bool) -> String {
    let old = input.digest.text().to_text();
    let diff = TextDiff::from_lines(&*old, &*fixed.text);
    let name = &input.name;
    let diff = diff
        .unified_diff()
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string();
    if !is_terminal {
        return diff;
    }
    let mut harmless = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        harmless.push_str(&shown::plain(line.trim_end_matches(['\n', '\r'])));
        harmless.push('\n');
    }
    harmless
}
