//! What a source says, before it is understood: a tree of values with their lines, the same for
//! TOML and JSON. Names are brought to kebab-case here. Tests are below.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The line, from 1, where the source has lines.
    pub line: Option<u32>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Node>),
    /// Named values.
    Table(BTreeMap<String, Node>),
    /// What no setting is: a float, a date; by its name.
    Other(&'static str),
}

impl Value {
    /// What it is, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
            Self::Other(name) => name,
        }
    }
}

impl Node {
    /// A table without anything in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Value::Table(BTreeMap::new()))
    }

    /// A value of a source without lines.
    #[must_use]
    pub fn of(value: Value) -> Self {
        Self { value, line: None }
    }

    /// The named values, none if this is no table.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let table = match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        table
            .into_iter()
            .flatten()
            .map(|(name, node)| (&**name, node))
    }

    /// A value by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(table) => table.get(name),
            _ => None,
        }
    }

    /// Puts a value under a dotted path; tables on the way are made. What is there already is
    /// replaced, but for tables, which are joined.
    pub fn insert(&mut self, path: &[&str], node: Self) {
        let Value::Table(table) = &mut self.value else {
            *self = Self::empty();
            return self.insert(path, node);
        };
        match path {
            [] => {}
            [name] => match table.get_mut(*name) {
                Some(old)
                    if matches!(
                        (&old.value, &node.value),
                        (Value::Table(_), Value::Table(_))
                    ) =>
                {
                    if let Value::Table(inner) = node.value {
                        for (name, node) in inner {
                            old.insert(&[&name], node);
                        }
                    }
                }
                _ => {
                    table.insert((*name).to_owned(), node);
                }
            },
            [name, rest @ ..] => table
                .entry((*name).to_owned())
                .or_insert_with(Self::empty)
                .insert(rest, node),
        }
    }
}

/// `maxFiles` and `max_files` as `max-files`.
#[must_use]
pub fn kebab(name: &str) -> String {
    let mut result = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            if after_small {
                result.push('-');
            }
            result.push(c.to_ascii_lowercase());
        } else {
            result.push(if c == '_' { '-' } else { c });
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    result
}

/// Reads TOML. What cannot be read is told as line and message; the rest stands.
#[must_use]
pub fn from_toml(text: &str) -> (Node, Vec<(u32, String)>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = LineIndex::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<(u32, String)> = errors
        .iter()
        .map(|error| {
            let line = error.span().map_or(1, |span| lines.line(span.start));
            (line, error.message().replace('\n', ", "))
        })
        .collect();
    // What follows from an error on the same line is no news.
    errors.dedup_by_key(|(line, _)| *line);
    let node = Node {
        value: toml_table(table.get_ref(), &lines),
        line: None,
    };
    (node, errors)
}

fn toml_table(table: &DeTable<'_>, lines: &LineIndex) -> Value {
    let entries = table.iter().map(|(name, value)| {
        let node = Node {
            value: toml_value(value.get_ref(), lines),
            line: Some(lines.line(name.span().start)),
        };
        (kebab(name.get_ref()), node)
    });
    Value::Table(entries.collect())
}

fn toml_value(value: &DeValue<'_>, lines: &LineIndex) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number out of range"), Value::Integer),
        DeValue::Float(_) => Value::Other("a float"),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(values) => Value::List(
            values
                .iter()
                .map(|value| Node {
                    value: toml_value(value.get_ref(), lines),
                    line: Some(lines.line(value.span().start)),
                })
                .collect(),
        ),
        DeValue::Table(table) => toml_table(table, lines),
    }
}

/// Lines by byte offset.
struct LineIndex {
    breaks: Vec<usize>,
}

