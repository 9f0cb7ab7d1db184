//! Damage to what belongs together.

use patch_digest_tests::random::Random;

use crate::page::Page;

/// A patch 1 beside its cover letter, which lists it: their first lines.
fn pairs(page: &Page) -> Vec<(usize, usize)> {
    let entries = page.entries();
    let mut pairs = Vec::new();
    for pair in entries.windows(2) {
        for (patch, cover) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let (tag, title) = page.lines[patch + 1].split_once("] ").expect("a tag");
            let listed = format!("  {title}");
            let end = page.separator(cover);
            let is_cover = [" 0/", " 00/"]
                .iter()
                .any(|zero| page.lines[cover + 1].contains(zero));
            let is_first = [" 1/", " 01/"].iter().any(|one| tag.contains(one));
            if is_cover
                && is_first
                && page.lines[cover..end]
                    .iter()
                    .any(|line| line.trim_end() == listed)
            {
                pairs.push((patch, cover));
            }
        }
    }
    pairs
}

/// A pair that no log line names.
fn pair(page: &Page, random: &mut Random) -> Option<(usize, usize)> {
    let is_free = |at: usize| {
        let exist = format!("Exist: {}", page.lines[at + 1]);
        !page.lines.contains(&exist)
    };
    let mut free = pairs(page);
    free.retain(|(patch, cover)| is_free(*patch) && is_free(*cover));
    if free.is_empty() {
        return None;
    }
    Some(*random.pick(&free))
}

/// Where a cover letter lists a title.
fn listed(page: &Page, cover: usize, title: &str) -> usize {
    let line = format!("  {title}");
    let at = page.lines[cover..].iter().position(|other| *other == line);
    cover + at.expect("the shortlog lists it")
}

fn title_of(page: &Page, entry: usize) -> String {
    let (_, title) = page.lines[entry + 1].split_once("] ").expect("a tag");
    title.to_owned()
}

pub(crate) fn cover_disagrees(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (patch, _) = pair(page, random)?;
    let subject = page.lines[patch + 1].clone();
    let (tag, title) = subject.split_once("] ").expect("a tag");
    let (head, numbers) = tag.rsplit_once(' ').expect("numbers");
    let (number, total) = numbers.split_once('/').expect("a slash");
    let total: u32 = total.parse().expect("a number");
    let width = number.len();
    page.lines[patch + 1] = if random.one_in(2) {
        format!(
            "{head} {number}/{:0width$}] {title}",
            total + 1 + random.below(3) as u32
        )
    } else {
        let head = head.split(" v").next().unwrap_or(head);
        format!("{head} v{} {numbers}] {title}", 11 + random.below(5))
    };
    Some(patch + 1)
}

/// The cover letter is gone, a pair of log lines tells why.
pub(crate) fn cover_skipped(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (patch, cover) = pair(page, random)?;
    let subject = page.lines[patch + 1].clone();
    let (tag, title) = page.lines[cover + 1].split_once("] ").expect("a tag");
    let skip = format!(" Skip: {tag}] {title}");
    let end = (page.separator(cover) + 2).min(page.lines.len());
    page.lines.drain(cover..end);
    let patch = if cover < patch {
        patch - (end - cover)
    } else {
        patch
    };
    let at = (page.separator(patch) + 2).min(page.lines.len());
    page.insert(at, &format!("Exist: {subject}"));
    page.insert(at + 1, &skip);
    Some(at + 1)
}

/// A title cut where a header is folded, in both lines.
pub(crate) fn cut_title(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (patch, _) = pair(page, random)?;
    let title = title_of(page, patch);
    let blanks: Vec<usize> = title
        .match_indices(' ')
        .map(|(at, _)| at)
        .filter(|at| *at > 12)
        .collect();
    if blanks.is_empty() {
        return None;
    }
    let rest = title[*random.pick(&blanks)..].to_owned();
    for line in &mut page.lines[patch..patch + 2] {
        *line = line.strip_suffix(&rest).expect("the title").to_owned();
    }
    Some(patch)
}

