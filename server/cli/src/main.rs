//! `patch-digest`: outline, check and serve mailing-list patch digests.

mod at_once;
mod check;
mod color;
mod config;
mod explain;
mod folder;
mod history;
mod history_json;
mod input;
mod json;
mod outline;
mod output;
mod progress;
mod queue;
mod settings;
mod shell;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::check::CheckArgs;
use crate::config::ConfigArgs;

/// Read digests of mailing lists: outline them, check them, serve them to an editor.
///
/// A digest is a text file whose first line is `From <commit> to <commit>`: it lists the patches
/// that reached a mailing list between two commits of its archive.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
#[command(after_help = "Examples:
  patch-digest outline kvm.txt                 who posted what
  patch-digest check *.txt                     what is broken, with exit code 1 if something is
  git show HEAD:kvm.txt | patch-digest check - the same for standard input
  patch-digest history digests/                which series came back, and what changed
  patch-digest since digests/ preempt v2       one series: what changed since its v2
  patch-digest lsp                             the language server, on standard input and output

Exit codes:
  0  nothing found at warning (or --fail-on) or above
  1  something found
  2  a file could not be read, the output could not be written, or bad usage")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check digests: what is broken, and what can be put right.
    ///
    /// A summary follows on standard error. Lines and columns count from 1, columns in characters.
    Check(CheckArgs),
    /// Show what holds in a folder, out of all files with settings, and where it was set.
    ///
    /// Exit code 1 tells that something in a file was not understood.
    Config(ConfigArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Explain a rule: what it finds and why, with examples.
    Explain {
        /// Its code.
        rule: String,
    },
    /// Print the manual page, or that of a command.
    Man {
        /// The command.
        command: Option<String>,
    },
    /// List the series and patches of digests.
    Outline {
        /// Digests; `-` is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// `text` is a tree for people; `json` one object per file, one per line.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// List what concerns you: the newest version of every series, by what to do about it.
    ///
    /// What concerns you is set in `queue.watch` of your settings; marks are made in an editor.
    Queue(queue::Wanted),
    /// List the rules, with their severity for readers and makers.
    Rules,
    /// List the series of a folder's digests with their versions, or one series in full.
    ///
    /// Digests are found by their content, in folders below as well. Without SERIES, every series
    /// of which more than one version is known, those posted last first. With SERIES, a page: its
    /// versions, what changed, which patch is in which version, the changelogs.
    History {
        /// A folder with digests.
        folder: PathBuf,
        /// Words of its title; the whole title where several have them.
        series: Option<String>,
        /// `text` is for people; `json` one object per series, one per line.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Tell what changed in a series since a version: files that grew or shrank, patches that
    /// came, went or were renamed.
    Since {
        /// A folder with digests.
        folder: PathBuf,
        /// Words of the series' title; the whole title where several have them.
        series: String,
        /// The version to compare with: `v2`, `2`, `RFC v1`. Without it, the one before the newest
        /// that the digests show.
        version: Option<String>,
        /// `text` is for people; `json` one object.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// List the digests of a folder in their order, with gaps and forks between their ranges.
    Chain {
        /// A folder with digests.
        folder: PathBuf,
        /// `text` is for people; `json` one object per run of digests without a gap, one per line.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Serve an editor: the language server, on standard input and output.
    Lsp {
        /// Accepted because editors pass it; standard input and output are all there is.
        #[arg(long)]
        stdio: bool,
        /// Accepted because editors pass it; the `initialize` request names the process too.
        #[arg(long = "clientProcessId", value_name = "PID")]
        client_process_id: Option<u32>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Nothing at warning (or `--fail-on`) or above.
const CLEAN: u8 = 0;
/// Something found.
const FOUND: u8 = 1;
/// A file could not be read, the output could not be written, or bad usage.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    ExitCode::from(match args.command {
        Command::Check(args) => check::run(&args),
        Command::Completions { shell } => shell::completions(shell),
        Command::Config(args) => config::run(&args),
        Command::Explain { rule } => explain::run(&rule),
        Command::Man { command } => shell::man(command.as_deref()),
        Command::Rules => explain::list(),
        Command::Outline { files, format } => outline::run(&files, format),
        Command::Queue(wanted) => queue::run(&wanted),
        Command::History {
            folder,
            series,
            format,
        } => history::history(&folder, series.as_deref(), format),
        Command::Since {
            folder,
            series,
            version,
            format,
        } => history::since(&folder, &series, version.as_deref(), format),
        Command::Chain { folder, format } => history::chain(&folder, format),
        Command::Lsp { .. } => lsp(),
    })
}

/// Serves on standard input and output. Panics are kept off standard error, where editors show
/// each line as an error: the client gets an answer that tells of them.
fn lsp() -> u8 {
    patch_digest_lsp::transport::install_quiet_panic_hook(|_| {});
    let (input, output) = (std::io::stdin(), std::io::stdout());
    match (unbuffered(&input), unbuffered(&output)) {
        (Some(input), Some(output)) => patch_digest_lsp::serve(input, output),
        _ => patch_digest_lsp::serve(input, output),
    }
}

/// A standard stream without the buffer of the library: the server has its own, and that of
/// standard output would write each header by itself.
#[cfg(unix)]
fn unbuffered(stream: &impl std::os::fd::AsFd) -> Option<std::fs::File> {
    let stream = stream.as_fd().try_clone_to_owned().ok()?;
    Some(stream.into())
}

#[cfg(not(unix))]
fn unbuffered<T>(_: &T) -> Option<std::fs::File> {
    None
}
