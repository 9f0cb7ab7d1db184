//! What digests add, on shelves: the rows of one digest or of many in common memory, kind by kind.
//!
//! A digest adds a dozen lists of some kilobytes. Where each is memory of its own, they come to lie
//! between what parsing takes and gives back, and with ten thousand digests a tenth of the time goes
//! by in a heap that grows and is full of holes. So the lists of many digests are copied one behind
//! the other, and theirs are free for the next digests. Rows point into the lists of their digest alone,
//! wherever those begin: copied, they are what they were.
//!
//! Tests are in `tests/tests/workspace.rs`.

use super::contribution::{
    FileRow, NONE, PatchRow, PersonRow, Piece, PostingRow, Rows, VersionRow,
};
use super::message_id::Day;

/// What is told of a digest as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Whole {
    pub(super) list: Piece,
    pub(super) from: Piece,
    pub(super) to: Piece,
    /// The newest day in any Message-ID that the digest cites: it is not older than that.
    pub(super) newest_day: Option<Day>,
    /// Mails that the tables count and no entry shows.
    pub(super) n_unlisted: u32,
}

/// A digest on a shelf.
pub(super) struct Head {
    whole: Whole,
    places: Places,
}

/// What of a shelf is one digest's own.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    shelf: &'a Shelf,
    head: &'a Head,
}

/// Makes what has a part for each kind of rows.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $row:ty,)*) => {
        /// The rows of digests, those of one behind those of another.
        #[derive(Default)]
        pub(super) struct Shelf {
            pub(super) heads: Vec<Head>,
            pub(super) text: String,
            $(pub(super) $kind: Vec<$row>,)*
        }

        /// Where on its shelf the rows of a digest are.
        pub(super) struct Places {
            text: Rows,
            $($kind: Rows,)*
        }

        impl Shelf {
            /// The shelf of one digest, whose rows are all that there are, without room to spare.
            pub(super) fn for_one(mut self, whole: Whole) -> Self {
                // What lies further behind has no pieces.
                self.text.truncate(self.text.floor_char_boundary(NONE as usize));
                self.text.shrink_to_fit();
                $(self.$kind.shrink_to_fit();)*
                let places = Places {
                    text: Rows::behind(0, self.text.len()),
                    $($kind: Rows::behind(0, self.$kind.len()),)*
                };
                self.heads = vec![Head { whole, places }];
                self
            }

            /// A shelf that has room for some digests and no more.
            fn with_room_for(digests: &[Own<'_>]) -> Self {
                let sum = |len: fn(&Own<'_>) -> usize| digests.iter().map(len).sum();
                Self {
                    heads: Vec::with_capacity(digests.len()),
                    text: String::with_capacity(sum(|own| own.text().len())),
                    $($kind: Vec::with_capacity(sum(|own| own.$kind().len())),)*
                }
            }

            fn put(&mut self, own: Own<'_>) {
                let places = Places {
                    text: Rows::behind(self.text.len(), own.text().len()),
                    $($kind: Rows::behind(self.$kind.len(), own.$kind().len()),)*
                };
                self.text.push_str(own.text());
                $(self.$kind.extend_from_slice(own.$kind());)*
                let whole = own.head.whole;
                self.heads.push(Head { whole, places });
            }
        }

        impl<'a> Own<'a> {
            $($(#[$doc])*
            pub(super) fn $kind(self) -> &'a [$row] {
                self.head.places.$kind.of(&self.shelf.$kind)
            })*

            /// Bytes that it takes of its shelf.
            pub(super) fn n_bytes(self) -> usize {
                size_of::<Head>() + self.text().len() $(+ size_of_val(self.$kind()))*
            }
        }

        impl PartialEq for Own<'_> {
            fn eq(&self, other: &Self) -> bool {
                self.head.whole == other.head.whole
                    && self.text() == other.text()
                    $(&& self.$kind() == other.$kind())*
            }
        }
    };
}

kinds! {
    postings: PostingRow,
    patches: PatchRow,
    files: FileRow,
    /// The hashes of the names of the files, each once.
    file_keys: u64,
    /// Folders of the files, each once.
    folders: Piece,
    versions: VersionRow,
    /// Message-IDs that postings cite other than as versions of theirs.
    cited: Piece,
    people: PersonRow,
    /// The keys by which postings meet others, see `keys`.
    keys: u64,
    /// The posting of each entry.
    entries: u32,
    /// A set of the three-letter parts of all words in titles and names.
    grams: u64,
}

impl Shelf {
    /// The shelf of some digests, in their order.
    pub(super) fn of(digests: &[Own<'_>]) -> Self {
        let mut shelf = Self::with_room_for(digests);
        for own in digests {
            shelf.put(*own);
        }
        shelf
    }

    /// Number of digests, those included that nobody has any more.
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// What the digest with an index has on it.
    pub(super) fn own(&self, at: u32) -> Own<'_> {
        Own {
            shelf: self,
            head: &self.heads[at as usize],
        }
    }
}

impl<'a> Own<'a> {
    pub(super) fn whole(self) -> &'a Whole {
        &self.head.whole
    }

    /// The text that pieces are stretches of.
    fn text(self) -> &'a str {
        let Rows { start, end } = self.head.places.text;
        let text = self.shelf.text.get(start as usize..end as usize);
        text.unwrap_or_default()
    }

    pub(super) fn str(self, piece: Piece) -> &'a str {
        let start = self.head.places.text.start as usize + piece.start as usize;
        let text = self.shelf.text.get(start..start + piece.len as usize);
        text.unwrap_or_default()
    }
}
