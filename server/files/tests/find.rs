//! What is found below folders with odd things in them, and what is told of the rest.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use patch_digest_files::Stamp;
use patch_digest_files::find::{
    Cap, Known, Limits, Others, Report, Skip, find, find_again, find_among, find_siblings,
};
use patch_digest_tests::corpus;
use patch_digest_tests::samples;
use patch_digest_tests::temp::TempFolder;

/// Digests found below a folder: paths relative to it, in order.
fn names_in(folder: &Path, limits: &Limits) -> (Vec<String>, Report) {
    names_below(folder, &[folder.to_owned()], limits)
}

fn names_below(base: &Path, folders: &[PathBuf], limits: &Limits) -> (Vec<String>, Report) {
    let found = Mutex::new(Vec::new());
    let report = find(folders, limits, &AtomicBool::new(false), |digest| {
        assert!(digest.text.starts_with("From "), "{}", digest.text);
        let path = digest.path.strip_prefix(base).unwrap();
        found
            .lock()
            .unwrap()
            .push(path.to_str().unwrap().to_owned());
    });
    let mut names = found.into_inner().unwrap();
    names.sort();
    assert_eq!(report.n_digests, names.len());
    assert!(!report.cancelled);
    (names, report)
}

fn write(folder: &TempFolder, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn first_line_decides_and_not_the_name() {
    let folder = TempFolder::new();
    write(&folder, "a.txt", samples::series());
    write(&folder, "b", samples::series());
    write(&folder, "deep/er/c.patch", samples::singles(1));
    write(&folder, "bom.txt", format!("\u{feff}{}", samples::series()));
    write(&folder, "notes.txt", "Some notes.\n");
    write(&folder, "empty.txt", "");
    write(&folder, "later.txt", format!("\n{}", samples::series()));
    write(&folder, "cr.txt", samples::series().replace('\n', "\r"));
    let found = Mutex::new(Vec::new());
    let report = find(
        &[folder.path().to_owned()],
        &Limits::default(),
        &AtomicBool::new(false),
        |digest| found.lock().unwrap().push(digest.path),
    );
    let mut found = found.into_inner().unwrap();
    found.sort();
    let expected = ["a.txt", "b", "bom.txt", "cr.txt", "deep/er/c.patch"];
    let expected = expected.map(|name| folder.path().join(name));
    assert_eq!(found, expected);
    assert_eq!(report.n_files, 8);
    assert_eq!(report.n_skipped(), 0, "{report:?}");
}

#[test]
fn what_git_ignores_and_what_is_hidden_is_left_alone() {
    let folder = TempFolder::new();
    write(&folder, ".gitignore", "old/\n*.bak\n");
    for name in [
        "a.txt",
        "a.bak",
        "old/b.txt",
        "x/old/c.txt",
        ".git/d",
        ".e.txt",
    ] {
        write(&folder, name, samples::series());
    }
    let (names, report) = names_in(folder.path(), &Limits::default());
    assert_eq!(names, ["a.txt"]);
    assert_eq!(report.n_skipped(), 0);
}

#[test]
fn odd_files_are_left_out_and_counted() {
    let folder = TempFolder::new();
    write(&folder, "a.txt", samples::series());
    write(&folder, "huge.txt", samples::singles(50));
    write(&folder, "binary", b"\x7fELF\x02\x01\x01\0\0");
    write(&folder, "nul.txt", samples::series().replace("kvm", "k\0m"));
    write(
        &folder,
        "latin.txt",
        [samples::series().as_bytes(), b"\xe4\n"].concat(),
    );
    let limits = Limits {
        bytes: samples::series().len() as u64 + 2,
        ..Limits::default()
    };
    let (names, report) = names_in(folder.path(), &limits);
    assert_eq!(names, ["a.txt", "latin.txt"]);
    assert_eq!(
        report.skipped,
        BTreeMap::from([(Skip::Huge, 1), (Skip::Binary, 2)])
    );
    assert_eq!(report.skipped_in_words(), "1 too large, 2 binary");
    assert_eq!(report.examples[&Skip::Huge], folder.path().join("huge.txt"));
    assert_eq!(report.caps, []);
}

#[cfg(unix)]
#[test]
fn fifos_sockets_and_devices_are_not_opened() {
    let folder = TempFolder::new();
    write(&folder, "a.txt", samples::series());
    let fifo = folder.path().join("fifo.txt");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.txt")).unwrap();
    // Nobody ever writes into the FIFO: opening it as usual would wait for ever.
    let (names, report) = names_in(folder.path(), &Limits::default());
    assert_eq!(names, ["a.txt"]);
    assert_eq!(report.skipped, BTreeMap::from([(Skip::NoFile, 3)]));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_round_in_circles_and_nothing_is_found_twice() {
    use std::os::unix::fs::symlink;

    let elsewhere = TempFolder::new();
    write(&elsewhere, "far/away.txt", samples::series());
    let folder = TempFolder::new();
    write(&folder, "in/a.txt", samples::series());
    write(&folder, "in/b.txt", samples::series());
    let at = |name: &str| folder.path().join(name);
    symlink("..", at("in/up")).unwrap();
    symlink("self", at("self")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("in/a.txt", at("again.txt")).unwrap();
    symlink("in", at("also")).unwrap();
    symlink(elsewhere.path(), at("other")).unwrap();
    symlink(elsewhere.path().join("far/away.txt"), at("z.txt")).unwrap();
    let (names, report) = names_in(folder.path(), &Limits::default());
    // The link that is walked first names what is nowhere else.
    assert_eq!(names, ["in/a.txt", "in/b.txt", "other/far/away.txt"]);
    assert!(report.skipped[&Skip::Link] >= 3, "{report:?}");
    assert_eq!(report.skipped.len(), 1, "{report:?}");

    // A folder that is itself named by a link is no different.
    symlink(at("in"), elsewhere.path().join("way")).unwrap();
    fs::remove_file(at("in/up")).unwrap();
    let (names, _) = names_in(&elsewhere.path().join("way"), &Limits::default());
    assert_eq!(names, ["a.txt", "b.txt"]);
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "says why it looks at nothing")]
fn what_may_not_be_read_is_counted() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempFolder::new();
    write(&folder, "a.txt", samples::series());
    write(&folder, "secret.txt", samples::series());
    write(&folder, "vault/b.txt", samples::series());
    let close = |name: &str, mode| {
        let path = folder.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    close("secret.txt", 0o000);
    close("vault", 0o000);
    let may_read_everything = fs::read(folder.path().join("secret.txt")).is_ok();
    let result = names_in(folder.path(), &Limits::default());
    close("vault", 0o700);
    if may_read_everything {
        eprintln!("not tested: this user may read everything");
        return;
    }
    let (names, report) = result;
    assert_eq!(names, ["a.txt"]);
    assert_eq!(report.skipped, BTreeMap::from([(Skip::Unreadable, 2)]));
}

#[test]
fn folder_that_is_not_there_is_counted_as_unreadable() {
    let folder = TempFolder::new();
    let (names, report) = names_in(&folder.path().join("nowhere"), &Limits::default());
    assert!(names.is_empty());
    assert_eq!(report.skipped, BTreeMap::from([(Skip::Unreadable, 1)]));
}

#[test]
fn caps_are_told_and_keep_the_first_in_order() {
    let folder = TempFolder::new();
    for name in ["a/1.txt", "a/2.txt", "b/3.txt", "b/c/4.txt", "z.txt"] {
        write(&folder, name, samples::series());
    }
    write(&folder, "a/0-notes.txt", "Some notes.\n");
    let all = ["a/1.txt", "a/2.txt", "b/3.txt", "b/c/4.txt", "z.txt"];
    let check = |limits: Limits, expected: &[&str], told: &[&str]| {
        let (names, report) = names_in(folder.path(), &limits);
        assert_eq!(names, expected, "{limits:?}");
        assert_eq!(report.caps_in_words(&limits), told, "{limits:?}");
    };
    let limits = Limits::default();
    check(limits.clone(), &all, &[]);
    let five = Limits {
        digests: 5,
        ..limits.clone()
    };
    check(five, &all, &[]);
    let three = Limits {
        digests: 3,
        ..limits.clone()
    };
    check(
        three,
        &all[..3],
        &["the limit of 3 digests was reached, the rest is not known"],
    );
    let files = Limits {
        files: 3,
        ..limits.clone()
    };
    check(
        files,
        &all[..2],
        &["the limit of 3 files was reached, the rest was not looked at"],
    );
    let depth = Limits { depth: 2, ..limits };
    let told = "folders more than 2 levels deep were not looked into";
    let (names, report) = names_in(folder.path(), &depth);
    assert_eq!(names, ["a/1.txt", "a/2.txt", "b/3.txt", "z.txt"]);
    assert_eq!(report.caps, [Cap::Depth]);
    assert_eq!(report.caps_in_words(&depth), [told]);
}

#[test]
fn folders_in_one_another_and_files_are_searched_once() {
    let folder = TempFolder::new();
    write(&folder, "a.txt", samples::series());
    write(&folder, "sub/b.txt", samples::series());
    let folders = ["sub", "", "a.txt"].map(|name| folder.path().join(name));
    let (names, report) = names_below(folder.path(), &folders, &Limits::default());
    assert_eq!(names, ["a.txt", "sub/b.txt"]);
    assert_eq!(report.n_files, 2);
}

#[test]
fn folder_in_another_is_searched_where_the_other_would_not_look() {
    let folder = TempFolder::new();
    write(&folder, ".gitignore", "old/\n");
    for name in ["a.txt", ".hidden/b.txt", "old/c.txt", "x/y/z/d.txt"] {
        write(&folder, name, samples::series());
    }
    let limits = Limits {
        depth: 2,
        ..Limits::default()
    };
    let folders = ["", ".hidden", "old", "x/y/z"].map(|name| folder.path().join(name));
    let (names, _) = names_below(folder.path(), &folders, &limits);
    assert_eq!(
        names,
        [".hidden/b.txt", "a.txt", "old/c.txt", "x/y/z/d.txt"]
    );
    let (names, _) = names_in(folder.path(), &limits);
    assert_eq!(names, ["a.txt"]);
}

#[test]
fn siblings_of_a_file_are_those_in_its_folder_alone() {
    let folder = TempFolder::new();
    for name in ["a.txt", "b.txt", "sub/c.txt"] {
        write(&folder, name, samples::series());
    }
    let found = Mutex::new(Vec::new());
    let file = folder.path().join("b.txt");
    let report = find_siblings(
        &file,
        &Limits::default(),
        &AtomicBool::new(false),
        |digest| {
            found.lock().unwrap().push(digest.path);
        },
    );
    let mut found = found.into_inner().unwrap();
    found.sort();
    assert_eq!(
        found,
        ["a.txt", "b.txt"].map(|name| folder.path().join(name))
    );
    assert_eq!(report.caps, []);
}

#[test]
fn search_among_some_files_finds_of_them_what_a_search_of_all_finds() {
    let folder = TempFolder::new();
    write(&folder, ".gitignore", "old/\n");
    for name in [
        "a.txt",
        "b.txt",
        "sub/c.txt",
        "sub/in/d.txt",
        "old/e.txt",
        "no/f.txt",
    ] {
        write(&folder, name, samples::series());
    }
    let among = ["b.txt", "sub", "old/e.txt", "gone.txt"].map(|name| folder.path().join(name));
    let found = Mutex::new(Vec::new());
    let folders = [folder.path().to_owned()];
    let limits = Limits {
        depth: 2,
        ..Limits::default()
    };
    find_among(
        &folders,
        &among,
        &limits,
        &AtomicBool::new(false),
        |digest| {
            found.lock().unwrap().push(digest.path);
        },
    );
    let mut found = found.into_inner().unwrap();
    found.sort();
    assert_eq!(
        found,
        ["b.txt", "sub/c.txt"].map(|name| folder.path().join(name))
    );
}

/// What is known of a folder that is searched over and over.
#[derive(Default)]
struct Looks {
    stamps: HashMap<PathBuf, Stamp>,
    others: Others,
}

impl Looks {
    /// Searches once more: what was read, and what was known.
    fn look(&mut self, folder: &Path, limits: &Limits) -> (Vec<String>, Vec<String>, Report) {
        let old = std::mem::take(&mut self.stamps);
        let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
        let (read, kept) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let new = Mutex::new(HashMap::new());
        let known = Known {
            others: &mut self.others,
            is_known: &|path, stamp| old.get(path) == Some(stamp),
            keep: &|path| {
                new.lock().unwrap().insert(path.to_owned(), old[path]);
                kept.lock().unwrap().push(name(path));
            },
        };
        let folders = [folder.to_owned()];
        let report = find_again(&folders, limits, &AtomicBool::new(false), known, |found| {
            read.lock().unwrap().push(name(&found.path));
            if let Some(stamp) = found.stamp {
                new.lock().unwrap().insert(found.path, stamp);
            }
        });
        self.stamps = new.into_inner().unwrap();
        let sorted = |names: Mutex<Vec<String>>| {
            let mut names = names.into_inner().unwrap();
            names.sort();
            names
        };
        let (fresh_names, fresh) = names_in(folder, limits);
        let (read, kept) = (sorted(read), sorted(kept));
        let mut names = [&read[..], &kept].concat();
        names.sort();
        assert_eq!(names, fresh_names);
        assert_eq!(report, fresh);
        (read, kept, report)
    }
}

/// Longer than a file counts as one that may be changing.
const SETTLING: Duration = Duration::from_millis(2_200);

#[test]
fn second_search_reads_what_is_new_and_what_changed() {
    let folder = TempFolder::new();
    for name in ["a.txt", "b.txt", "c.txt", "sub/d.txt"] {
        write(&folder, name, samples::series());
    }
    write(&folder, "notes.txt", "Some notes.\n");
    write(&folder, "binary", b"\0\0");
    write(&folder, "huge.txt", samples::singles(50));
    let limits = Limits {
        bytes: samples::series().len() as u64 + 100,
        ..Limits::default()
    };
    let all = ["a.txt", "b.txt", "c.txt", "sub/d.txt"];
    let mut looks = Looks::default();
    let path = folder.path();
    assert_eq!(looks.look(path, &limits).0, all);
    // What changed a moment ago may change again, and look the same.
    assert_eq!(looks.look(path, &limits).0, all);
    thread::sleep(SETTLING);
    assert_eq!(looks.look(path, &limits).0, all);
    let (read, kept, report) = looks.look(path, &limits);
    assert!(read.is_empty(), "{read:?}");
    assert_eq!(kept, all);
    assert_eq!(
        report.skipped,
        BTreeMap::from([(Skip::Huge, 1), (Skip::Binary, 1)])
    );
    // The same length, and the times of before.
    let times = fs::metadata(path.join("a.txt")).unwrap();
    let text = samples::series().replace("kvm", "mvk");
    write(&folder, "a.txt", text);
    let times = fs::FileTimes::new().set_modified(times.modified().unwrap());
    let file = fs::File::options().append(true).open(path.join("a.txt"));
    file.unwrap().set_times(times).unwrap();
    write(&folder, "notes.txt", samples::series());
    write(&folder, "b.txt", "Some notes.\n");
    fs::remove_file(path.join("sub/d.txt")).unwrap();
    fs::rename(path.join("c.txt"), path.join("e.txt")).unwrap();
    write(&folder, "new.txt", samples::series());
    let (read, kept, _) = looks.look(path, &limits);
    let changed = if cfg!(unix) {
        &["a.txt", "e.txt", "new.txt", "notes.txt"][..]
    } else {
        &["e.txt", "new.txt", "notes.txt"]
    };
    assert_eq!(read, changed);
    assert_eq!(kept.is_empty(), cfg!(unix), "{kept:?}");
}

#[test]
fn second_search_keeps_to_the_limit_of_digests() {
    let folder = TempFolder::new();
    for name in ["b.txt", "c.txt", "d.txt"] {
        write(&folder, name, samples::series());
    }
    write(&folder, "a.txt", "Some notes.\n");
    let limits = Limits {
        digests: 2,
        ..Limits::default()
    };
    thread::sleep(SETTLING);
    let mut looks = Looks::default();
    let path = folder.path();
    assert_eq!(looks.look(path, &limits).0, ["b.txt", "c.txt"]);
    assert_eq!(looks.look(path, &limits).1, ["b.txt", "c.txt"]);
    fs::remove_file(path.join("b.txt")).unwrap();
    let (read, kept, report) = looks.look(path, &limits);
    assert_eq!(
        (&read[..], &kept[..]),
        (&["d.txt".to_owned()][..], &["c.txt".to_owned()][..])
    );
    assert_eq!(report.caps, []);
}

#[test]
fn search_that_is_cancelled_ends_soon_and_says_so() {
    let folder = TempFolder::new();
    for number in 0..300 {
        write(&folder, &format!("{number}.txt"), samples::series());
    }
    let folders = [folder.path().to_owned()];
    let cancel = AtomicBool::new(false);
    let report = find(&folders, &Limits::default(), &cancel, |_| {
        cancel.store(true, Ordering::Relaxed);
    });
    assert!(report.cancelled);
    assert!(report.n_digests < 100, "{report:?}");
    let report = find(&folders, &Limits::default(), &cancel, |_| {});
    assert!(report.cancelled);
    assert_eq!(report.n_digests, 0);
}

#[test]
fn real_digests_are_found_with_their_text() {
    let found = Mutex::new(BTreeMap::new());
    let folder = corpus::folder();
    find(
        &[folder],
        &Limits::default(),
        &AtomicBool::new(false),
        |digest| {
            found.lock().unwrap().insert(digest.path, digest.text);
        },
    );
    let found = found.into_inner().unwrap();
    assert_eq!(found.len(), 4);
    for (path, text) in found {
        assert_eq!(text, fs::read_to_string(path).unwrap());
    }
}
