//! JSON printed straight into bytes, for answers of megabytes, and what its strings cannot have as it is.

use wide::u8x16;

/// A short piece of JSON in memory of a known size, so that its parts are copied without a call for each.
/// What does not fit is left out: a piece has room for all that it may be made of.
pub(crate) struct Piece<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Piece<N> {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    #[inline(always)]
    pub(crate) fn put<const M: usize>(&mut self, part: &[u8; M]) {
        self.put_first(part, M);
    }

    /// Puts the first bytes of a part.
    #[inline(always)]
    fn put_first<const M: usize>(&mut self, part: &[u8; M], n: usize) {
        let room = self.bytes.get_mut(self.len..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            *room = *part;
            self.len += n;
        }
    }

    /// Puts a number in decimal.
    #[inline(always)]
    pub(crate) fn put_number(&mut self, number: u32) {
        if number < 100_000_000 {
            let (digits, n) = digits(number);
            self.put_first(&digits, n);
        } else {
            let (high, low) = (number / 100_000_000, number % 100_000_000);
            let (digits, n) = digits(high);
            self.put_first(&digits, n);
            self.put(&eight_digits(low).map(|digit| digit + b'0'));
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The digits of a number below 10⁸ and how many they are, without a branch: nobody could foretell it.
#[inline(always)]
fn digits(number: u32) -> ([u8; 8], usize) {
    let digits = u64::from_le_bytes(eight_digits(number));
    // The last digit is one even if it is zero.
    let n_zeros = (digits | (1 << 56)).trailing_zeros() / 8;
    let first = (digits | 0x3030_3030_3030_3030) >> (8 * n_zeros);
    (first.to_le_bytes(), 8 - n_zeros as usize)
}

/// The eight digits, as numbers, of a number below 10⁸: halves, quarters and eighths of it are parted
/// side by side in one word.
#[inline(always)]
fn eight_digits(number: u32) -> [u8; 8] {
    let number = u64::from(number);
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // 10486 / 2²⁰ is a hundredth for numbers below 10⁴, 103 / 2¹⁰ a tenth for those below 100.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    (tens | ((twos - 10 * tens) << 8)).to_le_bytes()
}

/// Prints a string in its quotes.
pub(crate) fn string(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    inside(json, text);
    json.push(b'"');
}

/// Prints what stands between the quotes of a string.
pub(crate) fn inside(json: &mut Vec<u8>, text: &str) {
    // Hardly any has something to escape.
    if has_special(text.as_bytes()) {
        let printed = serde_json::to_string(text).unwrap_or_default();
        let quoted = printed.strip_prefix('"').unwrap_or_default();
        json.extend_from_slice(quoted.strip_suffix('"').unwrap_or_default().as_bytes());
        return;
    }
    json.extend_from_slice(text.as_bytes());
}

/// Whether there is a byte that a string of JSON cannot have as it is.
fn has_special(text: &[u8]) -> bool {
    let (pieces, rest) = text.as_chunks();
    let mut last = [b' '; SIXTEEN];
    if let Some(room) = last.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    let none = u8x16::splat(0);
    let found = pieces.iter().chain([&last]);
    let found = found.fold(none, |found, piece| found | specials(piece));
    found.to_bitmask() != 0
}

/// Bytes that fit into a register of the processor.
const SIXTEEN: usize = 16;

/// Which bytes a string of JSON cannot have as they are.
#[inline(always)]
fn specials(bytes: &[u8; SIXTEEN]) -> u8x16 {
    let bytes = u8x16::new(*bytes);
    let equal = |byte| bytes.simd_eq(u8x16::splat(byte));
    let controls = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    controls | equal(b'"') | equal(b'\\')
}

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 64;

/// Which bytes a string of JSON cannot have as they are, as bits: the first byte is the lowest.
#[inline(always)]
pub(crate) fn special(bytes: &[u8; BLOCK]) -> u64 {
    let (pieces, _) = bytes.as_chunks();
    let bits = pieces
        .iter()
        .rev()
        .map(|piece| specials(piece).to_bitmask());
    bits.fold(0, |special, bits| special << SIXTEEN | u64::from(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_they_are_formatted() {
        let tens = (0..10).map(|power| 10_u32.pow(power));
        let near = tens.flat_map(|ten| [ten - 1, ten, ten + 1, ten.wrapping_mul(7)]);
        let spread = (0..100_000).map(|n: u32| n.wrapping_mul(2_654_435_761) >> (n % 32));
        for number in (0..20_000).chain(near).chain(spread).chain([u32::MAX]) {
            let mut piece = Piece::<24>::new();
            piece.put(b"<");
            piece.put_number(number);
            piece.put(b">");
            assert_eq!(piece.bytes(), format!("<{number}>").as_bytes());
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut piece = Piece::<4>::new();
        piece.put(b"abc");
        piece.put(b"de");
        piece.put(b"f");
        assert_eq!(piece.bytes(), b"abcf");
    }

    #[test]
    fn strings_are_escaped_wherever_it_is_needed() {
        for special in [
            '\0', '\u{1f}', '"', '\\', '\n', ' ', '!', '#', '\u{7f}', 'é', '😀', '[', ']',
        ] {
            for n_before in 0..18 {
                for n_behind in [0, 1, 7, 8] {
                    let before = "é".repeat(n_before % 3) + &"x".repeat(n_before);
                    let text = format!("{before}{special}{}", "~".repeat(n_behind));
                    let mut json = Vec::new();
                    string(&mut json, &text);
                    assert_eq!(json, serde_json::to_vec(&text).unwrap_or_default());
                    let mut block = [b' '; BLOCK];
                    block[n_behind..][..text.len()].copy_from_slice(text.as_bytes());
                    let is_special = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\');
                    let bits = block
                        .iter()
                        .rev()
                        .fold(0, |bits, &byte| bits << 1 | u64::from(is_special(byte)));
                    assert_eq!(super::special(&block), bits, "{text:?}");
                }
            }
        }
    }
}
