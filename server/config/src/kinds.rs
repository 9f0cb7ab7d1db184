//! The types of settings: how a value is read from a source, shown, and described. A new type is
//! an implementation of [`Setting`]. Tests are in `layers`, through whole sources.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use patch_digest_core::lints::{self, Profile, RULES, Severity};
use serde_json::{Value as Json, json};

use crate::complaint::{quoted, suggestion};
use crate::files;
use crate::globs::Pattern;
use crate::lint::{Levels, PerPath};
use crate::node::{Node, Value};

/// What a setting can be, for the schema and the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Bool,
    /// A whole number from 0.
    Count,
    /// A text.
    Text,
    /// One of some words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// Several texts.
    Texts,
    /// Patterns for paths.
    Patterns,
    /// A file or folder.
    Path,
    /// Levels by the codes of rules.
    Levels,
    /// Texts by names of one's own.
    TextMap,
    /// Several `[[lint.per-path]]`.
    PerPath,
}

/// What reading a value may need and leaves behind.
#[derive(Debug)]
pub struct Context<'a> {
    /// The folder that relative paths and patterns count from: that of a project's file.
    pub folder: Option<&'a Path>,
    /// Whether the source came with the digests, and so may be a stranger's.
    pub is_project: bool,
    /// What could not be read: the line, and what is wrong with the value.
    pub complaints: Vec<(Option<u32>, String)>,
}

impl Context<'_> {
    fn expected(&mut self, node: &Node, expected: &str) {
        let found = match &node.value {
            Value::Text(text) => quoted(text),
            other => other.type_name().to_owned(),
        };
        self.wrong(node, format!("expected {expected}, found {found}"));
    }

    fn wrong(&mut self, node: &Node, message: String) {
        self.complaints.push((node.line, message));
    }
}

/// A type of settings.
pub trait Setting {
    /// What it can be.
    fn kind() -> Kind;

