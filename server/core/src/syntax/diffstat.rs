//! The rows of diffstats, told by where their bars stand: one below the other, so that most rows are
//! read without a search for their ends.

use super::form;
use super::line;
use crate::{eight, sixteen};

/// A row of a diffstat.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// The folders of its path with the slash behind them, as shown.
    pub(crate) folder: &'a str,
    /// The last part of its path.
    pub(crate) name: &'a str,
    /// Changed lines; `None` for binary files.
    pub(crate) changes: Option<u64>,
}

/// A line of a diffstat.
pub(crate) enum Line<'a> {
    /// One of its rows.
    Row(Row<'a>),
    /// Another, without its end.
    Other(&'a str),
}

/// The lines of a diffstat.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Where the next line starts.
    pos: usize,
    /// Where the bar stood in a line before: bars stand below one another.
    bar: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let bar = memchr::memchr(b'|', text.as_bytes());
        Self {
            text,
            pos: 0,
            bar: bar.unwrap_or(0),
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.pos;
        if let Some((row, next)) = plain_row(self.text, start, self.bar) {
            self.pos = next;
            return Some(Line::Row(row));
        }
        let line = line::Lines::starting_at(self.text, start).next()?;
        self.pos = line.next;
        let Some(bar) = memchr::memrchr(b'|', line.text.as_bytes()) else {
            return Some(Line::Other(line.text));
        };
        self.bar = bar;
        let plain = plain_row(self.text, start, bar).map(|(row, _)| row);
        let row = plain.or_else(|| other_row(line.text));
        Some(row.map_or(Line::Other(line.text), Line::Row))
    }
}

/// What [`form::diffstat_row`] tells of a line.
fn other_row(line: &str) -> Option<Row<'_>> {
    let form::Row { path, changes, .. } = form::diffstat_row(line)?;
    let slash = memchr::memrchr(b'/', path.as_bytes());
    let (folder, name) = path.split_at_checked(slash.map_or(0, |at| at + 1))?;
    Some(Row {
        folder,
        name,
        changes,
    })
}

/// Where bars may stand of rows that are looked at as bits: those of their bytes are one number.
const BARS: std::ops::RangeInclusive<usize> = 8..=64;

/// The row that begins at the byte `start` of a diffstat and has its bar `bar` bytes behind that, with
/// the start of the next line: what [`other_row`] tells of its line, without a search for its end. `None` for
/// rows that need another look, as the last row of a text does.
fn plain_row(diffstat: &str, start: usize, bar: usize) -> Option<(Row<'_>, usize)> {
    let bytes = diffstat.as_bytes().get(start..)?;
    let (before, behind) = bytes.split_at_checked(bar)?;
    let [b'|', behind @ ..] = behind else {
        return None;
    };
    if !BARS.contains(&bar) || before[0] != b' ' || before[bar - 1] != b' ' {
        return None;
    }
    let path = path_in(bytes, bar)?;
    let tight = before.get(1..path.end)?;
    if !tight.first()?.is_ascii_graphic() || !tight.last()?.is_ascii_graphic() {
        return None;
    }
    let word = eight::first(behind)?;
    let n_blanks = (word ^ eight::all(b' ')).trailing_zeros() / 8;
    let (n_digits, changes) = eight::number(word.checked_shr(8 * n_blanks)?);
    let mut pos = n_blanks as usize + n_digits;
    // The number may go on.
    if n_digits == 0 || pos >= 8 {
        return None;
    }
    // With nothing but a graph behind it no other bar is the last one.
    pos += usize::from(behind.get(pos)? == &b' ');
    loop {
        let n_signs = n_signs(eight::first(behind.get(pos..)?)?);
        pos += n_signs;
        if n_signs < 8 {
            break;
        }
    }
    if behind.get(pos)? != &b'\n' {
        return None;
    }
    let (_, text) = diffstat.split_at_checked(start + 1)?;
    let (text, _) = text.split_at_checked(path.end - 1)?;
    let (folder, name) = text.split_at_checked(path.name - 1)?;
    let row = Row {
        folder,
        name,
        changes: Some(changes),
    };
    Some((row, start + bar + 1 + pos + 1))
}

/// Where a path stands behind one blank.
struct Path {
    /// Where its last part begins.
    name: usize,
    end: usize,
}

/// The path with which a text begins that has its bar at one of [`BARS`], blanks behind it, if all is ASCII
/// without controls.
fn path_in(text: &[u8], bar: usize) -> Option<Path> {
    let (letters, slashes) = sixteen::printed(text, bar, b'/')?;
    let end_of = |bits: u64| 64 - bits.leading_zeros() as usize;
    Some(Path {
        name: end_of(slashes).max(1),
        end: end_of(letters),
    })
}

