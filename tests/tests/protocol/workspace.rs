//! A server with folders: helpers of the tests of the index and of what it answers.

use std::fs;
use std::path::{Path, PathBuf};

use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

/// The digest with v4 of the series about paravirt preempt.
pub(crate) const V4: &str = "kvm-fff46e5c7-a4f0e95a9.txt";
/// The digest with its v2.
pub(crate) const V2: &str = "kvm-29a5df84d-df7682d40.txt";
/// Zero-based line of the cover letter's subject in each.
pub(crate) const V4_LINE: u64 = 433;
pub(crate) const V2_LINE: u64 = 350;

/// The address of a file, as this client spells it.
pub(crate) fn address(path: &Path) -> String {
    format!("file://{}", path.to_str().expect("a path that is text"))
}

/// A folder with copies of real digests.
pub(crate) fn corpus_in(names: &[&str]) -> TempFolder {
    let folder = TempFolder::new();
    for (name, text) in corpus::digests().expect("the corpus") {
        if names.contains(&&*name) {
            folder.write(&name, text);
        }
    }
    folder
}

/// What a client says that takes everything and shows how much is indexed.
pub(crate) fn params(folders: &[PathBuf]) -> Value {
    let mut capabilities = Profile::Rich.capabilities();
    capabilities["textDocument"]["implementation"] = json!({"linkSupport": true});
    capabilities["textDocument"]["codeLens"] = json!({});
    capabilities["workspace"]["symbol"] = json!({"tagSupport": {"valueSet": [1]}});
    capabilities["workspace"]["textDocumentContent"] = json!({});
    let folders: Vec<Value> = folders
        .iter()
        .map(|folder| json!({"uri": address(folder), "name": "folder"}))
        .collect();
    json!({
        "processId": null,
        "capabilities": capabilities,
        "workspaceFolders": folders,
        "initializationOptions": {"commands": ["patchDigest.showPage"], "status": true},
    })
}

/// A server for these folders, whose index has come to rest for the first time.
pub(crate) fn start(folders: &[PathBuf]) -> Client {
    let mut client = Client::spawn();
    client.initialize(&params(folders));
    client
}

/// Waits until so many digests are indexed.
#[track_caller]
pub(crate) fn indexed(client: &mut Client, n_digests: u64) -> Value {
    loop {
        let status = client.notification("patchDigest/status");
        if status["digests"] == n_digests {
            return status;
        }
    }
}

/// Opens a file as it is on the disk.
pub(crate) fn open(client: &mut Client, path: &Path) -> String {
    let uri = address(path);
    client.open(&uri, &fs::read_to_string(path).expect("a digest"));
    uri
}

/// File name and line of each place in an answer.
pub(crate) fn places(answer: &Value) -> Vec<(String, u64)> {
    let place = |value: &Value| {
        let uri = value.get("targetUri").or_else(|| value.get("uri"));
        let range = value
            .get("targetSelectionRange")
            .or_else(|| value.get("range"));
        let uri = uri.and_then(Value::as_str).expect("an address");
        let name = uri.rsplit('/').next().unwrap_or_default();
        let line = range.and_then(|range| range["start"]["line"].as_u64());
        (name.to_owned(), line.expect("a line"))
    };
    answer
        .as_array()
        .map_or_else(Vec::new, |all| all.iter().map(place).collect())
}
