//! The diagnostic that a newer version of what an entry posts is known.

use std::sync::Arc;

use serde_json::{Value, json};
use tower_lsp_server::ls_types::DiagnosticSeverity;

use super::View;
use super::view::Spot;
use crate::documents::Document;
use crate::shared::Shared;
use crate::uri;

/// The code of the rule.
const CODE: &str = "newer-version";

/// Diagnostics of one digest.
const MAX: usize = 1_000;

/// A diagnostic for each posting of a digest of which a newer version is known, as far as the
/// index has come.
pub(crate) fn diagnostics(shared: &Arc<Shared>, document: &Document) -> Vec<Value> {
    let key = uri::key(&document.uri);
    let view = View::new(shared, Some(document));
    if !view.has_others(&key) {
        return Vec::new();
    }
    let mut diagnostics = Vec::new();
    for place in view.leads(&key) {
        if document.stop.is_requested() || diagnostics.len() >= MAX {
            break;
        }
        let Some(newer) = view.newer(&place) else {
            continue;
        };
        let Some(spot) = view.spot(&place) else {
            continue;
        };
        let mut diagnostic = json!({
            "range": spot.focus,
            "severity": DiagnosticSeverity::INFORMATION,
            "code": CODE,
            "source": "patch-digest",
            "message": patch_digest_core::shown::plain(&newer.message),
        });
        if view.caps.related_information
            && let Some(there) = view.spot(&newer.place)
        {
            let message = format!("here, in {}", view.name(&newer.place.key));
            diagnostic["relatedInformation"] =
                json!([{ "location": Spot::location(there), "message": message }]);
        }
        diagnostics.push(diagnostic);
    }
    diagnostics
}
