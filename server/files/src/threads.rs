//! Work on all processors.

mod away;

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use patch_digest_core::syntax::halves::Work;

pub use away::Away;

/// Calls `work` with each number below `n`, until `cancel` is set.
pub(crate) fn in_parallel(n: usize, cancel: &AtomicBool, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            if idx >= n || cancel.load(Ordering::Relaxed) {
                return;
            }
            work(idx);
        }
    };
    // A thread for a few files costs more than it saves.
    let n_threads = n_processors().min(n / 8);
    share(n_threads, work);
}

/// Does pieces of work of which each is worth a thread, and returns when all are done.
pub fn at_once(works: &mut [Work<'_>]) {
    let n_threads = n_processors().min(works.len());
    let rest = Mutex::new(works.iter_mut());
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    share(n_threads, || {
        while let Some(work) = next() {
            work();
        }
    });
}

/// Has so many threads take part in some work, this one among them; returns when it is done.
pub fn share(n_threads: usize, take_part: impl Fn() + Sync) {
    let away = (n_threads > 1).then(Away::from_here);
    thread::scope(|scope| {
        for _ in 1..n_threads {
            // Where no thread is to be had, those that there are do it all.
            let _ = thread::Builder::new().spawn_scoped(scope, &take_part);
        }
        drop(away);
        take_part();
    });
}

/// How many threads run at once.
pub fn n_processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_done_once() {
        for n in [0, 1, 2, 9] {
            let mut counts = vec![0; n];
            let mut works: Vec<_> = counts.iter_mut().map(|count| || *count += 1).collect();
            let mut works: Vec<Work<'_>> = works.iter_mut().map(|work| work as Work<'_>).collect();
            at_once(&mut works);
            assert_eq!(counts, vec![1; n]);
        }
        let counts: Vec<_> = (0..100).map(|_| AtomicUsize::new(0)).collect();
        in_parallel(counts.len(), &AtomicBool::new(false), |idx| {
            counts[idx].fetch_add(1, Ordering::Relaxed);
        });
        let counts = counts.into_iter().map(AtomicUsize::into_inner);
        assert_eq!(counts.collect::<Vec<_>>(), [1; 100]);
    }
}
