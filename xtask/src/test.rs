//! `cargo xtask test`: everything that must hold before a change is handed in. `.ci/run` calls it.
//!
//! A check is a row of [`STEPS`]: a name, whether a quick run includes it, and a function. The
//! run stops at the first step that fails, tells for every step how long it took, and for every
//! step left out why. The last line counts single tests where a step has them, else the step.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fmt, thread};

use crate::editors::{self, Copy, Neovim, Prepared};
use crate::project::{self, TempDir};
use crate::{Command, Failure, docs, emacs, grammars, helix, proof, vscode};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    arguments: "[--quick] [--only STEP] [--keep-going]",
    summary: "run every check: format, lints, tests, editors, documents",
    details: "  --quick       only format, lints, and the tests of server/core and server/lsp
  --only STEP   only the release build and the steps with STEP in their names, as in `neovim`
  --keep-going  run the other steps after one has failed

The last line counts what passed, failed and was skipped; the exit code is 0 if nothing failed.",
    run,
};

/// An editor that hangs is stopped after this time. The tests take a few seconds.
const EDITOR_LIMIT: Duration = Duration::from_secs(120);

/// What takes a minute where nothing else runs, and much longer on a busy machine.
const LONG_LIMIT: Duration = Duration::from_secs(600);

/// The tests in VS Code end themselves, and all that they started, before this.
const VSCODE_LIMIT: Duration = Duration::from_secs(420);

struct Step {
    name: &'static str,
    when: When,
    run: fn(&mut Context) -> Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// In a quick run only: a part of what the full one does.
    Quick,
    Full,
}

/// The step that later ones need the result of.
const BUILD: &str = "release build";

const STEPS: &[Step] = &[
    // First: where it is out of date, every later step fails for the same reason.
    full("lock file", |_| cargo(&["fetch"])),
    always("format", |_| format()),
    always("lints", |_| lints()),
    Step {
        name: "quick tests",
        when: When::Quick,
        run: |_| quick_tests(),
    },
    full("api docs", |_| api_docs()),
    full("tests", |_| {
        cargo(&["test", "--workspace", "--no-fail-fast"])
    }),
    full("fuzz targets", |_| fuzz_targets()),
    full(BUILD, release_build),
    full("system calls", |context| {
        editor(context, proof::system_calls)
    }),
    full("growth", |context| {
        limited(context, proof::growth, LONG_LIMIT)
    }),
    full("large digests", |context| {
        limited(context, proof::large, LONG_LIMIT)
    }),
    full("supply chain", |context| {
        editor(context, proof::supply_chain)
    }),
    full("neovim, old", |context| neovim(context, &editors::OLD)),
    full("neovim, new", |context| neovim(context, &editors::NEW)),
    // With the tokeniser of TextMate grammars, which the step above has installed.
    // Before the grammars: the comparison needs the tokenizer that this installs.
    full("vscode, checks", |context| vscode(context, vscode::checks)),
    full("grammars", |_| grammars()),
    full("vscode, tests", |context| {
        vscode(context, vscode::local_tests)
    }),
    full("vscode, packages", |context| {
        vscode(context, vscode::packages)
    }),
    full("vscode, old, host", |context| {
        vscode(context, |server| vscode::host_tests("old", server))
    }),
    full("vscode, old, workbench", |context| {
        vscode(context, |server| vscode::workbench_tests("old", server))
    }),
    full("vscode, new, host", |context| {
        vscode(context, |server| vscode::host_tests("new", server))
    }),
    full("vscode, new, workbench", |context| {
        vscode(context, |server| vscode::workbench_tests("new", server))
    }),
    full("helix", |context| editor(context, helix::tests)),
    full("emacs", |context| editor(context, emacs::tests)),
    full("documents", documents),
];

const fn full(name: &'static str, run: fn(&mut Context) -> Outcome) -> Step {
    Step {
        name,
        when: When::Full,
        run,
    }
}

const fn always(name: &'static str, run: fn(&mut Context) -> Outcome) -> Step {
    Step {
        name,
        when: When::Always,
        run,
    }
}

/// What a step leaves to later ones.
#[derive(Debug, Default)]
struct Context {
    /// The program, once it is built.
    server: Option<PathBuf>,
}

