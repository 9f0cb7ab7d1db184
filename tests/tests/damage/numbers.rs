//! Damage to counts and sums.

use patch_digest_tests::random::Random;

use crate::page::Page;

/// The lines that are the last of a diffstat with rows above, and the number of those.
fn diffstats(page: &Page) -> Vec<(usize, usize)> {
    let is_row = |line: &String| line.starts_with(' ') && line.contains(" | ");
    let last = |at: &usize| {
        let line = &page.lines[*at];
        line.starts_with(' ') && line.contains(" changed, ")
    };
    let lasts = (0..page.lines.len()).filter(last);
    lasts
        .map(|at| {
            let rows = page.lines[..at]
                .iter()
                .rev()
                .take_while(|line| is_row(line));
            (at, rows.count())
        })
        .filter(|(_, n_rows)| *n_rows > 0)
        .collect()
}

pub(crate) fn diffstat_files(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (last, n_rows) = *random.pick(&diffstats(page));
    if n_rows > 1 && random.one_in(2) {
        page.lines.remove(last - 1 - random.below(n_rows));
        return Some(last - 1);
    }
    let (_, rest) = page.lines[last].split_once(" changed").expect("files");
    let wrong = n_rows + 1 + random.below(3);
    page.lines[last] = format!(" {wrong} files changed{rest}");
    Some(last)
}

pub(crate) fn diffstat_sum(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (last, n_rows) = *random.pick(&diffstats(page));
    let at = if random.one_in(2) {
        last
    } else {
        last - 1 - random.below(n_rows)
    };
    // The last number in it, or that behind the bar of a row.
    let line = page.lines[at].clone();
    let from = line
        .find(" | ")
        .map_or_else(|| line.find(", ").expect("a sum"), |bar| bar + 3);
    let start = from + line[from..].find(|c: char| c.is_ascii_digit())?;
    let len = line[start..].bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = line[start..start + len].parse().expect("a number");
    let wrong = number + 1 + random.below(9) as u64;
    page.lines[at] = format!("{}{wrong}{}", &line[..start], &line[start + len..]);
    Some(last)
}

/// The lines that begin groups of a shortlog, with the numbers of their titles.
fn groups(page: &Page) -> Vec<(usize, usize)> {
    let count = |line: &String| {
        let (_, rest) = line.strip_suffix("):")?.rsplit_once(" (")?;
        rest.parse::<usize>().ok()
    };
    (0..page.lines.len())
        .filter(|at| !page.lines[*at].starts_with(' '))
        .filter_map(|at| Some((at, count(&page.lines[at])?)))
        .collect()
}

pub(crate) fn shortlog_count(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (at, count) = *random.pick(&groups(page));
    let wrong = if random.one_in(2) {
        count + 1 + random.below(4)
    } else {
        random.below(count)
    };
    page.lines[at] = page.lines[at].replace(&format!("({count})"), &format!("({wrong})"));
    Some(at)
}

/// One title less than the cover letter says.
pub(crate) fn shortlog_total(page: &mut Page, random: &mut Random) -> Option<usize> {
    let large: Vec<_> = groups(page)
        .into_iter()
        .filter(|(_, count)| *count > 2)
        .collect();
    let (at, count) = *random.pick(&large);
    // The last line of the group, where that is a title of its own.
    let end = at
        + 1
        + page.lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with("  "))
            .count();
    let indent = |line: &str| line.len() - line.trim_start().len();
    if indent(&page.lines[end - 1]) != indent(&page.lines[at + 1]) {
        return None;
    }
    let cover = page.lines[..at]
        .iter()
        .rposition(|line| line.starts_with("New:  "))?
        + 1;
    // Other mails that the table counts would be without an entry then.
    page.lines.remove(end - 1);
    page.lines[at] = page.lines[at].replace(&format!("({count})"), &format!("({})", count - 1));
    Some(cover)
}

/// First line and number of rows of both tables.
fn tables(page: &Page) -> [(usize, usize); 2] {
    ["Top 15 contributor Email", "Top 15 contributors"].map(|heading| {
        let first = page.find(heading) + 2;
        let n_rows = page.lines[first..].iter().position(String::is_empty);
        (first, n_rows.expect("a blank line ends a table"))
    })
}

fn count_of(row: &str) -> (u64, &str) {
    let (count, who) = row.trim_start().split_once(' ').expect("a count");
    (count.parse().expect("a number"), who)
}

pub(crate) fn domain_count(page: &mut Page, random: &mut Random) -> Option<usize> {
    let [(domains, n_domains), (people, _)] = tables(page);
    let row = domains + random.below(n_domains);
    let (count, who) = count_of(&page.lines[row]);
    let (_, person) = count_of(&page.lines[people]);
    // The first row may have any higher count, in either table.
    if row == domains && person.ends_with(&format!("{who}>")) && random.one_in(2) {
        let (count, person) = count_of(&page.lines[people]);
        page.lines[people] = format!("{:>7} {person}", count + 1);
        return Some(row);
    }
    let above = if row == domains {
        count + 1 + random.below(200) as u64
    } else {
        count_of(&page.lines[row - 1]).0
    };
    if above == count {
        return None;
    }
    page.lines[row] = format!("{above:>7} {who}");
    Some(row)
}

pub(crate) fn table_order(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (first, n_rows) = *random.pick(&tables(page));
    let at = first + 1 + random.below(n_rows - 1);
    if count_of(&page.lines[at]).0 == count_of(&page.lines[at - 1]).0 {
        return None;
    }
    page.lines.swap(at, at - 1);
    Some(at)
}

pub(crate) fn table_rows(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (first, n_rows) = *random.pick(&tables(page));
    let limit = 1 + random.below(n_rows - 1);
    page.lines[first - 2] = page.lines[first - 2].replace("15", &limit.to_string());
    Some(first + limit)
}

/// A row taken out. What is missing is told at the contributors.
pub(crate) fn table_total(page: &mut Page, random: &mut Random) -> Option<usize> {
    let [(domains, n_domains), (people, _)] = tables(page);
    page.lines.remove(domains + random.below(n_domains));
    Some(people - 1)
}
