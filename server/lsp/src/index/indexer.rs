//! The index's task: waits until something happens, lets a burst come to its end, has a round of
//! work done on a blocking thread, and tells of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch as latest;
use tokio::time::{Instant, sleep_until};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::notification::Notification;
use tower_lsp_server::ls_types::request::Request;

use super::state::{Done, State};
use super::{Pending, Snapshot, watch};
use crate::across::newer;
use crate::log::Level;
use crate::shared::Shared;

/// How long a burst of changes is waited for, at least.
const BURST: Duration = Duration::from_millis(60);

/// How long the index is left alone after a round, as a multiple of that round: work that takes
/// long, over and over, takes a small part of a processor.
const REST: u32 = 4;

/// The longest rest: what takes long for other reasons must not make answers old.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// When the index may work again after a round that took so long.
fn rested_at(end: Instant, took: Duration) -> Instant {
    end + (took * REST).clamp(BURST, LONGEST_REST)
}

/// When to begin with what happened just `now`.
fn due(now: Instant, is_files: bool, rested_at: Instant) -> Instant {
    // What is wrong with a document that was opened is told first; changes of files wait for
    // nothing but the rest.
    let least = if is_files { Duration::ZERO } else { BURST };
    rested_at.max(now + least)
}

/// `patchDigest/status`: how much is indexed, for clients that show it.
enum Status {}

impl Notification for Status {
    type Params = Value;
    const METHOD: &'static str = "patchDigest/status";
}

/// Has the client ask for the text of a page again.
enum PageChanged {}

impl Request for PageChanged {
    type Params = Value;
    type Result = Value;
    const METHOD: &'static str = "workspace/textDocumentContent/refresh";
}

/// Runs as long as the server does.
pub(crate) async fn run(client: Client, shared: Arc<Shared>) {
    run_rounds(client, shared, State::round).await;
}

async fn run_rounds(
    client: Client,
    shared: Arc<Shared>,
    round: impl Fn(&mut State, &Arc<Shared>, Pending) -> Done + Clone + Send + 'static,
) {
    let index = &shared.index;
    let (folders, newest_folders) = latest::channel(Vec::new());
    if index.options().watches_files {
        tokio::spawn(watch::watch(
            client.clone(),
            Arc::clone(&shared),
            newest_folders,
        ));
    }
    let mut state = State::default();
    let mut rested = Instant::now();
    let mut was_lost = false;
    loop {
        index.wake.notified().await;
        sleep_until(due(Instant::now(), index.has_files_pending(), rested)).await;
        let pending = index.take_pending();
        if pending.is_empty() {
            continue;
        }
        let began = Instant::now();
        let closed = pending.closed;
        let look = pending.look;
        let work = {
            let (shared, round) = (Arc::clone(&shared), round.clone());
            move || {
                if look.is_some() {
                    shared.look_at_settings();
                }
                let done = round(&mut state, &shared, pending);
                let snapshot = done.changed.then(|| state.snapshot());
                let wishes_changed = shared.queue.follow(&shared);
                (state, done, snapshot, wishes_changed)
            }
        };
        let Ok((now, done, snapshot, wishes_changed)) = tokio::task::spawn_blocking(work).await
        else {
            shared.log(
                Level::Error,
                "the index was lost and starts anew".to_owned(),
            );
            state = State::default();
            index.publish(Snapshot::default());
            // The folders were lost as well. Only once: what panics again would do so for ever.
            if !was_lost {
                index.start();
            }
            was_lost = true;
            index.looks.done(look, began.elapsed());
            rested = Instant::now() + LONGEST_REST;
            continue;
        };
        state = now;
        was_lost = false;
        let took = began.elapsed();
        if let Some(snapshot) = snapshot {
            index.publish(snapshot);
        }
        if done.searched || look.is_some() {
            index.looks.done(look, took);
        }
        if let Some(watched) = &done.watched {
            folders.send_replace(watched.clone());
        }
        if done.changed || wishes_changed {
            shared.queue_changed();
        }
        tell(&client, &shared, &state, &done, took).await;
        // What stood in a document that is closed again may have been told of, although it never
        // came into the index.
        if done.meaning_changed || closed {
            tell_of_newer(&shared).await;
        }
        let end = Instant::now();
        rested = rested_at(end, end - began);
    }
}

/// Has diagnostics told anew of the documents of which another newer version was told last than
/// there is by now.
async fn tell_of_newer(shared: &Arc<Shared>) {
    let work = {
        let shared = Arc::clone(shared);
        move || newer::outdated(&shared)
    };
    let outdated = tokio::task::spawn_blocking(work).await.unwrap_or_default();
    for key in outdated {
        shared.diagnostics_changed_of(key);
    }
}

