//! What a body says: a request or notification, the client's answer to one of ours, or neither,
//! in which case it is refused with an error.
//!
//! More lenient than the framework's own types where that loses nothing (lone surrogates in
//! strings, odd error objects) and more exact where it matters (batches, ids, missing methods).

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id, Request, Response};

use super::long_string::{Body, Cut, LongString, Wrong};

/// A message from the client.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Incoming {
    /// A request or a notification.
    Request(Request),
    /// An answer to a request of the server.
    Response(Response),
    /// Not a message; this is to be answered instead.
    Refused(Response),
}

/// The members of a message. Each stays a `Value` so that one odd member does not hide the id.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    jsonrpc: Value,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    method: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Value>,
}

/// Tells a member that is `null` from one that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads one body.
///
/// A batch is refused as a whole: the language server protocol has none.
pub(super) fn parse(body: Body) -> Incoming {
    match body.cut() {
        Cut::Whole(text) => parse_around(&text, None),
        Cut::Out { rest, string } => parse_around(&rest, Some(string)),
        Cut::Wrong(why) => {
            let why = match why {
                Wrong::NotUtf8 => "the message is not UTF-8".to_owned(),
                Wrong::NotJson(why) => format!("the message is not JSON: {why}"),
            };
            refused(ErrorCode::ParseError, Id::Null, &why)
        }
    }
}

/// Reads a body of which a string may have been cut out.
fn parse_around(text: &str, mut string: Option<LongString>) -> Incoming {
    match parse_text(text, &mut string) {
        // Lone halves of surrogate pairs are no valid text, but editors do send them while an
        // emoji is being edited, and losing that change would lose the document. U+FFFD is one
        // UTF-16 unit as well, so positions stay right.
        Err(error) if error.is_syntax() => without_lone_surrogates(text)
            .and_then(|text| parse_text(&text, &mut string).ok())
            .unwrap_or_else(|| {
                refused(
                    ErrorCode::ParseError,
                    Id::Null,
                    &format!("the message is not JSON: {error}"),
                )
            }),
        Err(error) if error.is_data() => refused(
            ErrorCode::InvalidRequest,
            Id::Null,
            &format!("not a JSON-RPC message: {error}"),
        ),
        Err(error) => refused(
            ErrorCode::ParseError,
            Id::Null,
            &format!("the message is not JSON: {error}"),
        ),
        Ok(incoming) => incoming,
    }
}

fn parse_text(text: &str, string: &mut Option<LongString>) -> serde_json::Result<Incoming> {
    if text.trim_ascii_start().starts_with('{') {
        let mut envelope: Envelope = serde_json::from_str(text)?;
        if let Some(mut string) = string.take() {
            let parts = [
                &mut envelope.params,
                &mut envelope.result,
                &mut envelope.error,
            ];
            // Elsewhere it says nothing.
            let _ = parts
                .into_iter()
                .flatten()
                .any(|part| string.put_back(part));
        }
        return Ok(classify(envelope));
    }
    // An envelope could be read from an array too, so anything but an object is kept from it.
    let is_batch = serde_json::from_str::<Value>(text)?.is_array();
    let reason = if is_batch {
        "batches are not supported"
    } else {
        "not a JSON-RPC message"
    };
    Ok(refused(ErrorCode::InvalidRequest, Id::Null, reason))
}

