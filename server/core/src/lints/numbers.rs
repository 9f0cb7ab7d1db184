//! Rules about counts and sums: shortlogs, diffstats, the two tables.
//!
//! Git and the maker of the digest count; where numbers disagree, lines were lost or somebody
//! edited them. Only sums that have to come out are compared: a graph of `+` and `-` is scaled,
//! binary files have no lines, a table cut off after N rows has no total.

use std::ops::Range;

use super::local::Seen;
use super::{
    DIFFSTAT_FILES, DIFFSTAT_SUM, DOMAIN_COUNT, Problem, SHORTLOG_COUNT, SHORTLOG_TOTAL,
    TABLE_ORDER, TABLE_ROWS, TABLE_TOTAL,
};
use crate::digest::Digest;
use crate::features::names::count;
use crate::fixes::{Edit, Repair, What};
use crate::model::keys::{self, KeyMap};
use crate::model::subject::Kind;
use crate::model::tables::{Row, Table};
use crate::shown;
use crate::syntax::diffstat;
use crate::syntax::entry::{Part, PartKind};
use crate::syntax::form::{self, Totals};
use crate::syntax::line::{self, Lines};
use crate::text::Text;

/// The shortlog and the diffstats of an entry.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    shortlog(seen, problems);
    for part in seen.entry.parts_of(PartKind::Diffstat) {
        diffstat(seen.text, part, problems);
    }
}

/// Replaces one number.
fn count_repair(title: String, range: Range<usize>, text: String) -> Box<Repair> {
    Box::new(Repair {
        what: What::Count,
        title,
        edits: vec![Edit { range, text }],
        elsewhere: Vec::new(),
        copy: None,
        // Whether the number or the lines are wrong, nobody can tell.
        certain: false,
    })
}

fn shortlog(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let groups = &seen.entry.facts().shortlog;
    if groups.is_empty() {
        return;
    }
    let text = seen.text;
    let mut all_counts_fit = true;
    // Where the counts add up to what the subject says, lines are missing or too many.
    let counted = groups.iter().map(|group| group.count);
    let total = seen.subject.and_then(|subject| subject.tag.total);
    let counts_are_right = total.is_some_and(|total| counted.sum::<u64>() == u64::from(total));
    // Groups with only blank lines between them are one shortlog: its titles, and where it is.
    let mut runs: Vec<(u64, Range<usize>)> = Vec::new();
    let parts = seen.entry.parts_of(PartKind::ShortlogGroup);
    for (part, group) in parts.zip(groups) {
        let n_titles = group.titles().len() as u64;
        let here = part.span.at(0);
        let from = here.start;
        match runs.last_mut() {
            Some((sum, range))
                if text
                    .get(range.end..here.start)
                    .is_some_and(|between| between.trim().is_empty()) =>
            {
                *sum += n_titles;
                range.end = here.end;
            }
            _ => runs.push((n_titles, here)),
        }
        if n_titles == group.count {
            continue;
        }
        all_counts_fit = false;
        let Some(head) = Lines::starting_at(text, from).next() else {
            continue;
        };
        let Some((author, counted)) = form::shortlog_header(head.text) else {
            continue;
        };
        let end = from + head.text.trim_end().len() - "):".len();
        let start = end
            - head.text.trim_end()[..end - from]
                .bytes()
                .rev()
                .take_while(u8::is_ascii_digit)
                .count();
        let message = format!(
            "the shortlog counts {} of {}, {} below",
            count(counted, "patch", "patches"),
            shown::short(&shown::plain(author), 60),
            if n_titles == 1 {
                "1 stands".to_owned()
            } else {
                format!("{n_titles} stand")
            }
        );
        let mut problem = Problem::new(SHORTLOG_COUNT, start..end, message);
        let title = format!("Write {n_titles}");
        problem.repair =
            (!counts_are_right).then(|| count_repair(title, start..end, n_titles.to_string()));
        problems.push(problem);
    }

    let (Some(subject), Some(line)) = (seen.subject, seen.entry.subject) else {
        return;
    };
    let (Some(total), Some(number)) = (subject.tag.total, &subject.tag.number_range) else {
        return;
    };
    // A mail may carry the shortlog of something else as well.
    if subject.kind() != Kind::Cover || !all_counts_fit {
        return;
    }
    let [(n_titles, shortlog)] = &runs[..] else {
        return;
    };
    if *n_titles == u64::from(total) {
        return;
    }
    let base = line.span.start as usize;
    let message = format!(
        "the cover letter says {}, its shortlog lists {n_titles}",
        count(u64::from(total), "patch", "patches")
    );
    problems.push(
        Problem::new(
            SHORTLOG_TOTAL,
            base + number.start..base + number.end,
            message,
        )
        .because(shortlog.clone(), "the shortlog"),
    );
}

