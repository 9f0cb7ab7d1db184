//! `patch-digest history`, `since` and `chain`: what a folder of digests tells of series and of
//! its own order.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use patch_digest_config::Loader;
use patch_digest_core::features::pages;
use patch_digest_core::features::versions::size_text;
use patch_digest_core::shown;
use patch_digest_core::workspace::search::HitKind;
use patch_digest_core::workspace::{Contribution, History, Label, Place, Workspace};

use crate::folder::Folder;
use crate::settings::absolute;
use crate::{CLEAN, FAILED, Format, history_json as json, output};

/// Series that are named when more than one fits.
const MOST_NAMED: usize = 20;

/// `patch-digest history DIR [SERIES]`
pub(crate) fn history(folder: &Path, series: Option<&str>, format: Format) -> u8 {
    run(folder, |folder| match series {
        None => Ok(all(folder, format)),
        Some(series) => {
            let place = find(folder, series)?;
            let Some(history) = folder.workspace.history(&place.key, place.entry) else {
                return Err(format!("`{series}` has no versions"));
            };
            Ok(match format {
                Format::Json => json::series(folder, &history),
                Format::Text => {
                    let page =
                        folder.ask(|sources| pages::history(sources, &place.key, place.entry));
                    page.map_or(String::new(), |page| page.plain())
                }
            })
        }
    })
}

/// `patch-digest since DIR SERIES [VERSION]`
pub(crate) fn since(folder: &Path, series: &str, version: Option<&str>, format: Format) -> u8 {
    run(folder, |folder| {
        let old = match version {
            None => None,
            Some(version) => Some(Label::parse(version).ok_or_else(|| {
                format!("`{version}` is no version; expected `v2`, `2` or `RFC v1`")
            })?),
        };
        let place = find(folder, series)?;
        let nothing = || {
            let versions = folder.workspace.history(&place.key, place.entry);
            let versions = versions.map_or(String::new(), |history| shown_versions(&history));
            format!("nothing to compare: the digests show {versions} of this series")
        };
        match format {
            Format::Text => {
                let page =
                    folder.ask(|sources| pages::since(sources, &place.key, place.entry, old, None));
                Ok(page.ok_or_else(nothing)?.plain())
            }
            Format::Json => json::since(folder, &place, old).ok_or_else(nothing),
        }
    })
}

/// `patch-digest chain DIR`
pub(crate) fn chain(folder: &Path, format: Format) -> u8 {
    run(folder, |folder| {
        Ok(match format {
            Format::Json => json::chain(&folder.workspace),
            Format::Text => chain_text(&folder.workspace),
        })
    })
}

fn run(folder: &Path, ask: impl FnOnce(&Folder) -> Result<String, String>) -> u8 {
    let resolved = Loader::new().settings(Some(&absolute(folder)));
    let folder = Folder::read(&[folder.to_owned()], &resolved.settings.index);
    let printed = folder.and_then(|folder| {
        if !folder.left_out.is_empty() {
            output::complain(&format!("left out: {}", folder.left_out));
        }
        if folder.workspace.is_empty() {
            return Err(
                "no digest found; a digest's first line is `From <commit> to <commit>`".to_owned(),
            );
        }
        output::print(&ask(&folder)?)
    });
    match printed {
        Ok(()) => CLEAN,
        Err(message) => {
            output::complain(&message);
            FAILED
        }
    }
}

/// Every series of which more than one version is known, newest posting first.
fn all(folder: &Folder, format: Format) -> String {
    let mut histories = Vec::new();
    for work in folder.workspace.works() {
        let Some(place) = work.first() else { continue };
        let Some(history) = folder.workspace.history(&place.key, place.entry) else {
            continue;
        };
        if history.versions.len() > 1 {
            let newest = history.versions.iter().find_map(|version| version.place());
            let rank = newest.map(|place| {
                let rank = folder.workspace.chain().rank(&place.key);
                (rank, std::cmp::Reverse(place.entry))
            });
            histories.push((rank, history));
        }
    }
    histories.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    let mut text = String::new();
    for (_, history) in &histories {
        match format {
            Format::Json => text.push_str(&json::series(folder, history)),
            Format::Text => add_series(&mut text, folder, history),
        }
    }
    text
}

