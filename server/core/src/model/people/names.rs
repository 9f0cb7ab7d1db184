//! Names compared: two spellings of one are the same, and have one key.

use std::mem;

use super::cleaned;
use crate::eight;
use crate::model::keys;

/// Whether two names are spellings of one: case, blanks, quotes, accents, full stops and the
/// order `Last, First` do not matter, nor does a comment in parentheses at the end.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    // Nothing drops a letter in front, so the key is not empty.
    if a == b && a.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return true;
    }
    // Most names are plain, and compared often: no need to make keys.
    if is_in_order(a) && is_in_order(b) {
        return a.eq_ignore_ascii_case(b);
    }
    if is_plain(a) && is_plain(b) {
        let mut a = plain_letters(a).peekable();
        return a.peek().is_some() && a.eq(plain_letters(b));
    }
    let a = name_key(a);
    !a.is_empty() && a == name_key(b)
}

/// What [`name_key`] makes of a plain name such as `Aneesh Kumar K.V`, without making it: letters, and
/// whether a blank is before each.
fn plain_letters(name: &str) -> impl Iterator<Item = (bool, u8)> {
    let mut is_first = true;
    let mut is_gap = false;
    name.bytes().filter_map(move |byte| match byte {
        b'.' => None,
        b' ' => {
            is_gap = !is_first;
            None
        }
        _ => {
            is_first = false;
            Some((mem::take(&mut is_gap), byte.to_ascii_lowercase()))
        }
    })
}

/// Whether a name has but letters, blanks, dashes and full stops, of ASCII all.
fn is_plain(name: &str) -> bool {
    let words = eight::words(name.as_bytes(), b'x');
    let odd = words.fold(0, |odd, word| {
        let ascii = word ^ eight::not_ascii(word);
        let marks = [b' ', b'-', b'.'].map(|byte| eight::equal(ascii, byte));
        let plain = eight::letters(ascii) | marks[0] | marks[1] | marks[2];
        odd | !plain | word
    });
    eight::is_ascii(odd)
}

/// Whether a name is plain, and single blanks stand between words without full stops.
pub(super) fn is_in_order(name: &str) -> bool {
    // As if a blank stood before the name, in the highest bit of the lowest byte.
    let none = (0, 0x80);
    let words = eight::words(name.as_bytes(), b'x');
    let (odd, _) = words.fold(none, |(odd, blank_before), word| {
        let ascii = word ^ eight::not_ascii(word);
        let blanks = eight::equal(ascii, b' ');
        let plain = eight::letters(ascii) | eight::equal(ascii, b'-') | blanks;
        let gaps = blanks & (blanks << 8 | blank_before);
        (odd | !plain | word | gaps, blanks >> 56)
    });
    eight::is_ascii(odd) && name.as_bytes().last().is_some_and(|last| *last != b' ')
}

/// A name reduced to what [`same_name`] compares, for use in maps: `carlos lopez`.
#[must_use]
pub fn name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    add_name_key(&mut key, name);
    key
}

/// Adds what [`name_key`] tells to the end of a text.
pub(crate) fn add_name_key(text: &mut String, name: &str) {
    let start = text.len();
    if is_in_order(name) {
        text.push_str(name);
        if let Some(key) = text.get_mut(start..) {
            key.make_ascii_lowercase();
        }
        return;
    }
    if is_plain(name) {
        for (is_gap, letter) in plain_letters(name) {
            text.extend(is_gap.then_some(' '));
            text.push(char::from(letter));
        }
        return;
    }
    let clean = cleaned(name);
    let mut name = &*clean;
    if name.ends_with(')')
        && let Some((head, _)) = name.rsplit_once(" (")
    {
        name = head;
    }
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') && !is_suffix(first.trim()) => {
            fold_into(text, start, first);
            fold_into(text, start, last);
        }
        _ => fold_into(text, start, name),
    }
}

/// The key of [`name_key`], which need not be made for most names.
pub(crate) fn name_hash(name: &str) -> u64 {
    if is_in_order(name) {
        return keys::caseless(name);
    }
    // Most others have full stops.
    let mut key = [0; 64];
    if name.len() <= key.len() && is_plain(name) {
        let mut len = 0;
        for (is_gap, letter) in plain_letters(name) {
            key[len] = b' ';
            len += usize::from(is_gap);
            key[len] = letter;
            len += 1;
        }
        return keys::exact(&key[..len]);
    }
    keys::exact(name_key(name))
}

fn is_suffix(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    ["jr", "sr", "ii", "iii", "phd", "ph.d", "md"]
        .iter()
        .any(|suffix| text.eq_ignore_ascii_case(suffix))
}

/// Adds the words of `name` to the key that begins at `key_start`, in lower case and without accents.
fn fold_into(key: &mut String, key_start: usize, name: &str) {
    let is_gap = |letter: char| letter.is_whitespace() || letter == ',';
    for word in name.split(is_gap).filter(|word| !word.is_empty()) {
        let len = key.len();
        if len > key_start {
            key.push(' ');
        }
        let start = key.len();
        for letter in word.chars() {
            fold_letter(key, letter);
        }
        if key.len() == start {
            key.truncate(len);
        }
    }
}