/// How a step ended.
#[derive(Debug)]
enum Outcome {
    Ran(Counts),
    /// It could not even begin, or broke off.
    Broke(String),
    Skipped(String),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    n_passed: u64,
    n_failed: u64,
    n_skipped: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.n_passed += other.n_passed;
        self.n_failed += other.n_failed;
        self.n_skipped += other.n_skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            n_passed,
            n_failed,
            n_skipped,
        } = self;
        write!(
            f,
            "{n_passed} passed, {n_failed} failed, {n_skipped} skipped"
        )
    }
}

impl Outcome {
    fn counts(&self) -> Counts {
        match self {
            Self::Ran(counts) => *counts,
            Self::Broke(_) => Counts {
                n_failed: 1,
                ..Counts::default()
            },
            Self::Skipped(_) => Counts {
                n_skipped: 1,
                ..Counts::default()
            },
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ran(Counts {
                n_passed: 1,
                n_failed: 0,
                n_skipped: 0,
            }) => write!(f, "passed"),
            Self::Ran(counts) => write!(f, "{counts}"),
            Self::Broke(reason) => write!(f, "FAILED: {reason}"),
            Self::Skipped(reason) => write!(f, "SKIPPED: {reason}"),
        }
    }
}

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let mut context = Context::default();
    let mut left_out = When::Quick;
    let mut keep_going = false;
    let mut only = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--quick") => left_out = When::Full,
            Some("--keep-going") => keep_going = true,
            Some("--only") => only = arguments.next().and_then(|name| name.to_str()),
            _ => {
                return Err(Failure::Usage(format!(
                    "unknown argument `{}`",
                    argument.display()
                )));
            }
        }
    }

    let mut total = Counts::default();
    let mut summary = String::new();
    let mut failed_step = None;
    let is_wanted =
        |step: &&Step| only.is_none_or(|name| step.name == BUILD || step.name.contains(name));
    for step in STEPS
        .iter()
        .filter(|step| step.when != left_out)
        .filter(is_wanted)
    {
        let started = Instant::now();
        let outcome = match failed_step {
            Some(failed) if !keep_going => {
                Outcome::Skipped(format!("{failed} failed; --keep-going runs the rest"))
            }
            _ => {
                println!("\n==== {}", step.name);
                (step.run)(&mut context)
            }
        };
        let counts = outcome.counts();
        total.add(counts);
        if counts.n_failed > 0 {
            failed_step.get_or_insert(step.name);
        }
        let line = format!(
            "{:<22} {:>7.1} s  {outcome}",
            step.name,
            started.elapsed().as_secs_f64()
        );
        println!("---- {line}");
        summary += &line;
        summary.push('\n');
    }
    println!("\n==== summary\n{summary}\n{total}");
    Ok(if total.n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

// ---- Steps

fn format() -> Outcome {
    // `fmt` knows no `--locked`, and does not look at the lock file.
    let mut command = project::cargo();
    command.args(["fmt", "--all", "--check"]);
    stream(command, None)
}

fn lints() -> Outcome {
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
}

/// The program for libFuzzer, with its interface and without it: that takes a C++ compiler.
fn fuzz_targets() -> Outcome {
    cargo(&[
        "clippy",
        "--package",
        "patch-digest-fuzz",
        "--features",
        "targets",
        "--",
        "-D",
        "warnings",
    ])
}

fn quick_tests() -> Outcome {
    cargo(&[
        "test",
        "-p",
        "patch-digest-core",
        "-p",
        "patch-digest-lsp",
        "--no-fail-fast",
    ])
}

fn api_docs() -> Outcome {
    let mut command = locked_cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    stream(command, None)
}

fn release_build(context: &mut Context) -> Outcome {
    match project::build_server(&["--locked"]) {
        Ok(server) => {
            println!("{}", server.display());
            context.server = Some(server);
            Outcome::Ran(Counts {
                n_passed: 1,
                ..Counts::default()
            })
        }
        Err(problem) => Outcome::Broke(problem),
    }
}

fn neovim(context: &mut Context, copy: &Copy) -> Outcome {
    let Some(server) = &context.server else {
        return Outcome::Skipped("there is no server to try, its build failed".to_owned());
    };
    // On Debian the packages are promised, so that not getting one is a failure.
    let neovim = if editors::is_debian() {
        match copy.get() {
            Ok(neovim) => neovim,
            Err(problem) => return Outcome::Broke(problem),
        }
    } else {
        match editors::ask_version("nvim".as_ref()) {
            Some(neovim) if copy.covers(neovim.version) => neovim,
            Some(neovim) => {
                return Outcome::Skipped(format!(
                    "{} is installed, only Debian has both",
                    neovim.version
                ));
            }
            None => {
                return Outcome::Skipped(
                    "Neovim is not installed, and this is not Debian".to_owned(),
                );
            }
        }
    };
    println!("Neovim {}: {}", neovim.version, neovim.program.display());
    match neovim_tests(&neovim, server) {
        Ok(outcome) => outcome,
        Err(problem) => Outcome::Broke(problem),
    }
}

/// Runs the plugin's tests with an empty environment, so that nothing of the user's plays a part.
fn neovim_tests(neovim: &Neovim, server: &Path) -> Result<Outcome, String> {
    let home = TempDir::new()?;
    project::make_home(home.path())?;
    let mut command = process::Command::new(&neovim.program);
    command
        .args(["--clean", "-l"])
        .arg(project::root().join("tests/editors/nvim/run.lua"))
        .current_dir(home.path())
        .env_clear()
        .envs(project::home_variables(home.path()))
        .env("PATH", project::path_with(server, "/usr/bin:/bin".as_ref()))
        .env("TMPDIR", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "dumb");
    Ok(stream(command, Some(EDITOR_LIMIT)))
}

fn editor(context: &Context, prepare: fn(&Path) -> Result<Prepared, String>) -> Outcome {
    limited(context, prepare, EDITOR_LIMIT)
}

fn limited(
    context: &Context,
    prepare: fn(&Path) -> Result<Prepared, String>,
    limit: Duration,
) -> Outcome {
    let Some(server) = &context.server else {
        return Outcome::Skipped("there is no server to try, its build failed".to_owned());
    };
    match prepare(server) {
        Ok(Prepared::Run(command)) => stream(command, Some(limit)),
        Ok(Prepared::Skip(reason)) => Outcome::Skipped(reason),
        Err(problem) => Outcome::Broke(problem),
    }
}

fn grammars() -> Outcome {
    let copies = [&editors::OLD, &editors::NEW];
    let neovims: Result<Vec<_>, String> = if editors::is_debian() {
        copies.iter().map(|copy| Ok(copy.get()?.program)).collect()
    } else {
        Ok(editors::on_path("nvim").into_iter().collect())
    };
    match neovims.and_then(|neovims| grammars::check(&neovims)) {
        Ok(report) => {
            for problem in &report.problems {
                println!("{problem}");
            }
            Outcome::Ran(Counts {
                n_passed: report.n_passed,
                n_failed: report.problems.len() as u64,
                n_skipped: report.n_skipped,
            })
        }
        Err(problem) => Outcome::Broke(problem),
    }
}

fn vscode(context: &Context, prepare: fn(&Path) -> Result<vscode::Prepared, String>) -> Outcome {
    let Some(server) = &context.server else {
        return Outcome::Skipped("there is no server to try, its build failed".to_owned());
    };
    match prepare(server) {
        Ok(vscode::Prepared::Run(command)) => stream(command, Some(VSCODE_LIMIT)),
        Ok(vscode::Prepared::Skip(reason)) => Outcome::Skipped(reason),
        Err(problem) => Outcome::Broke(problem),
    }
}

fn documents(context: &mut Context) -> Outcome {
    match docs::check(&project::root(), context.server.as_deref()) {
        Ok(report) => {
            for problem in &report.problems {
                println!("{problem}");
            }
            println!("{} commands and links looked at", report.n_checked);
            let n_failed = report.problems.len() as u64;
            Outcome::Ran(Counts {
                n_passed: u64::from(n_failed == 0),
                n_failed,
                n_skipped: 0,
            })
        }
        Err(error) => Outcome::Broke(format!("reading the documents: {error}")),
    }
}

// ---- Running programs

/// The subcommand of cargo, held to the lock file.
fn locked_cargo(arguments: &[&str]) -> process::Command {
    let (subcommand, rest) = arguments.split_at(1);
    let mut command = project::cargo();
    command.args(subcommand).arg("--locked").args(rest);
    command
}

fn cargo(arguments: &[&str]) -> Outcome {
    stream(locked_cargo(arguments), None)
}

/// Runs `command`, shows what it says while it says it, and counts the tests it tells of.
fn stream(mut command: process::Command, limit: Option<Duration>) -> Outcome {
    let program = Path::new(command.get_program())
        .file_stem()
        .unwrap_or_default();
    let arguments: Vec<_> = command.get_args().map(project::shell_word).collect();
    let name = format!("{} {}", program.display(), arguments.join(" "));
    println!("$ {name}");

    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            return Outcome::Broke(format!(
                "starting {}: {error}",
                command.get_program().display()
            ));
        }
    };
    let (send, receive) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || send.send(echo(output, io::stdout())));
    }
    // The output ends when the program and all it started are gone.
    let counts = match limit {
        Some(limit) => receive.recv_timeout(limit).ok(),
        None => receive.recv().ok(),
    };
    let Some(counts) = counts else {
        // Nothing can be done about a program that will not be killed.
        let _ = child.kill();
        let _ = child.wait();
        return Outcome::Broke(format!(
            "stopped after {} s",
            limit.unwrap_or_default().as_secs()
        ));
    };
    match child.wait() {
        Ok(status) if status.success() && counts == Counts::default() => Outcome::Ran(Counts {
            n_passed: 1,
            ..counts
        }),
        Ok(status) if status.success() || counts.n_failed > 0 => Outcome::Ran(counts),
        // Tests that do not compile, or a crash between them.
        Ok(status) => Outcome::Broke(format!("`{name}` ended with {status}")),
        Err(error) => Outcome::Broke(format!("waiting for `{name}`: {error}")),
    }
}

