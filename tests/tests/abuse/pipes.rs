//! Pipes that nobody reads, that break, and that close at any moment.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_tests::binary;
use patch_digest_tests::client::{frame, notification};
use patch_digest_tests::random::Random;
use patch_digest_tests::samples;
use serde_json::{Value, json};

use crate::{SYMBOLS, URI};

/// A second is promised; test machines may be slow and busy.
const SOON: Duration = Duration::from_secs(5);

fn start() -> (Child, ChildStdin) {
    let mut child = binary::command()
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

fn request(id: i64, method: &str, params: &Value) -> Vec<u8> {
    frame(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

/// A session with a digest of `n_entries` open and a request about it.
fn session(n_entries: usize) -> Vec<Vec<u8>> {
    let item = json!({
        "uri": URI,
        "languageId": "patch-digest",
        "version": 1,
        "text": samples::singles(n_entries),
    });
    vec![
        request(0, "initialize", &json!({"capabilities": {}})),
        frame(&notification("initialized", &json!({}))),
        frame(&notification(
            "textDocument/didOpen",
            &json!({"textDocument": item}),
        )),
    ]
}

fn symbols(id: i64) -> Vec<u8> {
    request(id, SYMBOLS, &json!({"textDocument": {"uri": URI}}))
}

#[track_caller]
fn ends_soon(mut child: Child) -> (Option<i32>, String) {
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > SOON {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still there after {SOON:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    (status.code(), stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn client_that_stops_reading_makes_no_memory_grow() {
    use patch_digest_tests::process;

    // Answers of some 5 MB each: all of them would be 10 GB.
    let n_entries = 20_000;
    let n_requests: i64 = 2_000;
    let (mut child, mut stdin) = start();
    let mut stdout = child.stdout.take().unwrap();
    for message in session(n_entries) {
        stdin.write_all(&message).unwrap();
    }
    let n_sent = Arc::new(AtomicUsize::new(0));
    let writer = {
        let n_sent = Arc::clone(&n_sent);
        thread::spawn(move || {
            for id in 1..=n_requests {
                // Padded, so that the way in is filled as well.
                let bytes = [symbols(id), vec![b'\n'; 2_000]].concat();
                if stdin.write_all(&bytes).is_err() {
                    break;
                }
                n_sent.fetch_add(1, Ordering::Relaxed);
            }
            // Open until the end: it is the way out that is in question.
            stdin
        })
    };
    // Until nothing moves any more: neither what is sent nor what is computed.
    let state = || {
        (
            n_sent.load(Ordering::Relaxed),
            process::ticks(child.id()) / 3,
        )
    };
    let mut before = state();
    for _ in 0..120 {
        thread::sleep(Duration::from_millis(500));
        let now = state();
        if now == before && now.0 > 0 {
            break;
        }
        before = now;
    }
    let peak = process::peak_memory(child.id());
    assert!(peak < 400 << 20, "{} MiB", peak >> 20);

    // Whoever reads again is served.
    let mut some = vec![0; 30 << 20];
    stdout.read_exact(&mut some).unwrap();
    drop(stdout);
    assert_eq!(ends_soon(child), (Some(1), String::new()));
    drop(writer.join().unwrap());
}

#[test]
fn input_that_ends_anywhere_in_a_session_ends_the_server() {
    let mut whole = session(50).concat();
    for id in 1..5 {
        whole.extend(symbols(id));
    }
    let mut random = Random::new(5);
    for _ in 0..30 {
        let cut = random.below(whole.len() + 1);
        let (child, mut stdin) = start();
        stdin.write_all(&whole[..cut]).unwrap();
        drop(stdin);
        assert_eq!(ends_soon(child), (Some(1), String::new()), "cut at {cut}");
    }
}

#[test]
fn output_that_is_closed_anywhere_in_a_session_ends_the_server() {
    let mut random = Random::new(6);
    for _ in 0..30 {
        let (mut child, mut stdin) = start();
        let mut stdout = child.stdout.take().unwrap();
        let mut messages = session(200);
        messages.extend((1..30).map(symbols));
        let n_read = random.below(200_000);
        let reader = thread::spawn(move || {
            let mut read = vec![0; n_read];
            let _ = stdout.read(&mut read);
        });
        for message in messages {
            // The server may be gone already.
            if stdin.write_all(&message).is_err() {
                break;
            }
        }
        reader.join().unwrap();
        // It learns of the closed pipe when it has something to say.
        let _ = stdin.write_all(&symbols(100));
        assert_eq!(ends_soon(child), (Some(1), String::new()));
    }
}

#[test]
fn pipes_that_are_all_closed_from_the_start_end_the_server() {
    for close_input in [true, false] {
        let (mut child, mut stdin) = start();
        drop(child.stdout.take());
        if close_input {
            drop(stdin);
        } else {
            let _ = stdin.write_all(&session(1).concat());
            let _ = stdin.write_all(&symbols(1));
        }
        assert_eq!(ends_soon(child), (Some(1), String::new()));
    }
}
