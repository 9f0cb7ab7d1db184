//! Titles: compared without regard to white space, and completed where they were cut off.
//!
//! A digest shows only the first line of a mail's `Subject:` header; a long title ends in the
//! middle. Its rest stands in the shortlog of its cover letter, or in another posting.

use std::collections::HashMap;

use super::keys::{self, Index};
use super::subject;
use super::{Completion, Mail, Model, people};
use crate::eight;
use crate::packed::Str;

/// The text with every run of white space made one blank.
#[must_use]
pub fn squeeze(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

/// As [`squeeze`]; nearly all titles are so already, and share their memory then.
pub(super) fn squeezed(text: &Str) -> Str {
    if is_squeezed(text) {
        return text.clone();
    }
    squeeze(text).into()
}

/// Whether nothing is there to squeeze, as far as that can be told at once.
pub(super) fn is_squeezed(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    // As if a blank stood before the text, in the highest bit of the lowest byte.
    let mut blank_before = 0x80;
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        if !eight::is_ascii(word) {
            return false;
        }
        let blanks = eight::equal(word, b' ');
        let others = eight::below(word, b' ') | eight::equal(word, 0x7f);
        if others | blanks & (blanks << 8 | blank_before) != 0 {
            return false;
        }
        blank_before = blanks >> 56;
    }
    let mut before = if blank_before == 0 { b'x' } else { b' ' };
    let is_single = rest.iter().all(|&byte| {
        let fits = if byte == b' ' {
            before != b' '
        } else {
            byte.is_ascii_graphic()
        };
        before = byte;
        fits
    });
    is_single && (before != b' ' || text.is_empty())
}

/// Whether two texts are the same once squeezed.
#[must_use]
pub fn same_squeezed(a: &str, b: &str) -> bool {
    a == b || !(is_squeezed(a) && is_squeezed(b)) && a.split_whitespace().eq(b.split_whitespace())
}

/// The key of a text once squeezed.
pub(super) fn squeezed_key(text: &str) -> u64 {
    if is_squeezed(text) {
        return keys::exact(text);
    }
    keys::exact(&squeeze(text))
}

/// Whether two titles are the same but for white space and case.
#[must_use]
pub fn same_title(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    // Titles of a series begin alike; their ends tell most of them apart.
    if let (Some(a), Some(b)) = (a.as_bytes().last(), b.as_bytes().last())
        && a.is_ascii_graphic()
        && b.is_ascii_graphic()
        && !a.eq_ignore_ascii_case(b)
    {
        return false;
    }
    if a.is_ascii() && b.is_ascii() {
        return same_ascii(a.as_bytes(), b.as_bytes());
    }
    letters(a).eq(letters(b))
}

/// What of a title is compared.
fn letters(title: &str) -> impl Iterator<Item = char> {
    title
        .split_whitespace()
        .flat_map(str::chars)
        .flat_map(char::to_lowercase)
}

/// A key that is one for titles that are the [`same_title`], to find one among many.
pub(super) fn same_title_key(title: &str) -> u64 {
    if !title.is_ascii() {
        return keys::exact(&letters(title).collect::<String>());
    }
    let letters = title.chars().filter(|c| !c.is_ascii_whitespace());
    keys::caseless(&letters.collect::<String>())
}

/// [`same_title`] for titles as nearly all are; every patch is compared with many.
fn same_ascii(mut a: &[u8], mut b: &[u8]) -> bool {
    loop {
        a = a.trim_ascii_start();
        b = b.trim_ascii_start();
        match (a.split_first(), b.split_first()) {
            (None, None) => return true,
            (Some((x, rest_a)), Some((y, rest_b))) if x.eq_ignore_ascii_case(y) => {
                (a, b) = (rest_a, rest_b);
            }
            _ => return false,
        }
    }
}

/// Shortest title that is taken for the beginning of another, in characters.
const MIN_CUT: usize = 8;

/// Whether `shown` is `full` cut off. A header is folded at white space, so the cut is before a
/// blank or, where the folding lost it, anywhere; short beginnings prove nothing.
#[must_use]
pub fn is_cut_of(shown: &str, full: &str) -> bool {
    full.len() > shown.len() && full.starts_with(shown) && shown.chars().nth(MIN_CUT - 1).is_some()
}

/// Completes the titles that the digest proves, entries first from their own shortlog.
pub(super) fn complete(model: &mut Model) {
    let others = OtherPostings::new(model);
    let found: Vec<_> = (0..model.entries.len())
        .filter_map(|entry| {
            let (title, by) =
                from_shortlog(model, entry).or_else(|| others.complete(model, entry))?;
            Some((entry, title, by))
        })
        .collect();
    for (entry, title, by) in found {
        let mail = &mut model.entries[entry];
        mail.title = title;
        mail.completed_by = Some(Box::new(by));
    }
    for series in &mut model.series {
        if let Some(cover) = series.cover {
            series.title.clone_from(&model.entries[cover].title);
        } else if series.skipped_cover.is_none()
            && let Some(entry) = series.lead(&model.entries)
        {
            series.title.clone_from(&model.entries[entry].title);
        }
    }
}

