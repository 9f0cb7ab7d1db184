//! What was found in one file, and places in it as people count them. The formats print it.

use std::ops::Range;
use std::path::PathBuf;

use patch_digest_core::Digest;
use patch_digest_core::fixes::{self, Edit};
use patch_digest_core::lints::{self, Problem, Severity};
use patch_digest_core::text::Encoding;

/// What was found in one file.
#[derive(Debug)]
pub(crate) struct Report {
    /// The name to show.
    pub(crate) name: String,
    /// Where it is, absolute; `None` for standard input without a name.
    pub(crate) path: Option<PathBuf>,
    pub(crate) digest: Digest,
    pub(crate) problems: Vec<Problem>,
}

/// A range: lines and columns from 1, columns in characters, the end just past the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

impl Report {
    pub(crate) fn span(&self, range: &Range<usize>) -> Span {
        let text = self.digest.text();
        let (line, column) = text.position_of(range.start, Encoding::Utf32);
        let (end_line, end_column) = text.position_of(range.end, Encoding::Utf32);
        Span {
            line: line + 1,
            column: column + 1,
            end_line: end_line + 1,
            end_column: end_column + 1,
        }
    }

    /// A name for each problem, the same as long as its line is.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        lints::fingerprints(&self.digest, &self.problems)
    }

    /// The worst of it.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.problems.iter().map(|problem| problem.severity).min()
    }
}

/// The fix of a problem that needs no thought: what it does, and its edits. As `--fix` applies it: at
/// all places that the problem stands for.
pub(crate) fn certain_fix(problem: &Problem) -> Option<(String, Vec<Edit>)> {
    let fix = fixes::of(problem).into_iter().rfind(|fix| fix.certain)?;
    Some((fix.title, fix.edits))
}
