//! Conventions of those who write patches; on only when asked for, as they differ by project:
//! the shape of `Fixes:`, misspelt trailers, the poster's `Signed-off-by:`, trailers that git does
//! not see.

use super::local::Seen;
use super::{FIXES_SHAPE, MISSING_SIGN_OFF, MISSPELT_TRAILER, Problem, TRAILER_APART};
use crate::fixes::{Edit, Repair, What};
use crate::model::people::{self, Person};
use crate::model::subject::{Kind, Subject};
use crate::shown;
use crate::spelling::edits_between;
use crate::syntax::entry::{Part, PartKind};
use crate::syntax::form;
use crate::syntax::line::{Line, Lines, lines_with};
use memchr::memmem;

/// Conventions about the trailers of an entry.
pub(super) fn entry(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let kind = seen.subject.map(Subject::kind);
    let is_patch = matches!(kind, Some(Kind::Patch | Kind::Single));
    misspelt(seen, problems);
    for part in message_trailers(seen) {
        fixes(seen.text, part, problems);
    }
    if is_patch {
        signed_off(seen, problems);
        apart(seen, problems);
    }
}

/// The trailers of the commit message: those before the cut line.
fn message_trailers<'a>(seen: &Seen<'a>) -> impl Iterator<Item = &'a Part> {
    let cut = seen.entry.cut.map_or(u32::MAX, |cut| cut.line());
    let parts = seen.entry.parts_of(PartKind::Trailer);
    parts.filter(move |part| part.line < cut)
}

fn repair(title: String, edits: Vec<Edit>, certain: bool) -> Box<Repair> {
    Box::new(Repair {
        what: What::Trailer,
        title,
        edits,
        elsewhere: Vec::new(),
        copy: None,
        certain,
    })
}

/// `Fixes: 0297cdc12a87 ("x")`: 12 digits or more and the title in quotes.
fn fixes(text: &str, part: &Part, problems: &mut Vec<Problem>) {
    let line = part.span.text(text);
    let Some(colon) =
        form::trailer(line).filter(|colon| line[..*colon].eq_ignore_ascii_case("fixes"))
    else {
        return;
    };
    let value = line[colon + 1..].trim();
    let start = part.span.start as usize + line.len() - line[colon + 1..].trim_start().len();
    let range = start..start + value.len();
    let bare = value.strip_prefix("commit ").unwrap_or(value);
    let n_digits = bare.bytes().take_while(u8::is_ascii_hexdigit).count();
    let behind = bare.get(n_digits..).unwrap_or_default();
    // A ticket or an address is another project's convention.
    if n_digits < 6 || behind.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return;
    }
    let why = if bare.len() != value.len() {
        "the word \"commit\" is too much"
    } else if n_digits < 12 {
        "the commit id has fewer than 12 digits"
    } else if n_digits > 40 {
        "the commit id is too long"
    } else if !behind.trim_start().starts_with("(\"") {
        "the title in parentheses and quotes is missing"
    } else {
        return;
    };
    let message = format!("{why}: expected Fixes: <12 digits or more> (\"<title>\")");
    problems.push(Problem::new(FIXES_SHAPE, range, message));
}

/// Trailers whose spelling is known.
const KNOWN: &[&str] = &[
    "Signed-off-by",
    "Reviewed-by",
    "Acked-by",
    "Tested-by",
    "Reported-by",
    "Suggested-by",
    "Co-developed-by",
];

/// Words that are near to those and meant.
const OTHERS: &[&str] = &[
    "Co-authored-by",
    "Requested-by",
    "Reposted-by",
    "Reworked-by",
    "Rewritten-by",
    "Rebased-by",
    "Cherry-picked-by",
    "Packed-by",
    "Hacked-by",
    "Backed-by",
    "Tracked-by",
    "Imported-by",
    "Ported-by",
    "Backported-by",
    "Supported-by",
    "Exported-by",
    "Rested-by",
    "Listed-by",
    "Noted-by",
];

fn misspelt(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let text = seen.entry.body.text(seen.text);
    let base = seen.entry.body.start as usize;
    for line in lines_with_key(text) {
        let Some(key_len) = key_like(line.text) else {
            continue;
        };
        let key = &line.text[..key_len];
        let Some(meant) = meant(key) else { continue };
        let range = base + line.start..base + line.start + key_len;
        let message = format!("\"{}\" is {meant}, misspelt", shown::plain(key));
        let mut problem = Problem::new(MISSPELT_TRAILER, range.clone(), message);
        let edit = Edit {
            range,
            text: meant.to_owned(),
        };
        problem.repair = Some(repair(format!("Write \"{meant}\""), vec![edit], true));
        problems.push(problem);
    }
}

/// The lines of a text that have a colon behind a `y`, told with less work than reading them.
fn lines_with_key(text: &str) -> impl Iterator<Item = Line<'_>> {
    let bytes = text.as_bytes();
    // Capital letters are rare, and so is a word that ends in one.
    let has_key = memmem::find(bytes, b"y:").is_some() || memmem::find(bytes, b"Y:").is_some();
    let text = if has_key { text } else { "" };
    lines_with(text, b':')
}

/// The length of what could be the key of a trailer: a word that ends in `by` and a colon, with a
/// person behind it.
fn key_like(line: &str) -> Option<usize> {
    let head = line.as_bytes().get(..line.len().min(32))?;
    if !head.first()?.is_ascii_alphabetic() {
        return None;
    }
    let colon = memchr::memchr(b':', head)?;
    let key = line.get(..colon)?;
    let shape = key
        .bytes()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b' ' | b'_'));
    let tail = key.get(key.len().checked_sub(2)?..)?;
    (shape
        && key.len() >= 7
        && tail.eq_ignore_ascii_case("by")
        && line.get(colon + 1..)?.contains('@'))
    .then_some(colon)
}

