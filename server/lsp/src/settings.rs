//! Settings of the session: what the editor says, laid over the files beside the digests.
//!
//! An editor may say them in three ways: in `initialize`, when asked (`workspace/configuration`,
//! after `initialized` and whenever it says that something changed), and with
//! `workspace/didChangeConfiguration`. What was learned when asked counts most. After every change
//! all diagnostics are made anew. What is odd is told once, in the log. Tests are in
//! `tests/tests/protocol/settings.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patch_digest_config::kinds::LogLevel;
use patch_digest_config::{Layer, Loader, Resolved, baseline, files};
use serde_json::{Value, json};
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::ClientCaps;
use crate::log::Level;
use crate::shared::Shared;
use crate::uri;

/// The section of editors.
const SECTION: &str = "patchDigest";

/// The sources of settings.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    loader: Loader,
    /// The folder of the workspace.
    root: Option<PathBuf>,
    /// What `initialize` said.
    initial: Option<Layer>,
    /// What the editor said later.
    later: Option<Layer>,
    /// Complaints that were told.
    told: BTreeSet<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            loader: Loader::new(),
            root: None,
            initial: None,
            later: None,
            told: BTreeSet::new(),
        }
    }
}

impl State {
    fn set_layers(&mut self) {
        let layers = self.initial.iter().chain(&self.later).cloned().collect();
        self.loader.set_editor(layers);
    }
}

impl Sources {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// What holds for a document.
    pub(crate) fn settings_of(&self, address: &str) -> Arc<Resolved> {
        let path = uri::path(address);
        self.settings_in(path.as_deref().and_then(Path::parent))
    }

    /// What holds for the workspace as a whole.
    pub(crate) fn settings(&self) -> Arc<Resolved> {
        let root = self.sources.lock().root.clone();
        self.settings_in(root.as_deref())
    }

    /// The file in which something is set that is to hold for a document; `None` where it is no
    /// file itself.
    pub(crate) fn settings_file_of(&self, address: &str) -> Option<PathBuf> {
        let path = uri::path(address)?;
        let root = self.sources.lock().root.clone();
        Some(files::to_write(path.parent()?, root.as_deref()))
    }

    fn settings_in(&self, folder: Option<&Path>) -> Arc<Resolved> {
        let mut state = self.sources.lock();
        let resolved = state.loader.settings(folder);
        let news: Vec<String> = resolved
            .complaints
            .iter()
            .map(ToString::to_string)
            .filter(|complaint| !state.told.contains(complaint))
            .collect();
        // Whoever writes a new complaint for every key typed ends here.
        if state.told.len() < 1000 {
            state.told.extend(news.iter().cloned());
        }
        drop(state);
        for complaint in news {
            self.complain(complaint);
        }
        resolved
    }

    /// Takes over what `initialize` says.
    #[expect(
        deprecated,
        reason = "clients older than workspace folders name a root"
    )]
    pub(crate) fn begin_settings(&self, params: &lsp::InitializeParams) {
        let folders = params.workspace_folders.as_deref().unwrap_or_default();
        let folder = folders.first().map(|folder| &folder.uri);
        let root = folder.or(params.root_uri.as_ref());
        let mut state = self.sources.lock();
        state.root = root.and_then(|root| uri::path(root.as_str()));
        state.initial = params.initialization_options.as_ref().and_then(said);
        state.set_layers();
        drop(state);
        // Most editors call it so, and some can say it in no other way than here.
        let options = params.initialization_options.as_ref();
        let level = options.and_then(|options| options.get("logLevel")?.as_str());
        match level.and_then(Level::named) {
            Some(level) => self.log.set_level(level),
            None => self.set_log_level(&self.settings()),
        }
    }

    fn set_log_level(&self, resolved: &Resolved) {
        if resolved.origin("log.level").source.is_some() {
            self.log.set_level(match resolved.settings.log.level {
                LogLevel::Error => Level::Error,
                LogLevel::Warning => Level::Warning,
                LogLevel::Info => Level::Info,
                LogLevel::Debug => Level::Debug,
            });
        }
    }

    /// Takes over what the editor says later; `null` and the like are nothing.
    fn set_later_settings(&self, settings: &Value) {
        let later = said(settings);
        let mut state = self.sources.lock();
        if state.later == later {
            return;
        }
        state.later = later;
        state.set_layers();
        drop(state);
        self.settings_changed();
    }

    fn reload_settings(&self) {
        self.sources.lock().loader.reload();
        self.settings_changed();
    }

    /// Reads the files anew if one with settings is among those that changed.
    pub(crate) fn settings_files_changed(&self, changes: &[lsp::FileEvent]) {
        if changes
            .iter()
            .any(|change| is_settings(change.uri.as_str()))
        {
            self.reload_settings();
        }
    }

    /// Reads the files anew if one with settings was saved in the editor.
    pub(crate) fn settings_file_saved(&self, address: &str) {
        if is_settings(address) {
            self.reload_settings();
        }
    }

    /// Reads the files anew if there is another text in one of them. Reads files to tell.
    pub(crate) fn look_at_settings(&self) {
        let seen = self.sources.lock().loader.seen().clone();
        if seen.have_changed() {
            self.reload_settings();
        }
    }

    /// What follows from a change of settings. Whoever keeps something made from settings renews
    /// it from here.
    fn settings_changed(&self) {
        // Asking for them also tells what is odd about them, although nothing may be open.
        self.set_log_level(&self.settings());
        self.index.note_settings();
        self.diagnostics_changed();
        if self.caps().refreshes_hints
            && let Some(client) = self.client()
        {
            // It waits for the client, and what that says does not matter.
            tokio::spawn(async move { client.inlay_hint_refresh().await });
        }
    }
}

