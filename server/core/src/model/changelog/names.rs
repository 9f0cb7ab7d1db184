//! The lines of a body that name a version at their start. Nearly all lines are told from these by
//! one pass over the body, that looks for names, and by the first word of the few that have one.

use memchr::memmem::{FindIter, Finder};
use memchr::memrchr2;
use std::iter::Peekable;
use std::sync::LazyLock;

use super::body::Body;
use super::label::may_be_label;
use super::line::{self, Naming};
use super::words::roles;
use crate::syntax::line::Line;
use crate::{eight, sixteen};

/// The lines that name a version, and how.
pub(super) fn namings_in(body: Body<'_>) -> impl Iterator<Item = (Line<'_>, Naming)> {
    let bytes = body.text.as_bytes();
    // Behind the last name that was found.
    let mut seen = 0;
    names_in(bytes).filter_map(move |at| {
        let end_before = memrchr2(b'\n', b'\r', bytes.get(seen..at)?);
        let start = match end_before {
            Some(end) => seen + end + 1,
            None if seen == 0 => 0,
            // In the same line as that name.
            None => {
                seen = at + 1;
                return None;
            }
        };
        seen = at + 1;
        if !may_begin(bytes.get(start..)?) {
            return None;
        }
        let line = body.line(start)?;
        Some((line, line::read(line.text)?))
    })
}

/// Where lines of a text may name a version by a label, `version` or `previous`, at their `v`, or
/// by `RFC`.
fn names_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    static RFC: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("RFC"));
    Names {
        letters: Letters::of(bytes),
        next: None,
        rfcs: RFC.find_iter(bytes).peekable(),
    }
}

struct Names<'a> {
    letters: Letters<'a>,
    /// The next name at a letter, where it was found already.
    next: Option<usize>,
    rfcs: Peekable<FindIter<'a, 'static>>,
}

impl Iterator for Names<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let next = match self.next.take() {
            Some(next) => Some(next),
            None => self.letters.next_name(),
        };
        let rfc = self.rfcs.next_if(|rfc| next.is_none_or(|next| *rfc < next));
        if rfc.is_some() {
            self.next = next;
        }
        rfc.or(next)
    }
}

/// The letters `v` and `V` of a text. There are too many for a search that begins anew behind each.
struct Letters<'a> {
    bytes: &'a [u8],
    /// The end of the 64 bytes that were looked at last.
    end: usize,
    /// Where the letters among them are that are left, as bits.
    left: u64,
}

impl<'a> Letters<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            end: 0,
            left: 0,
        }
    }

    /// Where the next letter is that a name begins with. By itself, so that nothing else takes the
    /// registers in which it holds what it compares with.
    #[inline(never)]
    fn next_name(&mut self) -> Option<usize> {
        let bytes = self.bytes;
        loop {
            while self.left != 0 {
                let at = self.end - 64 + self.left.trailing_zeros() as usize;
                self.left &= self.left - 1;
                if is_name(bytes.get(at..)?) {
                    return Some(at);
                }
            }
            let behind = bytes.get(self.end..).filter(|behind| !behind.is_empty())?;
            self.end += 64;
            self.left = match behind.first_chunk() {
                Some(piece) => sixteen::letters(piece, b'v'),
                None => sixteen::letters(&sixteen::padded(behind, 0), b'v'),
            };
        }
    }
}

/// The first eight bytes of a text, or less, the rest of them 0.
#[inline]
fn padded(text: &[u8]) -> u64 {
    eight::first(text).unwrap_or_else(|| eight::padded(text))
}

