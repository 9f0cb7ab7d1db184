//! Runs one handler behind a panic boundary and makes sure that its request gets an answer.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tokio::task_local;
use tower_lsp_server::jsonrpc::{ErrorCode, Id};

use super::message::refusal;
use super::outbox::{Outbox, Outgoing, Room};
use super::panics::text_of;

task_local! {
    /// Where the answer of the handler at work will go.
    static WAY_OUT: Outbox;
}

/// Waits until the way out has room for the answer of the handler that calls this; at once outside
/// of one. Handlers with large answers wait here before they compute: while the client does not
/// read, answers that are ready and have no place to go would pile up.
///
/// Room is given in the order of asking, so that an answer that waits for much of it keeps
/// everybody behind it waiting.
pub async fn room_to_answer() {
    if let Ok(outbox) = WAY_OUT.try_with(Clone::clone) {
        outbox.some_room().await;
    }
}

/// What is left of a message after its handler has ended.
#[derive(Debug)]
pub(super) struct Finished {
    /// The request's id and its answer, with room for it; nothing for a notification.
    pub(super) answer: Option<(Id, Outgoing, Room)>,
    pub(super) panicked: bool,
}

impl Finished {
    /// The id of the request that was handled; `None` for a notification.
    pub(super) fn id(&self) -> Option<&Id> {
        self.answer.as_ref().map(|(id, _, _)| id)
    }
}

/// What a handler came to: its answer if it has one, or what it panicked with.
type Outcome = Result<Result<Option<Outgoing>, ()>, Box<dyn Any + Send>>;

/// Runs the handler `future` of a `method` to its end and waits for room for its answer.
pub(super) async fn run<A: Into<Outgoing>, E>(
    future: impl Future<Output = Result<Option<A>, E>>,
    id: Option<Id>,
    method: String,
    outbox: Outbox,
) -> Finished {
    let future = future.map(|result| match result {
        Ok(answer) => Ok(answer.map(Into::into)),
        Err(_) => Err(()),
    });
    let future = AssertUnwindSafe(future).catch_unwind();
    let outcome = WAY_OUT.scope(outbox.clone(), future).await;
    let panicked = outcome.is_err();
    let Some(id) = id else {
        return Finished {
            answer: None,
            panicked,
        };
    };
    let answer = answer_of(outcome, &id, &method);
    let room = outbox.room_for(&answer).await;
    Finished {
        answer: Some((id, answer, room)),
        panicked,
    }
}

/// The answer to the request `id`, whatever came of its handler.
fn answer_of(outcome: Outcome, id: &Id, method: &str) -> Outgoing {
    let (code, reason) = match outcome {
        Ok(Ok(Some(answer))) => return answer,
        // The router drops unknown requests of this kind, but they too are owed an answer.
        Ok(Ok(None)) if method.starts_with("$/") => (
            ErrorCode::MethodNotFound,
            format!("{method} is not supported"),
        ),
        Ok(Ok(None)) => (ErrorCode::InternalError, format!("{method} gave no answer")),
        Ok(Err(())) => (ErrorCode::InvalidRequest, "the server has ended".to_owned()),
        Err(panic) => (ErrorCode::InternalError, panic_reason(method, &*panic)),
    };
    refusal(code, id.clone(), &reason).into()
}

/// What the client is told of a panic in the handler of `method`.
pub(super) fn panic_reason(method: &str, panic: &(dyn Any + Send)) -> String {
    format!("{method} panicked: {}", text_of(panic))
}
