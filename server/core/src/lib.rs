//! Pure analysis of mailing-list patch digests: text in, values out.
//!
//! Nothing in this crate knows of a protocol, a file, a clock or a thread. The layers, from
//! the ground up:
//!
//! * [`text`]: the document, a rope once it is edited; the one definition of a line, columns in
//!   UTF-8/16/32;
//! * [`syntax`]: blocks, found by a total fold over lines, incrementally maintained;
//! * [`digest`]: one digest: its text, its blocks and the model made of them;
//! * [`model`]: the typed view: header, tables, entries, people, series;
//! * [`packed`]: strings that share memory;
//! * [`shown`]: text from strangers, made harmless;
//! * [`spelling`]: how far words are apart;
//! * [`features`]: one file per thing a user can ask for;
//! * [`lints`]: what is reported as wrong, and the table of all rules;
//! * [`fixes`]: what puts it right;
//! * [`stop`]: how long work learns that nobody wants its result any more;
//! * [`workspace`]: all digests taken together: histories of series, the order of digests;
//! * [`queue`]: what of that concerns a reader, and what he has noted.

// Text from strangers must not end the process.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

#[cfg(test)]
mod combined;
pub mod digest;
mod eight;
pub mod features;
pub mod fixes;
pub mod lints;
pub mod model;
mod narrow;
pub mod packed;
pub mod queue;
pub mod shown;
mod sixteen;
pub mod spelling;
pub mod stop;
pub mod syntax;
pub mod text;
mod trim;
pub mod workspace;

pub use digest::Digest;
pub use workspace::Workspace;
