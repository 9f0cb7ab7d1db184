//! The history that a mail tells of its series: which versions it names, what changed in each,
//! and where the earlier ones were posted.
//!
//! ```text
//! Changes in v3:
//! - Rebase onto v6.19-rc1.
//! - Link to v2: https://patch.msgid.link/20251114-name-v2-0-672f214f41bf@kernel.org
//! ```
//!
//! names version 3, with a heading and two items, and version 2, with a link. A heading says
//! what changed *in* a version; `Changes since v2:` heads what changed in the next one.
//!
//! Labels count only where they head a list, label an address, or stand in a sentence that
//! gives one: `v6.19-rc1`, `cgroup v2` and `GICv5` are no versions of a series. Each line is
//! looked at for a bounded stretch, and nearly all are dismissed by a search for bytes.

mod body;
mod items;
mod label;
mod line;
mod links;
mod names;
mod words;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::subject::Version;
use crate::syntax::line::{Line, Lines};
use body::Body;
use items::List;
use label::{Label, Rank};
use line::{Naming, Needs, What};
use links::{Link, Target};
use words::Name;

pub use items::first_items;

/// A version that a mail names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMention {
    /// `3`, `9a`; `1` for the first; `RFC` where that has no number. As labels are in a tag,
    /// see [`Version`].
    pub version: String,
    /// Called an RFC: `RFC`, `RFC v1`. `v1` and `RFC v1` are two versions.
    pub is_rfc: bool,
    /// Index of the line where the mail first names it.
    pub line: usize,
    /// Index of the line that heads the list of what changed in this version.
    pub heading: Option<usize>,
    /// The lines of that list. Begins with the heading where text stands on it, `V2: text`.
    pub items: Range<usize>,
    /// Where it was posted.
    pub link: Option<VersionLink>,
}

impl VersionMention {
    /// `v3`, `RFC`, `RFC v1`.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.is_rfc, self.version.as_str()) {
            (_, "RFC") => "RFC".to_owned(),
            (true, version) => format!("RFC v{version}"),
            (false, version) => format!("v{version}"),
        }
    }
}

/// The address of a posting, as a mail gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLink {
    /// The address, put together where quoted-printable broke it.
    pub url: String,
    /// Index of the line where it stands.
    pub line: usize,
    /// Its bytes in that line; the first part when it is broken.
    pub range: Range<usize>,
    /// Lines that it takes: more than one when it is broken.
    pub n_lines: usize,
}

/// The versions that a mail names, in the order in which it does.
///
/// Lines are those of `body`; `version` is the label of the mail's own tag, none for the
/// first. On a line such as `v3 -> v4:` the newer version comes first.
#[must_use]
pub fn version_mentions(body: &str, version: Option<&str>) -> Vec<VersionMention> {
    let own = version.and_then(Version::parse).unwrap_or(Version::FIRST);
    let mentions = mentions_in(body, own);
    if mentions.is_empty() {
        return Vec::new();
    }
    let starts: Vec<usize> = Lines::new(body).map(|line| line.start).collect();
    let line_at = |start: usize| starts.partition_point(|known| *known < start);
    let numbered = |mention: Mention| VersionMention {
        version: match mention.label.version {
            Some(version) => version.to_string(),
            None => "RFC".to_owned(),
        },
        is_rfc: mention.label.rank == Rank::Rfc,
        line: line_at(mention.line),
        heading: mention.heading.map(line_at),
        items: line_at(mention.items.start)..line_at(mention.items.end),
        link: mention.link.map(|link| VersionLink {
            url: link.url,
            line: line_at(link.line),
            range: link.range.start - link.line..link.range.end - link.line,
            n_lines: link.n_lines,
        }),
    };
    mentions.into_iter().map(numbered).collect()
}

/// A version that a mail names, with places in its body. A line goes by the byte at which it starts.
#[derive(Debug)]
pub(crate) struct Mention {
    label: Label,
    line: usize,
    heading: Option<usize>,
    /// The bytes of the lines of its list.
    items: Range<usize>,
    link: Option<Link>,
}

impl Mention {
    /// `RFC v2` or the like.
    pub(crate) fn is_rfc(&self) -> bool {
        self.label.rank == Rank::Rfc
    }

