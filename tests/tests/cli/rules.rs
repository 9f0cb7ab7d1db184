//! `explain`, `rules`, `completions`, `man`: what the program tells of itself.

use patch_digest_core::lints::RULES;
use patch_digest_tests::temp::TempFolder;

use crate::{Run, run_in};

#[track_caller]
fn run(arguments: &[&str]) -> Run {
    let run = run_in(TempFolder::new().path(), arguments, b"");
    if run.code == Some(0) {
        assert_eq!(run.stderr, "", "{arguments:?}");
    }
    run
}

#[test]
fn every_rule_is_listed() {
    let list = run(&["rules"]).stdout;
    for rule in RULES {
        let lines = list
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(rule.code));
        assert_eq!(lines.count(), 1, "{}", rule.code);
    }
}

#[test]
fn rule_is_explained_with_examples() {
    let page = run(&["explain", "missing-author"]);
    assert_eq!(page.code, Some(0));
    for part in [
        "missing-author (structure)",
        "Found in:",
        "Not in:",
        "What to do:",
        "    New:  ",
    ] {
        assert!(page.stdout.contains(part), "{part} in {}", page.stdout);
    }
    let slip = run(&["explain", "missing-autor"]);
    assert_eq!(slip.code, Some(2));
    assert_eq!(
        slip.stderr,
        "patch-digest: there is no rule `missing-autor`; did you mean `missing-author`?\n"
    );
}

#[test]
fn shells_and_manuals_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(script.stdout.contains("stdin-filename"), "{shell}");
    }
    let page = run(&["man"]).stdout;
    assert!(page.contains(".TH patch-digest 1"), "{page}");
    for command in [
        "check",
        "config",
        "completions",
        "explain",
        "man",
        "outline",
        "rules",
        "lsp",
    ] {
        assert!(
            page.contains(&format!("patch\\-digest\\-{command}(1)")),
            "{command}"
        );
        let own = run(&["man", command]).stdout;
        assert!(
            own.contains(&format!(".TH patch-digest-{command} 1")),
            "{own}"
        );
    }
    assert_eq!(run(&["man", "nonsense"]).code, Some(2));
}
