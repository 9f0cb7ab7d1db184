//! Which texts of an entry are links, and where they lead.

use super::*;

fn digest(title: &str, body: &str) -> Digest {
    let rule = "-".repeat(70);
    Digest::parse(format!(
        "From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n\n\
         ===== Patch Commit Messages ====\n\n\
         New:  {title}\n[PATCH v2] {title}\nAuthor: Ann <ann@e.org>\n\n{body}\n\n{rule}\n\n"
    ))
}

/// Text and target of every link in the body.
#[track_caller]
fn check(body: &str, expected: &[(&str, &str)]) {
    let digest = digest("kvm: x", body);
    let all = links(&digest, 0..digest.text().len(), &LinkOptions::default());
    let found: Vec<_> = all
        .iter()
        .filter(|link| !matches!(link.kind, LinkKind::Search | LinkKind::List))
        .map(|link| (digest.text().slice(link.range.clone()), &*link.target))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(text, target)| (&**text, *target))
        .collect();
    assert_eq!(found, expected, "{body}");
    let ends = all
        .windows(2)
        .all(|two| two[0].range.end <= two[1].range.start);
    assert!(ends, "links overlap: {all:?}");
}

const COMMIT: &str = "https://git.kernel.org/linus/";

#[test]
fn references_lead_where_their_footnote_does() {
    check(
        "As in [1], [2] and [3], not [4].\n\n[1] https://e.org/1\n[2] Title\n    https://e.org/2\nLink: https://e.org/3 [3]",
        &[
            ("[1]", "https://e.org/1"),
            ("[2]", "https://e.org/2"),
            ("[3]", "https://e.org/3"),
            ("https://e.org/1", "https://e.org/1"),
            ("https://e.org/2", "https://e.org/2"),
            ("https://e.org/3", "https://e.org/3"),
            ("[3]", "https://e.org/3"),
        ],
    );
}

#[test]
fn both_parts_of_a_broken_address_lead_to_the_whole() {
    let whole = "https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm.com/";
    check(
        "See [5].\n\n[5] https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm=\n.com/",
        &[
            ("[5]", whole),
            (
                "https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm=",
                whole,
            ),
            (".com/", whole),
        ],
    );
}

#[test]
fn commits_are_links_where_they_are_said_to_be_commits() {
    let target = format!("{COMMIT}d02e48830e3f");
    for body in [
        "Fixes: d02e48830e3f (\"x\")",
        "fixed by commit d02e48830e3f, which",
        "fixed by commit\nd02e48830e3f, which",
        "after d02e48830e3f (\"x\")",
    ] {
        check(body, &[("d02e48830e3f", &target)]);
    }
    check("base-commit: d02e48830e3f\nid d02e48830e3f", &[]);
}

#[test]
fn messages_are_links_and_people_are_not() {
    check(
        "Message-ID: <x@e.org>\nIn <20251219155222.1383109-1-a@e.org>\nCc: Ann <ann@e.org>\nReported-by: syzbot+33a04338019@e.org",
        &[
            ("x@e.org", "https://lore.kernel.org/all/x@e.org/"),
            (
                "20251219155222.1383109-1-a@e.org",
                "https://lore.kernel.org/all/20251219155222.1383109-1-a@e.org/",
            ),
        ],
    );
}

#[test]
fn only_the_web_is_linked() {
    check(
        "git://git.kernel.org/x.git ssh://e.org command:x file:///x https://good@evil.example/",
        &[],
    );
}

#[test]
fn a_subject_is_a_search_for_title_and_poster() {
    let digest = digest("kvm: \"fix\" it", "Body.");
    let all = links(&digest, 0..digest.text().len(), &LinkOptions::default());
    let found: Vec<_> = all
        .iter()
        .map(|link| (digest.text().slice(link.range.clone()), &*link.target))
        .collect();
    assert_eq!(found[0], ("KVM".into(), "https://lore.kernel.org/kvm/"));
    assert_eq!(
        found[1],
        (
            "kvm: \"fix\" it".into(),
            "https://lore.kernel.org/kvm/?q=s%3A%22kvm%3A%20fix%20it%22%20f%3Aann@e.org"
        )
    );
    let by_entry = search_for_entry(&digest, 0, &LinkOptions::default());
    assert_eq!(by_entry.as_deref(), Some(found[1].1));
}

#[test]
fn links_of_a_part_are_those_of_the_whole_there() {
    let digest = digest("kvm: x", "https://e.org/1\n\nhttps://e.org/2");
    let options = LinkOptions::default();
    let all = links(&digest, 0..digest.text().len(), &options);
    for link in &all {
        let part = links(&digest, link.range.clone(), &options);
        assert_eq!(part, std::slice::from_ref(link));
    }
}

#[test]
fn templates_that_do_not_lead_to_the_web_give_no_links() {
    let digest = digest("kvm: x", "Fixes: d02e48830e3f (\"x\")");
    let options = LinkOptions {
        list: "command:{list}".to_owned(),
        search: "javascript:{query}".to_owned(),
        commit: "file:///{commit}".to_owned(),
        ..LinkOptions::default()
    };
    assert_eq!(links(&digest, 0..digest.text().len(), &options), []);
}
