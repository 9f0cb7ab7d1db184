//! References, oldest first: to a series, every posting and every mention of it; to a person,
//! everything of theirs under all addresses; to a path, every series that touches it.

use std::collections::HashSet;

use patch_digest_core::features::locate::{At, locate};
use patch_digest_core::syntax::line::Heading;
use patch_digest_core::workspace::Place;
use tower_lsp_server::jsonrpc::Error;

use super::view::{Location, Spot};
use super::{Asked, View, entry_at, nothing, print};
use crate::documents::Document;
use crate::transport::Pieces;
use crate::uri;

/// `textDocument/references`
pub(super) fn references(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some((document, offset)) = asked.place(view)? else {
        return nothing();
    };
    let mut places = places(view, document, offset).unwrap_or_default();
    let mut known = HashSet::new();
    places.retain(|place| known.insert(place.clone()));
    let mut locations: Vec<Location> = Vec::with_capacity(places.len());
    let spots = places.iter().filter_map(|place| view.spot(place));
    locations.extend(spots.map(Spot::location));
    print(&locations)
}

fn places(view: &View, document: &Document, offset: usize) -> Option<Vec<Place>> {
    if let Some(person) = person_at(document, offset) {
        let person = view.workspace().person(&person)?;
        let postings = person.postings.into_iter();
        return Some(postings.map(|posting| posting.place).collect());
    }
    match locate(&document.digest, offset) {
        Some((At::DiffstatRow { path, .. }, _)) => Some(view.workspace().touching(&path)),
        _ => {
            let key = uri::key(&document.uri);
            of_series(view, &key, entry_at(document, offset)?)
        }
    }
}

/// Every posting of a series, and every entry that names one of its versions.
fn of_series(view: &View, key: &str, entry: usize) -> Option<Vec<Place>> {
    let history = view.workspace().history(key, entry)?;
    let versions = history.versions.iter().rev();
    let places = versions.flat_map(|version| {
        let postings = version.postings.iter().map(|posting| &posting.place);
        postings.chain(&version.named_in).cloned()
    });
    Some(places.collect())
}

/// The person that a line names: an author, a row of the table, a trailer, as the line has them.
fn person_at(document: &Document, offset: usize) -> Option<String> {
    let digest = &document.digest;
    let text = digest.text();
    let line = text.slice(text.line_range(text.line_of(offset)));
    match locate(digest, offset)?.0 {
        At::Head(_) => Some(line.strip_prefix("Author:")?.trim().to_owned()),
        At::TableRow(Heading::Contributors, _) => {
            let row = line
                .trim_start()
                .trim_start_matches(|c: char| c.is_ascii_digit());
            Some(row.trim().to_owned())
        }
        At::Trailer { value, .. } => {
            // Of `Fixes:` and links there is no person.
            (value.contains('@') && value.contains('<')).then_some(value)
        }
        _ => None,
    }
}
