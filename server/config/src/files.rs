//! Finding and reading the files with settings. The only part of the crate that touches a disk.
//! Tests are in `tests/tests/settings.rs`.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::baseline::Baseline;
use crate::complaint::Complaint;
use crate::layers::{Layer, Origin, Resolved, Source, resolve};

/// The file that is looked for beside and above a digest.
pub const FILE_NAME: &str = ".patch-digest.toml";

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Longest path of a folder in which files are looked for, in bytes: as long as Linux takes.
const MAX_PATH: usize = 4096;

/// The user's own file, whether it exists or not: `$XDG_CONFIG_HOME/patch-digest/config.toml`,
/// `~/.config/...` without that variable, `%APPDATA%\...` on Windows.
#[must_use]
pub fn user_file() -> Option<PathBuf> {
    // A relative path in the variable is to be ignored, says its specification.
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let fallback = || {
        if cfg!(windows) {
            folder("APPDATA")
        } else {
            std::env::home_dir().map(|home| home.join(".config"))
        }
    };
    let config = folder("XDG_CONFIG_HOME").or_else(fallback)?;
    Some(config.join("patch-digest").join("config.toml"))
}

/// Reads a file; `None` where there is none.
#[must_use]
pub fn read(source: Source, path: &Path) -> Option<Layer> {
    layer(source, &read_text(path))
}

/// What a file says whose text is this.
fn layer(source: Source, text: &io::Result<String>) -> Option<Layer> {
    match text {
        Ok(text) => Some(Layer::from_toml(source, text)),
        Err(error)
            if matches!(
                error.kind(),
                // A folder of that name is somebody else's.
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
            ) =>
        {
            None
        }
        Err(error) => {
            let problem = format!("cannot be read: {}", plain_error(error));
            Some(Layer::unreadable(source, &problem))
        }
    }
}

/// The text of a settings file, whatever is wrong with it; `None` where there is none that can be
/// read.
#[must_use]
pub fn text(path: &Path) -> Option<String> {
    read_text(path).ok()
}

/// The file that is written to where something is to hold for the digests of a folder: the nearest
/// there is, not above `root`, the folder of the workspace. Where there is none, it is to be made
/// in `root`, or beside the digests where these are elsewhere.
#[must_use]
pub fn to_write(folder: &Path, root: Option<&Path>) -> PathBuf {
    let root = root.filter(|root| folder.starts_with(root));
    let inside = folder
        .ancestors()
        .take_while(|above| root.is_none_or(|root| above.starts_with(root)));
    let mut files = inside.map(|folder| folder.join(FILE_NAME));
    files
        .find(|path| path.is_file())
        .unwrap_or_else(|| root.unwrap_or(folder).join(FILE_NAME))
}

/// The absolute path of a file that may not exist, without `..`: by such paths it is told which
/// folders a file is in.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut without = PathBuf::new();
    for part in path.components() {
        if part != Component::ParentDir {
            without.push(part);
            continue;
        }
        // Above a link is what is above that which it leads to.
        if without.is_symlink()
            && let Ok(real) = without.canonicalize()
        {
            without = real;
        }
        without.pop();
    }
    without
}

/// An error without Rust's `(os error 2)`, to stand inside of a sentence.
#[must_use]
pub fn plain_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

fn read_text(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for somebody to write into it.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// The files that a [`Loader`] has read, and those that it would have read if they were there, each
/// with a hash of what was in it. They are few and short, so that looking into them is the way to
/// tell whether one has changed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    files: HashMap<PathBuf, u64>,
}

impl Seen {
    /// Reads a file, and remembers what was in it.
    fn read(&mut self, path: &Path) -> io::Result<String> {
        let text = read_text(path);
        self.files.insert(path.to_owned(), hash(&text));
        text
    }

    /// Whether there is another text by now in any of them. Reads them.
    #[must_use]
    pub fn have_changed(&self) -> bool {
        let mut files = self.files.iter();
        files.any(|(path, seen)| hash(&read_text(path)) != *seen)
    }
}

fn hash(text: &io::Result<String>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match text {
        Ok(text) => text.hash(&mut hasher),
        Err(error) => (error.kind(), error.to_string()).hash(&mut hasher),
    }
    hasher.finish()
}

/// A baseline and what is odd about it, or why it cannot be read.
type ReadBaseline = Result<(Arc<Baseline>, Vec<(u32, String)>), String>;

