//! Titles: compared without regard to white space, and completed where they were cut off.
//!
//! A digest shows only the first line of a mail's `Subject:` header; a long title ends in the
//! middle. Its rest stands in the shortlog of its cover letter, or in another posting.

use super::beside::have_same_poster;
use super::keys::{self, Index};
use super::subject::Subject;
use super::{Completion, Mail, Model};
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
    // As if a blank stood before the text, in the highest bit of the lowest byte.
    let none = (0, 0x80);
    let words = eight::words(text.as_bytes(), b'x');
    let (odd, _) = words.fold(none, |(odd, blank_before), word| {
        let ascii = word ^ eight::not_ascii(word);
        let blanks = eight::equal(ascii, b' ');
        let gaps = blanks & (blanks << 8 | blank_before);
        (odd | word | eight::below(ascii, b' ') | gaps, blanks >> 56)
    });
    eight::is_ascii(odd) && text.as_bytes().last() != Some(&b' ')
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
    keys::exact(squeeze(text))
}

/// Whether two titles are the same but for white space and case.
#[must_use]
#[inline]
pub fn same_title(a: &str, b: &str) -> bool {
    // Titles of a series begin alike; their ends tell most of them apart.
    if let (Some(a), Some(b)) = (a.as_bytes().last(), b.as_bytes().last())
        && a.is_ascii_graphic()
        && b.is_ascii_graphic()
        && !a.eq_ignore_ascii_case(b)
    {
        return false;
    }
    a == b || same_letters(a, b)
}

fn same_letters(a: &str, b: &str) -> bool {
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
        return keys::exact(letters(title).collect::<String>());
    }
    let letters = title.chars().filter(|c| !c.is_ascii_whitespace());
    keys::caseless(letters.collect::<String>())
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
#[inline]
pub fn is_cut_of(shown: &str, full: &str) -> bool {
    full.len() > shown.len()
        && eight::first(full.as_bytes()) == eight::first(shown.as_bytes())
        && full.starts_with(shown)
        && shown.chars().nth(MIN_CUT - 1).is_some()
}

