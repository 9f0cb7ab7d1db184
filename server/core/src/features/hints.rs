//! Hints between the words of a digest: the rest of a title that was cut off, who wrote what somebody
//! else posted, and the number of a patch before its title in a shortlog.
//!
//! What a hint says is in the hover of its line, too.

use std::ops::Range;

use super::definition::entry_target;
use crate::digest::Digest;
use crate::model::Mail;
use crate::model::people;
use crate::shown;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::form;

/// Text shown between the words of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The byte before which it is shown.
    pub offset: usize,
    /// What it says: harmless to show.
    pub label: String,
    /// What it is.
    pub kind: HintKind,
    /// What proves it, as an entry of the digest.
    pub source: Option<usize>,
}

/// What a hint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HintKind {
    /// `⋯ DECLARE_FEAT_MAP() and co`
    Title,
    /// `written by Marc Zyngier`
    Writer,
    /// `3/36`
    Number,
}

/// Which hints are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HintOptions {
    /// The rest of titles.
    pub titles: bool,
    /// Writers.
    pub writers: bool,
    /// Numbers of patches.
    pub numbers: bool,
}

impl Default for HintOptions {
    fn default() -> Self {
        Self {
            titles: true,
            writers: true,
            numbers: true,
        }
    }
}

/// The hints in the bytes `within`, in order. Costs what the blocks there cost.
#[must_use]
pub fn hints(digest: &Digest, within: Range<usize>, options: HintOptions) -> Vec<Hint> {
    let mut found = Vec::new();
    let first = digest.blocks().at_offset(within.start);
    let first = first.map_or(0, |place| place.before.blocks);
    for place in digest.blocks().iter_from(first) {
        if place.start() > within.end {
            break;
        }
        if let Some(entry) = place.block.entry() {
            head(digest, &place, entry, options, &mut found);
            if options.numbers {
                numbers(digest, &place, entry, &mut found);
            }
        }
    }
    found.retain(|hint| within.start <= hint.offset && hint.offset <= within.end);
    found
}

/// Title and writer of an entry.
fn head(
    digest: &Digest,
    place: &Place<'_>,
    entry: &Entry,
    options: HintOptions,
    found: &mut Vec<Hint>,
) {
    let model = digest.model();
    let idx = place.before.entries;
    let Some(mail) = model.entries.get(idx) else {
        return;
    };
    let source = mail
        .series()
        .and_then(|series| model.series.get(series)?.cover);
    if options.titles
        && mail.completed_by.is_some()
        && let Some(subject) = entry.subject
    {
        let shown_title = crate::model::titles::squeeze(&mail.facts.title_shown);
        let rest = mail
            .title
            .get(shown_title.len()..)
            .unwrap_or_default()
            .trim();
        if !rest.is_empty() {
            found.push(Hint {
                offset: subject.span.at(place.start()).end,
                label: format!("⋯ {}", harmless(rest)),
                kind: HintKind::Title,
                source: source.filter(|cover| *cover != idx),
            });
        }
    }
    if options.writers
        && let (Some(author), Some(writer)) = (entry.author, &mail.written_by)
    {
        let poster = mail.facts.author.as_ref();
        let differs = poster.is_none_or(|poster| !people::same_name(&poster.name, &writer.name));
        if differs && !writer.name.is_empty() {
            found.push(Hint {
                offset: author.span.at(place.start()).end,
                label: format!("written by {}", harmless(model.name_of(writer))),
                kind: HintKind::Writer,
                source: source.filter(|cover| *cover != idx),
            });
        }
    }
}

/// The numbers of patches before their titles, where they are certain.
fn numbers(digest: &Digest, place: &Place<'_>, entry: &Entry, found: &mut Vec<Hint>) {
    let model = digest.model();
    let idx = place.before.entries;
    let series = model.entries.get(idx).and_then(Mail::series);
    let Some(series) = series.and_then(|series| model.series.get(series)) else {
        return;
    };
    if series.cover != Some(idx) {
        return;
    }
    let text = digest.text().slice(place.range());
    let parts = entry.parts_of(PartKind::ShortlogGroup);
    let groups: Vec<Vec<_>> = parts
        .map(|part| form::shortlog_titles(&text, part))
        .collect();
    let width = series.number_width();
    let mut hints: Vec<Hint> = series
        .patches
        .iter()
        .filter_map(|patch| {
            let (group, title) = patch.listed()?;
            let title = groups.get(group)?.get(title)?;
            let number = patch.number?;
            Some(Hint {
                offset: title.span.at(place.start()).start,
                label: format!("{number:0width$}/{}", series.n_patches()),
                kind: HintKind::Number,
                source: patch.entry(),
            })
        })
        .collect();
    hints.sort_by_key(|hint| hint.offset);
    found.extend(hints);
}

