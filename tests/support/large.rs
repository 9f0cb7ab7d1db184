//! Digests far larger than any that there is, and what editors ask of them: every question has its
//! answer, memory stays within bounds, and the server is as it was when they are closed.
//!
//! `tests/abuse/large.rs` does it with a part of them in every test run, the program `large` with
//! all, in a release build.

use serde_json::{Value, json};

use crate::client::Client;
use crate::profiles::Profile;
use crate::samples;

/// How many entries, rows and lines of a digest make it a large one.
pub const MILLION: usize = 1_000_000;

/// What a byte of a digest may take of memory, at most: the text, and the message that brought it.
const BYTES_PER_BYTE: u64 = 6;

/// What an entry, a row or a finding may take, with its part of the answers that tell all of them.
const BYTES_PER_ITEM: u64 = 3 << 10;

/// What the server takes at any rate, in bytes.
const BYTES_AT_LEAST: u64 = 200 << 20;

/// A kind of large digest.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What there is much of.
    pub name: &'static str,
    /// A digest as large as `n` says.
    pub make: fn(usize) -> Large,
}

/// A large digest.
#[derive(Debug)]
pub struct Large {
    /// Its text.
    pub text: String,
    /// A byte in the line that is edited.
    offset: usize,
    /// The column of the edit, in a line of ASCII letters.
    column: usize,
    /// Entries, rows and findings.
    n_items: usize,
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "a million entries",
        make: |n| {
            let text = samples::digest(&[]) + &entries(n);
            at(text, &format!("[PATCH] kvm: {}", n / 2), 12, n)
        },
    },
    Kind {
        name: "a table of a million rows",
        make: |n| {
            let row = |at: usize| format!("{:7}  Person {at} <p{at}@e.org>\n", n - at);
            let rows: String = (0..n).map(row).collect();
            let text = samples::series().replace("      3  Ann Örn <ann@example.org>\n", &rows);
            at(text, &format!("Person {}", n / 2), 12, n)
        },
    },
    Kind {
        name: "a message of a hundred megabytes",
        make: |n| {
            let line = "It is a long mail, and nobody will read all of it.\n";
            let body = line.repeat(n * 100 / line.len());
            let text = samples::series().replacen("Body.", &format!("First.\n{body}"), 1);
            at(text, "It is", 12, 0)
        },
    },
    Kind {
        name: "a line of fifty megabytes",
        make: |n| {
            let long = "x".repeat(n * 50);
            at(
                samples::series().replacen("Body.", &long, 1),
                "xxx",
                n * 25,
                0,
            )
        },
    },
    Kind {
        name: "a million lines that imitate entries",
        make: |n| {
            let lines = "New:  kvm: one\n[PATCH] kvm: other\nAuthor: B <b@c.d>\n";
            let text = samples::HEAD.to_owned() + &lines.repeat(n / 3);
            // Each of them is an entry, and has something wrong in each line.
            at(text, "[PATCH] kvm: other", 12, n * 2)
        },
    },
];

/// Entries as short as they can be with nothing wrong in them.
fn entries(n: usize) -> String {
    let separator = "-".repeat(70);
    let entry = |at: usize| {
        format!("New:  kvm: {at}\n[PATCH] kvm: {at}\nAuthor: A <a@b.c>\n\n{separator}\n\n")
    };
    (0..n).map(entry).collect()
}

fn at(text: String, piece: &str, column: usize, n_items: usize) -> Large {
    let offset = text.find(piece).unwrap_or_default();
    Large {
        text,
        offset,
        column,
        n_items,
    }
}

const LARGE: &str = "file:///digests/large.txt";
const SMALL: &str = "file:///digests/small.txt";
const SYMBOLS: &str = "textDocument/documentSymbol";

/// Opens a digest beside a small one, asks about it, edits it and asks again, closes it; the small one
/// is answered as before. The most memory that the server had, in bytes; 0 where that is not told.
///
/// # Panics
///
/// When an answer is wrong, is not there, or takes too much memory.
#[track_caller]
pub fn serve(profile: Profile, large: &Large) -> u64 {
    let mut client = Client::start(profile);
    client.be_patient();
    client.open(SMALL, &samples::series());
    let small = client.ask_about(SYMBOLS, SMALL);
    client.open(LARGE, &large.text);
    client.diagnostics_of_version(LARGE, 1);
    ask_everything(&mut client, profile, large);

    let position = json!({"line": large.line(), "character": large.column});
    let change = json!({"range": {"start": position, "end": position}, "text": "x"});
    client.change(LARGE, 2, &json!([change]));
    ask_everything(&mut client, profile, large);
    client.diagnostics_of_version(LARGE, 2);
    let peak = peak_memory(&client);
    let n_bytes = large.text.len() as u64;
    let bound = BYTES_AT_LEAST + n_bytes * BYTES_PER_BYTE + large.n_items as u64 * BYTES_PER_ITEM;
    assert!(peak < bound, "{} MiB, {} allowed", peak >> 20, bound >> 20);

    client.close(LARGE);
    client.no_diagnostics_after_close(LARGE);
    assert_eq!(client.ask_about(SYMBOLS, LARGE), Value::Null);
    assert_eq!(client.ask_about(SYMBOLS, SMALL), small);
    client.finish();
    peak
}

impl Large {
    /// The line that is edited, from 0.
    fn line(&self) -> usize {
        let before = self.text.get(..self.offset).unwrap_or_default();
        before.matches('\n').count()
    }
}

/// What editors ask of themselves after an edit, and of what the cursor is on.
#[track_caller]
fn ask_everything(client: &mut Client, profile: Profile, large: &Large) {
    let line = large.line();
    for method in ["textDocument/hover", "textDocument/definition"] {
        client.ask_at(method, LARGE, line as u64, large.column as u64);
    }
    let part = json!({
        "start": {"line": line.saturating_sub(50), "character": 0},
        "end": {"line": line + 50, "character": 0},
    });
    let capabilities = &profile.capabilities()["textDocument"];
    for (capability, method) in [
        ("inlayHint", "textDocument/inlayHint"),
        ("semanticTokens", "textDocument/semanticTokens/range"),
    ] {
        if capabilities.get(capability).is_none() {
            continue;
        }
        let document = json!({"uri": LARGE});
        client.ask(method, &json!({"textDocument": document, "range": part}));
    }
    for method in [SYMBOLS, "textDocument/foldingRange"] {
        assert!(!client.ask_about(method, LARGE).is_null(), "{method}");
    }
}

fn peak_memory(client: &Client) -> u64 {
    if cfg!(target_os = "linux") {
        return crate::process::peak_memory(client.process_id());
    }
    0
}
