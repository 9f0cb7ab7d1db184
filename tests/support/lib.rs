//! Helpers of the tests that drive the whole: the corpus, random edits, generated damage.

pub mod corpus;
pub mod edits;
pub mod random;
