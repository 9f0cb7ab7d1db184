//! A persistent balanced tree of items in order, summed: under the text and under the blocks.
//!
//! Cloning a tree is copying a pointer; replacing a few items copies the nodes on the way to them
//! and shares the rest. Items say what is added up over them, so they are found by any of it.
//! Tested here, and with the blocks and the text made of it.

use std::fmt::Debug;
use std::ops::{AddAssign, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What stands in a tree.
pub(crate) trait Item: Clone + Debug {
    /// What is added up over items.
    type Sum: Copy + Default + AddAssign + Debug;

    /// The sum of this one.
    fn sum(&self) -> Self::Sum;

    /// The number of items in a sum.
    fn n_items(sum: &Self::Sum) -> usize;

    /// Whether the item is known to be clean; see [`Tree::visit_unclean`].
    fn is_clean(&self) -> bool {
        false
    }
}

/// Whether something was found clean: no part of what it is, but it stays with it.
#[derive(Debug, Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, value: bool) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl Clone for Flag {
    fn clone(&self) -> Self {
        Self(AtomicBool::new(self.get()))
    }
}

impl PartialEq for Flag {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Flag {}

/// Largest number of children of a node. Those of every node on the way to an edit are counted
/// once more, wherever in memory they are: in a large tree that costs more than what is copied.
const FANOUT: usize = 12;

#[derive(Debug)]
struct Node<T: Item> {
    below: Below<T>,
    /// Whether every item below was found clean: kept with the node, which edits elsewhere share.
    is_clean: Flag,
}

#[derive(Debug)]
enum Below<T: Item> {
    Leaf(Vec<T>),
    Inner(Vec<Child<T>>),
}

#[derive(Debug, Clone)]
struct Child<T: Item> {
    sum: T::Sum,
    node: Arc<Node<T>>,
    /// As that of the node, once it was seen: the node is elsewhere in memory.
    is_clean: Flag,
}

impl<T: Item> Child<T> {
    fn new(node: Arc<Node<T>>) -> Self {
        Self {
            sum: node.sum(),
            node,
            is_clean: Flag::default(),
        }
    }
}

impl<T: Item> Node<T> {
    fn leaf(items: Vec<T>) -> Arc<Self> {
        Self::new(Below::Leaf(items))
    }

    fn inner(children: Vec<Child<T>>) -> Arc<Self> {
        Self::new(Below::Inner(children))
    }

    fn new(below: Below<T>) -> Arc<Self> {
        Arc::new(Self {
            below,
            is_clean: Flag::default(),
        })
    }

    fn sum(&self) -> T::Sum {
        let mut total = T::Sum::default();
        match &self.below {
            Below::Leaf(items) => items.iter().for_each(|item| total += item.sum()),
            Below::Inner(children) => children.iter().for_each(|child| total += child.sum),
        }
        total
    }

    fn n_children(&self) -> usize {
        match &self.below {
            Below::Leaf(items) => items.len(),
            Below::Inner(children) => children.len(),
        }
    }

    fn visit_unclean(&self, mut before: T::Sum, visit: &mut dyn FnMut(&T, T::Sum)) -> bool {
        if self.is_clean.get() {
            return true;
        }
        let mut is_clean = true;
        match &self.below {
            Below::Leaf(items) => {
                for item in items {
                    if !item.is_clean() {
                        visit(item, before);
                        is_clean &= item.is_clean();
                    }
                    before += item.sum();
                }
            }
            Below::Inner(children) => {
                for child in children {
                    if !child.is_clean.get() {
                        child.is_clean.set(child.node.visit_unclean(before, visit));
                        is_clean &= child.is_clean.get();
                    }
                    before += child.sum;
                }
            }
        }
        self.is_clean.set(is_clean);
        is_clean
    }
}

/// Items in order.
#[derive(Debug, Clone)]
pub(crate) struct Tree<T: Item> {
    root: Arc<Node<T>>,
    sum: T::Sum,
}

impl<T: Item> Default for Tree<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: Item> Tree<T> {
    /// A tree of the given items.
    pub(crate) fn new(items: Vec<T>) -> Self {
        let mut level = Vec::with_capacity(items.len().div_ceil(FANOUT));
        in_chunks(items, |items| level.push(Child::new(Node::leaf(items))));
        Self::from_level(level)
    }

