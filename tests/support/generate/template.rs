//! A unit of a real digest, taken apart so that copies of it can be written fast.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::words::{self, Vocabulary};
use crate::random::Random;

/// A posting that is told in one digest or, version by version, in several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Story {
    /// The index of its template.
    pub(super) template: usize,
    /// Where its words come from: titles are the same in all versions.
    seed: u64,
    /// How many versions later than the template this one is.
    pub(super) bump: u32,
}

impl Story {
    pub(super) fn new(template: usize, seed: u64) -> Self {
        Self {
            template,
            seed,
            bump: 0,
        }
    }

    /// The next version.
    pub(super) fn later(self) -> Self {
        Self {
            bump: self.bump + 1,
            ..self
        }
    }
}

/// A unit taken apart.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) n_entries: usize,
    pub(super) is_series: bool,
    /// With those that have no entry.
    pub(super) n_mails: usize,
    /// Length of the original, in bytes; copies are about as long.
    pub(super) len: usize,
    chunks: Vec<Chunk>,
    /// The different words, numbers and hashes in it; pieces hold indexes.
    words: Index,
    numbers: Index,
    hashes: Index,
}

/// Strings that each stand once, known by index.
#[derive(Debug, Default)]
struct Index {
    strings: Vec<String>,
    known: HashMap<String, usize>,
}

impl Index {
    fn of(&mut self, text: &str) -> usize {
        if let Some(&index) = self.known.get(text) {
            return index;
        }
        self.strings.push(text.to_owned());
        self.known.insert(text.to_owned(), self.strings.len() - 1);
        self.strings.len() - 1
    }
}

/// Some lines.
#[derive(Debug)]
enum Chunk {
    /// One line.
    Line(Vec<Piece>),
    /// A paragraph, word by word, that is wrapped anew.
    Prose(Vec<Vec<Piece>>),
    /// The rows of a diffstat: the path, and what stands behind the bar.
    Diffstat(Vec<(Vec<Piece>, String)>),
}

/// A bit of a line.
#[derive(Debug)]
enum Piece {
    Text(String),
    Word(usize, Case),
    Number(usize),
    Hash(usize),
    /// `v3`: the letter and the number.
    Version(char, u32),
    /// Where a tag that names no version has one if it is not the first.
    NoVersion,
}

#[derive(Debug, Clone, Copy)]
enum Case {
    Lower,
    Capital,
    Upper,
}

impl Case {
    fn of(word: &str) -> Self {
        let n_upper = word.bytes().filter(u8::is_ascii_uppercase).count();
        match n_upper {
            0 => Self::Lower,
            n if n == word.len() => Self::Upper,
            _ if word.starts_with(|first: char| first.is_ascii_uppercase()) => Self::Capital,
            _ => Self::Lower,
        }
    }

    fn push(self, word: &str, text: &mut String) {
        let start = text.len();
        text.push_str(word);
        match self {
            Self::Lower => {}
            Self::Capital => {
                if let Some(first) = text.get_mut(start..=start) {
                    first.make_ascii_uppercase();
                }
            }
            Self::Upper => {
                if let Some(word) = text.get_mut(start..) {
                    word.make_ascii_uppercase();
                }
            }
        }
    }
}

impl Template {
    pub(super) fn new(entries: &[String], is_series: bool, n_mails: usize) -> Self {
        let mut template = Self {
            n_entries: entries.len(),
            is_series,
            n_mails,
            len: entries.iter().map(String::len).sum(),
            ..Self::default()
        };
        for entry in entries {
            let lines: Vec<&str> = entry.lines().collect();
            let mut rest = &lines[..];
            while !rest.is_empty() {
                let n_taken = template.take_chunk(rest);
                rest = &rest[n_taken..];
            }
        }
        template
    }

    /// Adds a chunk made of the first of some lines; how many.
    fn take_chunk(&mut self, lines: &[&str]) -> usize {
        let n_rows = lines.iter().take_while(|line| row(line).is_some()).count();
        if n_rows > 0 {
            let rows = lines[..n_rows].iter().filter_map(|line| row(line));
            let rows = rows
                .map(|(path, rest)| (self.pieces(path), rest.to_owned()))
                .collect();
            self.chunks.push(Chunk::Diffstat(rows));
            return n_rows;
        }
        let n_prose = n_prose_lines(lines);
        if n_prose > 1 {
            let words = lines[..n_prose].iter().flat_map(|line| line.split(' '));
            let words = words.map(|word| self.pieces(word)).collect();
            self.chunks.push(Chunk::Prose(words));
            return n_prose;
        }
        let Some(line) = lines.first() else { return 0 };
        let pieces = self.line(line);
        self.chunks.push(Chunk::Line(pieces));
        1
    }

