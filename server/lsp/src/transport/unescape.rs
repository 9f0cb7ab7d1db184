//! The content of a JSON string, decoded as it arrives. Tested in `long_string` too.

use std::mem;

use super::buffer::large_buffer;
use crate::json::{self, BLOCK};

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    NotUtf8,
    /// A string is not right JSON, and this is why.
    NotJson(&'static str),
}

/// What a piece has of a string.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// All of it is the string's.
    All,
    /// The string ends at this byte, its closing quote.
    End(usize),
}

/// Bytes of `\u00e4`.
const UNIT: usize = 6;

/// Bytes of the longest escape: of a surrogate pair.
const PAIR: usize = 2 * UNIT;

const NO_ESCAPE: Wrong = Wrong::NotJson("an escape in a string is none");

/// The text that the content of a string stands for, as far as that has arrived. Half of a surrogate pair
/// becomes U+FFFD: editors send such while an emoji is being edited, and it is one UTF-16 unit as well.
#[derive(Debug)]
pub(super) struct Unescape {
    text: String,
    /// What is decoded of a piece, and room for more; before it what a letter began with that goes on in it.
    decoded: Vec<u8>,
    /// How many bytes are decoded that the text has not yet.
    len: usize,
    /// An escape that may go on in the next piece.
    cut_off: Vec<u8>,
}

impl Unescape {
    /// With memory that does not stay with the allocator for so many bytes.
    pub(super) fn with_room(n_bytes: usize) -> Self {
        Self {
            text: String::from_utf8(large_buffer(n_bytes)).unwrap_or_default(),
            decoded: large_buffer(n_bytes),
            len: 0,
            cut_off: Vec::new(),
        }
    }

    /// How many bytes the text has by now.
    pub(super) fn n_bytes(&self) -> usize {
        self.text.len()
    }

    /// The text; nothing is left of it here.
    pub(super) fn taken(&mut self) -> String {
        mem::take(&mut self.text)
    }

