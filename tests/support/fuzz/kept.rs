//! Targets about what is written: fixes of digests, and the file of marks.

use patch_digest_core::fixes::{self, Edit};
use patch_digest_core::lints::{self, CheckOptions, Profile};
use patch_digest_core::queue::marks::{Mark, Marked, Marks};
use patch_digest_core::workspace::Label;
use patch_digest_core::{Digest, text};

use crate::{harmless, traffic};

/// Longer inputs only take longer.
const MAX_LEN: usize = 40_000;

/// Fixes that are tried one by one.
const MAX_FIXES: usize = 40;

/// Applies every fix by itself, and all certain ones together until there is none.
pub(super) fn fixes(bytes: &[u8]) {
    // What is not UTF-8 is not fixed; here it stands for a text that has U+FFFD in it.
    let text = text::decode(&bytes[..bytes.len().min(MAX_LEN)]).text;
    let digest = Digest::parse(&*text);
    let mut options = CheckOptions::new(Profile::Maker);
    options.review = true;
    let problems = lints::check_with(&digest, &options);
    let all = problems.iter().flat_map(fixes::of);
    for fix in all.take(MAX_FIXES) {
        harmless::check_line(&fix.title);
        check_edits(&text, &fix.edits);
        let fixed = fixes::apply(&text, &fix.edits);
        assert_ne!(fixed, text, "{} does nothing", fix.title);
        let _ = Digest::parse(&fixed);
    }
    for copy in problems.iter().filter_map(fixes::copy_of) {
        assert!(!copy.text.is_empty());
    }
    check_edits(&text, &fixes::certain(&problems));
    if let Some(fixed) = fixes::fix_all(&digest, &options) {
        assert!(fixed.n_places > 0);
        let again = fixes::fix_all(&Digest::parse(&fixed.text), &options);
        assert_eq!(again, None, "fixing twice changes more");
    }
}

fn check_edits(text: &str, edits: &[Edit]) {
    let mut last = 0;
    for edit in edits {
        assert!(last <= edit.range.start, "{edits:?}");
        assert!(text.get(edit.range.clone()).is_some(), "{edit:?}");
        last = edit.range.end;
    }
}

/// Reads a file of marks, changes one, and takes that back: no other line changes or goes.
pub(super) fn marks(bytes: &[u8]) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_LEN)]);
    let before = Marks::parse(&text);
    let kept = before.text();
    assert_eq!(
        kept.strip_suffix('\n').unwrap_or(&kept),
        text.strip_suffix('\n').unwrap_or(&text)
    );
    for trouble in before.troubles() {
        harmless::check_line(&trouble.message);
    }
    for marked in before.iter() {
        assert_eq!(
            before.get(&marked.key()).map(Marked::key),
            Some(marked.key())
        );
    }
    let note = Marked {
        title: "A series\tof this target \u{1f600}".to_owned(),
        poster: "Nobody@example.org".to_owned(),
        version: Label::parse("v3").expect("a version"),
        mark: Mark::Waiting,
        note: "one\nline".to_owned(),
    };
    let mut after = before.clone();
    if after.set(note.clone(), &[]).is_err() {
        assert!(before.newer_format().is_some());
        assert_eq!(
            after.text(),
            before.text(),
            "a file of a newer format is left alone"
        );
        return;
    }
    assert_eq!(
        after.get(&note.key()).map(|marked| &marked.mark),
        Some(&Mark::Waiting)
    );
    let others = |marks: &Marks| {
        let text = marks.text();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.retain(|line| {
            !line.is_empty() && !line.to_lowercase().contains("a series of this target")
        });
        lines.sort();
        lines
    };
    for line in others(&before) {
        assert!(others(&after).contains(&line), "{line:?} is lost");
    }
    assert_eq!(Marks::parse(&after.text()).text(), after.text());
}

/// Files of marks: right, damaged, merged with conflicts, of another format.
pub(super) fn marks_files() -> Vec<Vec<u8>> {
    [
        "",
        "# patch-digest marks, format 1\nkvm: Fix\ta@b.c\tv2\twaiting\tasked for a test\n",
        "# patch-digest marks, format 9\nkvm: Fix\ta@b.c\tv2\twaiting\n",
        "kvm: Fix\ta@b.c\tv2\tsnoozed until 2026-12-01\nkvm: Fix\ta@b.c\tv3\tnew\tx\nnot a mark\n",
        "<<<<<<< ours\nkvm: A\ta@b.c\tRFC v2\treplied\n=======\nkvm: A\ta@b.c\tv2\taccepted\n>>>>>>> theirs\n",
        "\r\n\t\t\t\n\u{feff}kvm\t\tv1\tarchived\r\n",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

/// What each rule finds something in, below the head of a digest, and real digests.
pub(super) fn damaged() -> Vec<Vec<u8>> {
    let head =
        "From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n\n";
    let examples = lints::RULES.iter().map(|rule| rule.explanation.fails);
    let mut seeds: Vec<Vec<u8>> = examples
        .map(|fails| format!("{head}{fails}").into_bytes())
        .collect();
    seeds.extend(
        traffic::small_digests()
            .into_iter()
            .step_by(5)
            .map(String::into_bytes),
    );
    seeds
}
