//! The message loop: one task that owns the service and every decision about order.
//!
//! Messages are taken from the inbox as they come and put in a backlog, from which they are
//! dispatched in the order of the wire as soon as there is room for their answers. Two kinds do
//! not wait: answers of the client, and cancels of requests that are not answered yet. Handlers
//! run as tasks; their answers come back to the loop, which alone decides whether a request still
//! has its answer to get.
//!
//! The framework's router handles cancels as well, but its answer to a cancelled request arrives
//! here when the request is answered already, and is dropped with its handler. It is still told of
//! each cancel, or it would take the id for one in use for ever.
//!
//! Must not block: what computes for long belongs on a blocking thread, started by the handler.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, pending, poll_fn};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::time::Duration;

use futures::{FutureExt, SinkExt, StreamExt};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, Id as TaskId, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};
use tower::Service;
use tower_lsp_server::ClientSocket;
use tower_lsp_server::jsonrpc::{ErrorCode, Id, Request, Response};

use super::client_gone::client_gone;
use super::handler::{self, Finished};
use super::inbox::{Inbox, Received};
use super::life_cycle::{Phase, Refusal};
use super::message::{Incoming, id_of, refusal};
use super::outbox::{Outbox, Outgoing};

/// How long the end waits for what is stuck: first for the backlog to move, then for open
/// requests and the last writes together.
const GRACE: Duration = Duration::from_millis(500);

/// Requests in work above which no more messages are dispatched. Cancels are still seen.
const MAX_IN_FLIGHT: usize = 4096;

const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// Serves one client until the connection ends; returns the process's exit code.
///
/// The connection ends with `exit`, with the end of `input`, when writing to `output` fails, and
/// when the client's process is gone (`processId` in `initialize`). The code is 0 if a `shutdown`
/// was received by then, otherwise 1.
///
/// `service.call` happens on the calling thread, for one message at a time, in the order of the
/// wire; the futures it returns are polled on the same thread, so handlers must hand long work to
/// `tokio::task::spawn_blocking`. Messages outside of the life cycle (before `initialize`, after
/// `shutdown`) and requests cancelled before their turn are answered without a call. While
/// `initialize` is being handled everything behind it waits. Answers may be anything that converts
/// to [`Outgoing`]; a request whose handler gives no answer gets an error.
///
/// After the end of the input (or `exit`) what was received before is still dispatched; then open
/// requests and unwritten answers get half a second. So does whatever keeps the rest from being
/// dispatched, and none of it when the client is gone.
///
/// Threads that are stuck in reading, writing or a handler are left behind, so the caller is
/// expected to end the process with the code. Must not be called from within a tokio runtime.
pub fn serve<S, A>(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    service: S,
    socket: ClientSocket,
) -> u8
where
    S: Service<Request, Response = Option<A>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    A: Into<Outgoing> + 'static,
{
    // Without a runtime there is nobody to report to; the code is all there is.
    let Ok(runtime) = Builder::new_current_thread().enable_time().build() else {
        return FAILURE;
    };
    let inbox = Inbox::start(input, runtime.handle().clone());
    let (outbox, writer_gone) = Outbox::start(output);
    let (requests, answers) = socket.split();

    let forward = {
        let outbox = outbox.clone();
        async move {
            let mut requests = requests;
            while let Some(request) = requests.next().await {
                outbox.send(Outgoing::from(request)).await;
            }
            pending::<()>().await;
        }
    };
    let mut answers = answers;
    let message_loop = MessageLoop {
        service,
        outbox,
        // Never waits: the framework keeps a channel for each request it sent.
        route: move |answer| {
            let _ = answers.send(answer).now_or_never();
        },
        backlog: VecDeque::new(),
        tasks: JoinSet::new(),
        in_flight: HashMap::new(),
        phase: Phase::Fresh,
        initializing: None,
        shutdown_received: false,
        client_gone: Box::pin(pending()),
    };
    let code = runtime.block_on(message_loop.run(inbox, writer_gone, forward));
    // Blocking threads may be in the middle of something; nobody waits for it any more.
    runtime.shutdown_background();
    code
}

struct MessageLoop<S, F> {
    service: S,
    outbox: Outbox,
    /// Hands an answer of the client to whoever asked.
    route: F,
    /// Messages in the order of the wire that have not been dispatched yet.
    backlog: VecDeque<Received>,
    /// The handlers at work.
    tasks: JoinSet<Finished>,
    /// Requests that still have their answer to get, with the task that works on it.
    in_flight: HashMap<Id, AbortHandle>,
    phase: Phase,
    /// The handler of `initialize`; nothing is dispatched until it has ended.
    initializing: Option<TaskId>,
    shutdown_received: bool,
    client_gone: Pin<Box<dyn Future<Output = ()>>>,
}

/// What one round of the loop brought.
enum Event {
    Received(Option<Received>),
    /// The service and the outbox are ready for the next message.
    Ready,
    Joined(Result<(TaskId, Finished), JoinError>),
    /// There is nobody to serve any more, or the end has been waited for long enough.
    Over,
}

