//! Links: what can be opened in a browser, and where it leads.
//!
//! Addresses as the mail meant them, put together where quoted-printable broke them over two lines;
//! references to footnotes, to where the footnote leads; Message-IDs and the subjects of entries, to
//! the list's archive; commits. Only `http` and `https` are ever opened. Nothing here opens anything.

mod address;
mod archive;

use std::collections::HashMap;
use std::ops::Range;

pub use archive::{LinkOptions, Search};

use crate::digest::Digest;
use crate::model::header::Header;
use crate::model::titles::squeeze;
use crate::shown;
use crate::syntax::BlockKind;
use crate::syntax::blocks::Place;
use crate::syntax::entry::{Entry, PartKind};
use crate::syntax::form;
use crate::syntax::line::{Line, Lines, Log};
use crate::syntax::words::{Word, WordKind, words};
use address::address_at;

/// A text that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The text: within one line.
    pub range: Range<usize>,
    /// What it is.
    pub kind: LinkKind,
    /// Where it leads: an `http` or `https` address.
    pub target: String,
    /// What opening it does, where the text does not tell. Harmless to show.
    pub tooltip: Option<String>,
}

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// An address, as it stands there.
    Address,
    /// A part of an address that was broken over lines.
    Joined,
    /// A reference to a footnote.
    Footnote,
    /// A Message-ID.
    Message,
    /// A commit.
    Commit,
    /// The name of the list.
    List,
    /// A title, which the list's archive is searched for.
    Search,
}

impl LinkKind {
    /// Whether the target is made from a template, and needed only when the link is followed.
    #[must_use]
    pub fn is_made(self) -> bool {
        matches!(
            self,
            Self::Message | Self::Commit | Self::List | Self::Search
        )
    }
}

/// The links in the bytes `within`, in order; they do not overlap. Costs what the blocks there cost.
#[must_use]
pub fn links(digest: &Digest, within: Range<usize>, options: &LinkOptions) -> Vec<Link> {
    let mut found = Vec::new();
    if !digest.is_digest() {
        return found;
    }
    let list = digest.model().header.list();
    let first = digest.blocks().at_offset(within.start);
    let first = first.map_or(0, |place| place.before.blocks);
    for place in digest.blocks().iter_from(first) {
        if place.start() > within.end {
            break;
        }
        let text = digest.text().slice(place.range());
        let mut collector = Collector {
            text: &text,
            base: place.start(),
            list,
            options,
            found: Vec::new(),
        };
        collector.block(&place);
        let touches =
            |link: &Link| link.range.end >= within.start && link.range.start <= within.end;
        found.extend(collector.found.into_iter().filter(touches));
    }
    found
}

/// Collects the links of one block.
struct Collector<'a> {
    text: &'a str,
    base: usize,
    list: Option<&'a str>,
    options: &'a LinkOptions,
    found: Vec<Link>,
}

impl<'a> Collector<'a> {
    fn block(&mut self, place: &Place<'_>) {
        match place.block.kind {
            BlockKind::Header => self.header(),
            BlockKind::Entry => {
                if let Some(entry) = place.block.entry() {
                    self.subject(entry);
                    self.body(entry);
                }
            }
            BlockKind::Exist | BlockKind::Skip => self.log(),
            BlockKind::Heading(_) | BlockKind::Stray => {}
        }
    }

    fn push(
        &mut self,
        range: Range<usize>,
        kind: LinkKind,
        target: String,
        tooltip: Option<String>,
    ) {
        if !archive::is_safe(&target) {
            return;
        }
        let range = self.base + range.start..self.base + range.end;
        self.found.push(Link {
            range,
            kind,
            target,
            tooltip: tooltip.map(|text| shown::plain(&shown::short(&text, 400)).into_owned()),
        });
    }

    /// The name of the list in the second line.
    fn header(&mut self) {
        let header = Header::parse(self.text);
        let Some(list) = header.list() else { return };
        let line = self.text.get(header.title_line.clone()).unwrap_or_default();
        let Some(at) = line.find(list) else { return };
        let start = header.title_line.start + at;
        let (base, host) = self.options.archive(Some(list));
        let tooltip = format!("Archive of the list on {host}");
        self.push(
            start..start + list.len(),
            LinkKind::List,
            base,
            Some(tooltip),
        );
    }

