//! The tokens of blocks, in a tree that is cut where the tree of the blocks is.
//!
//! States of a digest share the branches that no edit between them touched, and so do their pieces.
//! What an edit costs is therefore the blocks it touched and the branches on the way to them.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::AddAssign;
use std::sync::Arc;

use super::TokenKind;
use crate::syntax::BlockKind;
use crate::syntax::blocks::{Branch, Parts, Place};

/// A token in its block, in columns of the encoding agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Lines below the start of the block.
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) length: u32,
    pub(super) kind: TokenKind,
    pub(super) is_definition: bool,
    pub(super) is_superseded: bool,
}

/// The tokens of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) key: Key,
    pub(super) tokens: Arc<[Drawn]>,
}

/// What tells that a block is the one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The address of what stands where in an entry; 0 for other blocks.
    pub(super) entry: usize,
    pub(super) kind: BlockKind,
    pub(super) n_line_breaks: u32,
    pub(super) is_superseded: bool,
}

impl Piece {
    fn total(&self) -> Total {
        let last = self.tokens.last();
        Total {
            pieces: 1,
            tokens: self.tokens.len(),
            lines: self.key.n_line_breaks,
            last: last.map(|token| (token.line, token.column)),
        }
    }
}

/// What is added up over pieces in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) pieces: usize,
    pub(super) tokens: usize,
    /// Line breaks.
    pub(super) lines: u32,
    /// The line and the column of the last token, from the start of the first piece.
    pub(super) last: Option<(u32, u32)>,
}

impl AddAssign for Total {
    fn add_assign(&mut self, next: Self) {
        let last = next.last.map(|(line, column)| (self.lines + line, column));
        self.last = last.or(self.last);
        self.pieces += next.pieces;
        self.tokens += next.tokens;
        self.lines += next.lines;
    }
}

#[derive(Debug)]
struct Node {
    /// The [`Branch::address`] that it stands beside.
    branch: usize,
    total: Total,
    below: Below,
}

#[derive(Debug)]
enum Below {
    Pieces(Vec<Piece>),
    Nodes(Vec<Arc<Node>>),
}

impl Node {
    fn new(branch: &Branch<'_>, below: Below) -> Arc<Self> {
        let mut total = Total::default();
        match &below {
            Below::Pieces(pieces) => pieces.iter().for_each(|piece| total += piece.total()),
            Below::Nodes(nodes) => nodes.iter().for_each(|node| total += node.total),
        }
        Arc::new(Self {
            branch: branch.address(),
            total,
            below,
        })
    }
}

/// The pieces of one state of a digest.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    root: Arc<Node>,
    height: usize,
}

