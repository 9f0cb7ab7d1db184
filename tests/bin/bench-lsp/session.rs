//! A server under measurement: its start, a document opened, keystrokes, its end.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_core::Digest;
use patch_digest_core::text::Encoding;
use patch_digest_tests::measure::{FIRST, Strokes, Timings};
use patch_digest_tests::profiles::Profile;

use crate::Effort;
use crate::connection::{Arrival, Connection, Program, Wanted, notification};
use crate::process::{self, Memory};

const URI: &str = "file:///bench/digest.txt";

/// How long is waited until a server has come to rest.
const REST: Duration = Duration::from_millis(500);

/// How many servers are looked at when they have come to rest.
const N_RESTS: usize = 4;

/// Starts and ends of a server that does nothing in between.
#[derive(Debug)]
pub(crate) struct Startup {
    /// From the start of the process to the last byte of the answer to `initialize`.
    pub(crate) start: Timings,
    /// From `exit` to the end of the process.
    pub(crate) exit: Timings,
    pub(crate) idle: Memory,
    n_initialize: usize,
}

impl Startup {
    pub(crate) fn measure(program: &Program, effort: Effort) -> Result<Self, String> {
        let mut outcome = Ok(());
        let mut exits = Vec::new();
        let mut idle = Memory::default();
        let mut n_initialize = 0;
        let start = Timings::of(effort.n_starts, effort.limit * 2, || {
            let round = start_and_end(program, exits.is_empty());
            match round {
                Ok(round) => {
                    exits.push(round.exit);
                    idle = round.idle.unwrap_or(idle);
                    n_initialize = round.n_initialize;
                    round.start
                }
                Err(error) => {
                    outcome = Err(error);
                    Duration::ZERO
                }
            }
        });
        outcome?;
        let n_exits = exits.len();
        let mut exits = exits.into_iter();
        let exit = Timings::of(n_exits, Duration::MAX, || exits.next().unwrap_or_default());
        Ok(Self {
            start,
            exit,
            idle,
            n_initialize,
        })
    }

    /// The floor that answers as long.
    pub(crate) fn floor(&self, path: &Path) -> Program {
        Program::floor(
            path,
            [
                ("initialize", self.n_initialize),
                ("symbols", 0),
                ("hover", 0),
                ("diagnostics", 0),
            ],
        )
    }
}

struct Round {
    start: Duration,
    exit: Duration,
    idle: Option<Memory>,
    n_initialize: usize,
}

fn start_and_end(program: &Program, with_rest: bool) -> Result<Round, String> {
    let start = Instant::now();
    let mut connection = Connection::start(program)?;
    let answer = connection.ask("initialize", &initialize())?;
    let started = answer.at - start;
    connection.send(&notification("initialized", "{}"))?;
    let mut idle = None;
    if with_rest {
        thread::sleep(REST);
        idle = Some(Memory::of(connection.process_id())?);
    }
    Ok(Round {
        start: started,
        exit: connection.finish()?,
        idle,
        n_initialize: answer.n_bytes,
    })
}

