//! Decodes what the server sends, with types generated from the protocol's own description, and
//! finds what these did not know.

use gen_lsp_types as protocol;
use protocol::{Notification, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Decodes a value and encodes it again: whatever is lost on the way is none of the protocol's.
pub(crate) fn strict<T: DeserializeOwned + Serialize>(value: &Value) -> Result<(), String> {
    let decoded: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let again = serde_json::to_value(decoded).map_err(|error| error.to_string())?;
    let mut lost = Vec::new();
    compare(value, &again, "", &mut lost);
    if lost.is_empty() {
        Ok(())
    } else {
        lost.truncate(5);
        Err(format!("unknown to the protocol: {}", lost.join(", ")))
    }
}

fn compare(value: &Value, again: &Value, path: &str, lost: &mut Vec<String>) {
    match (value, again) {
        (Value::Object(members), Value::Object(others)) => {
            for (name, member) in members {
                let path = format!("{path}/{name}");
                match others.get(name) {
                    Some(other) => compare(member, other, &path, lost),
                    None => lost.push(format!("{path} = {member}")),
                }
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (number, (item, other)) in items.iter().zip(others).enumerate() {
                compare(item, other, &format!("{path}/{number}"), lost);
            }
        }
        _ if value == again => {}
        _ => lost.push(format!("{path} = {value}")),
    }
}

macro_rules! notifications {
    ($($notification:ident),*) => {
        /// Decodes the parameters of a notification of the server.
        pub(crate) fn notification(method: &str, params: &Value) -> Result<(), String> {
            $(if method == protocol::$notification::METHOD.as_str() {
                return strict::<<protocol::$notification as Notification>::Params>(params);
            })*
            Err("no notification of the protocol".to_owned())
        }
    };
}

notifications!(
    LogMessageNotification,
    LogTraceNotification,
    ProgressNotification,
    PublishDiagnosticsNotification,
    ShowMessageNotification,
    TelemetryEventNotification
);

macro_rules! requests {
    ($($request:ident),*) => {
        /// Decodes the parameters of a request of the server.
        pub(crate) fn request(method: &str, params: &Value) -> Result<(), String> {
            $(if method == protocol::$request::METHOD.as_str() {
                return strict::<<protocol::$request as Request>::Params>(params);
            })*
            Err("no request of the protocol".to_owned())
        }
    };
}

requests!(
    ApplyWorkspaceEditRequest,
    CodeLensRefreshRequest,
    ConfigurationRequest,
    DiagnosticRefreshRequest,
    FoldingRangeRefreshRequest,
    InlayHintRefreshRequest,
    RegistrationRequest,
    SemanticTokensRefreshRequest,
    ShowDocumentRequest,
    ShowMessageRequest,
    TextDocumentContentRefreshRequest,
    UnregistrationRequest,
    WorkDoneProgressCreateRequest,
    WorkspaceFoldersRequest
);

/// Decodes what work in progress, or an answer in parts, tells.
pub(crate) fn progress(value: &Value) -> Result<(), String> {
    match value["kind"].as_str() {
        Some("begin") => strict::<protocol::WorkDoneProgressBegin>(value),
        Some("report") => strict::<protocol::WorkDoneProgressReport>(value),
        Some("end") => strict::<protocol::WorkDoneProgressEnd>(value),
        _ => Err(format!("no state of work: {value}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_protocol_does_not_know_is_found() {
        let place = json!({"line": 1, "character": 2});
        assert_eq!(strict::<protocol::Position>(&place), Ok(()));
        let more = json!({"line": 1, "character": 2, "column": 3});
        let error = "unknown to the protocol: /column = 3".to_owned();
        assert_eq!(strict::<protocol::Position>(&more), Err(error));
        for damaged in [
            json!({"line": -1, "character": 2}),
            json!({"line": 1}),
            json!(null),
        ] {
            assert!(strict::<protocol::Position>(&damaged).is_err(), "{damaged}");
        }
        let deep = json!([{"range": {"start": place, "end": place}, "message": "x", "hint": 1}]);
        let error = "unknown to the protocol: /0/hint = 1".to_owned();
        assert_eq!(strict::<Vec<protocol::Diagnostic>>(&deep), Err(error));
        assert!(notification("textDocument/unknown", &json!({})).is_err());
        assert!(request("workspace/unknown", &json!({})).is_err());
    }
}
