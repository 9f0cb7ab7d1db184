//! The open documents.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use patch_digest_core::Digest;
use patch_digest_core::stop::Stop;
use patch_digest_core::syntax::line;
use patch_digest_core::text::{Encoding, Text};
use patch_digest_core::workspace::Contribution;
use serde::Deserialize;
use serde_json::Value;
use tower_lsp_server::ls_types::{Position, Range, Uri};

use crate::{two, uri};

/// Language ids under which editors know digests.
const LANGUAGE_IDS: &[&str] = &["patch-digest", "patchdigest", "patch_digest"];

/// An open document at one moment. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Its address, in the client's spelling.
    pub(crate) uri: String,
    /// Its version; clients count up.
    pub(crate) version: i32,
    /// Its text and all that is known of it.
    pub(crate) digest: Digest,
    /// Whether it is, or since it was opened has been, a digest. Other documents get nothing.
    pub(crate) is_ours: bool,
    /// What it adds to the index, shared by all that have this text.
    adds: Arc<Adds>,
    /// Told when nobody wants to know any more what a snapshot was taken for.
    pub(crate) stop: Stop,
    /// Whether its client has asked for its problems since it was opened.
    pub(crate) is_told: Arc<AtomicBool>,
}

/// What a document adds to the index.
#[derive(Debug, Default)]
struct Adds {
    /// Made when first asked for.
    now: OnceLock<Contribution>,
    /// Whether somebody asked for it, and it is made at this moment or was.
    is_wanted: AtomicBool,
    /// The newest state before of which that was so; until `now` is known.
    before: Mutex<Option<Before>>,
}

/// A state of a document before, and what it then added.
#[derive(Debug, Clone)]
struct Before {
    digest: Digest,
    adds: Arc<Adds>,
}

impl Adds {
    fn known(now: Contribution) -> Self {
        Self {
            now: now.into(),
            is_wanted: true.into(),
            before: Mutex::default(),
        }
    }

    fn before(&self) -> MutexGuard<'_, Option<Before>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, contribution: &Contribution) -> bool {
        let now = self.now.get();
        now.is_some_and(|held| held.is_same(contribution))
    }

    /// Finds what it adds now. The state before, which may have a model of its own, is not needed then.
    fn set(&self, find: impl FnOnce() -> Contribution) -> &Contribution {
        self.is_wanted.store(true, Ordering::Relaxed);
        let now = self.now.get_or_init(find);
        *self.before() = None;
        now
    }
}

/// A digest, parsed on two threads if it is large.
fn parsed(text: String) -> Digest {
    if text.len() < two::LARGE {
        return Digest::parse(text);
    }
    Digest::parse_in_two(text, |first, second| two::both(first, second))
}

/// All open documents, by key.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    open: HashMap<String, Document>,
}

// Own types, as those of the framework refuse addresses that some clients send.

#[derive(Debug, Deserialize)]
struct OpenParams {
    #[serde(rename = "textDocument")]
    document: OpenDocument,
}

#[derive(Debug, Deserialize)]
struct OpenDocument {
    uri: String,
    #[serde(rename = "languageId", default)]
    language_id: String,
    #[serde(default)]
    version: i32,
    text: String,
}

#[derive(Debug, Deserialize)]
struct ChangeParams {
    #[serde(rename = "textDocument")]
    document: VersionedDocument,
    #[serde(rename = "contentChanges")]
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct VersionedDocument {
    uri: String,
    #[serde(default)]
    version: Option<i32>,
}

#[derive(Debug, Deserialize)]
struct Change {
    range: Option<Range>,
    text: String,
}

#[derive(Debug, Deserialize)]
struct CloseParams {
    #[serde(rename = "textDocument")]
    document: VersionedDocument,
}

impl Documents {
    /// The document at an address in any spelling.
    pub(crate) fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(&uri::key(uri))
    }

    /// All open digests, by key.
    pub(crate) fn digests(&self) -> HashMap<String, Document> {
        let ours = self.open.iter().filter(|(_, document)| document.is_ours);
        ours.map(|(key, document)| (key.clone(), document.clone()))
            .collect()
    }

    /// Number of open documents.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The document with a key.
    pub(crate) fn get_by_key(&self, key: &str) -> Option<&Document> {
        self.open.get(key)
    }

    /// Every open digest, by key.
    pub(crate) fn all_ours(&self) -> Vec<Document> {
        let mut ours: Vec<_> = self.open.iter().collect();
        ours.retain(|(_, document)| document.is_ours);
        ours.sort_by_key(|(key, _)| *key);
        ours.into_iter()
            .map(|(_, document)| document.clone())
            .collect()
    }

    /// Has a document hold the `indexed` contribution in place of its `own`, which is equal: whoever has both
    /// then sees that without comparing them.
    pub(crate) fn share_contribution(
        &mut self,
        key: &str,
        own: &Contribution,
        indexed: &Contribution,
    ) {
        let Some(document) = self.open.get_mut(key) else {
            return;
        };
        let indexed = || Arc::new(Adds::known(indexed.clone()));
        if document.adds.is(own) {
            document.adds = indexed();
        } else if let Some(before) = &mut *document.adds.before()
            && before.adds.is(own)
        {
            before.adds = indexed();
        }
    }

