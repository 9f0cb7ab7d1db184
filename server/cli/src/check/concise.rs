//! `--format concise`: a line per finding, `path:line:column: severity[code] message`, for editors
//! and `grep`; and `--format github`, the same as commands that GitHub shows at the lines.

use std::fmt::Write as _;

use patch_digest_core::lints::Severity;

use super::report::Report;

/// The lines of a file.
pub(super) fn lines(report: &Report) -> String {
    let mut lines = String::new();
    for problem in &report.problems {
        let span = report.span(&problem.range);
        let _ = writeln!(
            lines,
            "{}:{}:{}: {}[{}] {}",
            report.name,
            span.line,
            span.column,
            problem.severity.name(),
            problem.rule.code,
            problem.message
        );
    }
    lines
}

/// The commands for a file.
pub(super) fn github(report: &Report) -> String {
    let mut lines = String::new();
    for problem in &report.problems {
        let span = report.span(&problem.range);
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        // Columns across lines are refused.
        let columns = if span.line == span.end_line {
            format!(",col={},endColumn={}", span.column, span.end_column)
        } else {
            String::new()
        };
        let _ = writeln!(
            lines,
            "::{command} file={},line={},endLine={}{columns},title={}::{}",
            escaped(&report.name, true),
            span.line,
            span.end_line,
            escaped(problem.rule.code, true),
            escaped(&problem.message, false)
        );
    }
    lines
}

/// As GitHub decodes it again.
fn escaped(text: &str, is_property: bool) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    if is_property {
        text.replace(':', "%3A").replace(',', "%2C")
    } else {
        text
    }
}
