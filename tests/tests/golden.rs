//! What the features say of the real digests, as text to read. After a wanted change:
//! `UPDATE_EXPECT=1 cargo test -p patch-digest-tests --test golden`, and read the difference.

use std::fmt::Write as _;

use expect_test::expect_file;
use patch_digest_core::Digest;
use patch_digest_core::features::copy::{Asked, copies, outline_text};
use patch_digest_core::features::hints::{HintOptions, hints, tooltip};
use patch_digest_core::features::links::{LinkOptions, links};
use patch_digest_core::features::{definition, folding, hover, names, outline};
use patch_digest_core::text::Encoding;
use patch_digest_tests::corpus;

/// Compares `render` of every digest with its file in `golden/`.
fn check(what: &str, render: impl Fn(&Digest) -> String) {
    for (name, text) in corpus::digests().unwrap() {
        let stem = name.trim_end_matches(".txt");
        let path = format!("{}/golden/{stem}.{what}.txt", env!("CARGO_MANIFEST_DIR"));
        expect_file![path].assert_eq(&render(&Digest::parse(&text)));
    }
}

/// The one-based line of an offset.
fn line(digest: &Digest, offset: usize) -> usize {
    digest.text().position_of(offset, Encoding::Utf8).0 + 1
}

#[test]
fn outlines() {
    fn add(text: &mut String, digest: &Digest, row: &outline::Row, depth: usize) {
        let detail = row.detail.as_deref().unwrap_or_default();
        let old = if row.superseded { " superseded" } else { "" };
        let _ = writeln!(
            text,
            "{:indent$}{} ‹{detail}› {:?}{old} {}-{} focus {}",
            "",
            row.name,
            row.kind,
            line(digest, row.range.start),
            line(digest, row.range.end.saturating_sub(1)),
            line(digest, row.focus.start),
            indent = depth * 2,
        );
        for child in &row.children {
            add(text, digest, child, depth + 1);
        }
    }
    check("outline", |digest| {
        let mut text = String::new();
        for row in outline::outline(digest) {
            add(&mut text, digest, &row, 0);
        }
        text
    });
}

#[test]
fn folds() {
    check("folding", |digest| {
        let mut text = String::new();
        for fold in folding::folding(digest) {
            let _ = writeln!(
                text,
                "{}-{} {:?} {}",
                fold.first + 1,
                fold.last + 1,
                fold.kind,
                fold.collapsed
            );
        }
        text
    });
}

/// Every shortlog line, its wrapped second line too, and from the patch back.
#[test]
fn definitions_of_shortlog_lines() {
    check("definitions", |digest| {
        let mut text = String::new();
        let model = digest.model();
        for series in &model.series {
            let Some(cover) = series.cover else { continue };
            let _ = writeln!(text, "{}", names::series_name(model, series));
            for patch in &series.patches {
                let Some((group, title)) = patch.listed() else {
                    continue;
                };
                let range = definition::shortlog_title_range(digest, cover, group, title).unwrap();
                let there = definition::definition(digest, range.start);
                let at_end = definition::definition(digest, range.end - 1);
                assert_eq!(
                    there, at_end,
                    "first and last line of a title lead elsewhere"
                );
                let from = line(digest, range.start);
                let Some(there) = there else {
                    let _ = writeln!(text, "  {from} nowhere");
                    continue;
                };
                let target = &there.targets[0];
                let back = definition::definition(digest, target.focus.start).unwrap();
                assert_eq!(back.targets[0].focus, range, "the way back leads elsewhere");
                let _ = writeln!(text, "  {from} -> {}", line(digest, target.focus.start));
            }
        }
        text
    });
}

/// Every series and single mail, then every table row, log line, footnote and version.
#[test]
fn hovers() {
    check("hovers", |digest| {
        let mut text = String::new();
        let mut last = None;
        for number in 0..digest.text().n_lines() {
            let range = digest.text().line_range(number);
            let places = [
                range.start,
                range.start + range.len() / 2,
                range.end.saturating_sub(2),
            ];
            for offset in places.into_iter().filter(|offset| range.contains(offset)) {
                let Some(hover) = hover::hover(digest, offset) else {
                    continue;
                };
                if last.as_ref() == Some(&hover) {
                    continue;
                }
                assert!(hover.page.n_lines() <= 15);
                let shown = &digest.text().slice(hover.range.clone());
                let _ = writeln!(text, "{}: {shown}", number + 1);
                for line in hover.page.plain().lines() {
                    let _ = writeln!(text, "    {line}");
                }
                last = Some(hover);
            }
        }
        text
    });
}

/// Every link: line, text, target, and the tooltip where it says something else.
#[test]
fn links_and_their_targets() {
    check("links", |digest| {
        let mut text = String::new();
        let mut end = 0;
        for link in links(digest, 0..digest.text().len(), &LinkOptions::default()) {
            assert!(end <= link.range.start && link.range.start < link.range.end);
            end = link.range.end;
            let at = line(digest, link.range.start);
            assert_eq!(at, line(digest, link.range.end), "a link over two lines");
            let shown = digest.text().slice(link.range.clone());
            let _ = writeln!(text, "{at} {:?}: {shown}", link.kind);
            if link.target != shown {
                let _ = writeln!(text, "    {}", link.target);
            }
            if let Some(tooltip) = link.tooltip.filter(|tooltip| *tooltip != link.target) {
                let _ = writeln!(text, "    {tooltip}");
            }
        }
        text
    });
}

/// What can be copied of every series, and the outline as text.
#[test]
fn texts_to_copy() {
    check("copies", |digest| {
        let options = LinkOptions::default();
        let mut text = outline_text(digest, &options);
        let mut seen = Vec::new();
        for series in &digest.model().series {
            let Some(target) = series.lead(&digest.model().entries) else {
                continue;
            };
            let place = digest.blocks().entry(target).unwrap();
            for copy in copies(digest, place.start(), Asked::ByItself, &options) {
                if !seen.contains(&copy.text) {
                    let _ = writeln!(text, "\n{} [{}]\n{}", copy.title, copy.what, copy.text);
                    seen.push(copy.text);
                }
            }
        }
        text
    });
}

/// Every hint with its line and what it says when pointed at; the hover of that line says it, too.
#[test]
fn hints_between_words() {
    check("hints", |digest| {
        let mut text = String::new();
        for hint in hints(digest, 0..digest.text().len(), HintOptions::default()) {
            let at = line(digest, hint.offset);
            let told = tooltip(digest, &hint);
            let _ = writeln!(text, "{at} {:?}: {} ({told})", hint.kind, hint.label);
            let about = hover::hover(digest, hint.offset.saturating_sub(1))
                .or_else(|| hover::hover(digest, hint.offset))
                .map_or(String::new(), |hover| hover.page.plain());
            let words = hint
                .label
                .split(['/', ' '])
                .map(|word| word.trim_start_matches('0'));
            for word in words.filter(|word| !matches!(*word, "⋯" | "written" | "by")) {
                assert!(about.contains(word), "{at}: no {word} in {about}");
            }
        }
        text
    });
}