/// A layer, where anything is said at all.
fn said(settings: &Value) -> Option<Layer> {
    settings
        .as_object()
        .filter(|fields| !fields.is_empty())
        .map(|_| Layer::from_editor(settings))
}

/// After `initialized`: asks for the settings, and to be told of changes.
pub(crate) async fn begin(client: tower_lsp_server::Client, shared: Arc<Shared>) {
    let caps = shared.caps();
    let registrations = registrations(&caps);
    if !registrations.is_empty()
        && let Err(error) = client.register_capability(registrations).await
    {
        shared.complain(format!("client/registerCapability: {error}"));
    }
    ask(&client, &shared).await;
}

/// After `workspace/didChangeConfiguration`: a client that can be asked is asked; what another
/// sends along counts.
pub(crate) async fn changed(client: tower_lsp_server::Client, shared: Arc<Shared>, sent: Value) {
    // Whoever changed a file and cannot watch it has a way to have it read at once; and nothing
    // waits for an answer that may never come.
    shared.reload_settings();
    if !ask(&client, &shared).await {
        shared.set_later_settings(&sent);
    }
}

/// Asks for the settings; whether there was an answer with any.
async fn ask(client: &tower_lsp_server::Client, shared: &Shared) -> bool {
    if !shared.caps().configuration {
        return false;
    }
    let item = lsp::ConfigurationItem {
        scope_uri: None,
        section: Some(SECTION.to_owned()),
    };
    match client.configuration(vec![item]).await {
        Ok(values) => {
            let value = values.into_iter().next().unwrap_or_default();
            let is_said = said(&value).is_some();
            if is_said {
                shared.set_later_settings(&value);
            }
            is_said
        }
        Err(error) => {
            shared.complain(format!("workspace/configuration: {error}"));
            false
        }
    }
}

/// What the client is asked to tell of.
fn registrations(caps: &ClientCaps) -> Vec<lsp::Registration> {
    let mut registrations = Vec::new();
    let mut register = |method: &str, options: Value| {
        registrations.push(lsp::Registration {
            id: format!("patch-digest settings: {method}"),
            method: method.to_owned(),
            register_options: Some(options),
        });
    };
    if caps.register_configuration {
        register(
            "workspace/didChangeConfiguration",
            json!({ "section": SECTION }),
        );
    }
    if caps.register_watchers {
        let names = format!("**/{{{},{}}}", files::FILE_NAME, baseline::FILE_NAME);
        let mut watchers = vec![json!({ "globPattern": names })];
        // The user's file is in no workspace; only patterns with a base can name its folder.
        let user = files::user_file().filter(|_| caps.relative_patterns);
        if let Some((folder, name)) = user.as_deref().and_then(|path| {
            let name = path.file_name()?.to_str()?;
            Some((uri::of_path(path.parent()?)?, name.to_owned()))
        }) {
            watchers.push(json!({ "globPattern": { "baseUri": folder, "pattern": name } }));
        }
        register(
            "workspace/didChangeWatchedFiles",
            json!({ "watchers": watchers }),
        );
    }
    registrations
}

/// Whether a file that changed has settings in it.
fn is_settings(address: &str) -> bool {
    uri::path(address).is_some_and(|path| {
        path.file_name()
            .is_some_and(|name| name == files::FILE_NAME || name == baseline::FILE_NAME)
            || files::user_file().as_deref() == Some(&*path)
    })
}
