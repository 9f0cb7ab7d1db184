//! The queue in words: one line a row, the same in every editor and on the command line.
//!
//! ```text
//! Fixes
//!   w kvm-0412:434  [v2 0/3] KVM: SVM: Fix it · A. Writer · 2 files +11 −8 · fix, stable · waiting v1 · note  (arch/x86/kvm/)
//! ```

use super::interest::Reason;
use super::rows::{Queue, Row, SectionRows};
use crate::features::names::count;
use crate::shown;

/// A row without its mark: what it is, then what is known and noted. `place` is where it stands,
/// as the caller names it.
#[must_use]
pub fn line(row: &Row, place: &str) -> String {
    let mut parts = vec![row.name.clone()];
    if !row.who.is_empty() {
        parts.push(row.who.clone());
    }
    parts.extend(row.facts.iter().cloned());
    let badges = row.badges();
    if !badges.is_empty() {
        parts.push(badges.join(", "));
    }
    let remarks = row.remarks();
    if !remarks.is_empty() {
        parts.push(remarks);
    }
    let reason = row.reason.as_ref().map_or("", Reason::text);
    let reason = if reason.is_empty() {
        String::new()
    } else {
        format!("  ({})", shown::plain(reason))
    };
    format!("{}  {}{reason}", shown::plain(place), parts.join(" · "))
}

/// A row for a mail: one line, and a link to the mail where there is one.
#[must_use]
pub fn shared(row: &Row, link: Option<&str>) -> String {
    let mut parts = vec![row.name.clone()];
    if !row.who.is_empty() {
        parts.push(row.who.clone());
    }
    let badges = row.badges();
    if !badges.is_empty() {
        parts.push(badges.join(", "));
    }
    let mut text = parts.join(" · ");
    if let Some(link) = link {
        text.push_str("\n  ");
        text.push_str(&shown::plain(link));
    }
    text
}

/// `Fixes`, `Rest, 12`: folded sections tell how many they hide.
#[must_use]
pub fn heading(section: &SectionRows) -> String {
    let n_rows = section.rows.len() + section.n_more;
    format!("{}, {n_rows}", section.section.title())
}

/// `4 digests · 24 series · 12 new`
#[must_use]
pub fn summary(queue: &Queue) -> String {
    let mut parts = vec![
        count(queue.n_digests as u64, "digest", "digests"),
        format!("{} series", queue.n_series),
    ];
    if queue.n_new > 0 {
        parts.push(format!("{} new", queue.n_new));
    }
    parts.join(" · ")
}

/// What to tell a reader who has set nothing: everything concerns him, and how to narrow it.
pub const HINT: &str = "Nothing is set of what concerns you, so everything does; \
    set queue.watch.paths, queue.watch.people or queue.watch.words";
