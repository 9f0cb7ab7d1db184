//! The history page: the versions of a series, what changed in each, which patch is in which.

use std::collections::HashMap;

use super::since::{push_files, push_patches};
use super::{Document, Sources, Table};
use crate::features::locate::mentions;
use crate::features::names::count;
use crate::features::page::{LineBuilder, Target};
use crate::features::versions::changes_text;
use crate::syntax::line::Lines;
use crate::workspace::contribution::{Label, NamedBy};
use crate::workspace::history::{History, Role, VersionOf};
use crate::workspace::matrix::Cell;
use crate::workspace::{Place, Workspace};

/// Lines of one version's changelog.
const MOST_LINES: usize = 80;
/// Patches of the matrix.
const MOST_PATCHES: usize = 200;

/// The page of the series that an entry belongs to. `None` where it belongs to none.
#[must_use]
pub fn history(sources: Sources<'_>, key: &str, entry: usize) -> Option<Document> {
    let workspace = sources.workspace;
    let history = workspace.history(key, entry)?;
    let own = history.version_at(workspace, key, entry)?;
    let mut page = Document::default();
    page.heading(1, LineBuilder::new().text(history.title()));
    let n_shown = history
        .versions
        .iter()
        .filter(|version| version.place().is_some())
        .count();
    let mut facts = Vec::new();
    facts.extend(
        history
            .versions
            .iter()
            .map(|version| version.poster.clone())
            .find(|poster| !poster.is_empty()),
    );
    facts.push(count(history.versions.len() as u64, "version", "versions"));
    if n_shown < history.versions.len() {
        facts.push(format!("{n_shown} in these digests"));
    }
    page.parts(&facts);
    push_versions(&mut page, sources, &history);
    push_newest_since(&mut page, sources, &history, own);
    push_matrix(&mut page, workspace, &history);
    push_changelogs(&mut page, sources, &history, None);
    Some(page)
}

fn push_versions(page: &mut Document, sources: Sources<'_>, history: &History) {
    page.section("Versions");
    let has_dates = history.versions.iter().any(|version| version.day.is_some());
    let dates = has_dates.then_some("Date");
    let head = ["Version", "Where"].into_iter().chain(dates);
    let head = head.chain(["Patches", "Changes", "What changed"]);
    let mut table = Table::new(head.map(str::to_owned));
    for version in &history.versions {
        let text = |text: String| LineBuilder::new().text(text);
        let mut row = vec![
            LineBuilder::new().strong(version.label.to_string()),
            where_cell(sources, version),
        ];
        if has_dates {
            row.push(text(
                version.day.map_or(String::new(), |day| day.to_string()),
            ));
        }
        row.extend([
            text(version.n_patches.map_or(String::new(), |n| n.to_string())),
            text(version.changes.map_or(String::new(), changes_text)),
            text(version.gist.clone()),
        ]);
        table.rows.push(row);
    }
    page.table(table);
    // Titles that changed are worth a line each.
    let newest = history.title();
    for version in &history.versions {
        if !version.title.is_empty() && !crate::model::titles::same_title(&version.title, newest) {
            let line =
                LineBuilder::new().text(format!("{} was titled: {}", version.label, version.title));
            page.item(line);
        }
    }
}

fn where_cell(sources: Sources<'_>, version: &VersionOf) -> LineBuilder {
    let mut line = LineBuilder::new();
    for (idx, posting) in version.postings.iter().take(4).enumerate() {
        if idx > 0 {
            line = line.text(match posting.role {
                Role::Part => ", patches in ",
                _ => ", again ",
            });
        }
        let name = (sources.name)(&posting.place);
        line = line.jump(name, Target::Entry(posting.place.clone()));
    }
    if version.postings.len() > 4 {
        line = line.text(format!(", {} more", version.postings.len() - 4));
    }
    if version.postings.is_empty() {
        line = match (version.known_by, version.named_in.first()) {
            (Some(NamedBy::Skip), Some(place)) => line
                .text("skipped in ")
                .jump((sources.name)(place), Target::Entry(place.clone())),
            _ => line.text("not in these digests"),
        };
        if let Some(url) = &version.url {
            line = line.text(" ").link(url.clone());
        }
    }
    line
}

fn push_newest_since(page: &mut Document, sources: Sources<'_>, history: &History, own: usize) {
    // From the version asked for to the newest one, else from the one before it.
    let (old, new) = match history.newest_after(own) {
        Some(newer) => (own, newer),
        None => match history.shown_before(own) {
            Some(old) => (old, own),
            None => return,
        },
    };
    let Some(since) = sources.workspace.since(history, old, new) else {
        return;
    };
    page.section(format!("{} since {}", since.new, since.old));
    push_files(page, &since);
    push_patches(page, &since);
}

