//! Where the titles of an entry's shortlog stand, found line by line.

use super::entry::{Span, Title};
use crate::{sixteen, trim};

/// The titles so far.
#[derive(Debug, Default)]
pub(super) struct Titles {
    found: Vec<Title>,
    /// How far the titles of the last group are indented, once it has one.
    indent: Option<usize>,
}

impl Titles {
    /// Has it have room for some titles.
    pub(super) fn reserve(&mut self, n_titles: usize) {
        self.found.reserve(n_titles);
    }

    /// A group begins.
    pub(super) fn open_group(&mut self) {
        self.indent = None;
    }

    /// Adds a line of the group, which starts at the byte `start` of the entry. `from` is the text from it
    /// on.
    pub(super) fn add(&mut self, start: usize, number: u32, line: &[u8], from: &[u8]) {
        let (indent, len) = extent(line);
        let span = Span::new(start + indent, start + indent + len);
        let column = |column: usize| u16::try_from(column).ok();
        let columns = if sixteen::is_ascii_line(line, from) {
            column(indent).zip(column(indent + len))
        } else {
            None
        };
        // Wrapped titles go on further to the right.
        if indent > *self.indent.get_or_insert(indent)
            && let Some(title) = self.found.last_mut()
        {
            title.span.end = span.end;
            let n_lines = title.n_lines.checked_add(1);
            let both = title.columns.zip(columns).filter(|_| n_lines.is_some());
            title.columns = both.map(|((start, _), (_, end))| (start, end));
            title.n_lines = n_lines.unwrap_or(u16::MAX);
            return;
        }
        self.found.push(Title {
            span,
            line: number,
            n_lines: 1,
            columns,
        });
    }

    /// All titles, in order.
    pub(super) fn found(&self) -> &[Title] {
        &self.found
    }

    /// Has it begin with another entry.
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.indent = None;
    }
}

/// How far a line is indented, and the length of what stands there without white space behind it.
fn extent(line: &[u8]) -> (usize, usize) {
    let indent = trim::n_blanks(line);
    let text = line.get(indent..).unwrap_or_default();
    if trim::is_tight_bytes(text) {
        return (indent, text.len());
    }
    let (indent, text) = trim::indented(str::from_utf8(line).unwrap_or_default());
    (indent, text.len())
}

#[cfg(test)]
mod tests {
    use crate::model::facts::Group;
    use crate::syntax::entry::{Entry, PartKind};
    use crate::syntax::form;

    #[test]
    fn titles_found_by_line_are_those_of_the_groups() {
        let lines = [
            "Mark Brown (2):",
            "李明 (1):",
            "  one",
            "    two  ",
            "      three",
            "  \u{a0}",
            "     \u{a0}",
            "  größe \t",
            "  \tone",
            "   ",
            "one",
            "",
        ];
        // Every four of these in a row, and each line end.
        for number in 0..lines.len().pow(4) {
            let digits = (0..4).map(|place| number / lines.len().pow(place) % lines.len());
            let line_end = ["\n", "\r\n", "\r"][number % 3];
            let mut text = [
                "New:  a",
                "[PATCH 0/2] a",
                "Author: A <a@b>",
                "",
                "A (2):",
                "",
            ]
            .join(line_end);
            for digit in digits {
                text = text + lines[digit] + line_end;
            }
            let entry = Entry::parse(&text, false);
            let groups: Vec<_> = entry.parts_of(PartKind::ShortlogGroup).collect();
            let titles: Vec<_> = groups
                .iter()
                .flat_map(|group| form::shortlog_titles(&text, group))
                .collect();
            let told: Vec<_> = entry
                .facts()
                .shortlog
                .iter()
                .flat_map(Group::titles)
                .collect();
            assert_eq!(titles.len(), told.len(), "{text:?}");
            assert_eq!(titles.len(), entry.titles.len(), "{text:?}");
            for ((title, told), place) in titles.iter().zip(told).zip(&entry.titles) {
                assert_eq!(title.title, told, "{text:?}");
                assert_eq!(title.span, place.span, "{text:?}");
                assert_eq!(
                    (title.line, title.n_lines),
                    (place.line, place.n_lines.into())
                );
            }
            for (group, told) in groups.into_iter().zip(&entry.facts().shortlog) {
                let n_titles = form::shortlog_titles(&text, group).len();
                assert_eq!(told.titles().len(), n_titles, "{text:?}");
            }
        }
    }
}
