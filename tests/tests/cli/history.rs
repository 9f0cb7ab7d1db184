//! `history`, `since` and `chain` on the real digests.

use patch_digest_tests::temp::TempFolder;
use patch_digest_tests::{corpus, samples};
use serde_json::Value;

use crate::{Run, run_in};

fn run(arguments: &[&str]) -> Run {
    run_in(&corpus::folder(), arguments, b"")
}

fn json(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn chain_shows_order_gaps_and_neighbours() {
    let found = run(&["chain", "."]);
    assert_eq!((found.code, &*found.stderr), (Some(0), ""));
    assert_eq!(
        found.stdout,
        "\
KVM
  29a5df84d..df7682d40  ./kvm-29a5df84d-df7682d40.txt
  gap
  fff46e5c7..a4f0e95a9  ./kvm-fff46e5c7-a4f0e95a9.txt
  gap
  9b1f83906..766e010e8  ./kvm-9b1f83906-766e010e8.txt
  766e010e8..b1e115a09  ./kvm-766e010e8-b1e115a09.txt
"
    );
    let runs = json(&run(&["chain", ".", "--format", "json"]));
    assert_eq!(runs.len(), 3);
    assert_eq!(runs[2]["digests"][1]["from"], "766e010e8");
}

#[test]
fn what_the_index_ignores_is_in_no_chain() {
    let folder = TempFolder::new();
    std::fs::create_dir(folder.path().join("old")).unwrap();
    let text = samples::series();
    folder.write("a.txt", &text);
    folder.write("old/b.txt", text.replace("fff46e5c7", "0f0f0f0f0"));
    folder.write(".patch-digest.toml", "[index]\nignore = [\"old/\"]\n");
    let found = run_in(folder.path(), &["chain", "."], b"");
    assert!(found.stdout.contains("a.txt"), "{found:?}");
    assert!(!found.stdout.contains("b.txt"), "{found:?}");
}

#[test]
fn chain_tells_forks_and_copies() {
    let folder = TempFolder::new();
    let digest = |from: &str, to: &str| {
        let head = samples::HEAD
            .replace("fff46e5c7", from)
            .replace("a4f0e95a9", to);
        head + &samples::entry("PATCH", "kvm: it", "Body.")
    };
    folder.write("a.txt", digest("aaaaaaaaa", "bbbbbbbbb"));
    // Commit ids may be shortened differently.
    folder.write("b.txt", digest("bbbbbbb", "ccccccccc"));
    folder.write("c.txt", digest("bbbbbbbbbbbb", "ddddddddd"));
    folder.write("d.txt", digest("ccccccccc", "eeeeeeeee"));
    folder.write("e.txt", digest("cccccccccc", "eeeeeeee"));
    let found = run_in(folder.path(), &["chain", "."], b"");
    assert_eq!(
        found.stdout,
        "\
KVM
  aaaaaaaaa..bbbbbbbbb  ./a.txt
  bbbbbbb..ccccccccc  ./b.txt
  ccccccccc..eeeeeeeee  ./d.txt
                        ./e.txt (same range)
  fork: follows ./a.txt as well
  bbbbbbbbbbbb..ddddddddd  ./c.txt
"
    );
}

#[test]
fn history_lists_series_and_shows_one() {
    let all = run(&["history", "."]);
    assert_eq!((all.code, &*all.stderr), (Some(0), ""));
    assert!(all.stdout.contains(
        "\nLoongArch: KVM: Add paravirt preempt support\n  v4     ./kvm-fff46e5c7-a4f0e95a9.txt:434 · 2 patches, 8 files +85 −3 · "
    ));
    let one = run(&["history", ".", "paravirt preempt", "--format", "json"]);
    let series = &json(&one)[0];
    assert_eq!(series["versions"][2]["version"], "v2");
    assert_eq!(series["versions"][2]["line"], 351);
    assert_eq!(series["versions"][1]["known_by"], "changelog");
    assert_eq!(series["patches"][2]["in"]["v4"], false);
    let page = run(&["history", ".", "paravirt preempt"]);
    assert!(
        page.stdout
            .starts_with("LoongArch: KVM: Add paravirt preempt support\nBibo Mao · 4 versions")
    );
}

#[test]
fn since_compares_with_the_version_before() {
    let found = run(&["since", ".", "paravirt preempt", "--format", "json"]);
    let since = &json(&found)[0];
    assert_eq!((&since["old"], &since["new"]), (&"v2".into(), &"v4".into()));
    assert_eq!(since["n_files_unchanged"], 5);
    assert_eq!(
        since["patches"][0]["gone"],
        "LoongArch: Add paravirt preempt print prompt"
    );
    let text = run(&["since", ".", "paravirt preempt", "2"]);
    assert!(
        text.stdout
            .starts_with("v4 since v2: LoongArch: KVM: Add paravirt preempt support\n")
    );
}

#[test]
fn what_cannot_be_found_is_told() {
    for (arguments, message) in [
        (
            vec!["history", ".", "zzz"],
            "no series with `zzz` in its title",
        ),
        (
            vec!["history", "missing"],
            "reading missing: no such file or directory",
        ),
        (
            vec!["since", ".", "paravirt preempt", "x"],
            "`x` is no version; expected `v2`, `2` or `RFC v1`",
        ),
        (
            vec!["since", ".", "Generalise RESx handling"],
            "nothing to compare: the digests show v2 alone of this series",
        ),
    ] {
        let found = run(&arguments);
        assert_eq!((found.code, &*found.stdout), (Some(2), ""), "{arguments:?}");
        assert_eq!(found.stderr, format!("patch-digest: {message}\n"));
    }
    let several = run(&["history", ".", "KVM"]);
    assert_eq!(several.code, Some(2));
    assert!(
        several
            .stderr
            .starts_with("patch-digest: `KVM` is in the titles of "),
        "{several:?}"
    );
    let folder = TempFolder::new();
    let empty = run_in(folder.path(), &["chain", "."], b"");
    assert_eq!(
        empty.stderr,
        "patch-digest: no digest found; a digest's first line is `From <commit> to <commit>`\n"
    );
}
