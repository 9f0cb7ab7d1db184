//! `patch-digest explain RULE` and `patch-digest rules`: the rule book at the terminal.

use std::fmt::Write as _;

use patch_digest_config::nearest;
use patch_digest_core::lints::{self, Group, Profile, RULES, Rule, Severity, page};

use crate::{CLEAN, FAILED, output};

/// Prints the page of a rule.
pub(crate) fn run(code: &str) -> u8 {
    let Some(rule) = lints::rule(code) else {
        let shown = patch_digest_core::shown::plain(code).into_owned();
        let meant = nearest(code, RULES.iter().map(|rule| rule.code));
        output::complain(&match meant {
            Some(meant) => format!("there is no rule `{shown}`; did you mean `{meant}`?"),
            None => format!("there is no rule `{shown}`; `patch-digest rules` lists them"),
        });
        return FAILED;
    };
    print(&page::plain(rule))
}

/// Prints a line for every rule.
pub(crate) fn list() -> u8 {
    let mut text = String::new();
    let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    for group in Group::ALL {
        let rules: Vec<_> = RULES.iter().filter(|rule| rule.group == group).collect();
        if rules.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}: {}", group.name(), group.summary());
        for rule in rules {
            let _ = writeln!(
                text,
                "  {:width$}  {:11}  {:11}  {}",
                rule.code,
                word(rule, Profile::Reader),
                word(rule, Profile::Maker),
                rule.summary
            );
        }
    }
    print(&format!(
        "Rules, with their severity for readers and for makers.\n\n{text}"
    ))
}

fn print(text: &str) -> u8 {
    match output::print(text) {
        Ok(()) => CLEAN,
        Err(message) => {
            output::complain(&message);
            FAILED
        }
    }
}

fn word(rule: &Rule, profile: Profile) -> &'static str {
    rule.severity(profile).map_or("off", Severity::name)
}
