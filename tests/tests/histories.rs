//! Which postings are one work, and what changed from version to version.

use std::fmt::Write as _;

use expect_test::expect_file;
use patch_digest_core::Digest;
use patch_digest_core::workspace::history::Role;
use patch_digest_core::workspace::since::PatchChange;
use patch_digest_core::workspace::{Contribution, History, Workspace};
use patch_digest_tests::corpus;

fn workspace() -> Workspace {
    let mut workspace = Workspace::default();
    for (name, text) in corpus::digests().unwrap() {
        workspace.set(&name, Contribution::of(&Digest::parse(&text)));
    }
    workspace
}

fn add_history(text: &mut String, workspace: &Workspace, history: &History) {
    let _ = writeln!(text, "{}", history.title());
    for (idx, version) in history.versions.iter().enumerate() {
        let _ = write!(text, "  {}", version.label);
        for posting in &version.postings {
            let role = match posting.role {
                Role::Lead => "",
                Role::Part => "part ",
                Role::Repeat => "repeat ",
            };
            let _ = write!(text, " {role}{}#{}", posting.place.key, posting.place.entry);
        }
        if let Some(by) = version.known_by {
            let _ = write!(text, " not shown, {by:?}");
        }
        if let Some(n_patches) = version.n_patches {
            let _ = write!(text, " {n_patches} patches");
        }
        if let Some(changes) = version.changes {
            let _ = write!(
                text,
                " {} files +{} -{}",
                changes.files, changes.insertions, changes.deletions
            );
        }
        if let Some(day) = version.day {
            let _ = write!(text, " {day}");
        }
        let _ = writeln!(text);
        if !version.gist.is_empty() {
            let _ = writeln!(text, "    {}", version.gist);
        }
        if let Some(url) = &version.url {
            let _ = writeln!(text, "    {url}");
        }
        let since = history
            .shown_before(idx)
            .and_then(|old| workspace.since(history, old, idx));
        let Some(since) = since else { continue };
        let _ = writeln!(
            text,
            "    since {}, {} files unchanged",
            since.old, since.n_files_same
        );
        for file in &since.files {
            let _ = writeln!(text, "      {} {:?} {:?}", file.path, file.old, file.new);
        }
        for patch in &since.patches {
            let _ = match patch {
                PatchChange::New(title) => writeln!(text, "      new: {title}"),
                PatchChange::Gone(title) => writeln!(text, "      gone: {title}"),
                PatchChange::Renamed { old, new } => writeln!(text, "      {old} -> {new}"),
            };
        }
    }
}

#[test]
fn histories_of_the_real_digests() {
    let workspace = workspace();
    let mut text = String::new();
    for work in workspace.works() {
        let place = &work[0];
        let history = workspace.history(&place.key, place.entry).unwrap();
        if history.versions.len() > 1 || history.versions[0].postings.len() > 1 {
            add_history(&mut text, &workspace, &history);
        }
    }
    let path = format!("{}/golden/histories.txt", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&text);
}
