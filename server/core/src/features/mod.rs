//! What a user can ask of a digest: one file per feature, one public function each.
//!
//! Plain results with byte ranges; no protocol type, no I/O. The editor and the command line call
//! the same functions.

pub mod completion;
pub mod copy;
pub mod definition;
pub mod folding;
pub mod highlight;
pub mod hints;
pub mod hover;
pub mod links;
pub mod listed;
pub mod locate;
pub mod names;
pub mod outline;
pub mod page;
pub mod pages;
pub mod selection;
pub mod tokens;
pub mod versions;

use std::ops::Range;

use crate::digest::Digest;
use crate::syntax::blocks::Place;

/// The range of an entry's subject line, or of its `New:` line where it has none.
fn subject_range(digest: &Digest, place: &Place<'_>) -> Range<usize> {
    let Some(entry) = place.block.entry() else {
        return place.range();
    };
    match entry.subject {
        Some(line) => line.span.at(place.start()),
        None => digest.text().line_range(place.line()),
    }
}
