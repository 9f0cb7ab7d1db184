//! The queue over the real digests: which rows stand where for readers who want different things,
//! and what marks do to them.

use expect_test::expect_file;
use patch_digest_core::Digest;
use patch_digest_core::queue::interest::{Interest, Wishes};
use patch_digest_core::queue::marks::{Mark, Marks};
use patch_digest_core::queue::rows::{Filter, State, keys_of, marked_at, row_of};
use patch_digest_core::queue::{Memo, Options, Queue, Row, Section, queue};
use patch_digest_core::workspace::{Contribution, Day, Workspace};
use patch_digest_tests::corpus;
use patch_digest_tests::random::Random;

fn workspace() -> Workspace {
    let mut workspace = Workspace::default();
    for (name, text) in corpus::digests().unwrap() {
        workspace.set(&name, Contribution::of(&Digest::parse(&text)));
    }
    workspace
}

fn options() -> Options {
    Options {
        today: "2026-01-20".parse::<Day>().ok(),
        stuck_after: 3,
        max_rows: 500,
        filter: Filter::default(),
    }
}

fn wishes(paths: &[&str], people: &[&str], words: &[&str], ignore: &[&str]) -> Interest {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let wishes = Wishes {
        paths: owned(paths),
        people: owned(people),
        words: owned(words),
        ignore: owned(ignore),
        me: Vec::new(),
    };
    let (interest, complaints) = Interest::new(&wishes, None);
    assert_eq!(complaints, [""; 0]);
    interest
}

fn kvm_x86() -> Interest {
    wishes(
        &["arch/x86/kvm/", "virt/kvm/", "tools/testing/selftests/kvm/"],
        &[],
        &[],
        &[],
    )
}

fn render(queue: &Queue) -> String {
    let mut text = format!(
        "{} digests, {} series, {} new\n",
        queue.n_digests, queue.n_series, queue.n_new
    );
    for section in &queue.sections {
        text.push_str(&format!("{}\n", section.section.title()));
        for row in &section.rows {
            text.push_str(&format!(
                "  {} {}:{} {} ‹{}› {}",
                row.mark.letter(),
                row.place.key,
                row.place.entry,
                row.name,
                row.who,
                row.facts.join(" · ")
            ));
            for badge in row.badges() {
                text.push_str(&format!(" [{badge}]"));
            }
            if let Some(reason) = &row.reason {
                text.push_str(&format!(" ({})", reason.text()));
            }
            let remarks = row.remarks();
            if !remarks.is_empty() {
                text.push_str(&format!(" — {remarks}"));
            }
            text.push('\n');
        }
        if section.n_more > 0 {
            text.push_str(&format!("  … {} more\n", section.n_more));
        }
    }
    text
}

fn queue_of(interest: &Interest, marks: &Marks, options: &Options) -> Queue {
    queue(&workspace(), interest, marks, &mut Memo::default(), options)
}

/// Marks the series whose title holds `title`.
fn mark(marks: &mut Marks, workspace: &Workspace, row: &Row, as_what: &str, note: &str) {
    let mark = as_what.parse().unwrap();
    let marked = marked_at(workspace, &row.place, mark, note.to_owned()).unwrap();
    marks.set(marked, &keys_of(workspace, &row.place)).unwrap();
}

fn row<'a>(queue: &'a Queue, title: &str) -> &'a Row {
    let mut rows = queue.rows();
    let found = rows.find(|row| row.title.contains(title));
    found.unwrap_or_else(|| panic!("no row of {title}"))
}

#[test]
fn three_readers_see_three_queues() {
    let linux = wishes(
        &["arch/arm64/kvm/", "Documentation/virt/kvm/"],
        &["Bibo Mao"],
        &["iommu"],
        &["kvmtool"],
    );
    for (name, interest) in [
        ("everything", Interest::default()),
        ("kvm-x86", kvm_x86()),
        ("others", linux),
    ] {
        let golden = expect_file![format!("../golden/queue-{name}.txt")];
        golden.assert_eq(&render(&queue_of(&interest, &Marks::default(), &options())));
    }
}

