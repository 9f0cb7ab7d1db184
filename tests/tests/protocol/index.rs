//! The index of all digests, kept current while files and buffers change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patch_digest_tests::client::{Client, PATIENCE};
use patch_digest_tests::random::Random;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{
    V2, V2_LINE, V4, V4_LINE, address, corpus_in, indexed, open, params, places, start,
};

const REFERENCES: &str = "textDocument/references";

#[test]
fn folders_are_indexed_and_what_is_left_out_is_told() {
    let folder = corpus_in(&[V2, V4]);
    folder.write("notes.txt", "Some notes.\n");
    folder.write("binary.txt", b"\0\0");
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::rename(folder.path().join(V2), folder.path().join("deep/older")).unwrap();
    let mut client = start(&[folder.path().to_owned()]);
    let status = indexed(&mut client, 2);
    assert_eq!(
        status,
        json!({"digests": 2, "skipped": 1, "skippedWhy": "1 binary", "notes": []})
    );
    let line = client.notification("window/logMessage")["message"].take();
    let line = line.as_str().unwrap();
    assert!(line.starts_with("indexed 2 digests in "), "{line}");
    assert!(line.ends_with("; left out: 1 binary"), "{line}");
    client.finish();
}

#[test]
fn folder_in_another_is_indexed_where_it_is_hidden_and_ignored() {
    let folder = TempFolder::new();
    let text = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    for name in ["a.txt", ".hidden/b.txt", "old/c.txt", "seen/d.txt"] {
        folder.write(name, &text);
    }
    folder.write(".gitignore", "old/\n");
    folder.write("seen/binary.txt", b"\0\0");
    let folders = ["", ".hidden", "old", "seen"].map(|name| folder.path().join(name));
    let mut client = start(&folders);
    let status = indexed(&mut client, 4);
    assert_eq!(status["skipped"], 1);
    // So it stays when something happens there.
    folder.write(".hidden/new.txt", &text);
    let changed = folder.path().join(".hidden/new.txt");
    let changes = json!({"changes": [{"uri": address(&changed), "type": 1}]});
    client.notify("workspace/didChangeWatchedFiles", &changes);
    indexed(&mut client, 5);
    client.finish();
}

#[test]
fn digest_without_folders_knows_its_siblings_and_no_others() {
    let folder = corpus_in(&[V2, V4]);
    fs::create_dir(folder.path().join("deep")).unwrap();
    for name in ["a.txt", "b.txt"] {
        let text = digest(&[entry("PATCH", name, "Body.")]);
        fs::write(folder.path().join("deep").join(name), text).unwrap();
    }
    let mut client = start(&[]);
    let uri = open(&mut client, &folder.path().join(V4));
    let status = indexed(&mut client, 2);
    assert_eq!(status["notes"], json!([]));
    let found = places(&client.ask_at(REFERENCES, &uri, V4_LINE, 20));
    assert!(found.contains(&(V2.to_owned(), V2_LINE)), "{found:?}");
    // With the document its siblings are forgotten.
    client.close(&uri);
    indexed(&mut client, 0);
    client.finish();
}

#[test]
fn siblings_of_a_digest_go_with_their_folder() {
    let folder = TempFolder::new();
    let text = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    folder.write("in/a.txt", &text);
    folder.write("in/b.txt", &text);
    let mut client = start(&[]);
    open(&mut client, &folder.path().join("in/a.txt"));
    indexed(&mut client, 2);
    let gone = folder.path().join("in");
    fs::remove_dir_all(&gone).unwrap();
    let changes = json!({"changes": [{"uri": address(&gone), "type": 3}]});
    client.notify("workspace/didChangeWatchedFiles", &changes);
    indexed(&mut client, 1);
    client.finish();
}

#[test]
fn buffer_counts_more_than_its_file_and_the_file_again_when_it_is_closed() {
    let folder = TempFolder::new();
    let old = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    let new = digest(&[entry("PATCH v2", "kvm: a thing to do", "Body.")]);
    folder.write("old.txt", &old);
    folder.write("new.txt", &new);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    let uri = open(&mut client, &folder.path().join("old.txt"));
    let ask = |client: &mut Client| {
        let found = client.ask_at("textDocument/implementation", &uri, 17, 0);
        places(&found).first().map(|(name, _)| name.clone())
    };
    assert_eq!(ask(&mut client).as_deref(), Some("new.txt"));
    // Answers count the buffers as of the request, without waiting for the index.
    let there = address(&folder.path().join("new.txt"));
    client.open(&there, &old.replace("a thing to do", "another thing"));
    assert_eq!(ask(&mut client).as_deref(), Some("old.txt"));
    client.close(&there);
    eventually(|| ask(&mut client).as_deref() == Some("new.txt"));
    client.finish();
}

