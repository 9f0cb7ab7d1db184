//! The two tables at the head of a digest: domains and contributors by number of mails.

use std::borrow::Cow;
use std::ops::Range;

use super::people::{self, Person};
use crate::eight;
use crate::packed::{Packed, Str};
use crate::syntax::line::{Heading, Lines};

/// A table as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The `N` of `Top N contributors`: no table has more rows.
    pub limit: Option<u64>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Lines below the heading that are no row and not blank (bytes in the block).
    pub other: Vec<Range<usize>>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of mails.
    pub count: u64,
    /// The domain, or the contributor's name and address as written.
    pub who: Str,
    /// The contributor; `None` in the table of domains.
    pub person: Option<Person>,
    /// The line, without line break (bytes in the block).
    pub range: Range<usize>,
    /// Zero-based line in the block.
    pub line: usize,
}

/// Rows that a heading gets memory for at once.
const MOST_RESERVED: u64 = 64;

impl Table {
    /// Reads the text of a table's block, heading included.
    #[must_use]
    pub fn parse(block: &str, heading: Heading) -> Self {
        let mut table = Self::default();
        // The rows share one copy of the text.
        let packed = Packed::new(block);
        let block = packed.text();
        for (number, line) in Lines::new(block).enumerate() {
            if number == 0 {
                table.limit = second_word(line.text).and_then(|n| n.parse().ok());
                let n_rows = table.limit.map_or(0, |limit| limit.min(MOST_RESERVED));
                table.rows.reserve_exact(n_rows as usize);
                continue;
            }
            let range = line.start..line.end();
            match parse_row(&packed, block, range.clone(), heading) {
                Some((count, who, person)) => table.rows.push(Row {
                    count,
                    who,
                    person,
                    range,
                    line: number,
                }),
                None if line.is_blank() => {}
                None => table.other.push(range),
            }
        }
        table.rows.shrink_to_fit();
        table
    }

    /// Whether rows may have been cut off.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.limit
            .is_some_and(|limit| self.rows.len() as u64 >= limit)
    }

    /// Its people, each with the index of the row.
    pub(super) fn people(&self) -> impl Iterator<Item = (usize, &Person)> {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(row_idx, row)| Some((row_idx, row.person.as_ref()?)))
    }

    /// The sum of the counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.count))
    }
}

/// What stands between the first two blanks of a line.
fn second_word(line: &str) -> Option<&str> {
    let start = eight::find(line.as_bytes(), 0, b' ')? + 1;
    let end = eight::find(line.as_bytes(), start, b' ').unwrap_or(line.len());
    line.get(start..end)
}

/// `     54 arm.com` or `     54  Sascha Bischoff <Sascha.Bischoff@arm.com>`, a line of `text`, which is
/// that of `packed`.
fn parse_row(
    packed: &Packed,
    text: &str,
    line: Range<usize>,
    heading: Heading,
) -> Option<(u64, Str, Option<Person>)> {
    let (count, who) = plainly_counted(text, &line).or_else(|| counted(text, line))?;
    let person = match heading {
        Heading::Contributors => Some(person(packed, text, &who)?),
        _ if has_other_than_domain(&text.as_bytes()[who.clone()]) => return None,
        _ => None,
    };
    Some((count, packed.at(who), person))
}

/// The count of a row, and where behind it stands who it is of.
fn counted(text: &str, line: Range<usize>) -> Option<(u64, Range<usize>)> {
    let line = tight(text, line);
    let mut count = 0_u64;
    let mut len = 0;
    let digits = text.get(line.clone())?.bytes();
    for byte in digits.take_while(u8::is_ascii_digit) {
        count = count.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        len += 1;
    }
    let behind = line.start + len;
    let is_apart = text.as_bytes().get(behind) == Some(&b' ');
    let who = tight(text, behind..line.end);
    (is_apart && !who.is_empty()).then_some((count, who))
}

