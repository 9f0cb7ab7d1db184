//! `patch-digest queue`: settings and marks from files, text and JSON.

use std::fs;
use std::process::Stdio;

use patch_digest_tests::temp::TempFolder;
use patch_digest_tests::{binary, corpus};
use serde_json::Value;

use crate::Run;

const WATCH: &str = "[queue.watch]
paths = [\"arch/x86/kvm/\", \"virt/kvm/\", \"tools/testing/selftests/kvm/\"]
";

/// Runs `queue` on the real digests with a home of its own.
fn queue(home: &TempFolder, settings: &str, arguments: &[&str]) -> Run {
    home.write("config/patch-digest/config.toml", settings);
    let output = binary::command()
        .current_dir(corpus::folder())
        .arg("queue")
        .args(arguments)
        .env("XDG_CONFIG_HOME", home.path().join("config"))
        .env("XDG_STATE_HOME", home.path().join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn what_concerns_the_reader_comes_in_sections() {
    let home = TempFolder::new();
    let run = queue(&home, WATCH, &["."]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    assert!(
        run.stdout
            .starts_with("4 digests · 24 series · 12 new\n\nFixes, 3\n    "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(
        "kvm-766e010e8-b1e115a09.txt:421  [0/2] KVM: SVM: Fix CR8 intercpetion woes with AVIC \
         · Sean Christopherson · 2 files +11 −8 · stable  (arch/x86/kvm/)\n"
    ));
    assert!(run.stdout.ends_with("Rest, 12\n  (--all shows them)\n"));
    let all = queue(&home, WATCH, &[".", "--all"]);
    assert!(
        all.stdout
            .contains("LoongArch: KVM: Add paravirt preempt support")
    );
}

#[test]
fn marks_are_read_from_the_state_folder() {
    let home = TempFolder::new();
    let marks = "# patch-digest marks 1\n\
        KVM: SEV: use mutex guards for simpler error handling\tclopez@suse.de\tv1\twaiting\ttest?\n\
        damaged\n";
    home.write("state/patch-digest/marks", marks);
    let run = queue(&home, WATCH, &[".", "--section", "waiting"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout
            .contains("\nWaiting, stuck, 1\n  w ./kvm-fff46e5c7-a4f0e95a9.txt:393  ")
            && run.stdout.contains(" · waiting · test?  (arch/x86/kvm/)\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("marks:3: kept, but not understood: no poster"),
        "{}",
        run.stderr
    );
    let path = home.path().join("state/patch-digest/marks");
    assert_eq!(fs::read_to_string(path).unwrap(), marks);
}

#[test]
fn without_wishes_everything_concerns_and_a_hint_says_how_to_narrow_it() {
    let home = TempFolder::new();
    let run = queue(&home, "", &["."]);
    assert!(
        run.stdout
            .contains("24 new\nNothing is set of what concerns you"),
        "{}",
        run.stdout
    );
    let bad = queue(&home, "[queue.watch]\npaths = [\"a[\", \"mm/\"]\n", &["."]);
    assert!(
        bad.stderr
            .contains("watch.paths: `a[`: unclosed character class"),
        "{}",
        bad.stderr
    );
    assert_eq!(bad.code, Some(0));
}

#[test]
fn subsystems_of_a_tree_stand_for_their_paths() {
    let home = TempFolder::new();
    home.write(
        "linux/MAINTAINERS",
        "KVM X86\nM:\tA <a@b>\nF:\tarch/x86/kvm/\n",
    );
    let tree = home.path().join("linux");
    let settings = format!("[queue]\ntree = {tree:?}\n[queue.watch]\npaths = [\"KVM X86\"]\n");
    let run = queue(&home, &settings, &["."]);
    assert_eq!(run.stderr, "");
    assert!(run.stdout.contains("(KVM X86)\n"), "{}", run.stdout);
    let missing = queue(&home, "[queue]\ntree = \"/no/such\"\n", &["."]);
    assert!(
        missing
            .stderr
            .contains("queue.tree: reading /no/such/MAINTAINERS: no such file"),
        "{}",
        missing.stderr
    );
}

#[test]
fn json_has_every_row() {
    let home = TempFolder::new();
    let run = queue(
        &home,
        WATCH,
        &["kvm-fff46e5c7-a4f0e95a9.txt", "--format", "json"],
    );
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["digests"], 1);
    let rows = json["sections"].as_array().unwrap().iter();
    let rows: Vec<&Value> = rows
        .flat_map(|section| section["rows"].as_array().unwrap())
        .collect();
    assert_eq!(rows.len(), 6);
    let row = rows.iter().find(|row| row["line"] == 393).unwrap();
    assert_eq!(
        row["name"],
        "[0/6] KVM: SEV: use mutex guards for simpler error handling"
    );
    assert_eq!(row["reason"], "arch/x86/kvm/");
    assert_eq!(row["email"], "clopez@suse.de");
    assert_eq!(row["mark"], "new");
}

#[test]
fn a_folder_without_digests_is_told() {
    let home = TempFolder::new();
    home.write("empty/notes.txt", "nothing");
    let folder = home.path().join("empty");
    let run = queue(&home, "", &[folder.to_str().unwrap()]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no digest found"), "{}", run.stderr);
    let missing = queue(&home, "", &["/no/such/folder"]);
    assert_eq!(missing.code, Some(2));
    assert_eq!(
        missing.stderr,
        "patch-digest: reading /no/such/folder: no such file or directory\n"
    );
}
