//! Words, numbers and hashes to write with.

use std::collections::{BTreeSet, HashSet};

use crate::random::Random;

/// Words that have a meaning to those who read digests; they stay as they are. In lower case.
const KEPT: &str = "
    new author exist skip from patch rfc pull git resend
    change changes changed changelog changelogs history since version versions prev previous
    prior earlier last first this the series patchset patches link links posted posting lore
    with over between and was were has
    signed off reviewed acked tested reported suggested originally developed based fixes closes
    buglink references message base commit prerequisite stable
    file files insertion insertions deletion deletions bin create delete mode rename copy rewrite
    include uapi diff index
    http https kernel vger org com net msgid wrote
";

/// Shortest word that is replaced. The small change of language stays.
pub(super) const MIN_WORD: usize = 3;

/// The longest word by which others are replaced.
const MAX_WORD: usize = 14;

/// Whether a word stays as it is.
pub(super) fn is_kept(lower: &str) -> bool {
    lower.len() < MIN_WORD || KEPT.split_ascii_whitespace().any(|kept| kept == lower)
}

/// All words there are to write with.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// By length.
    by_len: Vec<Vec<String>>,
}

impl Vocabulary {
    /// The words of some texts, in lower case.
    pub(super) fn new(texts: &[&str]) -> Self {
        let letters = |text: &&str| -> BTreeSet<String> {
            text.split(|letter: char| !letter.is_ascii_alphabetic())
                .filter(|word| word.len() <= MAX_WORD)
                .map(str::to_ascii_lowercase)
                .filter(|word| !is_kept(word))
                .collect()
        };
        let words: BTreeSet<String> = texts.iter().flat_map(letters).collect();
        let mut by_len = vec![Vec::new(); MAX_WORD + 1];
        for word in words {
            by_len[word.len()].push(word);
        }
        Self { by_len }
    }

    /// Another word for each of `words`, none twice. Lengths differ by little.
    pub(super) fn translate(&self, words: &[String], random: &mut Random) -> Vec<&str> {
        let mut used = HashSet::with_capacity(words.len());
        let mut found = Vec::with_capacity(words.len());
        for word in words {
            let mut n_tries = 0;
            let other = loop {
                let other = self.like(word.len(), random);
                n_tries += 1;
                // There are more words than any mail has; only of the longest ones there are few.
                if used.insert(other) || n_tries > 200 {
                    break other;
                }
            };
            found.push(other);
        }
        found
    }

    /// A word about as long as `len`.
    fn like(&self, len: usize, random: &mut Random) -> &str {
        let len = (len + random.below(5)).saturating_sub(2);
        let words = &self.by_len[len.clamp(MIN_WORD, MAX_WORD)];
        &words[random.below(words.len())]
    }

    /// A paragraph of exactly `n_bytes`, with the blank line behind it.
    pub(super) fn prose(&self, random: &mut Random, n_bytes: usize) -> String {
        const WIDTH: usize = 72;
        let mut prose = String::with_capacity(n_bytes);
        if n_bytes < MIN_WORD + 2 {
            return prose;
        }
        let mut column = 0;
        while prose.len() + 2 < n_bytes {
            let len = 3 + random.below(8);
            let word = self.like(len, random);
            if column + word.len() >= WIDTH {
                prose.push('\n');
                column = 0;
            } else if column > 0 {
                prose.push(' ');
                column += 1;
            }
            prose.push_str(word);
            column += word.len();
        }
        prose.truncate(n_bytes - 2);
        // The cut may have left a blank or a line break at the end.
        let n_words = prose.trim_end().len();
        prose.replace_range(n_words.., &".".repeat(prose.len() - n_words));
        prose.push_str("\n\n");
        prose
    }
}

/// Random hexadecimal digits that cannot be taken for a number or a word.
pub(super) fn hash(random: &mut Random, len: usize) -> String {
    let mut hash: Vec<u8> = (0..len)
        .map(|_| *random.pick(b"0123456789abcdef"))
        .collect();
    for (at, letters) in [(1, b"abcdef".as_slice()), (2, b"123456789")] {
        if let Some(digit) = hash.get_mut(at) {
            *digit = *random.pick(letters);
        }
    }
    String::from_utf8(hash).unwrap_or_default()
}

/// A random number with as many digits.
pub(super) fn number(random: &mut Random, len: usize) -> String {
    (0..len)
        .map(|at| {
            let digits = if at == 0 { "123456789" } else { "0123456789" };
            char::from(*random.pick(digits.as_bytes()))
        })
        .collect()
}
