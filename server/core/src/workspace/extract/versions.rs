//! The other versions of a series that a posting names: in its changelog, by links and footnotes,
//! and through mails that were left out.

use super::{Builder, Draft, MAX_TEXT, MAX_VERSIONS, OwnKeys};
use crate::model::changelog::{self, Mention};
use crate::model::subject::Version;
use crate::model::titles::{is_cut_of, same_title};
use crate::syntax::entry::{Entry, PartKind};
use crate::workspace::contribution::{Label, NamedBy, Piece, VersionRow};
use crate::workspace::message_id;

impl Builder<'_> {
    /// Whether the posting's own changes were found.
    pub(super) fn tells_own(&self, first_version: u32) -> bool {
        let rows = self.versions.get(first_version as usize..).unwrap_or(&[]);
        rows.iter().any(|row| row.is_own)
    }

    pub(super) fn read_versions(
        &mut self,
        text: &str,
        entry: &Entry,
        own: Label,
        first_version: u32,
        keys: &mut OwnKeys,
    ) {
        let body = entry.body.text(text);
        if let Some(name) = change_id(text, entry) {
            keys.changes.push(name.to_owned());
        }
        for mention in changelog::mentions_in(body, own.version) {
            let n_known = self.versions.len() - first_version as usize;
            let Some(label) = mention_label(&mention) else {
                continue;
            };
            if n_known >= MAX_VERSIONS {
                break;
            }
            let is_own =
                label.version == own.version && (label.is_plain || label.is_plain == own.is_plain);
            let gist = mention.first_items(body);
            let url = mention.url();
            if is_own && gist.is_empty() {
                continue;
            }
            if let Some(id) = message_id::message_id(url).filter(|_| !is_own) {
                keys.messages.push(id.to_owned());
                if let Some(name) = message_id::change_in_message_id(id) {
                    keys.changes.push(name.to_owned());
                }
            }
            let row = VersionRow {
                label: if is_own { own } else { label },
                is_own,
                by: if gist.is_empty() && !url.is_empty() {
                    NamedBy::Link
                } else {
                    NamedBy::Changelog
                },
                url: self.piece(url),
                gist: self.piece(&gist),
            };
            self.add_version(row, first_version);
        }
    }

    /// Adds a version, or what is new of one that an earlier entry named.
    fn add_version(&mut self, row: VersionRow, first_version: u32) {
        let rows = self
            .versions
            .get_mut(first_version as usize..)
            .unwrap_or_default();
        match rows.iter_mut().find(|known| known.label == row.label) {
            Some(known) => {
                if known.gist.len == 0 {
                    known.gist = row.gist;
                    known.by = known.by.min(row.by);
                }
                if known.url.len == 0 {
                    known.url = row.url;
                }
            }
            None => self.versions.push(row),
        }
    }

    /// Message-IDs in footnotes.
    pub(super) fn read_cited(
        &mut self,
        text: &str,
        entry: &Entry,
        first_version: u32,
        first_cited: u32,
    ) {
        for id in cited_in(text, entry) {
            if self.cited.len() - first_cited as usize >= MAX_VERSIONS {
                break;
            }
            let versions = self.versions.get(first_version as usize..).unwrap_or(&[]);
            let is_version = versions
                .iter()
                .any(|row| has_id(self.strings.get(row.url), id));
            if !is_version {
                let piece = self.piece(id);
                self.cited.push(piece);
            }
        }
    }

    /// Versions that are known because their mails were left out. The number of repetitions of
    /// the posting itself.
    pub(super) fn take_skips(&mut self, draft: &Draft<'_>, own: Label, first_version: u32) -> u16 {
        let mut n_repeats = 0_u16;
        for &entry in draft.entries {
            let Some(mail) = self.model.entries.get(entry) else {
                continue;
            };
            for skip in self.skips.remove(&entry).unwrap_or_default() {
                let is_same = same_title(&skip.title, &mail.title)
                    || is_cut_of(&skip.title, &mail.title)
                    || is_cut_of(&mail.title, &skip.title);
                if !is_same || skip.number != mail.number() {
                    continue;
                }
                if skip.label == own {
                    n_repeats = n_repeats.saturating_add(u16::from(skip.total == mail.total()));
                    continue;
                }
                let row = VersionRow {
                    label: skip.label,
                    is_own: false,
                    by: NamedBy::Skip,
                    url: Piece::default(),
                    gist: Piece::default(),
                };
                let n_known = self.versions.len() - first_version as usize;
                if n_known < MAX_VERSIONS {
                    self.add_skipped(row, first_version);
                }
            }
        }
        n_repeats
    }

    /// That a mail was there and left out says more than that a changelog names it.
    fn add_skipped(&mut self, row: VersionRow, first_version: u32) {
        let rows = self
            .versions
            .get_mut(first_version as usize..)
            .unwrap_or_default();
        match rows.iter_mut().find(|known| known.label == row.label) {
            Some(known) => known.by = NamedBy::Skip,
            None => self.versions.push(row),
        }
    }
}

