//! The command line as its users see it: the real program, its output and its exit codes.

mod check;
mod harmless;
mod history;
mod odd_files;
mod outline;
mod program;
mod queue;
mod readme;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use patch_digest_tests::binary;
use patch_digest_tests::temp::TempFolder;

/// What a run of the program gave.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program in a folder.
#[track_caller]
fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Run {
    let mut child = binary::command()
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // A program that reads nothing of it may be gone already.
        scope.spawn(move || drop(input.write_all(stdin)));
        child.wait_with_output().unwrap()
    });
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program on the file `a.txt` with some content.
#[track_caller]
fn run_on(content: impl AsRef<[u8]>, arguments: &[&str]) -> Run {
    let folder = TempFolder::new();
    folder.write("a.txt", content);
    run_in(folder.path(), arguments, b"")
}

/// Runs `check a.txt`.
#[track_caller]
fn check(content: impl AsRef<[u8]>) -> Run {
    run_on(content, &["check", "a.txt"])
}

/// `line:column: severity[code]` of each finding.
fn findings(run: &Run) -> Vec<&str> {
    let lines = run.stdout.lines();
    lines
        .map(|line| {
            let place = line.find(".txt:").map_or(0, |at| at + ".txt:".len());
            let end = line.find(']').map_or(line.len(), |at| at + 1);
            &line[place..end]
        })
        .collect()
}