fn classify(envelope: Envelope) -> Incoming {
    let Envelope {
        jsonrpc,
        id,
        method,
        params,
        result,
        error,
    } = envelope;
    let id = id.map(|id| id_of(&id));

    let Some(method) = method else {
        // Without a method the id is, if anything, one of ours. It is not repeated in a refusal:
        // the client may have a request of its own under the same id.
        let answer = match (result, error) {
            (_, Some(error)) if !error.is_null() => Err(error_of(&error)),
            (Some(result), _) => Ok(result),
            _ => {
                return refused(
                    ErrorCode::InvalidRequest,
                    Id::Null,
                    "neither a method nor a result",
                );
            }
        };
        return match id {
            Some(Some(id)) if jsonrpc == "2.0" => {
                Incoming::Response(Response::from_parts(id, answer))
            }
            _ => refused(
                ErrorCode::InvalidRequest,
                Id::Null,
                "not a JSON-RPC 2.0 response",
            ),
        };
    };

    let answer_to = id.clone().flatten().unwrap_or(Id::Null);
    let Value::String(method) = method else {
        return refused(
            ErrorCode::InvalidRequest,
            answer_to,
            "the method is not a string",
        );
    };
    if jsonrpc != "2.0" {
        return refused(
            ErrorCode::InvalidRequest,
            answer_to,
            "the version is not JSON-RPC 2.0",
        );
    }
    let mut request = Request::build(method);
    match id {
        Some(Some(id)) => request = request.id(id),
        Some(None) => {
            return refused(
                ErrorCode::InvalidRequest,
                Id::Null,
                "the id is no integer or string",
            );
        }
        None => {}
    }
    if let Some(params) = params {
        request = request.params(params);
    }
    Incoming::Request(request.finish())
}

/// The id in `value`: an integer or a string, as the language server protocol has them.
pub(super) fn id_of(value: &Value) -> Option<Id> {
    match value {
        Value::Number(number) => number.as_i64().map(Id::Number),
        Value::String(string) => Some(Id::String(string.clone())),
        _ => None,
    }
}

/// The error in a client's answer, whatever it left out or added.
fn error_of(value: &Value) -> Error {
    let code = value
        .get("code")
        .and_then(Value::as_i64)
        .unwrap_or(ErrorCode::InternalError.code());
    let message = value
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or("the client gave no reason");
    Error {
        code: code.into(),
        message: message.to_owned().into(),
        data: value.get("data").cloned(),
    }
}

/// An error answer to something that is not handed on.
pub(super) fn refusal(code: ErrorCode, id: Id, reason: &str) -> Response {
    Response::from_error(
        id,
        Error {
            code,
            message: reason.to_owned().into(),
            data: None,
        },
    )
}

fn refused(code: ErrorCode, id: Id, reason: &str) -> Incoming {
    Incoming::Refused(refusal(code, id, reason))
}

