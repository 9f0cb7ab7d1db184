//! A connection to a language server that tells when the last byte of a message has arrived.
//! Messages are written as text and not decoded: only a few bytes at their ends are looked at,
//! and those after the time was taken.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_tests::measure::FIRST;

/// How long a silent server is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that can be started.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    arguments: Vec<String>,
}

impl Program {
    pub(crate) fn server(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            arguments: vec!["lsp".to_owned()],
        }
    }

    /// The floor, with the sizes of its answers.
    pub(crate) fn floor(path: &Path, sizes: [(&str, usize); 4]) -> Self {
        let arguments = sizes
            .into_iter()
            .flat_map(|(name, size)| [format!("--{name}"), size.to_string()]);
        Self {
            path: path.to_owned(),
            arguments: arguments.collect(),
        }
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Connection {
    child: Arc<Mutex<Child>>,
    /// Number of messages received, for the watchdog.
    n_received: Arc<AtomicU64>,
    id: u32,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Bytes read and not used yet begin at `start`.
    buffer: Vec<u8>,
    start: usize,
    /// The message received last, in the first `n_body` bytes.
    body: Vec<u8>,
    n_body: usize,
    next_id: u32,
}

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    Answer(u32),
    /// Diagnostics of a version.
    Diagnostics(u32),
}

/// When the last byte of a message arrived, and its size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) n_bytes: usize,
}

impl Connection {
    pub(crate) fn start(program: &Program) -> Result<Self, String> {
        let mut child = Command::new(&program.path)
            .args(&program.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("starting {}: {error}", program.path.display()))?;
        let (stdin, stdout) = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .ok_or("no pipes")?;
        let id = child.id();
        let child = Arc::new(Mutex::new(child));
        let n_received = Arc::default();
        watch(&child, &n_received);
        Ok(Self {
            child,
            n_received,
            id,
            stdin: Some(stdin),
            stdout,
            buffer: Vec::new(),
            start: 0,
            body: Vec::new(),
            n_body: 0,
            next_id: FIRST,
        })
    }

    /// The id of the server's process.
    pub(crate) fn process_id(&self) -> u32 {
        self.id
    }

    /// A request with its frame, and what answers it. Requests have to be sent in the order in
    /// which they are made.
    pub(crate) fn request(&mut self, method: &str, params: &str) -> (Vec<u8>, Wanted) {
        let id = self.next_id;
        self.next_id += 1;
        let bytes = frame(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#
        ));
        (bytes, Wanted::Answer(id))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("the connection is closed")?;
        stdin
            .write_all(bytes)
            .and_then(|()| stdin.flush())
            .map_err(|error| format!("writing to the server: {error}"))
    }

    /// Waits for messages until each of `wanted` has arrived; when, in the order of `wanted`.
    pub(crate) fn receive<const N: usize>(
        &mut self,
        wanted: [Wanted; N],
    ) -> Result<[Arrival; N], String> {
        let mut arrivals = [None; N];
        while arrivals.iter().any(Option::is_none) {
            let arrival = self
                .next_message()
                .map_err(|error| format!("waiting for {wanted:?}: {error}"))?;
            for (slot, wanted) in arrivals.iter_mut().zip(wanted) {
                if slot.is_none() && wanted.is(&self.body[..self.n_body]) {
                    *slot = Some(arrival);
                }
            }
        }
        Ok(arrivals.map(|arrival| {
            arrival.unwrap_or(Arrival {
                at: Instant::now(),
                n_bytes: 0,
            })
        }))
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&mut self, method: &str, params: &str) -> Result<Arrival, String> {
        let (bytes, wanted) = self.request(method, params);
        self.send(&bytes)?;
        self.receive([wanted]).map(|[arrival]| arrival)
    }

    /// Ends the server as editors do; how long it takes from `exit` to its end.
    pub(crate) fn finish(mut self) -> Result<Duration, String> {
        self.ask("shutdown", "null")?;
        let start = Instant::now();
        self.send(&notification("exit", "null"))?;
        self.stdin = None;
        let status = lock(&self.child).wait();
        let elapsed = start.elapsed();
        match status {
            Ok(status) if status.success() => Ok(elapsed),
            Ok(status) => Err(format!("the server ended with {status}")),
            Err(error) => Err(format!("waiting for the end of the server: {error}")),
        }
    }

    fn next_message(&mut self) -> io::Result<Arrival> {
        let length = self.read_header()?;
        // What the buffer holds of earlier messages is overwritten, not cleared: that would take
        // as long as the pipe.
        if self.body.len() < length {
            self.body.resize(length, 0);
        }
        self.n_body = length;
        let body = &mut self.body[..length];
        let unused = &self.buffer[self.start..];
        let (held, missing) = body.split_at_mut(unused.len().min(length));
        held.copy_from_slice(&unused[..held.len()]);
        self.start += held.len();
        self.stdout.read_exact(missing)?;
        let at = Instant::now();
        self.n_received.fetch_add(1, Ordering::Relaxed);
        Ok(Arrival {
            at,
            n_bytes: length,
        })
    }

    /// Reads up to the end of a header; the length it announces.
    fn read_header(&mut self) -> io::Result<usize> {
        loop {
            let unused = &self.buffer[self.start..];
            if let Some(end) = memchr::memmem::find(unused, b"\r\n\r\n") {
                let header = String::from_utf8_lossy(&unused[..end]).into_owned();
                self.start += end + 4;
                let mut lines = header.lines();
                let length = lines.find_map(|line| line.strip_prefix("Content-Length: "));
                return length
                    .and_then(|length| length.parse().ok())
                    .ok_or_else(|| io::Error::other(format!("the header {header:?}")));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let n_old = self.buffer.len();
            self.buffer.resize(n_old + 16 * 1024, 0);
            let n_read = self.stdout.read(&mut self.buffer[n_old..])?;
            self.buffer.truncate(n_old + n_read);
            if n_read == 0 {
                return Err(io::Error::other(
                    "the server ended, or was silent for too long",
                ));
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // After `finish` there is nothing left to end.
        let mut child = lock(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Wanted {
    /// Whether a message is it, from a look at its ends.
    fn is(self, body: &[u8]) -> bool {
        const LOOK: usize = 200;
        let head = &body[..body.len().min(LOOK)];
        let tail = &body[body.len().saturating_sub(LOOK)..];
        let has = |text: &str| {
            [head, tail]
                .iter()
                .any(|end| memchr::memmem::find(end, text.as_bytes()).is_some())
        };
        match self {
            Self::Answer(id) => has(&format!("\"id\":{id}")) && !has("\"method\":"),
            Self::Diagnostics(version) => {
                has("publishDiagnostics") && has(&format!("\"version\":{version}"))
            }
        }
    }
}

/// A notification with its frame.
pub(crate) fn notification(method: &str, params: &str) -> Vec<u8> {
    frame(&format!(
        r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#
    ))
}

fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the server when nothing was received for too long, so that reading from it ends.
fn watch(child: &Arc<Mutex<Child>>, n_received: &Arc<AtomicU64>) {
    let (child, n_received) = (Arc::downgrade(child), Arc::downgrade(n_received));
    thread::spawn(move || {
        let mut last = (0, Instant::now());
        while let (Some(child), Some(n_received)) = (child.upgrade(), n_received.upgrade()) {
            let now = n_received.load(Ordering::Relaxed);
            if now != last.0 {
                last = (now, Instant::now());
            } else if last.1.elapsed() > PATIENCE {
                let _ = lock(&child).kill();
                return;
            }
            drop((child, n_received));
            thread::sleep(Duration::from_secs(1));
        }
    });
}
