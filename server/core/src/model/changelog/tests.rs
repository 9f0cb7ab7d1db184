//! Which versions a mail names, what changed in each, and where they were posted.

use super::*;
use expect_test::{Expect, expect};

/// One line per version: where it is named, its heading and items, and where it was posted.
fn show(version: &str, mail: &str) -> String {
    let lines: Vec<&str> = mail.lines().collect();
    let mut shown = String::new();
    for mention in version_mentions(mail, Some(version).filter(|label| !label.is_empty())) {
        shown.push_str(&format!("{} line {}", mention.label(), mention.line));
        if let Some(heading) = mention.heading {
            let gist = first_items(&lines, &mention);
            shown.push_str(&format!(
                ", heading {heading}, items {:?}: {gist}",
                mention.items
            ));
        }
        if let Some(link) = &mention.link {
            let text = lines[link.line].get(link.range.clone()).unwrap_or("?");
            shown.push_str(&format!(", link line {}: {}", link.line, link.url));
            if text != link.url {
                shown.push_str(&format!(" written {text} on {} lines", link.n_lines));
            }
        }
        shown.push('\n');
    }
    shown
}

fn check(version: &str, mail: &str, expected: &Expect) {
    expected.assert_eq(&show(version, mail));
}

/// Cases `version | line => versions`, with a list below the line: `*` marks the one that
/// the line heads, `@` those with a link.
fn check_lines(cases: &str) {
    for case in cases.lines().filter(|case| !case.trim().is_empty()) {
        let (input, expected) = case.rsplit_once(" =>").unwrap_or((case, ""));
        let (version, line) = input.split_once('|').unwrap_or(("", input));
        let mail = format!("{}\n- item", line.trim());
        let mentions = version_mentions(
            &mail,
            Some(version.trim()).filter(|label| !label.is_empty()),
        );
        let show = |mention: &VersionMention| {
            let mark = |is: bool, mark| if is { mark } else { "" };
            let link = mark(mention.link.is_some(), "@");
            format!(
                "{}{}{link}",
                mention.label(),
                mark(mention.heading.is_some(), "*")
            )
        };
        let shown: Vec<String> = mentions.iter().map(show).collect();
        assert_eq!(shown.join(", "), expected.trim(), "{case}");
    }
}

#[test]
fn headings_of_what_is_in_a_version() {
    check_lines(
        "
        3 | Changes in v3:               => v3*
        3 | Changes in V3                => v3*
        3 | Changes for v3:              => v3*
        3 | Changes in version 3:        => v3*
        3 | Changes in v3 RESEND:        => v3*
        3 | Changes in v3 (since v2):    => v3*
        3 | Changes in this version:     => v3*
        3 | ## Changes in v3             => v3*
        3 | **Changes in v3**:           => v3*
        3 | Changes (v3):                => v3*
        3 | Changelog v3:                => v3*
        3 | Change log for v3:           => v3*
        3 | What's new in v3:            => v3*
        3 | v3 changes:                  => v3*
        3 | Version 3:                   => v3*
        3 | In v3:                       => v3*
        3 | v3                           => v3*
        4 | [v4]                         => v4*
        4 | [PATCH v4]:                  => v4*
        3 | v3 (Ville):                  => v3*
        3 | V3: text on the line         => v3*
        3 | v3 - text on the line        => v3*
        3 | v3 [Ville]: text             => v3*
        9 | v9a:                         => v9a*
        6 | Changes in v5.5:             => v5.5*
          | Changes in RFC v2:           => RFC v2*
        ",
    );
}

