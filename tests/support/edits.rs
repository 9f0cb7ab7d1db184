//! Random edits, and what must hold after each: a digest kept under edits is the digest parsed
//! afresh.

use std::ops::Range;

use patch_digest_core::Digest;
use patch_digest_core::features::{folding, outline};
use patch_digest_core::lints::{self, CheckOptions, Profile};
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::text::Text;

use crate::random::Random;

/// One edit of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace, on character boundaries.
    pub range: Range<usize>,
    /// What takes their place.
    pub insert: String,
}

/// Pieces of text that mean something to the parser, alone or beside others.
const PIECES: &[&str] = &[
    "New:  title\n",
    "New:  title\n[PATCH 1/2] title\nAuthor: A <a@b.c>\n\nbody\n",
    "New: loose\n",
    "[PATCH v2 0/3] title\n",
    "[1] https://example.org/\n",
    "Author: A Name <a@b.c>\n",
    "----------------------------------------------------------------------\n",
    "\n----------------------------------------------------------------------\n\n",
    "---\n",
    "Exist: [PATCH] title\n",
    " Skip: [PATCH] title\n",
    "Exist: [PATCH] title\n Skip: [PATCH] title\n",
    "===== Patch list in this time period =====\n",
    "===== Patch Commit Messages ====\n",
    "Top 15 contributors (Based on Email Body)\n",
    "Top 15 contributor Email domains (Based on Email Body)\n",
    "     12  A Name <a@b.c>\n",
    "From fff46e5c7 to a4f0e95a9\n",
    "KVM mailing list update from fff46e5c7 to a4f0e95a9\n",
    "A Name (2):\n  first title\n  second title\n    that goes on\n",
    " a/b.c | 12 +++---\n 1 file changed, 3 insertions(+), 3 deletions(-)\n",
    "Signed-off-by: A Name <a@b.c>\n",
    "Changes in v2:\n- x\n",
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "-",
    "N",
    "ü",
    "😀",
    "\u{2028}",
    "\u{c}",
    "\0",
    "\u{feff}",
];

/// A random edit of `text`: mostly small, often at a place that matters.
pub fn random_edit(random: &mut Random, text: &str) -> Edit {
    let start = interesting_offset(random, text);
    let end = match random.below(10) {
        0..5 => start,
        5..8 => start + random.below(4),
        8 => start + random.below(120),
        _ => start + random.below(2000),
    };
    let end = ceil_boundary(text, end.min(text.len()));
    let insert = match random.below(12) {
        0..3 => "x".to_owned(),
        3..8 => (*random.pick(PIECES)).to_owned(),
        8 => String::new(),
        9 => {
            let from = floor_boundary(text, random.below(text.len() + 1));
            let to = ceil_boundary(text, (from + random.below(300)).min(text.len()));
            text[from..to].to_owned()
        }
        10 => format!("{}{}", random.pick(PIECES), random.pick(PIECES)),
        _ => {
            let piece = *random.pick(PIECES);
            piece[..floor_boundary(piece, random.below(piece.len() + 1))].to_owned()
        }
    };
    Edit {
        range: start..end,
        insert,
    }
}

