//! Tokens: where the grammar colours the same words, in order on character boundaries, and after every
//! edit what they would be if they were made afresh.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use patch_digest_core::Digest;
use patch_digest_core::features::tokens::{Kept, Relative, TokenKind, tokens};
use patch_digest_core::text::Encoding;
use patch_digest_tests::positions::Positions;
use patch_digest_tests::random::Random;
use patch_digest_tests::{corpus, edits};

/// The kinds of tokens by the scopes that the grammar has for them, as in `package.json` of the VS
/// Code extension.
const SCOPES: &[(&str, TokenKind)] = &[
    ("keyword.control.tag", TokenKind::Tag),
    ("constant.numeric.version", TokenKind::Version),
    ("constant.numeric.number", TokenKind::Number),
    ("markup.heading.title", TokenKind::Title),
    ("variable.other.person", TokenKind::Person),
    ("string.other.address", TokenKind::Address),
    ("string.unquoted.path", TokenKind::Path),
    ("constant.numeric.hash", TokenKind::Hash),
    ("keyword.other.footnote", TokenKind::Footnote),
    ("markup.inserted", TokenKind::Inserted),
    ("markup.deleted", TokenKind::Deleted),
    ("constant.character.escape.damage", TokenKind::Damage),
];

/// A piece as the snapshots of the grammar show it.
fn shorten(text: &str) -> String {
    let letters: Vec<char> = text.trim().chars().collect();
    if letters.len() <= 24 {
        return letters.into_iter().collect();
    }
    let (start, end) = (&letters[..12], &letters[letters.len() - 8..]);
    format!(
        "{}…{}",
        start.iter().collect::<String>(),
        end.iter().collect::<String>()
    )
}

/// A word: one-based line, kind, text.
type Word = (usize, TokenKind, String);

/// The words that the grammar colours, of the kinds that tokens have; and the lines that are bold as a
/// whole, being headings of changelogs.
fn coloured(name: &str) -> (BTreeSet<Word>, BTreeSet<usize>) {
    let file = name.replace(".txt", ".snap");
    let snapshots = "../editors/vscode/test/grammar/snapshots";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(snapshots)
        .join(file);
    let (mut found, mut bold) = (BTreeSet::new(), BTreeSet::new());
    for line in fs::read_to_string(path).unwrap().lines() {
        let (number, rest) = line.split_once(' ').unwrap();
        let number = number.parse().unwrap();
        if rest.starts_with("markup.bold.changes") {
            bold.insert(number);
            continue;
        }
        let Some((_, pieces)) = rest.split_once(": ") else {
            continue;
        };
        for piece in pieces.split('}') {
            let Some((text, scope)) = piece.trim().rsplit_once(" {") else {
                continue;
            };
            let kind = SCOPES.iter().find(|(known, _)| scope == *known);
            if let Some((_, kind)) = kind {
                found.insert((number, *kind, text.to_owned()));
            }
        }
    }
    (found, bold)
}

