//! What is published of the table of settings: the JSON schema for `.patch-digest.toml`, the
//! reference in Markdown, and VS Code's declarations. `cargo xtask reference` writes them;
//! `tests/tests/reference.rs` holds what is committed against them.

use patch_digest_core::lints::{RULES, Severity};
use serde_json::{Map, Value as Json, json};

use crate::kinds::{Kind, OFF, PER_PATH_KEYS};
use crate::settings::{Key, SECTIONS, keys};

/// The schema of a value.
fn schema_of(kind: Kind) -> Json {
    let levels = || {
        let names = Severity::ALL.into_iter().map(Severity::name);
        let names: Vec<_> = std::iter::once(OFF).chain(names).collect();
        json!({ "enum": names })
    };
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Text | Kind::Path => json!({ "type": "string" }),
        Kind::Choice(choices) => {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            json!({ "type": "string", "enum": names })
        }
        Kind::Texts | Kind::Patterns => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        Kind::TextMap => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        Kind::Levels => {
            let rules: Map<String, Json> = RULES
                .iter()
                .map(|rule| {
                    let mut schema = levels();
                    schema["description"] = json!(rule.summary);
                    (rule.code.to_owned(), schema)
                })
                .collect();
            json!({ "type": "object", "properties": rules, "additionalProperties": false })
        }
        Kind::PerPath => {
            let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
            let fields = PER_PATH_KEYS.iter().map(|name| {
                let schema = match *name {
                    "paths" => schema_of(Kind::Patterns),
                    // Without the words about each rule, which stand in `lint.rules`.
                    "rules" => json!({
                        "type": "object",
                        "propertyNames": { "enum": codes },
                        "additionalProperties": levels(),
                    }),
                    name => keys()
                        .find(|key| key.path.strip_prefix("lint.") == Some(name))
                        .map_or(json!({}), |key| schema_of((key.kind)())),
                };
                ((*name).to_owned(), schema)
            });
            json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["paths"],
                    "properties": fields.collect::<Map<_, _>>(),
                    "additionalProperties": false,
                },
            })
        }
    }
}

/// The JSON schema of a file with settings.
#[must_use]
pub fn schema() -> Json {
    let table = |description: &str| {
        json!({
            "type": "object",
            "description": description,
            "properties": {},
            "additionalProperties": false,
        })
    };
    let mut root = table("Settings of patch-digest");
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!(crate::files::FILE_NAME);
    root["properties"]["root"] = json!({
        "type": "boolean",
        "default": false,
        "description": "Whether files of this name in folders further up are left alone.",
    });
    for section in SECTIONS {
        at(&mut root, section.path, table(&section.description()));
        for key in section.keys {
            let mut schema = schema_of((key.kind)());
            schema["description"] = json!(key.description());
            if !key.default().is_null() {
                schema["default"] = key.default();
            }
            at(&mut root, key.path, schema);
        }
    }
    root
}

/// Puts a schema under a dotted path; the tables on the way exist.
fn at(root: &mut Json, path: &str, schema: Json) {
    let mut node = root;
    for part in path.split('.') {
        node = &mut node["properties"][part];
    }
    *node = schema;
}

/// VS Code's declarations of the settings, from `order` on.
///
/// Their defaults are `null`: VS Code sends the defaults of what nobody set, which would win over
/// every file.
#[must_use]
pub fn vscode(order: u64) -> Map<String, Json> {
    let mut properties = Map::new();
    for (order, key) in (order..).zip(keys()) {
        properties.insert(
            format!("patchDigest.{}", camel(key.path)),
            declaration(key, order),
        );
    }
    properties
}

fn declaration(key: &Key, order: u64) -> Json {
    let kind = (key.kind)();
    let mut schema = schema_of(kind);
    let default = key.default();
    let described = match &default {
        Json::Null => String::new(),
        Json::String(text) if text.is_empty() => String::new(),
        Json::Array(values) if values.is_empty() => String::new(),
        Json::Object(fields) if fields.is_empty() => String::new(),
        Json::String(text) => format!(" Default: `{text}`."),
        default => format!(" Default: `{default}`."),
    };
    // The settings editor shows a list to choose from where every value is named.
    match kind {
        Kind::Bool => {
            schema["enum"] = json!([null, true, false]);
            schema["enumDescriptions"] = json!(["As the files say, or the default.", "", ""]);
        }
        Kind::Choice(choices) => {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            let meanings: Vec<_> = choices.iter().map(|(_, meaning)| *meaning).collect();
            let with = |first: Json, rest: Vec<&str>| {
                let rest = rest.into_iter().map(|text| json!(text));
                Json::Array(std::iter::once(first).chain(rest).collect())
            };
            schema["enum"] = with(Json::Null, names);
            schema["enumDescriptions"] = with(json!("As the files say, or the default."), meanings);
        }
        _ => {}
    }
    let is_nullable = !matches!(kind, Kind::Levels | Kind::TextMap);
    if is_nullable {
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema["default"] = if is_nullable { Json::Null } else { json!({}) };
    let scope = match kind {
        Kind::Path => "machine-overridable",
        _ => "window",
    };
    schema["scope"] = json!(scope);
    schema["order"] = json!(order);
    schema["markdownDescription"] = json!(format!("{}{described}", key.description()));
    schema
}

/// `index.max-files` as `index.maxFiles`, as editors spell it.
#[must_use]
pub fn camel(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    let mut after_dash = false;
    for c in path.chars() {
        if c != '-' {
            result.push(if after_dash {
                c.to_ascii_uppercase()
            } else {
                c
            });
        }
        after_dash = c == '-';
    }
    result
}

/// The sections and keys as Markdown, for `docs/settings.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::new();
    for section in SECTIONS {
        text.push_str(&format!(
            "\n## `[{}]`\n\n{}\n",
            section.path,
            section.description()
        ));
        for key in section.keys {
            let name = key.path.rsplit('.').next().unwrap_or(key.path);
            let kind = match (key.kind)() {
                Kind::Bool => "`true` or `false`".to_owned(),
                Kind::Count => "a number".to_owned(),
                Kind::Text => "a string".to_owned(),
                Kind::Choice(choices) => {
                    let names: Vec<_> = choices
                        .iter()
                        .map(|(name, _)| format!("`\"{name}\"`"))
                        .collect();
                    names.join(" or ")
                }
                Kind::Texts => "strings".to_owned(),
                Kind::Patterns => "patterns".to_owned(),
                Kind::Path => "a path".to_owned(),
                Kind::Levels => "a table of levels by rule".to_owned(),
                Kind::TextMap => "a table of strings".to_owned(),
                Kind::PerPath => "tables".to_owned(),
            };
            let default = match key.default() {
                Json::Null => "none".to_owned(),
                Json::Object(_) => "empty".to_owned(),
                default => format!("`{default}`"),
            };
            text.push_str(&format!(
                "\n* **`{name}`**: {kind}, by default {default}.\n  {}\n",
                key.description().replace("\n\n", "\n\n  ")
            ));
        }
    }
    text
}
