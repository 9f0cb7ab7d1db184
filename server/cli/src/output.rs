//! What the commands print. A reader that went away (`| head`) is no failure: there is nobody left
//! to tell.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

use patch_digest_core::shown::is_dangerous;
use patch_digest_files::read::plain_error;
use serde::Serialize;

/// Writes to standard output. The error is one line for people.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("writing the output: {}", plain_error(&error)))
        }
        _ => Ok(()),
    }
}

/// A value as JSON in one line, with a line break; nothing dangerous in it stands as it is.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut text = harmless_json(&serde_json::to_string(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Escapes what must not reach a terminal. In JSON such characters stand inside of strings only.
pub(crate) fn harmless_json(json: &str) -> String {
    let mut result = String::with_capacity(json.len());
    for c in json.chars() {
        if is_dangerous(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(result, "\\u{unit:04x}");
            }
        } else {
            result.push(c);
        }
    }
    result
}

/// Writes a line of ours to standard error.
pub(crate) fn complain(message: &str) {
    tell(&format!("patch-digest: {message}"));
}

/// Writes a line to standard error.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
