//! Footnotes: referred to and missing, or defined twice.
//!
//! Brackets with a number are no footnote in code (`pad[3]`), in kernel logs (`[   12.345678]`),
//! glued to the name of a register (`SCTLR_EL2[9]`), or as a label behind a link. So a reference
//! counts only in prose, and only where the mail has footnotes at all or says "see [1]".

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memchr_iter;

use super::local::Seen;
use super::{FOOTNOTE_MISSING, FOOTNOTE_TWICE, Problem};
use crate::syntax::entry::PartKind;
use crate::syntax::form;
use crate::syntax::line::{Line, line_around};

/// Footnotes have small numbers.
const LARGEST: u32 = 30;

/// What may stand before a footnote.
const MARKS: [u8; 9] = *b" \t-*+>#.:";

/// The footnotes of an entry.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    twice(seen, problems);
    let base = seen.entry.body.start as usize;
    let text = seen.entry.body.text(seen.text);
    let Brackets {
        defined,
        references,
    } = Brackets::of(text);
    // Numbers that are told, or whose first reference did not ask for a footnote.
    let mut done = 0_u32;
    // Where the line starts that was looked at last: a line may be long, and full of brackets.
    let mut last = None;
    for Reference { bracket, line } in references {
        let bit = 1 << bracket.number;
        if (defined | done) & bit != 0 {
            continue;
        }
        let known = last.filter(|(start, _)| *start == line.start);
        let (_, is_prose) =
            *last.insert(known.unwrap_or_else(|| (line.start, is_prose(line.text))));
        if !is_prose {
            continue;
        }
        done |= bit;
        let before = line.text.get(..bracket.start - line.start);
        if defined == 0 && !before.is_some_and(asks) {
            continue;
        }
        let message = format!("no footnote [{}] in this mail", bracket.number);
        let range = base + bracket.start..base + bracket.end;
        problems.push(Problem::new(FOOTNOTE_MISSING, range, message));
    }
}

/// The brackets of a text.
#[derive(Default)]
struct Brackets<'a> {
    /// A bit for each number that a footnote has.
    defined: u32,
    /// Those that refer to a footnote if their line is prose; nearly all are defined somewhere.
    references: Vec<Reference<'a>>,
}

struct Reference<'a> {
    bracket: Bracket,
    /// The line that has it.
    line: Line<'a>,
}

impl<'a> Brackets<'a> {
    fn of(text: &'a str) -> Self {
        let mut all = Self::default();
        let mut last: Option<Marked<'a>> = None;
        for bracket in brackets(text) {
            let from = last.as_ref().map_or(0, |marked| marked.line.next);
            let marked = match last.take() {
                Some(marked) if bracket.start < from => marked,
                _ => match line_around(text, from, bracket.start) {
                    Some(line) => Marked::new(line),
                    None => break,
                },
            };
            // A footnote itself: at the start of its line, or beside an address.
            if marked.has_address || bracket.start == marked.content {
                all.defined |= 1 << bracket.number;
            } else if bracket.is_free {
                let line = marked.line;
                all.references.push(Reference { bracket, line });
            }
            last = Some(marked);
        }
        all
    }
}

/// A line with what is asked of it for each of its brackets.
struct Marked<'a> {
    line: Line<'a>,
    /// Where it starts behind its marks.
    content: usize,
    has_address: bool,
}

impl<'a> Marked<'a> {
    fn new(line: Line<'a>) -> Self {
        let bytes = line.text.as_bytes();
        let n_marks = bytes.iter().take_while(|byte| MARKS.contains(byte)).count();
        let mut colons = memchr_iter(b':', bytes);
        let is_link = |at| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"://"));
        Self {
            content: line.start + n_marks,
            has_address: colons.any(is_link) || form::trailer(line.text).is_some(),
            line,
        }
    }
}

/// Footnotes with one number and different addresses.
fn twice(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    if seen.entry.parts_of(PartKind::Footnote).nth(1).is_none() {
        return;
    }
    let mut first: BTreeMap<&str, (&str, Range<usize>)> = BTreeMap::new();
    let mut told: Vec<&str> = Vec::new();
    for part in seen.entry.parts_of(PartKind::Footnote) {
        let line = part.span.text(seen.text);
        let Some((number, start)) = form::footnote(line) else {
            continue;
        };
        let text = line.get(start..).unwrap_or_default().trim();
        // Once for each number.
        if told.contains(&number) {
            continue;
        }
        let range = part.span.at(0);
        let range = range.start..range.start + number.len() + 2;
        match first.get(number) {
            Some((other, at))
                if *other != text && other.contains("://") && text.contains("://") =>
            {
                let message =
                    format!("footnote [{number}] stands here a second time, with another address");
                problems.push(
                    Problem::new(FOOTNOTE_TWICE, range, message).because(at.clone(), "the first"),
                );
                told.push(number);
            }
            Some(_) => {}
            None => {
                first.insert(number, (text, range));
            }
        }
    }
}

/// `[1]` in a text.
struct Bracket {
    number: u32,
    start: usize,
    end: usize,
    /// A blank, a parenthesis or another such bracket stands before it, no letter behind it.
    is_free: bool,
}