/// Whether a header is folded after the subject `shown` when the title goes on as `full`: mail
/// programs fold where the next word would pass 76 to 78 columns, `Subject: ` included.
fn folds_after(shown: &str, shown_title: &str, full: &str) -> bool {
    let rest = full.get(shown_title.len()..).unwrap_or_default();
    let next_word = rest
        .split_whitespace()
        .next()
        .map_or(0, |word| word.chars().count());
    "Subject: ".len() + shown.chars().count() + 1 + next_word > 75
}

/// A cover letter may bear the title of one of its patches; the fold tells whether it is cut.
fn cover_from_shortlog(model: &Model, cover: usize) -> Option<(Str, Completion)> {
    let mail = &model.entries[cover];
    let subject = mail.facts.subject.as_deref()?;
    let mut found = None;
    for (group, titles) in mail.facts.shortlog.iter().enumerate() {
        for (title, full) in titles.titles().enumerate() {
            if is_cut_of(&mail.title, full) && folds_after(subject, &mail.title, full) {
                if found.is_some() {
                    return None;
                }
                let by = Completion::Shortlog {
                    entry: cover,
                    group,
                    title,
                };
                found = Some((full.into(), by));
            }
        }
    }
    found
}

fn from_shortlog(model: &Model, entry: usize) -> Option<(Str, Completion)> {
    let mail = &model.entries[entry];
    let series = &model.series[mail.series?];
    let cover = series.cover?;
    if entry == cover {
        return cover_from_shortlog(model, cover);
    }
    let patch = series.patches.get(mail.patch?)?;
    let (group, title) = patch.listed()?;
    let full = series.listed_title(group, title, &model.entries)?;
    is_cut_of(&mail.title, full).then(|| {
        let by = Completion::Shortlog {
            entry: cover,
            group,
            title,
        };
        (full.into(), by)
    })
}

/// Where to look for other postings of a mail under a longer title.
struct OtherPostings {
    /// Entries by kind, number and the beginning of their title.
    by_title: Index,
    /// Log pairs by the entry that stayed.
    skipped: HashMap<usize, Vec<usize>>,
}

/// Entries with one beginning that are looked at: a digest of a million copies of one mail must
/// not take a square of that.
const MOST: usize = 16;

impl OtherPostings {
    fn new(model: &Model) -> Self {
        let entries = model.entries.iter().enumerate();
        let mut skipped: HashMap<usize, Vec<usize>> = HashMap::new();
        for (pair_idx, pair) in model.log.iter().enumerate() {
            if let Some(entry) = pair.entry {
                skipped.entry(entry).or_default().push(pair_idx);
            }
        }
        Self {
            by_title: Index::new(entries.map(|(entry, mail)| (Self::key(mail), entry))),
            skipped,
        }
    }

    fn key(mail: &Mail) -> u64 {
        let number = mail.number().map_or(0, |number| u64::from(number) + 1);
        keys::both(title_key(&mail.title), number << 8 | mail.kind as u64)
    }

    /// The title of another posting (same poster and number) of which the entry's is cut off.
    fn complete(&self, model: &Model, entry: usize) -> Option<(Str, Completion)> {
        let mail = &model.entries[entry];
        if is_listed(model, mail) {
            return None;
        }
        let poster = mail.facts.author.as_ref()?;
        let subject = mail.facts.subject.as_deref()?;
        let goes_on =
            |title: &str| is_cut_of(&mail.title, title) && folds_after(subject, &mail.title, title);
        for other_idx in self.by_title.get(Self::key(mail)).iter().take(MOST) {
            let other = &model.entries[other_idx];
            if other.title.len() <= mail.title.len() {
                continue;
            }
            let same_poster = other.facts.author.as_ref().is_some_and(|author| {
                author.email.eq_ignore_ascii_case(&poster.email)
                    || people::same_name(&author.name, &poster.name)
            });
            if other_idx != entry && same_poster && goes_on(&other.title) {
                return Some((other.title.clone(), Completion::Entry(other_idx)));
            }
        }
        for &pair in self.skipped.get(&entry)? {
            let skip = model.log[pair].skip.as_deref().unwrap_or_default();
            let Some(parts) = subject::parse_subject(skip) else {
                continue;
            };
            let title = squeeze(parts.title(skip));
            if parts.tag.number == mail.number() && goes_on(&title) {
                return Some((title.into(), Completion::Skipped(pair)));
            }
        }
        None
    }
}

