//! The blocks of a digest, in a persistent balanced tree summed by bytes, lines and entries.
//!
//! Cloning a tree is copying a pointer; replacing a few blocks copies the nodes on the way to
//! them and shares the rest. Blocks know their lengths, never their positions.

mod branch;

use std::ops::{AddAssign, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use branch::{Branch, Parts};

use super::entry::Entry;
use super::fold::State;
use super::line::Heading;
use super::log::LogLines;

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
    seen: Seen,
}

/// What was found in a block, once somebody has looked: no part of what it is, but it stays with it.
#[derive(Debug, Default)]
struct Seen(AtomicU64);

impl Seen {
    /// Says that somebody has looked; all other bits are for what was found.
    const LOOKED: u64 = 1 << 63;

    /// What was found, as bits; `None` before somebody has looked.
    fn get(&self) -> Option<u64> {
        let bits = self.0.load(Ordering::Relaxed);
        (bits & Self::LOOKED != 0).then_some(bits & !Self::LOOKED)
    }

    /// What was found; `look` tells before somebody has looked, and where something of `wanted` was found.
    fn get_or_look(&self, wanted: u64, look: impl FnOnce() -> u64) -> u64 {
        let known = self.get().filter(|found| found & wanted == 0);
        known.unwrap_or_else(|| {
            let found = look();
            self.0.store(found | Self::LOOKED, Ordering::Relaxed);
            found
        })
    }
}

impl Clone for Seen {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PartialEq for Seen {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Seen {}

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
            seen: Seen::default(),
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

