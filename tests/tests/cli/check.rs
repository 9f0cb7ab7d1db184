//! `patch-digest check`: every rule, exact places, summaries and exit codes.

use std::collections::BTreeSet;
use std::fs;

use patch_digest_core::lints::{Group, RULES};
use patch_digest_tests::corpus;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;

use crate::{Run, check, findings, run_in};

/// A digest of 34 lines with nothing wrong in it. The first entry is at line 17, the log at 33.
fn sample() -> String {
    let entries = [
        entry("PATCH 1/2", "kvm: ö first", "Body."),
        entry("PATCH 0/2", "kvm: both", "Body."),
    ];
    digest(&entries) + "Exist: [PATCH 0/2] kvm: both\n Skip: [PATCH 0/2] kvm: both\n"
}

/// What is replaced in the sample, by what, and what has to be found then.
const DAMAGE: &[(&str, &str, &str)] = &[
    ("From fff46e5c7", "From fff46e", "1:1: error[bad-header]"),
    (
        "KVM mailing list update",
        "KVM list update",
        "2:1: error[bad-title-line]",
    ),
    (
        " Skip: [PATCH 0/2] kvm: both\n",
        "",
        "33:1: warning[exist-without-skip]",
    ),
    (
        "===== Patch list in this time period =====\n",
        "",
        "8:1: warning[heading-missing]",
    ),
    (
        "===== Patch list in this time period =====\n",
        "===== Patch list in this time period =====\n===== Patch list in this time period =====\n",
        "13:1: warning[heading-order]",
    ),
    ("[PATCH 1/2]", "[PATCH 3/2]", "18:8: warning[malformed-tag]"),
    // Columns count characters, not bytes.
    (
        "[PATCH 1/2]",
        "[😀ö] [PATCH 3/2]",
        "18:13: warning[malformed-tag]",
    ),
    (
        "ö first\nAuthor: Ann Örn <ann@example.org>\n",
        "ö first\n",
        "18:1: error[missing-author]",
    ),
    (
        "Body.\n\n----------------------------------------------------------------------\n\nNew:  kvm: both",
        "Body.\n\nNew:  kvm: both",
        "21:1: error[missing-separator]",
    ),
    (
        "[PATCH 1/2] kvm: ö first\n",
        "",
        "17:1: error[missing-subject]",
    ),
    (
        "KVM mailing list update from fff46e5c7",
        "KVM mailing list update from fff46e5c8",
        "2:1: error[range-mismatch]",
    ),
    (
        "Exist: [PATCH 0/2] kvm: both\n",
        "",
        "33:1: warning[skip-without-exist]",
    ),
    (
        "a4f0e95a9\n\nTop",
        "a4f0e95a9\nstray\nTop",
        "3:1: warning[stray-text]",
    ),
    (
        "3 example.org",
        "three example.org",
        "6:1: warning[table-row]",
    ),
    (
        "New:  kvm: ö first",
        "New:  kvm: ö 1st",
        "17:7: warning[title-differs]",
    ),
    (
        "Exist: [PATCH 0/2] kvm: both",
        "Exist: [PATCH 0/2] kvm: none",
        "33:1: warning[unknown-exist]",
    ),
    (
        "ö first\nAuthor: Ann Örn <ann@example.org>\n",
        "ö first\nAuthor: Ann Örn\n",
        "19:1: warning[unreadable-author]",
    ),
];

/// The sample with a damage.
fn damaged(from: &str, to: &str) -> String {
    let text = sample();
    let at = text.find(from).expect("the sample has it");
    format!("{}{to}{}", &text[..at], &text[at + from.len()..])
}

fn one_finding(run: &Run) {
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr, "1 finding in 1 file\n", "{run:?}");
}

