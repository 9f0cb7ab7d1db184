//! Which rules are on, and how loud, for one file: the settings of `[lint]` with those of
//! `[[lint.per-path]]` on top. Tests are below.

use std::collections::BTreeMap;
use std::path::Path;

use patch_digest_core::Digest;
use patch_digest_core::lints::{self, CheckOptions, Problem, Profile, Severity};

use crate::baseline;
use crate::globs::Pattern;
use crate::layers::Resolved;
use crate::settings::Lint;

/// How loud single rules are, by code; `None` is off.
pub type Levels = BTreeMap<&'static str, Option<Severity>>;

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

impl Lint {
    /// What holds for a file; `None` for a text that is no file.
    #[must_use]
    pub fn check_options(&self, path: Option<&Path>) -> CheckOptions {
        let mut options = CheckOptions {
            profile: self.profile,
            review: self.review,
            overrides: self.rules.clone(),
        };
        let Some(path) = path else { return options };
        for special in &self.per_path {
            if !special.paths.iter().any(|pattern| pattern.matches(path)) {
                continue;
            }
            options.profile = special.profile.unwrap_or(options.profile);
            options.review = special.review.unwrap_or(options.review);
            options.overrides.extend(&special.rules);
        }
        options
    }

    /// Keeps the most severe ones where there are more than wanted, in the order that they are in;
    /// how many were left out.
    pub fn limit(&self, problems: &mut Vec<Problem>) -> usize {
        let most = usize::try_from(self.max_findings).unwrap_or(usize::MAX);
        let n_before = problems.len();
        if most == 0 || n_before <= most {
            return 0;
        }
        let mut severities: Vec<_> = problems.iter().map(|problem| problem.severity).collect();
        severities.sort_unstable();
        // As many of the last severity that fits as there is room for.
        let last = severities[most - 1];
        let mut room = most - severities.partition_point(|severity| *severity < last);
        problems.retain(|problem| {
            let is_kept = problem.severity < last || (problem.severity == last && room > 0);
            if problem.severity == last && is_kept {
                room -= 1;
            }
            is_kept
        });
        n_before - problems.len()
    }
}

/// What is told of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// In the order of the text.
    pub problems: Vec<Problem>,
    /// How many the baseline knows.
    pub n_known: usize,
    /// How many were left out as there are more than wanted.
    pub n_left_out: usize,
}

impl Resolved {
    /// What is told of a digest: [`lints::check_with`] under these settings.
    #[must_use]
    pub fn problems(&self, digest: &Digest, path: Option<&Path>) -> Told {
        let lint = &self.settings.lint;
        if !lint.enable {
            return Told::default();
        }
        let problems = lints::check_with(digest, &lint.check_options(path));
        self.told(problems, digest, path)
    }

    /// What of some problems of a digest is told.
    #[must_use]
    pub fn told(&self, mut problems: Vec<Problem>, digest: &Digest, path: Option<&Path>) -> Told {
        let n_found = problems.len();
        let of_baseline = self
            .settings
            .lint
            .baseline
            .as_deref()
            .and_then(Path::parent);
        if let (Some(baseline), Some(folder), Some(path)) = (&self.baseline, of_baseline, path) {
            let file = baseline::name_of(path, folder);
            let names = lints::fingerprints(digest, &problems);
            let mut names = names.iter();
            problems.retain(|problem| {
                let name = names.next();
                !name.is_some_and(|name| baseline.knows(problem.rule.code, name, &file))
            });
        }
        let n_known = n_found - problems.len();
        let n_left_out = self.settings.lint.limit(&mut problems);
        Told {
            problems,
            n_known,
            n_left_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_keeps_the_most_severe_in_order() {
        let digest = Digest::parse("New:  a\n\nNew:  b\nAuthor: x\n\n");
        let problems = |lint: Lint| {
            let mut resolved = Resolved::default();
            resolved.settings.lint = lint;
            resolved.problems(&digest, None)
        };
        let all = problems(Lint::default()).problems;
        assert!(all.iter().any(|problem| problem.severity > all[0].severity));
        for most in 1..all.len() {
            let lint = Lint {
                max_findings: most as u64,
                ..Lint::default()
            };
            let told = problems(lint);
            let kept = told.problems;
            assert_eq!(told.n_left_out, all.len() - most);
            assert_eq!(kept.len(), most);
            let mut rest = all.iter();
            assert!(
                kept.iter()
                    .all(|problem| rest.any(|other| other == problem))
            );
            let count = |problems: &[Problem], severity| {
                problems
                    .iter()
                    .filter(|problem| problem.severity == severity)
                    .count()
            };
            let mut room = most;
            for severity in Severity::ALL {
                let expected = count(&all, severity).min(room);
                assert_eq!(count(&kept, severity), expected, "{most} {severity:?}");
                room -= expected;
            }
        }
        let off = Lint {
            enable: false,
            ..Lint::default()
        };
        assert_eq!(problems(off), Told::default());
    }

    #[test]
    fn later_paths_win_key_by_key() {
        let per_path = |glob: &str, review, rules: &[(&'static str, Option<Severity>)]| PerPath {
            paths: vec![Pattern::new(glob, None).unwrap()],
            profile: None,
            review,
            rules: rules.iter().copied().collect(),
        };
        let lint = Lint {
            rules: BTreeMap::from([("bad-header", Some(Severity::Hint)), ("not-utf8", None)]),
            per_path: vec![
                per_path(
                    "*.txt",
                    Some(true),
                    &[("bad-header", Some(Severity::Error))],
                ),
                per_path("old/*.txt", None, &[("bad-header", None)]),
            ],
            ..Lint::default()
        };
        let at = |path: &str| lint.check_options(Some(Path::new(path)));
        assert_eq!(at("/x/a.md").overrides["bad-header"], Some(Severity::Hint));
        assert_eq!(
            at("/x/a.txt").overrides["bad-header"],
            Some(Severity::Error)
        );
        assert_eq!(at("/old/a.txt").overrides["bad-header"], None);
        assert_eq!(at("/old/a.txt").overrides["not-utf8"], None);
        assert!(at("/old/a.txt").review);
        assert!(!lint.check_options(None).review);
    }
}
