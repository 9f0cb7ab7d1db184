//! Patterns for paths, as `.gitignore` has them without its exceptions: `*`, `?`, `[ab]`, `{a,b}`,
//! `**`. A pattern without a slash is of names, at any depth; another is of the whole path below
//! the folder that it was written in; one that ends with a slash is of all below a folder.
//! Tests are below.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for paths.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    folder: Option<PathBuf>,
    matcher: GlobMatcher,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.folder == other.folder
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads a pattern that counts from `folder`; without one it matches the end of any path. The
    /// error says what is wrong with it.
    ///
    /// # Errors
    ///
    /// Where the pattern cannot be read.
    pub fn new(text: &str, folder: Option<&Path>) -> Result<Self, String> {
        let mut glob = text.trim_start_matches("./").to_owned();
        if glob.is_empty() {
            return Err("is empty".to_owned());
        }
        if glob.ends_with('/') {
            glob.push_str("**");
        }
        let is_rooted = glob.starts_with('/');
        let has_slash = text.trim_end_matches('/').contains('/');
        if is_rooted && folder.is_some() {
            glob.remove(0);
        } else if !is_rooted && (!has_slash || folder.is_none()) && !glob.starts_with("**/") {
            glob.insert_str(0, "**/");
        }
        let matcher = GlobBuilder::new(&glob)
            .literal_separator(true)
            .build()
            .map_err(|error| error.kind().to_string())?
            .compile_matcher();
        Ok(Self {
            text: text.to_owned(),
            folder: folder.map(Path::to_owned),
            matcher,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a path, absolute or from the folder of the pattern, is meant.
    #[must_use]
    pub fn matches(&self, path: &Path) -> bool {
        match &self.folder {
            Some(folder) if path.is_absolute() => path
                .strip_prefix(folder)
                .is_ok_and(|below| self.matcher.is_match(below)),
            _ => self.matcher.is_match(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names_paths_and_folders() {
        let folder = Path::new("/home/me/kvm");
        for (pattern, path, expected) in [
            ("*.txt", "/home/me/kvm/a.txt", true),
            ("*.txt", "/home/me/kvm/old/a.txt", true),
            ("*.txt", "/home/me/other/a.txt", false),
            ("old/*.txt", "/home/me/kvm/old/a.txt", true),
            ("old/*.txt", "/home/me/kvm/new/old/a.txt", false),
            ("old/", "/home/me/kvm/old/x/a.txt", true),
            ("/old/*.txt", "/home/me/kvm/old/a.txt", true),
            ("./old/*", "/home/me/kvm/old/a.txt", true),
            ("**/old/*", "/home/me/kvm/x/old/a.txt", true),
            ("kvm-{a,b}*.txt", "/home/me/kvm/kvm-b1.txt", true),
            ("old/**", "/home/me/kvm/older/a.txt", false),
        ] {
            let pattern = Pattern::new(pattern, Some(folder)).unwrap();
            assert_eq!(
                pattern.matches(Path::new(path)),
                expected,
                "{pattern:?} {path}"
            );
        }
    }

    #[test]
    fn patterns_of_no_folder_match_ends_of_paths() {
        for (pattern, path, expected) in [
            ("*.txt", "/x/y/a.txt", true),
            ("old/*.txt", "/x/old/a.txt", true),
            ("/old/*.txt", "/x/old/a.txt", false),
            ("/x/**", "/x/old/a.txt", true),
        ] {
            let pattern = Pattern::new(pattern, None).unwrap();
            assert_eq!(
                pattern.matches(Path::new(path)),
                expected,
                "{pattern:?} {path}"
            );
        }
    }

    #[test]
    fn bad_patterns_say_what_is_wrong() {
        assert_eq!(Pattern::new("", None).unwrap_err(), "is empty");
        assert!(Pattern::new("a[", None).unwrap_err().contains("unclosed"));
        assert!(Pattern::new("{a", None).unwrap_err().contains("unclosed"));
    }
}
