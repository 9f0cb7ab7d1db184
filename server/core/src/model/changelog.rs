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

mod items;
mod line;
mod links;

use std::collections::BTreeMap;
use std::ops::Range;

use super::subject::Version;
use crate::syntax::line::Lines;
use items::List;
use line::{Label, Name, Naming, Needs, Rank, What};
use links::Target;

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
/// `lines` are those of the body; `version` is the label of the mail's own tag, none for the
/// first. On a line such as `v3 -> v4:` the newer version comes first.
#[must_use]
pub fn version_mentions(lines: &[&str], version: Option<&str>) -> Vec<VersionMention> {
    let own = version.and_then(Version::parse).unwrap_or(Version::FIRST);
    let telling = lines.iter().enumerate().map(|(line_idx, line)| Telling {
        line: line_idx,
        may_name: line::may_name(line),
        may_link: links::may_link(line),
    });
    let telling = telling.take_while(|telling| !is_diff(lines.get(telling.line)));
    History::read(lines, own, telling).mentions()
}

/// As [`version_mentions`] of the lines of a body, which are given as well where there is any
/// mention. Faster, as few searches through all of a body tell which of its lines to look at.
pub(crate) fn mentions_in(body: &str, own: Version) -> (Vec<&str>, Vec<VersionMention>) {
    let (lines, telling) = telling_lines(body);
    if telling.is_empty() {
        return Default::default();
    }
    let mentions = History::read(&lines, own, telling.into_iter()).mentions();
    (lines, mentions)
}

/// A line that is looked at.
#[derive(Debug, Clone, Copy)]
struct Telling {
    line: usize,
    /// May name a version.
    may_name: bool,
    /// May hold an address or refer to one.
    may_link: bool,
}

/// The lines of a body, and those that are looked at; no line at all where none is.
fn telling_lines(body: &str) -> (Vec<&str>, Vec<Telling>) {
    let bytes = body.as_bytes();
    let names = line::names_in(bytes).map(|at| (at, true));
    let addresses = links::addresses_in(bytes).chain(links::references_in(bytes));
    let mut places: Vec<(usize, bool)> = names.chain(addresses.map(|at| (at, false))).collect();
    if places.is_empty() {
        return Default::default();
    }
    places.sort_unstable();
    let mut places = places.into_iter().peekable();
    let mut lines = Vec::with_capacity(bytes.len() / 32);
    let mut telling = Vec::new();
    let mut is_past = false;
    for line in Lines::new(body) {
        is_past = is_past || is_diff(Some(&line.text));
        let mut found = Telling {
            line: lines.len(),
            may_name: false,
            may_link: false,
        };
        lines.push(line.text);
        while let Some((_, is_name)) = places.next_if(|(at, _)| *at < line.next) {
            found.may_name |= is_name;
            found.may_link |= !is_name;
        }
        if !is_past && (found.may_name || found.may_link) {
            telling.push(found);
        }
    }
    (lines, telling)
}

/// What is behind such a line is code.
fn is_diff(line: Option<&&str>) -> bool {
    line.is_some_and(|line| line.starts_with("diff --git "))
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
    /// The lines of the list that it heads, once that is known.
    items: Range<usize>,
}

/// An address, and the version that words around it say it is.
#[derive(Debug)]
struct CitedLink {
    label: Label,
    line: usize,
    link: VersionLink,
}

struct History<'a> {
    lines: &'a [&'a str],
    own: Version,
    found: Vec<Found>,
    cited: Vec<CitedLink>,
}

