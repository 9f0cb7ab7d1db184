//! Completion: in drafts and replies, never in a digest.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles;
use patch_digest_tests::samples;
use serde_json::{Value, json};

const KNOWN: &str = "file:///digests/known.txt";

/// A client that completes, with a digest open.
fn client() -> Client {
    let mut client = Client::start_with(&profiles::everything());
    client.open(KNOWN, &samples::series());
    client
}

/// What is offered at the end of a text in a document: texts that are written.
fn offered(client: &mut Client, uri: &str, text: &str) -> Vec<String> {
    client.open(uri, text);
    let line = text.split('\n').count() - 1;
    let column = text.rsplit('\n').next().map_or(0, str::len);
    let answer = client.ask_at("textDocument/completion", uri, line as u64, column as u64);
    client.close(uri);
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let text = |item: &Value| item["textEdit"]["newText"].as_str().map(str::to_owned);
    items.iter().filter_map(text).collect()
}

#[test]
fn people_of_the_open_digests_in_a_reply() {
    let mut client = client();
    let author = samples::series()
        .lines()
        .find_map(|line| line.strip_prefix("Author: ").map(str::to_owned))
        .expect("an author");
    let typed = author.split(' ').next().expect("a name");
    for uri in [
        "untitled:Untitled-1",
        "file:///mail/reply.txt",
        "file:///w/draft.digest",
    ] {
        let found = offered(&mut client, uri, &format!("Hi,\n\nReviewed-by: {typed}"));
        assert!(found.contains(&author), "{uri}: {found:?}");
    }
    client.finish();
}

#[test]
fn trailers_and_footnotes_in_a_draft() {
    let mut client = client();
    let draft = "file:///w/draft.digest";
    assert_eq!(offered(&mut client, draft, "Hi,\ntes"), ["Tested-by: "]);
    let mail = "[1] https://a.example\n\nas in [";
    assert_eq!(offered(&mut client, draft, mail), ["1]", "2]"]);
    client.finish();
}

#[test]
fn nothing_in_a_digest_that_came_from_a_list() {
    let mut client = client();
    let text = format!("{}\nReviewed-by: ", samples::series());
    assert_eq!(
        offered(&mut client, "file:///digests/b.txt", &text),
        [""; 0]
    );
    client.finish();
}

#[test]
fn offered_to_clients_that_complete() {
    let mut client = Client::spawn();
    let result = client.initialize(&json!({"capabilities": profiles::everything()}));
    let triggers = &result["capabilities"]["completionProvider"]["triggerCharacters"];
    assert_eq!(*triggers, json!(["[", ":"]));
    client.finish();
    let mut client = Client::spawn();
    let result = client.initialize(&json!({"capabilities": {}}));
    assert_eq!(result["capabilities"].get("completionProvider"), None);
    client.finish();
}
