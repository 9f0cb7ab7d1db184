//! The queue over the protocol: what concerns the reader in the digests of the workspace, and the
//! marks he makes.
//!
//! | message | does |
//! | --- | --- |
//! | `patchDigest/queue` | the queue, or the rows of one digest |
//! | `patchDigest/mark` | marks a row, or the series at a position |
//! | `workspace/executeCommand` of `patchDigest.mark` | the same, for code actions |
//!
//! Clients that list `patchDigest.refreshQueue` among their commands are sent
//! `patchDigest/queueChanged` when they should ask again. Tests: `tests/tests/protocol/queue`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use patch_digest_config::{Resolved, Settings};
use patch_digest_core::features::links::{LinkOptions, Search};
use patch_digest_core::queue::interest::Interest;
use patch_digest_core::queue::marks::{Mark, Marks};
use patch_digest_core::queue::rows::{Filter, State, keys_of, marked_at, row_of};
use patch_digest_core::queue::{Memo, Options, Queue, Row, Section, queue, text};
use patch_digest_core::workspace::{Day, Place};
use patch_digest_files::interest::interest;
use patch_digest_files::marks::{MarksFile, default_path};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tower_lsp_server::jsonrpc::{Error, ErrorCode};
use tower_lsp_server::ls_types::notification::Notification;

use super::{Asked, View, entry_at, print};
use crate::shared::Shared;
use crate::uri;

/// The command that marks a series, executed by the server.
pub(crate) const MARK: &str = "patchDigest.mark";

/// `RequestFailed`: all was well with the request, and it could not be done.
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// Most rows of a section that are sent; the client is told how many more there are.
const MOST_ROWS: usize = 300;

/// What clients list that want to be told when to ask again.
const REFRESH: &str = "patchDigest.refreshQueue";

/// Tells that the queue has changed.
enum QueueChanged {}

impl Notification for QueueChanged {
    type Params = Value;
    const METHOD: &'static str = "patchDigest/queueChanged";
}

impl Shared {
    /// Tells the client, where it wants to know, that the queue is another.
    pub(crate) fn queue_changed(&self) {
        if !self.caps().has_command(REFRESH) {
            return;
        }
        if let (Some(client), Ok(runtime)) = (self.client(), Handle::try_current()) {
            runtime.spawn(async move {
                client.send_notification::<QueueChanged>(json!({})).await;
            });
        }
    }
}

/// What is kept between two looks at the queue.
#[derive(Debug, Default)]
pub(crate) struct QueueState {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The settings that `interest` and `marks` were made of.
    settings: Option<Arc<Resolved>>,
    interest: Interest,
    memo: Memo,
    marks: Option<MarksFile>,
}

impl Inner {
    /// Brings interest and marks file up to date with the settings.
    fn follow(&mut self, shared: &Shared) -> Arc<Resolved> {
        let resolved = shared.settings();
        let is_same = self
            .settings
            .as_ref()
            .is_some_and(|known| known.settings == resolved.settings);
        if !is_same {
            let (interest, complaints) = interest(&resolved.settings);
            for complaint in complaints {
                shared.complain(complaint);
            }
            self.interest = interest;
            self.memo = Memo::default();
            self.marks = marks_path(&resolved.settings).map(MarksFile::new);
            self.settings = Some(Arc::clone(&resolved));
        }
        resolved
    }

    fn marks(&mut self) -> Result<Marks, String> {
        match &mut self.marks {
            Some(file) => file.read().cloned(),
            None => Ok(Marks::default()),
        }
    }
}

fn marks_path(settings: &Settings) -> Option<std::path::PathBuf> {
    let set = settings.queue.state.0.clone();
    set.or_else(|| default_path(|name| std::env::var_os(name)))
}

fn today() -> Option<Day> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Day::from_seconds(now.as_secs())
}

