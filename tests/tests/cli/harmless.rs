//! Digests are mail from strangers: nothing in one reaches the terminal as a command to it.

use patch_digest_core::shown::is_dangerous;
use patch_digest_tests::harmless::{EVIL, digest_of, evil_digest};
use patch_digest_tests::temp::TempFolder;
use serde_json::Value;

use crate::{run_in, run_on};

#[track_caller]
fn check_harmless(shown: &str) {
    let found = shown.chars().find(|&c| is_dangerous(c) && c != '\n');
    assert_eq!(found, None, "{shown:?}");
}

#[test]
fn outline_shows_no_control_characters() {
    let run = run_on(evil_digest(), &["outline", "a.txt"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.contains("kvm: \u{fffd}[31m"), "{run:?}");
    check_harmless(&run.stdout);
}

#[test]
fn json_escapes_control_characters_and_loses_none() {
    let run = run_on(evil_digest(), &["outline", "--format", "json", "a.txt"]);
    assert_eq!(run.code, Some(0));
    check_harmless(&run.stdout);
    let outline: Value = serde_json::from_str(&run.stdout).unwrap();
    let entry = &outline["entries"][0];
    assert_eq!(entry["title_shown"], format!("kvm: {EVIL}"));
    let domain = outline["domains"][0][0].as_str().unwrap();
    assert!(domain.contains(EVIL), "{domain:?}");
}

#[test]
fn findings_show_no_control_characters() {
    let run = run_on(evil_digest(), &["check", "a.txt"]);
    assert_eq!(run.code, Some(1));
    for code in [
        "title-differs",
        "malformed-tag",
        "unknown-exist",
        "unreadable-author",
    ] {
        assert!(run.stdout.contains(code), "no {code} in {run:?}");
    }
    check_harmless(&run.stdout);
    check_harmless(&run.stderr);
}

#[test]
fn what_is_told_of_a_folder_shows_no_control_characters() {
    let folder = TempFolder::new();
    // A file with a NUL is no text.
    let old = digest_of(&EVIL.replace('\0', ""));
    let new = old
        .replace("PATCH v2", "PATCH v3")
        .replace("to v1", "to v2");
    folder.write("a.txt", &old);
    folder.write(
        "b.txt",
        new.replace("to a4f0e95a9", "to b4f0e95a9")
            .replace("fff46e5c7", "a4f0e95a9"),
    );
    for command in [
        &["history", "."][..],
        &["history", ".", "all"],
        &["since", ".", "all"],
        &["chain", "."],
        &["queue", "."],
    ] {
        for format in ["text", "json"] {
            let arguments = [command, &["--format", format]].concat();
            let run = run_in(folder.path(), &arguments, b"");
            assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{arguments:?}");
            let is_told = run.stdout.contains("KVM") || run.stdout.contains("kvm: ");
            assert!(is_told, "{run:?}");
            check_harmless(&run.stdout);
        }
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_show_no_control_characters() {
    let folder = TempFolder::new();
    let name = EVIL.replace('\0', "") + ".txt";
    for command in [&["check"][..], &["outline"], &["outline", "--format=json"]] {
        let arguments: Vec<_> = command.iter().copied().chain([&*name]).collect();
        let run = run_in(folder.path(), &arguments, b"");
        assert_eq!(run.code, Some(2));
        check_harmless(&run.stderr);
    }
    folder.write(&name, "notes");
    for command in [&["check"][..], &["outline"], &["outline", "--format=json"]] {
        let arguments: Vec<_> = command.iter().copied().chain([&*name]).collect();
        let run = run_in(folder.path(), &arguments, b"");
        assert!(run.stdout.contains("[31m"), "{run:?}");
        check_harmless(&run.stdout);
        check_harmless(&run.stderr);
    }
}
