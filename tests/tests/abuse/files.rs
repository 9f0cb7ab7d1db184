//! A file is replaced as a whole or not at all, also when the system lets nobody write to the end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use patch_digest_files::replace::{Expected, replace};
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;

/// The file that [`child`] replaces; set in the processes that it is meant for.
const FILE: &str = "PATCH_DIGEST_TEST_REPLACES";

/// Not a test by itself: what the processes below do.
#[test]
fn child() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let old = fs::read(&path).unwrap();
    let result = replace(
        Path::new(&path),
        Expected::Bytes(&old),
        &vec![b'x'; 1 << 20],
    );
    // Nothing for the harness to write down: it may not write much either.
    std::process::exit(if result.is_ok() { 0 } else { 7 });
}

/// Replaces a file by a larger one in a process that may write files of 32 KiB at most; its exit
/// code, and the names that are in the folder afterwards.
fn replace_under_limit(signal: &str) -> (Option<i32>, Vec<String>) {
    let folder = TempFolder::new();
    let text = samples::singles(300);
    folder.write("a.txt", &text);
    let script = format!("{signal} ulimit -f 64; exec \"$0\" --exact files::child");
    let status = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(FILE, folder.path().join("a.txt"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let left = fs::read_to_string(folder.path().join("a.txt")).unwrap();
    assert!(left == text, "{} bytes left", left.len());
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    (status.code(), names.collect())
}

#[test]
fn write_that_fails_midway_changes_nothing_and_leaves_nothing() {
    let (code, names) = replace_under_limit("trap '' XFSZ;");
    assert_eq!(code, Some(7));
    assert_eq!(names, ["a.txt"]);
}

#[test]
fn process_killed_midway_leaves_the_file_as_it_was() {
    let (code, names) = replace_under_limit("");
    assert_eq!(code, None);
    assert!(names.contains(&"a.txt".to_owned()), "{names:?}");
}