    fn line(&mut self, line: &str) -> Vec<Piece> {
        if let Some(counts) = counts(line) {
            let mut pieces = vec![Piece::Text(counts.to_owned())];
            pieces.extend(self.pieces(&line[counts.len()..]));
            return pieces;
        }
        // A subject, also in a log line: `[PATCH 1/4] title`.
        let is_subject =
            line.starts_with('[') || line.starts_with("Exist:") || line.starts_with(" Skip:");
        let mut pieces = Vec::new();
        match line.split_once("PATCH").filter(|_| is_subject) {
            Some((before, after)) => {
                pieces.extend(self.pieces(before));
                pieces.push(Piece::Text("PATCH".to_owned()));
                let (tag, title) = after.split_at(after.find(']').unwrap_or(0));
                let tag = self.pieces(tag);
                if !tag.iter().any(|piece| matches!(piece, Piece::Version(..))) {
                    pieces.push(Piece::NoVersion);
                }
                pieces.extend(tag);
                pieces.extend(self.pieces(title));
            }
            None => pieces.extend(self.pieces(line)),
        }
        pieces
    }

    fn pieces(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut before = ' ';
        while !rest.is_empty() {
            let (len, piece) = self.piece(rest, before);
            match (piece, pieces.last_mut()) {
                (Some(piece), _) => pieces.push(piece),
                (None, Some(Piece::Text(last))) => last.push_str(&rest[..len]),
                (None, _) => pieces.push(Piece::Text(rest[..len].to_owned())),
            }
            before = rest[..len].chars().next_back().unwrap_or(' ');
            rest = &rest[len..];
        }
        pieces
    }

    /// The length of the first piece of a text, and what it is unless it stays as it is.
    fn piece(&mut self, text: &str, before: char) -> (usize, Option<Piece>) {
        if let Some(rest) = text.strip_prefix("://") {
            let host = rest.find(['/', ' ', '>']).unwrap_or(rest.len());
            return (3 + host, None);
        }
        let run = |accepts: fn(&char) -> bool| text.chars().take_while(accepts).count();
        let n_alphanumeric = run(char::is_ascii_alphanumeric);
        let Some(token) = text.get(..n_alphanumeric).filter(|token| !token.is_empty()) else {
            return (text.chars().next().map_or(1, char::len_utf8), None);
        };
        if before.is_ascii_alphanumeric() {
            return self.word_or_digits(text);
        }
        let is_hash = (7..=40).contains(&token.len())
            && token
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && token.bytes().any(|b| b.is_ascii_digit())
            && token.bytes().any(|b| b.is_ascii_alphabetic());
        if is_hash {
            return (token.len(), Some(Piece::Hash(self.hashes.of(token))));
        }
        let after = text[token.len()..].chars().next();
        let label = token.strip_prefix(['v', 'V']).filter(|_| before != '_');
        if let Some(number) = label.and_then(|digits| digits.parse().ok())
            && token.len() < 4
            && after != Some('.')
        {
            let letter = if token.starts_with('v') { 'v' } else { 'V' };
            return (token.len(), Some(Piece::Version(letter, number)));
        }
        self.word_or_digits(text)
    }

    fn word_or_digits(&mut self, text: &str) -> (usize, Option<Piece>) {
        let run = |accepts: fn(&char) -> bool| text.chars().take_while(accepts).count();
        let n_digits = run(char::is_ascii_digit);
        if n_digits > 0 {
            // Short numbers count patches, files and footnotes.
            let number = (n_digits > 3).then(|| self.numbers.of(&text[..n_digits]));
            return (n_digits, number.map(Piece::Number));
        }
        let word = &text[..run(char::is_ascii_alphabetic)];
        let lower = word.to_ascii_lowercase();
        if words::is_kept(&lower) {
            return (word.len(), None);
        }
        let piece = Piece::Word(self.words.of(&lower), Case::of(word));
        (word.len(), Some(piece))
    }

