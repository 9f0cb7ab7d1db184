//! Answers that take other digests than the one asked about.

use std::thread;
use std::time::Duration;

use patch_digest_tests::client::Client;
use patch_digest_tests::corpus;
use patch_digest_tests::profiles::Profile;
use patch_digest_tests::samples::{digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::workspace::{
    V2, V2_LINE, V4, V4_LINE, address, corpus_in, indexed, open, params, places, start,
};

const DEFINITION: &str = "textDocument/definition";
const IMPLEMENTATION: &str = "textDocument/implementation";
const REFERENCES: &str = "textDocument/references";

/// A server that knows both digests, with v4 open; and its address.
fn with_both() -> (TempFolder, Client, String) {
    let folder = corpus_in(&[V2, V4]);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 2);
    let uri = open(&mut client, &folder.path().join(V4));
    (folder, client, uri)
}

/// The line (from 0) of a text that starts with something, after a line.
fn line_of(text: &str, start: &str, after: u64) -> u64 {
    let mut lines = (0_u64..).zip(text.lines());
    let found =
        lines.find(|(number, line)| *number > after && line.trim_start().starts_with(start));
    found.map(|(number, _)| number).expect("such a line")
}

#[test]
fn version_in_a_changelog_leads_to_the_digest_that_has_it() {
    let (folder, mut client, uri) = with_both();
    let text = std::fs::read_to_string(folder.path().join(V4)).unwrap();
    let line = line_of(&text, "v1 ... v2", V4_LINE);
    let found = client.ask_at(DEFINITION, &uri, line, 3);
    assert_eq!(places(&found), [(V2.to_owned(), V2_LINE)]);
    // No digest has v3.
    let line = line_of(&text, "v2 ... v3", V4_LINE);
    assert_eq!(client.ask_at(DEFINITION, &uri, line, 3), Value::Null);
    client.finish();
}

#[test]
fn last_entry_ends_where_its_text_does() {
    let old = digest(&[entry("PATCH", "kvm: a thing to do", "Body.")]);
    let new = digest(&[entry("PATCH v2", "kvm: a thing to do", "Body.")]);
    for text in [
        new.clone(),
        format!("{}\nThe end: ü", new.trim_end()),
        new.trim_end().replace('\n', "\r\n"),
    ] {
        let folder = TempFolder::new();
        folder.write("old.txt", &old);
        folder.write("new.txt", &text);
        let mut client = start(&[folder.path().to_owned()]);
        indexed(&mut client, 2);
        let uri = open(&mut client, &folder.path().join("old.txt"));
        let subject = line_of(&old, "[PATCH]", 0);
        let last = text.split('\n').next_back().unwrap();
        let end = json!({"line": text.matches('\n').count(), "character": last.len()});
        let found = client.ask_at(IMPLEMENTATION, &uri, subject, 3);
        assert_eq!(found[0]["targetRange"]["end"], end, "{found} in {text:?}");
        // The same of an open document.
        open(&mut client, &folder.path().join("new.txt"));
        let found = client.ask_at(IMPLEMENTATION, &uri, subject, 3);
        assert_eq!(found[0]["targetRange"]["end"], end, "{found} in {text:?}");
        client.finish();
    }
}

#[test]
fn implementation_is_the_newest_version() {
    let (folder, mut client, _) = with_both();
    let old = open(&mut client, &folder.path().join(V2));
    let found = client.ask_at(IMPLEMENTATION, &old, V2_LINE, 5);
    assert_eq!(places(&found), [(V4.to_owned(), V4_LINE)]);
    assert!(found[0].get("originSelectionRange").is_some(), "{found}");
    client.finish();
}

#[test]
fn what_was_closed_a_moment_ago_is_not_told_of_any_more() {
    let digests = corpus::digests().unwrap();
    let text = |wanted: &str| {
        let found = digests.iter().find(|(name, _)| name == wanted);
        found.map(|(_, text)| text.clone()).unwrap()
    };
    // Neither is on the disk.
    let (old, new) = ("file:///nowhere/old.txt", "file:///nowhere/new.txt");
    let mut client = start(&[]);
    client.open(old, &text(V2));
    for _ in 0..20 {
        client.open(new, &text(V4));
        let found = client.ask_at(IMPLEMENTATION, old, V2_LINE, 5);
        assert_eq!(places(&found), [("new.txt".to_owned(), V4_LINE)]);
        // So that the index has it.
        thread::sleep(Duration::from_millis(30));
        client.close(new);
        let found = client.ask_at(IMPLEMENTATION, old, V2_LINE, 5);
        assert_eq!(places(&found), [("old.txt".to_owned(), V2_LINE)]);
    }
    client.finish();
}

