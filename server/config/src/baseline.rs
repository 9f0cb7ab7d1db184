//! A baseline: findings that are known and not told again. A text file, a line for each: rule,
//! fingerprint, file, sorted, so that it can be kept in git. Files are named from its folder.
//! Tests are below.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use patch_digest_core::shown;

/// The name that is proposed for such a file.
pub const FILE_NAME: &str = ".patch-digest-baseline";

/// Known findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    /// Rule, fingerprint, file.
    known: BTreeSet<(String, String, String)>,
}

impl Baseline {
    /// Reads a baseline; what could not be read is told as line and message.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<(u32, String)>) {
        let mut baseline = Self::default();
        let mut complaints = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim_end_matches('\r');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.splitn(3, ' ');
            match (parts.next(), parts.next(), parts.next()) {
                (Some(code), Some(name), Some(file)) if is_fingerprint(name) => {
                    baseline.add(code, name, file);
                }
                _ => complaints.push((
                    number,
                    "expected rule, fingerprint and file; the line is ignored".to_owned(),
                )),
            }
        }
        (baseline, complaints)
    }

    /// Adds a finding.
    pub fn add(&mut self, code: &str, fingerprint: &str, file: &str) {
        self.known
            .insert((code.to_owned(), fingerprint.to_owned(), file.to_owned()));
    }

    /// Whether a finding is known.
    #[must_use]
    pub fn knows(&self, code: &str, fingerprint: &str, file: &str) -> bool {
        self.known
            .contains(&(code.to_owned(), fingerprint.to_owned(), file.to_owned()))
    }

    /// Number of findings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::from(
            "# Findings that are known, written by `patch-digest check --write-baseline`:\n\
             # rule, fingerprint, file.\n",
        );
        let mut lines: Vec<_> = self.known.iter().collect();
        lines.sort_by_key(|(code, name, file)| (file, code, name));
        for (code, name, file) in lines {
            text.push_str(&format!("{code} {name} {file}\n"));
        }
        text
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// How a baseline in `folder` calls a file: the way from there, with slashes; its whole path where
/// both have nothing in common. Both paths are absolute and without `..`.
#[must_use]
pub fn name_of(file: &Path, folder: &Path) -> String {
    let names = |path: &Path| -> Vec<String> {
        let parts = path.components().filter_map(|part| match part {
            Component::CurDir => None,
            Component::RootDir => Some(String::new()),
            part => Some(part.as_os_str().to_string_lossy().into_owned()),
        });
        parts.collect()
    };
    let (file, folder) = (names(file), names(folder));
    let pairs = file.iter().zip(&folder);
    let n_common = pairs.take_while(|(file, folder)| file == folder).count();
    let name = match file.get(n_common..) {
        // The root is nothing to have in common.
        Some(rest) if n_common > 1 || n_common == folder.len() => {
            let up = vec!["..".to_owned(); folder.len() - n_common];
            [&up, rest].concat().join("/")
        }
        _ => file.join("/"),
    };
    shown::plain(&name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut baseline = Baseline::default();
        baseline.add("bad-header", "0123456789abcdef", "old/a b.txt");
        baseline.add("table-row", "fedcba9876543210", "a.txt");
        assert_eq!(
            baseline.to_text().lines().skip(2).collect::<Vec<_>>(),
            [
                "table-row fedcba9876543210 a.txt",
                "bad-header 0123456789abcdef old/a b.txt",
            ]
        );
        assert_eq!(
            Baseline::parse(&baseline.to_text()),
            (baseline.clone(), vec![])
        );
        assert!(baseline.knows("table-row", "fedcba9876543210", "a.txt"));
        assert!(!baseline.knows("table-row", "fedcba9876543210", "b.txt"));
    }

    #[test]
    fn damaged_lines_are_told_and_the_rest_counts() {
        let text = "<<<<<<< HEAD\r\nbad-header 0123456789abcdef a.txt\r\nbad-header 12 b.txt\n";
        let (baseline, complaints) = Baseline::parse(text);
        assert_eq!(baseline.len(), 1);
        assert_eq!(
            complaints.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [1, 3]
        );
    }

    #[test]
    fn files_are_named_from_the_folder() {
        for (file, expected) in [
            ("/home/me/lists/kvm/a.txt", "a.txt"),
            ("/home/me/lists/lkml/a.txt", "../lkml/a.txt"),
            ("/home/me/a.txt", "../../a.txt"),
            ("/srv/a.txt", "/srv/a.txt"),
        ] {
            let folder = Path::new("/home/me/lists/kvm");
            assert_eq!(name_of(Path::new(file), folder), expected);
        }
        let folder = Path::new("/kvm");
        for (file, expected) in [
            ("/kvm/a.txt", "a.txt"),
            ("/kvm/./old/a b.txt", "old/a b.txt"),
            ("/other/a.txt", "/other/a.txt"),
            ("/kvm/a\n.txt", "a\u{fffd}.txt"),
        ] {
            assert_eq!(name_of(Path::new(file), folder), expected);
        }
    }
}
