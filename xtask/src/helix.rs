//! Helix: the step of `cargo xtask test` and `cargo xtask open --editor hx`.
//!
//! Helix gets a home of its own with what a user would put into his, from `editors/helix`. The
//! tests themselves are in `tests/editors/helix/run.sh`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::editors::{self, Prepared};
use crate::project::{self, TempDir};

/// Names that the program has.
const NAMES: &[&str] = &["hx", "helix"];

pub(crate) fn is_helix(editor: &OsStr) -> bool {
    Path::new(editor)
        .file_stem()
        .is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// The tests, in a recent Helix.
pub(crate) fn tests(server: &Path) -> Result<Prepared, String> {
    let helix = if editors::is_debian() {
        private_copy()?
    } else {
        let installed = NAMES.iter().find_map(|name| editors::on_path(name));
        match installed {
            Some(_) if editors::on_path("tmux").is_none() => {
                return Ok(Prepared::Skip("tmux is not installed".to_owned()));
            }
            Some(helix) => helix,
            None => return Ok(Prepared::Skip("Helix is not installed".to_owned())),
        }
    };
    let mut command = Command::new("bash");
    command
        .arg(project::root().join("tests/editors/helix/run.sh"))
        .args([&helix, server]);
    Ok(Prepared::Run(command))
}

fn private_copy() -> Result<PathBuf, String> {
    Ok(editors::fetch("forky", "hx", &["hx"])?.join("usr/bin/hx"))
}

/// Shows `files` in `editor`; where that is only a name, and not installed, in a private copy.
pub(crate) fn open(editor: &OsStr, server: &Path, files: &[PathBuf]) -> Result<ExitCode, String> {
    let installed = NAMES.iter().find_map(|name| editors::on_path(name));
    let is_name = NAMES.iter().any(|name| editor == *name);
    let helix = match installed {
        _ if !is_name => editor.into(),
        Some(installed) => installed,
        None if editors::is_debian() => private_copy()?,
        None => return Err("Helix is not installed".to_owned()),
    };
    let home = TempDir::new()?;
    project::make_home(home.path())?;
    configure(&home.path().join("config/helix"))
        .map_err(|error| format!("writing the configuration of Helix: {error}"))?;
    let helix = |arguments: &[&OsStr]| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new(&helix);
        command
            .args(arguments)
            // Set by cargo for us; Helix would take it for its own checkout.
            .env_remove("CARGO_MANIFEST_DIR")
            .env_remove("HELIX_RUNTIME")
            .envs(project::home_variables(home.path()))
            .env("PATH", project::path_with(server, &path));
        editors::run(&mut command)
    };
    eprintln!("xtask open: building the grammar");
    helix(&["--grammar".as_ref(), "build".as_ref()])?;
    helix(
        &files
            .iter()
            .map(|file| file.as_os_str())
            .collect::<Vec<_>>(),
    )
}

/// Makes the configuration in `folder`, as `docs/editors.md` says.
fn configure(folder: &Path) -> std::io::Result<()> {
    let root = project::root();
    let queries = folder.join("runtime/queries/patchdigest");
    fs::create_dir_all(&queries)?;
    fs::create_dir_all(folder.join("runtime/grammars"))?;
    for query in project::files_below(&root.join("editors/helix/queries/patchdigest"), "scm")? {
        fs::copy(&query, queries.join(query.file_name().unwrap_or_default()))?;
    }
    let languages = fs::read_to_string(root.join("editors/helix/languages.toml"))?
        .replace("/path/to/patch-digest/", &format!("{}/", root.display()))
        // What is opened here is a digest, whatever its name.
        .replace("digests/*.txt", "**/*");
    // Else the grammars of all other languages would be built as well.
    let languages = format!("use-grammars = {{ only = [\"patchdigest\"] }}\n{languages}");
    fs::write(folder.join("languages.toml"), languages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helix_goes_by_two_names() {
        for (editor, expected) in [("hx", true), ("/opt/bin/helix", true), ("nvim", false)] {
            assert_eq!(is_helix(editor.as_ref()), expected, "{editor}");
        }
    }

    #[test]
    fn the_configuration_names_this_checkout() {
        let home = TempDir::new().unwrap();
        configure(home.path()).unwrap();
        let languages = fs::read_to_string(home.path().join("languages.toml")).unwrap();
        assert!(!languages.contains("/path/to/"), "{languages}");
        assert!(languages.starts_with("use-grammars"), "{languages}");
        let queries = home.path().join("runtime/queries/patchdigest");
        assert!(queries.join("highlights.scm").exists());
    }
}
