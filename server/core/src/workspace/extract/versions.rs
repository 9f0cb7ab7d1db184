//! The other versions of a series that a posting names: in its changelog, by links and footnotes,
//! and through mails that were left out.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Builder, Draft, MAX_TEXT, MAX_VERSIONS, OwnKeys};
use crate::model::changelog::{self, VersionMention};
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
        if let Some(name) = change_id(body) {
            keys.changes.push(name.to_owned());
        }
        let (lines, mentions) = changelog::mentions_in(body, own.version);
        for mention in mentions {
            let n_known = self.versions.len() - first_version as usize;
            let Some(label) = mention_label(&mention) else {
                continue;
            };
            if n_known >= MAX_VERSIONS {
                break;
            }
            let is_own =
                label.version == own.version && (label.is_plain || label.is_plain == own.is_plain);
            let gist = changelog::first_items(&lines, &mention);
            let url = mention.link.as_ref().map_or("", |link| &*link.url);
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
            let is_version = versions.iter().any(|row| {
                let url = self.strings.get(row.url);
                url.contains(id)
            });
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
        let (lines, mentions) = changelog::mentions_in(body, own);
        let told = |mention: VersionMention| {
            let gist = changelog::first_items(&lines, &mention);
            let url = mention.link.as_ref().map(|link| link.url.clone());
            (mention_label(&mention), gist, url.unwrap_or_default())
        };
        Self {
            change: change_id(body),
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

/// Message-IDs in footnotes.
fn cited_in<'a>(text: &'a str, entry: &Entry) -> impl Iterator<Item = &'a str> {
    let footnotes = entry.parts_of(PartKind::Footnote);
    footnotes.filter_map(move |part| message_id::message_id(url_in(part.span.text(text))?))
}

fn mention_label(mention: &VersionMention) -> Option<Label> {
    let version = match mention.version.as_str() {
        "RFC" => Version::FIRST,
        label => Version::parse(label)?,
    };
    Some(Label {
        is_plain: !mention.is_rfc,
        version,
    })
}

/// The name of the change in a `change-id:` line.
fn change_id(body: &str) -> Option<&str> {
    const KEY: &str = "change-id: ";
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(KEY));
    for at in FINDER.find_iter(body.as_bytes()) {
        let is_line = at == 0 || matches!(body.as_bytes().get(at - 1), Some(b'\n' | b'\r'));
        if is_line {
            let rest = body.get(at + KEY.len()..)?;
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            return message_id::change_in_change_id(rest.get(..end)?);
        }
    }
    None
}

/// The first address in a line.
fn url_in(line: &str) -> Option<&str> {
    let line = line.get(..line.floor_char_boundary(MAX_TEXT))?;
    let at = line.find("http")?;
    let rest = line.get(at..)?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    rest.get(..end)
}
