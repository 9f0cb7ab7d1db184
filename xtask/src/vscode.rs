//! VS Code: the steps of `cargo xtask test` for its extension, `cargo xtask open --editor code`, and
//! `cargo xtask screenshots`.
//!
//! The work itself is done by the scripts of `editors/vscode`, on Node.js. Here is decided whether
//! they can run on this machine, and what they are given: npm's packages as the lock file has them,
//! a Chromium, the server. Nothing of the user's VS Code is read or written.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::project::{self, TempDir};
use crate::{Failure, editors};

pub(crate) const SCREENSHOTS: crate::Command = crate::Command {
    name: "screenshots",
    arguments: "",
    summary: "take the pictures of the documents anew, in a real VS Code",
    details: "They go to editors/vscode/images. Look at them before you hand them in.
Needs Node.js 20 and Chromium; on Debian, root gets Chromium installed.",
    run: screenshots,
};

/// The oldest Node.js that the scripts run on.
const OLDEST_NODE: u32 = 20;
/// The oldest VS Code that the extension works with.
const OLDEST_CODE: (u32, u32) = (1, 96);
/// Names of programs that take VS Code's arguments.
const CODES: &[&str] = &["code", "code-insiders", "codium", "code-oss"];
const CHROMIUMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A step that can run, or why it cannot on this machine.
pub(crate) enum Prepared {
    Run(Command),
    Skip(String),
}

type Preparation = Result<Prepared, String>;

// ---- Steps of `cargo xtask test`

/// Types and lints.
pub(crate) fn checks(_: &Path) -> Preparation {
    with_node(|| {
        install_packages()?;
        let mut command = npm();
        command.args(["run", "--silent", "check"]);
        Ok(command)
    })
}

/// The tests that need no VS Code, those of the grammar among them.
pub(crate) fn local_tests(_: &Path) -> Preparation {
    with_node(|| {
        build()?;
        Ok(test_program("run-local"))
    })
}

/// The packages: for this platform and for all.
pub(crate) fn packages(server: &Path) -> Preparation {
    with_node(|| {
        install_packages()?;
        Ok(packaging(server))
    })
}

/// The tests inside the extension host of the `old` or the `new` VS Code.
pub(crate) fn host_tests(which: &str, server: &Path) -> Preparation {
    with_browser(|chromium| {
        build()?;
        let mut command = test_program("run-host");
        command.arg(which).args([chromium, server]);
        if editors::is_debian() {
            command.arg(editors::NEW.get()?.program);
        }
        Ok(command)
    })
}

/// The tests that use the `old` or the `new` VS Code as a reader would.
pub(crate) fn workbench_tests(which: &str, server: &Path) -> Preparation {
    with_browser(|chromium| {
        let package = package(server)?;
        build()?;
        let mut command = test_program("run-workbench");
        command.arg(which).args([chromium, &package]);
        command.arg(extension().join("build/pictures"));
        Ok(command)
    })
}

fn screenshots(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    if let Some(argument) = arguments.first() {
        let problem = format!("unknown argument `{}`", argument.display());
        return Err(Failure::Usage(problem));
    }
    let server = project::build_server(&[]).map_err(Failure::Failed)?;
    let prepared = with_browser(|chromium| {
        let package = package(&server)?;
        build()?;
        let mut command = test_program("screenshots");
        command.args([chromium, &package]);
        Ok(command)
    });
    match prepared.map_err(Failure::Failed)? {
        Prepared::Run(command) => run(command)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Failure::Failed),
        Prepared::Skip(reason) => Err(Failure::Failed(reason)),
    }
}

// ---- `cargo xtask open`

/// Whether an editor that was asked for is a VS Code.
pub(crate) fn is_code(editor: &OsStr) -> bool {
    Path::new(editor)
        .file_stem()
        .is_some_and(|name| CODES.iter().any(|code| name == *code))
}

/// A VS Code on `PATH` that the extension works with.
pub(crate) fn installed() -> Option<PathBuf> {
    CODES
        .iter()
        .filter_map(|name| editors::on_path(name))
        .find(|code| is_recent(code))
}

