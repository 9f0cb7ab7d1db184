//! The index of a workspace: after any sequence of changes it equals the one built afresh.

use std::cell::Cell;
use std::sync::Arc;

use patch_digest_core::Digest;
use patch_digest_core::workspace::{Contribution, Workspace};
use patch_digest_files::threads;
use patch_digest_tests::generate::Generator;
use patch_digest_tests::random::Random;
use patch_digest_tests::traffic::small_digests;
use patch_digest_tests::{corpus, edits, samples};

fn contribution(text: &str) -> Contribution {
    Contribution::of(&Digest::parse(text))
}

#[test]
fn what_edits_leave_a_digest_to_add_is_what_is_found_anew() {
    let (mut n_kept, mut n_steps) = (0, 0);
    for (seed, text) in (0..).zip(texts()) {
        let mut random = Random::new(seed);
        let mut digest = Digest::parse(&text);
        let (mut older, mut known) = (digest.clone(), Contribution::of(&digest));
        for _ in 0..40 {
            let text = digest.text().to_text();
            let edit = edits::random_edit(&mut random, &text);
            digest.edit(edit.range, &edit.insert);
            let kept = known.kept(&older, &digest);
            let found = Contribution::of(&digest);
            n_steps += 1;
            n_kept += usize::from(kept.is_some());
            if let Some(kept) = kept {
                assert_eq!(kept, found, "seed {seed}");
            }
            // The state that is compared with may be some edits old.
            if random.one_in(3) {
                (older, known) = (digest.clone(), found);
            }
        }
    }
    assert!(n_kept > n_steps / 20, "{n_kept} of {n_steps}");
}

#[test]
fn typing_prose_leaves_what_a_digest_adds() {
    let text = samples::series();
    let mut digest = Digest::parse(&text);
    let (older, known) = (digest.clone(), contribution(&text));
    let place = text.find("Two patches").unwrap();
    digest.edit(place..place, "x");
    assert!(
        known
            .kept(&older, &digest)
            .is_some_and(|kept| kept.is_same(&known))
    );
    let place = text.find("Rebased.").unwrap() + 1;
    digest.edit(place..place + 1, "Rewritten");
    assert!(known.kept(&older, &digest).is_none());
}

/// A workspace with the same digests, made at once.
fn afresh(workspace: &Workspace) -> Workspace {
    let digests = workspace
        .digests()
        .map(|(key, digest)| (Arc::clone(key), Some(digest.clone())));
    let mut fresh = Workspace::default();
    fresh.apply(digests.collect());
    fresh
}

fn assert_same(workspace: &Workspace, fresh: &Workspace, what: &str) {
    assert_eq!(workspace.works(), fresh.works(), "{what}");
    assert_eq!(workspace.chain(), fresh.chain(), "{what}");
    for query in ["", "kvm"] {
        let (found, expected) = (workspace.search(query, 100), fresh.search(query, 100));
        assert_eq!(found, expected, "{what}: {query}");
    }
    for (key, digest) in workspace.digests() {
        for entry in 0..digest.n_entries() {
            assert_eq!(
                workspace.history(key, entry),
                fresh.history(key, entry),
                "{what}: {key} {entry}"
            );
        }
    }
}

/// Digests whose postings have all relations that there are: later versions, titles that change,
/// parts in the next digest, copies, and more of one title than is compared.
fn pool() -> Vec<Contribution> {
    texts().iter().map(|text| contribution(text)).collect()
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let generator = Generator::new().unwrap();
    texts.extend(generator.folder(30_000, 11).take(16).map(|made| made.text));
    texts.extend(corpus::digests().unwrap().into_iter().map(|(_, text)| text));
    for n in 0..4 {
        let same = |idx: usize| samples::entry("PATCH", "kvm: one title", &format!("{n} {idx}"));
        let n_same = [10, 30, 40, 3][n];
        texts.push(samples::digest(&(0..n_same).map(same).collect::<Vec<_>>()));
    }
    for version in 1..6 {
        let text = samples::series().replace("v2", &format!("v{version}"));
        texts.push(text.replace("ö both", ["a", "ö both", "c"][version % 3]));
    }
    texts.extend(damaged());
    texts
}

#[test]
fn a_digest_adds_the_same_however_it_is_kept() {
    for text in texts() {
        let rope = Digest::parse(&*text).editable();
        assert_eq!(contribution(&text), Contribution::of(&rope), "{text}");
    }
}

/// What digests add, put into common memory so many at a time.
fn on_shelves(texts: &[String], n_together: usize) -> Vec<Contribution> {
    let mut all: Vec<Contribution> = texts.iter().map(|text| contribution(text)).collect();
    for together in all.chunks_mut(n_together) {
        Contribution::share_shelf(together);
    }
    all
}

