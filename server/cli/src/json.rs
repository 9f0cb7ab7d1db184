//! The JSON of `patch-digest outline --format json`: one object per file, on one line. Keys are
//! stable; lines count from 1; what is not known is `null`.

use patch_digest_core::Digest;
use patch_digest_core::features::definition::shortlog_ranges;
use patch_digest_core::features::locate::mentions;
use patch_digest_core::model::people::Person;
use patch_digest_core::model::postings::Series;
use patch_digest_core::model::subject::Kind;
use patch_digest_core::model::{LogPair, Mail, Model};
use patch_digest_core::syntax::blocks::Place;
use patch_digest_core::syntax::{BlockKind, Entry};
use serde::Serialize;

use crate::input::Input;
use crate::output;

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    list: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    domains: Vec<(&'a str, u64)>,
    contributors: Vec<(String, u64)>,
    entries: Vec<EntryJson<'a>>,
    log: Vec<LogJson<'a>>,
    series: Vec<SeriesJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    line: usize,
    last_line: Option<usize>,
    kind: &'static str,
    title: &'a str,
    title_shown: &'a str,
    tag: Option<String>,
    version: Option<String>,
    number: Option<u32>,
    total: Option<u32>,
    author: Option<PersonJson<'a>>,
    written_by: Option<PersonJson<'a>>,
    body_first_line: Option<usize>,
    body_last_line: Option<usize>,
    diffstat: Option<DiffstatJson>,
    shortlog: Vec<GroupJson<'a>>,
    changelog: Vec<VersionJson>,
    series: Option<usize>,
}

#[derive(Serialize)]
struct PersonJson<'a> {
    name: &'a str,
    email: Option<&'a str>,
}

#[derive(Serialize)]
struct DiffstatJson {
    files: u64,
    insertions: u64,
    deletions: u64,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    author: &'a str,
    count: u64,
    titles: Vec<&'a str>,
}

#[derive(Serialize)]
struct VersionJson {
    version: String,
    line: usize,
    link: Option<String>,
}

#[derive(Serialize)]
struct LogJson<'a> {
    line: usize,
    exist: Option<&'a str>,
    skip: Option<&'a str>,
    exist_entry: Option<usize>,
}

#[derive(Serialize)]
struct SeriesJson<'a> {
    title: &'a str,
    version: Option<&'a str>,
    total: Option<u32>,
    author: Option<&'a str>,
    cover: Option<usize>,
    entries: &'a [usize],
    patches: Vec<PatchJson<'a>>,
}

#[derive(Serialize)]
struct PatchJson<'a> {
    number: Option<u32>,
    title: &'a str,
    author: Option<&'a str>,
    entry: Option<usize>,
    line: Option<usize>,
}

/// The object of a file, with a line break.
pub(crate) fn outline(input: &Input) -> String {
    let digest = &input.digest;
    let model = digest.model();
    let range = model.header.range();
    let places: Vec<Place<'_>> = digest
        .blocks()
        .iter()
        .filter(|place| place.block.kind == BlockKind::Entry)
        .collect();
    let file = File {
        file: &input.name,
        list: model.header.list(),
        from: range.map(|(from, _)| from),
        to: range.map(|(_, to)| to),
        domains: model
            .domains
            .rows
            .iter()
            .map(|row| (&*row.who, row.count))
            .collect(),
        contributors: model
            .contributors
            .rows
            .iter()
            .filter_map(contributor)
            .collect(),
        entries: model
            .entries
            .iter()
            .zip(&places)
            .map(|(mail, place)| entry(digest, mail, place))
            .collect(),
        log: model
            .log
            .iter()
            .enumerate()
            .map(|(idx, pair)| log(digest, idx, pair))
            .collect(),
        series: model
            .series
            .iter()
            .map(|of| series(digest, model, of, &places))
            .collect(),
    };
    output::json(&file)
}

fn contributor(row: &patch_digest_core::model::tables::Row) -> Option<(String, u64)> {
    let person = row.person.as_ref()?;
    Some((format!("{} <{}>", person.name, person.email), row.count))
}