fn options(settings: &Settings, filter: Filter) -> Options {
    Options {
        today: today(),
        stuck_after: usize::try_from(settings.queue.stuck_after).unwrap_or(usize::MAX),
        max_rows: MOST_ROWS,
        filter,
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
pub(super) fn answer(view: &View, asked: &Asked) -> Result<Vec<u8>, Error> {
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
    let mut inner = lock(view);
    let resolved = inner.follow(&view.shared);
    let mut troubles = Vec::new();
    let marks = inner.marks().unwrap_or_else(|problem| {
        troubles.push(problem);
        Marks::default()
    });
    let path = inner
        .marks
        .as_ref()
        .map(|file| file.path().display().to_string());
    for trouble in marks.troubles() {
        let path = path.as_deref().unwrap_or_default();
        troubles.push(format!("{path}:{}: {}", trouble.line, trouble.message));
    }
    let Inner { interest, memo, .. } = &mut *inner;
    let options = options(&resolved.settings, filter);
    let queue = queue(view.workspace(), interest, &marks, memo, &options);
    drop(inner);
    print(&as_json(view, &queue, path.as_deref(), &troubles))
}

fn lock(view: &View) -> MutexGuard<'_, Inner> {
    let state = &view.shared.queue;
    // What a panic left half done is made anew.
    state.inner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn as_json(view: &View, queue: &Queue, marks: Option<&str>, troubles: &[String]) -> Value {
    let sections: Vec<Value> = queue
        .sections
        .iter()
        .map(|section| {
            let rows = section.rows.iter().map(|row| row_json(view, row));
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
        "troubles": troubles,
        "marksFile": marks,
        "sections": sections,
    })
}

fn row_json(view: &View, row: &Row) -> Value {
    let state = match row.state {
        State::New => "new",
        State::Marked => "marked",
        State::ReRolled => "re-rolled",
        State::Awake => "awake",
    };
    json!({
        "uri": view.uri(&row.place.key),
        "entry": row.place.entry,
        "range": view.spot(&row.place).map(|spot| spot.focus),
        "place": view.place_name(&row.place),
        "name": row.name,
        "who": row.who,
        "facts": row.facts,
        "badges": row.badges(),
        "reason": row.reason.as_ref().map(|reason| patch_digest_core::shown::plain(reason.text()).into_owned()),
        "state": state,
        "mark": row.mark.to_string(),
        "letter": row.mark.letter().to_string(),
        "note": row.note,
        "remarks": row.remarks(),
        "line": text::line(row, &view.place_name(&row.place)),
        "shared": text::shared(row, link(view, row).as_deref()),
    })
}

/// A link that finds the mail in the archive.
fn link(view: &View, row: &Row) -> Option<String> {
    let list = view.workspace().get(&row.place.key)?.list()?.to_owned();
    let search = Search {
        title: &row.title,
        from: Some(&*row.poster).filter(|poster| !poster.is_empty()),
    };
    let options = LinkOptions::default();
    Some(options.search(Some(&list), &search)?.0)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarkParams {
    /// A row of the queue: a digest and the index of an entry.
    uri: Option<String>,
    entry: Option<usize>,
    mark: Option<String>,
    note: Option<String>,
}

/// `patchDigest/mark`: of a row, or of the series at a position.
pub(super) fn mark(view: &View, asked: &Asked) -> Result<Vec<u8>, Error> {
    let params = &asked.params;
    let place = if params.get("textDocument").is_some() {
        let found = asked.place(view)?;
        found.and_then(|(document, offset)| {
            Some(Place {
                key: uri::key(&document.uri).as_str().into(),
                entry: entry_at(document, offset)?,
            })
        })
    } else {
        None
    };
    do_mark(view, params, place)
}

/// `workspace/executeCommand`
pub(super) fn execute(view: &View, asked: &Asked) -> Result<Vec<u8>, Error> {
    match asked.params.get("command").and_then(Value::as_str) {
        Some(MARK) => {
            let argument = asked.params.pointer("/arguments/0").unwrap_or(&Value::Null);
            do_mark(view, argument, None)
        }
        _ => Err(Error::invalid_params(format!(
            "the one command there is is {MARK}"
        ))),
    }
}

fn do_mark(view: &View, params: &Value, place: Option<Place>) -> Result<Vec<u8>, Error> {
    let invalid = |problem: String| Error::invalid_params(problem);
    let params = MarkParams::deserialize(params)
        .map_err(|error| invalid(format!("patchDigest/mark: {error}")))?;
    let place = match (place, &params.uri, params.entry) {
        (Some(place), _, _) => place,
        (None, Some(digest), Some(entry)) => Place {
            key: uri::key(digest).as_str().into(),
            entry,
        },
        _ => return Err(invalid("there is no entry here to mark".to_owned())),
    };
    let wanted: Option<Mark> = match params.mark.as_deref() {
        Some(word) => Some(word.parse().map_err(invalid)?),
        None => None,
    };
    let mut inner = lock(view);
    let resolved = inner.follow(&view.shared);
    let workspace = view.workspace();
    let keys = keys_of(workspace, &place);
    let today = options(&resolved.settings, Filter::default());
    let Some(file) = &mut inner.marks else {
        return Err(invalid(
            "there is no folder to keep marks in: set queue.state to a file".to_owned(),
        ));
    };
    let failed = |problem: String| {
        let mut error = Error::new(REQUEST_FAILED);
        error.message = problem.into();
        error
    };
    let row = |marks: &Marks| row_of(workspace, &place, marks, &today);
    if row(&Marks::default()).is_none() {
        return Err(invalid("there is no series here to mark".to_owned()));
    }
    let change = file.change(|marks| {
        let Some(row) = row(marks) else { return Ok(()) };
        // What is not said stays as it is.
        let mark = wanted.clone().unwrap_or_else(|| row.mark.clone());
        let note = params.note.clone().unwrap_or_else(|| row.note.clone());
        match marked_at(workspace, &place, mark, note) {
            Some(marked) => marks.set(marked, &keys),
            None => Ok(()),
        }
    });
    change.map_err(failed)?;
    let marks = file.read().map_err(failed)?;
    let answer = row(marks).map(|row| row_json(view, &row));
    drop(inner);
    view.shared.queue_changed();
    print(&answer)
}
