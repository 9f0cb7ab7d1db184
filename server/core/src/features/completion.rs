//! What may come next while someone writes: a trailer, a person, the number of a footnote.
//!
//! For drafts and replies; a digest that came from a list is a record, and nothing is offered in it
//! ([`is_draft`]). Tests: below and `tests/tests/protocol/completion.rs`.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::digest::Digest;
use crate::shown;
use crate::syntax::form;
use crate::syntax::line::{self, Lines};
use crate::workspace::Workspace;

/// Trailers that the kernel's documentation of submitting patches names, the frequent ones first.
const TRAILERS: [&str; 13] = [
    "Reviewed-by",
    "Acked-by",
    "Tested-by",
    "Signed-off-by",
    "Reported-by",
    "Suggested-by",
    "Co-developed-by",
    "Debugged-by",
    "Fixes",
    "Link",
    "Closes",
    "Cc",
    "Message-ID",
];

/// Header lines besides trailers in `-by` that name a person.
const NAMING: [&str; 4] = ["Author", "Cc", "From", "To"];

/// People that are offered at a time; editors ask again with every letter.
const MOST_PEOPLE: usize = 100;

/// Longer lines are not being written.
const LONGEST_LINE: usize = 1_000;

/// Longer mails are not searched for footnotes.
const LONGEST_MAIL: usize = 1 << 20;

/// What may stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that it takes the place of: what is written of it already.
    pub range: Range<usize>,
    /// The most likely first.
    pub items: Vec<Item>,
    /// Whether there is more to offer when more is written.
    pub more: bool,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// What is shown, and written.
    pub text: String,
    /// More about it, short; empty where there is nothing to say.
    pub detail: String,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// The name of a trailer with its colon.
    Trailer,
    /// A name with an address.
    Person,
    /// The number of a footnote with its bracket.
    Footnote,
}

/// Whether a text is being written: it has the name of a draft or none yet, or it is a mail and no
/// digest at all.
#[must_use]
pub fn is_draft(digest: &Digest, has_draft_name: bool) -> bool {
    let first = digest.text().line_range(0);
    let is_digest = first.len() < 200 && line::commit_range(&digest.text().slice(first)).is_some();
    has_draft_name || !is_digest
}

/// What may stand at the byte `offset`.
#[must_use]
pub fn completion(digest: &Digest, offset: usize, workspace: &Workspace) -> Option<Completion> {
    let text = digest.text();
    let offset = text.floor_char_boundary(offset);
    let start = text.line_start(text.line_of(offset));
    if offset.saturating_sub(start) > LONGEST_LINE {
        return None;
    }
    let before = text.slice(start..offset);
    if let Some(typed) = naming(&before) {
        let (items, more) = people(workspace, typed);
        return Some(Completion {
            range: offset - typed.len()..offset,
            items,
            more,
        });
    }
    if let Some(typed) = footnote_number(&before) {
        let rest = text.slice(offset..text.line_range(text.line_of(offset)).end);
        let end = if rest.starts_with(']') { "" } else { "]" };
        return Some(Completion {
            range: offset - typed.len()..offset,
            items: footnotes(digest, offset, end),
            more: false,
        });
    }
    let is_word = before.bytes().all(|b| b == b'-' || b.is_ascii_alphabetic());
    if before.is_empty() || !is_word {
        return None;
    }
    let typed = before.to_ascii_lowercase();
    let fits = |name: &&&str| name.to_ascii_lowercase().starts_with(&typed);
    let items: Vec<Item> = TRAILERS
        .iter()
        .filter(fits)
        .map(|name| Item {
            kind: ItemKind::Trailer,
            text: format!("{name}: "),
            detail: String::new(),
        })
        .collect();
    (!items.is_empty()).then_some(Completion {
        range: start..offset,
        items,
        more: false,
    })
}

/// What is written of a person so far, on a line that names one.
fn naming(before: &str) -> Option<&str> {
    let (key, value) = before.split_once(':')?;
    let is_key = key.bytes().all(|b| b == b'-' || b.is_ascii_alphabetic());
    let by = key.len() > 3 && key.get(key.len() - 3..)?.eq_ignore_ascii_case("-by");
    let names = by || NAMING.iter().any(|name| name.eq_ignore_ascii_case(key));
    let typed = value.trim_start();
    (is_key && names && !typed.contains('>')).then_some(typed)
}

/// The digits behind a bracket that is open.
fn footnote_number(before: &str) -> Option<&str> {
    let (_, typed) = before.rsplit_once('[')?;
    (typed.len() <= 3 && typed.bytes().all(|b| b.is_ascii_digit())).then_some(typed)
}