    /// Has a document hold the `editable` digest in place of its `own`, unless it is another by now.
    pub(crate) fn make_editable(&mut self, key: &str, own: &Digest, editable: Digest) {
        if let Some(document) = self.open.get_mut(key)
            && document.digest.text().is_whole_of(own.text())
        {
            document.digest = editable;
        }
    }

    /// Applies `textDocument/didOpen`; the key of the document.
    ///
    /// # Errors
    ///
    /// One line for the log when the parameters cannot be read.
    pub(crate) fn did_open(&mut self, params: Value) -> Result<String, String> {
        let params = OpenParams::deserialize(params)
            .map_err(|error| format!("textDocument/didOpen: {error}"))?;
        let document = params.document;
        let key = uri::key(&document.uri);
        let ours =
            LANGUAGE_IDS.contains(&&*document.language_id) || starts_as_digest(&document.text);
        self.open.insert(
            key.clone(),
            Document {
                uri: document.uri,
                version: document.version,
                digest: parsed(document.text),
                is_ours: ours,
                adds: Arc::default(),
                stop: Stop::default(),
                is_told: Arc::default(),
            },
        );
        Ok(key)
    }

    /// Applies `textDocument/didChange`, its changes one after the other; the key of the document.
    ///
    /// # Errors
    ///
    /// One line for the log when the parameters cannot be read or the document is not open; then
    /// nothing was applied.
    pub(crate) fn did_change(
        &mut self,
        params: Value,
        encoding: Encoding,
    ) -> Result<String, String> {
        let params = ChangeParams::deserialize(params)
            .map_err(|error| format!("textDocument/didChange: {error}"))?;
        let key = uri::key(&params.document.uri);
        let Some(document) = self.open.get_mut(&key) else {
            return Err(format!(
                "textDocument/didChange: {} is not open",
                params.document.uri
            ));
        };
        for change in params.changes {
            document.apply(change, encoding);
        }
        document.version = params.document.version.unwrap_or(document.version);
        document.is_ours = document.is_ours || {
            let digest = &document.digest;
            let first = digest.text().line_range(0);
            first.len() < 200 && line::commit_range(&digest.text().slice(first)).is_some()
        };
        Ok(key)
    }

    /// Applies `textDocument/didClose`; the key of the document.
    ///
    /// # Errors
    ///
    /// One line for the log when the parameters cannot be read.
    pub(crate) fn did_close(&mut self, params: Value) -> Result<String, String> {
        let params = CloseParams::deserialize(params)
            .map_err(|error| format!("textDocument/didClose: {error}"))?;
        let key = uri::key(&params.document.uri);
        self.open.remove(&key);
        Ok(key)
    }
}

/// Documents up to this many bytes are answered on the message loop's thread: that takes less
/// time than handing them to another.
const SHORT: usize = 64 * 1024;

impl Document {
    /// Whether everything about the document can be computed in a fraction of a millisecond.
    pub(crate) fn is_short(&self) -> bool {
        self.digest.text().len() <= SHORT
    }

    /// What the document adds to the index of all digests.
    pub(crate) fn contribution(&self) -> &Contribution {
        self.known_contribution().unwrap_or_else(|| {
            let now = || Contribution::of(&self.digest);
            self.adds.set(now)
        })
    }

    /// What it adds where that is known, or nothing of it changed since it was; else it takes as
    /// long to find as the text is.
    pub(crate) fn known_contribution(&self) -> Option<&Contribution> {
        if let Some(known) = self.adds.now.get() {
            return Some(known);
        }
        let before = self.adds.before().clone()?;
        let kept = before.adds.now.get()?.kept(&before.digest, &self.digest)?;
        Some(self.adds.set(|| kept))
    }

    /// The address in a spelling that the protocol's types take.
    pub(crate) fn strict_uri(&self) -> Option<Uri> {
        uri::strict(&self.uri).parse().ok()
    }

    /// Whether it takes a while to make its text ready for edits, which it is not.
    pub(crate) fn is_long_to_edit(&self) -> bool {
        let text = self.digest.text();
        text.len() >= two::LARGE && !text.is_editable()
    }

    fn apply(&mut self, change: Change, encoding: Encoding) {
        if change.range.is_some() && self.is_long_to_edit() {
            // First, as nothing else is to be kept of the state before.
            self.digest = two::apart(|| self.digest.editable());
        }
        // Taken in this order, as it may be found at this moment.
        let before = self.adds.before().clone();
        let before = if self.adds.is_wanted.load(Ordering::Relaxed) {
            Some(Before {
                digest: self.digest.clone(),
                adds: Arc::clone(&self.adds),
            })
        } else {
            before
        };
        let Some(range) = change.range else {
            self.adds = Arc::default();
            self.digest = parsed(change.text);
            return;
        };
        self.adds = Arc::new(Adds {
            before: Mutex::new(before),
            ..Adds::default()
        });
        let text = self.digest.text();
        // A reversed range can only mean the text between its ends.
        let from = Cut::at(text, range.start.min(range.end), encoding);
        let to = Cut::at(text, range.start.max(range.end), encoding);
        let mut insert = Cow::Borrowed(&*change.text);
        if from.is_inside() {
            insert.to_mut().insert(0, char::REPLACEMENT_CHARACTER);
        }
        if to.is_inside() {
            insert.to_mut().push(char::REPLACEMENT_CHARACTER);
        }
        self.digest.edit(from.before..to.after, &insert);
    }
}

