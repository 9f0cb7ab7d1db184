//! Whatever stands in a digest, what is shown of it can only be read: hovers, outlines, messages,
//! folds, pages, the queue, and every answer of the server.
//!
//! The output of the command line is looked at in `tests/cli/harmless.rs`.

use patch_digest_core::features::pages::{self, Document, Sources};
use patch_digest_core::features::{folding, hover, outline};
use patch_digest_core::queue::interest::{Interest, Wishes};
use patch_digest_core::queue::marks::Marks;
use patch_digest_core::queue::rows::{Filter, Options};
use patch_digest_core::queue::{Memo, queue, text};
use patch_digest_core::workspace::{Contribution, Place, Workspace};
use patch_digest_core::{Digest, lints, shown};
use patch_digest_tests::client::Client;
use patch_digest_tests::harmless::{
    self, MARKUP, check_answer, check_line, check_lines, check_markdown, check_markdown_shows,
};
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::random::Random;
use serde_json::{Value, json};

#[test]
fn markdown_shows_hostile_lines_as_they_are() {
    for line in MARKUP {
        check_markdown_shows(&shown::markdown(line), line);
    }
    let mut random = Random::new(1);
    for _ in 0..3_000 {
        let line = harmless::hostile_line(&mut random);
        check_markdown_shows(&shown::markdown(&line), &line);
        check_markdown(&shown::markdown_link(&line));
        check_line(&shown::plain(&line));
    }
}

#[test]
fn features_show_hostile_digests_harmless() {
    let mut random = Random::new(2);
    let lines = MARKUP.iter().copied().map(str::to_owned);
    let random_lines = (0..60).map(|_| harmless::hostile_line(&mut random));
    let mut n_hovers = 0;
    for line in lines.chain(random_lines) {
        let digest = Digest::parse(harmless::digest_of(&line));
        for row in outline::outline(&digest) {
            check_row(&row);
        }
        for problem in lints::check(&digest) {
            check_line(&problem.message);
            for (_, message) in &problem.related {
                check_line(message);
            }
        }
        for fold in folding::folding(&digest) {
            check_line(&fold.collapsed);
        }
        for number in 0..digest.text().n_lines() {
            let start = digest.text().line_start(number);
            for offset in [start, start + 9] {
                let offset = digest.text().floor_char_boundary(offset);
                let Some(hover) = hover::hover(&digest, offset) else {
                    continue;
                };
                check_markdown(&hover.page.markdown());
                check_lines(&hover.page.plain());
                n_hovers += 1;
            }
        }
    }
    assert!(n_hovers > 1_000, "{n_hovers}");
}

