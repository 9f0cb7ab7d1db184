//! What a mail says it is based on, in its own words.

use std::sync::LazyLock;

use regex::Regex;

use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::line::Lines;

/// Words that say so.
static PHRASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\b(?:(?:re)?based?\s+(?:on(?:to)?|off)|on top of|(?:applies|applied|apply)\s+(?:over|to|on)|built against)\b").ok()
});

/// What makes it a base: a kernel version, a tree or branch, a commit.
static BASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\bv?\d\.\d+(?:\.\d+)*(?:-rc\d+)?\b|\bnext\b|-next|\btree\b|\bbranch\b|://|\bcommit\s+[0-9a-f]{7,}|\bmaster\b|\bmain\b|\bupstream\b").ok()
});

/// The statement, on one line; the `base-commit:` where there is no sentence.
pub(super) fn base(text: &str, entry: &Entry) -> Option<String> {
    let body = entry.body.text(text);
    sentence(body).or_else(|| {
        let part = entry
            .parts_of(PartKind::BaseCommit)
            .find(|part| part.span.text(text).starts_with("base-commit"))?;
        Some(part.span.text(text).to_owned())
    })
}

fn sentence(body: &str) -> Option<String> {
    let (phrase, base) = (PHRASE.as_ref()?, BASE.as_ref()?);
    let mut lines = Lines::new(body).map(|line| line.text).peekable();
    while let Some(line) = lines.next() {
        if line.len() > 400 || line.starts_with('>') {
            continue;
        }
        let Some(found) = phrase.find(line) else {
            continue;
        };
        // From the start of its sentence to the end, on the next line if it goes on there.
        let start = line[..found.start()].rfind(". ").map_or(0, |at| at + 2);
        let mut statement = line[start..]
            .trim()
            .trim_start_matches(['-', '*', ' '])
            .to_owned();
        if end_of_sentence(&statement).is_none()
            && let Some(next) = lines
                .peek()
                .filter(|next| next.len() < 400 && goes_on(next))
        {
            statement.push(' ');
            statement.push_str(next.trim());
        }
        if let Some(end) = end_of_sentence(&statement) {
            statement.truncate(end);
        }
        if base.is_match(&statement) {
            return Some(statement);
        }
    }
    None
}

/// Whether a line can be the rest of a sentence: not blank, no item of a list.
fn goes_on(line: &str) -> bool {
    let line = line.trim_start();
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_item = line.starts_with(['-', '*', '+', '['])
        || numbered.len() < line.len() && numbered.starts_with(['.', ')']);
    !line.is_empty() && !is_item
}

/// Where the first sentence ends: a full stop, not one inside a version or an address.
fn end_of_sentence(text: &str) -> Option<usize> {
    text.find(". ")
        .or_else(|| text.ends_with('.').then(|| text.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn statements_of_a_base() {
        for (body, base) in [
            (
                "Text.\n\nApplied over 6.18-rc6.\n",
                Some("Applied over 6.18-rc6"),
            ),
            (
                "Based on https://github.com/kvm-x86/linux kvm-x86/next\n(currently v6.19-rc6-182-ge944fe2c09f4).\n",
                Some(
                    "Based on https://github.com/kvm-x86/linux kvm-x86/next (currently v6.19-rc6-182-ge944fe2c09f4)",
                ),
            ),
            ("- Rebase onto v6.19-rc1.\n", Some("Rebase onto v6.19-rc1")),
            (
                "against v1 of the series. These changes are based on v6.19-rc1. As before, it\n",
                Some("These changes are based on v6.19-rc1"),
            ),
            (
                "* Rebase onto v6.19-rc1 (v1 was on v6.18)\n* Drop a patch as v6.19 has it\n",
                Some("Rebase onto v6.19-rc1 (v1 was on v6.18)"),
            ),
            ("based on feedback we hope\nit is better\n", None),
        ] {
            assert_eq!(sentence(body).as_deref(), base, "{body}");
        }
    }
}
