//! Quick fixes: what is offered for which finding, to which client, and that what is offered does
//! what it says.

use std::fs;

use patch_digest_core::text::{Encoding, Text};
use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

const URI: &str = "file:///digests/a%20b.txt";
const ACTIONS: &str = "textDocument/codeAction";

/// A client that takes everything; `columns` are its units.
fn capabilities(columns: &str) -> Value {
    json!({
        "general": {"positionEncodings": [columns]},
        "workspace": {
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]},
            "executeCommand": {},
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix"]}},
                "isPreferredSupport": true,
                "disabledSupport": true,
                "dataSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
        },
    })
}

fn client(capabilities: &Value, options: &Value) -> Client {
    let mut client = Client::spawn();
    client.initialize(&json!({
        "processId": null,
        "capabilities": capabilities,
        "initializationOptions": options,
    }));
    client
}

/// Two series by someone whose name was read in the wrong charset, behind letters of four bytes.
fn damaged() -> String {
    let row = "👍 thanks to López, L贸pez";
    let text = digest(&[
        entry("PATCH", "kvm: one", row),
        entry("PATCH", "kvm: two", "Body."),
    ]);
    text.replace("Author: Ann Örn", "Author: Ann 脰rn")
}

/// Zero-based lines of the authors in [`damaged`].
const AUTHORS: [u64; 2] = [18, 27];

fn ask(client: &mut Client, uri: &str, line: u64, context: &Value) -> Vec<Value> {
    let place = json!({"line": line, "character": 9});
    let params = json!({
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": context,
    });
    client
        .ask(ACTIONS, &params)
        .as_array()
        .expect("actions")
        .clone()
}