/// All sources of settings, read when first needed and kept until told otherwise.
#[derive(Debug, Default)]
pub struct Loader {
    environment: Option<Layer>,
    user: Option<Layer>,
    /// The last one wins.
    editor: Vec<Layer>,
    command_line: Option<Layer>,
    reads_files: bool,
    /// What stands in a folder itself.
    projects: HashMap<PathBuf, Option<Arc<Layer>>>,
    baselines: HashMap<PathBuf, ReadBaseline>,
    seen: Seen,
    /// What holds in a folder; `None` for texts that are no files.
    resolved: HashMap<Option<PathBuf>, Arc<Resolved>>,
}

impl Loader {
    /// Reads the user's file, and those of projects where they are asked for.
    #[must_use]
    pub fn new() -> Self {
        let mut loader = Self {
            reads_files: true,
            ..Self::default()
        };
        loader.reload();
        loader
    }

    /// Reads no file, ever: `--no-config`.
    #[must_use]
    pub fn without_files() -> Self {
        Self::default()
    }

    /// Sets what holds where nothing else is set.
    pub fn set_environment(&mut self, layer: Layer) {
        self.environment = Some(layer);
        self.resolved.clear();
    }

    /// Sets what an editor says; of several layers the last one wins.
    pub fn set_editor(&mut self, layers: Vec<Layer>) {
        self.editor = layers;
        self.resolved.clear();
    }

    /// Sets what the command line says.
    pub fn set_command_line(&mut self, layer: Layer) {
        self.command_line = Some(layer);
        self.resolved.clear();
    }

    /// Forgets what files said: they have changed.
    pub fn reload(&mut self) {
        self.projects.clear();
        self.baselines.clear();
        self.resolved.clear();
        self.seen = Seen::default();
        if self.reads_files {
            let user = user_file();
            self.user =
                user.and_then(|path| layer(Source::User(path.clone()), &self.seen.read(&path)));
        }
    }

    /// The files that all this comes from.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// What holds for a digest, or for the digests of a folder: of each setting the value of the
    /// last source that has it, out of defaults, environment, the user's file, `.patch-digest.toml`
    /// from the outermost folder to the nearest, editor, command line. Paths must be absolute;
    /// `None` is a text that is no file.
    pub fn settings(&mut self, folder: Option<&Path>) -> Arc<Resolved> {
        // No file can be in a folder with a longer path, and each part of it would be looked into.
        let folder = folder.filter(|folder| folder.as_os_str().len() <= MAX_PATH);
        let key = folder.map(Path::to_owned);
        if let Some(resolved) = self.resolved.get(&key) {
            return Arc::clone(resolved);
        }
        let projects = match folder {
            Some(folder) if self.reads_files => self.above(folder),
            _ => Vec::new(),
        };
        let layers = self
            .environment
            .iter()
            .chain(&self.user)
            .chain(projects.iter().map(|layer| &**layer))
            .chain(&self.editor)
            .chain(&self.command_line);
        let mut resolved = resolve(layers);
        self.read_baseline(&mut resolved);
        let resolved = Arc::new(resolved);
        self.resolved.insert(key, Arc::clone(&resolved));
        resolved
    }

    /// Reads the baseline, if there is one; one that cannot be read is complained of.
    fn read_baseline(&mut self, resolved: &mut Resolved) {
        let Some(path) = &resolved.settings.lint.baseline else {
            return;
        };
        let seen = &mut self.seen;
        let read = self.baselines.entry(path.clone()).or_insert_with(|| {
            let text = seen.read(path).map_err(|error| plain_error(&error))?;
            let (baseline, damage) = Baseline::parse(&text);
            Ok((Arc::new(baseline), damage))
        });
        let mut complain = |line, message: String| {
            let source = Some(Source::Baseline(path.clone()));
            let origin = Origin { source, line };
            resolved.complaints.push(Complaint { origin, message });
        };
        match read {
            Ok((baseline, damage)) => {
                for (line, message) in damage.iter().take(3) {
                    complain(Some(*line), message.clone());
                }
                resolved.baseline = Some(Arc::clone(baseline));
            }
            Err(problem) => complain(None, format!("cannot be read: {problem}")),
        }
    }

    /// The layers of a folder and those above it, outermost first.
    fn above(&mut self, folder: &Path) -> Vec<Arc<Layer>> {
        let mut layers = Vec::new();
        let seen = &mut self.seen;
        for folder in folder.ancestors() {
            let layer = self.projects.entry(folder.to_owned()).or_insert_with(|| {
                let path = folder.join(FILE_NAME);
                layer(Source::Project(path.clone()), &seen.read(&path)).map(Arc::new)
            });
            let Some(layer) = layer else { continue };
            layers.push(Arc::clone(layer));
            if layer.is_root() {
                break;
            }
        }
        layers.reverse();
        layers
    }
}