#[test]
fn places_in_one_of_hundreds_of_buffers_are_those_of_its_text() {
    let folder = TempFolder::new();
    let old = entry("PATCH", "kvm: a thing to do", "Body.");
    let new = entry("PATCH v2", "kvm: a thing to do", "Body.");
    folder.write("old.txt", digest(std::slice::from_ref(&old)));
    folder.write("new.txt", digest(std::slice::from_ref(&new)));
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    for number in 0..300 {
        client.open_as(&format!("untitled:{number}"), "plaintext", "Some notes.\n");
    }
    let uri = open(&mut client, &folder.path().join("old.txt"));
    let there = address(&folder.path().join("new.txt"));
    let other = entry("PATCH", "mm: something else", "Body.");
    let cover = entry("PATCH 0/1", "net: all", "Ann Örn (1):\n  net: listed alone");
    let text = digest(&[other, new, cover]);
    client.open(&there, &text);
    let line = text.lines().position(|line| line.starts_with("[PATCH v2]"));
    let expected = [("new.txt".to_owned(), line.unwrap() as u64)];
    let ask = |client: &mut Client| {
        let found = client.ask_at("textDocument/implementation", &uri, 17, 0);
        places(&found)
    };
    eventually(|| ask(&mut client) == expected);
    // Lines more in a message change nothing in the index.
    let text = text.replacen("Body.", "Body.\n\nMore of it.", 1);
    client.change(&there, 2, &json!([{ "text": text }]));
    let expected = [("new.txt".to_owned(), expected[0].1 + 2)];
    assert_eq!(ask(&mut client), expected);
    // So it is with a patch that has no entry.
    let line = text.lines().position(|line| line == "  net: listed alone");
    let query = json!({"query": "net: listed alone"});
    let found = client.ask("workspace/symbol", &query);
    assert_eq!(
        found[0]["location"]["range"]["start"]["line"],
        line.unwrap(),
        "{found}"
    );
    client.finish();
}

#[test]
fn spellings_of_this_machine_are_no_other_digest() {
    let folder = corpus_in(&[V2, V4]);
    let path = folder.path().join(V4);
    let text = fs::read_to_string(&path).unwrap();
    for before in ["file:", "file://localhost"] {
        let mut client = start(&[folder.path().to_owned()]);
        indexed(&mut client, 2);
        let uri = format!("{before}{}", path.display());
        client.open(&uri, &text);
        let queue = client.ask("patchDigest/queue", &json!({}));
        assert_eq!(queue["digests"], 2, "{uri}");
        // The client's own spelling is given back.
        let found = places(&client.ask_at(REFERENCES, &uri, V4_LINE, 20));
        assert!(found.contains(&(V2.to_owned(), V2_LINE)), "{found:?}");
        let symbols = client.ask_about("textDocument/documentSymbol", &uri);
        assert!(!symbols.as_array().unwrap().is_empty());
        client.finish();
    }
}

/// Waits until something becomes true.
#[track_caller]
fn eventually(mut is_true: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < PATIENCE, "it did not become true");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the client is asked to watch for digests. Settings are watched as well.
fn asked_for_digests(client: &mut Client) -> Value {
    loop {
        let asked = client.reply("client/registerCapability", &Value::Null);
        let all = asked["registrations"].as_array().expect("registrations");
        let is_ours = |one: &&Value| one["id"].to_string().contains("patch-digest/files");
        if let Some(found) = all.iter().find(is_ours) {
            return found.clone();
        }
    }
}

