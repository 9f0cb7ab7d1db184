//! The rule book: every rule as data, a file for each family. The pages of the documentation are
//! made from it; the examples are held against the checks by `tests/tests/rules.rs`.

mod encoding;
mod numbers;
mod review;
mod series;
mod structure;
mod text;

pub use encoding::*;
pub use numbers::*;
pub use review::*;
pub use series::*;
pub use structure::*;
pub use text::*;

use super::rule::Rule;

/// Every rule, by code.
pub const RULES: &[&Rule] = &[
    BAD_HEADER,
    BAD_TITLE_LINE,
    BAD_URL,
    CONTROL_CHARACTER,
    COVER_DISAGREES,
    COVER_SKIPPED,
    CUT_TITLE,
    DIFFSTAT_FILES,
    DIFFSTAT_SUM,
    DOMAIN_COUNT,
    DUPLICATE_ENTRY,
    ENCODED_WORD,
    EXIST_WITHOUT_SKIP,
    FIXES_SHAPE,
    FOOTNOTE_MISSING,
    FOOTNOTE_TWICE,
    HEADING_MISSING,
    HEADING_ORDER,
    MALFORMED_TAG,
    MISSING_AUTHOR,
    MISSING_SEPARATOR,
    MISSING_SIGN_OFF,
    MISSING_SUBJECT,
    MISSPELT_TRAILER,
    NEWER_VERSION,
    NOT_A_DIGEST,
    NOT_UTF8,
    PATCH_NOT_LISTED,
    QUOTED_PRINTABLE,
    RANGE_MISMATCH,
    REPLY_AS_COVER,
    SERIES_CUT,
    SHORTLOG_COUNT,
    SHORTLOG_TOTAL,
    SKIP_WITHOUT_EXIST,
    STRAY_TEXT,
    TABLE_ORDER,
    TABLE_ROW,
    TABLE_ROWS,
    TABLE_TOTAL,
    TITLE_DIFFERS,
    TRAILER_APART,
    UNKNOWN_EXIST,
    UNREADABLE_AUTHOR,
    WRONG_CHARSET,
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
