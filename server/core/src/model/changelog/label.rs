//! Labels of versions: `v3`, `RFC v2`.

use crate::model::subject::Version;

/// A version as a changelog names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Label {
    /// RFCs come before what follows them.
    pub(super) rank: Rank,
    /// None for `RFC` without a number.
    pub(super) version: Option<Version>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Rfc,
    Plain,
}

impl Label {
    pub(super) const fn plain(version: Version) -> Self {
        Self {
            rank: Rank::Plain,
            version: Some(version),
        }
    }

    pub(super) fn rfc(version: Option<Version>) -> Self {
        Self {
            rank: Rank::Rfc,
            version,
        }
    }
}

/// Whether a label may be at the start of a text, as far as its first letters tell, but for `patch v2`
/// and `version 2`, which begin with a word.
pub(super) fn may_be_label(text: &[u8]) -> bool {
    if let [b'v' | b'V', b'0'..=b'9', ..] = text {
        return true;
    }
    let small = text
        .first_chunk()
        .map(|[a, b, c]| [a | 0x20, b | 0x20, c | 0x20]);
    match small.as_ref() {
        Some(b"rfc") => true,
        Some(b"ver" | b"rev") => text.get(3) == Some(&b' '),
        Some(b"pat") => matches!(text.get(5), Some(b'v' | b'V')),
        _ => false,
    }
}

/// The label at the start of `text`, and its length.
pub(super) fn label_at(text: &str) -> Option<(Label, usize)> {
    let bytes = text.as_bytes();
    // `rfc`, `rev`, `patch`, and what begins as `version` does.
    let words: &[&str] = match bytes {
        [b'v' | b'V', b'0'..=b'9', ..] => &[],
        [b'v' | b'V', ..] => &["version ", "ver "],
        [b'r' | b'R', b'f' | b'F', ..] => return rfc_label(text),
        [b'r' | b'R', ..] => &["rev "],
        [b'p' | b'P', ..] => &["patch ", "patch"],
        _ => return None,
    };
    for word in words {
        if begins_with(text, word) {
            let rest = text.get(word.len()..)?;
            let numbered = match bytes {
                [b'p' | b'P', ..] => None,
                _ => number_label(rest),
            };
            let (version, version_len) = v_label(rest).or(numbered)?;
            return Some((Label::plain(version), word.len() + version_len));
        }
    }
    let (version, len) = v_label(text)?;
    let rest = text.get(len..)?;
    if !rest.starts_with([' ', '-']) {
        return Some((Label::plain(version), len));
    }
    // `v1 RFC`, but not `v1 RFC series`, which comes to the same.
    let rfc = [" RFC", "-RFC", " (RFC)", " [RFC]"]
        .iter()
        .find(|rfc| rest.starts_with(**rfc));
    match rfc {
        Some(rfc) => Some((Label::rfc(Some(version)), len + rfc.len())),
        None => Some((Label::plain(version), len)),
    }
}

/// The label at the start of a text that begins with `rfc`, and its length.
fn rfc_label(text: &str) -> Option<(Label, usize)> {
    const LEN: usize = "rfc".len();
    let rest = text.get(LEN..).filter(|_| begins_with(text, "rfc"))?;
    let gap = ["-", "_", " PATCH ", " patch ", " "]
        .iter()
        .find(|gap| rest.starts_with(**gap))
        .map_or(0, |gap| gap.len());
    if let Some((version, version_len)) = v_label(rest.get(gap..)?) {
        return Some((Label::rfc(Some(version)), LEN + gap + version_len));
    }
    let is_whole =
        !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '/' | '.'));
    (is_whole && text.starts_with("RFC")).then_some((Label::rfc(None), LEN))
}

/// Whether a text begins with a word, in letters of any case.
fn begins_with(text: &str, word: &str) -> bool {
    let head = text.as_bytes().get(..word.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
}

fn v_label(text: &str) -> Option<(Version, usize)> {
    let label = text.strip_prefix(['v', 'V'])?;
    let (version, len) = number_label(label)?;
    Some((version, len + 1))
}

/// `2`, `9a`, `5.5`; not the beginning of a word, path or kernel's version.
fn number_label(text: &str) -> Option<(Version, usize)> {
    let (version, rest) = Version::scan(text.as_bytes())?;
    // `v4l:`, `v3d:` are drivers.
    if version.major == 0 || version.letter.is_some_and(|letter| letter > 'c') {
        return None;
    }
    match rest {
        [b'/' | b'_' | b'@' | b'=', tail @ ..] if !matches!(tail, [b'>', ..]) => return None,
        [b'-', b'v' | b'V' | b'-' | b'>' | b' ', ..] | [b'-', b'R', b'F', b'C', ..] => {}
        [b'-', ..] => return None,
        _ => {}
    }
    Some((version, text.len() - rest.len()))
}
