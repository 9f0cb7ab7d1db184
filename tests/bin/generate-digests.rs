//! Writes digests made up from the corpus: `generate-digests FOLDER [--number N] [--bytes N] [--seed N]`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use patch_digest_tests::generate::{Generator, MIN_BYTES};

const USAGE: &str = "usage: generate-digests FOLDER [--number N] [--bytes N] [--seed N]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or(USAGE)?);
    let (mut n_digests, mut n_bytes, mut seed) = (1, 40_000, 1);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        match &*arg {
            "--number" => n_digests = value.parse().map_err(|_| USAGE)?,
            "--bytes" => n_bytes = value.parse().map_err(|_| USAGE)?,
            "--seed" => seed = value.parse().map_err(|_| USAGE)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    if n_bytes < MIN_BYTES {
        return Err(format!("--bytes must be {MIN_BYTES} or more"));
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("creating {}: {error}", folder.display()))?;
    let generator = Generator::new().map_err(|error| format!("reading the corpus: {error}"))?;
    for digest in generator.folder(n_bytes, seed).take(n_digests) {
        let path = folder.join(&digest.name);
        fs::write(&path, &digest.text)
            .map_err(|error| format!("writing {}: {error}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}
