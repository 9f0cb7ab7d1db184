//! The queue over the protocol: rows, marks, and who else sees them.

use std::fs;
use std::path::Path;

use patch_digest_tests::client::Client;
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{V2, V2_LINE, V4, V4_LINE, corpus_in, indexed, open, params};

const QUEUE: &str = "patchDigest/queue";
const MARK: &str = "patchDigest/mark";

/// A server for a folder whose marks are kept in `marks`.
fn start(folder: &Path, marks: &Path, n_digests: u64) -> Client {
    let settings = json!({"state": marks, "watch": {"paths": ["arch/loongarch/"]}});
    start_with(folder, &settings, &["patchDigest.refreshQueue"], n_digests)
}

fn start_with(folder: &Path, queue: &Value, commands: &[&str], n_digests: u64) -> Client {
    let mut client = Client::spawn();
    let mut params = params(&[folder.to_owned()]);
    params["initializationOptions"]["commands"] = json!(commands);
    params["initializationOptions"]["queue"] = queue.clone();
    params["capabilities"]["workspace"]["executeCommand"] = json!({});
    client.initialize(&params);
    indexed(&mut client, n_digests);
    client
}

fn ask(client: &mut Client, method: &str, params: &Value) -> Value {
    client.ask(method, params)
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
    let queue = ask(client, QUEUE, &json!({}));
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
    let queue = ask(&mut client, QUEUE, &json!({}));
    assert_eq!(queue["new"], 1);
    assert_eq!(queue["hint"], Value::Null);
    assert_eq!(queue["marksFile"], json!(marks));
    client.finish();
}

#[test]
fn a_filter_and_a_digest_narrow_it() {
    let (folder, state) = scene(&[V2, V4]);
    let mut client = start(folder.path(), &state.path().join("marks"), 2);
    let of_text = rows(&ask(
        &mut client,
        QUEUE,
        &json!({"filter": {"text": "SEV"}}),
    ));
    assert_eq!(of_text.len(), 1, "{of_text:?}");
    let uri = open(&mut client, &folder.path().join(V2));
    let of_digest = rows(&ask(
        &mut client,
        QUEUE,
        &json!({"textDocument": {"uri": uri}}),
    ));
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
    let row = ask(&mut client, MARK, &at);
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
    let marked = ask(
        &mut other,
        MARK,
        &json!({"uri": row["uri"], "entry": row["entry"], "mark": "accepted"}),
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
        rows(&ask(
            &mut client,
            QUEUE,
            &json!({"filter": {"section": "waiting"}})
        )),
        []
    );
    client.finish();
    other.finish();
}

#[test]
fn hover_of_a_row_is_that_of_its_title() {
    let (folder, state) = scene(&[V2, V4]);
    let mut client = start(folder.path(), &state.path().join("marks"), 2);
    let (_, row) = preempt(&mut client);
    let params = json!({"uri": row["uri"], "entry": row["entry"]});
    let closed = client.ask("patchDigest/hover", &params);
    let text = closed["contents"]["value"].as_str().unwrap();
    assert!(
        text.contains("Since v2") && text.contains("[kvm-29a5"),
        "{text}"
    );
    let uri = open(&mut client, &folder.path().join(V4));
    let hover = client.ask_at("textDocument/hover", &uri, V4_LINE, 12);
    assert_eq!(hover["contents"]["kind"], closed["contents"]["kind"]);
    // Here the open digest is spelled as the client does.
    assert_eq!(
        client.ask("patchDigest/hover", &params)["contents"],
        hover["contents"]
    );
    let nowhere = json!({"uri": "file:///none.txt", "entry": 0});
    assert_eq!(client.ask("patchDigest/hover", &nowhere), Value::Null);
    assert_eq!(
        client.ask_in_vain("patchDigest/hover", &json!({"entry": 0})),
        -32602
    );
    client.finish();
}

