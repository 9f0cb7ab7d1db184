//! The diagnostic that a newer version of what an entry posts is known.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use patch_digest_config::Resolved;
use patch_digest_core::features::versions::Newer;
use patch_digest_core::lints::{self, CheckOptions, NEWER_VERSION, Problem};
use patch_digest_core::stop::Stop;
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

/// What was told of newer versions, by document: the entries, and what is newer.
pub(crate) type Told = HashMap<String, Vec<(usize, Newer)>>;

/// The entries of a digest of which a newer version is known, as far as the index has come.
fn known(view: &View, key: &str, stop: &Stop) -> Vec<(usize, Newer)> {
    if !view.has_others(key) {
        return Vec::new();
    }
    let leads = view.leads(key).into_iter().take(MAX);
    let leads = leads.take_while(|_| !stop.is_requested());
    let newer = leads.filter_map(|place| Some((place.entry, view.newer(&place)?)));
    newer.collect()
}

fn told(shared: &Shared) -> MutexGuard<'_, Told> {
    let told = shared.index.told_of_newer.lock();
    told.unwrap_or_else(PoisonError::into_inner)
}

/// The documents of which something else was told last than is known by now.
pub(crate) fn outdated(shared: &Arc<Shared>) -> Vec<String> {
    let view = View::new(shared, None);
    let mut before: Vec<(String, Vec<(usize, Newer)>)> = {
        let mut told = told(shared);
        told.retain(|key, _| shared.documents().get_by_key(key).is_some());
        let told = told.iter();
        told.map(|(key, newer)| (key.clone(), newer.clone()))
            .collect()
    };
    before.retain(|(key, newer)| known(&view, key, &Stop::default()) != *newer);
    before.into_iter().map(|(key, _)| key).collect()
}

/// What holds for a document; `None` where the rule is off.
fn options(document: &Document, settings: &Resolved) -> Option<CheckOptions> {
    let lint = &settings.settings.lint;
    let options = lint.check_options(uri::path(&document.uri).as_deref());
    (lint.enable && options.severity(NEWER_VERSION).is_some()).then_some(options)
}

/// A problem for each newer version, and where that is.
fn problems(
    document: &Document,
    known: Vec<(usize, Newer)>,
    options: &CheckOptions,
) -> Vec<(Problem, Place)> {
    let problem = |(entry, newer): (usize, Newer)| {
        let problem = lints::newer_version(&document.digest, entry, &newer.message, options)?;
        Some((problem, newer.place))
    };
    known.into_iter().filter_map(problem).collect()
}

/// What is told of the newer versions of what a digest has.
pub(crate) fn told_of(
    shared: &Arc<Shared>,
    document: &Document,
    settings: &Resolved,
) -> Vec<Problem> {
    let Some(options) = options(document, settings) else {
        return Vec::new();
    };
    let view = View::new(shared, Some(document));
    let known = known(&view, &uri::key(&document.uri), &document.stop);
    let problems = problems(document, known, &options).into_iter();
    problems.map(|(problem, _)| problem).collect()
}

/// The same as diagnostics, with where the newer versions are.
pub(crate) fn diagnostics(
    shared: &Arc<Shared>,
    document: &Document,
    settings: &Resolved,
    converter: &Converter<'_>,
) -> Vec<Value> {
    let key = uri::key(&document.uri);
    let Some(options) = options(document, settings) else {
        told(shared).remove(&key);
        return Vec::new();
    };
    let generation = shared.index.generation();
    let view = View::new(shared, Some(document));
    let known = known(&view, &key, &document.stop);
    told(shared).insert(key.clone(), known.clone());
    if shared.index.generation() != generation {
        // Who looked meanwhile for what has to be told anew has not seen this.
        shared.diagnostics_changed_of(key);
    }
    let problems = problems(document, known, &options).into_iter();
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
