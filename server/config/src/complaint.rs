//! What is told about a source that could not be understood as a whole, and what was meant
//! instead of a name that nobody knows. Tests are below.

use std::fmt;

use patch_digest_core::shown;

use crate::layers::Origin;

/// Something in a source that was left out. Shown as `path:line: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong and what to do; one line, harmless to show, without a full stop.
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// Something out of a source, in a message.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", shown::short(&shown::plain(text), 60))
}

/// `; did you mean `x`?`, or nothing where no known name is near.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}

/// The known name that a mistyped one most likely stands for.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer ones are no slips of the pen, and the comparison is quadratic.
    if name.len() > 64 {
        return None;
    }
    let most = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, &in_a) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &in_b) in b.iter().enumerate() {
            let replaced = above[column] + usize::from(in_a != in_b);
            let mut best = replaced.min(above[column + 1] + 1).min(line[column] + 1);
            let swapped = row > 0 && column > 0 && in_a == b[column - 1] && a[row - 1] == in_b;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_slips_of_the_pen() {
        for (a, b, expected) in [
            ("", "", 0),
            ("profile", "profile", 0),
            ("profil", "profile", 1),
            ("porfile", "profile", 1),
            ("profiles", "profile", 1),
            ("abc", "xyz", 3),
            ("", "ab", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn nearest_name_is_suggested_and_none_from_afar() {
        let known = ["lint.profile", "lint.rules", "index.max-files"];
        assert_eq!(nearest("lint.porfile", known), Some("lint.profile"));
        assert_eq!(nearest("index.max-file", known), Some("index.max-files"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
