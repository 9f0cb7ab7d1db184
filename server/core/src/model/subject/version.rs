//! The label of a version: `v4`, `V2`, `v9a`, `v5.5`.

use std::cmp::Ordering;
use std::fmt;

use crate::eight;

/// The label of a version: `4`, `9a`, `5.5`. Ordered as people count, and no more than that:
/// which posting came first is not known from labels alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    /// The `5` of `v5.6a`.
    pub major: u32,
    /// The `6` of `v5.6a`.
    pub minor: Option<u32>,
    /// The `a` of `v5.6a`, in lower case.
    pub letter: Option<char>,
}

impl Version {
    /// The version that a tag without one means.
    pub const FIRST: Self = Self::plain(1);

    /// A version without minor number and letter.
    #[must_use]
    pub const fn plain(major: u32) -> Self {
        Self {
            major,
            minor: None,
            letter: None,
        }
    }

    /// Reads a label without its `v`: `4`, `9a`, `5.5`.
    #[must_use]
    pub fn parse(label: &str) -> Option<Self> {
        let (version, rest) = Self::scan(label.as_bytes())?;
        rest.is_empty().then_some(version)
    }

    /// Reads a label at the start of `text`; the rest begins with no letter, digit or `.1`.
    pub(crate) fn scan(text: &[u8]) -> Option<(Self, &[u8])> {
        // Series get nowhere near 1000 versions; `v20240131` is a date.
        let (major, mut rest) = digits(text, 3)?;
        let mut version = Self::plain(major);
        if let [b'.', tail @ ..] = rest
            && let Some((minor, tail)) = digits(tail, 2)
        {
            version.minor = Some(minor);
            rest = tail;
        }
        if let [letter @ (b'a'..=b'z' | b'A'..=b'Z'), tail @ ..] = rest {
            version.letter = Some(letter.to_ascii_lowercase().into());
            rest = tail;
        }
        match rest {
            [b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => None,
            [b'.', b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z', ..] => None,
            _ => Some((version, rest)),
        }
    }

    /// The label, as written with `{}`.
    pub(crate) fn label(self) -> String {
        // So are nearly all.
        if let Self {
            major: 0..10,
            minor: None,
            letter: None,
        } = self
        {
            return String::from(char::from(b'0' + self.major as u8));
        }
        self.to_string()
    }

    fn key(self) -> (u32, u32, Option<char>) {
        (self.major, self.minor.unwrap_or(0), self.letter)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // `minor` once more, so that 5 and 5.0 are not equal here and unequal elsewhere.
        (self.key(), self.minor).cmp(&(other.key(), other.minor))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        if let Some(minor) = self.minor {
            write!(f, ".{minor}")?;
        }
        self.letter.map_or(Ok(()), |letter| write!(f, "{letter}"))
    }
}

/// `v4`, `V2`, `v9a`, `v5.5`, all of it.
pub(super) fn version_word(word: &[u8]) -> Option<Version> {
    let [b'v' | b'V', label @ ..] = word else {
        return None;
    };
    let (version, rest) = Version::scan(label)?;
    rest.is_empty().then_some(version)
}

/// Kernels maintained for the long term, as trees for `[PATCH v6.1 1/3]`.
const LONG_TERM: &[(u32, u32)] = &[
    (3, 2),
    (3, 4),
    (4, 1),
    (4, 4),
    (4, 9),
    (5, 4),
    (6, 1),
    (6, 6),
];

pub(super) fn is_kernel(version: Version) -> bool {
    let Some(minor) = version.minor else {
        return false;
    };
    minor >= 10 || LONG_TERM.contains(&(version.major, minor))
}

/// At most `max` digits at the start, and what follows them; `max` is seven or less.
pub(super) fn digits(text: &[u8], max: usize) -> Option<(u32, &[u8])> {
    let (n_digits, number) = eight::number(eight::at(text, 0));
    let is_right = (n_digits > 0) & (n_digits <= max);
    is_right.then_some((u32::try_from(number).ok()?, text.get(n_digits..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_count() {
        let labels = ["1", "2", "5", "5.5", "9", "9a", "10"];
        let versions: Vec<_> = labels
            .iter()
            .filter_map(|label| Version::parse(label))
            .collect();
        assert!(versions.is_sorted());
        let shown: Vec<_> = versions.iter().map(ToString::to_string).collect();
        assert_eq!(shown, labels);
        let shown: Vec<_> = versions.iter().map(|version| version.label()).collect();
        assert_eq!(shown, labels);
    }
}
