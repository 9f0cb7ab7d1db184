//! `large`: digests of a million entries, of a million rows, of a hundred megabytes, through the command
//! line and the server. Nothing is timed: each has to end, with the right answers, and within bounds of
//! memory.
#![expect(clippy::print_stdout, reason = "a command line prints")]

use std::panic::catch_unwind;
use std::process::ExitCode;

use patch_digest_tests::binary;
use patch_digest_tests::large::{KINDS, Kind, Large, MILLION, serve};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::temp::TempFolder;

fn main() -> ExitCode {
    let n_failed = KINDS.iter().filter(|kind| !is_handled(kind)).count();
    if n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn is_handled(kind: &Kind) -> bool {
    let large = (kind.make)(MILLION);
    let n_megabytes = large.text.len() >> 20;
    let name = format!("{} ({n_megabytes} MiB)", kind.name);
    let checked = catch_unwind(|| check(&large));
    match checked {
        Ok(()) => println!("ok   {name}: checked and outlined"),
        Err(_) => println!("FAIL {name}: checking and outlining"),
    }
    let served = catch_unwind(|| serve(Profile::Rich, &large));
    match served {
        Ok(peak) => println!("ok   {name}: served, at most {} MiB of memory", peak >> 20),
        Err(_) => println!("FAIL {name}: serving"),
    }
    checked.is_ok() && served.is_ok()
}

/// Checks and outlines a digest as a file: each ends in good order and says what it has to say.
fn check(large: &Large) {
    let folder = TempFolder::new();
    folder.write("a.txt", &large.text);
    for command in [&["check"][..], &["outline"], &["outline", "--format=json"]] {
        let output = binary::command()
            .args(command)
            .arg("a.txt")
            .current_dir(folder.path())
            .output();
        let output = output.unwrap_or_else(|error| panic!("starting the program: {error}"));
        let is_check = command == ["check"];
        let code = i32::from(is_check && !output.stdout.is_empty());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{command:?}: {stderr}");
        assert_eq!(stderr.lines().count(), usize::from(is_check), "{stderr}");
    }
}
