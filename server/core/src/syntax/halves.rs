//! The blocks of a large text, found in two parts at once.
//!
//! The second part is folded from an entry on that follows a rule of 70 dashes, the first up to
//! there. If the first comes to an entry at that very place, what follows is what the second found,
//! for the reason for which a parse after an edit ends where it meets an old boundary
//! ([`super::reparse`]); else the text is folded as a whole.

use memchr::{memmem, memrchr};

use super::blocks::{Block, BlockKind, Blocks};
use super::fold::{self, Flow, Sink, State};
use super::line;
use super::reparse::{self, Collect};
use crate::model::Mails;

/// A piece of work that may be done on another thread.
pub type Work<'a> = &'a mut (dyn FnMut() + Send);

/// Collects the blocks before a place.
struct Before {
    place: usize,
    found: Collect,
    /// Whether an entry begins at the place.
    is_met: bool,
}

impl Sink for Before {
    fn begins(&mut self, at: usize, kind: BlockKind) -> Flow {
        if at < self.place {
            return Flow::Continue;
        }
        self.is_met = at == self.place && kind == BlockKind::Entry;
        Flow::Stop
    }

    fn block(&mut self, block: Block) {
        self.found.block(block);
    }
}

/// Where an entry begins in the second half of a text, if one does.
fn middle(text: &str) -> Option<usize> {
    const END: &str = "-\n\n";
    let from = text.len() / 2;
    let rest = text.as_bytes().get(from..)?;
    let rule = from + memmem::find(rest, b"-\n\nNew:  ")?;
    let start = memrchr(b'\n', text.as_bytes().get(..rule)?).map_or(0, |end| end + 1);
    line::is_separator(text.get(start..=rule)?).then_some(rule + END.len())
}

/// The blocks of a text, and the mails of its entries; `join` is to do both pieces of work, one for each half.
pub(crate) fn parse(text: &str, join: impl FnOnce(Work<'_>, Work<'_>)) -> (Blocks, Mails) {
    let Some((place, second)) = middle(text).and_then(|at| Some((at, text.get(at..)?))) else {
        return reparse::parse(text);
    };
    let mut before = Before {
        place,
        found: Collect::of(text),
        is_met: false,
    };
    let mut behind = Collect::of_rest(second);
    join(
        &mut || {
            fold::fold(text, State::Start, true, &mut before);
        },
        &mut || {
            fold::fold(second, State::Heading, true, &mut behind);
        },
    );
    if !before.is_met {
        return reparse::parse(text);
    }
    before.found.append(behind);
    before.found.done()
}
