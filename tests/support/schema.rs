//! A validator for JSON schemas (draft 7), as much of them as the schemas in use have. A keyword
//! that it does not know is an error, so that nothing is passed over.

use serde_json::Value;

/// What in a value is against a schema; each with the place, as a JSON pointer.
#[must_use]
pub fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut validator = Validator {
        root: schema,
        problems: Vec::new(),
    };
    validator.check(schema, value, "");
    validator.problems
}

struct Validator<'a> {
    root: &'a Value,
    problems: Vec<String>,
}

impl Validator<'_> {
    fn problem(&mut self, at: &str, what: impl AsRef<str>) {
        self.problems.push(format!("{at}: {}", what.as_ref()));
    }

    fn is_valid(&self, schema: &Value, value: &Value) -> bool {
        let mut inner = Validator {
            root: self.root,
            problems: Vec::new(),
        };
        inner.check(schema, value, "");
        inner.problems.is_empty()
    }

    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(keywords) = schema.as_object() else {
            if *schema != Value::Bool(true) {
                self.problem(at, "nothing is allowed here");
            }
            return;
        };
        for (keyword, of) in keywords {
            match &**keyword {
                "$schema" | "$id" | "title" | "description" | "default" | "definitions"
                | "enumDescriptions" | "examples" => {}
                "$ref" => self.reference(of, value, at),
                "type" => self.of_type(of, value, at),
                "enum" => {
                    if !of.as_array().is_some_and(|values| values.contains(value)) {
                        self.problem(at, format!("{value} is none of {of}"));
                    }
                }
                "required" => {
                    for name in of.as_array().into_iter().flatten() {
                        let name = name.as_str().unwrap_or_default();
                        if value.is_object() && value.get(name).is_none() {
                            self.problem(at, format!("{name} is missing"));
                        }
                    }
                }
                "properties" => {
                    for (name, schema) in of.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value, &format!("{at}/{name}"));
                        }
                    }
                }
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if !known.is_some_and(|known| known.contains_key(name)) {
                            self.check(of, value, &format!("{at}/{name}"));
                        }
                    }
                }
                "propertyNames" => {
                    for name in value
                        .as_object()
                        .into_iter()
                        .flat_map(|fields| fields.keys())
                    {
                        self.check(of, &Value::from(&**name), &format!("{at}/{name}"));
                    }
                }
                "items" => {
                    for (idx, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(of, value, &format!("{at}/{idx}"));
                    }
                }
                "minItems" => {
                    let n_items = value.as_array().map(|values| values.len() as u64);
                    if n_items.is_some_and(|n_items| Some(n_items) < of.as_u64()) {
                        self.problem(at, format!("expected {of} items or more"));
                    }
                }
                "uniqueItems" => {
                    let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    let is_twice = |(idx, value)| values[..idx].contains(value);
                    if *of == Value::Bool(true) && values.iter().enumerate().any(is_twice) {
                        self.problem(at, "something stands twice");
                    }
                }
                "minimum" => {
                    if value
                        .as_f64()
                        .is_some_and(|number| Some(number) < of.as_f64())
                    {
                        self.problem(at, format!("{value} is below {of}"));
                    }
                }
                "maximum" => {
                    if value
                        .as_f64()
                        .is_some_and(|number| Some(number) > of.as_f64())
                    {
                        self.problem(at, format!("{value} is above {of}"));
                    }
                }
                "anyOf" | "oneOf" => {
                    let schemas = of.as_array().into_iter().flatten();
                    let n_valid = schemas
                        .filter(|schema| self.is_valid(schema, value))
                        .count();
                    if n_valid == 0 || (keyword == "oneOf" && n_valid > 1) {
                        self.problem(at, format!("{n_valid} of {keyword} {of} fit {value}"));
                    }
                }
                "allOf" => {
                    for schema in of.as_array().into_iter().flatten() {
                        self.check(schema, value, at);
                    }
                }
                "not" => {
                    if self.is_valid(of, value) {
                        self.problem(at, format!("{value} is excluded"));
                    }
                }
                // Those in use say that there is something, or how a mail's address looks.
                "format" | "pattern" => {
                    let text = value.as_str().unwrap_or("-");
                    if text.is_empty() || (of == "uri" && !text.contains(':')) {
                        self.problem(at, format!("{value} is no {of}"));
                    }
                }
                other => self.problem(at, format!("the validator does not know {other}")),
            }
        }
    }

    fn reference(&mut self, of: &Value, value: &Value, at: &str) {
        let pointer = of.as_str().and_then(|of| of.strip_prefix('#'));
        match pointer.and_then(|pointer| self.root.pointer(pointer)) {
            Some(schema) => self.check(schema, value, at),
            None => self.problem(at, format!("{of} leads nowhere")),
        }
    }

    fn of_type(&mut self, of: &Value, value: &Value, at: &str) {
        let is = |name: &Value| match name.as_str().unwrap_or_default() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            _ => false,
        };
        let fits = match of.as_array() {
            Some(names) => names.iter().any(is),
            None => is(of),
        };
        if !fits {
            self.problem(at, format!("{value} is not of type {of}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_found_at_its_place() {
        let schema = json!({
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"$ref": "#/definitions/list"}, "b": {"enum": [1, 2]}},
            "additionalProperties": false,
            "definitions": {"list": {"type": "array", "items": {"minimum": 3}, "minItems": 1, "uniqueItems": true}},
        });
        assert_eq!(problems(&schema, &json!({"a": [3, 4], "b": 2})), [""; 0]);
        for (value, place) in [
            (json!(5), ":"),
            (json!({}), ":"),
            (json!({"a": []}), "/a:"),
            (json!({"a": [3, 3]}), "/a:"),
            (json!({"a": [2]}), "/a/0:"),
            (json!({"a": [3], "b": 3}), "/b:"),
            (json!({"a": [3], "c": 3}), "/c:"),
        ] {
            let found = problems(&schema, &value);
            assert!(
                found.len() == 1 && found[0].starts_with(place),
                "{value}: {found:?}"
            );
        }
        assert_eq!(problems(&json!({"unheard-of": 1}), &json!(1)).len(), 1);
    }
}
