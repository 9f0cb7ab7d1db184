//! The server is gone within a second of its client, leaves nothing behind, and does nothing while
//! there is nothing to do.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use patch_digest_tests::binary;
use patch_digest_tests::client::{Client, frame, notification};
use patch_digest_tests::process;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::{SYMBOLS, URI};

/// A second is promised on a machine that has nothing else to do; that of the tests is busy.
const SOON: Duration = Duration::from_secs(3);

/// How a client may end.
#[derive(Debug, Clone, Copy)]
enum Ending {
    HangUp,
    Exit,
    Shutdown,
}

/// Makes the server busy: a large document, and many questions about it.
fn make_busy(client: &mut Client) {
    client.open(URI, &samples::singles(20_000));
    for _ in 0..200 {
        client.request(
            "textDocument/foldingRange",
            &json!({"textDocument": {"uri": URI}}),
        );
    }
}

#[test]
fn server_is_gone_soon_after_its_client_whatever_it_is_doing() {
    for is_busy in [false, true] {
        for ending in [Ending::HangUp, Ending::Exit, Ending::Shutdown] {
            let mut client = Client::start(Profile::Rich);
            client.open(URI, &samples::series());
            client.ask_about(SYMBOLS, URI);
            if is_busy {
                make_busy(&mut client);
            }
            if matches!(ending, Ending::Shutdown) {
                client.request("shutdown", &Value::Null);
            }
            match ending {
                Ending::HangUp => client.hang_up(),
                Ending::Exit | Ending::Shutdown => client.notify("exit", &Value::Null),
            }
            let process_id = client.process_id();
            assert!(
                process::ends_within(process_id, SOON),
                "{ending:?}, busy: {is_busy}"
            );
            let end = client.end();
            let code = i32::from(!matches!(ending, Ending::Shutdown));
            assert_eq!((end.code, &*end.stderr), (Some(code), ""), "{ending:?}");
        }
    }
}

/// A client that is a process of its own, so that it can be killed: a shell that starts the server
/// on a pipe, which others hold open.
struct Killable {
    shell: Child,
    server: u32,
    /// The input of the server, open for as long as this is kept.
    input: fs::File,
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// So many digests that to index them takes longer than to end.
fn many_digests() -> TempFolder {
    let folder = TempFolder::new();
    let text = samples::singles(200);
    for number in 0..1_500 {
        folder.write(&format!("{number}.txt"), &text);
    }
    folder
}

/// Starts a server in a folder, which it is to index as well if there are `digests` in it.
fn killable(folder: &Path, digests: Option<&Path>) -> Killable {
    let fifo = folder.join("input");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    // Open for reading as well: opening for writing alone would wait for the server.
    let options = &mut fs::File::options();
    let mut input = options.read(true).write(true).open(&fifo).unwrap();
    let mut shell = Command::new("sh")
        .args(["-c", "\"$1\" lsp <input >output 2>errors & echo $!; wait"])
        .arg("sh")
        .arg(binary::path())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = shell.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let digests = digests.map(|path| json!({"uri": address(path), "name": "digests"}));
    let params = json!({
        "processId": shell.id(),
        "capabilities": {},
        "workspaceFolders": digests.into_iter().collect::<Vec<_>>(),
    });
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    input.write_all(&frame(&initialize)).unwrap();
    let initialized = notification("initialized", &json!({}));
    input.write_all(&frame(&initialized)).unwrap();
    Killable {
        shell,
        server: line.trim().parse().unwrap(),
        input,
    }
}

impl Killable {
    fn send(&mut self, message: &Value) {
        self.input.write_all(&frame(message)).unwrap();
    }

    fn wait_for_answer(&self, folder: &Path, id: i64) {
        let id = format!("\"id\":{id}");
        for _ in 0..2_000 {
            let output = fs::read(folder.join("output")).unwrap_or_default();
            if String::from_utf8_lossy(&output).contains(&id) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no answer with {id}");
    }
}

#[test]
fn server_is_gone_soon_after_its_client_was_killed() {
    for is_busy in [false, true] {
        let folder = TempFolder::new();
        let mut client = killable(folder.path(), None);
        client.wait_for_answer(folder.path(), 0);
        if is_busy {
            let item = json!({
                "uri": URI,
                "languageId": "patch-digest",
                "version": 1,
                "text": samples::singles(20_000),
            });
            client.send(&notification(
                "textDocument/didOpen",
                &json!({"textDocument": item}),
            ));
            for id in 1..50 {
                let params = json!({"textDocument": {"uri": URI}});
                client.send(
                    &json!({"jsonrpc": "2.0", "id": id, "method": SYMBOLS, "params": params}),
                );
            }
            client.wait_for_answer(folder.path(), 1);
        }
        assert!(process::is_running(client.server));
        client.shell.kill().unwrap();
        client.shell.wait().unwrap();
        assert!(process::ends_within(client.server, SOON), "busy: {is_busy}");
        let errors = fs::read_to_string(folder.path().join("errors")).unwrap();
        assert_eq!(errors, "");
    }
}

#[test]
fn server_is_gone_soon_after_its_client_while_it_indexes() {
    let digests = many_digests();
    let folders = json!([{"uri": address(digests.path()), "name": "digests"}]);
    for ending in [Ending::HangUp, Ending::Exit, Ending::Shutdown] {
        let mut client = Client::spawn();
        client.initialize(&json!({
            "processId": null,
            "capabilities": Profile::Rich.capabilities(),
            "workspaceFolders": folders,
        }));
        match ending {
            Ending::HangUp => client.hang_up(),
            Ending::Exit => client.notify("exit", &Value::Null),
            Ending::Shutdown => {
                client.ask("shutdown", &Value::Null);
                client.notify("exit", &Value::Null);
            }
        }
        assert!(
            process::ends_within(client.process_id(), SOON),
            "{ending:?}"
        );
        assert_eq!(client.end().stderr, "", "{ending:?}");
    }

    let folder = TempFolder::new();
    let mut client = killable(folder.path(), Some(digests.path()));
    client.wait_for_answer(folder.path(), 0);
    assert!(process::is_running(client.server));
    client.shell.kill().unwrap();
    client.shell.wait().unwrap();
    assert!(process::ends_within(client.server, SOON), "killed");
    let errors = fs::read_to_string(folder.path().join("errors")).unwrap();
    assert_eq!(errors, "");
}

#[test]
fn no_child_no_file_and_no_work_is_left() {
    let folder = TempFolder::new();
    let digests = TempFolder::new();
    digests.write("a.txt", samples::series());
    let mut client = Client::spawn_in(folder.path());
    client.initialize(&json!({
        "processId": std::process::id(),
        "capabilities": Profile::Rich.capabilities(),
        "workspaceFolders": [{"uri": address(digests.path()), "name": "digests"}],
        "initializationOptions": {"status": true},
    }));
    client.notification("patchDigest/status");
    client.open(URI, &samples::singles(2_000));
    for number in 0..50 {
        let place = json!({"line": 16, "character": 0});
        let change = json!({"range": {"start": place, "end": place}, "text": "x"});
        client.change(URI, 2 + number, &json!([change]));
        client.ask_about(SYMBOLS, URI);
    }
    client.diagnostics_of_version(URI, 51);

    // Idle: whatever was still to be put away is done by now.
    thread::sleep(Duration::from_millis(500));
    let server = client.process_id();
    let before = process::ticks(server);
    thread::sleep(Duration::from_secs(3));
    assert_eq!(process::ticks(server) - before, 0, "worked while idle");
    assert!(process::children(server).is_empty());
    client.finish();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let left: Vec<_> = fs::read_dir(digests.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