/// Latin letters lose case and accents; of other scripts only case matters.
fn fold_letter(key: &mut String, letter: char) {
    let folded = match letter {
        'a'..='z' | '0'..='9' | '-' => return key.push(letter),
        'A'..='Z' => return key.push(letter.to_ascii_lowercase()),
        // Combining accents, and what people write or leave out.
        '\u{300}'..='\u{36f}' | '.' | '"' | '\'' | '’' | '`' => "",
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'Ạ'..='ặ' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ð' | 'ð' | 'Ď'..='đ' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'Ẹ'..='ệ' => "e",
        'Ĝ'..='ģ' | 'Ǧ' | 'ǧ' => "g",
        'Ĥ'..='ħ' => "h",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' | 'Ỉ'..='ị' => "i",
        'Ĳ' | 'ĳ' => "ij",
        'Ĵ' | 'ĵ' => "j",
        'Ķ'..='ĸ' => "k",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' | 'Ơ' | 'ơ' | 'Ọ'..='ợ' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' | 'Ș' | 'ș' => "s",
        'ß' | 'ẞ' => "ss",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' | 'Ư' | 'ư' | 'Ụ'..='ự' => "u",
        'Ŵ' | 'ŵ' => "w",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' | 'Ỳ'..='ỹ' => "y",
        'Ź'..='ž' => "z",
        _ => return key.extend(letter.to_lowercase()),
    };
    key.push_str(folded);
}

#[cfg(test)]
mod tests {
    use super::super::clean_name;
    use super::*;
    use crate::model::titles::is_squeezed;

    #[test]
    fn spellings_of_one_name() {
        for (a, b) in [
            ("Mark Brown", "mark  BROWN"),
            ("Carlos López", "Carlos Lopez"),
            ("Carlos López", "Carlos Lo\u{301}pez"),
            ("Carlos L贸pez", "=?UTF-8?q?Carlos=20L=C3=B3pez?="),
            ("\"Saarinen, Jani\"", "Jani Saarinen"),
            ("Steven Rostedt (VMware)", "Steven Rostedt"),
            ("Aneesh Kumar K.V", "\"Aneesh Kumar K.V.\""),
            ("John Smith, Jr.", "John Smith Jr"),
            ("Иван Петров", "ИВАН ПЕТРОВ"),
            ("A . Brown", "A Brown"),
            ("A . Brown", "\"A . Brown\""),
            (".A Brown", "a brown"),
        ] {
            assert!(same_name(a, b) && same_name(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("Mark Brown", "Mark Browne"),
            ("Mark Brown", "Brown Mark"),
            ("李明", "李红"),
            ("", ""),
            ("\"\"", " "),
        ] {
            assert!(!same_name(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_in_order_are_plain_and_squeezed() {
        for byte in 0..=0xff_u8 {
            let letter = char::from(byte);
            let expected = letter.is_ascii_alphabetic() || matches!(letter, ' ' | '-' | '.');
            for name in [
                format!("{letter}"),
                format!("A {letter}b"),
                format!("A b{letter} c"),
            ] {
                assert_eq!(is_plain(&name), expected, "{name:?}");
                let is_in_order_so = expected && letter != '.' && is_squeezed(&name);
                assert_eq!(is_in_order(&name), is_in_order_so, "{name:?}");
            }
        }
        assert!(is_plain(""));
    }

    #[test]
    fn plain_names_are_compared_as_their_keys_are() {
        let names = [
            "Mark Brown",
            "mark brown",
            "Mark  Brown",
            " Mark Brown",
            "Mark Brown ",
            "Mark. Brown",
            "M. Brown",
            "M.Brown",
            "MBrown",
            "M . Brown",
            ". M Brown",
            "Brown, M",
            "\"M. Brown\"",
            "",
            ".",
            " . ",
            "..",
            "-",
            "a-b",
            "A-B",
            "a b",
            "L\u{f3}pez",
            "Lopez",
            "\u{301}",
            "(x)",
            "a (x)",
            "A=?utf-8?q??=",
            "=?utf-8?q??=",
            "A, (x)",
            "=?utf-8?q?Mark?= Brown",
            "\"\"",
        ];
        for a in names {
            for b in names {
                let key = name_key(a);
                let is_same = !key.is_empty() && key == name_key(b);
                assert_eq!(same_name(a, b), is_same, "{a:?} {b:?}");
                assert_eq!(
                    name_hash(a) == name_hash(b),
                    key == name_key(b),
                    "{a:?} {b:?}"
                );
            }
            let mut behind = "other ".to_owned();
            add_name_key(&mut behind, a);
            assert_eq!(behind.strip_prefix("other "), Some(&*name_key(a)), "{a:?}");
            let words = clean_name(a).to_lowercase().replace('.', "");
            let words: Vec<&str> = words.split_whitespace().collect();
            if is_plain(a) {
                assert_eq!(name_key(a), words.join(" "), "{a:?}");
            }
        }
    }
}
