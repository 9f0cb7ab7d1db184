//! Which postings are one work, and what changed from version to version.

use std::fmt::Write as _;

use expect_test::expect_file;
use patch_digest_core::Digest;
use patch_digest_core::workspace::history::Role;
use patch_digest_core::workspace::since::PatchChange;
use patch_digest_core::workspace::{Contribution, History, Workspace};
use patch_digest_tests::{corpus, samples};

fn workspace() -> Workspace {
    let mut workspace = Workspace::default();
    for (name, text) in corpus::digests().unwrap() {
        workspace.set(&name, Contribution::of(&Digest::parse(&text)));
    }
    workspace
}

fn add_history(text: &mut String, workspace: &Workspace, history: &History) {
    let _ = writeln!(text, "{}", history.title());
    for (idx, version) in history.versions.iter().enumerate() {
        let _ = write!(text, "  {}", version.label);
        for posting in &version.postings {
            let role = match posting.role {
                Role::Lead => "",
                Role::Part => "part ",
                Role::Repeat => "repeat ",
            };
            let _ = write!(text, " {role}{}#{}", posting.place.key, posting.place.entry);
        }
        if let Some(by) = version.known_by {
            let _ = write!(text, " not shown, {by:?}");
        }
        if let Some(n_patches) = version.n_patches {
            let _ = write!(text, " {n_patches} patches");
        }
        if let Some(changes) = version.changes {
            let _ = write!(
                text,
                " {} files +{} -{}",
                changes.files, changes.insertions, changes.deletions
            );
        }
        if let Some(day) = version.day {
            let _ = write!(text, " {day}");
        }
        let _ = writeln!(text);
        if !version.gist.is_empty() {
            let _ = writeln!(text, "    {}", version.gist);
        }
        if let Some(url) = &version.url {
            let _ = writeln!(text, "    {url}");
        }
        let since = history
            .shown_before(idx)
            .and_then(|old| workspace.since(history, old, idx));
        let Some(since) = since else { continue };
        let _ = writeln!(
            text,
            "    since {}, {} files unchanged",
            since.old, since.n_files_same
        );
        for file in &since.files {
            let _ = writeln!(text, "      {} {:?} {:?}", file.path, file.old, file.new);
        }
        for patch in &since.patches {
            let _ = match patch {
                PatchChange::New(title) => writeln!(text, "      new: {title}"),
                PatchChange::Gone(title) => writeln!(text, "      gone: {title}"),
                PatchChange::Renamed { old, new } => writeln!(text, "      {old} -> {new}"),
            };
        }
    }
}

#[test]
fn histories_of_the_real_digests() {
    let workspace = workspace();
    let mut text = String::new();
    for work in workspace.works() {
        let place = &work[0];
        let history = workspace.history(&place.key, place.entry).unwrap();
        if history.versions.len() > 1 || history.versions[0].postings.len() > 1 {
            add_history(&mut text, &workspace, &history);
        }
    }
    let path = format!("{}/golden/histories.txt", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&text);
}

/// A digest with the range `from..to` and entries of Ann Örn, each a tag, a title and a body.
fn digest(from: &str, to: &str, entries: &[(&str, &str, &str)]) -> String {
    let entries = entries
        .iter()
        .map(|(tag, title, body)| samples::entry(tag, title, body));
    let text = samples::digest(&entries.collect::<Vec<_>>());
    text.replace("fff46e5c7", from).replace("a4f0e95a9", to)
}

/// The versions of the series of the first entry of the last digest: labels with the number of
/// postings, newest first.
fn versions(texts: &[String]) -> Vec<String> {
    let mut workspace = Workspace::default();
    for (idx, text) in texts.iter().enumerate() {
        let contribution = Contribution::of(&Digest::parse(text));
        workspace.set(&format!("{idx}"), contribution);
    }
    let last = format!("{}", texts.len() - 1);
    let history = workspace.history(&last, 0).unwrap();
    let versions = history.versions.iter();
    versions
        .map(|version| format!("{} {}", version.label, version.postings.len()))
        .collect()
}

