//! Writes the files that are generated from the tables of settings and rules: `reference`, run by
//! `cargo xtask reference`. What they hold is decided in `tests/support/reference.rs`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::process::ExitCode;
use std::{fs, io};

use patch_digest_tests::reference;

fn main() -> ExitCode {
    match write() {
        Ok(n_written) => {
            println!("{n_written} files changed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> io::Result<u64> {
    let mut n_written = 0;
    for (name, text) in reference::files()? {
        let path = reference::root().join(&name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)
            .map_err(|error| io::Error::other(format!("writing {name}: {error}")))?;
        println!("{name}");
        n_written += 1;
    }
    // Pages of rules that are no more.
    let files = reference::files()?;
    for page in fs::read_dir(reference::root().join(reference::RULE_BOOK))? {
        let name = page?.file_name().to_string_lossy().into_owned();
        let name = format!("{}/{name}", reference::RULE_BOOK);
        if !files.iter().any(|(known, _)| *known == name) {
            fs::remove_file(reference::root().join(&name))?;
            println!("{name} removed");
            n_written += 1;
        }
    }
    Ok(n_written)
}
