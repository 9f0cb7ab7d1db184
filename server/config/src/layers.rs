//! Sources laid over one another, and where each value comes from. Pure: text and values in,
//! settings out; reading files is in `files`. Tests are below.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patch_digest_core::shown;
use serde_json::Value as Json;

use crate::baseline::Baseline;
use crate::complaint::{Complaint, quoted, suggestion};
use crate::kinds::Context;
use crate::node::{self, Node, Value};
use crate::settings::{self, Settings};

/// What a layer is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A variable of the environment.
    Environment(&'static str),
    /// The user's own file.
    User(PathBuf),
    /// A `.patch-digest.toml` beside or above a digest.
    Project(PathBuf),
    /// A file of known findings.
    Baseline(PathBuf),
    /// The settings of an editor.
    Editor,
    /// The command line.
    CommandLine,
}

/// Where a value comes from. Shown as `path:line`, or as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The source; `None` for defaults.
    pub source: Option<Source>,
    /// The line in it, from 1.
    pub line: Option<u32>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            None => write!(f, "default")?,
            Some(Source::Environment(name)) => write!(f, "environment variable {name}")?,
            Some(Source::User(path) | Source::Project(path) | Source::Baseline(path)) => {
                write!(f, "{}", shown::plain(&path.to_string_lossy()))?;
            }
            Some(Source::Editor) => write!(f, "editor settings")?,
            Some(Source::CommandLine) => write!(f, "command line")?,
        }
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// What one source says.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Where it comes from.
    pub source: Source,
    root: Node,
    complaints: Vec<Complaint>,
}

/// The most that is complained about in one source.
const MAX_COMPLAINTS: usize = 20;

impl Layer {
    /// A layer out of a file's text.
    #[must_use]
    pub fn from_toml(source: Source, text: &str) -> Self {
        let (root, errors) = node::from_toml(text);
        let complaints = errors
            .into_iter()
            .take(MAX_COMPLAINTS)
            .map(|(line, message)| Complaint {
                origin: Origin {
                    source: Some(source.clone()),
                    line: Some(line),
                },
                message: shown::plain(&message).into_owned(),
            })
            .collect();
        Self {
            source,
            root,
            complaints,
        }
    }

    /// A layer out of what an editor sends: nested or flat, with or without the section's name.
    #[must_use]
    pub fn from_editor(json: &Json) -> Self {
        Self::of(
            Source::Editor,
            node::from_json(json, &|path| settings::key(path).is_some()),
        )
    }

    /// A layer of values that are known already.
    #[must_use]
    pub fn of(source: Source, root: Node) -> Self {
        Self {
            source,
            root,
            complaints: Vec::new(),
        }
    }

    /// A layer with nothing in it but a complaint: of a file that cannot be read.
    #[must_use]
    pub fn unreadable(source: Source, problem: &str) -> Self {
        let origin = Origin {
            source: Some(source.clone()),
            line: None,
        };
        let mut layer = Self::of(source, Node::empty());
        layer.complaints.push(Complaint {
            origin,
            message: problem.to_owned(),
        });
        layer
    }

    /// Sets a value by its dotted path.
    pub fn set(&mut self, path: &str, value: Value) {
        let path: Vec<&str> = path.split('.').collect();
        self.root.insert(&path, Node::of(value));
    }

    /// Whether files further up are left alone: `root = true` in a project's file.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self.source, Source::Project(_))
            && self.root.get("root").map(|node| &node.value) == Some(&Value::Bool(true))
    }

    /// The folder that relative paths count from.
    fn folder(&self) -> Option<&Path> {
        match &self.source {
            Source::User(path) | Source::Project(path) => path.parent(),
            _ => None,
        }
    }
}

/// Settings, where each that was set comes from, and what could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// What holds.
    pub settings: Settings,
    /// By dotted path, also of single rules: `lint.rules.bad-header`.
    origins: BTreeMap<String, Origin>,
    /// Findings that are known, where `lint.baseline` names a file of them.
    pub baseline: Option<Arc<Baseline>>,
    /// What was left out, in the order of the layers.
    pub complaints: Vec<Complaint>,
}