#[test]
fn headings_of_what_came_after_a_version() {
    check_lines(
        "
        9  | Changes from V8:                     => v9*, v8
        11 | Changelog since v10:                 => v11*, v10
        4  | Changes since v2:                    => v4*, v2
        3  | Changes since v2 [1]                 => v3*, v2
        3  | Changes since v2, asked for by Bob:  => v3*, v2
        3  | Changes compared to v2:              => v3*, v2
        3  | Differences from v2:                 => v3*, v2
        3  | Since v2:                            => v3*, v2
        2  | * From v1 [1]                        => v2*, v1
        3  | Changes since the last version:      => v3*, v2
        3  | Changes since previous posting:      => v3*, v2
        2  | Changes since the first version:     => v2*, v1
        2  | The noteworthy changes since V1 of this series are: => v2*, v1
           | Changes since RFC:                   => v1*, RFC
        3  | Changes since RFC v2:                => v3*, RFC v2
        2  | Changes since v2:                    => v3*, v2
        2  | Changes since v1: https://lore.kernel.org/r/x => v2*, v1@
        ",
    );
}

#[test]
fn headings_of_steps() {
    check_lines(
        "
        4 | v3 -> v4:               => v4*, v3
        2 | v1-->v2:                => v2*, v1
        4 | v3 ... v4:              => v4*, v3
        6 | * v5 -> v6              => v6*, v5
        2 | changes v1->v2:         => v2*, v1
        2 | Changelog: v1 → v2      => v2*, v1
        2 | Changelog (v1 => v2):   => v2*, v1
        3 | Changes from v2 to v3:  => v3*, v2
        3 | Changes between v2 and v3: => v3*, v2
        3 | v2..v3: rebased         => v3*, v2
        3 | PATCH v2 -> PATCH v3:   => v3*, v2
          | RFC -> v1:              => v1*, RFC
        3 | RFC v2 -> v3            => v3*, RFC v2
        ",
    );
}

