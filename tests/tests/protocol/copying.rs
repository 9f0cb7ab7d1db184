//! Code actions that put a text on the clipboard, for clients that say they can.

use patch_digest_tests::client::Client;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{self, COVER_LINE, LISTED_LINE, digest, entry};
use serde_json::{Value, json};

const URI: &str = "file:///digests/a.txt";
const ACTIONS: &str = "textDocument/codeAction";

/// A client with those commands; what the server says of code actions.
fn client(profile: Profile, commands: &Value) -> (Client, Value) {
    let mut client = Client::spawn();
    let mut result = client.initialize(&json!({
        "capabilities": profile.capabilities(),
        "initializationOptions": {"commands": commands},
    }));
    (client, result["capabilities"]["codeActionProvider"].take())
}

/// The actions for a place that are not marks, which have tests of their own.
fn ask(client: &mut Client, line: u64, context: &Value) -> Value {
    let place = json!({"line": line, "character": 3});
    let params = json!({
        "textDocument": {"uri": URI},
        "range": {"start": place, "end": place},
        "context": context,
    });
    let mut actions = client.ask(ACTIONS, &params);
    if let Some(actions) = actions.as_array_mut() {
        let is_mark = |action: &Value| action.to_string().contains("\"patchDigest.mark\"");
        actions.retain(|action| !is_mark(action));
    }
    actions
}

fn titles(actions: &Value) -> Vec<&str> {
    let actions = actions.as_array().unwrap().iter();
    actions
        .map(|action| action["title"].as_str().unwrap())
        .collect()
}

#[test]
fn a_series_has_texts_to_copy() {
    let (mut client, provider) = client(Profile::Rich, &json!(["patchDigest.copy"]));
    let kinds = provider["codeActionKinds"].as_array().unwrap();
    assert!(kinds.contains(&json!("copy")), "{provider}");
    client.open(URI, &samples::series());
    let actions = ask(&mut client, COVER_LINE, &json!({"diagnostics": []}));
    assert_eq!(
        titles(&actions),
        [
            "Copy link that finds this series on lore.kernel.org",
            "Copy this series as one line of text",
            "Copy the command that applies it (lei, b4 shazam)",
            "Copy the command that gets the thread (lei q)",
        ]
    );
    let action = &actions[2];
    assert_eq!(action["kind"], "copy");
    assert_eq!(action["command"]["command"], "patchDigest.copy");
    assert_eq!(
        action["command"]["arguments"],
        json!([
            "lei q --only 'https://lore.kernel.org/kvm/' -t 's:kvm: ö both' 'f:ann@example.org' -f mboxrd -o - | b4 shazam -v 2 -m -",
            "the command"
        ])
    );
    let listed = ask(&mut client, LISTED_LINE + 1, &json!({"diagnostics": []}));
    assert_eq!(
        titles(&listed)[0],
        "Copy link that finds this patch on lore.kernel.org"
    );
    client.finish();
}

#[test]
fn what_is_not_asked_for_is_not_sent() {
    let (mut client, _) = client(Profile::Rich, &json!(["patchDigest.copy"]));
    client.open(URI, &samples::series());
    for only in ["quickfix", "source.fixAll", "cop", "copy.that"] {
        let context = json!({"diagnostics": [], "only": [only]});
        assert_eq!(ask(&mut client, COVER_LINE, &context), json!([]), "{only}");
    }
    for only in ["", "copy"] {
        let context = json!({"diagnostics": [], "only": [only]});
        assert_eq!(titles(&ask(&mut client, COVER_LINE, &context)).len(), 4);
    }
    // Prose, as the cursor moves: no light bulb.
    let automatic = json!({"diagnostics": [], "triggerKind": 2});
    assert_eq!(ask(&mut client, COVER_LINE + 3, &automatic), json!([]));
    assert_eq!(ask(&mut client, 0, &automatic), json!([]));
    let by_hand = json!({"diagnostics": [], "triggerKind": 1});
    assert_eq!(titles(&ask(&mut client, COVER_LINE + 3, &by_hand)).len(), 4);
    let outline = ask(&mut client, 0, &by_hand);
    assert_eq!(titles(&outline), ["Copy the outline as text"]);
    client.finish();
}

#[test]
fn clients_without_a_clipboard_get_none() {
    for commands in [json!([]), json!("patchDigest.copy")] {
        let (mut client, provider) = client(Profile::Rich, &commands);
        let kinds = provider["codeActionKinds"].as_array().unwrap();
        assert!(!kinds.contains(&json!("copy")), "{provider}");
        client.open(URI, &samples::series());
        let actions = ask(&mut client, COVER_LINE, &json!({"diagnostics": []}));
        assert_eq!(actions, json!([]), "{commands}");
        client.finish();
    }
}

#[test]
fn clients_without_code_actions_get_none() {
    let (mut client, provider) = client(Profile::Bare, &json!(["patchDigest.copy"]));
    assert!(provider.is_null(), "{provider}");
    client.open(URI, &samples::series());
    let place = json!({"line": COVER_LINE, "character": 3});
    let params = json!({
        "textDocument": {"uri": URI},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": []},
    });
    assert_eq!(client.ask_in_vain(ACTIONS, &params), -32601);
    client.finish();
}

#[test]
fn clients_that_take_no_literals_get_bare_commands() {
    let mut client = Client::spawn();
    client.initialize(&json!({
        "capabilities": {"textDocument": {"codeAction": {}}},
        "initializationOptions": {"commands": ["patchDigest.copy"]},
    }));
    client.open(URI, &samples::series());
    let actions = ask(&mut client, COVER_LINE, &json!({"diagnostics": []}));
    assert_eq!(actions[0]["command"], "patchDigest.copy", "{actions}");
    client.finish();
}

#[test]
fn nothing_pasted_into_a_terminal_is_more_than_a_word() {
    let title = "kvm: '$(touch x)' `y` \u{1b}[201~\u{202e}";
    let (mut client, _) = client(Profile::Rich, &json!(["patchDigest.copy"]));
    client.open(URI, &digest(&[entry("PATCH", title, "Body.")]));
    let actions = ask(&mut client, 17, &json!({"diagnostics": []}));
    let text = actions.to_string();
    assert!(
        !text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\\u001b"),
        "{text}"
    );
    assert!(
        text.contains(r"'s:kvm: '\\''$(touch x)'\\'' `y` [201~'"),
        "{text}"
    );
    client.finish();
}