fn person(person: &Person) -> PersonJson<'_> {
    PersonJson {
        name: &person.name,
        email: Some(&*person.email).filter(|email| !email.is_empty()),
    }
}

fn entry<'a>(digest: &Digest, mail: &'a Mail, place: &Place<'_>) -> EntryJson<'a> {
    let subject = mail.facts.subject.as_deref().unwrap_or_default();
    let parsed = place.block.entry();
    let line = |in_entry: u32| place.line() + in_entry as usize + 1;
    let text = digest.block_text(place);
    let separator = parsed.and_then(|entry| entry.separator);
    let body = parsed.and_then(|entry| entry.body_lines);
    let changelog = parsed
        .map(|entry| mentions(&text, entry))
        .unwrap_or_default();
    EntryJson {
        line: place.line() + 1,
        last_line: separator.map(|separator| line(separator.line())),
        kind: match mail.kind {
            Kind::Cover => "cover",
            Kind::Patch => "patch",
            Kind::Single => "single",
            Kind::Pull => "pull",
        },
        title: &mail.title,
        title_shown: &mail.facts.title_shown,
        tag: mail.subject().map(|parts| parts.tag.text(subject)),
        version: mail.version().map(ToString::to_string),
        number: mail.number(),
        total: mail.total(),
        author: mail.facts.author.as_ref().map(person),
        written_by: mail.written_by.as_deref().map(person),
        body_first_line: body.map(|(first, _)| line(body_start(parsed, first))),
        body_last_line: body.map(|(_, last)| line(last)),
        diffstat: mail.facts.diffstat.map(|totals| DiffstatJson {
            files: totals.files,
            insertions: totals.insertions,
            deletions: totals.deletions,
        }),
        shortlog: mail
            .facts
            .shortlog
            .iter()
            .map(|group| GroupJson {
                author: group.author(),
                count: group.count,
                titles: group.titles().collect(),
            })
            .collect(),
        changelog: changelog
            .into_iter()
            .map(|mention| VersionJson {
                line: place.line() + mention.line + 1,
                // `3`, `RFC`, `RFC v2`
                version: mention.label().trim_start_matches('v').to_owned(),
                link: mention.link.map(|link| link.url),
            })
            .collect(),
        series: mail.series(),
    }
}

/// The line after the blank line below the author. It is blank itself where the mail had a `From:`
/// in its body; that blank line is of the body.
fn body_start(entry: Option<&Entry>, first: u32) -> u32 {
    let author = entry.and_then(|entry| entry.author);
    author.map_or(first, |author| first.min(author.line() + 2))
}

fn log<'a>(digest: &Digest, idx: usize, pair: &'a LogPair) -> LogJson<'a> {
    LogJson {
        line: digest.blocks().log(idx).map_or(0, |place| place.line()) + 1,
        exist: pair.exist.as_deref(),
        skip: pair.skip.as_deref(),
        exist_entry: pair.entry,
    }
}

fn series<'a>(
    digest: &Digest,
    model: &'a Model,
    series: &'a Series,
    places: &[Place<'_>],
) -> SeriesJson<'a> {
    let shortlog = series
        .cover
        .map(|cover| shortlog_ranges(digest, cover))
        .unwrap_or_default();
    let patches = series.patches.iter().map(|patch| {
        let entry_line = || Some(places.get(patch.entry()?)?.line() + 1);
        let listed = || {
            let (group, title) = patch.listed()?;
            let range = shortlog.get(group)?.get(title)?;
            Some(digest.text().line_of(range.start) + 1)
        };
        PatchJson {
            number: patch.number,
            title: series.title_of(patch, &model.entries),
            author: series.author_of(patch, &model.entries),
            entry: patch.entry(),
            // The shortlog line; for a patch that is in none, its entry.
            line: listed().or_else(entry_line),
        }
    });
    SeriesJson {
        title: &series.title,
        version: series.version.as_deref(),
        total: series.total,
        author: series.author.as_ref().map(|author| model.name_of(author)),
        cover: series.cover,
        entries: &series.entries,
        patches: patches.collect(),
    }
}
