//! `cargo bench --bench workspace`: the index of 10,000 digests of 40 KB, beside the limits that
//! the machine sets, and what is asked of it.
//!
//! The digests are made up from the corpus: one chain, in which series come back as later
//! versions. They are written to a temporary folder and read from the page cache, on two threads.
//!
//! A server indexes once, soon after its start: memory that was used before, and is given back in
//! pieces, makes it slower. So that is measured in processes of their own as well, before all else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;
use std::{env, fs, thread};

use divan::{Bencher, black_box};
use patch_digest_core::Digest;
use patch_digest_core::workspace::{Contribution, Workspace};
use patch_digest_files::{Gathered, threads};
use patch_digest_tests::generate::Generator;
use patch_digest_tests::measure;
use patch_digest_tests::temp::TempFolder;

const N_DIGESTS: usize = 10_000;
const N_BYTES: usize = 40_000;
const N_THREADS: usize = 2;

/// What a process is called with that indexes a folder once.
const ONCE: &str = "--index-once";
/// How often a process of its own indexes all.
const N_PROCESSES: usize = 7;

#[expect(clippy::print_stdout, reason = "a benchmark is there to print figures")]
fn main() {
    if let Some(folder) = env::args_os().skip_while(|arg| arg != ONCE).nth(1) {
        return index_once(Path::new(&folder));
    }
    let folder = &*FOLDER;
    println!("indexed, each time by a process of its own:");
    for _ in 0..N_PROCESSES {
        let program = env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        let status = command.arg(ONCE).arg(folder.temp.path()).status();
        assert!(status.is_ok_and(|status| status.success()));
    }
    let workspace = indexed(folder);
    let n_entries: usize = workspace
        .digests()
        .map(|(_, digest)| digest.n_entries())
        .sum();
    let n_postings: usize = workspace
        .digests()
        .map(|(_, digest)| digest.postings().len())
        .sum();
    println!(
        "{N_DIGESTS} digests, {n_entries} entries, {n_postings} postings, {} works; {} bytes of memory per entry",
        workspace.works().len(),
        workspace.n_bytes() / n_entries,
    );
    divan::main();
    let _ = fs::remove_dir_all(folder.temp.path());
}

/// Indexes the digests of a folder and prints how long that took.
#[expect(clippy::print_stdout, reason = "a benchmark is there to print figures")]
fn index_once(folder: &Path) {
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    let began = Instant::now();
    let contributions = contributions(&paths);
    let read = began.elapsed();
    let workspace = apply(contributions);
    let all = began.elapsed();
    assert_eq!(workspace.len(), paths.len());
    println!("  {all:.2?}, of which {read:.2?} to read what each adds");
}

struct Folder {
    temp: TempFolder,
    paths: Vec<PathBuf>,
}

static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    let temp = TempFolder::new();
    let generator = Generator::new().expect("the corpus is there");
    let mut paths = Vec::new();
    for made in generator.folder(N_BYTES, 1).take(N_DIGESTS) {
        temp.write(&made.name, &made.text);
        paths.push(temp.path().join(&made.name));
    }
    Folder { temp, paths }
});

/// Reads all files on two threads and does something with each key and text.
fn read_all<T: Send>(paths: &[PathBuf], work: impl Fn(Arc<str>, String) -> T + Sync) -> Vec<T> {
    let done = Mutex::new(Vec::with_capacity(paths.len()));
    thread::scope(|scope| {
        for paths in paths.chunks(paths.len().div_ceil(N_THREADS)) {
            let (done, work) = (&done, &work);
            scope.spawn(move || {
                let mut own = Vec::with_capacity(paths.len());
                for path in paths {
                    let text = fs::read_to_string(path).expect("it was written just now");
                    own.push(work(path.to_string_lossy().into(), text));
                }
                done.lock().expect("no thread panicked").extend(own);
            });
        }
    });
    done.into_inner().expect("no thread panicked")
}

fn contributions(paths: &[PathBuf]) -> Vec<(Arc<str>, Contribution)> {
    let read = Gathered::new(|(_, one): &mut (Arc<str>, Contribution)| one);
    read_all(paths, |key, text| {
        read.add((key, Contribution::of(&Digest::parse(text))));
    });
    read.finish()
}

fn indexed(folder: &Folder) -> Workspace {
    apply(contributions(&folder.paths))
}

fn apply(contributions: Vec<(Arc<str>, Contribution)>) -> Workspace {
    let changes = contributions.into_iter().map(|(key, one)| (key, Some(one)));
    let mut workspace = Workspace::default();
    workspace.apply_at_once(changes.collect(), threads::at_once);
    workspace
}

