//! Blocks: what the lines of a digest are, found by a total fold and kept under edits.
//!
//! * [`mod@line`]: splitting text into lines and telling what a line is by itself;
//! * `feeds`: line ends, found for many lines at once;
//! * [`fold`]: the state machine that cuts a digest into blocks;
//! * [`entry`]: what stands where inside one entry;
//! * `body`: the same in its body, line by line;
//! * [`form`]: lines of mails that have a form: trailers, diffstats, shortlogs, footnotes;
//! * `diffstat`: the rows of a diffstat;
//! * `shortlog`: where titles stand in the shortlog of an entry;
//! * [`log`]: what stands in a block of log lines;
//! * [`halves`]: a large text folded in two parts at once;
//! * [`words`]: words that mean something wherever they stand;
//! * [`blocks`]: the persistent tree the blocks stand in;
//! * [`reparse`]: the same result after an edit, from as little text as possible;
//! * `prose`: the same after typing in prose, from no text but its line.

pub mod blocks;
mod body;
pub(crate) mod diffstat;
pub mod entry;
mod feeds;
pub mod fold;
pub mod form;
pub mod halves;
pub mod line;
pub mod log;
mod prose;
pub mod reparse;
mod shortlog;
pub mod words;

pub use blocks::{Block, BlockKind, Blocks, Place};
pub use entry::{Entry, Part, PartKind, Span};
