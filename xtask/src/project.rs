//! What several commands need to know of the project and of the machine: where things are, how
//! the server is built, temporary folders, command lines in print.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

/// The package and the program that the language server and the command line are in.
pub(crate) const SERVER: &str = "patch-digest";

/// The top folder of the checkout.
pub(crate) fn root() -> PathBuf {
    // Cargo says it when it runs a program; the folder this was compiled in may have moved.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package)
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The cargo that started us, in the top folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the program as users get it and tells where it is.
pub(crate) fn build_server(arguments: &[&str]) -> Result<PathBuf, String> {
    build_program(SERVER, SERVER, arguments)
}

/// Builds one program of a package, optimised, and tells where it is.
pub(crate) fn build_program(
    package: &str,
    name: &str,
    arguments: &[&str],
) -> Result<PathBuf, String> {
    let mut command = cargo();
    command
        .args(["build", "--release", "--package", package, "--bin", name])
        .args(["--message-format", "json-render-diagnostics"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| format!("starting cargo: {error}"))?;
    let mut program = None;
    if let Some(messages) = child.stdout.take() {
        for message in BufReader::new(messages).lines().map_while(Result::ok) {
            program = executable_in(&message).or(program);
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("waiting for cargo: {error}"))?;
    if !status.success() {
        return Err(format!("`{name}` does not build, see above"));
    }
    program.ok_or_else(|| format!("cargo built no program for `{name}`"))
}

/// Where [`build_server`] leaves the program unless cargo is configured otherwise.
pub(crate) fn planned_server() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root()
        .join(target)
        .join("release")
        .join(format!("{SERVER}{}", env::consts::EXE_SUFFIX))
}

/// The program named by one of cargo's JSON messages. Cargo alone knows where it builds to:
/// the folder can be set in five places.
fn executable_in(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once(r#""executable":""#)?;
    let mut path = String::new();
    let mut letters = rest.chars();
    loop {
        match letters.next()? {
            '"' => return Some(path.into()),
            '\\' => path.push(letters.next()?),
            letter => path.push(letter),
        }
    }
}

/// A folder that only the current user can look into, removed with everything in it when dropped.
#[derive(Debug)]
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Result<Self, String> {
        let path = Self::planned();
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|error| format!("creating {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// The path that [`TempDir::new`] would take.
    pub(crate) fn planned() -> PathBuf {
        static N_MADE: AtomicU32 = AtomicU32::new(0);
        let n_made = N_MADE.fetch_add(1, Ordering::Relaxed);
        env::temp_dir().join(format!("patch-digest-{}-{n_made}", std::process::id()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Left-overs in the system's temporary folder are no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The variables that make a program take `home` for the user's home, in all its parts.
pub(crate) fn home_variables(home: &Path) -> Vec<(&'static str, OsString)> {
    let mut variables = vec![("HOME", home.into())];
    for (name, folder) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        variables.push((name, home.join(folder).into()));
    }
    variables
}

/// Makes the folders that [`home_variables`] speaks of.
pub(crate) fn make_home(home: &Path) -> Result<(), String> {
    for (_, folder) in home_variables(home) {
        let folder = Path::new(&folder);
        fs::create_dir_all(folder)
            .map_err(|error| format!("creating {}: {error}", folder.display()))?;
    }
    Ok(())
}

/// `PATH` with the folder of `program` in front.
pub(crate) fn path_with(program: &Path, path: &OsStr) -> OsString {
    let folder = program.parent().unwrap_or(Path::new("."));
    let folders = std::iter::once(folder.to_path_buf()).chain(env::split_paths(path));
    // Only a folder with a separator in its name cannot be joined; then there is no way to say it.
    env::join_paths(folders).unwrap_or_else(|_| path.to_owned())
}

/// `word` as a POSIX shell would read it.
pub(crate) fn shell_word(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The files below `folder` whose names end in `.extension`, sorted; hidden folders, builds and
/// downloaded packages left out.
pub(crate) fn files_below(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && !["target", "node_modules"].contains(&&*name) {
                    folders.push(entry.path());
                }
            } else if entry
                .path()
                .extension()
                .is_some_and(|found| found == extension)
            {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_where_the_program_is() {
        let message = r#"{"reason":"compiler-artifact","executable":"C:\\a b\\patch-digest.exe","fresh":true}"#;
        assert_eq!(
            executable_in(message),
            Some(r"C:\a b\patch-digest.exe".into())
        );
        assert_eq!(
            executable_in(r#"{"reason":"compiler-artifact","executable":null}"#),
            None
        );
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(shell_word("HOME=/tmp/x-1".as_ref()), "HOME=/tmp/x-1");
        assert_eq!(shell_word("set rtp^=a b".as_ref()), "'set rtp^=a b'");
        assert_eq!(shell_word("it's".as_ref()), r"'it'\''s'");
        assert_eq!(shell_word("".as_ref()), "''");
    }

    #[test]
    fn a_temporary_folder_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("file"), "text").unwrap();
        let path = folder.path().to_path_buf();
        drop(folder);
        assert!(!path.exists());
    }
}
