//! The queue over the protocol: what concerns the reader in the digests of the workspace, and the
//! marks he makes.
//!
//! | message | does |
//! | --- | --- |
//! | `patchDigest/queue` | the queue, or the rows of one digest |
//! | `patchDigest/mark` | marks a row, or the series at a position |
//! | `patchDigest/hover` | what a hover on the title of a row tells |
//! | `workspace/executeCommand` of `patchDigest.mark` | the same, for code actions |
//!
//! Clients that list `patchDigest.refreshQueue` among their commands are sent
//! `patchDigest/queueChanged` when they should ask again. Tests: `tests/tests/protocol/queue`.

use patch_digest_core::features::links::Search;
use patch_digest_core::queue::marks::{Mark, Marks};
use patch_digest_core::queue::rows::{Filter, keys_of, marked_at, row_of};
use patch_digest_core::queue::{Row, Section, text};
use patch_digest_core::shown;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::workspace::Place;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tower_lsp_server::jsonrpc::{Error, ErrorCode};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::ls_types::notification::Notification;

use super::wishes::{Looked, Wishes};
use super::{Asked, View, entry_at, hover_contents, nothing, print};
use crate::client_caps::ClientCaps;
use crate::code_actions::Question;
use crate::index::is_indexed;
use crate::links::link_options;
use crate::shared::Shared;
use crate::transport::Pieces;
use crate::uri;

/// The command that marks a series, carried out by the client if it lists it among its commands,
/// else by the server.
pub(crate) const MARK: &str = "patchDigest.mark";

/// The kind of actions that mark a series.
pub(crate) const MARK_KIND: lsp::CodeActionKind = lsp::CodeActionKind::new("mark");

/// What clients list that want to be told when to ask again.
const REFRESH: &str = "patchDigest.refreshQueue";

/// `RequestFailed`: all was well with the request, and it could not be done.
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// Tells that the queue has changed.
enum QueueChanged {}

impl Notification for QueueChanged {
    type Params = Value;
    const METHOD: &'static str = "patchDigest/queueChanged";
}

