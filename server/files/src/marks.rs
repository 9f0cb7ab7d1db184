//! The file of marks: read again when somebody else has changed it, and changed as a whole, under a
//! lock, so that two editors (or two machines' worth of them in one folder) lose nothing of each
//! other's.
//!
//! What stands in the file is the business of `patch_digest_core::queue::marks`. The tests are in
//! `tests/marks.rs`.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use patch_digest_core::queue::marks::Marks;

use crate::read::{self, plain_error};
use crate::replace::{Expected, replace};
use crate::stamp::Stamp;

/// Largest file of marks that is read, in bytes: some hundred thousand series.
const MAX_BYTES: u64 = 64 << 20;

/// How long a change waits for another program that is changing the file. Nobody takes a tenth of
/// that, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// A file of marks, with what was read of it last.
#[derive(Debug)]
pub struct MarksFile {
    path: PathBuf,
    /// What the file looked like when it was read, if there was one; `None` before that.
    stamp: Option<Option<Stamp>>,
    marks: Marks,
}

/// Where marks are kept when nothing is set: `patch-digest/marks` in the user's state folder.
/// `variable` looks up a variable of the environment.
#[must_use]
pub fn default_path(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(folder.join("patch-digest/marks"))
}

impl MarksFile {
    /// The file at a path; it need not exist.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            stamp: None,
            marks: Marks::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is not what was read last.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stamp.as_ref() != Some(&Stamp::of(&self.path))
    }

    /// The marks, read again if the file has changed. No file is no mark.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read, for people.
    pub fn read(&mut self) -> Result<&Marks, String> {
        if self.is_stale() {
            let stamp = Stamp::of(&self.path);
            self.marks = Marks::parse(&self.text()?);
            self.stamp = Some(stamp);
        }
        Ok(&self.marks)
    }

    /// Changes the marks as they are now in the file, whoever wrote them, and writes them.
    ///
    /// # Errors
    ///
    /// Why they could not be changed, for people; the file is as it was then.
    pub fn change(
        &mut self,
        change: impl Fn(&mut Marks) -> Result<(), String>,
    ) -> Result<(), String> {
        let folder = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .map_err(|error| self.problem("making its folder", &plain_error(&error)))?;
        let lock = lock(folder, self.path.file_name().unwrap_or_default())
            .map_err(|problem| self.problem("locking", &problem))?;
        let before = self.text()?;
        let mut marks = Marks::parse(&before);
        if marks.is_foreign() {
            let problem = "is something else: expected `# patch-digest marks` on its first line; \
                           nothing in it is changed";
            return Err(self.problem("changing", problem));
        }
        change(&mut marks)?;
        let after = marks.text();
        if after != before {
            let expected = if Stamp::of(&self.path).is_some() {
                Expected::Bytes(before.as_bytes())
            } else {
                Expected::Anything
            };
            replace(&self.path, expected, after.as_bytes())
                .map_err(|problem| self.problem("writing", &problem))?;
        }
        drop(lock);
        self.stamp = None;
        self.read().map(|_| ())
    }

    fn text(&self) -> Result<String, String> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
            Ok(metadata) if !metadata.is_file() => {
                return Err(self.problem("reading", "is not a regular file"));
            }
            _ => {}
        }
        let bytes = read::bytes(&self.path, MAX_BYTES)
            .map_err(|problem| self.problem("reading", &problem))?;
        String::from_utf8(bytes).map_err(|_| {
            self.problem(
                "reading",
                "is not UTF-8; repair it, nothing in it is changed",
            )
        })
    }

    fn problem(&self, doing: &str, problem: &str) -> String {
        format!("{doing} the marks in {}: {problem}", self.path.display())
    }
}

/// Locks the folder: no file is left behind, and no two files of marks are ever in one's way for
/// longer than a blink. Where folders cannot be locked, a file beside the marks is. Released when
/// dropped, also by the end of the process.
fn lock(folder: &Path, name: &OsStr) -> Result<Option<File>, String> {
    let file = if cfg!(unix) {
        File::open(folder)
    } else {
        let mut lock_name = OsStr::new(".").to_owned();
        lock_name.push(name);
        lock_name.push(".lock");
        File::options()
            .create(true)
            .append(true)
            .open(folder.join(lock_name))
    };
    let file = file.map_err(|error| plain_error(&error))?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                return Err("another program keeps the folder locked; try again".to_owned());
            }
            // A file system without locks: a change by someone else meanwhile is still noticed, as
            // the content is compared before it is replaced.
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}