/// Whether a text begins with `v3`, `v 3`, `version` or the end of `previous`, the `v` perhaps a capital
/// letter. Without a way out in between, as nearly each text that is looked at has another answer.
#[inline]
fn is_name(text: &[u8]) -> bool {
    const VERSIONS: [u64; 2] = [
        u64::from_le_bytes(*b"ersion \0"),
        u64::from_le_bytes(*b"ersion:\0"),
    ];
    const IOUS: u64 = u64::from_le_bytes(*b"ious \0\0\0");
    let word = padded(text);
    let behind = word >> 8;
    let byte = |n: u32| (word >> (8 * n)) as u8;
    let is_digit = |n| byte(n).wrapping_sub(b'0') < 10;
    let is_number = is_digit(1) | ((byte(1) == b' ') & is_digit(2));
    let is_version = (behind == VERSIONS[0]) | (behind == VERSIONS[1]);
    let is_previous = behind & 0xff_ffff_ffff == IOUS;
    (byte(0) | 0x20 == b'v') & (is_number | is_version | is_previous)
}

/// Whether a text begins with a line that may name a version at its start. Most that have a name
/// somewhere do not.
fn may_begin(text: &[u8]) -> bool {
    let rest = line::behind_decoration(text);
    match rest.first() {
        None => false,
        Some(b'[') => true,
        Some(b'A'..=b'Z' | b'a'..=b'z') => {
            roles(line::first_word(rest)).class.is_some()
                || may_be_label(rest)
                || rest.starts_with(b"http")
        }
        // Other decoration, or a blank of another sort.
        Some(byte) => !byte.is_ascii() || *byte < b' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;
    use crate::model::changelog::line::tests::lines;
    use crate::syntax::line::Lines;

    #[test]
    fn a_line_that_names_a_version_begins_as_one() {
        let mut n_read = 0;
        for line in lines() {
            for line in [format!("{line}v3:"), format!("{line}v3_"), line] {
                let naming = line::read(&line);
                n_read += usize::from(naming.is_some());
                let text = format!("{line}\nv1: ");
                assert!(naming.is_none() || may_begin(text.as_bytes()), "{line:?}");
            }
        }
        assert!(n_read > 1000);
        for line in [
            "Cc: stable@vger.kernel.org # v6.15+",
            " drivers/x-v5.c | 3 +",
            "Reverse v2",
            "",
        ] {
            assert!(!may_begin(line.as_bytes()), "{line:?}");
        }
    }

    fn is_named(text: &str, at: usize) -> bool {
        let text = &text[at..];
        let behind = text.strip_prefix(['v', 'V']).unwrap_or("");
        let number = behind.strip_prefix(' ').unwrap_or(behind);
        text.starts_with("RFC")
            || number.starts_with(|digit: char| digit.is_ascii_digit())
            || ["ious ", "ersion ", "ersion:"]
                .iter()
                .any(|rest| behind.starts_with(rest))
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        for line in lines() {
            let places = line.char_indices().map(|(at, _)| at);
            let expected: Vec<usize> = places.filter(|at| is_named(&line, *at)).collect();
            let found: Vec<usize> = names_in(line.as_bytes()).collect();
            assert_eq!(found, expected, "{line:?}");
        }
        for len in 0..50 {
            for end in [
                "v1",
                "RFC",
                "v 2 v",
                "previous ",
                "Version:v3\u{1}",
                "éw\0v1",
            ] {
                let text = format!("{}{end}", "u".repeat(len));
                let places = text.char_indices().map(|(at, _)| at);
                let expected: Vec<usize> = places.filter(|at| is_named(&text, *at)).collect();
                assert!(names_in(text.as_bytes()).eq(expected), "{text:?}");
            }
        }
    }

    #[test]
    fn lines_are_read_where_they_have_a_name() {
        let pieces = [
            "v1: ",
            "a ",
            "\n",
            "\r\n",
            "RFC ",
            "Changes in ",
            "- the first version ",
            "\r",
            "é",
            "[v2]",
        ];
        for mail in combined::<5, _>(pieces).map(|row| row.concat()) {
            let expected = Lines::new(&mail).filter_map(|line| {
                let mut places = line.text.char_indices();
                let has_name = places.any(|(at, _)| is_named(line.text, at));
                let naming = line::read(line.text).filter(|_| has_name);
                Some((line, naming?))
            });
            assert!(namings_in(Body { text: &mail }).eq(expected), "{mail:?}");
        }
    }
}