impl Shared {
    /// Tells the client, where it wants to know, that the queue is another.
    pub(crate) fn queue_changed(&self) {
        if self.caps().has_command(REFRESH)
            && let (Some(client), Ok(runtime)) = (self.client(), Handle::try_current())
        {
            runtime.spawn(async move {
                client.send_notification::<QueueChanged>(json!({})).await;
            });
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct QueueParams {
    text_document: Option<DocumentId>,
    filter: FilterParams,
}

#[derive(Debug, Deserialize)]
struct DocumentId {
    uri: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FilterParams {
    text: String,
    section: String,
    person: String,
    path: String,
}

/// `patchDigest/queue`
pub(super) fn answer(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let params = QueueParams::deserialize(&asked.params)
        .map_err(|error| Error::invalid_params(format!("patchDigest/queue: {error}")))?;
    let key = params.text_document.map(|document| uri::key(&document.uri));
    let filter = Filter {
        text: params.filter.text,
        section: params.filter.section,
        person: params.filter.person,
        path: params.filter.path,
        digest: key.unwrap_or_default(),
    };
    let state = &view.shared.queue;
    let wishes = state.wishes(&view.shared);
    let looked = state.look(&wishes, view.workspace(), filter);
    print(&as_json(view, &wishes, &looked))
}

fn as_json(view: &View, wishes: &Wishes, looked: &Looked) -> Value {
    let queue = &looked.queue;
    let sections: Vec<Value> = queue
        .sections
        .iter()
        .map(|section| {
            let rows = section.rows.iter().map(|row| row_json(view, wishes, row));
            json!({
                "section": section.section.word(),
                "title": section.section.title(),
                "heading": text::heading(section),
                "folded": section.section == Section::Rest,
                "more": section.n_more,
                "rows": rows.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "summary": text::summary(queue),
        "digests": queue.n_digests,
        "new": queue.n_new,
        "hint": queue.is_everything.then_some(text::HINT),
        "troubles": looked.troubles,
        "marksFile": wishes.marks_path.as_ref().map(|path| path.display().to_string()),
        "sections": sections,
    })
}

fn row_json(view: &View, wishes: &Wishes, row: &Row) -> Value {
    json!({
        "uri": view.uri(&row.place.key),
        "entry": row.place.entry,
        "title": row.title,
        "range": view.spot(&row.place).map(|spot| spot.focus),
        "place": view.place_name(&row.place),
        "name": row.name,
        "who": row.who,
        "facts": row.facts,
        "badges": row.badges(),
        "reason": row.reason.as_ref().map(|reason| shown::plain(reason.text()).into_owned()),
        "state": row.state.word(),
        "mark": row.mark.to_string(),
        "letter": row.mark.letter().to_string(),
        "note": row.note,
        "remarks": row.remarks(),
        "line": text::line(row, &view.place_name(&row.place)),
        "shared": text::shared(row, link(view, wishes, row).as_deref()),
    })
}

/// A link that finds the mail in the archive.
fn link(view: &View, wishes: &Wishes, row: &Row) -> Option<String> {
    let list = view.workspace().get(&row.place.key)?.list();
    let search = Search {
        title: &row.title,
        from: Some(&*row.poster).filter(|poster| !poster.is_empty()),
    };
    let options = link_options(&wishes.resolved.settings);
    Some(options.search(list, &search)?.0)
}

#[derive(Debug, Deserialize)]
struct RowParams {
    uri: String,
    entry: usize,
}

#[derive(Debug, Deserialize)]
struct MarkParams {
    /// A row of the queue: a digest and the index of an entry.
    uri: Option<String>,
    entry: Option<usize>,
    /// The title of the row, which must still be there: digests change.
    title: Option<String>,
    /// What is not said stays as it is.
    mark: Option<String>,
    note: Option<String>,
}

/// `patchDigest/mark`: of a row, or of the series at a position.
pub(super) fn mark(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let mut place = None;
    if asked.params.get("textDocument").is_some()
        && let Some((document, offset)) = asked.place(view)?
        && let Some(entry) = entry_at(document, offset)
    {
        let key = uri::key(&document.uri).as_str().into();
        place = Some(Place { key, entry });
    }
    let (wishes, row) = do_mark(view, &asked.params, place)?;
    print(&row_json(view, &wishes, &row))
}

/// `patchDigest/hover`: of a row, what a hover on its title tells, also where the digest is not open.
pub(super) fn hover(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let params = RowParams::deserialize(&asked.params)
        .map_err(|error| Error::invalid_params(error.to_string()))?;
    let key = uri::key(&params.uri);
    let place = Place {
        key: key.as_str().into(),
        entry: params.entry,
    };
    let found = || {
        let digest = view.digest(&key)?;
        let start = view.spot(&place)?.focus.start;
        let (line, column) = (start.line as usize, start.character as usize);
        let offset = digest.text().offset_at(line, column, view.caps.encoding);
        hover_contents(view, &key, &digest, offset, true)
    };
    match found() {
        Some((_, contents)) => print(&json!({ "contents": contents })),
        None => nothing(),
    }
}

/// `workspace/executeCommand`
pub(super) fn execute(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let argument = asked.params.pointer("/arguments/0");
    let (wishes, row) = do_mark(view, argument.unwrap_or(&Value::Null), None)?;
    // Where no queue is shown nothing else would tell that it has worked.
    if !view.caps.has_command(REFRESH)
        && let (Some(client), Ok(runtime)) = (view.shared.client(), Handle::try_current())
    {
        let told = format!("{}: {}", row.mark, row.name);
        runtime.spawn(async move { client.show_message(lsp::MessageType::INFO, told).await });
    }
    print(&row_json(view, &wishes, &row))
}

/// Marks a series; its row as it is now.
fn do_mark(
    view: &View,
    params: &Value,
    place: Option<Place>,
) -> Result<(std::sync::Arc<Wishes>, Row), Error> {
    let params = MarkParams::deserialize(params)
        .map_err(|error| Error::invalid_params(format!("{MARK}: {error}")))?;
    let place = match (place, &params.uri, params.entry) {
        (Some(place), _, _) => place,
        (None, Some(digest), Some(entry)) => Place {
            key: uri::key(digest).as_str().into(),
            entry,
        },
        _ => return Err(failed("there is no entry here to mark".to_owned())),
    };
    let wanted: Option<Mark> = match params.mark.as_deref() {
        Some(word) => Some(word.parse().map_err(Error::invalid_params)?),
        None => None,
    };
    let state = &view.shared.queue;
    let wishes = state.wishes(&view.shared);
    let workspace = view.workspace();
    let Some(at_entry) = marked_at(workspace, &place, Mark::New, String::new()) else {
        return Err(failed("there is no series here to mark".to_owned()));
    };
    let is_title = |title: &String| *title == at_entry.title;
    if !params.title.as_ref().is_none_or(is_title) {
        return Err(failed(
            "the digest has changed, and another series stands there now: ask again".to_owned(),
        ));
    }
    let keys = keys_of(workspace, &place);
    let options = wishes.options(Filter::default());
    let row = |marks: &Marks| row_of(workspace, &place, marks, &options);
    let marked = state.with_marks(&wishes, |file| {
        file.change(|marks| {
            let Some(row) = row(marks) else { return Ok(()) };
            let mut marked = at_entry.clone();
            marked.mark = wanted.clone().unwrap_or(row.mark);
            marked.note = params.note.clone().unwrap_or(row.note);
            marks.set(marked, &keys)
        })?;
        Ok::<_, String>(row(file.read()?))
    });
    let row = match marked {
        Some(row) => row.map_err(failed)?,
        None => {
            let problem = "there is no folder to keep marks in: set queue.state to a file";
            return Err(failed(problem.to_owned()));
        }
    };
    view.shared.queue_changed();
    let row = row.ok_or_else(|| failed("there is no series here to mark".to_owned()))?;
    Ok((wishes, row))
}

fn failed(problem: String) -> Error {
    let mut error = Error::new(REQUEST_FAILED);
    error.message = problem.into();
    error
}

/// Whether marks can be offered as code actions: somebody has to carry them out.
pub(crate) fn can_mark(caps: &ClientCaps) -> bool {
    caps.has_command(MARK) || caps.executes_commands
}

/// Marks for the series under the cursor, as code actions: for editors without a queue.
pub(crate) fn mark_actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    let document = question.document;
    // They would be there in every entry, and editors that look by themselves show a light for them.
    if question.is_automatic() || !can_mark(question.caps) || !question.wants(&MARK_KIND) {
        return Vec::new();
    }
    let blocks = document.digest.blocks();
    let Some(at) = blocks.at_offset(question.range.start) else {
        return Vec::new();
    };
    if at.block.kind != BlockKind::Entry || !is_indexed(&uri::key(&document.uri)) {
        return Vec::new();
    }
    let entry = at.before.entries;
    let Some(posting) = document.contribution().posting_of(entry) else {
        return Vec::new();
    };
    let next = posting.label().version.major.saturating_add(1);
    let marks = Mark::WORDS.iter().map(|&word| match word {
        "snoozed" => format!("snoozed until v{next}"),
        word => word.to_owned(),
    });
    let action = |mark: String| {
        let title = format!("Mark series as {mark}");
        lsp::CodeAction {
            title: title.clone(),
            kind: Some(MARK_KIND),
            command: Some(lsp::Command {
                title,
                command: MARK.to_owned(),
                arguments: Some(vec![json!({
                    "uri": document.uri,
                    "entry": entry,
                    "title": posting.title(),
                    "mark": mark,
                })]),
            }),
            ..lsp::CodeAction::default()
        }
    };
    marks.map(action).collect()
}
