//! `patch-digest outline`: the tree and the JSON.

use patch_digest_tests::corpus;
use patch_digest_tests::samples::{self, digest, entry};
use patch_digest_tests::temp::TempFolder;
use serde_json::{Value, json};

use crate::{run_in, run_on};

/// Runs `outline` on the real digests.
fn outline_corpus(arguments: &[&str]) -> String {
    let names: Vec<_> = corpus::digests()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let names = names.iter().map(|name| &**name);
    let arguments: Vec<_> = ["outline"]
        .iter()
        .chain(arguments)
        .copied()
        .chain(names)
        .collect();
    let run = run_in(&corpus::folder(), &arguments, b"");
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    run.stdout
}

#[test]
fn tree_has_series_with_their_patches_and_lines() {
    let run = run_on(samples::series(), &["outline", "a.txt"]);
    assert_eq!(
        run.stdout,
        "\
KVM fff46e5c7..a4f0e95a9  (3 mails · 1 series) :2
  [v2 0/2] kvm: ö both  (Ann Örn · 2 files +2 −1) :31
    1/2 kvm: 😀 first :18
    2/2 kvm: ö second :41
"
    );
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
}

#[test]
fn each_real_digest_has_its_tree() {
    let tree = outline_corpus(&[]);
    let roots: Vec<_> = tree.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(roots.len(), corpus::digests().unwrap().len(), "{roots:?}");
    for root in roots {
        assert!(root.starts_with("KVM ") && root.ends_with(" :2"), "{root}");
    }
}

#[test]
fn json_is_one_object_per_file_and_line_in_the_order_given() {
    let json = outline_corpus(&["--format", "json"]);
    let digests = corpus::digests().unwrap();
    assert_eq!(json.lines().count(), digests.len());
    for (line, (name, text)) in json.lines().zip(digests) {
        let outline: Value = serde_json::from_str(line).unwrap();
        assert_eq!(outline["file"], name);
        let entries = outline["entries"].as_array().unwrap();
        let lines: Vec<_> = text.lines().collect();
        for entry in entries {
            let at = |key: &str| lines[usize::try_from(entry[key].as_u64().unwrap()).unwrap() - 1];
            let title = entry["title_shown"].as_str().unwrap();
            assert_eq!(at("line"), format!("New:  {title}"));
            assert_eq!(at("last_line"), "-".repeat(70));
            assert_ne!(at("body_last_line"), "");
        }
        for log in outline["log"].as_array().unwrap() {
            let line = usize::try_from(log["line"].as_u64().unwrap()).unwrap();
            assert_eq!(
                lines[line - 1],
                format!("Exist: {}", log["exist"].as_str().unwrap())
            );
            let exists = usize::try_from(log["exist_entry"].as_u64().unwrap()).unwrap();
            assert!(
                log["exist"]
                    .as_str()
                    .unwrap()
                    .ends_with(entries[exists]["title_shown"].as_str().unwrap())
            );
        }
        for (number, series) in outline["series"].as_array().unwrap().iter().enumerate() {
            for entry in series["entries"].as_array().unwrap() {
                let entry = usize::try_from(entry.as_u64().unwrap()).unwrap();
                assert_eq!(entries[entry]["series"], number);
            }
        }
    }
}