/// Opens `files` in the VS Code that was asked for; if that is just `code` and none is installed, in
/// one that is served on this machine.
pub(crate) fn open(editor: &OsStr, server: &Path, files: &[PathBuf]) -> Result<ExitCode, String> {
    if let Prepared::Skip(reason) = with_node(|| Ok(npm()))? {
        return Err(reason);
    }
    let is_name = Path::new(editor).components().count() == 1;
    let code = if is_name {
        installed()
    } else if is_recent(Path::new(editor)) {
        Some(editor.into())
    } else {
        return Err(format!(
            "`{}` does not run, or is older than {}.{}",
            editor.display(),
            OLDEST_CODE.0,
            OLDEST_CODE.1
        ));
    };
    let package = package(server)?;
    if let Some(code) = code {
        let home = TempDir::new()?;
        for launch in launches(&code, home.path(), &package, files)? {
            run(launch)?;
        }
    } else {
        println!(
            "VS Code is not installed; serving one from npm, which takes a while the first time"
        );
        build()?;
        let mut command = test_program("serve");
        command.arg(&package).args(files);
        run(command)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The command lines that install the extension and open the files, all in `home`.
fn launches(
    code: &Path,
    home: &Path,
    package: &Path,
    files: &[PathBuf],
) -> Result<[Command; 2], String> {
    let (user, extensions) = (home.join("user"), home.join("extensions"));
    let settings = user.join("User/settings.json");
    // It asks about trust for every file, and greets whoever is new.
    let text = r#"{ "security.workspace.trust.enabled": false, "workbench.startupEditor": "none", "update.mode": "none" }"#;
    fs::create_dir_all(user.join("User"))
        .and_then(|()| fs::write(&settings, text))
        .map_err(|error| format!("writing {}: {error}", settings.display()))?;

    let start = || {
        let mut command = Command::new(code);
        command.arg("--user-data-dir").arg(&user);
        command.arg("--extensions-dir").arg(&extensions);
        if is_root() {
            command.arg("--no-sandbox");
        }
        command
    };
    let (mut install, mut open) = (start(), start());
    install.arg("--install-extension").arg(package);
    open.args(["--new-window", "--wait"]).args(files);
    Ok([install, open])
}

fn is_recent(code: &Path) -> bool {
    let Ok(output) = Command::new(code)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
    else {
        return false;
    };
    // "1.139.0\n<commit>\nx64"
    version_of(&String::from_utf8_lossy(&output.stdout)).is_some_and(|found| found >= OLDEST_CODE)
}

/// The first two numbers of the first line, as in `v20.20.2` or `1.139.0`.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let line = text.lines().next()?.trim().trim_start_matches('v');
    let mut numbers = line.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

// ---- The scripts and what they need

fn extension() -> PathBuf {
    project::root().join("editors/vscode")
}

/// Goes on only with a Node.js that is recent enough.
fn with_node(prepare: impl FnOnce() -> Result<Command, String>) -> Preparation {
    let output = Command::new("node").arg("--version").output().ok();
    let version = output.and_then(|output| version_of(&String::from_utf8_lossy(&output.stdout)));
    let problem = match version {
        Some((major, _)) if major >= OLDEST_NODE => {
            return prepare().map(Prepared::Run);
        }
        Some((major, _)) => format!("Node.js is {major}, {OLDEST_NODE} or later is needed"),
        None => format!("Node.js is not installed, {OLDEST_NODE} or later is needed"),
    };
    Ok(Prepared::Skip(problem))
}

/// Goes on only with a Chromium, on a machine that VS Code's copies are for.
fn with_browser(prepare: impl FnOnce(&Path) -> Result<Command, String>) -> Preparation {
    if !cfg!(target_os = "linux") {
        let reason = "the VS Code to test with is for Linux only".to_owned();
        return Ok(Prepared::Skip(reason));
    }
    let found = || CHROMIUMS.iter().find_map(|name| editors::on_path(name));
    let chromium = match found() {
        Some(chromium) => chromium,
        None if !editors::is_debian() => {
            let reason = "Chromium is not installed, and this is not Debian".to_owned();
            return Ok(Prepared::Skip(reason));
        }
        None if !is_root() => {
            let reason =
                "Chromium is not installed, and only root can do that: apt-get install chromium";
            return Ok(Prepared::Skip(reason.to_owned()));
        }
        None => {
            install_chromium()?;
            found().ok_or("Chromium is installed, and yet it is not on PATH")?
        }
    };
    with_node(|| prepare(&chromium))
}

fn install_chromium() -> Result<(), String> {
    println!("installing Chromium");
    let packages = ["chromium", "fonts-dejavu-core"];
    for arguments in [
        &["update"][..],
        &[&["install", "-y", "--no-install-recommends"], &packages[..]].concat(),
    ] {
        let mut command = Command::new("apt-get");
        command
            .args(["-qq", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        run(command)?;
    }
    Ok(())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Gets npm's packages as the lock file has them, unless they are there. No script of theirs is run.
fn install_packages() -> Result<(), String> {
    let lock = extension().join("package-lock.json");
    let stamp = extension().join("node_modules/.installed-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("reading {}: {error}", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut command = npm();
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    command.arg("--loglevel=error");
    run(command)?;
    fs::write(&stamp, wanted).map_err(|error| format!("writing {}: {error}", stamp.display()))
}

/// Bundles the extension, the tests and the tools.
fn build() -> Result<(), String> {
    install_packages()?;
    let mut command = node("scripts/build.mjs");
    command.arg("--tests");
    run(command)
}

/// Packages the extension with the server, for this platform; where the package is.
fn package(server: &Path) -> Result<PathBuf, String> {
    install_packages()?;
    let mut command = packaging(server);
    command.stdout(Stdio::null());
    run(command)?;
    let name = format!(
        "patch-digest-{}-{}.vsix",
        env!("CARGO_PKG_VERSION"),
        platform()
    );
    Ok(extension().join("build/packages").join(name))
}

fn packaging(server: &Path) -> Command {
    let mut command = node("scripts/package.mjs");
    command.arg("--server").arg(server);
    command
}

/// What VS Code calls this platform.
fn platform() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "arm" => "armhf",
        other => other,
    };
    format!("{system}-{processor}")
}

fn npm() -> Command {
    let mut command = Command::new("npm");
    command.current_dir(extension()).stdin(Stdio::null());
    command
}

/// A script of the extension's folder.
fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(extension()).arg(script);
    command
}

/// One of the programs that [`build`] makes.
fn test_program(name: &str) -> Command {
    node(&format!("build/tests/{name}.cjs"))
}

fn run(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .map_err(|error| format!("starting {name}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let arguments: Vec<_> = command.get_args().map(project::shell_word).collect();
    Err(format!(
        "`{name} {}` ended with {status}",
        arguments.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_of("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version_of("1.139.0\n53c2f32\nx64\n"), Some((1, 139)));
        assert_eq!(version_of("1.96.0-insider\n"), Some((1, 96)));
        assert_eq!(version_of("Python 3.11.2\n"), None);
        assert_eq!(version_of(""), None);
    }

    #[test]
    fn relatives_of_vs_code_are_known_by_name() {
        for (editor, expected) in [
            ("code", true),
            ("/opt/vscode/bin/code", true),
            ("codium", true),
            ("nvim", false),
            ("/opt/code/bin/nvim", false),
            ("encode", false),
        ] {
            assert_eq!(is_code(editor.as_ref()), expected, "{editor}");
        }
    }

    #[test]
    fn an_installed_vs_code_gets_a_home_of_its_own() {
        let home = TempDir::new().unwrap();
        let [install, open] = launches(
            Path::new("/bin/code"),
            home.path(),
            Path::new("/p.vsix"),
            &["/a.txt".into(), "/b.txt".into()],
        )
        .unwrap();
        let line = |command: &Command| {
            let words: Vec<_> = command.get_args().map(project::shell_word).collect();
            words.join(" ").replace(" --no-sandbox", "")
        };
        let folders = format!(
            "--user-data-dir {0}/user --extensions-dir {0}/extensions",
            home.path().display()
        );
        assert_eq!(
            line(&install),
            format!("{folders} --install-extension /p.vsix")
        );
        assert_eq!(
            line(&open),
            format!("{folders} --new-window --wait /a.txt /b.txt")
        );
        assert!(home.path().join("user/User/settings.json").is_file());
    }
}
