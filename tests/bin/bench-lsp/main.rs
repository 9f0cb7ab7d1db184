//! Measures a server through its pipes, beside the floor, and the engine beside its limits:
//!
//! ```text
//! bench-lsp --server PATH --floor PATH [--quick]
//! ```
//!
//! Prints Markdown; progress goes to standard error. `cargo xtask bench-lsp` builds everything,
//! runs this, and tells what the figures mean in `docs/performance.md`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod connection;
mod engine;
mod goals;
mod index;
mod process;
mod report;
mod session;

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use patch_digest_tests::generate::Generator;

use connection::Program;
use engine::Engine;
use index::Index;
use session::{Document, Figures, Startup};

const USAGE: &str = "usage: bench-lsp --server PATH --floor PATH [--quick]";

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench-lsp: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The size of a digest, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size(usize);

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n < 1_000_000 => write!(f, "{} KB", n / 1000),
            n => write!(f, "{} MB", n / 1_000_000),
        }
    }
}

const SIZES: [Size; 4] = [
    Size(40_000),
    Size(1_000_000),
    Size(10_000_000),
    Size(100_000_000),
];

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Most rounds of one figure.
    n_rounds: usize,
    /// Time for the rounds of one figure; five are made in any case.
    limit: Duration,
    n_starts: usize,
    /// Digests in an index.
    n_digests: usize,
}

const FULL: Effort = Effort {
    n_rounds: 1000,
    limit: Duration::from_secs(5),
    n_starts: 100,
    n_digests: 10_000,
};

const QUICK: Effort = Effort {
    n_rounds: 200,
    limit: Duration::from_millis(1500),
    n_starts: 20,
    n_digests: 1_000,
};

/// What was measured at one size.
struct Row {
    size: Size,
    engine: Engine,
    server: Figures,
    floor: Figures,
}

fn run() -> Result<String, String> {
    let (mut server, mut floor, mut effort) = (None, None, FULL);
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match &*arg.to_string_lossy() {
            "--server" => server = args.next().map(PathBuf::from),
            "--floor" => floor = args.next().map(PathBuf::from),
            "--quick" => effort = QUICK,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let (server, floor) = server.zip(floor).ok_or(USAGE)?;
    let generator = Generator::new().map_err(|error| format!("reading the corpus: {error}"))?;

    let load = process::load();
    let server = Program::server(&server);
    eprintln!("bench-lsp: startup");
    let startup = Startup::measure(&server, effort)?;
    let floor_startup = Startup::measure(&startup.floor(&floor), effort)?;

    let mut rows = Vec::new();
    for size in SIZES {
        eprintln!("bench-lsp: {size}, engine");
        let text = generator.digest(size.0, 1).text;
        let engine = Engine::measure(&generator, &text, effort);
        let document = Document::new(text);
        eprintln!("bench-lsp: {size}, server");
        let figures = Figures::measure(&server, &document, effort)?;
        eprintln!("bench-lsp: {size}, floor");
        let floor = Figures::measure(&figures.floor(&floor), &document, effort)?;
        rows.push(Row {
            size,
            engine,
            server: figures,
            floor,
        });
    }
    eprintln!("bench-lsp: index of {} digests", effort.n_digests);
    let index = Index::measure(&generator, effort)?;
    let n_stripped = process::stripped_size(&server.path)?;
    let machine = format!("{}; load {load} before", process::machine());
    let report = report::report(&startup, &floor_startup, &rows, &index, n_stripped);
    Ok(format!("Machine: {machine}.\n\n{report}"))
}