fn initialize() -> String {
    let capabilities = Profile::Rich.capabilities();
    format!(r#"{{"processId":null,"capabilities":{capabilities}}}"#)
}

/// A digest to open, and places to type and to look at.
#[derive(Debug)]
pub(crate) struct Document {
    open: Vec<u8>,
    /// Lines and columns.
    prose: Vec<(usize, usize)>,
    subjects: Vec<(usize, usize)>,
}

impl Document {
    pub(crate) fn new(text: String) -> Self {
        let digest = Digest::parse(&text);
        let positions = |strokes: &Strokes| {
            let places = strokes.places().iter();
            places
                .map(|&at| digest.text().position_of(at, Encoding::Utf8))
                .collect()
        };
        let content = serde_json::Value::from(text);
        let open = format!(
            r#"{{"textDocument":{{"uri":"{URI}","languageId":"patch-digest","version":{FIRST},"text":{content}}}}}"#
        );
        Self {
            open: notification("textDocument/didOpen", &open),
            prose: positions(&Strokes::in_bodies(&digest, 1)),
            subjects: positions(&Strokes::in_titles(&digest, 1)),
        }
    }
}

/// Figures of a server with one document open.
#[derive(Debug)]
pub(crate) struct Figures {
    /// From `didOpen` to its diagnostics.
    pub(crate) open: Duration,
    /// Before the document was opened.
    pub(crate) before: Memory,
    /// After it was opened, its symbols were asked for, and a letter was typed.
    pub(crate) rest: Memory,
    pub(crate) diagnostics: Timings,
    pub(crate) symbols: Timings,
    pub(crate) hover: Timings,
    /// Processor time of a keystroke, with its diagnostics.
    pub(crate) work: Duration,
    /// After all rounds.
    pub(crate) end: Memory,
    pub(crate) exit: Duration,
    n_initialize: usize,
    pub(crate) n_symbols: usize,
    pub(crate) n_hover: usize,
    pub(crate) n_diagnostics: usize,
}

impl Figures {
    pub(crate) fn measure(
        program: &Program,
        document: &Document,
        effort: Effort,
    ) -> Result<Self, String> {
        let mut session = Session::start(program, document)?;
        let before = Memory::of(session.connection.process_id())?;
        let (first_open, mut rest) = session.open_and_rest()?;

        let worked = process::processor_time(session.connection.process_id())?;
        let (diagnostics, n_diagnostics) = session.rounds(Question::Nothing, effort)?;
        let worked = process::processor_time(session.connection.process_id())? - worked;
        let n_rounds = u32::try_from(diagnostics.n_rounds()).unwrap_or(1);
        let (symbols, n_symbols) = session.rounds(Question::Symbols, effort)?;
        let (hover, n_hover) = session.rounds(Question::Hover, effort)?;
        let mut end = Memory::of(session.connection.process_id())?;
        let n_initialize = session.n_initialize;
        let exit = session.connection.finish()?;

        // What a server gives back differs from run to run; what counts is the worst.
        let mut opens = vec![first_open];
        for _ in 0..N_RESTS - 1 {
            let mut session = Session::start(program, document)?;
            let (open, memory) = session.open_and_rest()?;
            opens.push(open);
            rest.resident = rest.resident.max(memory.resident);
            end.peak = end.peak.max(memory.peak);
            session.connection.finish()?;
        }
        let start = Instant::now();
        while opens.len() < 20 && start.elapsed() < effort.limit {
            let mut session = Session::start(program, document)?;
            opens.push(session.open()?);
            session.connection.finish()?;
        }
        opens.sort_unstable();
        Ok(Self {
            open: opens[opens.len() / 2],
            before,
            rest,
            diagnostics,
            symbols,
            hover,
            work: worked / n_rounds,
            end,
            exit,
            n_initialize,
            n_symbols,
            n_hover,
            n_diagnostics,
        })
    }

    /// The floor with answers as large.
    pub(crate) fn floor(&self, path: &Path) -> Program {
        Program::floor(
            path,
            [
                ("initialize", self.n_initialize),
                ("symbols", self.n_symbols),
                ("hover", self.n_hover),
                ("diagnostics", self.n_diagnostics),
            ],
        )
    }
}

/// Memory that a document takes, per byte of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) rest: f64,
    pub(crate) peak: f64,
}

impl Held {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(crate) fn of(figures: &Figures, n_bytes: usize) -> Self {
        let before = figures.before.resident;
        let per_byte = |bytes: u64| bytes.saturating_sub(before) as f64 / n_bytes as f64;
        Self {
            rest: per_byte(figures.rest.resident),
            peak: per_byte(figures.end.peak),
        }
    }

    pub(crate) fn show(self) -> String {
        format!("{:.2} / {:.2}", self.rest, self.peak)
    }
}

/// What is asked for right after a keystroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Nothing: diagnostics come by themselves.
    Nothing,
    Symbols,
    Hover,
}

