//! Clients that cannot watch files, as Neovim on Linux: what others do on the disk is noticed when
//! the server looks again.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use patch_digest_tests::client::Client;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{address, indexed, open, params, start};

const QUEUE: &str = "patchDigest/queue";

/// After this a question to all digests is an occasion to look again.
const OLD: Duration = Duration::from_millis(2_200);

fn a_digest(title: &str) -> String {
    digest(&[entry("PATCH", &format!("kvm: {title}"), "Body.")])
}

/// A folder with two digests, and a server that knows them.
fn scene() -> (TempFolder, Client) {
    let folder = TempFolder::new();
    folder.write("a.txt", a_digest("one thing"));
    folder.write("b.txt", a_digest("another thing"));
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    (folder, client)
}

fn saved(client: &mut Client, path: &Path) {
    let params = json!({"textDocument": {"uri": address(path)}});
    client.notify("textDocument/didSave", &params);
}

/// The titles and files of symbols.
fn symbols(client: &mut Client, query: &str) -> Vec<String> {
    let found = client.ask("workspace/symbol", &json!({"query": query}));
    let found = found.as_array().expect("symbols").iter();
    let mut found: Vec<String> = found
        .map(|symbol| {
            let uri = symbol["location"]["uri"].as_str().expect("an address");
            let name = symbol["name"].as_str().expect("a name");
            format!("{}: {name}", uri.rsplit('/').next().unwrap_or_default())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn opening_saving_and_closing_a_digest_are_occasions_to_look_at_all() {
    let (folder, mut client) = scene();
    folder.write("c.txt", a_digest("something new"));
    let uri = open(&mut client, &folder.path().join("a.txt"));
    indexed(&mut client, 3);
    fs::remove_file(folder.path().join("b.txt")).unwrap();
    fs::remove_file(folder.path().join("c.txt")).unwrap();
    saved(&mut client, &folder.path().join("a.txt"));
    indexed(&mut client, 1);
    folder.write("d.txt", a_digest("something else"));
    client.close(&uri);
    indexed(&mut client, 2);
    assert_eq!(
        symbols(&mut client, "kvm"),
        [
            "a.txt: [v1] kvm: one thing",
            "d.txt: [v1] kvm: something else"
        ]
    );
    client.finish();
}

#[test]
fn file_that_others_change_is_read_again_and_leads_to_where_things_are_now() {
    let (folder, mut client) = scene();
    let text = a_digest("another thing");
    let longer = text.replacen("New:  ", &format!("{}New:  ", "\n".repeat(7)), 1);
    folder.write("b.txt", longer);
    saved(&mut client, &folder.path().join("a.txt"));
    indexed(&mut client, 2);
    let found = client.ask("workspace/symbol", &json!({"query": "another"}));
    let line = text.lines().position(|line| line.starts_with("[PATCH]"));
    assert_eq!(
        found[0]["location"]["range"]["start"]["line"],
        json!(line.unwrap() + 7)
    );
    client.finish();
}

#[test]
fn question_is_answered_from_what_is_known_and_the_next_one_is_right() {
    let (folder, mut client) = scene();
    folder.write("c.txt", a_digest("something new"));
    // The search was a moment ago.
    assert!(symbols(&mut client, "something").is_empty());
    sleep(OLD);
    symbols(&mut client, "something");
    indexed(&mut client, 3);
    assert_eq!(
        symbols(&mut client, "something"),
        ["c.txt: [v1] kvm: something new"]
    );
    client.finish();
}

#[test]
fn queue_is_right_at_once() {
    let (folder, mut client) = scene();
    sleep(OLD);
    folder.write("c.txt", a_digest("something new"));
    let queue = client.ask(QUEUE, &json!({}));
    assert_eq!(queue["digests"], 3);
    sleep(OLD);
    fs::remove_file(folder.path().join("b.txt")).unwrap();
    fs::remove_file(folder.path().join("c.txt")).unwrap();
    let queue = client.ask(QUEUE, &json!({}));
    assert_eq!(queue["digests"], 1);
    client.finish();
}

#[test]
fn a_look_opens_no_file_that_is_known_and_shows_no_progress() {
    let folder = TempFolder::new();
    for number in 0..20 {
        folder.write(&format!("{number}.txt"), a_digest("one thing"));
        folder.write(&format!("notes-{number}.txt"), "Some notes.\n");
    }
    // Files that changed a moment ago are read again, as they may have changed since.
    sleep(OLD);
    let mut params = params(&[folder.path().to_owned()]);
    params["initializationOptions"]["logLevel"] = json!("debug");
    params["capabilities"]["window"] = json!({"workDoneProgress": true});
    let mut client = Client::spawn();
    client.initialize(&params);
    indexed(&mut client, 20);
    let looked = |client: &mut Client| loop {
        let message = client.notification("window/logMessage");
        let line = message["message"].as_str().expect("a line").to_owned();
        if let Some((line, _)) = line.split_once(" in ")
            && line.starts_with("looked")
        {
            return line.to_owned();
        }
    };
    saved(&mut client, &folder.path().join("0.txt"));
    assert_eq!(looked(&mut client), "looked again at 40 files and read 0");
    folder.write("0.txt", a_digest("another thing"));
    saved(&mut client, &folder.path().join("0.txt"));
    assert_eq!(looked(&mut client), "looked again at 40 files and read 1");
    let unasked = client.unasked();
    let asks = |message: &&Value| message.get("id").is_some();
    assert_eq!(unasked.iter().find(asks), None);
    client.finish();
}

#[test]
fn client_that_watches_files_is_relied_on() {
    let folder = TempFolder::new();
    folder.write("a.txt", a_digest("one thing"));
    let mut params = params(&[folder.path().to_owned()]);
    params["capabilities"]["workspace"]["didChangeWatchedFiles"] =
        json!({"dynamicRegistration": true});
    let mut client = Client::spawn();
    client.initialize(&params);
    indexed(&mut client, 1);
    folder.write("b.txt", a_digest("another thing"));
    let uri = open(&mut client, &folder.path().join("a.txt"));
    saved(&mut client, &folder.path().join("a.txt"));
    sleep(OLD);
    assert_eq!(client.ask(QUEUE, &json!({}))["digests"], 1);
    client.close(&uri);
    let changes = json!([{"uri": address(&folder.path().join("b.txt")), "type": 1}]);
    client.notify(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": changes}),
    );
    indexed(&mut client, 2);
    client.finish();
}

/// Codes of what is found in a digest.
fn told(client: &mut Client, uri: &str) -> Vec<String> {
    let params = client.diagnostics(uri);
    let found = params["diagnostics"].as_array().expect("findings").iter();
    found.map(|one| one["code"].to_string()).collect()
}

#[test]
fn settings_that_others_change_count_after_the_next_look() {
    let (folder, mut client) = scene();
    let text = a_digest("title").replace("New:  kvm: title", "New:  kvm: another title");
    let uri = address(&folder.path().join("a.txt"));
    client.open(&uri, &text);
    while told(&mut client, &uri) != ["\"title-differs\""] {}
    folder.write(
        ".patch-digest.toml",
        "[lint.rules]\ntitle-differs = \"off\"\n",
    );
    saved(&mut client, &folder.path().join("a.txt"));
    while !told(&mut client, &uri).is_empty() {}
    fs::remove_file(folder.path().join(".patch-digest.toml")).unwrap();
    saved(&mut client, &folder.path().join("a.txt"));
    while told(&mut client, &uri).is_empty() {}
    client.finish();
}

#[test]
fn settings_saved_in_the_editor_count_at_once_for_every_client() {
    for watches in [false, true] {
        let folder = TempFolder::new();
        let mut params = params(&[folder.path().to_owned()]);
        params["capabilities"]["workspace"]["didChangeWatchedFiles"] =
            json!({"dynamicRegistration": watches});
        let mut client = Client::spawn();
        let result = client.initialize(&params);
        assert_eq!(result["capabilities"]["textDocumentSync"]["save"], true);
        let text = a_digest("title").replace("New:  kvm: title", "New:  kvm: another title");
        let uri = address(&folder.path().join("a.txt"));
        client.open(&uri, &text);
        while told(&mut client, &uri).is_empty() {}
        folder.write(
            ".patch-digest.toml",
            "[lint.rules]\ntitle-differs = \"off\"\n",
        );
        saved(&mut client, &folder.path().join(".patch-digest.toml"));
        while !told(&mut client, &uri).is_empty() {}
        client.finish();
    }
}
