//! `patch-digest queue`: what of some digests concerns the reader, as text or JSON.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use patch_digest_config::{Loader, Settings};
use patch_digest_core::queue::interest::Reason;
use patch_digest_core::queue::rows::{Filter, SectionRows};
use patch_digest_core::queue::{Memo, Options, Queue, Row, Section, queue, text};
use patch_digest_core::workspace::Day;
use patch_digest_files::interest::interest;
use patch_digest_files::marks::{MarksFile, default_path};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::settings::absolute;
use crate::{CLEAN, FAILED, Format, output};

/// Most rows of a section as text; JSON has all.
const MOST_ROWS: usize = 500;

/// What of the queue is wanted.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// Digests, and folders with digests.
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,
    /// `text` is a line per series; `json` one object.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only rows with this in the title or the note.
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Only one section.
    #[arg(long, value_name = "SECTION", value_parser = Section::ALL.map(Section::word))]
    section: Option<String>,
    /// Only rows of somebody with this in the name or the address.
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Only series that change a file with this in its path.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// With the rows that do not concern you.
    #[arg(long)]
    all: bool,
}

/// Prints the queue and returns the exit code.
pub(crate) fn run(wanted: &Wanted) -> u8 {
    match printed(wanted).and_then(|text| output::print(&text)) {
        Ok(()) => CLEAN,
        Err(message) => {
            output::complain(&message);
            FAILED
        }
    }
}

fn printed(wanted: &Wanted) -> Result<String, String> {
    let first = wanted.paths.first().map(PathBuf::as_path);
    let resolved = Loader::new().settings(first.map(folder_of).as_deref());
    let settings = &resolved.settings;
    let folder = Folder::read(&wanted.paths, &settings.index)?;
    let (interest, complaints) = interest(settings);
    for complaint in complaints {
        output::complain(&complaint);
    }
    if !folder.left_out.is_empty() {
        output::complain(&format!("left out: {}", folder.left_out));
    }
    if folder.workspace.is_empty() {
        return Err(
            "no digest found; a digest's first line is `From <commit> to <commit>`".to_owned(),
        );
    }
    let mut file = marks_file(settings);
    let marks = match &mut file {
        Some(file) => file.read()?.clone(),
        None => patch_digest_core::queue::marks::Marks::default(),
    };
    let path = file.as_ref().map(|file| file.path().display().to_string());
    for trouble in marks.troubles() {
        let path = path.as_deref().unwrap_or_default();
        output::complain(&format!("{path}:{}: {}", trouble.line, trouble.message));
    }
    let options = Options {
        today: today(),
        stuck_after: usize::try_from(settings.queue.stuck_after).unwrap_or(usize::MAX),
        max_rows: if wanted.format == Format::Json {
            0
        } else {
            MOST_ROWS
        },
        filter: Filter {
            text: wanted.text.clone().unwrap_or_default(),
            section: wanted.section.clone().unwrap_or_default(),
            person: wanted.person.clone().unwrap_or_default(),
            path: wanted.path.clone().unwrap_or_default(),
            digest: String::new(),
        },
    };
    let queue = queue(
        &folder.workspace,
        &interest,
        &marks,
        &mut Memo::default(),
        &options,
    );
    Ok(match wanted.format {
        Format::Text => as_text(&queue, &folder, wanted.all || wanted.section.is_some()),
        Format::Json => as_json(&queue, &folder),
    })
}

/// The folder whose settings hold for a path.
fn folder_of(path: &Path) -> PathBuf {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    };
    absolute(folder)
}

fn marks_file(settings: &Settings) -> Option<MarksFile> {
    let set = settings.queue.state.0.clone();
    set.or_else(|| default_path(|name| std::env::var_os(name)))
        .map(MarksFile::new)
}

fn today() -> Option<Day> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Day::from_seconds(now.ok()?.as_secs())
}

fn as_text(queue: &Queue, folder: &Folder, with_rest: bool) -> String {
    let mut text = format!("{}\n", text::summary(queue));
    if queue.is_everything {
        let _ = writeln!(text, "{}", text::HINT);
    }
    let is_shown = |section: &SectionRows| section.section != Section::Rest || with_rest;
    // So that titles stand below each other.
    let shown = queue.sections.iter().filter(|section| is_shown(section));
    let rows = shown.flat_map(|section| &section.rows);
    let widths = rows.map(|row| folder.name(&row.place).chars().count());
    let width = widths.max().unwrap_or(0);
    for section in &queue.sections {
        let _ = writeln!(text, "\n{}", text::heading(section));
        if !is_shown(section) {
            text.push_str("  (--all shows them)\n");
            continue;
        }
        for row in &section.rows {
            let place = format!("{:width$}", folder.name(&row.place));
            let line = text::line(row, &place);
            let _ = writeln!(text, "  {} {line}", row.mark.letter());
        }
        if section.n_more > 0 {
            let _ = writeln!(text, "  … {} more", section.n_more);
        }
    }
    text
}

fn as_json(queue: &Queue, folder: &Folder) -> String {
    let sections: Vec<Value> = queue
        .sections
        .iter()
        .map(|section| {
            let rows = section.rows.iter().map(|row| row_json(row, folder));
            json!({
                "section": section.section.word(),
                "title": section.section.title(),
                "rows": rows.collect::<Vec<_>>(),
            })
        })
        .collect();
    let object = json!({
        "digests": queue.n_digests,
        "series": queue.n_series,
        "new": queue.n_new,
        "everything": queue.is_everything,
        "sections": sections,
    });
    output::json(&object)
}

fn row_json(row: &Row, folder: &Folder) -> Value {
    json!({
        "file": row.place.key.as_ref(),
        "line": folder.line(&row.place),
        "name": row.name,
        "title": row.title,
        "version": row.label.to_string(),
        "who": row.who,
        "email": row.poster,
        "facts": row.facts,
        "fix": row.is_fix,
        "stable": row.is_stable,
        "reason": row.reason.as_ref().map(Reason::text),
        "state": row.state.word(),
        "mark": row.mark.to_string(),
        "marked_version": row.marked.map(|label| label.to_string()),
        "note": row.note,
        "stuck": row.stuck,
    })
}
