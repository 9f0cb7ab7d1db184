//! A long string in a message: the text of a document that is opened.
//!
//! `serde_json` decodes a string into a buffer that grows, and copies it from there. For a document
//! of megabytes that costs more than parsing it, and leaves the allocator with memory that it keeps.
//! So such a string is cut out of the message and decoded as it arrives, piece by piece while each is
//! near and the client writes the next, and put back once the small rest has been read. Tested here.

use serde_json::Value;

use super::buffer::large_buffer;
use super::frame;
pub(super) use super::unescape::Wrong;
use super::unescape::{Found, Unescape};

/// Strings of fewer bytes are left where they are.
const LONG: usize = 256 * 1024;

/// What stands in the place of the string, with marks behind it where the message has that itself.
const PLACEHOLDER: &str = "\u{10fff0}a long string stood here";

/// A message as it arrives, in which a long string is looked for.
#[derive(Debug)]
pub(super) struct Body {
    /// The bytes of the message, but those of the long string.
    rest: Vec<u8>,
    search: Search,
}

/// How far a long string was found.
#[derive(Debug)]
enum Search {
    /// The message is shorter.
    None,
    /// Up to `at` there is none; the content of the string there began at `opened`.
    Before { at: usize, opened: Option<usize> },
    /// The string that begins at `start` of the rest is arriving.
    Inside { start: usize, string: Unescape },
    /// It is over.
    Behind { start: usize, string: String },
    /// It is wrong.
    Wrong(Wrong),
}

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

/// A string that was cut out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LongString {
    placeholder: String,
    string: String,
}

impl frame::Body for Body {
    fn announced(n_bytes: usize) -> Self {
        let search = if n_bytes < LONG {
            Search::None
        } else {
            Search::Before {
                at: 0,
                opened: None,
            }
        };
        Self {
            rest: large_buffer(n_bytes.min(LONG)),
            search,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let behind = self.search.take_inside(bytes);
        self.rest.extend_from_slice(behind);
        let Search::Before { at, opened } = &mut self.search else {
            return;
        };
        if let Some(start) = long_string(&self.rest, at, opened) {
            let string = Unescape::with_room(LONG);
            self.search = Search::Inside { start, string };
            let content = self.rest.get(start..).unwrap_or_default();
            let n_behind = self.search.take_inside(content).len();
            self.rest.drain(start..self.rest.len() - n_behind);
        }
    }
}

impl Search {
    /// Takes bytes of the long string, if it is arriving; those that are none of it.
    fn take_inside<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Self::Inside { start, string } = self else {
            return bytes;
        };
        match string.take(bytes) {
            Ok(Found::All) => &[],
            Ok(Found::End(end)) => {
                let string = string.taken();
                let start = *start;
                *self = Self::Behind { start, string };
                bytes.get(end..).unwrap_or_default()
            }
            Err(wrong) => {
                *self = Self::Wrong(wrong);
                &[]
            }
        }
    }
}

impl Body {
    /// How many bytes it holds.
    pub(super) fn n_bytes(&self) -> usize {
        let n_inside = match &self.search {
            Search::Inside { string, .. } => string.n_bytes(),
            Search::Behind { string, .. } => string.len(),
            Search::None | Search::Before { .. } | Search::Wrong(_) => 0,
        };
        self.rest.len() + n_inside
    }

    /// The message, as all of it has arrived.
    pub(super) fn cut(self) -> Cut {
        let (start, string) = match self.search {
            Search::None | Search::Before { .. } => {
                let whole = String::from_utf8(self.rest);
                return whole.map_or(Cut::Wrong(Wrong::NotUtf8), Cut::Whole);
            }
            Search::Inside { .. } => return Cut::Wrong(Wrong::NotJson("a string does not end")),
            Search::Behind { start, string } => (start, string),
            Search::Wrong(wrong) => return Cut::Wrong(wrong),
        };
        let parts = str::from_utf8(&self.rest)
            .ok()
            .and_then(|rest| rest.split_at_checked(start));
        let Some((head, tail)) = parts else {
            return Cut::Wrong(Wrong::NotUtf8);
        };
        let mut placeholder = PLACEHOLDER.to_owned();
        while head.contains(&placeholder) || tail.contains(&placeholder) {
            placeholder.push('\u{10fff1}');
        }
        Cut::Out {
            rest: [head, &*placeholder, tail].concat(),
            string: LongString {
                placeholder,
                string,
            },
        }
    }
}

