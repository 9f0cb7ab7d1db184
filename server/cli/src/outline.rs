//! `patch-digest outline`: series and patches as a tree or as JSON.

use std::fmt::Write as _;
use std::path::PathBuf;

use patch_digest_core::features::outline::{Row, outline};

use crate::{CLEAN, FAILED, Format, input, json, output};

/// Prints the outlines of files and returns the exit code.
pub(crate) fn run(files: &[PathBuf], format: Format) -> u8 {
    let mut code = CLEAN;
    for path in files {
        let printed = input::read(path).and_then(|input| {
            output::print(&match format {
                Format::Json => json::outline(&input),
                Format::Text => tree(&input),
            })
        });
        if let Err(message) = printed {
            output::complain(&message);
            code = FAILED;
        }
    }
    code
}

fn tree(input: &input::Input) -> String {
    let rows = outline(&input.digest);
    let mut text = String::new();
    if rows.is_empty() {
        let _ = writeln!(text, "{}: no digest", input.name);
    }
    for row in &rows {
        add_row(&mut text, input, row, 0);
    }
    text
}

fn add_row(text: &mut String, input: &input::Input, row: &Row, depth: usize) {
    let line = input.digest.text().line_of(row.focus.start) + 1;
    let detail = row.detail.as_deref().filter(|detail| !detail.is_empty());
    let detail = detail
        .map(|detail| format!("  ({detail})"))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "{:indent$}{}{detail} :{line}",
        "",
        row.name,
        indent = depth * 2
    );
    for child in &row.children {
        add_row(text, input, child, depth + 1);
    }
}
