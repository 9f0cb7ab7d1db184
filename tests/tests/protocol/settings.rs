//! Settings out of editors and files: every way in, that all ways say the same, and that a change
//! shows at once.

use std::time::Duration;
use std::{fs, thread};

use patch_digest_tests::client::Client;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;
use patch_digest_tests::{corpus, profiles};
use serde_json::{Value, json};

const CONFIGURATION: &str = "workspace/configuration";

/// A client that can be asked for settings and can watch files.
fn capabilities() -> Value {
    json!({"workspace": {
        "configuration": true,
        "didChangeConfiguration": {"dynamicRegistration": true},
        "didChangeWatchedFiles": {"dynamicRegistration": true, "relativePatternSupport": true},
    }})
}

/// A folder, and the address of a digest in it with two things wrong.
struct Place {
    folder: TempFolder,
    uri: String,
}

impl Place {
    fn new() -> Self {
        let folder = TempFolder::new();
        let uri = format!("file://{}/a.txt", folder.path().display());
        Self { folder, uri }
    }

    fn write_settings(&self, text: &str) {
        self.folder.write(".patch-digest.toml", text);
    }

    fn open(&self, client: &mut Client) {
        let text = digest(&[entry("PATCH", "kvm: title", "Body.")])
            .replace("New:  kvm: title", "New:  kvm: another title")
            .replace("3 example.org", "three example.org");
        client.open(&self.uri, &text);
    }

    /// Waits for diagnostics: each as code and severity.
    #[track_caller]
    fn told(&self, client: &mut Client) -> Vec<(String, i64)> {
        let params = client.diagnostics(&self.uri);
        let diagnostics = params["diagnostics"].as_array().unwrap();
        diagnostics
            .iter()
            .map(|diagnostic| {
                let code = diagnostic["code"].as_str().unwrap().to_owned();
                (code, diagnostic["severity"].as_i64().unwrap())
            })
            .collect()
    }

    /// Waits until exactly this is told.
    #[track_caller]
    fn wait_for(&self, client: &mut Client, expected: &[(&str, i64)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(code, severity)| ((*code).to_owned(), *severity))
            .collect();
        // What was published before the settings came, and again while they came, goes before.
        while self.told(client) != expected {}
    }
}

const BOTH: &[(&str, i64)] = &[("table-row", 2), ("title-differs", 2)];
const CHANGED: &[(&str, i64)] = &[("title-differs", 4)];

/// The same settings in every shape that editors send.
fn shapes() -> [Value; 4] {
    let rules = json!({"table-row": "off", "title-differs": "hint"});
    [
        json!({"lint": {"rules": rules}}),
        json!({"patchDigest": {"lint": {"rules": rules}}}),
        json!({"patchDigest.lint.rules": rules}),
        json!({"lint.rules.table-row": "off", "lint.rules.titleDiffers": "hint", "links": []}),
    ]
}

fn start(options: &Value, capabilities: &Value) -> Client {
    let mut client = Client::spawn();
    client.initialize(&json!({
        "processId": null,
        "capabilities": capabilities,
        "initializationOptions": options,
    }));
    client
}

#[test]
fn every_shape_and_every_way_gives_what_the_file_gives() {
    let place = Place::new();
    for shape in shapes() {
        // In `initialize`.
        let mut client = start(&shape, &json!({}));
        place.open(&mut client);
        assert_eq!(place.told(&mut client).len(), 1, "{shape}");
        client.finish();

        // Sent later.
        let mut client = start(&Value::Null, &json!({}));
        place.open(&mut client);
        place.wait_for(&mut client, BOTH);
        client.notify(
            "workspace/didChangeConfiguration",
            &json!({"settings": shape}),
        );
        place.wait_for(&mut client, CHANGED);
        client.finish();

        // Asked for.
        let mut client = start(&Value::Null, &json!({"workspace": {"configuration": true}}));
        let asked = client.reply(CONFIGURATION, &json!([shape]));
        assert_eq!(asked, json!({"items": [{"section": "patchDigest"}]}));
        place.open(&mut client);
        place.wait_for(&mut client, CHANGED);
        client.finish();
    }
    place.write_settings("[lint.rules]\ntable-row = \"off\"\ntitle-differs = \"hint\"\n");
    let mut client = start(&Value::Null, &json!({}));
    place.open(&mut client);
    place.wait_for(&mut client, CHANGED);
    client.finish();
}

