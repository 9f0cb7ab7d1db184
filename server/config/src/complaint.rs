//! What is told about a source that could not be understood as a whole, and what was meant
//! instead of a name that nobody knows. Tests are below.

use std::fmt;

use patch_digest_core::shown;
use patch_digest_core::spelling::edits_between;

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
        .map(|known| (edits_between(name, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_name_is_suggested_and_none_from_afar() {
        let known = ["lint.profile", "lint.rules", "index.max-files"];
        assert_eq!(nearest("lint.porfile", known), Some("lint.profile"));
        assert_eq!(nearest("index.max-file", known), Some("index.max-files"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
