//! Which rules are on, and how loud, for one file: the settings of `[lint]` with those of
//! `[[lint.per-path]]` on top. Tests are below.

use std::collections::BTreeMap;
use std::path::Path;

use crate::globs::Pattern;
use crate::settings::Lint;

/// Who the findings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Who reads digests: what is broken or misleads.
    #[default]
    Reader,
    /// Who makes digests: everything that is not as it should be.
    Maker,
}

/// How loud a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    Off,
    /// Something that could be better.
    Hint,
    /// Something worth knowing.
    Information,
    /// A fact that may mislead.
    Warning,
    /// A fact that breaks something.
    Error,
}

impl Level {
    /// Every level with its name, quietest first.
    pub const ALL: &[(&str, Self)] = &[
        ("off", Self::Off),
        ("hint", Self::Hint),
        ("information", Self::Information),
        ("warning", Self::Warning),
        ("error", Self::Error),
    ];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, level)| *level == self)
            .map_or("off", |(name, _)| name)
    }
}

/// The levels of rules that were set, by code.
pub type Levels = BTreeMap<&'static str, Level>;

/// One `[[lint.per-path]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerPath {
    /// The files that it is for.
    pub paths: Vec<Pattern>,
    /// Another profile for them.
    pub profile: Option<Profile>,
    /// Whether the rules of the group `review` are on for them.
    pub review: Option<bool>,
    /// Other levels for them.
    pub rules: Levels,
}

/// What holds for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Who the findings are for.
    pub profile: Profile,
    /// Whether the rules of the group `review` are on.
    pub review: bool,
    /// Levels that were set, which win over those of the profile.
    pub levels: Levels,
}

impl Lint {
    /// What holds for a file; `None` for a text that is no file.
    #[must_use]
    pub fn rules_for(&self, path: Option<&Path>) -> Rules {
        let mut rules = Rules {
            profile: self.profile,
            review: self.review,
            levels: self.rules.clone(),
        };
        let Some(path) = path else { return rules };
        for special in &self.per_path {
            if !special.paths.iter().any(|pattern| pattern.matches(path)) {
                continue;
            }
            rules.profile = special.profile.unwrap_or(rules.profile);
            rules.review = special.review.unwrap_or(rules.review);
            rules.levels.extend(&special.rules);
        }
        rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_paths_win_key_by_key() {
        let per_path = |glob: &str, review, rules: &[(&'static str, Level)]| PerPath {
            paths: vec![Pattern::new(glob, None).unwrap()],
            profile: None,
            review,
            rules: rules.iter().copied().collect(),
        };
        let lint = Lint {
            rules: BTreeMap::from([("bad-header", Level::Hint), ("not-utf8", Level::Off)]),
            per_path: vec![
                per_path("*.txt", Some(true), &[("bad-header", Level::Error)]),
                per_path("old/*.txt", None, &[("bad-header", Level::Off)]),
            ],
            ..Lint::default()
        };
        let at = |path: &str| lint.rules_for(Some(Path::new(path)));
        assert_eq!(at("/x/a.md").levels["bad-header"], Level::Hint);
        assert_eq!(at("/x/a.txt").levels["bad-header"], Level::Error);
        assert_eq!(at("/old/a.txt").levels["bad-header"], Level::Off);
        assert_eq!(at("/old/a.txt").levels["not-utf8"], Level::Off);
        assert!(at("/old/a.txt").review);
        assert!(!lint.rules_for(None).review);
    }
}
