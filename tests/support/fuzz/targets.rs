//! Targets that take their bytes as they are.

use std::path::{Path, PathBuf};

use patch_digest_config::layers::{Layer, Source, resolve};
use patch_digest_core::features::{definition, folding, hover, outline};
use patch_digest_core::model::people;
use patch_digest_core::{Digest, lints, shown, text};

use crate::{corpus, edits, harmless, samples, traffic};

/// Longer inputs only take longer.
const MAX_LEN: usize = 40_000;

/// Places in a text about which features are asked.
const N_PLACES: usize = 12;

/// Parses, and asks every feature about the whole and about some places.
pub(super) fn parse(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(MAX_LEN)];
    let decoded = text::decode(bytes);
    let digest = Digest::parse(&*decoded.text);
    if let Err(problem) = edits::check_equal(&digest, &decoded.text, true) {
        panic!("{problem}");
    }
    for row in outline::outline(&digest) {
        check_row(&row);
    }
    for problem in lints::check(&digest) {
        harmless::check_line(&problem.message);
        check_range(&digest, &problem.range);
    }
    for fold in folding::folding(&digest) {
        assert!(fold.first <= fold.last, "{fold:?}");
    }
    let len = decoded.text.len();
    for number in 0..=N_PLACES {
        let offset = digest.text().floor_char_boundary(len * number / N_PLACES);
        if let Some(hover) = hover::hover(&digest, offset) {
            harmless::check_markdown(&hover.page.markdown());
            harmless::check_lines(&hover.page.plain());
            check_range(&digest, &hover.range);
        }
        if let Some(found) = definition::definition(&digest, offset) {
            check_range(&digest, &found.origin);
            for target in found.targets {
                check_range(&digest, &target.full);
                check_range(&digest, &target.focus);
            }
        }
    }
}

fn check_row(row: &outline::Row) {
    harmless::check_line(&row.name);
    harmless::check_line(row.detail.as_deref().unwrap_or_default());
    row.children.iter().for_each(check_row);
}

fn check_range(digest: &Digest, range: &std::ops::Range<usize>) {
    let text = digest.text();
    let is_whole = |at| text.floor_char_boundary(at) == at;
    assert!(
        range.start <= range.end && range.end <= text.len(),
        "{range:?} of {} bytes",
        text.len()
    );
    assert!(is_whole(range.start) && is_whole(range.end), "{range:?}");
}

/// Small digests made from real ones, and made up ones with everything wrong.
pub(super) fn digests() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = traffic::small_digests()
        .into_iter()
        .step_by(3)
        .map(String::into_bytes)
        .collect();
    seeds.push(samples::series().into_bytes());
    seeds.push(harmless::evil_digest().into_bytes());
    seeds.push(samples::series().replace('\n', "\r\n").into_bytes());
    seeds.push(b"New:  \xff\xfe\r[PATCH] x\rAuthor: \xe4 <a@b>\r".to_vec());
    seeds
}

/// Names, encoded words, and text made harmless.
pub(super) fn decoders(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(4_000)];
    let decoded = text::decode(bytes);
    for &at in &decoded.invalid {
        assert!(decoded.text[at..].starts_with(char::REPLACEMENT_CHARACTER));
    }
    assert_eq!(
        decoded.invalid.is_empty(),
        std::str::from_utf8(bytes).is_ok()
    );
    let text = &*decoded.text;
    let _ = people::decode_encoded_words(text);
    let _ = people::repair_charset(text);
    let name = people::clean_name(text);
    assert!(people::same_name(&name, &name) || people::name_key(&name).is_empty());
    if let Some(author) = people::parse_author(text) {
        for range in [author.name, author.email] {
            assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
        }
    }
    harmless::check_line(&shown::plain(text));
    harmless::check_markdown_shows(&shown::markdown(text), text);
    harmless::check_markdown(&shown::markdown_link(text));
    for max in [0, 1, 7, 60] {
        assert!(shown::short(text, max).chars().count() <= max.max(1));
    }
}

/// What stands behind `Author:` in real digests, and what is harder.
pub(super) fn names() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for (_, text) in corpus::digests().unwrap_or_default() {
        let authors = text
            .lines()
            .filter_map(|line| line.strip_prefix("Author: "));
        seeds.extend(authors.step_by(4).map(|author| author.as_bytes().to_vec()));
    }
    let harder = [
        "=?UTF-8?q?Carlos=20L=C3=B3pez?= <clopez@suse.de>",
        "=?utf-8?b?5L2g5aW9?= =?utf-8?b?5L2g5aW9?= <a@b.c>",
        "=?iso-8859-1*en?Q?=e4_=F6?=",
        "=?gb18030?B?xOO6ww==?=",
        "=?x-unknown?q?a?= =?utf-8?x?a?= =??q?a?=",
        "\"Saarinen, \\\"J\\\" Jani\" (comment (nested)) <jani@example.org> # x",
        "torvalds@osdl.org (Linus Torvalds)",
        "Carlos L贸pez",
        "LÃ³pez",
        "[x](command:y) ![i](http://e.org/i) <img src=x> www.e.org https://e.org a@b.c",
        "1. a\n- b\n# c\n    d\n***\n===\n",
    ];
    seeds.extend(harder.iter().map(|name| name.as_bytes().to_vec()));
    seeds
}

/// Reads a settings file.
pub(super) fn settings(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(MAX_LEN)];
    let text = String::from_utf8_lossy(bytes);
    let path = PathBuf::from("/digests/.patch-digest.toml");
    let layer = Layer::from_toml(Source::Project(path), &text);
    let resolved = resolve([&layer]);
    for complaint in &resolved.complaints {
        harmless::check_line(&complaint.to_string());
    }
    for path in [None, Some(Path::new("/digests/a.txt"))] {
        let _ = resolved.settings.lint.check_options(path);
    }
    if let Ok(json) = serde_json::from_slice(bytes) {
        let layer = Layer::from_editor(&json);
        for complaint in resolve([&layer]).complaints {
            harmless::check_line(&complaint.to_string());
        }
    }
}

/// Settings files that are right, nearly right, and wrong.
pub(super) fn settings_files() -> Vec<Vec<u8>> {
    [
        "[lint]\nprofile = \"maker\"\nreview = true\n[lint.rules]\nbad-header = \"off\"\n",
        "[[lint.per-path]]\npaths = [\"old/**/*.txt\"]\nprofile = \"reader\"\n",
        "[index]\nmax-files = 5\n[links]\n[hints]\n[completion]\n[queue]\n[queue.watch]\n",
        "lint.rules.bad-header = 5\nlint = []\n\"\\u001b[31m\" = 1\n",
        "[a.b.c.d]\nx = 1979-05-27T07:32:00Z\ny = [1, [2, {z = 3}]]\n",
        "{\"lint\": {\"rules\": {\"badHeader\": \"off\"}}, \"index\": {\"maxFiles\": -1}}",
        "x = \"\"\"\n\u{202e}\n\"\"\"\n",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}