    /// Writes a copy.
    pub(super) fn write(
        &self,
        story: Story,
        vocabulary: &Vocabulary,
        random: &mut Random,
        text: &mut String,
    ) {
        let mut plot = Random::new(story.seed);
        let numbers = self.numbers.strings.iter();
        let hashes = self.hashes.strings.iter();
        let copy = Copy {
            words: vocabulary.translate(&self.words.strings, &mut plot),
            numbers: numbers.map(|n| words::number(random, n.len())).collect(),
            hashes: hashes.map(|n| words::hash(random, n.len())).collect(),
            bump: story.bump,
            width: 64 + random.below(12),
        };
        for chunk in &self.chunks {
            copy.write(chunk, text);
        }
    }
}

/// What a copy is written with.
struct Copy<'a> {
    words: Vec<&'a str>,
    numbers: Vec<String>,
    hashes: Vec<String>,
    bump: u32,
    /// The width of prose.
    width: usize,
}

impl Copy<'_> {
    fn write(&self, chunk: &Chunk, text: &mut String) {
        match chunk {
            Chunk::Line(pieces) => {
                self.write_pieces(pieces, text);
                text.push('\n');
            }
            Chunk::Prose(words) => self.write_prose(words, text),
            Chunk::Diffstat(rows) => {
                let paths: Vec<String> = rows
                    .iter()
                    .map(|(path, _)| {
                        let mut text = String::new();
                        self.write_pieces(path, &mut text);
                        text
                    })
                    .collect();
                let width = paths.iter().map(String::len).max().unwrap_or(0);
                for (path, (_, rest)) in paths.iter().zip(rows) {
                    let _ = writeln!(text, " {path:width$} |{rest}");
                }
            }
        }
    }

    fn write_prose(&self, words: &[Vec<Piece>], text: &mut String) {
        let mut line_start = text.len();
        for (idx, word) in words.iter().enumerate() {
            let blank = text.len();
            if idx > 0 {
                text.push(' ');
            }
            let start = text.len();
            self.write_pieces(word, text);
            // A line must not begin with what could be taken for something else.
            let may_begin = text[start..].starts_with(|first: char| first.is_ascii_alphabetic())
                && !text[start..].contains(':');
            if text.len() - line_start > self.width && may_begin && idx > 0 {
                text.replace_range(blank..start, "\n");
                line_start = start;
            }
        }
        text.push('\n');
    }

    fn write_pieces(&self, pieces: &[Piece], text: &mut String) {
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Word(word, case) => case.push(self.words[*word], text),
                Piece::Number(number) => text.push_str(&self.numbers[*number]),
                Piece::Hash(hash) => text.push_str(&self.hashes[*hash]),
                Piece::Version(letter, number) => {
                    let _ = write!(text, "{letter}{}", number + self.bump);
                }
                Piece::NoVersion if self.bump > 0 => {
                    let _ = write!(text, " v{}", self.bump + 1);
                }
                Piece::NoVersion => {}
            }
        }
    }
}

/// A row of a diffstat: its path, and what stands behind the bar.
fn row(line: &str) -> Option<(&str, &str)> {
    let (path, rest) = line.strip_prefix(' ')?.rsplit_once(" |")?;
    let changes = rest.trim_start();
    let is_row =
        changes.starts_with(|first: char| first.is_ascii_digit()) || changes.starts_with("Bin");
    (is_row && !path.starts_with(' ')).then_some((path.trim_end(), rest))
}

/// The beginning of a line that belongs to the numbers of a diffstat: the whole summary, or the
/// mode in ` create mode 100644 path`.
fn counts(line: &str) -> Option<&str> {
    let text = line.strip_prefix(' ')?;
    if text.contains(" changed, ") && text.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(line);
    }
    let (_, path) = text.split_once(" mode 1")?;
    let n_digits = path.bytes().take_while(u8::is_ascii_digit).count();
    line.get(..line.len() - path.len() + n_digits)
}

/// How many of the first of some lines are a paragraph that can be wrapped anew.
fn n_prose_lines(lines: &[&str]) -> usize {
    let is_prose = |line: &&&str| {
        let is_word = line.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_marked =
            line.contains("://") || line.contains("  ") || line.ends_with([':', '=', ' ']);
        // `Key: value`, `New:`, `v3 -> v2`
        let has_key = line
            .split(' ')
            .next()
            .is_some_and(|word| word.contains(':') || word.bytes().any(|b| b.is_ascii_digit()));
        is_word && !is_marked && !has_key && line.is_ascii() && line.len() < 90
    };
    let n_lines = lines.iter().take_while(is_prose).count();
    // All but the last are full.
    let n_full = lines[..n_lines]
        .iter()
        .take_while(|line| line.len() > 50)
        .count();
    n_lines.min(n_full + 1)
}