#[test]
fn only_names_of_digests_are_watched_in_the_folders_that_are_searched() {
    let folder = corpus_in(&[V4]);
    let other = corpus_in(&[V2]);
    let mut params = params(&[folder.path().to_owned()]);
    params["capabilities"]["workspace"]["didChangeWatchedFiles"] =
        json!({"dynamicRegistration": true, "relativePatternSupport": true});
    let mut client = Client::spawn();
    client.initialize(&params);
    let registration = asked_for_digests(&mut client);
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles");
    let deep = |folder: &Path| json!({"globPattern": {"baseUri": address(folder), "pattern": "**/*.{txt,digest,pdigest}"}});
    let watchers = json!({"watchers": [deep(folder.path())]});
    assert_eq!(registration["registerOptions"], watchers);

    let event = json!({"added": [{"uri": address(other.path()), "name": "b"}], "removed": []});
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        &json!({"event": event}),
    );
    let gone = client.reply("client/unregisterCapability", &Value::Null);
    assert_eq!(gone["unregisterations"][0]["id"], registration["id"]);
    let registration = asked_for_digests(&mut client);
    let watchers = &registration["registerOptions"]["watchers"];
    let mut expected = [deep(folder.path()), deep(other.path())];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(watchers, &json!(expected));
    indexed(&mut client, 2);
    client.finish();
}

#[test]
fn digests_of_other_names_are_watched_by_these() {
    for below in [true, false] {
        let folder = corpus_in(&[V2, V4]);
        let old_name = folder.path().join(V2);
        let path = folder.path().join("kvm-week1");
        fs::rename(old_name, &path).unwrap();
        let mut params = params(&[folder.path().to_owned()]);
        params["capabilities"]["workspace"]["didChangeWatchedFiles"] =
            json!({"dynamicRegistration": true, "relativePatternSupport": below});
        let mut client = Client::spawn();
        client.initialize(&params);
        let pattern = |names: &str| {
            let names = format!("**/{names}");
            if below {
                json!({"globPattern": {"baseUri": address(folder.path()), "pattern": names}})
            } else {
                json!({"globPattern": names})
            }
        };
        let common = pattern("*.{txt,digest,pdigest}");
        let watchers =
            |client: &mut Client| asked_for_digests(client)["registerOptions"]["watchers"].take();
        let expected = json!([common, pattern("kvm-week1")]);
        assert_eq!(watchers(&mut client), expected);
        // Names that are patterns themselves are left out.
        let text = fs::read_to_string(&path).unwrap();
        for name in ["kvm.log", "kvm[1]"] {
            folder.write(name, &text);
            let path = folder.path().join(name);
            let changes = json!({"changes": [{"uri": address(&path), "type": 1}]});
            client.notify("workspace/didChangeWatchedFiles", &changes);
            if name == "kvm.log" {
                client.reply("client/unregisterCapability", &Value::Null);
                let expected = json!([common, pattern("{kvm-week1,kvm.log}")]);
                assert_eq!(watchers(&mut client), expected);
            }
        }
        indexed(&mut client, 4);
        client.finish();
    }
}

#[test]
fn client_that_watches_no_files_is_asked_nothing() {
    let folder = corpus_in(&[V2, V4]);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    let asked = client.unasked();
    assert!(
        asked.iter().all(|message| message.get("id").is_none()),
        "{asked:?}"
    );
    client.finish();
}

#[test]
fn shutdown_does_not_wait_for_the_index() {
    let folder = TempFolder::new();
    let text = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    for number in 0..3000 {
        folder.write(&format!("{number}.txt"), &text);
    }
    let client = start(&[folder.path().to_owned()]);
    let began = Instant::now();
    client.finish();
    assert!(began.elapsed() < PATIENCE / 2);
}

#[cfg(unix)]
#[test]
fn file_is_one_digest_when_links_to_it_come_and_go() {
    use std::os::unix::fs::symlink;

    let text = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    let folder = TempFolder::new();
    folder.write("a.txt", &text);
    let other = TempFolder::new();
    other.write("other.txt", &text);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 1);

    let path = |name: &str| folder.path().join(name);
    let tell = |client: &mut Client, names: &[&str], kind: u8| {
        let change = |name: &&str| json!({"uri": address(&path(name)), "type": kind});
        let changes: Vec<Value> = names.iter().map(change).collect();
        let changes = json!({ "changes": changes });
        client.notify("workspace/didChangeWatchedFiles", &changes);
        client.notification("patchDigest/status")["digests"].take()
    };
    symlink("a.txt", path("b.txt")).unwrap();
    assert_eq!(tell(&mut client, &["b.txt"], 1), 1);
    for name in ["c.txt", "d.txt"] {
        symlink(other.path().join("other.txt"), path(name)).unwrap();
    }
    assert_eq!(tell(&mut client, &["c.txt", "d.txt"], 1), 2);
    fs::remove_file(path("c.txt")).unwrap();
    assert_eq!(tell(&mut client, &["c.txt"], 3), 2);
    client.finish();
}

