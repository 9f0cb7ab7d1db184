//! Which patch is in which version of a series, under which title and number.
//!
//! Tests: `tests/tests/histories.rs`.

use std::collections::HashMap;

use super::contribution::PatchInfo;
use super::since::pair_patches;
use super::{History, Workspace};

/// The patches of a series by version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    /// The versions that digests show, by their indexes in the history, newest first.
    pub versions: Vec<usize>,
    /// The patches: those of the newest version in order, then those that are gone.
    pub rows: Vec<MatrixRow>,
}

/// A patch, version by version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// Its newest title.
    pub title: String,
    /// What it is in each of the versions.
    pub cells: Vec<Cell>,
}

/// A patch in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// It is there.
    There {
        /// Its number, where certain.
        number: Option<u32>,
        /// Its title, where that is not the newest one.
        title: Option<String>,
    },
    /// It is not there.
    Missing,
    /// Not all patches of that version are known.
    Unknown,
}

/// Versions and patches that a matrix has at most.
const MOST_VERSIONS: usize = 40;
const MOST_PATCHES: usize = 2000;
/// Rows of one title.
const MOST_ALIKE: usize = 16;

impl Workspace {
    /// Which patch is in which version.
    #[must_use]
    pub fn matrix(&self, history: &History) -> Matrix {
        let mut versions = Vec::new();
        let mut postings = Vec::new();
        for (idx, version) in history.versions.iter().enumerate() {
            if let Some(posting) = self.best_posting(version)
                && versions.len() < MOST_VERSIONS
            {
                versions.push(idx);
                postings.push(posting);
            }
        }
        let mut rows: Vec<Line<'_>> = Vec::new();
        // Rows by the key of their oldest patch so far.
        let mut by_key: HashMap<u64, Vec<usize>> = HashMap::new();
        for (column, posting) in postings.iter().enumerate() {
            let newer = column.checked_sub(1).and_then(|newer| postings.get(newer));
            let pairs = match newer {
                Some(newer) => pair_patches(*posting, *newer),
                None => posting.patches().map(|patch| (Some(patch), None)).collect(),
            };
            for (old, new) in pairs {
                let Some(old) = old else { continue };
                let key = new.map_or(old.key, |new| new.key);
                // A patch that skipped a version is found again by its title.
                let fits = |row: &usize| match (rows.get(*row), new) {
                    (Some(row), Some(new)) => row.is_at(column.wrapping_sub(1), new),
                    (Some(row), None) => row.column() != Some(column),
                    (None, _) => false,
                };
                let known = by_key.get(&key).into_iter().flatten().take(MOST_ALIKE);
                let row = known.copied().find(fits);
                let row = match row {
                    Some(row) => row,
                    None if rows.len() < MOST_PATCHES => {
                        rows.push(Line { cells: Vec::new() });
                        rows.len() - 1
                    }
                    None => continue,
                };
                if let Some(line) = rows.get_mut(row) {
                    line.cells.push((column, old));
                }
                let same = by_key.entry(old.key).or_default();
                if !same.contains(&row) && same.len() < MOST_ALIKE {
                    same.push(row);
                }
            }
        }
        let known: Vec<bool> = postings
            .iter()
            .map(|posting| posting.patches().len() >= posting.n_patches())
            .collect();
        Matrix {
            rows: rows.iter().map(|row| row.finish(&known)).collect(),
            versions,
        }
    }

    /// The oldest version of its history, by index, that a patch is known to be in since without
    /// a gap. `None` where the entry is no patch of a series.
    #[must_use]
    pub fn patch_since(&self, history: &History, key: &str, entry: usize) -> Option<usize> {
        let posting = self.get(key)?.posting_of(entry)?;
        let patch = posting.patches().find(|patch| patch.entry == Some(entry))?;
        let own = history.version_at(self, key, entry)?;
        let matrix = self.matrix(history);
        let column = matrix.versions.iter().position(|version| *version == own)?;
        let row = matrix.rows.iter().find(|row| match row.cells.get(column) {
            Some(Cell::There { title, .. }) => title.as_ref().unwrap_or(&row.title) == patch.title,
            _ => false,
        })?;
        let cells = row.cells.get(column..)?.iter();
        let n_there = cells
            .take_while(|cell| matches!(cell, Cell::There { .. }))
            .count();
        matrix
            .versions
            .get(column + n_there.checked_sub(1)?)
            .copied()
    }
}

/// A row under construction.
struct Line<'a> {
    cells: Vec<(usize, PatchInfo<'a>)>,
}

impl Line<'_> {
    /// The column of its oldest version so far.
    fn column(&self) -> Option<usize> {
        self.cells.last().map(|(column, _)| *column)
    }

    fn is_at(&self, column: usize, patch: PatchInfo<'_>) -> bool {
        self.cells
            .last()
            .is_some_and(|(last, there)| *last == column && *there == patch)
    }

    fn finish(&self, known: &[bool]) -> MatrixRow {
        let title = self.cells.first().map_or("", |(_, patch)| patch.title);
        let cells = known.iter().enumerate().map(|(column, known)| {
            match self.cells.iter().find(|(at, _)| *at == column) {
                Some((_, patch)) => Cell::There {
                    number: patch.number,
                    title: (patch.title != title).then(|| patch.title.to_owned()),
                },
                None if *known => Cell::Missing,
                None => Cell::Unknown,
            }
        });
        MatrixRow {
            title: title.to_owned(),
            cells: cells.collect(),
        }
    }
}
