//! `cargo xtask open`: tries the working tree in a real editor, without touching anything of the
//! user's. What is installed is preferred; VS Code is in `vscode.rs`, Helix and Emacs in files of
//! their own as well.
//!
//! Neovim is started with a temporary folder as its home, our plugin on its path and the server
//! just built in front of `PATH`. Without an editor, or without a terminal to show it in, the
//! command line's outline and findings are shown instead. Nothing but the edited files is ever
//! written. What the editor adds for the occasion is in `open.lua`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf, absolute};
use std::process::{self, ExitCode, Stdio};

use crate::editors::{self, Neovim};
use crate::project::{self, TempDir};
use crate::{Command, Failure, emacs, helix, vscode};

pub(crate) const COMMAND: Command = Command {
    name: "open",
    arguments: "[FILE...] [--editor nvim|code|hx|emacs] [--print]",
    summary: "open digests in an editor with the server of this checkout",
    details: "  FILE            digests to open; by default those in tests/corpus
  --editor NVIM   the Neovim to take: a name on PATH or a path, 0.10 or later
  --editor CODE   the VS Code to take, 1.96 or later; `code`, where none is installed, serves one
                  from npm on this machine and prints its address
  --editor hx     Helix, 25.01 or later; `emacs` for Emacs, 29.1 or later
  --print         only print the command line of Neovim, build and start nothing

Your own configuration is neither read nor written. By default Neovim is taken, else VS Code, where
one of them is installed; else Debian users get a private copy of Neovim. Without a terminal,
outline and findings are printed instead.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::parse(arguments).map_err(Failure::Usage)?;
    let files = options.files().map_err(Failure::Failed)?;
    if options.print {
        let program = options.editor.unwrap_or_else(|| "nvim".into());
        let launch = Launch::new(
            &program,
            &TempDir::planned(),
            &project::planned_server(),
            &files,
        );
        println!("{launch}");
        return Ok(ExitCode::SUCCESS);
    }

    let server = project::build_server(&[]).map_err(Failure::Failed)?;
    if let Some(code) = options
        .editor
        .as_deref()
        .filter(|name| vscode::is_code(name))
    {
        return vscode::open(code, &server, &files).map_err(Failure::Failed);
    }
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        eprintln!(
            "xtask open: this is no terminal, so no editor is started; outline and findings instead:"
        );
        return print_instead(&server, &files).map_err(Failure::Failed);
    }
    match options.editor.as_deref() {
        Some(name) if helix::is_helix(name) => {
            return helix::open(name, &server, &files).map_err(Failure::Failed);
        }
        Some(name) if emacs::is_emacs(name) => {
            return emacs::open(name, &server, &files).map_err(Failure::Failed);
        }
        _ => {}
    }
    let has_neovim = || editors::ask_version("nvim".as_ref()).is_some();
    if options.editor.is_none()
        && !has_neovim()
        && let Some(code) = vscode::installed()
    {
        return vscode::open(code.as_os_str(), &server, &files).map_err(Failure::Failed);
    }
    let neovim = match choose(options.editor.as_deref()) {
        Ok(neovim) => neovim,
        Err(problem) if options.editor.is_none() => {
            eprintln!("xtask open: {problem}; outline and findings instead:");
            return print_instead(&server, &files).map_err(Failure::Failed);
        }
        Err(problem) => return Err(Failure::Failed(problem)),
    };
    start(&neovim, &server, &files).map_err(Failure::Failed)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    files: Vec<PathBuf>,
    editor: Option<OsString>,
    print: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        let mut only_files = false;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                _ if only_files => options.files.push(argument.into()),
                Some("--") => only_files = true,
                Some("--print") => options.print = true,
                Some("--editor") => {
                    let editor = arguments.next().ok_or("--editor needs a name or a path")?;
                    options.editor = Some(editor.clone());
                }
                Some(flag) if flag.starts_with('-') => {
                    return Err(format!("unknown option `{flag}`"));
                }
                _ => options.files.push(argument.into()),
            }
        }
        match &options.editor {
            // Only what is called so is known to take the arguments.
            Some(editor) if !is_known(editor) => Err(format!(
                "`{}` is not supported; expected `nvim`, `code`, `hx`, `emacs`, or a path that ends so",
                editor.display()
            )),
            Some(editor) if !is_neovim(editor) && options.print => {
                Err("--print knows the command line of Neovim only".to_owned())
            }
            _ => Ok(options),
        }
    }

    /// The files to open, as absolute paths.
    fn files(&self) -> Result<Vec<PathBuf>, String> {
        if self.files.is_empty() {
            let corpus = project::root().join("tests/corpus");
            let reading = |error| format!("reading {}: {error}", corpus.display());
            return project::files_below(&corpus, "txt").map_err(reading);
        }
        let named = self.files.iter().map(|file| {
            if !file.is_file() {
                return Err(format!("{}: no such file", file.display()));
            }
            absolute(file).map_err(|error| format!("{}: {error}", file.display()))
        });
        named.collect()
    }
}

