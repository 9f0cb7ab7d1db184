//! The file of marks: several programs at once, changes by others, trouble with files.

use std::fs;
use std::path::PathBuf;
use std::thread;

use patch_digest_core::queue::marks::{Key, Marked, Marks};
use patch_digest_core::workspace::Label;
use patch_digest_files::marks::{MarksFile, default_path};
use patch_digest_tests::temp::TempFolder;

fn marked(title: &str, note: &str) -> Marked {
    Marked {
        title: title.to_owned(),
        poster: "a@example.org".to_owned(),
        version: Label::parse("v1").unwrap(),
        mark: "waiting".parse().unwrap(),
        note: note.to_owned(),
    }
}

fn note(file: &mut MarksFile, title: &str, note: &str) -> Result<(), String> {
    file.change(|marks| marks.set(marked(title, note), &[]))
}

#[test]
fn is_made_with_its_folder_when_something_is_noted() {
    let folder = TempFolder::new();
    let path = folder.path().join("a/b/marks");
    let mut file = MarksFile::new(path.clone());
    assert_eq!(file.read().unwrap(), &Marks::default());
    assert!(!path.exists());
    note(&mut file, "t", "n").unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# patch-digest marks 1\nt\ta@example.org\tv1\twaiting\tn\n"
    );
    let names: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["marks"]);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = TempFolder::new();
    let path = folder.path().join("profile");
    for text in ["echo mine\n", "# notes\n"] {
        fs::write(&path, text).unwrap();
        let told = note(&mut MarksFile::new(path.clone()), "t", "n").unwrap_err();
        assert!(told.contains("is something else: expected"), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&path, "\n").unwrap();
    note(&mut MarksFile::new(path), "t", "n").unwrap();
}

#[test]
fn what_others_write_is_seen_and_kept() {
    let folder = TempFolder::new();
    let path = folder.path().join("marks");
    let mut mine = MarksFile::new(path.clone());
    let mut other = MarksFile::new(path);
    note(&mut mine, "mine", "1").unwrap();
    note(&mut other, "other", "2").unwrap();
    assert!(mine.is_stale());
    let key = Key::new("other", "a@example.org");
    assert_eq!(mine.read().unwrap().get(&key).unwrap().note, "2");
    note(&mut mine, "mine", "3").unwrap();
    assert_eq!(other.read().unwrap().iter().count(), 2);
}

#[test]
fn many_at_once_lose_nothing() {
    let folder = TempFolder::new();
    let path: PathBuf = folder.path().join("marks");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = path.clone();
            scope.spawn(move || {
                let mut file = MarksFile::new(path);
                for round in 0..25 {
                    note(&mut file, &format!("series {writer} {round}"), "n").unwrap();
                }
            });
        }
    });
    let mut file = MarksFile::new(path);
    assert_eq!(file.read().unwrap().iter().count(), 100);
    assert_eq!(file.read().unwrap().troubles(), []);
}

#[test]
fn what_cannot_be_read_is_told_and_left_alone() {
    let folder = TempFolder::new();
    let path = folder.path().join("marks");
    fs::write(&path, b"\xff\xfe").unwrap();
    let mut file = MarksFile::new(path.clone());
    let problem = file.read().unwrap_err();
    assert!(problem.contains("is not UTF-8"), "{problem}");
    assert_eq!(note(&mut file, "t", "n").unwrap_err(), problem);
    assert_eq!(fs::read(&path).unwrap(), b"\xff\xfe");

    let mut file = MarksFile::new(folder.path().to_owned());
    assert!(file.read().unwrap_err().contains("is not a regular file"));
}

#[test]
fn a_newer_format_is_not_changed() {
    let folder = TempFolder::new();
    let path = folder.path().join("marks");
    fs::write(&path, "# patch-digest marks 7\n").unwrap();
    let mut file = MarksFile::new(path.clone());
    assert!(
        note(&mut file, "t", "n")
            .unwrap_err()
            .contains("newer patch-digest")
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# patch-digest marks 7\n"
    );
}

#[test]
fn the_state_folder_of_the_user_is_where_they_are() {
    let path = |variables: &'static [(&'static str, &'static str)]| {
        default_path(move |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).into())
        })
    };
    for (variables, expected) in [
        (
            &[("XDG_STATE_HOME", "/s"), ("HOME", "/h")][..],
            Some("/s/patch-digest/marks"),
        ),
        (
            &[("XDG_STATE_HOME", "s"), ("HOME", "/h")],
            Some("/h/.local/state/patch-digest/marks"),
        ),
        (&[("HOME", "")], None),
        (&[], None),
    ] {
        assert_eq!(
            path(variables),
            expected.map(PathBuf::from),
            "{variables:?}"
        );
    }
}
