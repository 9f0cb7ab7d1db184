//! Words in the lines of a mail that mean something wherever they stand: addresses of the web and
//! of people, paths, commit ids, references to footnotes, and what was left undecoded.
//!
//! The grammars in `syntax` colour the same words; `tests/tests/tokens.rs` holds the two against
//! each other. A line is gone through from its start to its end, with a look ahead, of no more than
//! [`MAX_URL`] bytes, where an address may begin; one that has no end is looked for once.

use std::ops::Range;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// `https://lore.kernel.org/all/`
    Url,
    /// `a.name@example.org`, or a Message-ID, which has the same shape.
    Address,
    /// `arch/x86/kvm/svm/sev.c`
    Path,
    /// 7 to 40 hexadecimal digits, letters and decimal digits among them.
    Hash,
    /// `[1]`
    Reference,
    /// `=?UTF-8?q?Carlos=20L=C3=B3pez?=`, `=3D`: left undecoded on the way to the digest.
    Damage,
}

/// A word in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it is.
    pub kind: WordKind,
    /// Its bytes in the line.
    pub range: Range<usize>,
}

/// Longest address of the web, in bytes; longer ones are none that anybody can follow.
pub const MAX_URL: usize = 2000;

/// Most words that are found in a line: one with more is nothing that anybody reads.
pub const MAX_WORDS: usize = 2000;

/// The words of a line, from left to right.
#[must_use]
pub fn words(line: &str) -> Vec<Word> {
    first_words(line, MAX_WORDS)
}

/// The first of the words of a line.
#[must_use]
pub fn first_word(line: &str) -> Option<Word> {
    first_words(line, 1).pop()
}

fn first_words(line: &str, most: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let bytes = line.as_bytes();
    let mut pos = 0;
    let mut endless = 0;
    while let Some(&byte) = bytes.get(pos).filter(|_| words.len() < most) {
        if byte.is_ascii_whitespace() {
            pos += 1;
            continue;
        }
        let rest = bytes.get(pos..).unwrap_or_default();
        let found = match byte {
            b'=' => damage(rest).map(|len| (WordKind::Damage, len)),
            b'[' => reference(line, pos).map(|len| (WordKind::Reference, len)),
            _ => None,
        };
        if let Some((kind, len)) = found {
            words.push(Word {
                kind,
                range: pos..pos + len,
            });
            pos += len;
            continue;
        }
        let len = run_len(rest);
        if len == 0 {
            // A character that no word begins with; others are skipped byte by byte, which is
            // harmless, as all that is looked for begins with ASCII.
            pos += 1;
            continue;
        }
        pos = in_run(line, pos, len, &mut endless, &mut words);
    }
    words
}

/// Bytes that words are made of; those of other scripts are letters as far as words go.
fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_.+/@-".contains(&byte)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_'
}

fn run_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_run(**byte)).count()
}

/// Finds the word that a run of bytes holds; where to go on. What begins before `endless` and goes
/// on up to there is no address.
fn in_run(
    line: &str,
    start: usize,
    len: usize,
    endless: &mut usize,
    words: &mut Vec<Word>,
) -> usize {
    let bytes = line.as_bytes();
    let end = start + len;
    let run = bytes.get(start..end).unwrap_or_default();
    // Anything but letters ends a word, so a run that another is glued to is none.
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    if bytes.get(end) == Some(&b':')
        && let Some(url) = url(line, start, end, endless)
    {
        let after = url.end;
        words.push(Word {
            kind: WordKind::Url,
            range: url,
        });
        return after;
    }
    let word = if run.contains(&b'@') {
        // `a=b@c` is one word, and no address.
        if bytes.get(end) == Some(&b'=') || before == Some(b'=') {
            None
        } else {
            address(run).map(|range| (WordKind::Address, range))
        }
    } else if run.contains(&b'/') {
        match before {
            Some(b':' | b'~' | b'=') => None,
            _ => path(run).map(|range| (WordKind::Path, range)),
        }
    } else {
        hash(run).map(|range| (WordKind::Hash, range))
    };
    if let Some((kind, range)) = word {
        words.push(Word {
            kind,
            range: start + range.start..start + range.end,
        });
    }
    end
}