/// Whether the line behind the rows of a diffstat says what these add up to, as far as that is told without a
/// look at their paths: of nearly all.
fn adds_up(diffstat: &str, n_lines: u32) -> bool {
    let Some(sum) = diffstat::sum(diffstat, n_lines) else {
        return false;
    };
    let behind = Lines::starting_at(diffstat, sum.end).next();
    let totals = behind.and_then(|line| form::diffstat_summary(line.text));
    totals.is_some_and(|totals| {
        let changes = totals.insertions.checked_add(totals.deletions);
        totals.files == sum.n_rows && changes == Some(sum.changes)
    })
}

/// The rows of a diffstat, and its last line.
fn diffstat(text: &str, part: &Part, problems: &mut Vec<Problem>) {
    let content = part.span.text(text);
    if adds_up(content, part.n_lines) {
        return;
    }
    let base = part.span.start as usize;
    let mut n_rows = 0_u64;
    let mut sum = Some(0_u64);
    let mut graphs = Some((0_u64, 0_u64));
    let mut last: Option<(Totals, Range<usize>)> = None;
    for line in Lines::new(content) {
        if let Some(row) = form::diffstat_row(line.text) {
            n_rows += 1;
            if row.changes.is_none() && line.text.contains("Unmerged") {
                return;
            }
            let changes = row.changes.unwrap_or(0);
            sum = sum.and_then(|sum| sum.checked_add(changes));
            graphs = graphs.and_then(|(plus, minus)| {
                let (p, m) = graph(line.text);
                // A long graph is scaled down: its signs are no lines.
                (p + m == changes).then_some((plus + p, minus + m))
            });
        } else if let Some(totals) = form::diffstat_summary(line.text) {
            let start = base + line.start + line.text.len() - line.text.trim_start().len();
            last = Some((totals, start..start + line.text.trim().len()));
            break;
        }
    }
    let (Some((totals, range)), Some(sum)) = (last, sum) else {
        return;
    };
    // Rows that were wrapped or left out (` ...`) stand right above; then nothing adds up.
    let above = text.get(..base).unwrap_or_default();
    let above = above
        .strip_suffix("\r\n")
        .or_else(|| above.strip_suffix(['\n', '\r']))
        .unwrap_or_default();
    let above = above.rsplit(['\n', '\r']).next().unwrap_or_default();
    if n_rows == 0 || !line::is_blank(above) && above.starts_with(' ') {
        return;
    }
    let summary = range.clone();
    let corrected = |insertions: u64, deletions: u64| {
        let text = summary_line(&Totals {
            files: n_rows,
            insertions,
            deletions,
        });
        count_repair(format!("Write \"{text}\""), summary.clone(), text)
    };
    if totals.files != n_rows {
        let message = format!(
            "the diffstat says {} changed, {} above",
            count(totals.files, "file", "files"),
            if n_rows == 1 {
                "1 row stands".to_owned()
            } else {
                format!("{n_rows} rows stand")
            }
        );
        let mut problem = Problem::new(DIFFSTAT_FILES, range.clone(), message)
            .because(base..range.start.saturating_sub(1).max(base), "the rows");
        // The other numbers may be those of the rows, or not be known.
        let (insertions, deletions) =
            if Some(sum) == totals.insertions.checked_add(totals.deletions) {
                (totals.insertions, totals.deletions)
            } else {
                match graphs {
                    Some(graphs) => graphs,
                    None => {
                        problems.push(problem);
                        return;
                    }
                }
            };
        problem.repair = Some(corrected(insertions, deletions));
        problems.push(problem);
        return;
    }
    if totals.insertions.checked_add(totals.deletions) == Some(sum) {
        return;
    }
    let message = format!(
        "the rows of the diffstat add up to {sum}, insertions and deletions to {}",
        totals.insertions.saturating_add(totals.deletions)
    );
    let mut problem = Problem::new(DIFFSTAT_SUM, range.clone(), message)
        .because(base..range.start.saturating_sub(1).max(base), "the rows");
    if let Some((insertions, deletions)) = graphs {
        problem.repair = Some(corrected(insertions, deletions));
    }
    problems.push(problem);
}

