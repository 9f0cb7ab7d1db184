//! Bytes as a script of edits.

use patch_digest_core::Digest;

use super::DICTIONARY;
use crate::edits::{self, Edit};
use crate::traffic;

/// Longer scripts only take longer.
const MAX_EDITS: usize = 40;

/// Longer texts, too.
const MAX_TEXT: usize = 12_000;

/// What the bytes are taken from, one after the other; zeros when they are used up.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> usize {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(first)
    }

    fn number(&mut self) -> usize {
        self.byte() << 8 | self.byte()
    }

    fn text(&mut self, n_bytes: usize) -> String {
        let (text, rest) = self.0.split_at(n_bytes.min(self.0.len()));
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// An edit of `text`: at any place, with a piece that means something, or any text.
    fn edit(&mut self, text: &str) -> Edit {
        let start = self.number() * (text.len() + 1) / 0x1_0000;
        let start = match self.byte() % 3 {
            0 => start,
            1 => text.as_bytes()[..start]
                .iter()
                .rposition(|&byte| byte == b'\n' || byte == b'\r')
                .map_or(0, |at| at + 1),
            _ => text.as_bytes()[start..]
                .iter()
                .position(|&byte| byte == b'\n' || byte == b'\r')
                .map_or(text.len(), |at| start + at),
        };
        let n_removed = match self.byte() {
            kind @ 0..128 => kind % 4,
            kind @ 128..200 => kind,
            _ => self.number() % 4_000,
        };
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary((start + n_removed).min(text.len()));
        let insert = match self.byte() {
            kind @ 0..150 => DICTIONARY[kind % DICTIONARY.len()].to_owned(),
            kind @ 150..230 => self.text(kind - 150),
            230..240 => String::new(),
            kind => {
                let from = text.floor_char_boundary(self.number() % (text.len() + 1));
                let to = text.ceil_char_boundary((from + kind * 4).min(text.len()));
                text[from..to].to_owned()
            }
        };
        Edit {
            range: start..end,
            insert,
        }
    }
}

/// Edits a small digest; after each edit it is the digest parsed afresh.
pub(super) fn edits(bytes: &[u8]) {
    let mut script = Script(bytes);
    let mut text = with_start(|starts| starts[script.byte() % starts.len()].clone());
    match script.byte() % 4 {
        0 => text = text.replace('\n', "\r\n"),
        1 => text = text.replace('\n', "\r"),
        _ => {}
    }
    let mut digest = Digest::parse(&text);
    let mut n_edits = 0;
    while !script.0.is_empty() && n_edits < MAX_EDITS && text.len() < MAX_TEXT {
        let edit = script.edit(&text);
        let before = text.clone();
        let is_deep = n_edits % 4 == 0;
        if let Err(problem) = edits::apply_and_check(&mut digest, &mut text, &edit, is_deep) {
            panic!("{edit:?}\n{problem}\non the text {before:?}");
        }
        n_edits += 1;
    }
    if let Err(problem) = edits::check_equal(&digest, &text, true) {
        panic!("{problem}\nfor the text {text:?}");
    }
}

/// The texts that scripts start from, made once.
fn with_start<T>(take: impl FnOnce(&[String]) -> T) -> T {
    use std::sync::LazyLock;
    static STARTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut starts = vec![String::new()];
        starts.extend(traffic::small_digests().into_iter().step_by(2));
        starts
    });
    take(&STARTS)
}

/// Scripts of every kind of edit.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    (0..40_u8)
        .map(|number| {
            let bytes = (0..120_u8).map(|at| at.wrapping_mul(number).wrapping_add(number ^ at));
            [number].into_iter().chain(bytes).collect()
        })
        .collect()
}
