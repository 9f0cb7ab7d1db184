//! How often memory is allocated on the paths that have to be fast: the same on every machine, so
//! that a change which makes them slower shows in every test run, where times would be noise.
//!
//! Each bound is what was measured with about a quarter on top, as the digests and the sizes of
//! tree nodes are not what is tested here. A change that needs more says why at the bound; one that
//! needs far less lowers it.

use std::sync::LazyLock;

use allocation_counter::measure;
use patch_digest_core::{Digest, features, lints};
use patch_digest_tests::generate::Generator;
use patch_digest_tests::measure::Strokes;

const SMALL: usize = 40_000;
const LARGE: usize = 10_000_000;

/// A letter typed in a message: the nodes of rope and blocks on the way to it, and what the entry
/// holds. Measured: 12 on average.
const STROKE: u64 = 15;

/// What a keystroke in a large digest may need more: its trees are two or three levels higher, and
/// each node on the way is written anew. Measured: 5.
const STROKE_DEPTH: u64 = 7;

/// A hover on a subject: its facts and the history of its series. Measured: 115 on average.
const HOVER: u64 = 140;

/// Where a subject leads to. Measured: 4 on average.
const DEFINITION: u64 = 5;

/// Blocks and what stands in them, facts included, per entry. Measured: 11.5 in a small digest, 11.4
/// in a large one.
const PARSE_PER_ENTRY: u64 = 15;

/// What the facts of all entries say together, per entry. Measured: 9.3 in a small digest, 5 in a
/// large one.
const MODEL_PER_ENTRY: u64 = 12;

/// Bytes of memory for a hundred bytes of a digest, with its text ready for edits, blocks and model. Measured:
/// 168.
const HELD_PER_HUNDRED_BYTES: u64 = 200;

/// The digest of a size; made up once, as the large one takes its time.
fn text(n_bytes: usize) -> &'static str {
    static TEXTS: LazyLock<[String; 2]> = LazyLock::new(|| {
        let generator = Generator::new().unwrap();
        [SMALL, LARGE].map(|n_bytes| generator.digest(n_bytes, 1).text)
    });
    &TEXTS[usize::from(n_bytes == LARGE)]
}

/// A digest about which everything has been found out once.
fn opened(n_bytes: usize) -> Digest {
    let digest = Digest::parse(text(n_bytes)).editable();
    let subject = Strokes::in_titles(&digest, 1).places()[0];
    // Patterns are compiled when they are first needed.
    let found = (
        lints::check(&digest),
        features::hover::hover(&digest, subject),
    );
    drop(found);
    digest
}

fn count<T>(work: impl FnOnce() -> T) -> u64 {
    measure(|| drop(std::hint::black_box(work()))).count_total
}

/// The mean number of allocations of keystrokes in messages.
fn strokes(n_bytes: usize) -> u64 {
    const N_STROKES: u64 = 200;
    let mut digest = opened(n_bytes);
    let strokes = Strokes::in_bodies(&digest, 1);
    let counts = strokes
        .take(N_STROKES as usize)
        .map(|stroke| count(|| stroke.edit_digest(&mut digest)));
    counts.sum::<u64>() / N_STROKES
}

/// The mean number of allocations of a question at subjects.
fn at_subjects<T>(n_bytes: usize, ask: impl Fn(&Digest, usize) -> T) -> u64 {
    const N_PLACES: u64 = 200;
    let digest = opened(n_bytes);
    let strokes = Strokes::in_titles(&digest, 1);
    let places = strokes.places().iter().take(N_PLACES as usize);
    let counts = places.map(|&at| count(|| ask(&digest, at)));
    counts.sum::<u64>() / N_PLACES
}

#[track_caller]
fn assert_at_most(count: u64, bound: u64) {
    assert!(count <= bound, "{count} allocations, {bound} allowed");
}

#[test]
fn a_keystroke_costs_the_same_in_small_and_large_digests() {
    let (small, large) = (strokes(SMALL), strokes(LARGE));
    assert_at_most(small, STROKE);
    assert_at_most(large, small + STROKE_DEPTH);
}

#[test]
fn hover_and_definition_do_not_depend_on_the_size() {
    for n_bytes in [SMALL, LARGE] {
        assert_at_most(at_subjects(n_bytes, features::hover::hover), HOVER);
        let definition = at_subjects(n_bytes, features::definition::definition);
        assert_at_most(definition, DEFINITION);
    }
}

#[test]
fn parsing_costs_so_much_per_entry() {
    for n_bytes in [SMALL, LARGE] {
        let text = text(n_bytes);
        let mut digest = Digest::parse("");
        let parse = measure(|| digest = Digest::parse(text));
        let model = measure(|| {
            digest.model();
        });
        let n_entries = digest.model().entries.len() as u64;
        assert_at_most(parse.count_total, n_entries * PARSE_PER_ENTRY);
        assert_at_most(model.count_total, n_entries * MODEL_PER_ENTRY);
        let rope = measure(|| digest = digest.editable());
        let n_held = parse.bytes_current + model.bytes_current + rope.bytes_current;
        let n_allowed = (n_bytes as u64 * HELD_PER_HUNDRED_BYTES / 100).cast_signed();
        assert!(
            n_held <= n_allowed,
            "{n_held} bytes held, {n_allowed} allowed"
        );
    }
}