impl<'a> History<'a> {
    fn read(lines: &'a [&'a str], own: Version, telling: impl Iterator<Item = Telling>) -> Self {
        let mut history = Self {
            lines,
            own,
            found: Vec::new(),
            cited: Vec::new(),
        };
        history.look(telling);
        history.resolve_since();
        history.check_lists();
        history.read_lists();
        history.take_links_of_lists();
        history
    }

    fn look(&mut self, telling: impl Iterator<Item = Telling>) {
        // The footnotes are read only when one is asked for.
        let mut notes = None;
        for Telling {
            line: line_idx,
            may_name,
            may_link,
        } in telling
        {
            let Some(line) = self.lines.get(line_idx) else {
                break;
            };
            if may_name && let Some(naming) = line::read(line) {
                self.add_naming(line_idx, naming);
            }
            if !may_link || line.starts_with('>') {
                continue;
            }
            for anchor in links::anchors(line) {
                let cited = self.label_behind(line_idx, anchor.at);
                let cited = cited.or_else(|| self.cited_before(line_idx, anchor.at));
                let Some((label, line, may_be_anywhere)) = cited else {
                    continue;
                };
                let link = match anchor.target {
                    Target::Url => links::url_at(self.lines, line_idx, anchor.at),
                    Target::Footnote(number) => notes
                        .get_or_insert_with(|| links::footnotes(self.lines))
                        .get(number)
                        .cloned(),
                };
                let is_posting = |link: &VersionLink| match may_be_anywhere {
                    true => !links::is_code(&link.url),
                    false => links::is_archive(&link.url),
                };
                if let Some(link) = link.filter(is_posting) {
                    self.cited.push(CitedLink { label, line, link });
                }
            }
        }
    }

    /// `https://… [v3]`
    fn label_behind(&self, line_idx: usize, at: usize) -> Option<(Label, usize, bool)> {
        let found = self.found.last().filter(|found| found.line == line_idx)?;
        let line = self.lines.get(line_idx)?;
        let before = line.get(..at)?.trim_matches([' ', '\t', '-', '*']);
        let is_labelled = found.naming.needs == Needs::ListAtOnce && matches!(before, "" | "Link:");
        Some((found.new.filter(|_| is_labelled)?, line_idx, true))
    }

    fn cited_before(&self, line_idx: usize, at: usize) -> Option<(Label, usize, bool)> {
        let cited = links::cited_before(self.lines, line_idx, at)?;
        let label = self.label_of(cited.name)?;
        // In a sentence `v3` may be of something else; a later version certainly is.
        let is_earlier =
            label.rank == Rank::Rfc || label.version.is_some_and(|version| version < self.own);
        let is_read = self
            .found
            .last()
            .is_some_and(|found| found.line == cited.line);
        let is_link = is_read
            && self
                .found
                .last()
                .is_some_and(|found| matches!(found.naming.what, What::Link(_)));
        let is_label = is_link || cited.is_label && is_read;
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
            self.found.push(Found {
                line,
                naming,
                new,
                old,
                is_heading,
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
        let lines = self.lines;
        let is_first = self.own == Version::FIRST;
        let mut next_lines: Vec<usize> =
            self.found.iter().skip(1).map(|found| found.line).collect();
        next_lines.push(usize::MAX);
        let mut next_lines = next_lines.into_iter();
        self.found.retain_mut(|found| {
            let next_line = next_lines.next().unwrap_or(usize::MAX);
            let list = List {
                lines,
                heading: found.line,
                naming: found.naming,
                end: next_line,
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
        let mut end = self.lines.len();
        // From the last on, so that none has to look for the next.
        for found in self.found.iter_mut().rev() {
            if found.is_heading {
                let list = List {
                    lines: self.lines,
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
    fn take_links_of_lists(&mut self) {
        for found in self.found.iter().filter(|found| found.is_heading) {
            let Some(old) = found.old else { continue };
            if matches!(found.naming.what, What::Link(_)) {
                continue;
            }
            let mut lone = found.items.clone().filter_map(|line_idx| {
                let line = self.lines.get(line_idx)?;
                let at = items::lone_url(line)?;
                links::url_at(self.lines, line_idx, at).filter(|link| links::is_archive(&link.url))
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

    fn mentions(self) -> Vec<VersionMention> {
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
        mentions.sorted()
    }
}

/// The records, one per label, with the order in which they were made.
#[derive(Default)]
struct Mentions(BTreeMap<Label, (usize, VersionMention)>);

impl Mentions {
    fn of(&mut self, label: Label, line: usize) -> &mut VersionMention {
        let n_mentions = self.0.len();
        let name = |version: Version| version.to_string();
        let new = || VersionMention {
            version: label.version.map_or_else(|| "RFC".to_owned(), name),
            is_rfc: label.rank == Rank::Rfc,
            line,
            heading: None,
            items: 0..0,
            link: None,
        };
        let (_, mention) = self.0.entry(label).or_insert_with(|| (n_mentions, new()));
        mention
    }

    fn sorted(self) -> Vec<VersionMention> {
        let mut mentions: Vec<_> = self.0.into_values().collect();
        mentions.sort_by_key(|(order, mention)| (mention.line, *order));
        mentions.into_iter().map(|(_, mention)| mention).collect()
    }
}

#[cfg(test)]
mod tests;