const A: &str = "aaaaaaaaa";
const B: &str = "bbbbbbbbb";
const C: &str = "ccccccccc";

fn cover(patches: &[&str], file: &str) -> String {
    let titles: String = patches.iter().map(|title| format!("  {title}\n")).collect();
    format!(
        "Text.\n\nAnn Örn ({}):\n{titles}\n {file} | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)",
        patches.len()
    )
}

#[test]
fn a_series_whose_title_changes_is_followed_by_its_patches() {
    let old = cover(&["kvm: one", "kvm: two", "kvm: three"], "a.c");
    let new = cover(&["kvm: one", "kvm: two", "kvm: four"], "b.c");
    let old = digest(A, B, &[("PATCH 0/3", "kvm: before", &old)]);
    let new = digest(B, C, &[("PATCH v2 0/3", "kvm: afterwards", &new)]);
    assert_eq!(versions(&[old, new]), ["v2 1", "v1 1"]);
}

#[test]
fn one_patch_in_common_joins_nothing() {
    let old = cover(&["kvm: needed first", "kvm: two"], "a.c");
    let new = cover(&["kvm: needed first", "kvm: three"], "b.c");
    let old = digest(A, B, &[("PATCH 0/2", "kvm: before", &old)]);
    let new = digest(B, C, &[("PATCH v2 0/2", "kvm: afterwards", &new)]);
    assert_eq!(versions(&[old, new]), ["v2 1"]);
}

#[test]
fn a_title_alone_joins_nothing() {
    let one = cover(&["kvm: one", "kvm: two"], "a.c");
    let other = cover(&["net: one", "net: two"], "b.c");
    let old = digest(A, B, &[("PATCH 0/2", "Fix it", &one)]);
    let new = digest(B, C, &[("PATCH v2 0/2", "Fix it", &other)]);
    // Other patches and other files: another work of the same person.
    assert_eq!(versions(&[old.clone(), new]), ["v2 1"]);
    // The same patches and files of somebody else.
    let new = digest(B, C, &[("PATCH v2 0/2", "Fix it", &one)]);
    let new = new.replace("Ann Örn", "Bob Ash").replace("ann@", "bob@");
    assert_eq!(versions(&[old, new]), ["v2 1"]);
}

#[test]
fn what_is_sent_again_is_no_version_and_an_rfc_is_no_v1() {
    let text = cover(&["kvm: one", "kvm: two"], "a.c");
    let title = "kvm: both";
    let rfc = digest(A, B, &[("RFC PATCH 0/2", title, &text)]);
    let first = digest(B, C, &[("PATCH 0/2", title, &text)]);
    let again = digest(C, "ddddddddd", &[("PATCH RESEND 0/2", title, &text)]);
    assert_eq!(versions(&[rfc, first, again]), ["v1 2", "RFC 1"]);
}

#[test]
fn a_cover_letter_and_its_patches_in_the_next_digest_are_one_posting() {
    let patches = ["kvm: one", "kvm: two"];
    let rest = digest(A, B, &[("PATCH v2 1/2", "kvm: one", "Text.")]);
    let letter = digest(
        B,
        C,
        &[("PATCH v2 0/2", "kvm: both", &cover(&patches, "a.c"))],
    );
    assert_eq!(versions(&[rest.clone(), letter]), ["v2 2"]);
    // Without shortlog, only what stands next to each other is taken together.
    let letter = digest(B, C, &[("PATCH v2 0/2", "kvm: both", "Text.")]);
    assert_eq!(versions(&[rest.clone(), letter]), ["v2 2"]);
    let letter = digest(C, "ddddddddd", &[("PATCH v2 0/2", "kvm: both", "Text.")]);
    assert_eq!(versions(&[rest, letter]), ["v2 1"]);
}

