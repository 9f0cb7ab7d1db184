//! The queue over the protocol: rows, marks, and who else sees them.

use std::fs;
use std::path::Path;

use patch_digest_tests::binary;
use patch_digest_tests::client::Client;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{V2, V2_LINE, V4, V4_LINE, corpus_in, indexed, open, params};

const QUEUE: &str = "patchDigest/queue";
const MARK: &str = "patchDigest/mark";

/// A server for a folder whose marks are kept in `marks`.
fn start(folder: &Path, marks: &Path, n_digests: u64) -> Client {
    let mut command = binary::command();
    command.env("XDG_CONFIG_HOME", folder.join("no-config"));
    let mut client = Client::of(command);
    let mut params = params(&[folder.to_owned()]);
    params["initializationOptions"]["commands"] = json!(["patchDigest.refreshQueue"]);
    params["initializationOptions"]["queue"] = json!({
        "state": marks,
        "watch": {"paths": ["arch/loongarch/"]},
    });
    client.initialize(&params);
    indexed(&mut client, n_digests);
    client
}

fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    client.ask(method, &params)
}

/// The rows of the answer, with the words of their sections.
fn rows(queue: &Value) -> Vec<(String, Value)> {
    let sections = queue["sections"].as_array().expect("sections").iter();
    sections
        .flat_map(|section| {
            let word = section["section"].as_str().expect("a word").to_owned();
            let rows = section["rows"].as_array().expect("rows").iter();
            rows.map(move |row| (word.clone(), row.clone()))
        })
        .collect()
}

/// The section and the row of the series about paravirt preempt.
fn preempt(client: &mut Client) -> (String, Value) {
    let queue = ask(client, QUEUE, json!({}));
    let found = rows(&queue).into_iter().find(|(_, row)| {
        row["name"]
            .as_str()
            .is_some_and(|name| name.contains("paravirt preempt"))
    });
    found.unwrap_or_else(|| panic!("no such row in {queue}"))
}

fn scene(names: &[&str]) -> (TempFolder, TempFolder) {
    (corpus_in(names), TempFolder::new())
}

#[test]
fn rows_tell_what_concerns_the_reader_and_where_it_is() {
    let (folder, state) = scene(&[V2, V4]);
    let marks = state.path().join("marks");
    let mut client = start(folder.path(), &marks, 2);
    let (section, row) = preempt(&mut client);
    assert_eq!(section, "new");
    assert_eq!(
        row["name"],
        "[v4 0/2] LoongArch: KVM: Add paravirt preempt support"
    );
    assert_eq!(row["reason"], "arch/loongarch/");
    assert_eq!(row["range"]["start"]["line"], V4_LINE);
    assert!(row["uri"].as_str().unwrap().ends_with(V4));
    assert!(
        row["shared"].as_str().unwrap().contains("\n  https://"),
        "{row}"
    );
    let queue = ask(&mut client, QUEUE, json!({}));
    assert_eq!(queue["new"], 1);
    assert_eq!(queue["hint"], Value::Null);
    assert_eq!(queue["marksFile"], json!(marks));
    client.finish();
}

#[test]
fn a_filter_and_a_digest_narrow_it() {
    let (folder, state) = scene(&[V2, V4]);
    let mut client = start(folder.path(), &state.path().join("marks"), 2);
    let of_text = rows(&ask(&mut client, QUEUE, json!({"filter": {"text": "SEV"}})));
    assert_eq!(of_text.len(), 1, "{of_text:?}");
    let uri = open(&mut client, &folder.path().join(V2));
    let of_digest = rows(&ask(&mut client, QUEUE, json!({"textDocument": {"uri": uri}})));
    assert!(
        of_digest.iter().all(|(_, row)| row["uri"] == json!(uri)),
        "{of_digest:?}"
    );
    assert!(!of_digest.is_empty());
    client.finish();
}

