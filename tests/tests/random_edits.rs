//! A digest kept under random edits is the digest parsed afresh.

use patch_digest_tests::{corpus, edits};

#[test]
fn reparsing_after_random_edits_equals_parsing() {
    for (idx, (name, text)) in corpus::digests().unwrap().into_iter().enumerate() {
        for seed in 0..6 {
            let seed = seed * 100 + idx as u64;
            if let Err(error) = edits::run(seed, &text, 300) {
                panic!("{name}: {error}");
            }
        }
    }
}

#[test]
fn every_truncation_of_a_digest_has_an_outline_that_holds_together() {
    for (name, text) in corpus::digests().unwrap() {
        let step = 997;
        for at in (0..text.len()).step_by(step) {
            let cut = &text[..text.floor_char_boundary(at)];
            let digest = patch_digest_core::Digest::parse(cut);
            if let Err(error) = edits::check_equal(&digest, cut, true) {
                panic!("{name} cut at {at}: {error}");
            }
        }
    }
}

#[test]
fn a_digest_parsed_in_two_is_that_parsed_in_one() {
    let rule = "-".repeat(70);
    let entry = format!("New:  t\n[PATCH] t\nAuthor: A <a@b.c>\n\nwords\n\n{rule}\n\n");
    let list = "===== Patch Commit Messages ====\n".to_owned();
    for text in [
        String::new(),
        entry.clone(),
        list.clone() + &entry.repeat(9),
        // Where no entry may stand, what looks like the start of one is none.
        format!(
            "From 1234567 to 89abcde\n{}",
            format!("words\n{rule}\n\nNew:  features\nwords\n").repeat(9)
        ),
        list.clone() + &entry.repeat(3).replace('\n', "\r\n"),
        list + &entry.replace("words", &"x".repeat(5000)).repeat(2),
    ] {
        let digest = patch_digest_core::Digest::parse(&text);
        if let Err(error) = edits::check_equal(&digest, &text, true) {
            panic!("{text}\n{error}");
        }
    }
}
