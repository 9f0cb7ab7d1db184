//! Which folders are searched: the workspace folders with all that is below them, and the folders
//! of open digests outside of those, which are not looked into any deeper.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder that is searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Root {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whether the folders in it are searched as well.
    pub(crate) is_deep: bool,
    /// Workspace folders in it, which are searched with it: they may be hidden or ignored there, and
    /// links between them and the rest lead to one digest only if one search sees them all.
    pub(crate) inner: Vec<PathBuf>,
}

impl Root {
    /// Whether what happened to a file or folder may concern files in it.
    pub(crate) fn may_hold(&self, path: &Path) -> bool {
        let is_in = if self.is_deep {
            path.starts_with(&self.path)
        } else {
            path.parent() == Some(&self.path)
        };
        // A folder goes with all that is in it, which is told as one.
        is_in || self.path.starts_with(path)
    }
}

/// The folders to search for these workspace folders and open digests.
pub(crate) fn roots<'a>(
    folders: &[PathBuf],
    open: impl Iterator<Item = &'a Path>,
) -> BTreeSet<Root> {
    let mut roots = BTreeSet::new();
    for folder in folders {
        let lies_in = |other: &PathBuf| other != folder && folder.starts_with(other);
        if !folders.iter().any(lies_in) {
            let inner = folders.iter().filter(|other| *other != folder);
            let mut inner: Vec<_> = inner.filter(|other| other.starts_with(folder)).collect();
            inner.sort();
            roots.insert(Root {
                path: folder.clone(),
                is_deep: true,
                inner: inner.into_iter().cloned().collect(),
            });
        }
    }
    for file in open {
        let Some(parent) = file.parent() else {
            continue;
        };
        if !folders.iter().any(|folder| file.starts_with(folder)) {
            let path = parent.to_owned();
            roots.insert(Root {
                path,
                is_deep: false,
                inner: Vec::new(),
            });
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folders: &[&str], open: &[&str], expected: &[(&str, bool, &[&str])]) {
        let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        let found = roots(&folders, open.iter().map(Path::new));
        let expected = expected.iter().map(|(path, is_deep, inner)| Root {
            path: path.into(),
            is_deep: *is_deep,
            inner: inner.iter().map(PathBuf::from).collect(),
        });
        assert_eq!(found, expected.collect());
    }

    #[test]
    fn folders_in_one_another_are_one_and_single_files_have_their_siblings() {
        check(&[], &[], &[]);
        check(&["/a"], &["/a/b/c.txt"], &[("/a", true, &[])]);
        check(
            &["/a/c", "/a", "/a/b", "/ab"],
            &[],
            &[("/a", true, &["/a/b", "/a/c"]), ("/ab", true, &[])],
        );
        check(&[], &["/a/x.txt", "/a/y.txt"], &[("/a", false, &[])]);
        check(
            &["/a"],
            &["/b/x.txt"],
            &[("/a", true, &[]), ("/b", false, &[])],
        );
    }
}