/// From files to the index.
#[divan::bench_group(sample_count = 3, sample_size = 1)]
mod index {
    use super::*;

    #[divan::bench]
    fn limit_read_and_classify() -> usize {
        read_all(&FOLDER.paths, |key, text| {
            (key, measure::classify(&text).starts.len())
        })
        .len()
    }

    #[divan::bench]
    fn limit_read_and_parse() -> usize {
        read_all(&FOLDER.paths, |key, text| {
            (key, measure::parse_all(text).text().len())
        })
        .len()
    }

    #[divan::bench]
    fn read_parse_and_contribute() -> usize {
        contributions(&FOLDER.paths).len()
    }

    #[divan::bench]
    fn put_together(bencher: Bencher<'_, '_>) {
        let all = contributions(&FOLDER.paths);
        bencher
            .with_inputs(|| all.clone())
            .bench_local_values(apply);
    }

    #[divan::bench]
    fn all_of_it() -> usize {
        indexed(&FOLDER).len()
    }
}

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let workspace = indexed(&FOLDER);
    // So that queries do not wait for it.
    let _ = workspace.chain();
    workspace
});

/// A digest from the middle, its last entry, and a title in it.
fn middle() -> (Arc<str>, usize, String) {
    let (key, digest) = WORKSPACE
        .digests()
        .nth(N_DIGESTS / 2)
        .expect("there are as many");
    let posting = digest.postings().next().expect("there is one");
    (Arc::clone(key), posting.lead(), posting.title().to_owned())
}

/// An edit, with the state before still in use.
#[divan::bench_group(sample_count = 50, sample_size = 1)]
mod edit {
    use super::*;

    #[divan::bench]
    fn in_a_title(bencher: Bencher<'_, '_>) {
        let (key, _, title) = middle();
        let text = fs::read_to_string(&*key).expect("it was written just now");
        let one = Contribution::of(&Digest::parse(&text));
        let other = Contribution::of(&Digest::parse(text.replace(&title, &format!("{title} x"))));
        assert_ne!(one, other);
        let mut workspace = WORKSPACE.clone();
        let mut turn = false;
        bencher.bench_local(|| {
            let before = workspace.clone();
            turn = !turn;
            workspace.set(&key, if turn { other.clone() } else { one.clone() });
            before
        });
    }

    #[divan::bench]
    fn in_a_message(bencher: Bencher<'_, '_>) {
        let (key, ..) = middle();
        let text = fs::read_to_string(&*key).expect("it was written just now");
        let one = Contribution::of(&Digest::parse(&text));
        let mut workspace = WORKSPACE.clone();
        bencher.bench_local(|| {
            let before = workspace.clone();
            workspace.set(&key, one.clone());
            before
        });
    }
}

/// The queue of the 10,000 digests, with what concerns a reader and 1,000 marks.
#[divan::bench_group(sample_count = 20, sample_size = 1)]
mod the_queue {
    use patch_digest_core::queue::interest::{Interest, Wishes};
    use patch_digest_core::queue::marks::{Mark, Marks};
    use patch_digest_core::queue::rows::{Filter, keys_of, marked_at};
    use patch_digest_core::queue::{Memo, Options, queue};
    use patch_digest_core::workspace::Place;

    use super::*;

    fn interest() -> Interest {
        let paths = ["arch/x86/kvm/", "virt/kvm/", "tools/testing/selftests/kvm/"];
        let wishes = Wishes {
            paths: paths.map(str::to_owned).into(),
            ..Wishes::default()
        };
        Interest::new(&wishes, None).0
    }

    fn marks() -> Marks {
        let mut marks = Marks::default();
        for (key, digest) in WORKSPACE.digests().step_by(N_DIGESTS / 1_000) {
            let Some(posting) = digest.postings().next() else {
                continue;
            };
            let place = Place {
                key: Arc::clone(key),
                entry: posting.lead(),
            };
            if let Some(marked) = marked_at(&WORKSPACE, &place, Mark::Reviewing, String::new()) {
                let keys = keys_of(&WORKSPACE, &place);
                marks.set(marked, &keys).expect("a file of today");
            }
        }
        marks
    }

    fn options() -> Options {
        Options {
            today: None,
            stuck_after: 4,
            max_rows: 300,
            filter: Filter::default(),
        }
    }

    #[divan::bench]
    fn the_first_time(bencher: Bencher<'_, '_>) {
        let (interest, marks, options) = (interest(), marks(), options());
        bencher
            .with_inputs(Memo::default)
            .bench_local_refs(|memo| queue(&WORKSPACE, &interest, &marks, memo, &options));
    }

