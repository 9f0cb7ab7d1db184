//! Keeps the real server busy for long and checks every answer:
//! `soak --minutes N | --messages N [--seed S]`, normally through `cargo xtask soak`.
//!
//! A session at ten times the speed of an editor for as long as asked: edits, every request about
//! documents that the server answers, cancels, documents opened and closed, and now and then what
//! is no message at all. Each answer has to be that of a second server, in which every document was
//! closed and opened anew with its text as of that place on the wire; that server is itself
//! replaced all the time. The first server's memory must not grow.
//!
//! With `--messages` there is no speed limit: so many messages in each unit of columns.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_core::Digest;
use patch_digest_core::text::Encoding;
use patch_digest_tests::client::{Client, frame, notification};
use patch_digest_tests::positions::{Positions, position_json};
use patch_digest_tests::process;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::traffic::Traffic;
use serde_json::{Value, json};

const USAGE: &str = "usage: soak --minutes N | --messages N [--seed S]";

/// Open documents. The last is long: answers about it are computed away from the message loop.
const N_DOCUMENTS: usize = 6;

/// How much longer the long document is, in bytes.
const PADDING: usize = 70_000;

/// Messages of one round; after each the answers are waited for and compared.
const N_PER_ROUND: usize = 500;

/// Someone who types without a pause makes some eight edits a second, and the editor asks about
/// each: some thirty messages. Ten times that.
const MESSAGES_PER_SECOND: usize = 300;

/// So many rounds, and the server that is compared with is a new one.
const ROUNDS_PER_REFERENCE: usize = 20;

/// What memory may grow by after the first minute, or the first tenth of the run: what an allocator
/// does not give back.
const GROWTH: u64 = 16 << 20;

/// Requests about a document, by what the server has to advertise; `true`: about a place in it.
const REQUESTS: &[(&str, &str, bool)] = &[
    (
        "documentSymbolProvider",
        "textDocument/documentSymbol",
        false,
    ),
    ("foldingRangeProvider", "textDocument/foldingRange", false),
    ("hoverProvider", "textDocument/hover", true),
    ("definitionProvider", "textDocument/definition", true),
    (
        "implementationProvider",
        "textDocument/implementation",
        true,
    ),
    ("referencesProvider", "textDocument/references", true),
    (
        "documentHighlightProvider",
        "textDocument/documentHighlight",
        true,
    ),
    ("documentLinkProvider", "textDocument/documentLink", false),
    (
        "selectionRangeProvider",
        "textDocument/selectionRange",
        true,
    ),
    ("inlayHintProvider", "textDocument/inlayHint", true),
    (
        "semanticTokensProvider",
        "textDocument/semanticTokens/full",
        false,
    ),
    ("codeLensProvider", "textDocument/codeLens", false),
    ("codeActionProvider", "textDocument/codeAction", true),
    ("completionProvider", "textDocument/completion", true),
    ("diagnosticProvider", "textDocument/diagnostic", false),
];

/// Members of answers that number them and say nothing else.
const NUMBERING: &[&str] = &["resultId", "data"];

