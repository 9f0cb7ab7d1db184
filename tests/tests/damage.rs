//! Each rule finds its damage wherever it is planted in a real digest, and nothing else is found.
//!
//! Every rule has a planter here, which damages a digest at a random place in a random way and
//! tells the line where that has to be found.

use std::collections::BTreeSet;

use patch_digest_core::Digest;
use patch_digest_core::lints::{self, CheckOptions, RULES};
use patch_digest_core::text;
use patch_digest_tests::corpus;
use patch_digest_tests::random::Random;

/// Damages planted per rule and digest.
const N_ROUNDS: u64 = 40;

/// Damages a digest; the zero-based line of the finding. `None` where the digest has no place for
/// this damage.
type Plant = fn(&mut Page, &mut Random) -> Option<usize>;

/// A planter for every rule but `not-utf8`, which is about bytes.
const PLANTERS: &[(&str, Plant)] = &[
    ("bad-header", bad_header),
    ("bad-title-line", bad_title_line),
    ("exist-without-skip", exist_without_skip),
    ("heading-missing", heading_missing),
    ("heading-order", heading_order),
    ("malformed-tag", malformed_tag),
    ("missing-author", missing_author),
    ("missing-separator", missing_separator),
    ("missing-subject", missing_subject),
    ("not-a-digest", not_a_digest),
    ("range-mismatch", range_mismatch),
    ("skip-without-exist", skip_without_exist),
    ("stray-text", stray_text),
    ("table-row", table_row),
    ("title-differs", title_differs),
    ("unknown-exist", unknown_exist),
    ("unreadable-author", unreadable_author),
];

#[test]
fn real_digests_are_undamaged() {
    for (name, text) in corpus::digests().unwrap() {
        assert_eq!(lints::check(&Digest::parse(&text)), [], "{name}");
    }
}

#[test]
fn every_rule_has_a_planter() {
    let mut planters: BTreeSet<_> = PLANTERS.iter().map(|(code, _)| *code).collect();
    planters.insert("not-utf8");
    assert_eq!(planters, RULES.iter().map(|rule| rule.code).collect());
}

