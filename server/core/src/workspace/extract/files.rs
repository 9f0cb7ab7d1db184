//! The files of postings: the rows of their diffstats, read once more, as the model keeps their sums alone.

use std::collections::hash_map::Entry;

use super::strings::{Strings, clip};
use super::{file_hash, index, map_of};
use crate::model::keys::{self, KeyMap};
use crate::syntax::diffstat;
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
        let mut last_folder = None;
        let rows = diffstat::Rows::new(diffstat);
        for row in rows {
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

#[cfg(test)]
mod tests {
    use super::*;

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
