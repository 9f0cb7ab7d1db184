//! What concerns the reader, from his settings and the MAINTAINERS file of his source tree.

use std::path::Path;
use std::sync::Mutex;
use std::time::SystemTime;

use patch_digest_config::Settings;
use patch_digest_core::queue::interest::{Interest, Wishes};
use patch_digest_core::queue::maintainers::Maintainers;

use crate::read;

/// Largest MAINTAINERS file that is read, in bytes. The kernel's has a megabyte.
const MAX_BYTES: u64 = 16 << 20;

/// What concerns the reader, and what of his settings cannot be used: one line for people each.
#[must_use]
pub fn interest(settings: &Settings) -> (Interest, Vec<String>) {
    let wishes = Wishes {
        me: settings.queue.me.clone(),
        paths: settings.watch.paths.clone(),
        people: settings.watch.people.clone(),
        words: settings.watch.words.clone(),
        ignore: settings.queue.ignore.clone(),
    };
    let mut complaints = Vec::new();
    let maintainers = settings.queue.tree.as_ref().and_then(|tree| {
        maintainers(tree)
            .map_err(|problem| complaints.push(problem))
            .ok()
    });
    let (interest, unread) = Interest::new(&wishes, maintainers.as_ref());
    complaints.extend(unread);
    (interest, complaints)
}

/// The MAINTAINERS file of a source tree; read again only when it has changed.
fn maintainers(tree: &Path) -> Result<Maintainers, String> {
    /// The file that was read last, and when it was changed last.
    static LAST: Mutex<Option<(std::path::PathBuf, SystemTime, Maintainers)>> = Mutex::new(None);

    let path = tree.join("MAINTAINERS");
    let problem = |cause: &str| format!("queue.tree: reading {}: {cause}", path.display());
    let metadata = path
        .metadata()
        .map_err(|error| problem(&read::plain_error(&error)))?;
    if !metadata.is_file() {
        return Err(problem("is not a file"));
    }
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let mut last = LAST
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((known, at, maintainers)) = &*last
        && *known == path
        && *at == modified
    {
        return Ok(maintainers.clone());
    }
    let bytes = read::bytes(&path, MAX_BYTES).map_err(|cause| problem(&cause))?;
    let maintainers = Maintainers::parse(&String::from_utf8_lossy(&bytes));
    if maintainers.is_empty() {
        return Err(problem("has no subsystem with paths"));
    }
    *last = Some((path, modified, maintainers.clone()));
    Ok(maintainers)
}
