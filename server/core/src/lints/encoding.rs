//! Rules about letters: words read in the wrong charset, encoded-words nobody decoded, and
//! characters that hide or turn text around.
//!
//! A damaged name stands in many places; it is one finding, at the first of them. What an entry
//! has of it is kept with the entry as [`Damage`]; [`report`] makes findings of all.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, Range};
use std::sync::Arc;

use memchr::memmem;

use super::local::{Findings, Seen};
use super::{CONTROL_CHARACTER, ENCODED_WORD, Problem, Rule, WRONG_CHARSET};
use crate::digest::Digest;
use crate::fixes::{Edit, Repair, What};
use crate::model::people;
use crate::model::tables::Row;
use crate::shown;
use crate::sixteen;
use crate::syntax::form;
use crate::syntax::line::{Line, Lines};

/// A damaged word or name at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    /// What it is a case of.
    pub(super) rule: &'static Rule,
    /// Where, relative to the entry.
    range: Range<usize>,
    /// As it stands there.
    shown: String,
    /// As it should.
    right: String,
    /// How it came about: `UTF-8 read as GBK`.
    cause: &'static str,
    /// Whether it is a person's name.
    is_name: bool,
}

impl Damage {
    /// Where it is.
    pub(super) fn range_mut(&mut self) -> &mut Range<usize> {
        &mut self.range
    }
}

/// The damaged words of an entry, and the characters in it that deceive.
pub(super) fn entry(seen: &Seen<'_>, findings: &mut Findings) {
    let letters = Letters::of(seen.text);
    findings.problems.extend(dangerous(seen.text, &letters));
    if letters.are_plain(seen.text) {
        return;
    }
    let author = seen.entry.author.map(|line| line.span.start as usize);
    for line in Lines::new(seen.text) {
        if is_plain(line.text) {
            continue;
        }
        let name = if Some(line.start) == author {
            name_in(&line, "Author:".len())
        } else if let Some((name, _)) = form::shortlog_header(line.text) {
            Some(line.start..line.start + name.len())
        } else {
            form::trailer(line.text).and_then(|colon| name_in(&line, colon + 1))
        };
        add(&line, name, &mut findings.damage);
    }
}

/// The damaged words of other text: log lines, header lines, rows of tables.
pub(super) fn other(text: &str, is_table: bool) -> Option<Arc<Findings>> {
    let letters = Letters::of(text);
    let mut findings = Findings {
        problems: dangerous(text, &letters).into_iter().collect(),
        damage: Vec::new(),
    };
    if letters.are_plain(text) {
        return (!findings.is_clean()).then(|| Arc::new(findings));
    }
    for line in Lines::new(text).filter(|line| !is_plain(line.text)) {
        let digits = line.text.trim_start_matches([' ', '\t']);
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let skip = line.text.len() - digits.len() + count;
        let name = name_in(&line, skip).filter(|_| is_table && count > 0);
        add(&line, name, &mut findings.damage);
    }
    (!findings.is_clean()).then(|| Arc::new(findings))
}

/// Whether a text can have no damaged word.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !has_encoded(text)
}

/// Whether an encoded-word may start in a text.
fn has_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut marks = memchr::memchr_iter(b'?', bytes);
    marks.any(|mark| {
        bytes
            .get(..mark)
            .is_some_and(|before| before.ends_with(b"="))
    })
}

/// What the bytes of a text tell of its letters: all that most texts are asked for, with one look.
struct Letters {
    is_ascii: bool,
    /// Whether a byte can start a character that misleads.
    may_mislead: bool,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self {
            is_ascii: true,
            may_mislead: false,
        };
        let (parts, rest) = text.as_bytes().as_chunks();
        for part in parts {
            letters.add(part);
        }
        if !rest.is_empty() {
            letters.add(&sixteen::padded(rest, b' '));
        }
        letters
    }

    #[inline(always)]
    fn add(&mut self, part: &[u8; 64]) {
        if sixteen::is_odd(part) {
            self.is_ascii &= part.is_ascii();
            self.may_mislead |= part.iter().copied().any(may_start_danger);
        }
    }

    /// Whether their text can have no damaged word.
    fn are_plain(&self, text: &str) -> bool {
        self.is_ascii && !has_encoded(text)
    }
}

/// The bytes of the name in a line whose person starts at `skip`.
fn name_in(line: &Line<'_>, skip: usize) -> Option<Range<usize>> {
    let parts = people::parse_author(line.text.get(skip..)?)?;
    let start = line.start + skip;
    Some(start + parts.name.start..start + parts.name.end).filter(|range| !range.is_empty())
}