struct Session<'a> {
    connection: Connection,
    document: &'a Document,
    version: u32,
    n_strokes: usize,
    n_initialize: usize,
}

impl<'a> Session<'a> {
    fn start(program: &Program, document: &'a Document) -> Result<Self, String> {
        let mut connection = Connection::start(program)?;
        let answer = connection.ask("initialize", &initialize())?;
        connection.send(&notification("initialized", "{}"))?;
        thread::sleep(REST / 10);
        Ok(Self {
            connection,
            document,
            version: FIRST,
            n_strokes: 0,
            n_initialize: answer.n_bytes,
        })
    }

    /// Opens the document; how long until its diagnostics are there.
    fn open(&mut self) -> Result<Duration, String> {
        let start = Instant::now();
        self.connection.send(&self.document.open)?;
        let [arrival] = self
            .connection
            .receive([Wanted::Diagnostics(self.version)])?;
        Ok(arrival.at - start)
    }

    /// Opens the document, asks for its symbols and types a letter; how long the first took, and
    /// the memory that is in use when all is quiet again.
    fn open_and_rest(&mut self) -> Result<(Duration, Memory), String> {
        let open = self.open()?;
        self.round(Question::Symbols)?;
        self.round(Question::Nothing)?;
        thread::sleep(REST);
        Ok((open, Memory::of(self.connection.process_id())?))
    }

    /// Types or removes a letter, and asks. How long it takes until the answer is there; nothing is
    /// left over for the next round.
    fn round(&mut self, question: Question) -> Result<(Duration, Arrival), String> {
        let mut bytes = self.stroke();
        let diagnostics = Wanted::Diagnostics(self.version);
        let mut answer = diagnostics;
        if question != Question::Nothing {
            let (request, wanted) = self.question(question);
            bytes.extend(request);
            answer = wanted;
        }
        let start = Instant::now();
        self.connection.send(&bytes)?;
        let [arrival, _] = self.connection.receive([answer, diagnostics])?;
        Ok((arrival.at - start, arrival))
    }

    fn rounds(&mut self, question: Question, effort: Effort) -> Result<(Timings, usize), String> {
        let mut outcome = Ok(());
        let (mut n_bytes, mut n_rounds) = (0, 0);
        let timings = Timings::of(effort.n_rounds, effort.limit, || {
            match self.round(question) {
                Ok((elapsed, arrival)) => {
                    n_bytes += arrival.n_bytes;
                    n_rounds += 1;
                    elapsed
                }
                Err(error) => {
                    outcome = Err(error);
                    Duration::ZERO
                }
            }
        });
        outcome?;
        Ok((timings, n_bytes / n_rounds.max(1)))
    }

    fn stroke(&mut self) -> Vec<u8> {
        let prose = &self.document.prose;
        let (line, column) = prose[self.n_strokes / 2 % prose.len()];
        // Every second one removes what the one before typed.
        let (end, text) = match self.n_strokes % 2 {
            0 => (column, "x"),
            _ => (column + 1, ""),
        };
        self.n_strokes += 1;
        self.version += 1;
        let version = self.version;
        notification(
            "textDocument/didChange",
            &format!(
                r#"{{"textDocument":{{"uri":"{URI}","version":{version}}},"contentChanges":[{{"range":{{"start":{{"line":{line},"character":{column}}},"end":{{"line":{line},"character":{end}}}}},"text":"{text}"}}]}}"#
            ),
        )
    }

    fn question(&mut self, question: Question) -> (Vec<u8>, Wanted) {
        if question == Question::Symbols {
            let params = format!(r#"{{"textDocument":{{"uri":"{URI}"}}}}"#);
            return self
                .connection
                .request("textDocument/documentSymbol", &params);
        }
        let subjects = &self.document.subjects;
        let (line, column) = subjects[self.n_strokes % subjects.len()];
        let column = column - 1;
        let params = format!(
            r#"{{"textDocument":{{"uri":"{URI}"}},"position":{{"line":{line},"character":{column}}}}}"#
        );
        self.connection.request("textDocument/hover", &params)
    }
}
