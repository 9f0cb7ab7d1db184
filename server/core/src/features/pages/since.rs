//! The "since" page: what changed between two versions of a series, file by file and patch by
//! patch, with what the changelogs say of the versions between.

use super::history::push_changelogs;
use super::{Document, Sources, Table};
use crate::features::names::count;
use crate::features::page::LineBuilder;
use crate::features::versions::changes_text;
use crate::workspace::contribution::Label;
use crate::workspace::since::{PatchChange, Since};

/// Rows of a table of files.
const MOST_FILES: usize = 300;

/// The page for the series that an entry belongs to: from the version `old` (else the one before
/// that a digest shows, or the entry's own where there is none) to the version `new` (else the
/// entry's own, or when that is the older one the newest). `None` where there is nothing to compare.
#[must_use]
pub fn since(
    sources: Sources<'_>,
    key: &str,
    entry: usize,
    old: Option<Label>,
    new: Option<Label>,
) -> Option<Document> {
    let workspace = sources.workspace;
    let history = workspace.history(key, entry)?;
    let own = history.version_at(workspace, key, entry)?;
    let (old, new) = history.pair(own, old, new)?;
    let since = workspace.since(&history, old, new)?;

    let mut page = Document::default();
    let line = LineBuilder::new().text(format!(
        "{} since {}: {}",
        since.new,
        since.old,
        history.title()
    ));
    page.heading(1, line);
    for idx in [new, old] {
        let Some(version) = history.versions.get(idx) else {
            continue;
        };
        let Some(place) = version.place() else {
            continue;
        };
        let mut line = LineBuilder::new()
            .strong(version.label.to_string())
            .text(" · ");
        line = line.append(sources.link_to(place));
        if let Some(day) = version.day {
            line = line.text(format!(" · {day}"));
        }
        if let Some(n_patches) = version.n_patches {
            line = line.text(format!(
                " · {}",
                count(n_patches as u64, "patch", "patches")
            ));
        }
        if let Some(changes) = version.changes {
            line = line.text(format!(" · {}", changes_text(changes)));
        }
        page.item(line);
    }
    push_patches(&mut page, &since);
    push_files(&mut page, &since);
    push_changelogs(&mut page, sources, &history, Some((old, new)));
    Some(page)
}

/// The patches that came, went or were renamed.
pub(super) fn push_patches(page: &mut Document, since: &Since) {
    let n_same = since.n_patches_same;
    if since.patches.is_empty() && n_same == 0 {
        return;
    }
    page.heading(3, LineBuilder::new().text("Patches"));
    for change in &since.patches {
        let line = LineBuilder::new();
        page.item(match change {
            PatchChange::New(title) => line.strong("new").text(format!(" {title}")),
            PatchChange::Gone(title) => line.strong("gone").text(format!(" {title}")),
            PatchChange::Renamed { old, new } => {
                line.strong("renamed").text(format!(" {old} → {new}"))
            }
        });
    }
    let mut parts = Vec::new();
    if n_same > 0 {
        parts.push(format!(
            "{} under the same title",
            count(n_same as u64, "patch", "patches")
        ));
    }
    if !since.all_patches {
        parts.push("not all titles are known".to_owned());
    }
    if !parts.is_empty() {
        page.item(LineBuilder::new().text(parts.join("; ")));
    }
}

/// The files that grew or shrank.
pub(super) fn push_files(page: &mut Document, since: &Since) {
    if since.files.is_empty() && since.n_files_same == 0 {
        return;
    }
    page.heading(3, LineBuilder::new().text("Changed lines by file"));
    let mut table = Table::new([
        "File".to_owned(),
        since.old.to_string(),
        since.new.to_string(),
        String::new(),
    ]);
    for file in since.files.iter().take(MOST_FILES) {
        let number =
            |number: Option<u32>| number.map_or("–".to_owned(), |number| number.to_string());
        let difference = match (file.old, file.new) {
            (Some(old), Some(new)) if new >= old => format!("+{}", new - old),
            (Some(old), Some(new)) => format!("−{}", old - new),
            (None, _) => "new".to_owned(),
            (_, None) => "gone".to_owned(),
        };
        let cells = [
            file.path.clone(),
            number(file.old),
            number(file.new),
            difference,
        ];
        table
            .rows
            .push(cells.map(|cell| LineBuilder::new().text(cell)).to_vec());
    }
    page.table(table);
    let mut parts = Vec::new();
    let n_more = since.files.len().saturating_sub(MOST_FILES);
    if n_more > 0 {
        parts.push(format!(
            "{} changed",
            count(n_more as u64, "more file", "more files")
        ));
    }
    if since.n_files_same > 0 {
        parts.push(format!(
            "{} unchanged",
            count(since.n_files_same as u64, "file", "files")
        ));
    }
    if !since.all_files {
        parts.push("not all files are known".to_owned());
    }
    page.parts(&parts);
}