fn is_known(editor: &OsStr) -> bool {
    is_neovim(editor)
        || vscode::is_code(editor)
        || helix::is_helix(editor)
        || emacs::is_emacs(editor)
}

fn is_neovim(editor: &OsStr) -> bool {
    Path::new(editor)
        .file_stem()
        .is_some_and(|name| name.to_string_lossy().starts_with("nvim"))
}

/// The Neovim to start: the one asked for, else the one installed, else a private copy.
fn choose(asked_for: Option<&OsStr>) -> Result<Neovim, String> {
    let oldest = editors::OLDEST;
    let program = asked_for.unwrap_or(OsStr::new("nvim"));
    let problem = match editors::ask_version(program) {
        Some(neovim) if neovim.version >= oldest => return Ok(neovim),
        Some(neovim) => {
            format!(
                "`{}` is Neovim {}, {oldest} or later is needed",
                program.display(),
                neovim.version
            )
        }
        None if asked_for.is_some() => format!("`{}` does not run", program.display()),
        None => "Neovim is not installed".to_owned(),
    };
    // A bare name asks for any Neovim.
    if program == "nvim" && editors::is_debian() {
        eprintln!("xtask open: {problem}; taking a private copy");
        return editors::NEW.get();
    }
    Err(format!(
        "{problem}: install Neovim {oldest} or later, or name one with --editor"
    ))
}

fn start(neovim: &Neovim, server: &Path, files: &[PathBuf]) -> Result<ExitCode, String> {
    let home = TempDir::new()?;
    project::make_home(home.path())?;
    let launch = Launch::new(neovim.program.as_os_str(), home.path(), server, files);
    let status = launch.command().status();
    let status =
        status.map_err(|error| format!("starting {}: {error}", neovim.program.display()))?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("{} ended with {status}", neovim.program.display()))
}

