//! `cargo xtask fuzz`: the fuzz targets under libFuzzer, or under a plain driver.
//!
//! libFuzzer comes with the crate `libfuzzer-sys` and takes a C++ compiler. Its coverage is that of
//! LLVM, which the stable compiler can be asked for: nothing here needs a nightly one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode, Stdio};
use std::{env, fs};

use crate::{Command, Failure, project};

pub(crate) const COMMAND: Command = Command {
    name: "fuzz",
    arguments: "TARGET|all --minutes N [--plain]",
    summary: "throw bytes at a part of the program, guided by coverage",
    details: "  TARGET       `cargo xtask fuzz list` names them
  all          each target for so many minutes
  --minutes N  how long, a whole number
  --plain      without libFuzzer, which takes a C++ compiler

What is found is left in target/fuzz/findings; put it below tests/fuzz/regressions before it is
mended. Inputs that reach more code are kept in target/fuzz/inputs and used again.",
    run,
};

/// Coverage as libFuzzer wants it, and checks that are off in releases.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares \
                     -Cdebug-assertions=yes -Coverflow-checks=yes -Ccodegen-units=1";

const TESTS: &str = "patch-digest-tests";

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::parse(arguments).map_err(Failure::Usage)?;
    let driver = project::build_program(TESTS, "fuzz", &[]).map_err(Failure::Failed)?;
    let listed = listed(&driver).map_err(Failure::Failed)?;
    if options.target == "list" {
        print!("{listed}");
        return Ok(ExitCode::SUCCESS);
    }
    let known: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let targets: Vec<&str> = match &*options.target {
        "all" => known,
        name if known.contains(&name) => vec![name],
        name => {
            let known = known.join(", ");
            return Err(Failure::Usage(format!("no target `{name}`, but {known}")));
        }
    };
    let folder = project::root().join("target/fuzz");
    let fuzzer = if options.is_plain {
        None
    } else {
        Some(build_fuzzer(&folder).map_err(Failure::Failed)?)
    };
    for target in targets {
        let outcome = match &fuzzer {
            Some(fuzzer) => with_libfuzzer(fuzzer, &driver, target, &folder, options.n_minutes),
            None => with_driver(&driver, target, &folder, options.n_minutes),
        };
        outcome.map_err(Failure::Failed)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn listed(driver: &Path) -> Result<String, String> {
    let output = process::Command::new(driver)
        .arg("--list")
        .output()
        .map_err(|error| format!("starting {}: {error}", driver.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Builds the program with all targets, in a folder of its own: with these flags everything is
/// compiled anew.
fn build_fuzzer(folder: &Path) -> Result<PathBuf, String> {
    let build = folder.join("build");
    let host = host()?;
    let arguments = [
        "--features",
        "libfuzzer",
        "--target",
        &host,
        "--config",
        &format!(
            "build.rustflags = {:?}",
            FLAGS.split_whitespace().collect::<Vec<_>>()
        ),
        "--target-dir",
        &build.to_string_lossy(),
    ];
    project::build_program("patch-digest-fuzz", "libfuzzer-targets", &arguments)
}

/// The triple of this machine; naming it keeps the flags away from build scripts.
fn host() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = process::Command::new(rustc)
        .arg("-vV")
        .output()
        .map_err(|error| format!("starting rustc: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc names no host".to_owned())
}

fn with_libfuzzer(
    fuzzer: &Path,
    driver: &Path,
    target: &str,
    folder: &Path,
    n_minutes: u64,
) -> Result<(), String> {
    let inputs = folder.join("inputs").join(target);
    let seeds = folder.join("seeds").join(target);
    let findings = folder.join("findings");
    let regressions = project::root().join("tests/fuzz/regressions").join(target);
    for folder in [&inputs, &findings] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    run_to_end(
        process::Command::new(driver)
            .arg(target)
            .arg("--write-seeds")
            .arg(&seeds),
    )?;
    let mut command = process::Command::new(fuzzer);
    command
        .env("FUZZ_TARGET", target)
        .current_dir(project::root().join("tests"))
        .args([
            &format!("-max_total_time={}", n_minutes * 60),
            "-max_len=16384",
            "-timeout=20",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
            "-verbosity=0",
        ])
        .arg(format!("-artifact_prefix={}/{target}-", findings.display()))
        .arg(format!("-dict={}.dict", seeds.display()))
        .args([&inputs, &seeds]);
    if regressions.is_dir() {
        command.arg(&regressions);
    }
    println!("==== {target}");
    run_to_end(&mut command)
}

fn with_driver(driver: &Path, target: &str, folder: &Path, n_minutes: u64) -> Result<(), String> {
    run_to_end(
        process::Command::new(driver)
            .args([target, "--minutes", &n_minutes.to_string(), "--findings"])
            .arg(folder.join("findings")),
    )
}

fn run_to_end(command: &mut process::Command) -> Result<(), String> {
    let program = command.get_program().to_owned();
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("starting {}: {error}", program.display()))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("something was found, see above ({status})"))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    target: String,
    n_minutes: u64,
    is_plain: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--plain" => options.is_plain = true,
                "--minutes" => {
                    let number = arguments.next().and_then(|value| value.parse().ok());
                    options.n_minutes = number.ok_or("--minutes needs a whole number")?;
                }
                name if options.target.is_empty() && !name.starts_with('-') => {
                    options.target = name.to_owned();
                }
                other => return Err(format!("unknown argument `{other}`")),
            }
        }
        if options.target.is_empty() {
            return Err("name a target, or `list`".to_owned());
        }
        if options.n_minutes == 0 && options.target != "list" {
            return Err("say how long with --minutes N, one or more".to_owned());
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn target_and_minutes() {
        let options = parse("parse --minutes 5 --plain").unwrap();
        assert_eq!((&*options.target, options.n_minutes), ("parse", 5));
        assert!(options.is_plain);
        assert!(!parse("list").unwrap().is_plain);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, problem) in [
            ("", "name a target, or `list`"),
            ("parse", "say how long with --minutes N, one or more"),
            ("parse --minutes x", "--minutes needs a whole number"),
            ("parse edits --minutes 1", "unknown argument `edits`"),
            ("--fast", "unknown argument `--fast`"),
        ] {
            assert_eq!(parse(line), Err(problem.to_owned()), "{line}");
        }
    }
}