#[test]
fn labels_of_addresses() {
    check_lines(
        "
        3 | - Link to v2: https://patch.msgid.link/x        => v2@
        3 | Link to v2: https://example.org/mail/x          => v2@
        5 | Link: https://lore.kernel.org/r/x [v3]          => v3*@
        5 | https://lore.kernel.org/r/x (v3)                => v3*@
        2 | v1: https://lore.kernel.org/r/x                 => v1*@
        2 | V1: <https://lore.kernel.org/r/x>               => v1*@
        5 | v4 - https://lore.kernel.org/r/x                => v4*@
        5 | [1] v4: https://lore.kernel.org/r/x             => v4*@
        5 | [v4] https://lore.kernel.org/r/x                => v4*@
          | RFC: https://lore.kernel.org/r/x                => RFC*@
        3 | v1 (RFC): https://lore.kernel.org/r/x           => RFC v1*@
        3 | Previous version: https://lore.kernel.org/r/x   => v2@
        3 | The first version is at https://lore.kernel.org/r/x => v1@
        3 | Version 2 was posted here: https://lore.kernel.org/r/x => v2@
        3 | comments from v2 (https://lore.kernel.org/r/x)  => v2@
        3 | v2: https://github.com/name/linux               => v2*
        ",
    );
}

#[test]
fn what_only_looks_like_a_version() {
    check_lines(
        "
        3 | v6.19-rc1                            =>
        3 | v6.18:                               =>
        3 | Changes since v6.18:                 =>
        3 | based on linux v5.4                  =>
        3 | v2 of this series does something     =>
        3 | In v2 the code did something else    =>
        3 | the changes in v3 are small          =>
        3 | I will send v4: soon                 =>
        3 | v4: cgroup                           =>
        3 | v1: 123 ops/s                        =>
          | v2: cgroup                           =>
        3 | v2-next:                             =>
        3 | v4l: fix                             =>
        3 | v3d: fix                             =>
        3 | v2/foo.c: fix                        =>
        3 | KVM: arm64: gic-v2: Fix              =>
        3 | > v2: quoted                         =>
        3 | cgroup v2 (https://lore.kernel.org/r/x)         =>
        3 | on v2 of the foo series https://lore.kernel.org/r/x =>
        3 | the previous version: https://github.com/name/linux =>
        3 | [1] https://lore.kernel.org/r/x      =>
        ",
    );
}

#[test]
fn a_lone_label_needs_a_list() {
    for mail in [
        "v3",
        "v3\nand prose",
        "Changes in v3",
        "Changes in v3\n\nprose",
        "[v3]\nprose",
    ] {
        assert_eq!(show("3", mail), "", "{mail}");
    }
    // In a first version `v1:` and `v2:` may be anything.
    assert_eq!(show("", "v2:\nprose"), "");
}

#[test]
fn changes_in_with_links() {
    check(
        "3",
        "\
---
Changes in v3:
- Rebase onto v6.19-rc1.
- Link to v2: https://patch.msgid.link/20251114-set-id-regs-v2-0-672f214f41bf@kernel.org

Changes in v2:
- Add a fix for spurious failures with 64 bit only guests.
- Link to v1: https://patch.msgid.link/20251030-set-id-regs-v1-0-96fe0d2b178e@kernel.org

---
Mark Brown (4):
",
        &expect![[r#"
                v3 line 1, heading 1, items 2..4: Rebase onto v6.19-rc1
                v2 line 3, heading 5, items 6..8: Add a fix for spurious failures with 64 bit only guests, link line 3: https://patch.msgid.link/20251114-set-id-regs-v2-0-672f214f41bf@kernel.org
                v1 line 7, link line 7: https://patch.msgid.link/20251030-set-id-regs-v1-0-96fe0d2b178e@kernel.org
            "#]],
    );
}

#[test]
fn steps_between_versions() {
    check(
        "4",
        "\
---
v3 ... v4:
  1. Base on the latest version 6.19.0-rc1, and solve some confliction
 issues.
  2. Move definition and usage about variable virt_preempt_key outside of
 CONFIG_SMP.

v2 ... v3:
  1. Remove CONFIG_SMP checking in header file asm/qspinlock.h, since
 this file is included only if CONFIG_SMP is defined.

v1 ... v2:
  1. Rename feature KVM_FEATURE_PREEMPT_HINT with KVM_FEATURE_PREEMPT,
 remove HINT in feature name.
---
Bibo Mao (2):
",
        &expect![[r#"
                v4 line 1, heading 1, items 2..6: Base on the latest version 6.19.0-rc1, and solve some confliction issues; Move definition and usage …
                v3 line 1, heading 7, items 8..10: Remove CONFIG_SMP checking in header file asm/qspinlock.h, since this file is included only if …
                v2 line 7, heading 11, items 12..14: Rename feature KVM_FEATURE_PREEMPT_HINT with KVM_FEATURE_PREEMPT, remove HINT in feature name
                v1 line 11
            "#]],
    );
}

#[test]
fn a_lone_address_ends_a_list() {
    check(
        "4",
        "\
v3 -> v4:
- Rework based on David's two-step direction and per-CPU idea:
  1) Targeted IPIs: per-CPU variable when entering/leaving lockless page
 table walk; tlb_remove_table_sync_mm() IPIs only those CPUs.
  https://lore.kernel.org/linux-mm/bbfdf226-4660-4949-b17b-0d209ee4ef8c@kernel.org/
- https://lore.kernel.org/linux-mm/20260106120303.38124-1-lance.yang@linux.dev/

RFC -> v1:
- Use a callback function in pv_mmu_ops instead of comparing function
  pointers (per David)
- https://lore.kernel.org/linux-mm/20251213080038.10917-1-lance.yang@linux.dev/

Lance Yang (3):
",
        &expect![[r#"
                v4 line 0, heading 0, items 1..6: Rework based on David's two-step direction and per-CPU idea
                v3 line 0, link line 5: https://lore.kernel.org/linux-mm/20260106120303.38124-1-lance.yang@linux.dev/
                v1 line 7, heading 7, items 8..11: Use a callback function in pv_mmu_ops instead of comparing function pointers (per David)
                RFC line 7, link line 10: https://lore.kernel.org/linux-mm/20251213080038.10917-1-lance.yang@linux.dev/
            "#]],
    );
}

#[test]
fn labels_behind_and_in_brackets() {
    check(
        "5",
        "\
Link: https://lore.kernel.org/all/20240826204353.2228736-1-peterx@redhat.com/ [1]

Changelog:
v5:
- Used scoped_guard to simplify critical region. (1/7, 7/7)
[v4]
- Added ioremap to BAR0 during open.
Link: https://lore.kernel.org/all/20251121141141.3175-1-ankita@nvidia.com/ [v3]
- Moved the code for BAR mapping to a separate function.
Link: https://lore.kernel.org/all/20251117124159.3560-1-ankita@nvidia.com/ [v1]

Signed-off-by: Ankit Agrawal <ankita@nvidia.com>
",
        &expect![[r#"
                v5 line 3, heading 3, items 4..5: Used scoped_guard to simplify critical region. (1/7, 7/7)
                v4 line 5, heading 5, items 6..7: Added ioremap to BAR0 during open
                v3 line 7, heading 7, items 8..9: Moved the code for BAR mapping to a separate function, link line 7: https://lore.kernel.org/all/20251121141141.3175-1-ankita@nvidia.com/
                v1 line 9, link line 9: https://lore.kernel.org/all/20251117124159.3560-1-ankita@nvidia.com/
            "#]],
    );
}

#[test]
fn footnote_broken_by_quoted_printable() {
    check(
        "2",
        "\
The first version of this series can be found at [2].

The noteworthy changes since V1 of this series are:

1. Added detection of implemented PPIs on a GICv5 host at boot time.
2. Added masking for PPIs that are presented to guests. Only PPIs with
   owners and the SW_PPI (if present) are exposed.

I have addressed some, but alas not all (see below), review comments
against v1 of the series.

[1] https://developer.arm.com/documentation/aes0070/latest
[2] https://lore.kernel.org/all/20251212152215.675767-1-sascha.bischoff@arm=
.com/
",
        &expect![[r#"
                v1 line 0, link line 12: https://lore.kernel.org/all/20251212152215.675767-1-sascha.bischoff@arm.com/ written https://lore.kernel.org/all/20251212152215.675767-1-sascha.bischoff@arm= on 2 lines
                v2 line 2, heading 2, items 4..7: Added detection of implemented PPIs on a GICv5 host at boot time; Added masking for PPIs that are …
            "#]],
    );
}

#[test]
fn rfc_in_prose() {
    check(
        "",
        "\
This is a non-RFC version of the previously sent RFC:
https://lore.kernel.org/all/20251202230303.1017519-1-skhawaja@google.com/

- VFIO CDEV preservation series (v2):
  https://lore.kernel.org/all/20251126193608.2678510-1-dmatlack@google.com/
",
        &expect![[r#"
                RFC line 0, link line 1: https://lore.kernel.org/all/20251202230303.1017519-1-skhawaja@google.com/
            "#]],
    );
    check(
        "2",
        "\
In this version, other than addressing comments from RFCv1 [1], the largest
change is that guest_memfd now does not avoid participation in LRU.

+ RFCv1 is at [1]
+ Previous versions of this feature, part of other series, are available at
  [2][3].

[1] https://lore.kernel.org/all/cover.1760731772.git.ackerleytng@google.com/T/
[2] https://lore.kernel.org/all/bd163de3118b626d1005aa88e71ef2fb@google.com/
",
        &expect![[r#"
                RFC v1 line 0, link line 7: https://lore.kernel.org/all/cover.1760731772.git.ackerleytng@google.com/T/
            "#]],
    );
}

#[test]
fn address_on_a_later_line() {
    check(
        "8",
        "\
The previous version (v7) can be read here:

\thttps://lore.kernel.org/kvm/20200207181636.1065-1-alazar@bitdefender.com/

Changes since v7:
- remove the RFC tag
- other small changes (code refactoring, message validation, etc.).

Adalbert Lazar (20):
  sched/swait: add swait_event_killable_exclusive()
",
        &expect![[r#"
                v7 line 0, link line 2: https://lore.kernel.org/kvm/20200207181636.1065-1-alazar@bitdefender.com/
                v8 line 4, heading 4, items 5..7: remove the RFC tag; other small changes (code refactoring, message validation, etc.)
            "#]],
    );
    check(
        "2",
        "\
bus methods for .probe and .remove. The changes since the first
iteration---that can be found at
https://lore.kernel.org/lkml/cover.1764434226.git.ukleinek@kernel.org/
--- are:
",
        &expect![[r#"
                v1 line 0, link line 2: https://lore.kernel.org/lkml/cover.1764434226.git.ukleinek@kernel.org/
            "#]],
    );
}

#[test]
fn changes_from_in_two_lists() {
    check(
        "9",
        "\
Changes from V8:

- switch to use devres for PCI resoureces of IFCVF (Jason)
- require the caller of vdap_alloc_device() to use \"struct foo\"
  instead of foo (Jason)

Changes from V7:

- refine kconfig to solve the dependency issues on archs that lacks of
  CONFIG_VIRTUALIZATION (kbuild)

V8: https://lkml.org/lkml/2020/3/25/125
V7: https://lkml.org/lkml/2020/3/24/21

Jason Wang (7):
",
        &expect![[r#"
                v9 line 0, heading 0, items 2..5: switch to use devres for PCI resoureces of IFCVF (Jason); require the caller of vdap_alloc_device() …
                v8 line 0, heading 6, items 8..10: refine kconfig to solve the dependency issues on archs that lacks of CONFIG_VIRTUALIZATION (kbuild), link line 11: https://lkml.org/lkml/2020/3/25/125
                v7 line 6, link line 12: https://lkml.org/lkml/2020/3/24/21
            "#]],
    );
    check(
        "5",
        "\
v4 - https://lists.gnu.org/archive/html/qemu-devel/2021-04/msg05982.html
Changes from v4:
  - Fixed commit messages

v3 - https://lists.gnu.org/archive/html/qemu-devel/2021-03/msg07916.html
Changes from v3
  - Handling the memory-backend-ram usage
",
        &expect![[r#"
                v4 line 0, heading 5, items 6..7: Handling the memory-backend-ram usage, link line 0: https://lists.gnu.org/archive/html/qemu-devel/2021-04/msg05982.html
                v5 line 1, heading 1, items 2..3: Fixed commit messages
                v3 line 4, link line 4: https://lists.gnu.org/archive/html/qemu-devel/2021-03/msg07916.html
            "#]],
    );
}

#[test]
fn where_lists_end() {
    check(
        "2",
        "\
* From v1 [1]

  - Simplified RES0 handling by dropping the RES0_WHEN_E2Hx macros

  - Collected RBs (thanks Fuad and Joey!)

[1] https://lore.kernel.org/all/20260126121655.1641736-1-maz@kernel.org
Marc Zyngier (20):
",
        &expect![[r#"
                v2 line 0, heading 0, items 2..5: Simplified RES0 handling by dropping the RES0_WHEN_E2Hx macros; Collected RBs (thanks Fuad and …
                v1 line 0, link line 6: https://lore.kernel.org/all/20260126121655.1641736-1-maz@kernel.org
            "#]],
    );
    check(
        "2",
        "\
changes v1->v2:

3rd commit
https://patchwork.ozlabs.org/project/ltp/patch/20201005133054.23587-4-chrubis@suse.cz/
* check fname is valid before opening it

9th commit
* add perl-libwww-perl for fedora/centos

TODO
* some checkpatch.pl warnings left, do we want to bother?
",
        &expect![[r#"
                v2 line 0, heading 0, items 2..8: 3rd commit; check fname is valid before opening it; 9th commit; add perl-libwww-perl for …
                v1 line 0
            "#]],
    );
    check(
        "2",
        "\
V2: Edward Cree <ecree@solarflare.com> rejected the need for using __force
here - instead solve the sparse issue by updating all of the involved
variables.

Patch was compile-tested with: x86_64_defconfig
",
        &expect![[r#"
                v2 line 0, heading 0, items 0..3: Edward Cree <ecree@solarflare.com> rejected the need for using __force here - instead solve the …
            "#]],
    );
    check(
        "4",
        "\
Changes in v4
=============
- Handling HV side page invalidations by issuing UV_PAGE_INVAL ucall
 arch/powerpc/include/asm/hvcall.h         |   9 +
 1 file changed, 9 insertions(+)
",
        &expect![[r#"
                v4 line 0, heading 0, items 2..3: Handling HV side page invalidations by issuing UV_PAGE_INVAL ucall
            "#]],
    );
    check(
        "2",
        "Changes in v2:\n * nested:\n    - inner\n * second\n\nThe patch has been tested on qemu.\n",
        &expect![[r#"
                v2 line 0, heading 0, items 1..4: nested; second
            "#]],
    );
    check(
        "2",
        "v1 -> v2:\n- a fix\nSigned-off-by: A <a@b>\n- no item\n",
        &expect![[r#"
                v2 line 0, heading 0, items 1..2: a fix
                v1 line 0
            "#]],
    );
}

#[test]
fn a_gist_is_cut_at_a_word() {
    let lines = [
        "Changes in v2:",
        "- one two three four five six seven eight nine ten eleven twelve.",
        "- one two three four five six seven eight",
    ];
    let gist: Vec<String> = version_mentions(&lines.join("\n"), Some("2"))
        .iter()
        .map(|mention| first_items(&lines, mention))
        .collect();
    assert_eq!(
        gist,
        [
            "one two three four five six seven eight nine ten eleven twelve; one two three four five six seven …"
        ]
    );
}

#[test]
fn any_text_has_an_answer() {
    let pieces = [
        "v1",
        "v2:",
        " ",
        "\n",
        "- ",
        "Changes in ",
        "since ",
        "RFC ",
        "[1]",
        "https://lore.kernel.org/x",
        " -> ",
        "é",
        "=",
        "Link: ",
        "(",
        ")",
        ":",
        "the ",
        "version ",
        "first ",
        "…",
        "\t",
        "[v2]",
        "=3D",
    ];
    let mut seed = 1_u64;
    for round in 0..20_000 {
        let mut mail = String::new();
        for _ in 0..round % 14 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            mail.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        let lines: Vec<&str> = Lines::new(&mail).map(|line| line.text).collect();
        let gists = mentions_in(&mail, Version::plain(3)).into_iter();
        let mut gists = gists.map(|mention| mention.first_items(&mail));
        for mention in version_mentions(&mail, Some("3")) {
            assert!(
                mention.line < lines.len() && mention.items.start <= mention.items.end,
                "{mail:?}"
            );
            if let Some(link) = &mention.link {
                assert!(
                    lines[link.line].get(link.range.clone()).is_some(),
                    "{mail:?}"
                );
            }
            assert_eq!(
                Some(first_items(&lines, &mention)),
                gists.next(),
                "{mail:?}"
            );
        }
    }
}

#[test]
fn many_versions_are_told_apart() {
    let headings = (1..=40).map(|n| format!("Changes in v{n}:\n- Do {n} things.\n\n"));
    let mail = headings.collect::<String>().repeat(2);
    let mentions = version_mentions(&mail, Some("50"));
    let found: Vec<(String, usize)> = (mentions.into_iter())
        .map(|mention| (mention.version, mention.line))
        .collect();
    let expected: Vec<(String, usize)> = (0..40).map(|n| ((n + 1).to_string(), n * 3)).collect();
    assert_eq!(found, expected);
}
