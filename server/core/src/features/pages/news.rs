//! The page "what is new in this digest".

use std::sync::Arc;

use super::{Document, Sources, posting_name};
use crate::Digest;
use crate::features::names;
use crate::features::page::{LineBuilder, Target};
use crate::features::versions::{changes_text, since_text};
use crate::workspace::Place;
use crate::workspace::news::{Item, News};

/// The page of a digest. `None` where the workspace does not have it.
#[must_use]
pub fn news(sources: Sources<'_>, key: &str, digest: &Digest) -> Option<Document> {
    let (items, is_all) = sources.workspace.news(key)?;
    let summary = names::summary(digest);
    let mut page = Document::default();
    let title = format!("What is new in {}", summary.name);
    page.heading(1, LineBuilder::new().text(title));
    page.parts(&[summary.counts]);
    let of = |wanted: fn(News) -> bool| items.iter().filter(move |item| wanted(item.news));
    for (title, wanted) in [
        ("Re-rolled", of(|news| matches!(news, News::ReRolled(_)))),
        ("New", of(|news| news == News::New)),
        ("Sent again", of(|news| news == News::Repeat)),
        (
            "Rest of what the neighbouring digest has",
            of(|news| news == News::Part),
        ),
    ] {
        let mut has_title = false;
        for item in wanted {
            if !has_title {
                page.section(title);
                has_title = true;
            }
            push_item(&mut page, sources, key, item);
        }
    }
    if !is_all {
        page.line(LineBuilder::new().text("… more, not looked at"));
    }
    if !summary.unlisted.is_empty() {
        page.section("Mails without entry");
        page.line(LineBuilder::new().text(summary.unlisted));
    }
    Some(page)
}

fn push_item(page: &mut Document, sources: Sources<'_>, key: &str, item: &Item) {
    let place = Place {
        key: Arc::from(key),
        entry: item.entry,
    };
    let Some(posting) = sources.posting(&place) else {
        return;
    };
    let mut line = LineBuilder::new().jump(posting_name(posting), Target::Entry(place));
    let mut parts = Vec::new();
    parts.extend(posting.poster().map(|poster| poster.name.to_owned()));
    parts.extend(posting.changes().map(changes_text));
    let flags = posting.flags();
    for (has, badge) in [
        (flags.touches_uapi, "UAPI"),
        (flags.is_fix, "fix"),
        (flags.is_stable, "stable"),
    ] {
        if has {
            parts.push(badge.to_owned());
        }
    }
    for part in parts {
        line = line.text(" · ").text(part);
    }
    let history = &item.history;
    if let News::ReRolled(old) = item.news {
        match old.and_then(|old| Some((old, history.versions.get(old)?))) {
            Some((old, version)) => {
                line = line.text(format!(" · from {} in ", version.label));
                if let Some(place) = version.place() {
                    line = line.append(sources.link_to(place));
                }
                if let Some(since) = sources.workspace.since(history, old, item.own) {
                    line = line.text(format!(": {}", since_text(&since)));
                }
            }
            None => {
                line = line.text(match history.versions.get(item.own + 1) {
                    Some(before) => format!(" · {} is not in these digests", before.label),
                    None => " · no earlier version in these digests".to_owned(),
                });
            }
        }
        let gist = history
            .versions
            .get(item.own)
            .map_or("", |version| &version.gist);
        if !gist.is_empty() {
            line = line.text(format!(" · {gist}"));
        }
    }
    if let Some(newer) = history
        .newest_after(item.own)
        .and_then(|idx| history.versions.get(idx))
        && let Some(place) = newer.place()
    {
        line = line
            .text(format!(" · newer: {} in ", newer.label))
            .append(sources.link_to(place));
    }
    page.item(line);
}
