//! A digest kept under random edits is the digest parsed afresh.

use patch_digest_core::text::{Encoding, Text};
use patch_digest_tests::random::Random;
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

/// Checks a text at random places against the same text in one piece.
fn assert_same(text: &Text, content: &str, random: &mut Random) {
    assert_eq!(text.to_text(), content);
    let whole = Text::new(content);
    assert_eq!(text.n_lines(), whole.n_lines());
    for _ in 0..20 {
        let line = random.below(text.n_lines() + 1);
        assert_eq!(text.line_range(line), whole.line_range(line));
        let start = random.below(content.len() + 2);
        assert_eq!(text.line_of(start), whole.line_of(start));
        let range = start..start + random.below(3000);
        assert_eq!(text.slice(range.clone()), whole.slice(range));
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let place = whole.position_of(start, encoding);
            assert_eq!(text.position_of(start, encoding), place);
            let column = random.below(90);
            assert_eq!(
                text.offset_at(line, column, encoding),
                whole.offset_at(line, column, encoding)
            );
        }
    }
}

#[test]
fn a_text_under_edits_is_that_of_a_string() {
    // Letters and line ends of all lengths, so that each stands at a seam of the rope some time.
    let pieces = ["x", "\r", "\n", "\r\n", "ü", "€", "😀", " word", "\u{2028}"];
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut content: String = (0..random.below(20_000))
            .map(|_| *random.pick(&pieces))
            .collect();
        let mut text = Text::new(&*content).editable();
        for n_edits in 0..400 {
            let before = text.clone();
            let start = content.floor_char_boundary(random.below(content.len() + 1));
            let len = match random.below(40) {
                0 => random.below(content.len()),
                1..8 => random.below(4000),
                8..20 => random.below(5),
                _ => 0,
            };
            let end = content.ceil_char_boundary((start + len).min(content.len()));
            let n_pieces = match random.below(40) {
                0 => random.below(9000),
                1..10 => random.below(900),
                _ => random.below(3),
            };
            let insert: String = (0..n_pieces).map(|_| *random.pick(&pieces)).collect();
            assert_eq!(text.replace(start..end, &insert), start..end);
            if n_edits % 20 == 0 {
                assert_same(&before, &content, &mut random);
            }
            content.replace_range(start..end, &insert);
            if n_edits % 20 == 0 {
                assert_same(&text, &content, &mut random);
            }
        }
    }
}
