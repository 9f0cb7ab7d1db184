//! The words that headings of changelogs are made of.

use super::label::Label;
use crate::model::subject::Version;

/// A label, or words that mean one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Label(Label),
    /// `the previous version`
    Previous,
    /// `this version`
    This,
}

/// What a word of a heading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// `the`, `noteworthy`
    Filler,
    /// `changes`
    Changes,
    In,
    Since,
    Between,
    Link,
    /// `to`: of `compared to` and `link to`
    To,
    Version(Name),
}

/// What is said of a word in small letters; nothing of one that is longer than all that are known.
pub(super) fn in_small_letters<T: Default>(word: &str, say: impl FnOnce(&[u8]) -> T) -> T {
    let mut small = [0; 16];
    let Some(small) = small.get_mut(..word.len()) else {
        return T::default();
    };
    small.copy_from_slice(word.as_bytes());
    small.make_ascii_lowercase();
    say(small)
}

/// What a word says, if it is one that headings are made of.
pub(super) fn word_class(word: &str) -> Option<Word> {
    in_small_letters(word, class_of)
}

/// The class of a word in small letters.
fn class_of(word: &[u8]) -> Option<Word> {
    Some(match word {
        b"the" | b"my" | b"main" | b"major" | b"minor" | b"notable" | b"noteworthy"
        | b"significant" | b"important" | b"key" | b"summary" | b"list" | b"of" | b"all"
        | b"other" | b"what" | b"what's" | b"brief" | b"short" | b"full" | b"functional"
        | b"significantly" | b"here" | b"are" | b"is" | b"log" | b"patch" | b"patchset"
        | b"series" | b"version" | b"code" => Word::Filler,
        b"changes" | b"change" | b"changed" | b"changelog" | b"changelogs" | b"change-log"
        | b"history" | b"new" | b"difference" | b"differences" | b"diff" | b"diffs" | b"delta"
        | b"update" | b"updates" | b"updated" | b"modifications" | b"fixes" | b"improvements" => {
            Word::Changes
        }
        b"in" | b"for" | b"with" | b"at" => Word::In,
        b"since" | b"from" | b"after" | b"against" | b"over" | b"vs" | b"versus" | b"compared"
        | b"respect" | b"relative" => Word::Since,
        b"between" => Word::Between,
        b"link" | b"links" => Word::Link,
        b"to" => Word::To,
        b"previous" | b"prior" | b"last" => Word::Version(Name::Previous),
        b"this" => Word::Version(Name::This),
        ordinal => Word::Version(Name::Label(Label::plain(Version::plain(number_of(
            ordinal,
        )?)))),
    })
}

/// `first`, `second`; enough for what people write out.
fn number_of(ordinal: &[u8]) -> Option<u32> {
    const ORDINALS: [&[u8]; 6] = [b"first", b"second", b"third", b"fourth", b"fifth", b"sixth"];
    if matches!(ordinal, b"initial" | b"original") {
        return Some(1);
    }
    let idx = ORDINALS.iter().position(|known| *known == ordinal)?;
    u32::try_from(idx + 1).ok()
}

/// The name that `the first version`, `previous posting` and the like mean: the word before a
/// noun for a posting.
pub(super) fn named_by(word: &str) -> Option<Name> {
    match word_class(word)? {
        Word::Version(Name::This) => None,
        Word::Version(name) => Some(name),
        _ => None,
    }
}

/// `version`, `posting`, and other words for one posting of a series.
pub(super) fn is_posting_noun(word: &str) -> bool {
    in_small_letters(word, |word| {
        matches!(
            word,
            b"version"
                | b"revision"
                | b"iteration"
                | b"posting"
                | b"submission"
                | b"series"
                | b"patchset"
                | b"round"
                | b"rfc"
                | b"attempt"
                | b"patch"
                | b"set"
        )
    })
}

/// Words between a label and the end of a heading: `of this series are`.
pub(super) fn is_tail_word(word: &str) -> bool {
    [
        "of",
        "this",
        "the",
        "series",
        "patch",
        "patches",
        "patchset",
        "set",
        "version",
        "posting",
        "submission",
        "resend",
        "repost",
        "rfc",
        "are",
        "were",
        "is",
        "include",
        "includes",
        "as",
        "follows",
        "following",
        "below",
        "changes",
        "changelog",
        "change",
        "log",
        "updates",
        "only",
        "so",
        "far",
    ]
    .iter()
    .any(|tail| word.eq_ignore_ascii_case(tail))
}