/// An address of the web whose scheme is the end of the run `start..colon`.
fn url(line: &str, start: usize, colon: usize, endless: &mut usize) -> Option<Range<usize>> {
    let bytes = line.as_bytes();
    if bytes.get(colon..colon + 3) != Some(b"://") {
        return None;
    }
    let before = bytes.get(start..colon)?;
    let letters = before
        .iter()
        .rev()
        .take_while(|byte| is_letter(**byte))
        .count();
    let scheme = before.get(before.len() - letters..)?;
    if ![&b"https"[..], b"http", b"git", b"ftp", b"ssh"].contains(&scheme) {
        return None;
    }
    let url_start = colon - letters;
    // Looked for once, however many seem to begin in what has no end.
    if *endless > url_start + MAX_URL + 1 {
        return None;
    }
    let text = line.get(url_start..)?;
    let len = url_len(text);
    if len == 0 {
        *endless = url_start + text.find(ends_url).unwrap_or(text.len());
    }
    (len > letters + 3).then_some(url_start..url_start + len)
}

/// The length of the address at the start of `text`, without the punctuation of the sentence that
/// it stands in: a closing bracket belongs to it only if the opening one does.
#[must_use]
pub fn url_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut len = raw_url_len(text);
    while let Some(&last) = len.checked_sub(1).and_then(|at| bytes.get(at)) {
        let open = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'(' | b'[' | b'{' => None,
            b')' => Some(b'('),
            b']' => Some(b'['),
            b'}' => Some(b'{'),
            _ => break,
        };
        if let Some(open) = open {
            let url = bytes.get(..len).unwrap_or_default();
            let n_open = url.iter().filter(|byte| **byte == open).count();
            let n_close = url.iter().filter(|byte| **byte == last).count();
            if n_close <= n_open {
                break;
            }
        }
        len -= 1;
    }
    len
}

/// The length of the address at the start of `text`, up to where none can go on.
#[must_use]
pub fn raw_url_len(text: &str) -> usize {
    let head = text
        .get(..text.floor_char_boundary(MAX_URL + 1))
        .unwrap_or(text);
    match head.find(ends_url) {
        Some(len) => len,
        // One that goes on and on is none.
        None if head.len() < text.len() => 0,
        None => head.len(),
    }
}

/// Whether an address ends before a character.
fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\')
}

/// `=?UTF-8?q?…?=`, `=3D`, `=20` at the end of a line, or letters such as `=C3=B3`.
fn damage(bytes: &[u8]) -> Option<usize> {
    if bytes.get(1) == Some(&b'?') {
        return encoded_word(bytes);
    }
    match bytes.get(1..3)? {
        b"3D" => return Some(3),
        b"20" if bytes.len() == 3 => return Some(3),
        _ => {}
    }
    let hex = |at: usize, first: &[u8]| {
        let pair = bytes.get(at..at + 3);
        pair.is_some_and(|pair| {
            pair[0] == b'='
                && first.contains(&pair[1])
                && (pair[2].is_ascii_digit() || (b'A'..=b'F').contains(&pair[2]))
        })
    };
    if !hex(0, b"CDEF") {
        return None;
    }
    let more = (1..=3).take_while(|n| hex(n * 3, b"89AB")).count();
    (more > 0).then_some((more + 1) * 3)
}

fn encoded_word(bytes: &[u8]) -> Option<usize> {
    let charset = bytes
        .get(2..)?
        .iter()
        .take(21)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    let at = 2 + charset;
    let [b'?', b'q' | b'Q' | b'b' | b'B', b'?'] = bytes.get(at..at + 3)? else {
        return None;
    };
    let text = bytes.get(at + 3..)?;
    let len = text
        .iter()
        .take(101)
        .take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'?')
        .count();
    let is_closed = text.get(len..len + 2) == Some(b"?=");
    ((2..=20).contains(&charset) && is_closed).then_some(at + 3 + len + 2)
}

/// `[1]`, not behind a letter: `array[1]` is none.
fn reference(line: &str, at: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    if before.is_some_and(|byte| is_letter(*byte)) {
        return None;
    }
    let inside = bytes.get(at + 1..)?;
    let digits = inside
        .iter()
        .take(4)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let is_closed = inside.get(digits) == Some(&b']');
    ((1..=3).contains(&digits) && is_closed).then_some(digits + 2)
}

