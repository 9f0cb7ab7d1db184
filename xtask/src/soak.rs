//! `cargo xtask soak`: a server kept busy for long, with every answer checked.
//!
//! The work is done by the program `soak` of the package with the tests.

use std::ffi::OsString;
use std::process::{ExitCode, Stdio};

use crate::{Command, Failure, project};

pub(crate) const COMMAND: Command = Command {
    name: "soak",
    arguments: "--minutes N | --messages N [--seed S]",
    summary: "keep a server busy and compare every answer with a fresh server",
    details: "  --minutes N   a session of so many minutes at ten times the speed of an editor; the
                server's memory must stay flat
  --messages N  a burst of so many messages, as fast as they go, for each unit of columns
  --seed S      where the random numbers start; 1 if not given

Ends at the first wrong answer, with the text that it is about.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    check(arguments).map_err(Failure::Usage)?;
    let status = project::cargo()
        .args(["run", "--release", "--package", "patch-digest-tests"])
        .args(["--bin", "soak", "--"])
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::Failed(format!("starting cargo: {error}")))?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::Failed(format!("stopped with {status}")))
}

/// Tells what is wrong before anything is built.
fn check(arguments: &[OsString]) -> Result<(), String> {
    let mut n_limits = 0;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy();
        match &*name {
            "--minutes" | "--messages" => n_limits += 1,
            "--seed" => {}
            _ => return Err(format!("unknown argument `{name}`")),
        }
        let value = arguments.next().map(|value| value.to_string_lossy());
        let number = value.as_deref().and_then(|value| value.parse::<u64>().ok());
        if number.is_none() {
            return Err(format!("{name} needs a whole number"));
        }
    }
    if n_limits == 1 {
        Ok(())
    } else {
        Err("say how long, with --minutes or --messages".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let check = |line: &str| {
            let arguments: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
            check(&arguments)
        };
        assert_eq!(check("--minutes 1 --seed 5"), Ok(()));
        assert_eq!(check("--messages 100000"), Ok(()));
        let how_long = "say how long, with --minutes or --messages";
        for (line, problem) in [
            ("", how_long),
            ("--seed 5", how_long),
            ("--minutes 1 --messages 5", how_long),
            ("--minutes", "--minutes needs a whole number"),
            ("--minutes x", "--minutes needs a whole number"),
            ("--hours 1", "unknown argument `--hours`"),
        ] {
            assert_eq!(check(line), Err(problem.to_owned()), "{line}");
        }
    }
}
