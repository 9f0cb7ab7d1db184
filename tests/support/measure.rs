//! What is measured, and the limits that the machine sets: shared by `cargo bench` and by
//! `cargo xtask bench-lsp`, so that both speak of the same work.
//!
//! * [`newlines`], [`classify`]: the least that any parser of lines must do;
//! * [`Strokes`]: keystrokes at random places, on the text alone or on the digest;
//! * [`Timings`]: what many rounds took.

use std::ops::Range;
use std::time::{Duration, Instant};

use patch_digest_core::syntax::BlockKind;
use patch_digest_core::text::Text;
use patch_digest_core::{Digest, lints};

use crate::random::Random;

/// The first id and the first version between `bench-lsp` and a server. The floor answers without
/// looking at them, as both count up from here, with as many digits all the time.
pub const FIRST: u32 = 100_000_001;

/// Bytes of small digests to go over before one comes again: more than a processor learns by heart.
pub const VARIED: usize = 4_000_000;

/// Counts line breaks: the least that must be done to see a text at all.
#[must_use]
pub fn newlines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

/// Finds where every line starts, and sorts the lines by their first bytes: the least that must be
/// done to know what stands where.
#[must_use]
pub fn classify(text: &str) -> Classified {
    let bytes = text.as_bytes();
    let mut classified = Classified {
        starts: Vec::new(),
        n_of_class: [0; 8],
    };
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        classified.add(start, bytes[start]);
        start = end + 1;
    }
    if let Some(&first) = bytes.get(start) {
        classified.add(start, first);
    }
    classified
}

/// The result of [`classify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// Where each line starts.
    pub starts: Vec<u32>,
    /// How many lines there are of each class.
    pub n_of_class: [usize; 8],
}

impl Classified {
    fn add(&mut self, start: usize, first: u8) {
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        self.n_of_class[usize::from(CLASSES[usize::from(first)])] += 1;
    }
}

/// The class of a line by its first byte.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let marked = b"\n-NE [>";
    let mut idx = 0;
    while idx < marked.len() {
        classes[marked[idx] as usize] = idx as u8 + 1;
        idx += 1;
    }
    classes
};

/// Parses a digest and makes all that outline, folding, definition and diagnostics need: its blocks and
/// facts, its model, and where its lines are.
#[must_use]
pub fn parse_all(text: impl Into<String>) -> Digest {
    let digest = Digest::parse(text);
    digest.model();
    std::hint::black_box(digest.text().n_lines());
    digest
}

/// A change of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stroke {
    /// The bytes that are replaced.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub insert: &'static str,
}

impl Stroke {
    /// What undoes it, as long as it only inserts.
    #[must_use]
    pub fn undone(&self) -> Self {
        Self {
            range: self.range.start..self.range.start + self.insert.len(),
            insert: "",
        }
    }

    /// Applies it to the text alone.
    pub fn edit_text(&self, text: &mut Text) {
        text.replace(self.range.clone(), self.insert);
    }

    /// Applies it to the digest, as an editor's server does: with the state before still in use,
    /// and with everything found out that is to be shown. The number of problems.
    pub fn edit_digest(&self, digest: &mut Digest) -> usize {
        let before = digest.clone();
        digest.edit(self.range.clone(), self.insert);
        let problems = lints::check(digest);
        digest.model();
        drop(before);
        problems.len()
    }
}

/// Keystrokes in a digest: a letter at a random place, then its removal, and so on.
#[derive(Debug)]
pub struct Strokes {
    places: Vec<usize>,
    next: usize,
    open: Option<Stroke>,
}

impl Strokes {
    /// Strokes in the prose of messages.
    #[must_use]
    pub fn in_bodies(digest: &Digest, seed: u64) -> Self {
        Self::new(digest, seed, |text, random| {
            let lines: Vec<Range<usize>> = line_ranges(text).collect();
            let at_random = (0..20).map(|_| lines[random.below(lines.len())].clone());
            let mut prose = at_random.filter(|line| is_prose(&text[line.clone()]));
            prose.next().map(|line| line.start + line.len() / 2)
        })
    }

    /// Strokes at the ends of subjects: titles change, and with them what is known of series.
    #[must_use]
    pub fn in_titles(digest: &Digest, seed: u64) -> Self {
        Self::new(digest, seed, |text, _| {
            line_ranges(text).nth(1).map(|line| line.end)
        })
    }