/// Shows what the editor would have shown, as far as a terminal can.
fn print_instead(server: &Path, files: &[PathBuf]) -> Result<ExitCode, String> {
    for (subcommand, has_answer) in [("outline", [Some(0), None]), ("check", [Some(0), Some(1)])] {
        println!("\n$ {} {subcommand} ...", project::SERVER);
        let status = process::Command::new(server)
            .arg(subcommand)
            .args(files)
            .stdin(Stdio::null())
            .status()
            .map_err(|error| format!("starting {}: {error}", server.display()))?;
        // `check` ends with 1 when it found something, which is fine here.
        if status.code().is_none() || !has_answer.contains(&status.code()) {
            return Err(format!(
                "`{} {subcommand}` ended with {status}",
                project::SERVER
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A command line with its environment, to be run or to be printed.
#[derive(Debug)]
struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
    /// Variables that would lead the editor to the user's files, or to another Neovim's.
    without: &'static [&'static str],
    with: Vec<(&'static str, OsString)>,
}

impl Launch {
    fn new(program: &OsStr, home: &Path, server: &Path, files: &[PathBuf]) -> Self {
        let root = project::root();
        // `--clean` leaves out the user's files, `-n` the swap file beside the digest.
        let mut arguments: Vec<OsString> = vec!["--clean".into(), "-n".into()];
        arguments.extend([
            "--cmd".into(),
            set_runtime_path(&root.join("editors/neovim")),
        ]);
        arguments.extend([
            "-u".into(),
            root.join("xtask/src/open.lua").into(),
            "--".into(),
        ]);
        arguments.extend(files.iter().map(OsString::from));

        let mut with = project::home_variables(home);
        let path = env::var_os("PATH").unwrap_or_default();
        with.push(("PATH", project::path_with(server, &path)));
        Self {
            program: program.to_owned(),
            arguments,
            without: &[
                "VIMINIT",
                "EXINIT",
                "VIM",
                "VIMRUNTIME",
                "MYVIMRC",
                "NVIM_APPNAME",
                "NVIM_LOG_FILE",
            ],
            with,
        }
    }

    fn command(&self) -> process::Command {
        let mut command = process::Command::new(&self.program);
        command.args(&self.arguments);
        for name in self.without {
            command.env_remove(name);
        }
        command.envs(self.with.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// As one line for a POSIX shell.
impl std::fmt::Display for Launch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "env")?;
        for name in self.without {
            write!(f, " -u {name}")?;
        }
        for (name, value) in &self.with {
            write!(f, " {name}={}", project::shell_word(value))?;
        }
        write!(f, " {}", project::shell_word(&self.program))?;
        for argument in &self.arguments {
            write!(f, " {}", project::shell_word(argument))?;
        }
        Ok(())
    }
}

/// The `:set` command that puts `plugin` on the runtime path. Ex commands end an option's value
/// at a space, and the option splits it at commas.
fn set_runtime_path(plugin: &Path) -> OsString {
    let mut command = "set rtp^=".to_owned();
    for letter in plugin.to_string_lossy().chars() {
        match letter {
            ' ' | '\\' | '|' | '"' => command.extend(['\\', letter]),
            ',' => command.push_str(r"\\,"),
            _ => command.push(letter),
        }
    }
    command.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let arguments: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn options_and_files_mix() {
        let options = parse("a.txt --print b.txt --editor /opt/bin/nvim -- --print").unwrap();
        assert_eq!(
            options.files,
            ["a.txt", "b.txt", "--print"].map(PathBuf::from)
        );
        assert_eq!(options.editor, Some("/opt/bin/nvim".into()));
        assert!(options.print);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problem = |line| parse(line).unwrap_err();
        assert_eq!(problem("--fast"), "unknown option `--fast`");
        assert_eq!(problem("--editor"), "--editor needs a name or a path");
        assert_eq!(
            problem("--editor code --print"),
            "--print knows the command line of Neovim only"
        );
        assert_eq!(
            problem("--editor ed"),
            "`ed` is not supported; expected `nvim`, `code`, `hx`, `emacs`, or a path that ends so"
        );
    }

    #[test]
    fn the_digests_of_the_project_are_opened_by_default() {
        let files = Options::default().files().unwrap();
        assert!(!files.is_empty());
        assert!(
            files
                .iter()
                .all(|file| file.is_absolute() && file.is_file())
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let options = parse("no/such.txt").unwrap();
        assert_eq!(options.files(), Err("no/such.txt: no such file".to_owned()));
    }

    #[test]
    fn the_user_has_nothing_to_fear() {
        let home = Path::new("/tmp/home");
        let launch = Launch::new(
            "nvim".as_ref(),
            home,
            Path::new("/build/patch-digest"),
            &["/d.txt".into()],
        );
        let line = launch.to_string();
        assert!(line.starts_with("env -u VIMINIT "), "{line}");
        assert!(
            line.contains(" HOME=/tmp/home XDG_CONFIG_HOME=/tmp/home/config "),
            "{line}"
        );
        assert!(
            line.contains(" PATH=/build:") || line.contains(" PATH='/build:"),
            "{line}"
        );
        assert!(line.contains(" nvim --clean -n --cmd 'set rtp^="), "{line}");
        assert!(line.ends_with("/xtask/src/open.lua -- /d.txt"), "{line}");
    }

    #[test]
    fn any_folder_can_be_put_on_the_runtime_path() {
        let path = set_runtime_path(Path::new("/a b/c,d"));
        assert_eq!(path, r"set rtp^=/a\ b/c\\,d");
    }
}