    fn from_level(mut level: Vec<Child<T>>) -> Self {
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(FANOUT));
            in_chunks(level, |children| {
                above.push(Child::new(Node::inner(children)));
            });
            level = above;
        }
        let root = level.pop();
        let root = root.unwrap_or_else(|| Child::new(Node::leaf(Vec::new())));
        Self {
            sum: root.sum,
            root: root.node,
        }
    }

    /// The sum over all items.
    pub(crate) fn sum(&self) -> T::Sum {
        self.sum
    }

    /// The items from the `index`-th on, with the sums before them.
    pub(crate) fn iter_from(&self, index: usize) -> Iter<'_, T> {
        let mut iter = Iter {
            stack: Vec::new(),
            leaf: [].iter(),
            before: T::Sum::default(),
        };
        let mut node = &*self.root;
        loop {
            match &node.below {
                Below::Leaf(items) => {
                    let skip = index.saturating_sub(T::n_items(&iter.before));
                    let skip = skip.min(items.len());
                    items[..skip]
                        .iter()
                        .for_each(|item| iter.before += item.sum());
                    iter.leaf = items[skip..].iter();
                    return iter;
                }
                Below::Inner(children) => {
                    let mut rest = children.iter();
                    let mut chosen = None;
                    for child in rest.by_ref() {
                        if index < T::n_items(&iter.before) + T::n_items(&child.sum) {
                            chosen = Some(child);
                            break;
                        }
                        iter.before += child.sum;
                    }
                    let Some(child) = chosen else {
                        return iter;
                    };
                    iter.stack.push(rest);
                    node = &child.node;
                }
            }
        }
    }

    /// The item in which the running sum of `measure` passes `target`, with the sum before it.
    pub(crate) fn find(
        &self,
        target: usize,
        measure: impl Fn(&T::Sum) -> usize,
    ) -> Option<(&T, T::Sum)> {
        let mut before = T::Sum::default();
        let mut node = &*self.root;
        loop {
            match &node.below {
                Below::Leaf(items) => {
                    for item in items {
                        let sum = item.sum();
                        if target < measure(&before) + measure(&sum) {
                            return Some((item, before));
                        }
                        before += sum;
                    }
                    return None;
                }
                Below::Inner(children) => {
                    let mut chosen = None;
                    for child in children {
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

    /// Calls `visit` for the items that are not known to be clean, in order; it notes in the item
    /// whether it is. Costs as much as there are items that are new or not clean.
    pub(crate) fn visit_unclean(&self, visit: &mut dyn FnMut(&T, T::Sum)) {
        self.root.visit_unclean(T::Sum::default(), visit);
    }

    /// Replaces the items with the given indexes; cost grows with their number and the logarithm
    /// of all.
    pub(crate) fn splice(&mut self, range: Range<usize>, new: Vec<T>) {
        let end = range.end.min(T::n_items(&self.sum));
        let range = range.start.min(end)..end;
        let mut level = Vec::with_capacity(2);
        splice(&self.root, range, new, &mut |node| {
            add_merging(&mut level, node);
        });
        *self = Self::from_level(level);
        // A root with one child is a level too many.
        while let Below::Inner(children) = &self.root.below {
            let [only] = &children[..] else { break };
            self.root = Arc::clone(&only.node);
        }
    }
}

/// Gives `add` the nodes, of the height of `node`, that stand for it after the replacement.
fn splice<T: Item>(
    node: &Node<T>,
    range: Range<usize>,
    new: Vec<T>,
    add: &mut dyn FnMut(Arc<Node<T>>),
) {
    match &node.below {
        Below::Leaf(items) => {
            let mut result = Vec::with_capacity(items.len() + new.len() - range.len());
            result.extend_from_slice(&items[..range.start]);
            result.extend(new);
            result.extend_from_slice(&items[range.end..]);
            in_chunks(result, |items| add(Node::leaf(items)));
        }
        Below::Inner(children) => {
            let mut result: Vec<Child<T>> = Vec::with_capacity(children.len() + 1);
            let mut new = Some(new);
            let mut start = 0;
            for (idx, child) in children.iter().enumerate() {
                let end = start + T::n_items(&child.sum);
                let last = idx + 1 == children.len();
                // The first child that the range touches takes the new items; an insertion at
                // the very end goes to the last child.
                let takes_new = new.is_some() && (range.start < end || last);
                let overlap =
                    range.start.clamp(start, end) - start..range.end.clamp(start, end) - start;
                if overlap.is_empty() && !takes_new {
                    result.push(child.clone());
                } else {
                    let insert = if takes_new { new.take() } else { None };
                    splice(
                        &child.node,
                        overlap,
                        insert.unwrap_or_default(),
                        &mut |node| {
                            add_merging(&mut result, node);
                        },
                    );
                }
                start = end;
            }
            in_chunks(result, |children| add(Node::inner(children)));
        }
    }
}

/// Adds a node after its left neighbours; two small nodes become one, so that many edits do not
/// leave a tree of crumbs.
fn add_merging<T: Item>(nodes: &mut Vec<Child<T>>, node: Arc<Node<T>>) {
    if node.n_children() == 0 {
        return;
    }
    if let Some(last) = nodes.last()
        && last.node.n_children() + node.n_children() <= FANOUT
    {
        let merged = match (&last.node.below, &node.below) {
            (Below::Leaf(left), Below::Leaf(right)) => {
                Some(Node::leaf([&left[..], &right[..]].concat()))
            }
            (Below::Inner(left), Below::Inner(right)) => {
                Some(Node::inner([&left[..], &right[..]].concat()))
            }
            _ => None,
        };
        if let Some(merged) = merged {
            nodes.pop();
            nodes.push(Child::new(merged));
            return;
        }
    }
    nodes.push(Child::new(node));
}

/// Cuts a list into as few chunks of nearly equal size as [`FANOUT`] allows.
fn in_chunks<T>(items: Vec<T>, mut add: impl FnMut(Vec<T>)) {
    let total = items.len();
    if (1..=FANOUT).contains(&total) {
        add(items);
        return;
    }
    let n_chunks = total.div_ceil(FANOUT);
    let mut items = items.into_iter();
    for idx in 0..n_chunks {
        let len = total * (idx + 1) / n_chunks - total * idx / n_chunks;
        add(items.by_ref().take(len).collect());
    }
}

/// Iterates over items with the sums before them.
#[derive(Debug, Clone)]
pub(crate) struct Iter<'a, T: Item> {
    stack: Vec<std::slice::Iter<'a, Child<T>>>,
    leaf: std::slice::Iter<'a, T>,
    before: T::Sum,
}

impl<'a, T: Item> Iterator for Iter<'a, T> {
    type Item = (&'a T, T::Sum);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.leaf.next() {
                let before = self.before;
                self.before += item.sum();
                return Some((item, before));
            }
            let child = loop {
                match self.stack.last_mut()?.next() {
                    Some(child) => break child,
                    None => self.stack.pop(),
                };
            };
            match &child.node.below {
                Below::Leaf(items) => self.leaf = items.iter(),
                Below::Inner(children) => self.stack.push(children.iter()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    struct Number(usize, Flag);

    /// How many numbers, and their sum.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    struct Total(usize, usize);

    impl AddAssign for Total {
        fn add_assign(&mut self, other: Self) {
            self.0 += other.0;
            self.1 += other.1;
        }
    }

    impl Item for Number {
        type Sum = Total;

        fn sum(&self) -> Total {
            Total(1, self.0)
        }

        fn n_items(sum: &Total) -> usize {
            sum.0
        }

        fn is_clean(&self) -> bool {
            self.1.get()
        }
    }

    fn tree(numbers: impl Iterator<Item = usize>) -> Tree<Number> {
        Tree::new(numbers.map(|n| Number(n, Flag::default())).collect())
    }

    fn depth(node: &Node<Number>) -> usize {
        match &node.below {
            Below::Leaf(_) => 1,
            Below::Inner(children) => {
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
        let mut tree = tree(1..2000);
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
            let items = new.iter().map(|&n| Number(n, Flag::default())).collect();
            tree.splice(start..end, items);
            vector.splice(start..end, new);

            let numbers: Vec<usize> = tree.iter_from(0).map(|(number, _)| number.0).collect();
            assert_eq!(numbers, vector);
            assert_eq!(tree.sum(), Total(vector.len(), vector.iter().sum()));
            assert!(depth(&tree.root) <= 7);
            if !vector.is_empty() {
                let index = below(vector.len());
                let (number, before) = tree.iter_from(index).next().unwrap();
                assert_eq!(number.0, vector[index]);
                assert_eq!(before, Total(index, vector[..index].iter().sum()));
                let (found, at) = tree.find(before.1, |total| total.1).unwrap();
                assert_eq!((found.0, at), (number.0, before));
            }
        }
    }

    #[test]
    fn clean_items_are_visited_again_only_where_something_changed() {
        let mut tree = tree(1..2000);
        let visited = |tree: &Tree<Number>| {
            let mut numbers = Vec::new();
            tree.visit_unclean(&mut |number, _| {
                numbers.push(number.0);
                number.1.set(number.0 != 777);
            });
            numbers
        };
        assert_eq!(visited(&tree).len(), 1999);
        let second = visited(&tree);
        assert_eq!(second, [777]);
        let before = tree.clone();
        tree.splice(10..11, vec![Number(5000, Flag::default())]);
        assert_eq!(visited(&tree), [5000, 777]);
        assert_eq!(visited(&before), second);
    }

    #[test]
    fn what_is_found_clean_in_a_snapshot_is_clean_in_what_came_of_it() {
        let before = tree(1..2000);
        let mut after = before.clone();
        after.splice(10..11, vec![Number(5000, Flag::default())]);
        before.visit_unclean(&mut |number, _| number.1.set(true));
        let mut n_visited = 0;
        after.visit_unclean(&mut |number, _| {
            number.1.set(true);
            n_visited += 1;
        });
        assert!(n_visited <= FANOUT, "{n_visited}");
    }
}