    /// The same block with its entry and length changed by typing in prose.
    pub(super) fn with_entry(&self, entry: Entry, len: usize) -> Self {
        // What was found is what the verdict on the entry says.
        let seen = if entry.verdict.is_known() {
            self.seen.clone()
        } else {
            Seen::default()
        };
        Self {
            len,
            content: Content::Entry(entry.into()),
            seen,
            ..*self
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

    /// How many blocks share what was read.
    fn n_sharing(&self) -> Option<usize> {
        match &self.content {
            Content::Text => None,
            Content::Entry(entry) => Some(Arc::strong_count(entry)),
            Content::Log(log) => Some(Arc::strong_count(log)),
        }
    }

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

/// Largest number of children of a node. An edit counts up the references to all children of the nodes
/// on its way, and later down again; so a few more levels cost less.
const FANOUT: usize = 8;

/// A piece of the tree. It is shared by the states of a digest in which it is the same.
#[derive(Debug, Clone)]
enum Node {
    Leaf(Arc<[Block]>),
    Inner(Arc<[Child]>),
}

/// A node in the one above it. What is known of it stands here, so that nobody goes there to learn that
/// there is nothing to do.
#[derive(Debug, Clone)]
struct Child {
    sum: Sum,
    /// What was found in any block below.
    seen: Seen,
    node: Node,
}

impl From<Node> for Child {
    fn from(node: Node) -> Self {
        Self {
            sum: node.sum(),
            seen: Seen::default(),
            node,
        }
    }
}

impl Node {
    fn sum(&self) -> Sum {
        let mut total = Sum::default();
        match self {
            Self::Leaf(blocks) => blocks.iter().for_each(|block| total += block.sum()),
            Self::Inner(children) => children.iter().for_each(|child| total += child.sum),
        }
        total
    }

    fn n_children(&self) -> usize {
        match self {
            Self::Leaf(blocks) => blocks.len(),
            Self::Inner(children) => children.len(),
        }
    }

    /// How many states share it.
    fn n_sharing(&self) -> usize {
        match self {
            Self::Leaf(blocks) => Arc::strong_count(blocks),
            Self::Inner(children) => Arc::strong_count(children),
        }
    }

    /// What was found below, as bits.
    fn visit_with(
        &self,
        wanted: u64,
        mut before: Sum,
        visit: &mut dyn FnMut(Place<'_>) -> u64,
    ) -> u64 {
        let mut all = 0;
        match self {
            Self::Leaf(blocks) => {
                for block in blocks.iter() {
                    let look = || visit(Place { block, before });
                    all |= block.seen.get_or_look(wanted, look);
                    before += block.sum();
                }
            }
            Self::Inner(children) => {
                for child in children.iter() {
                    let look = || child.node.visit_with(wanted, before, visit);
                    all |= child.seen.get_or_look(wanted, look);
                    before += child.sum;
                }
            }
        }
        all
    }

    /// Puts another block in the place of the `index`-th.
    fn replace(&mut self, mut index: usize, block: Block) {
        match self {
            Self::Leaf(blocks) => {
                touch(blocks.iter().filter_map(Block::n_sharing));
                if let Some(old) = Arc::make_mut(blocks).get_mut(index) {
                    *old = block;
                }
            }
            Self::Inner(children) => {
                touch(children.iter().map(|child| child.node.n_sharing()));
                for child in Arc::make_mut(children) {
                    if index < child.sum.blocks {
                        child.node.replace(index, block);
                        child.sum = child.node.sum();
                        child.seen = Seen::default();
                        return;
                    }
                    index -= child.sum.blocks;
                }
            }
        }
    }
}

/// Reads reference counts that are about to go up. In a large digest they are far away in memory:
/// counting waits for one after the other, but reads overlap.
fn touch(counts: impl Iterator<Item = usize>) {
    std::hint::black_box(counts.fold(0, |all, count| all | count));
}

/// All blocks of a digest, in order.
#[derive(Debug, Clone)]
pub struct Blocks {
    root: Node,
    sum: Sum,
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Blocks {
    /// A tree of the given blocks.
    #[must_use]
    pub fn new(blocks: Vec<Block>) -> Self {
        Self::from_level(leaves(blocks))
    }

    fn from_level(mut level: Vec<Node>) -> Self {
        while level.len() > 1 {
            level = grouped(level.into_iter().map(Child::from).collect());
        }
        let root = level.pop().unwrap_or_else(|| Node::Leaf(Arc::default()));
        Self {
            sum: root.sum(),
            root,
        }
    }

    /// The sums over all blocks.
    #[must_use]
    pub fn sum(&self) -> Sum {
        self.sum
    }

    /// All blocks with their places.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.iter_from(0)
    }

    /// The blocks from the `index`-th on.
    #[must_use]
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        let mut iter = Iter {
            stack: Vec::new(),
            leaf: [].iter(),
            before: Sum::default(),
        };
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(blocks) => {
                    let skip = index.saturating_sub(iter.before.blocks).min(blocks.len());
                    blocks[..skip]
                        .iter()
                        .for_each(|block| iter.before += block.sum());
                    iter.leaf = blocks[skip..].iter();
                    return iter;
                }
                Node::Inner(children) => {
                    let mut rest = children.iter();
                    let mut chosen = None;
                    for child in rest.by_ref() {
                        if index < iter.before.blocks + child.sum.blocks {
                            chosen = Some(&child.node);
                            break;
                        }
                        iter.before += child.sum;
                    }
                    let Some(child) = chosen else {
                        return iter;
                    };
                    iter.stack.push(rest);
                    node = child;
                }
            }
        }
    }

    /// The `index`-th block.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Place<'_>> {
        self.iter_from(index).next()
    }

    /// The block that holds the byte `offset`; the last one for the end of the text.
    #[must_use]
    pub fn at_offset(&self, offset: usize) -> Option<Place<'_>> {
        let last = self.sum.bytes.checked_sub(1)?;
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

