//! The project's chores, run as `cargo xtask COMMAND`; `cargo xtask help` lists them.
//!
//! A command is a row of [`COMMANDS`] and a file of its own. Nothing here may depend on the
//! project's crates: `cargo xtask test` has to run, and to say so, when they do not compile.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the chores talk to the developer in the terminal"
)]

mod bench_lsp;
mod docs;
mod editors;
mod emacs;
mod fuzz;
mod fuzz_targets;
mod grammars;
mod helix;
mod open;
mod project;
mod proof;
mod reference;
mod soak;
mod test;
mod vscode;

use std::ffi::OsString;
use std::process::ExitCode;

/// Something that can be asked for on the command line.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// What may follow the name.
    pub(crate) arguments: &'static str,
    /// One line for the list of commands.
    pub(crate) summary: &'static str,
    /// What `cargo xtask NAME --help` adds to that.
    pub(crate) details: &'static str,
    pub(crate) run: fn(&[OsString]) -> Result<ExitCode, Failure>,
}

/// Why a command ended early, in words for the developer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line made no sense. Exit code 2.
    Usage(String),
    /// What was asked for could not be done. Exit code 1.
    Failed(String),
}

pub(crate) const COMMANDS: &[Command] = &[
    open::COMMAND,
    test::COMMAND,
    fuzz::COMMAND,
    fuzz_targets::COMMAND,
    soak::COMMAND,
    bench_lsp::COMMAND,
    grammars::COMMAND,
    reference::COMMAND,
    vscode::SCREENSHOTS,
    Command {
        name: "help",
        arguments: "",
        summary: "list the commands",
        details: "`cargo xtask COMMAND --help` tells more about one of them.",
        run: |_| {
            print!("{}", overview());
            Ok(ExitCode::SUCCESS)
        },
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(name) = arguments.next() else {
        eprint!("{}", overview());
        return ExitCode::from(2);
    };
    let name = match name.to_str() {
        Some("--help" | "-h") => "help",
        Some(name) => name,
        None => "",
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("xtask: there is no command `{name}`\n\n{}", overview());
        return ExitCode::from(2);
    };

    let arguments: Vec<OsString> = arguments.collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!("{}\n\n{}", usage(command), command.details);
        return ExitCode::SUCCESS;
    }
    match (command.run)(&arguments) {
        Ok(code) => code,
        Err(Failure::Usage(problem)) => {
            eprintln!("xtask {name}: {problem}\n{}", usage(command));
            ExitCode::from(2)
        }
        Err(Failure::Failed(problem)) => {
            eprintln!("xtask {name}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn usage(command: &Command) -> String {
    format!("usage: cargo xtask {} {}", command.name, command.arguments)
        .trim_end()
        .to_owned()
}

fn overview() -> String {
    let mut text = "usage: cargo xtask COMMAND ...\n\n".to_owned();
    for command in COMMANDS {
        text += &format!("  {:<12} {}\n", command.name, command.summary);
    }
    text + "\n`cargo xtask COMMAND --help` tells more about one of them.\n"
}
