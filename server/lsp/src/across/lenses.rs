//! Code lenses: one line above a series of which other digests have another version, and none
//! above the others. What it says is found when it comes into view.

use patch_digest_core::features::page::Target;
use patch_digest_core::features::versions::Lens;
use patch_digest_core::workspace::Place;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Error;

use super::pages::Page;
use super::{Asked, View, nothing, print};
use crate::index::options::SHOW_PAGE;
use crate::transport::Pieces;
use crate::uri;

/// Lenses of one digest. Editors ask for all of them at once.
const MAX: usize = 5_000;

/// `textDocument/codeLens`
pub(super) fn lenses(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some(document) = asked.digest()? else {
        return nothing();
    };
    let key = uri::key(&document.uri);
    let leads = view.leads(&key);
    let mut lenses = Vec::new();
    for place in leads {
        if document.stop.is_requested() || lenses.len() >= MAX {
            break;
        }
        // That there is something to say is all that counts here.
        if view
            .around(&place.key, |around| around.outline_note(place.entry))
            .is_none()
        {
            continue;
        }
        let Some(spot) = view.spot(&place) else {
            continue;
        };
        let data = json!({ "uri": document.uri, "entry": place.entry });
        lenses.push(json!({ "range": spot.focus, "data": data }));
    }
    print(&lenses)
}

/// `codeLens/resolve`
pub(super) fn resolve(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let mut lens = asked.params.clone();
    let data = lens.get("data").cloned().unwrap_or_default();
    let digest = data.get("uri").and_then(Value::as_str);
    let entry = data.get("entry").and_then(Value::as_u64);
    let (Some(digest), Some(entry)) = (digest, entry) else {
        return Err(Error::invalid_params("no data of ours"));
    };
    let key = uri::key(digest);
    let entry = usize::try_from(entry).unwrap_or(usize::MAX);
    let found = view.around(&key, |around| around.lens(entry));
    // The digest has changed since; the next answer will not have it.
    let command = found.and_then(|found| command(view, &key, entry, &found));
    lens["command"] = command.unwrap_or_else(|| json!({ "title": "", "command": "" }));
    print(&lens)
}

fn command(view: &View, key: &str, entry: usize, lens: &Lens) -> Option<Value> {
    let place = Place {
        key: key.into(),
        entry,
    };
    let page = match &lens.target {
        Target::Since { place, old, new } => Page::Since {
            place: place.clone(),
            old: Some(*old),
            new: Some(*new),
        },
        // Of a newer version the question is what is new in it: the history tells, and leads there.
        _ => Page::History(place),
    };
    Some(json!({
        "title": patch_digest_core::shown::plain(&lens.text),
        "command": SHOW_PAGE,
        "arguments": [page.address(view)?],
    }))
}