/// Where the content of the first string begins that does not end soon, as far as `bytes` tell; looks from
/// `at` on, where a string is open if it is.
fn long_string(bytes: &[u8], at: &mut usize, opened: &mut Option<usize>) -> Option<usize> {
    loop {
        let rest = bytes.get(*at..).unwrap_or_default();
        let Some(start) = *opened else {
            // Outside of strings there are no quotes but those that open one.
            let quote = memchr::memchr(b'"', rest);
            *at += quote.map_or(rest.len(), |quote| quote + 1);
            quote?;
            *opened = Some(*at);
            continue;
        };
        let found = memchr::memchr2(b'"', b'\\', rest);
        let at_end = found.is_some_and(|found| rest.get(found) == Some(&b'"'));
        *at += match found {
            None => rest.len(),
            Some(quote) if at_end => quote + 1,
            // With what is escaped, which may be still to come.
            Some(escape) => escape + 2,
        };
        if *at >= start + LONG {
            return Some(start);
        }
        if at_end {
            *opened = None;
        }
        found?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The message when it has arrived in pieces of so many bytes.
    fn cut_from(json: &[u8], n_bytes: usize) -> Cut {
        let mut body: Body = frame::Body::announced(json.len());
        for piece in json.chunks(n_bytes) {
            frame::Body::take(&mut body, piece);
        }
        assert!(body.n_bytes() <= json.len());
        body.cut()
    }

    fn cut(json: impl AsRef<[u8]>) -> Cut {
        let json = json.as_ref();
        let whole = cut_from(json, usize::MAX);
        assert!(cut_from(json, 4099) == whole);
        whole
    }

    fn long(text: &str) -> String {
        format!("{}{text}", "x".repeat(LONG))
    }

    /// Cuts the long string out of a message and puts it back; the message without it.
    fn assert_comes_back(json: &str, value: &Value) -> String {
        let Cut::Out { rest, mut string } = cut(json) else {
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
    fn a_string_is_the_same_in_whatever_pieces_it_arrives() {
        let text = long("😀\n\"é\u{1}some words\\");
        let escaped = serde_json::to_string(&text).unwrap();
        for escaped in [escaped.replace('😀', "\\ud83d\\ude00"), escaped] {
            let json = format!("{{\"a\":\"x\",\"b\":{escaped},\"c\":[]}}");
            let whole = cut_from(json.as_bytes(), usize::MAX);
            assert!(matches!(&whole, Cut::Out { string, .. } if string.string == text));
            for n_bytes in (1..60).chain(LONG - 60..LONG + 60) {
                assert!(cut_from(json.as_bytes(), n_bytes) == whole, "{n_bytes}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_string_is_as_it_was() {
        let value = json!({ "a": long("\n"), "b": "\n\"x\\\u{7}".repeat(LONG) });
        assert_comes_back(&value.to_string(), &value);
    }

    #[test]
    fn what_is_wrong_anywhere_is_told() {
        let whole = json!({ "a": "some text\n".repeat(LONG / 2) }).to_string();
        for place in [1, 3] {
            for wrong in ["\\x", "\u{1}", "\u{1}\""] {
                let mut json = whole.clone();
                let near = whole.len() / 4 * place;
                json.insert_str(near + whole[near..].find("some").unwrap(), wrong);
                assert!(
                    matches!(cut(json), Cut::Wrong(Wrong::NotJson(_))),
                    "{place} {wrong}"
                );
            }
        }
        let endless = whole.replace("\"}", "");
        let wrong = Wrong::NotJson("a string does not end");
        assert_eq!(cut(endless), Cut::Wrong(wrong));
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
        assert_eq!(cut([0xff]), Cut::Wrong(Wrong::NotUtf8));
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
            let Cut::Out { string, .. } = cut(json) else {
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
            assert!(matches!(cut(json), Cut::Wrong(Wrong::NotJson(_))));
        }
    }

    #[test]
    fn what_is_no_long_string_is_left_to_others() {
        for json in [
            json!({ "a": "short" }).to_string(),
            json!({ "a": vec![1; LONG] }).to_string(),
            json!({ "a": vec!["short"; LONG] }).to_string(),
        ] {
            assert_eq!(cut(&json), Cut::Whole(json));
        }
    }
}
