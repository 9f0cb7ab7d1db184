//! Files with settings: which are found, which wins, and what becomes of those that cannot be read.

use std::fs;
use std::path::Path;

use patch_digest_config::Loader;
use patch_digest_core::lints::Profile;
use patch_digest_tests::temp::TempFolder;

fn write(folder: &Path, below: &str, text: &str) {
    let path = folder.join(below);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn nearest_file_wins_key_by_key_up_to_a_root() {
    let folder = TempFolder::new();
    let top = folder.path();
    write(
        top,
        ".patch-digest.toml",
        "[lint]\nprofile = \"maker\"\nmax-findings = 1\nreview = true\n",
    );
    write(top, "a/.patch-digest.toml", "[lint]\nmax-findings = 2\n");
    write(
        top,
        "a/b/.patch-digest.toml",
        "root = true\n[lint]\nreview = true\n",
    );
    let mut loader = Loader::new();
    let mut lint = |below: &str| {
        loader
            .settings(Some(&top.join(below)))
            .settings
            .lint
            .clone()
    };
    assert_eq!(lint("").max_findings, 1);
    assert_eq!(lint("a").max_findings, 2);
    assert_eq!(lint("a").profile, Profile::Maker);
    // A folder that does not exist has those above it.
    assert_eq!(lint("a/none/none").max_findings, 2);
    assert_eq!(lint("a/b").max_findings, 1000);
    assert_eq!(lint("a/b").profile, Profile::Reader);
    assert!(lint("a/b").review);
}

#[test]
fn changes_count_after_a_reload_only() {
    let folder = TempFolder::new();
    let top = folder.path();
    write(
        top,
        ".patch-digest.toml",
        "root = true\n[index]\nmax-files = 1\n",
    );
    let mut loader = Loader::new();
    let max_files = |loader: &mut Loader| loader.settings(Some(top)).settings.index.max_files;
    assert_eq!(max_files(&mut loader), 1);
    write(
        top,
        ".patch-digest.toml",
        "root = true\n[index]\nmax-files = 2\n",
    );
    assert_eq!(max_files(&mut loader), 1);
    assert!(loader.seen().have_changed());
    loader.reload();
    assert_eq!(max_files(&mut loader), 2);
    assert!(!loader.seen().have_changed());
    fs::remove_file(top.join(".patch-digest.toml")).unwrap();
    assert!(loader.seen().have_changed());
    loader.reload();
    assert_eq!(max_files(&mut loader), 20_000);
    // A file may come to where there was none, also further up.
    assert!(!loader.seen().have_changed());
    loader.settings(Some(&top.join("in/here")));
    write(top, "in/.patch-digest.toml", "");
    assert!(loader.seen().have_changed());
    // So may a baseline.
    let baseline = "root = true\n[lint]\nbaseline = \"known\"\n";
    write(top, ".patch-digest.toml", baseline);
    loader.reload();
    max_files(&mut loader);
    assert!(!loader.seen().have_changed());
    write(top, "known", "");
    assert!(loader.seen().have_changed());
}

#[test]
fn files_that_cannot_be_read_are_told_and_folders_are_not() {
    let folder = TempFolder::new();
    let top = folder.path();
    write(top, "latin/.patch-digest.toml", "");
    fs::write(top.join("latin/.patch-digest.toml"), b"# L\xf3pez\n").unwrap();
    write(top, "large/.patch-digest.toml", &"#\n".repeat(600_000));
    fs::create_dir_all(top.join("folder/.patch-digest.toml")).unwrap();
    let mut loader = Loader::new();
    let mut told = |below: &str| -> Vec<String> {
        let resolved = loader.settings(Some(&top.join(below)));
        resolved
            .complaints
            .iter()
            .map(|complaint| complaint.message.clone())
            .collect()
    };
    assert_eq!(told("latin"), ["cannot be read: it is not UTF-8"]);
    assert_eq!(told("large"), ["cannot be read: it is larger than 1 MiB"]);
    assert_eq!(told("folder"), [""; 0]);
}

#[test]
fn no_file_is_read_where_none_is_wanted() {
    let folder = TempFolder::new();
    write(
        folder.path(),
        ".patch-digest.toml",
        "[lint]\nreview = true\n",
    );
    let mut loader = Loader::without_files();
    assert!(!loader.settings(Some(folder.path())).settings.lint.review);
    loader.reload();
    assert!(!loader.settings(Some(folder.path())).settings.lint.review);
}
