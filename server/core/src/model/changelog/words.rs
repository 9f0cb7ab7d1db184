//! The words that headings of changelogs are made of, and those between a version and its address.

use super::label::Label;
use crate::eight;
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

/// What a word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Roles {
    /// What it says, if it is one that headings are made of.
    pub(super) class: Option<Word>,
    /// `version`, `posting`, and other words for one posting of a series.
    pub(super) is_posting_noun: bool,
    /// Words between a label and the end of a heading: `of this series are`.
    pub(super) is_tail: bool,
    /// May stand between the name of a version and its address.
    pub(super) is_filling: bool,
    /// May stand before a label in a sentence: `comments from v1 [1]`.
    pub(super) is_before_label: bool,
}

const NO_ROLES: Roles = Roles {
    class: None,
    is_posting_noun: false,
    is_tail: false,
    is_filling: false,
    is_before_label: false,
};

const CLASSES: [(Word, &[&str]); 10] = [
    (
        Word::Filler,
        &[
            "the",
            "my",
            "main",
            "major",
            "minor",
            "notable",
            "noteworthy",
            "significant",
            "important",
            "key",
            "summary",
            "list",
            "of",
            "all",
            "other",
            "what",
            "what's",
            "brief",
            "short",
            "full",
            "functional",
            "significantly",
            "here",
            "are",
            "is",
            "log",
            "patch",
            "patchset",
            "series",
            "version",
            "code",
        ],
    ),
    (
        Word::Changes,
        &[
            "changes",
            "change",
            "changed",
            "changelog",
            "changelogs",
            "change-log",
            "history",
            "new",
            "difference",
            "differences",
            "diff",
            "diffs",
            "delta",
            "update",
            "updates",
            "updated",
            "modifications",
            "fixes",
            "improvements",
        ],
    ),
    (Word::In, &["in", "for", "with", "at"]),
    (
        Word::Since,
        &[
            "since", "from", "after", "against", "over", "vs", "versus", "compared", "respect",
            "relative",
        ],
    ),
    (Word::Between, &["between"]),
    (Word::Link, &["link", "links"]),
    (Word::To, &["to"]),
    (
        Word::Version(Name::Previous),
        &["previous", "prior", "last"],
    ),
    (Word::Version(Name::This), &["this"]),
    (nth(1), &["initial", "original"]),
];

/// Enough for what people write out.
const ORDINALS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];

const POSTING_NOUNS: [&str; 12] = [
    "version",
    "revision",
    "iteration",
    "posting",
    "submission",
    "series",
    "patchset",
    "round",
    "rfc",
    "attempt",
    "patch",
    "set",
];

const TAIL: [&str; 31] = [
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
];

const FILLING: [&str; 36] = [
    "is",
    "was",
    "were",
    "are",
    "can",
    "be",
    "found",
    "at",
    "here",
    "in",
    "posted",
    "sent",
    "of",
    "this",
    "the",
    "available",
    "archived",
    "on",
    "lore",
    "see",
    "read",
    "also",
    "discussed",
    "seen",
    "link",
    "via",
    "that",
    "which",
    "has",
    "been",
    "and",
    "it",
    "patch",
    "set",
    "series",
    "patchset",
];

const BEFORE_LABEL: [&str; 16] = [
    "the",
    "from",
    "since",
    "version",
    "previous",
    "posted",
    "in",
    "see",
    "to",
    "and",
    "against",
    "earlier",
    "sent",
    "previously",
    "link",
    "changes",
];

/// The version that an ordinal means.
const fn nth(major: u32) -> Word {
    Word::Version(Name::Label(Label::plain(Version::plain(major))))
}

/// One of the [`Roles`].
#[derive(Clone, Copy)]
enum Role {
    Class(Word),
    PostingNoun,
    Tail,
    Filling,
    BeforeLabel,
}

/// The letters of a word, as one number.
type Letters = u128;

/// All words, found by their letters: where those of a word are looked for first, or behind that.
struct Table {
    /// One more than the index of a word; 0 where there is none.
    slots: [u8; N_SLOTS],
    words: [(Letters, Roles); MAX_WORDS],
    n_words: usize,
}

/// Few enough words for short ways through the slots.
const N_SLOTS: usize = 512;
const MAX_WORDS: usize = 160;

static TABLE: Table = Table::new();

impl Table {
    const fn new() -> Self {
        let mut table = Self {
            slots: [0; N_SLOTS],
            words: [(0, NO_ROLES); MAX_WORDS],
            n_words: 0,
        };
        let mut n = 0;
        while n < CLASSES.len() {
            let (class, words) = CLASSES[n];
            table.mark(words, Role::Class(class));
            n += 1;
        }
        n = 0;
        while n < ORDINALS.len() {
            table.mark(&[ORDINALS[n]], Role::Class(nth(n as u32 + 1)));
            n += 1;
        }
        table.mark(&POSTING_NOUNS, Role::PostingNoun);
        table.mark(&TAIL, Role::Tail);
        table.mark(&FILLING, Role::Filling);
        table.mark(&BEFORE_LABEL, Role::BeforeLabel);
        table
    }

