//! The rule book: every rule as data, a file for each family. The pages of the documentation are
//! made from it; the examples are held against the checks by `tests/tests/rules.rs`.

mod encoding;
mod structure;

pub use encoding::*;
pub use structure::*;

use super::rule::Rule;

/// Every rule, by code.
pub const RULES: &[&Rule] = &[
    BAD_HEADER,
    BAD_TITLE_LINE,
    EXIST_WITHOUT_SKIP,
    HEADING_MISSING,
    HEADING_ORDER,
    MALFORMED_TAG,
    MISSING_AUTHOR,
    MISSING_SEPARATOR,
    MISSING_SUBJECT,
    NOT_A_DIGEST,
    NOT_UTF8,
    RANGE_MISMATCH,
    SKIP_WITHOUT_EXIST,
    STRAY_TEXT,
    TABLE_ROW,
    TITLE_DIFFERS,
    UNKNOWN_EXIST,
    UNREADABLE_AUTHOR,
];

/// The severity that a row of the book names; `off` is none.
macro_rules! severity {
    (off) => {
        None
    };
    ($severity:ident) => {
        Some($crate::lints::Severity::$severity)
    };
}
use severity;

/// Rows of the book.
macro_rules! rules {
    ($group:ident: $(
        $name:ident = $code:literal, reader $reader:ident, maker $maker:ident;
        $summary:literal
        why: $why:literal
        fails: $fails:literal
        passes: $passes:literal
        fix: $fix:literal
    )*) => {
        $(
            #[doc = $summary]
            pub const $name: &$crate::lints::Rule = &$crate::lints::Rule {
                code: $code,
                group: $crate::lints::Group::$group,
                reader: $crate::lints::book::severity!($reader),
                maker: $crate::lints::book::severity!($maker),
                summary: $summary,
                explanation: $crate::lints::Explanation {
                    why: $why,
                    fails: $fails,
                    passes: $passes,
                    fix: $fix,
                },
            };
        )*
    };
}
use rules;

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
        }
    }

    #[test]
    fn pages_are_whole_sentences_and_nothing_is_left_out() {
        for rule in RULES {
            let page = &rule.explanation;
            for text in [rule.summary, page.why, page.fix] {
                assert!(text.ends_with(['.', ':']), "{}: {text}", rule.code);
                assert_eq!(text, text.trim(), "{}", rule.code);
            }
            assert!(!page.fails.is_empty() && page.fails != page.passes);
        }
    }
}