fn harmless(text: &str) -> String {
    shown::plain(&shown::short(text, 120)).into_owned()
}

/// What there is to say of a hint when it is pointed at.
#[must_use]
pub fn tooltip(digest: &Digest, hint: &Hint) -> String {
    let line = hint.source.and_then(|entry| entry_target(digest, entry));
    let line = line.map(|target| digest.text().line_of(target.focus.start) + 1);
    match (hint.kind, line) {
        (HintKind::Title, Some(line)) => {
            format!("The rest of the title, from the shortlog of the cover letter (line {line})")
        }
        (HintKind::Title, None) => "The rest of the title, from another posting".to_owned(),
        (HintKind::Writer, Some(line)) => {
            format!("The cover letter names the writer (line {line})")
        }
        (HintKind::Writer, None) => "The shortlog names the writer".to_owned(),
        (HintKind::Number, Some(line)) => format!("This patch is in the digest (line {line})"),
        (HintKind::Number, None) => "This patch is not in the digest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COVER: &str = "[PATCH v2 0/3] kvm: Some work on the thing that works";

    fn digest() -> (String, Digest) {
        let rule = "-".repeat(70);
        let entry = |subject: &str, author: &str, body: &str| {
            format!("New:  x\n{subject}\nAuthor: {author}\n\n{body}\n\n{rule}\n\n")
        };
        let cut = "kvm: arm64: Account for the bits that nobody knew of in the";
        let text = [
            entry(
                &format!("[PATCH v2 1/3] {cut}"),
                "Bob Poster <bob@e.org>",
                "Body.\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)",
            )
            .replace("New:  x", &format!("New:  {cut}")),
            entry(
                COVER,
                "Bob Poster <bob@e.org>",
                &format!("Text.\n\nAnn Writer (3):\n  {cut} register map\n  kvm: second\n    goes on\n  kvm: third\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)"),
            )
            .replace("New:  x", "New:  kvm: Some work on the thing that works"),
        ]
        .concat();
        let digest = Digest::parse(&text);
        (text, digest)
    }

    fn shown(text: &str, hints: &[Hint]) -> Vec<String> {
        let line = |at: usize| text[..at].rsplit('\n').next().unwrap().len();
        hints
            .iter()
            .map(|hint| format!("{} {}", line(hint.offset), hint.label))
            .collect()
    }

    #[test]
    fn titles_writers_and_numbers() {
        let (text, digest) = digest();
        let all = hints(&digest, 0..text.len(), HintOptions::default());
        assert_eq!(
            shown(&text, &all),
            [
                "74 ⋯ register map",
                "30 written by Ann Writer",
                "2 1/3",
                "2 2/3",
                "2 3/3"
            ]
        );
        assert_eq!(
            tooltip(&digest, &all[0]),
            "The rest of the title, from the shortlog of the cover letter (line 13)"
        );
        assert_eq!(
            tooltip(&digest, &all[2]),
            "This patch is in the digest (line 2)"
        );
        assert_eq!(tooltip(&digest, &all[3]), "This patch is not in the digest");
    }

    #[test]
    fn each_can_be_switched_off_and_a_part_has_its_own() {
        let (text, digest) = digest();
        let all = hints(&digest, 0..text.len(), HintOptions::default());
        let off = HintOptions {
            titles: false,
            writers: false,
            numbers: false,
        };
        for (options, kind) in [
            (
                HintOptions {
                    titles: true,
                    ..off
                },
                HintKind::Title,
            ),
            (
                HintOptions {
                    writers: true,
                    ..off
                },
                HintKind::Writer,
            ),
            (
                HintOptions {
                    numbers: true,
                    ..off
                },
                HintKind::Number,
            ),
        ] {
            let some = hints(&digest, 0..text.len(), options);
            let expected: Vec<_> = all
                .iter()
                .filter(|hint| hint.kind == kind)
                .cloned()
                .collect();
            assert_eq!(some, expected);
        }
        for hint in &all {
            let part = hints(&digest, hint.offset..hint.offset, HintOptions::default());
            assert_eq!(part, std::slice::from_ref(hint));
        }
    }
}
