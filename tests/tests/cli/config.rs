//! `config`: what holds, and where it was set.

use patch_digest_config::{Layer, Source, resolve};
use patch_digest_tests::binary;
use patch_digest_tests::temp::TempFolder;

use crate::run_in;

#[test]
fn origins_are_shown_with_file_and_line() {
    let folder = TempFolder::new();
    folder.write(".patch-digest.toml", "[lint]\nreview = true\n");
    let run = run_in(
        folder.path(),
        &["config", "--show-origin", "--profile=maker"],
        b"",
    );
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    let line = |start: &str| {
        let found = run.stdout.lines().find(|line| line.starts_with(start));
        found
            .unwrap_or_else(|| panic!("{start} in {}", run.stdout))
            .to_owned()
    };
    assert!(line("review = true").ends_with(".patch-digest.toml:2"));
    assert_eq!(line("profile"), "profile = \"maker\"  # command line");
    assert_eq!(line("max-findings"), "max-findings = 1000  # default");
    let without = run_in(
        folder.path(),
        &["config", "--no-config", "--show-origin"],
        b"",
    );
    assert!(without.stdout.contains("review = false  # default"));
}

#[test]
fn a_folder_that_is_not_there_has_no_settings() {
    let folder = TempFolder::new();
    let run = run_in(folder.path(), &["config", "nowhere"], b"");
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "patch-digest: reading nowhere: no such file or directory\n"
    );
}

#[test]
fn ci_makes_the_profile_that_of_makers_where_none_is_set() {
    let folder = TempFolder::new();
    let profile = |value: &str| {
        let output = binary::command()
            .current_dir(folder.path())
            .env("CI", value)
            .args(["config", "--show-origin"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .find(|line| line.starts_with("profile"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        profile("true"),
        "profile = \"maker\"  # environment variable CI"
    );
    assert_eq!(profile(""), "profile = \"reader\"  # default");
    folder.write(".patch-digest.toml", "[lint]\nprofile = \"reader\"\n");
    assert!(profile("true").starts_with("profile = \"reader\""));
}

#[test]
fn what_is_printed_is_a_file_that_sets_the_same() {
    let folder = TempFolder::new();
    folder.write(
        ".patch-digest.toml",
        "[lint.rules]\ntable-row = \"off\"\n[links.archives]\n\"a b\" = \"c\\\"d\"\n[queue]\nme = [\"a\", \"b\"]\n",
    );
    let first = run_in(folder.path(), &["config"], b"");
    let source = Source::Project("/x/.patch-digest.toml".into());
    let resolved = resolve([&Layer::from_toml(source, &first.stdout)]);
    assert_eq!(resolved.complaints, []);
    folder.write(".patch-digest.toml", &first.stdout);
    assert_eq!(run_in(folder.path(), &["config"], b""), first);
}

#[test]
fn what_is_odd_is_told_and_gives_exit_code_1() {
    let folder = TempFolder::new();
    folder.write(".patch-digest.toml", "[lnit]\nx = 1\n");
    let run = run_in(folder.path(), &["config"], b"");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr
            .ends_with(".patch-digest.toml:1: there is no setting `lnit`; did you mean `lint`?\n"),
        "{run:?}"
    );
}
