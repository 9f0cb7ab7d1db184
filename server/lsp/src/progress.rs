//! Progress of long work, for clients that can show it (`window.workDoneProgress`).
//!
//! Nothing is shown of work that takes less than a blink. What began to be shown is ended, however
//! the work ends. The user may stop it where the work takes a [`Stop`]. Work never waits for the
//! client: a task of its own asks for the token, shows the newest state, and skips what came
//! between.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use patch_digest_core::stop::Stop;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::ProgressToken;
use tower_lsp_server::ls_types::notification::Notification;

use crate::shared::Shared;

/// Work shorter than this is not shown.
const BLINK: Duration = Duration::from_millis(300);

/// Time between two states shown of the same work.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take to allow showing anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is shown to the client, by token, with the way to stop it.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    n_tokens: AtomicU32,
    stops: Mutex<HashMap<String, Stop>>,
}

impl Shown {
    /// A token that no other work has had.
    fn new_token(&self) -> String {
        let number = self.n_tokens.fetch_add(1, Ordering::Relaxed);
        format!("patch-digest/{number}")
    }

    /// Stops the work that the parameters of `window/workDoneProgress/cancel` name.
    pub(crate) fn cancel(&self, params: &Value) {
        let stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        let token = params.get("token").and_then(Value::as_str);
        if let Some(stop) = token.and_then(|token| stops.get(token)) {
            stop.request();
        }
    }

    fn may_stop(&self, token: &str, stop: Stop) {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        stops.insert(token.to_owned(), stop);
    }

    fn forget(&self, token: &str) {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        stops.remove(token);
    }
}

/// How far work has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    message: Option<String>,
    /// Never goes back, as clients may draw a bar of it.
    percentage: Option<u32>,
}

/// Work that is shown to the client. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    state: watch::Sender<State>,
}

/// Progress with a state of its own.
enum Report {}

impl Notification for Report {
    type Params = Value;
    const METHOD: &'static str = "$/progress";
}

impl Progress {
    /// Begins to show work, if it takes long enough and the client can show it. `title` says in
    /// few words what is done ("Reading digests"); with `stop` the user may end it.
    ///
    /// Costs nothing where nothing can be shown. Must be called from within the runtime: a task or
    /// what `spawn_blocking` runs.
    pub(crate) fn start(shared: &Arc<Shared>, title: &str, stop: Option<Stop>) -> Self {
        let (state, states) = watch::channel(State::default());
        if shared.caps().work_done_progress
            && let Some(client) = shared.client()
            && let Ok(runtime) = Handle::try_current()
        {
            let show = show(client, Arc::clone(shared), title.to_owned(), stop, states);
            runtime.spawn(show);
        }
        Self { state }
    }

    /// Tells that `n_done` of `n_all` steps are done, with a word about the current one.
    pub(crate) fn report(&self, n_done: usize, n_all: usize, message: impl Into<String>) {
        let percentage = n_done.min(n_all).saturating_mul(100).checked_div(n_all);
        let percentage = percentage.and_then(|percentage| u32::try_from(percentage).ok());
        let message = Some(message.into());
        self.state.send_modify(|state| {
            *state = State {
                message,
                percentage: percentage.max(state.percentage),
            };
        });
    }
}

/// Waits until the work has ended.
async fn ended(states: &mut watch::Receiver<State>) {
    while states.changed().await.is_ok() {}
}

async fn show(
    client: Client,
    shared: Arc<Shared>,
    title: String,
    stop: Option<Stop>,
    mut states: watch::Receiver<State>,
) {
    if timeout(BLINK, ended(&mut states)).await.is_ok() {
        return;
    }
    let token = shared.shown.new_token();
    let allowed = client.create_work_done_progress(ProgressToken::String(token.clone()));
    tokio::select! {
        // Nothing has begun, so there is nothing to end.
        () = ended(&mut states) => return,
        allowed = timeout(PATIENCE, allowed) => {
            if !matches!(allowed, Ok(Ok(()))) {
                return;
            }
        }
    }

    let send = |value: Value| {
        let params = json!({ "token": token, "value": value });
        client.send_notification::<Report>(params)
    };
    let cancellable = stop.is_some();
    if let Some(stop) = stop {
        shared.shown.may_stop(&token, stop);
    }
    let mut begin = json!({ "kind": "begin", "title": title, "cancellable": cancellable });
    // Without a percentage at first, clients ignore those that follow.
    let state = states.borrow_and_update().clone();
    let counts = state.percentage.is_some();
    add_state(&mut begin, &state, counts);
    send(begin).await;
    loop {
        if states.changed().await.is_err() {
            break;
        }
        let state = states.borrow_and_update().clone();
        let mut report = json!({ "kind": "report" });
        add_state(&mut report, &state, counts);
        send(report).await;
        sleep(PAUSE).await;
    }
    shared.shown.forget(&token);
    send(json!({ "kind": "end" })).await;
}

