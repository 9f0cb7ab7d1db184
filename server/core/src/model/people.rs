//! Who: names and addresses as mails, tables and trailers write them.
//!
//! `Author: "Saarinen, Jani" <jani@example.org>` is the person `Saarinen, Jani` with the
//! address `jani@example.org`. A name may come quoted, as an encoded-word or with its letters
//! damaged; [`clean_name`] gives what readers want to see, [`same_name`] compares.

mod charset;
mod names;
mod reread;

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use super::keys;
use crate::packed::Str;
use crate::{eight, trim};

pub use charset::decode_encoded_words;
use names::is_in_order;
pub(crate) use names::{add_name_key, name_hash};
pub use names::{name_key, same_name};
pub use reread::{charset_read_as, repair_charset};

/// A person: a name and an address. One human may be several of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Person {
    /// The name as readers want to see it; empty when there is only an address.
    pub name: Str,
    /// The address as written.
    pub email: Str,
}

impl Person {
    /// What stands behind the last `@` of the address, as written.
    #[must_use]
    pub fn domain(&self) -> &str {
        let at = memrchr(b'@', self.email.as_bytes());
        at.and_then(|at| self.email.get(at + 1..)).unwrap_or("")
    }

    /// Whether the name is one word, as posters often send with a login for a name
    /// (`ankita <ankita@nvidia.com>`).
    pub(super) fn has_login_for_name(&self) -> bool {
        eight::find(self.name.as_bytes(), 0, b' ').is_none()
    }
}

/// A person by keys.
#[derive(Debug, Clone, Copy, Eq)]
pub(super) struct Keys {
    /// The address without case.
    pub(super) email: u64,
    /// The name ([`name_hash`]), where it was asked for in time and is soon told.
    pub(super) name: Option<u64>,
}

impl Keys {
    pub(super) fn of(person: &Person) -> Self {
        Self {
            email: keys::caseless(&person.email),
            name: None,
        }
    }

    /// The same with the person's name.
    pub(super) fn named(self, person: &Person) -> Self {
        let name = person.name.as_str();
        Self {
            name: is_in_order(name).then(|| keys::caseless(name)),
            ..self
        }
    }
}

impl PartialEq for Keys {
    /// The name says nothing that the person does not.
    fn eq(&self, other: &Self) -> bool {
        self.email == other.email
    }
}

/// A person as read from a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorParts {
    /// Name and address.
    pub person: Person,
    /// The bytes of the name as written, quotes and a comment in parentheses included.
    pub name: Range<usize>,
    /// The bytes of the address, without `<>`.
    pub email: Range<usize>,
}

/// Reads the text behind `Author: `, a row of the table of contributors behind its count, or
/// the value of a trailer. None when nothing in it looks like an address.
///
/// ```text
/// Mark Brown <broonie@kernel.org>
/// "Saarinen, Jani" <jani@example.org>
/// =?UTF-8?q?Carlos=20L=C3=B3pez?= <clopez@suse.de>
/// Steven Rostedt (VMware) <rostedt@goodmis.org> # comment
/// torvalds@osdl.org (Linus Torvalds)
/// <only@example.org>
/// ```
#[must_use]
pub fn parse_author(text: &str) -> Option<AuthorParts> {
    let written = written(text)?;
    Some(AuthorParts {
        person: Person {
            name: written.clean.into(),
            email: text.get(written.email.clone())?.into(),
        },
        name: written.name,
        email: written.email,
    })
}

/// A person in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'a> {
    /// Where the name stands, as in [`AuthorParts`].
    name: Range<usize>,
    /// Where the address stands.
    pub email: Range<usize>,
    /// The name as readers want to see it.
    pub clean: Cow<'a, str>,
}

/// What [`parse_author`] reads, before anything is copied.
pub(super) fn written(text: &str) -> Option<Written<'_>> {
    plainly_written(text).or_else(|| {
        let (name, email) = bracketed(text).or_else(|| bare(text))?;
        let clean = cleaned(text.get(name.clone())?);
        Some(Written { name, email, clean })
    })
}