/// The beginning of a title, by which cut and full titles can meet, as a key.
pub(super) fn title_key(title: &str) -> u64 {
    // Nearly always they are the first bytes as they are, in lower case.
    if let Some(word) = eight::first(title.as_bytes())
        && eight::is_ascii(word)
    {
        let blanks = eight::equal(word, b' ');
        let is_squeezed = blanks & (blanks << 8 | 0x80) == 0 && blanks >> 56 == 0;
        if is_squeezed && eight::below(word, b' ') == 0 {
            return eight::lower(word);
        }
    }
    let mut key = [0; MIN_CUT];
    let mut len = 0;
    let mut is_gap = false;
    for &byte in title.as_bytes() {
        if !byte.is_ascii() {
            return long_title_key(title);
        }
        if matches!(byte, b' ' | b'\t'..=b'\r') {
            is_gap = len > 0;
            continue;
        }
        // A blank at the end does not count.
        if is_gap && len + 1 < MIN_CUT {
            key[len] = b' ';
            len += 1;
        } else if is_gap {
            break;
        }
        is_gap = false;
        key[len] = byte.to_ascii_lowercase();
        len += 1;
        if len == MIN_CUT {
            break;
        }
    }
    u64::from_le_bytes(key)
}

/// [`title_key`] of a title that does not begin in ASCII.
fn long_title_key(title: &str) -> u64 {
    // Titles are squeezed already, or nearly so; the few words looked at are again.
    let words = title
        .split_whitespace()
        .flat_map(|word| word.chars().chain([' ']));
    let key: String = words.take(MIN_CUT).flat_map(char::to_lowercase).collect();
    let key = key.trim_end();
    if key.is_ascii() && key.len() <= MIN_CUT {
        return title_key(key);
    }
    // No key of an ASCII title has this bit.
    keys::exact(key) | 1 << 63
}

/// Whether a shortlog lists the mail's patch: then that title is the full one.
fn is_listed(model: &Model, mail: &Mail) -> bool {
    let patch = mail
        .series
        .zip(mail.patch)
        .map(|(series, patch)| &model.series[series].patches[patch]);
    patch.is_some_and(|patch| patch.listed().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_the_same_but_for_white_space_and_case() {
        for (a, b, same) in [
            ("KVM: x86: Fix  it", "kvm: x86:\tfix it ", true),
            ("fix{01, 02}", "fix{01,02}", true),
            ("Größe", "grÖße", true),
            ("one", "one two", false),
            ("", " ", true),
            ("one a", "one b", false),
            ("one \u{212a}", "one k", true),
            ("one", "one\u{a0}", true),
        ] {
            assert_eq!(same_title(a, b), same, "{a:?} {b:?}");
            assert_eq!(same_title(b, a), same, "{b:?} {a:?}");
        }
    }

    #[test]
    fn a_title_is_cut_where_it_ends_early_and_is_long_enough() {
        assert!(is_cut_of(
            "KVM: arm64: Account for",
            "KVM: arm64: Account for RES1"
        ));
        assert!(is_cut_of("syscalls/uname{01,", "syscalls/uname{01,02}"));
        assert!(!is_cut_of("KVM:", "KVM: arm64"));
        assert!(!is_cut_of("KVM: arm64: same", "KVM: arm64: same"));
    }

    #[test]
    fn titles_with_one_beginning_have_one_key() {
        for (a, b, same) in [
            ("KVM: x86: Fix it", "kvm:  X86: other", true),
            ("KVM: x86", "KVM: x87", false),
            ("abcdefg", "abcdefg h", true),
            ("abcdef g", "abcdef h", false),
            ("abc", "abcd", false),
            ("Größe: x", "GRÖSSE", false),
            ("Größe: x", "größe:  xyz", true),
            ("\u{212a}vm: abc", "kvm: abc", true),
            ("", " ", true),
        ] {
            assert_eq!(title_key(a) == title_key(b), same, "{a:?} {b:?}");
        }
    }

    #[test]
    fn texts_are_the_same_once_squeezed() {
        for (a, b, same) in [
            ("a b", "a  b", true),
            ("a b", " a b", true),
            ("a b", "a\tb ", true),
            ("a b", "ab", false),
            ("ü b", "ü  b", true),
            ("", " ", true),
        ] {
            assert_eq!(same_squeezed(a, b), same, "{a:?} {b:?}");
            assert_eq!(squeezed_key(a) == squeezed_key(b), same, "{a:?} {b:?}");
            assert_eq!(squeezed(&Str::from(a)), *squeeze(a), "{a:?}");
        }
    }

    #[test]
    fn a_fold_comes_where_the_next_word_does_not_fit() {
        let shown = "[PATCH v3 1/4] KVM: selftests: arm64: Report set_id_reg reads of";
        let title = "KVM: selftests: arm64: Report set_id_reg reads of";
        assert!(folds_after(
            shown,
            title,
            &format!("{title} test registers")
        ));
        assert!(!folds_after(
            "[PATCH 0/2] KVM: Fix it",
            "KVM: Fix it",
            "KVM: Fix it well"
        ));
    }
}