#[test]
fn outline_tells_what_concerns_the_reader() {
    let (folder, state) = scene(&[V4]);
    let mut client = start(folder.path(), &state.path().join("marks"), 1);
    let uri = open(&mut client, &folder.path().join(V4));
    let symbols = client.ask_about("textDocument/documentSymbol", &uri);
    let text = symbols.to_string();
    assert_eq!(text.matches("concerns you: arch/loongarch/").count(), 1);
    assert_eq!(text.matches("concerns you").count(), 1);
    client.finish();
    // The reason may be a name out of a mail, and names hold what they like.
    let evil = samples::digest(&[samples::entry("PATCH", "kvm: Fix it", "Body.")])
        .replace("Author: Ann Örn <", "Author: Ann\u{202e} \u{1b}[31mÖrn <");
    folder.write("evil.txt", &evil);
    let watch = json!({"watch": {"people": ["ann@example.org"]}});
    let mut client = start_with(folder.path(), &watch, &[], 2);
    let uri = open(&mut client, &folder.path().join("evil.txt"));
    let symbols = client.ask_about("textDocument/documentSymbol", &uri);
    let text = symbols.to_string();
    assert!(text.contains("concerns you: "), "{text}");
    assert!(
        !text.contains(['\u{202e}', '\u{1b}']) && !text.contains("\\u001b"),
        "{text}"
    );
    client.finish();
    // Nobody has said what concerns him: everything does, and nothing is worth a word.
    let mut client = start_with(folder.path(), &json!({}), &[], 2);
    let uri = open(&mut client, &folder.path().join(V4));
    let symbols = client.ask_about("textDocument/documentSymbol", &uri);
    assert!(!symbols.to_string().contains("concerns you"));
    client.finish();
}

