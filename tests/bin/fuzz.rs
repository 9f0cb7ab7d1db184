//! The plain driver of the fuzz targets, and what `cargo xtask fuzz` needs for libFuzzer:
//!
//! * `fuzz TARGET --minutes N [--seed S] [--findings FOLDER]` changes seeds at random;
//! * `fuzz TARGET --inputs FOLDER` runs the files of a folder once;
//! * `fuzz TARGET --write-seeds FOLDER` writes the seeds, and a dictionary beside them;
//! * `fuzz --list` names the targets.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use patch_digest_tests::fuzz::{self, DICTIONARY, TARGETS, Target, driver};

const USAGE: &str = "usage: fuzz TARGET --minutes N [--seed S] [--findings FOLDER] \
                     | TARGET --inputs FOLDER | TARGET --write-seeds FOLDER | --list";

fn main() -> ExitCode {
    match run() {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("fuzz: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or(USAGE)?;
    if name == "--list" {
        let lines = TARGETS
            .iter()
            .map(|target| format!("{:<10} {}", target.name, target.promise));
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    }
    let target = fuzz::target(&name).ok_or_else(|| format!("there is no target `{name}`"))?;
    let mut options = HashMap::new();
    while let Some(option) = arguments.next() {
        options.insert(option, arguments.next().ok_or(USAGE)?);
    }
    if let Some(folder) = options.get("--write-seeds") {
        return write_seeds(target, Path::new(folder))
            .map_err(|error| format!("{folder}: {error}"));
    }
    if let Some(folder) = options.get("--inputs") {
        return run_inputs(target, Path::new(folder));
    }
    let number = |name: &str| options.get(name).map(|value| value.parse::<f64>());
    let minutes = number("--minutes").ok_or(USAGE)?.map_err(|_| USAGE)?;
    let seed = number("--seed").unwrap_or(Ok(1.0)).map_err(|_| USAGE)?;
    let limit = Some(Duration::from_secs_f64(minutes * 60.0));
    match driver::run(target, seed as u64, u64::MAX, limit) {
        Ok(n_inputs) => Ok(format!("{name}: {n_inputs} inputs, nothing found")),
        Err(finding) => {
            let mut place = format!("{:?}", String::from_utf8_lossy(&finding.input));
            if let Some(folder) = options.get("--findings") {
                let path = Path::new(folder).join(format!("{name}-finding"));
                let written =
                    fs::create_dir_all(folder).and_then(|()| fs::write(&path, &finding.input));
                written.map_err(|error| format!("{}: {error}", path.display()))?;
                place = path.display().to_string();
            }
            Err(format!("{name}: {}\nfor {place}", finding.message))
        }
    }
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<String> {
    fs::create_dir_all(folder)?;
    let seeds = (target.seeds)();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    let mut dictionary = String::new();
    for piece in DICTIONARY {
        dictionary.push('"');
        for byte in piece.bytes() {
            // Writing to a string does not fail.
            let _ = write!(dictionary, "\\x{byte:02x}");
        }
        dictionary.push_str("\"\n");
    }
    fs::write(folder.with_extension("dict"), dictionary)?;
    Ok(format!("{} seeds", seeds.len()))
}

fn run_inputs(target: &Target, folder: &Path) -> Result<String, String> {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut n_inputs = 0;
    for file in fs::read_dir(folder).map_err(problem)? {
        let path = file.map_err(problem)?.path();
        let input = fs::read(&path).map_err(problem)?;
        if let Some(message) = driver::run_one(target, &input) {
            return Err(format!(
                "{}: {message}\nfor {}",
                target.name,
                path.display()
            ));
        }
        n_inputs += 1;
    }
    Ok(format!("{}: {n_inputs} inputs, nothing found", target.name))
}
