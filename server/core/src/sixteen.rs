//! Sixteen bytes of text at a time, in one of the processor's wide registers: for what all of a text is
//! asked. Unlike [`crate::eight`], whose numbers can tell more of fewer bytes.

use wide::u8x16;

use crate::eight;

/// As many bytes as a register has.
type Piece = [u8; 16];

/// Where a byte is among sixteen.
#[inline(always)]
fn equal(piece: &Piece, byte: u8) -> u8x16 {
    u8x16::new(*piece).simd_eq(u8x16::splat(byte))
}

/// Whether one of some bytes is `byte`.
#[inline(always)]
pub(crate) fn has(pieces: &[Piece], byte: u8) -> bool {
    let none = u8x16::splat(0);
    let found = pieces
        .iter()
        .fold(none, |found, piece| found | equal(piece, byte));
    found.to_bitmask() != 0
}

/// The bytes at the end of a text, less than 64, with fillers behind them.
pub(crate) fn padded(bytes: &[u8], filler: u8) -> [u8; 64] {
    let mut padded = [filler; 64];
    if let Some(room) = padded.get_mut(..bytes.len()) {
        room.copy_from_slice(bytes);
    }
    padded
}

/// Whether one of 64 bytes is no ASCII, or a control character other than a line feed.
#[inline(always)]
pub(crate) fn is_odd(bytes: &[u8; 64]) -> bool {
    let (blank, last) = (u8x16::splat(b' '), u8x16::splat(b'~' - b' '));
    let (pieces, _) = bytes.as_chunks();
    let usual = pieces.iter().fold(u8x16::splat(0xff), |usual, piece| {
        // What is below a blank is then far above all that is printed.
        let above_blank = u8x16::new(*piece) - blank;
        let printed = above_blank.min(last).simd_eq(above_blank);
        usual & (printed | equal(piece, b'\n'))
    });
    usual.to_bitmask() != 0xffff
}

/// Where a byte is among 64 bytes, as bits: the first of them is the lowest bit.
#[inline(always)]
pub(crate) fn places(bytes: &[u8; 64], byte: u8) -> u64 {
    let (pieces, _) = bytes.as_chunks();
    bits(pieces.iter().map(|piece| equal(piece, byte)))
}

/// As [`places`], of a small letter and its capital one.
#[inline(always)]
pub(crate) fn letters(bytes: &[u8; 64], letter: u8) -> u64 {
    let (pieces, _) = bytes.as_chunks();
    let (small, letter) = (u8x16::splat(0x20), u8x16::splat(letter));
    bits(
        pieces
            .iter()
            .map(|piece| (u8x16::new(*piece) | small).simd_eq(letter)),
    )
}

/// One bit for each byte of four sets of bytes, the first the lowest.
#[inline(always)]
fn bits(sets: impl DoubleEndedIterator<Item = u8x16>) -> u64 {
    let bits = sets.map(u8x16::to_bitmask);
    bits.rev().fold(0, |all, bits| all << 16 | u64::from(bits))
}

/// The printed bytes among the first `len` of a text, 64 at most, as bits: which are no blanks, and which are
/// `mark`. None where not all are ASCII without controls, and of a text of less than sixteen bytes. Looks at four
/// times sixteen bytes however many there are, at some of them twice: no branch depends on what they are.
#[inline]
pub(crate) fn printed(text: &[u8], len: usize, mark: u8) -> Option<(u64, u64)> {
    let all = u64::MAX.checked_shr(64_u32.checked_sub(u32::try_from(len).ok()?)?)?;
    let is_from = |bytes: u8x16, limit: u8| bytes.max(u8x16::splat(limit)).simd_eq(bytes);
    let last = len.saturating_sub(16);
    let (mut others, mut graphic, mut marks) = (0, 0, 0);
    for start in [0, 16, 32, 48] {
        let at = last.min(start);
        let piece: &Piece = text.get(at..)?.first_chunk()?;
        let bytes = u8x16::new(*piece);
        let bits = |set: u8x16| u64::from(set.to_bitmask()) << at;
        others |= bits(!is_from(bytes, b' ') | bytes);
        graphic |= bits(is_from(bytes, b'!'));
        marks |= bits(equal(piece, mark));
    }
    (others & all == 0).then_some((graphic & all, marks & all))
}

/// Few lines are longer.
const MOST_OF_LINE: usize = 80;

/// Whether a line may have `byte`, as far as the text from the line on tells without a loop.
#[inline(always)]
pub(crate) fn may_have(line: &[u8], from: &[u8], byte: u8) -> bool {
    match from.first_chunk::<MOST_OF_LINE>() {
        Some(start) if line.len() <= MOST_OF_LINE => has(start.as_chunks().0, byte),
        _ => true,
    }
}