impl Resolved {
    /// Whether a file of known findings is named that could not be read.
    #[must_use]
    pub fn misses_baseline(&self) -> bool {
        self.settings.lint.baseline.is_some() && self.baseline.is_none()
    }

    /// Where the value of a dotted path comes from.
    #[must_use]
    pub fn origin(&self, path: &str) -> Origin {
        self.origins.get(path).cloned().unwrap_or(Origin {
            source: None,
            line: None,
        })
    }
}

/// Lays sources over one another; later ones win, key by key.
#[must_use]
pub fn resolve<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Resolved {
    let mut resolved = Resolved::default();
    for layer in layers {
        let before = resolved.complaints.len();
        resolved.complaints.extend(layer.complaints.iter().cloned());
        let mut taker = Taker {
            layer,
            resolved: &mut resolved,
        };
        taker.table("", &layer.root);
        resolved.complaints.truncate(before + MAX_COMPLAINTS);
    }
    resolved
}

/// What editors have in the section that is not for the server, and names of groups of those.
const OF_EDITORS: &[&str] = &[
    "detect",
    "server",
    "trace",
    "commands",
    "log-level",
    "status",
    "page-links",
];

struct Taker<'a> {
    layer: &'a Layer,
    resolved: &'a mut Resolved,
}

impl Taker<'_> {
    fn origin(&self, line: Option<u32>) -> Origin {
        Origin {
            source: Some(self.layer.source.clone()),
            line,
        }
    }

    fn complain(&mut self, line: Option<u32>, message: String) {
        let origin = self.origin(line);
        // What follows from an error of grammar on the same line is no news.
        let is_told = |told: &Complaint| line.is_some() && told.origin == origin;
        if !self.layer.complaints.iter().any(is_told) {
            self.resolved.complaints.push(Complaint { origin, message });
        }
    }

    fn table(&mut self, prefix: &str, node: &Node) {
        for (name, node) in node.entries() {
            let path = if prefix.is_empty() {
                name.to_owned()
            } else {
                format!("{prefix}.{name}")
            };
            let is_section = settings::keys().any(|key| {
                key.path
                    .strip_prefix(&*path)
                    .is_some_and(|rest| rest.starts_with('.'))
            });
            if let Some(key) = settings::key(&path) {
                self.take(key, node);
            } else if is_section {
                match node.value {
                    Value::Table(_) => self.table(&path, node),
                    _ => {
                        let message = format!(
                            "`{path}` is a table, found {}; its settings are ignored",
                            node.value.type_name()
                        );
                        self.complain(node.line, message);
                    }
                }
            } else if !self.is_of_others(&path) {
                let known = settings::keys().map(|key| key.path);
                let sections = settings::SECTIONS.iter().map(|section| section.path);
                let meant = suggestion(&path, known.chain(sections));
                self.complain(
                    node.line,
                    format!("there is no setting {}{meant}", quoted(&path)),
                );
            }
        }
    }

    fn is_of_others(&self, path: &str) -> bool {
        match self.layer.source {
            Source::Project(_) | Source::User(_) => path == "root",
            Source::Editor => OF_EDITORS.contains(&path),
            _ => false,
        }
    }

    fn take(&mut self, key: &settings::Key, node: &Node) {
        let before = (key.json)(&self.resolved.settings);
        let mut context = Context {
            folder: self.layer.folder(),
            is_project: matches!(self.layer.source, Source::Project(_)),
            complaints: Vec::new(),
        };
        (key.take)(&mut self.resolved.settings, node, &mut context);
        let complaints = context.complaints;
        let is_refused = !complaints.is_empty() && (key.json)(&self.resolved.settings) == before;
        for (line, message) in complaints {
            let line = line.or(node.line);
            self.complain(line, format!("`{}`: {message}", key.path));
        }
        if is_refused {
            return;
        }
        let origin = self.origin(node.line);
        self.resolved.origins.insert(key.path.to_owned(), origin);
        for (name, node) in node.entries() {
            let origin = self.origin(node.line);
            self.resolved
                .origins
                .insert(format!("{}.{name}", key.path), origin);
        }
    }
}

#[cfg(test)]
mod tests;