/// The `+` and `-` at the end of a row.
fn graph(row: &str) -> (u64, u64) {
    let signs = row.trim_end().bytes().rev();
    let signs = signs.take_while(|byte| matches!(byte, b'+' | b'-'));
    signs.fold((0, 0), |(plus, minus), byte| {
        if byte == b'+' {
            (plus + 1, minus)
        } else {
            (plus, minus + 1)
        }
    })
}

/// The last line of a diffstat as git writes it.
fn summary_line(totals: &Totals) -> String {
    let mut line = format!("{} changed", count(totals.files, "file", "files"));
    if totals.insertions > 0 || totals.deletions == 0 {
        line += &format!(
            ", {}(+)",
            count(totals.insertions, "insertion", "insertions")
        );
    }
    if totals.deletions > 0 || totals.insertions == 0 {
        line += &format!(", {}(-)", count(totals.deletions, "deletion", "deletions"));
    }
    line
}

/// The two tables; `at` holds where the blocks of the domains and of the contributors start. They
/// depend on the model alone, which remembers when nothing is wrong with them.
pub(super) fn tables(digest: &Digest, at: [Option<usize>; 2], problems: &mut Vec<Problem>) {
    let model = digest.model();
    if model.remarks.are_tables_clean() {
        return;
    }
    let n_before = problems.len();
    let tables = [&model.domains, &model.contributors];
    for (table, start) in tables.into_iter().zip(at) {
        if let Some(start) = start {
            rows(digest.text(), table, start, problems);
        }
    }
    if let [Some(domains), Some(contributors)] = at {
        sums(digest, domains, contributors, problems);
    }
    if problems.len() == n_before {
        model.remarks.note_clean_tables();
    }
}