#[test]
fn a_mark_is_kept_told_and_inherited() {
    let (folder, state) = scene(&[V2]);
    let marks = state.path().join("marks");
    let mut client = start(folder.path(), &marks, 1);
    let uri = open(&mut client, &folder.path().join(V2));
    let at = json!({
        "textDocument": {"uri": uri},
        "position": {"line": V2_LINE, "character": 3},
        "mark": "waiting",
        "note": "asked for a test",
    });
    let row = ask(&mut client, MARK, at);
    assert_eq!(row["mark"], "waiting");
    client.notification("patchDigest/queueChanged");
    assert_eq!(
        fs::read_to_string(&marks).unwrap(),
        "# patch-digest marks 1\nLoongArch: KVM: Add paravirt preempt support\tmaobibo@loongson.cn\tv2\twaiting\tasked for a test\n"
    );
    assert_eq!(preempt(&mut client).0, "waiting");

    // The next version arrives, and a second editor is there.
    let text = fs::read_to_string(corpus_in(&[V4]).path().join(V4)).unwrap();
    folder.write(V4, text);
    let mut other = start(folder.path(), &marks, 2);
    let (section, row) = preempt(&mut other);
    assert_eq!(
        (&*section, &row["remarks"]),
        ("re-rolled", &json!("waiting v2 · asked for a test"))
    );

    // What one marks, the other sees.
    let marked = ask(&mut other, MARK,
        json!({"uri": row["uri"], "entry": row["entry"], "mark": "accepted"}),
    );
    assert_eq!(marked["note"], "asked for a test");
    let (section, row) = preempt(&mut other);
    assert_eq!((&*section, &row["mark"]), ("rest", &json!("accepted")));
    assert!(
        fs::read_to_string(&marks)
            .unwrap()
            .contains("\tv4\taccepted\t")
    );
    assert_eq!(
        rows(&ask(&mut client, QUEUE, json!({"filter": {"section": "waiting"}}))),
        []
    );
    client.finish();
    other.finish();
}

#[test]
fn code_actions_mark_by_a_command_of_the_server() {
    let (folder, state) = scene(&[V4]);
    let marks = state.path().join("marks");
    let mut client = start(folder.path(), &marks, 1);
    let uri = open(&mut client, &folder.path().join(V4));
    let position = json!({"line": V4_LINE, "character": 3});
    let actions = ask(&mut client, "textDocument/codeAction",
        json!({
            "textDocument": {"uri": uri},
            "range": {"start": position, "end": position},
            "context": {"diagnostics": []},
        }),
    );
    let action = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["title"] == "Mark series as reviewing")
        .unwrap_or_else(|| panic!("{actions}"));
    let command = &action["command"];
    assert_eq!(command["command"], "patchDigest.mark");
    ask(&mut client, "workspace/executeCommand",
        json!({"command": "patchDigest.mark", "arguments": command["arguments"]}),
    );
    assert!(
        fs::read_to_string(&marks)
            .unwrap()
            .contains("\tv4\treviewing\n")
    );
    client.finish();
}

#[test]
fn what_cannot_be_marked_is_told() {
    let (folder, state) = scene(&[V4]);
    let marks = state.path().join("marks");
    fs::write(&marks, "# patch-digest marks 9\n").unwrap();
    let mut client = start(folder.path(), &marks, 1);
    let uri = open(&mut client, &folder.path().join(V4));
    let mut refused = |params: Value| {
        let id = client.request(MARK, &params);
        let answer = client.answer(id);
        answer["error"]["message"].as_str().unwrap_or_default().to_owned()
    };
    let newer = refused(json!({"uri": uri, "entry": 1, "mark": "waiting"}));
    assert!(newer.contains("newer patch-digest (format 9)"), "{newer}");
    let word = refused(json!({"uri": uri, "entry": 1, "mark": "done"}));
    assert!(word.contains("unknown mark `done`"), "{word}");
    let nowhere = refused(json!({"uri": uri, "entry": 999, "mark": "waiting"}));
    assert!(nowhere.contains("no series here"), "{nowhere}");
    let nothing = refused(json!({"mark": "waiting"}));
    assert!(nothing.contains("no entry here"), "{nothing}");
    assert_eq!(
        fs::read_to_string(&marks).unwrap(),
        "# patch-digest marks 9\n"
    );
    let queue = ask(&mut client, QUEUE, json!({}));
    assert!(
        queue["troubles"][0]
            .as_str()
            .unwrap()
            .contains("newer patch-digest"),
        "{queue}"
    );
    client.finish();
}
