//! How digests, series, patches and numbers are named: the words that outline, hovers and the
//! command line share. Every name is one line and harmless to show.

use std::fmt::{self, Display, Formatter};

use crate::digest::Digest;
use crate::model::postings::Series;
use crate::model::subject::Kind;
use crate::model::{Mail, Model};
use crate::shown;
use crate::syntax::form::Totals;

/// What stands in place of an empty title.
const NO_TITLE: &str = "(no title)";

/// A digest in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// `KVM fff46e5c7..a4f0e95a9`
    pub name: String,
    /// `81 mails · 6 series · 1 mail without entry`
    pub counts: String,
    /// `Fuad Tabba 2, Bibo Mao`: whose mails have no entry, as far as proven.
    pub unlisted: String,
}

/// Sums up a digest.
#[must_use]
pub fn summary(digest: &Digest) -> Summary {
    let model = digest.model();
    let header = &model.header;
    let name = match (header.list(), header.range()) {
        (Some(list), Some((from, to))) => format!("{list} {from}..{to}"),
        (None, Some((from, to))) => format!("{from}..{to}"),
        _ => "digest".to_owned(),
    };
    let unlisted = model.unlisted.iter().map(|unlisted| {
        let name = shown::plain(&unlisted.name).into_owned();
        if unlisted.count > 1 {
            format!("{name} {}", unlisted.count)
        } else {
            name
        }
    });
    Summary {
        name: harmless(&name),
        counts: counts(model),
        unlisted: unlisted.collect::<Vec<_>>().join(", "),
    }
}

/// `81 mails · 6 series · 1 mail without entry`
fn counts(model: &Model) -> String {
    let mut parts = Vec::new();
    if !model.contributors.rows.is_empty() {
        let more = if model.contributors.is_full() {
            "+"
        } else {
            ""
        };
        let mails = model.n_mails();
        parts.push(format!(
            "{mails}{more} {}",
            if mails == 1 { "mail" } else { "mails" }
        ));
    }
    let mut what = Vec::new();
    if !model.series.is_empty() {
        what.push(format!("{} series", model.series.len()));
    }
    let n_singles = model.entries.iter().filter(|mail| is_single(mail)).count();
    if n_singles > 0 {
        what.push(count(n_singles as u64, "patch", "patches"));
    }
    if !what.is_empty() {
        parts.push(what.join(", "));
    }
    let n_unlisted: u64 = model.unlisted.iter().map(|unlisted| unlisted.count).sum();
    if n_unlisted > 0 {
        parts.push(format!(
            "{} without entry",
            count(n_unlisted, "mail", "mails")
        ));
    }
    parts.join(" · ")
}

/// A row's name: one line, harmless, and of a length that an outline can show.
pub(super) fn harmless(name: &str) -> String {
    shown::plain(&shown::short(name, 400)).into_owned()
}

/// `[v4 0/2] LoongArch: KVM: Add paravirt preempt support`
#[must_use]
pub fn series_name(model: &Model, series: &Series) -> String {
    let title = if series.title.is_empty() {
        NO_TITLE
    } else {
        &series.title
    };
    let name = format!("[{}] {title}", series_tag(model, series));
    harmless(&name)
}

/// `kvmtool 00/17`, `RFC v2 00/37`: as the tag of its cover letter, without the word PATCH.
#[must_use]
pub fn series_tag(model: &Model, series: &Series) -> String {
    let mut words: Vec<String> = series.trees.clone();
    let lead = series.lead(&model.entries);
    if let Some(tag) = lead
        .and_then(|lead| model.entries[lead].subject())
        .map(|parts| &parts.tag)
    {
        for (says, word) in [
            (tag.is_pull, "PULL"),
            (tag.is_rfc, "RFC"),
            (tag.is_resend, "RESEND"),
        ] {
            if says {
                words.push(word.to_owned());
            }
        }
    }
    words.extend(series.version.as_ref().map(|version| format!("v{version}")));
    let width = series.number_width();
    words.push(format!("{:0width$}/{}", 0, series.n_patches()));
    words.join(" ")
}

/// Number and title of a patch: `01/17 title`, `--/11 title` where the number is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered<'a> {
    /// The number of the patch.
    pub number: Option<u32>,
    /// Least number of digits.
    pub width: usize,
    /// The number of patches of the series.
    pub total: usize,
    /// The title; never empty.
    pub title: &'a str,
}

impl Numbered<'_> {
    /// As patches of a series are numbered.
    pub(super) fn of(series: &Series) -> Self {
        Self {
            number: None,
            width: series.number_width(),
            total: series.n_patches(),
            title: NO_TITLE,
        }
    }

    pub(super) fn with<'a>(&self, number: Option<u32>, title: &'a str) -> Numbered<'a> {
        Numbered {
            number,
            width: self.width,
            total: self.total,
            title: if title.is_empty() { NO_TITLE } else { title },
        }
    }
}

impl Display for Numbered<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width = self.width;
        match self.number {
            Some(number) => write!(f, "{number:0width$}")?,
            None => write!(f, "{:-<1$}", "", width.max(2))?,
        }
        write!(f, "/{} {}", self.total, self.title)
    }
}

/// `8 files +85 −3`
#[must_use]
pub fn diffstat_short(totals: &Totals) -> String {
    let mut text = count(totals.files, "file", "files");
    if totals.insertions > 0 {
        text.push_str(&format!(" +{}", totals.insertions));
    }
    if totals.deletions > 0 {
        text.push_str(&format!(" −{}", totals.deletions));
    }
    text
}

/// `UAPI`, `fix, stable`: what decides how a posting is looked at.
pub(super) fn badges<'a, I: Iterator<Item = &'a Mail>>(mails: impl Fn() -> I) -> Vec<String> {
    let mut badges = Vec::new();
    if mails().any(|mail| mail.kind != Kind::Patch && mail.facts.touches_uapi) {
        badges.push("UAPI".to_owned());
    }
    let fix = mails().any(|mail| mail.facts.is_fix).then_some("fix");
    let stable = mails().any(|mail| mail.facts.is_stable).then_some("stable");
    let both: Vec<_> = fix.into_iter().chain(stable).collect();
    if !both.is_empty() {
        badges.push(both.join(", "));
    }
    badges
}

/// `1 file`, `2 files`
#[must_use]
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn is_single(mail: &Mail) -> bool {
    mail.series().is_none() && !mail.facts.is_reply
}