/// The trailer that a key is a misspelling of.
fn meant(key: &str) -> Option<&'static str> {
    let is = |known: &&&str| known.eq_ignore_ascii_case(key);
    if KNOWN.iter().any(|known| is(&known)) || OTHERS.iter().any(|other| is(&other)) {
        return None;
    }
    let key = key.to_ascii_lowercase();
    let distance = |known: &str| edits_between(&key, &known.to_ascii_lowercase());
    let nearest = KNOWN.iter().min_by_key(|known| distance(known))?;
    // One slip in a short word, two in a long one.
    let most = if nearest.len() > 10 { 2 } else { 1 };
    (distance(nearest) <= most).then_some(*nearest)
}

/// Whether the poster signed off. People are compared, not addresses.
fn signed_off(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    let entry = seen.entry;
    let (Some(author), Some(poster)) = (entry.author, &entry.facts().author) else {
        return;
    };
    // Only a mail with a patch in it, and one of a project where people sign off.
    let has = |kind| entry.parts_of(kind).next().is_some();
    if entry.cut.is_none() || !has(PartKind::Diffstat) || has(PartKind::ShortlogGroup) {
        return;
    }
    let mut any = false;
    for part in message_trailers(seen) {
        let line = part.span.text(seen.text);
        let Some(colon) = form::trailer(line) else {
            continue;
        };
        if !line[..colon].eq_ignore_ascii_case("signed-off-by") {
            continue;
        }
        any = true;
        if let Some(parts) = people::parse_author(line[colon + 1..].trim())
            && same_person(&parts.person, poster)
        {
            return;
        }
    }
    let message = format!(
        "{} by the poster, {}",
        if any {
            "no Signed-off-by"
        } else {
            "no Signed-off-by at all, nor one"
        },
        shown::short(&shown::plain(&poster.name), 60)
    );
    problems.push(Problem::new(MISSING_SIGN_OFF, author.span.at(0), message));
}

/// Whether two people are one: by address, by name, or by the words of a login
/// (`ankita <ankita@nvidia.com>`).
fn same_person(a: &Person, b: &Person) -> bool {
    a.email.eq_ignore_ascii_case(&b.email) || people::same_name(&a.name, &b.name)
}

/// Trailers that a blank line takes out of the block at the end of the message: git does not see
/// them.
fn apart(seen: &Seen<'_>, problems: &mut Vec<Problem>) {
    // There have to be two blocks of them.
    if message_trailers(seen).nth(1).is_none() {
        return;
    }
    let text = seen.text;
    let end = seen
        .entry
        .cut
        .map_or(seen.entry.body.end, |cut| cut.span.start) as usize;
    let start = seen.entry.body.start as usize;
    let Some(message) = text.get(start..end) else {
        return;
    };
    // The last two paragraphs, as lines: (first byte, text).
    let mut paragraphs: [Vec<(usize, &str)>; 2] = [Vec::new(), Vec::new()];
    let mut is_open = false;
    for line in Lines::new(message) {
        if line.is_blank() {
            is_open = false;
            continue;
        }
        if !is_open {
            paragraphs.swap(0, 1);
            paragraphs[1].clear();
            is_open = true;
        }
        paragraphs[1].push((start + line.start, line.text));
    }
    let is_trailer = |line: &str| form::trailer(line).is_some();
    let [above, last] = &paragraphs;
    let is_block = |lines: &[(usize, &str)]| {
        lines.first().is_some_and(|(_, line)| is_trailer(line))
            && lines
                .iter()
                .all(|(_, line)| is_trailer(line) || line.starts_with([' ', '\t', '[']))
    };
    let signs_off = last
        .iter()
        .any(|(_, line)| line.to_ascii_lowercase().starts_with("signed-off-by:"));
    let (Some((first, _)), Some((end, end_line)), Some((next, _))) =
        (above.first(), above.last(), last.first())
    else {
        return;
    };
    if !is_block(above) || !is_block(last) || !signs_off {
        return;
    }
    let range = *first..end + end_line.len();
    let message = "a blank line takes this out of the trailers below: git does not see it";
    let mut problem =
        Problem::new(TRAILER_APART, range.clone(), message).because(*next..*next, "the trailers");
    let gap = text.get(range.end..*next).unwrap_or_default();
    let line_end = if gap.starts_with("\r\n") { 2 } else { 1 };
    let edit = Edit {
        range: range.end + line_end..*next,
        text: String::new(),
    };
    problem.repair = Some(repair(
        "Take the blank line out".to_owned(),
        vec![edit],
        true,
    ));
    problems.push(problem);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_trailers_are_told_from_other_words() {
        for (key, expected) in [
            ("Singed-off-by", Some("Signed-off-by")),
            ("Signed-of-by", Some("Signed-off-by")),
            ("Signed-off by", Some("Signed-off-by")),
            ("Reviewd-by", Some("Reviewed-by")),
            ("Revieved-by", Some("Reviewed-by")),
            ("Acekd-by", Some("Acked-by")),
            ("Co-devloped-by", Some("Co-developed-by")),
            ("Sugested-by", Some("Suggested-by")),
            ("Signed-Off-By", None),
            ("Co-authored-by", None),
            ("Reported-and-tested-by", None),
            ("Requested-by", None),
            ("Helped-by", None),
            ("Debugged-by", None),
            ("Tested-by", None),
            ("Diagnosed-by", None),
        ] {
            assert_eq!(meant(key), expected, "{key}");
        }
    }

    #[test]
    fn letters_swapped_are_one_slip() {
        assert_eq!(edits_between("singed", "signed"), 1);
        assert_eq!(edits_between("", "abc"), 3);
        assert_eq!(edits_between("abc", "abc"), 0);
    }
}
