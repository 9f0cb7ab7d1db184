//! Answers that take all digests to give.
//!
//! A [`Question`] gets the open documents as they stood when its request arrived, and with them the
//! newest index ([`View`]). It answers with JSON, written straight as bytes, and addresses in the
//! client's own spelling, which the router's types would refuse. Short ones are answered on the
//! message loop's thread, as elsewhere.
//!
//! Tests: `tests/tests/protocol/across`.

mod completion;
mod definition;
mod lenses;
pub(crate) mod newer;
pub(crate) mod page_actions;
pub(crate) mod pages;
pub(crate) mod queue;
mod references;
mod symbols;
mod view;
pub(crate) mod wishes;

use patch_digest_core::Digest;
use patch_digest_core::features::hover::{Hover, hover_among, is_quick};
use patch_digest_core::features::page::Target;
use patch_digest_core::features::versions::{Around, OutlineNote};
use patch_digest_core::queue::rows;
use patch_digest_core::shown;
use patch_digest_core::stop::Stop;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::workspace::Place;
use serde::Serialize;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Error;
use tower_lsp_server::ls_types as lsp;

use crate::documents::Document;
use crate::handlers;
use crate::index::options::Options;
use crate::shared::Shared;
use crate::symbols::Notes;
use crate::transport::{self, Pieces};
use crate::uri;
pub(crate) use view::View;

/// A request, as it arrived.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The digest that it is about; `None` where it is about none.
    pub(crate) document: Option<Document>,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// Answers one kind of request: the result as JSON.
pub(crate) type Question = fn(&View, &Asked) -> Result<Pieces, Error>;

/// Who answers a request, if it takes all digests to do so.
pub(crate) fn question(
    method: &str,
    params: Option<&Value>,
    options: &Options,
) -> Option<Question> {
    let is_command = |name: &str| params.is_some_and(|params| params["command"] == name);
    Some(match method {
        "textDocument/documentSymbol" => document_symbols,
        "textDocument/hover" => hover,
        "textDocument/definition" => definition::definition,
        "textDocument/implementation" => definition::implementation,
        "textDocument/completion" if options.completes => completion::complete,
        "textDocument/references" => references::references,
        "textDocument/codeLens" if options.has_lenses() => lenses::lenses,
        "codeLens/resolve" if options.has_lenses() => lenses::resolve,
        "workspace/symbol" => symbols::symbols,
        "workspace/textDocumentContent" if options.shows_pages => pages::content,
        "patchDigest/page" => pages::page,
        "patchDigest/queue" => queue::answer,
        "patchDigest/mark" => queue::mark,
        "patchDigest/hover" => queue::hover,
        "workspace/executeCommand" if options.executes_marks && is_command(queue::MARK) => {
            queue::execute
        }
        _ => return None,
    })
}

/// Whether an answer may take long, or read files, however few digests there are.
fn is_long(method: &str) -> bool {
    matches!(
        method,
        "textDocument/completion"
            | "workspace/symbol"
            | "workspace/textDocumentContent"
            | "workspace/executeCommand"
            | "patchDigest/page"
            | "patchDigest/queue"
            | "patchDigest/mark"
            | "patchDigest/hover"
    )
}

/// Whether an answer comes from files rather than from what is shown, by somebody's wish: an
/// occasion to look whether they are as they were.
pub(crate) fn is_about_files(method: &str) -> bool {
    matches!(
        method,
        "textDocument/definition"
            | "textDocument/implementation"
            | "textDocument/references"
            | "workspace/symbol"
            | "workspace/textDocumentContent"
            | "patchDigest/page"
            | "patchDigest/queue"
    )
}

/// Whether an answer waits until that is known.
pub(crate) fn waits_for_look(method: &str) -> bool {
    method == "patchDigest/queue"
}

/// Whether a hover in a large digest, or beside one, is told as soon as in a short one: all that it takes
/// is known, as after a letter typed in prose.
fn is_ready(view: &View, asked: &Asked) -> bool {
    if asked.method != "textDocument/hover" {
        return false;
    }
    let place = asked.place(view).ok().flatten();
    place.is_some_and(|(document, offset)| is_quick(&document.digest, offset)) && view.is_settled()
}

/// Adds to the answer of `initialize` what is offered here, as far as the client can take it.
pub(crate) fn announce(capabilities: &mut Value, options: &Options) {
    capabilities["implementationProvider"] = json!(true);
    capabilities["referencesProvider"] = json!(true);
    if options.has_folders {
        capabilities["workspace"]["workspaceFolders"] =
            json!({ "supported": true, "changeNotifications": true });
    }
    capabilities["workspaceSymbolProvider"] = json!(true);
    if options.completes {
        capabilities["completionProvider"] = json!({ "triggerCharacters": ["[", ":"] });
    }
    if options.has_lenses() {
        capabilities["codeLensProvider"] = json!({ "resolveProvider": true });
    }
    if options.shows_pages {
        capabilities["workspace"]["textDocumentContent"] = json!({ "schemes": [pages::SCHEME] });
    }
}

