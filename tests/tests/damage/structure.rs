//! Damage to the structure: header lines, headings, tables, heads and ends of entries, log lines.

use patch_digest_tests::random::Random;

use crate::page::Page;

pub(crate) fn bad_header(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &page.lines[0];
    page.lines[0] = match random.below(5) {
        0 => line.replace("From ", "From: "),
        1 => line.replace(" to ", " .. "),
        2 => line.chars().take(11).collect(),
        3 => line.replacen(|c: char| c.is_ascii_digit(), "g", 1),
        _ => format!("> {line}"),
    };
    Some(0)
}

pub(crate) fn bad_title_line(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &page.lines[1];
    page.lines[1] = match random.below(4) {
        0 => line.replace("mailing list", "list"),
        1 => line.replace("KVM ", ""),
        2 => {
            // On a blank line there is nothing to underline: it is told at the first.
            page.lines[1].clear();
            return Some(0);
        }
        _ => line.replace(" to ", "..."),
    };
    Some(1)
}

pub(crate) fn range_mismatch(page: &mut Page, random: &mut Random) -> Option<usize> {
    let line = &mut page.lines[1];
    // One digit of one of the two hashes, or all but seven digits.
    let hashes: Vec<_> = line.split(' ').rev().step_by(2).take(2).collect();
    let hash = (*random.pick(&hashes)).to_owned();
    let at = random.below(hash.len());
    let other = if hash.as_bytes()[at] == b'0' {
        "1"
    } else {
        "0"
    };
    let wrong = match random.below(3) {
        0 => hash[..7].to_owned(),
        _ => format!("{}{other}{}", &hash[..at], &hash[at + 1..]),
    };
    *line = line.replace(&hash, &wrong);
    Some(1)
}

pub(crate) fn heading_missing(page: &mut Page, random: &mut Random) -> Option<usize> {
    let domains = page.find("Top 15 contributor Email");
    let contributors = page.find("Top 15 contributors");
    let patch_list = page.find("===== Patch list");
    let messages = page.find("===== Patch Commit");
    // It is told at the heading that it should follow, or at the second line.
    match random.below(4) {
        0 => {
            page.lines.drain(domains..contributors);
            Some(1)
        }
        1 => {
            page.lines.drain(contributors..patch_list);
            Some(domains)
        }
        2 => {
            page.lines.remove(patch_list);
            Some(contributors)
        }
        _ => {
            page.lines.remove(messages);
            Some(patch_list)
        }
    }
}

pub(crate) fn heading_order(page: &mut Page, random: &mut Random) -> Option<usize> {
    let domains = page.find("Top 15 contributor Email");
    let contributors = page.find("Top 15 contributors");
    let patch_list = page.find("===== Patch list");
    let messages = page.find("===== Patch Commit");
    match random.below(4) {
        // Twice.
        0 => {
            let heading = *random.pick(&[domains, contributors, patch_list, messages]);
            let line = page.lines[heading].clone();
            page.insert(heading, &line);
            Some(heading + 1)
        }
        1 => {
            let line = page.lines[messages].clone();
            page.insert(messages + 1, "");
            page.insert(messages + 2, &line);
            Some(messages + 2)
        }
        // The other way round.
        2 => {
            page.lines.swap(patch_list, messages);
            Some(messages)
        }
        _ => {
            let table: Vec<_> = page.lines.drain(domains..contributors).collect();
            let at = domains + (patch_list - contributors);
            page.lines.splice(at..at, table);
            Some(at)
        }
    }
}

pub(crate) fn table_row(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.table_row(random);
    let row = page.lines[at].trim_start().to_owned();
    let (count, who) = row.split_once(' ').expect("count and name");
    match random.below(4) {
        0 => page.lines[at] = who.trim_start().to_owned(),
        1 => page.lines[at] = format!("      {count}"),
        2 => page.lines[at] = format!("      -{row}"),
        _ => page.insert(at, "and others"),
    }
    Some(at)
}

pub(crate) fn missing_subject(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    page.lines.remove(entry + 1);
    Some(entry)
}

pub(crate) fn malformed_tag(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let subject = &page.lines[entry + 1];
    let (_, title) = subject.split_once("] ").expect("a tag");
    let tag = *random.pick(&[
        "PATCH 5/3",
        "PATCH v0",
        "PATCH v0 1/2",
        "PATCH v2 3/2",
        "RFC PATCH 9/8",
    ]);
    page.lines[entry + 1] = format!("[{tag}] {title}");
    Some(entry + 1)
}

