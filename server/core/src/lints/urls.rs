//! Addresses of the web that cannot be one: a slip in `https://` that no program follows.
//!
//! Only what nobody can mean: prose may name `https://` itself, and hosts may be any name.

use memchr::memmem;

use super::local::Seen;
use super::{BAD_URL, Problem};
use crate::shown;

/// What can stand in place of `https://`, and what is wrong with it.
const SLIPS: &[(&str, &str)] = &[
    ("https://https://", "the start is there twice"),
    ("https://http://", "the start is there twice"),
    ("http://https://", "the start is there twice"),
    ("http://http://", "the start is there twice"),
    ("https:///", "a slash too many"),
    ("http:///", "a slash too many"),
    ("https:://", "a colon too many"),
    ("http:://", "a colon too many"),
    ("https//", "the colon is missing"),
    ("http//", "the colon is missing"),
    ("https:/", "a slash is missing"),
    ("http:/", "a slash is missing"),
];

/// Bytes of an address that are looked at.
const LONGEST: usize = 2000;

/// Other spellings of `https://`.
const MISSPELT: &[&str] = &[
    "htps://",
    "htpps://",
    "htttps://",
    "hhttps://",
    "htttp://",
    "hhttp://",
    "ttps://",
];

/// The addresses of an entry's body that cannot be one.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let base = seen.entry.body.start as usize;
    let text = seen.entry.body.text(seen.text);
    let bytes = text.as_bytes();
    for at in memmem::find_iter(bytes, b"tp") {
        let Some((start, why)) = slip(text, at) else {
            continue;
        };
        let rest = text.get(start..).unwrap_or_default();
        let rest = &rest[..rest.floor_char_boundary(LONGEST)];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(rest.len());
        let url = rest[..end].trim_end_matches(['.', ',', ')', ';', ':', ']']);
        let message = format!(
            "{} is no address: {why}",
            shown::short(&shown::plain(url), 80)
        );
        let range = base + start..base + start + url.len();
        problems.push(Problem::new(BAD_URL, range, message));
    }
}

/// Where an address starts that cannot be one, if the `tp` at a place is of such a one.
fn slip(text: &str, at: usize) -> Option<(usize, &'static str)> {
    // Back to the start of the word; what is meant here is short.
    let head = text.get(..at)?;
    let start = head
        .char_indices()
        .rev()
        .take(8)
        .take_while(|(_, c)| c.is_ascii_alphabetic())
        .last()
        .map_or(at, |(at, _)| at);
    let before = text[..start].chars().next_back();
    if before
        .is_some_and(|c| matches!(c, ':' | '/' | '-' | '_' | '.' | '=' | '@') || c.is_ascii_digit())
    {
        return None;
    }
    let rest = text.get(start..)?;
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    let names_a_host = |rest: &str| {
        let host = rest
            .split(|c: char| c == '/' || c.is_whitespace())
            .next()
            .unwrap_or_default();
        let mut labels = host.rsplit('.').filter(|label| !label.is_empty());
        let ends_in_letters = labels
            .next()
            .is_some_and(|label| label.bytes().all(|b| b.is_ascii_alphabetic()));
        ends_in_letters
            && labels.next().is_some()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    };
    for (prefix, why) in SLIPS {
        if let Some(behind) = rest.strip_prefix(prefix) {
            return names_a_host(behind).then_some((start, *why));
        }
    }
    let misspelt = MISSPELT
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))?;
    names_a_host(misspelt).then_some((start, "its start is misspelt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_addresses_and_prose() {
        let found =
            |text: &str| memmem::find_iter(text.as_bytes(), b"tp").find_map(|at| slip(text, at));
        for text in [
            "see https:/lore.kernel.org/x",
            "see https//lore.kernel.org/x",
            "(https:///lore.kernel.org/x)",
            "https://https://lore.kernel.org/",
            "htps://lore.kernel.org/",
            "ttps://lore.kernel.org/",
            "http:://e.org/",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
        for text in [
            "see https://lore.kernel.org/x//y",
            "https://web.archive.org/web/2020/https://e.org/",
            "use https:// instead of http://",
            "http:/1.1 is a protocol, http/2 too",
            "file:///usr/share, sftp://e.org, smtp/pop.e.org",
            "kernel.org/http//e.org",
            "the http//https question",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