/// The kinds of the lines of a digest, as the parser has them.
fn line_kinds(file: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_line-kinds"))
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_grammar_colours_the_same_words() {
    for (name, text) in corpus::digests().unwrap() {
        let kinds = line_kinds(&corpus::folder().join(&name));
        let digest = Digest::parse(&text);
        let (coloured, bold) = coloured(&name);
        let mut found = BTreeSet::new();
        for (range, token) in tokens(&digest, 0..text.len()) {
            let number = digest.text().line_of(range.start) + 1;
            if bold.contains(&number) {
                continue;
            }
            let kind = kinds[number - 1].as_str();
            // The grammar has trailers and shortlogs as a whole, and leaves them so.
            if matches!(kind, "trailer" | "shortlog-title") {
                let expected = [TokenKind::Trailer, TokenKind::Hash, TokenKind::Title];
                assert!(expected.contains(&token.kind), "{name}:{number} {token:?}");
                continue;
            }
            found.insert((number, token.kind, shorten(&text[range])));
        }
        let only_grammar: Vec<_> = coloured.difference(&found).collect();
        let only_tokens: Vec<_> = found.difference(&coloured).collect();
        assert_eq!((only_grammar, only_tokens), (vec![], vec![]), "{name}");
    }
}

#[test]
fn kinds_of_lines_have_their_kinds_of_tokens() {
    use TokenKind as K;
    let prose = &[
        K::Address,
        K::Path,
        K::Hash,
        K::Footnote,
        K::Damage,
        K::Inserted,
        K::Deleted,
    ][..];
    for (name, text) in corpus::digests().unwrap() {
        let kinds = line_kinds(&corpus::folder().join(&name));
        let digest = Digest::parse(&text);
        let mut seen = BTreeSet::new();
        for (range, token) in tokens(&digest, 0..text.len()) {
            let number = digest.text().line_of(range.start);
            let kind = kinds[number].as_str();
            let expected = match kind {
                "range" | "title" => &[K::Hash][..],
                "row" | "author" => &[K::Person, K::Address, K::Damage],
                "subject" => &[K::Tag, K::Version, K::Number, K::Title],
                "trailer" => &[K::Trailer, K::Hash],
                "shortlog-author" => &[K::Person, K::Damage],
                "shortlog-title" => &[K::Title],
                "diffstat" => &[K::Path, K::Inserted, K::Deleted],
                "summary" => &[K::Inserted, K::Deleted],
                "mode" => &[K::Path],
                "footnote" | "text" => prose,
                _ => &[],
            };
            assert!(
                expected.contains(&token.kind),
                "{name}:{} {kind} {token:?}",
                number + 1
            );
            seen.insert(kind.to_owned());
        }
        for kind in ["subject", "author", "row", "trailer", "diffstat", "summary"] {
            assert!(
                seen.contains(kind),
                "{name}: no token on any line of kind {kind}"
            );
        }
    }
}

/// Tokens as editors are told of them, counted the slow and obvious way.
fn told(text: &str, encoding: Encoding) -> Vec<Relative> {
    let positions = Positions::new(text, encoding);
    let narrow = |n: u64| u32::try_from(n).unwrap();
    let mut last = (0, 0);
    let mut told = Vec::new();
    for (range, token) in tokens(&Digest::parse(text), 0..text.len()) {
        let (line, column) = positions.position(range.start);
        let (last_line, end) = positions.position(range.end);
        assert!(line == last_line && end > column, "{range:?}");
        let columns = if line == last.0 {
            column - last.1
        } else {
            column
        };
        told.push(Relative {
            lines: narrow(line - last.0),
            columns: narrow(columns),
            length: narrow(end - column),
            kind: token.kind,
            is_definition: token.is_definition,
            is_superseded: token.is_superseded,
        });
        last = (line, column);
    }
    told
}

/// Edits a digest at random and holds what is kept and what is sent against what is made afresh.
fn edit_at_random(seed: u64, text: &str, n_edits: usize, encoding: Encoding) {
    let mut random = Random::new(seed);
    let mut text = text.to_owned();
    let mut digest = Digest::parse(&text);
    let mut kept = Kept::new(&digest, encoding);
    let mut sent: Vec<Relative> = kept.iter().collect();
    assert_eq!(sent, told(&text, encoding));
    for number in 0..n_edits {
        // Editors send several edits before they ask again.
        for _ in 0..1 + random.below(3) {
            let edit = edits::random_edit(&mut random, &text);
            text.replace_range(edit.range.clone(), &edit.insert);
            digest.edit(edit.range, &edit.insert);
        }
        let (new, change) = kept.after(&digest);
        kept = new;
        sent.splice(change.at..change.at + change.n_removed, change.inserted);
        let expected = told(&text, encoding);
        assert_eq!(sent, expected, "seed {seed}, edit {number}");
        assert_eq!(
            kept.iter().collect::<Vec<_>>(),
            expected,
            "seed {seed}, edit {number}"
        );
    }
}

#[test]
fn what_is_sent_after_edits_adds_up_to_what_is_made_afresh() {
    let encodings = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];
    for (idx, (_, text)) in corpus::digests().unwrap().into_iter().enumerate() {
        let text = text.replace("KVM", "K😀ü");
        for (seed, encoding) in encodings.into_iter().enumerate() {
            edit_at_random((idx * 100 + seed) as u64, &text, 40, encoding);
        }
    }
}

/// Trees of blocks grow and shrink by whole levels.
#[test]
fn what_is_sent_adds_up_where_much_is_put_in_and_taken_out() {
    let digests = corpus::digests().unwrap();
    let all: String = digests.iter().map(|(_, text)| text.as_str()).collect();
    let one = &digests[0].1;
    let mut text = one.clone();
    let mut random = Random::new(7);
    let mut digest = Digest::parse(&text);
    let mut kept = Kept::new(&digest, Encoding::Utf16);
    let mut sent: Vec<Relative> = kept.iter().collect();
    let mut sizes = Vec::new();
    for number in 0..30 {
        let at = text.floor_char_boundary(random.below(text.len() + 1));
        let (range, insert) = match number % 6 {
            // So many times the corpus has more than a thousand blocks.
            0 => (at..at, all.repeat(25)),
            1 | 4 => (at..at, "x".to_owned()),
            2 => (at..at, one.clone()),
            3 => (
                at..text.floor_char_boundary(at + text.len() / 3),
                String::new(),
            ),
            _ => (text.floor_char_boundary(at / 40)..text.len(), String::new()),
        };
        let range = range.start..range.end.min(text.len());
        text.replace_range(range.clone(), &insert);
        digest.edit(range, &insert);
        let (new, change) = kept.after(&digest);
        kept = new;
        sent.splice(change.at..change.at + change.n_removed, change.inserted);
        let expected: Vec<Relative> = Kept::new(&digest, Encoding::Utf16).iter().collect();
        assert!(sent == expected, "edit {number}");
        assert!(kept.iter().eq(expected), "edit {number}");
        sizes.push(digest.blocks().top().height());
    }
    sizes.sort_unstable();
    sizes.dedup();
    assert!(sizes.len() >= 3, "only trees of height {sizes:?}");
}

#[test]
fn a_letter_in_a_message_changes_nothing_or_little() {
    for (_, text) in corpus::digests().unwrap() {
        let mut digest = Digest::parse(&text);
        let kept = Kept::new(&digest, Encoding::Utf16);
        let at = text.find("Signed-off-by:").unwrap();
        digest.edit(at..at, "x\n");
        let (_, change) = kept.after(&digest);
        assert!(
            change.n_removed <= 1 && change.inserted.len() <= 1,
            "{change:?}"
        );
    }
}
