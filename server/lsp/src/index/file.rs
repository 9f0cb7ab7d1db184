//! One digest on the disk, as the index keeps it: what it adds, and where its entries stand, so
//! that answers need not read it again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use patch_digest_core::Digest;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::syntax::blocks::Place;
use patch_digest_core::syntax::line::Lines;
use patch_digest_core::text::{Encoding, Text};
use patch_digest_core::workspace::Contribution;
use patch_digest_files::{Found, Stamp};

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
    /// What it looked like when it was read; `None` where nobody asks, or where it may have changed
    /// since and look the same.
    pub(super) stamp: Option<Stamp>,
}

/// Where an entry stands; lines are zero-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryLines {
    /// The first line.
    pub(crate) first: u32,
    /// The line on which it ends: the one after its last, at the start, or at the end of a text
    /// without a final line break the last line.
    pub(crate) end: u32,
    /// Where on that line, in the unit agreed on with the client.
    pub(crate) end_column: u32,
    /// The line of the subject.
    pub(crate) subject: u32,
    /// The length of the subject, in the unit agreed on with the client.
    pub(crate) width: u32,
}

impl EntryLines {
    /// Where the entry with an index stands in a digest.
    pub(crate) fn of(digest: &Digest, entry: usize, encoding: Encoding) -> Option<Self> {
        let place = digest.blocks().entry(entry)?;
        Some(Self::at(digest, &place, encoding))
    }

    /// Told by the lines that blocks count, so that those of the text need not be found.
    fn at(digest: &Digest, place: &Place<'_>, encoding: Encoding) -> Self {
        let text: &Text = digest.text();
        let subject = place.block.entry().and_then(|entry| entry.subject);
        let (line, width) = match subject {
            Some(subject) => {
                let line = text.slice(subject.span.at(place.start()));
                (subject.line() as usize, width_of(&line, encoding))
            }
            None => {
                let block = text.slice(place.range());
                let first = Lines::new(&block).next();
                (0, first.map_or(0, |line| width_of(line.text, encoding)))
            }
        };
        let range = place.range();
        let end = place.line() + place.block.n_line_breaks as usize;
        let last = text.slice(range.end.saturating_sub(1)..range.end);
        let end_column = if last.ends_with(['\n', '\r']) {
            0
        } else {
            let block = text.slice(range);
            let last = Lines::new(&block).last();
            last.map_or(0, |line| width_of(line.text, encoding))
        };
        Self {
            first: narrow(place.line()),
            end: narrow(end),
            end_column: narrow(end_column),
            subject: narrow(place.line() + line),
            width: narrow(width),
        }
    }
}

/// The length of a line, in units of an encoding.
fn width_of(line: &str, encoding: Encoding) -> usize {
    match encoding {
        _ if line.is_ascii() => line.len(),
        Encoding::Utf8 => line.len(),
        Encoding::Utf16 => line.encode_utf16().count(),
        Encoding::Utf32 => line.chars().count(),
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl File {
    /// Reads what a digest has to tell, with its key. `None` where that panicked: one digest must
    /// not cost the others.
    pub(crate) fn new(found: Found, encoding: Encoding) -> Option<(Arc<str>, Self)> {
        let Found {
            path, text, stamp, ..
        } = found;
        let read = || {
            let digest = Digest::parse(text);
            let contribution = Contribution::of(&digest);
            let places = digest.blocks().iter();
            let places = places.filter(|place| place.block.kind == BlockKind::Entry);
            let entries = places.map(|place| EntryLines::at(&digest, &place, encoding));
            (contribution, entries.collect())
        };
        let (contribution, entries) = catch_unwind(AssertUnwindSafe(read)).ok()?;
        // A name that is no text has no address to tell the client.
        let uri = uri::of_path(&path)?;
        let key = uri::key(&uri).into();
        let file = Self {
            path,
            uri,
            contribution,
            entries,
            stamp,
        };
        Some((key, file))
    }

    /// Whether the index is the same with the one as with the other.
    pub(super) fn tells_the_same(&self, other: &Self) -> bool {
        (&self.uri, &self.contribution, &self.entries)
            == (&other.uri, &other.contribution, &other.entries)
    }
}