fn moved(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Tables with more rows than this are not put in order: no digest has them.
const MOST_ROWS: usize = 500;

/// The order and the number of rows.
fn rows(text: &Text, table: &Table, start: usize, problems: &mut Vec<Problem>) {
    let unordered = table
        .rows
        .windows(2)
        .find(|pair| pair[0].count < pair[1].count);
    if let Some([above, row]) = unordered {
        let message = format!(
            "{} is more than the {} above: rows stand in order of their counts",
            row.count, above.count
        );
        let mut problem = Problem::new(TABLE_ORDER, moved(&row.range, start), message)
            .because(moved(&above.range, start), "the row above");
        if table.rows.len() <= MOST_ROWS {
            problem.repair = Some(in_order(text, table, start));
        }
        problems.push(problem);
    }
    if let Some(limit) = table.limit
        && let Some(row) = usize::try_from(limit)
            .ok()
            .and_then(|limit| table.rows.get(limit))
    {
        let message = format!(
            "the table has {} rows, its heading allows {limit}",
            table.rows.len()
        );
        problems.push(Problem::new(TABLE_ROWS, moved(&row.range, start), message));
    }
}

/// Puts the rows in order; rows with one count stay as they stand to each other.
fn in_order(text: &Text, table: &Table, start: usize) -> Box<Repair> {
    let mut sorted: Vec<&Row> = table.rows.iter().collect();
    sorted.sort_by_key(|row| std::cmp::Reverse(row.count));
    let changes = table.rows.iter().zip(sorted);
    let changes = changes.filter(|(row, wanted)| row.range != wanted.range);
    let edits = changes.map(|(row, wanted)| Edit {
        range: moved(&row.range, start),
        text: text.slice(moved(&wanted.range, start)).into_owned(),
    });
    Box::new(Repair {
        what: What::Structure,
        title: "Put the rows in order of their counts".to_owned(),
        edits: edits.collect(),
        elsewhere: Vec::new(),
        copy: None,
        certain: true,
    })
}

/// Every domain against its people, and the two totals; known only while neither is cut off.
fn sums(digest: &Digest, domains_at: usize, people_at: usize, problems: &mut Vec<Problem>) {
    let model = digest.model();
    let (domains, people) = (&model.domains, &model.contributors);
    let whole =
        |table: &Table| !table.is_full() && table.other.is_empty() && !table.rows.is_empty();
    if !whole(domains) || !whole(people) {
        return;
    }
    let mut by_domain: KeyMap<(u64, Vec<&Row>)> = KeyMap::default();
    for row in &people.rows {
        let Some(person) = &row.person else { continue };
        let domain = keys::caseless(person.domain());
        let (sum, rows) = by_domain.entry(domain).or_default();
        *sum = sum.saturating_add(row.count);
        rows.push(row);
    }
    let mut all_fit = true;
    for row in &domains.rows {
        let Some((sum, rows)) = by_domain.get(&keys::caseless(&row.who)) else {
            continue;
        };
        if *sum == row.count {
            continue;
        }
        all_fit = false;
        let message = format!(
            "{} for {}, its people add up to {sum}",
            count(row.count, "mail", "mails"),
            shown::short(&shown::plain(&row.who), 60)
        );
        let mut problem = Problem::new(DOMAIN_COUNT, moved(&row.range, domains_at), message);
        for person in rows.iter().take(16) {
            problem = problem.because(moved(&person.range, people_at), "one of its people");
        }
        let range = moved(&row.range, domains_at);
        let line = digest.text().slice(range.clone());
        let n_digits = line
            .trim_start()
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let n_columns = line.len() - line.trim_start().len() + n_digits;
        problem.repair = Some(count_repair(
            format!("Write {sum}"),
            range.start..range.start + n_columns,
            format!("{sum:>n_columns$}"),
        ));
        problems.push(problem);
    }
    if all_fit && domains.total() != people.total() {
        let Some(last) = people.rows.last() else {
            return;
        };
        let first = people.rows.first().unwrap_or(last);
        let message = format!(
            "the contributors add up to {}, the domains to {}",
            count(people.total(), "mail", "mails"),
            domains.total()
        );
        let (Some(top), Some(end)) = (domains.rows.first(), domains.rows.last()) else {
            return;
        };
        problems.push(
            Problem::new(
                TABLE_TOTAL,
                first.range.start + people_at..last.range.end + people_at,
                message,
            )
            .because(
                top.range.start + domains_at..end.range.end + domains_at,
                "the domains",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combined::combined;
    use crate::lints::table_start;
    use crate::syntax::entry::Entry;

    #[test]
    fn people_are_of_their_domain_in_any_case() {
        let problems = |count: u64| {
            let text = format!(
                "From fff46e5c7 to a4f0e95a9\n\
                 KVM mailing list update from fff46e5c7 to a4f0e95a9\n\n\
                 Top 15 contributor Email domains (Based on Email Body)\n\n      {count} Arm.com\n      1 a.org\n\n\
                 Top 15 contributors (Based on Email Body)\n\n      2  A <a@arm.COM>\n      \
                 1  B <b@a.org>\n      1  C <c@ARM.com>\n"
            );
            let digest = Digest::parse(text);
            let at = [0, 1].map(|table| table_start(&digest, table));
            let mut problems = Vec::new();
            tables(&digest, at, &mut problems);
            let told = problems.into_iter();
            let told = told.map(|problem| (problem.message, problem.related.len()));
            told.collect::<Vec<_>>()
        };
        assert_eq!(problems(3), []);
        let message = "4 mails for Arm.com, its people add up to 3".to_owned();
        assert_eq!(problems(4), [(message, 2)]);
    }

    #[test]
    fn what_adds_up_has_nothing_wrong() {
        let lines = [
            " a/b.c | 2 ++",
            " b.c   | 3 +--",
            " c.png | Bin 0 -> 9 bytes",
            " d.c | 1 +",
            " e.c   | Unmerged",
            " 2 files changed, 3 insertions(+), 2 deletions(-)",
            " 1 file changed, 2 insertions(+)",
            " create mode 100644 a/b.c",
            "",
        ];
        let mut n_told = 0;
        for text in combined::<4, _>(lines).map(|row| row.join("\n") + "\n") {
            let entry = format!("New:  a\n[PATCH] a\nAuthor: A <a@b>\n\n{text}");
            let parsed = Entry::parse(&entry, false);
            for part in parsed.parts_of(PartKind::Diffstat) {
                let content = part.span.text(&entry);
                if !adds_up(content, part.n_lines) {
                    continue;
                }
                n_told += 1;
                let rows: Vec<_> = Lines::new(content)
                    .take_while(|line| form::diffstat_summary(line.text).is_none())
                    .filter_map(|line| form::diffstat_row(line.text))
                    .collect();
                let summary =
                    Lines::new(content).find_map(|line| form::diffstat_summary(line.text));
                let totals = summary.unwrap();
                assert_eq!(rows.len() as u64, totals.files, "{text}");
                let changes: u64 = rows.iter().filter_map(|row| row.changes).sum();
                assert_eq!(changes, totals.insertions + totals.deletions, "{text}");
            }
        }
        assert!(n_told > 50, "{n_told}");
    }
}
