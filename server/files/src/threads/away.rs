//! Threads started on other processors.
//!
//! A system may leave a new thread on the processor of the one that started it, though others are idle, until
//! that one has had its turn, which is 3 ms: Linux does so where the machine is virtual and its processors are
//! packed, or while whoever handed the work over is still busy on the other. Two threads then take as long as
//! one. So the thread that starts others goes elsewhere for that moment, where they begin, and comes back. They
//! stay off its processor, as after each wait they would be put there again.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// This thread, away from the processor that it ran on until this is dropped: threads that it starts meanwhile
/// stay elsewhere.
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
}

#[cfg(target_os = "linux")]
impl Drop for Away {
    /// Comes back.
    fn drop(&mut self) {
        if let Some((all, here)) = &self.left {
            let mut only = CpuSet::new();
            only.set(*here);
            // What fails leaves it where it is, and the threads that it started are there too.
            let _ = sched_setaffinity(None, &only);
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
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn threads_run_elsewhere_and_this_one_everywhere() {
        let all = sched_getaffinity(None).expect("it can be told");
        let away = Away::from_here();
        let elsewhere = thread::spawn(|| sched_getaffinity(None).expect("it can be told"));
        let left = away.left;
        drop(away);
        assert_eq!(sched_getaffinity(None), Ok(all));
        let elsewhere = elsewhere.join().expect("nothing failed");
        match left {
            Some((_, here)) => {
                assert!(!elsewhere.is_set(here) && elsewhere.count() + 1 == all.count());
            }
            None => assert_eq!(elsewhere, all),
        }
    }
}