    /// The version, where it has one that can be in a tag. That of an RFC without a number is the first.
    pub(crate) fn version(&self) -> Option<Version> {
        // `Changes since v999:` is about what no tag can have.
        let version = self.label.version.unwrap_or(Version::FIRST);
        Some(version).filter(|version| version.major < 1000)
    }

    /// As [`first_items`]; `body` is what it was read from.
    pub(crate) fn first_items(&self, body: &str) -> String {
        if self.items.is_empty() {
            return String::new();
        }
        let is_inline = self.heading == Some(self.items.start);
        let lines = Body { text: body }.lines(self.items.start, self.items.end);
        items::gist(lines.map(|line| line.text), is_inline)
    }

    /// Where it was posted; empty where the mail does not tell.
    pub(crate) fn url(&self) -> &str {
        self.link.as_ref().map_or("", |link| &link.url)
    }
}

/// As [`version_mentions`], without numbers of lines: few searches through all of a body tell which
/// of its lines to look at, and no others are looked for.
pub(crate) fn mentions_in(body: &str, own: Version) -> Vec<Mention> {
    History::read(Body { text: body }, own).mentions()
}

/// A line that names a version at its start, with its names resolved.
#[derive(Debug, Clone)]
struct Found {
    line: usize,
    naming: Naming,
    /// The version whose changes the line heads.
    new: Option<Label>,
    /// Another version that it names.
    old: Option<Label>,
    is_heading: bool,
    /// Where the next such line starts.
    next: usize,
    /// The lines of the list that it heads, once that is known.
    items: Range<usize>,
}

/// An address, and the version that words around it say it is.
#[derive(Debug)]
struct CitedLink {
    label: Label,
    line: usize,
    link: Link,
}

struct History<'a> {
    body: Body<'a>,
    own: Version,
    found: Vec<Found>,
    cited: Vec<CitedLink>,
}

impl<'a> History<'a> {
    fn read(body: Body<'a>, own: Version) -> Self {
        let mut history = Self {
            body,
            own,
            found: Vec::new(),
            cited: Vec::new(),
        };
        // Looked for when it matters.
        let code = LazyCell::new(|| body.code());
        for (line, naming) in names::namings_in(body) {
            if line.start >= *code {
                break;
            }
            history.add_naming(line.start, naming);
        }
        let addresses = links::addresses_in(body);
        // Without an address there is none to refer to.
        if !addresses.is_empty() {
            history.read_links(&addresses, &code);
        }
        history.resolve_since();
        history.check_lists();
        history.read_lists();
        history.take_links_of_lists(&addresses);
        history
    }

    /// Finds the addresses that words around them say are of a version; in `code` are none.
    fn read_links(&mut self, addresses: &[usize], code: &LazyCell<usize, impl FnOnce() -> usize>) {
        let mut notes = None;
        let body = self.body;
        // How many lines that name a version are not below the address.
        let mut n_found = 0;
        for (line, anchor) in links::anchors(body, addresses) {
            let below = self.found.get(n_found..).unwrap_or_default();
            n_found += (below.iter())
                .take_while(|found| found.line <= line.start)
                .count();
            let last = n_found.checked_sub(1).and_then(|idx| self.found.get(idx));
            let cited = label_behind(last, &line, anchor.at);
            let cited = cited.or_else(|| self.cited_before(last, &line, anchor.at));
            let Some((label, label_line, may_be_anywhere)) = cited else {
                continue;
            };
            if line.start >= **code {
                return;
            }
            let link = match anchor.target {
                Target::Url => links::url_at(body, &line, anchor.at),
                Target::Footnote(number) => notes
                    .get_or_insert_with(|| links::footnotes(body))
                    .get(number)
                    .cloned(),
            };
            let is_posting = |link: &Link| match may_be_anywhere {
                true => !links::is_code(&link.url),
                false => links::is_archive(&link.url),
            };
            if let Some(link) = link.filter(is_posting) {
                self.cited.push(CitedLink {
                    label,
                    line: label_line,
                    link,
                });
            }
        }
    }