/// Where a position cuts a text, in bytes.
///
/// Clients that compare texts by the units of UTF-16 replace one half of a pair that is a
/// character, and go on counting. No text here has halves; each that is left over becomes U+FFFD,
/// which takes one unit as well, so that both sides still count the same.
struct Cut {
    before: usize,
    /// Behind the character that is cut in two.
    after: usize,
}

impl Cut {
    fn at(text: &Text, position: Position, encoding: Encoding) -> Self {
        let (line, column) = (position.line as usize, position.character as usize);
        let before = text.offset_at(line, column, encoding);
        let is_exact = || text.position_of(before, encoding).1 == column;
        if encoding != Encoding::Utf16 || column == 0 || is_exact() {
            return Self {
                before,
                after: before,
            };
        }
        // Behind the end of a line there is nothing, however far.
        let after = text.offset_at(line, column + 1, encoding);
        Self { before, after }
    }

    fn is_inside(&self) -> bool {
        self.before < self.after
    }
}

/// Whether the first line of a text is that of a digest.
fn starts_as_digest(text: &str) -> bool {
    line::Lines::starting_at(text, 0)
        .next()
        .is_some_and(|line| line::commit_range(line.text).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn document_takes_over_an_equal_contribution() {
        let mut documents = Documents::default();
        let text = "New:  [PATCH] a\n[PATCH] a\nAuthor: A <a@example.org>\n\nsome prose\n";
        let document = json!({"uri": "file:///a", "languageId": "patch-digest", "text": text});
        let opened = documents.did_open(json!({ "textDocument": document }));
        let key = opened.expect("it is opened");
        let of = |documents: &Documents| {
            let document = documents.get_by_key(&key).expect("it is open");
            document.contribution().clone()
        };
        let own = of(&documents);
        let indexed = Contribution::of(&Digest::parse(text));
        assert!(own == indexed && !own.is_same(&indexed));

        documents.share_contribution(&key, &own, &indexed);
        assert!(of(&documents).is_same(&indexed));
        // What has changed since is known by what it was.
        let place = json!({"line": 4, "character": 2});
        let change = json!({"range": {"start": place, "end": place}, "text": "x"});
        let params = json!({"textDocument": {"uri": "file:///a"}, "contentChanges": [change]});
        let changed = documents.did_change(params, Encoding::Utf8);
        assert_eq!(changed.as_deref(), Ok(&*key));
        documents.share_contribution(&key, &indexed, &own);
        assert!(of(&documents).is_same(&own));
    }

    #[test]
    fn document_takes_over_what_was_asked_of_the_state_before_its_edit() {
        let text = "New:  [PATCH] a\n[PATCH] a\nAuthor: A <a@example.org>\n\nsome prose\n";
        let mut document = Document {
            uri: "file:///a".to_owned(),
            version: 1,
            digest: Digest::parse(text),
            is_ours: true,
            adds: Arc::default(),
            stop: Stop::default(),
            is_told: Arc::default(),
        };
        let mut type_letter = || {
            let change = Change {
                range: Some(Range::default()),
                text: String::new(),
            };
            document.apply(change, Encoding::Utf8);
            document.clone()
        };
        // Nobody asked: what was before is let go.
        let after = type_letter();
        assert!(after.adds.before().is_none());
        // Somebody asked, and it is made while one types on.
        after.adds.is_wanted.store(true, Ordering::Relaxed);
        type_letter();
        let newest = type_letter();
        assert!(newest.known_contribution().is_none());
        let asked = after.contribution().clone();
        let known = newest.known_contribution().expect("it is that of before");
        assert!(known.is_same(&asked));
        assert!(newest.adds.before().is_none());
    }

    #[test]
    fn what_was_edited_meanwhile_is_not_made_editable() {
        let mut documents = Documents::default();
        let open = |documents: &mut Documents, text: &str| {
            let document = json!({"uri": "file:///a", "text": text});
            let opened = documents.did_open(json!({ "textDocument": document }));
            opened.expect("it is opened")
        };
        let digest = |documents: &Documents| {
            let document = documents.get("file:///a").expect("it is open");
            document.digest.clone()
        };
        let key = open(&mut documents, "one\n");
        let own = digest(&documents);
        documents.make_editable(&key, &own, own.editable());
        let held = digest(&documents);
        assert!(!held.text().is_whole_of(own.text()));
        assert_eq!(held.text().to_text(), "one\n");

        open(&mut documents, "two\n");
        documents.make_editable(&key, &own, own.editable());
        assert_eq!(digest(&documents).text().to_text(), "two\n");
    }
}
