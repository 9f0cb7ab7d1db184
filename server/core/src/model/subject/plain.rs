//! Tags as git writes them: `[PATCH]`, `[PATCH v2 1/3]`, `[RFC PATCH v2 00/37]`. Nearly all are so, and
//! are told in one pass over their bytes.

use super::version::{Version, digits};
use super::{Subject, Tag};

/// What [`super::parse_subject`] makes of a line that begins with such a tag and a letter or digit
/// behind one blank; `None` for any other, and for a tag with a problem.
pub(super) fn parse(line: &[u8]) -> Option<Subject> {
    let mut tag = Tag::default();
    let mut rest = line.strip_prefix(b"[")?;
    if let Some(behind) = rest.strip_prefix(b"RFC ") {
        tag.is_rfc = true;
        rest = behind;
    }
    rest = rest.strip_prefix(b"PATCH")?;
    tag.is_patch = true;
    let pos = |rest: &[u8]| line.len() - rest.len();
    if let Some(word) = rest.strip_prefix(b" v") {
        let (major, behind) = digits(word, 3).filter(|(major, _)| *major > 0)?;
        tag.version = Some(Version::plain(major));
        tag.version_range = Some(pos(word) - 1..pos(behind));
        rest = behind;
    }
    if let Some(word) = rest.strip_prefix(b" ") {
        let (number, behind) = digits(word, 6)?;
        tag.number_width = u8::try_from(word.len() - behind.len()).ok()?;
        let (total, behind) = digits(behind.strip_prefix(b"/")?, 6)?;
        if total == 0 || number > total {
            return None;
        }
        tag.number = Some(number);
        tag.total = Some(total);
        tag.number_range = Some(pos(word)..pos(behind));
        rest = behind;
    }
    let title = rest.strip_prefix(b"] ")?;
    if !title.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let title_start = pos(title);
    tag.range = 0..title_start - 1;
    tag.group = tag.range.clone();
    Some(Subject { tag, title_start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::subject::parse_groups;

    /// Whether the line has a plain tag, which must be that of the whole rule.
    fn check(line: &str) -> bool {
        let plain = parse(line.as_bytes());
        let is_plain = plain.is_some();
        if is_plain {
            assert_eq!(plain, parse_groups(line), "{line}");
        }
        is_plain
    }

    #[test]
    fn plain_tags_are_those_of_the_whole_rule() {
        for line in [
            "[PATCH] title",
            "[PATCH v2] title",
            "[PATCH 1/3] 9p: title",
            "[RFC PATCH v12 000/137] title: [a] b",
            "[PATCH v999 999999/999999] t",
        ] {
            assert!(check(line), "{line}");
        }
        for line in [
            "",
            "[PATCH]",
            "[PATCH] ",
            "[PATCH]title",
            "[PATCH]  title",
            "[PATCH] : title",
            "[PATCH] [DOC] title",
            "[PATCH v0] title",
            "[PATCH v5.5] title",
            "[PATCH v9a] title",
            "[PATCH v1000] title",
            "[PATCH 0/0] title",
            "[PATCH 4/3] title",
            "[PATCH 1/] title",
            "[PATCH 1/3 2/3] title",
            "[PATCH 1/1000000] title",
            "[PATCH net v2] title",
            "[PATCH v2",
        ] {
            assert!(!check(line), "{line}");
        }
        // Every odd letter at every place.
        for line in ["[PATCH] a", "[RFC PATCH v2 01/12] ab", "[PATCH 0/9] a"] {
            for letter in " \t[]/:.,-+0123v9VRFa(é\u{a0}".chars() {
                for at in 0..=line.len() {
                    let (head, tail) = line.split_at(at);
                    check(&format!("{head}{letter}{tail}"));
                    check(&format!("{head}{letter}{}", tail.get(1..).unwrap_or("")));
                }
            }
        }
    }
}
