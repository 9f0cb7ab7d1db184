//! The same work on many things, by all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use patch_digest_files::threads;

/// What work on each of some things comes to, in their order.
pub(crate) fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(things.len()));
    threads::share(threads::n_processors().min(things.len()), || {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(idx) else {
                return;
            };
            let result = work(thing);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((idx, result));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(idx, _)| *idx);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for n in [0, 1, 2, 1000] {
            let things: Vec<usize> = (0..n).collect();
            assert_eq!(map(&things, |thing| thing * 2), {
                let doubled = things.iter().map(|thing| thing * 2);
                doubled.collect::<Vec<_>>()
            });
        }
    }
}
