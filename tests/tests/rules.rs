//! The rule book keeps its word: every example that fails is found by its rule, and by its rule
//! alone; every example that passes is found by none.

use patch_digest_core::Digest;
use patch_digest_core::lints::{self, CheckOptions, Group, Profile, RULES, Rule};
use patch_digest_tests::samples::HEAD;

/// The digest that an example is an excerpt of.
fn whole(example: &str) -> String {
    let part = |start: &str, end: &str| {
        let from = HEAD.find(start).unwrap();
        let to = HEAD[from..].find(end).map_or(HEAD.len(), |at| from + at);
        &HEAD[from..to]
    };
    let header = part("From ", "Top 15 contributor Email");
    let domains = part("Top 15 contributor Email", "Top 15 contributors");
    let contributors = part("Top 15 contributors", "=====");
    let headings = part("===== Patch list", "\u{0}");
    let end = if example.ends_with("-\n") { "\n" } else { "" };
    match example.split([' ', ':']).next().unwrap() {
        "From" => format!("{example}\n{domains}{contributors}{headings}"),
        "Top" if example.contains("contributor Email") && example.contains("contributors") => {
            format!("{header}{example}\n{headings}")
        }
        "Top" if example.contains("contributor Email") => {
            format!("{header}{example}\n{contributors}{headings}")
        }
        "Top" => {
            // The domains fit the people, as far as their rows can be read.
            let counts = example.lines().filter_map(|line| {
                let count = line.trim().split(' ').next()?;
                count.parse::<u64>().ok()
            });
            let domains = format!(
                "Top 15 contributor Email domains (Based on Email Body)\n\n{:>7} example.org\n\n",
                counts.sum::<u64>()
            );
            let headings = if example.contains("=====") {
                ""
            } else {
                headings
            };
            format!("{header}{domains}{example}\n{headings}")
        }
        "=====" => format!("{header}{domains}{contributors}{example}\n"),
        // Whoever the examples are of has sent enough.
        "New" => format!("{}{example}{end}", HEAD.replace("      3 ", "      9 ")),
        "Dear" => example.to_owned(),
        _ => {
            let separator = "-".repeat(70);
            format!(
                "{HEAD}New:  kvm: Fix it\n[PATCH] kvm: Fix it\nAuthor: Ann Brown <ann@example.org>\n\n{example}\n{separator}\n"
            )
        }
    }
}

fn found(rule: &Rule, example: &str) -> Vec<&'static str> {
    let options = CheckOptions {
        review: rule.group == Group::Review,
        ..CheckOptions::new(Profile::Maker)
    };
    let problems = lints::check_with(&Digest::parse(whole(example)), &options);
    problems.iter().map(|problem| problem.rule.code).collect()
}

/// Rules about more than the text of one digest.
const OF_MORE: &[&str] = &["newer-version", "not-utf8"];

#[test]
fn examples_fail_and_pass_as_they_say() {
    for rule in RULES.iter().filter(|rule| !OF_MORE.contains(&rule.code)) {
        let page = &rule.explanation;
        assert_eq!(
            found(rule, page.fails),
            [rule.code],
            "{}",
            whole(page.fails)
        );
        assert_eq!(found(rule, page.passes), [""; 0], "{}", whole(page.passes));
    }
}