#[test]
fn json_of_the_sample_is_this() {
    let run = run_on(samples::series(), &["outline", "--format", "json", "a.txt"]);
    let ann = json!({"name": "Ann Örn", "email": "ann@example.org"});
    let expected = json!({
        "file": "a.txt", "list": "KVM", "from": "fff46e5c7", "to": "a4f0e95a9",
        "domains": [["example.org", 3]],
        "contributors": [["Ann Örn <ann@example.org>", 3]],
        "entries": [
            {
                "line": 17, "last_line": 28, "kind": "patch",
                "title": "kvm: 😀 first", "title_shown": "kvm: 😀 first",
                "tag": "PATCH v2 1/2", "version": "2", "number": 1, "total": 2,
                "author": ann, "written_by": null,
                "body_first_line": 21, "body_last_line": 26,
                "diffstat": {"files": 1, "insertions": 1, "deletions": 1},
                "shortlog": [], "changelog": [], "series": 0,
            },
            {
                "line": 30, "last_line": 49, "kind": "cover",
                "title": "kvm: ö both", "title_shown": "kvm: ö both",
                "tag": "PATCH v2 0/2", "version": "2", "number": 0, "total": 2,
                "author": ann, "written_by": null,
                "body_first_line": 34, "body_last_line": 47,
                "diffstat": {"files": 2, "insertions": 2, "deletions": 1},
                "shortlog": [
                    {"author": "Ann Örn", "count": 2, "titles": ["kvm: 😀 first", "kvm: ö second"]},
                ],
                "changelog": [{"version": "2", "line": 36, "link": null}],
                "series": 0,
            },
        ],
        "log": [],
        "series": [{
            "title": "kvm: ö both", "version": "2", "total": 2, "author": "Ann Örn",
            "cover": 1, "entries": [0, 1],
            "patches": [
                {"number": 1, "title": "kvm: 😀 first", "author": "Ann Örn", "entry": 0, "line": 40},
                {"number": 2, "title": "kvm: ö second", "author": "Ann Örn", "entry": null, "line": 41},
            ],
        }],
    });
    assert_eq!(
        serde_json::from_str::<Value>(&run.stdout).unwrap(),
        expected
    );
}

#[test]
fn shortlog_of_a_hundred_thousand_patches_is_read_once() {
    const N_PATCHES: usize = 100_000;
    let titles: String = (1..=N_PATCHES)
        .map(|number| format!("  kvm: patch {number}\n"))
        .collect();
    let body = format!("Ann Örn ({N_PATCHES}):\n{titles}");
    let text = digest(&[entry(&format!("PATCH 0/{N_PATCHES}"), "kvm: all", &body)]);
    let run = run_on(text, &["outline", "--format", "json", "a.txt"]);
    let outline: Value = serde_json::from_str(&run.stdout).unwrap();
    let patches = outline["series"][0]["patches"].as_array().unwrap();
    let places: Vec<_> = patches
        .iter()
        .map(|patch| (patch["number"].as_u64(), patch["line"].as_u64()))
        .collect();
    let first_line = 22;
    let expected: Vec<_> = (0..N_PATCHES as u64)
        .map(|number| (Some(number + 1), Some(first_line + number)))
        .collect();
    assert_eq!(places, expected);
}

#[test]
fn json_of_a_damaged_digest_has_null_for_what_is_not_known() {
    let text = digest(&[entry("PATCH", "x", "Body.")])
        .replace(
            "[PATCH] x\nAuthor: Ann Örn <ann@example.org>\n",
            "Author: nobody\n",
        )
        .replace(&"-".repeat(70), "");
    let text = text.split_once("mailing list").unwrap().1;
    let text = format!("{text}Exist: [PATCH] y\n");
    let run = run_on(text, &["outline", "--format", "json", "a.txt"]);
    assert_eq!(run.code, Some(0));
    let outline: Value = serde_json::from_str(&run.stdout).unwrap();
    for key in ["list", "from", "to"] {
        assert_eq!(outline[key], Value::Null, "{key}");
    }
    let entry = &outline["entries"][0];
    for key in [
        "last_line",
        "tag",
        "version",
        "number",
        "total",
        "author",
        "diffstat",
        "series",
    ] {
        assert_eq!(entry[key], Value::Null, "{key}");
        assert!(entry.get(key).is_some(), "{key}");
    }
}

#[test]
fn standard_input_is_outlined_too() {
    let folder = TempFolder::new();
    let text = samples::series();
    let run = run_in(folder.path(), &["outline", "-"], text.as_bytes());
    assert_eq!(run.stdout, run_on(&text, &["outline", "a.txt"]).stdout);
    let run = run_in(
        folder.path(),
        &["outline", "--format", "json", "-"],
        text.as_bytes(),
    );
    assert!(run.stdout.starts_with("{\"file\":\"<stdin>\","), "{run:?}");
}

#[test]
fn file_that_is_no_digest_has_no_outline() {
    let run = run_on("Some notes.\n", &["outline", "a.txt"]);
    assert_eq!((run.code, &*run.stdout), (Some(0), "a.txt: no digest\n"));
    let run = run_on("Some notes.\n", &["outline", "--format", "json", "a.txt"]);
    let outline: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(outline["entries"], json!([]));
}
