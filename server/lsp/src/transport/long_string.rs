//! A long string in a message: the text of a document that is opened.
//!
//! `serde_json` decodes a string into a buffer that grows, and copies it from there. For a document
//! of megabytes that costs more than parsing it, and leaves the allocator with memory that it keeps.
//! So such a string is cut out of the message, decoded straight into a buffer of its own, and put
//! back once the small rest has been read. Tested here.

use memchr::{memchr2, memmem};
use serde_json::Value;

use super::buffer::large_buffer;

/// Strings of fewer bytes are left where they are.
const LONG: usize = 256 * 1024;

/// What stands in the place of the string. No client sends it; a message that has it is read as it is.
const PLACEHOLDER: &str = "\u{10fff0}a long string stood here\u{10fff1}";

/// A message without its long string.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The message with a placeholder.
    pub(super) rest: String,
    /// The string, decoded.
    pub(super) string: String,
}

/// Cuts the first long string out of a message; `None` if it has none, or one that is not right
/// JSON: then whoever reads the whole message tells what is wrong.
pub(super) fn cut(json: &str) -> Option<Cut> {
    if json.len() < LONG || memmem::find(json.as_bytes(), PLACEHOLDER.as_bytes()).is_some() {
        return None;
    }
    let bytes = json.as_bytes();
    let mut pos = 0;
    loop {
        // Outside of strings there are no quotes but those that open one.
        let open = pos + memchr::memchr(b'"', bytes.get(pos..)?)?;
        let start = open + 1;
        let near = bytes.get(..bytes.len().min(start + LONG))?;
        if let Some(end) = string_end(near, start) {
            pos = end + 1;
            continue;
        }
        let (string, end) = decoded(json, start)?;
        let rest = [json.get(..start)?, PLACEHOLDER, json.get(end..)?].concat();
        return Some(Cut { rest, string });
    }
}

/// Puts the string back where it was; whether its place was found.
pub(super) fn put_back(value: &mut Value, string: &mut String) -> bool {
    match value {
        Value::String(placeholder) if placeholder == PLACEHOLDER => {
            *placeholder = std::mem::take(string);
            true
        }
        Value::Array(values) => values.iter_mut().any(|value| put_back(value, string)),
        Value::Object(members) => members.values_mut().any(|value| put_back(value, string)),
        _ => false,
    }
}

/// Where the string ends whose content begins at `start`: at its closing quote.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut pos = start;
    loop {
        let at = pos + memchr2(b'"', b'\\', bytes.get(pos..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        pos = at + 2;
    }
}

/// The text that the string stands for whose content begins at `start`, and where its closing quote
/// is. Lone halves of surrogate pairs are left to others.
fn decoded(json: &str, start: usize) -> Option<(String, usize)> {
    let bytes = json.as_bytes();
    let mut text = large_buffer(bytes.len() - start);
    let mut pos = start;
    loop {
        let at = pos + memchr2(b'"', b'\\', bytes.get(pos..)?)?;
        text.extend_from_slice(bytes.get(pos..at)?);
        if bytes.get(at) == Some(&b'"') {
            let is_plain = !has_control(bytes.get(start..at)?);
            return Some((String::from_utf8(text).ok().filter(|_| is_plain)?, at));
        }
        pos = at + 2;
        let plain = match bytes.get(at + 1)? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            letter @ (b'"' | b'\\' | b'/') => *letter,
            b'u' => {
                let (letter, len) = unicode(json.get(at..)?)?;
                pos = at + len;
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return None,
        };
        text.push(plain);
    }
}

/// Whether a control character stands among some bytes as it is, where none may.
fn has_control(bytes: &[u8]) -> bool {
    const fn all(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let (words, rest) = bytes.as_chunks::<8>();
    // A byte that is less borrows from its highest bit, which was not set.
    let found = words.iter().fold(0, |found, word| {
        let word = u64::from_ne_bytes(*word);
        found | word.wrapping_sub(all(b' ')) & !word
    });
    found & all(0x80) != 0 || rest.iter().any(|byte| *byte < b' ')
}

/// The letter that `\u00e4` or `\ud83d\ude00` stands for, and the length of that.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let first = unit(0)?;
    if let Some(letter) = char::from_u32(first) {
        return Some((letter, 6));
    }
    let second = unit(6)?;
    if !(0xd800..0xdc00).contains(&first) || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let letter = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Some((char::from_u32(letter)?, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn long(text: &str) -> String {
        format!("{}{text}", "x".repeat(LONG))
    }

    #[test]
    fn a_long_string_comes_back_as_it_was() {
        for text in ["", "a\"b\\c/\n\r\t\u{8}\u{c}\u{1}", "üß😀\u{2028}", "\\n\\"] {
            let value = json!({ "a": [1, "x\"\\"], "b": { "c": long(text) }, "d": "y" });
            for json in [
                value.to_string(),
                value
                    .to_string()
                    .replace('ü', "\\u00fc")
                    .replace('😀', "\\ud83d\\uDE00"),
            ] {
                let mut cut = cut(&json).unwrap();
                assert!(cut.rest.len() < 200);
                let mut rest: Value = serde_json::from_str(&cut.rest).unwrap();
                assert!(put_back(&mut rest, &mut cut.string));
                assert!(rest == value, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_string_is_left_to_others() {
        let whole = json!({ "a": long("") }).to_string();
        for json in [
            json!({ "a": "short" }).to_string(),
            whole[..whole.len() - 2].to_owned(),
            whole.replace("xx\"}", "x\n\"}"),
            whole.replacen("xx", "x\u{1}", 1),
            whole.replace("xx\"}", "x\\x\"}"),
            whole.replace("xx\"}", "x\\ud83d\"}"),
            whole.replace("xx\"}", "x\\ud83dx\"}"),
            whole.replace("xx\"}", "x\\u+123\"}"),
            whole.replace("xx\"}", "x\\"),
            json!({ "a": long(""), "b": PLACEHOLDER }).to_string(),
        ] {
            assert_eq!(cut(&json), None);
        }
    }
}