fn push_matrix(page: &mut Document, workspace: &Workspace, history: &History) {
    let matrix = workspace.matrix(history);
    if matrix.versions.len() < 2 || matrix.rows.is_empty() {
        return;
    }
    page.section("Patches by version");
    let labels = matrix
        .versions
        .iter()
        .filter_map(|idx| history.versions.get(*idx));
    let head =
        std::iter::once("Patch".to_owned()).chain(labels.map(|version| version.label.to_string()));
    let mut table = Table::new(head);
    for row in matrix.rows.iter().take(MOST_PATCHES) {
        let mut cells = vec![LineBuilder::new().text(row.title.clone())];
        cells.extend(row.cells.iter().map(|cell| {
            LineBuilder::new().text(match cell {
                Cell::There { number, title } => {
                    let number = number.map_or("yes".to_owned(), |number| number.to_string());
                    match title {
                        Some(title) => format!("{number}: {title}"),
                        None => number,
                    }
                }
                Cell::Missing => "no".to_owned(),
                Cell::Unknown => "?".to_owned(),
            })
        }));
        table.rows.push(cells);
    }
    page.table(table);
    let n_more = matrix.rows.len().saturating_sub(MOST_PATCHES);
    if n_more > 0 {
        page.line(LineBuilder::new().text(format!(
            "… {}",
            count(n_more as u64, "more patch", "more patches")
        )));
    }
}

/// What each version says has changed in it, newest first; only versions after `since` and up to
/// `until` where these are given.
pub(super) fn push_changelogs(
    page: &mut Document,
    sources: Sources<'_>,
    history: &History,
    between: Option<(usize, usize)>,
) {
    let (newest, oldest) = between.map_or((0, history.versions.len()), |(old, new)| (new, old));
    let mut reader = Reader {
        sources,
        known: HashMap::new(),
    };
    let mut has_title = false;
    for version in history.versions.get(newest..oldest).unwrap_or(&[]) {
        let tellers = version.postings.iter().map(|posting| &posting.place);
        let lines = tellers
            .chain(&version.named_in)
            .take(8)
            .find_map(|place| reader.changelog(place, version.label));
        let Some((place, lines)) = lines else {
            continue;
        };
        if !has_title {
            page.section("Changelogs");
            has_title = true;
        }
        let line = LineBuilder::new().text(format!("{}, as told in ", version.label));
        page.heading(
            3,
            line.jump((sources.name)(&place), Target::Entry(place.clone())),
        );
        page.quote(lines);
    }
}

/// Reads changelogs out of mails, each mail once.
struct Reader<'a> {
    sources: Sources<'a>,
    known: HashMap<Place, Vec<(Label, Vec<String>)>>,
}

impl Reader<'_> {
    fn changelog(&mut self, place: &Place, label: Label) -> Option<(Place, Vec<String>)> {
        if !self.known.contains_key(place) {
            let told = self.read(place).unwrap_or_default();
            self.known.insert(place.clone(), told);
        }
        let told = self.known.get(place)?;
        let exact = told.iter().find(|(told, _)| *told == label);
        let alike = || told.iter().find(|(told, _)| told.version == label.version);
        let (_, lines) = exact.or_else(alike)?;
        Some((place.clone(), lines.clone()))
    }

    fn read(&self, place: &Place) -> Option<Vec<(Label, Vec<String>)>> {
        let digest = (self.sources.digest)(&place.key)?;
        let block = digest.blocks().entry(place.entry)?;
        let text = digest.block_text(&block);
        let lines: Vec<&str> = Lines::new(&text).map(|line| line.text).collect();
        let mut told = Vec::new();
        for mention in mentions(&text, block.block.entry()?) {
            let Some(label) = Label::parse(&mention.label()) else {
                continue;
            };
            let items = lines.get(mention.items.clone()).unwrap_or(&[]);
            if mention.heading.is_none() || items.is_empty() {
                continue;
            }
            let mut items: Vec<String> = items.iter().map(|line| (*line).to_owned()).collect();
            let n_more = items.len().saturating_sub(MOST_LINES);
            items.truncate(MOST_LINES);
            if n_more > 0 {
                items.push(format!(
                    "… {}",
                    count(n_more as u64, "more line", "more lines")
                ));
            }
            told.push((label, items));
        }
        Some(told)
    }
}
