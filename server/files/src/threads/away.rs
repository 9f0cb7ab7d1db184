//! Threads started on other processors.
//!
//! A system may leave a new thread on the processor of the one that started it, though others are idle, until
//! that one has had its turn, which is 3 ms: Linux does so where the machine is virtual and its processors are
//! packed, or while whoever handed the work over is still busy on the other. Two threads then take as long as
//! one. So the thread that starts others goes elsewhere for that moment, where they begin, and comes back.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// This thread, away from the processor that it ran on: threads that it starts now begin elsewhere.
#[derive(Debug)]
pub struct Away {
    /// The processors that this thread may run on, and the one that it left; `None` where that is the only one
    /// or cannot be told.
    #[cfg(target_os = "linux")]
    left: Option<(CpuSet, usize)>,
}

#[cfg(target_os = "linux")]
impl Away {
    /// Goes away.
    #[must_use]
    pub fn from_here() -> Self {
        let all = sched_getaffinity(None).ok();
        let left = all.and_then(|all| {
            let here = sched_getcpu();
            let mut others = all;
            others.unset(here);
            let has_others = others.count() > 0 && others != all;
            (has_others && sched_setaffinity(None, &others).is_ok()).then_some((all, here))
        });
        Self { left }
    }

    /// Comes back.
    pub fn back(&self) {
        if let Some((all, here)) = &self.left {
            let mut only = CpuSet::new();
            only.set(*here);
            // What fails leaves it where it is, and the threads that it started are there too.
            let _ = sched_setaffinity(None, &only);
            let _ = sched_setaffinity(None, all);
        }
    }

    /// To be called by each thread that was started: from now on it may run everywhere, as before.
    pub fn arrived(&self) {
        if let Some((all, _)) = &self.left {
            let _ = sched_setaffinity(None, all);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Away {
    /// Goes away.
    #[must_use]
    pub fn from_here() -> Self {
        Self {}
    }

    /// Comes back.
    pub fn back(&self) {}

    /// To be called by each thread that was started.
    pub fn arrived(&self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn threads_begin_elsewhere_and_may_run_everywhere() {
        let all = sched_getaffinity(None).expect("it can be told");
        let away = Away::from_here();
        thread::scope(|scope| {
            let begins = scope.spawn(|| {
                let begins = sched_getaffinity(None).expect("it can be told");
                away.arrived();
                assert_eq!(sched_getaffinity(None), Ok(all));
                begins
            });
            away.back();
            assert_eq!(sched_getaffinity(None), Ok(all));
            let begins = begins.join().expect("nothing failed");
            match away.left {
                Some((_, here)) => {
                    assert!(!begins.is_set(here) && begins.count() + 1 == all.count());
                }
                None => assert_eq!(begins, all),
            }
        });
    }
}
