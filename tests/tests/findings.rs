//! What the rules find in the real digests, as text to read. After a wanted change:
//! `UPDATE_EXPECT=1 cargo test -p patch-digest-tests --test findings`, and read the difference.

use std::fmt::Write as _;

use expect_test::{expect, expect_file};
use patch_digest_core::lints::{self, CheckOptions, Profile, Rule, Severity};
use patch_digest_core::text::Encoding;
use patch_digest_core::{Digest, fixes};
use patch_digest_tests::corpus;
use patch_digest_tests::samples::{digest, entry};

/// The one-based line of an offset.
fn line(digest: &Digest, offset: usize) -> usize {
    digest.text().position_of(offset, Encoding::Utf8).0 + 1
}

/// Everything that makers are told, and patch authors who ask for it.
#[test]
fn findings() {
    let options = CheckOptions {
        review: true,
        ..CheckOptions::new(Profile::Maker)
    };
    for (name, text) in corpus::digests().unwrap() {
        let stem = name.trim_end_matches(".txt");
        let path = format!("{}/golden/{stem}.findings.txt", env!("CARGO_MANIFEST_DIR"));
        let digest = &Digest::parse(&text);
        let mut text = String::new();
        for problem in lints::check_with(digest, &options) {
            let (number, column) = digest
                .text()
                .position_of(problem.range.start, Encoding::Utf32);
            let _ = writeln!(
                text,
                "{}:{} {}[{}] {}",
                number + 1,
                column + 1,
                problem.severity.name(),
                problem.rule.code,
                problem.message
            );
            for (range, message) in &problem.related {
                let _ = writeln!(text, "    {message}: {}", line(digest, range.start));
            }
            for fix in fixes::of(&problem) {
                let kind = if fix.certain { "certain" } else { "to choose" };
                let _ = writeln!(text, "    {kind}: {}", fix.title);
            }
            if let Some(copy) = fixes::copy_of(&problem) {
                let _ = writeln!(text, "    copy {}: {}", copy.what.name(), copy.text);
            }
        }
        expect_file![path].assert_eq(&text);
    }
}

