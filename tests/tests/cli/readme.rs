//! What the README says of the command line is so.

use std::collections::BTreeMap;

use patch_digest_core::lints::{Group, RULES, Severity};
use patch_digest_tests::corpus;
use serde_json::Value;

use crate::run_in;

const README: &str = include_str!("../../../README.md");

/// The code blocks in a language, without the language those without one.
fn code_blocks(language: &str) -> Vec<&'static str> {
    let blocks = README.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .collect()
}

/// The rows of the table whose head begins with `head`: their cells.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let start = README.find(head).expect("the table");
    README[start..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn table_of_rules_has_every_rule_with_its_severities() {
    let documented: Vec<_> = table("| code | reader | maker | finds |")
        .into_iter()
        .map(|cells| (cells[0].trim_matches('`'), cells[1], cells[2]))
        .collect();
    let rules: Vec<_> = RULES
        .iter()
        .map(|rule| {
            let word = |severity: Option<Severity>| match (rule.group, severity) {
                (Group::Review, _) => "—",
                (_, None) => "off",
                (_, Some(severity)) => severity.name(),
            };
            (rule.code, word(rule.reader), word(rule.maker))
        })
        .collect();
    assert_eq!(documented, rules);
}

#[test]
fn outline_shown_there_is_what_the_program_prints() {
    let sample = code_blocks("text")[0];
    let run = run_in(
        &corpus::folder(),
        &["outline", "kvm-fff46e5c7-a4f0e95a9.txt"],
        b"",
    );
    let mut printed = run.stdout.lines();
    for line in sample.lines().filter(|line| line.trim() != "…") {
        assert!(
            printed.any(|printed| printed == line),
            "{line:?} is not in {}",
            run.stdout
        );
    }
}

/// The keys of every object in a JSON value, by the path that leads there. What is `null` or empty
/// tells nothing of what is below it.
fn keys(path: &str, value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| keys(path, value, found)),
        Value::Object(fields) => {
            let names: Vec<_> = fields.keys().cloned().collect();
            let known = found
                .entry(path.to_owned())
                .or_insert_with(|| names.clone());
            assert_eq!(*known, names, "objects at {path} differ in their keys");
            for (name, value) in fields {
                keys(&format!("{path}.{name}"), value, found);
            }
        }
        _ => {}
    }
}

/// The keys in the JSON that the README shows.
fn documented_keys() -> BTreeMap<String, Vec<String>> {
    let mut documented = BTreeMap::new();
    let json = code_blocks("json")[0];
    keys("", &serde_json::from_str(json).unwrap(), &mut documented);
    documented
}

#[test]
fn json_has_the_keys_shown_there_and_no_others() {
    let mut documented = documented_keys();
    // Shown as `null`, it is explained as somebody like the author.
    let person = documented[".entries.author"].clone();
    documented.insert(".entries.written_by".to_owned(), person);

    let names: Vec<_> = corpus::digests()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let names = names.iter().map(|name| &**name);
    let arguments: Vec<_> = ["outline", "--format", "json"]
        .into_iter()
        .chain(names)
        .collect();
    let run = run_in(&corpus::folder(), &arguments, b"");
    let mut printed = BTreeMap::new();
    for line in run.stdout.lines() {
        keys("", &serde_json::from_str(line).unwrap(), &mut printed);
    }
    assert_eq!(printed, documented);
}

#[test]
fn keys_explained_there_exist() {
    let documented: Vec<String> = documented_keys().into_values().flatten().collect();
    for cells in table("| key | meaning |")
        .iter()
        .filter(|cells| cells[0].starts_with('`'))
    {
        for key in cells[0].split(", ") {
            let key = key.split('`').nth(1).unwrap();
            assert!(
                documented.iter().any(|documented| documented == key),
                "{key}"
            );
        }
    }
}

#[test]
fn commands_and_options_shown_there_exist() {
    let mut n_commands = 0;
    for line in code_blocks("sh").join("\n").lines() {
        let line = line.split('#').next().unwrap();
        let mut words = line.split_whitespace();
        if words.next() != Some("patch-digest") {
            continue;
        }
        let command = words.next().unwrap();
        let help = run_in(&corpus::folder(), &[command, "--help"], b"");
        assert_eq!(help.code, Some(0), "{line}");
        for option in words.filter(|word| word.starts_with("--")) {
            assert!(help.stdout.contains(option), "{option} in {line}");
        }
        n_commands += 1;
    }
    assert!(n_commands >= 5);
}