/// A series with a line for each version.
fn add_series(text: &mut String, folder: &Folder, history: &History) {
    let _ = writeln!(text, "{}", shown::plain(history.title()));
    for version in &history.versions {
        let mut parts = vec![match version.place() {
            Some(place) => folder.name(place),
            None => "not in these digests".to_owned(),
        }];
        parts.extend(version.day.map(|day| day.to_string()));
        parts.extend(size_text(version));
        if !version.gist.is_empty() {
            parts.push(shown::plain(&version.gist).into_owned());
        }
        let label = version.label.to_string();
        let _ = writeln!(text, "  {label:6} {}", parts.join(" · "));
    }
}

fn shown_versions(history: &History) -> String {
    let shown = history
        .versions
        .iter()
        .filter(|version| version.place().is_some());
    let labels: Vec<String> = shown.map(|version| version.label.to_string()).collect();
    format!("{} alone", labels.join(", "))
}

/// The series that words of its title name.
fn find(folder: &Folder, series: &str) -> Result<Place, String> {
    let workspace = &folder.workspace;
    let found = workspace.search(series, 200);
    let hits = || {
        found
            .hits
            .iter()
            .filter(|hit| matches!(hit.kind, HitKind::Series | HitKind::Single))
    };
    let best = hits().next().map(|hit| hit.score);
    let mut places: Vec<(&str, &Place)> = Vec::new();
    let exact = hits().filter(|hit| hit.text.eq_ignore_ascii_case(series.trim()));
    places.extend(exact.map(|hit| (hit.text.as_str(), &hit.place)));
    if places.is_empty() {
        let good = hits().filter(|hit| Some(hit.score) == best);
        places.extend(good.map(|hit| (hit.text.as_str(), &hit.place)));
    }
    // Different titles may be of one series.
    let mut works = BTreeSet::new();
    places.retain(|(_, place)| {
        let history = workspace.history(&place.key, place.entry);
        let newest = history.and_then(|history| history.versions.first()?.place().cloned());
        works.insert(newest.unwrap_or_else(|| (*place).clone()))
    });
    match places.as_slice() {
        [] => Err(format!("no series with `{series}` in its title")),
        [(_, place)] => Ok((*place).clone()),
        several => {
            let mut message = format!("`{series}` is in the titles of {} series:", several.len());
            for (title, place) in several.iter().take(MOST_NAMED) {
                let _ = write!(
                    message,
                    "\n  {} ({})",
                    shown::plain(title),
                    folder.name(place)
                );
            }
            if several.len() > MOST_NAMED || found.more {
                message.push_str("\n  … more");
            }
            Err(message)
        }
    }
}

/// The runs of digests, oldest first, with what is between them.
fn chain_text(workspace: &Workspace) -> String {
    let mut text = String::new();
    let mut list: Option<&Option<String>> = None;
    for run in &workspace.chain().runs {
        if list != Some(&run.list) {
            let name = run.list.as_deref().unwrap_or("no list named");
            let _ = writeln!(text, "{}", shown::plain(name));
            list = Some(&run.list);
        } else if run.fork_of.is_none() {
            let _ = writeln!(text, "  gap");
        }
        if let Some(fork) = &run.fork_of {
            let _ = writeln!(text, "  fork: follows {} as well", shown::plain(fork));
        }
        for link in &run.digests {
            let range = workspace.get(&link.key).and_then(Contribution::range);
            let range = range.map_or("no range".to_owned(), |(from, to)| format!("{from}..{to}"));
            let _ = writeln!(text, "  {range}  {}", shown::plain(&link.key));
            for copy in &link.copies {
                let _ = writeln!(
                    text,
                    "  {:width$}  {} (same range)",
                    "",
                    shown::plain(copy),
                    width = range.len()
                );
            }
        }
    }
    text
}
