//! What one entry, looked at by itself, has wrong: found once and kept with the entry, so that a
//! check after an edit looks at the edited entries alone.
//!
//! All rules are looked at, whichever are on: that depends on options, and what is kept must not. The
//! review group, which few ask for, is looked at and kept apart. Ranges are relative to the entry.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::encoding::Damage;
use super::{Problem, Rule, encoding, footnotes, numbers, quoted, review, structure, urls};
use crate::model::subject::Subject;
use crate::syntax::entry::Entry;

/// What an entry has wrong.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Problems of its own.
    pub(crate) problems: Vec<Problem>,
    /// Damaged words, which become one problem for all places of the digest that have them.
    pub(crate) damage: Vec<Damage>,
}

/// What the rules see of an entry.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) text: &'a str,
    pub(super) entry: &'a Entry,
    /// Its subject, taken apart.
    pub(super) subject: Option<&'a Subject>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(text: &'a str, entry: &'a Entry) -> Self {
        let subject = entry.facts().subject_parts();
        Self {
            text,
            entry,
            subject,
        }
    }
}

impl Findings {
    /// Looks at an entry with all rules but those of the review group.
    fn of(text: &str, entry: &Entry) -> Self {
        let seen = Seen::new(text, entry);
        let mut findings = Self::default();
        structure::entry(&seen, &mut findings.problems);
        numbers::entry(&seen, &mut findings.problems);
        encoding::entry(&seen, &mut findings);
        quoted::entry(&seen, &mut findings.problems);
        footnotes::entry(&seen, &mut findings.problems);
        urls::entry(&seen, &mut findings.problems);
        findings
    }

    /// Looks at an entry with the rules of the review group.
    fn in_review(text: &str, entry: &Entry) -> Self {
        let mut findings = Self::default();
        review::entry(&Seen::new(text, entry), &mut findings.problems);
        findings
    }

    /// The rules that found something.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let problems = self.problems.iter().map(|problem| problem.rule);
        problems.chain(self.damage.iter().map(|damage| damage.rule))
    }

    /// The same findings with all places moved, if `moved` tells where all of them are.
    fn moved(&self, moved: impl Fn(&Range<usize>) -> Option<Range<usize>>) -> Option<Self> {
        let mut findings = Self {
            problems: self.problems.clone(),
            damage: self.damage.clone(),
        };
        let problems = findings.problems.iter_mut().flat_map(Problem::ranges_mut);
        let damage = findings.damage.iter_mut().map(Damage::range_mut);
        for range in problems.chain(damage) {
            *range = moved(range)?;
        }
        Some(findings)
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.damage.is_empty()
    }
}

impl Problem {
    /// The same problem in a text that has `by` bytes in front.
    pub(super) fn moved(&self, by: usize) -> Self {
        let mut moved = self.clone();
        for range in moved.ranges_mut() {
            *range = range.start + by..range.end + by;
        }
        moved
    }

    /// All places that it names.
    fn ranges_mut(&mut self) -> impl Iterator<Item = &mut Range<usize>> {
        let related = self.related.iter_mut().map(|(range, _)| range);
        let edits = self
            .repair
            .iter_mut()
            .flat_map(|repair| repair.edits.iter_mut().chain(&mut repair.elsewhere));
        let edits = edits.map(|edit| &mut edit.range);
        std::iter::once(&mut self.range).chain(related).chain(edits)
    }
}

/// What the rules found in an entry: kept with the entry. No part of what an entry is.
#[derive(Debug, Default)]
pub struct Verdict {
    findings: Kept,
    /// What those of the review group found.
    review: Kept,
}

/// Nothing in it before somebody has looked, and no findings for nothing.
type Kept = OnceLock<Option<Arc<Findings>>>;

fn kept(findings: Findings) -> Option<Arc<Findings>> {
    (!findings.is_clean()).then(|| Arc::new(findings))
}

impl Verdict {
    /// What the rules but those of the review group find in the entry that this is the verdict on; `None` for
    /// nothing. Its text is asked for once.
    pub(crate) fn findings<'a>(
        &self,
        entry: &Entry,
        text: impl FnOnce() -> Cow<'a, str>,
    ) -> Option<Arc<Findings>> {
        let find = || kept(Findings::of(&text(), entry));
        self.findings.get_or_init(find).clone()
    }

    /// What the rules of the review group find, likewise.
    pub(crate) fn review<'a>(
        &self,
        entry: &Entry,
        text: impl FnOnce() -> Cow<'a, str>,
    ) -> Option<Arc<Findings>> {
        let find = || kept(Findings::in_review(&text(), entry));
        self.review.get_or_init(find).clone()
    }

    /// The same verdict on an entry that means the same with its lines elsewhere: `moved` tells where a
    /// range of the text then is. None yet if it does not for all that is told.
    pub(crate) fn moved(&self, moved: impl Fn(&Range<usize>) -> Option<Range<usize>>) -> Self {
        let of = |kept: &Kept| match kept.get() {
            Some(Some(findings)) => Some(OnceLock::from(Some(Arc::new(findings.moved(&moved)?)))),
            Some(None) => Some(OnceLock::from(None)),
            None => Some(OnceLock::new()),
        };
        let both = of(&self.findings).zip(of(&self.review));
        both.map_or_else(Self::default, |(findings, review)| Self {
            findings,
            review,
        })
    }

    /// Whether the entry was looked at, with all rules but those of the review group.
    pub(crate) fn is_known(&self) -> bool {
        self.findings.get().is_some()
    }

    /// Whether the entry was looked at with the rules of the review group.
    pub(super) fn is_reviewed(&self) -> bool {
        self.review.get().is_some()
    }
}

impl Clone for Verdict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Verdict {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Verdict {}
