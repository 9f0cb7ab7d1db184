//! Footnotes: referred to and missing, or defined twice.
//!
//! Brackets with a number are no footnote in code (`pad[3]`), in kernel logs (`[   12.345678]`),
//! glued to the name of a register (`SCTLR_EL2[9]`), or as a label behind a link. So a reference
//! counts only in prose, and only where the mail has footnotes at all or says "see [1]".

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memchr;

use super::local::Seen;
use super::{FOOTNOTE_MISSING, FOOTNOTE_TWICE, Problem};
use crate::syntax::entry::PartKind;
use crate::syntax::form;
use crate::syntax::line::lines_with;

/// Footnotes have small numbers.
const LARGEST: u32 = 30;

/// What may stand before a footnote.
const MARKS: [char; 9] = [' ', '\t', '-', '*', '+', '>', '#', '.', ':'];

/// The footnotes of an entry.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let base = seen.entry.body.start as usize;
    let text = seen.entry.body.text(seen.text);
    if memchr(b'[', text.as_bytes()).is_none() {
        return;
    }
    twice(seen, problems);

    let mut defined: Vec<u32> = Vec::new();
    let mut references: BTreeMap<u32, (Range<usize>, bool)> = BTreeMap::new();
    for line in lines_with(text, b'[') {
        let brackets = brackets(line.text);
        if brackets.is_empty() {
            continue;
        }
        let is_prose = LazyCell::new(|| is_prose(line.text));
        let has_address = line.text.contains("://") || form::trailer(line.text).is_some();
        let n_marks = line.text.len() - line.text.trim_start_matches(MARKS).len();
        for bracket in brackets {
            // A footnote itself: at the start of its line, or beside an address.
            if has_address || bracket.range.start == n_marks {
                defined.push(bracket.number);
            } else if bracket.is_free && *is_prose {
                let range =
                    base + line.start + bracket.range.start..base + line.start + bracket.range.end;
                references
                    .entry(bracket.number)
                    .or_insert_with(|| (range, asks(&line.text[..bracket.range.start])));
            }
        }
    }
    for (number, (range, asks)) in references {
        if defined.contains(&number) || defined.is_empty() && !asks {
            continue;
        }
        let message = format!("no footnote [{number}] in this mail");
        problems.push(Problem::new(FOOTNOTE_MISSING, range, message));
    }
}

/// Footnotes with one number and different addresses.
fn twice(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
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

/// `[1]` in a line.
struct Bracket {
    number: u32,
    range: Range<usize>,
    /// A blank, a parenthesis or another such bracket stands before it, no letter behind it.
    is_free: bool,
}

fn brackets(line: &str) -> Vec<Bracket> {
    let bytes = line.as_bytes();
    let mut found: Vec<Bracket> = Vec::new();
    let mut pos = 0;
    while let Some(open) = memchr(b'[', &bytes[pos..]).map(|at| pos + at) {
        pos = open + 1;
        let n_digits = bytes[pos..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let end = pos + n_digits + 1;
        if !(1..=2).contains(&n_digits) || bytes.get(end - 1) != Some(&b']') {
            continue;
        }
        let number: u32 = line[pos..end - 1].parse().unwrap_or(0);
        if !(1..=LARGEST).contains(&number) {
            continue;
        }
        let before = open.checked_sub(1).and_then(|at| bytes.get(at));
        let behind = bytes.get(end);
        let follows_another = found
            .last()
            .is_some_and(|last| last.range.end == open && last.is_free);
        let is_free = (matches!(before, Some(b' ' | b'(' | b',')) || follows_another)
            && !behind
                .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'=' | b'('));
        found.push(Bracket {
            number,
            range: open..end,
            is_free,
        });
        pos = end;
    }
    found
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
