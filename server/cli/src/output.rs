//! What the commands print. A reader that went away (`| head`) is no failure: there is nobody left
//! to tell.

use std::io::{self, ErrorKind, Write as _};

use patch_digest_files::read::plain_error;

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

/// Writes a line of ours to standard error.
pub(crate) fn complain(message: &str) {
    tell(&format!("patch-digest: {message}"));
}

/// Writes a line to standard error.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
