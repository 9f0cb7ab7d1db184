//! What the queue is made of besides the digests: what concerns the reader, and the marks he made.
//!
//! What concerns him follows from the settings and the MAINTAINERS file of his source tree; it is
//! read away from the message loop, which gets what was read last. The file of marks is read again
//! whenever it is another than before, as other editors change it too.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use patch_digest_config::{Resolved, Settings};
use patch_digest_core::queue::interest::Interest;
use patch_digest_core::queue::marks::Marks;
use patch_digest_core::queue::rows::Filter;
use patch_digest_core::queue::{Memo, Options, Queue, queue};
use patch_digest_core::workspace::{Day, Workspace};
use patch_digest_files::interest::interest;
use patch_digest_files::marks::{MarksFile, default_path};

use crate::shared::Shared;

/// Most rows of a section that are sent; the client is told how many more there are.
const MOST_ROWS: usize = 300;

/// Most troubles with marks that are told at a time.
const MOST_TROUBLES: usize = 20;

/// What the settings say of the queue.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) resolved: Arc<Resolved>,
    pub(super) interest: Interest,
    /// What of the settings cannot be used.
    complaints: Vec<String>,
    /// Where marks are kept; `None` where there is no place for them.
    pub(super) marks_path: Option<PathBuf>,
}

/// What is kept between two looks at the queue.
#[derive(Debug, Default)]
pub(crate) struct QueueState {
    /// Held for a moment only.
    wishes: Mutex<Option<Arc<Wishes>>>,
    /// With the wishes that it was made with. Locked before the marks.
    memo: Mutex<(Option<Arc<Wishes>>, Memo)>,
    marks: Mutex<Option<MarksFile>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panic left half done is made anew or read again.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The queue, and what is to be told of it.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) queue: Queue,
    /// One line for people each.
    pub(super) troubles: Vec<String>,
}

impl QueueState {
    /// Brings what concerns the reader up to date with the settings; whether it is another now.
    /// Reads files.
    pub(crate) fn follow(&self, shared: &Shared) -> bool {
        let resolved = shared.settings();
        let is_same = |known: &Arc<Wishes>| {
            let (known, now) = (&known.resolved.settings, &resolved.settings);
            known.queue == now.queue && known.watch == now.watch && known.links == now.links
        };
        if lock(&self.wishes).as_ref().is_some_and(is_same) {
            return false;
        }
        let (interest, complaints) = interest(&resolved.settings);
        for complaint in &complaints {
            shared.complain(complaint.clone());
        }
        let marks_path = marks_path(&resolved.settings);
        *lock(&self.wishes) = Some(Arc::new(Wishes {
            resolved,
            interest,
            complaints,
            marks_path,
        }));
        true
    }

    /// What the settings say, as of the last time they were looked at.
    pub(super) fn known(&self) -> Option<Arc<Wishes>> {
        lock(&self.wishes).clone()
    }

    /// What the settings say now. Reads files.
    pub(super) fn wishes(&self, shared: &Shared) -> Arc<Wishes> {
        self.follow(shared);
        self.known().unwrap_or_default()
    }

    /// Looks at the queue. Reads files.
    pub(super) fn look(&self, wishes: &Arc<Wishes>, all: &Workspace, filter: Filter) -> Looked {
        let mut kept = lock(&self.memo);
        let (made_with, memo) = &mut *kept;
        if made_with
            .as_ref()
            .is_none_or(|known| !Arc::ptr_eq(known, wishes))
        {
            *memo = Memo::default();
            *made_with = Some(Arc::clone(wishes));
        }
        let mut troubles = wishes.complaints.clone();
        let options = wishes.options(filter);
        let none = Marks::default();
        let mut file = lock(&self.marks);
        let marks = match wishes.file(&mut file).map(MarksFile::read) {
            Some(Ok(marks)) => marks,
            Some(Err(problem)) => {
                troubles.push(problem);
                &none
            }
            None => &none,
        };
        let queue = queue(all, &wishes.interest, marks, memo, &options);
        let path = wishes.marks_path.as_deref().unwrap_or("".as_ref());
        let told = marks.troubles().iter().take(MOST_TROUBLES);
        troubles.extend(
            told.map(|trouble| format!("{}:{}: {}", path.display(), trouble.line, trouble.message)),
        );
        let n_more = marks.troubles().len().saturating_sub(MOST_TROUBLES);
        if n_more > 0 {
            troubles.push(format!("{}: {n_more} more like these", path.display()));
        }
        Looked { queue, troubles }
    }

    /// Does something with the file of marks; `None` where there is no place for one.
    pub(super) fn with_marks<T>(
        &self,
        wishes: &Wishes,
        act: impl FnOnce(&mut MarksFile) -> T,
    ) -> Option<T> {
        let mut file = lock(&self.marks);
        wishes.file(&mut file).map(act)
    }
}

impl Wishes {
    /// What the queue is asked for, with today's day.
    pub(super) fn options(&self, filter: Filter) -> Options {
        let stuck_after = self.resolved.settings.queue.stuck_after;
        Options {
            today: today(),
            stuck_after: usize::try_from(stuck_after).unwrap_or(usize::MAX),
            max_rows: MOST_ROWS,
            filter,
        }
    }

    /// The file of marks, another one where the settings name another.
    fn file<'a>(&self, kept: &'a mut Option<MarksFile>) -> Option<&'a mut MarksFile> {
        if kept.as_ref().map(MarksFile::path) != self.marks_path.as_deref() {
            *kept = self.marks_path.clone().map(MarksFile::new);
        }
        kept.as_mut()
    }
}

fn marks_path(settings: &Settings) -> Option<PathBuf> {
    let set = settings.queue.state.0.clone();
    set.or_else(|| default_path(|name| std::env::var_os(name)))
}

fn today() -> Option<Day> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Day::from_seconds(now.as_secs())
}