#[test]
fn real_digests_pass_and_the_sample_is_clean() {
    let names: Vec<_> = corpus::digests()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let arguments: Vec<_> = ["check"]
        .into_iter()
        .chain(names.iter().map(|name| &**name))
        .collect();
    let run = run_in(&corpus::folder(), &arguments, b"");
    // Hints and information alone.
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stderr, "10 findings in 4 files\n");
    let told = run.stdout.lines().map(|line| {
        let (place, rest) = line.split_once(": ").unwrap();
        let mut place = place.splitn(3, ':');
        let (name, line) = (place.next().unwrap(), place.next().unwrap());
        format!("{name}:{line} {}", rest.split_once(']').unwrap().0)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "kvm-29a5df84d-df7682d40.txt:351 information[newer-version",
            "kvm-766e010e8-b1e115a09.txt:37 information[series-cut",
            "kvm-766e010e8-b1e115a09.txt:391 hint[cut-title",
            "kvm-766e010e8-b1e115a09.txt:981 hint[cut-title",
            "kvm-9b1f83906-766e010e8.txt:190 information[cover-skipped",
            "kvm-9b1f83906-766e010e8.txt:191 hint[cut-title",
            "kvm-fff46e5c7-a4f0e95a9.txt:28 hint[cut-title",
            "kvm-fff46e5c7-a4f0e95a9.txt:86 hint[cut-title",
            "kvm-fff46e5c7-a4f0e95a9.txt:209 hint[cut-title",
            "kvm-fff46e5c7-a4f0e95a9.txt:394 hint[wrong-charset",
        ]
    );
    let clean = Run {
        code: Some(0),
        stdout: String::new(),
        stderr: "0 findings in 1 file\n".to_owned(),
    };
    assert_eq!(check(sample()), clean);
}

#[test]
fn every_rule_of_structure_finds_its_damage_at_its_place() {
    let mut codes = BTreeSet::from(["not-a-digest"]);
    for (from, to, expected) in DAMAGE {
        let text = damaged(from, to);
        // Places do not depend on how lines end.
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
        ] {
            let run = check(&text);
            assert_eq!(
                findings(&run),
                [*expected],
                "{from:?} became {to:?} in {text:?}"
            );
            one_finding(&run);
        }
        let code = expected.split(['[', ']']).nth(1).unwrap();
        codes.insert(code);
    }
    let rules = RULES.iter().filter(|rule| rule.group == Group::Structure);
    let rules: BTreeSet<_> = rules.map(|rule| rule.code).collect();
    assert_eq!(
        codes, rules,
        "rules without a damage here, or the other way round"
    );
}

#[test]
fn findings_are_lines_with_path_place_and_message() {
    let run = check(damaged("From fff46e5c7", "From fff46e"));
    assert_eq!(
        run.stdout,
        "a.txt:1:1: error[bad-header] expected \"From <from> to <to>\" with two commit ids of 7 to 40 hex digits\n"
    );
}

#[test]
fn all_damage_together_is_sorted_by_place() {
    let mut text = sample();
    let together = [
        "bad-header",
        "table-row",
        "title-differs",
        "malformed-tag",
        "unknown-exist",
    ];
    let mut expected = Vec::new();
    for (from, to, finding) in DAMAGE {
        let code = finding.split(['[', ']']).nth(1).unwrap();
        if together.contains(&code) && text.contains(from) {
            text = text.replace(from, to);
            expected.push(*finding);
        }
    }
    assert!(expected.len() >= together.len());
    expected.sort_by_key(|finding| {
        let mut numbers = finding
            .split(':')
            .map(|number| number.parse::<u32>().unwrap_or(0));
        (numbers.next(), numbers.next())
    });
    let run = check(text);
    assert_eq!(findings(&run), expected);
    assert_eq!(
        run.stderr,
        format!("{} findings in 1 file\n", expected.len())
    );
}

