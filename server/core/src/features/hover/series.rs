//! Hovers on a series: facts, badges, and its history as this digest tells it.

use super::super::locate::mentions;
use super::super::names::{count, diffstat_short};
use super::super::page::{LineBuilder, Page};
use super::super::versions::Around;
use super::{base, line_of_entry};
use crate::digest::Digest;
use crate::model::changelog::{self, VersionMention};
use crate::model::facts::{is_uapi, rows};
use crate::model::postings::Series;
use crate::model::subject::{Kind, Version};
use crate::model::{Mail, Model, people};
use crate::shown;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::line::Lines;

/// An entry with its text.
struct Source<'a> {
    place: Place<'a>,
    text: String,
}

impl<'a> Source<'a> {
    fn of(digest: &'a Digest, idx: usize) -> Option<Self> {
        let place = digest.blocks().entry(idx)?;
        Some(Self {
            text: digest.block_text(&place),
            place,
        })
    }

    fn entry(&self) -> Option<&Entry> {
        self.place.block.entry()
    }

    fn paths(&self) -> Vec<&str> {
        let Some(entry) = self.entry() else {
            return Vec::new();
        };
        entry
            .parts_of(PartKind::Diffstat)
            .flat_map(|part| rows(part.span.text(&self.text)))
            .map(|row| row.path)
            .collect()
    }
}

/// The head of an entry.
pub(super) fn entry(digest: &Digest, idx: usize, around: Option<Around<'_>>) -> Option<Page> {
    let model = digest.model();
    let mail = model.entries.get(idx)?;
    let series = mail.series().and_then(|series| model.series.get(series));
    let source = Source::of(digest, idx)?;
    let mut page = Page::default();

    let mut facts = vec![version_label(
        mail.version().map(ToString::to_string).as_deref(),
    )];
    match (mail.kind, series) {
        (Kind::Cover, Some(series)) => {
            facts.push(count(series.n_patches() as u64, "patch", "patches"));
        }
        (Kind::Patch, Some(series)) => {
            let number = mail.number().unwrap_or_default();
            facts.push(format!("patch {number} of {}", series.n_patches()));
        }
        (Kind::Pull, _) => facts.push("pull request".to_owned()),
        _ if mail.facts.is_reply => {
            facts.push("a reply under the subject of what it answers".to_owned());
        }
        _ => facts.push("single patch".to_owned()),
    }
    title_line(&mut page, model, mail, facts);
    who(&mut page, model, mail);
    push_facts(&mut page, model, mail, series, &source);

    if mail.kind == Kind::Patch {
        if let Some(cover) = series.and_then(|series| series.cover) {
            page.push(LineBuilder::new().text(format!(
                "Cover letter at line {}",
                line_of_entry(digest, cover)
            )));
        } else if let Some(series) = series {
            page.push(LineBuilder::new().text(missing_cover(series)));
        }
        let since = around.and_then(|around| around.patch_since(idx));
        page.push_parts(&since.into_iter().collect::<Vec<_>>());
        trailers(&mut page, &source);
    }
    // Of the versions of a series the workspace knows more than the mail.
    let speaks = series.is_none_or(|series| series.lead(&model.entries) == Some(idx));
    let told = speaks && around.is_some_and(|around| around.push_versions(&mut page, idx));
    if !told {
        history(
            &mut page,
            &source,
            mail.version().map(ToString::to_string).as_deref(),
        );
    }
    Some(page)
}

/// A line of a shortlog: the patch's entry, or what the cover letter tells of it.
pub(super) fn listed(
    digest: &Digest,
    cover: usize,
    group: usize,
    title: usize,
    around: Option<Around<'_>>,
) -> Option<Page> {
    let model = digest.model();
    let series = model.series.get(model.entries.get(cover)?.series()?)?;
    let patch = series
        .patches
        .iter()
        .find(|patch| patch.listed() == Some((group, title)))?;
    if let Some(idx) = patch.entry() {
        return entry(digest, idx, around);
    }
    let mut page = Page::default();
    let number = patch.number.map_or_else(
        || format!("one of {} patches", series.n_patches()),
        |number| format!("patch {number} of {}", series.n_patches()),
    );
    let label = version_label(series.version.as_deref());
    page.push(
        LineBuilder::new()
            .strong(series.title_of(patch, &model.entries))
            .text(format!(" · {label} · {number}")),
    );
    if let Some(author) = series.author_of(patch, &model.entries) {
        let poster = series.author.as_ref().map(|poster| model.name_of(poster));
        let posted = poster.filter(|poster| !people::same_name(poster, author));
        let posted = posted
            .map(|poster| format!(", posted by {poster}"))
            .unwrap_or_default();
        page.push(LineBuilder::new().text(format!("By {author}{posted}")));
    }
    page.push(LineBuilder::new().text("No entry in this digest: known from this line alone"));
    Some(page)
}