/// Completes the titles that the digest proves. `found` are those that a shortlog of their own has
/// ([`super::told`]), `skips` the subjects of the log pairs' skipped mails, taken apart.
pub(super) fn complete(model: &mut Model, skips: &[Option<Subject>], mut found: Vec<Completed>) {
    add_from_other_entries(model, &mut found);
    add_from_skipped(model, skips, &mut found);
    // What was found first is the surest.
    for (entry, (title, by)) in found {
        let mail = &mut model.entries[entry];
        if mail.completed_by.is_some() {
            continue;
        }
        mail.title = title.clone();
        mail.completed_by = Some(Box::new(by));
        let series = mail
            .series()
            .and_then(|series| model.series.get_mut(series));
        if let Some(series) = series
            && series.skipped_cover.is_none()
            && series.lead(&model.entries) == Some(entry)
        {
            series.title = title;
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

/// The title of a cover letter that is cut off, where its shortlog has it in full. It may bear the title of one of
/// its patches; the fold tells whether it is cut.
pub(super) fn cover_from_shortlog(mails: &[Mail], cover: usize) -> Option<Completed> {
    let mail = &mails[cover];
    let subject = mail.facts.subject.as_deref()?;
    let mut found = None;
    for (group, titles) in mail.facts.shortlog.iter().enumerate() {
        for (title, full) in titles.titles_going_on(&mail.title) {
            if is_cut_of(&mail.title, full) && folds_after(subject, &mail.title, full) {
                if found.is_some() {
                    return None;
                }
                let by = Completion::Shortlog {
                    entry: cover,
                    group,
                    title,
                };
                found = Some((cover, (full.into(), by)));
            }
        }
    }
    found
}

/// A title in full, of an entry whose title is cut off.
pub(super) type Completed = (usize, (Str, Completion));

/// Entries with one beginning that are looked at: a digest of a million copies of one mail must
/// not take a square of that.
const MOST: usize = 16;

/// Completes titles by those of other entries: by the same poster, of the same kind and number.
fn add_from_other_entries(model: &Model, found: &mut Vec<Completed>) {
    let key = |mail: &Mail| {
        let number = mail.number().map_or(0, |number| u64::from(number) + 1);
        keys::both(mail.beginning, number << 8 | mail.kind as u64)
    };
    let entries = model.entries.iter().enumerate();
    let index = Index::new(entries.map(|(entry, mail)| (key(mail), entry)));
    for same in index.repeated() {
        for entry in same.iter() {
            let mail = &model.entries[entry];
            // What needs no look at facts comes first.
            let may_fit = |other: &usize| {
                let other = &model.entries[*other];
                other.title.len() > mail.title.len() && have_same_poster(other, mail)
            };
            let mut longer = same.iter().take(MOST).filter(may_fit).peekable();
            let Some(cut) = longer.peek().and_then(|_| Cut::of(model, mail)) else {
                continue;
            };
            if let Some(other) = longer.find(|other| cut.goes_on_as(&model.entries[*other].title)) {
                let title = model.entries[other].title.clone();
                found.push((entry, (title, Completion::Entry(other))));
            }
        }
    }
}

/// Completes titles by those of mails that were left out.
fn add_from_skipped(model: &Model, skips: &[Option<Subject>], found: &mut Vec<Completed>) {
    for (pair_idx, (pair, parts)) in model.log.iter().zip(skips).enumerate() {
        let (Some(entry), Some(skip), Some(parts)) = (pair.entry, pair.skip.as_deref(), parts)
        else {
            continue;
        };
        let mail = &model.entries[entry];
        let Some(cut) = Cut::of(model, mail) else {
            continue;
        };
        let title = squeeze(parts.title(skip));
        if parts.tag.number == mail.number() && cut.goes_on_as(&title) {
            found.push((entry, (title.into(), Completion::Skipped(pair_idx))));
        }
    }
}

/// A title that may be cut off.
struct Cut<'a> {
    subject: &'a str,
    title: &'a str,
}

impl<'a> Cut<'a> {
    /// That of a mail, unless it is known in full or nobody posted it.
    fn of(model: &Model, mail: &'a Mail) -> Option<Self> {
        if mail.poster.is_none() || is_listed(model, mail) {
            return None;
        }
        Some(Self {
            subject: mail.facts.subject.as_deref()?,
            title: &mail.title,
        })
    }

    fn goes_on_as(&self, title: &str) -> bool {
        is_cut_of(self.title, title) && folds_after(self.subject, self.title, title)
    }
}

/// The beginning of a title, by which cut and full titles can meet, as a key.
#[inline]
pub(super) fn title_key(title: impl AsRef<[u8]>) -> u64 {
    let title = title.as_ref();
    // Nearly always they are the first bytes as they are, in lower case.
    if let Some(word) = eight::first(title)
        && eight::is_ascii(word)
    {
        let blanks = eight::equal(word, b' ');
        let is_squeezed = blanks & (blanks << 8 | 0x80) == 0 && blanks >> 56 == 0;
        if is_squeezed && eight::below(word, b' ') == 0 {
            return eight::lower(word);
        }
    }
    odd_title_key(title)
}

/// [`title_key`] of a title that is short or does not begin as most.
#[cold]
fn odd_title_key(title: &[u8]) -> u64 {
    let mut key = [0; MIN_CUT];
    let mut len = 0;
    let mut is_gap = false;
    for &byte in title {
        if !byte.is_ascii() {
            return long_title_key(str::from_utf8(title).unwrap_or_default());
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
        .series()
        .zip(mail.patch())
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
    fn what_is_taken_for_squeezed_is_so() {
        for byte in 0..0x80_u8 {
            for len in 0..=18_usize {
                for at in 0..len {
                    for blank in [None, at.checked_sub(1), Some(at + 1)] {
                        let mut text = vec![b'a'; len];
                        text[at] = byte;
                        if let Some(blank) = blank.and_then(|blank| text.get_mut(blank)) {
                            *blank = b' ';
                        }
                        let text = String::from_utf8(text).unwrap();
                        let expected = squeeze(&text) == text && !text.contains(|c| c < ' ');
                        assert_eq!(is_squeezed(&text), expected, "{text:?}");
                    }
                }
            }
        }
        assert!(is_squeezed("") && !is_squeezed("ü") && !is_squeezed("a long title with ü"));
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
