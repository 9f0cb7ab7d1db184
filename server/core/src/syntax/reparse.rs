//! The blocks after an edit, from as little text as possible.
//!
//! The fold restarts at the block that holds the line [`LOOK_AHEAD`] lines before the edit, so no
//! decision of its own start can have looked at the edited text, and stops at the first old
//! block boundary past the edit where a block of the same kind starts: from there on the text is
//! the same and so is the state, hence the rest.

use std::ops::Range;

use super::blocks::{Block, BlockKind, Blocks};
use super::fold::{self, End, Flow, LOOK_AHEAD, Sink, State};
use super::prose;
use crate::model::{Mail, Mails};
use crate::text::Text;

/// What an edit made necessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reparse {
    /// The bytes of the new text that were parsed again.
    pub parsed: Range<usize>,
    /// The indexes of the old blocks that were replaced.
    pub replaced: Range<usize>,
    /// How many blocks stand in their place.
    pub n_new: usize,
}

/// Collects all blocks, and the mails of entries while what was read of them is near in memory.
pub(super) struct Collect {
    blocks: Vec<Block>,
    mails: Mails,
}

impl Collect {
    /// With room for the blocks of a text, if they are as long as most.
    pub(super) fn of(text: &str) -> Self {
        let n_blocks = 8 + text.len() / 2048;
        Self {
            blocks: Vec::with_capacity(n_blocks),
            mails: Mails::with_room(n_blocks),
        }
    }

    /// The same for a text that stands behind another.
    pub(super) fn of_rest(text: &str) -> Self {
        let n_blocks = 8 + text.len() / 2048;
        Self {
            blocks: Vec::with_capacity(n_blocks),
            mails: Mails::behind_others(n_blocks),
        }
    }

    /// Adds what was collected of the text behind.
    pub(super) fn append(&mut self, mut behind: Self) {
        self.blocks.append(&mut behind.blocks);
        self.mails.append(behind.mails);
    }

    /// What was collected.
    pub(super) fn done(self) -> (Blocks, Mails) {
        (Blocks::new(self.blocks), self.mails)
    }
}

impl Sink for Collect {
    fn begins(&mut self, _: usize, _: BlockKind) -> Flow {
        Flow::Continue
    }

    fn block(&mut self, block: Block) {
        if let Some(entry) = block.entry() {
            self.mails.push(Mail::of(entry));
        }
        self.blocks.push(block);
    }
}

/// The blocks of a whole text, and the mails of its entries.
#[must_use]
pub fn parse(text: &str) -> (Blocks, Mails) {
    let mut sink = Collect::of(text);
    fold::fold(text, State::Start, true, &mut sink);
    sink.done()
}

/// Collects blocks until an old boundary is met again.
struct Resync<'a> {
    old: &'a Blocks,
    /// Where the window starts, the same in the old and the new text.
    start: usize,
    /// Where the edit ends in the old and the new text.
    edit_end: (usize, usize),
    blocks: Vec<Block>,
    /// Where the fold met an old boundary: the index of that old block and the new offset.
    met: Option<(usize, usize)>,
}

impl Sink for Resync<'_> {
    fn begins(&mut self, at: usize, kind: BlockKind) -> Flow {
        let at = self.start + at;
        let (old_end, new_end) = self.edit_end;
        if at < new_end {
            return Flow::Continue;
        }
        let old_at = at - new_end + old_end;
        match self.old.at_offset(old_at) {
            Some(place)
                if place.start() == old_at
                    && place.block.kind == kind
                    && old_at < self.old.sum().bytes =>
            {
                self.met = Some((place.before.blocks, at));
                Flow::Stop
            }
            _ => Flow::Continue,
        }
    }

    fn block(&mut self, block: Block) {
        self.blocks.push(block);
    }
}

/// How much text past the edited block is looked at first; doubled until it is enough.
const WINDOW: usize = 2048;

/// Updates `blocks` after the bytes `replaced` of the text `old` became `inserted` bytes of `text`.
pub fn reparse(
    blocks: &mut Blocks,
    old: &Text,
    text: &Text,
    replaced: Range<usize>,
    inserted: usize,
) -> Reparse {
    if let Some(reparse) = prose::typed(blocks, old, text, replaced.clone(), inserted) {
        return reparse;
    }
    let Range {
        start: edit_start,
        end: old_end,
    } = replaced;
    let new_end = edit_start + inserted;

    // A line break before the edit may have been joined or split by it: start from the byte
    // before. Text before the edit is the same in both, so lines are counted in the new one.
    let first_line = text
        .line_of(edit_start.saturating_sub(1))
        .saturating_sub(LOOK_AHEAD + 1);
    let restart = blocks.at_offset(text.line_start(first_line).min(edit_start));
    let (first_block, start) = restart.map_or((0, 0), |place| (place.before.blocks, place.start()));
    let state = match first_block.checked_sub(1).and_then(|idx| blocks.get(idx)) {
        Some(previous) => previous.block.end,
        None => State::Start,
    };

    // The window reaches to the end of the block that holds the end of the edit, and a bit on.
    let old_block_end = blocks
        .at_offset(old_end)
        .map_or(old_end, |place| place.range().end);
    let mut extra = WINDOW;
    loop {
        let end = (old_block_end.max(old_end) - old_end + new_end)
            .saturating_add(extra)
            .min(text.len());
        let end = text.floor_char_boundary(end);
        let whole = end >= text.len();
        let window = text.slice(start..end);
        let mut sink = Resync {
            old: blocks,
            start,
            edit_end: (old_end, new_end),
            blocks: Vec::new(),
            met: None,
        };
        let outcome = fold::fold(&window, state, whole, &mut sink);
        if outcome == End::NeedMore {
            extra = extra.saturating_mul(2).max(end - start);
            continue;
        }
        let (last_block, parsed_end) = sink.met.unwrap_or((blocks.sum().blocks, text.len()));
        let new = sink.blocks;
        let reparse = Reparse {
            parsed: start..parsed_end,
            replaced: first_block..last_block,
            n_new: new.len(),
        };
        blocks.splice(first_block..last_block, new);
        return reparse;
    }
}
