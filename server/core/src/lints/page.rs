//! A page of the rule book: the one text that the command line, the editors and `docs/rules` show
//! of a rule. Tests are below.

use super::options::Profile;
use super::rule::{Group, Rule};
use super::{RULES, Severity};

/// `reader: hint, maker: warning`, with what switches it on where it is off.
fn severities(rule: &Rule) -> String {
    let word = |profile| rule.severity(profile).map_or("off", Severity::name);
    let (reader, maker) = (word(Profile::Reader), word(Profile::Maker));
    if rule.group == Group::Review {
        format!("off; {reader} with the group `review`")
    } else if reader == maker {
        reader.to_owned()
    } else {
        format!("{reader} for readers, {maker} for makers")
    }
}

/// Code between backticks as it is, without them.
fn without_ticks(text: &str) -> String {
    text.replace('`', "")
}

/// Lines set in by four blanks.
fn set_in(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let gap = if line.is_empty() { "" } else { "    " };
        format!("{gap}{line}\n")
    });
    lines.collect()
}

/// The page as plain text.
#[must_use]
pub fn plain(rule: &Rule) -> String {
    let page = &rule.explanation;
    format!(
        "{} ({}): {}\n\n{}\n\n{}\n\nFound in:\n\n{}\nNot in:\n\n{}\nWhat to do: {}\n",
        rule.code,
        rule.group.name(),
        without_ticks(&severities(rule)),
        without_ticks(rule.summary),
        without_ticks(page.why),
        set_in(page.fails),
        set_in(page.passes),
        without_ticks(page.fix)
    )
}

/// What matters most of the page, as plain text without examples: for a message.
#[must_use]
pub fn brief(rule: &Rule) -> String {
    let page = &rule.explanation;
    format!(
        "{}: {}\n\n{}\n\n{}",
        rule.code,
        without_ticks(rule.summary),
        without_ticks(page.why),
        without_ticks(page.fix)
    )
}

/// The page as Markdown, with its heading.
#[must_use]
pub fn markdown(rule: &Rule) -> String {
    let page = &rule.explanation;
    let example = |text: &str| format!("```text\n{}\n```", text.trim_end_matches('\n'));
    format!(
        "# {}\n\n{}\n\nGroup `{}`; {}.\n\n{}\n\n## Found in\n\n{}\n\n## Not in\n\n{}\n\n## What to do\n\n{}\n",
        rule.code,
        rule.summary,
        rule.group.name(),
        severities(rule),
        page.why,
        example(page.fails),
        example(page.passes),
        page.fix
    )
}

/// The first page, with a table of all rules: Markdown. Each code leads to `CODE.md`.
#[must_use]
pub fn index() -> String {
    let mut text = String::from(
        "# Rules\n\n`patch-digest explain RULE` shows these pages at the terminal. What is off, and how much a rule\n\
         matters, can be [set](../settings.md).\n",
    );
    for group in Group::ALL {
        let rules: Vec<_> = RULES.iter().filter(|rule| rule.group == group).collect();
        if rules.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "\n## {}: {}\n\n| code | readers | makers | finds |\n| --- | --- | --- | --- |\n",
            group.name(),
            group.summary()
        ));
        for rule in rules {
            let word = |profile| rule.severity(profile).map_or("off", Severity::name);
            text.push_str(&format!(
                "| [{0}]({0}.md) | {1} | {2} | {3} |\n",
                rule.code,
                word(Profile::Reader),
                word(Profile::Maker),
                rule.summary.replace('|', "\\|")
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_all_that_is_known_of_a_rule() {
        let index = index();
        for rule in RULES {
            let page = markdown(rule);
            for part in [
                rule.code,
                rule.summary,
                rule.explanation.why,
                rule.explanation.fix,
            ] {
                assert!(page.contains(part), "{part}");
            }
            // The examples are fenced, and so must have no fence of their own.
            assert_eq!(page.matches("```").count(), 4, "{}", rule.code);
            assert!(plain(rule).starts_with(rule.code));
            assert!(index.contains(&format!("({}.md)", rule.code)));
        }
    }
}