#[test]
fn hover_in_a_large_digest_has_its_history_once_the_index_has_the_last_edit() {
    let digests = corpus::digests().unwrap();
    let text = |wanted: &str| {
        let found = digests.iter().find(|(name, _)| name == wanted);
        found.map(|(_, text)| text.clone()).unwrap()
    };
    let (old, new) = ("file:///nowhere/old.txt", "file:///nowhere/new.txt");
    let large = text(V4).replace(
        "Test case kcbench is used",
        &format!(
            "{}Test case kcbench is used",
            "More of it.\n".repeat(150_000)
        ),
    );
    let mut client = start(&[]);
    client.open(old, &text(V2));
    client.open(new, &large);
    for version in 2..5 {
        let place = json!({"line": V4_LINE + 3, "character": 0});
        let change = json!([{"range": {"start": place, "end": place}, "text": "x"}]);
        client.change(new, version, &change);
        let mut has_history = false;
        for _ in 0..1_000 {
            let hover = client.ask_at("textDocument/hover", new, V4_LINE, 20);
            let text = hover["contents"]["value"].as_str().unwrap();
            assert!(text.contains("2 patches"), "{text}");
            has_history = text.contains("Since v2");
            if has_history {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        assert!(has_history, "after change {version}");
    }
    client.finish();
}

#[test]
fn references_to_a_series_are_its_postings_oldest_first() {
    let (_folder, mut client, uri) = with_both();
    let found = places(&client.ask_at(REFERENCES, &uri, V4_LINE, 20));
    assert_eq!(found.first(), Some(&(V2.to_owned(), V2_LINE)));
    assert!(found.contains(&(V4.to_owned(), V4_LINE)), "{found:?}");
    client.finish();
}

#[test]
fn references_to_a_person_and_a_path_are_all_that_has_to_do_with_them() {
    let (folder, mut client, uri) = with_both();
    let text = std::fs::read_to_string(folder.path().join(V4)).unwrap();
    for start in ["Author: Bibo Mao", "arch/loongarch/kernel/paravirt.c"] {
        let line = line_of(&text, start, V4_LINE);
        let found = places(&client.ask_at(REFERENCES, &uri, line, 10));
        for place in [(V2.to_owned(), V2_LINE), (V4.to_owned(), V4_LINE)] {
            assert!(found.contains(&place), "{start}: {found:?}");
        }
    }
    client.finish();
}

#[test]
fn commit_ids_of_the_header_lead_to_the_neighbours() {
    let (before, after) = ("kvm-9b1f83906-766e010e8.txt", "kvm-766e010e8-b1e115a09.txt");
    let folder = corpus_in(&[before, after, V4]);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 3);
    let older = open(&mut client, &folder.path().join(before));
    let newer = open(&mut client, &folder.path().join(after));
    // `From 9b1f83906 to 766e010e8`
    let found = client.ask_at(DEFINITION, &older, 0, 20);
    assert_eq!(places(&found), [(after.to_owned(), 0)]);
    assert_eq!(client.ask_at(DEFINITION, &older, 0, 7), Value::Null);
    let found = client.ask_at(DEFINITION, &newer, 0, 7);
    assert_eq!(places(&found), [(before.to_owned(), 0)]);
    // And of the title line below it.
    let found = client.ask_at(DEFINITION, &newer, 1, 30);
    assert_eq!(places(&found), [(before.to_owned(), 0)]);
    client.finish();
}

#[test]
fn hover_has_links_to_the_other_versions() {
    let (folder, mut client, uri) = with_both();
    let hover = client.ask_at("textDocument/hover", &uri, V4_LINE, 20);
    let text = hover["contents"]["value"].as_str().unwrap();
    let link = format!("(<{}#L{}>)", address(&folder.path().join(V2)), V2_LINE + 1);
    assert!(text.contains(&link), "{text}");
    assert!(text.contains("Since v2"), "{text}");
    client.finish();
}

#[test]
fn outline_tells_where_another_version_is_and_marks_superseded_ones() {
    let (folder, mut client, uri) = with_both();
    let old = open(&mut client, &folder.path().join(V2));
    for (uri, name, detail, is_old) in [
        (
            &uri,
            "[v4 0/2] LoongArch",
            "v2 in kvm-29a5df84d-df7682d40",
            false,
        ),
        (
            &old,
            "[v2 0/3] LoongArch",
            "v4 in kvm-fff46e5c7-a4f0e95a9",
            true,
        ),
    ] {
        let symbols = client.ask_about("textDocument/documentSymbol", uri);
        let rows = symbols[0]["children"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["name"].as_str().unwrap().starts_with(name));
        let row = row.expect("the series");
        let told = row["detail"].as_str().unwrap();
        assert!(told.ends_with(detail), "{told}");
        assert_eq!(row["tags"] == json!([1]), is_old, "{row}");
    }
    client.finish();
}

#[test]
fn newer_version_is_a_diagnostic_with_its_place_and_comes_and_goes_with_it() {
    let folder = corpus_in(&[V2]);
    let mut client = start(&[folder.path().to_owned()]);
    let uri = open(&mut client, &folder.path().join(V2));
    let is_newer = |diagnostic: &Value| diagnostic["code"] == "newer-version";
    let wait_for = |client: &mut Client, wanted: usize| loop {
        let published = client.diagnostics(&uri);
        let all = published["diagnostics"].as_array().unwrap();
        let newer: Vec<Value> = all.iter().filter(|d| is_newer(d)).cloned().collect();
        if newer.len() == wanted {
            return newer;
        }
    };
    wait_for(&mut client, 0);
    let other = corpus_in(&[V4]);
    let there = open(&mut client, &other.path().join(V4));
    let newer = wait_for(&mut client, 1);
    assert_eq!(newer[0]["severity"], 3);
    assert_eq!(newer[0]["range"]["start"]["line"], V2_LINE);
    assert_eq!(
        newer[0]["message"],
        "v4 of this series is in kvm-fff46e5c7-a4f0e95a9 (2 patches)"
    );
    let location = &newer[0]["relatedInformation"][0]["location"];
    assert_eq!(location["uri"], json!(there));
    assert_eq!(location["range"]["start"]["line"], V4_LINE);
    // It is gone with the file and the document.
    std::fs::remove_file(other.path().join(V4)).unwrap();
    client.close(&there);
    wait_for(&mut client, 0);
    client.finish();
}

#[test]
fn lens_stands_above_series_with_other_versions_and_leads_to_a_page() {
    let (folder, mut client, uri) = with_both();
    let old = open(&mut client, &folder.path().join(V2));
    for (uri, line, title, page) in [
        (
            &uri,
            V4_LINE,
            "re-rolled from v2 in kvm-29a5df84d-df7682d40 · 3→2 patches · since v2",
            "since",
        ),
        (
            &old,
            V2_LINE,
            "newer: v4 in kvm-fff46e5c7-a4f0e95a9",
            "history",
        ),
    ] {
        let lenses = client.ask_about("textDocument/codeLens", uri);
        let lenses = lenses.as_array().unwrap();
        assert_eq!(lenses.len(), 1, "{lenses:?}");
        assert_eq!(lenses[0]["range"]["start"]["line"], line);
        let lens = client.ask("codeLens/resolve", &lenses[0]);
        assert_eq!(lens["command"]["title"], title);
        assert_eq!(lens["command"]["command"], "patchDigest.showPage");
        let page_uri = lens["command"]["arguments"][0].as_str().unwrap();
        assert!(page_uri.contains(&format!("page={page}")), "{page_uri}");
        let shown = client.ask("workspace/textDocumentContent", &json!({"uri": page_uri}));
        let text = shown["text"].as_str().unwrap();
        assert!(
            text.starts_with("# ") && text.contains("v2") && text.contains("v4"),
            "{text}"
        );
    }
    client.finish();
}

#[test]
fn links_to_pages_are_given_to_clients_that_follow_them() {
    let folder = corpus_in(&[V2, V4]);
    for follows in [false, true] {
        let mut params = params(&[folder.path().to_owned()]);
        params["initializationOptions"]["pageLinks"] = json!(follows);
        params["initializationOptions"]["hoverLinks"] = json!(follows);
        let mut client = Client::spawn();
        client.initialize(&params);
        indexed(&mut client, 2);
        let uri = open(&mut client, &folder.path().join(V4));
        let hover = client.ask(
            "textDocument/hover",
            &json!({"textDocument": {"uri": uri}, "position": {"line": V4_LINE, "character": 3}}),
        );
        let hover = hover["contents"]["value"].as_str().unwrap();
        let (_, rest) = hover.split_once("Since v2").unwrap();
        assert_eq!(rest.starts_with("](<patch-digest:///"), follows, "{hover}");
        assert!(hover.contains("](<file:///"), "{hover}");

        let lenses = client.ask_about("textDocument/codeLens", &uri);
        let lens = client.ask("codeLens/resolve", &lenses[0]);
        let page = &lens["command"]["arguments"][0];
        let shown = client.ask("workspace/textDocumentContent", &json!({"uri": page}));
        let text = shown["text"].as_str().unwrap();
        let link = format!("{V2}#L{}>)", V2_LINE + 1);
        assert_eq!(text.contains(&link), follows, "{text}");
        client.finish();
    }
}

#[test]
fn page_is_found_by_a_place_and_again_by_its_address_in_any_spelling() {
    let (folder, mut client, uri) = with_both();
    let place = json!({
        "textDocument": {"uri": uri},
        "position": {"line": V4_LINE, "character": 0},
    });
    for (page, version, part) in [
        ("history", Value::Null, "paravirt.c"),
        ("since", json!("v2"), "paravirt.c"),
        (
            "new",
            Value::Null,
            "LoongArch: KVM: Add paravirt preempt support",
        ),
    ] {
        let mut params = place.clone();
        params["page"] = json!(page);
        if version.is_string() {
            params["version"] = version;
        }
        let found = client.ask("patchDigest/page", &params);
        let text = found["text"].as_str().unwrap();
        assert!(text.contains(part), "{page}: {text}");
        let address = found["uri"].as_str().unwrap();
        assert!(address.starts_with("patch-digest:///"), "{address}");
        assert!(
            text.contains(&crate::workspace::address(&folder.path().join(V2))),
            "{text}"
        );
        // VS Code encodes the query once more when it sends an address back.
        let (path, query) = address.split_once('?').unwrap();
        let encoded = query
            .replace('%', "%25")
            .replace('=', "%3D")
            .replace('&', "%26");
        for spelling in [
            address.to_owned(),
            format!("{path}?{}", encoded.replace("%25", "%")),
        ] {
            let again = client.ask("patchDigest/page", &json!({"uri": spelling}));
            assert_eq!(again["text"], text, "{spelling}");
        }
    }
    // On prose before any entry there is no series.
    let mut params = place;
    params["page"] = json!("history");
    params["position"] = json!({"line": 2, "character": 0});
    assert_eq!(client.ask("patchDigest/page", &params), Value::Null);
    assert_eq!(client.ask_in_vain("patchDigest/page", &json!({})), -32602);
    client.finish();
}

#[test]
fn workspace_symbols_are_series_patches_and_people() {
    let (_folder, mut client, _) = with_both();
    let found = client.ask("workspace/symbol", &json!({"query": "paravirt preempt"}));
    let names: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| symbol["name"].as_str().unwrap())
        .collect();
    assert!(
        names[0].contains("LoongArch: KVM: Add paravirt preempt support"),
        "{names:?}"
    );
    assert!(
        names.iter().any(|name| name.contains("in hypervisor side")),
        "{names:?}"
    );
    let found = client.ask("workspace/symbol", &json!({"query": "Bibo"}));
    let person = found
        .as_array()
        .unwrap()
        .iter()
        .find(|symbol| symbol["kind"] == 19);
    assert!(person.is_some_and(|person| person["name"].as_str().unwrap().starts_with("Bibo Mao")));
    let found = client.ask("workspace/symbol", &json!({"query": "zzzzqqqq"}));
    assert_eq!(found, json!([]));
    client.finish();
}

