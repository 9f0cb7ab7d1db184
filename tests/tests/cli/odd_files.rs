//! Files that cannot be read, and files that are no digests or hardly: a line for people and an
//! exit code, never a panic.

use std::fs;

use patch_digest_tests::corpus;
use patch_digest_tests::random::Random;
use patch_digest_tests::samples::{self, HEAD};
use patch_digest_tests::temp::TempFolder;

use crate::{Run, check, findings, run_in, run_on};

/// Length of a long line, in bytes.
const LONG_LINE: usize = 50 << 20;

/// Checks and outlines a file that has to be read to its end.
#[track_caller]
fn check_and_outline(content: &[u8]) -> Run {
    let folder = TempFolder::new();
    folder.write("a.txt", content);
    for format in ["text", "json"] {
        let run = run_in(
            folder.path(),
            &["outline", "--format", format, "a.txt"],
            b"",
        );
        assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    }
    let run = run_in(folder.path(), &["check", "a.txt"], b"");
    assert!(
        run.stderr.ends_with(" in 1 file\n") && run.stderr.lines().count() == 1,
        "{run:?}"
    );
    assert_eq!(run.code, Some(i32::from(!run.stdout.is_empty())), "{run:?}");
    run
}

// ---- Files that cannot be read

#[test]
fn file_that_cannot_be_read_is_told_in_one_line_and_others_are_read_all_the_same() {
    let folder = TempFolder::new();
    folder.write("clean.txt", samples::series());
    folder.write(
        "broken.txt",
        samples::series().replace("From fff46e5c7", "From fff46e"),
    );
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (path, cause) in [
        ("nowhere.txt", "no such file or directory"),
        ("folder", "is a folder, not a file"),
        ("folder/", "is a folder, not a file"),
        ("clean.txt/x", "not a directory"),
    ] {
        let message = format!("patch-digest: reading {path}: {cause}\n");
        let run = run_in(
            folder.path(),
            &["check", "broken.txt", path, "clean.txt"],
            b"",
        );
        assert_eq!(findings(&run), ["1:1: error[bad-header]"]);
        if path.starts_with("folder") {
            // The digests below it are checked; there are none.
            assert_eq!(run.code, Some(1), "{run:?}");
            let told = "no digest found, what git ignores left out";
            assert_eq!(
                run.stderr,
                format!("patch-digest: {path}: {told}\n1 finding in 2 files\n")
            );
        } else {
            assert_eq!(run.code, Some(2), "{run:?}");
            assert_eq!(run.stderr, format!("{message}1 finding in 2 files\n"));
        }

        for format in ["text", "json"] {
            let arguments = ["outline", "--format", format, path, "clean.txt"];
            let run = run_in(folder.path(), &arguments, b"");
            assert_eq!((run.code, &run.stderr), (Some(2), &message));
            assert!(run.stdout.contains("KVM"), "{run:?}");
        }
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "says why it looks at nothing")]
fn file_without_permission_is_told_in_one_line() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempFolder::new();
    folder.write("a.txt", samples::series());
    let path = folder.path().join("a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        eprintln!("not tested: this user may read everything");
        return;
    }
    let run = run_in(folder.path(), &["check", "a.txt"], b"");
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.stderr,
        "patch-digest: reading a.txt: permission denied\n0 findings in 0 files\n"
    );
}

// ---- Files that are no digests

#[test]
fn empty_file_is_no_digest() {
    let run = check("");
    assert_eq!(findings(&run), ["1:1: warning[not-a-digest]"]);
    assert_eq!(run.code, Some(1));
    let run = run_on("", &["outline", "a.txt"]);
    assert_eq!((run.code, &*run.stdout), (Some(0), "a.txt: no digest\n"));
}

#[test]
fn other_text_is_no_digest_and_that_is_all_there_is_to_say() {
    for text in [
        "Some notes.\n\nMore.\n",
        "From: me\nTo: you\n\n[PATCH] x\n",
        "\n\n\n",
        "\r\r",
    ] {
        let run = check_and_outline(text.as_bytes());
        assert_eq!(findings(&run), ["1:1: warning[not-a-digest]"], "{text:?}");
    }
}

#[test]
fn binary_file_is_no_digest_and_not_utf8() {
    let mut random = Random::new(1);
    let mut bytes = b"\x7fELF\x02\x01\x01\0\xff".to_vec();
    bytes.extend((0..100_000).map(|_| random.next_u64().to_le_bytes()[0]));
    let run = check_and_outline(&bytes);
    let mut codes = findings(&run);
    codes.sort_unstable();
    assert_eq!(
        codes,
        ["1:1: warning[not-a-digest]", "1:9: warning[not-utf8]"]
    );
}

// ---- Files that are hardly digests

