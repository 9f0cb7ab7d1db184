//! Two pieces of work at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Bytes of a text from which on two threads share the work on it.
pub(crate) const LARGE: usize = 1_000_000;

/// Does the first piece here and the second beside it, on a thread of its own where one is to be had;
/// what the first comes to, when both are done.
pub(crate) fn both<T>(first: impl FnOnce() -> T, second: impl FnMut() + Send) -> T {
    let second = Mutex::new(second);
    let work = || (second.lock().unwrap_or_else(PoisonError::into_inner))();
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, work);
        let result = first();
        if beside.is_err() {
            work();
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done() {
        let mut is_done = false;
        assert_eq!(both(|| 1, || is_done = true), 1);
        assert!(is_done);
    }
}
