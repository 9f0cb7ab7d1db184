//! Finds editors: those installed, or private copies of Debian packages, made by
//! `tests/editors/get-editor.sh`. Which Neovims the plugin works with stands here too.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::project;

/// A release of Neovim, as in `v0.10.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u32, u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The oldest release the plugin works with.
pub(crate) const OLDEST: Version = Version(0, 10, 0);

#[derive(Debug)]
pub(crate) struct Neovim {
    pub(crate) program: PathBuf,
    pub(crate) version: Version,
}

/// A private copy that can be made on Debian.
#[derive(Debug)]
pub(crate) struct Copy {
    /// The folder's name in the cache.
    name: &'static str,
    suite: &'static str,
    /// The releases it may turn out to be: from the first one up to, not including, the second.
    /// Packages move on, so no release is named exactly.
    range: (Version, Version),
}

/// The last one without `vim.lsp.enable`.
pub(crate) const OLD: Copy = Copy {
    name: "nvim-0.10",
    suite: "trixie",
    range: (OLDEST, Version(0, 11, 0)),
};

/// A recent one. The codename stays valid when the suite becomes stable.
pub(crate) const NEW: Copy = Copy {
    name: "nvim-0.12",
    suite: "forky",
    range: (Version(0, 11, 0), Version(u32::MAX, 0, 0)),
};

impl Copy {
    /// Makes the copy unless it is there.
    pub(crate) fn get(&self) -> Result<Neovim, String> {
        let folder = fetch(self.suite, self.name, &["neovim"])?;
        let program = folder.join("usr/bin/nvim");
        let neovim = ask_version(program.as_os_str()).ok_or_else(|| {
            format!(
                "{} does not run; delete {}",
                program.display(),
                folder.display()
            )
        })?;
        if self.covers(neovim.version) {
            Ok(neovim)
        } else {
            let (from, below) = self.range;
            Err(format!(
                "Debian {} has Neovim {}, expected {from} up to {below}: name another suite in {}",
                self.suite,
                neovim.version,
                file!()
            ))
        }
    }

    pub(crate) fn covers(&self, version: Version) -> bool {
        self.range.0 <= version && version < self.range.1
    }
}

/// Makes a private copy of Debian packages unless it is there; the folder it is in.
pub(crate) fn fetch(suite: &str, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let script = project::root().join("tests/editors/get-editor.sh");
    let output = Command::new("bash")
        .arg(&script)
        .args([suite, name])
        .args(packages)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("starting {}: {error}", script.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().into());
    }
    Err(format!(
        "could not get {} of Debian {suite}, see above",
        packages.join(" ")
    ))
}

/// A step of `cargo xtask test` that can run, or why it cannot on this machine.
#[derive(Debug)]
pub(crate) enum Prepared {
    Run(Command),
    Skip(String),
}

/// Runs an editor that takes the terminal over.
pub(crate) fn run(command: &mut Command) -> Result<ExitCode, String> {
    let program = PathBuf::from(command.get_program());
    let status = command
        .status()
        .map_err(|error| format!("starting {}: {error}", program.display()))?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("{} ended with {status}", program.display()))
}

/// Where the program `name` is found on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|program| program.is_file())
}

/// Whether private copies can be made here. Its derivatives have mirrors without the suites.
pub(crate) fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}

/// The Neovim called `program`, a name to be found on `PATH` or a path; `None` if it does not run.
pub(crate) fn ask_version(program: &OsStr) -> Option<Neovim> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Neovim {
        program: program.into(),
        version,
    })
}

/// Reads `NVIM v0.10.4` or `NVIM v0.13.0-dev-123+gabcdef`.
fn parse_version(text: &str) -> Option<Version> {
    let numbers = text.lines().next()?.strip_prefix("NVIM v")?;
    let end = numbers.find(|letter: char| letter != '.' && !letter.is_ascii_digit());
    let mut numbers = numbers[..end.unwrap_or(numbers.len())]
        .split('.')
        .map(|number| number.parse().ok());
    Some(Version(
        numbers.next()??,
        numbers.next()??,
        numbers.next()??,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let check = |text, expected| assert_eq!(parse_version(text), expected, "{text}");
        check(
            "NVIM v0.10.4\nBuild type: Release\n",
            Some(Version(0, 10, 4)),
        );
        check("NVIM v0.13.0-dev-1234+gabcdef0\n", Some(Version(0, 13, 0)));
        check("VIM - Vi IMproved 9.0\n", None);
        check("NVIM v0.10\n", None);
        check("", None);
    }

    #[test]
    fn copies_meet_without_overlap() {
        for (version, expected) in [
            (Version(0, 9, 5), (false, false)),
            (Version(0, 10, 0), (true, false)),
            (Version(0, 10, 9), (true, false)),
            (Version(0, 11, 0), (false, true)),
            (Version(1, 0, 0), (false, true)),
        ] {
            assert_eq!(
                (OLD.covers(version), NEW.covers(version)),
                expected,
                "{version}"
            );
        }
    }
}
