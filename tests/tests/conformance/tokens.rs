//! Semantic tokens, decoded, and how the changes of an answer are applied.

use serde_json::Value;

/// A token, with its place in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) length: u64,
    pub(crate) kind: u64,
    pub(crate) modifiers: u64,
}

/// The numbers of an answer.
pub(crate) fn numbers(tokens: &Value) -> Vec<u64> {
    let numbers = tokens["data"].as_array().into_iter().flatten();
    numbers.filter_map(Value::as_u64).collect()
}

/// The tokens that numbers stand for.
pub(crate) fn decode(numbers: &[u64]) -> Vec<Token> {
    let (mut line, mut column) = (0, 0);
    let (tokens, rest) = numbers.as_chunks::<5>();
    assert!(rest.is_empty(), "{} numbers", numbers.len());
    let decode = |&[lines, columns, length, kind, modifiers]: &[u64; 5]| {
        column = if lines > 0 { columns } else { column + columns };
        line += lines;
        Token {
            line,
            column,
            length,
            kind,
            modifiers,
        }
    };
    tokens.iter().map(decode).collect()
}

/// The numbers after the changes of an answer, which are all relative to those before.
pub(crate) fn apply(numbers: &[u64], delta: &Value) -> Vec<u64> {
    let mut edits: Vec<&Value> = delta["edits"].as_array().into_iter().flatten().collect();
    edits.sort_by_key(|edit| edit["start"].as_u64());
    let mut result = Vec::new();
    let mut done = 0;
    let size = |value: &Value| usize::try_from(value.as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
    for edit in edits {
        let start = size(&edit["start"]);
        result.extend_from_slice(&numbers[done..start]);
        result.extend(self::numbers(edit));
        done = start + size(&edit["deleteCount"]);
    }
    result.extend_from_slice(&numbers[done..]);
    result
}

#[test]
fn tokens_are_relative_to_those_before() {
    let tokens = decode(&[2, 3, 4, 0, 1, 0, 5, 2, 1, 0, 1, 1, 1, 0, 0]);
    let places: Vec<_> = tokens
        .iter()
        .map(|token| (token.line, token.column))
        .collect();
    assert_eq!(places, [(2, 3), (2, 8), (3, 1)]);
}

#[test]
fn changes_are_relative_to_the_numbers_before() {
    let delta = serde_json::json!({"edits": [
        {"start": 4, "deleteCount": 1, "data": [9, 9]},
        {"start": 0, "deleteCount": 2},
    ]});
    assert_eq!(apply(&[1, 2, 3, 4, 5, 6], &delta), [3, 4, 9, 9, 6]);
}