/// A digest, and the one after it with the next version of what it posts.
fn two_digests(line: &str) -> [(&'static str, Digest); 2] {
    let old = harmless::digest_of(line);
    let new = old.replace("[PATCH v2", "[PATCH v3");
    let new = new.replacen(
        "From fff46e5c7 to a4f0e95a9",
        "From a4f0e95a9 to b4f0e95a9",
        1,
    );
    [("old", Digest::parse(&old)), ("new", Digest::parse(&new))]
}

#[track_caller]
fn check_page(page: &Document) {
    // Places are linked to by the caller, whose addresses hold nothing of a mail.
    harmless::check_page(&page.markdown(&|_| None));
    check_lines(&page.plain());
}

#[test]
fn pages_show_hostile_digests_harmless() {
    let mut random = Random::new(4);
    let lines = MARKUP.iter().copied().map(str::to_owned);
    let random_lines = (0..60).map(|_| harmless::hostile_line(&mut random));
    let mut n_pages = 0;
    for line in lines.chain(random_lines) {
        let digests = two_digests(&line);
        let mut workspace = Workspace::default();
        for (key, digest) in &digests {
            workspace.set(key, Contribution::of(digest));
        }
        let find = |wanted: &str| {
            let mut digests = digests.iter();
            Some(digests.find(|(key, _)| *key == wanted)?.1.clone())
        };
        let sources = Sources {
            workspace: &workspace,
            digest: &find,
            name: &|place: &Place| place.key.to_string(),
        };
        for (key, digest) in &digests {
            let of_entries = (0..digest.model().entries.len()).flat_map(|entry| {
                [
                    pages::history(sources, key, entry),
                    pages::since(sources, key, entry, None, None),
                ]
            });
            for page in of_entries
                .chain([pages::news(sources, key, digest)])
                .flatten()
            {
                check_page(&page);
                n_pages += 1;
            }
        }
    }
    assert!(n_pages > 500, "{n_pages}");
}

#[test]
fn the_queue_shows_hostile_digests_harmless() {
    let mut random = Random::new(5);
    let options = Options {
        today: None,
        stuck_after: 4,
        max_rows: 300,
        filter: Filter::default(),
    };
    let mut n_rows = 0;
    for number in 0..60 {
        let line = match number {
            0 => harmless::EVIL.to_owned(),
            _ => harmless::hostile_line(&mut random),
        };
        let mut workspace = Workspace::default();
        for (key, digest) in &two_digests(&line) {
            workspace.set(key, Contribution::of(digest));
        }
        // Of concern by what stands in the mails.
        let wishes = Wishes {
            people: vec![line.clone(), "Ann".to_owned()],
            paths: vec![line],
            ..Wishes::default()
        };
        let interest = Interest::new(&wishes, None).0;
        let marks = Marks::default();
        let queue = queue(
            &workspace,
            &interest,
            &marks,
            &mut Memo::default(),
            &options,
        );
        for row in queue.rows() {
            check_line(&text::line(row, &row.place.key));
            check_line(&text::shared(row, None));
            n_rows += 1;
        }
    }
    assert!(n_rows > 100, "{n_rows}");
}

fn check_row(row: &outline::Row) {
    check_line(&row.name);
    check_line(row.detail.as_deref().unwrap_or_default());
    row.children.iter().for_each(check_row);
}

/// Requests about a document; those that the server does not know are refused.
const ABOUT_DOCUMENTS: &[&str] = &[
    "documentSymbol",
    "foldingRange",
    "documentLink",
    "codeLens",
    "diagnostic",
];

/// Requests about a place in a document.
const ABOUT_PLACES: &[&str] = &[
    "hover",
    "completion",
    "inlayHint",
    "codeAction",
    "references",
    "implementation",
];

#[test]
fn answers_of_the_server_are_harmless() {
    let mut random = Random::new(3);
    for profile in [Profile::Rich, Profile::Neovim, Profile::Eglot] {
        let mut client = Client::start(profile);
        for number in 0..12 {
            let line = match number {
                0 => harmless::EVIL.to_owned(),
                _ => harmless::hostile_line(&mut random),
            };
            let text = harmless::digest_of(&line);
            let uri = format!("file:///digests/{number}.txt");
            client.open(&uri, &text);
            let mut ids = Vec::new();
            let document = json!({"uri": uri});
            for method in ABOUT_DOCUMENTS {
                let params = json!({"textDocument": document});
                ids.push(client.request(&format!("textDocument/{method}"), &params));
            }
            for row in (0..text.lines().count()).step_by(3) {
                let place = json!({"line": row, "character": 7});
                let end = json!({"line": row + 20, "character": 0});
                let params = json!({
                    "textDocument": document,
                    "position": place,
                    "range": {"start": place, "end": end},
                    "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1},
                });
                for method in ABOUT_PLACES {
                    ids.push(client.request(&format!("textDocument/{method}"), &params));
                }
            }
            ids.push(client.request("workspace/symbol", &json!({"query": "k"})));
            for id in ids {
                let answer = client.answer(id);
                assert!(
                    answer["error"].is_null() || answer["error"]["code"] == -32601,
                    "{answer}"
                );
                check_answer(&answer["result"]);
            }
            let is_published = |message: &&Value| message["method"] == PUBLISHED;
            for message in client.unasked().iter().filter(is_published) {
                check_answer(&message["params"]);
            }
        }
        client.finish();
    }
}

const PUBLISHED: &str = "textDocument/publishDiagnostics";

#[test]
fn messages_of_the_server_are_harmless() {
    let mut client = Client::start(Profile::Rich);
    let evil = harmless::EVIL;
    let uri = format!("file:///{evil}.txt");
    client.change(&uri, 2, &json!([{"text": ""}]));
    let told = client.notification("window/logMessage");
    check_answer(&told);
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {evil: evil, "uri": {evil: 1}}}),
    );
    check_answer(&client.notification("window/logMessage"));
    let code = client.ask_in_vain(evil, &json!({}));
    assert_eq!(code, -32601);
    client.finish();
}
