//! What repairs a problem: edits of the text, and the repaired words alone, for copying.
//!
//! A digest is a record of mail: nothing here is applied unasked. A check that knows how to put
//! right what it found says so in [`Problem::repair`]; this file makes of it what an editor offers
//! and what the command line applies. Applying a fix removes its finding and brings no new one:
//! `tests/tests/damage` holds every rule to that.

use std::ops::Range;

use crate::digest::Digest;
use crate::lints::{self, CheckOptions, Problem};

/// A replacement of a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes replaced; empty for an insertion.
    pub range: Range<usize>,
    /// What stands there then.
    pub text: String,
}

/// What a repair puts right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A person's name.
    Name,
    /// A title.
    Title,
    /// An address of the web.
    Link,
    /// Some words.
    Words,
    /// A number.
    Count,
    /// A trailer.
    Trailer,
    /// What holds a digest together.
    Structure,
}

impl What {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Link => "link",
            Self::Words => "words",
            Self::Count => "count",
            Self::Trailer => "trailer",
            Self::Structure => "structure",
        }
    }
}

/// How a problem is put right, as far as the check that found it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What is repaired.
    pub what: What,
    /// What it does, for a list to choose from: `Write "Carlos López"`.
    pub title: String,
    /// The edits, ascending and apart from each other.
    pub edits: Vec<Edit>,
    /// The same damage at other places of the digest, which this finding stands for.
    pub elsewhere: Vec<Edit>,
    /// The repaired words, to be copied where the digest stays as it is.
    pub copy: Option<String>,
    /// Whether nothing else can be meant: only such are applied by a command for all.
    pub certain: bool,
}

/// A fix to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does: `Write "Carlos López" everywhere (4 places)`.
    pub title: String,
    /// Its edits, ascending and apart from each other.
    pub edits: Vec<Edit>,
    /// Whether nothing else can be meant.
    pub certain: bool,
}

/// Repaired words to copy: what a reader wants who leaves the digest as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// What they are.
    pub what: What,
    /// The words.
    pub text: String,
}

/// The fixes of a problem, the one to prefer first.
#[must_use]
pub fn of(problem: &Problem) -> Vec<Fix> {
    let Some(repair) = problem.repair.as_deref() else {
        return Vec::new();
    };
    let mut fixes = vec![Fix {
        title: repair.title.clone(),
        edits: repair.edits.clone(),
        certain: repair.certain,
    }];
    if !repair.elsewhere.is_empty() {
        let edits = everywhere(repair);
        fixes.push(Fix {
            title: format!("{} everywhere ({} places)", repair.title, edits.len()),
            edits,
            certain: repair.certain,
        });
    }
    fixes
}

/// The repaired words of a problem; none where nothing is left of them, as of an empty title.
#[must_use]
pub fn copy_of(problem: &Problem) -> Option<Copy> {
    let repair = problem.repair.as_deref()?;
    Some(Copy {
        what: repair.what,
        text: repair.copy.clone().filter(|text| !text.is_empty())?,
    })
}

fn everywhere(repair: &Repair) -> Vec<Edit> {
    let mut edits = [&repair.edits[..], &repair.elsewhere].concat();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits
}

/// The edits of all certain fixes of some problems, ascending and apart from each other; of two
/// that touch each other the first is taken.
#[must_use]
pub fn certain(problems: &[Problem]) -> Vec<Edit> {
    let repairs = problems
        .iter()
        .filter_map(|problem| problem.repair.as_deref())
        .filter(|repair| repair.certain);
    let mut groups: Vec<Vec<Edit>> = repairs.map(everywhere).collect();
    groups.sort_by_key(|edits| edits.first().map(|edit| edit.range.start));
    let mut chosen: Vec<Edit> = groups.into_iter().flatten().collect();
    chosen.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut end = None;
    chosen.retain(|edit| {
        let apart = end.is_none_or(|end| edit.range.start > end);
        if apart {
            end = Some(edit.range.end);
        }
        apart
    });
    chosen
}

/// The text with edits (ascending and apart from each other) applied; every other byte stays.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.range.start).unwrap_or_default());
        result.push_str(&edit.text);
        done = edit.range.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

/// A text after everything certain was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text.
    pub text: String,
    /// Number of places that were changed.
    pub n_places: usize,
}

/// Fixes that overlap wait for the next round; so many are enough for any damage seen.
const MOST_ROUNDS: usize = 8;

/// Fixes everything certain that the rules find which are on. `None` when there is nothing to do.
/// Not for a text that stands for bytes which are not UTF-8: they would be lost.
#[must_use]
pub fn fix_all(digest: &Digest, options: &CheckOptions) -> Option<Fixed> {
    let mut fixed: Option<Fixed> = None;
    let mut digest = digest.clone();
    for _ in 0..MOST_ROUNDS {
        let edits = certain(&lints::check_with(&digest, options));
        if edits.is_empty() {
            break;
        }
        let text = apply(&digest.text().to_text(), &edits);
        digest = Digest::parse(&text);
        let n_places = edits.len() + fixed.map_or(0, |fixed| fixed.n_places);
        fixed = Some(Fixed { text, n_places });
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit {
            range,
            text: text.to_owned(),
        }
    }

    #[test]
    fn every_other_byte_stays() {
        let edits = [edit(1..2, "XY"), edit(3..3, "-"), edit(4..6, "")];
        assert_eq!(apply("a\u{e9}b\r\nc", &[]), "a\u{e9}b\r\nc");
        assert_eq!(apply("abcdefg", &edits), "aXYc-dg");
    }

    #[test]
    fn of_two_edits_that_touch_the_first_is_taken() {
        let problem = |edits: Vec<Edit>| {
            let mut problem = Problem::new(lints::STRAY_TEXT, 0..1, "");
            problem.repair = Some(Box::new(Repair {
                what: What::Words,
                title: String::new(),
                edits,
                elsewhere: Vec::new(),
                copy: None,
                certain: true,
            }));
            problem
        };
        let problems = [
            problem(vec![edit(0..4, "a"), edit(8..9, "b")]),
            problem(vec![edit(2..5, "c")]),
            problem(vec![edit(9..10, "d")]),
        ];
        assert_eq!(certain(&problems), [edit(0..4, "a"), edit(8..9, "b")]);
    }
}
