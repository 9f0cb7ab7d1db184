//! How far the reading of a folder is, on a terminal and only if it takes a while. The line is gone
//! before anything else is printed.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What takes no longer is not worth a word.
const PATIENCE: Duration = Duration::from_millis(300);

/// Between two looks of the line.
const STEP: Duration = Duration::from_millis(100);

/// Cells of the bar.
const WIDTH: usize = 30;

/// A line that tells how many files were read; several threads may call it.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    is_shown: bool,
    n_done: AtomicUsize,
    /// Steps since the beginning for which the line was drawn.
    n_steps: AtomicUsize,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            is_shown: io::stderr().is_terminal(),
            n_done: AtomicUsize::new(0),
            n_steps: AtomicUsize::new(0),
        }
    }

    /// One more of `n` is done.
    pub(crate) fn step(&self, n: usize) {
        let n_done = self.n_done.fetch_add(1, Ordering::Relaxed) + 1;
        let elapsed = self.began.elapsed();
        if !self.is_shown || elapsed < PATIENCE {
            return;
        }
        let step = usize::try_from(elapsed.as_millis() / STEP.as_millis()).unwrap_or(usize::MAX);
        if self.n_steps.fetch_max(step, Ordering::Relaxed) < step {
            let _ = write!(io::stderr(), "\r{}", bar(n_done, n));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.n_steps.load(Ordering::Relaxed) > 0 {
            // Back to its start, and nothing from there on.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// `reading digests ━━━━━━────── 1234 of 10000`
fn bar(n_done: usize, n: usize) -> String {
    let n = n.max(n_done).max(1);
    let n_full = n_done * WIDTH / n;
    format!(
        "reading digests {}{} {n_done} of {n}",
        "━".repeat(n_full),
        "─".repeat(WIDTH - n_full)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_as_wide_whatever_is_done() {
        assert_eq!(
            bar(0, 0),
            format!("reading digests {} 0 of 1", "─".repeat(30))
        );
        assert_eq!(
            bar(5_000, 10_000),
            format!(
                "reading digests {}{} 5000 of 10000",
                "━".repeat(15),
                "─".repeat(15)
            )
        );
        assert_eq!(
            bar(7, 7),
            format!("reading digests {} 7 of 7", "━".repeat(30))
        );
    }
}