    fn new(
        digest: &Digest,
        seed: u64,
        place_in: impl Fn(&str, &mut Random) -> Option<usize>,
    ) -> Self {
        const N_PLACES: usize = 1000;
        let mut random = Random::new(seed);
        let mut places = Vec::with_capacity(N_PLACES);
        // Not every entry has prose.
        for _ in 0..N_PLACES * 20 {
            let offset = random.below(digest.text().len());
            let Some(place) = digest.blocks().at_offset(offset) else {
                continue;
            };
            if place.block.kind == BlockKind::Entry
                && let Some(at) = place_in(&digest.block_text(&place), &mut random)
            {
                places.push(place.start() + at);
            }
            if places.len() == N_PLACES {
                break;
            }
        }
        assert!(!places.is_empty(), "a digest without a place to type at");
        Self {
            places,
            next: 0,
            open: None,
        }
    }

    /// Where letters are typed, in bytes.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        &self.places
    }
}

impl Iterator for Strokes {
    type Item = Stroke;

    fn next(&mut self) -> Option<Stroke> {
        if let Some(open) = self.open.take() {
            return Some(open.undone());
        }
        let at = self.places[self.next % self.places.len()];
        self.next += 1;
        let stroke = Stroke {
            range: at..at,
            insert: "x",
        };
        self.open = Some(stroke.clone());
        Some(stroke)
    }
}

fn line_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split('\n').scan(0, |start, line| {
        let range = *start..*start + line.len();
        *start = range.end + 1;
        Some(range)
    })
}

/// A line of a message in which a letter more means nothing.
fn is_prose(line: &str) -> bool {
    line.is_ascii()
        && line.len() > 50
        && line.starts_with(|first: char| first.is_ascii_lowercase())
        && !line.contains([':', '[', '|'])
}

/// What each of many rounds took.
#[derive(Debug, Clone, Default)]
pub struct Timings(Vec<Duration>);

impl Timings {
    /// Runs rounds until there are `n_rounds` or `limit` is over, but at least five.
    pub fn of(n_rounds: usize, limit: Duration, mut round: impl FnMut() -> Duration) -> Self {
        let [timings] = Self::side_by_side(n_rounds, limit, || [round()]);
        timings
    }

    /// As [`Timings::of`], of several things that every round does one after the other: what makes the
    /// machine slow for a while makes all of them slow.
    pub fn side_by_side<const N: usize>(
        n_rounds: usize,
        limit: Duration,
        mut round: impl FnMut() -> [Duration; N],
    ) -> [Self; N] {
        let start = Instant::now();
        let mut rounds = Vec::new();
        while rounds.len() < n_rounds && (rounds.len() < 5 || start.elapsed() < limit) {
            rounds.push(round());
        }
        std::array::from_fn(|at| {
            let mut timings: Vec<Duration> = rounds.iter().map(|round| round[at]).collect();
            timings.sort_unstable();
            Self(timings)
        })
    }

    /// Number of rounds.
    #[must_use]
    pub fn n_rounds(&self) -> usize {
        self.0.len()
    }

    /// What `percent` of the rounds did not exceed; 100 for the slowest.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn limits_see_every_line() {
        let text = "New:  a\n\n-- \nx\n y";
        let found = classify(text);
        assert_eq!(found.starts, [0, 8, 9, 13, 15]);
        assert_eq!(found.n_of_class, [1, 1, 1, 1, 0, 1, 0, 0]);
        assert_eq!(newlines(text), 4);
    }

    #[test]
    fn strokes_come_in_pairs_that_leave_the_text_as_it_was() {
        let text = samples::series();
        let mut digest = Digest::parse(&text);
        let mut strokes = Strokes::in_titles(&digest, 1);
        for n_strokes in 1..20 {
            let stroke = strokes.next().unwrap();
            stroke.edit_digest(&mut digest);
            assert_eq!(digest.text().to_text() == text, n_strokes % 2 == 0);
        }
    }

    #[test]
    fn percentiles_are_of_the_rounds() {
        let mut n = 0;
        let timings = Timings::of(200, Duration::from_secs(9), || {
            n += 1;
            Duration::from_nanos(n)
        });
        assert_eq!(timings.n_rounds(), 200);
        for (percent, nanos) in [(50, 100), (99, 198), (100, 200)] {
            assert_eq!(timings.percentile(percent), Duration::from_nanos(nanos));
        }
    }
}