/// The people whose name or address has what is typed, those with most mails first, and whether
/// there are more.
fn people(workspace: &Workspace, typed: &str) -> (Vec<Item>, bool) {
    let typed = typed.to_lowercase();
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for (_, digest) in workspace.digests() {
        for person in digest.people() {
            let fits = |text: &str| text.to_lowercase().contains(&typed);
            let is_whole = !person.name.is_empty() && !person.email.is_empty();
            if is_whole && (fits(person.name) || fits(person.email)) {
                *counts.entry((person.name, person.email)).or_default() += 1;
            }
        }
    }
    let mut found: Vec<_> = counts.into_iter().collect();
    found.sort_unstable_by(|(a, n_a), (b, n_b)| n_b.cmp(n_a).then_with(|| a.cmp(b)));
    let more = found.len() > MOST_PEOPLE;
    let item = |((name, email), _): ((&str, &str), usize)| Item {
        kind: ItemKind::Person,
        text: shown::plain(&format!("{name} <{email}>")).into_owned(),
        detail: String::new(),
    };
    (
        found.into_iter().take(MOST_PEOPLE).map(item).collect(),
        more,
    )
}

/// The footnotes of the mail around a place, then the next free number.
fn footnotes(digest: &Digest, offset: usize, end: &str) -> Vec<Item> {
    let Some(place) = digest.blocks().at_offset(offset) else {
        return Vec::new();
    };
    if place.range().len() > LONGEST_MAIL {
        return Vec::new();
    }
    let mail = digest.block_text(&place);
    let mut notes: BTreeMap<u32, String> = BTreeMap::new();
    for line in Lines::new(&mail) {
        if let Some((number, start)) = form::footnote(line.text)
            && let Ok(number) = number.parse()
        {
            let text = line.text.get(start..).unwrap_or_default();
            notes
                .entry(number)
                .or_insert_with(|| shown::plain(text).into_owned());
        }
    }
    let next = notes.keys().next_back().map_or(1, |last| last + 1);
    let item = |number: u32, detail: String| Item {
        kind: ItemKind::Footnote,
        text: format!("{number}{end}"),
        detail,
    };
    let mut items: Vec<Item> = notes.into_iter().map(|(n, text)| item(n, text)).collect();
    items.push(item(next, "a new footnote".to_owned()));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Contribution;

    fn offered(text: &str) -> Vec<String> {
        let known = "From 1234567 to 89abcde\n\nNew:  kvm: x\n[PATCH] kvm: x\n\
                     Author: Ann Bee <ann@example.org>\n\nx\n";
        let mut workspace = Workspace::default();
        workspace.set("known", Contribution::of(&Digest::parse(known)));
        let offset = text.find('|').expect("a cursor");
        let digest = Digest::parse(text.replace('|', ""));
        let found = completion(&digest, offset, &workspace);
        let show = |found: Completion| {
            let typed = digest.text().slice(found.range).into_owned();
            let items = found.items.into_iter();
            items
                .map(|item| format!("{typed}→{}{}", item.text, item.detail))
                .collect()
        };
        found.map(show).unwrap_or_default()
    }

    #[test]
    fn trailers_at_the_start_of_a_line() {
        assert_eq!(
            offered("Hi,\nre|"),
            ["re→Reviewed-by: ", "re→Reported-by: "]
        );
        assert_eq!(offered("Hi,\n Re|"), [""; 0]);
        assert_eq!(offered("Hi,\nReading |"), [""; 0]);
        assert_eq!(offered("Hi,\n|"), [""; 0]);
    }

    #[test]
    fn people_behind_what_names_one() {
        let ann = "an→Ann Bee <ann@example.org>";
        assert_eq!(offered("Acked-by: an|"), [ann]);
        assert_eq!(offered("Cc: an|"), [ann]);
        assert_eq!(offered("To:|"), ["→Ann Bee <ann@example.org>"]);
        assert_eq!(offered("To: Bo|"), [""; 0]);
        assert_eq!(offered("Fixes: an|"), [""; 0]);
        assert_eq!(offered("Cc: Ann Bee <ann@example.org> |"), [""; 0]);
    }

    #[test]
    fn footnotes_of_the_mail_and_the_next_one() {
        let mail = "see [|\n\n[1] https://a.example\n[3]: https://b.example\n";
        assert_eq!(
            offered(mail),
            [
                "→1]https://a.example",
                "→3]https://b.example",
                "→4]a new footnote"
            ]
        );
        assert_eq!(offered("a[|] b\n"), ["→1a new footnote"]);
        assert_eq!(offered("[PATCH|] b\n"), [""; 0]);
    }

    #[test]
    fn a_digest_is_no_draft_whoever_opened_it() {
        let digest = Digest::parse("From 1234567 to 89abcde\n");
        assert!(!is_draft(&digest, false));
        assert!(is_draft(&digest, true));
        assert!(is_draft(&Digest::parse("Hi Ann,\n"), false));
    }
}