/// Adds the damage of a line: of a name as a whole, of other text word by word.
fn add(line: &Line<'_>, name: Option<Range<usize>>, damage: &mut Vec<Damage>) {
    let end = name.as_ref().map_or(line.start, |name| name.end);
    if let Some(name) = name {
        let shown = line
            .text
            .get(name.start - line.start..name.end - line.start)
            .unwrap_or_default();
        if let Some((rule, right, cause)) = repaired(shown, true) {
            damage.push(Damage {
                rule,
                range: name,
                shown: shown.to_owned(),
                right,
                cause,
                is_name: true,
            });
        }
    }
    let rest = line.text.get(end - line.start..).unwrap_or_default();
    if is_plain(rest) {
        return;
    }
    add_words(rest, end, damage);
}

/// Adds the damaged words of a stretch of text that starts at `base`.
fn add_words(text: &str, base: usize, damage: &mut Vec<Damage>) {
    // The whole stretch tells whether its letters can be damage: Chinese text is none.
    if let Some(right) = people::repair_charset(text) {
        let words = words(text).zip(words(&right));
        for ((at, shown), (_, right)) in words.filter(|((_, shown), (_, right))| shown != right) {
            damage.push(Damage {
                rule: WRONG_CHARSET,
                range: base + at..base + at + shown.len(),
                shown: shown.to_owned(),
                right: right.to_owned(),
                cause: cause(shown),
                is_name: false,
            });
        }
    }
    let mut pos = 0;
    while let Some(start) = memmem::find(&text.as_bytes()[pos..], b"=?").map(|at| pos + at) {
        let len = encoded_len(&text[start..]);
        pos = start + len.max(2);
        let Some(shown) = text.get(start..start + len).filter(|_| len > 0) else {
            continue;
        };
        if let Some(right) = decoded(shown, false) {
            damage.push(Damage {
                rule: ENCODED_WORD,
                range: base + start..base + start + len,
                shown: shown.to_owned(),
                right,
                cause: "an encoded-word",
                is_name: false,
            });
        }
    }
}

/// The words of a text and where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_edge = |letter: char| {
        letter.is_whitespace() || matches!(letter, ',' | ';' | '(' | ')' | '<' | '>' | '"')
    };
    let mut pos = 0;
    text.split(is_edge).filter_map(move |word| {
        let at = pos;
        pos += word.len()
            + text
                .get(pos + word.len()..)?
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((at, word))
    })
}

/// The length of the encoded-words that a text starts with; 0 if it starts with none that ends.
fn encoded_len(text: &str) -> usize {
    let mut end = 0;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let word = rest.get(gap..).unwrap_or_default();
        let Some(len) = one_encoded(word) else {
            return end;
        };
        end += gap + len;
    }
}

/// The length of the encoded-word that a text starts with: `=?charset?q?words?=`.
fn one_encoded(text: &str) -> Option<usize> {
    /// As RFC 2047 has it, and some more.
    const MOST: usize = 200;
    let inside = text.strip_prefix("=?")?;
    let inside = inside.get(..inside.floor_char_boundary(MOST.min(inside.len())))?;
    let mut parts = inside.splitn(3, '?');
    let (charset, kind, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let content = &rest[..rest.find("?=")?];
    if content.contains([' ', '?']) || kind.len() != 1 {
        return None;
    }
    Some(2 + charset.len() + 1 + kind.len() + 1 + content.len() + 2)
}

/// What is wrong with a name or word, what it should be, and how that came about.
fn repaired(shown: &str, is_name: bool) -> Option<(&'static Rule, String, &'static str)> {
    if let Some(right) = people::repair_charset(shown) {
        return Some((WRONG_CHARSET, right, cause(shown)));
    }
    let right = decoded(shown, is_name)?;
    Some((ENCODED_WORD, right, "an encoded-word"))
}

fn decoded(shown: &str, is_name: bool) -> Option<String> {
    let decoded = people::decode_encoded_words(shown)?;
    // A part that stayed, or letters that were lost, are no repair.
    let harmless = !decoded.contains(shown::is_dangerous)
        && !decoded.contains("=?")
        && !decoded.contains(['\t', char::REPLACEMENT_CHARACTER]);
    if !harmless || decoded.trim().is_empty() {
        return None;
    }
    let bare = decoded.trim_matches('"');
    if is_name && bare.contains(['<', '>', '@', '"', '\\']) {
        return None;
    }
    // Commas and the like need quotes in a name.
    if is_name && bare.contains([',', ';', ':', '(', ')', '[', ']']) {
        return Some(format!("\"{bare}\""));
    }
    Some(if is_name { bare.to_owned() } else { decoded })
}

fn cause(shown: &str) -> &'static str {
    people::charset_read_as(shown)
}

