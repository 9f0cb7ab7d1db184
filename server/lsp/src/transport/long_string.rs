//! A long string in a message: the text of a document that is opened.
//!
//! `serde_json` decodes a string into a buffer that grows, and copies it from there. For a document
//! of megabytes that costs more than parsing it, and leaves the allocator with memory that it keeps.
//! So such a string is cut out of the message, decoded in the memory that the message was read into,
//! as fresh memory costs more than the decoding, and put back once the small rest has been read.
//! Tested here.

use memchr::memchr2;
use serde_json::Value;

use crate::json::has_control;
use crate::two;

/// Strings of fewer bytes are left where they are.
const LONG: usize = 256 * 1024;

/// Bytes that are looked through for control characters at a time.
const AHEAD: usize = 4096;

/// What stands in the place of the string, with marks behind it where the message has that itself.
const PLACEHOLDER: &str = "\u{10fff0}a long string stood here";

/// A message in which a long string was looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It has none, and is as it was.
    Whole(String),
    /// The message with a placeholder, and the string, decoded.
    Out { rest: String, string: LongString },
    /// Why it is not right.
    Wrong(Wrong),
}

/// What is wrong with a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    NotUtf8,
    /// The string is not right JSON, and this is why.
    NotJson(&'static str),
}

/// A string that was cut out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LongString {
    placeholder: String,
    string: String,
}

/// Cuts the first long string out of a message.
pub(super) fn cut(json: Vec<u8>) -> Cut {
    let Some(start) = long_string(&json) else {
        return String::from_utf8(json).map_or(Cut::Wrong(Wrong::NotUtf8), Cut::Whole);
    };
    let Ok(head) = str::from_utf8(json.get(..start).unwrap_or_default()).map(str::to_owned) else {
        return Cut::Wrong(Wrong::NotUtf8);
    };
    match decoded(json, start) {
        Ok((string, tail)) => {
            let mut placeholder = PLACEHOLDER.to_owned();
            while head.contains(&placeholder) || tail.contains(&placeholder) {
                placeholder.push('\u{10fff1}');
            }
            Cut::Out {
                rest: [&head, &*placeholder, &tail].concat(),
                string: LongString {
                    placeholder,
                    string,
                },
            }
        }
        Err(why) => Cut::Wrong(why),
    }
}

/// Where the content of the first string begins that does not end soon.
fn long_string(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < LONG {
        return None;
    }
    let mut pos = 0;
    loop {
        // Outside of strings there are no quotes but those that open one.
        let start = pos + memchr::memchr(b'"', bytes.get(pos..)?)? + 1;
        let near = bytes.get(..start + LONG)?;
        match string_end(near, start) {
            Some(end) => pos = end + 1,
            None => return Some(start),
        }
    }
}

