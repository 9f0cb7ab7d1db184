//! The two tables at the head of a digest: domains and contributors by number of mails.

use std::ops::Range;

use super::people::{self, Person};
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
    pub who: String,
    /// The contributor; `None` in the table of domains.
    pub person: Option<Person>,
    /// The line, without line break (bytes in the block).
    pub range: Range<usize>,
    /// Zero-based line in the block.
    pub line: usize,
}

impl Table {
    /// Reads the text of a table's block, heading included.
    #[must_use]
    pub fn parse(block: &str, heading: Heading) -> Self {
        let mut table = Self::default();
        for (number, line) in Lines::new(block).enumerate() {
            if number == 0 {
                table.limit = line.text.split(' ').nth(1).and_then(|n| n.parse().ok());
                continue;
            }
            if line.is_blank() {
                continue;
            }
            let range = line.start..line.end();
            match parse_row(line.text, heading) {
                Some((count, who, person)) => table.rows.push(Row {
                    count,
                    who,
                    person,
                    range,
                    line: number,
                }),
                None => table.other.push(range),
            }
        }
        table
    }

    /// Whether rows may have been cut off.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.limit
            .is_some_and(|limit| self.rows.len() as u64 >= limit)
    }

    /// The sum of the counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.count))
    }
}

/// `     54 arm.com` or `     54  Sascha Bischoff <Sascha.Bischoff@arm.com>`.
fn parse_row(text: &str, heading: Heading) -> Option<(u64, String, Option<Person>)> {
    let text = text.trim();
    let (count, who) = text.split_once(' ')?;
    if !count.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count = count.parse().ok()?;
    let who = who.trim();
    if who.is_empty() {
        return None;
    }
    match heading {
        Heading::Contributors => {
            let person = people::parse_author(who)?.person;
            Some((count, who.to_owned(), Some(person)))
        }
        _ if who.contains([' ', '@', '<']) => None,
        _ => Some((count, who.to_owned(), None)),
    }
}
