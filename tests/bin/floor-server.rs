//! The floor that `cargo xtask bench-lsp` measures beside the real server: takes messages out of
//! their frames, answers with prepared bytes, and looks at nothing but the names of the methods.
//! What a client waits for it, it waits for pipes, processes and memory.
//!
//! ```text
//! floor-server --initialize 500 --symbols 20000 --hover 700 --diagnostics 140
//! ```
//!
//! The numbers are the sizes of the answers in bytes. Ids and versions are not read: the client
//! counts both up from [`FIRST`], and so does this.
#![expect(clippy::print_stderr, reason = "a command line prints")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;

use patch_digest_tests::measure::FIRST;

const USAGE: &str =
    "usage: floor-server --initialize BYTES --symbols BYTES --hover BYTES --diagnostics BYTES";

fn main() -> ExitCode {
    let served = Replies::from_args()
        .and_then(|replies| serve(replies).map_err(|error| format!("floor-server: {error}")));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A prepared message with its frame, and where in it the number stands that counts up.
struct Reply {
    frame: Vec<u8>,
    number: usize,
}

impl Reply {
    /// A message of about `n_bytes`: `before`, a number, and blanks in `after` at the `~`.
    fn new(n_bytes: usize, before: &str, after: &str) -> Self {
        let blanks = n_bytes.saturating_sub(before.len() + FIRST.to_string().len() + after.len());
        let after = after.replace('~', &" ".repeat(blanks + 1));
        let body = format!("{before}{FIRST}{after}");
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        Self {
            number: header.len() + before.len(),
            frame: (header + &body).into_bytes(),
        }
    }

    fn write(&mut self, output: &mut impl Write, number: u32) -> io::Result<()> {
        let digits = number.to_string();
        self.frame[self.number..self.number + digits.len()].copy_from_slice(digits.as_bytes());
        output.write_all(&self.frame)?;
        output.flush()
    }
}

struct Replies {
    initialize: Reply,
    symbols: Reply,
    hover: Reply,
    diagnostics: Reply,
    nothing: Reply,
}

impl Replies {
    fn from_args() -> Result<Self, String> {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let size = |name: &str| {
            let at = args.iter().position(|arg| arg == name).ok_or(USAGE)?;
            let value = args.get(at + 1).ok_or(USAGE)?;
            value.parse::<usize>().map_err(|_| USAGE)
        };
        let answer =
            |n_bytes| Reply::new(n_bytes, r#"{"jsonrpc":"2.0","id":"#, r#","result":"~"}"#);
        Ok(Self {
            initialize: answer(size("--initialize")?),
            symbols: answer(size("--symbols")?),
            hover: answer(size("--hover")?),
            diagnostics: Reply::new(
                size("--diagnostics")?,
                r#"{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"version":"#,
                r#","uri":"~"}}"#,
            ),
            nothing: Reply::new(0, r#"{"jsonrpc":"2.0","id":"#, r#","result":null}"#),
        })
    }
}

fn serve(mut replies: Replies) -> io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, io::stdin().lock());
    let mut output = io::stdout().lock();
    let mut body = Vec::new();
    let (mut id, mut version) = (FIRST, FIRST);
    while read_frame(&mut input, &mut body)? {
        // The method stands near the beginning.
        let head = &body[..body.len().min(100)];
        let is = |method: &str| memchr::memmem::find(head, method.as_bytes()).is_some();
        let reply = if is("\"textDocument/did") {
            if !is("didClose") {
                replies.diagnostics.write(&mut output, version)?;
                version += 1;
            }
            continue;
        } else if is("\"textDocument/documentSymbol\"") {
            &mut replies.symbols
        } else if is("\"textDocument/hover\"") {
            &mut replies.hover
        } else if is("\"initialize\"") {
            &mut replies.initialize
        } else if is("\"shutdown\"") {
            &mut replies.nothing
        } else if is("\"exit\"") {
            return Ok(());
        } else {
            continue;
        };
        reply.write(&mut output, id)?;
        id += 1;
    }
    Ok(())
}

/// Reads the next message; `false` at the end.
fn read_frame(input: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = None;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim_end().parse().ok();
        }
    }
    let length: usize = length.ok_or_else(|| io::Error::other("a frame without Content-Length"))?;
    body.clear();
    body.reserve_exact(length);
    let n_read = input.by_ref().take(length as u64).read_to_end(body)?;
    Ok(n_read == length)
}