impl LongString {
    /// Puts it back where it was; whether its place was found.
    pub(super) fn put_back(&mut self, value: &mut Value) -> bool {
        match value {
            Value::String(found) if *found == self.placeholder => {
                *found = std::mem::take(&mut self.string);
                true
            }
            Value::Array(values) => values.iter_mut().any(|value| self.put_back(value)),
            Value::Object(members) => members.values_mut().any(|value| self.put_back(value)),
            _ => false,
        }
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

/// The text that the string stands for whose content begins at `start`, in the memory of the message,
/// and the message from its closing quote on. Half of a surrogate pair becomes U+FFFD: editors send
/// such while an emoji is being edited, and it is one UTF-16 unit as well.
fn decoded(mut bytes: Vec<u8>, start: usize) -> Result<(String, String), Wrong> {
    const ENDLESS: Wrong = Wrong::NotJson("a string does not end");
    let middle = middle_of(&bytes, start);
    let (first, second) = bytes.split_at_mut(middle);
    let mut behind = Ok(Part::default());
    let before = if second.is_empty() {
        decode(first, start)
    } else {
        two::both(|| decode(first, start), || behind = decode(second, 0))
    }
    .map_err(Wrong::NotJson)?;
    let (behind, end) = match before.end {
        Some(end) => (Part::default(), end),
        None => {
            let behind = behind.map_err(Wrong::NotJson)?;
            let end = behind.end.ok_or(ENDLESS)?;
            (behind, middle + end)
        }
    };
    let tail = bytes.get(end..).unwrap_or_default().to_owned();
    let tail = String::from_utf8(tail).map_err(|_| Wrong::NotUtf8)?;
    bytes.copy_within(middle..middle + behind.len, before.len);
    bytes.truncate(before.len + behind.len);
    // Where escapes were taken out, ASCII stood, so what is UTF-8 now was it before.
    let string = String::from_utf8(bytes).map_err(|_| Wrong::NotUtf8)?;
    Ok((string, tail))
}

/// Where the second half begins of a string whose content begins at `start`, inside of no escape; the end
/// of the message where the string is too short for two, or ends before it.
fn middle_of(bytes: &[u8], start: usize) -> usize {
    /// Bytes of the longest escape.
    const ESCAPE: usize = 6;
    if bytes.len() - start < two::LARGE {
        return bytes.len();
    }
    let mut middle = start + (bytes.len() - start) / 2;
    while let Some(before) = bytes.get(middle - ESCAPE..middle) {
        match memchr::memrchr(b'\\', before) {
            Some(at) => middle += at + 1,
            None if has_end(bytes.get(start..middle).unwrap_or_default()) => break,
            None => return middle,
        }
    }
    bytes.len()
}

/// Whether a string ends in a stretch of it from its start on. There are fewer quotes in texts than other
/// escapes, so this takes a small part of the time of decoding it.
fn has_end(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'"', bytes).any(|at| {
        let before = bytes.get(..at).unwrap_or_default().iter().rev();
        before.take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
}

/// What became of a stretch of a string.
#[derive(Debug, Default)]
struct Part {
    /// Bytes that it is now.
    len: usize,
    /// Where the string ended: at its closing quote.
    end: Option<usize>,
}

/// Decodes a stretch of a string, from `start` to its closing quote or the end of `bytes`, to the start of
/// `bytes`. It begins and ends inside of no escape.
fn decode(bytes: &mut [u8], start: usize) -> Result<Part, &'static str> {
    let mut pos = start;
    // What is decoded stands before what is not.
    let mut len = 0;
    // Up to here no control character stands.
    let mut clean = start;
    loop {
        let rest = bytes.get(pos..).unwrap_or_default();
        let at = memchr2(b'"', b'\\', rest).map_or(bytes.len(), |found| pos + found);
        if at > clean {
            // What was decoded may stand right before.
            let from = clean.max(pos);
            let ahead = at.max(from + AHEAD).min(bytes.len());
            if !has_control(bytes.get(from..ahead).unwrap_or_default()) {
                clean = ahead;
            } else if has_control(bytes.get(pos..at).unwrap_or_default()) {
                return Err("a control character stands in a string");
            }
        }
        bytes.copy_within(pos..at, len);
        len += at - pos;
        match bytes.get(at) {
            None => return Ok(Part { len, end: None }),
            Some(b'"') => return Ok(Part { len, end: Some(at) }),
            Some(_) => {}
        }
        let escape = bytes.get(at..).and_then(unescaped);
        let (letter, n_bytes) = escape.ok_or("an escape in a string is none")?;
        // No escape is shorter than what it stands for.
        let mut letter_bytes = [0; 4];
        let letter = letter.encode_utf8(&mut letter_bytes).as_bytes();
        if let Some(place) = bytes.get_mut(len..len + letter.len()) {
            place.copy_from_slice(letter);
        }
        len += letter.len();
        pos = at + n_bytes;
    }
}

/// The letter that an escape stands for, and the length of the escape.
fn unescaped(escape: &[u8]) -> Option<(char, usize)> {
    let letter = match escape.get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        letter @ (b'"' | b'\\' | b'/') => char::from(*letter),
        b'u' => return unicode(escape),
        _ => return None,
    };
    Some((letter, 2))
}

/// The letter that `\u00e4` or `\ud83d\ude00` stands for, and the length of that.
fn unicode(escape: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digits = str::from_utf8(digits).ok()?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let first = unit(0)?;
    if let Some(letter) = char::from_u32(first) {
        return Some((letter, 6));
    }
    let pair = unit(6).filter(|second| first < 0xdc00 && (0xdc00..0xe000).contains(second));
    let letter = pair
        .and_then(|second| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
    Some(letter.map_or((char::REPLACEMENT_CHARACTER, 6), |letter| (letter, 12)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn long(text: &str) -> String {
        format!("{}{text}", "x".repeat(LONG))
    }

    /// Cuts the long string out of a message and puts it back; the message without it.
    fn assert_comes_back(json: &str, value: &Value) -> String {
        let Cut::Out { rest, mut string } = cut(json.as_bytes().to_owned()) else {
            panic!("nothing was cut out");
        };
        let mut back: Value = serde_json::from_str(&rest).unwrap();
        assert!(string.put_back(&mut back));
        assert!(back == *value);
        rest
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
                assert!(assert_comes_back(&json, &value).len() < 200);
            }
        }
    }

    #[test]
    fn a_string_is_the_same_in_two_parts() {
        for shift in 0..8 {
            let text = "x".repeat(shift) + &"😀\n\"é\u{1}some words\\".repeat(two::LARGE / 16);
            let escaped = serde_json::to_string(&text)
                .unwrap()
                .replace('😀', "\\ud83d\\ude00");
            for rest in ["}", ",\"c\":[]}"] {
                let Cut::Out { rest, string } =
                    cut(format!("{{\"a\":{escaped}{rest}").into_bytes())
                else {
                    panic!("{shift}: was not cut out");
                };
                assert!(string.string == text, "{shift}");
                assert!(serde_json::from_str::<Value>(&rest).is_ok(), "{rest}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_string_is_as_it_was() {
        let value = json!({ "a": long("\n"), "b": "\n\"x\\\u{7}".repeat(two::LARGE) });
        assert_comes_back(&value.to_string(), &value);
    }

    #[test]
    fn what_is_wrong_in_either_part_is_told() {
        let whole = json!({ "a": "some text\n".repeat(two::LARGE / 4) }).to_string();
        for place in [1, 3] {
            for wrong in ["\\x", "\u{1}", "\u{1}\""] {
                let mut json = whole.clone();
                let near = whole.len() / 4 * place;
                json.insert_str(near + whole[near..].find("some").unwrap(), wrong);
                assert!(
                    matches!(cut(json.into_bytes()), Cut::Wrong(Wrong::NotJson(_))),
                    "{place} {wrong}"
                );
            }
        }
        let endless = whole.replace("\"}", "");
        let wrong = Wrong::NotJson("a string does not end");
        assert_eq!(cut(endless.into_bytes()), Cut::Wrong(wrong));
    }

    #[test]
    fn a_placeholder_in_a_message_stays_there() {
        let marked = format!("{PLACEHOLDER}\u{10fff1}");
        let value = json!({ "a": PLACEHOLDER, "b": long("\n"), "c": marked });
        assert_comes_back(&value.to_string(), &value);
    }

    #[test]
    fn what_is_not_utf8_is_told_wherever_it_stands() {
        let json = json!({ "a": "xä", "b": long("ä\n"), "c": "ä" }).to_string();
        for (at, _) in json.match_indices('ä') {
            let mut bytes = json.clone().into_bytes();
            bytes[at + 1] = b'x';
            assert_eq!(cut(bytes), Cut::Wrong(Wrong::NotUtf8), "{at}");
        }
        assert_eq!(cut(vec![0xff]), Cut::Wrong(Wrong::NotUtf8));
    }

    #[test]
    fn half_of_a_pair_becomes_a_mark() {
        for (escapes, text) in [
            ("\\ud83d", "\u{fffd}"),
            ("\\ud83dx\\ude00", "\u{fffd}x\u{fffd}"),
            ("\\ud83d\\ud83d\\ude00", "\u{fffd}😀"),
            ("\\ude00\\ud83d", "\u{fffd}\u{fffd}"),
            ("\\ud83d\\n", "\u{fffd}\n"),
        ] {
            let json = format!("{{\"a\":\"{}{escapes}\"}}", "x".repeat(LONG));
            let Cut::Out { string, .. } = cut(json.into_bytes()) else {
                panic!("{escapes} was not cut out");
            };
            assert!(string.string == long(text), "{escapes}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_string_is_told() {
        let whole = json!({ "a": long("") }).to_string();
        for json in [
            whole[..whole.len() - 2].to_owned(),
            whole.replace("xx\"}", "x\n\"}"),
            whole.replacen("xx", "x\u{1}", 1),
            whole.replace("xx\"}", "x\\x\"}"),
            whole.replace("xx\"}", "x\\u+123\"}"),
            whole.replace("xx\"}", "x\\"),
            whole.replace("xx\"}", "x\\u12"),
        ] {
            assert!(serde_json::from_str::<Value>(&json).is_err());
            assert!(matches!(
                cut(json.into_bytes()),
                Cut::Wrong(Wrong::NotJson(_))
            ));
        }
    }

    #[test]
    fn what_is_no_long_string_is_left_to_others() {
        for json in [
            json!({ "a": "short" }).to_string(),
            json!({ "a": vec![1; LONG] }).to_string(),
            json!({ "a": vec!["short"; LONG] }).to_string(),
        ] {
            assert_eq!(cut(json.clone().into_bytes()), Cut::Whole(json));
        }
    }
}