/// Texts whose strings begin and end with letters of several bytes, and texts with next to nothing.
fn odd() -> Vec<String> {
    let mut texts: Vec<String> = ["", "\n", "😀", "ß", samples::HEAD]
        .map(str::to_owned)
        .into();
    for word in ["😀", "ß", "öñ", "x"] {
        let tag = format!("PATCH {word} v2");
        let body = format!("{word}\n---\n {word}/{word} | 2 +-\n 1 file changed");
        let entry = samples::entry(&tag, word, &body);
        let entry = entry.replace("Ann Örn <ann@", &format!("{word} <{word}@"));
        texts.push(entry.clone());
        texts.push(format!("{}{entry}", samples::HEAD.replace("KVM", word)));
    }
    texts
}

/// All that is told of what a digest adds.
fn told(digest: &Contribution) -> String {
    let mut told = format!(
        "{:?} {:?} {:?} {} {} {:?} {:?} {}\n",
        digest.list(),
        digest.range(),
        digest.newest_day(),
        digest.n_unlisted(),
        digest.n_entries(),
        digest.leads(),
        digest.people().collect::<Vec<_>>(),
        digest.n_bytes(),
    );
    for posting in digest.postings() {
        told += &format!(
            "{} {posting:?} {:?} {:?} {:?} {:?} {:?} {} {} {:?} {:?} {:?} {:?} {:?} {:?}\n",
            posting.index,
            posting.kind(),
            posting.version(),
            posting.flags(),
            posting.trees(),
            posting.total(),
            posting.n_patches(),
            posting.lead(),
            posting.n_repeats(),
            (posting.poster(), posting.changes()),
            posting.patches().collect::<Vec<_>>(),
            posting.files().collect::<Vec<_>>(),
            posting.versions().collect::<Vec<_>>(),
            posting.cited().collect::<Vec<_>>(),
        );
    }
    let posting_of = |entry| digest.posting_of(entry).map(|posting| posting.index);
    let entries = (0..=digest.n_entries()).map(posting_of);
    told + &format!("{:?}", entries.collect::<Vec<_>>())
}

#[test]
fn a_digest_adds_the_same_in_common_memory() {
    let texts = [odd(), texts(), odd()].concat();
    let alone = on_shelves(&texts, 1);
    for n_together in [2, 3, 32, texts.len()] {
        let all = on_shelves(&texts, n_together);
        for ((one, same), text) in alone.iter().zip(&all).zip(&texts) {
            assert_eq!(told(one), told(same), "{n_together}: {text}");
            assert_eq!(one, same, "{n_together}: {text}");
            assert!(!one.is_same(same));
        }
        for (idx, one) in all.iter().enumerate().skip(1) {
            let before = &all[idx - 1];
            assert_eq!(one == before, alone[idx] == alone[idx - 1], "{idx}");
            assert!(one.is_same(&one.clone()) && !one.is_same(before));
        }
    }
}

#[test]
fn what_has_clones_or_is_in_common_memory_stays_where_it_is() {
    let mut all = on_shelves(&texts(), 1);
    let clone = all[1].clone();
    Contribution::share_shelf(&mut all[..4]);
    assert!(all[1].is_same(&clone));
    let before = all[..4].to_vec();
    Contribution::share_shelf(&mut all);
    let mut pairs = all.iter().zip(&before);
    assert!(pairs.all(|(one, before)| one.is_same(before)));
}

#[test]
fn an_index_is_the_same_with_digests_in_common_memory() {
    let texts = [texts(), odd()].concat();
    let index = |all: Vec<Contribution>| {
        let keys = (0..).map(|n| format!("digest-{n}").into());
        let mut workspace = Workspace::default();
        workspace.apply(keys.zip(all.into_iter().map(Some)).collect());
        workspace
    };
    let (alone, mut shared) = (index(on_shelves(&texts, 1)), index(on_shelves(&texts, 32)));
    assert_same(&shared, &alone, "common memory");
    assert_eq!(shared.n_bytes(), alone.n_bytes());
    for (_, digest) in alone.digests() {
        for person in digest.people().step_by(5) {
            let (found, expected) = (shared.person(person.email), alone.person(person.email));
            assert_eq!(found, expected, "{}", person.email);
        }
        for path in digest
            .postings()
            .flat_map(|posting| posting.files().take(1))
        {
            let path = path.path();
            assert_eq!(shared.touching(&path), alone.touching(&path), "{path}");
        }
    }
    // Equal ones change nothing.
    for (key, digest) in alone.digests() {
        assert!(!shared.set(key, digest.clone()), "{key}");
    }
}

