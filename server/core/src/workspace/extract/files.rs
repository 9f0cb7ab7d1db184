//! The files of postings: the rows of their diffstats, read once more, as the model keeps their sums alone.

use std::collections::hash_map::Entry;

use super::strings::{Strings, clip};
use super::{file_hash, index, map_of};
use crate::model::keys::{self, KeyMap};
use crate::syntax::form;
use crate::syntax::line::Lines;
use crate::workspace::contribution::{FileRow, NONE, Piece, Rows};
use crate::workspace::keys::bit;

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
    names: KeyMap<Piece>,
}

/// The files of one posting.
pub(super) struct Touched {
    first: usize,
    /// A set of the hashes of their names.
    pub(super) hashes: u64,
    /// A set of their names, see [`bit_of`].
    names: u64,
}

impl Files {
    pub(super) fn new(n_entries: usize) -> Self {
        Self {
            rows: Vec::with_capacity(n_entries * 8),
            keys: Vec::with_capacity(n_entries * 4),
            folders: Vec::with_capacity(n_entries * 2),
            rows_of_folders: map_of(n_entries * 2),
            names: map_of(n_entries * 4),
        }
    }

    /// The files of a posting that begins.
    pub(super) fn begin(&self) -> Touched {
        Touched {
            first: self.rows.len(),
            hashes: 0,
            names: 0,
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
        let mut bar = 0;
        let mut last_folder = None;
        for line in Lines::new(diffstat) {
            let row = row_with_bar(line.text, bar).or_else(|| {
                // Bars stand below one another.
                bar = memchr::memrchr(b'|', line.text.as_bytes())?;
                let row = form::diffstat_row(line.text)?;
                Some((row.path, row.changes))
            });
            let Some((path, changes)) = row else { continue };
            if self.rows.len() - touched.first >= MAX_FILES {
                break;
            }
            let (folder, name) = match memchr::memrchr(b'/', path.as_bytes()) {
                Some(at) => path.split_at_checked(at + 1).unwrap_or(("", path)),
                None => ("", path),
            };
            let folder_row = match last_folder {
                Some((last, row)) if last == folder => row,
                _ => self.folder(folder, strings),
            };
            last_folder = Some((folder, folder_row));
            let changes = changes.map_or(NONE, |changes| {
                u32::try_from(changes).unwrap_or(NONE - 1).min(NONE - 1)
            });
            let (name, hash) = self.name(name, strings);
            touched.hashes |= bit(hash);
            let row = FileRow {
                folder: folder_row,
                name,
                changes,
            };
            self.add(row, touched);
        }
    }

    /// Adds a row, or its changes to one that is there: a file that several patches touch is one file.
    fn add(&mut self, row: FileRow, touched: &mut Touched) {
        let name = bit_of(row.name);
        if touched.names & name != 0 {
            let rows = self.rows.get_mut(touched.first..).unwrap_or_default();
            // Names that are the same stand at one place.
            let same = |known: &&mut FileRow| known.folder == row.folder && known.name == row.name;
            if let Some(known) = rows.iter_mut().take(MAX_COMPARED).find(same) {
                if known.changes != NONE && row.changes != NONE {
                    known.changes = known.changes.saturating_add(row.changes).min(NONE - 1);
                }
                return;
            }
        }
        touched.names |= name;
        self.rows.push(row);
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

    /// The last part of a path, and its hash.
    fn name(&mut self, name: &str, strings: &mut Strings) -> (Piece, u64) {
        let name = clip(name);
        let hash = file_hash(name);
        // Anybody can make names of one hash, which is no secret.
        match self.names.entry(keys::both(hash, 0)) {
            Entry::Occupied(known) if strings.get(*known.get()) == name => (*known.get(), hash),
            Entry::Occupied(_) => (strings.share(name), hash),
            Entry::Vacant(place) => {
                self.keys.push(hash);
                (*place.insert(strings.add(name)), hash)
            }
        }
    }
}

/// A set of one piece: a piece of which no bit is in a set of others is none of them.
fn bit_of(piece: Piece) -> u64 {
    1 << (piece.start.wrapping_mul(0x9e37_79b1) >> 26)
}

/// What [`form::diffstat_row`] tells of a row whose bar is at the byte `bar`: its path and changes.
/// `None` also for rows that need another look.
fn row_with_bar(text: &str, bar: usize) -> Option<(&str, Option<u64>)> {
    let (before, after) = text.as_bytes().split_at_checked(bar)?;
    let [b' ', first, .., b' '] = before else {
        return None;
    };
    let [b'|', after @ ..] = after else {
        return None;
    };
    let path = text.get(1..end_without_blanks(before))?;
    let is_tight = first.is_ascii_graphic() && path.as_bytes().last()?.is_ascii_graphic();
    let n_blanks = after.iter().take_while(|byte| **byte == b' ').count();
    let (_, number) = after.split_at_checked(n_blanks)?;
    let n_digits = number.iter().take_while(|byte| byte.is_ascii_digit());
    let (digits, graph) = number.split_at_checked(n_digits.count())?;
    if !is_tight || !(1..=9).contains(&digits.len()) {
        return None;
    }
    // With nothing but a graph behind it no other bar is the last one.
    let graph = graph.strip_prefix(b" ").unwrap_or(graph);
    let changes = |sum, digit: &u8| sum * 10 + u64::from(digit - b'0');
    form::is_graph(graph).then(|| (path, Some(digits.iter().fold(0, changes))))
}

/// Where a text ends that has blanks behind it, which are looked at by eight.
fn end_without_blanks(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((before, last)) = rest.split_last_chunk() {
        let others = u64::from_le_bytes(*last) ^ crate::eight::all(b' ');
        if others != 0 {
            return rest.len() - others.leading_zeros() as usize / 8;
        }
        rest = before;
    }
    rest.len() - rest.iter().rev().take_while(|byte| **byte == b' ').count()
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
            let expected = form::diffstat_row(text).map(|row| (row.path, row.changes));
            for bar in 0..=text.len() + 1 {
                if let Some(found) = row_with_bar(text, bar) {
                    assert_eq!(Some(found), expected, "{text} {bar}");
                    n_read += 1;
                }
            }
        }
        assert_eq!(n_read, 9);
        for text in [
            "",
            " ",
            "a",
            "a         ",
            "ab 12345678  ",
            "                  ",
        ] {
            let expected = text.trim_end_matches(' ').len();
            assert_eq!(end_without_blanks(text.as_bytes()), expected, "{text:?}");
        }
    }
}
