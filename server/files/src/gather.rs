//! What threads read of many digests, gathered: what the digests add to a workspace is put into common
//! memory on the way ([`Contribution::share_shelf`]).
//!
//! The tests are in `tests/gather.rs`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use patch_digest_core::workspace::Contribution;
use patch_digest_core::workspace::contribution::ON_A_SHELF;

/// What was read so far, one item for each digest.
pub struct Gathered<T> {
    of: fn(&mut T) -> &mut Contribution,
    lists: Mutex<Lists<T>>,
}

struct Lists<T> {
    /// What each thread has read since it last filled a shelf: memory that another thread took is
    /// longer in giving back.
    waiting: HashMap<ThreadId, Vec<T>>,
    done: Vec<T>,
}

impl<T> Gathered<T> {
    /// Nothing so far; `of` tells where in an item stands what its digest adds.
    pub fn new(of: fn(&mut T) -> &mut Contribution) -> Self {
        Self {
            of,
            lists: Mutex::new(Lists {
                waiting: HashMap::new(),
                done: Vec::new(),
            }),
        }
    }

    /// Adds an item, from the thread that has made it.
    pub fn add(&self, item: T) {
        let mut full = {
            let mut lists = self.lists();
            let own = lists.waiting.entry(thread::current().id()).or_default();
            own.push(item);
            if own.len() < ON_A_SHELF {
                return;
            }
            std::mem::take(own)
        };
        // The other threads go on meanwhile.
        Contribution::share_shelf(full.iter_mut().map(self.of));
        self.lists().done.append(&mut full);
    }

    /// All that was added, in no order.
    pub fn finish(self) -> Vec<T> {
        let Self { of, lists } = self;
        let Lists { waiting, mut done } =
            lists.into_inner().unwrap_or_else(PoisonError::into_inner);
        let start = done.len();
        done.extend(waiting.into_values().flatten());
        Contribution::share_shelf(done.iter_mut().skip(start).map(of));
        done
    }

    fn lists(&self) -> MutexGuard<'_, Lists<T>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Gathered<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Gathered").finish_non_exhaustive()
    }
}