#[test]
fn a_maintainer_of_kvm_for_x86_sees_what_is_his() {
    let queue = queue_of(&kvm_x86(), &Marks::default(), &options());
    for title in [
        "KVM: SEV: use mutex guards",
        "CR8",
        "guest_memfd",
        "rseq_test",
    ] {
        assert!(row(&queue, title).reason.is_some(), "{title}");
    }
    for title in [
        "iommu",
        "LoongArch",
        "s390 vfio-pci",
        "kvmtool",
        "GICv5-based",
    ] {
        let others: Vec<_> = queue
            .rows()
            .filter(|row| row.name.contains(title) && row.section != Section::Rest)
            .map(|row| &row.name)
            .collect();
        assert_eq!(others, [""; 0], "{title}");
    }
}

#[test]
fn the_next_version_inherits_the_note_and_comes_back() {
    let whole = workspace();
    let mut old = Workspace::default();
    let early = "kvm-29a5df84d-df7682d40.txt";
    old.set(early, whole.get(early).unwrap().clone());
    let interest = Interest::default();
    let before = queue(
        &old,
        &interest,
        &Marks::default(),
        &mut Memo::default(),
        &options(),
    );
    let title = "Add paravirt preempt";
    assert_eq!(row(&before, title).label.to_string(), "v2");

    let mut marks = Marks::default();
    mark(
        &mut marks,
        &old,
        row(&before, title),
        "waiting",
        "asked for a test",
    );
    let waiting = queue(&old, &interest, &marks, &mut Memo::default(), &options());
    assert_eq!(row(&waiting, title).section, Section::Waiting);
    assert_eq!(row(&waiting, title).remarks(), "waiting · asked for a test");

    let after = queue(&whole, &interest, &marks, &mut Memo::default(), &options());
    let rolled = row(&after, title);
    assert_eq!(rolled.section, Section::ReRolled);
    assert_eq!(rolled.label.to_string(), "v4");
    assert_eq!(rolled.remarks(), "waiting v2 · asked for a test");

    // By itself, as when it is asked about at any of its entries, it is the same.
    let alone = row_of(&whole, &rolled.place, &marks, &options()).unwrap();
    assert_eq!((alone.section, &alone.name), (rolled.section, &rolled.name));

    // The old version marked once more is no mark of the new one.
    mark(&mut marks, &old, row(&before, title), "reviewing", "");
    let again = row_of(&whole, &rolled.place, &marks, &options()).unwrap();
    assert_eq!(
        (again.state, again.mark),
        (State::ReRolled, Mark::Reviewing)
    );

    // Marked anew, there is one line, of the new version.
    mark(&mut marks, &whole, rolled, "accepted", "");
    assert_eq!(marks.iter().count(), 1);
    assert!(
        marks.text().contains("\tv4\taccepted\n"),
        "{}",
        marks.text()
    );
    let done = queue(&whole, &interest, &marks, &mut Memo::default(), &options());
    assert_eq!(row(&done, title).section, Section::Rest);
}

#[test]
fn what_is_snoozed_comes_back_in_time() {
    let workspace = workspace();
    let all = queue_of(&Interest::default(), &Marks::default(), &options());
    let series = row(&all, "KVM: SEV: use mutex guards");
    for (until, section) in [
        ("2026-01-21", Section::Rest),
        ("2026-01-20", Section::New),
        ("2026-01-19", Section::New),
        ("v2", Section::Rest),
        ("v1", Section::New),
    ] {
        let mut marks = Marks::default();
        mark(
            &mut marks,
            &workspace,
            series,
            &format!("snoozed until {until}"),
            "",
        );
        let snoozed = queue_of(&Interest::default(), &marks, &options());
        assert_eq!(
            row(&snoozed, "KVM: SEV: use mutex").section,
            section,
            "{until}"
        );
    }
}