    /// Decodes the next bytes, up to the end of the string.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Found, Wrong> {
        // No escape is shorter than what it stands for. Behind what counts some more bytes are written.
        let n_room = self.len + self.cut_off.len() + bytes.len() + 2 * BLOCK;
        if self.decoded.len() < n_room {
            self.decoded.resize(n_room, 0);
        }
        let mut at = self.take_cut_off(bytes)?;
        let found = loop {
            at += self.decode_blocks(bytes.get(at..).unwrap_or_default());
            if let Some(found) = self.decode(bytes, &mut at)? {
                break found;
            }
        };
        self.move_to_text()?;
        if self.len > 0 && found != Found::All {
            return Err(Wrong::NotUtf8);
        }
        Ok(found)
    }

    /// Decodes the escape that the last piece began; where in this one it ends.
    fn take_cut_off(&mut self, bytes: &[u8]) -> Result<usize, Wrong> {
        let mut at = 0;
        while !self.cut_off.is_empty() {
            let n_before = self.cut_off.len();
            let more = bytes.iter().skip(at).take(PAIR.saturating_sub(n_before));
            self.cut_off.extend(more);
            let Some((letter, n_bytes)) = unescaped(&self.cut_off)? else {
                return Ok(bytes.len());
            };
            self.push(letter);
            // Half of a pair may have been taken for a whole, and the next escape begin behind it.
            at += n_bytes.saturating_sub(n_before);
            self.cut_off.truncate(n_before);
            self.cut_off.drain(..n_bytes.min(n_before));
        }
        Ok(at)
    }

    /// Decodes bytes up to an escape that is not of one letter, to the end of the string, or nearly to that of
    /// the bytes; how many these are. No branch here depends on where in a block an escape stands.
    fn decode_blocks(&mut self, bytes: &[u8]) -> usize {
        let decoded = &mut *self.decoded;
        let (mut at, mut len) = (0, self.len);
        // With a block behind it, as from everywhere in it as much is copied as a block has.
        'blocks: while let Some(two) = bytes
            .get(at..)
            .and_then(<[u8]>::first_chunk::<{ 2 * BLOCK }>)
        {
            let mut special = two.first_chunk().map_or(0, json::special);
            let mut from = 0;
            loop {
                let next = (special.trailing_zeros() as usize).min(BLOCK);
                let plain = two.get(from..).and_then(<[u8]>::first_chunk::<BLOCK>);
                let room = decoded.get_mut(len..).and_then(<[u8]>::first_chunk_mut);
                if let (Some(plain), Some(room)) = (plain, room) {
                    *room = *plain;
                }
                len += next - from;
                if special == 0 {
                    at += BLOCK;
                    continue 'blocks;
                }
                let escape = two.get(next..).and_then(<[u8]>::first_chunk);
                let letter = escape.map_or(0, |[first, second]| match first {
                    b'\\' => LETTERS[usize::from(*second)],
                    _ => 0,
                });
                if letter == 0 {
                    at += next;
                    break 'blocks;
                }
                if let Some(room) = decoded.get_mut(len) {
                    *room = letter;
                }
                len += 1;
                from = next + 2;
                special &= !(0b11 << next);
                if from > BLOCK {
                    at += from;
                    continue 'blocks;
                }
            }
        }
        self.len = len;
        at
    }

    /// Decodes bytes from `at` on, up to what they end with or behind an escape of more than one letter.
    fn decode(&mut self, bytes: &[u8], at: &mut usize) -> Result<Option<Found>, Wrong> {
        loop {
            let rest = bytes.get(*at..).unwrap_or_default();
            let n_plain = self.push_plain(rest);
            *at += n_plain;
            let escape = rest.get(n_plain..).unwrap_or_default();
            match escape.first() {
                None => return Ok(Some(Found::All)),
                Some(b'"') => return Ok(Some(Found::End(*at))),
                Some(b'\\') => {}
                Some(_) => return Err(Wrong::NotJson("a control character stands in a string")),
            }
            let Some((letter, n_bytes)) = unescaped(escape)? else {
                self.cut_off.extend_from_slice(escape);
                return Ok(Some(Found::All));
            };
            self.push(letter);
            *at += n_bytes;
            if n_bytes > 2 {
                return Ok(None);
            }
        }
    }

    /// Adds the bytes up to the first that does not stand for itself; how many they are.
    fn push_plain(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let mut block = [b'"'; BLOCK];
            let next = bytes.get(at..).unwrap_or_default();
            let next = next.get(..BLOCK).unwrap_or(next);
            if let Some(room) = block.get_mut(..next.len()) {
                room.copy_from_slice(next);
            }
            self.put(&block);
            let n_plain = (json::special(&block).trailing_zeros() as usize).min(BLOCK);
            self.len += n_plain;
            at += n_plain;
            if n_plain < BLOCK {
                return at;
            }
        }
    }

    #[inline]
    fn push(&mut self, letter: char) {
        let mut bytes = [0; 4];
        let n_bytes = letter.encode_utf8(&mut bytes).len();
        self.put(&bytes);
        self.len += n_bytes;
    }

    /// Writes bytes behind those that count.
    #[inline]
    fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        let room = self.decoded.get_mut(self.len..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            *room = *bytes;
        }
    }

    /// Adds to the text what was decoded, but for the start of a letter.
    fn move_to_text(&mut self) -> Result<(), Wrong> {
        let decoded = self.decoded.get(..self.len).unwrap_or_default();
        let text = match str::from_utf8(decoded) {
            Ok(text) => text,
            Err(error) if error.error_len().is_some() => return Err(Wrong::NotUtf8),
            Err(error) => str::from_utf8(&decoded[..error.valid_up_to()]).unwrap_or_default(),
        };
        self.text.push_str(text);
        let n_moved = text.len();
        self.decoded.copy_within(n_moved..self.len, 0);
        self.len -= n_moved;
        Ok(())
    }
}