pub(crate) fn duplicate_entry(page: &mut Page, random: &mut Random) -> Option<usize> {
    // A single patch: a series that is there twice takes its patches along.
    let singles: Vec<_> = page
        .entries()
        .into_iter()
        .filter(|at| page.lines[at + 1].starts_with("[PATCH] "))
        .collect();
    if singles.is_empty() {
        return None;
    }
    let entry = *random.pick(&singles);
    let separator = page.separator(entry);
    let copy = page.lines[entry..separator + 2].to_vec();
    page.lines.splice(separator + 2..separator + 2, copy);
    Some(separator + 2 + 1)
}

pub(crate) fn patch_not_listed(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (patch, cover) = pair(page, random)?;
    let title = title_of(page, patch);
    let at = listed(page, cover, &title);
    page.lines[at] = "  Something else altogether".to_owned();
    Some(patch + 1)
}

pub(crate) fn reply_as_cover(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (_, cover) = pair(page, random)?;
    let reply = [
        "",
        "On Monday somebody wrote:",
        "> One",
        "> Two",
        "> Three",
        "",
        "Fine.",
        "",
    ];
    let separator = page.separator(cover);
    page.lines
        .splice(cover + 3..separator, reply.map(str::to_owned));
    Some(cover + 1)
}

/// Patch 1 is gone, and the table counts the cover letter alone.
pub(crate) fn series_cut(page: &mut Page, random: &mut Random) -> Option<usize> {
    let (patch, cover) = pair(page, random)?;
    let author = page.lines[cover + 2]
        .strip_prefix("Author: ")
        .expect("an author")
        .to_owned();
    let row = page
        .lines
        .iter()
        .position(|line| line.ends_with(&format!("  {author}")))?;
    let domain = author.rsplit_once('@')?.1.trim_end_matches('>').to_owned();
    let domain = page
        .lines
        .iter()
        .position(|line| line.trim_start().ends_with(&format!(" {domain}")))?;
    let (count, _) = page.lines[row].trim_start().split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    // The only series of its poster, who wrote all of it.
    let total: u64 = page.lines[cover + 1]
        .split_once("0/")?
        .1
        .split(']')
        .next()?
        .parse()
        .ok()?;
    let n_entries = page
        .lines
        .iter()
        .filter(|line| **line == format!("Author: {author}"))
        .count();
    let n_groups = page.lines[cover..page.separator(cover)]
        .iter()
        .filter(|line| line.ends_with("):") && line.contains(" ("))
        .count();
    if count != total + 1 || n_entries != 2 || n_groups != 1 {
        return None;
    }
    let people_of_domain: u64 = page.lines[domain]
        .trim_start()
        .split_once(' ')?
        .0
        .parse()
        .ok()?;
    // Both rows go to the ends of their tables, where a count of one belongs.
    let who = |line: &str| {
        line.trim_start()
            .split_once(' ')
            .map(|(_, who)| who.to_owned())
    };
    let (person, host) = (who(&page.lines[row])?, who(&page.lines[domain])?);
    let left = people_of_domain - count + 1;
    for (at, count, who) in [(row, 1, person), (domain, left, host)] {
        page.lines.remove(at);
        let end = at + page.lines[at..].iter().position(String::is_empty)?;
        let first = page.lines[..at].iter().rposition(String::is_empty)? + 1;
        let place = (first..end).find(|place| {
            let (other, _) = page.lines[*place]
                .trim_start()
                .split_once(' ')
                .expect("a count");
            other.parse::<u64>().expect("a number") < count
        });
        page.insert(place.unwrap_or(end), &format!("{count:>7} {who}"));
    }
    let end = (page.separator(patch) + 2).min(page.lines.len());
    page.lines.drain(patch..end);
    let cover = if patch < cover {
        cover - (end - patch)
    } else {
        cover
    };
    Some(cover + 1)
}