    fn cited_before(
        &self,
        last: Option<&Found>,
        line: &Line<'_>,
        at: usize,
    ) -> Option<(Label, usize, bool)> {
        let cited = links::cited_before(self.body, line, at)?;
        let label = self.label_of(cited.name)?;
        // In a sentence `v3` may be of something else; a later version certainly is.
        let is_earlier =
            label.rank == Rank::Rfc || label.version.is_some_and(|version| version < self.own);
        let read = last.filter(|found| found.line == cited.line);
        let is_link = read.is_some_and(|found| matches!(found.naming.what, What::Link(_)));
        let is_label = is_link || cited.is_label && read.is_some();
        ((is_earlier || is_label) && self.accepts(label)).then_some((label, cited.line, is_label))
    }

    fn label_of(&self, name: Name) -> Option<Label> {
        match name {
            Name::Label(label) => Some(label),
            Name::This => Some(Label::plain(self.own)),
            Name::Previous => {
                let is_plain = self.own.minor.is_none() && self.own.letter.is_none();
                let major = self
                    .own
                    .major
                    .checked_sub(1)
                    .filter(|major| *major > 0 && is_plain)?;
                Some(Label::plain(Version::plain(major)))
            }
        }
    }

    /// `v5.4` in a mail of version 2 is a kernel.
    fn accepts(&self, label: Label) -> bool {
        label
            .version
            .is_none_or(|version| version.minor.is_none() || version.major <= self.own.major)
    }

    fn add_naming(&mut self, line: usize, naming: Naming) {
        let (mut new, mut old, is_heading) = match naming.what {
            What::In(name) => (self.label_of(name), None, true),
            What::Since(name) => (None, self.label_of(name), true),
            What::Step(from, to) => (self.label_of(to), self.label_of(from), true),
            What::Link(name) => (None, self.label_of(name), false),
        };
        if old > new && new.is_some() {
            // `v4 <- v3`, or simply the other way round.
            std::mem::swap(&mut old, &mut new);
        }
        let labels = || [old, new].into_iter().flatten();
        let is_newer = |label: Label| label.rank == Rank::Plain && label.version > Some(self.own);
        let is_first = self.own == Version::FIRST;
        let is_refused = labels().any(|label| !self.accepts(label))
            || naming.needs == Needs::NoNewerVersion && (is_first || labels().any(is_newer))
            || labels().next().is_none() && !matches!(naming.what, What::Since(_));
        if !is_refused {
            if let Some(last) = self.found.last_mut() {
                last.next = line;
            }
            self.found.push(Found {
                line,
                naming,
                new,
                old,
                is_heading,
                next: usize::MAX,
                items: 0..0,
            });
        }
    }

    /// Decides which version each `Changes since v2:` is about: the next one that another such
    /// heading names, else that of the mail.
    fn resolve_since(&mut self) {
        let mut since: Vec<Label> = Vec::new();
        for found in &self.found {
            if let (What::Since(_), Some(old)) = (found.naming.what, found.old) {
                since.push(old);
            }
        }
        since.sort_unstable();
        since.dedup();
        let own = Label::plain(self.own);
        for found in &mut self.found {
            if !matches!(found.naming.what, What::Since(_)) {
                continue;
            }
            let Some(old) = found.old else {
                found.new = Some(own);
                continue;
            };
            let next = since
                .get(since.partition_point(|label| *label <= old))
                .copied();
            let successor = || {
                let major = old
                    .version
                    .map_or(1, |version| version.major.saturating_add(1));
                Label {
                    rank: old.rank,
                    version: Some(Version::plain(major)),
                }
            };
            let later = (own > old).then_some(own);
            found.new = Some(
                next.filter(|next| *next < own || own <= old)
                    .or(later)
                    .unwrap_or_else(successor),
            );
        }
    }

    /// Drops what needs a list below and has none.
    fn check_lists(&mut self) {
        if self.found.is_empty() {
            return;
        }
        let body = self.body;
        let is_first = self.own == Version::FIRST;
        self.found.retain_mut(|found| {
            let list = List {
                body,
                heading: found.line,
                naming: found.naming,
                end: found.next,
            };
            let has_list = match found.naming.needs {
                Needs::Nothing | Needs::NoNewerVersion => true,
                Needs::ListIfFirst => !is_first || list.begins(),
                Needs::List => list.begins(),
                Needs::ListAtOnce | Needs::ListAtOnceOrNoName => list.begins_at_once(),
                Needs::Never => false,
            };
            found.is_heading &= has_list;
            // An address with its label names a version all the same.
            has_list || matches!(found.naming.needs, Needs::ListAtOnce | Needs::Never)
        });
    }