/// A line that names a version: what changed in it, and where it is.
pub(super) fn version(digest: &Digest, idx: usize, label: &str) -> Option<Page> {
    let source = Source::of(digest, idx)?;
    let mention = mentions(&source.text, source.entry()?)
        .into_iter()
        .find(|mention| mention.label() == label)?;
    let own = digest
        .model()
        .entries
        .get(idx)?
        .version()
        .map(ToString::to_string);
    let mut page = Page::default();
    let lines: Vec<&str> = Lines::new(&source.text).map(|line| line.text).collect();
    push_version(&mut page, &lines, &mention, own.as_deref(), 100);
    Some(page)
}

fn version_label(version: Option<&str>) -> String {
    match version {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("v{version}"),
        Some(version) => version.to_owned(),
        None => "v1".to_owned(),
    }
}

fn title_line(page: &mut Page, model: &Model, mail: &Mail, facts: Vec<String>) {
    let mut facts = facts;
    let trees: Vec<&str> = mail.trees().collect();
    if !trees.is_empty() {
        facts.push(trees.join(", "));
    }
    if let Some(author) = mail.writer() {
        facts.push(model.name_of(author).to_owned());
    }
    page.push(
        LineBuilder::new()
            .strong(mail.title.clone())
            .text(format!(" · {}", facts.join(" · "))),
    );
}

fn who(page: &mut Page, model: &Model, mail: &Mail) {
    let (Some(writer), Some(poster)) = (&mail.written_by, &mail.facts.author) else {
        return;
    };
    page.push(LineBuilder::new().text(format!(
        "By {}, posted by {}",
        model.name_of(writer),
        model.name_of(poster)
    )));
}

/// Files, lines, directories, what they touch, the base; then the badges.
fn push_facts(
    page: &mut Page,
    model: &Model,
    mail: &Mail,
    series: Option<&Series>,
    source: &Source<'_>,
) {
    let mut parts = Vec::new();
    if let Some(totals) = &mail.facts.diffstat {
        parts.push(diffstat_short(totals));
        let paths = source.paths();
        parts.extend(top_directories(&paths));
        if paths.iter().any(|path| is_kernel(path)) {
            let yes = |found: bool, no: &str| {
                if found {
                    "yes".to_owned()
                } else {
                    no.to_owned()
                }
            };
            parts.push(format!(
                "UAPI {}",
                yes(paths.iter().any(|path| is_uapi(path)), "no")
            ));
            let tests = paths.iter().any(|path| path.contains("selftests/"));
            parts.push(format!("selftests {}", yes(tests, "none")));
        }
    }
    page.push_parts(&parts);
    if let Some(base) = source
        .entry()
        .and_then(|entry| base::base(&source.text, entry))
    {
        page.push(LineBuilder::new().text(format!("Base: {}", shown::short(&base, 160))));
    }

    // Badges of a cover letter are those of the patches that are here.
    let of_series = series.filter(|_| mail.kind == Kind::Cover);
    let mails: Vec<&Mail> = match of_series {
        Some(series) => series
            .entries
            .iter()
            .map(|&idx| &model.entries[idx])
            .collect(),
        None => vec![mail],
    };
    let mut badges = Vec::new();
    for (has, badge) in [
        (mails.iter().any(|mail| mail.facts.is_fix), "fix"),
        (mails.iter().any(|mail| mail.facts.is_stable), "stable"),
    ] {
        if has {
            let whose = mails
                .iter()
                .filter(|mail| mail.kind == Kind::Patch)
                .find_map(|mail| mail.number());
            badges.push(match (of_series, whose) {
                (Some(_), Some(number)) => format!("{badge} (patch {number})"),
                _ => badge.to_owned(),
            });
        }
    }
    page.push_parts(&badges);
}

