//! Files replaced: what stays as it was, and what is refused.

use std::fs;
use std::path::Path;

use patch_digest_files::replace::{Expected, replace};
use patch_digest_tests::temp::TempFolder;

/// Names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn content_is_replaced_and_nothing_is_left_beside() {
    let folder = TempFolder::new();
    folder.write("a.txt", "old");
    let path = folder.path().join("a.txt");
    replace(&path, Expected::Bytes(b"old"), b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    replace(&path, Expected::Anything, b"").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"");
    assert_eq!(names(folder.path()), ["a.txt"]);
}

#[test]
fn file_that_is_not_there_is_made() {
    let folder = TempFolder::new();
    let path = folder.path().join("a.txt");
    replace(&path, Expected::Anything, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    let path = folder.path().join("nowhere/a.txt");
    let refused = replace(&path, Expected::Anything, b"new");
    assert_eq!(refused, Err("no such file or directory".to_owned()));
}

#[test]
fn what_someone_else_wrote_meanwhile_is_not_lost() {
    let folder = TempFolder::new();
    let path = folder.path().join("a.txt");
    for other in ["other", "ol", "older", ""] {
        folder.write("a.txt", other);
        let refused = replace(&path, Expected::Bytes(b"old"), b"new");
        assert_eq!(
            refused,
            Err("was changed by someone else meanwhile".to_owned())
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
    }
    fs::remove_file(&path).unwrap();
    assert!(replace(&path, Expected::Bytes(b"old"), b"new").is_err());
    assert!(names(folder.path()).is_empty());
}

#[test]
fn folder_is_not_replaced() {
    let folder = TempFolder::new();
    let refused = replace(folder.path(), Expected::Anything, b"new");
    assert_eq!(refused, Err("is not a regular file".to_owned()));
}

#[cfg(unix)]
#[test]
fn mode_stays() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempFolder::new();
    let path = folder.path().join("a.txt");
    for mode in [0o600, 0o664, 0o755, 0o640] {
        folder.write("a.txt", "old");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        replace(&path, Expected::Anything, b"new").unwrap();
        let now = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(now & 0o7777, mode);
    }
}

#[cfg(unix)]
#[test]
fn link_stays_a_link_and_its_target_is_replaced() {
    use std::os::unix::fs::symlink;

    let folder = TempFolder::new();
    let other = TempFolder::new();
    other.write("real.txt", "old");
    let link = folder.path().join("link.txt");
    symlink(other.path().join("real.txt"), &link).unwrap();
    replace(&link, Expected::Bytes(b"old"), b"new").unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read(other.path().join("real.txt")).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["link.txt"]);
    assert_eq!(names(other.path()), ["real.txt"]);

    // Where a link leads nowhere, nothing is made up.
    let dangling = folder.path().join("dangling.txt");
    symlink("nowhere", &dangling).unwrap();
    assert!(replace(&dangling, Expected::Anything, b"new").is_err());
    assert_eq!(names(folder.path()), ["dangling.txt", "link.txt"]);
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "says why it looks at nothing")]
fn owner_stays_where_this_user_may_give_files_away() {
    use std::os::unix::fs::{MetadataExt, chown};

    let folder = TempFolder::new();
    folder.write("a.txt", "old");
    let path = folder.path().join("a.txt");
    if chown(&path, Some(12_345), Some(54_321)).is_err() {
        eprintln!("not tested: this user may not give files away");
        return;
    }
    replace(&path, Expected::Anything, b"new").unwrap();
    let now = fs::metadata(&path).unwrap();
    assert_eq!((now.uid(), now.gid()), (12_345, 54_321));
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "says why it looks at nothing")]
fn file_that_may_not_be_written_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempFolder::new();
    folder.write("a.txt", "old");
    let path = folder.path().join("a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("not tested: this user may write everything");
        return;
    }
    let refused = replace(&path, Expected::Anything, b"new");
    assert_eq!(refused, Err("permission denied".to_owned()));
    assert_eq!(fs::read(&path).unwrap(), b"old");
}