/// Makes findings of all damage, one for each damaged word; `damage` has it in the order of the
/// text, with where its entry starts.
pub(super) fn report(digest: &Digest, damage: &[(usize, &Damage)], problems: &mut Vec<Problem>) {
    let mut by_word: BTreeMap<(&str, String), Vec<(usize, &Damage)>> = BTreeMap::new();
    for (base, damage) in damage {
        let key = (damage.rule.code, damaged_words(&damage.shown));
        by_word.entry(key).or_default().push((*base, damage));
    }
    let rows = LazyCell::new(|| rows_by_name(digest));
    for places in by_word.into_values() {
        problems.extend(one_word(digest, &rows, &places));
    }
}

/// Rows of the table of contributors, the first before the others.
type Rows<'a> = HashMap<&'a str, Vec<&'a Row>>;

fn rows_by_name(digest: &Digest) -> Rows<'_> {
    let mut by_name = Rows::new();
    for row in &digest.model().contributors.rows {
        if let Some(person) = &row.person {
            by_name.entry(&person.name).or_default().push(row);
        }
    }
    by_name
}

/// The words of a name that carry damage: what its places have in common.
fn damaged_words(shown: &str) -> String {
    let damaged = words(shown).filter(|(_, word)| !is_plain(word));
    damaged.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// Places that a message names.
const MOST_NAMED: usize = 8;

fn one_word<'a>(
    digest: &'a Digest,
    rows: &impl Deref<Target = Rows<'a>>,
    places: &[(usize, &Damage)],
) -> Option<Problem> {
    let ((base, first), others) = places.split_first()?;
    let text = digest.text();
    let at = |(base, damage): &(usize, &Damage)| base + damage.range.start..base + damage.range.end;
    let range = at(&(*base, first));
    let what = |text: &str| shown::short(&shown::plain(text), 80).into_owned();
    let mut message = match first.rule.code {
        code if code == WRONG_CHARSET.code => {
            format!(
                "\"{}\" is \"{}\": {}",
                what(&first.shown),
                what(&first.right),
                first.cause
            )
        }
        _ => format!("not decoded: this is \"{}\"", what(&first.right)),
    };
    let mut problem = Problem::new(first.rule, range.clone(), "");
    if first.is_name
        && let Some(proof) = spelt_right(digest, rows, &first.right, &first.shown)
    {
        let line = text.line_of(proof.start) + 1;
        message += &format!(", spelt right at line {line}");
        problem = problem.because(proof, "spelt right here");
    }
    let own = text.line_of(range.start);
    let mut lines: Vec<usize> = others
        .iter()
        .map(|place| text.line_of(at(place).start))
        .filter(|line| *line != own)
        .collect();
    lines.dedup();
    if !lines.is_empty() {
        let named = lines
            .iter()
            .take(MOST_NAMED)
            .map(|line| (line + 1).to_string());
        message += ". Also at ";
        message += &named.collect::<Vec<_>>().join(", ");
        if lines.len() > MOST_NAMED {
            message += &format!(" and {} more", lines.len() - MOST_NAMED);
        }
    }
    for place in others.iter().take(MOST_NAMED) {
        problem = problem.because(at(place), "also here");
    }
    problem.message = message;
    let edit = |place: &(usize, &Damage)| Edit {
        range: at(place),
        text: place.1.right.clone(),
    };
    problem.repair = Some(Box::new(Repair {
        what: if first.is_name {
            What::Name
        } else {
            What::Words
        },
        title: format!("Write \"{}\"", what(&first.right)),
        edits: vec![edit(&(*base, first))],
        elsewhere: others.iter().map(edit).collect(),
        copy: Some(first.right.trim_matches('"').to_owned()),
        certain: true,
    }));
    Some(problem)
}

/// Where the table of contributors has a name as it should be.
fn spelt_right(digest: &Digest, rows: &Rows<'_>, right: &str, shown: &str) -> Option<Range<usize>> {
    let mut named = rows.get(right)?.iter();
    let row = named.find(|row| !row.who.contains(shown))?;
    let start = super::table_start(digest, 1)?;
    Some(start + row.range.start..start + row.range.end)
}

