//! Each rule finds its damage wherever it is planted in a real digest, and nothing else is found;
//! and a fix of the damage takes the finding away, brings no new one, and leaves the rest as it is.
//!
//! Every rule has a planter here, which damages a digest at a random place in a random way and
//! tells the line where that has to be found. All rules are on, so a planter has to leave the digest
//! right in every other way.

mod numbers;
mod page;
mod series;
mod structure;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use patch_digest_core::lints::{self, CheckOptions, Group, Problem, Profile, RULES, Severity};
use patch_digest_core::{Digest, fixes, text};
use patch_digest_tests::corpus;
use patch_digest_tests::random::Random;

use page::Page;

/// Damages planted per rule and digest.
const N_ROUNDS: u64 = 12;

/// Damages a digest; the zero-based line of the finding. `None` where the digest has no place for
/// this damage.
type Plant = fn(&mut Page, &mut Random) -> Option<usize>;

/// A planter for every rule but `not-utf8`, which is about bytes, and `newer-version`, which is
/// about more than one digest.
const PLANTERS: &[(&str, Plant)] = &[
    ("bad-header", structure::bad_header),
    ("bad-title-line", structure::bad_title_line),
    ("bad-url", words::bad_url),
    ("control-character", words::control_character),
    ("cover-disagrees", series::cover_disagrees),
    ("cover-skipped", series::cover_skipped),
    ("cut-title", series::cut_title),
    ("diffstat-files", numbers::diffstat_files),
    ("diffstat-sum", numbers::diffstat_sum),
    ("domain-count", numbers::domain_count),
    ("duplicate-entry", series::duplicate_entry),
    ("encoded-word", words::encoded_word),
    ("exist-without-skip", structure::exist_without_skip),
    ("fixes-shape", words::fixes_shape),
    ("footnote-missing", words::footnote_missing),
    ("footnote-twice", words::footnote_twice),
    ("heading-missing", structure::heading_missing),
    ("heading-order", structure::heading_order),
    ("malformed-tag", structure::malformed_tag),
    ("missing-author", structure::missing_author),
    ("missing-separator", structure::missing_separator),
    ("missing-sign-off", words::missing_sign_off),
    ("missing-subject", structure::missing_subject),
    ("misspelt-trailer", words::misspelt_trailer),
    ("not-a-digest", structure::not_a_digest),
    ("patch-not-listed", series::patch_not_listed),
    ("quoted-printable", words::quoted_printable),
    ("range-mismatch", structure::range_mismatch),
    ("reply-as-cover", series::reply_as_cover),
    ("series-cut", series::series_cut),
    ("shortlog-count", numbers::shortlog_count),
    ("shortlog-total", numbers::shortlog_total),
    ("skip-without-exist", structure::skip_without_exist),
    ("stray-text", structure::stray_text),
    ("table-order", numbers::table_order),
    ("table-row", structure::table_row),
    ("table-rows", numbers::table_rows),
    ("table-total", numbers::table_total),
    ("title-differs", structure::title_differs),
    ("trailer-apart", words::trailer_apart),
    ("unknown-exist", structure::unknown_exist),
    ("unreadable-author", structure::unreadable_author),
    ("wrong-charset", words::wrong_charset),
];

/// Every rule is on.
fn everything() -> CheckOptions {
    CheckOptions {
        review: true,
        ..CheckOptions::new(Profile::Maker)
    }
}

/// A finding without its place: text moves when damage is planted above it.
type Essence = (&'static str, String);

fn essence(digest: &Digest, problem: &Problem) -> Essence {
    let text = digest.text().slice(problem.range.clone());
    (problem.rule.code, text.split_whitespace().collect())
}

/// How often each finding is there.
type Known = BTreeMap<Essence, usize>;

fn known(text: &str, options: &CheckOptions) -> Known {
    let digest = Digest::parse(text);
    let mut known = Known::new();
    for problem in lints::check_with(&digest, options) {
        *known.entry(essence(&digest, &problem)).or_default() += 1;
    }
    known
}

/// What is found in a digest beyond what was found before the damage.
struct New {
    digest: Digest,
    problems: Vec<Problem>,
}

fn new_findings(before: &Known, damaged: &str, options: &CheckOptions) -> New {
    let mut known = before.clone();
    let digest = Digest::parse(damaged);
    let mut problems = lints::check_with(&digest, options);
    problems.retain(|problem| match known.get_mut(&essence(&digest, problem)) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    });
    New { digest, problems }
}

