//! Letters that came damaged: encoded-words nobody decoded, and UTF-8 read as GBK.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{Encoding, GBK};
use memchr::{memchr, memmem};

/// Decodes the encoded-words of RFC 2047: `=?UTF-8?q?Carlos=20L=C3=B3pez?=` is `Carlos López`.
///
/// Blanks between two words fall away, and a letter may be cut in two by them. A word cut off
/// at the end of the text gives what there is of it. Words in unknown encodings stay as they
/// are; None when nothing was decoded.
#[must_use]
pub fn decode_encoded_words(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    memmem::find(bytes, b"=?")?;
    let mut result = String::with_capacity(text.len());
    let mut decoded_any = false;
    // Up to here the text has been copied or decoded.
    let mut done = 0;
    let mut pos = 0;
    while let Some(start) = memmem::find(bytes.get(pos..)?, b"=?").map(|at| pos + at) {
        pos = start + 2;
        let Some(mut word) = Word::at(text, start) else {
            continue;
        };
        let mut end = word.end;
        // Neighbours in the same encoding are joined before decoding.
        while let Some(next) = Word::behind(text, end, word.encoding) {
            word.bytes.extend_from_slice(&next.bytes);
            word.is_cut |= next.is_cut;
            end = next.end;
        }
        pos = end;
        let Some(decoded) = word.decoded() else {
            continue;
        };
        let between = text.get(done..start)?;
        if !decoded_any || !between.trim().is_empty() || done == 0 {
            result.push_str(between);
        }
        result.push_str(&decoded);
        decoded_any = true;
        done = end;
    }
    result.push_str(text.get(done..)?);
    decoded_any.then_some(result)
}

struct Word {
    encoding: &'static Encoding,
    bytes: Vec<u8>,
    end: usize,
    /// The text ends before the word does.
    is_cut: bool,
}

impl Word {
    /// The word that begins with the `=?` at `start`.
    fn at(text: &str, start: usize) -> Option<Self> {
        /// Names of character sets are short; looking further would take quadratic time.
        const MAX_CHARSET: usize = 48;
        let bytes = text.as_bytes();
        let head = bytes.get(start + 2..)?;
        let charset_len = memchr(b'?', head.get(..MAX_CHARSET.min(head.len()))?)?;
        let charset = head.get(..charset_len)?;
        // `utf-8*en` names a language as well.
        let charset = charset.split(|byte| *byte == b'*').next()?;
        let encoding = Encoding::for_label_no_replacement(charset)?;
        let [kind, b'?', tail @ ..] = head.get(charset_len + 1..)? else {
            return None;
        };
        let content_start = start + 2 + charset_len + 3;
        let len = memchr(b'?', tail);
        let content = tail.get(..len.unwrap_or(tail.len()))?;
        let closing = tail.get(content.len()..)?;
        let is_cut = closing.is_empty() || closing == b"?";
        if !is_cut && !closing.starts_with(b"?=") {
            return None;
        }
        let content_bytes = match kind {
            b'q' | b'Q' => from_q(content),
            b'b' | b'B' => from_base64(content, is_cut)?,
            _ => return None,
        };
        let end = (content_start + content.len() + 2).min(text.len());
        Some(Self {
            encoding,
            bytes: content_bytes,
            end,
            is_cut,
        })
    }

    /// The word behind blanks at `from`, if it is of the same encoding.
    fn behind(text: &str, from: usize, encoding: &'static Encoding) -> Option<Self> {
        let rest = text.get(from..)?;
        let gap = rest.len() - rest.trim_start().len();
        if !rest.get(gap..)?.starts_with("=?") {
            return None;
        }
        Self::at(text, from + gap).filter(|word| word.encoding == encoding)
    }

    fn decoded(&self) -> Option<String> {
        let (text, had_errors) = self.encoding.decode_without_bom_handling(&self.bytes);
        if !had_errors {
            return Some(text.into_owned());
        }
        // A letter cut in two is dropped; anything else wrong means a wrong encoding.
        let whole = text.strip_suffix('\u{fffd}')?;
        (self.is_cut && !whole.contains('\u{fffd}')).then(|| whole.to_owned())
    }
}

/// `L=C3=B3pez_x` as bytes. What is no escape stands for itself.
fn from_q(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = tail;
                }
                _ => bytes.push(b'='),
            },
            // An escape cut in two.
            (b'=', [] | [_]) => break,
            (other, _) => bytes.push(*other),
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn from_base64(content: &[u8], is_cut: bool) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let mut content: Vec<u8> = content
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    // Four letters make three bytes; one letter of a cut group makes none.
    if is_cut && content.len() % 4 == 1 {
        content.pop();
    }
    ENGINE.decode(content).ok()
}

