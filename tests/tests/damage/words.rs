//! Damage to words: letters, addresses, footnotes, trailers.

use patch_digest_tests::random::Random;

use crate::page::Page;

/// Puts a paragraph of one line in front of a message; its line.
fn paragraph(page: &mut Page, random: &mut Random, line: &str) -> usize {
    let entries = page.entries();
    let entry = *random.pick(&entries);
    let first = page.lines[entry + 3..]
        .iter()
        .position(|line| !line.is_empty());
    let at = entry + 3 + first.expect("a message");
    page.insert(at, line);
    page.insert(at + 1, "");
    at
}

pub(crate) fn bad_url(page: &mut Page, random: &mut Random) -> Option<usize> {
    let start = *random.pick(&[
        "https:/",
        "http//",
        "htps://",
        "https:///",
        "http:/",
        "https://http://",
    ]);
    let line = format!("See {start}lore.kernel.org/kvm/ for more of it.");
    Some(paragraph(page, random, &line))
}

pub(crate) fn control_character(page: &mut Page, random: &mut Random) -> Option<usize> {
    let letter = *random.pick(&[
        '\u{202e}', '\u{200b}', '\u{2066}', '\u{7}', '\u{1b}', '\u{feff}', '\u{85}',
    ]);
    let at = page.line_of_a_message(random);
    let line = &page.lines[at];
    // Within a word of prose: elsewhere it may damage what the line is.
    let is_prose = line
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b" ,.'".contains(&b))
        && line.len() > 20;
    if !is_prose {
        return None;
    }
    page.lines[at].insert(10, letter);
    if random.one_in(2) {
        page.lines[at].insert(10, letter);
    }
    Some(at)
}

/// A name that no mail here has, in the three ways in which names are damaged.
const NAMES: &[[&str; 2]] = &[
    ["Thomas Wei脽schuh", "=?UTF-8?q?Thomas=20Wei=C3=9Fschuh?="],
    ["André NuÃ±ez", "=?utf-8?b?QW5kcsOpIE51w7Fleg==?="],
    ["Jakub LĂłpez", "=?iso-8859-2?q?Jakub_L=F3pez?="],
];

fn damaged_name(page: &mut Page, random: &mut Random, way: usize) -> usize {
    let name = random.pick(NAMES)[way];
    let line = match random.below(3) {
        0 => format!("Reported-by: {name} <a@example.org>"),
        1 => format!("Thanks to {name} for the report."),
        _ => format!("Cc: {name} <a@example.org>"),
    };
    paragraph(page, random, &line)
}

pub(crate) fn wrong_charset(page: &mut Page, random: &mut Random) -> Option<usize> {
    Some(damaged_name(page, random, 0))
}

pub(crate) fn encoded_word(page: &mut Page, random: &mut Random) -> Option<usize> {
    Some(damaged_name(page, random, 1))
}

pub(crate) fn quoted_printable(page: &mut Page, random: &mut Random) -> Option<usize> {
    match random.below(3) {
        0 => {
            let line = "See https://git.example.org/log/?h=3Dnext for more of it.";
            Some(paragraph(page, random, line))
        }
        1 => Some(paragraph(
            page,
            random,
            "Thanks to L=C3=B3pez for the report.",
        )),
        _ => {
            let start = "See https://lore.kernel.org/all/";
            let id = "20251219155222.1383109-1-somebody.with.a.long.name";
            let cut = 75 - start.len() - random.below(3);
            let line = format!("{start}{}=", &id[..cut]);
            let at = paragraph(page, random, &line);
            page.insert(at + 1, &format!("{}@example.org/", &id[cut..]));
            Some(at)
        }
    }
}

pub(crate) fn footnote_missing(page: &mut Page, random: &mut Random) -> Option<usize> {
    let number = 20 + random.below(9);
    let line = *random.pick(&[
        "This is how it was done before, see [N].",
        "It was found by the tests in [N] some time ago.",
    ]);
    Some(paragraph(
        page,
        random,
        &line.replace('N', &number.to_string()),
    ))
}

