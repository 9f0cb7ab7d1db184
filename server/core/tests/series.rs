//! Which entries and shortlog lines are one posting: small digests in, series out.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use patch_digest_core::Digest;
use patch_digest_core::features::names::series_name;

/// One entry per paragraph of `entries`: its subject, `| poster`, then the lines of its body;
/// lines that begin with `Exist:` or ` Skip:` are log lines.
fn digest(entries: &str) -> Digest {
    let mut text = String::from(
        "From aaaaaaaaa to bbbbbbbbb\nT mailing list update from aaaaaaaaa to bbbbbbbbb\n\n\
         ===== Patch Commit Messages ====\n\n",
    );
    for paragraph in entries
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        let mut lines = paragraph.trim_start_matches('\n').lines();
        let Some(head) = lines.next() else { continue };
        if head.starts_with("Exist:") {
            let _ = writeln!(text, "{head}");
            lines.for_each(|line| {
                let _ = writeln!(text, "{line}");
            });
            continue;
        }
        let (subject, poster) = head.split_once(" | ").unwrap_or((head, "A <a@x.org>"));
        let title = subject.rsplit("] ").next().unwrap_or_default();
        let _ = write!(text, "New:  {title}\n{subject}\nAuthor: {poster}\n\n");
        let body: Vec<&str> = lines.map(|line| line.trim_start_matches("| ")).collect();
        let _ = write!(text, "{}\n\n{}\n\n", body.join("\n"), "-".repeat(70));
    }
    Digest::parse(&text)
}

fn check(entries: &str, expected: &Expect) {
    let digest = digest(entries);
    let model = digest.model();
    let mut text = String::new();
    for series in &model.series {
        let cover = match (series.cover, series.skipped_cover) {
            (Some(cover), _) => format!("cover {cover}"),
            (None, Some(_)) => "cover skipped".to_owned(),
            (None, None) => "no cover".to_owned(),
        };
        let _ = writeln!(
            text,
            "{} · {cover} · entries {:?}",
            series_name(model, series),
            series.entries
        );
        for patch in &series.patches {
            let number = patch
                .number
                .map_or("-".to_owned(), |number| number.to_string());
            let entry = patch
                .entry()
                .map(|entry| format!(" @{entry}"))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "  {number} {}{entry}",
                series.title_of(patch, &model.entries)
            );
        }
    }
    for (idx, mail) in model
        .entries
        .iter()
        .enumerate()
        .filter(|(_, mail)| mail.series().is_none())
    {
        let kind = if mail.facts.is_reply {
            "reply"
        } else {
            "single"
        };
        let _ = writeln!(text, "{kind} {idx} {}", mail.title);
    }
    expected.assert_eq(&text);
}

