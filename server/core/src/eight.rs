//! Eight bytes of text at a time, as one number: a few instructions for all of them in place of a
//! branch for each. The first byte of the text is the lowest of the number.
//!
//! Sets of bytes are numbers too, in which the highest bit of a byte tells whether it is in the set.

/// The highest bits of all bytes.
const TOPS: u64 = all(0x80);

/// The same byte eight times.
pub(crate) const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The first eight bytes of a text that is that long.
pub(crate) fn first(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.first_chunk()?))
}

/// Up to seven bytes, the rest of them 0.
pub(crate) fn padded(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    // The first and the last of them, which may be the same.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (len - 4) % 64);
    }
    let byte = |at| bytes.get(at).map_or(0, |byte| u64::from(*byte) << (8 * at));
    byte(0) | byte(1) | byte(2)
}

/// The bytes of a text behind its last whole eight, as [`padded`].
pub(crate) fn rest(bytes: &[u8]) -> u64 {
    let n_rest = bytes.len() % 8;
    match bytes.last_chunk() {
        Some(_) if n_rest == 0 => 0,
        // Those before them are shifted out.
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * n_rest),
        None => padded(bytes),
    }
}

/// The eight bytes of a text from `pos` on; those behind its end are 0.
#[inline]
pub(crate) fn at(bytes: &[u8], pos: usize) -> u64 {
    let behind = bytes.get(pos..).unwrap_or_default();
    first(behind).unwrap_or_else(|| match bytes.last_chunk() {
        // Those before `pos` are shifted out.
        Some(last) if !behind.is_empty() => u64::from_le_bytes(*last) >> (64 - 8 * behind.len()),
        _ => padded(behind),
    })
}

/// A text eight bytes at a time; behind its end stands `filler`.
#[inline]
pub(crate) fn words(bytes: &[u8], filler: u8) -> impl Iterator<Item = u64> {
    let last = rest(bytes) | all(filler) << (8 * (bytes.len() % 8));
    let (words, _) = bytes.as_chunks();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.chain([last])
}

/// Whether no byte has its highest bit.
pub(crate) fn is_ascii(word: u64) -> bool {
    word & TOPS == 0
}

/// Whether a text has but ASCII; for short ones, as names and titles are.
pub(crate) fn has_ascii_only(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return is_ascii(padded(bytes));
    };
    let (words, _) = bytes.as_chunks::<8>();
    // The last eight may be looked at twice.
    let words = words.iter().chain([last]);
    is_ascii(words.fold(0, |all, word| all | u64::from_le_bytes(*word)))
}

/// The bytes that are not of ASCII.
pub(crate) fn not_ascii(word: u64) -> u64 {
    word & TOPS
}

/// The bytes that are `limit` or more; of ASCII.
pub(crate) fn from(word: u64, limit: u8) -> u64 {
    (word + all(0x80 - limit)) & TOPS
}

/// The letters; of ASCII.
pub(crate) fn letters(word: u64) -> u64 {
    let small = word | all(0x20);
    from(small, b'a') & below(small, b'z' + 1)
}

/// How many digits a word begins with, and the number they are; for less than eight.
#[inline]
pub(crate) fn number(word: u64) -> (usize, u64) {
    let others = not_ascii(word);
    let ascii = word ^ others;
    let ends = below(ascii, b'0') | from(ascii, b'9' + 1) | others;
    let n_digits = ends.trailing_zeros() as usize / 8;
    // With zeros in front they are eight, of which two, four and eight are put together at once.
    let shift = 64 - 8 * n_digits as u32;
    let digits = word.checked_shl(shift).unwrap_or_default() & all(0x0f);
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let number = (fours * 10_000 + (fours >> 32)) & 0xffff_ffff;
    (n_digits, number)
}

/// The bytes that are below `limit`; of ASCII, for limits up to 0x80.
pub(crate) fn below(word: u64, limit: u8) -> u64 {
    // No sum carries into the next byte.
    !(word + all(0x80 - limit)) & TOPS
}

/// The bytes that are `byte`; of ASCII.
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    !((word ^ all(byte)) + all(0x7f)) & TOPS
}

