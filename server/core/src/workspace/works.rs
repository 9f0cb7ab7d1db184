//! All works of a workspace, one after the other, without making anything of them that nobody
//! asks for: the queue looks at hundreds of thousands within milliseconds.
//!
//! Tested through the queue, by `tests/tests/queue.rs`.

use std::sync::Arc;

use super::contribution::{self, Contribution, Posting};
use super::{History, Place, Workspace};

/// A work: the postings that are versions of one series, or repeat it.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    workspace: &'a Workspace,
    head: u32,
}

/// A posting of a work, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct PostingAt<'a> {
    /// The number of its digest in the workspace: below [`Workspace::n_slots`].
    pub slot: usize,
    /// The key of its digest.
    pub key: &'a Arc<str>,
    /// What its digest adds to the workspace.
    pub digest: &'a Contribution,
    /// The posting.
    pub posting: Posting<'a>,
}

impl PostingAt<'_> {
    /// The entry that speaks for it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            key: Arc::clone(self.key),
            entry: self.posting.lead(),
        }
    }
}

impl<'a> Work<'a> {
    /// Its postings, in no order that means anything; there is at least one.
    pub fn postings(&self) -> impl Iterator<Item = PostingAt<'a>> + use<'a> {
        let workspace = self.workspace;
        let rows = workspace.ring(self.head);
        rows.filter_map(move |row| {
            let slot = workspace.rows.get(row as usize)?.slot;
            let (member, posting) = workspace.posting(row)?;
            Some(PostingAt {
                slot: slot as usize,
                key: &member.key,
                digest: &member.contribution,
                posting,
            })
        })
    }

    /// Its versions.
    #[must_use]
    pub fn history(&self) -> Option<Arc<History>> {
        self.workspace.history_of_row(self.head)
    }
}

impl Workspace {
    /// Every work, in no order that means anything.
    pub fn each_work(&self) -> impl Iterator<Item = Work<'_>> {
        self.rows.iter().enumerate().filter_map(|(row, entry)| {
            let is_head = entry.index != contribution::NONE && entry.head as usize == row;
            let head = entry.head;
            is_head.then_some(Work {
                workspace: self,
                head,
            })
        })
    }

    /// The work that an entry belongs to; `None` for replies.
    #[must_use]
    pub fn work_at(&self, place: &Place) -> Option<Work<'_>> {
        let row = self.row_of(&place.key, place.entry)?;
        Some(Work {
            workspace: self,
            head: row,
        })
    }

    /// The number of places for digests, some of which may be free.
    #[must_use]
    pub fn n_slots(&self) -> usize {
        self.slots.len()
    }

    /// The digests with the numbers of their places.
    pub fn slots(&self) -> impl Iterator<Item = (usize, &Arc<str>, &Contribution)> {
        self.slots.iter().enumerate().filter_map(|(slot, member)| {
            let member = member.as_ref()?;
            Some((slot, &member.key, &member.contribution))
        })
    }
}