pub(crate) fn footnote_twice(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = paragraph(page, random, "[29] https://example.org/first");
    let colon = if random.one_in(2) { ":" } else { "" };
    page.insert(at + 1, &format!("[29]{colon} https://example.org/second"));
    Some(at + 1)
}

/// A trailer of somebody in a patch with its poster's own, in front of that.
fn trailer(page: &mut Page, random: &mut Random, line: &str) -> Option<usize> {
    let signed: Vec<_> = (0..page.lines.len())
        .filter(|at| page.lines[*at].starts_with("Signed-off-by: "))
        .filter(|at| page.lines.get(at + 1).is_some_and(|next| next == "---"))
        .filter(|at| {
            // Not in a cover letter.
            let mut above = page.lines[..*at].iter().rev();
            let subject = above.find(|line| line.starts_with('[') && line.contains("PATCH"));
            subject.is_some_and(|line| !line.contains(" 0/") && !line.contains(" 00/"))
        })
        .collect();
    if signed.is_empty() {
        return None;
    }
    let at = *random.pick(&signed);
    page.insert(at, line);
    Some(at)
}

pub(crate) fn fixes_shape(page: &mut Page, random: &mut Random) -> Option<usize> {
    let value = *random.pick(&[
        "0297cdc1 (\"kvm: Break it\")",
        "commit 0297cdc12a87 (\"kvm: Break it\")",
        "0297cdc12a87",
        "0297cdc12a87 kvm: Break it",
    ]);
    trailer(page, random, &format!("Fixes: {value}"))
}

pub(crate) fn misspelt_trailer(page: &mut Page, random: &mut Random) -> Option<usize> {
    let key = *random.pick(&[
        "Reviewd-by",
        "Tested-bY-by",
        "Ackd-by",
        "Suggessted-by",
        "Reveiwed-by",
    ]);
    let key = if key == "Tested-bY-by" {
        "Testd-by"
    } else {
        key
    };
    trailer(page, random, &format!("{key}: Ann Brown <ann@example.org>"))
}

pub(crate) fn trailer_apart(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = trailer(page, random, "Tested-by: Ann Brown <ann@example.org>")?;
    // The whole block above has to be trailers.
    let first = at
        - page.lines[..at]
            .iter()
            .rev()
            .take_while(|line| !line.is_empty())
            .count();
    let block = &page.lines[first..at];
    if !block
        .iter()
        .all(|line| line.contains("-by: ") || line.starts_with("Cc: "))
    {
        return None;
    }
    page.insert(at + 1, "");
    Some(first)
}

/// The poster's own is gone.
pub(crate) fn missing_sign_off(page: &mut Page, random: &mut Random) -> Option<usize> {
    let at = trailer(page, random, "Signed-off-by: Ann Brown <ann@example.org>")?;
    let entry = page.lines[..at]
        .iter()
        .rposition(|line| line.starts_with("New:  "))?;
    // One of several findings with the same text could not be told from the others.
    let author = &page.lines[entry + 2];
    if page.lines.iter().filter(|line| *line == author).count() > 2 {
        return None;
    }
    let poster = page.lines[entry + 2].strip_prefix("Author: ")?;
    let email = poster.split('<').nth(1)?.to_owned();
    let name = poster.split(" <").next()?.to_owned();
    let is_own = |line: &String| {
        line.starts_with("Signed-off-by: ") && (line.contains(&email) || line.contains(&name))
    };
    let has_diffstat = page.lines[at..page.separator(entry)]
        .iter()
        .any(|line| line.contains(" changed, "));
    let own: Vec<_> = (entry..page.separator(entry))
        .filter(|at| is_own(&page.lines[*at]))
        .collect();
    if !has_diffstat || own.is_empty() {
        return None;
    }
    for at in own.into_iter().rev() {
        page.lines.remove(at);
    }
    Some(entry + 2)
}
