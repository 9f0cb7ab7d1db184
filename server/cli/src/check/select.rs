//! `--select` and `--ignore`: rules by code or group, on top of what settings say.

use patch_digest_config::nearest;
use patch_digest_core::lints::{self, CheckOptions, Group, Profile, RULES, Rule, Severity};

/// A rule, the rules of a group, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selector {
    All,
    Group(Group),
    Rule(&'static Rule),
}

impl Selector {
    /// The selector of a word of the command line.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        if word == "all" {
            return Ok(Self::All);
        }
        let group = Group::ALL.into_iter().find(|group| group.name() == word);
        if let Some(group) = group {
            return Ok(Self::Group(group));
        }
        lints::rule(word).map(Self::Rule).ok_or_else(|| {
            let groups = Group::ALL.into_iter().map(Group::name);
            let known = RULES.iter().map(|rule| rule.code).chain(groups);
            match nearest(word, known) {
                Some(meant) => format!("there is no such rule or group; did you mean `{meant}`?"),
                None => {
                    "there is no such rule or group; `patch-digest rules` lists them".to_owned()
                }
            }
        })
    }

    fn has(self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == group,
            Self::Rule(selected) => selected.code == rule.code,
        }
    }
}

/// Leaves on what is selected. A rule that is off comes on as it matters to makers.
pub(crate) fn apply(options: &mut CheckOptions, select: &[Selector], ignore: &[Selector]) {
    for rule in RULES {
        let is_in = |selectors: &[Selector]| selectors.iter().any(|selector| selector.has(rule));
        if is_in(ignore) || (!select.is_empty() && !is_in(select)) {
            options.set(rule, None);
        } else if is_in(select) && options.severity(rule).is_none() {
            let severity = rule.severity(Profile::Maker).unwrap_or(Severity::Hint);
            options.set(rule, Some(severity));
        }
    }
}