#[test]
fn paths_are_shown_as_they_were_given() {
    let folder = TempFolder::new();
    fs::create_dir(folder.path().join("sub")).unwrap();
    folder.write("sub/ü b.txt", damaged("From fff46e5c7", "From fff46e"));
    folder.write("clean.txt", sample());
    let absolute = folder.path().join("sub/ü b.txt");
    let absolute = absolute.to_str().unwrap();
    for spelled in [
        "sub/ü b.txt",
        "./sub/ü b.txt",
        "sub/../sub/ü b.txt",
        absolute,
    ] {
        // A file that is named again, or lies below a folder that is, is one file.
        let arguments = ["check", spelled, "clean.txt", "sub/ü b.txt", "sub", "./sub"];
        let run = run_in(folder.path(), &arguments, b"");
        assert_eq!(findings(&run), ["1:1: error[bad-header]"], "{spelled}");
        assert!(
            run.stdout.starts_with(&format!("{spelled}:1:1: ")),
            "{run:?}"
        );
        assert_eq!(run.stderr, "1 finding in 2 files\n");
    }
}

#[test]
fn many_files_are_told_in_their_order() {
    const N_FILES: usize = 100;
    let folder = TempFolder::new();
    for idx in 0..N_FILES {
        // The longest first: whoever has it is not done before others.
        let rest = " \n".repeat((N_FILES - idx) * 100);
        let text = damaged("From fff46e5c7", "From fff46e") + &rest;
        folder.write(&format!("{idx:03}.txt"), text);
    }
    fs::remove_file(folder.path().join("050.txt")).unwrap();
    let names: Vec<_> = (0..N_FILES).map(|idx| format!("{idx:03}.txt")).collect();
    let mut arguments = vec!["check", "--select", "bad-header"];
    arguments.extend(names.iter().map(String::as_str));
    let run = run_in(folder.path(), &arguments, b"");
    let mut expected = names.clone();
    expected.remove(50);
    let told: Vec<_> = run.stdout.lines().map(|line| &line[..7]).collect();
    assert_eq!(told, expected);
    assert_eq!(
        run.stderr,
        "patch-digest: reading 050.txt: no such file or directory\n99 findings in 99 files\n"
    );
    // Once more with what fixes: a file that is named twice is read after it was fixed.
    folder.write("twice.txt", damaged("Ann Örn", "Ann L贸pez"));
    let fix = ["check", "--fix", "twice.txt", "twice.txt"];
    let run = run_in(folder.path(), &fix, b"");
    assert!(run.stderr.contains("fixed 1 place in 1 file\n"), "{run:?}");
}

#[test]
fn dash_is_standard_input() {
    let folder = TempFolder::new();
    let run = run_in(folder.path(), &["check", "-"], sample().as_bytes());
    assert_eq!((run.code, &*run.stdout), (Some(0), ""));
    let text = damaged("From fff46e5c7", "From fff46e");
    let run = run_in(folder.path(), &["check", "-"], text.as_bytes());
    assert!(
        run.stdout.starts_with("<stdin>:1:1: error[bad-header] "),
        "{run:?}"
    );
    one_finding(&run);
}

#[test]
fn newer_version_in_another_digest_is_told_where_both_are_checked() {
    let folder = TempFolder::new();
    for (name, text) in corpus::digests().unwrap() {
        folder.write(&format!("digests/{name}"), text);
    }
    let arguments = ["check", "--profile", "reader", "digests"];
    let told = |run: &Run| {
        let lines = run.stdout.lines();
        let lines = lines.filter(|line| line.contains("[newer-version]"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (old, new) = ("kvm-29a5df84d-df7682d40.txt", "kvm-fff46e5c7-a4f0e95a9.txt");
    let expected = format!(
        "digests/{old}:351:16: information[newer-version] \
         v4 of this series is in digests/{new}:434 (2 patches)"
    );
    assert_eq!(told(&run_in(folder.path(), &arguments, b"")), [expected]);
    // Named one by one it is the same; what is not named is not looked for.
    let digests = folder.path().join("digests");
    let both = run_in(
        &digests,
        &["check", "--select", "newer-version", new, old],
        b"",
    );
    assert_eq!(findings(&both), ["351:16: information[newer-version]"]);
    let one = run_in(&digests, &["check", "--select", "newer-version", old], b"");
    assert_eq!(findings(&one), [""; 0]);
    let off = run_in(
        &digests,
        &["check", "--ignore", "newer-version", new, old],
        b"",
    );
    assert_eq!(told(&off), [""; 0]);
}
