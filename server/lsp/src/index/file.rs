//! One digest on the disk, as the index keeps it: what it adds, and where its entries stand, so
//! that answers need not read it again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use patch_digest_core::Digest;
use patch_digest_core::features::definition::entry_target;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::text::{Encoding, Text};
use patch_digest_core::workspace::Contribution;
use patch_digest_files::Found;

use crate::uri;

/// A digest on the disk.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its address.
    pub(crate) uri: String,
    /// What it adds to the index.
    pub(crate) contribution: Contribution,
    /// Where its entries stand, in order.
    pub(crate) entries: Box<[EntryLines]>,
}

/// Where an entry stands; lines are zero-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryLines {
    /// The first line.
    pub(crate) first: u32,
    /// The line after the last.
    pub(crate) end: u32,
    /// The line of the subject.
    pub(crate) subject: u32,
    /// The length of the subject, in the unit agreed on with the client.
    pub(crate) width: u32,
}

impl EntryLines {
    /// Where the entry with an index stands in a digest.
    pub(crate) fn of(digest: &Digest, entry: usize, encoding: Encoding) -> Option<Self> {
        let target = entry_target(digest, entry)?;
        let text: &Text = digest.text();
        let (subject, width) = text.position_of(target.focus.end, encoding);
        let end = text.position_of(target.full.end, encoding);
        Some(Self {
            first: narrow(text.line_of(target.full.start)),
            end: narrow(end.0 + usize::from(end.1 > 0)),
            subject: narrow(subject),
            width: narrow(width),
        })
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl File {
    /// Reads what a digest has to tell, with its key. `None` where that panicked: one digest must
    /// not cost the others.
    pub(crate) fn new(found: Found, encoding: Encoding) -> Option<(Arc<str>, Arc<Self>)> {
        let read = || {
            let digest = Digest::parse(&found.text);
            let contribution = Contribution::of(&digest);
            let places = digest.blocks().iter();
            let places = places.filter(|place| place.block.kind == BlockKind::Entry);
            let entries =
                places.filter_map(|place| EntryLines::of(&digest, place.before.entries, encoding));
            (contribution, entries.collect())
        };
        let (contribution, entries) = catch_unwind(AssertUnwindSafe(read)).ok()?;
        // A name that is no text has no address to tell the client.
        let uri = uri::of_path(&found.path)?;
        let key = uri::key(&uri).into();
        let file = Self {
            path: found.path,
            uri,
            contribution,
            entries,
        };
        Some((key, Arc::new(file)))
    }
}
