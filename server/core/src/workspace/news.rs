//! What is new in a digest: series posted for the first time, re-rolls with what they come from,
//! repetitions, and parts of postings that the digest before or after has the rest of.
//!
//! Tests: `tests/tests/histories.rs`.

use std::sync::Arc;

use super::Workspace;
use super::history::{History, Role};
use crate::model::subject::Version;

/// What a posting of a digest is, beside everything else that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The entry that speaks for it.
    pub entry: usize,
    /// Its series.
    pub history: Arc<History>,
    /// Its version, by index in that history.
    pub own: usize,
    /// What it is.
    pub news: News,
}

/// What is new of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum News {
    /// No earlier version is known.
    New,
    /// Another version; the index of the one before that a digest shows, if any does.
    ReRolled(Option<usize>),
    /// The same once more.
    Repeat,
    /// The rest of a posting whose cover letter is in a neighbouring digest.
    Part,
}

/// Postings of a digest that are looked at.
const MOST: usize = 10_000;

impl Workspace {
    /// What is new in a digest, in the order of its entries; and whether that is all.
    #[must_use]
    pub fn news(&self, key: &str) -> Option<(Vec<Item>, bool)> {
        let digest = self.get(key)?;
        let mut items = Vec::new();
        for posting in digest.postings().take(MOST) {
            let entry = posting.lead();
            let Some(history) = self.history(key, entry) else {
                continue;
            };
            let Some(own) = history.version_at(self, key, entry) else {
                continue;
            };
            let role = history.versions.get(own).and_then(|version| {
                let mut postings = version.postings.iter();
                let this =
                    postings.find(|this| this.index == posting.index && &*this.place.key == key)?;
                Some(this.role)
            });
            // A later version of what went elsewhere before is no new work.
            let has_older =
                own + 1 < history.versions.len() || posting.label().version > Version::FIRST;
            let news = match role {
                Some(Role::Part) => News::Part,
                Some(Role::Repeat) => News::Repeat,
                _ if posting.flags().is_resend => News::Repeat,
                _ if has_older => News::ReRolled(history.shown_before(own)),
                _ => News::New,
            };
            items.push(Item {
                entry,
                history,
                own,
                news,
            });
        }
        Some((items, digest.postings().len() <= MOST))
    }
}