fn by_hand() -> Value {
    json!({"diagnostics": [], "triggerKind": 1})
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions
        .iter()
        .map(|action| action["title"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn find<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let found = actions
        .iter()
        .find(|action| action["title"].as_str().unwrap().starts_with(title));
    found.unwrap_or_else(|| panic!("no {title} in {:?}", titles(actions)))
}

/// A text after an edit, as an editor applies it.
fn applied(text: &str, edit: &Value, encoding: Encoding) -> String {
    let document = &edit["documentChanges"][0];
    let edits = if document.is_null() {
        let (_, edits) = edit["changes"].as_object().unwrap().iter().next().unwrap();
        edits
    } else {
        &document["edits"]
    };
    let rope = Text::new(text);
    let offset = |position: &Value| {
        let number = |name: &str| usize::try_from(position[name].as_u64().unwrap()).unwrap();
        rope.offset_at(number("line"), number("character"), encoding)
    };
    let mut result = text.to_owned();
    let mut last = text.len();
    for edit in edits.as_array().unwrap().iter().rev() {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        assert!(range.end <= last, "{edits}");
        last = range.start;
        result.replace_range(range, edit["newText"].as_str().unwrap());
    }
    result
}

#[test]
fn name_is_put_right_here_or_everywhere_in_any_unit_of_columns() {
    for (columns, encoding) in [
        ("utf-8", Encoding::Utf8),
        ("utf-16", Encoding::Utf16),
        ("utf-32", Encoding::Utf32),
    ] {
        let commands = json!({"commands": ["patchDigest.copy"]});
        let mut client = client(&capabilities(columns), &commands);
        client.open(URI, &damaged());
        let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
        assert_eq!(
            titles(&actions)[..3],
            [
                "Write \"Ann Örn\"",
                "Write \"Ann Örn\" everywhere (2 places)",
                "Copy the repaired name",
            ],
            "{columns}"
        );
        assert_eq!(actions[0]["isPreferred"], true);
        assert!(actions[1].get("isPreferred").is_none());
        assert_eq!(actions[0]["kind"], "quickfix");
        assert_eq!(actions[0]["diagnostics"][0]["code"], "wrong-charset");
        let document = &actions[0]["edit"]["documentChanges"][0]["textDocument"];
        assert_eq!(document, &json!({"uri": URI, "version": 1}));
        let one = applied(&damaged(), &actions[0]["edit"], encoding);
        assert_eq!(one, damaged().replacen("Ann 脰rn", "Ann Örn", 1));
        let all = applied(&damaged(), &actions[1]["edit"], encoding);
        assert_eq!(all, damaged().replace("Ann 脰rn", "Ann Örn"));
        assert_eq!(
            actions[2]["command"]["arguments"],
            json!(["Ann Örn", "the name"])
        );
        // The word in the message, behind letters of four bytes.
        let place = json!({"line": 20, "character": 25});
        let params = json!({
            "textDocument": {"uri": URI},
            "range": {"start": {"line": 20, "character": 0}, "end": place},
            "context": by_hand(),
        });
        let word = client.ask(ACTIONS, &params);
        let word = applied(&damaged(), &word[0]["edit"], encoding);
        assert_eq!(word, damaged().replace("L贸pez", "López"));

        // Once it is applied there is nothing to do.
        client.change(URI, 2, &json!([{"text": all.replace("L贸pez", "López")}]));
        assert!(
            ask(&mut client, URI, AUTHORS[0], &by_hand())
                .iter()
                .all(|action| action["kind"] != "quickfix")
        );
        client.finish();
    }
}

#[test]
fn clients_get_what_they_can_take() {
    let literals = json!({"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}});
    let simple = json!({"textDocument": {"codeAction": literals}});
    let mut client = client(&simple, &Value::Null);
    client.open(URI, &damaged());
    let actions = ask(&mut client, URI, AUTHORS[1], &by_hand());
    // The finding is at the first place.
    assert!(actions.is_empty(), "{actions:?}");
    let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
    assert_eq!(actions.len(), 2, "{:?}", titles(&actions));
    for action in &actions {
        assert!(action.get("isPreferred").is_none());
        assert!(action["edit"]["changes"][URI].is_array(), "{action}");
        let right = applied(&damaged(), &action["edit"], Encoding::Utf16);
        assert!(right.contains("Ann Örn <ann@example.org>\n\n👍"));
    }
    client.finish();

    // Bare commands only: nothing that edits.
    let mut client = self::client(
        &json!({"textDocument": {"codeAction": {}}, "workspace": {"executeCommand": {}}}),
        &json!({"commands": ["patchDigest.copy"]}),
    );
    client.open(URI, &damaged());
    let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
    let commands: Vec<_> = actions.iter().map(|action| &action["command"]).collect();
    assert_eq!(commands[..2], ["patchDigest.copy", "patch-digest.explain"]);
    client.finish();
}

#[test]
fn addresses_that_are_no_uris_keep_their_spelling() {
    let uri = "file:///digests/a b.txt";
    for versions in [true, false] {
        let mut capabilities = capabilities("utf-16");
        capabilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(versions);
        let mut client = client(&capabilities, &Value::Null);
        client.open(uri, &damaged());
        let told = client.diagnostics(uri);
        // As clients send them back, with addresses that the protocol's types refuse.
        let context = json!({"diagnostics": told["diagnostics"], "triggerKind": 1});
        let actions = ask(&mut client, uri, AUTHORS[0], &context);
        let edit = &actions[0]["edit"];
        if versions {
            assert_eq!(edit["documentChanges"][0]["textDocument"]["uri"], uri);
        } else {
            assert!(edit["changes"][uri].is_array(), "{edit}");
        }
        client.finish();
    }
}

#[test]
fn everything_is_fixed_at_once_for_makers_only_and_only_what_is_certain() {
    let (_, text) = corpus::digests()
        .unwrap()
        .into_iter()
        .find(|(name, _)| name.starts_with("kvm-fff46e5c7"))
        .unwrap();
    let only = json!({"diagnostics": [], "only": ["source.fixAll"]});
    for profile in ["reader", "maker"] {
        let options = json!({"lint": {"profile": profile}});
        let mut client = client(&capabilities("utf-8"), &options);
        client.open(URI, &text);
        let actions = ask(&mut client, URI, 0, &only);
        if profile == "reader" {
            assert!(actions.is_empty(), "{actions:?}");
            client.finish();
            continue;
        }
        let [action] = &actions[..] else {
            panic!("{:?}", titles(&actions))
        };
        assert_eq!(action["kind"], "source.fixAll.patchDigest");
        let mut edit = action["edit"].clone();
        if edit.is_null() {
            edit = client.ask("codeAction/resolve", action)["edit"].take();
        }
        let fixed = applied(&text, &edit, Encoding::Utf8);
        assert!(!fixed.contains("L贸pez") && fixed.contains("@arm.com/\n"));
        client.change(URI, 2, &json!([{"text": fixed}]));
        assert_eq!(ask(&mut client, URI, 0, &only), [Value::Null; 0]);
        client.finish();
    }
}

#[test]
fn edit_of_many_places_is_sent_when_it_is_chosen() {
    let entries: Vec<String> = (0..40)
        .map(|number| entry("PATCH", &format!("kvm: {number}"), "Body."))
        .collect();
    let text = digest(&entries).replace("Author: Ann Örn", "Author: Ann 脰rn");
    let mut client = client(&capabilities("utf-16"), &Value::Null);
    client.open(URI, &text);
    let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
    let action = find(&actions, "Write \"Ann Örn\" everywhere (40 places)");
    assert!(action.get("edit").is_none(), "{action}");
    let resolved = client.ask("codeAction/resolve", action);
    let fixed = applied(&text, &resolved["edit"], Encoding::Utf16);
    assert_eq!(fixed, text.replace("Ann 脰rn", "Ann Örn"));
    // Of another text than that which it was offered for there is none.
    client.change(URI, 2, &json!([{"text": format!("{text}\n")}]));
    assert_eq!(client.ask_in_vain("codeAction/resolve", action), -32801);
    client.finish();
}

#[test]
fn what_is_not_utf8_is_not_fixed_and_why_is_said() {
    let folder = TempFolder::new();
    let text = damaged().replace("thanks", "th\u{fffd}nks");
    let uri = format!("file://{}/a.txt", folder.path().display());
    folder.write("a.txt", damaged().replace("thanks", "XX").into_bytes());
    let bytes = fs::read(folder.path().join("a.txt")).unwrap();
    let at = bytes.windows(2).position(|pair| pair == b"XX").unwrap();
    let mut bytes = bytes;
    bytes[at] = 0xe1;
    folder.write("a.txt", &bytes);
    for can_say in [true, false] {
        let mut capabilities = capabilities("utf-16");
        capabilities["textDocument"]["codeAction"]["disabledSupport"] = json!(can_say);
        let mut client = client(&capabilities, &Value::Null);
        client.open(&uri, &text);
        let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
        let fixes = actions
            .iter()
            .filter(|action| action["title"].as_str().unwrap().starts_with("Write"));
        let fixes: Vec<_> = fixes.collect();
        assert_eq!(fixes.len(), if can_say { 2 } else { 0 });
        for fix in fixes {
            assert!(fix.get("edit").is_none() && fix.get("data").is_none());
            assert_eq!(
                fix["disabled"]["reason"],
                "it is not UTF-8, and its bytes would be lost"
            );
        }
        client.finish();
    }
    // The same letters as they came by mail.
    folder.write("a.txt", &text);
    let mut client = client(&capabilities("utf-16"), &Value::Null);
    client.open(&uri, &text);
    let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
    assert!(find(&actions, "Write").get("edit").is_some());
    client.finish();
}

#[test]
fn rule_is_explained_on_a_page_or_in_a_message() {
    let mut client = client(&capabilities("utf-16"), &Value::Null);
    client.open(URI, &damaged());
    let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
    let command = &find(&actions, "Explain wrong-charset")["command"];
    let params = json!({"command": command["command"], "arguments": command["arguments"]});
    client.ask("workspace/executeCommand", &params);
    let message = client.notification("window/showMessage");
    let message = message["message"].as_str().unwrap();
    assert!(message.starts_with("wrong-charset: "), "{message}");
    for wrong in [
        json!({"command": command["command"], "arguments": ["no-such-rule"]}),
        json!({"command": command["command"], "arguments": []}),
        json!({"command": "rm", "arguments": ["wrong-charset"]}),
    ] {
        assert_eq!(
            client.ask_in_vain("workspace/executeCommand", &wrong),
            -32602
        );
    }
    client.finish();

    let mut capabilities = capabilities("utf-16");
    capabilities["workspace"]["textDocumentContent"] = json!({});
    capabilities["textDocument"]["publishDiagnostics"]["codeDescriptionSupport"] = json!(true);
    let options = json!({"commands": ["patchDigest.showPage"]});
    let mut client = self::client(&capabilities, &options);
    client.open(URI, &damaged());
    let told = client.diagnostics(URI);
    let page = "patch-digest:///wrong-charset.md?page=rule&code=wrong-charset";
    assert_eq!(told["diagnostics"][0]["codeDescription"]["href"], page);
    let actions = ask(&mut client, URI, AUTHORS[0], &by_hand());
    let command = &find(&actions, "Explain wrong-charset")["command"];
    assert_eq!(command["command"], "patchDigest.showPage");
    assert_eq!(command["arguments"], json!([page]));
    let content = client.ask("workspace/textDocumentContent", &json!({"uri": page}));
    let text = content["text"].as_str().unwrap();
    assert!(text.starts_with("# wrong-charset\n"), "{text}");
    let shown = client.ask("patchDigest/page", &json!({"uri": page}));
    assert_eq!(
        (&shown["uri"], &shown["text"]),
        (&json!(page), &content["text"])
    );
    client.finish();
}

#[test]
fn rule_is_switched_off_in_the_nearest_settings_file() {
    let folder = TempFolder::new();
    fs::create_dir(folder.path().join("kvm")).unwrap();
    let root = format!("file://{}", folder.path().display());
    let uri = format!("{root}/kvm/a.txt");
    let start = |capabilities: &Value, options: &Value| {
        let mut client = Client::spawn();
        client.initialize(&json!({
            "processId": null,
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": [{"uri": root, "name": "x"}],
        }));
        client.open(&uri, &damaged());
        client
    };
    let off = "Switch wrong-charset off in ";

    // There is none so far.
    let mut client = start(&capabilities("utf-16"), &Value::Null);
    let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
    let changes = &find(&actions, off)["edit"]["documentChanges"];
    let file = format!("{root}/.patch-digest.toml");
    assert_eq!(changes[0]["kind"], "create");
    assert_eq!(changes[0]["uri"], file.as_str());
    assert_eq!(
        changes[1],
        json!({
            "textDocument": {"uri": file, "version": null},
            "edits": [{
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
                "newText": "[lint.rules]\nwrong-charset = \"off\"\n",
            }],
        })
    );
    client.finish();
    let mut plain = capabilities("utf-16");
    plain["workspace"]["workspaceEdit"] = json!({});
    let mut client = start(&plain, &Value::Null);
    let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
    assert!(!titles(&actions).iter().any(|title| title.starts_with(off)));
    client.finish();

    // One nearer, with something in it; the rest stays.
    let settings = "# ours\n[lint.rules]\nbad-url = \"off\"\n";
    folder.write("kvm/.patch-digest.toml", settings);
    for capabilities in [&capabilities("utf-16"), &plain] {
        let mut client = start(capabilities, &Value::Null);
        let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
        let action = find(&actions, off);
        assert_eq!(action["title"], format!("{off}.patch-digest.toml"));
        let after = applied(settings, &action["edit"], Encoding::Utf16);
        let expected = "# ours\n[lint.rules]\nwrong-charset = \"off\"\nbad-url = \"off\"\n";
        assert_eq!(after, expected);
        client.finish();
    }
    folder.write(
        "kvm/.patch-digest.toml",
        "[lint.rules]\nwrong-charset = \"off\"\n",
    );
    let mut client = start(&capabilities("utf-16"), &Value::Null);
    let told = client.diagnostics(&uri);
    assert_eq!(told["diagnostics"], json!([]));
    client.finish();

    // What the editor sets wins over files.
    let options = json!({"lint": {"rules": {"wrong-charset": "warning"}}});
    let mut client = start(&capabilities("utf-16"), &options);
    let actions = ask(&mut client, &uri, AUTHORS[0], &by_hand());
    assert!(!titles(&actions).iter().any(|title| title.starts_with(off)));
    client.finish();
}
