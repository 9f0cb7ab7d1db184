//! Indexes, or none, in four bytes: where thousands are kept, eight or sixteen each are felt.

use std::num::NonZeroU32;

/// An index or none. One past four thousand millions, which no digest has, is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MaybeIndex(Option<NonZeroU32>);

impl MaybeIndex {
    /// The index.
    pub(crate) fn get(self) -> Option<usize> {
        Some(self.0?.get() as usize - 1)
    }
}

impl From<Option<usize>> for MaybeIndex {
    fn from(index: Option<usize>) -> Self {
        let index = index.and_then(|index| u32::try_from(index).ok());
        Self(index.and_then(|index| NonZeroU32::MIN.checked_add(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_what_it_was() {
        for index in [None, Some(0), Some(7), Some(u32::MAX as usize - 1)] {
            assert_eq!(MaybeIndex::from(index).get(), index);
        }
        assert_eq!(MaybeIndex::from(Some(u32::MAX as usize)).get(), None);
        assert_eq!(size_of::<MaybeIndex>(), 4);
    }
}