#[test]
fn damage_planted_anywhere_is_found_there_and_nothing_else_is() {
    for (code, plant) in PLANTERS {
        let mut places = BTreeSet::new();
        for (number, (name, text)) in corpus::digests().unwrap().into_iter().enumerate() {
            for round in 0..N_ROUNDS {
                let mut random = Random::new(round * 100 + number as u64);
                let mut page = Page::new(&text);
                let Some(line) = plant(&mut page, &mut random) else {
                    continue;
                };
                let ends = *random.pick(&["\n", "\n", "\r\n", "\r"]);
                let damaged = page.text(ends);
                let digest = Digest::parse(&damaged);
                let found: Vec<_> = lints::check(&digest)
                    .iter()
                    .map(|problem| {
                        (
                            problem.rule.code,
                            digest.text().line_of(problem.range.start),
                        )
                    })
                    .collect();
                assert_eq!(
                    found,
                    [(*code, line)],
                    "{name}, round {round}: {}",
                    page.around(line)
                );
                places.insert((number, line));
            }
        }
        assert!(!places.is_empty(), "{code} was never planted");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_found_at_the_first_of_them() {
    for (number, (name, text)) in corpus::digests().unwrap().into_iter().enumerate() {
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
            let digest = Digest::parse(&decoded.text);
            assert_eq!(lints::check(&digest), [], "{name}, round {round}");
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

/// The lines of a digest, to damage.
struct Page {
    lines: Vec<String>,
}

impl Page {
    fn new(text: &str) -> Self {
        let lines = text.trim_end_matches('\n').split('\n');
        Self {
            lines: lines.map(str::to_owned).collect(),
        }
    }

    fn text(&self, line_end: &str) -> String {
        self.lines
            .iter()
            .flat_map(|line| [line, line_end])
            .collect()
    }

    /// The lines around one, for messages of failed tests.
    fn around(&self, line: usize) -> String {
        let first = line.saturating_sub(3);
        let lines = self.lines.iter().enumerate().skip(first).take(8);
        lines
            .map(|(number, line)| format!("\n{number:5} {line}"))
            .collect()
    }

    fn find(&self, start: &str) -> usize {
        self.position(start).expect("every digest has it")
    }

    fn position(&self, start: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.starts_with(start))
    }

    /// The lines where entries start.
    fn entries(&self) -> Vec<usize> {
        let is_new = |at: &usize| self.lines[*at].starts_with("New:  ");
        let starts = (0..self.lines.len()).filter(is_new);
        starts
            .filter(|at| self.lines[at + 2].starts_with("Author: "))
            .collect()
    }

    /// The line where some entry starts, one that no log line names.
    fn entry(&self, random: &mut Random) -> usize {
        let entries = self.entries();
        let is_free = |at: &usize| {
            let exist = format!("Exist: {}", self.lines[at + 1]);
            !self.lines.contains(&exist)
        };
        *random.pick(&entries.into_iter().filter(is_free).collect::<Vec<_>>())
    }

    /// The line of the separator that ends the entry at a line.
    fn separator(&self, entry: usize) -> usize {
        let rule = "-".repeat(70);
        let after = self.lines[entry..].iter().position(|line| *line == rule);
        entry + after.expect("every entry ends with one")
    }

    /// Some line of some message that is not blank.
    fn line_of_a_message(&self, random: &mut Random) -> usize {
        loop {
            let entry = *random.pick(&self.entries());
            let (first, end) = (entry + 3, self.separator(entry));
            let at = first + random.below(end - first);
            if !self.lines[at].is_empty() {
                return at;
            }
        }
    }

    /// A line before which log lines may stand: after an entry.
    fn place_for_log(&self, random: &mut Random) -> usize {
        let entry = *random.pick(&self.entries());
        (self.separator(entry) + 2).min(self.lines.len())
    }

    fn insert(&mut self, at: usize, line: &str) {
        self.lines.insert(at, line.to_owned());
    }

    /// A row of one of the two tables.
    fn table_row(&self, random: &mut Random) -> usize {
        let heading = *random.pick(&["Top 15 contributor Email", "Top 15 contributors"]);
        let first = self.find(heading) + 2;
        let n_rows = self.lines[first..].iter().position(String::is_empty);
        first + random.below(n_rows.expect("a blank line ends a table"))
    }
}

// ---- The planters

fn bad_header(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &page.lines[0];
    page.lines[0] = match random.below(5) {
        0 => line.replace("From ", "From: "),
        1 => line.replace(" to ", " .. "),
        2 => line.chars().take(11).collect(),
        3 => line.replacen(|c: char| c.is_ascii_digit(), "g", 1),
        _ => format!("> {line}"),
    };
    Some(0)
}

fn bad_title_line(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &page.lines[1];
    page.lines[1] = match random.below(4) {
        0 => line.replace("mailing list", "list"),
        1 => line.replace("KVM ", ""),
        2 => {
            // On a blank line there is nothing to underline: it is told at the first.
            page.lines[1].clear();
            return Some(0);
        }
        _ => line.replace(" to ", "..."),
    };
    Some(1)
}

fn range_mismatch(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &mut page.lines[1];
    // One digit of one of the two hashes, or all but seven digits.
    let hashes: Vec<_> = line.split(' ').rev().step_by(2).take(2).collect();
    let hash = (*random.pick(&hashes)).to_owned();
    let at = random.below(hash.len());
    let other = if hash.as_bytes()[at] == b'0' {
        "1"
    } else {
        "0"
    };
    let wrong = match random.below(3) {
        0 => hash[..7].to_owned(),
        _ => format!("{}{other}{}", &hash[..at], &hash[at + 1..]),
    };
    *line = line.replace(&hash, &wrong);
    Some(1)
}

fn heading_missing(page: &mut Page, random: &mut Random) -> Option<usize> {
    let domains = page.find("Top 15 contributor Email");
    let contributors = page.find("Top 15 contributors");
    let patch_list = page.find("===== Patch list");
    let messages = page.find("===== Patch Commit");
    // It is told at the heading that it should follow, or at the second line.
    match random.below(4) {
        0 => {
            page.lines.drain(domains..contributors);
            Some(1)
        }
        1 => {
            page.lines.drain(contributors..patch_list);
            Some(domains)
        }
        2 => {
            page.lines.remove(patch_list);
            Some(contributors)
        }
        _ => {
            page.lines.remove(messages);
            Some(patch_list)
        }
    }
}

fn heading_order(page: &mut Page, random: &mut Random) -> Option<usize> {
    let domains = page.find("Top 15 contributor Email");
    let contributors = page.find("Top 15 contributors");
    let patch_list = page.find("===== Patch list");
    let messages = page.find("===== Patch Commit");
    match random.below(4) {
        // Twice.
        0 => {
            let heading = *random.pick(&[domains, contributors, patch_list, messages]);
            let line = page.lines[heading].clone();
            page.insert(heading, &line);
            Some(heading + 1)
        }
        1 => {
            let line = page.lines[messages].clone();
            page.insert(messages + 1, "");
            page.insert(messages + 2, &line);
            Some(messages + 2)
        }
        // The other way round.
        2 => {
            page.lines.swap(patch_list, messages);
            Some(messages)
        }
        _ => {
            let table: Vec<_> = page.lines.drain(domains..contributors).collect();
            let at = domains + (patch_list - contributors);
            page.lines.splice(at..at, table);
            Some(at)
        }
    }
}

fn table_row(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.table_row(random);
    let row = page.lines[at].trim_start().to_owned();
    let (count, who) = row.split_once(' ').expect("count and name");
    match random.below(4) {
        0 => page.lines[at] = who.trim_start().to_owned(),
        1 => page.lines[at] = format!("      {count}"),
        2 => page.lines[at] = format!("      -{row}"),
        _ => page.insert(at, "and others"),
    }
    Some(at)
}

fn missing_subject(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    page.lines.remove(entry + 1);
    Some(entry)
}

fn malformed_tag(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let subject = &page.lines[entry + 1];
    let (_, title) = subject.split_once("] ").expect("a tag");
    let tag = *random.pick(&[
        "PATCH 5/3",
        "PATCH v0",
        "PATCH v0 1/2",
        "PATCH v2 3/2",
        "RFC PATCH 9/8",
    ]);
    page.lines[entry + 1] = format!("[{tag}] {title}");
    Some(entry + 1)
}

fn missing_author(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let author = &page.lines[entry + 2];
    match random.below(3) {
        0 => {
            page.lines[entry + 2] = author.replace("Author:", "Autor:");
            Some(entry + 2)
        }
        1 => {
            page.lines[entry + 2] = author.replace("Author: ", "");
            Some(entry + 2)
        }
        _ => {
            page.lines.remove(entry + 2);
            Some(entry + 1)
        }
    }
}

fn unreadable_author(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.entry(random) + 2;
    let author = &page.lines[at];
    let (name, _) = author.split_once(" <").expect("name and address");
    page.lines[at] = match random.below(3) {
        0 => name.to_owned(),
        1 => "Author:".to_owned(),
        _ => format!("{name} <>"),
    };
    Some(at)
}

fn missing_separator(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = *random.pick(&page.entries());
    let separator = page.separator(entry);
    match random.below(3) {
        // Too short or too long: a line of the message.
        0 => {
            page.lines[separator] = "-".repeat(69);
            return Some(separator);
        }
        1 => {
            page.lines[separator].push('-');
            return Some(separator);
        }
        _ => {}
    }
    page.lines.remove(separator);
    let before = &page.lines[..separator];
    before.iter().rposition(|line| !line.is_empty())
}

fn title_differs(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let new = &page.lines[entry];
    page.lines[entry] = match random.below(4) {
        0 => format!("{new}x"),
        1 => new.replace("New:  ", "New:  x"),
        2 => "New:  ".to_owned(),
        _ => new.to_uppercase().replace("NEW:", "New:"),
    };
    Some(entry)
}

fn stray_text(page: &mut Page, random: &mut Random) -> Option<usize> {
    let words = *random.pick(&["Some words.", "> New:  x", "[PATCH] x", "-- ", "Exists: x"]);
    let at = match random.below(4) {
        0 => 2,
        1 => page.find("===== Patch list") + 1 + random.below(3),
        2 => page.find("===== Patch Commit") + 1 + random.below(2),
        // Between entries; after the last one it could be its own text.
        _ => {
            let entries = page.entries();
            let entry = *random.pick(&entries[..entries.len() - 1]);
            page.separator(entry) + 1 + random.below(2)
        }
    };
    page.insert(at, words);
    // Several lines are one finding.
    if random.one_in(2) {
        page.insert(at + 1, "More words.");
    }
    Some(at)
}

fn exist_without_skip(page: &mut Page, random: &mut Random) -> Option<usize> {
    if let Some(skip) = page.position(" Skip: ").filter(|_| random.one_in(2)) {
        page.lines.remove(skip);
        return Some(skip - 1);
    }
    let at = page.place_for_log(random);
    let above: Vec<_> = page
        .entries()
        .into_iter()
        .filter(|&entry| entry < at)
        .collect();
    let subject = page.lines[random.pick(&above) + 1].clone();
    page.insert(at, &format!("Exist: {subject}"));
    Some(at)
}

fn skip_without_exist(page: &mut Page, random: &mut Random) -> Option<usize> {
    if let Some(exist) = page.position("Exist: ").filter(|_| random.one_in(2)) {
        page.lines.remove(exist);
        return Some(exist);
    }
    let at = page.place_for_log(random);
    page.insert(at, " Skip: [PATCH v2] a mail left out");
    Some(at)
}

fn unknown_exist(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.place_for_log(random);
    let below = page.entries().into_iter().find(|&entry| entry >= at);
    let subject = match below {
        // An entry that only comes later.
        Some(entry) if random.one_in(2) => page.lines[entry + 1].clone(),
        _ => "[PATCH v7 3/9] a mail that is not here".to_owned(),
    };
    page.insert(at, &format!("Exist: {subject}"));
    page.insert(at + 1, " Skip: [PATCH v2] a mail left out");
    Some(at)
}

/// The text of some messages alone.
fn not_a_digest(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = *random.pick(&page.entries());
    let message = page.lines[entry + 4..page.separator(entry)].to_vec();
    page.lines = message;
    Some(0)
}