fn add_state(value: &mut Value, state: &State, counts: bool) {
    if let Some(message) = &state.message {
        value["message"] = Value::from(message.as_str());
    }
    if let Some(percentage) = state.percentage.filter(|_| counts) {
        value["percentage"] = Value::from(percentage);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;

    use futures::{Sink, SinkExt, Stream, StreamExt};
    use tokio::runtime::Builder;
    use tower::Service;
    use tower_lsp_server::jsonrpc::{Error, Request, Response};
    use tower_lsp_server::{ExitedError, LspService};

    use super::*;
    use crate::client_caps::shield;
    use crate::handlers::Server;

    /// A client that lets work be shown, or says so and does not.
    struct Display {
        requests: Pin<Box<dyn Stream<Item = Request>>>,
        answers: Pin<Box<dyn Sink<Response, Error = ExitedError>>>,
        allows: bool,
    }

    impl Display {
        /// The next thing that the server says, in short; its requests are answered.
        async fn next(&mut self) -> String {
            let Some(request) = self.requests.next().await else {
                return "the end".to_owned();
            };
            if let Some(id) = request.id() {
                let answer = if self.allows {
                    Response::from_ok(id.clone(), Value::Null)
                } else {
                    Response::from_error(id.clone(), Error::internal_error())
                };
                self.answers.send(answer).await.expect("a server");
            }
            format!(
                "{} {}",
                request.method(),
                request.params().expect("parameters")
            )
        }

        /// Whether the server says nothing for as long as it takes to show work.
        async fn is_quiet(&mut self) -> bool {
            timeout(2 * BLINK, self.requests.next()).await.is_err()
        }
    }

    /// Runs a test with a server whose client has or has not said that it can show work.
    fn run<F: Future<Output = ()>>(can_show: bool, test: impl FnOnce(Arc<Shared>, Display) -> F) {
        let runtime = Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let shared = Arc::new(Shared::default());
            let (mut router, socket) =
                LspService::new(|client| Server::new(client, Arc::clone(&shared)));
            let capabilities = json!({ "window": { "workDoneProgress": can_show } });
            let mut params = json!({ "capabilities": capabilities });
            shield(&mut params);
            let initialize = Request::build("initialize").id(1).params(params);
            router.call(initialize.finish()).await.expect("a server");
            let (requests, answers) = socket.split();
            let display = Display {
                requests: Box::pin(requests),
                answers: Box::pin(answers),
                allows: true,
            };
            test(shared, display).await;
        });
    }

    const TOKEN: &str = r#""token":"patch-digest/0""#;

    #[test]
    fn long_work_is_shown_from_begin_to_end() {
        run(true, |shared, mut display| async move {
            let progress = Progress::start(&shared, "Reading digests", None);
            progress.report(1, 4, "a.txt");
            let create = format!("window/workDoneProgress/create {{{TOKEN}}}");
            assert_eq!(display.next().await, create);
            assert_eq!(
                display.next().await,
                format!(
                    "$/progress {{{TOKEN},\"value\":{{\"cancellable\":false,\"kind\":\"begin\",\
                     \"message\":\"a.txt\",\"percentage\":25,\"title\":\"Reading digests\"}}}}"
                )
            );
            // Going back is not shown, and what comes too fast is skipped.
            progress.report(0, 4, "b.txt");
            let report = |message: &str, percentage: u32| {
                format!(
                    "$/progress {{{TOKEN},\"value\":{{\"kind\":\"report\",\
                     \"message\":\"{message}\",\"percentage\":{percentage}}}}}"
                )
            };
            assert_eq!(display.next().await, report("b.txt", 25));
            progress.report(2, 4, "c.txt");
            progress.report(4, 4, "d.txt");
            assert_eq!(display.next().await, report("d.txt", 100));
            drop(progress);
            let end = format!("$/progress {{{TOKEN},\"value\":{{\"kind\":\"end\"}}}}");
            assert_eq!(display.next().await, end);
        });
    }

    #[test]
    fn work_is_stopped_by_the_user_who_sees_it() {
        run(true, |shared, mut display| async move {
            let stop = Stop::default();
            let progress = Progress::start(&shared, "Reading", Some(stop.clone()));
            display.next().await;
            let begin = display.next().await;
            assert!(begin.contains(r#""cancellable":true"#), "{begin}");
            shared.shown.cancel(&json!({ "token": "patch-digest/1" }));
            shared.shown.cancel(&json!({ "token": 0 }));
            shared.shown.cancel(&Value::Null);
            assert!(!stop.is_requested());
            shared.shown.cancel(&json!({ "token": "patch-digest/0" }));
            assert!(stop.is_requested());
            drop(progress);
            assert!(display.next().await.contains(r#""kind":"end""#));
            assert!(shared.shown.stops.lock().unwrap().is_empty());
        });
    }

    #[test]
    fn short_work_is_not_shown() {
        run(true, |shared, mut display| async move {
            for _ in 0..3 {
                let progress = Progress::start(&shared, "Reading", None);
                progress.report(1, 1, "a.txt");
                tokio::task::yield_now().await;
            }
            assert!(display.is_quiet().await);
        });
    }

    #[test]
    fn nothing_is_shown_to_clients_that_cannot_show_it() {
        run(false, |shared, mut display| async move {
            let _progress = Progress::start(&shared, "Reading", None);
            assert!(display.is_quiet().await);
        });
    }

    #[test]
    fn client_that_refuses_the_token_is_left_alone() {
        run(true, |shared, mut display| async move {
            display.allows = false;
            let _progress = Progress::start(&shared, "Reading", None);
            assert!(
                display
                    .next()
                    .await
                    .starts_with("window/workDoneProgress/create")
            );
            assert!(display.is_quiet().await);
        });
    }
}