impl New {
    /// Code and line of each.
    fn places(&self) -> Vec<(&'static str, usize)> {
        let text = self.digest.text();
        let place = |problem: &Problem| (problem.rule.code, text.line_of(problem.range.start));
        self.problems.iter().map(place).collect()
    }
}

#[test]
fn real_digests_have_no_error_and_readers_see_no_warning() {
    for (name, text) in corpus::digests().unwrap() {
        let digest = Digest::parse(&text);
        for problem in lints::check(&digest) {
            assert!(problem.severity > Severity::Warning, "{name}: {problem:?}");
        }
        for problem in lints::check_with(&digest, &everything()) {
            assert!(problem.severity > Severity::Error, "{name}: {problem:?}");
        }
    }
}

#[test]
fn every_rule_has_a_planter() {
    let mut planters: BTreeSet<_> = PLANTERS.iter().map(|(code, _)| *code).collect();
    planters.extend(["newer-version", "not-utf8"]);
    assert_eq!(planters, RULES.iter().map(|rule| rule.code).collect());
}

#[test]
fn damage_planted_anywhere_is_found_alone_and_its_fix_takes_it_away() {
    let mut fixed = BTreeSet::new();
    let mut places = BTreeSet::new();
    // The first of each sort.
    let mut failures: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (number, (name, text)) in corpus::digests().unwrap().into_iter().enumerate() {
        // White space does not count, so all line ends give the same.
        let before = known(&text, &everything());
        let readers = known(&text, &CheckOptions::default());
        for (code, plant) in PLANTERS {
            for round in 0..N_ROUNDS {
                let mut random = Random::new(round * 100 + number as u64);
                let mut page = Page::new(&text);
                let Some(line) = plant(&mut page, &mut random) else {
                    continue;
                };
                places.insert(*code);
                let ends = *random.pick(&["\n", "\n", "\r\n", "\r"]);
                let damaged = page.text(ends);
                let around = format!("{name}, round {round}: {}", page.around(line));

                let found = new_findings(&before, &damaged, &everything());
                // Readers see it if their profile has it.
                let rule = lints::rule(code).unwrap();
                let is_on = rule.reader.is_some() && rule.group != Group::Review;
                let seen = new_findings(&readers, &damaged, &CheckOptions::default());
                let expected = is_on.then_some((*code, line));
                if found.places() != [(*code, line)] || seen.places() != Vec::from_iter(expected) {
                    let messages = found.problems.iter().map(|problem| &problem.message);
                    let messages: Vec<_> = messages.collect();
                    let all = format!(
                        "{:?} {messages:?}, readers: {:?}",
                        found.places(),
                        seen.places()
                    );
                    failures
                        .entry((code, "finding"))
                        .or_insert(format!("{around}\n{all}"));
                    continue;
                }
                // The last one repairs every place.
                let Some(fix) = fixes::of(&found.problems[0]).pop() else {
                    continue;
                };
                fixed.insert(*code);
                let changes = |edit: &fixes::Edit| damaged[edit.range.clone()] != edit.text;
                let repaired = fixes::apply(&damaged, &fix.edits);
                let left = new_findings(&before, &repaired, &everything());
                if !fix.edits.iter().all(changes) || !left.places().is_empty() {
                    let all = format!("{fix:?} left {:?}", left.places());
                    failures
                        .entry((code, "fix"))
                        .or_insert(format!("{around}\n{all}"));
                }
            }
        }
    }
    let told = failures
        .iter()
        .map(|((code, what), failure)| format!("wrong {what} of {code} in {failure}\n"));
    assert!(failures.is_empty(), "{}", told.collect::<String>());
    assert_eq!(
        places.len(),
        PLANTERS.len(),
        "never planted: all but {places:?}"
    );
    assert_eq!(Vec::from_iter(fixed), FIXABLE);
}