/// The first character of a text that hides or turns text around, if there is one.
fn dangerous(text: &str, letters: &Letters) -> Option<Problem> {
    if !letters.may_mislead {
        return None;
    }
    let mut found: Option<(usize, char)> = None;
    let mut n_lines = 0;
    for line in Lines::new(text) {
        if !Letters::of(line.text).may_mislead {
            continue;
        }
        let mut chars = line.text.char_indices();
        if let Some((at, letter)) = chars.find(|(at, c)| misleads(&line, *at, *c)) {
            n_lines += 1;
            found.get_or_insert((line.start + at, letter));
        }
    }
    let (start, first) = found?;
    let more = match n_lines - 1 {
        0 => String::new(),
        1 => " (and on 1 more line)".to_owned(),
        n => format!(" (and on {n} more lines)"),
    };
    let message = format!("U+{:04X}, {}{more}", u32::from(first), kind_of(first));
    let mut end = start;
    let mut edits: Vec<Edit> = Vec::new();
    for line in Lines::new(text) {
        for (at, letter) in line.text.char_indices() {
            if !misleads(&line, at, letter) {
                continue;
            }
            let range = line.start + at..line.start + at + letter.len_utf8();
            if range.start == end {
                end = range.end;
            }
            match edits.last_mut() {
                Some(last) if last.range.end == range.start => last.range.end = range.end,
                _ => edits.push(Edit {
                    range,
                    text: String::new(),
                }),
            }
        }
    }
    let mut problem = Problem::new(CONTROL_CHARACTER, start..end, message);
    problem.repair = Some(Box::new(Repair {
        what: What::Words,
        title: "Take such characters out of this entry".to_owned(),
        edits,
        elsewhere: Vec::new(),
        copy: None,
        certain: false,
    }));
    Some(problem)
}

/// Whether a byte can start a character that misleads.
fn may_start_danger(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
        || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3)
}

/// Whether a character can make a reader see something that is not there. A form feed only ends a
/// page; what joins letters of scripts that need it, or the parts of an emoji, has a meaning.
fn misleads(line: &Line<'_>, at: usize, letter: char) -> bool {
    if !shown::is_dangerous(letter) || letter == '\u{c}' {
        return false;
    }
    // At the very start it is how some programs say that a file is UTF-8.
    if letter == '\u{feff}' && line.start + at == 0 {
        return false;
    }
    if matches!(letter, '\u{200c}'..='\u{200f}') {
        let before = line.text[..at].chars().next_back();
        let behind = line.text[at + letter.len_utf8()..].chars().next();
        let is_foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && c > '\u{24f}');
        return !(is_foreign(before) || is_foreign(behind));
    }
    true
}

fn kind_of(letter: char) -> &'static str {
    match letter {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            "which turns text around: this line does not read as it is"
        }
        '\u{85}' | '\u{2028}' | '\u{2029}' => "which some programs take for the end of a line",
        c if c.is_control() => "a control character: terminals obey it",
        _ => "which is invisible: this text is not what it seems",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_wherever_they_stand() {
        let all = (0..0x80).chain([
            0x85, 0xa0, 0xe9, 0x61c, 0x200b, 0x202e, 0x4e2d, 0xfeff, 0x1f600,
        ]);
        for letter in all.filter_map(char::from_u32) {
            for n_before in (0..70).chain(120..140) {
                for other in [" ", "\n", "~", "\t", "é"] {
                    let text = other.repeat(n_before)
                        + &format!("{letter}")
                        + &other.repeat(n_before % 20);
                    let letters = Letters::of(&text);
                    let may_mislead = text.bytes().any(may_start_danger);
                    assert_eq!(letters.may_mislead, may_mislead, "{letter:?} at {n_before}");
                    assert_eq!(
                        letters.is_ascii,
                        text.is_ascii(),
                        "{letter:?} at {n_before}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_misleads_is_looked_at() {
        for letter in (0..=0x10_ffff).filter_map(char::from_u32) {
            let is_known = matches!(letter, '\n' | '\r' | '\u{c}') || !shown::is_dangerous(letter);
            let text = letter.to_string();
            assert!(is_known || Letters::of(&text).may_mislead, "{letter:?}");
        }
    }

    #[test]
    fn encoded_words_may_start_at_their_marks() {
        for (text, expected) in [
            ("", false),
            ("?", false),
            ("=?", true),
            ("what? a=?utf-8?q?b?=", true),
            ("a ?= b", false),
        ] {
            assert_eq!(is_plain(text), !expected, "{text}");
            assert_eq!(Letters::of(text).are_plain(text), !expected, "{text}");
        }
    }
}