/// Makes pieces of blocks.
pub(super) trait Maker {
    /// What tells that the block is the one it was; `None` where only its tokens can tell.
    fn key(&self, place: &Place<'_>) -> Option<Key>;

    /// Looks at the block.
    fn piece(&self, place: &Place<'_>) -> Piece;
}

impl Pieces {
    /// The pieces of all blocks below `top`. Those of `older` are taken where the block is the same:
    /// by whole branches if `shares_branches`, which says that a block that is the same has the same
    /// key wherever it stands.
    pub(super) fn new(
        top: Branch<'_>,
        maker: &dyn Maker,
        older: Option<&Self>,
        shares_branches: bool,
    ) -> Self {
        let height = top.height();
        let mut old: Vec<&Arc<Node>> = older.map(|older| &older.root).into_iter().collect();
        let mut old_height = older.map_or(0, |older| older.height);
        while old_height > height {
            old = old.into_iter().flat_map(nodes).collect();
            old_height -= 1;
        }
        let mut level = Level {
            maker,
            shares_branches,
            old_height,
        };
        let root = level.made(&[top], &old, height).pop();
        Self {
            root: root.unwrap_or_else(|| Node::new(&top, Below::Pieces(Vec::new()))),
            height,
        }
    }

    /// The pieces from the `index`-th on.
    pub(super) fn iter_from(&self, index: usize) -> impl Iterator<Item = &Piece> + Clone {
        let mut iter = Iter {
            stack: vec![std::slice::from_ref(&self.root).iter()],
            pieces: [].iter(),
        };
        iter.skip_pieces(index);
        iter
    }

    /// The total over pieces that are the same at the start of both. There may be more.
    pub(super) fn same_at_start(&self, other: &Self) -> Total {
        let mut total = Total::default();
        add_same(&self.root, &other.root, End::Start, &mut total);
        total
    }

    /// How many pieces are the same at the end of both, of `most`. There may be more.
    pub(super) fn n_same_at_end(&self, other: &Self, most: usize) -> usize {
        let mut total = Total::default();
        add_same(&self.root, &other.root, End::End, &mut total);
        total.pieces.min(most)
    }

    /// The total over all.
    pub(super) fn total(&self) -> Total {
        self.root.total
    }
}

/// Makes the nodes of one level after the other.
struct Level<'a> {
    maker: &'a dyn Maker,
    shares_branches: bool,
    /// The height of the old nodes that are given along.
    old_height: usize,
}

impl Level<'_> {
    /// Nodes for `new`, which is of that height, with what there is in `old`.
    fn made(&mut self, new: &[Branch<'_>], old: &[&Arc<Node>], height: usize) -> Vec<Arc<Node>> {
        let meets = self.old_height == height;
        let known = if meets && self.shares_branches {
            paired(new, old, |new| Some(new.address()), |old| old.branch)
        } else {
            vec![None; new.len()]
        };
        let mut old_parts = Vec::new();
        if meets {
            let mut is_taken = vec![false; old.len()];
            let taken = known.iter().flatten();
            taken.for_each(|&idx| is_taken[idx] = true);
            let rest = old.iter().zip(is_taken).filter(|(_, is_taken)| !is_taken);
            old_parts.extend(rest.map(|(old, _)| *old));
            self.old_height -= 1;
        } else {
            old_parts.extend(old);
        }

        let unknown = new.iter().zip(&known).filter(|(_, known)| known.is_none());
        let mut branches = Vec::new();
        let mut places = Vec::new();
        let mut sizes = Vec::new();
        for (branch, _) in unknown {
            match branch.parts() {
                Parts::Branches(parts) => {
                    sizes.push(parts.len());
                    branches.extend(parts);
                }
                Parts::Blocks(parts) => {
                    sizes.push(parts.len());
                    places.extend(parts);
                }
            }
        }
        let mut pieces = if places.is_empty() {
            Vec::new()
        } else {
            let old: Vec<&Piece> = old_parts.iter().flat_map(|old| old.pieces()).collect();
            self.pieces(&places, &old)
        }
        .into_iter();
        let mut below = if branches.is_empty() {
            Vec::new()
        } else {
            if meets {
                old_parts = old_parts.into_iter().flat_map(nodes).collect();
            }
            self.made(&branches, &old_parts, height - 1)
        }
        .into_iter();
        let mut sizes = sizes.into_iter();
        let node = |(branch, known): (&Branch<'_>, &Option<usize>)| {
            if let Some(&same) = known.and_then(|idx| old.get(idx)) {
                return Arc::clone(same);
            }
            let size = sizes.next().unwrap_or_default();
            let below = if height > 1 {
                Below::Nodes(below.by_ref().take(size).collect())
            } else {
                Below::Pieces(pieces.by_ref().take(size).collect())
            };
            Node::new(branch, below)
        };
        new.iter().zip(&known).map(node).collect()
    }

    /// Pieces for blocks, with what there is in `old`.
    fn pieces(&self, places: &[Place<'_>], old: &[&Piece]) -> Vec<Piece> {
        let known = paired(places, old, |new| self.maker.key(new), |old| old.key);
        let piece = |(place, known): (&Place<'_>, Option<usize>)| {
            let known = known.and_then(|idx| old.get(idx));
            known.map_or_else(|| self.maker.piece(place), |&piece| piece.clone())
        };
        places.iter().zip(known).map(piece).collect()
    }
}

/// For each of `new` the index of one in `old` with the same key. Costs little where only a few in
/// the middle differ, and never more than in proportion to their number.
fn paired<N, O, K: Eq + Hash>(
    new: &[N],
    old: &[O],
    key: impl Fn(&N) -> Option<K>,
    old_key: impl Fn(&O) -> K,
) -> Vec<Option<usize>> {
    let keys: Vec<Option<K>> = new.iter().map(key).collect();
    let is_same = |(key, old): &(&Option<K>, &O)| key.as_ref() == Some(&old_key(old));
    let n_before = keys.iter().zip(old).take_while(is_same).count();
    let (rest, old_rest) = (&keys[n_before..], &old[n_before..]);
    let pairs = rest.iter().rev().zip(old_rest.iter().rev());
    let n_after = pairs.take_while(is_same).count();
    let n_middle = rest.len() - n_after;
    let old_middle = n_before..old.len() - n_after;
    let middle: HashMap<K, usize> = old_middle
        .clone()
        .map(|idx| (old_key(&old[idx]), idx))
        .collect();
    let find = |(idx, key): (usize, &Option<K>)| {
        if idx < n_before {
            Some(idx)
        } else if idx < n_before + n_middle {
            middle.get(key.as_ref()?).copied()
        } else {
            Some(idx - (n_before + n_middle) + old_middle.end)
        }
    };
    keys.iter().enumerate().map(find).collect()
}

impl Node {
    fn pieces(&self) -> &[Piece] {
        match &self.below {
            Below::Pieces(pieces) => pieces,
            Below::Nodes(_) => &[],
        }
    }
}

fn nodes(node: &Arc<Node>) -> &[Arc<Node>] {
    match &node.below {
        Below::Pieces(_) => &[],
        Below::Nodes(nodes) => nodes,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Start,
    End,
}

/// Adds up what is the same from one end on, and tells whether that is all of both.
///
/// From the end on, only the number of pieces is of use: the rest is added up in the wrong order.
fn add_same(left: &Arc<Node>, right: &Arc<Node>, end: End, total: &mut Total) -> bool {
    fn row<T>(items: &[T], end: End) -> impl Iterator<Item = &T> {
        let idx = move |n| {
            if end == End::Start {
                n
            } else {
                items.len() - 1 - n
            }
        };
        (0..items.len()).map(move |n| &items[idx(n)])
    }
    if Arc::ptr_eq(left, right) {
        *total += left.total;
        return true;
    }
    match (&left.below, &right.below) {
        (Below::Pieces(left), Below::Pieces(right)) => {
            let pairs = row(left, end).zip(row(right, end));
            let same = pairs.take_while(|(left, right)| left == right);
            let n_same = same.map(|(piece, _)| *total += piece.total()).count();
            n_same == left.len() && n_same == right.len()
        }
        (Below::Nodes(left), Below::Nodes(right)) => {
            let mut pairs = row(left, end).zip(row(right, end));
            pairs.all(|(left, right)| add_same(left, right, end, total))
                && left.len() == right.len()
        }
        // One tree is higher than the other.
        (Below::Nodes(higher), Below::Pieces(_)) => {
            let next = row(higher, end).next();
            next.is_some_and(|left| add_same(left, right, end, total)) && higher.len() == 1
        }
        (Below::Pieces(_), Below::Nodes(higher)) => {
            let next = row(higher, end).next();
            next.is_some_and(|right| add_same(left, right, end, total)) && higher.len() == 1
        }
    }
}

/// Pieces in order.
#[derive(Debug, Clone)]
struct Iter<'a> {
    stack: Vec<std::slice::Iter<'a, Arc<Node>>>,
    pieces: std::slice::Iter<'a, Piece>,
}

impl<'a> Iter<'a> {
    /// Goes on to the next node with pieces that does not end before `n` pieces; `None` at the end.
    fn enter(&mut self, n: &mut usize) -> Option<()> {
        loop {
            let node = loop {
                match self.stack.last_mut()?.next() {
                    Some(node) if node.total.pieces <= *n && *n > 0 => *n -= node.total.pieces,
                    Some(node) => break node,
                    None => {
                        self.stack.pop();
                    }
                }
            };
            match &node.below {
                Below::Nodes(nodes) => self.stack.push(nodes.iter()),
                Below::Pieces(pieces) => {
                    self.pieces = pieces.iter();
                    return Some(());
                }
            }
        }
    }

    fn skip_pieces(&mut self, mut n: usize) {
        if n == 0 || self.enter(&mut n).is_none() {
            return;
        }
        if let Some(last) = n.checked_sub(1) {
            self.pieces.nth(last);
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Piece;

    fn next(&mut self) -> Option<&'a Piece> {
        loop {
            if let Some(piece) = self.pieces.next() {
                return Some(piece);
            }
            self.enter(&mut 0)?;
        }
    }
}
