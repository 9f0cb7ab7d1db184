//! `cargo xtask bench-lsp`: the server through its pipes beside the floor, and the engine beside
//! the limits of the machine, as tables.
//!
//! The work is done by the programs `bench-lsp` and `floor-server` of the package with the tests.
//! What the figures mean stands in `docs/performance.md`, which this can bring up to date.

use std::ffi::OsString;
use std::fs;
use std::process::{ExitCode, Stdio};

use crate::{Command, Failure, project};

pub(crate) const COMMAND: Command = Command {
    name: "bench-lsp",
    arguments: "[--quick] [--write]",
    summary: "measure the server beside what the machine allows",
    details: "  --quick  fewer rounds: a minute instead of four
  --write  put the tables into docs/performance.md

For figures worth keeping, nothing else should be running. The engine alone is measured in more
detail by `cargo bench`.",
    run,
};

/// The document with the tables.
const DOCUMENT: &str = "docs/performance.md";

const BEGIN: &str =
    "<!-- The rest up to the end mark is written by `cargo xtask bench-lsp --write`. -->\n";
const END: &str = "<!-- end of what `cargo xtask bench-lsp --write` writes -->";

const TESTS: &str = "patch-digest-tests";

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::parse(arguments).map_err(Failure::Usage)?;
    let report = measure(&options).map_err(Failure::Failed)?;
    print!("{report}");
    if options.write {
        let path = project::root().join(DOCUMENT);
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::Failed(format!("reading {DOCUMENT}: {error}")))?;
        let text = with_report(&text, &report).ok_or_else(|| {
            Failure::Failed(format!("no marks in {DOCUMENT}: `{BEGIN}`, `{END}`"))
        })?;
        fs::write(&path, text)
            .map_err(|error| Failure::Failed(format!("writing {DOCUMENT}: {error}")))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    quick: bool,
    write: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.to_str() {
                Some("--quick") => options.quick = true,
                Some("--write") => options.write = true,
                _ => return Err(format!("unknown argument `{}`", argument.to_string_lossy())),
            }
        }
        if options.quick && options.write {
            return Err("what is written down is measured without --quick".to_owned());
        }
        Ok(options)
    }
}

/// Builds what is needed and runs it; the tables.
fn measure(options: &Options) -> Result<String, String> {
    let server = project::build_server(&[])?;
    // `cargo run` builds one program alone, and there are two.
    let floor = project::build_program(TESTS, "floor-server", &[])?;
    let bench = project::build_program(TESTS, "bench-lsp", &[])?;
    let mut command = std::process::Command::new(bench);
    command
        .args(options.quick.then_some("--quick"))
        .arg("--server")
        .arg(server)
        .arg("--floor")
        .arg(floor)
        .current_dir(project::root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| format!("starting bench-lsp: {error}"))?;
    if !output.status.success() {
        return Err(format!("stopped with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("reading its tables: {error}"))
}

/// `document` with what stands between the marks replaced.
fn with_report(document: &str, report: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n{}\n\n{END}{after}",
        report.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn quick_figures_are_not_written_down() {
        assert!(parse("--quick").is_ok_and(|options| options.quick));
        assert!(parse("--write").is_ok_and(|options| options.write));
        assert!(parse("--quick --write").is_err());
        assert_eq!(parse("-q"), Err("unknown argument `-q`".to_owned()));
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let once = with_report(&document, "new\n\n").unwrap();
        assert_eq!(once, format!("before\n{BEGIN}\nnew\n\n{END}\nafter\n"));
        assert_eq!(with_report(&once, "new").unwrap(), once);
        assert_eq!(with_report("before", "new"), None);
    }

    #[test]
    fn the_document_has_the_marks() {
        let document = fs::read_to_string(project::root().join(DOCUMENT)).unwrap();
        assert!(with_report(&document, "").is_some());
    }
}