/// As [`equal`], of any text.
pub(crate) fn equal_in_any(word: u64, byte: u8) -> u64 {
    let differing = word ^ all(byte);
    !(((differing & !TOPS) + all(0x7f)) | differing) & TOPS
}

/// Where the first byte is that is one of some bytes of ASCII; of any text.
pub(crate) fn position<const N: usize>(word: u64, wanted: [u8; N]) -> Option<usize> {
    let found = wanted.iter().fold(0, |found, byte| {
        // No difference borrows from the next byte before the first one that is 0.
        let differing = word ^ all(*byte);
        found | differing.wrapping_sub(all(1)) & !differing
    });
    let found = found & TOPS;
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

/// Where the first `byte` of a text is from `start` on; of ASCII. For lines, which are so short that a
/// call of memchr costs more than what it saves.
#[inline(always)]
pub(crate) fn find(bytes: &[u8], start: usize, byte: u8) -> Option<usize> {
    let mut pos = start;
    while let Some(word) = bytes.get(pos..).and_then(first) {
        if let Some(at) = position(word, [byte]) {
            return Some(pos + at);
        }
        pos += 8;
    }
    let at = bytes.get(pos..)?.iter().position(|other| *other == byte)?;
    Some(pos + at)
}

/// The bytes that are decimal digits; of ASCII.
pub(crate) fn digits(word: u64) -> u64 {
    from(word, b'0') & below(word, b'9' + 1)
}

/// How many of the last bytes are in a set, seven at most.
pub(crate) fn n_last(set: u64) -> usize {
    (!set & TOPS | 0x80).leading_zeros() as usize / 8
}

/// The bytes with capital letters of ASCII made small, and all others as they are.
pub(crate) fn lower(word: u64) -> u64 {
    let ascii = word & !TOPS;
    let from_a = ascii + all(0x80 - b'A');
    let past_z = ascii + all(0x80 - b'Z' - 1);
    // What is 0x80 in a capital letter becomes 0x20, its difference to the small one.
    word | (from_a & !past_z & !word & TOPS) >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `check` with every byte at every place among some others.
    fn each(most: u8, check: impl Fn([u8; 8])) {
        for byte in 0..=most {
            for at in 0..8 {
                for other in [0, b' ', b'A', b'z', most] {
                    let mut bytes = [other; 8];
                    bytes[at] = byte;
                    check(bytes);
                }
            }
        }
    }

    fn set(bytes: [u8; 8], has: impl Fn(u8) -> bool) -> u64 {
        u64::from_le_bytes(bytes.map(|byte| if has(byte) { 0x80 } else { 0 }))
    }

    #[test]
    fn sets_have_the_bytes_that_they_are_of() {
        each(0x7f, |bytes| {
            let word = u64::from_le_bytes(bytes);
            for limit in [1, b' ', 0x21, 0x7f, 0x80] {
                assert_eq!(below(word, limit), set(bytes, |b| b < limit), "{bytes:?}");
                assert_eq!(from(word, limit), set(bytes, |b| b >= limit), "{bytes:?}");
            }
            let expected = set(bytes, |b| b.is_ascii_alphabetic());
            assert_eq!(letters(word), expected, "{bytes:?}");
            for byte in [0, b' ', b'\n', 0x7f] {
                assert_eq!(equal(word, byte), set(bytes, |b| b == byte), "{bytes:?}");
            }
        });
    }

    #[test]
    fn bytes_are_found_where_they_first_are() {
        each(0xff, |bytes| {
            let word = u64::from_le_bytes(bytes);
            for byte in [0, b'\n', b' ', 0x7f] {
                let expected = bytes.iter().position(|b| *b == byte);
                assert_eq!(position(word, [byte]), expected, "{bytes:?}");
                let expected = bytes.iter().position(|b| *b == byte || *b == b':');
                assert_eq!(position(word, [byte, b':']), expected, "{bytes:?}");
            }
        });
    }

    #[test]
    fn a_byte_is_found_wherever_it_first_is() {
        for len in [0, 1, 7, 8, 9, 15, 16, 17, 50] {
            // Bytes that differ from a line feed by a bit or by one.
            let filled: Vec<u8> = (0..len)
                .map(|at| b"\x0b\x09\x8a\x0c*\xffa "[at % 8])
                .collect();
            assert_eq!(find(&filled, 0, b'\n'), None);
            for at in 0..len {
                for behind in at..len {
                    let mut bytes = filled.clone();
                    bytes[at] = b'\n';
                    bytes[behind] = b'\n';
                    assert_eq!(find(&bytes, 0, b'\n'), Some(at));
                    let next = (behind > at).then_some(behind);
                    assert_eq!(find(&bytes, at + 1, b'\n'), next);
                }
            }
        }
    }

    #[test]
    fn sets_end_where_a_byte_is_not_in_them() {
        each(0x7f, |bytes| {
            let word = u64::from_le_bytes(bytes);
            let is_digit = |byte: u8| byte.is_ascii_digit();
            assert_eq!(digits(word), set(bytes, is_digit), "{bytes:?}");
            let n_blanks = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
            assert_eq!(n_last(equal(word, b' ')), n_blanks.min(7), "{bytes:?}");
        });
    }

    #[test]
    fn capital_letters_become_small() {
        each(0xff, |bytes| {
            let word = u64::from_le_bytes(bytes);
            let small = bytes.map(|byte| byte.to_ascii_lowercase());
            assert_eq!(lower(word), u64::from_le_bytes(small), "{bytes:?}");
            assert_eq!(is_ascii(word), bytes.is_ascii(), "{bytes:?}");
        });
    }

    #[test]
    fn one_byte_that_is_not_ascii_is_seen() {
        for len in 0..40 {
            let mut bytes = vec![0x7f; len];
            assert!(has_ascii_only(&bytes));
            for at in 0..len {
                bytes[at] = 0x80;
                assert!(!has_ascii_only(&bytes));
                bytes[at] = 0;
            }
        }
    }

    #[test]
    fn bytes_become_numbers_from_the_lowest_on() {
        assert_eq!(first(b"abcdefgh-"), Some(u64::from_le_bytes(*b"abcdefgh")));
        assert_eq!(first(b"abc"), None);
        assert_eq!(padded(b"abc"), u64::from_le_bytes(*b"abc\0\0\0\0\0"));
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for len in 0..text.len() {
            let behind = &text[len / 8 * 8..len];
            let shifted = |word, byte: &u8| word << 8 | u64::from(*byte);
            assert_eq!(padded(behind), behind.iter().rev().fold(0, shifted));
            assert_eq!(rest(&text[..len]), padded(behind), "{len}");
            let text = &text[..len];
            for pos in 0..len + 10 {
                let mut behind = text.get(pos..).unwrap_or_default().to_vec();
                behind.resize(8.max(behind.len()), 0);
                assert_eq!(Some(at(text, pos)), first(&behind), "{len} {pos}");
            }
        }
    }

    #[test]
    fn words_are_those_of_the_text() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for len in 0..=text.len() {
            let text = &text[..len];
            let mut filled = text.to_vec();
            filled.resize(len / 8 * 8 + 8, b'-');
            let expected = filled.as_chunks().0.iter();
            let expected = expected.map(|word| u64::from_le_bytes(*word));
            assert!(words(text, b'-').eq(expected), "{len}");
        }
    }

    #[test]
    fn numbers_are_those_of_their_digits() {
        for text in ["0", "7", "42", "007", "1234567", "9999999", "65536"] {
            for behind in ["/", ":", " ", "\0", "a", "\u{ff}", "\u{b0}"] {
                let word = at(format!("{text}{behind}").as_bytes(), 0);
                assert_eq!(
                    number(word),
                    (text.len(), text.parse().unwrap()),
                    "{text}{behind}"
                );
            }
        }
        assert_eq!(number(at(b"a1", 0)), (0, 0));
        assert_eq!(number(at("\u{b0}1".as_bytes(), 0)), (0, 0));
        assert_eq!(number(at(b"12345678", 0)).0, 8);
    }
}
