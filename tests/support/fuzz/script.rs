//! Bytes as a script of edits.

use std::sync::Arc;

use patch_digest_core::Digest;
use patch_digest_core::workspace::{Contribution, Workspace};

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

/// Digests of one workspace in the target `index`.
const N_DIGESTS: usize = 4;

/// Edits, adds and removes digests of a workspace; its index is the one built afresh.
pub(super) fn index(bytes: &[u8]) {
    let mut script = Script(bytes);
    let mut texts: Vec<String> = (0..N_DIGESTS)
        .map(|_| with_start(|starts| starts[script.byte() % starts.len()].clone()))
        .collect();
    let mut digests: Vec<Digest> = texts.iter().map(Digest::parse).collect();
    let mut workspace = Workspace::default();
    let mut n_steps = 0;
    while !script.0.is_empty() && n_steps < MAX_EDITS {
        let number = script.byte() % N_DIGESTS;
        let key = format!("{number}.txt");
        match script.byte() {
            0..30 => {
                workspace.remove(&key);
            }
            30..60 => {
                // The same posting in another digest, maybe as a later version.
                let other = texts[script.byte() % N_DIGESTS].replace("v2", "v3");
                digests[number] = Digest::parse(&other);
                texts[number] = other;
            }
            _ if texts[number].len() < MAX_TEXT => {
                let edit = script.edit(&texts[number]);
                digests[number].edit(edit.range.clone(), &edit.insert);
                texts[number].replace_range(edit.range, &edit.insert);
            }
            _ => {}
        }
        let contribution = Contribution::of(&digests[number]);
        let is_new = workspace.get(&key) != Some(&contribution);
        assert_eq!(workspace.set(&key, contribution), is_new);
        n_steps += 1;
    }
    let mut fresh = Workspace::default();
    for (key, _) in workspace.digests() {
        let number: usize = key
            .strip_suffix(".txt")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let digest = Digest::parse(&texts[number]);
        fresh.apply(vec![(Arc::clone(key), Some(Contribution::of(&digest)))]);
    }
    assert_eq!(workspace.works(), fresh.works(), "{texts:?}");
    assert_eq!(workspace.chain(), fresh.chain(), "{texts:?}");
    for (key, digest) in workspace.digests() {
        for entry in 0..digest.n_entries() {
            let found = workspace.history(key, entry);
            assert_eq!(found, fresh.history(key, entry), "{key} {entry}: {texts:?}");
        }
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