#[test]
fn under_review_for_many_digests_is_stuck() {
    let workspace = workspace();
    let all = queue_of(&Interest::default(), &Marks::default(), &options());
    let title = "Generalise RESx handling";
    let mut marks = Marks::default();
    mark(&mut marks, &workspace, row(&all, title), "reviewing", "");
    let mut options = options();
    assert_eq!(
        row(&queue_of(&Interest::default(), &marks, &options), title).section,
        Section::New
    );
    options.stuck_after = 1;
    let stuck = queue_of(&Interest::default(), &marks, &options);
    assert_eq!(row(&stuck, title).section, Section::Waiting);
    assert_eq!(
        row(&stuck, title).remarks(),
        "reviewing · no new version for 1 digest"
    );
}

#[test]
fn a_filter_shows_a_part() {
    let filtered = |filter: Filter| {
        let options = Options {
            filter,
            ..options()
        };
        let queue = queue_of(&Interest::default(), &Marks::default(), &options);
        queue.rows().map(|row| row.name.clone()).collect::<Vec<_>>()
    };
    let by_text = filtered(Filter {
        text: "loongarch".to_owned(),
        ..Filter::default()
    });
    assert!(!by_text.is_empty() && by_text.iter().all(|name| name.contains("LoongArch")));
    let by_person = filtered(Filter {
        person: "maobibo@loongson".to_owned(),
        ..Filter::default()
    });
    assert!(by_person.iter().any(|name| name.contains("LoongArch")));
    let by_path = filtered(Filter {
        path: "rseq".to_owned(),
        ..Filter::default()
    });
    assert_eq!(by_path.len(), 1, "{by_path:?}");
    let by_section = filtered(Filter {
        section: "fixes".to_owned(),
        ..Filter::default()
    });
    assert!(by_section.len() > 2);
    assert_eq!(
        filtered(Filter {
            section: "none".to_owned(),
            ..Filter::default()
        }),
        [""; 0]
    );
}

#[test]
fn rows_over_the_most_are_counted() {
    let options = Options {
        max_rows: 3,
        ..options()
    };
    let few = queue_of(&Interest::default(), &Marks::default(), &options);
    let all = queue_of(
        &Interest::default(),
        &Marks::default(),
        &Options {
            max_rows: 0,
            ..options
        },
    );
    for (few, all) in few.sections.iter().zip(&all.sections) {
        assert_eq!(few.rows[..], all.rows[..few.rows.len()]);
        assert_eq!(few.rows.len() + few.n_more, all.rows.len());
    }
}

/// Marks, edits of digests, digests that come and go, and a memo that is kept throughout: the queue
/// is that of the same digests and marks looked at afresh, in whatever order they came.
#[test]
fn marks_survive_any_order_of_digests() {
    let mut random = Random::new(9);
    let digests: Vec<(String, Contribution)> = corpus::digests()
        .unwrap()
        .into_iter()
        .map(|(name, text)| (name, Contribution::of(&Digest::parse(&text))))
        .collect();
    let interest = kvm_x86();
    let words = [
        "waiting",
        "reviewing",
        "accepted",
        "ignored",
        "new",
        "snoozed until v3",
    ];
    for _ in 0..20 {
        let mut workspace = Workspace::default();
        let mut memo = Memo::default();
        let mut marks = Marks::default();
        for _ in 0..30 {
            let (name, contribution) = random.pick(&digests);
            if random.one_in(4) {
                workspace.remove(name);
            } else {
                workspace.set(name, contribution.clone());
            }
            let now = queue(&workspace, &interest, &marks, &mut memo, &options());
            let rows: Vec<&Row> = now.rows().collect();
            if !rows.is_empty() {
                let row = *random.pick(&rows);
                let word: &&str = random.pick(&words);
                mark(&mut marks, &workspace, row, word, "note");
                // As after a restart.
                marks = Marks::parse(&marks.text());
                assert_eq!(marks.troubles(), []);
            }
            let now = queue(&workspace, &interest, &marks, &mut memo, &options());
            let mut fresh = Workspace::default();
            let mut names: Vec<_> = workspace.digests().collect();
            let at = random.below(names.len().max(1));
            let n_names = names.len();
            names.rotate_left(at.min(n_names));
            for (name, contribution) in names {
                fresh.set(name, contribution.clone());
            }
            let again = queue(&fresh, &interest, &marks, &mut Memo::default(), &options());
            assert_eq!(render(&now), render(&again));
        }
    }
}