#[test]
fn editor_wins_over_the_file_key_by_key() {
    let place = Place::new();
    place.write_settings("[lint.rules]\ntable-row = \"off\"\ntitle-differs = \"error\"\n");
    let mut client = start(
        &json!({"lint": {"rules": {"title-differs": "information"}}}),
        &json!({}),
    );
    place.open(&mut client);
    place.wait_for(&mut client, &[("title-differs", 3)]);
    client.finish();
}

#[test]
fn client_is_asked_again_when_it_says_that_something_changed() {
    let place = Place::new();
    let mut client = start(&Value::Null, &capabilities());
    let registered = client.reply("client/registerCapability", &Value::Null);
    let methods: Vec<_> = registered["registrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|registration| registration["method"].as_str().unwrap())
        .collect();
    assert!(
        methods.contains(&"workspace/didChangeConfiguration"),
        "{registered}"
    );
    assert!(
        methods.contains(&"workspace/didChangeWatchedFiles"),
        "{registered}"
    );
    client.reply(CONFIGURATION, &json!([null]));
    place.open(&mut client);
    place.wait_for(&mut client, BOTH);
    // As VS Code does: the change itself tells nothing.
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": null}),
    );
    client.reply(CONFIGURATION, &json!([{"lint": {"enable": false}}]));
    place.wait_for(&mut client, &[]);
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": null}),
    );
    client.reply(CONFIGURATION, &json!([{"lint": {"enable": null}}]));
    place.wait_for(&mut client, BOTH);
    client.finish();
}

#[test]
fn nothing_is_asked_of_a_client_that_cannot_answer() {
    let mut client = start(&Value::Null, &json!({}));
    client.notify("workspace/didChangeConfiguration", &json!({"settings": {}}));
    let place = Place::new();
    place.open(&mut client);
    place.wait_for(&mut client, BOTH);
    for message in client.unasked() {
        assert!(message.get("id").is_none(), "{message}");
    }
    client.finish();
}

#[test]
fn changed_file_counts_at_once() {
    let place = Place::new();
    let mut client = start(&Value::Null, &json!({}));
    place.open(&mut client);
    place.wait_for(&mut client, BOTH);
    let settings = place.uri.replace("a.txt", ".patch-digest.toml");
    let changed = |client: &mut Client, kind: u8| {
        let changes = json!({"changes": [{"uri": settings, "type": kind}]});
        client.notify("workspace/didChangeWatchedFiles", &changes);
    };
    place.write_settings("[lint.rules]\ntable-row = \"off\"\ntitle-differs = \"hint\"\n");
    changed(&mut client, 1);
    place.wait_for(&mut client, CHANGED);
    fs::remove_file(place.folder.path().join(".patch-digest.toml")).unwrap();
    changed(&mut client, 3);
    place.wait_for(&mut client, BOTH);
    client.finish();
}

#[test]
fn odd_settings_are_told_once_in_the_log_and_the_rest_counts() {
    let place = Place::new();
    place.write_settings("[lint.rules]\ntable-row = \"off\"\ntitle-difers = \"hint\"\n");
    let mut client = start(&json!({"lint": {"profil": "maker"}}), &json!({}));
    place.open(&mut client);
    place.wait_for(&mut client, &BOTH[1..]);
    for version in 2..5 {
        client.change(&place.uri, version, &json!([]));
        client.diagnostics_of_version(&place.uri, version);
    }
    // Those of one more document come behind everything else.
    client.open("untitled:fence", "fence");
    client.diagnostics("untitled:fence");
    let mut told: Vec<_> = client
        .unasked()
        .iter()
        .filter(|message| message["method"] == "window/logMessage")
        .map(|message| message["params"]["message"].as_str().unwrap().to_owned())
        .collect();
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with(".patch-digest.toml:3: `lint.rules`: there is no rule `title-difers`; did you mean `title-differs`?"), "{told:?}");
    assert_eq!(
        told[1],
        "editor settings: there is no setting `lint.profil`; did you mean `lint.profile`?"
    );
    client.finish();
}