fn address(run: &[u8]) -> Option<Range<usize>> {
    let at = memchr::memchr(b'@', run)?;
    let local = run.get(..at)?;
    if local.is_empty() || local.len() > 100 || local.contains(&b'/') {
        return None;
    }
    let domain = run.get(at + 1..)?;
    let is_domain = |byte: &&u8| is_letter(**byte) || matches!(**byte, b'-' | b'.');
    let mut len = domain.iter().take_while(is_domain).count();
    while len > 0 && domain.get(len - 1) == Some(&b'.') {
        len -= 1;
    }
    let domain = domain.get(..len)?;
    let labels = domain.split(|byte| *byte == b'.');
    let mut n_labels = 0;
    for label in labels {
        if label.is_empty() || label.len() > 63 {
            return None;
        }
        n_labels += 1;
    }
    (2..=9).contains(&n_labels).then_some(0..at + 1 + len)
}

/// Where the kernel's tree begins: a path of these folders needs no known ending.
const FOLDERS: [&str; 23] = [
    "arch",
    "block",
    "certs",
    "crypto",
    "Documentation",
    "drivers",
    "fs",
    "include",
    "init",
    "io_uring",
    "ipc",
    "kernel",
    "lib",
    "mm",
    "net",
    "rust",
    "samples",
    "scripts",
    "security",
    "sound",
    "tools",
    "usr",
    "virt",
];

/// Endings of the names of source files.
const ENDINGS: [&str; 21] = [
    "c", "h", "S", "s", "rst", "txt", "py", "sh", "rs", "dts", "dtsi", "yml", "yaml", "json",
    "config", "go", "md", "in", "lds", "cpp", "hpp",
];

