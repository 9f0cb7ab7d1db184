//! What the client says of itself in `initialize`, as far as the index and the answers across
//! digests need to know.

use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

use crate::across::queue::MARK;
use crate::uri;

/// The client's command that opens a read-only page; its argument is the page's address.
pub(crate) const SHOW_PAGE: &str = "patchDigest.showPage";

/// What the client can take, and the folders it works on.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The workspace folders. They may change.
    pub(crate) folders: Mutex<Vec<PathBuf>>,
    /// The client has workspace folders.
    pub(crate) has_folders: bool,
    /// The client watches files when told which.
    pub(crate) watches_files: bool,
    /// The client watches files below one folder when told so.
    pub(crate) watches_below: bool,
    /// The client asks for code lenses again when told to.
    pub(crate) refreshes_lenses: bool,
    /// The client asks for the text of pages, and for the new text when told of it.
    pub(crate) shows_pages: bool,
    /// The client has a command that opens a page.
    pub(crate) opens_pages: bool,
    /// The client has marks of code actions made here, and has no command of its own for them.
    pub(crate) executes_marks: bool,
    /// The client knows completion.
    pub(crate) completes: bool,
    /// The client knows code lenses.
    pub(crate) lenses: bool,
    /// Symbols of the workspace can be tagged deprecated.
    pub(crate) symbol_tags: bool,
    /// Implementations may name the text they start from.
    pub(crate) implementation_links: bool,
    /// Links of pages to other pages lead there.
    pub(crate) follows_pages: bool,
    /// Links of hovers to pages lead there.
    pub(crate) follows_hovers: bool,
    /// The client shows how much is indexed.
    pub(crate) shows_status: bool,
}

impl Options {
    /// Reads the parameters of `initialize`.
    pub(crate) fn new(params: &Value) -> Self {
        let has = |pointer: &str| {
            params
                .pointer(pointer)
                .is_some_and(|value| !value.is_null())
        };
        let is_set = |pointer: &str| params.pointer(pointer) == Some(&Value::Bool(true));
        let commands = params.pointer("/initializationOptions/commands");
        let commands = commands.and_then(Value::as_array);
        let lists = |name: &str| {
            commands.is_some_and(|commands| commands.iter().any(|command| command == name))
        };
        let mut folders = folders(params.get("workspaceFolders"));
        if !has("/workspaceFolders") {
            // What clients had before folders could be several.
            let root = params.get("rootUri").and_then(Value::as_str);
            let path = params.get("rootPath").and_then(Value::as_str);
            let root = root.and_then(uri::path);
            let path = path.filter(|path| !path.is_empty()).map(PathBuf::from);
            folders.extend(root.or(path));
        }
        Self {
            folders: Mutex::new(folders),
            has_folders: is_set("/capabilities/workspace/workspaceFolders"),
            watches_files: is_set(
                "/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration",
            ),
            watches_below: is_set(
                "/capabilities/workspace/didChangeWatchedFiles/relativePatternSupport",
            ),
            refreshes_lenses: is_set("/capabilities/workspace/codeLens/refreshSupport"),
            shows_pages: has("/capabilities/workspace/textDocumentContent"),
            opens_pages: lists(SHOW_PAGE),
            executes_marks: has("/capabilities/workspace/executeCommand") && !lists(MARK),
            completes: has("/capabilities/textDocument/completion"),
            lenses: has("/capabilities/textDocument/codeLens"),
            symbol_tags: has("/capabilities/workspace/symbol/tagSupport"),
            implementation_links: is_set("/capabilities/textDocument/implementation/linkSupport"),
            follows_pages: is_set("/initializationOptions/pageLinks"),
            follows_hovers: is_set("/initializationOptions/hoverLinks"),
            shows_status: is_set("/initializationOptions/status"),
        }
    }
}

impl Options {
    /// Whether lenses are offered: each has a command, which the client must have.
    pub(crate) fn has_lenses(&self) -> bool {
        self.lenses && self.opens_pages
    }
}

/// The paths of a list of workspace folders; those that are not on the disk are left out.
pub(crate) fn folders(list: Option<&Value>) -> Vec<PathBuf> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    let paths = list.filter_map(|folder| uri::path(folder.get("uri")?.as_str()?));
    let mut folders = Vec::new();
    for path in paths {
        if !folders.contains(&path) {
            folders.push(path);
        }
    }
    folders
}
