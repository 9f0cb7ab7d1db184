//! A long text in pieces, which need not lie in memory one behind the other.

use std::io::{self, Write};
use std::ops::Range;

/// Pieces of a text in one buffer: numbered ranges of it.
pub(super) type Parts = (Vec<u8>, Vec<(usize, Range<usize>)>);

/// Pieces of a text, in order, in some buffers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces {
    buffers: Vec<Vec<u8>>,
    order: Vec<(usize, Range<usize>)>,
}

impl Pieces {
    /// Adds a piece to the end.
    pub fn push(&mut self, piece: Vec<u8>) {
        self.order.push((self.buffers.len(), 0..piece.len()));
        self.buffers.push(piece);
    }

    /// Adds the pieces of some buffers to the end, in the order of their numbers.
    pub fn push_numbered<const N: usize>(&mut self, parts: [Parts; N]) {
        let mut numbered = Vec::new();
        for (buffer, ranges) in parts {
            let at = self.buffers.len();
            self.buffers.push(buffer);
            numbered.extend(
                ranges
                    .into_iter()
                    .map(|(number, range)| (number, at, range)),
            );
        }
        numbered.sort_unstable_by_key(|(number, ..)| *number);
        for (_, buffer, range) in numbered {
            match self.order.last_mut() {
                // One write less.
                Some((last, before)) if *last == buffer && before.end == range.start => {
                    before.end = range.end;
                }
                _ => self.order.push((buffer, range)),
            }
        }
    }

    /// The pieces, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.order.iter().map(|(buffer, range)| {
            let buffer = self.buffers.get(*buffer);
            buffer
                .and_then(|buffer| buffer.get(range.clone()))
                .unwrap_or_default()
        })
    }

    /// Bytes of all pieces.
    pub(super) fn n_bytes(&self) -> usize {
        self.order.iter().map(|(_, range)| range.len()).sum()
    }

    /// Writes them one after the other.
    pub(super) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        self.iter().try_for_each(|piece| output.write_all(piece))
    }

    /// The text as one.
    #[must_use]
    pub fn joined(&self) -> Vec<u8> {
        self.iter().flatten().copied().collect()
    }
}

impl From<Vec<u8>> for Pieces {
    fn from(piece: Vec<u8>) -> Self {
        let mut pieces = Self::default();
        pieces.push(piece);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stand_in_order() {
        let mut pieces = Pieces::from(b"[".to_vec());
        let upwards = (b"aabbb".to_vec(), vec![(0, 0..2), (1, 2..5)]);
        let downwards = (b"eddc".to_vec(), vec![(4, 0..1), (3, 1..3), (2, 3..4)]);
        pieces.push_numbered([downwards, upwards]);
        pieces.push(b"]".to_vec());
        assert_eq!(pieces.joined(), b"[aabbbcdde]");
        assert_eq!(pieces.n_bytes(), 11);
        let each: Vec<_> = pieces.iter().collect();
        assert_eq!(each, [&b"["[..], b"aabbb", b"c", b"dd", b"e", b"]"]);
        let mut written = Vec::new();
        assert!(pieces.write(&mut written).is_ok());
        assert_eq!(written, pieces.joined());
    }
}
