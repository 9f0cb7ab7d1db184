//! Go to definition, also into other digests: from a commit id of the header to the neighbour in
//! the chain, from a version that a changelog names to that version. And to the implementation,
//! which is the newest version.

use std::ops::Range;

use patch_digest_core::features::definition::definition as in_digest;
use patch_digest_core::features::locate::{At, locate};
use patch_digest_core::syntax::line;
use patch_digest_core::workspace::Label;
use tower_lsp_server::jsonrpc::Error;

use super::view::{Location, Spot};
use super::{Asked, View, entry_at, nothing, print};
use crate::documents::Document;
use crate::transport::Pieces;
use crate::uri;

/// `textDocument/definition`
pub(super) fn definition(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some((document, offset)) = asked.place(view)? else {
        return nothing();
    };
    let digest = &document.digest;
    let (origin, spots) = if let Some(found) = in_digest(digest, offset) {
        let spots = found.targets.iter();
        let spots = spots.map(|target| view.spot_in(document, &target.full, &target.focus));
        (found.origin, spots.collect())
    } else {
        match elsewhere(view, document, offset) {
            Some(found) => found,
            None => return nothing(),
        }
    };
    print_spots(view, document, &origin, spots, view.caps.definition_links)
}

/// `textDocument/implementation`
pub(super) fn implementation(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let Some((document, offset)) = asked.place(view)? else {
        return nothing();
    };
    let found = || {
        let key = uri::key(&document.uri);
        let entry = entry_at(document, offset)?;
        let history = view.workspace().history(&key, entry)?;
        let newest = history
            .versions
            .iter()
            .find_map(|version| version.place())?;
        view.spot(newest)
    };
    let Some(spot) = found() else {
        return nothing();
    };
    let line = document.digest.text().line_of(offset);
    let origin = document.digest.text().line_range(line);
    let links = view.shared.index.options().implementation_links;
    print_spots(view, document, &origin, vec![spot], links)
}

fn print_spots(
    view: &View,
    document: &Document,
    origin: &Range<usize>,
    spots: Vec<Spot>,
    links: bool,
) -> Result<Pieces, Error> {
    if links {
        let origin = view.range(&document.digest, origin);
        let links: Vec<_> = spots.into_iter().map(|spot| spot.link(origin)).collect();
        print(&links)
    } else {
        let locations: Vec<Location> = spots.into_iter().map(Spot::location).collect();
        print(&locations)
    }
}

/// Where a place leads that leads nowhere in its own digest, and from which text.
fn elsewhere(view: &View, document: &Document, offset: usize) -> Option<(Range<usize>, Vec<Spot>)> {
    let key = uri::key(&document.uri);
    let (at, range) = locate(&document.digest, offset)?;
    match at {
        At::Header => {
            let text = document.digest.text().slice(range.clone()).into_owned();
            let (from, to) = match line::commit_range(&text) {
                Some(range) => range,
                None => line::title_line(&text).map(|(_, from, to)| (from, to))?,
            };
            let span = |id: &str| {
                let start = range.start + (id.as_ptr() as usize - text.as_ptr() as usize);
                start..start + id.len()
            };
            let (before, after) = view.workspace().chain().neighbours(&key);
            // The cursor may stand behind the last letter.
            let holds = |span: &Range<usize>| span.contains(&offset) || span.end == offset;
            let (origin, link) = if holds(&span(from)) {
                (span(from), before?)
            } else if holds(&span(to)) {
                (span(to), after?)
            } else {
                return None;
            };
            Some((origin, vec![view.start_of(&link.key)?]))
        }
        At::Version { entry, label } => {
            let history = view.workspace().history(&key, entry)?;
            let version = history.version_named(Label::parse(&label)?)?;
            let place = history.versions.get(version)?.place()?;
            let is_here = *place.key == *key && place.entry == entry;
            let spot = view.spot(place).filter(|_| !is_here)?;
            Some((range, vec![spot]))
        }
        _ => None,
    }
}
