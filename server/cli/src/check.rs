//! `patch-digest check`: findings as lines that editors and CI can read.

use std::fmt::Write as _;
use std::path::PathBuf;

use patch_digest_core::features::names::count;
use patch_digest_core::lints::{self, CheckOptions, Severity};
use patch_digest_core::text::Encoding;

use crate::{CLEAN, FAILED, FOUND, input, output};

/// Checks files and returns the exit code.
pub(crate) fn run(files: &[PathBuf]) -> u8 {
    let mut n_problems = 0_u64;
    let mut worst: Option<Severity> = None;
    let mut n_checked = 0_u64;
    let mut failed = false;
    let options = CheckOptions::default();
    for path in files {
        let input = match input::read(path) {
            Ok(input) => input,
            Err(message) => {
                output::complain(&message);
                failed = true;
                continue;
            }
        };
        n_checked += 1;
        let mut problems = lints::check_with(&input.digest, &options);
        problems.extend(lints::not_utf8(&input.invalid, &options));
        problems.sort_by_key(|problem| problem.range.start);
        let mut lines = String::new();
        for problem in problems {
            let (line, column) = input
                .digest
                .text()
                .position_of(problem.range.start, Encoding::Utf32);
            let severity = problem.severity;
            let _ = writeln!(
                lines,
                "{}:{}:{}: {}[{}] {}",
                input.name,
                line + 1,
                column + 1,
                severity.name(),
                problem.rule.code,
                problem.message
            );
            n_problems += 1;
            worst = Some(worst.map_or(severity, |worst| worst.min(severity)));
        }
        if let Err(message) = output::print(&lines) {
            output::complain(&message);
            failed = true;
        }
    }
    output::tell(&format!(
        "{} in {}",
        count(n_problems, "finding", "findings"),
        count(n_checked, "file", "files")
    ));
    if failed {
        FAILED
    } else if worst.is_some_and(|worst| worst <= Severity::Warning) {
        FOUND
    } else {
        CLEAN
    }
}
