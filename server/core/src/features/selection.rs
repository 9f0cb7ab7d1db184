//! What to select around a place, step by step: the word, the token, the line, the part of the mail, the
//! entry, the series, the digest.

use std::ops::Range;

use super::locate::mentions;
use super::outline::run_of;
use super::tokens::tokens_with;
use crate::digest::Digest;
use crate::syntax::blocks::Place;
use crate::syntax::entry::Entry;
use crate::syntax::line::{self, Lines};
use crate::syntax::words::words;

/// The ranges around the byte `offset`, each within the next. Never empty: the last is the whole text.
#[must_use]
pub fn selections(digest: &Digest, offset: usize) -> Vec<Range<usize>> {
    let offset = digest.text().floor_char_boundary(offset);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut add = |range: Range<usize>| {
        let holds = match found.last() {
            Some(last) => range.start <= last.start && last.end <= range.end && range != *last,
            None => range.start <= offset && offset <= range.end,
        };
        if holds && !range.is_empty() {
            found.push(range);
        }
    };
    if let Some(place) = digest.blocks().at_offset(offset) {
        let text = digest.block_text(&place);
        let base = place.start();
        let inside = offset.saturating_sub(base).min(text.len());
        for range in in_block(digest, &place, &text, inside) {
            add(base + range.start..base + range.end);
        }
        add(trimmed(&text, base));
        if let Some(range) = series(digest, &place) {
            add(range);
        }
    }
    let len = digest.text().len();
    add(0..len);
    if found.is_empty() {
        found.push(0..len);
    }
    found
}

/// The ranges within a block, from the word outwards.
fn in_block(digest: &Digest, place: &Place<'_>, text: &str, inside: usize) -> Vec<Range<usize>> {
    let lines: Vec<_> = Lines::new(text).collect();
    let number = lines.partition_point(|line| line.next <= inside);
    let number = number.min(lines.len().saturating_sub(1));
    let Some(line) = lines.get(number) else {
        return Vec::new();
    };
    let column = inside.saturating_sub(line.start).min(line.text.len());
    let mut found = Vec::new();
    found.extend(word(line.text, column).map(|word| moved(&word, line.start)));
    let whole = place.start() + line.start..place.start() + line.end();
    let mut inner: Vec<Range<usize>> = words(line.text)
        .into_iter()
        .map(|word| moved(&word.range, line.start))
        .collect();
    let tokens = tokens_with(digest, whole, &[]).into_iter();
    inner.extend(tokens.map(|(range, _)| range.start - place.start()..range.end - place.start()));
    inner.retain(|range| range.start <= inside && inside <= range.end);
    inner.sort_by_key(ExactSizeIterator::len);
    found.extend(inner);
    let indent = line.text.len() - line.text.trim_start().len();
    found.push(line.start + indent..line.start + line.text.trim_end().len());
    found.push(line.start..line.end());
    if let Some(entry) = place.block.entry() {
        found.extend(parts(text, entry, number, &lines));
    }
    found
}

fn moved(range: &Range<usize>, by: usize) -> Range<usize> {
    by + range.start..by + range.end
}

/// The letters around a column.
fn word(line: &str, column: usize) -> Option<Range<usize>> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let before = line.get(..column)?;
    let after = line.get(column..)?;
    let start = before.trim_end_matches(is_letter).len();
    let end = column + after.len() - after.trim_start_matches(is_letter).len();
    (start < end).then_some(start..end)
}

/// The paragraph, the part with a form, the list of what changed in a version; the body.
fn parts(text: &str, entry: &Entry, number: usize, lines: &[line::Line<'_>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let span_of = |first: usize, last: usize| {
        let start = lines.get(first)?.start;
        Some(start..lines.get(last)?.end())
    };
    let part = entry
        .parts
        .iter()
        .find(|part| (part.line as usize..(part.line + part.n_lines) as usize).contains(&number));
    found.extend(part.map(|part| part.span.at(0)));
    let in_body = entry
        .body_lines
        .is_some_and(|(first, last)| (first as usize..=last as usize).contains(&number));
    if !in_body {
        let head = [entry.subject, entry.author, entry.bad_author];
        let last = head
            .into_iter()
            .flatten()
            .map(|head| head.line() as usize)
            .max();
        found.extend(span_of(0, last.unwrap_or(0)));
        return found;
    }
    if !lines.get(number).is_none_or(line::Line::is_blank) {
        let above = lines.get(..number).unwrap_or_default();
        let below = lines.get(number..).unwrap_or_default();
        let n_above = above
            .iter()
            .rev()
            .take_while(|line| !line.is_blank())
            .count();
        let n_below = below.iter().take_while(|line| !line.is_blank()).count();
        found.extend(span_of(number - n_above, number + n_below.max(1) - 1));
    }
    for mention in mentions(text, entry) {
        let first = mention.heading.unwrap_or(mention.items.start);
        if first <= number && number < mention.items.end {
            let items = lines.get(..mention.items.end).unwrap_or_default();
            let n_blank = items
                .iter()
                .rev()
                .take_while(|line| line.is_blank())
                .count();
            found.extend(span_of(
                first,
                (mention.items.end - n_blank).saturating_sub(1),
            ));
        }
    }
    found.sort_by_key(ExactSizeIterator::len);
    found.push(entry.body.at(0));
    found
}