/// Whether a line has but ASCII; `from` is the text from the line on.
pub(crate) fn is_ascii_line(line: &[u8], from: &[u8]) -> bool {
    // As much of the text as most lines are long tells that without a loop.
    match from.first_chunk::<MOST_OF_LINE>() {
        Some(start) if line.len() <= MOST_OF_LINE => {
            let (pieces, _) = start.as_chunks();
            let none = u8x16::splat(0);
            let all = pieces
                .iter()
                .fold(none, |all, piece| all | u8x16::new(*piece));
            // The bits are the highest of the bytes.
            all.to_bitmask() == 0 || eight::has_ascii_only(line)
        }
        _ => eight::has_ascii_only(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_byte_are_found_in_any_text() {
        // Bytes that differ from a line feed by a bit or by one.
        for others in [
            b"\x0b\x09\x0c*\x0a\x1aa ",
            b"\x0b\x0a\x8a\x8b\xff\x80\x0a\x7f",
        ] {
            for at in 0..64 {
                for byte in [b'\n', 0, 0x8a, b'|'] {
                    let mut bytes = [0; 64].map(|_| b'a');
                    bytes[at / 8 * 8..][..8].copy_from_slice(others);
                    bytes[at] = byte;
                    let is_there = |bit: &usize| bytes[*bit] == b'\n';
                    let expected = (0..64).filter(is_there).map(|bit| 1 << bit).sum::<u64>();
                    assert_eq!(places(&bytes, b'\n'), expected, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_are_odd_if_one_is() {
        for byte in 0..=u8::MAX {
            for at in [0, 15, 16, 40, 63] {
                for other in [b' ', b'\n', b'~'] {
                    let mut bytes = [other; 64];
                    bytes[at] = byte;
                    let expected = !matches!(byte, b' '..=b'~' | b'\n');
                    assert_eq!(is_odd(&bytes), expected, "{byte:#x} at {at}");
                }
            }
        }
    }

    #[test]
    fn bytes_are_missed_in_no_line() {
        for len in 0..100 {
            for n_behind in [0, 1, 20, 100] {
                let mut text = vec![0xff; len + n_behind];
                assert!(!is_ascii_line(&text[..len], &text) || len == 0);
                text[..len].fill(b'{');
                assert!(is_ascii_line(&text[..len], &text));
                for at in 0..len {
                    text[at] = b'|';
                    assert!(may_have(&text[..len], &text, b'|'));
                    text[at] = 0x80;
                    assert!(!is_ascii_line(&text[..len], &text));
                    text[at] = b'{';
                }
            }
        }
        let text = [b'{'; 100];
        assert!(!may_have(&text[..80], &text, b'|'));
    }

    #[test]
    fn zeros_stand_behind_the_last_bytes() {
        assert_eq!(padded(b"", 0), [0; 64]);
        assert_eq!(padded(&[7; 64], 0), [7; 64]);
        let padded = padded(b"ab", 1);
        assert!(padded.starts_with(b"ab") && padded[2..] == [1; 62]);
    }

    #[test]
    fn letters_are_small_and_capital_ones() {
        for at in 0..64 {
            for byte in 0..=0xff {
                let mut bytes = [b'u'; 64];
                bytes[at] = byte;
                let expected = u64::from(byte.eq_ignore_ascii_case(&b'v')) << at;
                assert_eq!(letters(&bytes, b'v'), expected, "{at} {byte}");
            }
        }
    }

    #[test]
    fn printed_bytes_are_those_of_any_text() {
        for (len, n_behind) in (0..70).flat_map(|len| [(len, 0), (len, 3), (len, 20)]) {
            let mut text: Vec<u8> = (0..len).map(|at| b"a/ ~!/"[at % 6]).collect();
            let bits = |is_one: &dyn Fn(u8) -> bool| {
                let bits = text.iter().take(64).enumerate();
                bits.fold(0, |all, (at, byte)| all | u64::from(is_one(*byte)) << at)
            };
            let expected = ((1..=64).contains(&len) && len + n_behind >= 16)
                .then(|| (bits(&|byte| byte != b' '), bits(&|byte| byte == b'/')));
            text.extend(b"/\n\xff".iter().cycle().take(n_behind));
            assert_eq!(printed(&text, len, b'/'), expected, "{len} {n_behind}");
            for at in 0..len.min(64) {
                for odd in [0, b'\t', 0x1f, 0x80, 0xff] {
                    let byte = std::mem::replace(&mut text[at], odd);
                    assert_eq!(printed(&text, len, b'/'), None, "{len} {at} {odd}");
                    text[at] = byte;
                }
            }
        }
    }

    #[test]
    fn a_byte_is_seen_wherever_it_is() {
        for at in 0..32 {
            let mut pieces = [[b'B'; 16]; 2];
            assert!(!has(&pieces, b'A'));
            pieces[at / 16][at % 16] = b'A';
            assert!(has(&pieces, b'A'), "{at}");
        }
        assert!(!has(&[], b'A'));
    }
}