/// The letter that an escape stands for, and the length of the escape; `None` if more must be known of it.
#[inline]
fn unescaped(escape: &[u8]) -> Result<Option<(char, usize)>, Wrong> {
    match escape.get(1) {
        None => Ok(None),
        Some(b'u') => unicode(escape),
        Some(second) => match LETTERS[usize::from(*second)] {
            0 => Err(NO_ESCAPE),
            letter => Ok(Some((char::from(letter), 2))),
        },
    }
}

/// What an escape of one letter stands for, by that; zero for those that are none.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    letters[b'n' as usize] = b'\n';
    letters[b't' as usize] = b'\t';
    letters[b'r' as usize] = b'\r';
    letters[b'b' as usize] = 0x8;
    letters[b'f' as usize] = 0xc;
    letters[b'"' as usize] = b'"';
    letters[b'\\' as usize] = b'\\';
    letters[b'/' as usize] = b'/';
    letters
};

/// The letter that `\u00e4` or `\ud83d\ude00` stands for, and the length of that; `None` if more must be known.
fn unicode(escape: &[u8]) -> Result<Option<(char, usize)>, Wrong> {
    let Some(first) = escape.get(..UNIT) else {
        return Ok(None);
    };
    let first = unit(first).ok_or(NO_ESCAPE)?;
    if let Some(letter) = char::from_u32(first) {
        return Ok(Some((letter, UNIT)));
    }
    let second = escape.get(UNIT..).unwrap_or_default();
    let second = second.get(..UNIT).unwrap_or(second);
    let may_go_on = first < 0xdc00 && b"\\u".iter().zip(second).all(|(must, is)| must == is);
    if may_go_on && second.len() < UNIT {
        return Ok(None);
    }
    let pair = unit(second).filter(|second| first < 0xdc00 && (0xdc00..0xe000).contains(second));
    let letter = pair
        .and_then(|second| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
    Ok(Some(
        letter.map_or((char::REPLACEMENT_CHARACTER, UNIT), |letter| (letter, PAIR)),
    ))
}

/// The UTF-16 unit that `\u00e4` stands for.
fn unit(escape: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    let is_hex = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes a string from behind its first quote on, in pieces of so many bytes.
    fn decoded(json: &[u8], mut n_bytes: impl FnMut() -> usize) -> Result<String, Wrong> {
        let mut string = Unescape::with_room(0);
        let mut rest = json;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(n_bytes().clamp(1, rest.len()));
            if let Found::End(end) = string.take(piece)? {
                assert_eq!(piece[end], b'"');
                return Ok(string.taken());
            }
            rest = behind;
        }
        Err(Wrong::NotJson("it does not end"))
    }

    #[test]
    fn any_string_is_what_others_take_it_for_in_any_pieces() {
        let letters = [
            "a",
            "some words ",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/",
            "\\u00e4",
            "\\ud83d\\ude00",
            "é",
            "😀",
            "\\t",
            "n",
            "u0041",
            "\u{7f}",
            "\\u0000",
            "a line of a message, of the usual length\\n",
        ];
        let wrong = ["\\x", "\u{1}", "\\u12x4", "\n"];
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for round in 0..3000 {
            let n_letters = random(60);
            let mut json: String = (0..n_letters)
                .map(|_| letters[random(letters.len())])
                .collect();
            if round % 8 == 0 {
                json += wrong[random(wrong.len())];
            }
            json += "\" and more";
            let expected = serde_json::from_str::<String>(&format!(
                "\"{}",
                json.strip_suffix(" and more").unwrap_or_default()
            ));
            let most = [1, 3, 70, 1000][random(4)];
            let found = decoded(json.as_bytes(), || 1 + random(most));
            assert_eq!(found.ok(), expected.ok(), "{json}");
        }
    }

    #[test]
    fn letters_that_are_cut_off_are_told() {
        for json in [
            &b"\xc3\""[..],
            b"a\xc3\\n\"",
            b"\xe2\x82\"",
            b"\xff\"",
            b"\xc3\\u00a4\"",
        ] {
            for n_bytes in [1, 2, 100] {
                assert_eq!(decoded(json, || n_bytes), Err(Wrong::NotUtf8), "{json:?}");
            }
        }
    }
}