#[test]
fn bytes_that_are_not_utf8_are_told_once_and_places_stay_right() {
    let text = samples::singles(2).replace("Author: Ann Örn <ann@example.org>\n", "");
    let mut bytes = Vec::new();
    for line in text.split_inclusive('\n') {
        match line {
            // Each ill-formed sequence is one character: a lone byte, a character that is cut off.
            "Body.\n" => bytes.extend(b"B\xe4dy \xf0\x9f\x98.\n"),
            "[PATCH] kvm: patch 1\n" => bytes.extend(b"[\xff\xfe] [PATCH 3/2] kvm: patch 1\n"),
            line => bytes.extend(line.as_bytes()),
        }
    }
    let run = check(&bytes);
    assert_eq!(
        findings(&run),
        [
            "18:1: error[missing-author]",
            "20:2: warning[not-utf8]",
            "25:1: error[missing-author]",
            "25:13: warning[malformed-tag]",
        ]
    );
    assert!(
        run.stdout
            .contains("shown as U+FFFD (and at 5 other places)"),
        "{run:?}"
    );
}

#[test]
fn line_ends_of_every_kind_and_byte_order_mark_give_the_same_outline() {
    let text = samples::series();
    let outline = |text: String| run_on(text, &["outline", "a.txt"]).stdout;
    let expected = outline(text.clone());
    assert_eq!(expected.lines().count(), 4, "{expected}");
    let mixed: String = text
        .split_inclusive('\n')
        .zip(["\n", "\r\n", "\r"].into_iter().cycle())
        .map(|(line, end)| line.replace('\n', end))
        .collect();
    for other in [
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        format!("\u{feff}{text}"),
    ] {
        assert_eq!(outline(other.clone()), expected, "{other:?}");
        assert_eq!(check(other).code, Some(0));
    }
    // A lone CR before a blank line that ends in LF is one line end, not two.
    assert!(outline(mixed).contains("kvm: 😀 first"));
}

#[test]
fn characters_that_end_no_line_end_none() {
    for odd in [
        "\0", "\u{c}", "\u{b}", "\u{85}", "\u{2028}", "\u{2029}", "\u{1c}",
    ] {
        let body = format!("Bo{odd}dy. {odd}New:  x{odd}[PATCH] x");
        let text = samples::series().replace("Body.", &body);
        let outline = run_on(&text, &["outline", "a.txt"]).stdout;
        let expected = run_on(samples::series(), &["outline", "a.txt"]).stdout;
        assert_eq!(outline, expected, "{odd:?}");

        let cover = text.rfind("Author:").unwrap();
        let run = check(format!("{}Autor:{}", &text[..cover], &text[cover + 7..]));
        // All but the form feed mislead.
        let mut expected = vec!["21:3: warning[control-character]"; usize::from(odd != "\u{c}")];
        expected.push("32:1: error[missing-author]");
        assert_eq!(findings(&run), expected, "{odd:?}");
    }
}

#[test]
fn line_of_fifty_megabytes_is_read() {
    let long = "x".repeat(LONG_LINE);
    for text in [
        long.clone(),
        samples::series().replacen("Body.", &long, 1),
        samples::series().replace("kvm: ö both", &long),
    ] {
        let run = check_and_outline(text.as_bytes());
        assert!(run.stdout.len() < 1_000, "{} bytes", run.stdout.len());
    }
}

#[test]
fn hundred_thousand_entries_are_read() {
    const N_ENTRIES: usize = 100_000;
    let text = samples::singles(N_ENTRIES);
    let run = check(&text);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""));
    let run = run_on(&text, &["outline", "a.txt"]);
    assert!(run.stdout.lines().count() > N_ENTRIES);
    let last = format!("  [PATCH] kvm: patch {}  (Ann Örn)", N_ENTRIES - 1);
    assert!(
        run.stdout.contains(&last),
        "{:?}",
        run.stdout.lines().last()
    );
}

#[test]
fn digest_cut_off_anywhere_is_read() {
    let folder = TempFolder::new();
    let mut random = Random::new(2);
    let mut names = Vec::new();
    for (name, text) in corpus::digests().unwrap() {
        // In the middle of a character, too.
        let bytes = text.replace("KVM", "K😀VM").into_bytes();
        for number in 0..60 {
            let cut = format!("{number}-{name}");
            folder.write(&cut, &bytes[..random.below(bytes.len())]);
            names.push(cut);
        }
    }
    for command in [&["check"][..], &["outline"], &["outline", "--format=json"]] {
        let names = names.iter().map(|name| &**name);
        let arguments: Vec<_> = command.iter().copied().chain(names).collect();
        let run = run_in(folder.path(), &arguments, b"");
        assert!(run.code < Some(2), "{}", run.stderr);
        if command == ["check"] {
            assert!(
                run.stderr.ends_with(" findings in 240 files\n"),
                "{}",
                run.stderr
            );
        } else {
            assert_eq!(run.stderr, "");
        }
    }
}

#[test]
fn head_alone_is_a_digest() {
    let run = check(HEAD);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""));
    let run = run_on(HEAD, &["outline", "a.txt"]);
    assert_eq!(
        run.stdout.lines().next(),
        Some("KVM fff46e5c7..a4f0e95a9  (3 mails · 3 mails without entry) :2")
    );
}