/// Copies `output` to `screen` line by line, and adds up what it says about tests.
fn echo(output: impl Read, mut screen: impl Write) -> Counts {
    let mut counts = Counts::default();
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while matches!(output.read_until(b'\n', &mut line), Ok(n_bytes) if n_bytes > 0) {
        // Whoever closed our output still wants the exit code.
        let _ = screen.write_all(&line).and_then(|()| screen.flush());
        counts.add(counts_in(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    counts
}

/// What one line of cargo's test runner, of `run.lua`, or of the extension's tests, says about tests.
fn counts_in(line: &str) -> Counts {
    let mut counts = Counts::default();
    if line.starts_with("ok   ") {
        counts.n_passed = 1;
    } else if line.starts_with("FAIL ") {
        counts.n_failed = 1;
    } else if let Some((_, rest)) = line.split_once("test result: ") {
        // "ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s"
        let (_, rest) = rest.split_once(". ").unwrap_or_default();
        for part in rest.split("; ") {
            match part.split_once(' ') {
                Some((number, "passed")) => counts.n_passed = number.parse().unwrap_or(0),
                Some((number, "failed")) => counts.n_failed = number.parse().unwrap_or(0),
                Some((number, "ignored")) => counts.n_skipped = number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &str) {
        let mut screen = Vec::new();
        assert_eq!(echo(output.as_bytes(), &mut screen).to_string(), expected);
        assert_eq!(screen, output.as_bytes());
    }

    #[test]
    fn cargo_results_are_added_up() {
        check(
            "running 3 tests\n\
             test a ... ok\n\
             test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
            "6 passed, 2 failed, 1 skipped",
        );
    }

    #[test]
    fn neovim_results_are_added_up() {
        check(
            "ok   a: b\nFAIL a: c\n     expected 1\nok   a: d",
            "2 passed, 1 failed, 0 skipped",
        );
    }

    #[test]
    fn other_output_counts_nothing() {
        check("okay\nFAILED?\n\u{fffd}", "0 passed, 0 failed, 0 skipped");
    }

    #[cfg(unix)]
    fn check_shell(script: &str, limit: Option<Duration>, expected: &str) {
        let mut command = process::Command::new("sh");
        command.args(["-c", script]);
        let outcome = stream(command, limit);
        assert!(outcome.to_string().starts_with(expected), "{outcome}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_without_tests_is_one_check() {
        check_shell("exit 0", None, "passed");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_fails_is_one_failure() {
        check_shell("exit 3", None, "FAILED: `sh -c 'exit 3'` ended with");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped() {
        check_shell(
            "exec sleep 600",
            Some(Duration::from_secs(1)),
            "FAILED: stopped after 1 s",
        );
    }
}