impl Shared {
    /// Answers a question, away from the message loop unless it is a short one. `None` when that
    /// panicked: a panic costs one answer.
    pub(crate) async fn ask(
        &self,
        question: Question,
        view: View,
        asked: Asked,
    ) -> Option<Result<Pieces, Error>> {
        if view.is_short() && !is_long(&asked.method) || is_ready(&view, &asked) {
            // The message loop has a boundary for panics of its own.
            return Some(question(&view, &asked));
        }
        let stop = asked
            .document
            .as_ref()
            .map(|document| document.stop.clone());
        let _stop = stop.as_ref().map(Stop::on_drop);
        let turn = self.turn().await;
        transport::room_to_answer().await;
        let work = move || {
            // Held to the end of the computation, which may go on when its request is cancelled.
            let _turn = turn;
            question(&view, &asked)
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}

impl Asked {
    /// The digest asked about. Everything is nothing for other documents.
    fn digest(&self) -> Result<Option<&Document>, Error> {
        if self
            .params
            .pointer("/textDocument/uri")
            .is_none_or(|uri| !uri.is_string())
        {
            return Err(Error::invalid_params("no textDocument.uri"));
        }
        Ok(self.document.as_ref())
    }

    /// The digest and the byte offset of the position asked about.
    fn place(&self, view: &View) -> Result<Option<(&Document, usize)>, Error> {
        let position = self.params.get("position").cloned().unwrap_or_default();
        let position: lsp::Position = serde_json::from_value(position)
            .map_err(|error| Error::invalid_params(format!("position: {error}")))?;
        Ok(self.digest()?.map(|document| {
            let (line, column) = (position.line as usize, position.character as usize);
            let text = document.digest.text();
            (document, text.offset_at(line, column, view.caps.encoding))
        }))
    }
}

/// A result as JSON.
fn print(result: &impl Serialize) -> Result<Pieces, Error> {
    let printed = serde_json::to_vec(result).map_err(|_| Error::internal_error())?;
    Ok(printed.into())
}

/// The result that says nothing.
fn nothing() -> Result<Pieces, Error> {
    Ok(b"null".to_vec().into())
}

/// The entry that holds a byte offset, by its index.
fn entry_at(document: &Document, offset: usize) -> Option<usize> {
    let place = document.digest.blocks().at_offset(offset)?;
    (place.block.kind == BlockKind::Entry).then_some(place.before.entries)
}

fn document_symbols(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some(document) = asked.digest()? else {
        return nothing();
    };
    let notes = notes(view, document);
    handlers::printed_symbols(document, &view.caps, &notes).ok_or_else(Error::internal_error)
}

/// Larger digests go without notes: what they add to the index takes long to find, and outlines
/// are asked for after every edit.
const MOST_BYTES_WITH_NOTES: usize = 4 << 20;

/// Rows of an outline that have a note; the others go without.
const MOST_NOTES: usize = 5_000;

/// Where another version of each series is, and why it concerns the reader, for the outline.
fn notes(view: &View, document: &Document) -> Notes {
    let key = uri::key(&document.uri);
    let has_others = view.has_others(&key);
    let wishes = view.shared.queue.known();
    let interest = wishes.as_ref().map(|wishes| &wishes.interest);
    let interest = interest.filter(|interest| !interest.is_everything());
    let is_small = document.digest.text().len() <= MOST_BYTES_WITH_NOTES;
    if !is_small || !has_others && interest.is_none() {
        return Notes::new();
    }
    let concern = |entry| {
        let posting = view.workspace().get(&key)?.posting_of(entry)?;
        let reason = rows::concern(interest?, posting)?;
        // It may be a name out of a mail.
        Some(format!("concerns you: {}", shown::plain(reason.text())))
    };
    let leads = view.leads(&key).into_iter().take(MOST_NOTES);
    let leads = leads.take_while(|_| !document.stop.is_requested());
    let note = |place: Place| {
        let note = view.around(&key, |around| around.outline_note(place.entry));
        let concern = concern(place.entry);
        let superseded = note.as_ref().is_some_and(|note| note.superseded);
        let parts: Vec<_> = note
            .map(|note| note.text)
            .into_iter()
            .chain(concern)
            .collect();
        let text = parts.join(" · ");
        (!parts.is_empty()).then_some((place.entry, OutlineNote { text, superseded }))
    };
    leads.filter_map(note).collect()
}

fn hover(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some((document, offset)) = asked.place(view)? else {
        return nothing();
    };
    let key = uri::key(&document.uri);
    let digest = &document.digest;
    // Who has just typed into a large digest does not wait for what it adds to the others.
    let knows_others =
        digest.text().len() <= MOST_BYTES_AT_ONCE || document.known_contribution().is_some();
    let Some((hover, contents)) = hover_contents(view, &key, digest, offset, knows_others) else {
        return nothing();
    };
    // The cursor may stand beside what is told of, in the indentation of its line.
    let range = hover.range.start.min(offset)..hover.range.end.max(offset);
    print(&json!({
        "contents": contents,
        "range": view.range(&document.digest, &range),
    }))
}

/// Larger digests that changed a moment ago are told of by themselves, until the index has seen
/// the change.
const MOST_BYTES_AT_ONCE: usize = 1 << 20;

/// What a hover tells at an offset of a digest, also as the client shows it.
fn hover_contents(
    view: &View,
    key: &str,
    digest: &Digest,
    offset: usize,
    with_others: bool,
) -> Option<(Hover, Value)> {
    let name = |place: &Place| view.place_name(place);
    let around = with_others.then(|| Around {
        workspace: view.workspace(),
        key,
        name: &name,
    });
    let hover = hover_among(digest, offset, around)?;
    let (kind, value) = if view.caps.markdown_hover {
        let follows = view.shared.index.options().follows_hovers;
        let address = |target: &Target| view.address_of(target, follows);
        ("markdown", hover.page.markdown_with(&address))
    } else {
        ("plaintext", hover.page.plain())
    };
    Some((hover, json!({ "kind": kind, "value": value })))
}