/// How much of `text` is words of a clean name, with a blank behind each but perhaps the last, as far as
/// that can be told at once; and whether that has but ASCII.
fn words_len(text: &[u8]) -> (usize, bool) {
    let mut pos = 0;
    let mut others_so_far = 0;
    // As if a blank stood before the text, in the highest bit of the lowest byte.
    let mut blank_before = 0x80;
    loop {
        let word = eight::at(text, pos);
        let others = eight::not_ascii(word);
        let ascii = word ^ others;
        let between = |first, end| eight::from(ascii, first) & eight::below(ascii, end);
        let blanks = between(b' ', b'!') & !others;
        let gaps = blanks & (blanks << 8 | blank_before);
        // A quote, a `?` or a `<`; what stands beside them is as rare.
        let odd = between(b'!', b'(') | between(b':', b'@');
        let odd = odd | eight::below(ascii, b' ') | eight::from(ascii, 0x7f);
        let ends = odd & !others | gaps;
        others_so_far |= others;
        if ends != 0 {
            return (pos + ends.trailing_zeros() as usize / 8, others_so_far == 0);
        }
        blank_before = blanks >> 56;
        pos += 8;
    }
}

/// Where the part of a plain address ends that starts at `pos`, before or behind its `@`.
fn address_end(text: &[u8], mut pos: usize) -> usize {
    loop {
        let word = eight::at(text, pos);
        let others = eight::not_ascii(word);
        let ascii = word ^ others;
        // `<`, `>`, `@`, and what stands between these and is as rare.
        let odd = eight::from(ascii, b'<') & eight::below(ascii, b'A');
        let ends = odd | eight::below(ascii, b'!') | eight::from(ascii, 0x7f) | others;
        if ends != 0 {
            return pos + ends.trailing_zeros() as usize / 8;
        }
        pos += 8;
    }
}

/// `Name <a@b>` as nearly all write it, told eight bytes at a time.
fn plainly_written(text: &str) -> Option<Written<'_>> {
    let bytes = text.as_bytes();
    let (open, is_ascii) = words_len(bytes);
    let name = text.get(..open)?.strip_suffix(' ')?;
    let email_start = open + 1;
    let at = address_end(bytes, email_start);
    let end = address_end(bytes, at + 1);
    let marks = [open, at, end].map(|pos| bytes.get(pos));
    let is_address = marks == [Some(&b'<'), Some(&b'@'), Some(&b'>')];
    let is_address = is_address & (at > email_start) & (end > at + 1);
    let is_right = is_address && (is_ascii || reread::has_lone_letters_only(name));
    is_right.then_some(Written {
        name: 0..name.len(),
        email: email_start..end,
        clean: Cow::Borrowed(name),
    })
}

/// `Name <a@b>`: the first `<` with an address behind it, and not inside a quoted name.
fn bracketed(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let quoted = quoted_len(bytes);
    for open in memchr_iter(b'<', bytes.get(quoted..)?).map(|at| quoted + at) {
        let rest = bytes.get(open + 1..)?;
        let len = rest
            .iter()
            .position(|byte| matches!(byte, b'<' | b'>'))
            .unwrap_or(rest.len());
        let inside = trimmed(text, open + 1..open + 1 + len);
        if is_address(text.get(inside.clone())?) {
            return Some((trimmed(text, 0..open), inside));
        }
    }
    None
}

/// Where the quotes end that `text` begins with; 0 without such.
fn quoted_len(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let mut letters = text
        .iter()
        .enumerate()
        .skip_while(|(_, byte)| byte.is_ascii_whitespace());
    if letters.next().is_none_or(|(_, first)| *first != b'"') {
        return 0;
    }
    let end = letters.find(|(_, byte)| {
        let ends = **byte == b'"' && !is_escaped;
        is_escaped = **byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(0, |(at, _)| at + 1)
}

/// `a@b`, `a@b (Name)` or `Name a@b`.
fn bare(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'<' | b'>' | b'(' | b')' | b',' | b';' | b':' | b'"')
    };
    let at = memchr_iter(b'@', bytes).find(|at| {
        let before = at.checked_sub(1).and_then(|idx| bytes.get(idx));
        let after = bytes.get(at + 1);
        let usable = |byte: &u8| !is_end(byte) && *byte != b'@';
        before.is_some_and(usable) && after.is_some_and(usable)
    })?;
    let (head, tail) = bytes.split_at_checked(at)?;
    let start = head.iter().rposition(is_end).map_or(0, |idx| idx + 1);
    let end = tail
        .iter()
        .position(is_end)
        .map_or(text.len(), |len| at + len);
    let before = trimmed(text, 0..start);
    if !before.is_empty() {
        return Some((before, start..end));
    }
    // The old way round, `a@b (Name)`.
    let open = end + text.get(end..)?.len() - text.get(end..)?.trim_start().len();
    let comment = match bytes.get(open) {
        Some(b'(') => memchr(b')', bytes.get(open..)?).map(|len| open + 1..open + len),
        _ => None,
    };
    Some((comment.unwrap_or(start..start), start..end))
}

