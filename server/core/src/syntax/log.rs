//! What stands in a block of log lines. Tested with the model, and with the fold by
//! `tests/support/edits.rs`.

use super::line::{Lines, Log};
use crate::packed::{Packed, Str};

/// An `Exist:` line and its ` Skip:` line, as far as they are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLines {
    /// The subject of the entry that stayed.
    pub exist: Option<Str>,
    /// The subject of the mail left out.
    pub skip: Option<Str>,
}

impl LogLines {
    /// Reads the text of a block; the first line of each sort counts.
    #[must_use]
    pub fn parse(block: &str) -> Self {
        let packed = Packed::new(block.trim_end_matches(['\n', '\r']));
        let mut lines = Self::default();
        for line in Lines::new(packed.text()) {
            match Log::of(line.text) {
                Some((Log::Exist, subject)) => {
                    lines.exist.get_or_insert_with(|| packed.str(subject));
                }
                Some((Log::Skip, subject)) => {
                    lines.skip.get_or_insert_with(|| packed.str(subject));
                }
                None => {}
            }
        }
        lines
    }
}