/// Tells of a round: a line for the log where folders were searched, the client's own display, and
/// that what was shown of documents may be old.
async fn tell(client: &Client, shared: &Arc<Shared>, state: &State, done: &Done, took: Duration) {
    let limits = state.limits();
    let caps: Vec<String> = state
        .reports()
        .flat_map(|report| report.caps_in_words(&limits))
        .collect();
    let skipped: Vec<String> = state
        .reports()
        .map(patch_digest_files::Report::skipped_in_words)
        .filter(|words| !words.is_empty())
        .collect();
    let cancelled = state.reports().any(|report| report.cancelled);
    if done.searched {
        let mut line = format!(
            "indexed {} digests in {} ms",
            state.n_digests(),
            took.as_millis()
        );
        if !skipped.is_empty() {
            line.push_str(&format!("; left out: {}", skipped.join(", ")));
        }
        // Beside a single file nobody asked for a search.
        let level = if state.has_folders() {
            Level::Info
        } else {
            Level::Debug
        };
        shared.log(level, line);
        for cap in &caps {
            shared.complain(format!("the index is incomplete: {cap}"));
        }
        if cancelled {
            shared.complain("the index is incomplete: indexing was stopped".to_owned());
        }
    }
    let options = shared.index.options();
    if options.shows_status && (done.changed || done.searched) {
        let mut notes = caps;
        if cancelled {
            notes.push("indexing was stopped".to_owned());
        }
        let n_skipped: usize = state
            .reports()
            .map(patch_digest_files::Report::n_skipped)
            .sum();
        let status = json!({
            "digests": state.n_digests(),
            "skipped": n_skipped,
            "skippedWhy": skipped.join(", "),
            "notes": notes,
        });
        client.send_notification::<Status>(status).await;
    }
    if !done.changed {
        return;
    }
    // Whoever still shows a page asks, and is told the next time, too.
    for address in shared.index.take_pages() {
        let client = client.clone();
        tokio::spawn(async move {
            let params = json!({ "uri": address });
            let _ = client.send_request::<PageChanged>(params).await;
        });
    }
    if options.refreshes_lenses && options.has_lenses() {
        let client = client.clone();
        // It waits for the client.
        tokio::spawn(async move {
            let _ = client.code_lens_refresh().await;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use serde_json::json;
    use tokio::runtime::Builder;
    use tower_lsp_server::LspService;

    use super::*;
    use crate::handlers::Server;

    #[test]
    fn round_that_panics_is_done_again_from_the_start_but_only_once() {
        let shared = Arc::new(Shared::default());
        let params = json!({"rootPath": "/no/such/folder"});
        shared.index.initialize(&params);
        shared.index.start();
        let mut client = None;
        let _service = LspService::new(|new| {
            client = Some(new.clone());
            Server::new(new, Arc::clone(&shared))
        });
        let client = client.expect("a client");

        let (noted, rounds) = channel();
        let round = move |_: &mut State, _: &Arc<Shared>, pending: Pending| -> Done {
            let _ = noted.send(pending.folders);
            panic!("on purpose");
        };
        let indexer = run_rounds(client, Arc::clone(&shared), round);
        thread::spawn(|| {
            let runtime = Builder::new_current_thread().enable_time().build();
            runtime.expect("a runtime").block_on(indexer);
        });
        let next = || rounds.recv_timeout(Duration::from_secs(30)).ok();
        let folders = Some(Some(vec!["/no/such/folder".into()]));
        assert_eq!([next(), next()], [folders.clone(), folders]);
        let soon = rounds.recv_timeout(LONGEST_REST + Duration::from_millis(500));
        assert!(soon.is_err(), "{soon:?}");
        shared.index.note_documents(false);
        assert_eq!(next(), Some(None));
    }

    #[test]
    fn rest_is_taken_after_a_round_and_not_before_the_next() {
        let end = Instant::now();
        let second = Duration::from_secs(1);
        let rested = rested_at(end, second);
        assert_eq!(due(end, true, rested), end + LONGEST_REST);
        assert_eq!(due(end + second, false, rested), end + LONGEST_REST);
        let later = end + 3600 * second;
        assert_eq!(due(later, true, rested), later);
        assert_eq!(due(later, false, rested), later + BURST);
        // What takes no time still lets a burst come to its end.
        assert_eq!(due(end, true, rested_at(end, Duration::ZERO)), end + BURST);
    }
}