/// A block without the blank lines at its end.
fn trimmed(text: &str, base: usize) -> Range<usize> {
    base..base
        + text
            .trim_end_matches(['\n', '\r', ' ', '\t', '\u{c}'])
            .len()
}

/// The entries of the series that stand together with this one.
fn series(digest: &Digest, place: &Place<'_>) -> Option<Range<usize>> {
    place.block.entry()?;
    let model = digest.model();
    let series = model.entries.get(place.before.entries)?.series()?;
    let series = model.series.get(series)?;
    let run = series.entries.get(run_of(series))?;
    let (first, last) = (*run.first()?, *run.last()?);
    let start = digest.blocks().entry(first)?.start();
    let last = digest.blocks().entry(last)?;
    let text = digest.block_text(&last);
    Some(start..trimmed(&text, last.start()).end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "----------------------------------------------------------------------";

    fn digest() -> String {
        let entry = |subject: &str, body: &str| {
            format!("New:  x\n{subject}\nAuthor: Ann <ann@e.org>\n\n{body}\n\n{RULE}\n\n")
        };
        [
            entry(
                "[PATCH 1/2] kvm: first",
                "One line.\nIn arch/x86/a.c there.\n\nOther.",
            ),
            entry(
                "[PATCH 0/2] kvm: cover",
                "Ann (2):\n  kvm: first\n  kvm: second",
            ),
            entry("[PATCH] kvm: else", "Body."),
        ]
        .concat()
    }

    /// What is selected step by step, each by its first line and number of lines.
    #[track_caller]
    fn check(at: &str, expected: &[&str]) {
        let text = digest();
        let offset = text.find(at).unwrap() + 1;
        let found = selections(&Digest::parse(&text), offset);
        for two in found.windows(2) {
            assert!(two[1].start <= two[0].start && two[0].end <= two[1].end);
            assert_ne!(two[0], two[1]);
        }
        let shown: Vec<_> = found
            .iter()
            .map(|range| {
                let part = &text[range.clone()];
                let first = part.lines().next().unwrap();
                format!("{first} +{}", part.lines().count() - 1)
            })
            .collect();
        assert_eq!(shown, expected, "{at}");
    }

    #[test]
    fn from_a_word_in_prose_to_the_digest() {
        check(
            "x86/a.c",
            &[
                "x86 +0",
                "arch/x86/a.c +0",
                "In arch/x86/a.c there. +0",
                "One line. +1",
                "One line. +3",
                "New:  x +9",
                "New:  x +19",
                "New:  x +28",
            ],
        );
    }

    #[test]
    fn from_a_title_in_a_shortlog() {
        check(
            "kvm: second",
            &[
                "kvm +0",
                "kvm: second +0",
                "  kvm: second +0",
                "Ann (2): +2",
                "New:  x +8",
                "New:  x +19",
                "New:  x +28",
            ],
        );
    }

    #[test]
    fn from_a_subject() {
        check(
            "kvm: else",
            &[
                "kvm +0",
                "kvm: else +0",
                "[PATCH] kvm: else +0",
                "New:  x +2",
                "New:  x +6",
                "New:  x +28",
            ],
        );
    }

    #[test]
    fn any_place_of_any_text_has_something() {
        for text in ["", "\n", "x", "ü\r\n", "New:  x\n"] {
            let digest = Digest::parse(text);
            for offset in 0..=text.len() + 1 {
                let found = selections(&digest, offset);
                assert_eq!(found.last(), Some(&(0..text.len())), "{text:?} {offset}");
            }
        }
    }
}
