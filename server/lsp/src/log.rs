//! What the server tells of itself: lines for the client's log (`window/logMessage`) and, when the
//! client asks for it (`$/setTrace`), what it does with each message (`$/logTrace`).
//!
//! Nothing goes to standard error, where editors show each line as an error. Lines wait here until
//! the publisher of diagnostics takes them along, so that they can be written anywhere.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use patch_digest_core::shown;
use serde_json::{Value, json};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::ls_types::notification::Notification;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Level {
    /// Something failed.
    Error = 1,
    /// Something is not as it should be.
    Warning = 2,
    /// What there is to know.
    Info = 3,
    /// For those who look for a fault.
    Debug = 4,
}

impl Level {
    /// The level that settings know by this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "error" => Some(Self::Error),
            "warning" => Some(Self::Warning),
            "info" => Some(Self::Info),
            "debug" => Some(Self::Debug),
            _ => None,
        }
    }

    fn message_type(self) -> lsp::MessageType {
        match self {
            Self::Error => lsp::MessageType::ERROR,
            Self::Warning => lsp::MessageType::WARNING,
            Self::Info => lsp::MessageType::INFO,
            // The protocol's own type for this is younger than most clients.
            Self::Debug => lsp::MessageType::LOG,
        }
    }
}

/// How much the client wants to be told of the server's doings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Trace {
    /// Nothing.
    Off = 0,
    /// A line per message.
    Messages = 1,
    /// A line per message, and what else there is to know.
    Verbose = 2,
}

impl Trace {
    /// The protocol's word for it; nothing for other words.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "off" => Some(Self::Off),
            // The second is what older clients call it.
            "messages" | "compact" => Some(Self::Messages),
            "verbose" => Some(Self::Verbose),
            _ => None,
        }
    }
}

/// Lines that wait above which the oldest is given up: a client that is out of step would be told
/// so with every key.
const MOST_LINES: usize = 50;

/// Lines for the client, until they are sent.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Mutex<Lines>,
    /// The least important level that is told.
    level: AtomicU8,
    trace: AtomicU8,
}

#[derive(Debug, Default)]
struct Lines {
    waiting: VecDeque<Line>,
    n_given_up: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Message(Level, String),
    Trace {
        message: String,
        verbose: Option<String>,
    },
}

impl Default for Log {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            level: AtomicU8::new(Level::Info as u8),
            trace: AtomicU8::new(Trace::Off as u8),
        }
    }
}

enum LogTrace {}

impl Notification for LogTrace {
    type Params = Value;
    const METHOD: &'static str = "$/logTrace";
}

impl Log {
    /// Sets the least important level that is told.
    pub(crate) fn set_level(&self, level: Level) {
        self.level.store(level as u8, Ordering::Relaxed);
    }

    /// Sets how much is told of each message.
    pub(crate) fn set_trace(&self, trace: Trace) {
        self.trace.store(trace as u8, Ordering::Relaxed);
    }

    /// Whether anything is told of each message.
    pub(crate) fn is_tracing(&self) -> bool {
        self.trace.load(Ordering::Relaxed) > Trace::Off as u8
    }

    /// Whether a line of this level would be told.
    fn tells(&self, level: Level) -> bool {
        level as u8 <= self.level.load(Ordering::Relaxed)
    }

    /// Adds a line; whether there is one to be sent.
    pub(crate) fn add(&self, level: Level, line: String) -> bool {
        let is_told = self.tells(level);
        if is_told {
            // Addresses and names of methods are anybody's.
            let line = match shown::plain(&line) {
                Cow::Borrowed(_) => line,
                Cow::Owned(harmless) => harmless,
            };
            self.push(Line::Message(level, line));
        }
        is_told
    }

    /// Adds what became of a message, if the client asked for that; whether there is something to
    /// be sent.
    pub(crate) fn add_trace(&self, method: &str, took: Duration, detail: &str) -> bool {
        let trace = self.trace.load(Ordering::Relaxed);
        if trace == Trace::Off as u8 {
            return false;
        }
        let micros = took.as_micros();
        let method = shown::plain(method);
        let message = format!("{method}: {}.{:03} ms", micros / 1000, micros % 1000);
        let verbose =
            (trace == Trace::Verbose as u8 && !detail.is_empty()).then(|| detail.to_owned());
        self.push(Line::Trace { message, verbose });
        true
    }

    fn push(&self, line: Line) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.waiting.len() >= MOST_LINES {
            lines.waiting.pop_front();
            lines.n_given_up += 1;
        }
        lines.waiting.push_back(line);
    }

    /// Takes all lines there are, with a word about those that were given up.
    fn take(&self) -> Vec<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *lines);
        let given_up = (lines.n_given_up > 0).then(|| {
            let text = format!("{} earlier lines were left out", lines.n_given_up);
            Line::Message(Level::Warning, text)
        });
        given_up.into_iter().chain(lines.waiting).collect()
    }

    /// Sends all lines there are.
    pub(crate) async fn send(&self, client: &Client) {
        for line in self.take() {
            match line {
                Line::Message(level, text) => {
                    client.log_message(level.message_type(), text).await;
                }
                Line::Trace { message, verbose } => {
                    let mut params = json!({ "message": message });
                    if let Some(verbose) = verbose {
                        params["verbose"] = Value::from(verbose);
                    }
                    client.send_notification::<LogTrace>(params).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(log: &Log) -> Vec<String> {
        let text = |line| match line {
            Line::Message(_, text) => text,
            Line::Trace { message, verbose } => format!("{message} {verbose:?}"),
        };
        log.take().into_iter().map(text).collect()
    }

    #[test]
    fn level_decides_what_is_told() {
        let log = Log::default();
        for (name, told) in [
            ("error", &["e"][..]),
            ("warning", &["e", "w"]),
            ("info", &["e", "w", "i"]),
            ("debug", &["e", "w", "i", "d"]),
        ] {
            log.set_level(Level::named(name).unwrap());
            log.add(Level::Error, "e".to_owned());
            log.add(Level::Warning, "w".to_owned());
            log.add(Level::Info, "i".to_owned());
            log.add(Level::Debug, "d".to_owned());
            assert_eq!(texts(&log), told, "{name}");
        }
        assert_eq!(Level::named("loud"), None);
    }

    #[test]
    fn oldest_lines_are_given_up_and_counted() {
        let log = Log::default();
        for number in 0..60 {
            log.add(Level::Info, number.to_string());
        }
        let texts = texts(&log);
        assert_eq!(texts.len(), 51);
        assert_eq!(texts[0], "10 earlier lines were left out");
        assert_eq!((&*texts[1], &*texts[50]), ("10", "59"));
        assert!(log.take().is_empty());
    }

    #[test]
    fn trace_is_off_until_asked_for() {
        let log = Log::default();
        let took = Duration::from_micros(12_034);
        assert!(!log.add_trace("a", took, "detail"));
        log.set_trace(Trace::Messages);
        assert!(log.add_trace("b", took, "detail"));
        log.set_trace(Trace::Verbose);
        assert!(log.add_trace("c", took, "detail"));
        assert!(log.add_trace("d", took, ""));
        assert_eq!(
            texts(&log),
            [
                "b: 12.034 ms None",
                "c: 12.034 ms Some(\"detail\")",
                "d: 12.034 ms None"
            ]
        );
    }
}