/// A folder, buffers and workspace folders that change at random, and a server that follows.
struct World {
    /// The client watches files; otherwise the server has to look.
    watches: bool,
    folder: TempFolder,
    client: Client,
    open: BTreeMap<PathBuf, String>,
    folders: Vec<PathBuf>,
    version: i32,
}

/// Names that digests have in a [`World`].
const NAMES: [&str; 7] = [
    ".hidden/g.txt",
    "a.txt",
    "b.txt",
    "in/c.txt",
    "in/deep/d.txt",
    "in/deep/e.txt",
    "old/f.txt",
];
/// Workspace folders that come and go.
const FOLDERS: [&str; 4] = ["", ".hidden", "in", "old"];

/// A digest of few series in some versions, so that many are the same work.
fn some_digest(random: &mut Random) -> String {
    let n_entries = 1 + random.below(3);
    let entries: Vec<String> = (0..n_entries)
        .map(|_| {
            let tag = ["PATCH", "PATCH v2", "PATCH v3"][random.below(3)];
            let title = [
                "kvm: one thing to do",
                "kvm: another thing to do",
                "mm: something else",
            ];
            let body = "Line.\n".repeat(random.below(4));
            entry(tag, title[random.below(3)], &body)
        })
        .collect();
    let text = digest(&entries);
    let (from, to) = (random.below(4), random.below(4));
    text.replace("fff46e5c7", &format!("aaaaaaa{from}"))
        .replace("a4f0e95a9", &format!("bbbbbbb{to}"))
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Tells that a file is another, and so may be all that links lead to.
    fn tell(&mut self, path: &Path, kind: u8) {
        if !self.watches {
            return;
        }
        let mut changes = vec![json!({"uri": address(path), "type": kind})];
        for name in NAMES {
            let path = self.path(name);
            if path.is_symlink() {
                changes.push(json!({"uri": address(&path), "type": 2}));
                if let Ok(real) = fs::canonicalize(&path) {
                    changes.push(json!({"uri": address(&real), "type": 2}));
                }
            }
        }
        let changes = json!({ "changes": changes });
        self.client
            .notify("workspace/didChangeWatchedFiles", &changes);
    }

    /// What a client tells when a document is saved, which may be any.
    fn save(&mut self) {
        let params = json!({"textDocument": {"uri": address(&self.path(NAMES[0]))}});
        self.client.notify("textDocument/didSave", &params);
    }

    /// Does something, and tells the server what a client tells.
    fn step(&mut self, random: &mut Random) {
        let path = self.path(NAMES[random.below(NAMES.len())]);
        match random.below(16) {
            0..=2 => {
                let existed = path.exists();
                // It may be a link to itself.
                let _ = fs::write(&path, some_digest(random));
                self.tell(&path, if existed { 2 } else { 1 });
            }
            3 => {
                let _ = fs::write(&path, "Some notes.\n");
                self.tell(&path, 2);
            }
            4 if fs::remove_file(&path).is_ok() => self.tell(&path, 3),
            5 => {
                let other = self.path(NAMES[random.below(NAMES.len())]);
                let is_link_of_buffer = path.is_symlink() && self.open.contains_key(&other);
                if !is_link_of_buffer && fs::rename(&path, &other).is_ok() {
                    self.tell(&path, 3);
                    self.tell(&other, 1);
                }
            }
            6 => {
                // A folder goes with all that is in it, which is told as one.
                let folder = self.path("in/deep");
                fs::remove_dir_all(&folder).unwrap();
                self.tell(&folder, 3);
                fs::create_dir(&folder).unwrap();
            }
            7 | 8 if !self.open.contains_key(&path) && !path.is_symlink() => {
                let text = some_digest(random);
                self.client.open(&address(&path), &text);
                self.open.insert(path, text);
            }
            7..=9 if self.open.contains_key(&path) => {
                let text = some_digest(random);
                self.version += 1;
                let changes = json!([{"text": text}]);
                self.client.change(&address(&path), self.version, &changes);
                self.open.insert(path, text);
            }
            10 if self.open.remove(&path).is_some() => self.client.close(&address(&path)),
            11 => {
                let folder = self.path(FOLDERS[random.below(FOLDERS.len())]);
                let folder_event = json!([{"uri": address(&folder), "name": "folder"}]);
                let (added, removed) = if self.folders.contains(&folder) {
                    self.folders.retain(|known| *known != folder);
                    (json!([]), folder_event)
                } else {
                    self.folders.push(folder);
                    (folder_event, json!([]))
                };
                let event = json!({"event": {"added": added, "removed": removed}});
                self.client
                    .notify("workspace/didChangeWorkspaceFolders", &event);
            }
            // Buffers know their files by the names that they had when they were opened.
            12..=14 if !self.open.contains_key(&path) => {
                let other = self.path(NAMES[random.below(NAMES.len())]);
                let _ = fs::remove_file(&path);
                link(&other, &path);
                self.tell(&path, 1);
            }
            15 => self.save(),
            _ => {}
        }
    }

    /// A new server that has seen nothing of all this but how it ended.
    fn fresh(&self) -> Client {
        let mut client = start(&self.folders);
        for (path, text) in &self.open {
            client.open(&address(path), text);
        }
        client
    }
}

