//! Which rules are on, and how much their problems matter: profiles and what a user set.
//!
//! Digests are read by many and made by few. [`Profile::Reader`] tells what changes what a reader
//! does next; [`Profile::Maker`] tells everything that whoever makes digests can put right. The
//! review group is for patch authors' conventions and on only when asked for.

use std::collections::BTreeMap;

use super::Severity;
use super::rule::{Group, Rule};

/// For whom a digest is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// Someone who reads it: few findings, none that nags.
    #[default]
    Reader,
    /// Someone who makes it: every finding.
    Maker,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reader, Self::Maker];

    /// Its name in settings and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Maker => "maker",
        }
    }

    /// The profile of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

/// What a check looks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckOptions {
    /// For whom.
    pub profile: Profile,
    /// Whether the review group is on.
    pub review: bool,
    /// What a user set, by code of the rule; `None` is off.
    pub overrides: BTreeMap<&'static str, Option<Severity>>,
}

impl CheckOptions {
    /// The options of a profile, with nothing set.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            ..Self::default()
        }
    }

    /// Sets how much the problems of a rule matter; `None` switches it off.
    pub fn set(&mut self, rule: &'static Rule, severity: Option<Severity>) {
        self.overrides.insert(rule.code, severity);
    }

    /// The same options with a rule set.
    #[must_use]
    pub fn with(mut self, rule: &'static Rule, severity: Option<Severity>) -> Self {
        self.set(rule, severity);
        self
    }

    /// How much the problems of a rule matter; `None` when it is off.
    #[must_use]
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        if let Some(severity) = self.overrides.get(rule.code) {
            return *severity;
        }
        if rule.group == Group::Review && !self.review {
            return None;
        }
        rule.severity(self.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lints::{MISSING_AUTHOR, RULES};

    #[test]
    fn a_rule_is_as_its_profile_has_it_until_it_is_set() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(profile.name()), Some(profile));
            let mut options = CheckOptions::new(profile);
            assert_eq!(options.severity(MISSING_AUTHOR), Some(Severity::Error));
            options.set(MISSING_AUTHOR, Some(Severity::Hint));
            assert_eq!(options.severity(MISSING_AUTHOR), Some(Severity::Hint));
            let options = options.with(MISSING_AUTHOR, None);
            assert_eq!(options.severity(MISSING_AUTHOR), None);
        }
    }

    #[test]
    fn review_is_on_only_when_asked_for() {
        let asked = CheckOptions {
            review: true,
            ..CheckOptions::default()
        };
        for rule in RULES.iter().filter(|rule| rule.group == Group::Review) {
            assert_eq!(CheckOptions::default().severity(rule), None);
            assert_eq!(asked.severity(rule), Some(Severity::Hint));
        }
    }
}