#[test]
fn an_entry_whose_first_line_is_damaged_is_found_and_put_right() {
    let options = everything();
    for (name, text) in corpus::digests().unwrap() {
        let before = known(&text, &options);
        let n_entries = Page::new(&text).entries().len();
        let damages: [fn(&str) -> Option<String>; 5] = [
            |_| None,
            |line| Some(format!("  {line}")),
            |line| Some(line.replacen("New:", "new:", 1)),
            |line| Some(line.replacen("New:  ", "", 1)),
            |line| Some(line.replacen("New:", "Re", 1)),
        ];
        for (nth, damage) in (0..n_entries).flat_map(|nth| damages.map(|damage| (nth, damage))) {
            let mut page = Page::new(&text);
            let at = page.entries()[nth];
            let line = page.lines.remove(at);
            let damaged = damage(&line);
            let is_gone = damaged.is_none();
            page.lines.splice(at..at, damaged);
            let damaged = page.text(["\n", "\r\n", "\r"][nth % 3]);
            let found = new_findings(&before, &damaged, &options);
            let stray = |problem: &&Problem| problem.rule.code == "stray-text";
            let problem = found.problems.iter().find(stray);
            let problem = problem.unwrap_or_else(|| panic!("{name}: {}", page.around(at)));
            assert_eq!(found.digest.text().line_of(problem.range.start), at);
            let fix = fixes::of(problem).pop();
            let repaired = fix.map(|fix| fixes::apply(&damaged, &fix.edits));
            // Where the title was not that of the subject, what stands there is not touched.
            if is_gone || line.ends_with(page.lines[at + 1].rsplit("] ").next().unwrap()) {
                let repaired = repaired.unwrap_or_else(|| panic!("{name}: {}", page.around(at)));
                let left = new_findings(&before, &repaired, &options);
                assert!(left.problems.is_empty(), "{name}: {:?}", left.places());
            }
        }
    }
}

/// The rules whose findings have a fix.
const FIXABLE: &[&str] = &[
    "control-character",
    "cut-title",
    "diffstat-files",
    "diffstat-sum",
    "domain-count",
    "encoded-word",
    "missing-separator",
    "misspelt-trailer",
    "quoted-printable",
    "shortlog-count",
    "table-order",
    "title-differs",
    "trailer-apart",
    "wrong-charset",
];

#[test]
fn everything_certain_is_fixed_at_once_and_then_nothing_is_left_to_do() {
    for (name, text) in corpus::digests().unwrap() {
        for ends in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', ends);
            let digest = Digest::parse(&text);
            let before = lints::check_with(&digest, &everything());
            let n_certain = before
                .iter()
                .filter(|problem| problem.repair.as_ref().is_some_and(|repair| repair.certain))
                .count();
            let Some(fixed) = fixes::fix_all(&digest, &everything()) else {
                assert_eq!(n_certain, 0, "{name}");
                continue;
            };
            let repaired = Digest::parse(&fixed.text);
            let after = lints::check_with(&repaired, &everything());
            assert_eq!(after.len(), before.len() - n_certain, "{name}");
            assert_eq!(fixes::fix_all(&repaired, &everything()), None, "{name}");
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_are_found_at_the_first_of_them() {
    for (number, (name, text)) in corpus::digests().unwrap().into_iter().enumerate() {
        let before = known(&text, &everything());
        for round in 0..N_ROUNDS {
            let mut random = Random::new(round * 100 + number as u64);
            let mut bytes = text.clone().into_bytes();
            let mut first = text.len();
            let n_places = 1 + random.below(3);
            for _ in 0..n_places {
                let at = text_of_a_message(&text, &mut random);
                bytes[at] = *random.pick(b"\xff\x80\xc3\xe4");
                first = first.min(at);
            }
            let decoded = text::decode(&bytes);
            let found = new_findings(&before, &decoded.text, &everything());
            assert_eq!(found.places(), [], "{name}, round {round}");
            let problem = lints::not_utf8(&decoded.invalid, &CheckOptions::default()).unwrap();
            assert_eq!(problem.rule.code, "not-utf8");
            assert_eq!(problem.range.start, first, "{name}, round {round}");
        }
    }
}

/// A letter inside a line of a message.
fn text_of_a_message(text: &str, random: &mut Random) -> usize {
    let page = Page::new(text);
    let letters = loop {
        let at = page.line_of_a_message(random);
        let start: usize = page.lines[..at].iter().map(|line| line.len() + 1).sum();
        let line = &page.lines[at];
        // A line of plain words: no trailer, no title, no row of anything.
        if line.len() > 20 && line.bytes().all(|b| b.is_ascii_lowercase() || b == b' ') {
            break start + 1..start + line.len() - 1;
        }
    };
    letters.start + random.below(letters.len())
}