fn is_address(text: &str) -> bool {
    let Some(at) = memrchr(b'@', text.as_bytes()) else {
        return false;
    };
    let has_gap = if text.is_ascii() {
        text.bytes()
            .any(|byte| matches!(byte, b'\t'..=b'\r' | b' '))
    } else {
        text.contains(char::is_whitespace)
    };
    at > 0 && at + 1 < text.len() && !has_gap
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = text.get(range.clone()).unwrap_or("");
    if trim::is_tight(slice) {
        return range;
    }
    let start = range.start + slice.len() - slice.trim_start().len();
    start..start + slice.trim().len()
}

/// A name as readers want to see it: without quotes, with encoded-words and damaged letters
/// put right, single blanks, and without control and bidirectional characters.
///
/// ```text
/// "Aneesh Kumar K.V"                     Aneesh Kumar K.V
/// =?UTF-8?q?Carlos=20L=C3=B3pez?=        Carlos López
/// Uwe  Kleine-K枚nig                     Uwe Kleine-König
/// ```
#[must_use]
pub fn clean_name(name: &str) -> String {
    cleaned(name).into_owned()
}

/// As [`clean_name`]; nearly all names are clean.
pub(crate) fn cleaned(name: &str) -> Cow<'_, str> {
    let name = if trim::is_tight(name) {
        name
    } else {
        name.trim()
    };
    if is_clean(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(put_right(name))
}

/// Whether there is nothing to put right, as far as that can be told at once, in a name without blanks
/// around it.
fn is_clean(name: &str) -> bool {
    let (len, is_ascii) = words_len(name.as_bytes());
    len == name.len() && (is_ascii || reread::has_lone_letters_only(name))
}

/// [`clean_name`] of a name without blanks around it.
fn put_right(name: &str) -> String {
    let mut clean = unquoted(name);
    if let Some(decoded) = decode_encoded_words(&clean) {
        clean = unquoted(decoded.trim()).into_owned().into();
        // Nothing more is wrong with most.
        if is_clean(&clean) {
            return clean.into_owned();
        }
    }
    if let Some(repaired) = repair_charset(&clean) {
        clean = repaired.into();
    }
    let mut result = String::with_capacity(clean.len());
    for word in clean.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let mut letters = word.chars().filter(|letter| !is_invisible(*letter));
        let Some(first) = letters.next() else {
            continue;
        };
        if !result.is_empty() {
            result.push(' ');
        }
        result.push(first);
        result.extend(letters);
    }
    result
}

/// Drops the quotes around all of a name, and the backslashes inside them.
fn unquoted(name: &str) -> Cow<'_, str> {
    let inside = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inside) = inside('"') {
        let mut escaped = false;
        return inside
            .chars()
            .filter(|letter| {
                escaped = *letter == '\\' && !escaped;
                !escaped
            })
            .collect();
    }
    inside('\'').unwrap_or(name).into()
}

