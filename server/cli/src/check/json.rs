//! `--format json`: one object for the whole run. Its keys are documented in `docs/check.md` and
//! stable; `version` counts up when one of them changes its meaning.

use patch_digest_core::lints::Problem;
use serde::Serialize;

use super::report::{Report, Span, certain_fix};
use crate::output;

/// Counts up when a key changes its meaning.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    code: &'static str,
    group: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    span: SpanJson,
    related: Vec<Related>,
    fix: Option<Fix>,
    fingerprint: String,
}

#[derive(Debug, Serialize)]
struct SpanJson {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Debug, Serialize)]
struct Related {
    message: String,
    #[serde(flatten)]
    span: SpanJson,
}

#[derive(Debug, Serialize)]
struct Fix {
    title: String,
    edits: Vec<EditJson>,
}

#[derive(Debug, Serialize)]
struct EditJson {
    #[serde(flatten)]
    span: SpanJson,
    text: String,
}

impl From<Span> for SpanJson {
    fn from(span: Span) -> Self {
        Self {
            line: span.line,
            column: span.column,
            end_line: span.end_line,
            end_column: span.end_column,
        }
    }
}

/// The findings of a run so far.
#[derive(Debug, Default)]
pub(super) struct Json {
    findings: Vec<Finding>,
}

impl Json {
    /// Adds those of a file.
    pub(super) fn add(&mut self, report: &Report) {
        let names = report.fingerprints();
        for (problem, name) in report.problems.iter().zip(names) {
            self.findings.push(finding(report, problem, name));
        }
    }

    /// The object, with a line break.
    pub(super) fn end(self) -> String {
        let document = Document {
            version: VERSION,
            findings: self.findings,
        };
        output::json(&document)
    }
}

fn finding(report: &Report, problem: &Problem, fingerprint: String) -> Finding {
    let related = problem.related.iter().map(|(range, message)| Related {
        message: message.clone(),
        span: report.span(range).into(),
    });
    let fix = certain_fix(problem).map(|(title, edits)| Fix {
        title,
        edits: edits
            .into_iter()
            .map(|edit| EditJson {
                span: report.span(&edit.range).into(),
                text: edit.text,
            })
            .collect(),
    });
    Finding {
        file: report.name.clone(),
        code: problem.rule.code,
        group: problem.rule.group.name(),
        severity: problem.severity.name(),
        message: problem.message.clone(),
        span: report.span(&problem.range).into(),
        related: related.collect(),
        fix,
        fingerprint,
    }
}
