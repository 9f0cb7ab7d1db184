//! What one entry, looked at by itself, has wrong: found once and kept with the entry, so that a
//! check after an edit looks at the edited entries alone.
//!
//! All rules are looked at, whichever are on: that depends on options, and what is kept must not.
//! Ranges are relative to the entry.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::encoding::Damage;
use super::{Problem, Rule, encoding, footnotes, numbers, quoted, review, structure, urls};
use crate::fixes::Edit;
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

impl Findings {
    /// Looks at an entry with all rules.
    pub(crate) fn of(text: &str, entry: &Entry) -> Self {
        let seen = Seen {
            text,
            entry,
            subject: entry.facts().subject_parts(),
        };
        let mut findings = Self::default();
        structure::entry(&seen, &mut findings.problems);
        numbers::entry(&seen, &mut findings.problems);
        encoding::entry(&seen, &mut findings);
        quoted::entry(&seen, &mut findings.problems);
        footnotes::entry(&seen, &mut findings.problems);
        urls::entry(&seen, &mut findings.problems);
        review::entry(&seen, &mut findings.problems);
        findings
    }

    /// The rules that found something.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let problems = self.problems.iter().map(|problem| problem.rule);
        problems.chain(self.damage.iter().map(|damage| damage.rule))
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
        moved.range = moved.range.start + by..moved.range.end + by;
        for (range, _) in &mut moved.related {
            *range = range.start + by..range.end + by;
        }
        if let Some(repair) = &mut moved.repair {
            let edits = repair.edits.iter_mut().chain(&mut repair.elsewhere);
            edits.for_each(|edit: &mut Edit| {
                edit.range = edit.range.start + by..edit.range.end + by;
            });
        }
        moved
    }
}

/// What the rules found in an entry: kept with the entry. No part of what an entry is.
#[derive(Debug, Default)]
pub struct Verdict(OnceLock<Option<Arc<Findings>>>);

impl Verdict {
    /// What the rules find in the entry that this is the verdict on; `None` for nothing. Its text
    /// is asked for once.
    pub(crate) fn findings<'a>(
        &self,
        entry: &Entry,
        text: impl FnOnce() -> Cow<'a, str>,
    ) -> Option<Arc<Findings>> {
        let find = || {
            let findings = Findings::of(&text(), entry);
            (!findings.is_clean()).then(|| Arc::new(findings))
        };
        self.0.get_or_init(find).clone()
    }

    /// The same verdict if it is that nothing is wrong, else none yet.
    pub(crate) fn if_clean(&self) -> Self {
        match self.0.get() {
            Some(None) => Self(OnceLock::from(None)),
            _ => Self::default(),
        }
    }

    /// Whether the entry was looked at and nothing is wrong with it.
    pub(crate) fn is_clean(&self) -> bool {
        matches!(self.0.get(), Some(None))
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