fn main() -> ExitCode {
    match run() {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("soak: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let (mut minutes, mut messages, mut seed) = (None, None, 1_u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match &*argument {
            "--minutes" => minutes = Some(value.parse::<f64>().map_err(|_| USAGE)?),
            "--messages" => messages = Some(value.parse::<usize>().map_err(|_| USAGE)?),
            "--seed" => seed = value.parse().map_err(|_| USAGE)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let encodings = [
        (Encoding::Utf8, "utf-8"),
        (Encoding::Utf16, "utf-16"),
        (Encoding::Utf32, "utf-32"),
    ];
    match (minutes, messages) {
        (Some(minutes), None) => {
            let limit = Limit::Time(Duration::from_secs_f64(minutes * 60.0));
            Session::new(encodings[1], seed).run(&limit)
        }
        (None, Some(n_messages)) => {
            let mut summaries = Vec::new();
            for encoding in encodings {
                let summary = Session::new(encoding, seed).run(&Limit::Messages(n_messages))?;
                summaries.push(format!("{}: {summary}", encoding.1));
            }
            Ok(summaries.join("\n"))
        }
        _ => Err(USAGE.to_owned()),
    }
}

enum Limit {
    Time(Duration),
    Messages(usize),
}

/// A request that was sent, with the texts of all documents at that moment.
struct Asked {
    id: i64,
    method: &'static str,
    params: Value,
    /// The state of each document: what has to be opened in the other server.
    state: Vec<Option<String>>,
    is_cancelled: bool,
}

struct Session {
    encoding: &'static str,
    client: Client,
    reference: Client,
    capabilities: Value,
    traffic: Traffic,
    is_open: Vec<bool>,
    /// What is open in the other server.
    referred: Vec<Option<String>>,
    asked: Vec<Asked>,
    n_messages: usize,
    n_compared: usize,
    n_told: usize,
    n_cancelled: usize,
}

impl Session {
    fn new((encoding, name): (Encoding, &'static str), seed: u64) -> Self {
        let (client, capabilities) = start(name);
        Self {
            encoding: name,
            client,
            reference: start(name).0,
            capabilities,
            traffic: Traffic::new(encoding, seed, "file:///soak", N_DOCUMENTS, PADDING),
            is_open: vec![false; N_DOCUMENTS],
            referred: vec![None; N_DOCUMENTS],
            asked: Vec::new(),
            n_messages: 0,
            n_compared: 0,
            n_told: 0,
            n_cancelled: 0,
        }
    }

    fn run(mut self, limit: &Limit) -> Result<String, String> {
        let start = Instant::now();
        let mut memory = Vec::new();
        let mut n_rounds = 0;
        loop {
            let done = match limit {
                Limit::Time(limit) => start.elapsed().as_secs_f64() / limit.as_secs_f64(),
                Limit::Messages(limit) => self.n_messages as f64 / *limit as f64,
            };
            if done >= 1.0 {
                break;
            }
            self.round()?;
            n_rounds += 1;
            memory.push((done, process::memory(self.client.process_id())));
            if n_rounds % ROUNDS_PER_REFERENCE == 0 {
                self.renew_reference();
            }
            if matches!(limit, Limit::Time(_)) {
                let due =
                    Duration::from_secs_f64(self.n_messages as f64 / MESSAGES_PER_SECOND as f64);
                thread::sleep(due.saturating_sub(start.elapsed()));
            }
        }
        let early = memory.iter().filter(|(done, _)| *done < 0.1);
        let early = early.map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let late = memory.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let summary = format!(
            "{} messages in {:.0} s, {} edits, {} answers compared, {} of them not empty, {} cancelled; \
             memory {} MB in the first tenth, {} MB at most",
            self.n_messages,
            start.elapsed().as_secs_f64(),
            self.traffic.n_edits,
            self.n_compared,
            self.n_told,
            self.n_cancelled,
            early / 1_000_000,
            late / 1_000_000
        );
        self.client.finish();
        self.reference.finish();
        if late > early + GROWTH {
            return Err(format!("memory grew: {summary}"));
        }
        Ok(summary)
    }

    /// Sends some hundred messages at once, then compares every answer.
    fn round(&mut self) -> Result<(), String> {
        for _ in 0..N_PER_ROUND {
            self.message();
        }
        self.client.send_bytes(&self.traffic.take_bytes());
        let asked = std::mem::take(&mut self.asked);
        for asked in asked {
            self.compare(&asked)?;
        }
        self.client.unasked();
        self.reference.unasked();
        Ok(())
    }

    fn message(&mut self) {
        self.n_messages += 1;
        let random = &mut self.traffic.random;
        let number = if random.one_in(15) {
            N_DOCUMENTS - 1
        } else {
            random.below(N_DOCUMENTS - 1)
        };
        if !self.is_open[number] {
            self.traffic.open(number);
            self.is_open[number] = true;
            return;
        }
        match random.below(400) {
            0..2 => {
                self.traffic.close(number);
                self.is_open[number] = false;
            }
            2 => self
                .traffic
                .bytes
                .extend(b"Content-Length: nonsense\r\n\r\n{}\r\n"),
            3 => self
                .traffic
                .say(&json!({"jsonrpc": "2.0", "id": -1, "result": null})),
            4 => {
                let changes = json!([{"uri": "file:///soak/other.txt", "type": 1}]);
                let params = json!({"changes": changes});
                self.traffic
                    .say(&notification("workspace/didChangeWatchedFiles", &params));
            }
            5..20 => self.cancel(),
            20..130 => self.traffic.edit(number),
            _ => self.request(number),
        }
    }

    fn cancel(&mut self) {
        let n_back = 1 + self.traffic.random.below(20);
        let Some(at) = self.asked.len().checked_sub(n_back) else {
            return;
        };
        let asked = &mut self.asked[at];
        asked.is_cancelled = true;
        let cancel = notification("$/cancelRequest", &json!({"id": asked.id}));
        self.traffic.say(&cancel);
    }

    fn request(&mut self, number: usize) {
        let known: Vec<_> = REQUESTS
            .iter()
            .filter(|(capability, ..)| self.capabilities.get(capability).is_some())
            .collect();
        let (_, method, at_place) = **self.traffic.random.pick(&known);
        let mut params = json!({"textDocument": {"uri": self.traffic.documents[number].uri}});
        if at_place {
            let text = self.traffic.documents[number].text.clone();
            let offset = self.traffic.telling_offset(&Digest::parse(&text), number);
            let positions = Positions::new(&text, self.traffic.encoding);
            let place = position_json(self.traffic.odd(positions.position(offset)));
            let end = json!({"line": place["line"].as_u64().map(|line| line + 30), "character": 0});
            params["position"] = place.clone();
            params["positions"] = json!([place]);
            params["range"] = json!({"start": place, "end": end});
            params["context"] =
                json!({"diagnostics": [], "includeDeclaration": true, "triggerKind": 1});
        }
        let (id, bytes) = self.client.prepare_request(method, &params);
        self.traffic.bytes.extend(bytes);
        let documents = self.traffic.documents.iter().zip(&self.is_open);
        let state = documents.map(|(document, is_open)| is_open.then(|| document.text.clone()));
        self.asked.push(Asked {
            id,
            method,
            params,
            state: state.collect(),
            is_cancelled: false,
        });
    }

    fn compare(&mut self, asked: &Asked) -> Result<(), String> {
        let mut answer = self.client.answer(asked.id);
        if asked.is_cancelled && answer["error"]["code"] == -32800 {
            self.n_cancelled += 1;
            return Ok(());
        }
        self.refer(&asked.state);
        let id = self.reference.request(asked.method, &asked.params);
        let mut expected = self.reference.answer(id);
        for answer in [&mut answer, &mut expected] {
            answer["id"] = Value::Null;
            drop_numbering(answer);
        }
        if answer != expected {
            return Err(format!(
                "{} {}\nanswered {answer}\nexpected {expected}\nin {:?}",
                asked.method, asked.params, asked.state
            ));
        }
        self.n_compared += 1;
        let result = &answer["result"];
        if !result.is_null() && *result != json!([]) {
            self.n_told += 1;
        }
        Ok(())
    }

    /// Makes the other server know these documents and no others, each opened afresh.
    fn refer(&mut self, state: &[Option<String>]) {
        let mut bytes = Vec::new();
        for (number, text) in state.iter().enumerate() {
            if self.referred[number] == *text {
                continue;
            }
            let mut document = self.traffic.documents[number].clone();
            if self.referred[number].is_some() {
                bytes.extend(frame(&document.closed()));
            }
            if let Some(text) = text {
                document.text.clone_from(text);
                bytes.extend(frame(&document.opened()));
            }
            self.referred[number].clone_from(text);
        }
        self.reference.send_bytes(&bytes);
    }

    fn renew_reference(&mut self) {
        let fresh = start(self.encoding).0;
        std::mem::replace(&mut self.reference, fresh).finish();
        self.referred.fill(None);
    }
}

fn drop_numbering(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(drop_numbering),
        Value::Object(members) => {
            members.retain(|name, _| !NUMBERING.contains(&&**name));
            members.values_mut().for_each(drop_numbering);
        }
        _ => {}
    }
}

/// A server that counts columns in `encoding`, and what it says it can do.
fn start(encoding: &str) -> (Client, Value) {
    let mut capabilities = Profile::Rich.capabilities();
    capabilities["general"]["positionEncodings"] = json!([encoding]);
    let mut client = Client::spawn();
    let params = json!({"processId": std::process::id(), "capabilities": capabilities});
    let mut result = client.initialize(&params);
    (client, result["capabilities"].take())
}
