//! The open documents and the index, as one request finds them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use patch_digest_core::Digest;
use patch_digest_core::features::versions::{Around, Newer};
use patch_digest_core::workspace::{Contribution, Place, Workspace};
use serde::Serialize;
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::ClientCaps;
use crate::documents::Document;
use crate::index::{EntryLines, Snapshot, is_indexed};
use crate::shared::Shared;
use crate::uri;

/// Digests above which an answer may take too long for the message loop's thread.
const FEW: usize = 64;

/// Open documents above which a request does not take all of them along, which would cost more
/// than to answer it: but for its own, they add what the index has last seen of them, and are looked
/// at one by one, as they stand when the answer names places in them.
const MANY_OPEN: usize = 256;

/// The open documents as of the request, and the newest index.
#[derive(Debug)]
pub(crate) struct View {
    /// What all digests tell together, once it was asked for.
    settled: OnceLock<Workspace>,
    pub(crate) caps: ClientCaps,
    pub(crate) shared: Arc<Shared>,
    pub(super) index: Arc<Snapshot>,
    pub(super) open: HashMap<String, Document>,
    /// Whether `open` has all documents that are open.
    knows_open: bool,
}

/// A place in some digest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spot {
    /// The address of the digest.
    pub(crate) uri: String,
    /// The whole thing.
    pub(crate) full: lsp::Range,
    /// The part to put the cursor on.
    pub(crate) focus: lsp::Range,
}

/// `Location`
#[derive(Debug, Serialize)]
pub(crate) struct Location {
    pub(crate) uri: String,
    pub(crate) range: lsp::Range,
}

/// `LocationLink`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    origin_selection_range: lsp::Range,
    target_uri: String,
    target_range: lsp::Range,
    target_selection_range: lsp::Range,
}

impl Spot {
    pub(crate) fn location(self) -> Location {
        Location {
            uri: self.uri,
            range: self.focus,
        }
    }

    pub(crate) fn link(self, origin: lsp::Range) -> Link {
        Link {
            origin_selection_range: origin,
            target_uri: self.uri,
            target_range: self.full,
            target_selection_range: self.focus,
        }
    }
}

impl View {
    /// The view of a request that is about `document`, taken when it arrives.
    pub(crate) fn new(shared: &Arc<Shared>, document: Option<&Document>) -> Self {
        let (mut open, knows_open) = {
            let documents = shared.documents();
            if documents.len() <= MANY_OPEN {
                (documents.digests(), true)
            } else {
                (HashMap::new(), false)
            }
        };
        if let Some(document) = document {
            // Spelled as the request does.
            open.insert(uri::key(&document.uri), document.clone());
        }
        let index = shared.index.snapshot();
        Self {
            settled: OnceLock::new(),
            caps: shared.caps(),
            shared: Arc::clone(shared),
            index,
            open,
            knows_open,
        }
    }

    /// Takes the index as it is by now, before anything was asked.
    pub(crate) fn see_newest_index(&mut self) {
        self.index = self.shared.index.snapshot();
    }

    /// Whether questions can be answered in a fraction of a millisecond or two.
    pub(super) fn is_short(&self) -> bool {
        let n_known = self.index.workspace.len().max(self.open.len());
        n_known <= FEW && self.open.values().all(Document::is_short)
    }

    /// Whether the index has all open documents as they stood, so that nothing is to be put into a copy of
    /// it. `false` where it takes long to tell.
    pub(super) fn is_settled(&self) -> bool {
        let has = |key: &str, document: &Document| {
            let known = document.known_contribution();
            let indexed = self.index.workspace.get(key);
            known
                .zip(indexed)
                .is_some_and(|(known, indexed)| known.is_same(indexed))
        };
        let mut open = self.open.iter();
        let mut indexed = self.index.open.iter();
        self.open.len() <= FEW
            && open.all(|(key, document)| !is_indexed(key) || has(key, document))
            && indexed.all(|key| self.open.contains_key(&**key))
    }

    /// What all digests tell together, the open ones as they stood when the request arrived.
    pub(crate) fn workspace(&self) -> &Workspace {
        self.settled.get_or_init(|| {
            let mut workspace = self.index.workspace.clone();
            let mut changes = Vec::new();
            for (key, document) in &self.open {
                if !is_indexed(key) {
                    continue;
                }
                let contribution = document.contribution();
                if workspace.get(key) != Some(contribution) {
                    changes.push(((&**key).into(), Some(contribution.clone())));
                }
            }
            // What was closed since is what stands on the disk, as far as that is known.
            for key in self.index.open.iter().filter(|_| self.knows_open) {
                if !self.open.contains_key(&**key) {
                    let file = self.index.files.get(key);
                    changes.push((Arc::clone(key), file.map(|file| file.contribution.clone())));
                }
            }
            if !changes.is_empty() {
                workspace.apply(changes);
            }
            workspace
        })
    }