#[test]
fn symbol_of_a_patch_that_only_a_shortlog_names_leads_to_its_line() {
    let folder = corpus_in(&[V4]);
    let mut client = start(&[folder.path().to_owned()]);
    indexed(&mut client, 1);
    let symbol = |client: &mut Client, query: &str| {
        let found = client.ask("workspace/symbol", &json!({"query": query}));
        found[0]["location"].clone()
    };
    let uri = address(&folder.path().join(V4));
    let text = std::fs::read_to_string(folder.path().join(V4)).unwrap();
    client.open(&uri, &text);
    let outline = client.ask_about("textDocument/documentSymbol", &uri);
    // Where the titles of those stand that have no entry: indented, in a shortlog.
    let mut rows = vec![&outline];
    let mut listed = Vec::new();
    while let Some(row) = rows.pop() {
        rows.extend(row.as_array().into_iter().flatten());
        rows.extend(row["children"].as_array().into_iter().flatten());
        let range = &row["selectionRange"];
        let line = usize::try_from(range["start"]["line"].as_u64().unwrap_or(0)).unwrap();
        let line = text.lines().nth(line).unwrap();
        let is_patch = row["name"].as_str().is_some_and(|name| name.contains('/'));
        if let Some(title) = line.strip_prefix("  ").filter(|_| is_patch) {
            listed.push((title.to_owned(), range.clone()));
        }
    }
    assert!(listed.len() > 5, "{outline}");
    listed.truncate(8);
    let check = |client: &mut Client| {
        for (title, range) in &listed {
            assert_eq!(symbol(client, title)["range"], *range, "{title}");
        }
    };
    check(&mut client);
    client.close(&uri);
    // Of a file that is not open it is read.
    check(&mut client);
    client.finish();
}