    /// The title in the subject: a search that finds the mail.
    fn subject(&mut self, entry: &Entry) {
        let Some(line) = entry.subject else { return };
        let subject = line.span.text(self.text);
        let start = crate::model::subject::parse_subject(subject).map_or(0, |s| s.title_start);
        let title = subject.get(start..).unwrap_or_default();
        let from = entry
            .author
            .and_then(|line| crate::model::facts::author_of(line.span.text(self.text)));
        let search = Search {
            title: title.trim(),
            from: from.as_ref().map(|person| &*person.email),
        };
        let Some((target, host)) = self.options.search(self.list, &search) else {
            return;
        };
        let start = line.span.start as usize + start;
        let tooltip = format!("Search {host} for this mail");
        self.push(
            start..start + title.trim_end().len(),
            LinkKind::Search,
            target,
            Some(tooltip),
        );
    }

    /// The mail that was left out: there is no entry to read instead.
    fn log(&mut self) {
        for line in Lines::new(self.text) {
            let Some((Log::Skip, subject)) = Log::of(line.text) else {
                continue;
            };
            let at = crate::model::subject::parse_subject(subject).map_or(0, |s| s.title_start);
            let title = subject.get(at..).unwrap_or_default();
            let search = Search {
                title: title.trim(),
                from: None,
            };
            let Some((target, host)) = self.options.search(self.list, &search) else {
                continue;
            };
            let start = line.end() - title.len();
            let tooltip = format!("Search {host} for this mail");
            self.push(
                start..start + title.trim_end().len(),
                LinkKind::Search,
                target,
                Some(tooltip),
            );
        }
    }