fn path(run: &[u8]) -> Option<Range<usize>> {
    let text = std::str::from_utf8(run).ok()?;
    // `.../selftests/kvm/x.c`: shortened from the left.
    let (start, inside) = match text.strip_prefix(".../") {
        Some(inside) => (4, inside),
        None => (0, text),
    };
    let (folders, name) = inside.rsplit_once('/')?;
    let begins = |folder: &str| folder.starts_with(|c: char| is_word(c) || c == '+' || c == '-');
    let n_folders = folders.split('/').take(17).count();
    if n_folders > 16 || !folders.split('/').all(|f| begins(f) && f.len() <= 61) {
        return None;
    }
    let name_start = start + folders.len() + 1;
    if let Some(len) = file_name_len(name) {
        return Some(0..name_start + len);
    }
    let first = folders.split('/').next()?;
    if start > 0 || !FOLDERS.contains(&first) {
        return None;
    }
    let len: usize = name
        .chars()
        .take_while(|c| is_word(*c) || matches!(c, '+' | '-'))
        .map(char::len_utf8)
        .sum();
    if len > 0 {
        return Some(0..name_start + len);
    }
    // `drivers/vfio/`: the folder itself.
    (n_folders > 1 && name.is_empty()).then_some(0..name_start - 1)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the name of a source file at the start of `name`: up to its last ending that is
/// known.
fn file_name_len(name: &str) -> Option<usize> {
    for (at, _) in name.rmatch_indices('.').take(8) {
        let ending = name.get(at + 1..)?;
        let len: usize = ending
            .chars()
            .take_while(|c| is_word(*c))
            .map(char::len_utf8)
            .sum();
        if at <= 60 && ENDINGS.contains(&ending.get(..len)?) {
            return Some(at + 1 + len);
        }
    }
    ["Makefile", "Kconfig", "Kbuild"].iter().find_map(|known| {
        let rest = name.strip_prefix(known)?;
        if rest.starts_with(is_word) {
            return None;
        }
        let ending = rest.strip_prefix('.').filter(|_| *known != "Kbuild");
        let len: usize = ending.map_or(0, |ending| {
            let letters = ending.chars().take(20).take_while(|c| is_word(*c));
            letters.map(char::len_utf8).sum()
        });
        Some(known.len() + if len > 0 { len + 1 } else { 0 })
    })
}

/// Letters and digits both: `defaced` and `20251114` are words and dates.
fn hash(run: &[u8]) -> Option<Range<usize>> {
    let end = run.iter().rposition(|byte| *byte != b'.')? + 1;
    let run = run.get(..end)?;
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let valid = (7..=40).contains(&run.len())
        && run.iter().all(is_hex)
        && run.iter().any(u8::is_ascii_digit)
        && run.iter().any(u8::is_ascii_lowercase);
    valid.then_some(0..run.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use WordKind as K;

    #[track_caller]
    fn check(line: &str, expected: &[(WordKind, &str)]) {
        let found = words(line);
        let found: Vec<_> = found
            .iter()
            .map(|word| (word.kind, &line[word.range.clone()]))
            .collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn addresses_of_the_web_end_before_the_punctuation_of_the_sentence() {
        for (line, url) in [
            ("See https://e.org/a.", "https://e.org/a"),
            ("(see https://e.org/a)", "https://e.org/a"),
            ("<https://e.org/a>,", "https://e.org/a"),
            ("[https://e.org/a]: x", "https://e.org/a"),
            ("https://e.org/a_(b)", "https://e.org/a_(b)"),
            ("(https://e.org/a_(b)).", "https://e.org/a_(b)"),
            ("url=\"http://e.org/?q=1&r=[2]\"", "http://e.org/?q=1&r=[2]"),
            ("https://e.org/ü/x", "https://e.org/ü/x"),
            ("git://git.kernel.org/x.git", "git://git.kernel.org/x.git"),
        ] {
            check(line, &[(K::Url, url)]);
        }
        check("xhttps://e.org javascript://x https://", &[]);
        check(&format!("https://e.org/{}", "x".repeat(5000)), &[]);
        let endless = "http://".repeat(1000);
        let end = &endless[..MAX_URL / 7 * 7];
        check(&endless, &[(K::Url, end)]);
        check(
            &format!("{endless} {endless}>"),
            &[(K::Url, end), (K::Url, end)],
        );
    }

    #[test]
    fn people_and_messages_have_addresses() {
        check("Ann <ann@e.org>, b@c", &[(K::Address, "ann@e.org")]);
        check(
            "20251219155222.1383109-1-s.b@arm.com.",
            &[(K::Address, "20251219155222.1383109-1-s.b@arm.com")],
        );
        check("a/b@c.d a@@b.c @x.y git@ e@a..b", &[]);
    }

    #[test]
    fn paths_have_a_known_beginning_or_end() {
        for (line, path) in [
            ("in arch/x86/kvm/svm/sev.c:", "arch/x86/kvm/svm/sev.c"),
            (".../selftests/kvm/x.c, y", ".../selftests/kvm/x.c"),
            ("`tools/testing/selftests`", "tools/testing/selftests"),
            ("drivers/vfio/", "drivers/vfio"),
            ("a/b.c.orig", "a/b.c"),
            ("x/Makefile.am", "x/Makefile.am"),
            ("(kvm/Kconfig)", "kvm/Kconfig"),
        ] {
            check(line, &[(K::Path, path)]);
        }
        check("and/or a/b //x /dev/null ~/x.c a:b/c.c tools/", &[]);
    }

    #[test]
    fn commit_ids_have_letters_and_digits() {
        check(
            "commit d02e48830e3f (\"x\") and 0123abc.",
            &[(K::Hash, "d02e48830e3f"), (K::Hash, "0123abc")],
        );
        check("defaced 20251114 v6.19-rc6-182-ge944fe2c09f4 12ab34", &[]);
    }

    #[test]
    fn references_stand_apart_from_letters() {
        check(
            "as in [1][2], ([3])",
            &[
                (K::Reference, "[1]"),
                (K::Reference, "[2]"),
                (K::Reference, "[3]"),
            ],
        );
        check("array[1] [1234] [x] [", &[]);
    }

    #[test]
    fn what_was_left_undecoded_is_damage() {
        check(
            "=?UTF-8?q?L=C3=B3pez?= L=C3=B3pez ?h=3Dx a = b =20",
            &[
                (K::Damage, "=?UTF-8?q?L=C3=B3pez?="),
                (K::Damage, "=C3=B3"),
                (K::Damage, "=3D"),
                (K::Damage, "=20"),
            ],
        );
    }

    #[test]
    fn words_stand_in_order_on_character_boundaries() {
        let pieces = [
            "ü", "a@b.c", "/", "=3D", "[1]", "https://", "😀", " ", "0abc123", ".",
        ];
        let mut line = String::new();
        for idx in 0..pieces.len() * pieces.len() {
            line.push_str(pieces[idx % pieces.len()]);
            line.push_str(pieces[idx / pieces.len()]);
        }
        let mut end = 0;
        for word in words(&line) {
            assert!(word.range.start >= end && word.range.start < word.range.end);
            assert!(line.get(word.range.clone()).is_some());
            end = word.range.end;
        }
    }
}