/// Puts right UTF-8 that was read as GBK: `Carlos L贸pez` is `Carlos López`.
///
/// Only where that is certain. Written as GBK the wrong letters must be valid UTF-8, of Latin
/// letters inside a word of ASCII letters, or of a whole Cyrillic or Greek word. At the start
/// or the end of a word, where people do glue Chinese names to others (`Tony毛`), rare
/// characters and common last letters count only. One Chinese character that is no damage
/// proves the text Chinese, and nothing is changed.
pub(super) fn repair_gbk(text: &str) -> Option<String> {
    // Nearly all text has no byte that begins a Chinese character.
    if !text.bytes().any(|byte| matches!(byte, 0xe3..=0xe9 | 0xef)) {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let mut is_repaired = false;
    let mut rest = text;
    while !rest.is_empty() {
        let is_letter = |letter: char| letter.is_ascii_alphabetic() || !letter.is_ascii();
        let gap = rest.len() - rest.trim_start_matches(|letter| !is_letter(letter)).len();
        let (between, tail) = rest.split_at_checked(gap)?;
        let len = tail.len() - tail.trim_start_matches(is_letter).len();
        let (word, tail) = tail.split_at_checked(len)?;
        let glued_before = between.ends_with(|last: char| last.is_ascii_digit() || last == '_');
        let glued_behind = tail.starts_with(|first: char| first.is_ascii_digit() || first == '_');
        result.push_str(between);
        if word.chars().any(is_han) {
            result.push_str(&repair_word(word, glued_before, glued_behind)?);
            is_repaired = true;
        } else {
            result.push_str(word);
        }
        rest = tail;
    }
    is_repaired.then_some(result)
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A run of characters that are not ASCII, and what it was.
struct Run<'a> {
    /// What stands before it, up to the run before.
    before: &'a str,
    /// None when there is nothing to repair in it.
    decoded: Option<String>,
    /// As found.
    text: &'a str,
    /// A character outside the 6763 that Chinese text is written with.
    is_rare: bool,
}

/// A word with each of its runs repaired; None when one is not certain.
fn repair_word(word: &str, glued_before: bool, glued_behind: bool) -> Option<String> {
    let mut runs = Vec::new();
    let mut rest = word;
    while let Some(start) = rest.find(|letter: char| !letter.is_ascii()) {
        let (before, tail) = rest.split_at_checked(start)?;
        let len = tail
            .find(|letter: char| letter.is_ascii())
            .unwrap_or(tail.len());
        let (text, tail) = tail.split_at_checked(len)?;
        let mut run = Run {
            before,
            decoded: None,
            text,
            is_rare: false,
        };
        if text.chars().any(is_han) {
            run.read()?;
        }
        runs.push(run);
        rest = tail;
    }
    // Damage in the middle of a word makes damage at its ends certain.
    let n_runs = runs.len();
    let is_inner = |idx: usize, run: &Run<'_>| {
        let ends_in_ascii = run
            .decoded
            .as_ref()
            .is_some_and(|text| text.ends_with(|last: char| last.is_ascii()));
        let behind = idx + 1 < n_runs || !rest.is_empty() || ends_in_ascii;
        (idx > 0 || !run.before.is_empty(), behind)
    };
    let any_inner = runs
        .iter()
        .enumerate()
        .any(|(idx, run)| run.decoded.is_some() && is_inner(idx, run) == (true, true));

    let mut result = String::with_capacity(word.len());
    for (idx, run) in runs.iter().enumerate() {
        result.push_str(run.before);
        let Some(decoded) = &run.decoded else {
            result.push_str(run.text);
            continue;
        };
        let next = runs
            .get(idx + 1)
            .map_or(rest, |next| next.before)
            .chars()
            .next();
        let prev = run.before.chars().next_back();
        let (ascii_before, ascii_behind) = is_inner(idx, run);
        let is_word = decoded.chars().all(is_latin);
        let is_certain = match (ascii_before, ascii_behind) {
            (true, true) => {
                is_word
                    || decoded
                        .chars()
                        .all(|letter| is_latin(letter) || letter == '’')
                    || decoded == "²" && prev == Some('I') && next == Some('C')
            }
            (false, true) if glued_before => decoded == "µ" && next == Some('s'),
            (false, true) => {
                let is_known = run.is_rare || any_inner || decoded.starts_with(COMMON_FIRST);
                is_word && is_known && starts_a_name(decoded, next)
            }
            (true, false) if glued_behind => false,
            (true, false) => {
                let is_known = run.is_rare || any_inner || decoded.ends_with(COMMON_LAST);
                is_word && is_known && (idx > 0 || run.before.len() >= 2 || decoded == "á")
            }
            (false, false) => {
                run.is_rare && !glued_before && !glued_behind && is_foreign_word(decoded)
            }
        };
        if !is_certain || !is_plausible_case(prev, decoded, next) {
            return None;
        }
        result.push_str(decoded);
    }
    result.push_str(rest);
    Some(result)
}

