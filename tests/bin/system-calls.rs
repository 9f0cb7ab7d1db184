//! What the program asks of the kernel while it works: `system-calls STRACE PROGRAM` runs the
//! server and the command line under strace. They may start threads and read files; no other
//! program, no network, nothing written but their output.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::{fs, io};

use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

/// Calls that are looked at: all that start programs, reach other machines or processes, or change
/// files. Unknown ones are left out by the `?`: not every machine has each.
const TRACED: &str = "?execve,?execveat,?fork,?vfork,?clone,?clone3,?socket,?socketpair,?connect,\
    ?bind,?listen,?accept,?accept4,?sendto,?sendmsg,?open,?openat,?openat2,?creat,?unlink,?unlinkat,\
    ?rename,?renameat,?renameat2,?mkdir,?mkdirat,?rmdir,?chmod,?fchmod,?fchmodat,?chown,?fchown,\
    ?fchownat,?truncate,?ftruncate,?link,?linkat,?symlink,?symlinkat,?mknod,?mknodat,?utimensat,\
    ?setxattr,?kill,?tkill,?tgkill,?ptrace,?mount,?io_uring_setup,?memfd_create,?fallocate";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [strace, program] = &arguments[..] else {
        eprintln!("usage: system-calls STRACE PROGRAM");
        return ExitCode::from(2);
    };
    let mut n_failed = 0;
    for (name, session) in SESSIONS {
        let (mut calls, mut problems) = (String::new(), Vec::new());
        for _ in 0..MOST_TRACES {
            calls = match trace(strace, program, *session) {
                Ok(calls) => calls,
                Err(error) => {
                    eprintln!("system-calls: {name}: {error}");
                    return ExitCode::FAILURE;
                }
            };
            problems = self::problems(&calls);
            let are_untold = problems.iter().all(|problem| is_untold(problem));
            if problems.is_empty() || !are_untold {
                break;
            }
        }
        let n_calls = calls.lines().count();
        if n_calls == 0 {
            println!("FAIL {name}: strace saw nothing");
            n_failed += 1;
        } else if problems.is_empty() {
            println!("ok   {name}: {n_calls} calls, none of them forbidden");
        } else {
            println!("FAIL {name}:\n{}", problems.join("\n"));
            n_failed += 1;
        }
    }
    if n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// How often a session is traced when nothing is wrong but that strace could not tell all.
const MOST_TRACES: usize = 3;

/// Whether strace could not tell what a thread called, as it was gone with its process before strace
/// could look.
fn is_untold(call: &str) -> bool {
    call.contains("???(")
}

/// The log of a session.
fn trace(strace: &OsStr, program: &OsStr, session: Session) -> io::Result<String> {
    let folder = TempFolder::new();
    let log = folder.path().join("calls");
    let digests = folder.path().join("digests");
    lay_out(&digests)?;
    let mut command = Command::new(strace);
    command
        .args(["-f", "-qq", "-s", "200", "-e", "signal=none", "-e"])
        .arg(format!("trace={TRACED}"))
        .arg("-o")
        .arg(&log)
        .arg(program)
        .current_dir(&digests);
    for variable in [
        "HOME",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
    ] {
        command.env(variable, &digests);
    }
    session(command, &digests);
    Ok(fs::read_to_string(&log).unwrap_or_default())
}

/// Something to do with a command that lacks the arguments of the program, in a folder of digests.
type Session = fn(Command, &Path);

const SESSIONS: &[(&str, Session)] = &[
    ("server", serve),
    ("check", |command, _| run(command, &["check"])),
    ("outline", |command, _| run(command, &["outline"])),
    ("outline as JSON", |command, _| {
        run(command, &["outline", "--format", "json"]);
    }),
];

/// Real digests, and files that are none.
fn lay_out(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    for (name, text) in corpus::digests()? {
        fs::write(folder.join(name), text)?;
    }
    fs::write(folder.join("notes.txt"), "Some notes.\n")?;
    fs::write(folder.join("damaged.txt"), b"From \xff to \xfe\nNew:  x\n")
}

fn run(mut command: Command, arguments: &[&str]) {
    let files = ["notes.txt", "damaged.txt", "nowhere.txt"];
    let digests = corpus::digests().unwrap_or_default();
    let names = digests.iter().map(|(name, _)| &**name);
    command
        .args(arguments)
        .args(names.chain(files))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Whatever the exit code: it is the calls that count.
    let _ = command.status();
}