impl<S, A, F> MessageLoop<S, F>
where
    S: Service<Request, Response = Option<A>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    A: Into<Outgoing> + 'static,
    F: FnMut(Response),
{
    async fn run(
        mut self,
        mut inbox: Inbox,
        mut writer_gone: oneshot::Receiver<()>,
        forward: impl Future<Output = ()>,
    ) -> u8 {
        let mut forward = pin!(forward);
        let mut input_open = true;
        let mut patience = Instant::now();
        while input_open || !self.backlog.is_empty() {
            let may_dispatch = !self.backlog.is_empty()
                && self.initializing.is_none()
                && self.in_flight.len() < MAX_IN_FLIGHT;
            let event = tokio::select! {
                biased;
                _ = &mut writer_gone => Event::Over,
                () = &mut self.client_gone => Event::Over,
                // Polled for what it forwards; it never ends.
                () = &mut forward => Event::Over,
                Some(joined) = self.tasks.join_next_with_id() => Event::Joined(joined),
                // Before the next message is dispatched, which may take its time: there may be a cancel.
                received = inbox.next(), if input_open => Event::Received(received),
                ready = ready(&mut self.service, &self.outbox), if may_dispatch => {
                    if ready { Event::Ready } else { Event::Over }
                }
                () = sleep_until(patience), if !input_open => Event::Over,
            };
            match event {
                Event::Joined(joined) => self.finish(joined),
                Event::Ready => {
                    self.dispatch();
                    // As long as the backlog moves, it is worth waiting for.
                    patience = Instant::now() + GRACE;
                }
                Event::Received(Some(received)) => self.receive(received),
                Event::Received(None) => {
                    input_open = false;
                    patience = Instant::now() + GRACE;
                }
                Event::Over => return self.exit_code(),
            }
        }

        let patience = Instant::now() + GRACE;
        loop {
            tokio::select! {
                biased;
                _ = &mut writer_gone => return self.exit_code(),
                () = &mut self.client_gone => return self.exit_code(),
                () = &mut forward => {}
                () = sleep_until(patience) => return self.exit_code(),
                Some(joined) = self.tasks.join_next_with_id() => self.finish(joined),
                () = async {}, if self.in_flight.is_empty() => break,
            }
        }
        // Too late is as good as written: there is nothing left to do about it.
        let _ = timeout_at(patience, self.outbox.flush()).await;
        // The framework's router closes the way to the client; nothing is dispatched after this.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            drop(self.service.call(Request::build("exit").finish()));
        }));
        self.exit_code()
    }

    fn exit_code(&self) -> u8 {
        if self.shutdown_received {
            SUCCESS
        } else {
            FAILURE
        }
    }

    /// Takes a message in: at once where order does not matter, else into the backlog.
    fn receive(&mut self, received: Received) {
        match received.message {
            Incoming::Response(answer) => (self.route)(answer),
            Incoming::Request(ref request) if is_cancel(request) => {
                let id = request.params().and_then(|params| id_of(params.get("id")?));
                if let Some(id) = id
                    && self.cancel(&id)
                {
                    self.backlog.push_back(received);
                }
            }
            Incoming::Request(ref request) => {
                self.shutdown_received |= request.method() == "shutdown";
                self.backlog.push_back(received);
            }
            Incoming::Refused(_) => self.backlog.push_back(received),
        }
    }

    /// Answers the request `id` if it has no answer yet; whether the router has to know.
    fn cancel(&mut self, id: &Id) -> bool {
        let task = self.in_flight.remove(id);
        if let Some(task) = &task {
            task.abort();
        } else {
            let is_meant = |received: &Received| match &received.message {
                Incoming::Request(request) => request.id() == Some(id),
                _ => false,
            };
            let waiting = self.backlog.iter().position(is_meant);
            let Some(waiting) = waiting else { return false };
            self.backlog.remove(waiting);
        }
        let reason = "cancelled by the client";
        self.answer_error(id.clone(), ErrorCode::RequestCancelled, reason);
        task.is_some()
    }

    /// Hands the next message of the backlog to the service, if the life cycle lets it through.
    fn dispatch(&mut self) {
        let Some(Received { message, .. }) = self.backlog.pop_front() else {
            return;
        };
        let request = match message {
            Incoming::Request(request) => request,
            Incoming::Refused(answer) => return self.outbox.push(answer, None),
            Incoming::Response(answer) => return (self.route)(answer),
        };
        let id = request.id().cloned();
        if let Err((code, reason)) = self.admit(&request) {
            if let Some(id) = id {
                self.answer_error(id, code, reason);
            }
            return;
        }

        let method = request.method().to_owned();
        let is_initialize = method == "initialize";
        let request = match method.as_str() {
            "initialize" => {
                self.watch_client(&request);
                request
            }
            "shutdown" => {
                self.phase = Phase::ShutDown;
                // Some clients send an empty object, which the router would refuse.
                without_params(request)
            }
            _ => request,
        };
        let future = match catch_unwind(AssertUnwindSafe(|| self.service.call(request))) {
            Ok(future) => future,
            Err(panic) => {
                if let Some(id) = id {
                    let reason = handler::panic_reason(&method, &*panic);
                    self.answer_error(id.clone(), ErrorCode::InternalError, &reason);
                    self.tell_router(&id);
                }
                return;
            }
        };
        let outbox = self.outbox.clone();
        let mut handler = Box::pin(handler::run(future, id.clone(), method, outbox));
        // What has nothing to wait for is done here: a task of its own would wait for others, such as
        // those that an edit before it has woken. The router too acts on a cancel when that is polled,
        // and right behind it the client may use the id again.
        if !is_initialize && let Some(finished) = handler.as_mut().now_or_never() {
            return self.deliver(finished);
        }
        let task = self.tasks.spawn(handler);
        if is_initialize {
            self.initializing = Some(task.id());
        }
        if let Some(id) = id {
            self.in_flight.insert(id, task);
        }
    }

    /// Watches the process that `initialize` names.
    fn watch_client(&mut self, initialize: &Request) {
        let pid = initialize
            .params()
            .and_then(|params| params.get("processId")?.as_u64());
        if let Some(pid) = pid.and_then(|pid| u32::try_from(pid).ok()) {
            self.client_gone = Box::pin(client_gone(pid));
        }
    }

    /// Checks whether `request` may be handed to the service now.
    fn admit(&self, request: &Request) -> Result<(), Refusal> {
        if is_cancel(request) {
            return Ok(());
        }
        let is_in_flight = |id| self.in_flight.contains_key(id);
        if request.id().is_some_and(is_in_flight) {
            return Err((ErrorCode::InvalidRequest, "this id is in use"));
        }
        self.phase.admit(request.method())
    }

    /// Sends the answer of a handler that has ended, unless its request was answered meanwhile.
    fn finish(&mut self, joined: Result<(TaskId, Finished), JoinError>) {
        let (task, finished) = match joined {
            Ok((task, finished)) => (task, Some(finished)),
            Err(error) => (error.id(), None),
        };
        if self.initializing == Some(task) {
            self.initializing = None;
            let answer = finished
                .as_ref()
                .and_then(|finished| finished.answer.as_ref());
            if answer.is_some_and(|(_, answer, _)| !answer.is_error()) {
                self.phase = Phase::Running;
            }
        }
        let is_in_work = |id: &Id| {
            self.in_flight
                .get(id)
                .is_some_and(|handle| handle.id() == task)
        };
        match finished {
            // Under the same id there may be a later request, whose own answer is to come.
            Some(finished) if finished.id().is_none_or(is_in_work) => self.deliver(finished),
            Some(_) => {}
            // Aborted by a cancel, and no longer in flight; or dropping a handler panicked.
            None => {
                let in_flight = self
                    .in_flight
                    .iter()
                    .find(|(_, handle)| handle.id() == task);
                if let Some(id) = in_flight.map(|(id, _)| id.clone()) {
                    self.in_flight.remove(&id);
                    self.answer_error(id.clone(), ErrorCode::InternalError, "a handler panicked");
                    self.tell_router(&id);
                }
            }
        }
    }

    /// Sends the answer of a handler, if it has one.
    fn deliver(&mut self, finished: Finished) {
        if let Some((id, answer, room)) = finished.answer {
            self.in_flight.remove(&id);
            self.outbox.push(answer, room);
            if finished.panicked {
                self.tell_router(&id);
            }
        }
    }

    /// Lets the router forget `id`, whose handler did not run to its end there.
    fn tell_router(&mut self, id: &Id) {
        let params = match id {
            Id::Number(number) => json!({ "id": number }),
            Id::String(string) => json!({ "id": string }),
            Id::Null => return,
        };
        let cancel = Request::build(CANCEL).params(params).finish();
        // Before anything else: the client may use the id again.
        self.backlog.push_front(Received {
            message: Incoming::Request(cancel),
            _room: None,
        });
    }

    fn answer_error(&self, id: Id, code: ErrorCode, reason: &str) {
        self.outbox.push(refusal(code, id, reason), None);
    }
}

const CANCEL: &str = "$/cancelRequest";

fn is_cancel(request: &Request) -> bool {
    request.method() == CANCEL && request.id().is_none()
}

fn without_params(request: Request) -> Request {
    let (method, id, _) = request.into_parts();
    let request = Request::build(method);
    match id {
        Some(id) => request.id(id).finish(),
        None => request.finish(),
    }
}

/// Waits until the next message may be dispatched; `false` if the service has ended.
async fn ready<S: Service<Request>>(service: &mut S, outbox: &Outbox) -> bool {
    outbox.some_room().await;
    let ready = AssertUnwindSafe(poll_fn(|cx| service.poll_ready(cx)))
        .catch_unwind()
        .await;
    // After a panic the message is dispatched all the same: skipping it would lose its answer.
    !matches!(ready, Ok(Err(_)))
}
