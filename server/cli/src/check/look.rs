//! What a check of one file comes to; nothing is told here, so that several files can be looked at
//! at once.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patch_digest_config::Resolved;
use patch_digest_core::lints::{self, CheckOptions, Problem};

use super::CheckArgs;
use super::around::Others;
use super::fix;
use crate::input::{self, Input};

/// A file to look at.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// As the command line or the walk through a folder spells it.
    pub(super) spelled: &'a Path,
    /// Where it is, absolute; `None` for standard input without a name.
    pub(super) path: Option<PathBuf>,
    pub(super) resolved: Arc<Resolved>,
    pub(super) options: CheckOptions,
}

/// What was found in a file, and done with it.
#[derive(Debug)]
pub(super) struct Looked {
    /// As it is now, after fixes.
    pub(super) input: Input,
    pub(super) problems: Vec<Problem>,
    /// Number of places that were fixed, or would be.
    pub(super) n_fixed: usize,
    /// What fixing would change, for `--diff`.
    pub(super) diff: Option<String>,
    /// Why nothing was fixed.
    pub(super) not_fixed: Option<NotFixed>,
}

/// Why nothing was fixed, in one line.
#[derive(Debug)]
pub(super) enum NotFixed {
    /// It would lose something.
    Unsafe(String),
    /// It was tried in vain.
    Failed(String),
}

impl Target<'_> {
    fn is_stdin(&self) -> bool {
        self.spelled == Path::new("-")
    }

    /// Reads the file, fixes it where that is asked for, and checks it.
    /// The error is one line for people.
    pub(super) fn look(&self, args: &CheckArgs, others: &Others<'_>) -> Result<Looked, String> {
        let mut input = input::read(self.spelled)?;
        if let Some(named) = args.stdin_filename.as_deref().filter(|_| self.is_stdin()) {
            input.name = input::display_name(named);
        }
        let mut looked = Looked {
            input,
            problems: Vec::new(),
            n_fixed: 0,
            diff: None,
            not_fixed: None,
        };
        if !self.resolved.settings.lint.enable {
            return Ok(looked);
        }
        if (args.fix || args.diff)
            && let Err(message) = self.fix(args, &mut looked)
        {
            looked.not_fixed = Some(NotFixed::Failed(message));
        }
        if !args.diff {
            looked.problems = self.problems(&looked, others);
        }
        Ok(looked)
    }

    fn fix(&self, args: &CheckArgs, looked: &mut Looked) -> Result<(), String> {
        let input = &mut looked.input;
        let fixed = match fix::fixed(input, &self.options) {
            Ok(Some(fixed)) => fixed,
            Ok(None) => return Ok(()),
            Err(message) => {
                looked.not_fixed = Some(NotFixed::Unsafe(message));
                return Ok(());
            }
        };
        if args.diff {
            let is_terminal = std::io::stdout().is_terminal();
            looked.diff = Some(fix::diff(input, &fixed, is_terminal));
        } else if self.is_stdin() {
            return Err(
                "standard input cannot be fixed; --diff shows what would change".to_owned(),
            );
        } else {
            let path = self.path.as_deref().unwrap_or(Path::new("-"));
            fix::write(path, input, &fixed)?;
            input.digest = patch_digest_core::Digest::parse(fixed.text);
        }
        looked.n_fixed = fixed.n_places;
        Ok(())
    }

    /// What is wrong, in the order of the text.
    fn problems(&self, looked: &Looked, others: &Others<'_>) -> Vec<Problem> {
        let (settings, input) = (&self.resolved.settings, &looked.input);
        let is_fixed = looked.n_fixed > 0;
        let mut problems = lints::check_with(&input.digest, &self.options);
        problems.extend(lints::not_utf8(&input.invalid, &self.options));
        problems.extend(others.newer_versions(
            self.spelled,
            &input.digest,
            is_fixed,
            settings,
            &self.options,
        ));
        problems.sort_by_key(|problem| problem.range.start);
        problems
    }
}