    /// Finds what stands in the lists: each ends where the next heading stands.
    fn read_lists(&mut self) {
        let mut end = self.body.text.len();
        // From the last on, so that none has to look for the next.
        for found in self.found.iter_mut().rev() {
            if found.is_heading {
                let list = List {
                    body: self.body,
                    heading: found.line,
                    naming: found.naming,
                    end,
                };
                found.items = list.range();
            }
            if found.is_heading || found.naming.needs == Needs::ListAtOnce {
                end = found.line;
            }
        }
    }

    /// An item that is only an address, below `v3 -> v4:`, is where v3 was posted.
    fn take_links_of_lists(&mut self, addresses: &[usize]) {
        for found in self.found.iter().filter(|found| found.is_heading) {
            let Some(old) = found.old else { continue };
            if matches!(found.naming.what, What::Link(_)) {
                continue;
            }
            let first = addresses.partition_point(|at| *at < found.items.start);
            let addresses = addresses.get(first..).unwrap_or_default();
            let mut next = 0;
            let addresses = addresses.iter().take_while(|at| **at < found.items.end);
            let mut lone = addresses.filter_map(|at| {
                // Once for each line.
                let line = self.body.line_with(Some(*at).filter(|at| *at >= next)?)?;
                next = line.next;
                let at = items::lone_url(line.text)?;
                links::url_at(self.body, &line, at).filter(|link| links::is_archive(&link.url))
            });
            if let (Some(link), None) = (lone.next(), lone.next()) {
                let line = link.line;
                self.cited.push(CitedLink {
                    label: old,
                    line,
                    link,
                });
            }
        }
    }

    fn mentions(self) -> Vec<Mention> {
        let mut mentions = Mentions::default();
        for found in &self.found {
            for label in [found.new, found.old].into_iter().flatten() {
                mentions.of(label, found.line);
            }
            if let Some(new) = found.new.filter(|_| found.is_heading) {
                let mention = mentions.of(new, found.line);
                if mention.heading.is_none() {
                    mention.heading = Some(found.line);
                    mention.items = found.items.clone();
                }
            }
        }
        for cited in self.cited {
            let mention = mentions.of(cited.label, cited.line);
            mention.line = mention.line.min(cited.line);
            mention.link.get_or_insert(cited.link);
        }
        // Those of one line stay in the order in which they were made.
        let mut mentions = mentions.all;
        mentions.sort_by_key(|mention| mention.line);
        mentions
    }
}

/// `https://… [v3]`: the version of an address in a line, if the last line that names one is this.
fn label_behind(last: Option<&Found>, line: &Line<'_>, at: usize) -> Option<(Label, usize, bool)> {
    let found = last.filter(|found| found.line == line.start)?;
    let before = line.text.get(..at)?.trim_matches([' ', '\t', '-', '*']);
    let is_labelled = found.naming.needs == Needs::ListAtOnce && matches!(before, "" | "Link:");
    Some((found.new.filter(|_| is_labelled)?, line.start, true))
}

/// The records, one per label, in the order in which they were made.
#[derive(Default)]
struct Mentions {
    all: Vec<Mention>,
    /// Where they are, once there are more than a mail has.
    known: BTreeMap<Label, usize>,
}

impl Mentions {
    const MANY: usize = 16;

    fn of(&mut self, label: Label, line: usize) -> &mut Mention {
        let n_known = self.all.len();
        let known = if n_known < Self::MANY {
            self.all.iter().position(|mention| mention.label == label)
        } else {
            self.known.get(&label).copied()
        };
        let idx = known.unwrap_or(n_known);
        if known.is_none() {
            self.all.push(Mention {
                label,
                line,
                heading: None,
                items: 0..0,
                link: None,
            });
            // All of them when they become many, and each from then on.
            let first = if n_known + 1 == Self::MANY {
                0
            } else {
                n_known
            };
            if n_known + 1 >= Self::MANY {
                let new = self.all.iter().enumerate().skip(first);
                self.known
                    .extend(new.map(|(idx, mention)| (mention.label, idx)));
            }
        }
        &mut self.all[idx]
    }
}

#[cfg(test)]
mod tests;