    #[divan::bench]
    fn after_a_change(bencher: Bencher<'_, '_>) {
        let (interest, marks, options) = (interest(), marks(), options());
        let (key, _, title) = middle();
        let text = fs::read_to_string(&*key).expect("it was written just now");
        let one = Contribution::of(&Digest::parse(&text));
        let other = Contribution::of(&Digest::parse(text.replace(&title, &format!("{title} x"))));
        let mut workspace = WORKSPACE.clone();
        let mut memo = Memo::default();
        let _ = queue(&workspace, &interest, &marks, &mut memo, &options);
        let mut turn = false;
        bencher.bench_local(|| {
            turn = !turn;
            workspace.set(&key, if turn { other.clone() } else { one.clone() });
            queue(&workspace, &interest, &marks, &mut memo, &options)
        });
    }
}

/// What is asked of the index.
#[divan::bench_group(sample_count = 50, sample_size = 1)]
mod query {
    use super::*;

    #[divan::bench]
    fn history(bencher: Bencher<'_, '_>) {
        let (key, entry, _) = middle();
        bencher.bench_local(|| WORKSPACE.history(black_box(&key), entry));
    }

    #[divan::bench]
    fn since(bencher: Bencher<'_, '_>) {
        let (history, old, new) = re_rolled();
        bencher.bench_local(|| WORKSPACE.since(black_box(&history), old, new));
    }

    #[divan::bench]
    fn matrix(bencher: Bencher<'_, '_>) {
        let (history, ..) = re_rolled();
        bencher.bench_local(|| WORKSPACE.matrix(black_box(&history)));
    }

    #[divan::bench]
    fn news_of_a_digest(bencher: Bencher<'_, '_>) {
        let (key, ..) = middle();
        bencher.bench_local(|| WORKSPACE.news(black_box(&key)));
    }

    #[divan::bench]
    fn person(bencher: Bencher<'_, '_>) {
        let (key, ..) = middle();
        let digest = WORKSPACE.get(&key).expect("it is there");
        let who = digest
            .people()
            .next()
            .expect("there is one")
            .email
            .to_owned();
        bencher.bench_local(|| WORKSPACE.person(black_box(&who)));
    }

    #[divan::bench]
    fn touching(bencher: Bencher<'_, '_>) {
        let (key, ..) = middle();
        let digest = WORKSPACE.get(&key).expect("it is there");
        let mut files = digest.postings().flat_map(|posting| posting.files());
        let path = files.next().expect("there is one").path();
        bencher.bench_local(|| WORKSPACE.touching(black_box(&path)));
    }

    #[divan::bench]
    fn search_a_title(bencher: Bencher<'_, '_>) {
        let (.., title) = middle();
        bencher.bench_local(|| WORKSPACE.search(black_box(&title), 100));
    }

    #[divan::bench(args = ["", "kvm", "arm64 guest", "zzzzz", "virtualisaton"])]
    fn search(bencher: Bencher<'_, '_>, query: &str) {
        bencher.bench_local(|| WORKSPACE.search(black_box(query), 100));
    }

    /// The chain after the digest in the middle has become another; it is asked once per change.
    fn chain_after(bencher: Bencher<'_, '_>, change: impl Fn(&str) -> String) {
        let (key, ..) = middle();
        let text = fs::read_to_string(&*key).expect("it was written just now");
        let other = Contribution::of(&Digest::parse(change(&text)));
        bencher
            .with_inputs(|| {
                let mut workspace = WORKSPACE.clone();
                workspace.set(&key, other.clone());
                workspace
            })
            .bench_local_values(|workspace| Arc::clone(workspace.chain()));
    }

    #[divan::bench]
    fn chain_after_titles(bencher: Bencher<'_, '_>) {
        chain_after(bencher, |text| text.replace("[PATCH", "[RFC PATCH"));
    }

    #[divan::bench]
    fn chain_after_a_header(bencher: Bencher<'_, '_>) {
        chain_after(bencher, |text| text.replacen("From ", "From 0", 1));
    }

    /// A series of which the digests show more than one version.
    fn re_rolled() -> (Arc<patch_digest_core::workspace::History>, usize, usize) {
        let works = WORKSPACE.works();
        let mut several = works.iter().filter(|work| work.len() > 2);
        several
            .find_map(|work| {
                let history = WORKSPACE.history(&work[0].key, work[0].entry)?;
                let (old, new) = history.pair(0, None, None)?;
                Some((history, old, new))
            })
            .expect("series come back")
    }
}
