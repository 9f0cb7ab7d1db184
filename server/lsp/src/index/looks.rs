//! When the disk is looked at again, for clients that do not watch files: from them nobody learns
//! that one changed.
//!
//! A look is part of a round (`state`), away from the message loop, and rounds rest. A document that
//! is opened, saved or closed is an occasion. So is a question to all digests, where the last look
//! is some seconds old: it is answered from what is known, and the next one is right. The queue
//! alone waits, as people come back to their editor and look at it, and do not ask again.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use super::Index;

/// How long nobody asks whether anything changed, at least.
const FRESH: Duration = Duration::from_secs(2);

/// The same as a multiple of what the look took.
const FRESH_FOR: u32 = 8;

/// How long the queue waits: after that it tells what is known, and of what comes later, too.
const PATIENCE: Duration = Duration::from_secs(3);

/// A look that was asked for, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Look(u64);

impl Look {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The looks that are over.
#[derive(Debug, Default)]
pub(super) struct Looks {
    last: watch::Sender<Last>,
}

#[derive(Debug, Default)]
struct Last {
    look: Look,
    /// `None` before the first search, which tells what is on the disk as well.
    fresh_until: Option<Instant>,
}

impl Looks {
    /// Notes that a search is over, or a look that took so long.
    pub(super) fn done(&self, look: Option<Look>, took: Duration) {
        let fresh = look.map_or(FRESH, |_| FRESH.max(took * FRESH_FOR));
        self.last.send_modify(|last| {
            last.look = last.look.max(look.unwrap_or_default());
            last.fresh_until = Some(Instant::now() + fresh);
        });
    }
}

impl Index {
    /// Has the disk looked at again, where the client does not watch it. Returns at once.
    pub(crate) fn look(&self) -> Option<Look> {
        if self.options().watches_files {
            return None;
        }
        let look = self.pending().want_look();
        self.wake.notify_one();
        Some(look)
    }

    /// The same, if the last look is not of this moment. The first search is not waited for.
    pub(crate) fn look_if_old(&self) -> Option<Look> {
        let is_old = |until: Instant| until <= Instant::now();
        let fresh_until = self.looks.last.borrow().fresh_until;
        fresh_until.is_some_and(is_old).then(|| self.look())?
    }

    /// Waits until a look is over, or too long.
    pub(crate) async fn looked(&self, look: Look) {
        let mut last = self.looks.last.subscribe();
        let _ = timeout(PATIENCE, last.wait_for(|last| last.look >= look)).await;
    }
}
