//! The queue: which series of a folder of digests concern a reader, what is new among them, and
//! what he has done about them.
//!
//! * [`interest`]: what concerns him, with [`paths`] and [`maintainers`];
//! * [`rows`]: the newest posting of every series, in sections;
//! * [`text`]: rows as lines;
//! * [`marks`]: what he has noted, and the text file that keeps it.
//!
//! No clock and no file: today's day and the texts are given.

pub mod interest;
pub mod maintainers;
pub mod marks;
pub mod paths;
pub mod rows;
pub mod text;

pub use rows::{Memo, Options, Queue, Row, Section, queue};
