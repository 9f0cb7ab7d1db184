//! Runs random edits for as long as asked: `fuzz-edits --minutes N [--seed S]`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use patch_digest_tests::{corpus, edits};

const USAGE: &str = "usage: fuzz-edits --minutes N [--seed S]";

fn main() -> ExitCode {
    match run() {
        Ok(n_edits) => {
            println!("{n_edits} random edits, no difference");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u64, String> {
    let mut minutes: f64 = 1.0;
    let mut seed: u64 = 1;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        match &*arg {
            "--minutes" => minutes = value.parse().map_err(|_| USAGE)?,
            "--seed" => seed = value.parse().map_err(|_| USAGE)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let digests = corpus::digests().map_err(|error| format!("reading the corpus: {error}"))?;
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let mut n_edits = 0;
    while Instant::now() < end {
        for (name, text) in &digests {
            edits::run(seed, text, 500).map_err(|error| format!("{name}: {error}"))?;
            n_edits += 500;
            seed += 1;
        }
    }
    Ok(n_edits)
}