impl Run<'_> {
    /// Reads the run's GBK bytes as UTF-8.
    fn read(&mut self) -> Option<()> {
        let (bytes, _, had_errors) = GBK.encode(self.text);
        if had_errors {
            return None;
        }
        self.is_rare = bytes.chunks(2).any(|pair| matches!(pair, [_, ..=0xa0]));
        self.decoded = Some(std::str::from_utf8(&bytes).ok()?.to_owned());
        Some(())
    }
}

/// First letters of names that are written as a character of Chinese text.
const COMMON_FIRST: [char; 4] = ['Ž', 'Ż', 'Ź', 'İ'];

/// Last letters of names; without those that are Chinese names or common characters themselves,
/// such as `ë` (毛), `è` (猫), `ï` (茂), `û` (没).
const COMMON_LAST: [char; 16] = [
    'á', 'ã', 'ä', 'å', 'é', 'í', 'ó', 'ö', 'ø', 'ú', 'ý', 'š', 'ź', 'ż', 'ž', 'ı',
];

/// Letters of European names, and what a following ASCII letter became part of.
pub(super) fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || matches!(letter, '\u{c0}'..='\u{17f}' | 'Ơ' | 'ơ' | 'Ư' | 'ư' | 'Ș'..='ț' | '\u{1e00}'..='\u{1eff}')
            && letter.is_alphabetic()
}

fn starts_a_name(decoded: &str, next: Option<char>) -> bool {
    decoded.starts_with(char::is_uppercase) && next.is_none_or(|next| next.is_ascii_lowercase())
}

/// A word of one script, `Иван`: the first letter large or small, the others small.
fn is_foreign_word(decoded: &str) -> bool {
    let is_cyrillic = |letter: char| {
        matches!(
            letter,
            'А'..='я' | 'ё' | 'є' | 'і' | 'ї' | 'Ё' | 'Є' | 'І' | 'Ї'
        )
    };
    let is_greek = |letter: char| matches!(letter, 'Ά'..='ώ');
    decoded.chars().count() >= 3
        && (decoded.chars().all(is_cyrillic) || decoded.chars().all(is_greek))
        && !decoded.chars().skip(1).any(char::is_uppercase)
}

