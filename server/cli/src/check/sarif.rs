//! `--format sarif`: SARIF 2.1.0, for services that collect findings. `tests/tests/cli/formats.rs`
//! validates it against the schema.

use std::path::Path;

use patch_digest_core::lints::{Profile, RULES, Rule, Severity, page};
use serde_json::{Value, json};

use super::report::{Report, Span, certain_fix};
use crate::output;

/// The findings of a run so far.
#[derive(Debug, Default)]
pub(super) struct Sarif {
    results: Vec<Value>,
}

impl Sarif {
    /// Adds those of a file.
    pub(super) fn add(&mut self, report: &Report) {
        let file = json!({ "uri": address(report) });
        let names = report.fingerprints();
        for (problem, name) in report.problems.iter().zip(names) {
            let location = |span: Span| json!({ "artifactLocation": file, "region": region(span) });
            let mut result = json!({
                "ruleId": problem.rule.code,
                "ruleIndex": RULES.iter().position(|rule| rule.code == problem.rule.code),
                "level": level(Some(problem.severity)),
                "message": { "text": problem.message },
                "locations": [{ "physicalLocation": location(report.span(&problem.range)) }],
                "partialFingerprints": { "patchDigest/v1": name },
            });
            if !problem.related.is_empty() {
                let related = problem.related.iter().zip(1..);
                let related = related.map(|((range, message), id)| {
                    json!({
                        "id": id,
                        "message": { "text": message },
                        "physicalLocation": location(report.span(range)),
                    })
                });
                result["relatedLocations"] = related.collect();
            }
            if let Some((title, edits)) = certain_fix(problem) {
                let replacements = edits.iter().map(|edit| {
                    json!({
                        "deletedRegion": region(report.span(&edit.range)),
                        "insertedContent": { "text": edit.text },
                    })
                });
                let change = json!({
                    "artifactLocation": file,
                    "replacements": replacements.collect::<Vec<_>>(),
                });
                result["fixes"] = json!([{
                    "description": { "text": title },
                    "artifactChanges": [change],
                }]);
            }
            self.results.push(result);
        }
    }

    /// The object, with a line break.
    pub(super) fn end(self) -> String {
        let rules: Vec<_> = RULES.iter().map(|rule| descriptor(rule)).collect();
        output::json(&json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "patch-digest",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                // A line ends as in the protocol of language servers; columns count characters.
                "newlineSequences": ["\r\n", "\n", "\r"],
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        }))
    }
}

fn descriptor(rule: &Rule) -> Value {
    let severity = rule.severity(Profile::Maker);
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.explanation.why },
        "help": { "text": page::plain(rule), "markdown": page::markdown(rule) },
        "defaultConfiguration": { "enabled": severity.is_some(), "level": level(severity) },
        "properties": { "tags": [rule.group.name()] },
    })
}

fn level(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "error",
        Some(Severity::Warning) => "warning",
        Some(Severity::Information | Severity::Hint) => "note",
        None => "none",
    }
}

fn region(span: Span) -> Value {
    json!({
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    })
}

/// The address of a file: relative to the folder of the run where it was named so.
fn address(report: &Report) -> String {
    let Some(path) = &report.path else {
        return "stdin".to_owned();
    };
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&here) {
        Ok(below) => encoded(below),
        Err(_) => format!("file://{}", encoded(path)),
    }
}

fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    // `a:b` would be taken for a scheme and is encoded; `//` at the start for a host.
    text
}
