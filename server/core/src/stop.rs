//! A word to long work: nobody wants its result any more.
//!
//! Work asks between two blocks, entries or digests and then gives up; how it comes to be told is
//! its caller's business. Asking costs one load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether work is still wanted. Clones are told together.
///
/// ```
/// use patch_digest_core::stop::Stop;
///
/// let stop = Stop::default();
/// let work = stop.clone();
/// assert!(!work.is_requested());
/// stop.request();
/// assert!(work.is_requested());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Tells the work to end. There is no way back.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for work that knows no more than that.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }

    /// Something that tells the work to end when it is dropped.
    #[must_use]
    pub fn on_drop(&self) -> StopOnDrop {
        StopOnDrop(self.clone())
    }
}

/// Tells work to end when it is dropped.
#[derive(Debug)]
pub struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.request();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_the_guard_tells_all_clones() {
        let (stop, other) = (Stop::default(), Stop::default());
        let work = stop.clone();
        let guard = stop.on_drop();
        assert!(!work.is_requested());
        drop(guard);
        assert!(work.is_requested());
        assert!(!other.is_requested());
    }
}
