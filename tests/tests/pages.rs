//! What users see of histories: pages, hovers, lenses, notes in outlines and messages.

use std::fmt::Write as _;

use expect_test::{Expect, expect, expect_file};
use patch_digest_core::Digest;
use patch_digest_core::features::page::{Page, Target};
use patch_digest_core::features::pages::{self, Document, Sources};
use patch_digest_core::features::versions::Around;
use patch_digest_core::workspace::{Contribution, Label, Place, Workspace};
use patch_digest_tests::{corpus, samples};

struct Folder {
    workspace: Workspace,
    digests: Vec<(String, Digest)>,
}

impl Folder {
    fn new(texts: Vec<(String, String)>) -> Self {
        let mut workspace = Workspace::default();
        let mut digests = Vec::new();
        for (name, text) in texts {
            let digest = Digest::parse(&text);
            workspace.set(&name, Contribution::of(&digest));
            digests.push((name, digest));
        }
        Self { workspace, digests }
    }

    fn corpus() -> Self {
        Self::new(corpus::digests().unwrap())
    }

    fn digest(&self, key: &str) -> Option<Digest> {
        let mut digests = self.digests.iter();
        digests
            .find(|(name, _)| name == key)
            .map(|(_, digest)| digest.clone())
    }

    /// Calls `ask` with what pages are made from.
    fn ask<T>(&self, ask: impl Fn(Sources<'_>) -> T) -> T {
        ask(Sources {
            workspace: &self.workspace,
            digest: &|key| self.digest(key),
            name: &name,
        })
    }

    /// The entry with a subject.
    fn find(&self, subject: &str) -> (&str, usize) {
        let mut found = self.digests.iter().flat_map(|(name, digest)| {
            let entries = digest.model().entries.iter().enumerate();
            entries.filter_map(|(idx, mail)| {
                let is_it = mail.facts.subject.as_deref()?.contains(subject);
                is_it.then_some((name.as_str(), idx))
            })
        });
        found.next().unwrap()
    }
}

fn name(place: &Place) -> String {
    place.key.trim_start_matches("kvm-")[..9].to_owned()
}

fn address(target: &Target) -> Option<String> {
    Some(match target {
        Target::Entry(place) => format!("{}#{}", place.key, place.entry),
        Target::History(place) => format!("history:{}#{}", place.key, place.entry),
        Target::Since { place, old, .. } => format!("since:{}#{}?{old}", place.key, place.entry),
        Target::News(key) => format!("news:{key}"),
    })
}

fn check_golden(what: &str, document: &Document) {
    for (ending, text) in [
        ("md", document.markdown(&address)),
        ("txt", document.plain()),
    ] {
        let path = format!("{}/golden/{what}.{ending}", env!("CARGO_MANIFEST_DIR"));
        expect_file![path].assert_eq(&text);
    }
}

#[test]
fn the_history_page_of_a_series_in_two_digests() {
    let folder = Folder::corpus();
    let (key, entry) = folder.find("[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt");
    let page = folder
        .ask(|sources| pages::history(sources, key, entry))
        .unwrap();
    check_golden("page-history", &page);
}

#[test]
fn the_since_page_goes_from_the_version_shown_before() {
    let folder = Folder::corpus();
    let (key, entry) = folder.find("[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt");
    let page = folder
        .ask(|sources| pages::since(sources, key, entry, None, None))
        .unwrap();
    check_golden("page-since", &page);
    // The same from the older version, which has nothing before it.
    let (old_key, old_entry) = folder.find("[PATCH v2 0/3] LoongArch: KVM: Add paravirt preempt");
    let v2 = Label::parse("v2");
    for old in [v2, None] {
        let same = folder
            .ask(|sources| pages::since(sources, old_key, old_entry, old, None))
            .unwrap();
        assert_eq!(same.plain(), page.plain());
    }
    for (old, new) in [(Label::parse("v1"), None), (None, v2), (v2, v2)] {
        let page = folder.ask(|sources| pages::since(sources, old_key, old_entry, old, new));
        assert_eq!(page.map(|page| page.plain()), None, "{old:?} {new:?}");
    }
}

#[test]
fn the_news_page_tells_re_rolls_from_what_is_new() {
    let folder = Folder::corpus();
    let mut text = String::new();
    for (key, digest) in &folder.digests {
        let page = folder
            .ask(|sources| pages::news(sources, key, digest))
            .unwrap();
        let _ = writeln!(text, "{}", page.plain());
    }
    let path = format!("{}/golden/pages-news.txt", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&text);
}

/// Whatever is said at the entries of some digests.
fn check(folder: &Folder, expected: &Expect) {
    let mut text = String::new();
    for (key, digest) in &folder.digests {
        let around = Around {
            workspace: &folder.workspace,
            key,
            name: &name,
        };
        for (entry, mail) in digest.model().entries.iter().enumerate() {
            let mut said = Vec::new();
            said.extend(
                around.lens(entry).map(|lens| {
                    format!("lens: {} -> {}", lens.text, address(&lens.target).unwrap())
                }),
            );
            said.extend(around.newer(entry).map(|newer| newer.message));
            said.extend(around.outline_note(entry).map(|note| {
                let old = if note.superseded { ", superseded" } else { "" };
                format!("outline: {}{old}", note.text)
            }));
            said.extend(around.patch_since(entry));
            if !said.is_empty() {
                let mut page = Page::default();
                around.push_versions(&mut page, entry);
                said.extend(page.markdown_with(&address).lines().map(str::to_owned));
                let _ = writeln!(text, "{}", mail.facts.subject.as_deref().unwrap());
            }
            for line in said {
                let _ = writeln!(text, "    {}", line.trim_end());
            }
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn lens_hover_outline_and_message_say_something_where_there_is_something_new() {
    check(
        &Folder::corpus(),
        &expect![[r#"
            [PATCH v2 0/3] LoongArch: KVM: Add paravirt preempt support
                lens: newer: v4 in fff46e5c7 -> kvm-fff46e5c7-a4f0e95a9.txt#8
                v4 of this series is in fff46e5c7 (2 patches)
                outline: v4 in fff46e5c7, superseded
                **v4** · [fff46e5c7](<kvm-fff46e5c7-a4f0e95a9.txt#8>) · 2 patches, 8 files +85 −3 · Base on the latest version 6.19.0-rc1, and solve some confliction issues; Move definition…
                **v3** · not in these digests · Remove CONFIG_SMP checking in header file asm/qspinlock.h, since this file is included on…
                **v2** · here · Rename feature KVM_FEATURE_PREEMPT_HINT with KVM_FEATURE_PREEMPT, remove HINT in feature…
                **v1** · not in these digests
            [PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support
                lens: re-rolled from v2 in 29a5df84d · 3→2 patches · since v2 -> since:kvm-fff46e5c7-a4f0e95a9.txt#8?v2
                outline: v2 in 29a5df84d
                **v4** · here · Base on the latest version 6.19.0-rc1, and solve some confliction issues; Move definition…
                **v3** · not in these digests · Remove CONFIG_SMP checking in header file asm/qspinlock.h, since this file is included on…
                **v2** · [29a5df84d](<kvm-29a5df84d-df7682d40.txt#6>) · 3 patches, 8 files +91 −4 · Rename feature KVM_FEATURE_PREEMPT_HINT with KVM_FEATURE_PREEMPT, remove HINT in feature…
                **v1** · not in these digests
                [Since v2](<since:kvm-fff46e5c7-a4f0e95a9.txt#8?v2>): paravirt.c 24→21, qspinlock.h 5→3, vm.c 5→3, five files unchanged; gone: "Add paravirt preempt print prompt"
            [PATCH v4 1/2] LoongArch: KVM: Add paravirt preempt feature in hypervisor side
                There since v2
                **v4** · here · Base on the latest version 6.19.0-rc1, and solve some confliction issues; Move definition…
                **v3** · not in these digests · Remove CONFIG_SMP checking in header file asm/qspinlock.h, since this file is included on…
                **v2** · [29a5df84d](<kvm-29a5df84d-df7682d40.txt#6>) · 3 patches, 8 files +91 −4 · Rename feature KVM_FEATURE_PREEMPT_HINT with KVM_FEATURE_PREEMPT, remove HINT in feature…
                **v1** · not in these digests
                [Since v2](<since:kvm-fff46e5c7-a4f0e95a9.txt#8?v2>): paravirt.c 24→21, qspinlock.h 5→3, vm.c 5→3, five files unchanged; gone: "Add paravirt preempt print prompt"
        "#]],
    );
}

#[test]
fn names_of_strangers_make_no_markup() {
    let evil = "kvm: [x](command:y) | `z` <b>";
    let cover = "V2:\n- a | [x](y)\n- <b>\n\nAnn Örn (2):\n  kvm: | a [x](y)\n  kvm: second\n\n a|b.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)";
    let one = samples::digest(&[samples::entry("PATCH v1 0/2", evil, cover)]);
    let two = samples::digest(&[samples::entry("PATCH v2 0/2", evil, cover)]);
    let two = two
        .replace("fff46e5c7", "a4f0e95a9")
        .replace("to a4f0e95a9", "to bbbbbbbbb");
    let folder = Folder::new(vec![
        ("kvm-one-12345678".into(), one),
        ("kvm-two-12345678".into(), two),
    ]);
    let page = folder
        .ask(|sources| pages::history(sources, "kvm-two-12345678", 0))
        .unwrap();
    let text = page.markdown(&|_| None);
    let outside: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("    "))
        .collect();
    let outside = outside.join("\n");
    assert!(
        !outside.contains("[x](") && !outside.contains("<b>"),
        "{outside}"
    );
    for row in outside.lines().filter(|line| line.starts_with('|')) {
        let n_bars = row.replace("\\|", "").matches('|').count();
        assert!([4, 5, 6].contains(&n_bars), "{row}");
    }
}