pub(crate) fn missing_author(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let author = &page.lines[entry + 2];
    match random.below(3) {
        0 => {
            page.lines[entry + 2] = author.replace("Author:", "Autor:");
            Some(entry + 2)
        }
        1 => {
            page.lines[entry + 2] = author.replace("Author: ", "");
            Some(entry + 2)
        }
        _ => {
            page.lines.remove(entry + 2);
            Some(entry + 1)
        }
    }
}

pub(crate) fn unreadable_author(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.entry(random) + 2;
    let author = &page.lines[at];
    let (name, _) = author.split_once(" <").expect("name and address");
    page.lines[at] = match random.below(3) {
        0 => name.to_owned(),
        1 => "Author:".to_owned(),
        _ => format!("{name} <>"),
    };
    Some(at)
}

pub(crate) fn missing_separator(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = *random.pick(&page.entries());
    let separator = page.separator(entry);
    match random.below(3) {
        // Too short or too long: a line of the message.
        0 => {
            page.lines[separator] = "-".repeat(69);
            return Some(separator);
        }
        1 => {
            page.lines[separator].push('-');
            return Some(separator);
        }
        _ => {}
    }
    page.lines.remove(separator);
    let before = &page.lines[..separator];
    before.iter().rposition(|line| !line.is_empty())
}

pub(crate) fn title_differs(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = page.entry(random);
    let new = &page.lines[entry];
    page.lines[entry] = match random.below(4) {
        0 => format!("{new}x"),
        1 => new.replace("New:  ", "New:  x"),
        2 => "New:  ".to_owned(),
        _ => new.to_uppercase().replace("NEW:", "New:"),
    };
    Some(entry)
}

pub(crate) fn stray_text(page: &mut Page, random: &mut Random) -> Option<usize> {
    let words = *random.pick(&["Some words.", "> New:  x", "[PATCH] x", "-- ", "Exists: x"]);
    let at = match random.below(4) {
        0 => 2,
        1 => page.find("===== Patch list") + 1 + random.below(3),
        2 => page.find("===== Patch Commit") + 1 + random.below(2),
        // Between entries; after the last one it could be its own text.
        _ => {
            let entries = page.entries();
            let entry = *random.pick(&entries[..entries.len() - 1]);
            page.separator(entry) + 1 + random.below(2)
        }
    };
    page.insert(at, words);
    // Several lines are one finding.
    if random.one_in(2) {
        page.insert(at + 1, "More words.");
    }
    Some(at)
}

pub(crate) fn exist_without_skip(page: &mut Page, random: &mut Random) -> Option<usize> {
    if let Some(skip) = page.position(" Skip: ").filter(|_| random.one_in(2)) {
        page.lines.remove(skip);
        return Some(skip - 1);
    }
    let at = page.place_for_log(random);
    let above: Vec<_> = page
        .entries()
        .into_iter()
        .filter(|&entry| entry < at)
        .collect();
    let subject = page.lines[random.pick(&above) + 1].clone();
    page.insert(at, &format!("Exist: {subject}"));
    Some(at)
}

pub(crate) fn skip_without_exist(page: &mut Page, random: &mut Random) -> Option<usize> {
    if let Some(exist) = page.position("Exist: ").filter(|_| random.one_in(2)) {
        page.lines.remove(exist);
        return Some(exist);
    }
    let at = page.place_for_log(random);
    page.insert(at, " Skip: [PATCH v2] a mail left out");
    Some(at)
}

pub(crate) fn unknown_exist(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = page.place_for_log(random);
    let below = page.entries().into_iter().find(|&entry| entry >= at);
    let subject = match below {
        // An entry that only comes later.
        Some(entry) if random.one_in(2) => page.lines[entry + 1].clone(),
        _ => "[PATCH v7 3/9] a mail that is not here".to_owned(),
    };
    page.insert(at, &format!("Exist: {subject}"));
    page.insert(at + 1, " Skip: [PATCH v2] a mail left out");
    Some(at)
}

/// The text of some messages alone.
pub(crate) fn not_a_digest(page: &mut Page, random: &mut Random) -> Option<usize> {
    let entry = *random.pick(&page.entries());
    let message = page.lines[entry + 4..page.separator(entry)].to_vec();
    page.lines = message;
    Some(0)
}
