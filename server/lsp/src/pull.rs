//! Diagnostics for clients that ask for them (`textDocument/diagnostic`, `workspace/diagnostic`).
//!
//! A client gets them in one way only, as some show both side by side: it asks for them if it can
//! and can be told to ask again (`workspace/diagnostic/refresh`), as what is known of a digest
//! changes with other digests and with settings. To all others they are pushed (`diagnostics`).
//!
//! The id of a result is made from what it says, so that nothing has to be remembered. Answers are
//! written straight as bytes. Its tests are in `tests/tests/protocol/pull.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::yield_now;
use tokio::time::sleep;
use tower_lsp_server::Client;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id, Request, Response};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::ls_types::notification::Notification;

use crate::diagnostics::diagnostics_of;
use crate::dispatch::{Answer, document_uri};
use crate::documents::Document;
use crate::shared::Shared;
use crate::transport::Outgoing;
use crate::uri;

/// The name under which clients keep what they asked for.
const IDENTIFIER: &str = "patch-digest";

/// The error of a request that the server gave up, as its text has changed meanwhile.
const SERVER_CANCELLED: i64 = -32802;

/// How long news are gathered before they are told to a client that waits for them.
const PAUSE: Duration = Duration::from_millis(500);

/// What the server says of itself to clients that ask.
pub(crate) fn provider() -> lsp::DiagnosticServerCapabilities {
    lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
        identifier: Some(IDENTIFIER.to_owned()),
        // One digest may have the newer version of what stands in another.
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DocumentParams {
    previous_result_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkspaceParams {
    previous_result_ids: Vec<PreviousResult>,
    partial_result_token: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct PreviousResult {
    uri: String,
    value: String,
}

/// The problems of a document, as one result.
#[derive(Debug)]
struct Found {
    id: String,
    /// The JSON of the diagnostics.
    items: String,
}

impl Found {
    fn new(items: &Value) -> Self {
        let items = items.to_string();
        // Not seeded: a client may ask another server about what it had from this one.
        let mut hasher = DefaultHasher::new();
        hasher.write(items.as_bytes());
        Self {
            id: format!("{:016x}", hasher.finish()),
            items,
        }
    }

    /// The members of a report to a client that has a previous result.
    fn members(&self, previous: Option<&str>) -> String {
        let Self { id, items } = self;
        if previous == Some(id) {
            format!(r#""kind":"unchanged","resultId":"{id}""#)
        } else {
            format!(r#""kind":"full","resultId":"{id}","items":{items}"#)
        }
    }
}

/// The answer to a request for diagnostics, which `document` is about; nothing for other messages.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    request: &Request,
    document: Option<&Document>,
) -> Option<Answer> {
    let is_workspace = match request.method() {
        "textDocument/diagnostic" => false,
        "workspace/diagnostic" => true,
        _ => return None,
    };
    let id = request.id()?.clone();
    if !shared.caps().pulls_diagnostics {
        return Some(refused(id, Error::method_not_found()));
    }
    let shared = Arc::clone(shared);
    let params = request.params().cloned().unwrap_or_default();
    if is_workspace {
        return Some(match WorkspaceParams::deserialize(params) {
            Ok(params) => Box::pin(workspace_answer(shared, id, params)),
            Err(error) => refused(id, Error::invalid_params(error.to_string())),
        });
    }
    if document_uri(&params).is_none() {
        let error = Error::invalid_params("textDocument.uri is missing");
        return Some(refused(id, error));
    }
    let document = document.cloned();
    Some(match DocumentParams::deserialize(params) {
        Ok(params) => Box::pin(document_answer(shared, id, params, document)),
        Err(error) => refused(id, Error::invalid_params(error.to_string())),
    })
}

fn refused(id: Id, error: Error) -> Answer {
    Box::pin(async move { Ok(Some(Response::from_error(id, error).into())) })
}

/// What came of computing the problems of a document.
enum Outcome {
    Found(Found),
    /// The document has changed meanwhile; its client waits for something newer.
    Outdated,
}

/// Computes the problems of a document, unless it has changed by the time that is its turn.
async fn find(shared: &Arc<Shared>, document: Document) -> Option<Outcome> {
    let state = Arc::clone(shared);
    let work = move |document: &Document, _: &_| {
        let newest = state.documents().get(&document.uri).map(|doc| doc.version);
        if newest.is_some_and(|newest| newest != document.version) {
            return Outcome::Outdated;
        }
        Outcome::Found(Found::new(&diagnostics_of(document, &state)))
    };
    shared.compute(document, work).await
}

async fn document_answer(
    shared: Arc<Shared>,
    id: Id,
    params: DocumentParams,
    document: Option<Document>,
) -> Result<Option<Outgoing>, tower_lsp_server::ExitedError> {
    let is_told = document
        .as_ref()
        .map(|document| Arc::clone(&document.is_told));
    let outcome = match document.filter(|document| document.is_ours) {
        Some(document) => find(&shared, document).await,
        // What is no digest has no problems.
        None => Some(Outcome::Found(Found::new(&json!([])))),
    };
    Ok(Some(match outcome {
        Some(Outcome::Found(found)) => {
            // Some clients forget what they had of a document when they close it, but not the id of that.
            let was_told = is_told.is_none_or(|is_told| is_told.swap(true, Ordering::Relaxed));
            let previous = params.previous_result_id.filter(|_| was_told);
            let members = found.members(previous.as_deref());
            Outgoing::printed_answer(&id, format!("{{{members}}}").as_bytes())
        }
        Some(Outcome::Outdated) => Response::from_error(id, outdated()).into(),
        None => Response::from_error(id, Error::internal_error()).into(),
    }))
}

fn outdated() -> Error {
    Error {
        code: ErrorCode::from(SERVER_CANCELLED),
        message: "the document has changed".into(),
        data: Some(json!({ "retriggerRequest": true })),
    }
}

/// A part of an answer, for clients that want it in parts.
enum Part {}

impl Notification for Part {
    type Params = Value;
    const METHOD: &'static str = "$/progress";
}

async fn workspace_answer(
    shared: Arc<Shared>,
    id: Id,
    params: WorkspaceParams,
) -> Result<Option<Outgoing>, tower_lsp_server::ExitedError> {
    let previous: BTreeMap<String, PreviousResult> = params
        .previous_result_ids
        .into_iter()
        .map(|previous| (uri::key(&previous.uri), previous))
        .collect();
    let mut news = shared.news.subscribe();
    loop {
        news.mark_unchanged();
        let reports = workspace_reports(&shared, &previous).await;
        // Some clients ask again as soon as they have an answer. One that knows all there is to
        // know is answered when there is something new.
        let has_news = reports.iter().any(|(_, is_new)| *is_new);
        let knows_all = !has_news && !previous.is_empty();
        if knows_all && !shared.is_ending.load(Ordering::Relaxed) && news.changed().await.is_ok() {
            sleep(PAUSE).await;
            continue;
        }
        let reports = reports.into_iter().map(|(report, _)| report);
        let result = match (params.partial_result_token, shared.client()) {
            (Some(token), Some(client)) => {
                send_parts(&client, &token, reports).await;
                r#"{"items":[]}"#.to_owned()
            }
            _ => format!(r#"{{"items":[{}]}}"#, reports.collect::<Vec<_>>().join(",")),
        };
        return Ok(Some(Outgoing::printed_answer(&id, result.as_bytes())));
    }
}

async fn send_parts(client: &Client, token: &Value, reports: impl Iterator<Item = String>) {
    for report in reports {
        let Ok(report) = serde_json::from_str::<Value>(&report) else {
            continue;
        };
        let params = json!({ "token": token, "value": { "items": [report] } });
        client.send_notification::<Part>(params).await;
    }
}

/// A report of every document, as JSON, with whether it says something new.
async fn workspace_reports(
    shared: &Arc<Shared>,
    previous: &BTreeMap<String, PreviousResult>,
) -> Vec<(String, bool)> {
    let documents = shared.documents().all_ours();
    let mut reports = Vec::new();
    for document in &documents {
        let before = previous.get(&uri::key(&document.uri));
        let before = before.map(|before| before.value.as_str());
        // Short documents are looked at on the message loop's thread, which has others to serve.
        yield_now().await;
        // A document that changes while it is looked at is news, which will be looked at as well.
        if let Some(Outcome::Found(found)) = find(shared, document.clone()).await {
            let report = format!(
                r#"{{{},"uri":{},"version":{}}}"#,
                found.members(before),
                Value::from(document.uri.as_str()),
                document.version
            );
            reports.push((report, before != Some(&found.id)));
        }
    }
    // What is known no more has no problems.
    let keys = documents.iter().map(|document| uri::key(&document.uri));
    let known: BTreeSet<String> = keys.collect();
    let nothing = Found::new(&json!([]));
    let unknown = previous.iter().filter(|(key, _)| !known.contains(*key));
    for before in unknown.map(|(_, before)| before) {
        let report = format!(
            r#"{{{},"uri":{},"version":null}}"#,
            nothing.members(Some(&before.value)),
            Value::from(before.uri.as_str())
        );
        reports.push((report, before.value != nothing.id));
    }
    reports
}