    /// Calls `visit` for the blocks in which something of `wanted` was found, or nobody has looked, in
    /// order; it tells what there is, as bits below [`Blocks::MOST_BITS`]. That answer is kept with
    /// the blocks across edits: it must be the same for the same kind and text of a block, wherever
    /// that stands and whatever is around it, and be given by every caller alike, whatever is
    /// wanted; or have a bit that says what was not looked for. Costs as much as there are blocks that are
    /// new or have something of `wanted`.
    pub fn visit_with(&self, wanted: u64, visit: &mut dyn FnMut(Place<'_>) -> u64) {
        self.root.visit_with(wanted, Sum::default(), visit);
    }

    /// How many bits there are for what is found in blocks.
    pub const MOST_BITS: usize = 63;

    /// The block in which the running sum of `measure` passes `target`.
    fn find(&self, target: usize, measure: impl Fn(&Sum) -> usize) -> Option<Place<'_>> {
        let mut before = Sum::default();
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(blocks) => {
                    for block in blocks.iter() {
                        let sum = block.sum();
                        if target < measure(&before) + measure(&sum) {
                            return Some(Place { block, before });
                        }
                        before += sum;
                    }
                    return None;
                }
                Node::Inner(children) => {
                    let mut chosen = None;
                    for child in children.iter() {
                        if target < measure(&before) + measure(&child.sum) {
                            chosen = Some(&child.node);
                            break;
                        }
                        before += child.sum;
                    }
                    node = chosen?;
                }
            }
        }
    }

    /// Replaces the blocks with the given indexes; cost grows with their number and the
    /// logarithm of all.
    pub fn splice(&mut self, range: Range<usize>, mut new: Vec<Block>) {
        let end = range.end.min(self.sum.blocks);
        let range = range.start.min(end)..end;
        if range.len() == 1
            && new.len() == 1
            && let Some(block) = new.pop()
        {
            self.root.replace(range.start, block);
            self.sum = self.root.sum();
            return;
        }
        let level = splice(&self.root, range, new);
        *self = Self::from_level(level);
        // A root with one child is a level too many.
        while let Node::Inner(children) = &self.root {
            let [only] = &children[..] else { break };
            self.root = only.node.clone();
        }
    }
}

/// The nodes, of the height of `node`, that stand for it after the replacement.
fn splice(node: &Node, range: Range<usize>, new: Vec<Block>) -> Vec<Node> {
    match node {
        Node::Leaf(blocks) => {
            let mut result = Vec::with_capacity(blocks.len() + new.len());
            result.extend_from_slice(&blocks[..range.start]);
            result.extend(new);
            result.extend_from_slice(&blocks[range.end..]);
            leaves(result)
        }
        Node::Inner(children) => {
            let mut result: Vec<Child> = Vec::with_capacity(children.len() + 2);
            let mut new = Some(new);
            let mut start = 0;
            for (idx, child) in children.iter().enumerate() {
                let end = start + child.sum.blocks;
                let last = idx + 1 == children.len();
                // The first child that the range touches takes the new blocks; an insertion at
                // the very end goes to the last child.
                let takes_new = new.is_some() && (range.start < end || last);
                let overlap =
                    range.start.clamp(start, end) - start..range.end.clamp(start, end) - start;
                if overlap.is_empty() && !takes_new {
                    result.push(child.clone());
                } else {
                    let insert = if takes_new { new.take() } else { None };
                    for node in splice(&child.node, overlap, insert.unwrap_or_default()) {
                        add_merging(&mut result, node);
                    }
                }
                start = end;
            }
            grouped(result)
        }
    }
}

/// Adds a node after its left neighbours; two small leaves become one, so that many edits do not
/// leave a tree of crumbs.
fn add_merging(nodes: &mut Vec<Child>, node: Node) {
    if node.n_children() == 0 {
        return;
    }
    if let Some(last) = nodes.last()
        && last.node.n_children() + node.n_children() <= FANOUT
    {
        let merged = match (&last.node, &node) {
            (Node::Leaf(left), Node::Leaf(right)) => {
                Some(Node::Leaf([&left[..], &right[..]].concat().into()))
            }
            (Node::Inner(left), Node::Inner(right)) => {
                Some(Node::Inner([&left[..], &right[..]].concat().into()))
            }
            _ => None,
        };
        if let Some(merged) = merged {
            nodes.pop();
            nodes.push(merged.into());
            return;
        }
    }
    nodes.push(node.into());
}

fn leaves(blocks: Vec<Block>) -> Vec<Node> {
    even_chunks(blocks).map(Node::Leaf).collect()
}

fn grouped(children: Vec<Child>) -> Vec<Node> {
    even_chunks(children).map(Node::Inner).collect()
}

/// Cuts a list into as few chunks of nearly equal size as [`FANOUT`] allows.
fn even_chunks<T>(items: Vec<T>) -> impl Iterator<Item = Arc<[T]>> {
    let total = items.len();
    let n_chunks = total.div_ceil(FANOUT);
    let mut items = items.into_iter();
    (0..n_chunks).map(move |idx| {
        let len = total * (idx + 1) / n_chunks - total * idx / n_chunks;
        items.by_ref().take(len).collect()
    })
}