/// A few series in versions, after edits at random: postings that name a patch twice, that lost
/// their cover letter or got another's title.
fn damaged() -> Vec<String> {
    let mut random = Random::new(7);
    let mut series = small_digests();
    series.retain(|text| text.contains("[PATCH v"));
    series.truncate(3);
    series.push(samples::series());
    let damaged = |n: usize| {
        let mut text = series[n % series.len()].replace("[PATCH v", &format!("[PATCH v{n}"));
        for _ in 0..n / 2 {
            let edit = edits::random_edit(&mut random, &text);
            text.replace_range(edit.range, &edit.insert);
        }
        if n.is_multiple_of(2) {
            return text;
        }
        let twice = |line: &str| line.repeat(if line.starts_with("  ") { 2 } else { 1 });
        text.split_inclusive('\n').map(twice).collect()
    };
    (0..60).map(damaged).collect()
}

#[test]
fn any_sequence_of_changes_gives_the_index_built_afresh() {
    // The same once more, in common memory: what is equal is the same.
    let pool = [pool(), on_shelves(&texts(), 32)].concat();
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let mut workspace = Workspace::default();
        for step in 0..60 {
            let before = workspace.clone();
            let works_before = before.works();
            let mut changes = Vec::new();
            // Few keys and many changes at once: versions of one series go and come together.
            let n_changes = if random.one_in(3) { 12 } else { 3 };
            for _ in 0..=random.below(n_changes) {
                let key: Arc<str> = format!("digest-{}", random.below(24)).into();
                let new = (!random.one_in(4)).then(|| random.pick(&pool).clone());
                changes.push((key, new));
            }
            workspace.apply(changes);
            let what = format!("seed {seed}, step {step}");
            if step % 6 == 5 {
                assert_same(&workspace, &afresh(&workspace), &what);
            } else {
                assert_eq!(workspace.works(), afresh(&workspace).works(), "{what}");
            }
            assert_eq!(before.works(), works_before, "{what}: a snapshot changed");
        }
    }
}

#[test]
fn many_changes_give_one_index_whoever_does_the_pieces_of_work() {
    let pool = pool();
    let mut random = Random::new(3);
    let mut expected = Workspace::default();
    let (mut on_threads, mut backwards) = (Workspace::default(), Workspace::default());
    // The first round makes the index, the others change it.
    for round in 0..3 {
        let changes: Vec<(Arc<str>, Option<Contribution>)> = (0..200)
            .map(|_| {
                let key = format!("digest-{}", random.below(150));
                let new = (round == 0 || !random.one_in(4)).then(|| random.pick(&pool).clone());
                (key.into(), new)
            })
            .collect();
        for (key, new) in changes.clone() {
            expected.apply(vec![(key, new)]);
        }
        on_threads.apply_at_once(changes.clone(), threads::at_once);
        let n_pieces = Cell::new(0);
        backwards.apply_at_once(changes, |works| {
            n_pieces.set(n_pieces.get() + works.len());
            works.iter_mut().rev().for_each(|work| work());
        });
        assert!(n_pieces.get() > 1, "{n_pieces:?}");
        for (workspace, what) in [(&on_threads, "on threads"), (&backwards, "backwards")] {
            assert_eq!(workspace.len(), expected.len());
            assert_same(workspace, &expected, &format!("{what}, round {round}"));
        }
    }
}

#[test]
fn what_changes_nothing_is_told() {
    let mut workspace = Workspace::default();
    let text = samples::series();
    assert!(workspace.set("a", contribution(&text)));
    assert!(!workspace.set("a", contribution(&text)));
    let prose = text.replace("Two patches", "Both patches");
    assert_ne!(prose, text);
    assert!(!workspace.set("a", contribution(&prose)));
    assert!(workspace.set("a", contribution(&text.replace("Rebased.", "Rewritten."))));
    assert!(workspace.remove("a"));
    assert!(!workspace.remove("a"));
    assert_eq!((workspace.len(), workspace.works().len()), (0, 0));
}

/// A square of these would take hours.
#[test]
fn many_postings_of_one_title_take_no_square() {
    let entries: Vec<String> = (0..30_000)
        .map(|n| {
            samples::entry(
                "PATCH v2 0/2",
                "kvm: one title",
                &format!("Ann (1):\n  kvm: {n}\n"),
            )
        })
        .collect();
    let mut workspace = Workspace::default();
    workspace.set("a", contribution(&samples::digest(&entries)));
    workspace.set("b", contribution(&samples::series()));
    assert!(workspace.history("a", 0).is_some());
}
