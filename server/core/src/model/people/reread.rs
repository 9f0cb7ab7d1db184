//! UTF-8 that was read in another charset, and put right: `LÃ³pez`, `LĂłpez`, `L贸pez` are all
//! `López`.
//!
//! Only what is certain: written in that charset again, the wrong letters must be strictly valid
//! UTF-8 and make a plausible word, and as they stand they must be none. GBK, by far the most
//! frequent, has rules of its own in [`super::charset`].

use encoding_rs::{
    BIG5, EUC_KR, Encoding, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254,
    WINDOWS_1257,
};

use super::charset::{is_latin, is_plausible_case, repair_gbk};

/// The text with letters put right that were read in the wrong charset; `None` where nothing is
/// certain to be damage.
#[must_use]
pub fn repair_charset(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    repair(text).map(|(repaired, _)| repaired)
}

/// How letters that [`repair_charset`] puts right came about: `UTF-8 read as GBK`.
#[must_use]
pub fn charset_read_as(text: &str) -> &'static str {
    repair(text).map_or("read in the wrong charset", |(_, cause)| cause)
}

/// A charset that UTF-8 was read in.
struct Charset {
    encoding: &'static Encoding,
    cause: &'static str,
    script: Script,
}

/// What wrong letters of a charset look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Letters and signs that never stand side by side: `Ã³`.
    Signs,
    /// Letters that may be right: they are wrong inside a word that cannot have them.
    Letters,
    /// Letters of a script that is not mixed with Latin ones inside a word.
    Other,
}

const CHARSETS: &[Charset] = &[
    Charset {
        encoding: WINDOWS_1252,
        cause: "UTF-8 read as Latin-1",
        script: Script::Signs,
    },
    Charset {
        encoding: WINDOWS_1250,
        cause: "UTF-8 read as windows-1250",
        script: Script::Letters,
    },
    Charset {
        encoding: WINDOWS_1254,
        cause: "UTF-8 read as windows-1254",
        script: Script::Letters,
    },
    Charset {
        encoding: WINDOWS_1257,
        cause: "UTF-8 read as windows-1257",
        script: Script::Letters,
    },
    Charset {
        encoding: WINDOWS_1251,
        cause: "UTF-8 read as windows-1251",
        script: Script::Other,
    },
    Charset {
        encoding: BIG5,
        cause: "UTF-8 read as Big5",
        script: Script::Other,
    },
    Charset {
        encoding: SHIFT_JIS,
        cause: "UTF-8 read as Shift_JIS",
        script: Script::Other,
    },
    Charset {
        encoding: EUC_KR,
        cause: "UTF-8 read as EUC-KR",
        script: Script::Other,
    },
];

fn repair(text: &str) -> Option<(String, &'static str)> {
    if has_lone_letters_only(text) {
        return None;
    }
    if let Some(repaired) = repair_gbk(text) {
        return Some((repaired, "UTF-8 read as GBK"));
    }
    let from = |charset: &Charset| Some((repair_with(text, charset)?, charset.cause));
    CHARSETS.iter().find_map(from)
}

/// Whether all letters that are not ASCII are Latin, and stand alone. That is no damage: it is two letters for
/// one, or one of a script that is not Latin. Nearly all names with such letters are so.
pub(super) fn has_lone_letters_only(text: &str) -> bool {
    let mut is_behind_one = false;
    text.chars().all(|letter| {
        let is_behind = std::mem::replace(&mut is_behind_one, !letter.is_ascii());
        letter.is_ascii() || !is_behind && is_latin(letter)
    })
}

/// Puts right every run of letters that are not ASCII; `None` when there is nothing to put right,
/// or when in a script of its own one run is no damage: then that is how the text is written.
fn repair_with(text: &str, charset: &Charset) -> Option<String> {
    // What was read so far, once something of it was put right.
    let mut repaired: Option<String> = None;
    let mut pos = 0;
    while let Some(len) = text.get(pos..)?.find(|letter: char| !letter.is_ascii()) {
        let start = pos + len;
        let tail = text.get(start..)?;
        let len = tail.find(|letter: char| letter.is_ascii());
        let end = start + len.unwrap_or(tail.len());
        let (run, tail) = (text.get(start..end)?, text.get(end..)?);
        let before = text.get(..start)?;
        let prev = match &mut repaired {
            Some(repaired) => {
                repaired.push_str(text.get(pos..start)?);
                repaired.chars().next_back()
            }
            None => before.chars().next_back(),
        };
        match decoded(run, prev, tail.chars().next(), charset) {
            Some(right) => {
                let repaired = repaired.get_or_insert_with(|| before.to_owned());
                repaired.push_str(&right);
            }
            None if charset.script == Script::Other && !run.chars().all(is_latin) => return None,
            None => {
                if let Some(repaired) = &mut repaired {
                    repaired.push_str(run);
                }
            }
        }
        pos = end;
    }
    let mut repaired = repaired?;
    repaired.push_str(text.get(pos..)?);
    Some(repaired)
}

/// What a run of wrong letters was.
fn decoded(run: &str, prev: Option<char>, next: Option<char>, charset: &Charset) -> Option<String> {
    let is_letter =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphabetic());
    let is_small = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_lowercase());
    // What surrounds the run tells most of what is right, with less work than its letters.
    let may_be_wrong = match charset.script {
        Script::Signs => !is_right(run, prev, next),
        Script::Letters => {
            is_letter(prev)
                && (is_letter(next) || next.is_none_or(|letter| letter == ' '))
                && !is_right(run, prev, next)
        }
        // None of them has Latin letters for the first byte of one.
        Script::Other => is_letter(prev) && is_small(next) && !run.starts_with(is_latin),
    };
    if !may_be_wrong {
        return None;
    }
    let bytes = bytes_of(run, charset.encoding)?;
    // Damage always is more than one byte, and a letter for each or for two of them.
    if bytes.len() < 2 {
        return None;
    }
    let right = String::from_utf8(bytes).ok()?;
    let certain = match charset.script {
        Script::Signs => right.chars().all(is_text),
        Script::Letters | Script::Other => {
            right.chars().all(is_latin) && is_plausible_case(prev, &right, next)
        }
    };
    certain.then_some(right)
}