    /// The digest under a key, if it is open.
    pub(super) fn document(&self, key: &str) -> Option<Cow<'_, Document>> {
        if let Some(document) = self.open.get(key) {
            return Some(Cow::Borrowed(document));
        }
        if self.knows_open {
            return None;
        }
        let document = self.shared.documents().get_by_key(key).cloned();
        document.filter(|document| document.is_ours).map(Cow::Owned)
    }

    /// The address of a digest, as the client spells it where it has told.
    pub(crate) fn uri(&self, key: &str) -> Option<String> {
        let open = self.document(key).map(|document| document.uri.clone());
        let file = || self.index.files.get(key).map(|file| file.uri.clone());
        open.or_else(file)
    }

    /// The name of a digest, short: its file's, without what all have.
    pub(crate) fn name(&self, key: &str) -> String {
        let name = key.rsplit('/').next().unwrap_or(key);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        patch_digest_core::shown::plain(stem).into_owned()
    }

    /// The name of a place, short: its digest's, with the line.
    pub(crate) fn place_name(&self, place: &Place) -> String {
        let name = self.name(&place.key);
        match self.spot(place) {
            Some(spot) => format!("{name}:{}", spot.focus.start.line + 1),
            None => name,
        }
    }

    /// Asks something about a digest with all the others around it. What it names is a digest.
    pub(crate) fn around<T>(&self, key: &str, ask: impl FnOnce(Around<'_>) -> T) -> T {
        let name = |place: &Place| self.name(&place.key);
        ask(Around {
            workspace: self.workspace(),
            key,
            name: &name,
        })
    }

    /// The entries that speak for the postings of a digest, in order.
    pub(crate) fn leads(&self, key: &str) -> Vec<Place> {
        let leads = self.workspace().get(key).map(Contribution::leads);
        let key: Arc<str> = key.into();
        let place = |entry| Place {
            key: Arc::clone(&key),
            entry,
        };
        leads.into_iter().flatten().map(place).collect()
    }

    /// The newer version that there is of what an entry speaks for.
    pub(crate) fn newer(&self, place: &Place) -> Option<Newer> {
        self.around(&place.key, |around| around.newer(place.entry))
    }

    /// Whether any digest but this one is known.
    pub(crate) fn has_others(&self, key: &str) -> bool {
        let indexed = &self.index.workspace;
        indexed.len() > usize::from(indexed.get(key).is_some())
            || self.open.keys().any(|other| other != key)
    }

    /// Where an entry stands.
    pub(crate) fn spot(&self, place: &Place) -> Option<Spot> {
        let lines = match self.document(&place.key) {
            Some(document) => EntryLines::of(&document.digest, place.entry, self.caps.encoding)?,
            None => *self.index.files.get(&place.key)?.entries.get(place.entry)?,
        };
        let at = |line: u32, column: u32| lsp::Position::new(line, column);
        Some(Spot {
            uri: self.uri(&place.key)?,
            full: lsp::Range::new(at(lines.first, 0), at(lines.end, lines.end_column)),
            focus: lsp::Range::new(at(lines.subject, 0), at(lines.subject, lines.width)),
        })
    }

    /// The start of a digest.
    pub(crate) fn start_of(&self, key: &str) -> Option<Spot> {
        Some(Spot {
            uri: self.uri(key)?,
            full: lsp::Range::default(),
            focus: lsp::Range::default(),
        })
    }

    /// Byte ranges of an open document as a spot.
    pub(crate) fn spot_in(
        &self,
        document: &Document,
        full: &Range<usize>,
        focus: &Range<usize>,
    ) -> Spot {
        Spot {
            uri: document.uri.clone(),
            full: self.range(&document.digest, full),
            focus: self.range(&document.digest, focus),
        }
    }

    /// A byte range as the client counts.
    pub(crate) fn range(&self, digest: &Digest, range: &Range<usize>) -> lsp::Range {
        let position = |offset| {
            let (line, column) = digest.text().position_of(offset, self.caps.encoding);
            let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            lsp::Position::new(narrow(line), narrow(column))
        };
        lsp::Range::new(position(range.start), position(range.end))
    }
}