#[test]
fn names_of_changes_join_what_has_nothing_else_in_common() {
    let link = |hash: &str| {
        format!(
            "Changes in v3:\n- All.\n- Link to v2: https://lore.kernel.org/r/20251114-kvm-new-name-v2-0-{hash}@k.org\n"
        )
    };
    let old = digest(
        A,
        B,
        &[(
            "PATCH v2 0/2",
            "kvm: before",
            "change-id: 20251101-kvm-new-name-123456abcdef",
        )],
    );
    let new = digest(
        B,
        C,
        &[("PATCH v3 0/9", "net: afterwards", &link("672f214f41bf"))],
    );
    assert_eq!(versions(&[old, new]), ["v3 1", "v2 1"]);
}

#[test]
fn people_are_found_by_any_of_their_names_and_files_by_the_end_of_their_paths() {
    let mut workspace = Workspace::default();
    let one = digest(
        A,
        B,
        &[(
            "PATCH",
            "kvm: one",
            " .../kvm/a.c | 2 ++\n 1 file changed, 2 insertions(+)",
        )],
    );
    let two = digest(
        B,
        C,
        &[(
            "PATCH",
            "kvm: two",
            " arch/x86/kvm/a.c | 2 ++\n 1 file changed, 2 insertions(+)",
        )],
    );
    let two = two.replace("ann@example.org", "ann@work.example");
    for (key, text) in [("1", one), ("2", two)] {
        workspace.set(key, Contribution::of(&Digest::parse(&text)));
    }
    for who in ["Ann Orn", "ann@example.org", "Örn, Ann <x@y.z>"] {
        let person = workspace.person(who).unwrap();
        assert_eq!(
            person.emails,
            ["ann@example.org", "ann@work.example"],
            "{who}"
        );
        assert_eq!(person.postings.len(), 2, "{who}");
    }
    assert_eq!(workspace.person("Bob Ash"), None);
    for (path, n_places) in [
        ("arch/x86/kvm/a.c", 2),
        (".../x86/kvm/a.c", 2),
        ("arch/arm64/kvm/a.c", 1),
        ("arch/x86/b.c", 0),
    ] {
        assert_eq!(workspace.touching(path).len(), n_places, "{path}");
    }
}

#[test]
fn a_search_finds_series_patches_and_people() {
    let workspace = workspace();
    let first = |query: &str| {
        let found = workspace.search(query, 10);
        found.hits.first().map(|hit| hit.text.clone())
    };
    let preempt = "LoongArch: KVM: Add paravirt preempt support";
    assert_eq!(first("paravirt preempt").as_deref(), Some(preempt));
    assert_eq!(first("Carlos Lopez").as_deref(), Some("Carlos López"));
    assert_eq!(first("zzzzzz"), None);
    let many = workspace.search("kvm", 5);
    assert_eq!((many.hits.len(), many.more), (5, true));
}

#[test]
fn a_search_shows_the_newest_version_even_where_no_chain_tells_of_it() {
    let mut workspace = Workspace::default();
    for (name, text) in corpus::digests().unwrap() {
        // The two with v2 and v4; between them a digest is missing.
        if name.contains("29a5df84d-") || name.contains("fff46e5c7-") {
            workspace.set(&name, Contribution::of(&Digest::parse(&text)));
        }
    }
    assert_eq!(workspace.len(), 2);
    let found = workspace.search("LoongArch paravirt preempt support", 10);
    let shown: Vec<_> = found.hits.iter().map(|hit| &*hit.detail).collect();
    assert_eq!(shown.first(), Some(&"v4 0/2"));
    assert!(!shown.contains(&"v2 0/3"), "{shown:?}");

    // A text about the same commits that has less, and comes first by its name.
    let header = digest("fff46e5c7", "a4f0e95a9", &[]);
    workspace.set("a", Contribution::of(&Digest::parse(&header)));
    assert_eq!(
        workspace.search("LoongArch paravirt preempt support", 10),
        found
    );
}