impl LineIndex {
    fn new(text: &str) -> Self {
        Self {
            breaks: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// The line, from 1, of a byte.
    fn line(&self, offset: usize) -> u32 {
        let before = self.breaks.partition_point(|at| *at < offset);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}

/// Reads JSON as an editor sends it: nested, flat (`lint.maxFindings`), or both, with or without
/// the section's name around it. `null` is what was not set. `is_key` tells the dotted paths that
/// are settings: below one, dots in names are no paths.
#[must_use]
pub fn from_json(json: &Json, is_key: &dyn Fn(&str) -> bool) -> Node {
    let mut root = Node::empty();
    json_into(&mut root, "", json, is_key);
    // What stands beside it is for others.
    root.get(SECTION).cloned().unwrap_or(root)
}

/// The section of editors, `patchDigest`, in kebab-case.
const SECTION: &str = "patch-digest";

fn json_into(root: &mut Node, prefix: &str, json: &Json, is_key: &dyn Fn(&str) -> bool) {
    let below_section = |path: &str| {
        path.strip_prefix(SECTION)
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(path)
            .to_owned()
    };
    match json {
        Json::Null => {}
        // Lua cannot tell an empty table from an empty array.
        Json::Array(values) if values.is_empty() && !is_key(&below_section(prefix)) => {}
        Json::Object(fields) if !is_key(&below_section(prefix)) => {
            for (name, value) in fields {
                let mut path = prefix.to_owned();
                let mut parts = name.split('.');
                // As much of a dotted name as leads to a setting.
                for part in parts.by_ref() {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&kebab(part));
                    if is_key(&below_section(&path)) {
                        break;
                    }
                }
                let rest: Vec<&str> = parts.collect();
                if rest.is_empty() {
                    json_into(root, &path, value, is_key);
                } else {
                    // `lint.rules.title-cut`: a name inside of a setting.
                    let mut inner = serde_json::Map::new();
                    inner.insert(rest.join("."), value.clone());
                    json_into(root, &path, &Json::Object(inner), is_key);
                }
            }
        }
        _ => {
            let path: Vec<&str> = prefix.split('.').filter(|part| !part.is_empty()).collect();
            root.insert(&path, Node::of(json_value(json)));
        }
    }
}

fn json_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Other("null"),
        Json::Bool(value) => Value::Bool(*value),
        // Lua has one kind of number: 10 may arrive as 10.0.
        Json::Number(number) => number
            .as_i64()
            .or_else(|| whole(number.as_f64()?))
            .map_or(Value::Other("a float"), Value::Integer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(
            values
                .iter()
                .map(|value| Node::of(json_value(value)))
                .collect(),
        ),
        Json::Object(fields) => Value::Table(
            fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (kebab(name), Node::of(json_value(value))))
                .collect(),
        ),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers of 53 bits are taken"
)]
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn is_key(path: &str) -> bool {
        [
            "lint.profile",
            "lint.rules",
            "index.max-files",
            "links.archives",
        ]
        .contains(&path)
    }

    #[test]
    fn names_become_kebab_case() {
        for (name, expected) in [
            ("maxFiles", "max-files"),
            ("max_files", "max-files"),
            ("max-files", "max-files"),
            ("perPath", "per-path"),
            ("not-utf8", "not-utf8"),
            ("URL", "url"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }

    #[test]
    fn every_shape_of_an_editor_says_the_same() {
        let expected = from_json(
            &json!({"lint": {"profile": "maker", "rules": {"bad-header": "off"}}, "index": {"max-files": 5}}),
            &is_key,
        );
        for shape in [
            json!({"patchDigest": {"lint": {"profile": "maker", "rules": {"bad-header": "off"}}, "index": {"maxFiles": 5}}}),
            json!({"lint.profile": "maker", "lint.rules.bad-header": "off", "index.maxFiles": 5}),
            json!({"patchDigest.lint.profile": "maker", "patchDigest.lint.rules": {"bad-header": "off"}, "patchDigest.index.maxFiles": 5.0}),
            json!({"patchDigest": {"lint": {"profile": "maker", "rules": {"bad-header": "off"}}, "index": {"max-files": 5}, "links": []}, "other": {"x": 1}}),
            json!({"patchDigest": {"lint.profile": "maker", "lint": {"rules": {"badHeader": "off"}}, "index.max_files": 5, "links": null}}),
        ] {
            assert_eq!(from_json(&shape, &is_key), expected, "{shape}");
        }
    }

    #[test]
    fn dots_below_a_setting_are_no_paths() {
        let node = from_json(&json!({"links.archives": {"x.org": "y"}}), &is_key);
        let archives = node.get("links").unwrap().get("archives").unwrap();
        assert_eq!(
            archives.get("x.org").unwrap().value,
            Value::Text("y".to_owned())
        );
    }

    #[test]
    fn toml_keeps_lines_and_survives_what_it_cannot_read() {
        let (node, errors) =
            from_toml("\n[lint]\nprofile = \"maker\"\nreview = \n[index]\nmax-files = 3\n");
        let lint = node.get("lint").unwrap();
        assert_eq!(lint.get("profile").unwrap().line, Some(3));
        let index = node.get("index").unwrap();
        assert_eq!(index.get("max-files").unwrap().line, Some(6));
        assert_eq!(
            errors.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [4]
        );
    }

    #[test]
    fn junk_is_no_settings_and_no_panic() {
        for json in [
            json!(null),
            json!([]),
            json!("x"),
            json!(5),
            json!({"": {"": 1}}),
            json!({"...": 1}),
        ] {
            let _ = from_json(&json, &is_key);
        }
        for text in [
            "\u{feff}a = 1",
            "= = =",
            "[",
            "[[a]]\n[a]",
            "a = 99999999999999999999",
            "\0",
        ] {
            let _ = from_toml(text);
        }
    }
}
