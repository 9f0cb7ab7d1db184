//! Typing in prose, which takes a short way: a digest kept under it is the digest parsed afresh,
//! also where what is typed makes prose something else.

use std::ops::Range;

use patch_digest_core::Digest;
use patch_digest_core::lints::{self, CheckOptions, Profile, RULES, Severity};
use patch_digest_core::syntax::BlockKind;
use patch_digest_tests::random::Random;
use patch_digest_tests::{corpus, edits};

/// What is typed: letters mostly, and what is no prose any more, or not by itself.
const TYPED: &[&str] = &[
    "x",
    "x",
    "y z",
    " ",
    "\t",
    ":",
    "[1]",
    "[",
    "=",
    "=C3=B6",
    "=3Da",
    "=a",
    "=?UTF-8?q?a?=",
    "tp",
    " https//a.b/ ",
    "ü",
    "\u{202e}",
    "\0",
    "\n",
    "\r",
    "-by: A <a@b.c>",
    " (2):",
    ".",
    "|",
    ">",
    "(see [9])",
    "v2: ",
    "PATCH",
];

/// The lines of the bodies of entries that begin with a letter.
fn prose(digest: &Digest) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for place in digest.blocks().iter() {
        let Some(entry) = place.block.entry() else {
            continue;
        };
        let body = entry.body.at(place.start());
        let mut start = body.start;
        for line in digest.text().slice(body).split('\n') {
            if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                found.push(start..start + line.len());
            }
            start += line.len() + 1;
        }
    }
    found
}

fn with_all_rules() -> CheckOptions {
    RULES
        .iter()
        .fold(CheckOptions::new(Profile::Maker), |options, rule| {
            options.with(rule, Some(Severity::Warning))
        })
}

#[test]
fn typing_in_prose_equals_parsing() {
    let options = with_all_rules();
    let mut n_short = 0;
    let mut n_letters = 0;
    for (idx, (name, whole)) in corpus::digests().unwrap().into_iter().enumerate() {
        let mut random = Random::new(idx as u64);
        for _ in 0..50 {
            let from = whole.floor_char_boundary(random.below(whole.len()));
            let from = whole[from..].find("New:").map_or(0, |at| from + at);
            let mut text = whole[from..whole.floor_char_boundary(from + 9000)].to_owned();
            // An entry stands where a list of them begins.
            text.insert_str(0, "===== Patch Commit Messages ====\n");
            let mut digest = Digest::parse(&text);
            for _ in 0..40 {
                let lines = prose(&digest);
                if lines.is_empty() {
                    break;
                }
                let line = random.pick(&lines).clone();
                let start = line.start + random.below(line.len() + 1);
                let start = text.floor_char_boundary(start);
                let len = if random.one_in(2) { 0 } else { random.below(8) };
                let end = text.ceil_char_boundary((start + len).min(text.len()));
                let insert = *random.pick(TYPED);
                // Known findings are what an edit could wrongly keep.
                let _ = lints::check_with(&digest, &options);
                let before = digest.clone();
                let reparse = digest.edit(start..end, insert);
                text.replace_range(start..end, insert);
                if let Err(error) = edits::check_equal(&digest, &text, true) {
                    panic!(
                        "{name}: {insert:?} for {start}..{end} of\n{}\n{error}",
                        before.text().to_text()
                    );
                }
                let fresh = Digest::parse(&text);
                assert_eq!(
                    lints::check_with(&digest, &options),
                    lints::check_with(&fresh, &options),
                    "{name}: {insert:?} for {start}..{end} of\n{}",
                    before.text().to_text()
                );
                if insert == "x" && start == end {
                    n_letters += 1;
                    n_short += usize::from(reparse.parsed.len() <= line.len() + 1);
                }
            }
        }
    }
    // Lines with an address or a label take the long way.
    assert!(
        n_letters > 200 && n_short * 3 > n_letters,
        "{n_short} of {n_letters} letters"
    );
}

#[test]
fn a_letter_in_prose_is_told_from_its_line_alone() {
    let text = "===== Patch Commit Messages ====\n\
        New:  title\n[PATCH] title\nAuthor: A <a@b.c>\n\nfirst line\nsecond line\n\n---\n a | 1 +\n 1 file changed, 1 insertion(+)\n\n";
    let mut digest = Digest::parse(text);
    let at = text.find("cond").unwrap();
    let reparse = digest.edit(at..at + 2, "x");
    let line = text.find("second").unwrap();
    assert_eq!(reparse.parsed, line..line + "sexnd line".len());
    edits::check_equal(&digest, &text.replace("second", "sexnd"), true).unwrap();
    let entry = digest
        .blocks()
        .iter()
        .find(|place| place.block.kind == BlockKind::Entry);
    assert_eq!(
        entry
            .unwrap()
            .block
            .entry()
            .unwrap()
            .facts()
            .diffstat
            .unwrap()
            .files,
        1
    );
}

#[test]
fn without_an_author_above_the_first_line_may_be_meant_for_one() {
    let text = "===== Patch Commit Messages ====\nNew:  title\n[PATCH] title\nsome words\n\nmore\n";
    let mut digest = Digest::parse(text);
    let at = text.find("words").unwrap();
    digest.edit(at..at, "@");
    edits::check_equal(&digest, &text.replace("words", "@words"), true).unwrap();
}
