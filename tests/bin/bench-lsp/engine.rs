//! The engine without a server around it, beside the limits of the machine.

use std::time::Duration;

use patch_digest_core::text::Text;
use patch_digest_tests::generate::Generator;
use patch_digest_tests::measure::{self, Strokes, Timings};

use crate::Effort;

/// Figures of the engine at one size.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) n_bytes: usize,
    pub(crate) newlines: Timings,
    pub(crate) classify: Timings,
    pub(crate) rope: Timings,
    pub(crate) parse: Timings,
    pub(crate) in_body: Timings,
    pub(crate) in_title: Timings,
    pub(crate) edit_rope: Timings,
}

impl Engine {
    pub(crate) fn measure(generator: &Generator, text: &str, effort: Effort) -> Self {
        let n_others = (measure::VARIED / text.len()).saturating_sub(1);
        let others = generator.folder(text.len(), 2).take(n_others);
        let others: Vec<String> = others.map(|digest| digest.text).collect();
        let mut texts = std::iter::once(text)
            .chain(others.iter().map(String::as_str))
            .cycle();
        let mut next = || texts.next().unwrap_or(text);
        let limit = effort.limit / 2;
        // Side by side, as shares of each other are told.
        let [newlines, classify, rope, parse] =
            Timings::side_by_side(effort.n_rounds, 4 * limit, || {
                let text = next();
                let own = || text.to_owned();
                [
                    cold(own(), |text| measure::newlines(&text)),
                    cold(own(), |text| measure::classify(&text)),
                    cold(own(), |text| Text::new(text).editable()),
                    cold(own(), measure::parse_all),
                ]
            });

        let mut digest = measure::parse_all(text).editable();
        let mut only_text = digest.text().clone();
        let mut strokes = Strokes::in_bodies(&digest, 1);
        let edit_rope = Timings::of(effort.n_rounds, limit, || {
            let before = only_text.clone();
            let stroke = strokes.next();
            let elapsed = timed(|| stroke.map(|stroke| stroke.edit_text(&mut only_text)));
            drop(before);
            elapsed
        });
        let mut typing = |mut strokes: Strokes| {
            Timings::of(effort.n_rounds, limit, || {
                let stroke = strokes.next();
                timed(|| stroke.map(|stroke| stroke.edit_digest(&mut digest)))
            })
        };
        let in_body = typing(strokes_in_bodies(text));
        let in_title = typing(strokes_in_titles(text));
        Self {
            n_bytes: text.len(),
            newlines,
            classify,
            rope,
            parse,
            in_body,
            in_title,
            edit_rope,
        }
    }
}

fn strokes_in_bodies(text: &str) -> Strokes {
    Strokes::in_bodies(&patch_digest_core::Digest::parse(text), 1)
}

fn strokes_in_titles(text: &str) -> Strokes {
    Strokes::in_titles(&patch_digest_core::Digest::parse(text), 1)
}

/// How much processor time something takes that is done with a text of its own.
fn cold<T>(text: String, work: impl FnOnce(String) -> T) -> Duration {
    timed(|| work(text))
}

/// How much processor time something takes: what other programs do meanwhile does not count. Its
/// result is dropped afterwards.
fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = processor_time();
    let result = work();
    let elapsed = processor_time().saturating_sub(start);
    drop(std::hint::black_box(result));
    elapsed
}

#[cfg(unix)]
fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}

/// Where threads have no such clock, that of the wall has to do.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
