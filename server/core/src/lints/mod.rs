//! What is reported as wrong: the checks, in families.
//!
//! Text is never an error; it has problems. Every problem names a rule of [`RULES`], whose codes
//! are public and never reused.
//!
//! * [`mod@rule`], [`book`]: the rules as data, with their pages;
//! * [`options`]: which rules are on, and how much they matter;
//! * [`page`]: pages of the rule book, as text and as Markdown;
//! * [`fingerprint`]: names by which findings are known again;
//! * a file for each family of checks.

pub mod book;
mod encoding;
pub mod fingerprint;
mod footnotes;
pub(crate) mod local;
mod numbers;
pub mod options;
pub mod page;
mod quoted;
mod review;
pub mod rule;
pub(crate) mod series;
mod structure;
mod urls;

use std::ops::Range;
use std::sync::Arc;

pub use book::*;
pub use fingerprint::fingerprints;
pub use options::{CheckOptions, Profile};
pub use rule::{Explanation, Group, Rule};
pub use series::newer_version;

use crate::digest::Digest;
use crate::fixes::Repair;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Blocks;
use crate::syntax::line::Heading;
use local::Findings;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The digest is broken here.
    Error,
    /// A fact that should be otherwise.
    Warning,
    /// Something the reader may want to know.
    Information,
    /// Something small.
    Hint,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Information, Self::Hint];

    /// The severity of a word; `off` is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Option<Self>> {
        if name == "off" {
            return Some(None);
        }
        let found = Self::ALL
            .into_iter()
            .find(|severity| severity.name() == name);
        found.map(Some)
    }

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
            Self::Hint => "hint",
        }
    }
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How much it matters.
    pub severity: Severity,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, in the reader's words, without a full stop; harmless to show.
    pub message: String,
    /// What proves it: other places with a word about each.
    pub related: Vec<(Range<usize>, String)>,
    /// How it is put right, where the check knows.
    pub repair: Option<Box<Repair>>,
}

impl Problem {
    /// A problem without evidence; how much it matters is for [`check_with`] to say.
    pub(crate) fn new(
        rule: &'static Rule,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity: rule.maker.unwrap_or(Severity::Hint),
            range,
            message: message.into(),
            related: Vec::new(),
            repair: None,
        }
    }

    /// Adds what proves it.
    pub(crate) fn because(mut self, range: Range<usize>, message: impl Into<String>) -> Self {
        self.related.push((range, message.into()));
        self
    }
}

/// The rule with a code.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code).copied()
}

/// What is wrong with a digest for its readers: [`check_with`] with nothing set.
#[must_use]
pub fn check(digest: &Digest) -> Vec<Problem> {
    check_with(digest, &CheckOptions::default())
}

/// What is wrong with a digest, as far as the rules are on, in the order of the text.
#[must_use]
pub fn check_with(digest: &Digest, options: &CheckOptions) -> Vec<Problem> {
    let mut problems = Vec::new();
    structure::check(digest, &mut problems);
    if digest.is_digest() {
        blocks(digest, options, &mut problems);
        let tables = [table_start(digest, 0), table_start(digest, 1)];
        numbers::tables(digest, tables, &mut problems);
        series::check(digest, options, &mut problems);
    }
    problems.retain_mut(|problem| match options.severity(problem.rule) {
        Some(severity) => {
            problem.severity = severity;
            true
        }
        None => false,
    });
    problems.sort_by(|a, b| {
        (a.range.start, a.range.end, a.rule.code).cmp(&(b.range.start, b.range.end, b.rule.code))
    });
    problems
}