#[test]
fn code_actions_mark_by_a_command_of_the_server() {
    let (folder, state) = scene(&[V4]);
    let marks = state.path().join("marks");
    let mut client = start(folder.path(), &marks, 1);
    let uri = open(&mut client, &folder.path().join(V4));
    let position = json!({"line": V4_LINE, "character": 3});
    let actions = ask(
        &mut client,
        "textDocument/codeAction",
        &json!({
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
    ask(
        &mut client,
        "workspace/executeCommand",
        &json!({"command": "patchDigest.mark", "arguments": command["arguments"]}),
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
        answer["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
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
    let queue = ask(&mut client, QUEUE, &json!({}));
    assert!(
        queue["troubles"][0]
            .as_str()
            .unwrap()
            .contains("newer patch-digest"),
        "{queue}"
    );
    client.finish();
}

#[test]
fn two_editors_at_once_lose_no_mark() {
    let names: Vec<String> = patch_digest_tests::corpus::digests()
        .expect("the corpus")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (folder, state) = scene(&names);
    let marks = state.path().join("marks");
    let n_digests = names.len() as u64;
    let mut editors = [
        start(folder.path(), &marks, n_digests),
        start(folder.path(), &marks, n_digests),
    ];
    let all = rows(&ask(&mut editors[0], QUEUE, &json!({})));
    assert!(all.len() > 20, "{}", all.len());
    // Both send all they have to say without waiting, each about every other row.
    let mut asked = [Vec::new(), Vec::new()];
    for (idx, (_, row)) in all.iter().enumerate() {
        let editor = idx % 2;
        let params = json!({
            "uri": row["uri"], "entry": row["entry"], "title": row["title"],
            "mark": "reviewing", "note": format!("note {idx}"),
        });
        asked[editor].push(editors[editor].request(MARK, &params));
    }
    for (editor, ids) in editors.iter_mut().zip(&asked) {
        for &id in ids {
            let answer = editor.answer(id);
            assert_eq!(answer["result"]["mark"], "reviewing", "{answer}");
        }
    }
    let text = fs::read_to_string(&marks).expect("marks");
    for idx in 0..all.len() {
        let note = format!("\treviewing\tnote {idx}\n");
        assert_eq!(text.matches(&note).count(), 1, "{note:?} in\n{text}");
    }
    // Each sees what the other has done.
    for mut editor in editors {
        let seen = rows(&ask(&mut editor, QUEUE, &json!({})));
        assert_eq!(seen.len(), all.len());
        for (_, row) in seen {
            assert_eq!(row["mark"], "reviewing", "{row}");
        }
        editor.finish();
    }
}

#[test]
fn a_damaged_line_is_told_and_kept() {
    let (folder, state) = scene(&[V4]);
    let marks = state.path().join("marks");
    let damaged = "# patch-digest marks 1\nno tabs here\n<<<<<<< ours\n";
    fs::write(&marks, damaged).unwrap();
    let mut client = start(folder.path(), &marks, 1);
    let queue = ask(&mut client, QUEUE, &json!({}));
    let troubles = queue["troubles"].as_array().unwrap();
    let file = marks.display();
    assert_eq!(troubles.len(), 2, "{troubles:?}");
    assert_eq!(
        troubles[0],
        json!(format!(
            "{file}:2: kept, but not understood: no poster: expected title, poster, version, mark \
             and note, separated by tabs"
        ))
    );
    assert!(
        troubles[1].as_str().unwrap().contains(":3: a merge left"),
        "{troubles:?}"
    );
    let (_, row) = preempt(&mut client);
    ask(
        &mut client,
        MARK,
        &json!({"uri": row["uri"], "entry": row["entry"], "mark": "waiting"}),
    );
    let text = fs::read_to_string(&marks).unwrap();
    assert!(
        text.starts_with("# patch-digest marks 1\n") && text.contains("\twaiting\n"),
        "{text}"
    );
    for line in ["no tabs here\n", "<<<<<<< ours\n"] {
        assert!(text.contains(line), "{text}");
    }
    client.finish();
}

#[test]
fn without_settings_everything_is_of_concern_and_a_hint_says_so() {
    let (folder, state) = scene(&[V4]);
    let settings = json!({"state": state.path().join("marks")});
    let mut client = start_with(folder.path(), &settings, &[], 1);
    let queue = ask(&mut client, QUEUE, &json!({}));
    assert!(
        queue["hint"]
            .as_str()
            .unwrap()
            .contains("queue.watch.paths"),
        "{queue}"
    );
    let rows = rows(&queue);
    assert!(
        rows.iter().all(|(section, _)| section != "rest"),
        "{rows:?}"
    );
    assert_eq!(queue["new"], rows.len());
    client.finish();
}

#[test]
fn what_cannot_be_used_of_the_settings_is_told() {
    let (folder, state) = scene(&[V4]);
    let settings = json!({
        "state": state.path().join("marks"),
        "watch": {"paths": ["arch/[", "arch/loongarch/"]},
    });
    let mut client = start_with(folder.path(), &settings, &[], 1);
    let queue = ask(&mut client, QUEUE, &json!({}));
    let trouble = queue["troubles"][0].as_str().unwrap();
    assert!(trouble.starts_with("watch.paths: `arch/[`: "), "{trouble}");
    assert_eq!(queue["new"], 1, "the others count");
    client.finish();
}

#[test]
fn a_row_of_a_digest_that_has_changed_is_not_marked() {
    let (folder, state) = scene(&[V4]);
    let marks = state.path().join("marks");
    let mut client = start(folder.path(), &marks, 1);
    let (_, row) = preempt(&mut client);
    let id = client.request(
        MARK,
        &json!({"uri": row["uri"], "entry": 0, "title": row["title"], "mark": "waiting"}),
    );
    let answer = client.answer(id);
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("the digest has changed"), "{answer}");
    assert!(!marks.exists());
    client.finish();
}

#[test]
fn editors_without_a_queue_are_told_what_was_marked() {
    let (folder, state) = scene(&[V4]);
    let settings = json!({"state": state.path().join("marks")});
    let mut client = start_with(folder.path(), &settings, &[], 1);
    let (_, row) = preempt(&mut client);
    let arguments = json!([{"uri": row["uri"], "entry": row["entry"], "mark": "accepted"}]);
    let command = json!({"command": "patchDigest.mark", "arguments": arguments});
    ask(&mut client, "workspace/executeCommand", &command);
    assert_eq!(
        client.notification("window/showMessage"),
        json!({
            "type": 3,
            "message": "accepted: [v4 0/2] LoongArch: KVM: Add paravirt preempt support",
        })
    );
    client.finish();
}
