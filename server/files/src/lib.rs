//! Files that digests are in: found below folders, read, and replaced safely.
//!
//! * [`mod@find`]: every digest below some folders, in parallel, cancellable, with caps;
//! * [`gather`]: what threads read of many digests, with what they add in common memory;
//! * [`read`]: one file, with limits, and errors in words for people;
//! * [`interest`]: what concerns the reader, from his settings;
//! * [`marks`]: what the reader has noted about series;
//! * [`replace`]: a file's content, as a whole or not at all;
//! * [`stamp`]: whether a file is as it was;
//! * [`threads`]: work on all processors.
//!
//! Knows files and threads, but neither protocol nor arguments. Whether a file is a digest is told
//! by its first line, as everywhere; its name says nothing. The tests are in `tests`.

// What lies in a folder must not end the process.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

pub mod find;
pub mod gather;
pub mod interest;
pub mod marks;
pub mod read;
pub mod replace;
pub mod stamp;
pub mod threads;

pub use find::{Found, Known, Limits, Others, Report, Skip, find, find_again, find_among};
pub use gather::Gathered;
pub use stamp::Stamp;