#[test]
fn junk_for_settings_changes_nothing() {
    let place = Place::new();
    for junk in [
        json!(5),
        json!([]),
        json!("x"),
        json!([[[]]]),
        json!({"lint": 5}),
    ] {
        let mut client = start(&junk, &capabilities());
        client.reply("client/registerCapability", &junk);
        client.reply(CONFIGURATION, &junk);
        client.notify(
            "workspace/didChangeConfiguration",
            &json!({"settings": junk}),
        );
        client.reply(CONFIGURATION, &json!([junk]));
        place.open(&mut client);
        place.wait_for(&mut client, BOTH);
        client.finish();
    }
}

#[test]
fn hints_are_asked_for_again_by_a_client_that_can_be_told_so() {
    let mut client = Client::start_with(&profiles::everything());
    client.notify("workspace/didChangeConfiguration", &json!({"settings": {}}));
    client.asked("workspace/inlayHint/refresh");
    client.finish();
}

#[test]
fn links_and_hints_are_as_settings_say() {
    let mut everything = profiles::everything();
    // So that settings are what is sent.
    everything["workspace"]["configuration"] = json!(false);
    let uri = "file:///nowhere/series.txt";
    let range = json!({
        "start": {"line": 0, "character": 0},
        "end": {"line": 10_000, "character": 0},
    });
    let hints = |client: &mut Client| {
        let params = json!({"textDocument": {"uri": uri}, "range": range});
        let hints = client.ask("textDocument/inlayHint", &params);
        let hints = hints.as_array().cloned().unwrap_or_default();
        let labels = hints.iter().map(|hint| hint["label"].as_str().unwrap());
        labels.map(str::to_owned).collect::<Vec<_>>()
    };
    // Settings are read away from the message loop; editors are told to ask again.
    let eventually = |client: &mut Client, is_right: fn(&[String]) -> bool| {
        for _ in 0..1_000 {
            let found = hints(client);
            if is_right(&found) {
                return found;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the settings are not followed");
    };
    let targets = |client: &mut Client| {
        let links = client.ask_about("textDocument/documentLink", uri);
        let links = links.as_array().cloned().unwrap_or_default();
        let resolve = |link: &Value| {
            let link = match link.get("target") {
                Some(_) => link.clone(),
                None => client.ask("documentLink/resolve", link),
            };
            link["target"].as_str().unwrap().to_owned()
        };
        links.iter().map(resolve).collect::<Vec<_>>()
    };
    // A title that was cut off, and one in a shortlog.
    let text = corpus::digests().unwrap();
    let (_, text) = text
        .iter()
        .find(|(name, _)| name.contains("fff46e5c7-"))
        .unwrap();
    let ours = "https://archive.example.org/";

    let mut client = start(&Value::Null, &everything);
    client.open(uri, text);
    let all = hints(&mut client);
    assert!(all.iter().any(|label| label.starts_with('⋯')), "{all:?}");
    assert!(all.iter().any(|label| label == "1/2"), "{all:?}");
    let found = targets(&mut client);
    assert!(
        found
            .iter()
            .any(|target| target.starts_with("https://lore.kernel.org/kvm/?q="))
    );
    assert!(!found.iter().any(|target| target.starts_with(ours)));
    let options = json!({
        "links": {"search": format!("{ours}{{list}}?{{query}}")},
        "hints": {"titles": false},
    });
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": options}),
    );
    let rest = eventually(&mut client, |found| {
        !found.iter().any(|label| label.starts_with('⋯'))
    });
    assert!(rest.iter().any(|label| label == "1/2"), "{rest:?}");
    let found = targets(&mut client);
    assert!(
        found
            .iter()
            .any(|target| target.starts_with(&format!("{ours}kvm?"))),
        "{found:?}"
    );
    assert!(
        !found
            .iter()
            .any(|target| target.contains("lore.kernel.org/kvm/?q="))
    );
    let off = json!({"links": {"enable": false}, "hints": {"enable": false}});
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": off}),
    );
    eventually(&mut client, <[String]>::is_empty);
    assert_eq!(targets(&mut client), [""; 0]);
    client.finish();
}