/// [`counted`] of a row as they all are: blanks, digits, one blank or two, and who has nothing around it.
fn plainly_counted(text: &str, line: &Range<usize>) -> Option<(u64, Range<usize>)> {
    let line_bytes = text.as_bytes().get(line.clone())?;
    let start = n_blanks(eight::at(line_bytes, 0));
    let (n_digits, count) = eight::number(eight::at(line_bytes, start));
    let gap = start + n_digits;
    let who = gap + n_blanks(eight::at(line_bytes, gap));
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let is_plain = (n_digits > 0) & (n_digits < 8) & (who > gap);
    let is_plain = is_plain & is_graphic(line_bytes.get(who)) & is_graphic(line_bytes.last());
    is_plain.then_some((count, line.start + who..line.end))
}

/// How many blanks a word begins with.
fn n_blanks(word: u64) -> usize {
    (word ^ eight::all(b' ')).trailing_zeros() as usize / 8
}

/// Whether a text has a blank, an `@` or a `<`.
fn has_other_than_domain(text: &[u8]) -> bool {
    let words = eight::words(text, b'x');
    words.fold(false, |has, word| {
        has | eight::position(word, [b' ', b'@', b'<']).is_some()
    })
}

/// The contributor of a row; `who` is where it stands in the text of `packed`.
fn person(packed: &Packed, text: &str, who: &Range<usize>) -> Option<Person> {
    let written = people::written(text.get(who.clone())?)?;
    let email = who.start + written.email.start..who.start + written.email.end;
    Some(Person {
        name: match written.clean {
            Cow::Borrowed(name) => packed.str(name),
            Cow::Owned(name) => name.into(),
        },
        email: packed.at(email),
    })
}

/// A part of the text without white space around it.
fn tight(text: &str, part: Range<usize>) -> Range<usize> {
    let slice = text.get(part.clone()).unwrap_or_default();
    let start = part.start + slice.len() - slice.trim_start().len();
    start..start + slice.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_other_lines() {
        for (line, expected) in [
            ("     54 arm.com", Some((54, "arm.com"))),
            ("\t54  arm.com \t", Some((54, "arm.com"))),
            ("1 \u{a0}x\u{a0}", Some((1, "x"))),
            ("007 x", Some((7, "x"))),
            ("18446744073709551615 x", Some((u64::MAX, "x"))),
            ("18446744073709551616 x", None),
            ("        54 arm.com", Some((54, "arm.com"))),
            ("54        arm.com", Some((54, "arm.com"))),
            ("54   arm.com", Some((54, "arm.com"))),
            ("12345678 x", Some((12_345_678, "x"))),
            ("1234567 x", Some((1_234_567, "x"))),
            ("5 x\u{fc}", Some((5, "x\u{fc}"))),
            ("5 \u{fc}x", Some((5, "\u{fc}x"))),
            ("5 x.and.more.of y", None),
            ("5 x.and.more@of", None),
            ("5 x.and.more.of<", None),
            ("54\tarm.com", None),
            ("54", None),
            ("54  ", None),
            ("+5 x", None),
            ("5x y", None),
            ("x 5", None),
            (" x", None),
            ("5 x y", None),
            ("5 a@b", None),
            ("5 <x>", None),
            ("\u{a0}5 x", Some((5, "x"))),
        ] {
            let table = Table::parse(&format!("Top 15\n{line}\n \n"), Heading::Domains);
            let row = table.rows.first().map(|row| (row.count, &*row.who));
            assert_eq!(row, expected, "{line:?}");
            assert_eq!(
                table.other.len(),
                usize::from(expected.is_none()),
                "{line:?}"
            );
        }
        let table = Table::parse(
            "Top 2\n\n 3  Ann B <a@b>\n 2 nobody\n",
            Heading::Contributors,
        );
        let people: Vec<_> = table
            .people()
            .map(|(row, person)| (row, &*person.name))
            .collect();
        assert_eq!(people, [(0, "Ann B")]);
        assert_eq!((table.limit, table.other.len()), (Some(2), 1));
    }
}
