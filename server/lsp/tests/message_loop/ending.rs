//! The end comes when it should, in time, and quietly.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_lsp::transport::install_quiet_panic_hook;
use serde_json::{Value, json};

use crate::harness::{Editor, framed, notification, read_on_demand, request, serve_stdio};

const SECOND: Duration = Duration::from_secs(1);

/// A second is promised; test machines may be slow.
const SOON: Duration = Duration::from_secs(2);

fn sleeper() -> Child {
    Command::new("sleep")
        .arg("60")
        .spawn()
        .expect("sleep is installed")
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn everything_before_exit_is_answered() {
    let mut editor = Editor::connect();
    let burst = [
        request(1, "initialize", json!({"capabilities": {}})),
        notification("initialized", json!({})),
        request(2, "test/slow", json!(100)),
        request(3, "test/big", json!(3_000_000)),
        request(4, "shutdown", Value::Null),
        notification("exit", Value::Null),
    ];
    editor.send_bytes(&burst.map(|message| framed(&message)).concat());
    let answers = editor.next_by_id(4);
    assert_eq!(answers["2"]["result"], json!(100));
    assert_eq!(answers["4"]["result"], Value::Null);
    assert_eq!(editor.exit_code_within(SOON), 0);
}

#[test]
fn stuck_handlers_do_not_delay_the_end() {
    for exit in [true, false] {
        let mut editor = Editor::initialized();
        editor.request(1, "test/stuck", Value::Null);
        editor.request(2, "test/never", Value::Null);
        editor.journal.wait_for("stuck");
        if exit {
            editor.notify("exit", Value::Null);
        } else {
            editor.hang_up();
        }
        assert_eq!(editor.exit_code_within(SOON), 1);
    }
}

#[test]
fn unfinished_notifications_are_not_waited_for() {
    let mut editor = Editor::initialized();
    editor.notify("test/neverNote", Value::Null);
    editor.request(1, "shutdown", Value::Null);
    editor.expect_result(1, &Value::Null);
    let start = Instant::now();
    editor.notify("exit", Value::Null);
    assert_eq!(editor.exit_code_within(SOON), 0);
    // Waiting would take half a second.
    assert!(
        start.elapsed() < Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn hanging_initialize_does_not_delay_the_end() {
    let mut editor = Editor::connect();
    let options = json!({"does": "hang"});
    editor.request(
        1,
        "initialize",
        json!({"capabilities": {}, "initializationOptions": options}),
    );
    editor.notify("initialized", json!({}));
    editor.hang_up();
    assert_eq!(editor.exit_code_within(SOON), 1);
}

#[test]
fn client_that_closes_its_ears_ends_it() {
    let mut editor = Editor::initialized();
    editor.close_ears();
    editor.request(1, "test/big", json!(1_000_000));
    assert_eq!(editor.exit_code_within(SOON), 1);
}

#[cfg(unix)]
#[test]
fn death_of_the_client_ends_it_while_handlers_run() {
    let sleeper = sleeper();
    let mut editor = Editor::connect();
    editor.request(
        0,
        "initialize",
        json!({"capabilities": {}, "processId": sleeper.id()}),
    );
    editor.next();
    editor.request(1, "test/stuck", Value::Null);
    editor.journal.wait_for("stuck");
    assert!(editor.is_served_for(Duration::from_millis(200)));
    end(sleeper);
    assert_eq!(editor.exit_code_within(Duration::from_secs(4)), 1);
}

#[cfg(unix)]
#[test]
fn client_that_is_not_to_be_found_is_no_reason_to_end() {
    let sleeper = sleeper();
    let pid = sleeper.id();
    end(sleeper);
    for pid in [
        json!(pid),
        json!(0),
        json!(-1),
        json!(null),
        json!("x"),
        json!(u64::MAX),
    ] {
        let mut editor = Editor::connect();
        editor.request(
            0,
            "initialize",
            json!({"capabilities": {}, "processId": pid}),
        );
        editor.next();
        assert!(editor.is_served_for(Duration::from_millis(100)), "{pid}");
    }
}

/// Set for a child in which [`child`] serves on standard input and output.
const IS_CHILD: &str = "PATCH_DIGEST_TEST_SERVES_STDIO";

/// Not a test by itself: the server in the children below.
#[test]
fn child() {
    if std::env::var_os(IS_CHILD).is_some() {
        install_quiet_panic_hook(|_| {});
        std::process::exit(serve_stdio().into());
    }
}

/// Starts this test binary again as a server of its own.
fn start_child() -> (Child, ChildStdin) {
    let mut child = Command::new(std::env::current_exe().expect("the test binary"))
        .args([
            "--exact",
            "ending::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(IS_CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test binary starts again");
    let stdin = child.stdin.take().expect("a pipe");
    (child, stdin)
}

#[test]
fn nothing_is_written_to_stderr() {
    let (mut child, mut stdin) = start_child();
    let mut stderr = child.stderr.take().expect("a pipe");
    let (wanted, messages) = read_on_demand(child.stdout.take().expect("a pipe"));
    let messages_before_exit = [
        request(0, "initialize", json!({"capabilities": {}})),
        request(1, "test/panic", Value::Null),
        request(2, "test/panicInCall", Value::Null),
        notification("test/panicInNote", Value::Null),
        request(3, "test/unknown", Value::Null),
        notification("test/unknown", Value::Null),
        json!({"jsonrpc": "2.0", "id": 99, "result": "to nothing"}),
        json!({}),
        request(4, "shutdown", Value::Null),
    ];
    for message in messages_before_exit {
        stdin.write_all(b"junk\n").unwrap();
        stdin.write_all(&framed(&message)).unwrap();
    }
    let mut n_answers = 0;
    loop {
        wanted.send(()).unwrap();
        let message = messages.recv_timeout(10 * SECOND).expect("an answer");
        n_answers += 1;
        if message["id"] == 4 {
            break;
        }
    }
    // Five requests, an empty message, and nine times junk.
    assert_eq!(n_answers, 5 + 1 + 9);
    stdin
        .write_all(&framed(&notification("exit", Value::Null)))
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut written = String::new();
    stderr.read_to_string(&mut written).unwrap();
    assert_eq!(written, "");
}

#[test]
fn process_writes_what_is_left_before_it_ends() {
    let (mut child, mut stdin) = start_child();
    let messages = [
        request(0, "initialize", json!({"capabilities": {}})),
        // More than the pipe takes at a time.
        request(1, "test/big", 1_000_000),
        request(2, "shutdown", Value::Null),
        notification("exit", Value::Null),
    ];
    stdin
        .write_all(&messages.map(|message| framed(&message)).concat())
        .unwrap();
    let (wanted, answers) = read_on_demand(child.stdout.take().expect("a pipe"));
    for _ in 0..3 {
        wanted.send(()).unwrap();
        assert!(
            answers
                .recv_timeout(10 * SECOND)
                .expect("an answer")
                .get("result")
                .is_some()
        );
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn process_ends_though_its_output_is_stuck() {
    let (mut child, mut stdin) = start_child();
    stdin
        .write_all(&framed(&request(
            0,
            "initialize",
            json!({"capabilities": {}}),
        )))
        .unwrap();
    for id in 1..50 {
        stdin
            .write_all(&framed(&request(id, "test/big", 1_000_000)))
            .unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    stdin
        .write_all(&framed(&notification("exit", Value::Null)))
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn idle_server_uses_no_processor_time() {
    let sleeper = sleeper();
    let (mut child, mut stdin) = start_child();
    let params = json!({"capabilities": {}, "processId": sleeper.id()});
    stdin
        .write_all(&framed(&request(0, "initialize", params)))
        .unwrap();
    stdin
        .write_all(&framed(&request(1, "test/never", Value::Null)))
        .unwrap();
    thread::sleep(Duration::from_millis(500));
    let before = switches(child.id());
    thread::sleep(3 * SECOND);
    let n_switches = switches(child.id()) - before;
    assert!(
        n_switches <= 2,
        "woken up {n_switches} times in three seconds"
    );
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    end(sleeper);
}

/// How often the threads of the process `pid` have been woken up so far.
#[cfg(target_os = "linux")]
fn switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a running process");
    tasks
        .map(|task| {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
            lines
                .filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok())
                .sum::<u64>()
        })
        .sum()
}
