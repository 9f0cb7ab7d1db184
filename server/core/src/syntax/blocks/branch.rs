//! The tree of blocks as those see it who keep something beside it, or compare two states.

use std::sync::Arc;

use super::{Block, Blocks, Child, Node, Place, Sum};

/// A part of the tree of blocks: some blocks in a row, cut where the tree is.
///
/// States of a digest share the branches that no edit between them has touched.
#[derive(Debug, Clone, Copy)]
pub struct Branch<'a> {
    node: &'a Node,
    before: Sum,
    sum: Sum,
}

/// What a branch is made of.
#[derive(Debug)]
pub enum Parts<'a> {
    /// Smaller branches, each as high as the others.
    Branches(Vec<Branch<'a>>),
    /// Blocks.
    Blocks(Vec<Place<'a>>),
}

impl<'a> Branch<'a> {
    /// The same for two states of a digest, both alive, only if the blocks are the same and none has
    /// another text.
    #[must_use]
    pub fn address(&self) -> usize {
        match self.node {
            Node::Leaf(blocks) => Arc::as_ptr(blocks).addr(),
            Node::Inner(children) => Arc::as_ptr(children).addr(),
        }
    }

    /// Number of branches on the way to a block, this one included.
    #[must_use]
    pub fn height(&self) -> usize {
        let mut height = 1;
        let mut node = self.node;
        while let Node::Inner(children) = node
            && let Some(first) = children.first()
        {
            height += 1;
            node = &first.node;
        }
        height
    }

    /// What it is made of, in order.
    #[must_use]
    pub fn parts(&self) -> Parts<'a> {
        let mut before = self.before;
        match self.node {
            Node::Leaf(blocks) => {
                let place = |block: &'a Block| {
                    let place = Place { block, before };
                    before += block.sum();
                    place
                };
                Parts::Blocks(blocks.iter().map(place).collect())
            }
            Node::Inner(children) => {
                let branch = |child: &'a Child| {
                    let branch = Branch {
                        node: &child.node,
                        before,
                        sum: child.sum,
                    };
                    before += child.sum;
                    branch
                };
                Parts::Branches(children.iter().map(branch).collect())
            }
        }
    }
}

impl<'a> Branch<'a> {
    /// Whether `same` holds for each block and the one with its index in a newer state of the digest;
    /// asked where no branch is shared. Not so if there are more of them or fewer.
    pub fn all_same(
        &self,
        newer: &Self,
        same: &mut dyn FnMut(Place<'a>, Place<'a>) -> bool,
    ) -> bool {
        if self.sum.blocks != newer.sum.blocks {
            return false;
        }
        if self.address() == newer.address() {
            return true;
        }
        if let (Parts::Branches(old), Parts::Branches(new)) = (self.parts(), newer.parts()) {
            let sizes = |parts: &[Self]| -> Vec<usize> {
                parts.iter().map(|part| part.sum.blocks).collect()
            };
            if sizes(&old) == sizes(&new) {
                let mut pairs = old.iter().zip(&new);
                return pairs.all(|(old, new)| old.all_same(new, same));
            }
        }
        let (mut old, mut new) = (Vec::new(), Vec::new());
        self.add_blocks(&mut old);
        newer.add_blocks(&mut new);
        old.into_iter().zip(new).all(|(old, new)| same(old, new))
    }

    fn add_blocks(&self, blocks: &mut Vec<Place<'a>>) {
        match self.parts() {
            Parts::Blocks(places) => blocks.extend(places),
            Parts::Branches(parts) => parts.iter().for_each(|part| part.add_blocks(blocks)),
        }
    }
}

impl Blocks {
    /// The tree itself, for those who keep something beside it.
    #[must_use]
    pub fn top(&self) -> Branch<'_> {
        Branch {
            node: &self.root,
            before: Sum::default(),
            sum: self.sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FANOUT;
    use super::super::tests::block;
    use super::*;

    #[test]
    fn blocks_are_compared_where_no_branch_is_shared() {
        let older = Blocks::new((1..2000).map(block).collect());
        let compared = |newer: &Blocks| {
            let mut pairs = Vec::new();
            let all = older.top().all_same(&newer.top(), &mut |old, new| {
                pairs.push((old.before.blocks, old.block.len, new.block.len));
                assert_eq!(old.before.blocks, new.before.blocks);
                true
            });
            all.then_some(pairs)
        };
        assert_eq!(compared(&older.clone()), Some(Vec::new()));
        let mut newer = older.clone();
        newer.splice(1000..1001, vec![block(5000)]);
        let pairs = compared(&newer).unwrap();
        assert!(pairs.contains(&(1000, 1001, 5000)) && pairs.len() <= FANOUT);
        newer.splice(0..1, Vec::new());
        assert_eq!(compared(&newer), None);
        // As many again, in a tree of another shape.
        newer.splice(1999 - 1..1999 - 1, vec![block(1)]);
        let pairs = compared(&newer).unwrap();
        assert!(pairs.contains(&(0, 1, 2)), "{pairs:?}");
        let differ = |(idx, old, new): &(usize, usize, usize)| *idx + 1 == *old && old != new;
        assert_eq!(pairs.iter().filter(|pair| differ(pair)).count(), 1999);
    }
}
