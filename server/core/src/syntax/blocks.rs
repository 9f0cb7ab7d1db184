//! The blocks of a digest, in a persistent balanced tree (`crate::tree`) summed by bytes, lines
//! and entries. Blocks know their lengths, never their positions.

use std::ops::{AddAssign, Range};
use std::sync::Arc;

use super::entry::Entry;
use super::fold::State;
use super::line::Heading;
use super::log::LogLines;
use crate::tree::{self, Flag, Item, Tree};

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// The lines before the first table or heading.
    Header,
    /// A heading and, for the two tables, its rows.
    Heading(Heading),
    /// An entry, from `New:` to the next block.
    Entry,
    /// An `Exist:` line, with its `Skip:` line if that follows.
    Exist,
    /// A ` Skip:` line without an `Exist:`.
    Skip,
    /// Text that belongs to nothing.
    Stray,
}

/// A piece of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// The state of the fold after its last line.
    pub end: State,
    /// Length in bytes.
    pub len: usize,
    /// Number of line breaks in it.
    pub n_line_breaks: u32,
    content: Content,
    is_clean: Flag,
}

/// What was read when the block was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Text,
    Entry(Arc<Entry>),
    Log(Arc<LogLines>),
}

impl Block {
    pub(super) fn new(
        kind: BlockKind,
        end: State,
        len: usize,
        n_line_breaks: u32,
        content: Content,
    ) -> Self {
        Self {
            kind,
            end,
            len,
            n_line_breaks,
            content,
            is_clean: Flag::default(),
        }
    }

    /// What stands where inside, if the block is an entry.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        match &self.content {
            Content::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// The subjects in it, if the block is of log lines.
    #[must_use]
    pub fn log_lines(&self) -> Option<&Arc<LogLines>> {
        match &self.content {
            Content::Log(log) => Some(log),
            _ => None,
        }
    }
}

/// What is added up over blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Bytes.
    pub bytes: usize,
    /// Line breaks, so also the zero-based line on which the next block starts.
    pub line_breaks: usize,
    /// Blocks.
    pub blocks: usize,
    /// Blocks that are entries.
    pub entries: usize,
    /// Blocks of log lines.
    pub logs: usize,
    /// Headings, with their tables.
    pub headings: usize,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.line_breaks += other.line_breaks;
        self.blocks += other.blocks;
        self.entries += other.entries;
        self.logs += other.logs;
        self.headings += other.headings;
    }
}

/// A block with where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The block.
    pub block: &'a Block,
    /// The sums over all blocks before it.
    pub before: Sum,
}

impl Place<'_> {
    /// First byte of the block in the document.
    #[must_use]
    pub fn start(&self) -> usize {
        self.before.bytes
    }

    /// The bytes of the block in the document.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.before.bytes..self.before.bytes + self.block.len
    }

    /// Zero-based line on which the block starts.
    #[must_use]
    pub fn line(&self) -> usize {
        self.before.line_breaks
    }
}

impl Item for Block {
    type Sum = Sum;

    fn sum(&self) -> Sum {
        Sum {
            bytes: self.len,
            line_breaks: self.n_line_breaks as usize,
            blocks: 1,
            entries: usize::from(self.kind == BlockKind::Entry),
            logs: usize::from(matches!(self.kind, BlockKind::Exist | BlockKind::Skip)),
            headings: usize::from(matches!(self.kind, BlockKind::Heading(_))),
        }
    }

    fn n_items(sum: &Sum) -> usize {
        sum.blocks
    }

    fn is_clean(&self) -> bool {
        self.is_clean.get()
    }
}

/// All blocks of a digest, in order.
#[derive(Debug, Clone, Default)]
pub struct Blocks(Tree<Block>);

impl Blocks {
    /// A tree of the given blocks.
    #[must_use]
    pub fn new(blocks: Vec<Block>) -> Self {
        Self(Tree::new(blocks))
    }

    /// The sums over all blocks.
    #[must_use]
    pub fn sum(&self) -> Sum {
        self.0.sum()
    }

    /// All blocks with their places.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.iter_from(0)
    }

    /// The blocks from the `index`-th on.
    #[must_use]
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        Iter(self.0.iter_from(index))
    }

    /// The `index`-th block.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Place<'_>> {
        self.find(index, |sum| sum.blocks)
    }

    /// The block that holds the byte `offset`; the last one for the end of the text.
    #[must_use]
    pub fn at_offset(&self, offset: usize) -> Option<Place<'_>> {
        let last = self.sum().bytes.checked_sub(1)?;
        self.find(offset.min(last), |sum| sum.bytes)
    }

    /// The `index`-th entry.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Place<'_>> {
        self.find(index, |sum| sum.entries)
    }

    /// The `index`-th block of log lines.
    #[must_use]
    pub fn log(&self, index: usize) -> Option<Place<'_>> {
        self.find(index, |sum| sum.logs)
    }

    /// The `index`-th heading.
    #[must_use]
    pub fn heading(&self, index: usize) -> Option<Place<'_>> {
        self.find(index, |sum| sum.headings)
    }

    /// Calls `visit` for the blocks that are not known to be clean, in order; it tells whether a
    /// block is. That answer is kept with the blocks across edits: it must be the same for the
    /// same kind and text of a block, wherever that stands and whatever is around it, and be
    /// given by every caller alike. Costs as much as there are blocks that are new or not clean.
    pub fn visit_unclean(&self, visit: &mut dyn FnMut(Place<'_>) -> bool) {
        self.0.visit_unclean(&mut |block, before| {
            block.is_clean.set(visit(Place { block, before }));
        });
    }

    /// The block in which the running sum of `measure` passes `target`.
    fn find(&self, target: usize, measure: impl Fn(&Sum) -> usize) -> Option<Place<'_>> {
        let (block, before) = self.0.find(target, measure)?;
        Some(Place { block, before })
    }

    /// Replaces the blocks with the given indexes; cost grows with their number and the
    /// logarithm of all.
    pub fn splice(&mut self, range: Range<usize>, new: Vec<Block>) {
        self.0.splice(range, new);
    }
}

/// Iterates over blocks with their places.
#[derive(Debug, Clone)]
pub struct Iter<'a>(tree::Iter<'a, Block>);

impl<'a> Iterator for Iter<'a> {
    type Item = Place<'a>;

    fn next(&mut self) -> Option<Place<'a>> {
        let (block, before) = self.0.next()?;
        Some(Place { block, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_tree_has_nothing() {
        let blocks = Blocks::default();
        assert!(blocks.iter().next().is_none());
        assert!(blocks.at_offset(0).is_none());
        assert!(blocks.entry(0).is_none());
    }

    #[test]
    fn blocks_are_found_by_what_they_are() {
        let block = |n: usize| {
            let kind = if n.is_multiple_of(3) {
                BlockKind::Entry
            } else {
                BlockKind::Stray
            };
            Block::new(kind, State::Body, n + 1, 2, Content::Text)
        };
        let blocks = Blocks::new((0..1000).map(block).collect());
        let place = blocks.entry(100).unwrap();
        assert_eq!(place.before.blocks, 300);
        assert_eq!(place.before.entries, 100);
        assert_eq!(place.line(), 600);
        assert_eq!(
            blocks.at_offset(place.start()).unwrap().before,
            place.before
        );
        assert_eq!(blocks.get(300).unwrap().before, place.before);
    }
}