/// Iterates over blocks with their places.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    stack: Vec<std::slice::Iter<'a, Child>>,
    leaf: std::slice::Iter<'a, Block>,
    before: Sum,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Place<'a>;

    fn next(&mut self) -> Option<Place<'a>> {
        loop {
            if let Some(block) = self.leaf.next() {
                let before = self.before;
                self.before += block.sum();
                return Some(Place { block, before });
            }
            let child = loop {
                match self.stack.last_mut()?.next() {
                    Some(child) => break child,
                    None => self.stack.pop(),
                };
            };
            match &child.node {
                Node::Leaf(blocks) => self.leaf = blocks.iter(),
                Node::Inner(children) => self.stack.push(children.iter()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn block(len: usize) -> Block {
        let kind = if len.is_multiple_of(3) {
            BlockKind::Entry
        } else {
            BlockKind::Stray
        };
        Block::new(kind, State::Body, len, 2, Content::Text)
    }

    fn lens(blocks: &Blocks) -> Vec<usize> {
        blocks.iter().map(|place| place.block.len).collect()
    }

    fn depth(node: &Node) -> usize {
        match node {
            Node::Leaf(_) => 1,
            Node::Inner(children) => {
                let depths: Vec<_> = children.iter().map(|child| depth(&child.node)).collect();
                assert!(
                    depths.windows(2).all(|pair| pair[0] == pair[1]),
                    "leaves at different depths"
                );
                1 + depths[0]
            }
        }
    }

    #[test]
    fn random_splices_equal_those_of_a_vector() {
        let mut vector: Vec<usize> = (1..2000).collect();
        let mut blocks = Blocks::new(vector.iter().map(|&len| block(len)).collect());
        let mut random = 12345_u64;
        let mut below = |n: usize| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % n.max(1)
        };
        for round in 0..600 {
            let start = below(vector.len() + 1);
            let most = if round % 50 == 0 { 900 } else { 5 };
            let end = (start + below(most)).min(vector.len());
            let new: Vec<usize> = (0..below(most)).map(|n| n + 1).collect();
            blocks.splice(start..end, new.iter().map(|&len| block(len)).collect());
            vector.splice(start..end, new);

            assert_eq!(lens(&blocks), vector);
            assert_eq!(blocks.sum().bytes, vector.iter().sum::<usize>());
            assert!(depth(&blocks.root) <= 5);
            if !vector.is_empty() {
                let index = below(vector.len());
                let place = blocks.get(index).unwrap();
                assert_eq!(place.block.len, vector[index]);
                assert_eq!(place.start(), vector[..index].iter().sum::<usize>());
                assert_eq!(
                    blocks.at_offset(place.start()).unwrap().before,
                    place.before
                );
                let entries = vector[..index]
                    .iter()
                    .filter(|len| len.is_multiple_of(3))
                    .count();
                assert_eq!(place.before.entries, entries);
            }
        }
    }

    #[test]
    fn blocks_are_visited_again_where_something_changed_or_what_is_wanted_was_found() {
        let mut blocks = Blocks::new((1..2000).map(block).collect());
        let visited = |blocks: &Blocks, wanted: u64| {
            let mut lens = Vec::new();
            blocks.visit_with(wanted, &mut |place| {
                lens.push(place.block.len);
                match place.block.len {
                    777 => 0b01,
                    1444 => 0b10,
                    _ => 0,
                }
            });
            lens
        };
        assert_eq!(visited(&blocks, 0b01).len(), 1999);
        assert_eq!(visited(&blocks, 0b01), [777]);
        assert_eq!(visited(&blocks, 0b10), [1444]);
        assert_eq!(visited(&blocks, 0b11), [777, 1444]);
        assert_eq!(visited(&blocks, 0), [0; 0]);
        let before = blocks.clone();
        blocks.splice(10..11, vec![block(5000)]);
        assert_eq!(visited(&blocks, 0b01), [5000, 777]);
        assert_eq!(visited(&blocks, 0b10), [1444]);
        assert_eq!(visited(&before, 0b01), [777]);
    }

    #[test]
    fn an_empty_tree_has_nothing() {
        let blocks = Blocks::default();
        assert!(blocks.iter().next().is_none());
        assert!(blocks.at_offset(0).is_none());
        assert!(blocks.entry(0).is_none());
    }
}