/// How many signs of a graph a word begins with.
fn n_signs(word: u64) -> usize {
    let ascii = word & eight::all(0x7f);
    let signs = eight::equal(ascii, b'+') | eight::equal(ascii, b'-');
    let others = signs ^ eight::all(0x80) | word & eight::all(0x80);
    others.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_by_its_bar_as_by_the_rule() {
        let mut n_read = 0;
        for text in [
            " a/b.c | 32 +++---",
            " a/b.c | 0",
            " a/b.c                |   5 +",
            " arch/x86/kvm/mmu.c   | 123 ++++++++++++++----------",
            " a => b | 2 +-",
            " a.png | Bin 0 -> 123 bytes",
            " a |b| 3 ++",
            " a | b | 3 ++",
            " a| 3 ++",
            " | 3 ++",
            "   | 3 ++",
            " a | 3 ++x",
            " a | 3 ++ ",
            " a | 3  ++",
            " a |3++",
            " a | 3 + | 4 +",
            "  a | 3 +",
            "a/very/long/path.c | 3 +",
            " \u{a0}a | 3 +",
            " a\u{a0} | 3 +",
            " ü/ß.c | 1 +",
            " a | x 3",
            " a | ",
            " a |",
            " |",
            "",
            " a | 999999999 +",
            " a | 9999999999 +",
            " a | 99999999999999999999999 +",
        ] {
            // With a path so short that its row has another look, and with a longer one.
            for text in [text, &text.replacen('a', "arch/x86/kvm/a", 1)] {
                n_read += n_read_alike(text);
            }
        }
        // For each row that is plain, some of what may stand around it.
        assert_eq!(n_read, 12 * 4 * 2);
    }

    /// How often a line is read by its bar, wherever that may be and whatever stands around the line: always
    /// as by the rule.
    fn n_read_alike(line: &str) -> usize {
        let long = format!(" {:40}| 3 +\n", "a/b.c");
        let mut n_read = 0;
        for bar in 0..=line.len() + 1 {
            for before in ["", "\n", &long, "é"] {
                for behind in [
                    "",
                    "\n",
                    "\n++++++++",
                    "\n | 2 +\n",
                    "\r\n",
                    "é",
                    "\u{1}\u{2}",
                ] {
                    let diffstat = format!("{before}{line}{behind}");
                    if let Some((found, next)) = plain_row(&diffstat, before.len(), bar) {
                        assert_eq!(Some(found), other_row(line), "{diffstat} {bar}");
                        assert_eq!(next, before.len() + line.len() + 1, "{diffstat} {bar}");
                        n_read += 1;
                    }
                }
            }
        }
        n_read
    }

    #[test]
    fn paths_are_read_by_their_bytes() {
        for bar in BARS {
            for end in 2..bar {
                for slash in 1..end {
                    let mut text = vec![b'a'; end];
                    text[0] = b' ';
                    text[slash] = b'/';
                    text.resize(bar, b' ');
                    text.extend(b"| 123 ++--\n");
                    let path = path_in(&text, bar).unwrap();
                    assert_eq!((path.name, path.end), (slash + 1, end));
                    for other in [b'\n', b'\r', 0, 0x80, 0xff] {
                        text[slash] = other;
                        assert!(path_in(&text, bar).is_none());
                    }
                }
            }
        }
    }

    #[test]
    fn a_graph_ends_at_what_is_no_sign() {
        for other in (0..=0xff).filter(|byte| !matches!(byte, b'+' | b'-')) {
            for at in 0..8 {
                let mut word = *b"+-+++--+";
                word[at..].fill(other);
                assert_eq!(n_signs(u64::from_le_bytes(word)), at);
            }
        }
        assert_eq!(n_signs(u64::from_le_bytes(*b"+-+++--+")), 8);
    }

    #[test]
    fn lines_are_those_of_the_text() {
        let text = " a.c | 1 +\r\n b/c/long.c | 22 +-\n ...\n b/c/long2.c| 3\n é.png | Bin 0 -> 2 bytes\n \
                    2 files changed\n\n x/y/z.c | 7 +++";
        let lines: Vec<_> = Lines::new(text).collect();
        let expected: Vec<_> = line::Lines::new(text).collect();
        assert_eq!(lines.len(), expected.len());
        for (line, expected) in lines.into_iter().zip(expected) {
            match line {
                Line::Row(row) => assert_eq!(Some(row), other_row(expected.text)),
                Line::Other(text) => {
                    assert_eq!(text, expected.text);
                    assert!(form::diffstat_row(text).is_none());
                }
            }
        }
    }
}
