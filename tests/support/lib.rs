//! Helpers of the tests that drive the whole: the corpus, random edits, generated damage, the
//! program and a client of its language server.

pub mod binary;
pub mod client;
pub mod corpus;
pub mod edits;
pub mod folders;
pub mod fuzz;
pub mod generate;
pub mod growth;
pub mod harmless;
pub mod large;
pub mod measure;
pub mod positions;
pub mod process;
pub mod profiles;
pub mod random;
pub mod reference;
pub mod samples;
pub mod schema;
pub mod temp;
pub mod traffic;