    /// Notes that some words have a role.
    const fn mark(&mut self, words: &[&str], role: Role) {
        let mut n = 0;
        while n < words.len() {
            let roles = self.roles_mut(words[n]);
            match role {
                Role::Class(class) => roles.class = Some(class),
                Role::PostingNoun => roles.is_posting_noun = true,
                Role::Tail => roles.is_tail = true,
                Role::Filling => roles.is_filling = true,
                Role::BeforeLabel => roles.is_before_label = true,
            }
            n += 1;
        }
    }

    /// The roles of a word in small letters, which it gets when it has none.
    const fn roles_mut(&mut self, word: &str) -> &mut Roles {
        let word = word.as_bytes();
        let mut letters = 0;
        let mut n = word.len();
        while n > 0 {
            n -= 1;
            letters = letters << 8 | word[n] as Letters;
        }
        let mut slot = slot_of(letters);
        loop {
            let idx = self.slots[slot] as usize;
            if idx == 0 {
                self.words[self.n_words].0 = letters;
                self.n_words += 1;
                self.slots[slot] = self.n_words as u8;
                return &mut self.words[self.n_words - 1].1;
            }
            if self.words[idx - 1].0 == letters {
                return &mut self.words[idx - 1].1;
            }
            slot = (slot + 1) % N_SLOTS;
        }
    }
}

/// Where letters are looked for first.
const fn slot_of(letters: Letters) -> usize {
    let mixed = (letters as u64 ^ (letters >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % N_SLOTS
}

/// What a word may be, in letters of any case: nothing, if it is none of those that are known.
pub(super) fn roles(word: &[u8]) -> &'static Roles {
    let Some(letters) = letters_of(word) else {
        return &NO_ROLES;
    };
    let mut slot = slot_of(letters);
    while let Some(idx) = usize::from(TABLE.slots[slot]).checked_sub(1) {
        let (known, roles) = &TABLE.words[idx];
        if *known == letters {
            return roles;
        }
        slot = (slot + 1) % N_SLOTS;
    }
    &NO_ROLES
}

/// The letters of a word, made small; nothing of one that is longer than all that are known.
fn letters_of(word: &[u8]) -> Option<Letters> {
    let len = word.len();
    // Halves that overlap, so that neither is read byte by byte.
    let (low, high) = if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        let behind = 16_usize.checked_sub(len)? as u32 * 8;
        let high = u64::from_le_bytes(*last);
        (
            u64::from_le_bytes(*first),
            high.checked_shr(behind).unwrap_or(0),
        )
    } else if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        (u64::from(first) | u64::from(last) << (8 * (len - 4)), 0)
    } else {
        (eight::padded(word), 0)
    };
    Some(Letters::from(eight::lower(low)) | Letters::from(eight::lower(high)) << 64)
}

/// What a word says, if it is one that headings are made of.
pub(super) fn word_class(word: &str) -> Option<Word> {
    roles(word.as_bytes()).class
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_nothing_else_is() {
        let classes = CLASSES.iter().flat_map(|(_, words)| *words);
        let lists = [
            &POSTING_NOUNS[..],
            &ORDINALS,
            &TAIL,
            &FILLING,
            &BEFORE_LABEL,
        ];
        let words: Vec<&str> = classes
            .chain(lists.into_iter().flatten())
            .copied()
            .collect();
        for word in &words {
            let class = (CLASSES.iter()).find(|(_, of_class)| of_class.contains(word));
            let ordinal = ORDINALS.iter().position(|ordinal| ordinal == word);
            let nth_of = |idx: usize| nth(u32::try_from(idx + 1).unwrap_or(0));
            let expected = Roles {
                class: class.map(|(class, _)| *class).or(ordinal.map(nth_of)),
                is_posting_noun: POSTING_NOUNS.contains(word),
                is_tail: TAIL.contains(word),
                is_filling: FILLING.contains(word),
                is_before_label: BEFORE_LABEL.contains(word),
            };
            assert_eq!(*roles(word.as_bytes()), expected, "{word}");
            assert_eq!(*roles(word.to_uppercase().as_bytes()), expected, "{word}");
            for other in [
                format!("{word}s"),
                format!("x{word}"),
                format!("{word}-and-what-is-behind"),
                word[1..].to_owned(),
                format!("é{word}"),
            ] {
                let is_known = words.contains(&other.as_str());
                assert_eq!(*roles(other.as_bytes()) != NO_ROLES, is_known, "{other}");
            }
        }
        assert!(TABLE.n_words < MAX_WORDS && words.iter().all(|word| word.len() <= 16));
        assert_eq!(*roles(b""), NO_ROLES);
    }

    #[test]
    fn letters_are_read_the_same_at_any_length() {
        let text = b"abcdefghijklmnopq";
        for len in 0..=16 {
            let one_by_one = (text[..len].iter().rev())
                .fold(0, |letters, byte| letters << 8 | Letters::from(*byte));
            assert_eq!(letters_of(&text[..len]), Some(one_by_one), "{len}");
        }
        assert_eq!(letters_of(text), None);
    }
}