    /// Takes over what a source says; on a value that cannot be read it stays as it is.
    fn take(&mut self, node: &Node, context: &mut Context<'_>);

    /// The value as JSON; `null` where there is none.
    fn json(&self) -> Json;
}

impl Setting for bool {
    fn kind() -> Kind {
        Kind::Bool
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        match node.value {
            Value::Bool(value) => *self = value,
            _ => context.expected(node, "true or false"),
        }
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

impl Setting for u64 {
    fn kind() -> Kind {
        Kind::Count
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        match node.value {
            Value::Integer(value) if value >= 0 => *self = value.unsigned_abs(),
            Value::Integer(value) => {
                context.wrong(node, format!("expected a number from 0, found {value}"));
            }
            _ => context.expected(node, "a number from 0"),
        }
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

impl Setting for String {
    fn kind() -> Kind {
        Kind::Text
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        match &node.value {
            Value::Text(text) => self.clone_from(text),
            _ => context.expected(node, "a string"),
        }
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

/// The texts of an array. A single text counts as one; what is no text is left out.
fn texts<'a>(node: &'a Node, context: &mut Context<'_>) -> Option<Vec<(&'a Node, &'a str)>> {
    match &node.value {
        Value::Text(text) => Some(vec![(node, text)]),
        Value::List(nodes) => {
            let mut found = Vec::new();
            for node in nodes {
                match &node.value {
                    Value::Text(text) => found.push((node, &**text)),
                    _ => context.expected(node, "a string"),
                }
            }
            Some(found)
        }
        _ => {
            context.expected(node, "an array of strings");
            None
        }
    }
}

impl Setting for Vec<String> {
    fn kind() -> Kind {
        Kind::Texts
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        if let Some(texts) = texts(node, context) {
            *self = texts.into_iter().map(|(_, text)| text.to_owned()).collect();
        }
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

fn patterns(node: &Node, context: &mut Context<'_>) -> Option<Vec<Pattern>> {
    let mut patterns = Vec::new();
    for (node, text) in texts(node, context)? {
        match Pattern::new(text, context.folder) {
            Ok(pattern) => patterns.push(pattern),
            Err(problem) => context.wrong(node, format!("the pattern {} {problem}", quoted(text))),
        }
    }
    Some(patterns)
}

impl Setting for Vec<Pattern> {
    fn kind() -> Kind {
        Kind::Patterns
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        if let Some(patterns) = patterns(node, context) {
            *self = patterns;
        }
    }

    fn json(&self) -> Json {
        json!(self.iter().map(Pattern::text).collect::<Vec<_>>())
    }
}

/// A file or folder that is read.
impl Setting for Option<PathBuf> {
    fn kind() -> Kind {
        Kind::Path
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        match &node.value {
            Value::Text(text) if text.is_empty() => *self = None,
            Value::Text(text) => *self = Some(absolute(text, context.folder)),
            _ => context.expected(node, "a path"),
        }
    }

    fn json(&self) -> Json {
        json!(self.as_ref().map(|path| path.to_string_lossy()))
    }
}

/// A file that is written. One that came with the digests may name only files beside itself: a
/// stranger's settings must not decide what is overwritten on the reader's machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenFile(pub Option<PathBuf>);

impl Setting for WrittenFile {
    fn kind() -> Kind {
        Kind::Path
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        if let Value::Text(text) = &node.value
            && context.is_project
            && !is_below(text)
        {
            let found = quoted(text);
            return context.wrong(
                node,
                format!("expected a path below this folder, found {found}"),
            );
        }
        Setting::take(&mut self.0, node, context);
    }

    fn json(&self) -> Json {
        self.0.json()
    }
}

/// Whether a path stays in the folder that it starts from.
fn is_below(text: &str) -> bool {
    !text.starts_with('~')
        && Path::new(text)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn absolute(text: &str, folder: Option<&Path>) -> PathBuf {
    if let Some(below) = text.strip_prefix("~/")
        && let Some(home) = std::env::home_dir()
    {
        return home.join(below);
    }
    folder.map_or_else(
        || PathBuf::from(text),
        |folder| files::absolute(&folder.join(text)),
    )
}

impl Setting for Profile {
    fn kind() -> Kind {
        Kind::Choice(&[
            (
                "reader",
                "for who reads digests: what is broken or misleads",
            ),
            (
                "maker",
                "for who makes them: everything that is not as it should be",
            ),
        ])
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        let profile = match &node.value {
            Value::Text(text) => Self::named(text),
            _ => None,
        };
        match profile {
            Some(profile) => *self = profile,
            None => context.expected(node, "`reader` or `maker`"),
        }
    }

    fn json(&self) -> Json {
        json!(self.name())
    }
}

/// Whether a value is a table; an empty array counts, as Lua cannot tell them apart.
fn is_table(node: &Node) -> bool {
    match &node.value {
        Value::Table(_) => true,
        Value::List(nodes) => nodes.is_empty(),
        _ => false,
    }
}

/// How much the server tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What went wrong in the server.
    Error,
    /// What went wrong outside of it.
    Warning,
    /// What it does.
    Info,
    /// What only its developers want to know.
    Debug,
}

/// Every level with its name and what it means.
const LOG_LEVELS: &[(&str, &str)] = &[
    ("error", "what went wrong in the server"),
    ("warning", "what went wrong outside of it, too"),
    ("info", "what it does, too"),
    ("debug", "what only its developers want to know, too"),
];

impl Setting for LogLevel {
    fn kind() -> Kind {
        Kind::Choice(LOG_LEVELS)
    }

    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        *self = match &node.value {
            Value::Text(text) if text == "error" => Self::Error,
            Value::Text(text) if text == "warning" => Self::Warning,
            Value::Text(text) if text == "info" => Self::Info,
            Value::Text(text) if text == "debug" => Self::Debug,
            _ => return context.expected(node, "error, warning, info or debug"),
        };
    }

    fn json(&self) -> Json {
        json!(LOG_LEVELS[*self as usize].0)
    }
}

/// The word for a rule that is off.
pub(crate) const OFF: &str = "off";

impl Setting for Levels {
    fn kind() -> Kind {
        Kind::Levels
    }

    /// Adds to the levels of other sources, rule by rule.
    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        if !is_table(node) {
            return context.expected(node, "a table of levels by rule");
        }
        for (code, node) in node.entries() {
            let Some(rule) = lints::rule(code) else {
                let meant = suggestion(code, RULES.iter().map(|rule| rule.code));
                context.wrong(node, format!("there is no rule {}{meant}", quoted(code)));
                continue;
            };
            let level = match &node.value {
                Value::Text(text) => Severity::named(text),
                _ => None,
            };
            match level {
                Some(level) => {
                    self.insert(rule.code, level);
                }
                None => context.expected(node, "error, warning, information, hint or off"),
            }
        }
    }

    fn json(&self) -> Json {
        json!(
            self.iter()
                .map(|(code, level)| (*code, level.map_or(OFF, Severity::name)))
                .collect::<BTreeMap<_, _>>()
        )
    }
}

impl Setting for BTreeMap<String, String> {
    fn kind() -> Kind {
        Kind::TextMap
    }

    /// Adds to the texts of other sources, name by name.
    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        if !is_table(node) {
            return context.expected(node, "a table of strings");
        }
        for (name, node) in node.entries() {
            match &node.value {
                Value::Text(text) => {
                    self.insert(name.to_owned(), text.clone());
                }
                _ => context.expected(node, "a string"),
            }
        }
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

/// The keys of a `[[lint.per-path]]`.
pub(crate) const PER_PATH_KEYS: &[&str] = &["paths", "profile", "review", "rules"];

impl Setting for Vec<PerPath> {
    fn kind() -> Kind {
        Kind::PerPath
    }

    /// Stands behind those of other sources, and so wins over them.
    fn take(&mut self, node: &Node, context: &mut Context<'_>) {
        let Value::List(nodes) = &node.value else {
            return context.expected(node, "an array of tables");
        };
        for node in nodes {
            let Some(paths) = node.get("paths") else {
                context.wrong(node, "`paths` is missing".to_owned());
                continue;
            };
            for (name, node) in node.entries() {
                if !PER_PATH_KEYS.contains(&name) {
                    let meant = suggestion(name, PER_PATH_KEYS.iter().copied());
                    context.wrong(node, format!("there is no key {}{meant}", quoted(name)));
                }
            }
            let mut special = PerPath {
                paths: patterns(paths, context).unwrap_or_default(),
                profile: None,
                review: None,
                rules: Levels::new(),
            };
            if let Some(node) = node.get("rules") {
                special.rules.take(node, context);
            }
            special.profile = read(node.get("profile"), context);
            special.review = read(node.get("review"), context);
            self.push(special);
        }
    }

    fn json(&self) -> Json {
        let one = |special: &PerPath| {
            let mut fields = serde_json::Map::new();
            fields.insert("paths".to_owned(), special.paths.json());
            if let Some(profile) = special.profile {
                fields.insert("profile".to_owned(), profile.json());
            }
            if let Some(review) = special.review {
                fields.insert("review".to_owned(), review.json());
            }
            if !special.rules.is_empty() {
                fields.insert("rules".to_owned(), special.rules.json());
            }
            Json::Object(fields)
        };
        Json::Array(self.iter().map(one).collect())
    }
}

/// A value that may be missing.
fn read<T: Setting + Default>(node: Option<&Node>, context: &mut Context<'_>) -> Option<T> {
    let mut value = T::default();
    let n_complaints = context.complaints.len();
    value.take(node?, context);
    (context.complaints.len() == n_complaints).then_some(value)
}
