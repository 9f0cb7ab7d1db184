//! What is reported as wrong: the table of all rules, and the checks in families.
//!
//! Text is never an error; it has problems. Every problem names a rule of [`RULES`], whose codes
//! are public and never reused.

mod structure;

use std::ops::Range;

use crate::digest::Digest;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The digest is broken here.
    Error,
    /// A fact that should be otherwise.
    Warning,
    /// Something the reader may want to know.
    Information,
    /// Something small.
    Hint,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
            Self::Hint => "hint",
        }
    }
}

/// A rule: what a problem may be.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its kebab-case code.
    pub code: &'static str,
    /// How much its problems matter.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub summary: &'static str,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, in the reader's words, without a full stop; harmless to show.
    pub message: String,
    /// What proves it: other places with a word about each.
    pub related: Vec<(Range<usize>, String)>,
}

macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident: $code:literal, $severity:ident, $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub const $name: &Rule = &Rule {
                code: $code,
                severity: Severity::$severity,
                summary: $summary,
            };
        )*
        /// Every rule, by code.
        pub const RULES: &[&Rule] = &[$($name),*];
    };
}

rules! {
    BAD_HEADER: "bad-header", Error, "The first line is not `From <from> to <to>` with two commit ids.";
    BAD_TITLE_LINE: "bad-title-line", Error, "The second line is not `<LIST> mailing list update from <from> to <to>`.";
    EXIST_WITHOUT_SKIP: "exist-without-skip", Warning, "An `Exist:` line is not followed by its ` Skip:` line.";
    HEADING_MISSING: "heading-missing", Warning, "One of the four headings of a digest is missing.";
    HEADING_ORDER: "heading-order", Warning, "A heading stands twice, or not in the order that digests have.";
    MALFORMED_TAG: "malformed-tag", Warning, "The tag of a subject contradicts itself or cannot be read.";
    MISSING_AUTHOR: "missing-author", Error, "An entry has no `Author:` line below its subject.";
    MISSING_SEPARATOR: "missing-separator", Error, "An entry does not end with a line of 70 dashes.";
    MISSING_SUBJECT: "missing-subject", Error, "An entry has no bracketed subject below its `New:` line.";
    NOT_A_DIGEST: "not-a-digest", Warning, "The text has nothing that a digest has.";
    NOT_UTF8: "not-utf8", Warning, "The file has bytes that are not UTF-8.";
    RANGE_MISMATCH: "range-mismatch", Error, "The two header lines name different commits.";
    SKIP_WITHOUT_EXIST: "skip-without-exist", Warning, "A ` Skip:` line does not follow an `Exist:` line.";
    STRAY_TEXT: "stray-text", Warning, "Text stands where only entries and log lines do.";
    TABLE_ROW: "table-row", Warning, "A row of a table cannot be read.";
    TITLE_DIFFERS: "title-differs", Warning, "The title after `New:` is not that of the subject.";
    UNKNOWN_EXIST: "unknown-exist", Warning, "An `Exist:` line names no entry above it.";
    UNREADABLE_AUTHOR: "unreadable-author", Warning, "An `Author:` line has no address that can be read.";
}

/// The rule with a code.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code).copied()
}

/// Everything wrong with a digest, in the order of the text.
#[must_use]
pub fn check(digest: &Digest) -> Vec<Problem> {
    let mut problems = Vec::new();
    structure::check(digest, &mut problems);
    problems.sort_by(|a, b| {
        (a.range.start, a.range.end, a.rule.code).cmp(&(b.range.start, b.range.end, b.rule.code))
    });
    problems
}

/// The problem of a file that is not UTF-8: told once, at the first such byte. `invalid` holds the
/// offsets of the replacement characters, as [`crate::text::decode`] gives them.
#[must_use]
pub fn not_utf8(invalid: &[usize]) -> Option<Problem> {
    let first = *invalid.first()?;
    let others = match invalid.len() - 1 {
        0 => String::new(),
        1 => " (and at 1 other place)".to_owned(),
        n => format!(" (and at {n} other places)"),
    };
    Some(Problem {
        rule: NOT_UTF8,
        range: first..first + char::REPLACEMENT_CHARACTER.len_utf8(),
        message: format!("not UTF-8: these bytes are shown as U+FFFD{others}"),
        related: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_sorted_and_unique() {
        assert!(RULES.is_sorted_by(|a, b| a.code < b.code));
        for rule in RULES {
            assert!(
                rule.code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            assert!(rule.summary.ends_with('.'));
        }
    }
}