#[test]
fn code_actions_open_pages_about_a_series_and_about_the_digest() {
    let (_folder, mut client, uri) = with_both();
    let actions = |client: &mut Client, line: u64, context: Value| {
        let place = json!({"line": line, "character": 0});
        let params = json!({
            "textDocument": {"uri": uri},
            "range": {"start": place, "end": place},
            "context": context,
        });
        let found = client.ask("textDocument/codeAction", &params);
        let pages = found.as_array().unwrap().iter();
        pages
            .filter(|action| action["kind"] == "page")
            .map(|action| {
                let command = &action["command"];
                assert_eq!(command["command"], "patchDigest.showPage");
                let address = command["arguments"][0].as_str().unwrap().to_owned();
                (action["title"].as_str().unwrap().to_owned(), address)
            })
            .collect::<Vec<_>>()
    };
    // In a patch of the series, below its title.
    let found = actions(&mut client, V4_LINE + 110, json!({"diagnostics": []}));
    let titles: Vec<_> = found.iter().map(|(title, _)| &**title).collect();
    assert_eq!(
        titles,
        [
            "Show what changed since v2",
            "Show the history of this series"
        ]
    );
    for (address, text) in [(&found[0].1, "paravirt.c"), (&found[1].1, "v3")] {
        let page = client.ask("patchDigest/page", &json!({"uri": address}));
        assert!(page["text"].as_str().unwrap().contains(text), "{page}");
    }
    // A series without another version has a history of one, and nothing before it.
    let only = actions(&mut client, 400, json!({"diagnostics": []}));
    assert_eq!(only.len(), 1, "{only:?}");
    let digest = actions(&mut client, 1, json!({"diagnostics": []}));
    assert_eq!(digest[0].0, "Show what is new in this digest");
    // Not by themselves: there would be a light at every line.
    let by_itself = json!({"diagnostics": [], "triggerKind": 2});
    assert_eq!(actions(&mut client, V4_LINE, by_itself), []);
    client.finish();
}

#[test]
fn lenses_and_pages_are_offered_to_clients_that_can_take_them_only() {
    let mut client = Client::spawn();
    let result = client.initialize(&params(&[]));
    let capabilities = &result["capabilities"];
    assert_eq!(
        capabilities["codeLensProvider"],
        json!({"resolveProvider": true})
    );
    assert_eq!(
        capabilities["workspace"]["textDocumentContent"],
        json!({"schemes": ["patch-digest"]})
    );
    client.finish();

    let mut client = Client::spawn();
    let capabilities = Profile::Bare.capabilities();
    let result = client.initialize(&json!({"processId": null, "capabilities": capabilities}));
    let capabilities = &result["capabilities"];
    assert_eq!(capabilities.get("codeLensProvider"), None);
    assert_eq!(capabilities["workspace"].get("textDocumentContent"), None);
    let uri = "file:///a.txt";
    client.open(uri, "From 1234567 to 89abcde\n");
    let params = json!({"textDocument": {"uri": uri}});
    assert_eq!(client.ask_in_vain("textDocument/codeLens", &params), -32601);
    client.finish();
}
