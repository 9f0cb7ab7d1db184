//! The JSON of `history`, `since` and `chain`. Keys are stable; lines count from 1; what is not
//! known is `null`.

use patch_digest_core::workspace::contribution::{Changes, NamedBy};
use patch_digest_core::workspace::history::{PostingOf, Role, VersionOf};
use patch_digest_core::workspace::matrix::Cell;
use patch_digest_core::workspace::since::PatchChange;
use patch_digest_core::workspace::{Contribution, History, Label, Place, Workspace};
use serde::Serialize;
use serde_json::{Value, json};

use crate::folder::Folder;

#[derive(Serialize)]
struct SeriesJson<'a> {
    title: &'a str,
    /// Newest first.
    versions: Vec<VersionJson<'a>>,
    patches: Vec<Value>,
}

#[derive(Serialize)]
struct VersionJson<'a> {
    version: String,
    title: Option<&'a str>,
    poster: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    date: Option<String>,
    n_patches: Option<usize>,
    diffstat: Value,
    changed: Option<&'a str>,
    url: Option<&'a str>,
    /// `digest`, `changelog`, `link` or `skip`.
    known_by: &'static str,
    /// Further postings: parts in a neighbouring digest, repetitions.
    postings: Vec<Value>,
}

/// One series, on one line.
pub(crate) fn series(folder: &Folder, history: &History) -> String {
    let versions = history.versions.iter();
    let series = SeriesJson {
        title: history.title(),
        versions: versions
            .map(|version| version_json(folder, version))
            .collect(),
        patches: matrix(folder, history),
    };
    line(&series)
}

fn version_json<'a>(folder: &Folder, version: &'a VersionOf) -> VersionJson<'a> {
    let text = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    VersionJson {
        version: version.label.to_string(),
        title: text(&version.title),
        poster: text(&version.poster),
        file: version.place().map(|place| &*place.key),
        line: version.place().and_then(|place| folder.line(place)),
        date: version.day.map(|day| day.to_string()),
        n_patches: version.n_patches,
        diffstat: diffstat(version.changes),
        changed: text(&version.gist),
        url: version.url.as_deref(),
        known_by: match version.known_by {
            None => "digest",
            Some(NamedBy::Changelog) => "changelog",
            Some(NamedBy::Link) => "link",
            Some(NamedBy::Skip) => "skip",
        },
        postings: version
            .postings
            .iter()
            .skip(1)
            .map(|posting| posting_json(folder, posting))
            .collect(),
    }
}

fn posting_json(folder: &Folder, posting: &PostingOf) -> Value {
    let role = match posting.role {
        Role::Lead => "lead",
        Role::Part => "part",
        Role::Repeat => "repeat",
    };
    json!({
        "role": role,
        "file": &*posting.place.key,
        "line": folder.line(&posting.place),
    })
}

fn diffstat(changes: Option<Changes>) -> Value {
    changes.map_or(Value::Null, |changes| {
        json!({
            "files": changes.files,
            "insertions": changes.insertions,
            "deletions": changes.deletions,
        })
    })
}

/// Which patch is in which version: by version, its number, `true` where that is not certain,
/// `false` where it is not there, `null` where that is not known.
fn matrix(folder: &Folder, history: &History) -> Vec<Value> {
    let matrix = folder.workspace.matrix(history);
    let labels: Vec<String> = matrix
        .versions
        .iter()
        .filter_map(|idx| Some(history.versions.get(*idx)?.label.to_string()))
        .collect();
    let rows = matrix.rows.iter().map(|row| {
        let cells = labels.iter().zip(&row.cells).map(|(label, cell)| {
            let cell = match cell {
                Cell::There { number, .. } => number.map_or(json!(true), |number| json!(number)),
                Cell::Missing => json!(false),
                Cell::Unknown => Value::Null,
            };
            (label.clone(), cell)
        });
        json!({ "title": row.title, "in": Value::Object(cells.collect()) })
    });
    rows.collect()
}

/// What changed since a version, on one line. `None` where there is nothing to compare.
pub(crate) fn since(folder: &Folder, place: &Place, old: Option<Label>) -> Option<String> {
    let workspace = &folder.workspace;
    let history = workspace.history(&place.key, place.entry)?;
    let own = history.version_at(workspace, &place.key, place.entry)?;
    let (old, new) = history.pair(own, old, None)?;
    let since = workspace.since(&history, old, new)?;
    let files = since
        .files
        .iter()
        .map(|file| json!({ "path": file.path, "old": file.old, "new": file.new }));
    let patches = since.patches.iter().map(|change| match change {
        PatchChange::New(title) => json!({ "new": title }),
        PatchChange::Gone(title) => json!({ "gone": title }),
        PatchChange::Renamed { old, new } => json!({ "renamed": { "old": old, "new": new } }),
    });
    Some(line(&json!({
        "title": history.title(),
        "old": since.old.to_string(),
        "new": since.new.to_string(),
        "diffstat": { "old": diffstat(since.changes.0), "new": diffstat(since.changes.1) },
        "n_patches": { "old": since.n_patches.0, "new": since.n_patches.1 },
        "files": files.collect::<Vec<_>>(),
        "n_files_unchanged": since.n_files_same,
        "all_files_known": since.all_files,
        "patches": patches.collect::<Vec<_>>(),
        "n_patches_unchanged": since.n_patches_same,
        "all_patches_known": since.all_patches,
    })))
}

/// The order of the digests: one run without gap per line, oldest first.
pub(crate) fn chain(workspace: &Workspace) -> String {
    let mut text = String::new();
    for run in &workspace.chain().runs {
        let digests = run.digests.iter().map(|link| {
            let range = workspace.get(&link.key).and_then(Contribution::range);
            json!({
                "file": &*link.key,
                "from": range.map(|(from, _)| from),
                "to": range.map(|(_, to)| to),
                "same_range": link.copies.iter().map(|copy| &**copy).collect::<Vec<_>>(),
            })
        });
        text.push_str(&line(&json!({
            "list": run.list,
            "fork_of": run.fork_of.as_deref(),
            "date": run.day.map(|day| day.to_string()),
            "digests": digests.collect::<Vec<_>>(),
        })));
    }
    text
}

/// JSON on one line.
fn line(value: &impl Serialize) -> String {
    crate::output::json(value)
}