/// A small letter is never followed by a large one.
pub(super) fn is_plausible_case(prev: Option<char>, decoded: &str, next: Option<char>) -> bool {
    let mut before_is_small = false;
    for letter in prev.into_iter().chain(decoded.chars()).chain(next) {
        if before_is_small && letter.is_uppercase() {
            return false;
        }
        before_is_small = letter.is_lowercase();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words() {
        for (text, expected) in [
            ("=?UTF-8?q?Carlos=20L=C3=B3pez?=", Some("Carlos López")),
            ("=?utf-8?Q?Andr=C3=A9_A?= B", Some("André A B")),
            ("A =?iso-8859-1?q?K=F6nig?= B", Some("A König B")),
            ("=?utf-8?b?Q8OpZHJpYw==?=", Some("Cédric")),
            ("=?utf-8?B?Q8OpZHJpYw?=", Some("Cédric")),
            ("=?utf-8*fr?q?C=C3=A9dric?=", Some("Cédric")),
            ("=?gb2312?b?wO7D9w==?=", Some("李明")),
            // Blanks between words fall away, others stay.
            ("=?utf-8?q?a?= \t =?utf-8?q?b?= c", Some("ab c")),
            ("=?utf-8?q?a?= =?iso-8859-1?q?b?=", Some("ab")),
            ("=?utf-8?q?a?= x =?utf-8?q?b?=", Some("a x b")),
            ("x =?utf-8?q?a?=", Some("x a")),
            // A letter in two words.
            ("=?utf-8?q?L=C3?= =?utf-8?q?=B3pez?=", Some("López")),
            // Cut words.
            ("=?UTF-8?q?Carlos=20L=C3=B3p", Some("Carlos Lóp")),
            ("=?UTF-8?q?Carlos=20L=C3", Some("Carlos L")),
            ("=?UTF-8?q?Carlos=20L=C", Some("Carlos L")),
            ("=?UTF-8?q?Carlos?", Some("Carlos")),
            ("=?utf-8?b?Q8OpZHJpY", Some("Cédri")),
            // Sloppy words.
            ("=?utf-8?q?Carlos L=C3=B3pez=?=", Some("Carlos López")),
            ("=?utf-8?q?50=zz?=", Some("50=zz")),
            ("=?utf-8?q??=", Some("")),
            // None at all.
            ("Carlos", None),
            ("a =? b", None),
            ("=?", None),
            ("=?utf-8?x?a?=", None),
            ("=?klingon?q?a?=", None),
            ("=?utf-8?q?=FF?=", None),
            ("=?utf-8?b?!!!?=", None),
            ("=?utf-8?q?a?b?=", None),
        ] {
            assert_eq!(decode_encoded_words(text).as_deref(), expected, "{text}");
        }
    }

    /// What becomes of `text` when its UTF-8 is read as GBK.
    fn damaged(text: &str) -> String {
        GBK.decode_without_bom_handling(text.as_bytes())
            .0
            .into_owned()
    }

    #[test]
    fn damage_is_repaired() {
        for (text, expected) in [
            ("Carlos L贸pez", "Carlos López"),
            ("Uwe Kleine-K枚nig", "Uwe Kleine-König"),
            ("C茅dric Le Goater", "Cédric Le Goater"),
            ("the I虏C subsystems", "the I²C subsystems"),
            ("5碌s", "5µs"),
        ] {
            assert_eq!(repair_gbk(text).as_deref(), Some(expected), "{text}");
        }
        for name in [
            "André Almeida",
            "José Pekkarinen",
            "Nuno Sá",
            "Adalbert Lazăr",
            "Nicușor Cîțu",
            "Ștefan Șicleru",
            "Łukasz Bartosik",
            "Örjan Åkesson",
            "Krzysztof Wilczyński",
            "Ville Syrjälä",
            "Thomas Weißschuh",
            "MICHAŁ MIROSŁAW",
            "Žiga Šušteršič",
            "Jérôme Glisse",
            "Mehmet Güllü",
            "Björn Töpel",
            "Toke Høiland-Jørgensen",
            "Nguyễn Văn",
            "Sean O’Brien",
            "Иван Петров",
            "Γιώργος",
        ] {
            let text = damaged(name);
            assert_ne!(text, name);
            assert_eq!(repair_gbk(&text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn genuine_text_is_never_changed() {
        for text in [
            "",
            "Carlos López",
            "Иван Петров",
            "李明",
            "毛茂",
            "Li Ming 李明",
            "Li 毛",
            "Tony毛",
            "毛Tony",
            "莫tom",
            "小Tom",
            "小tom",
            "Tony猫",
            "A股B",
            "A毛B",
            "Tony毛Mao",
            "v2毛",
            "谢小写",
            "薛小雪",
            "谢谢谢",
            "山田太郎",
            "毛 C茅dric",
            "茅茅茅",
            "使用CPU没有",
            "김철수",
            "\u{fffd}L\u{fffd}pez",
        ] {
            assert_eq!(repair_gbk(text), None, "{text}");
        }
    }

    /// Every character that names are written with, glued to a name in every way.
    #[test]
    fn few_glued_characters_are_taken_for_damage() {
        let mut changed = String::new();
        for lead in 0xb0..=0xf7_u8 {
            for trail in 0xa1..=0xfe_u8 {
                let bytes = [lead, trail];
                let (han, had_errors) = GBK.decode_without_bom_handling(&bytes);
                if had_errors {
                    continue;
                }
                assert_eq!(repair_gbk(&format!("{han}")), None);
                assert_eq!(repair_gbk(&format!("{han}{han}{han}")), None);
                assert_eq!(repair_gbk(&format!("Tony {han}")), None);
                assert_eq!(repair_gbk(&format!("Tony {han}{han}")), None);
                assert_eq!(repair_gbk(&format!("Tony{han}Wei")), None);
                assert_eq!(repair_gbk(&format!("{han}Tony")), None);
                if repair_gbk(&format!("Tony{han}")).is_some() {
                    changed.push_str(&han);
                }
            }
        }
        // Of these only 茅 is a surname, and a rare one; André and René are not.
        assert_eq!(changed, "谩茫盲氓茅铆贸枚酶煤媒谋拧藕偶啪");
    }
}