/// What UTF-8 that was read as Latin-1 stands for in the mails of a list.
fn is_text(letter: char) -> bool {
    is_latin(letter) || "‘’“”–—…°²³µ·«»×→•©®€\u{a0}".contains(letter)
}

/// Whether a run may be right as it stands: letters, none of them large behind another and before a
/// small one.
fn is_right(run: &str, prev: Option<char>, next: Option<char>) -> bool {
    let is_small = |letter: Option<char>| letter.is_some_and(char::is_lowercase);
    let is_inside = prev.is_some_and(char::is_alphabetic);
    let is_large = run.chars().any(char::is_uppercase);
    let has_hump = is_inside && is_large && (is_small(next) || is_small(run.chars().next_back()));
    run.chars().all(is_latin) && !has_hump && is_plausible_case(prev, run, next)
}

/// The bytes that a run of letters was read from.
fn bytes_of(run: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    if encoding == WINDOWS_1252 {
        // What has no letter there was kept as a control character, or read as Latin-1 proper.
        let mut bytes = Vec::with_capacity(run.len());
        for letter in run.chars() {
            match u8::try_from(u32::from(letter)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => {
                    let mut buffer = [0; 4];
                    let (encoded, _, failed) = encoding.encode(letter.encode_utf8(&mut buffer));
                    if failed {
                        return None;
                    }
                    bytes.extend_from_slice(&encoded);
                }
            }
        }
        return Some(bytes);
    }
    let (bytes, _, failed) = encoding.encode(run);
    (!failed).then(|| bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text read in a charset, as a careless program does.
    fn misread(text: &str, encoding: &'static Encoding) -> Option<String> {
        let (wrong, failed) = encoding.decode_without_bom_handling(text.as_bytes());
        (!failed).then(|| wrong.into_owned())
    }

    #[test]
    fn names_read_in_the_wrong_charset_are_put_right() {
        for name in [
            "Carlos López",
            "Uwe Kleine-König",
            "Jiří Slabý",
            "Luís Henriques",
            "Thomas Weißschuh",
        ] {
            for charset in CHARSETS {
                let Some(wrong) = misread(name, charset.encoding) else {
                    continue;
                };
                if let Some(right) = repair_charset(&wrong) {
                    assert_eq!(right, name, "{wrong}, {}", charset.cause);
                }
            }
        }
        for (wrong, right, cause) in [
            ("Carlos LÃ³pez", "Carlos López", "UTF-8 read as Latin-1"),
            ("don\u{e2}\u{80}\u{99}t", "don’t", "UTF-8 read as Latin-1"),
            ("donâ€™t", "don’t", "UTF-8 read as Latin-1"),
            (
                "Carlos LĂłpez",
                "Carlos López",
                "UTF-8 read as windows-1250",
            ),
            (
                "Carlos LГіpez",
                "Carlos López",
                "UTF-8 read as windows-1251",
            ),
            ("Carlos L贸pez", "Carlos López", "UTF-8 read as GBK"),
            ("Carlos L籀pez", "Carlos López", "UTF-8 read as Big5"),
            ("Carlos Lﾃｳpez", "Carlos López", "UTF-8 read as Shift_JIS"),
            ("Carlos L처pez", "Carlos López", "UTF-8 read as EUC-KR"),
        ] {
            assert_eq!(repair_charset(wrong).as_deref(), Some(right), "{wrong}");
            assert_eq!(charset_read_as(wrong), cause, "{wrong}");
        }
    }

    #[test]
    fn no_charset_makes_damage_of_lone_letters() {
        let latin = ('\u{80}'..='\u{ffff}').filter(|letter| is_latin(*letter));
        let mut n_letters = 0;
        for letter in latin {
            for text in [
                format!("L{letter}pez"),
                format!("l{letter}"),
                format!("{letter}l{letter}A"),
                format!("L{letter}PEZ a {letter} b"),
            ] {
                assert!(has_lone_letters_only(&text), "{text}");
                assert_eq!(repair_gbk(&text), None, "{text}");
                for charset in CHARSETS {
                    assert_eq!(repair_with(&text, charset), None, "{text}");
                }
            }
            n_letters += 1;
        }
        assert!(n_letters > 100);
        assert!(!has_lone_letters_only("JiĹ™Ă\u{ad} SlabĂ˝"));
        assert!(!has_lone_letters_only("Carlos L贸pez"));
    }

    #[test]
    fn names_that_are_right_stay() {
        for name in [
            "Carlos López",
            "Ørjan Šćepanović",
            "Nguyễn Thái Ngọc Duy",
            "Łukasz Stelmach",
            "Ştefan Ănghel",
            "Äžiš Ľubomír",
            "Иван Петров",
            "김철수 Kim",
            "山田太郎 Yamada",
            "ﾃｽﾄ test",
            "API처럼 쓰는",
            "José-Ñandú “quoted” – dash…",
            "±5 µs, 10²³ °C",
            "naïve façade",
        ] {
            assert_eq!(repair_charset(name), None, "{name}");
        }
    }
}
