//! The program itself: help, bad usage, outputs that go away.

use std::process::Stdio;

use patch_digest_tests::binary;
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;

use crate::{Run, run_in};

fn run(arguments: &[&str]) -> Run {
    run_in(TempFolder::new().path(), arguments, b"")
}

#[test]
fn help_names_every_command_and_exit_code() {
    let help = run(&["--help"]);
    assert_eq!((help.code, &*help.stderr), (Some(0), ""));
    for word in [
        "check",
        "outline",
        "queue",
        "lsp",
        "Exit codes:",
        "  0  ",
        "  1  ",
        "  2  ",
    ] {
        assert!(help.stdout.contains(word), "{word} in {}", help.stdout);
    }
    assert_eq!(run(&["help"]), help);
    for command in ["check", "outline", "queue", "lsp"] {
        let help = run(&[command, "--help"]);
        assert_eq!((help.code, &*help.stderr), (Some(0), ""));
        assert!(
            help.stdout
                .contains(&format!("Usage: patch-digest {command}")),
            "{help:?}"
        );
        assert!(run(&[command, "-h"]).code == Some(0));
    }
}

#[test]
fn version_is_that_of_the_package() {
    let version = run(&["--version"]);
    let expected = format!("patch-digest {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.code, version.stdout), (Some(0), expected));
    assert_eq!(run(&["-V"]).code, Some(0));
}

#[test]
fn bad_usage_is_told_on_standard_error() {
    for arguments in [
        &[][..],
        &["check"],
        &["outline"],
        &["unknown"],
        &["check", "--unknown", "a.txt"],
        &["outline", "--format", "xml", "a.txt"],
        &["check", ""],
        &["lsp", "a.txt"],
    ] {
        let run = run(arguments);
        assert_eq!(
            (run.code, &*run.stdout),
            (Some(2), ""),
            "{arguments:?}: {run:?}"
        );
        assert!(run.stderr.contains("--help"), "{arguments:?}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
    }
}

/// A file with many findings and a long outline: more than a pipe holds.
fn many_findings(folder: &TempFolder) {
    folder.write(
        "a.txt",
        samples::singles(5_000).replace("[PATCH]", "[PATCH 2/1]"),
    );
}

#[test]
fn reader_that_goes_away_is_no_failure() {
    let folder = TempFolder::new();
    many_findings(&folder);
    for (command, code) in [("check", 1), ("outline", 0)] {
        let mut child = binary::command()
            .current_dir(folder.path())
            .args([command, "a.txt"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As in `2>&1 | head`.
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{command}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = TempFolder::new();
    many_findings(&folder);
    for command in [&["check"][..], &["outline"], &["outline", "--format=json"]] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = binary::command()
            .current_dir(folder.path())
            .args(command)
            .arg("a.txt")
            .stdin(Stdio::null())
            .stdout(full)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let told = "patch-digest: writing the output: no space left on device\n";
        assert!(stderr.starts_with(told), "{stderr}");
        assert_eq!(output.status.code(), Some(2));
    }
}
