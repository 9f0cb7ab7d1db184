//! Emacs: the step of `cargo xtask test` and `cargo xtask open --editor emacs`.
//!
//! The tests themselves are in `tests/editors/emacs/run.el`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::editors::{self, Prepared};
use crate::project::{self, TempDir};

pub(crate) fn is_emacs(editor: &OsStr) -> bool {
    Path::new(editor)
        .file_stem()
        .is_some_and(|name| name.to_string_lossy().starts_with("emacs"))
}

/// The tests, in Emacs 30 on Debian, elsewhere in what is installed.
pub(crate) fn tests(server: &Path) -> Result<Prepared, String> {
    let emacs = if editors::is_debian() {
        private_copy()?
    } else {
        match editors::on_path("emacs") {
            Some(emacs) => emacs,
            None => return Ok(Prepared::Skip("Emacs is not installed".to_owned())),
        }
    };
    let mut command = Command::new("bash");
    // A home that is gone afterwards, as Emacs leaves files in it.
    command
        .args([
            "-c",
            r#"HOME=$(mktemp -d); export HOME; "$@"; code=$?; rm -rf "$HOME"; exit $code"#,
        ])
        .arg("emacs")
        .arg(emacs)
        .args(["-Q", "--batch", "-l"])
        .arg(project::root().join("tests/editors/emacs/run.el"))
        .env("PATH", project::path_with(server, "/usr/bin:/bin".as_ref()))
        .env("LC_ALL", "C.UTF-8");
    Ok(Prepared::Run(command))
}

fn private_copy() -> Result<PathBuf, String> {
    let folder = editors::fetch("bookworm-backports", "emacs", &["emacs-nox"])?;
    Ok(folder.join("usr/bin/emacs"))
}

/// Shows `files` in `editor`; where that is only a name, and not installed, in a private copy.
pub(crate) fn open(editor: &OsStr, server: &Path, files: &[PathBuf]) -> Result<ExitCode, String> {
    let emacs = match editors::on_path("emacs") {
        _ if editor != "emacs" => editor.into(),
        Some(installed) => installed,
        None if editors::is_debian() => private_copy()?,
        None => return Err("Emacs is not installed".to_owned()),
    };
    let home = TempDir::new()?;
    project::make_home(home.path())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(emacs);
    command
        .args(["-nw", "-Q", "-l"])
        .arg(project::root().join("editors/emacs/patch-digest-mode.el"))
        .args(files)
        .envs(project::home_variables(home.path()))
        .env("PATH", project::path_with(server, &path));
    editors::run(&mut command)
}