#[test]
fn patch_one_stands_before_its_cover_letter() {
    check(
        "
[PATCH v2 1/2] x: one

[PATCH v2 0/2] x: both
A (2):
  x: one
  x: two
",
        &expect![[r#"
            [v2 0/2] x: both · cover 1 · entries [0, 1]
              1 x: one @0
              2 x: two
        "#]],
    );
}

#[test]
fn tags_of_cover_and_patch_may_differ() {
    check(
        "
[PATCH 01/10] Sync headers with a version of the kernel that is
A wrote it

[PATCH kvmtool 00/10] arm64: Support it
A (10):
  Sync headers with a version of the kernel that is new
  two
",
        &expect![[r#"
            [kvmtool 00/10] arm64: Support it · cover 1 · entries [0, 1]
              1 Sync headers with a version of the kernel that is new @0
              2 two
        "#]],
    );
}

#[test]
fn a_cover_letter_may_count_wrongly() {
    check(
        "
[PATCH 1/6] y: the first of them

[PATCH 0/5] y: all
A (5):
  y: the first of them
  y: another
",
        &expect![[r#"
            [0/5] y: all · cover 1 · entries [0, 1]
              1 y: the first of them @0
              2 y: another
        "#]],
    );
}

#[test]
fn two_versions_in_one_digest_stay_apart() {
    check(
        "
[PATCH v2 1/2] z: first patch

[PATCH v2 0/2] z: Do it well
A (2):
  z: first patch
  z: second patch

[PATCH 1/2] z: first patch

[PATCH 0/2] z: Do it
A (2):
  z: first patch
  z: second patch
",
        &expect![[r#"
            [v2 0/2] z: Do it well · cover 1 · entries [0, 1]
              1 z: first patch @0
              2 z: second patch
            [0/2] z: Do it · cover 3 · entries [2, 3]
              1 z: first patch @2
              2 z: second patch
        "#]],
    );
}

#[test]
fn two_series_of_one_poster_and_size_stay_apart() {
    check(
        "
[PATCH 1/2] net: one

[PATCH 0/2] net: both
A (2):
  net: one
  net: two

[PATCH 1/2] mm: one

[PATCH 0/2] mm: both
A (2):
  mm: one
  mm: two
",
        &expect![[r#"
            [0/2] net: both · cover 1 · entries [0, 1]
              1 net: one @0
              2 net: two
            [0/2] mm: both · cover 3 · entries [2, 3]
              1 mm: one @2
              2 mm: two
        "#]],
    );
}

#[test]
fn series_of_two_posters_under_one_title_stay_apart() {
    check(
        "
[PATCH 1/2] fix: part of A | A <a@x.org>

[PATCH 0/2] Small fixes | A <a@x.org>
A (2):
  fix: part of A
  fix: rest of A

[PATCH 1/2] fix: part of B | B <b@x.org>

[PATCH 0/2] Small fixes | B <b@x.org>
B (2):
  fix: part of B
  fix: rest of B
",
        &expect![[r#"
            [0/2] Small fixes · cover 1 · entries [0, 1]
              1 fix: part of A @0
              2 fix: rest of A
            [0/2] Small fixes · cover 3 · entries [2, 3]
              1 fix: part of B @2
              2 fix: rest of B
        "#]],
    );
}

#[test]
fn numbers_across_writers_are_known_only_where_one_writer_is_left() {
    check(
        "
[PATCH 1/3] a: by another hand

[PATCH 0/3] a: all
A (2):
  a: two
  a: three

B (1):
  a: by another hand

[PATCH 0/3] b: all
A (2):
  b: x
  b: y

B (1):
  b: z
",
        &expect![[r#"
            [0/3] a: all · cover 1 · entries [0, 1]
              1 a: by another hand @0
              2 a: two
              3 a: three
            [0/3] b: all · cover 3 · entries [3]
              1 b: x
              2 b: y
            single 2 B (1):
            single 4 B (1):
        "#]],
    );
}

#[test]
fn a_skipped_cover_letter_names_the_series() {
    check(
        "
[PATCH v4 1/4] RISC-V: KVM: Support runtime configuration

Exist: [PATCH v4 1/4] RISC-V: KVM: Support runtime configuration
 Skip: [PATCH v4 0/4] Support runtime configuration
",
        &expect![[r#"
            [v4 0/4] Support runtime configuration · cover skipped · entries [0]
              1 RISC-V: KVM: Support runtime configuration @0
        "#]],
    );
}

#[test]
fn an_older_posting_that_was_skipped_is_not_the_cover_letter() {
    check(
        "
[PATCH v6 1/4] stats: Separate common ones

Exist: [PATCH v6 1/4] stats: Separate common ones
 Skip: [PATCH v5 0/4] Separate common ones
",
        &expect![[r#"
            [v6 0/4] stats: Separate common ones · no cover · entries [0]
              1 stats: Separate common ones @0
        "#]],
    );
}

#[test]
fn a_reply_under_the_covers_subject_is_no_cover_letter() {
    check(
        "
[PATCH v6 0/7] Add a driver | J <j@x.org>
> > May I ask
> whether it works?
>
> It does.
Thanks

Exist: [PATCH v6 0/7] Add a driver
 Skip: [PATCH v6 0/7] Add a driver

[PATCH v6 1/7] driver: one | J <j@x.org>
",
        &expect![[r#"
            [v6 0/7] Add a driver · cover skipped · entries [1]
              1 driver: one @1
            reply 0 Add a driver
        "#]],
    );
}

#[test]
fn patches_without_cover_letter_belong_together() {
    check(
        "
[PATCH 2/2] q: second

[PATCH 1/2] q: first

[PATCH 1/2] r: first
",
        &expect![[r#"
            [0/2] q: first · no cover · entries [0, 1]
              1 q: first @1
              2 q: second @0
            [0/2] r: first · no cover · entries [2]
              1 r: first @2
        "#]],
    );
}

#[test]
fn a_pull_request_may_be_a_series() {
    check(
        "
[PULL 1/2] q: first

[PULL 0/2] pull it
A (2):
  q: first
  q: second

[GIT PULL] please pull
",
        &expect![[r#"
            [PULL 0/2] pull it · cover 1 · entries [0, 1]
              1 q: first @0
              2 q: second
            single 2 please pull
        "#]],
    );
}

#[test]
fn far_apart_is_together_all_the_same() {
    let mut entries = String::from("\n[PATCH v3 1/9] far: the first patch\n\n");
    for idx in 0..40 {
        let _ = write!(entries, "[PATCH] single {idx} | B{idx} <b{idx}@x.org>\n\n");
    }
    entries.push_str("[PATCH v3 0/9] far: cover\nA (9):\n  far: the first patch\n");
    let digest = digest(&entries);
    assert_eq!(digest.model().series.len(), 1);
    assert_eq!(digest.model().series[0].entries, [0, 41]);
}
