//! The diagnostic that a newer version of what an entry posts is known.

use std::collections::HashMap;
use std::sync::Arc;

use patch_digest_core::features::versions::Newer;
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

/// What [`diagnostics`] says of each open digest, as far as other digests decide it: by key, the
/// messages with their entries. For finding those whose diagnostics have changed.
pub(crate) fn told(shared: &Arc<Shared>) -> HashMap<String, Vec<(usize, Newer)>> {
    let view = View::new(shared, None);
    let tell = |key: &String| {
        let leads = if view.has_others(key) {
            view.leads(key)
        } else {
            Vec::new()
        };
        let newer = leads.into_iter().take(MAX).filter_map(|place| {
            let newer = view.newer(&place)?;
            Some((place.entry, newer))
        });
        (key.clone(), newer.collect())
    };
    view.open.keys().map(tell).collect()
}

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