fn is_kernel(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or_default();
    path.contains('/')
        && matches!(
            top,
            "arch"
                | "block"
                | "crypto"
                | "drivers"
                | "fs"
                | "io_uring"
                | "ipc"
                | "kernel"
                | "mm"
                | "net"
                | "rust"
                | "security"
                | "sound"
                | "virt"
        )
        || path.starts_with("Documentation/")
        || path.starts_with("tools/testing/selftests/")
}

/// The directories with most rows, two levels deep: `arch/loongarch`, three at most.
fn top_directories(paths: &[&str]) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for path in paths.iter().filter(|path| !path.starts_with("...")) {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        parts.truncate(2);
        if parts.is_empty() {
            continue;
        }
        let directory = parts.join("/");
        match counts.iter().position(|(known, _)| *known == directory) {
            Some(idx) => counts[idx].1 += 1,
            None if counts.len() < 64 => counts.push((directory, 1)),
            None => {}
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let more = counts.len().saturating_sub(3);
    let mut names: Vec<String> = counts.into_iter().take(3).map(|(name, _)| name).collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn missing_cover(series: &Series) -> String {
    if series.skipped_cover.is_some() {
        let known = series.patches.len();
        format!(
            "Cover letter left out of this digest; titles known: {known} of {} patches",
            series.n_patches()
        )
    } else {
        "Cover letter not in this digest".to_owned()
    }
}

/// The trailers of this very patch, but for the sign-offs.
fn trailers(page: &mut Page, source: &Source<'_>) {
    let Some(entry) = source.entry() else { return };
    let wanted = [
        "reviewed-by",
        "acked-by",
        "tested-by",
        "reported-by",
        "suggested-by",
        "co-developed-by",
        "fixes",
    ];
    let mut lines = Vec::new();
    for part in entry.parts_of(PartKind::Trailer) {
        let content = part.span.text(&source.text);
        let Some(colon) = crate::syntax::form::trailer(content) else {
            continue;
        };
        let (key, value) = (&content[..colon], content[colon + 1..].trim());
        if !wanted.contains(&&*key.to_ascii_lowercase()) {
            continue;
        }
        let value = match people::parse_author(value) {
            Some(parts) if !key.eq_ignore_ascii_case("fixes") => parts.person.name,
            _ => value.into(),
        };
        lines.push(format!("{key}: {value}"));
    }
    page.push_parts(&lines);
}

/// The versions that the mail's changelog names, newest first.
fn history(page: &mut Page, source: &Source<'_>, own: Option<&str>) {
    let Some(entry) = source.entry() else { return };
    let mut named = mentions(&source.text, entry);
    named.sort_by_key(|mention| std::cmp::Reverse(order(mention)));
    let own_label = own.unwrap_or("1");
    if named
        .iter()
        .all(|mention| mention.version == own_label && mention.heading.is_none())
    {
        return;
    }
    let lines: Vec<&str> = Lines::new(&source.text).map(|line| line.text).collect();
    for mention in &named {
        push_version(page, &lines, mention, own, 90);
    }
}

/// An RFC comes before v1. The number of a version is a label, but within one mail it orders.
fn order(mention: &VersionMention) -> (bool, Option<Version>) {
    (!mention.is_rfc, Version::parse(&mention.version))
}

/// `v3 · moved code outside CONFIG_SMP · https://…`, of a mail with these lines.
fn push_version(
    page: &mut Page,
    lines: &[&str],
    mention: &VersionMention,
    own: Option<&str>,
    max: usize,
) {
    let mut line = LineBuilder::new().strong(mention.label());
    let is_own = mention.version == own.unwrap_or("1") && !mention.is_rfc;
    if is_own {
        line = line.text(" here");
    }
    let items = changelog::first_items(lines, mention);
    if !items.is_empty() {
        line = line.text(format!(" · {}", shown::short(&items, max)));
    }
    match &mention.link {
        Some(link) => line = line.text(" · ").link(link.url.clone()),
        None if !is_own && items.is_empty() => line = line.text(" · no changes told, no link"),
        None => {}
    }
    page.push(line);
}