/// The brackets of a text, in order.
fn brackets(text: &str) -> impl Iterator<Item = Bracket> {
    let bytes = text.as_bytes();
    // Where the last of them ended that is free.
    let mut end_of_free = None;
    memchr_iter(b'[', bytes).filter_map(move |start| {
        let (number, len) = number(bytes.get(start + 1..)?)?;
        let end = start + 1 + len;
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let behind = bytes.get(end);
        let is_free = (matches!(before, Some(b' ' | b'(' | b',')) || end_of_free == Some(start))
            && !behind
                .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'=' | b'('));
        end_of_free = is_free.then_some(end).or(end_of_free);
        Some(Bracket {
            number,
            start,
            end,
            is_free,
        })
    })
}

/// The number of a footnote with which a text begins, and how much of it that is with the bracket behind it.
fn number(text: &[u8]) -> Option<(u32, usize)> {
    let (tens, ones, len) = match *text {
        [ones, b']', ..] => (b'0', ones, 2),
        [tens, ones, b']', ..] => (tens, ones, 3),
        _ => return None,
    };
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    let number = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    (1..=LARGEST).contains(&number).then_some((number, len))
}

/// Whether the words before a bracket send the reader to a footnote: `see [1]`, `(from [1]`.
fn asks(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '(']).as_bytes();
    [" see", " in", " at", " from", " by"].iter().any(|word| {
        let start = before.len().checked_sub(word.len());
        start.is_some_and(|start| before[start..].eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Whether a line is prose: words, no code.
fn is_prose(line: &str) -> bool {
    let n_words = line
        .split(' ')
        .filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic()))
        .count();
    n_words >= 3
        && !line.starts_with(['>', '\t', '|', '+', '-'])
        && !line.starts_with("    ")
        && !line.contains([';', '{', '}', '=', '`', '|', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;
    use crate::syntax::entry::Entry;
    use crate::syntax::line::Lines;

    /// The numbers that are told to be missing in a mail.
    fn missing(body: &str) -> Vec<String> {
        let text = format!("New:  a\n[PATCH] a\nAuthor: A <a@b>\n\n{body}\n");
        let entry = Entry::parse(&text, false);
        let mut problems = Vec::new();
        super::entry(&Seen::new(&text, &entry), &mut problems);
        let ranges = problems.into_iter().map(|problem| problem.range);
        ranges.map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn the_first_reference_in_prose_counts() {
        for (body, expected) in [
            ("the words of it, see [1] for more", &["[1]"][..]),
            ("the words of it [1] are more", &[]),
            ("it is as the words [1] say, see [1]", &[]),
            ("see [1];\nit is as in [1] with more words", &["[1]"]),
            (
                "it is [1] as [2] the words say\n\n> [1] https://e.org",
                &["[2]"],
            ),
            (
                "it is as the words [3][2] say (here [2])\n[1] x",
                &["[3]", "[2]"],
            ),
            ("the words pad[3] and a [31] and [0] say\n[1] x", &[]),
            ("Link: https://e.org [1]\nit is as the words [1] say", &[]),
            ("it is as [2] the words say\nhttps://e.org/x [1]", &["[2]"]),
            ("it is as [2] the words say\r\r\n# [2]: x", &[]),
            (
                "a [2] b [3];\nit is as [2] [3] the words say\n[1] x",
                &["[2]", "[3]"],
            ),
        ] {
            assert_eq!(missing(body), expected, "{body}");
        }
    }

    /// The brackets of a line, found one byte after the other.
    fn plainly(line: &str) -> Vec<(u32, usize, bool)> {
        let mut found: Vec<(u32, usize, bool)> = Vec::new();
        let mut end_of_last = 0;
        for (start, _) in line.match_indices('[') {
            let Some((inside, behind)) = line[start + 1..].split_once(']') else {
                continue;
            };
            let is_short = (1..=2).contains(&inside.len());
            let number = inside.parse().unwrap_or(0);
            if !is_short || !(1..=LARGEST).contains(&number) {
                continue;
            }
            let is_chained = found.last().is_some_and(|last| last.2) && end_of_last == start;
            let is_apart = is_chained || line[..start].ends_with([' ', '(', ',']);
            let goes_on = |c: char| c.is_ascii_alphanumeric() || "_=(".contains(c);
            found.push((number, start, is_apart && !behind.starts_with(goes_on)));
            end_of_last = line.len() - behind.len();
        }
        found
    }

    #[test]
    fn brackets_of_a_text_are_those_of_its_lines() {
        let pieces = [
            "[1]", "[13]", "[31]", "[01]", "[00]", "[123]", "[", "]", "1", " ", "(", "x", "=", "ü",
            "\n", "\r\n",
        ];
        for text in combined::<4, _>(pieces).map(|row| row.concat()) {
            let expected = Lines::new(&text).flat_map(|line| {
                let found = plainly(line.text).into_iter();
                found.map(move |(number, start, is_free)| (number, line.start + start, is_free))
            });
            let found = brackets(&text);
            let found = found.map(|found| (found.number, found.start, found.is_free));
            assert!(found.eq(expected), "{text:?}");
        }
    }
}
