//! Files that become something else while they are indexed or open: the index follows what can be
//! read, waits for nothing, and open documents stay what their editor says.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use patch_digest_tests::client::Client;
use patch_digest_tests::samples::{self, digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{address, indexed, open, start};

/// What a file may become, how, and how many digests there are then under its name.
type Fate = (&'static str, fn(&Path), u64);

const FATES: &[Fate] = &[
    ("gone", |_| {}, 0),
    ("a folder", |path| fs::create_dir(path).unwrap(), 0),
    (
        "a folder with digests",
        |path| {
            fs::create_dir(path).unwrap();
            for name in ["x.txt", "y.txt"] {
                fs::write(path.join(name), samples::series()).unwrap();
            }
        },
        2,
    ),
    ("a fifo", make_fifo, 0),
    ("a device", |path| symlink("/dev/zero", path).unwrap(), 0),
    (
        "a link to itself",
        |path| symlink(path.file_name().unwrap(), path).unwrap(),
        0,
    ),
    ("a link upwards", |path| symlink("..", path).unwrap(), 0),
    ("a dangling link", |path| symlink("x", path).unwrap(), 0),
    ("empty", |path| fs::write(path, "").unwrap(), 0),
    (
        "cut off",
        |path| {
            let text = other();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        },
        1,
    ),
    (
        "binary",
        |path| fs::write(path, b"\x7fELF\0\0\xff").unwrap(),
        0,
    ),
    (
        "renamed over by another",
        |path| {
            let beside = path.with_extension("new");
            fs::write(&beside, samples::series()).unwrap();
            fs::rename(&beside, path).unwrap();
        },
        1,
    ),
    ("unreadable", make_unreadable, 0),
];

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Where this user may read everything it becomes a folder that nobody may write to.
fn make_unreadable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, other()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(path).is_ok() {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
}

fn kept() -> String {
    digest(&[entry("PATCH", "kvm: kept", "Body.")])
}

fn other() -> String {
    digest(&[entry("PATCH", "kvm: other", "Body.")])
}

fn tell(client: &mut Client, path: &Path, kind: u8) {
    let changes = json!({"changes": [{"uri": address(path), "type": kind}]});
    client.notify("workspace/didChangeWatchedFiles", &changes);
}

fn remove(path: &Path) {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path).unwrap();
    } else if path.is_symlink() || path.exists() {
        fs::remove_file(path).unwrap();
    }
}

fn found(client: &mut Client, query: &str) -> usize {
    let found = client.ask("workspace/symbol", &json!({"query": query}));
    found.as_array().map_or(0, Vec::len)
}

/// A folder with a digest that stays and one whose file is given along, both indexed.
fn with_two() -> (TempFolder, PathBuf, Client) {
    let folder = TempFolder::new();
    let path = folder.path().join("b.txt");
    folder.write("a.txt", kept());
    folder.write("b.txt", other());
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    (folder, path, client)
}

#[test]
fn file_that_becomes_something_else_is_indexed_as_what_it_is() {
    let (_folder, path, mut client) = with_two();
    for (fate, make, n_digests) in FATES {
        remove(&path);
        make(&path);
        tell(&mut client, &path, 2);
        // Where nothing tells of another number there is nothing to wait for.
        if *n_digests != 1 {
            indexed(&mut client, 1 + n_digests);
        }
        assert_eq!(found(&mut client, "kept"), 1, "{fate}");
        // What a client opens it as is what counts, and what it was when that is over.
        let uri = address(&path);
        client.open(&uri, &other());
        assert_eq!(found(&mut client, "kvm: other"), 1, "{fate}");
        client.close(&uri);
        remove(&path);
        fs::write(&path, other()).unwrap();
        tell(&mut client, &path, 1);
        if *n_digests != 1 {
            indexed(&mut client, 2);
        }
        assert_eq!(found(&mut client, "kept"), 1, "{fate}");
    }
    client.finish();
}

#[test]
fn open_document_stays_what_its_editor_says_whatever_its_file_becomes() {
    let (_folder, path, mut client) = with_two();
    let uri = open(&mut client, &path);
    let symbols = client.ask_about("textDocument/documentSymbol", &uri);
    let mut version = 1;
    for (fate, make, _) in FATES {
        remove(&path);
        make(&path);
        tell(&mut client, &path, 2);
        client.notify(
            "textDocument/didSave",
            &json!({"textDocument": {"uri": uri}}),
        );
        version += 1;
        client.change(&uri, version, &json!([{"text": other()}]));
        let now = client.ask_about("textDocument/documentSymbol", &uri);
        assert_eq!(now, symbols, "{fate}");
        assert_eq!(found(&mut client, "kvm: other"), 1, "{fate}");
        let published = client.diagnostics_of_version(&uri, version);
        assert_eq!(published["diagnostics"], json!([]), "{fate}");
    }
    client.close(&uri);
    assert_eq!(
        client.ask_about("textDocument/documentSymbol", &uri),
        Value::Null
    );
    client.finish();
}

#[test]
fn folder_with_circles_and_names_that_are_no_text_is_indexed_all_the_same() {
    let folder = TempFolder::new();
    let at = |name: &str| folder.path().join(name);
    folder.write("in/a.txt", kept());
    symlink("..", at("in/up")).unwrap();
    symlink("self", at("self")).unwrap();
    symlink("second", at("first")).unwrap();
    symlink("first", at("second")).unwrap();
    make_fifo(&at("fifo.txt"));
    let name = folder.path().join(OsStr::from_bytes(b"\xff\xfe.txt"));
    fs::write(name, other()).unwrap();
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 1);
    assert_eq!(found(&mut client, "kept"), 1);
    // An address can be written of such a name, and a client may open it.
    let uri = address(&at("%FF%FE.txt"));
    client.open(&uri, &other());
    let symbols = client.ask_about("textDocument/documentSymbol", &uri);
    assert!(
        symbols.to_string().contains("[PATCH] kvm: other"),
        "{symbols}"
    );
    client.close(&uri);
    client.finish();
}

#[test]
fn folder_that_goes_while_it_is_indexed_leaves_nothing_of_itself() {
    let outer = TempFolder::new();
    for number in 0..500 {
        outer.write(&format!("in/{number}.txt"), kept());
    }
    let folder = outer.path().join("in");
    let mut client = start(std::slice::from_ref(&folder));
    fs::remove_dir_all(&folder).unwrap();
    tell(&mut client, &folder, 3);
    indexed(&mut client, 0);
    assert_eq!(found(&mut client, "kept"), 0);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), kept()).unwrap();
    tell(&mut client, &folder.join("a.txt"), 1);
    indexed(&mut client, 1);
    client.finish();
}
