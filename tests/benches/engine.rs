//! `cargo bench`: the engine, beside the limits that the machine sets, on digests made up from the
//! corpus. Throughput is in bytes of the digest.
//!
//! What the numbers mean and what bounds them stands in `docs/performance.md`.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::{LazyLock, Mutex};

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use patch_digest_core::text::{Encoding, Text};
use patch_digest_core::{Digest, features, lints};
use patch_digest_tests::generate::Generator;
use patch_digest_tests::measure::{self, Strokes};
use patch_digest_tests::random::Random;

fn main() {
    divan::main();
}

/// The size of a digest, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Size(usize);

const SMALL: Size = Size(40_000);
const LARGE: Size = Size(10_000_000);
const SIZES: [Size; 4] = [SMALL, Size(1_000_000), LARGE, Size(100_000_000)];

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // In one unit, as they are sorted by these names.
        match self.0 {
            n if n < 1_000_000 => write!(f, "0.{:02} MB", n / 10_000),
            n => write!(f, "{} MB", n / 1_000_000),
        }
    }
}

/// Digests of a size, the same in every benchmark: so many that a processor does not learn them
/// by heart.
fn texts(size: Size) -> &'static [String] {
    static GENERATOR: LazyLock<Generator> =
        LazyLock::new(|| Generator::new().expect("the corpus is there"));
    static TEXTS: Mutex<BTreeMap<Size, &'static [String]>> = Mutex::new(BTreeMap::new());
    let mut texts = TEXTS.lock().expect("no benchmark panicked");
    texts.entry(size).or_insert_with(|| {
        let digests = GENERATOR.folder(size.0, 1).map(|digest| digest.text);
        digests
            .take((measure::VARIED / size.0).max(1))
            .collect::<Vec<_>>()
            .leak()
    })
}

/// One digest of a size.
fn text(size: Size) -> &'static str {
    &texts(size)[0]
}

/// From text to everything known about it, on one thread.
#[divan::bench_group(max_time = 4, sample_count = 100)]
mod cold_parse {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn limit_newlines(bencher: Bencher<'_, '_>, size: Size) {
        run(bencher, size, |text| (measure::newlines(&text), text));
    }

    #[divan::bench(args = SIZES)]
    fn limit_classify(bencher: Bencher<'_, '_>, size: Size) {
        run(bencher, size, |text| (measure::classify(&text), text));
    }

    #[divan::bench(args = SIZES)]
    fn limit_rope(bencher: Bencher<'_, '_>, size: Size) {
        run(bencher, size, |text| Text::new(text).editable());
    }

    #[divan::bench(args = SIZES)]
    fn parse(bencher: Bencher<'_, '_>, size: Size) {
        run(bencher, size, Digest::parse);
    }

    #[divan::bench(args = SIZES)]
    fn parse_and_model(bencher: Bencher<'_, '_>, size: Size) {
        run(bencher, size, measure::parse_all);
    }

    /// What comes back is dropped after the clock was stopped.
    fn run<T>(bencher: Bencher<'_, '_>, size: Size, work: impl Fn(String) -> T + Sync) {
        let mut texts = texts(size).iter().cycle();
        bencher
            .with_inputs(|| texts.next().cloned().unwrap_or_default())
            .input_counter(BytesCount::of_str)
            .bench_local_values(|text| work(black_box(text)));
    }
}

/// One letter typed or removed: the edit, and whatever has to be found out anew.
#[divan::bench_group(max_time = 3, sample_count = 1000, sample_size = 1)]
mod keystroke {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn limit_rope(bencher: Bencher<'_, '_>, size: Size) {
        let digest = Digest::parse(text(size)).editable();
        let mut rope = digest.text().clone();
        let mut strokes = Strokes::in_bodies(&digest, 1);
        drop(digest);
        bencher
            .with_inputs(move || strokes.next())
            .bench_local_values(|stroke| {
                // As in the digest, the state before is still in use.
                let before = rope.clone();
                if let Some(stroke) = stroke {
                    stroke.edit_text(&mut rope);
                }
                drop(before);
            });
    }