/// A session with everything in it that a server may be asked for.
fn serve(command: Command, folder: &Path) {
    let root = format!("file://{}", folder.display());
    let mut client = Client::of(command);
    client.initialize(&json!({
        "processId": std::process::id(),
        "rootUri": root,
        "workspaceFolders": [{"uri": root, "name": "digests"}],
        "capabilities": Profile::Rich.capabilities(),
    }));
    let uri = format!("{root}/open.txt");
    let text = format!("{}\nhttps://example.org/ command:x\n", samples::series());
    client.open(&uri, &text);
    let document = json!({"uri": uri});
    for line in 0..text.lines().count() {
        let place = json!({"line": line, "character": 6});
        let end = json!({"line": line + 9, "character": 0});
        let params = json!({
            "textDocument": document,
            "position": place,
            "positions": [place],
            "range": {"start": place, "end": end},
            "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1},
            "query": "kvm",
            "command": "x",
        });
        let ids: Vec<_> = METHODS
            .iter()
            .map(|method| client.request(method, &params))
            .collect();
        let change = json!({"range": {"start": end, "end": end}, "text": "x"});
        let version = i32::try_from(line).unwrap_or(0) + 2;
        client.change(&uri, version, &json!([change]));
        for id in ids {
            client.answer(id);
        }
    }
    client.close(&uri);
    client.no_diagnostics_after_close(&uri);
    client.ask("shutdown", &Value::Null);
    client.notify("exit", &Value::Null);
    client.end();
}

const METHODS: &[&str] = &[
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/documentLink",
    "textDocument/selectionRange",
    "textDocument/inlayHint",
    "textDocument/semanticTokens/full",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "textDocument/completion",
    "textDocument/diagnostic",
    "workspace/symbol",
    "workspace/executeCommand",
];

/// The lines of the log that show something forbidden.
fn problems(calls: &str) -> Vec<String> {
    let mut n_programs = 0;
    let is_forbidden = |line: &&str| {
        let call = line.split_once(' ').map_or(*line, |(_, call)| call.trim());
        let name = call.split('(').next().unwrap_or_default();
        if call.starts_with("<...") || call.starts_with("+++") {
            return false;
        }
        match name {
            "execve" => {
                n_programs += 1;
                n_programs > 1
            }
            "clone" | "clone3" => !call.contains("CLONE_THREAD"),
            "open" | "openat" | "openat2" => {
                ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"]
                    .iter()
                    .any(|flag| call.contains(flag))
            }
            // Signal 0 asks whether the client is there.
            "kill" => !call.contains(", 0)"),
            _ => true,
        }
    };
    calls
        .lines()
        .filter(is_forbidden)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_strace_could_not_tell_is_a_problem() {
        let calls = "10 kill(9, 0) = 0\n11 ???( <detached ...>\n";
        let problems = problems(calls);
        assert_eq!(problems, ["11 ???( <detached ...>"]);
        assert!(is_untold(&problems[0]) && !is_untold("10 vfork() = 12"));
    }

    #[test]
    fn what_is_forbidden_is_seen() {
        let calls = "\
10 execve(\"/bin/patch-digest\", [\"patch-digest\", \"lsp\"], 0x7ff) = 0
10 openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3
10 clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SYSVSEM}, 88) = 11
11 kill(9, 0) = 0
10 <... clone3 resumed>) = 12
";
        assert!(problems(calls).is_empty(), "{:?}", problems(calls));
        for call in [
            "10 execve(\"/usr/bin/git\", [\"git\"], 0x7ff) = 0",
            "10 clone(child_stack=NULL, flags=SIGCHLD) = 12",
            "10 vfork() = 12",
            "10 socket(AF_INET, SOCK_STREAM, 0) = 3",
            "10 openat(AT_FDCWD, \"a.txt\", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3",
            "10 unlink(\"a.txt\") = 0",
            "10 renameat2(AT_FDCWD, \"a\", AT_FDCWD, \"b\", 0) = 0",
            "10 kill(9, SIGTERM) = 0",
        ] {
            assert_eq!(problems(&format!("{calls}{call}\n")), [call]);
        }
    }
}