/// Marks that change direction or hide: no part of a name, and a way to fake one.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[name as written] [address as written] name shown`
    fn show(text: &str) -> String {
        parse_author(text).map_or("nobody".to_owned(), |parts| {
            let slice = |range: &Range<usize>| text.get(range.clone()).unwrap_or("?");
            let (name, email) = (slice(&parts.name), slice(&parts.email));
            assert_eq!(email, parts.person.email);
            format!("[{name}] [{email}] {}", parts.person.name)
        })
    }

    #[test]
    fn people_are_read() {
        for (text, expected) in [
            ("Mark Brown <b@k.org>", "[Mark Brown] [b@k.org] Mark Brown"),
            ("  ankita  <a@n.com>", "[ankita] [a@n.com] ankita"),
            (
                "\"Last, First\" <a@b>",
                "[\"Last, First\"] [a@b] Last, First",
            ),
            ("\"a@b\" <c@d>", "[\"a@b\"] [c@d] a@b"),
            ("\"A <a@b>\" <c@d>", "[\"A <a@b>\"] [c@d] A <a@b>"),
            ("\"A <c@d>", "[\"A] [c@d] \"A"),
            (
                "=?UTF-8?q?L=C3=B3pez?= <a@b>",
                "[=?UTF-8?q?L=C3=B3pez?=] [a@b] López",
            ),
            (
                "Carlos L贸pez <c@s.de>",
                "[Carlos L贸pez] [c@s.de] Carlos López",
            ),
            ("A (VMware) <a@b>", "[A (VMware)] [a@b] A (VMware)"),
            ("A <a@b> # v6.15+ <x>", "[A] [a@b] A"),
            ("A <b> <a@b>", "[A <b>] [a@b] A <b>"),
            ("A <a@b", "[A] [a@b] A"),
            ("A < a@b >", "[A] [a@b] A"),
            ("<a@b>", "[] [a@b] "),
            ("a@b", "[] [a@b] "),
            (
                "stable@vger.kernel.org # v6.15+",
                "[] [stable@vger.kernel.org] ",
            ),
            ("a@b (Linus T)", "[Linus T] [a@b] Linus T"),
            ("Linus T a@b", "[Linus T] [a@b] Linus T"),
            ("", "nobody"),
            ("Mark Brown", "nobody"),
            ("Mark Brown <>", "nobody"),
            ("Mark @ Brown", "nobody"),
            (
                "Mark <@b> <a@> <a b@c d>",
                "[Mark <@b> <a@> <a] [b@c] Mark <@b> <a@> <a",
            ),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    /// What the whole rule makes of a text that is a person plainly written.
    fn check_plainly_written(text: &str) -> bool {
        let Some(plain) = plainly_written(text) else {
            return false;
        };
        let (name, email) = bracketed(text).unwrap_or_default();
        let clean = put_right(text[name.clone()].trim());
        let clean = Cow::Owned(clean);
        assert_eq!(plain, Written { name, email, clean }, "{text:?}");
        true
    }

    #[test]
    fn people_plainly_written_are_those_of_the_whole_rule() {
        for text in [
            "Mark Brown <b@k.org>",
            "Joel (Google) <j@f> # comment <x@y>",
            "Adalbert Lazăr <a@b>",
            "Last, First <a.b+'c_1@d-e.f>",
        ] {
            assert!(check_plainly_written(text), "{text}");
        }
        for text in [
            "",
            "<a@b>",
            "a@b",
            "Mark Brown",
            "Mark<b@k>",
            "\"Last, First\" <a@b>",
            "A <b> <a@b>",
            "A <@b>",
            "A <a@>",
            "A <a@b@c>",
            "A <a@b",
            "=?UTF-8?q?L=C3=B3pez?= <a@b>",
            "Carlos L贸pez <c@s.de>",
        ] {
            assert!(!check_plainly_written(text), "{text}");
        }
        // Every odd letter at every place.
        let odd =
            " #&:;[`{~\t\r\u{7}\u{7f}\u{85}\u{a0}\u{3000}\u{202e}\u{200b}\"'\\?=<>@(),éŁ贸ß李Ã³";
        for text in ["Mark Brown <b@k.org>", "Jiří S <a@b> x"] {
            for letter in odd.chars() {
                for (at, _) in text.char_indices() {
                    let (head, tail) = text.split_at(at);
                    check_plainly_written(&format!("{head}{letter}{tail}"));
                    check_plainly_written(&format!("{head}{letter}{letter}{tail}"));
                    let behind = tail
                        .split_at(tail.chars().next().map_or(0, char::len_utf8))
                        .1;
                    check_plainly_written(&format!("{head}{letter}{behind}"));
                    let name = format!("{head}{letter}{behind}");
                    assert_eq!(cleaned(&name), put_right(name.trim()), "{name:?}");
                }
            }
        }
    }

    #[test]
    fn names_are_cleaned() {
        for (name, expected) in [
            ("\"Aneesh Kumar K.V\"", "Aneesh Kumar K.V"),
            ("\"A \\\"B\\\" \\\\C\"", "A \"B\" \\C"),
            ("'Mark Brown'", "Mark Brown"),
            ("D'Arcy O'", "D'Arcy O'"),
            (" Mark \t Brown\u{a0}", "Mark Brown"),
            ("\"=?UTF-8?q?Carlos=20L=C3=B3pez?=\"", "Carlos López"),
            ("=?utf-8?q?=22Last=2C_First=22?=", "Last, First"),
            ("Uwe Kleine-K枚nig", "Uwe Kleine-König"),
            ("Mark\u{202e} Bro\u{200b}wn\u{7}", "Mark Brown"),
            ("李明", "李明"),
            ("", ""),
            ("\"", "\""),
        ] {
            assert_eq!(clean_name(name), expected, "{name}");
        }
    }

    #[test]
    fn domain_is_behind_the_last_at() {
        let domain = |text: &str| parse_author(text).map(|parts| parts.person.domain().to_owned());
        assert_eq!(domain("A <a@b@kernel.org>").as_deref(), Some("kernel.org"));
        assert_eq!(Person::default().domain(), "");
    }
}