/// Line starts and line ends are where blocks begin.
fn interesting_offset(random: &mut Random, text: &str) -> usize {
    let any = floor_boundary(text, random.below(text.len() + 1));
    match random.below(4) {
        0 => any,
        1 => text[..any].rfind(['\n', '\r']).map_or(0, |at| at + 1),
        2 => text[any..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| any + at),
        _ => {
            let marks = [
                "New:", "[PATCH", "Author:", "-----", "Exist:", " Skip:", "=====",
            ];
            let mark = *random.pick(&marks);
            let found = text[any..]
                .find(mark)
                .map(|at| any + at)
                .or_else(|| text.find(mark));
            found.map_or(any, |at| {
                floor_boundary(text, (at + random.below(3)).min(text.len()))
            })
        }
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

fn ceil_boundary(text: &str, offset: usize) -> usize {
    text.ceil_char_boundary(offset)
}

/// Applies an edit to a digest and checks all that must hold.
///
/// # Errors
///
/// What does not hold.
pub fn apply_and_check(
    digest: &mut Digest,
    text: &mut String,
    edit: &Edit,
    deep: bool,
) -> Result<(), String> {
    let older = digest.clone();
    let reparse = digest.edit(edit.range.clone(), &edit.insert);
    text.replace_range(edit.range.clone(), &edit.insert);
    check_equal(digest, text, deep)?;

    // A letter typed inside a message reparses that entry at most.
    let is_letter = edit.insert == "x" && edit.range.is_empty();
    if let Some(place) = older
        .blocks()
        .at_offset(edit.range.start)
        .filter(|_| is_letter)
    {
        let in_line = text[..edit.range.start]
            .rsplit(['\n', '\r'])
            .next()
            .unwrap_or_default();
        let lines_in = older.text().line_of(edit.range.start) - place.line();
        let plain =
            !in_line.is_empty() && in_line.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
        if place.block.kind == BlockKind::Entry && lines_in > 4 && plain {
            let block = place.range();
            if reparse.parsed.start < block.start || reparse.parsed.end > block.end + 1 {
                return Err(format!(
                    "a letter at {} reparsed {:?} of block {block:?}",
                    edit.range.start, reparse.parsed
                ));
            }
        }
    }
    Ok(())
}

/// Compares a digest with the parse of its text.
///
/// # Errors
///
/// The first difference.
pub fn check_equal(digest: &Digest, text: &str, deep: bool) -> Result<(), String> {
    if digest.text().to_text() != text {
        return Err("the text differs".to_owned());
    }
    let fresh = Digest::parse(text);
    let mut blocks = digest.blocks().iter();
    for expected in fresh.blocks().iter() {
        let Some(found) = blocks.next() else {
            return Err(format!("no block at {:?}", expected.range()));
        };
        if found.block != expected.block || found.before != expected.before {
            return Err(format!("block {found:?}\nexpected {expected:?}"));
        }
    }
    if blocks.next().is_some() {
        return Err("a block too many".to_owned());
    }
    let total: usize = fresh.blocks().iter().map(|place| place.block.len).sum();
    if total != text.len() || digest.blocks().sum().bytes != total {
        return Err(format!(
            "blocks have {total} bytes, the text {}",
            text.len()
        ));
    }
    check_lines(digest, text)?;
    check_lines(&fresh, text)?;
    if deep {
        let in_two = Digest::parse_in_two(text.to_owned(), |first, second| {
            second();
            first();
        });
        let blocks = |digest: &Digest| -> Vec<_> {
            let places = digest.blocks().iter();
            places
                .map(|place| (place.before, place.block.clone()))
                .collect()
        };
        if blocks(&in_two) != blocks(&fresh) || in_two.text().to_text() != text {
            return Err("parsed in two, the blocks differ".to_owned());
        }
        if in_two.model() != fresh.model() {
            return Err("parsed in two, the models differ".to_owned());
        }
        if digest.model() != fresh.model() {
            return Err("the models differ".to_owned());
        }
        if outline::outline(digest) != outline::outline(&fresh) {
            return Err("the outlines differ".to_owned());
        }
        let all = CheckOptions {
            review: true,
            ..CheckOptions::new(Profile::Maker)
        };
        // One after the other, as what is found is kept.
        for options in [CheckOptions::default(), all] {
            let found = |digest| lints::check_with(digest, &options);
            if found(digest) != found(&fresh) {
                return Err(format!("the problems differ with {options:?}"));
            }
        }
        if folding::folding(digest) != folding::folding(&fresh) {
            return Err("the folds differ".to_owned());
        }
        check_outline(&outline::outline(digest), 0..text.len(), text)?;
    }
    Ok(())
}

/// Compares the lines of a digest, which a parse has counted, with those of its text.
fn check_lines(digest: &Digest, text: &str) -> Result<(), String> {
    let expected = Text::new(text);
    if digest.blocks().sum().line_breaks + 1 != expected.n_lines() {
        return Err("the blocks have other line breaks than the text".to_owned());
    }
    if digest.text().n_lines() != expected.n_lines() {
        return Err("the number of lines differs".to_owned());
    }
    for place in digest.blocks().iter() {
        let Range { start, end } = place.range();
        for offset in [start, start.midpoint(end), end] {
            let line = expected.line_of(offset);
            let start = expected.line_start(line);
            if (
                digest.text().line_of(offset),
                digest.text().line_start(line),
            ) != (line, start)
            {
                return Err(format!(
                    "byte {offset} is not in line {line}, which is at {start}"
                ));
            }
        }
    }
    Ok(())
}

/// What every client relies on: focus within range, children within parents, nothing empty.
fn check_outline(rows: &[outline::Row], within: Range<usize>, text: &str) -> Result<(), String> {
    for row in rows {
        let Range { start, end } = row.range.clone();
        let inside = within.start <= start && end <= within.end;
        let focused =
            start <= row.focus.start && row.focus.start <= row.focus.end && row.focus.end <= end;
        if !inside || !focused || row.name.trim().is_empty() {
            return Err(format!("outline row {row:?} within {within:?}"));
        }
        let on_boundary = |at: usize| text.is_char_boundary(at);
        if ![start, end, row.focus.start, row.focus.end]
            .into_iter()
            .all(on_boundary)
        {
            return Err(format!("outline row {row:?} cuts a character"));
        }
        check_outline(&row.children, row.range.clone(), text)?;
    }
    Ok(())
}

/// Runs `n_edits` random edits on a text that starts as `seed_text`.
///
/// # Errors
///
/// The seed, the number of the edit and what did not hold after it.
pub fn run(seed: u64, seed_text: &str, n_edits: usize) -> Result<(), String> {
    let mut random = Random::new(seed);
    let mut text = seed_text.to_owned();
    let mut digest = Digest::parse(&text);
    for number in 0..n_edits {
        // Small texts meet the corner cases more often than long ones.
        if text.len() > 30_000 || random.one_in(200) {
            let from = floor_boundary(&text, random.below(text.len()));
            let to = ceil_boundary(&text, (from + random.below(3000)).min(text.len()));
            text = text[from..to].to_owned();
            digest = Digest::parse(&text);
        }
        let edit = random_edit(&mut random, &text);
        let before = text.clone();
        let deep = number % 8 == 0;
        apply_and_check(&mut digest, &mut text, &edit, deep).map_err(|error| {
            format!("seed {seed}, edit {number}: {edit:?}\n{error}\non the text {before:?}")
        })?;
    }
    Ok(())
}