/// What readers are told, and nothing else: few findings that change what they do next.
#[test]
fn readers_see_exactly_this() {
    let mut found = String::new();
    for (name, text) in corpus::digests().unwrap() {
        let digest = Digest::parse(&text);
        for problem in lints::check(&digest) {
            let line = line(&digest, problem.range.start);
            let (severity, code) = (problem.severity.name(), problem.rule.code);
            let _ = writeln!(
                found,
                "{name}:{line} {severity}[{code}] {}",
                problem.message
            );
        }
    }
    expect![[r#"
        kvm-766e010e8-b1e115a09.txt:37 information[series-cut] Only the cover letter arrived in this window (1 of 4 mails, table line 28); patches 1-3 are in a neighbouring digest
        kvm-766e010e8-b1e115a09.txt:391 hint[cut-title] Title cut at a folded header. In full: "KVM: SVM: Initialize AVIC VMCB fields if AVIC is enabled with in-kernel APIC" (lines 440-441)
        kvm-766e010e8-b1e115a09.txt:981 hint[cut-title] Title cut at a folded header. In full: "KVM: guest_memfd: Introduce per-gmem attributes, use to guard user mappings" (lines 926-927)
        kvm-9b1f83906-766e010e8.txt:190 information[cover-skipped] Cover letter of this 4-patch series was skipped: its title is contained in patch 1's. Changelog and patches 2-4 unknown here
        kvm-9b1f83906-766e010e8.txt:191 hint[cut-title] Title cut at a folded header. In full: "x86/x2apic: disable x2apic on resume if the kernel expects so" (line 252)
        kvm-fff46e5c7-a4f0e95a9.txt:28 hint[cut-title] Title cut at a folded header. In full: "KVM: selftests: arm64: Report set_id_reg reads of test registers as tests" (line 76)
        kvm-fff46e5c7-a4f0e95a9.txt:86 hint[cut-title] Title cut at a folded header. In full: "Sync kernel UAPI headers with v6.19-rc1 with WIP KVM GICv5 PPI support" (line 168)
        kvm-fff46e5c7-a4f0e95a9.txt:209 hint[cut-title] Title cut at a folded header. In full: "KVM: arm64: Account for RES1 bits in DECLARE_FEAT_MAP() and co" (line 302)
        kvm-fff46e5c7-a4f0e95a9.txt:394 hint[wrong-charset] "Carlos L贸pez" is "Carlos López": UTF-8 read as GBK, spelt right at line 17. Also at 406, 421, 426
    "#]]
    .assert_eq(&found);
}

/// What was found is kept with the blocks, for whatever is asked for next.
#[test]
fn what_is_found_does_not_depend_on_what_was_asked_for_before() {
    let all = CheckOptions {
        review: true,
        ..CheckOptions::new(Profile::Maker)
    };
    let reader = CheckOptions::new(Profile::Reader);
    let mut differ = 0;
    for (_, text) in corpus::digests().unwrap() {
        let expected = lints::check_with(&Digest::parse(&text), &all);
        let few = lints::check_with(&Digest::parse(&text), &reader);
        differ += usize::from(few.len() < expected.len());
        let digest = Digest::parse(&text);
        for _ in 0..2 {
            assert_eq!(lints::check_with(&digest, &reader), few);
            assert_eq!(lints::check_with(&digest, &all), expected);
        }
        for rule in lints::RULES {
            let expected = expected.iter().filter(|found| found.rule.code == rule.code);
            let mut only = all.clone();
            for other in lints::RULES.iter().filter(|other| other.code != rule.code) {
                only.set(other, None);
            }
            let found = lints::check_with(&digest, &only);
            assert!(found.iter().eq(expected), "{}", rule.code);
        }
    }
    assert!(differ >= 1, "no digest has something for makers alone");
}

#[test]
fn what_review_finds_is_kept_when_others_are_asked_for() {
    let only = |rules: [&'static Rule; 1]| {
        let mut options = CheckOptions::new(Profile::Maker);
        for rule in lints::RULES {
            options.set(rule, rules.contains(rule).then_some(Severity::Hint));
        }
        options
    };
    let body = "Some words.\n\nReviewd-by: Ann Orn <ann@b.c>\nSigned-off-by: Ann Orn <ann@b.c>\n---\n \
                a.c | 2 ++\n 1 file changed, 3 insertions(+)";
    let text = digest(&[entry("PATCH", "x: y", body)]);
    let (sum, review) = (only([lints::DIFFSTAT_SUM]), only([lints::MISSPELT_TRAILER]));
    let digest = Digest::parse(text);
    for options in [&review, &sum, &review, &sum, &sum, &review] {
        assert_eq!(lints::check_with(&digest, options).len(), 1, "{options:?}");
    }
}

#[test]
fn a_digest_looked_at_from_its_end_is_checked_as_any_other() {
    for (name, text) in corpus::digests().unwrap() {
        let (digest, other) = (Digest::parse(&text), Digest::parse(&text));
        assert!(lints::is_unchecked(&digest), "{name}");
        lints::look_from_end(&digest);
        assert!(!lints::is_unchecked(&digest), "{name}");
        assert_eq!(lints::check(&digest), lints::check(&other), "{name}");
    }
}

#[test]
fn a_shortlog_group_that_lost_its_titles_is_counted() {
    let titles = "\
Ann Örn (2):
  kvm: one
  kvm: two

Bob (1):
  kvm: three

Carl (1):
  kvm: four
";
    let cover = |shortlog: &str| {
        let text = digest(&[entry("PATCH 0/4", "kvm: all", shortlog)]);
        let told = lints::check_with(&Digest::parse(&text), &CheckOptions::new(Profile::Maker));
        let told = told
            .into_iter()
            .filter(|problem| problem.rule.code.starts_with("shortlog-"));
        let told = told.map(|problem| (problem.message.clone(), fixes::of(&problem).len()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(cover(titles), []);
    // The counts add up to what the subject says, so they are not to be changed.
    assert_eq!(
        cover(&titles.replace("  kvm: three\n", "")),
        [(
            "the shortlog counts 1 patch of Bob, 0 stand below".to_owned(),
            0
        )]
    );
    assert_eq!(
        cover(&titles.replace("Bob (1)", "Bob (2)")),
        [(
            "the shortlog counts 2 patches of Bob, 1 stands below".to_owned(),
            1
        )]
    );
}

#[test]
fn two_digests_in_one_file_are_told_where_the_second_begins() {
    let one = digest(&[entry("PATCH", "kvm: one", "Body.")]);
    let other = digest(&[entry("PATCH", "kvm: two", "Body.")]);
    let text = format!("{one}{other}");
    let both = Digest::parse(&text);
    let told: Vec<_> = lints::check(&both)
        .into_iter()
        .map(|problem| (problem.rule.code, line(&both, problem.range.start)))
        .collect();
    let second = one.lines().count() + 1;
    let headings = (second..).zip(other.lines());
    let headings = headings.filter(|(_, line)| line.starts_with("Top ") || line.starts_with('='));
    let mut expected = vec![("stray-text", second)];
    expected.extend(headings.map(|(line, _)| ("heading-order", line)));
    assert_eq!(told, expected);
    assert_eq!(both.model().entries.len(), 2);
}
