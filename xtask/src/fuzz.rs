//! `cargo xtask fuzz-edits`: random edits for as long as you like, each compared with a fresh parse.
//!
//! The work is done by the program `fuzz-edits` of the package with the tests; a short run with
//! fixed seeds belongs to every `cargo test`.

use std::ffi::OsString;
use std::process::{ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Command, Failure, project};

pub(crate) const COMMAND: Command = Command {
    name: "fuzz-edits",
    arguments: "--minutes N [--seed S]",
    summary: "edit digests at random and compare with fresh parses",
    details: "  --minutes N  how long, a whole number
  --seed S     where the random numbers start; the clock's choice is printed, so that a run
               can be repeated

Ends at the first difference, with the edits that lead to it.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::parse(arguments).map_err(Failure::Usage)?;
    let seed = options.seed.unwrap_or_else(seed_of_the_moment);
    println!("fuzz-edits: {} min, --seed {seed}", options.n_minutes);
    let status = project::cargo()
        .args([
            "run",
            "--release",
            "--package",
            "patch-digest-tests",
            "--bin",
            "fuzz-edits",
            "--",
        ])
        .args([
            "--minutes",
            &options.n_minutes.to_string(),
            "--seed",
            &seed.to_string(),
        ])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::Failed(format!("starting cargo: {error}")))?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::Failed(format!(
        "stopped with {status}; `--seed {seed}` repeats the run"
    )))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    n_minutes: u64,
    seed: Option<u64>,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy();
            let mut number = || -> Result<u64, String> {
                let value = arguments
                    .next()
                    .ok_or_else(|| format!("{name} needs a number"))?;
                let value = value.to_string_lossy();
                value
                    .parse()
                    .map_err(|_| format!("{name} needs a whole number, not `{value}`"))
            };
            match &*name {
                "--minutes" => options.n_minutes = number()?,
                "--seed" => options.seed = Some(number()?),
                _ => return Err(format!("unknown argument `{name}`")),
            }
        }
        if options.n_minutes == 0 {
            return Err("say how long with --minutes N, one or more".to_owned());
        }
        Ok(options)
    }
}

fn seed_of_the_moment() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn minutes_and_seed() {
        assert_eq!(
            parse("--minutes 5"),
            Ok(Options {
                n_minutes: 5,
                seed: None
            })
        );
        assert_eq!(
            parse("--seed 7 --minutes 5"),
            Ok(Options {
                n_minutes: 5,
                seed: Some(7)
            })
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problem = |line| parse(line).unwrap_err();
        assert_eq!(problem(""), "say how long with --minutes N, one or more");
        assert_eq!(problem("--minutes"), "--minutes needs a number");
        assert_eq!(
            problem("--minutes 1.5"),
            "--minutes needs a whole number, not `1.5`"
        );
        assert_eq!(problem("--hours 1"), "unknown argument `--hours`");
    }
}