    #[divan::bench(args = SIZES)]
    fn in_body(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size)).editable();
        let strokes = Strokes::in_bodies(&digest, 1);
        type_in(bencher, digest, strokes);
    }

    #[divan::bench(args = SIZES)]
    fn in_title(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size)).editable();
        let strokes = Strokes::in_titles(&digest, 1);
        type_in(bencher, digest, strokes);
    }

    /// What colours need after it: the blocks it touched, and what differs.
    #[divan::bench(args = SIZES)]
    fn tokens(bencher: Bencher<'_, '_>, size: Size) {
        let mut digest = measure::parse_all(text(size)).editable();
        let mut kept = features::tokens::Kept::new(&digest, Encoding::Utf16);
        let mut strokes = Strokes::in_bodies(&digest, 1);
        bencher
            .with_inputs(move || {
                if let Some(stroke) = strokes.next() {
                    stroke.edit_digest(&mut digest);
                }
                digest.clone()
            })
            .bench_local_values(|digest| {
                let (now, change) = kept.after(&digest);
                kept = now;
                change
            });
    }

    fn type_in(bencher: Bencher<'_, '_>, mut digest: Digest, mut strokes: Strokes) {
        bencher
            .with_inputs(move || strokes.next())
            .bench_local_values(|stroke| stroke.map(|stroke| stroke.edit_digest(&mut digest)));
    }
}

/// What an editor asks for, of a digest whose model is there.
#[divan::bench_group(max_time = 1, sample_count = 100)]
mod feature {
    use super::*;

    #[divan::bench(args = [SMALL, LARGE])]
    fn outline(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size));
        bencher
            .counter(BytesCount::of_str(text(size)))
            .bench(|| features::outline::outline(black_box(&digest)));
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn folding(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size));
        bencher
            .counter(BytesCount::of_str(text(size)))
            .bench(|| features::folding::folding(black_box(&digest)));
    }

    /// Of a digest that was never checked before.
    #[divan::bench(args = [SMALL, LARGE])]
    fn check_first(bencher: Bencher<'_, '_>, size: Size) {
        bencher
            .counter(BytesCount::of_str(text(size)))
            .with_inputs(|| measure::parse_all(text(size)))
            .bench_refs(|digest| lints::check(black_box(digest)));
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn check(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size));
        bencher
            .counter(BytesCount::of_str(text(size)))
            .bench(|| lints::check(black_box(&digest)));
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn hover(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size));
        at_titles(bencher, &digest, |at| {
            features::hover::hover(&digest, at).is_some()
        });
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn definition(bencher: Bencher<'_, '_>, size: Size) {
        let digest = measure::parse_all(text(size));
        at_titles(bencher, &digest, |at| {
            features::definition::definition(&digest, at).is_some()
        });
    }

    fn at_titles(bencher: Bencher<'_, '_>, digest: &Digest, ask: impl Fn(usize) -> bool + Sync) {
        let strokes = Strokes::in_titles(digest, 1);
        let mut places = strokes.places().iter().cycle().copied();
        bencher
            .with_inputs(move || places.next().unwrap_or(0))
            .bench_local_values(|at| ask(black_box(at)));
    }
}

/// Between bytes and the editor's lines and columns.
#[divan::bench_group(max_time = 1)]
mod position {
    use super::*;

    #[divan::bench(args = [SMALL, LARGE])]
    fn to_utf8(bencher: Bencher<'_, '_>, size: Size) {
        to(bencher, size, Encoding::Utf8);
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn to_utf16(bencher: Bencher<'_, '_>, size: Size) {
        to(bencher, size, Encoding::Utf16);
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn from_utf8(bencher: Bencher<'_, '_>, size: Size) {
        from(bencher, size, Encoding::Utf8);
    }

    #[divan::bench(args = [SMALL, LARGE])]
    fn from_utf16(bencher: Bencher<'_, '_>, size: Size) {
        from(bencher, size, Encoding::Utf16);
    }

    fn to(bencher: Bencher<'_, '_>, size: Size, encoding: Encoding) {
        let rope = Text::new(text(size)).editable();
        let mut random = Random::new(1);
        bencher
            .with_inputs(|| random.below(rope.len()))
            .bench_local_values(|offset| rope.position_of(offset, encoding));
    }

    fn from(bencher: Bencher<'_, '_>, size: Size, encoding: Encoding) {
        let rope = Text::new(text(size)).editable();
        let mut random = Random::new(1);
        bencher
            .with_inputs(|| (random.below(rope.n_lines()), random.below(70)))
            .bench_local_values(|(line, column)| rope.offset_at(line, column, encoding));
    }
}