/// What is wrong inside of blocks. Where nothing was found before by the rules that are on, nobody
/// looks again; so this looks for everything, whichever rules are on, and tells what is on. Only for
/// the review group it does not look before that is asked for, and notes so; what that has found is told
/// ever after.
fn blocks(digest: &Digest, options: &CheckOptions, problems: &mut Vec<Problem>) {
    let is_on = |rule: &Rule| options.severity(rule).is_some();
    let mut wanted = 0;
    for (idx, rule) in RULES.iter().enumerate().filter(|(_, rule)| is_on(rule)) {
        let is_review = rule.group == Group::Review;
        wanted |= 1 << idx | if is_review { NOT_REVIEWED } else { 0 };
    }
    let reviews = wanted & NOT_REVIEWED != 0;
    let mut found: Vec<(usize, Arc<Findings>)> = Vec::new();
    digest.blocks().visit_with(wanted, &mut |place| {
        let n_before = problems.len();
        structure::block(digest, &place, problems);
        let text = || digest.text().slice(place.range());
        let entry = place.block.entry();
        let reviewed = entry.filter(|entry| reviews || entry.verdict.is_reviewed());
        let review = reviewed.and_then(|entry| entry.verdict.review(entry, text));
        let findings = match entry {
            Some(entry) => entry.verdict.findings(entry, text),
            None => {
                let is_table = matches!(
                    place.block.kind,
                    BlockKind::Heading(Heading::Domains | Heading::Contributors)
                );
                encoding::other(&text(), is_table)
            }
        };
        let is_left = entry.is_some() && reviewed.is_none();
        let left = if is_left { NOT_REVIEWED } else { 0 };
        let of_block = problems.iter().skip(n_before).map(|problem| problem.rule);
        let findings = || findings.iter().chain(&review);
        let inside = findings().flat_map(|findings| findings.rules());
        let bits = of_block
            .chain(inside)
            .fold(left, |bits, rule| bits | bit(rule));
        if bits & wanted != 0 {
            found.extend(findings().map(|findings| (place.start(), Arc::clone(findings))));
        }
        bits
    });
    let mut damage = Vec::new();
    for (start, findings) in &found {
        let told = findings.problems.iter();
        let told = told.filter(|problem| is_on(problem.rule));
        problems.extend(told.map(|problem| problem.moved(*start)));
        let told = findings.damage.iter();
        let told = told.filter(|damage| is_on(damage.rule));
        damage.extend(told.map(|damage| (*start, damage)));
    }
    encoding::report(digest, &damage, problems);
}

/// Whether a check of the digest has its last entry still to look at, after others.
#[must_use]
pub fn is_unchecked(digest: &Digest) -> bool {
    let n_others = digest.blocks().sum().entries.saturating_sub(1);
    let last = (n_others > 0)
        .then(|| digest.blocks().entry(n_others))
        .flatten();
    let last = last.and_then(|place| place.block.entry());
    last.is_some_and(|entry| !entry.verdict.is_known())
}

/// Looks at the entries of a digest from the last one on, up to one that was looked at: half of the work
/// for a check that goes on beside it, from the first one on. What is found is kept for that check.
pub fn look_from_end(digest: &Digest) {
    for idx in (0..digest.blocks().sum().entries).rev() {
        let place = digest.blocks().entry(idx);
        let Some((place, entry)) = place.and_then(|place| Some((place, place.block.entry()?)))
        else {
            return;
        };
        if entry.verdict.is_known() {
            return;
        }
        entry
            .verdict
            .findings(entry, || digest.text().slice(place.range()));
    }
}

/// The bit that says that nobody has looked for what the review group finds.
const NOT_REVIEWED: u64 = 1 << (Blocks::MOST_BITS - 2);

const _: () = assert!(RULES.len() < Blocks::MOST_BITS - 1, "a bit for each rule");

/// The bit that stands for a rule in what is kept with blocks.
fn bit(rule: &Rule) -> u64 {
    let idx = RULES.iter().position(|other| other.code == rule.code);
    1 << idx.unwrap_or(Blocks::MOST_BITS - 1)
}

/// Where the block of a table starts: 0 is that of the domains, 1 that of the contributors.
fn table_start(digest: &Digest, table: usize) -> Option<usize> {
    /// Headings looked at: a digest has four.
    const MOST: usize = 64;
    let heading = [Heading::Domains, Heading::Contributors]
        .get(table)
        .copied()?;
    let places = (0..MOST).map_while(|idx| digest.blocks().heading(idx));
    let mut places = places.filter(|place| place.block.kind == BlockKind::Heading(heading));
    Some(places.next()?.start())
}

/// The problem of a file that is not UTF-8: told once, at the first such byte. `invalid` holds the
/// offsets of the replacement characters, as [`crate::text::decode`] gives them.
#[must_use]
pub fn not_utf8(invalid: &[usize], options: &CheckOptions) -> Option<Problem> {
    let severity = options.severity(NOT_UTF8)?;
    let first = *invalid.first()?;
    let others = match invalid.len() - 1 {
        0 => String::new(),
        1 => " (and at 1 other place)".to_owned(),
        n => format!(" (and at {n} other places)"),
    };
    let range = first..first + char::REPLACEMENT_CHARACTER.len_utf8();
    let message = format!("not UTF-8: these bytes are shown as U+FFFD{others}");
    let mut problem = Problem::new(NOT_UTF8, range, message);
    problem.severity = severity;
    Some(problem)
}