/// The JSON `text` with every lone half of a surrogate pair replaced by U+FFFD; `None` if it has none.
fn without_lone_surrogates(text: &str) -> Option<String> {
    let mut repaired = String::new();
    let mut n_copied = 0;
    let mut at = 0;
    // Backslashes occur only inside strings, so escapes can be found without parsing.
    while let Some(backslash) = text[at..].find('\\') {
        at += backslash;
        match unit_at(text, at) {
            Some(0xD800..=0xDBFF) if matches!(unit_at(text, at + 6), Some(0xDC00..=0xDFFF)) => {
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                repaired.push_str(&text[n_copied..at]);
                repaired.push_str("\\ufffd");
                at += 6;
                n_copied = at;
            }
            Some(_) => at += 6,
            // `\\`, `\n` and the like. The escaped character is more than a byte in broken JSON only.
            None => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    repaired.push_str(&text[n_copied..]);
    (n_copied > 0).then_some(repaired)
}

/// The UTF-16 unit escaped as `\uXXXX` at byte `at`.
fn unit_at(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::frame;
    use super::*;

    fn parse_whole(bytes: &[u8]) -> Incoming {
        let mut body: Body = frame::Body::announced(bytes.len());
        frame::Body::take(&mut body, bytes);
        parse(body)
    }

    fn check_refused(body: impl AsRef<[u8]>, code: i64, id: impl Into<Id>) {
        let id = id.into();
        let body = body.as_ref();
        match parse_whole(body) {
            Incoming::Refused(response) => {
                let code_found = response.error().map(|error| error.code.code());
                assert_eq!(
                    (code_found, response.id()),
                    (Some(code), &id),
                    "{}",
                    body.escape_ascii()
                );
            }
            other => panic!("{} was taken for {other:?}", body.escape_ascii()),
        }
    }

    fn check_request(body: &str, expected: Request) {
        assert_eq!(parse_whole(body.as_bytes()), Incoming::Request(expected));
    }

    #[test]
    fn requests_and_notifications() {
        check_request(
            r#" {"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#,
            Request::build("a").id(1).params(json!([1])).finish(),
        );
        check_request(
            r#"{"method":"a","jsonrpc":"2.0","new":1}"#,
            Request::build("a").finish(),
        );
        check_request(
            r#"{"jsonrpc":"2.0","id":"x","method":"a","params":null}"#,
            Request::build("a").id("x").params(Value::Null).finish(),
        );
    }

    #[test]
    fn answers_of_the_client() {
        let check = |body: &str, expected: Response| {
            assert_eq!(parse_whole(body.as_bytes()), Incoming::Response(expected));
        };
        check(
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            Response::from_ok(1.into(), Value::Null),
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":-1,"message":"m","more":2}}"#,
            refusal(ErrorCode::ServerError(-1), 1.into(), "m"),
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#,
            refusal(
                ErrorCode::InternalError,
                1.into(),
                "the client gave no reason",
            ),
        );
    }

    #[test]
    fn what_is_not_json_is_a_parse_error() {
        check_refused("", -32700, Id::Null);
        check_refused(r#"{"jsonrpc":"2.0","id":1,"#, -32700, Id::Null);
        check_refused(
            r#"{"jsonrpc":"2.0","id":1,"method":"a"} x"#,
            -32700,
            Id::Null,
        );
        check_refused("[1,", -32700, Id::Null);
        check_refused(
            b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}",
            -32700,
            Id::Null,
        );
    }

    #[test]
    fn deep_nesting_is_a_parse_error() {
        for n in [200, 1_000_000] {
            check_refused("[".repeat(n), -32700, Id::Null);
            let params = "{\"a\":".repeat(n);
            check_refused(
                format!(r#"{{"jsonrpc":"2.0","method":"a","params":{params}"#),
                -32700,
                Id::Null,
            );
        }
    }

    #[test]
    fn json_that_is_no_message_is_an_invalid_request() {
        for body in [
            "null",
            "1",
            "\"x\"",
            "{}",
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"2.0","id":7}"#,
        ] {
            check_refused(body, -32600, Id::Null);
        }
        check_refused(
            r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#,
            -32600,
            Id::Null,
        );
        check_refused(
            r#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#,
            -32600,
            Id::Null,
        );
        check_refused(
            r#"{"jsonrpc":"2.0","id":[],"method":"a"}"#,
            -32600,
            Id::Null,
        );
        check_refused(
            r#"{"jsonrpc":"2.0","id":7,"id":8,"method":"a"}"#,
            -32600,
            Id::Null,
        );
    }

    #[test]
    fn refused_requests_keep_their_id() {
        check_refused(r#"{"jsonrpc":"2.0","id":7,"method":5}"#, -32600, 7);
        check_refused(r#"{"jsonrpc":"1.0","id":7,"method":"a"}"#, -32600, 7);
        check_refused(r#"{"id":"x","method":"a"}"#, -32600, "x");
    }

    #[test]
    fn batches_are_refused_once() {
        check_refused(
            r#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#,
            -32600,
            Id::Null,
        );
        check_refused("[]", -32600, Id::Null);
        // Would fill an envelope member by member.
        check_refused(r#"["2.0",1,"a",null,null,null]"#, -32600, Id::Null);
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        let check = |text: &str, expected: &str| {
            check_request(
                &format!(r#"{{"jsonrpc":"2.0","method":"a","params":["{text}"]}}"#),
                Request::build("a").params(json!([expected])).finish(),
            );
        };
        check(r"\ud83d", "\u{fffd}");
        check(r"a\uDE00b\ud83d\ude00\\ud83d", "a\u{fffd}b\u{1f600}\\ud83d");
        check(r"\ud83d\ud83d\ude00\n", "\u{fffd}\u{1f600}\n");
        assert_eq!(without_lone_surrogates(r"\\ud83d \ud83d\ude00 \"), None);
    }
}
