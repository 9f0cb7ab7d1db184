//! Work on threads of its own: two pieces at once, or one apart.

use std::sync::{Mutex, PoisonError};
use std::thread;

use patch_digest_files::threads::Away;

/// Bytes of a text from which on two threads share the work on it.
pub(crate) const LARGE: usize = 1_000_000;

/// Does the first piece here and the second beside it, on a thread of its own where one is to be had;
/// what the first comes to, when both are done.
pub(crate) fn both<T>(first: impl FnOnce() -> T, second: impl FnMut() + Send) -> T {
    let second = Mutex::new(second);
    let work = || (second.lock().unwrap_or_else(PoisonError::into_inner))();
    let away = Away::from_here();
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, work);
        drop(away);
        let result = first();
        if beside.is_err() {
            work();
        }
        result
    })
}

/// Does a piece of work of which the result stays on a thread of its own, where one is to be had.
///
/// Threads allocate from memory of their own. In that of a thread which answers requests, what stays would lie
/// above a large answer, and keep its memory from being given back.
pub(crate) fn apart<T: Send>(work: impl Fn() -> T + Sync) -> T {
    thread::scope(|scope| {
        let apart = thread::Builder::new().spawn_scoped(scope, &work);
        match apart.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            _ => work(),
        }
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

    #[test]
    fn what_is_done_apart_comes_back() {
        let here = thread::current().id();
        assert_ne!(apart(|| thread::current().id()), here);
    }
}
