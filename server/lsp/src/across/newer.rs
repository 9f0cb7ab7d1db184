//! The diagnostic that a newer version of what an entry posts is known.

use std::collections::HashMap;
use std::sync::Arc;

use patch_digest_config::Resolved;
use patch_digest_core::features::versions::Newer;
use patch_digest_core::lints::{self, NEWER_VERSION, Problem};
use patch_digest_core::workspace::Place;
use serde_json::{Value, json};

use super::View;
use super::view::Spot;
use crate::documents::Document;
use crate::shared::Shared;
use crate::to_proto::Converter;
use crate::uri;

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

/// A problem for each posting of a digest of which a newer version is known, as far as the index has
/// come, and where that is. None where the rule is off.
fn problems(view: &View, document: &Document, settings: &Resolved) -> Vec<(Problem, Place)> {
    let path = uri::path(&document.uri);
    let lint = &settings.settings.lint;
    let options = lint.check_options(path.as_deref());
    let key = uri::key(&document.uri);
    if !lint.enable || options.severity(NEWER_VERSION).is_none() || !view.has_others(&key) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for place in view.leads(&key) {
        if document.stop.is_requested() || problems.len() >= MAX {
            break;
        }
        let Some(newer) = view.newer(&place) else {
            continue;
        };
        let problem = lints::newer_version(&document.digest, place.entry, &newer.message, &options);
        problems.extend(problem.map(|problem| (problem, newer.place)));
    }
    problems
}

/// What is told of the newer versions of what a digest has.
pub(crate) fn told_of(
    shared: &Arc<Shared>,
    document: &Document,
    settings: &Resolved,
) -> Vec<Problem> {
    let view = View::new(shared, Some(document));
    let problems = problems(&view, document, settings).into_iter();
    problems.map(|(problem, _)| problem).collect()
}

/// The same as diagnostics, with where the newer versions are.
pub(crate) fn diagnostics(
    shared: &Arc<Shared>,
    document: &Document,
    settings: &Resolved,
    converter: &Converter<'_>,
) -> Vec<Value> {
    let view = View::new(shared, Some(document));
    let problems = problems(&view, document, settings).into_iter();
    let diagnostics = problems.filter_map(|(problem, there)| {
        let mut diagnostic = serde_json::to_value(converter.diagnostic(&problem)).ok()?;
        // The title of what was replaced is faded.
        if view.caps.faded_diagnostics {
            diagnostic["tags"] = json!([1]);
        }
        if view.caps.related_information
            && let Some(spot) = view.spot(&there)
        {
            let message = format!("here, in {}", view.name(&there.key));
            diagnostic["relatedInformation"] =
                json!([{ "location": Spot::location(spot), "message": message }]);
        }
        Some(diagnostic)
    });
    diagnostics.collect()
}
