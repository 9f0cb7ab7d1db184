//! `check` with `--fix`, `--diff`, `--baseline`, `--select`, `--fail-on`: what it changes, and what
//! it tells.

use std::fs;

use patch_digest_tests::corpus;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;

use crate::{Run, findings, run_in};

/// A digest with a title that differs from its subject and a row that cannot be read.
fn damaged() -> String {
    digest(&[entry("PATCH", "kvm: title", "Body.")])
        .replace("New:  kvm: title", "New:  kvm: another")
        .replace("3 example.org", "three example.org")
}

fn folder() -> TempFolder {
    let folder = TempFolder::new();
    folder.write("a.txt", damaged());
    folder
}

#[track_caller]
fn run(folder: &TempFolder, arguments: &[&str]) -> Run {
    run_in(folder.path(), &[&["check"], arguments].concat(), b"")
}

#[test]
fn rules_are_selected_by_code_and_group() {
    let folder = folder();
    for (arguments, expected) in [
        (
            &["--select", "table-row"][..],
            &["5:1: warning[table-row]"][..],
        ),
        (
            &["--ignore", "table-row"],
            &["17:7: warning[title-differs]"],
        ),
        (
            &[
                "--select",
                "structure",
                "--ignore",
                "table-row,title-differs",
            ],
            &[],
        ),
        (&["--select", "numbers"], &[]),
        (&["--ignore", "all"], &[]),
    ] {
        let run = run(&folder, &[&["a.txt"], arguments].concat());
        let found: Vec<_> = findings(&run)
            .iter()
            .map(|finding| finding.replace("6:1:", "5:1:").replace("16:7:", "17:7:"))
            .collect();
        assert_eq!(found, expected, "{arguments:?}");
        assert_eq!(
            run.code,
            Some(u8::from(!expected.is_empty()).into()),
            "{arguments:?}"
        );
    }
    let run = run(&folder, &["a.txt", "--select", "table-rwo"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("did you mean `table-row`?"), "{run:?}");
}

#[test]
fn exit_code_is_for_what_was_asked_to_fail_on() {
    let folder = folder();
    for (level, code) in [
        ("error", 0),
        ("warning", 1),
        ("information", 1),
        ("hint", 1),
        ("never", 0),
    ] {
        assert_eq!(
            run(&folder, &["a.txt", "--fail-on", level]).code,
            Some(code),
            "{level}"
        );
    }
}

#[test]
fn known_findings_are_not_told_and_new_ones_are() {
    let folder = folder();
    let written = run(&folder, &["a.txt", "--write-baseline", "known"]);
    assert_eq!(
        (written.code, &*written.stderr),
        (Some(0), "2 findings written to known\n")
    );
    let known = run(&folder, &["a.txt", "--baseline", "known"]);
    assert_eq!((known.code, &*known.stdout), (Some(0), ""));
    assert_eq!(known.stderr, "0 findings in 1 file, 2 known\n");
    // Other lines may come; what is new is told.
    let text = damaged().replace("===== Patch list", "\nstray\n===== Patch list");
    folder.write("a.txt", text);
    let new = run(&folder, &["a.txt", "--baseline", "known"]);
    assert_eq!(findings(&new).len(), 1, "{new:?}");
    assert_eq!(new.code, Some(1));
    // The same by settings, and for one file only.
    folder.write(".patch-digest.toml", "[lint]\nbaseline = \"known\"\n");
    folder.write("b.txt", damaged());
    assert_eq!(findings(&run(&folder, &["a.txt"])).len(), 1);
    assert_eq!(findings(&run(&folder, &["b.txt"])).len(), 2);
    // One that is not there is told.
    let missing = run(&folder, &["b.txt", "--baseline", "none"]);
    assert!(
        missing.stderr.contains("none: cannot be read: "),
        "{missing:?}"
    );
    assert_eq!(missing.code, Some(2));
}

#[test]
fn a_baseline_names_files_from_its_folder_wherever_it_is_named_from() {
    let folder = folder();
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::create_dir(folder.path().join("known")).unwrap();
    folder.write("lists/b.txt", damaged());
    let inside = folder.path().join("lists");
    let run = |arguments: &[&str]| run_in(&inside, &[&["check"], arguments].concat(), b"");
    for baseline in ["../known/base", "../base", "base"] {
        run(&[".", "../a.txt", "--write-baseline", baseline]);
        let text = fs::read_to_string(inside.join(baseline)).unwrap();
        let root = folder.path().to_str().unwrap();
        assert!(!text.contains(root) && text.contains("b.txt"), "{text}");
        let again = run(&["../lists", "../a.txt", "--baseline", baseline]);
        assert_eq!(
            again.stderr, "0 findings in 2 files, 4 known\n",
            "{baseline}"
        );
        folder.write(
            "lists/.patch-digest.toml",
            format!("[lint]\nbaseline = \"{baseline}\"\n"),
        );
        let by_settings = run(&["."]);
        assert_eq!(
            by_settings.stderr, "0 findings in 1 file, 2 known\n",
            "{baseline}"
        );
        fs::remove_file(inside.join(".patch-digest.toml")).unwrap();
    }
}

#[test]
fn what_could_not_be_fixed_is_told() {
    let folder = folder();
    let text = damaged().replace(&"-".repeat(70), &"-".repeat(69));
    let run = |arguments: &[&str]| {
        let arguments = [&["check", "-"], arguments].concat();
        run_in(folder.path(), &arguments, text.as_bytes())
    };
    let fixed = run(&["--fix"]);
    assert_eq!(findings(&fixed).len(), 3, "{fixed:?}");
    assert!(
        fixed.stderr.contains("standard input cannot be fixed"),
        "{fixed:?}"
    );
    assert_eq!(fixed.code, Some(2));
    assert_eq!(run(&["--diff"]).code, Some(1));
    assert_eq!(run(&["--diff", "--fail-on", "never"]).code, Some(0));
}

#[test]
fn folders_are_walked_and_files_beside_digests_left_alone() {
    let folder = folder();
    fs::create_dir(folder.path().join("old")).unwrap();
    folder.write("old/b.txt", damaged());
    folder.write("notes.txt", "New:  notes\n");
    let run = run(&folder, &["."]);
    let files: Vec<_> = run
        .stdout
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(files, ["./a.txt", "./a.txt", "./old/b.txt", "./old/b.txt"]);
    assert_eq!(run.stderr, "4 findings in 2 files\n");
}

#[test]
fn digests_below_folders_are_found_whatever_is_wrong_with_their_first_line() {
    let folder = TempFolder::new();
    let text = digest(&[entry("PATCH", "kvm: title", "Body.")]);
    let (_, rest) = text.split_once('\n').unwrap();
    folder.write("a.txt", rest);
    folder.write("b.txt", format!("from {rest}"));
    folder.write("c.digest", "");
    folder.write(
        "notes.md",
        format!("# Notes\n\n{}\n{text}", "- x\n".repeat(20)),
    );
    let run = run(&folder, &["."]);
    let codes: Vec<_> = run.stdout.lines().collect();
    assert_eq!(run.stderr, "3 findings in 3 files\n", "{codes:?}");
    for (line, start) in codes.iter().zip([
        "./a.txt:1:1: error[bad-header]",
        "./b.txt:1:1: error[bad-header]",
        "./c.digest:1:1: warning[not-a-digest]",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn settings_count_for_files_and_for_standard_input_with_a_name() {
    let folder = folder();
    folder.write(".patch-digest.toml", "[lint.rules]\ntable-row = \"error\"\n[[lint.per-path]]\npaths = [\"a.txt\"]\nrules = { title-differs = \"off\" }\n");
    let from_file = run(&folder, &["a.txt"]);
    assert_eq!(findings(&from_file).len(), 1);
    assert!(from_file.stdout.contains("error[table-row]"));
    assert_eq!(findings(&run(&folder, &["a.txt", "--no-config"])).len(), 2);
    let arguments = ["check", "-", "--stdin-filename", "a.txt"];
    let named = run_in(folder.path(), &arguments, damaged().as_bytes());
    assert_eq!(named.stdout, from_file.stdout);
    let unnamed = run_in(folder.path(), &["check", "-"], damaged().as_bytes());
    assert_eq!(findings(&unnamed).len(), 2);
}

#[test]
fn what_is_not_utf8_is_not_fixed() {
    let folder = TempFolder::new();
    let mut bytes = damaged().into_bytes();
    bytes.extend(b"\nL\xf3pez\n");
    folder.write("a.txt", &bytes);
    let run = run(&folder, &["a.txt", "--fix"]);
    assert!(
        run.stderr
            .starts_with("patch-digest: a.txt: not fixed: it is not UTF-8"),
        "{run:?}"
    );
    assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), bytes);
}

#[test]
fn nothing_is_written_unasked_and_nothing_where_nothing_is_certain() {
    let folder = TempFolder::new();
    let clean = digest(&[entry("PATCH", "kvm: title", "Body.")]);
    folder.write("a.txt", &clean);
    let path = folder.path().join("a.txt");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    for arguments in [&["a.txt"][..], &["a.txt", "--diff"], &["a.txt", "--fix"]] {
        assert_eq!(run(&folder, arguments).code, Some(0), "{arguments:?}");
        assert_eq!(
            fs::metadata(&path).unwrap().modified().unwrap(),
            before,
            "{arguments:?}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn fixing_and_showing_it_exclude_each_other() {
    let folder = folder();
    for pair in [
        ["--fix", "--diff"],
        ["--fix", "--write-baseline=x"],
        ["--diff", "--write-baseline=x"],
    ] {
        let run = run(&folder, &[&["a.txt"][..], &pair].concat());
        assert_eq!(run.code, Some(2), "{pair:?}");
    }
}

/// A real digest with damage, with these line ends.
fn real(ends: &str) -> String {
    let mut digests = corpus::digests().unwrap().into_iter();
    let found = digests.find(|(name, _)| name.starts_with("kvm-fff46e5c7"));
    found.unwrap().1.replace('\n', ends)
}

#[test]
fn real_damage_is_fixed_and_every_other_line_stays() {
    for ends in ["\n", "\r\n"] {
        let folder = TempFolder::new();
        let before = real(ends);
        folder.write("a.txt", &before);
        let path = folder.path().join("a.txt");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
        let maker = ["a.txt", "--no-config", "--profile", "maker"];

        let diff = run(&folder, &[&maker[..], &["--diff"]].concat());
        assert_eq!(diff.code, Some(1), "{}", diff.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        let changed = |sign: char| {
            let lines = diff.stdout.lines();
            let lines = lines.filter(|line| line.starts_with(sign) && !line.starts_with("+++"));
            lines.filter(|line| !line.starts_with("---")).count()
        };

        let fixed = run(&folder, &[&maker[..], &["--fix"]].concat());
        assert!(fixed.stderr.contains("fixed "), "{}", fixed.stderr);
        let after = fs::read_to_string(&path).unwrap();
        for (right, wrong) in [
            ("Author: Carlos L\u{f3}pez", "L\u{8d38}pez"),
            (
                "Report set_id_reg reads of test registers as tests",
                "=?UTF-8?q?",
            ),
            ("andre.przywara@arm.com/", "=3D"),
        ] {
            assert!(after.contains(right) && !after.contains(wrong), "{right}");
        }
        let kept = |text: &str, other: &str| {
            let known: std::collections::HashSet<&str> = other.split(ends).collect();
            text.split(ends)
                .filter(|line| !known.contains(line))
                .count()
        };
        assert!(kept(&before, &after) <= changed('-'));
        assert!(kept(&after, &before) <= changed('+'));
        assert_eq!(after.matches('\r').count() > 0, ends == "\r\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }

        // Once is enough, and nothing is left beside it.
        let again = run(&folder, &[&maker[..], &["--fix"]].concat());
        assert!(again.stderr.contains("fixed 0 places"), "{}", again.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), after);
        assert_eq!(run(&folder, &[&maker[..], &["--diff"]].concat()).stdout, "");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn only_what_selected_rules_find_is_fixed() {
    let folder = TempFolder::new();
    folder.write("a.txt", real("\n"));
    let path = folder.path().join("a.txt");
    let selected = ["a.txt", "--select", "wrong-charset", "--fix"];
    run(&folder, &selected);
    let after = fs::read_to_string(&path).unwrap();
    assert_eq!(after, real("\n").replace('\u{8d38}', "\u{f3}"));
    run(
        &folder,
        &["a.txt", "--profile", "maker", "--ignore", "all", "--fix"],
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
}