/// What a server says of all series, by symbol, and of each open document.
fn answers(client: &mut Client, open: &BTreeMap<PathBuf, String>) -> Vec<Value> {
    let mut all = vec![client.ask("workspace/symbol", &json!({"query": "thing"}))];
    for path in open.keys() {
        let uri = address(path);
        all.push(client.ask_about("textDocument/documentSymbol", &uri));
        all.push(client.ask_about("textDocument/codeLens", &uri));
        for line in [17, 28, 30] {
            all.push(client.ask_at(REFERENCES, &uri, line, 3));
            all.push(client.ask_at("textDocument/implementation", &uri, line, 3));
            all.push(client.ask_at("textDocument/hover", &uri, line, 3));
        }
        all.push(client.ask_at("textDocument/definition", &uri, 0, 8));
    }
    all
}

#[test]
fn after_any_changes_answers_are_those_of_a_fresh_server() {
    let mut random = Random::new(104);
    for watches in [true, false, true, false, false] {
        let folder = TempFolder::new();
        fs::create_dir_all(folder.path().join("in/deep")).unwrap();
        fs::create_dir_all(folder.path().join("old")).unwrap();
        fs::create_dir_all(folder.path().join(".hidden")).unwrap();
        folder.write(".gitignore", "e.txt\n");
        let folders = vec![folder.path().join("in")];
        let mut params = params(&folders);
        params["capabilities"]["workspace"]["didChangeWatchedFiles"] =
            json!({"dynamicRegistration": watches});
        let mut client = Client::spawn();
        client.initialize(&params);
        let mut world = World {
            watches,
            client,
            folder,
            open: BTreeMap::new(),
            folders,
            version: 1,
        };
        for _ in 0..4 {
            for _ in 0..1 + random.below(12) {
                world.step(&mut random);
            }
            world.save();
            let mut fresh = world.fresh();
            let open = world.open.clone();
            eventually(|| answers(&mut world.client, &open) == answers(&mut fresh, &open));
            fresh.finish();
        }
        world.client.finish();
    }
}

#[test]
fn settings_say_what_is_indexed_and_a_cap_is_told() {
    let folder = corpus_in(&[V2, V4]);
    let with = |index: Value| {
        let mut params = params(&[folder.path().to_owned()]);
        params["initializationOptions"]["index"] = index;
        let mut client = Client::spawn();
        client.initialize(&params);
        client
    };
    let capped = json!(["the limit of 1 digests was reached, the rest is not known"]);
    let mut client = with(json!({"maxFiles": 1}));
    let status = indexed(&mut client, 1);
    assert_eq!(status["notes"], capped);
    client.finish();
    // A file more counts the same when it comes later.
    let newer = folder.path().join(V4);
    let text = fs::read(&newer).unwrap();
    fs::remove_file(&newer).unwrap();
    let mut client = with(json!({"maxFiles": 1}));
    assert_eq!(indexed(&mut client, 1)["notes"], json!([]));
    fs::write(&newer, text).unwrap();
    let changes = json!({"changes": [{"uri": address(&newer), "type": 1}]});
    client.notify("workspace/didChangeWatchedFiles", &changes);
    let status = client.notification("patchDigest/status");
    assert_eq!((&status["digests"], &status["notes"]), (&json!(1), &capped));
    client.finish();
    let mut client = with(json!({"ignore": ["kvm-f*"]}));
    indexed(&mut client, 1);
    client.finish();
    let mut client = with(json!({"enable": false}));
    open(&mut client, &folder.path().join(V4));
    indexed(&mut client, 1);
    client.finish();
}
