//! `--format full`: each finding with the lines it is about, underlined, for people at a terminal.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use patch_digest_core::lints::{Problem, Severity};
use patch_digest_core::shown::plain;

use super::report::{Report, certain_fix};

/// Most bytes that are shown of a line before and after what is underlined.
const MOST_AROUND: usize = 120;

/// Most bytes that are underlined.
const MOST_UNDERLINED: usize = 400;

/// Most other places that are shown with a finding.
const MOST_RELATED: usize = 4;

/// The findings of a file, each with a blank line behind it.
pub(super) fn text(report: &Report, is_coloured: bool) -> String {
    let renderer = if is_coloured {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(width());
    let mut text = String::new();
    for problem in &report.problems {
        text.push_str(&renderer.render(&[group(report, problem)]));
        text.push_str("\n\n");
    }
    text
}

/// The width of the terminal, as far as the environment tells.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns.unwrap_or(100).clamp(40, 400)
}

fn group<'a>(report: &'a Report, problem: &'a Problem) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO.with_name("information"),
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let mut group = Group::with_title(level.primary_title(&*problem.message).id(problem.rule.code));
    group = shown(group, report, &problem.range, AnnotationKind::Primary, None);
    for (range, words) in problem.related.iter().take(MOST_RELATED) {
        group = shown(group, report, range, AnnotationKind::Context, Some(words));
    }
    if problem.related.len() > MOST_RELATED {
        let more = problem.related.len() - MOST_RELATED;
        group = group.element(Level::NOTE.message(format!("and at {more} other places")));
    }
    if let Some((title, _)) = certain_fix(problem) {
        group = group.element(Level::HELP.with_name("fix").message(title));
    }
    group
}

/// Adds the first line of a range, as much of it as fits, made harmless.
fn shown<'a>(
    group: Group<'a>,
    report: &'a Report,
    range: &Range<usize>,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Group<'a> {
    let text = report.digest.text();
    let line = text.line_of(range.start);
    let whole = text.line_range(line);
    let start = range.start.min(whole.end);
    let end = range
        .end
        .clamp(start, whole.end)
        .min(start + MOST_UNDERLINED);
    let end = text.floor_char_boundary(end);
    let first = text.floor_char_boundary(start.saturating_sub(MOST_AROUND).max(whole.start));
    let last = text.floor_char_boundary(end.saturating_add(MOST_AROUND).min(whole.end));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let mut source = cut(first > whole.start).to_owned();
    source.push_str(&plain(&text.slice(first..start)));
    let from = source.len();
    source.push_str(&plain(&text.slice(start..end)));
    let to = source.len();
    source.push_str(&plain(&text.slice(end..last)));
    source.push_str(cut(last < whole.end));
    // Something to point at where the range is empty, at the end of a line.
    if source.len() == to && from == to {
        source.push(' ');
    }
    let snippet = Snippet::source(source)
        .line_start(line + 1)
        .annotation(kind.span(from..to).label(label));
    if first == whole.start {
        return group.element(snippet.path(&*report.name));
    }
    // The column can not be counted in what is left of the line.
    let span = report.span(range);
    let origin = Origin::path(&*report.name)
        .line(span.line)
        .char_column(span.column);
    group.element(origin).element(snippet)
}
