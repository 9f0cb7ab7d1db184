//! The program under test, `patch-digest`: built once per test binary, in the profile of the tests.
//!
//! Cargo tells a package where its own programs are, not where those of another are. So the
//! program is built here; where nothing has changed that takes the blink of an eye.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The package, and the program in it.
const NAME: &str = "patch-digest";

/// The program, ready to be run.
///
/// # Panics
///
/// When it does not build.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build().unwrap_or_else(|problem| panic!("building {NAME}: {problem}")))
}

/// A command that runs the program, with nothing of the developer's own settings.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new(path());
    command.env("XDG_CONFIG_HOME", "/no/such/folder");
    command.env("XDG_STATE_HOME", "/no/such/folder");
    for name in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["build", "--locked", "--package", NAME])
        .args(["--profile", &profile()])
        .args(["--message-format", "json-render-diagnostics"])
        .output()
        .map_err(|error| format!("running cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == NAME)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo names no program: {messages}"))
}

/// The profile of what is running: tests are in `<target>/<profile>/deps`, programs one above.
fn profile() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let folders = program.ancestors().skip(1).filter_map(Path::file_name);
    let mut folders = folders.filter(|folder| *folder != "deps");
    match folders.next().and_then(|folder| folder.to_str()) {
        None | Some("debug") => "dev".to_owned(),
        Some(profile) => profile.to_owned(),
    }
}