    fn body(&mut self, entry: &Entry) {
        let text = self.text;
        let body = entry.body.text(text);
        if !may_link(body) {
            return;
        }
        let lines: Vec<Line<'a>> = Lines::starting_at(
            text.get(..entry.body.end as usize).unwrap_or_default(),
            entry.body.start as usize,
        )
        .collect();
        let found: Vec<Vec<Word>> = lines.iter().map(|line| words(line.text)).collect();
        let mut notes: Option<HashMap<String, String>> = None;
        // What addresses that were broken have on the lines below.
        let mut below: Vec<(usize, Range<usize>, String)> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let mut end = line.start;
            below.retain(|(at, _, _)| *at >= number);
            if let Some((_, range, target)) = below.iter().find(|(at, _, _)| *at == number) {
                let (range, target) = (range.clone(), target.clone());
                end = range.end;
                self.push(range, LinkKind::Joined, target.clone(), Some(target));
            }
            for word in found.get(number).into_iter().flatten() {
                let range = line.start + word.range.start..line.start + word.range.end;
                if range.start < end {
                    continue;
                }
                end = range.end;
                let what = line.text.get(word.range.clone()).unwrap_or_default();
                match word.kind {
                    WordKind::Url => {
                        let address = address_at(&lines, number, word.range.start);
                        let mut parts = address.parts.into_iter();
                        let Some(range) = parts.next() else { continue };
                        end = range.end;
                        for (n_below, part) in parts.enumerate() {
                            below.push((number + 1 + n_below, part, address.target.clone()));
                        }
                        let kind = if below.is_empty() {
                            LinkKind::Address
                        } else {
                            LinkKind::Joined
                        };
                        let tooltip = (address.target != what).then(|| address.target.clone());
                        self.push(range, kind, address.target, tooltip);
                    }
                    WordKind::Reference if !is_definition(line.text, &word.range) => {
                        let notes = notes.get_or_insert_with(|| footnotes(&lines, &found, entry));
                        let number = what.trim_matches(['[', ']']);
                        if let Some(target) = notes.get(number) {
                            let target = target.clone();
                            self.push(range, LinkKind::Footnote, target.clone(), Some(target));
                        }
                    }
                    WordKind::Address if is_message_id(line.text, &word.range) => {
                        let (target, host) = self.options.message(self.list, what);
                        let tooltip = format!("This mail on {host}");
                        self.push(range, LinkKind::Message, target, Some(tooltip));
                    }
                    WordKind::Hash => {
                        let before = number.checked_sub(1).and_then(|above| lines.get(above));
                        let before = before.map_or("", |line| line.text);
                        if names_commit(before, line.text, &word.range) {
                            let (target, host) = self.options.commit(what);
                            let tooltip = format!("This commit on {host}");
                            self.push(range, LinkKind::Commit, target, Some(tooltip));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether a text can hold any link: most bodies cannot.
fn may_link(body: &str) -> bool {
    let bytes = body.as_bytes();
    memchr::memmem::find(bytes, b"://").is_some()
        || memchr::memchr(b'@', bytes).is_some()
        || memchr::memmem::find(bytes, b"ommit").is_some()
        || memchr::memmem::find(bytes, b"Fixes:").is_some()
        || memchr::memmem::find(bytes, b"(\"").is_some()
}

/// Whether a reference is the number of a footnote itself: `[1] https://…`, `Link: https://… [1]`.
fn is_definition(line: &str, reference: &Range<usize>) -> bool {
    let before = line.get(..reference.start).unwrap_or_default();
    before.trim().is_empty() && form::footnote(line.trim_start()).is_some()
}

/// Where the footnotes of an entry lead, by number; of two with one number the first counts.
fn footnotes(lines: &[Line<'_>], found: &[Vec<Word>], entry: &Entry) -> HashMap<String, String> {
    let mut notes = HashMap::new();
    let address_on = |number: usize| {
        let url = found
            .get(number)?
            .iter()
            .find(|word| word.kind == WordKind::Url)?;
        Some(address_at(lines, number, url.range.start).target)
    };
    let first_line = entry.body_lines.map_or(0, |(first, _)| first as usize);
    for part in entry.parts_of(PartKind::Footnote) {
        let Some(number) = (part.line as usize).checked_sub(first_line) else {
            continue;
        };
        let Some((note, _)) = lines.get(number).and_then(|line| form::footnote(line.text)) else {
            continue;
        };
        // `[1] Title` over an address that stands alone.
        let below = || {
            let next = lines.get(number + 1)?;
            next.text
                .trim_start()
                .starts_with("http")
                .then(|| address_on(number + 1))?
        };
        if let Some(target) = address_on(number).or_else(below) {
            notes.entry(note.to_owned()).or_insert(target);
        }
    }
    // `Link: https://… [1]`
    for (number, line) in lines.iter().enumerate() {
        let is_link = line.text.starts_with("Link:") || line.text.starts_with("Closes:");
        let Some(last) = found
            .get(number)
            .and_then(|words| words.last())
            .filter(|_| is_link)
        else {
            continue;
        };
        let at_end = line.text.trim_end().len() == last.range.end;
        if last.kind == WordKind::Reference
            && at_end
            && let Some(target) = address_on(number)
        {
            let note = line.text.get(last.range.clone()).unwrap_or_default();
            let note = note.trim_matches(['[', ']']).to_owned();
            notes.entry(note).or_insert(target);
        }
    }
    notes
}

/// Whether an address names a mail: it stands behind `Message-ID:`, or has the numbers that programs
/// put into one. People's addresses lead nowhere.
fn is_message_id(line: &str, address: &Range<usize>) -> bool {
    let text = line.get(address.clone()).unwrap_or_default();
    let local = text.split('@').next().unwrap_or_default();
    let before = line.get(..address.start).unwrap_or_default();
    let ends_with = |key: &str| {
        let before = before.trim_end_matches(['<', ' ']);
        let start = before.len().checked_sub(key.len());
        start
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(key))
    };
    if ends_with("Message-ID:") || ends_with("In-Reply-To:") {
        return true;
    }
    // `Reported-by: syzbot+33a04338019ac7e43a44@…`: trailers name people, whatever they are called.
    let names_person = form::trailer(line).is_some_and(|colon| {
        let key = line.get(..colon).unwrap_or_default().to_ascii_lowercase();
        key.ends_with("-by") || key == "cc"
    });
    let n_digits = local.bytes().filter(u8::is_ascii_digit).count();
    n_digits >= 8 && !names_person
}

/// Whether a hash is said to be a commit: `Fixes: <hash>`, `commit <hash>`, `<hash> ("title")`.
fn names_commit(line_before: &str, line: &str, hash: &Range<usize>) -> bool {
    if line.get(hash.end..).unwrap_or_default().starts_with(" (\"") {
        return true;
    }
    let before = line.get(..hash.start).unwrap_or_default();
    let before = if before.trim().is_empty() {
        line_before
    } else {
        before
    };
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let last = last.trim_start_matches(['(', '"', '\'', '`', '[']);
    ["commit", "commits", "Fixes:", "revert", "reverts"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word))
}

/// The search that finds the mail of an entry in the list's archive, as a link of its subject does.
#[must_use]
pub fn search_for_entry(digest: &Digest, entry: usize, options: &LinkOptions) -> Option<String> {
    let model = digest.model();
    let mail = model.entries.get(entry)?;
    let subject = mail.facts.subject.as_deref()?;
    let title = match mail.subject() {
        Some(parts) => parts.title(subject),
        None => subject,
    };
    let from = mail.facts.author.as_ref().map(|person| &*person.email);
    let search = Search { title, from };
    Some(options.search(model.header.list(), &search)?.0)
}

/// The search for a patch that only a shortlog names, posted by `from`.
#[must_use]
pub fn search_for_title(
    digest: &Digest,
    title: &str,
    from: Option<&str>,
    options: &LinkOptions,
) -> Option<String> {
    let title = squeeze(title);
    let search = Search {
        title: &title,
        from,
    };
    Some(options.search(digest.model().header.list(), &search)?.0)
}

#[cfg(test)]
mod tests;
