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

/// The rows of a diffstat.
pub(crate) struct Rows<'a> {
    text: &'a str,
    /// Where the next line starts.
    pos: usize,
    /// Where the bar stood in a line before: bars stand below one another.
    bar: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            pos: 0,
            bar: first_bar(text),
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        loop {
            let start = self.pos;
            if let Some((row, next)) = plain_row(self.text, start, self.bar) {
                self.pos = next;
                return Some(row);
            }
            let line = line::Lines::starting_at(self.text, start).next()?;
            self.pos = line.next;
            let Some(bar) = memchr::memrchr(b'|', line.text.as_bytes()) else {
                continue;
            };
            self.bar = bar;
            let plain = plain_row(self.text, start, bar).map(|(row, _)| row);
            if let Some(row) = plain.or_else(|| other_row(line.text)) {
                return Some(row);
            }
        }
    }
}

/// Where the bars of a diffstat stand in their lines, if it begins with a row.
fn first_bar(diffstat: &str) -> usize {
    memchr::memchr(b'|', diffstat.as_bytes()).unwrap_or(0)
}

/// Rows with which a diffstat begins, added up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) n_rows: u64,
    /// Changed lines.
    pub(crate) changes: u64,
    /// Where the line behind them starts.
    pub(crate) end: usize,
}

/// Adds up the rows with which a diffstat of `n_lines` lines begins, without a look at their paths. `None`
/// where that does not tell all of the lines apart.
pub(crate) fn sum(diffstat: &str, n_lines: u32) -> Option<Sum> {
    let bytes = diffstat.as_bytes();
    let bar = first_bar(diffstat);
    let mut sum = Sum::default();
    while let Some((changes, len)) = plain_changes(bytes.get(sum.end..)?, bar) {
        sum.n_rows += 1;
        sum.changes += changes;
        sum.end += len;
    }
    // Where another line ends before the bar of a row, there are more lines than these.
    let n_others = line::Lines::starting_at(diffstat, sum.end).count() as u64;
    (sum.n_rows + n_others == u64::from(n_lines)).then_some(sum)
}

/// The changed lines of the row that a text begins with, if that is plain, has its bar `bar` bytes behind and
/// no line ends before; and the length of it with its line feed.
fn plain_changes(text: &[u8], bar: usize) -> Option<(u64, usize)> {
    let (before, behind) = text.split_at_checked(bar)?;
    let ([b' ', first, .., b' '], [b'|', behind @ ..]) = (before, behind) else {
        return None;
    };
    if !first.is_ascii_graphic() {
        return None;
    }
    let (changes, len) = changes(behind)?;
    Some((changes, bar + 1 + len))
}

/// The number that stands behind a bar with nothing but a graph behind it, so that no other bar is the last one;
/// and the length of all that with its line feed.
#[inline]
fn changes(behind: &[u8]) -> Option<(u64, usize)> {
    let word = eight::first(behind)?;
    let n_blanks = (word ^ eight::all(b' ')).trailing_zeros() / 8;
    let (n_digits, changes) = eight::number(word.checked_shr(8 * n_blanks)?);
    let mut pos = n_blanks as usize + n_digits;
    // The number may go on.
    if n_digits == 0 || pos >= 8 {
        return None;
    }
    pos += usize::from(behind.get(pos)? == &b' ');
    loop {
        let n_signs = n_signs(eight::first(behind.get(pos..)?)?);
        pos += n_signs;
        if n_signs < 8 {
            break;
        }
    }
    (behind.get(pos)? == &b'\n').then_some((changes, pos + 1))
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
    let (changes, len) = changes(behind)?;
    let (_, text) = diffstat.split_at_checked(start + 1)?;
    let (text, _) = text.split_at_checked(path.end - 1)?;
    let (folder, name) = text.split_at_checked(path.name - 1)?;
    let row = Row {
        folder,
        name,
        changes: Some(changes),
    };
    Some((row, start + bar + 1 + len))
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
    use crate::combined::combined;

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
    fn rows_are_those_of_the_text() {
        let text = " a.c | 1 +\r\n b/c/long.c | 22 +-\n ...\n b/c/long2.c| 3\n é.png | Bin 0 -> 2 bytes\n \
                    2 files changed\n\n x/y/z.c | 7 +++";
        let expected = line::Lines::new(text).filter_map(|line| other_row(line.text));
        assert!(Rows::new(text).eq(expected));
    }

    #[test]
    fn rows_add_up_as_by_the_rule() {
        let lines = [
            " a.c   | 1 +",
            " b/c.c | 123 ++--",
            " é.c   |   4 +++++++++---",
            " a | b | 5 +",
            "  d.c  | 6 -",
            "       | 7 -",
            " a.png | Bin 0 -> 9 bytes",
            " e.c   | 8 +\r",
            " x\n| y | 9 +",
            " x\ry   | 10 +",
            "x",
            " |",
            "",
            " 2 files changed, 1 insertion(+)",
        ];
        let mut n_told = 0;
        for text in combined::<3, _>(lines).map(|row| row.join("\n")) {
            let found: Vec<_> = line::Lines::new(&text).collect();
            let n_lines = u32::try_from(found.len()).unwrap();
            assert_eq!(sum(&text, n_lines + 1), None, "{text:?}");
            let Some(sum) = sum(&text, n_lines) else {
                continue;
            };
            n_told += sum.n_rows;
            let rows = found.iter().take_while(|line| line.start < sum.end);
            let rows: Vec<_> = rows.map(|line| other_row(line.text).unwrap()).collect();
            assert_eq!(rows.len() as u64, sum.n_rows, "{text:?}");
            let changes = rows.iter().map(|row| row.changes.unwrap()).sum::<u64>();
            assert_eq!(changes, sum.changes, "{text:?}");
        }
        assert!(n_told > 100, "{n_told}");
    }
}
