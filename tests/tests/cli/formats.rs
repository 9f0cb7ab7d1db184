//! `check --format`: what people, tools and services get.

use patch_digest_core::shown::is_dangerous;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::schema;
use patch_digest_tests::temp::TempFolder;
use serde_json::Value;

use crate::{Run, run_in, run_on};

/// A digest with a title that differs, in line 17, from its subject, and a row that cannot be read.
fn damaged() -> String {
    digest(&[entry("PATCH", "kvm: title", "Body.")])
        .replace("New:  kvm: title", "New:  kvm: ö %title, a:b")
        .replace("3 example.org", "three example.org")
}

#[track_caller]
fn check_as(format: &str) -> Run {
    let run = run_on(damaged(), &["check", "a.txt", "--format", format]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr, "2 findings in 1 file\n");
    run
}

#[test]
fn concise_is_what_is_printed_without_a_terminal() {
    let run = check_as("concise");
    assert_eq!(run_on(damaged(), &["check", "a.txt"]), run);
    assert_eq!(run.stdout.lines().count(), 2);
}

#[test]
fn full_shows_the_lines_underlined_with_proof() {
    let run = check_as("full");
    let expected = r#"
warning[title-differs]: title "kvm: ö %title, a:b" differs from the subject's "kvm: title"
  --> a.txt:17:7
   |
17 | New:  kvm: ö %title, a:b
   |       ^^^^^^^^^^^^^^^^^^
18 | [PATCH] kvm: title
   |         ---------- the subject
"#;
    let shown = run.stdout.replace("  ::: a.txt:18:9\n   |\n", "");
    assert!(
        shown.contains(expected.trim_start_matches('\n').lines().next().unwrap()),
        "{shown}"
    );
    for line in expected.lines().filter(|line| !line.is_empty()) {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line:?} is not in\n{shown}"
        );
    }
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn colours_come_when_asked_for_and_only_then() {
    let arguments = ["check", "a.txt", "--format=full", "--color"];
    let with = |color| run_on(damaged(), &[&arguments[..], &[color]].concat()).stdout;
    assert!(with("always").contains("\u{1b}["));
    assert!(!with("never").contains('\u{1b}'));
    assert!(!with("auto").contains('\u{1b}'));
}

#[test]
fn github_gets_commands_with_everything_escaped() {
    let run = check_as("github");
    let line = run.stdout.lines().nth(1).unwrap();
    assert_eq!(
        line,
        "::warning file=a.txt,line=17,endLine=17,col=7,endColumn=25,title=title-differs::\
         title \"kvm: ö %25title, a:b\" differs from the subject's \"kvm: title\""
    );
}

/// The keys of all objects in a value, by the path that leads there.
fn keys(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| keys(path, value, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                keys(&path, value, found);
                found.push(path);
            }
        }
        _ => {}
    }
    found.sort();
    found.dedup();
}

#[test]
fn json_has_the_keys_that_are_documented() {
    let run = check_as("json");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["version"], 1);
    let finding = &json["findings"][1];
    assert_eq!(finding["line"], 17);
    assert_eq!(finding["column"], 7);
    assert_eq!(finding["end_column"], 25);
    let document = include_str!("../../../docs/check.md");
    let example = document
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let (mut documented, mut printed) = (Vec::new(), Vec::new());
    keys("", &example, &mut documented);
    keys("", &json, &mut printed);
    // Nothing is certain here.
    documented.retain(|path| !path.starts_with(".findings.fix."));
    assert_eq!(printed, documented);
}

#[test]
fn sarif_is_valid() {
    let schema: Value =
        serde_json::from_str(include_str!("../../schemas/sarif-2.1.0.json")).unwrap();
    let folder = TempFolder::new();
    folder.write("a b#.txt", damaged());
    folder.write(
        "clean.txt",
        digest(&[entry("PATCH", "kvm: title", "Body.")]),
    );
    for files in [&["a b#.txt", "clean.txt"][..], &["clean.txt"]] {
        let arguments = [&["check", "--format=sarif"][..], files].concat();
        let run = run_in(folder.path(), &arguments, b"");
        let sarif: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(schema::problems(&schema, &sarif), [""; 0]);
        let results = &sarif["runs"][0]["results"];
        if files.len() == 2 {
            let location = &results[1]["locations"][0]["physicalLocation"];
            assert_eq!(location["artifactLocation"]["uri"], "a%20b%23.txt");
            assert_eq!(location["region"]["startLine"], 17);
            let rule = results[1]["ruleIndex"].as_u64().unwrap();
            let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][usize::try_from(rule).unwrap()];
            assert_eq!(rule["id"], "title-differs");
        } else {
            assert_eq!(*results, Value::Array(vec![]));
        }
    }
}

#[test]
fn no_format_lets_a_terminal_be_driven() {
    let evil = "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{2066}\u{200b}\u{7f}\u{8}";
    let text = damaged()
        .replace("%title", evil)
        .replace("three example", &format!("three{evil}example"));
    for format in ["full", "concise", "json", "sarif", "github"] {
        let run = run_on(&text, &["check", "a.txt", "--format", format]);
        let found = run.stdout.chars().find(|&c| is_dangerous(c) && c != '\n');
        assert_eq!(found, None, "{format}: {:?}", run.stdout);
    }
}

#[test]
fn a_line_without_end_is_shown_in_part() {
    let text = damaged().replace("%title", &"x".repeat(3_000_000));
    let run = run_on(text, &["check", "a.txt", "--format=full"]);
    assert!(run.stdout.len() < 20_000, "{} bytes", run.stdout.len());
    assert_eq!(run.code, Some(1));
}
