//! The files of postings: the rows of their diffstats, read once more, as the model keeps their sums alone.

use std::collections::hash_map::Entry;

use super::strings::{Strings, clip};
use super::{file_hash, index, map_of};
use crate::model::keys::{self, KeyMap};
use crate::syntax::form;
use crate::syntax::line::Lines;
use crate::workspace::contribution::{FileRow, NONE, Piece, Rows};
use crate::workspace::keys::bit;
use crate::{eight, sixteen};

/// Rows of diffstats that are kept per posting.
const MAX_FILES: usize = 4096;
/// Rows of a posting that another is compared with.
const MAX_COMPARED: usize = 64;

/// The files of a contribution under construction.
pub(super) struct Files {
    pub(super) rows: Vec<FileRow>,
    /// The hashes of the names, each once.
    pub(super) keys: Vec<u64>,
    pub(super) folders: Vec<Piece>,
    rows_of_folders: KeyMap<u32>,
    names: KeyMap<Name>,
}

/// The last part of a path.
struct Name {
    piece: Piece,
    /// The first row of the posting that had it last.
    first: usize,
}

/// The files of one posting.
pub(super) struct Touched {
    first: usize,
    /// A set of the hashes of their names.
    pub(super) hashes: u64,
}

impl Files {
    pub(super) fn new(n_entries: usize) -> Self {
        Self {
            rows: Vec::with_capacity(n_entries * 8),
            keys: Vec::with_capacity(n_entries * 6),
            folders: Vec::with_capacity(n_entries * 4),
            rows_of_folders: map_of(n_entries * 4),
            names: map_of(n_entries * 6),
        }
    }

    /// The files of a posting that begins.
    pub(super) fn begin(&self) -> Touched {
        Touched {
            first: self.rows.len(),
            hashes: 0,
        }
    }

    /// The rows of a posting.
    pub(super) fn rows_of(&self, touched: &Touched) -> Rows {
        Rows {
            start: index(touched.first),
            end: index(self.rows.len()),
        }
    }

    /// Adds the rows of a diffstat.
    pub(super) fn read(&mut self, diffstat: &str, touched: &mut Touched, strings: &mut Strings) {
        let first_bar = memchr::memchr(b'|', diffstat.as_bytes());
        let (mut pos, mut bar) = (0, first_bar.unwrap_or(0));
        let mut last_folder = None;
        while pos < diffstat.len() {
            let row = match plain_row(diffstat, pos, bar) {
                Some((row, next)) => {
                    pos = next;
                    row
                }
                None => {
                    let Some(line) = Lines::starting_at(diffstat, pos).next() else {
                        break;
                    };
                    let start = pos;
                    pos = line.next;
                    let Some(at) = memchr::memrchr(b'|', line.text.as_bytes()) else {
                        continue;
                    };
                    // Bars stand below one another.
                    bar = at;
                    let plain = plain_row(diffstat, start, bar).map(|(row, _)| row);
                    let Some(row) = plain.or_else(|| other_row(line.text)) else {
                        continue;
                    };
                    row
                }
            };
            if self.rows.len() - touched.first >= MAX_FILES {
                break;
            }
            let folder = match last_folder {
                Some((last, folder)) if last == row.folder => folder,
                _ => self.folder(row.folder, strings),
            };
            last_folder = Some((row.folder, folder));
            let changes = row.changes.map_or(NONE, |changes| {
                u32::try_from(changes).unwrap_or(NONE - 1).min(NONE - 1)
            });
            self.add(folder, row.name, changes, touched, strings);
        }
    }

    /// Adds a row, or its changes to one that is there: a file that several patches touch is one file.
    fn add(
        &mut self,
        folder: u32,
        name: &str,
        changes: u32,
        touched: &mut Touched,
        strings: &mut Strings,
    ) {
        let name = clip(name);
        let hash = file_hash(name);
        touched.hashes |= bit(hash);
        // Anybody can make names of one hash, which is no secret.
        let (name, may_be_there) = match self.names.entry(keys::both(hash, 0)) {
            Entry::Occupied(mut known) if strings.get(known.get().piece) == name => {
                let known = known.get_mut();
                let first = std::mem::replace(&mut known.first, touched.first);
                (known.piece, first == touched.first)
            }
            Entry::Occupied(_) => (strings.share(name), true),
            Entry::Vacant(place) => {
                self.keys.push(hash);
                let piece = strings.add(name);
                place.insert(Name {
                    piece,
                    first: touched.first,
                });
                (piece, false)
            }
        };
        if may_be_there {
            let rows = self.rows.get_mut(touched.first..).unwrap_or_default();
            // Names that are the same stand at one place.
            let same = |row: &&mut FileRow| row.folder == folder && row.name == name;
            if let Some(known) = rows.iter_mut().take(MAX_COMPARED).find(same) {
                if known.changes != NONE && changes != NONE {
                    known.changes = known.changes.saturating_add(changes).min(NONE - 1);
                }
                return;
            }
        }
        self.rows.push(FileRow {
            folder,
            name,
            changes,
        });
    }

    fn folder(&mut self, folder: &str, strings: &mut Strings) -> u32 {
        match self.rows_of_folders.entry(keys::exact(folder)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let row = *place.insert(index(self.folders.len()));
                self.folders.push(strings.add(folder));
                row
            }
        }
    }
}

/// A row of a diffstat.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    folder: &'a str,
    name: &'a str,
    changes: Option<u64>,
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
    fn files_with_names_of_several_folders_are_several() {
        let mut files = Files::new(1);
        let mut strings = Strings::new(0, 0);
        let mut read = |files: &mut Files, diffstat: &str, touched: &mut Touched| {
            files.read(diffstat, touched, &mut strings);
        };
        let mut first = files.begin();
        let diffstat = " arch/x86/Makefile | 1 +\n virt/Makefile     | 22 +-\n";
        read(&mut files, diffstat, &mut first);
        read(&mut files, " 2 files changed\n\n", &mut first);
        read(
            &mut files,
            " virt/Makefile | 3 +\n Kconfig       | Bin 0 -> 2 bytes",
            &mut first,
        );
        let mut second = files.begin();
        read(&mut files, diffstat, &mut second);
        let changes: Vec<u32> = files.rows.iter().map(|row| row.changes).collect();
        assert_eq!(changes, [1, 25, NONE, 1, 22]);
        assert_eq!(files.rows[0].name, files.rows[4].name);
        assert_eq!((files.keys.len(), files.folders.len()), (2, 3));
    }
}