/// What the text of an entry tells a [`Builder`] beyond the facts of the entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told<'a> {
    change: Option<&'a str>,
    /// Label, what changed, and the address.
    mentions: Vec<(Option<Label>, String, String)>,
    cited: Vec<&'a str>,
    diffstat: Option<&'a str>,
}

impl<'a> Told<'a> {
    /// What is told in a posting of the version `own`.
    pub(super) fn new(text: &'a str, entry: &Entry, own: Version) -> Self {
        let body = entry.body.text(text);
        let told = |mention: Mention| {
            let gist = mention.first_items(body);
            (mention_label(&mention), gist, mention.url().to_owned())
        };
        let mentions = changelog::mentions_in(body, own);
        Self {
            change: change_id(text, entry),
            mentions: mentions.into_iter().map(told).collect(),
            cited: cited_in(text, entry).collect(),
            diffstat: diffstat_in(text, entry),
        }
    }
}

/// The text of the last diffstat.
pub(super) fn diffstat_in<'a>(text: &'a str, entry: &Entry) -> Option<&'a str> {
    let part = entry.parts_of(PartKind::Diffstat).last()?;
    Some(part.span.text(text))
}

/// Whether a Message-ID, which has an `@`, is in an address, which has few: found by it, as to prepare a
/// search for each would take longer.
fn has_id(url: &str, id: &str) -> bool {
    let Some(before) = memchr::memchr(b'@', id.as_bytes()) else {
        return url.contains(id);
    };
    let is_at = |at: usize| {
        let start = at.checked_sub(before);
        let rest = start.and_then(|start| url.as_bytes().get(start..));
        rest.is_some_and(|rest| rest.starts_with(id.as_bytes()))
    };
    memchr::memchr_iter(b'@', url.as_bytes()).any(is_at)
}

/// Message-IDs in footnotes.
fn cited_in<'a>(text: &'a str, entry: &Entry) -> impl Iterator<Item = &'a str> {
    let footnotes = entry.parts_of(PartKind::Footnote);
    footnotes.filter_map(move |part| message_id::message_id(url_in(part.span.text(text))?))
}

fn mention_label(mention: &Mention) -> Option<Label> {
    Some(Label {
        is_plain: !mention.is_rfc(),
        version: mention.version()?,
    })
}

/// The name of the change in a `change-id:` line, which is a trailer.
fn change_id<'a>(text: &'a str, entry: &Entry) -> Option<&'a str> {
    let mut trailers = entry.parts_of(PartKind::Trailer);
    let id = trailers.find_map(|part| part.span.text(text).strip_prefix("change-id: "))?;
    let end = id.find(char::is_whitespace).unwrap_or(id.len());
    message_id::change_in_change_id(id.get(..end)?)
}

/// The first address in a line.
fn url_in(line: &str) -> Option<&str> {
    let line = line.get(..line.floor_char_boundary(MAX_TEXT))?;
    let bytes = line.as_bytes();
    let mut places = memchr::memchr_iter(b'h', bytes);
    let at = places.find(|at| bytes[*at..].starts_with(b"http"))?;
    let rest = line.get(at..)?;
    // Letters of other scripts are rare in addresses; nothing before them is a blank.
    let len = rest.bytes().position(|byte| !byte.is_ascii_graphic());
    let len = len.unwrap_or(rest.len());
    let end = rest.get(len..)?.find(char::is_whitespace);
    rest.get(..end.map_or(rest.len(), |end| len + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_at_white_space_of_any_sort() {
        for (line, url) in [
            ("[1] https://e.org/a b", Some("https://e.org/a")),
            (
                "[1] the http://é.org/ü\u{1}\u{a0}x",
                Some("http://é.org/ü\u{1}"),
            ),
            ("h http://x", Some("http://x")),
            ("[1] htt", None),
        ] {
            assert_eq!(url_in(line), url, "{line:?}");
        }
    }

    #[test]
    fn ids_are_found_in_addresses_by_their_signs() {
        for url in ["", "https://e.org/a@b/", "a@@b", "x/aa@bb", "a@a@b", "a@"] {
            for id in ["a@b", "@b", "a@", "@", "a@bb", "xa@b", "b", "a@a@b"] {
                assert_eq!(has_id(url, id), url.contains(id), "{url} {id}");
            }
        }
    }

    #[test]
    fn the_name_of_a_change_is_in_a_trailer_in_small_letters() {
        let change = |body: &str| {
            let text = format!("New: t\n[PATCH] t\nAuthor: A <a@e.org>\n\n{body}\n");
            change_id(&text, &Entry::parse(&text, false)).map(str::to_owned)
        };
        let id = "20251121-msx4-fc0118b666c1";
        for body in [
            format!("change-id: {id}"),
            format!("Text.\nCc: a\nchange-id: {id} x\n\ny"),
        ] {
            assert_eq!(change(&body).as_deref(), Some("msx4"), "{body:?}");
        }
        for body in [
            format!(" change-id: {id}"),
            format!("Change-Id: {id}"),
            "change-id: I1".into(),
        ] {
            assert_eq!(change(&body), None, "{body:?}");
        }
    }
}
