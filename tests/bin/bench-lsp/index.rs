//! The index of ten thousand digests, beside reading and classifying them in the same way: from the
//! page cache, on two threads. `cargo bench --bench workspace` has more of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use patch_digest_core::Digest;
use patch_digest_core::workspace::{Contribution, Workspace};
use patch_digest_tests::generate::Generator;
use patch_digest_tests::measure::{self, Timings};
use patch_digest_tests::temp::TempFolder;

use crate::Effort;

const N_BYTES: usize = 40_000;
const N_THREADS: usize = 2;

/// Figures of an index.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) n_digests: usize,
    pub(crate) n_entries: usize,
    pub(crate) bytes_per_entry: usize,
    /// From files to line indexes.
    pub(crate) limit: Duration,
    /// From files to the index.
    pub(crate) whole: Duration,
    /// A title changed in one digest.
    pub(crate) edit: Timings,
    /// What is asked of it.
    pub(crate) queries: Vec<(&'static str, Timings)>,
}

impl Index {
    pub(crate) fn measure(generator: &Generator, effort: Effort) -> Result<Self, String> {
        let folder = TempFolder::new();
        let made = generator.folder(N_BYTES, 1).take(effort.n_digests);
        let paths: Vec<PathBuf> = made
            .map(|digest| {
                folder.write(&digest.name, &digest.text);
                folder.path().join(&digest.name)
            })
            .collect();
        let lines = |text: &str| measure::classify(text).starts.len();
        let limit = best(|| read_all(&paths, lines).map(drop))?;
        let whole = best(|| indexed(&paths).map(drop))?;

        let workspace = indexed(&paths)?;
        let (key, digest) = workspace
            .digests()
            .nth(paths.len() / 2)
            .ok_or("an index without digests")?;
        let n_entries: usize = workspace.digests().map(|(_, one)| one.n_entries()).sum();
        let posting = digest.postings().next().ok_or("a digest without series")?;
        let (key, entry, title) = (Arc::clone(key), posting.lead(), posting.title().to_owned());
        let who = digest.people().next().ok_or("a digest without people")?;
        let who = who.email.to_owned();
        Ok(Self {
            n_digests: paths.len(),
            n_entries,
            bytes_per_entry: workspace.n_bytes() / n_entries.max(1),
            limit,
            whole,
            edit: edit(&workspace, &key, &title, effort)?,
            queries: vec![
                (
                    "history of a series",
                    ask(effort, || workspace.history(&key, entry)),
                ),
                (
                    "what is new in a digest",
                    ask(effort, || workspace.news(&key)),
                ),
                (
                    "everything of a person",
                    ask(effort, || workspace.person(&who)),
                ),
                (
                    "search for a title",
                    ask(effort, || workspace.search(&title, 100)),
                ),
                (
                    "search for a word",
                    ask(effort, || workspace.search("kvm", 100)),
                ),
                (
                    "search for what is not there",
                    ask(effort, || workspace.search("zzzzz", 100)),
                ),
            ],
        })
    }

    /// The slowest question.
    pub(crate) fn slowest(&self) -> Duration {
        let p99 = self
            .queries
            .iter()
            .map(|(_, timings)| timings.percentile(99));
        p99.max().unwrap_or_default()
    }
}

/// The best of three rounds: other programs only make it slower.
fn best(mut work: impl FnMut() -> Result<(), String>) -> Result<Duration, String> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn ask<T>(effort: Effort, question: impl Fn() -> T) -> Timings {
    Timings::of(effort.n_rounds, effort.limit / 5, || {
        let start = Instant::now();
        let answer = question();
        let elapsed = start.elapsed();
        drop(answer);
        elapsed
    })
}

/// Reads all files on several threads and does something with each.
fn read_all<T: Send>(
    paths: &[PathBuf],
    work: impl Fn(&str) -> T + Sync,
) -> Result<Vec<(Arc<str>, T)>, String> {
    let done = Mutex::new(Ok(Vec::with_capacity(paths.len())));
    thread::scope(|scope| {
        for paths in paths.chunks(paths.len().div_ceil(N_THREADS)) {
            let (done, work) = (&done, &work);
            scope.spawn(move || {
                let read = |path: &PathBuf| {
                    let text = fs::read_to_string(path)
                        .map_err(|error| format!("reading {}: {error}", path.display()))?;
                    Ok((Arc::from(path.to_string_lossy()), work(&text)))
                };
                let own: Result<Vec<_>, String> = paths.iter().map(read).collect();
                if let Ok(mut done) = done.lock() {
                    match (&mut *done, own) {
                        (Ok(all), Ok(own)) => all.extend(own),
                        (done, Err(error)) => *done = Err(error),
                        (Err(_), Ok(_)) => {}
                    }
                }
            });
        }
    });
    done.into_inner()
        .map_err(|_| "a thread panicked".to_owned())?
}

fn indexed(paths: &[PathBuf]) -> Result<Workspace, String> {
    let all = read_all(paths, |text| Contribution::of(&Digest::parse(text)))?;
    let changes = all.into_iter().map(|(key, one)| (key, Some(one)));
    let mut workspace = Workspace::default();
    workspace.apply(changes.collect());
    Ok(workspace)
}

fn edit(
    workspace: &Workspace,
    key: &Arc<str>,
    title: &str,
    effort: Effort,
) -> Result<Timings, String> {
    let text = fs::read_to_string(&**key).map_err(|error| format!("reading {key}: {error}"))?;
    let one = Contribution::of(&Digest::parse(&text));
    let other = Contribution::of(&Digest::parse(&text.replace(title, &format!("{title} x"))));
    let mut workspace = workspace.clone();
    let mut turn = false;
    Ok(Timings::of(effort.n_rounds, effort.limit / 5, || {
        let before = workspace.clone();
        turn = !turn;
        let next = if turn { other.clone() } else { one.clone() };
        let start = Instant::now();
        workspace.set(key, next);
        let elapsed = start.elapsed();
        drop(before);
        elapsed
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_index_has_all_figures() {
        let effort = Effort {
            n_rounds: 3,
            limit: Duration::from_millis(10),
            n_starts: 0,
            n_digests: 12,
        };
        let index = Index::measure(&Generator::new().unwrap(), effort).unwrap();
        assert_eq!(index.n_digests, 12);
        assert!(index.n_entries > 12 && index.bytes_per_entry > 100);
        assert!(index.limit < index.whole, "{index:?}");
        assert!(index.slowest() > Duration::ZERO);
        assert!(index.edit.n_rounds() >= 3);
    }
}
