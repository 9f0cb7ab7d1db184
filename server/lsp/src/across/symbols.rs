//! Symbols of the workspace: series, patches and people, the best first.
//!
//! Where entries stand is known. Where a shortlog names a patch that has none is not, as most lines
//! of most digests would have to be kept: that part of the digest is read when it is found.

use patch_digest_core::Digest;
use patch_digest_core::features::listed::listed;
use patch_digest_core::shown;
use patch_digest_core::syntax::line::Lines;
use patch_digest_core::workspace::Place;
use patch_digest_core::workspace::search::{Hit, HitKind};
use patch_digest_files::read;
use serde::Serialize;
use serde_json::Value;
use tower_lsp_server::jsonrpc::Error;
use tower_lsp_server::ls_types::{SymbolKind, SymbolTag};

use super::view::{Location, Spot};
use super::{Asked, View, print};
use crate::index::EntryLines;
use crate::transport::Pieces;

/// Most symbols in an answer. Editors show some twenty, and ask again with every letter.
const MAX: usize = 200;

/// Bytes of files that are read for one answer; what is listed in others leads to its cover letter.
const MOST_BYTES: u64 = 32 << 20;

/// `WorkspaceSymbol`, also fit to be a `SymbolInformation` for older clients.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Symbol {
    name: String,
    kind: SymbolKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<[SymbolTag; 1]>,
    #[serde(skip_serializing_if = "String::is_empty")]
    container_name: String,
    location: Location,
}

/// `workspace/symbol`
pub(super) fn symbols(view: &View, asked: &Asked) -> Result<Pieces, Error> {
    let query = asked.params.get("query").and_then(Value::as_str);
    let query = query.ok_or_else(|| Error::invalid_params("no query"))?;
    let found = view.workspace().search(query, MAX);
    let mut covers = Covers {
        view,
        n_bytes_left: MOST_BYTES,
        last: None,
    };
    let mut symbols: Vec<Symbol> = Vec::with_capacity(found.hits.len());
    let hits = found.hits.iter();
    symbols.extend(hits.filter_map(|hit| symbol(&mut covers, hit)));
    if found.more {
        view.shared.index.tell_once(
            &view.shared,
            &format!("workspace symbols: only the best {MAX} are shown, a longer word finds fewer"),
        );
    }
    print(&symbols)
}

fn symbol(covers: &mut Covers<'_>, hit: &Hit) -> Option<Symbol> {
    let view = covers.view;
    let listed = hit.is_listed.then(|| covers.spot(hit)).flatten();
    let spot = listed.or_else(|| view.spot(&hit.place))?;
    let name = match hit.kind {
        HitKind::Person if hit.detail.is_empty() => hit.text.clone(),
        HitKind::Person => format!("{} <{}>", hit.text, hit.detail),
        _ => format!("[{}] {}", hit.detail, hit.text),
    };
    let superseded = matches!(hit.kind, HitKind::Series | HitKind::Single)
        && view.shared.index.options().symbol_tags
        && view.newer(&hit.place).is_some();
    let container = [&*hit.container, &view.name(&hit.place.key)];
    let container = container.into_iter().filter(|part| !part.is_empty());
    Some(Symbol {
        name: shown::plain(&name).into_owned(),
        kind: match hit.kind {
            HitKind::Series => SymbolKind::MODULE,
            HitKind::Single => SymbolKind::FUNCTION,
            HitKind::Patch => SymbolKind::METHOD,
            HitKind::Person => SymbolKind::OBJECT,
        },
        tags: superseded.then_some([SymbolTag::DEPRECATED]),
        container_name: shown::plain(&container.collect::<Vec<_>>().join(" · ")).into_owned(),
        location: spot.location(),
    })
}

/// Cover letters, read for what their shortlogs name.
struct Covers<'a> {
    view: &'a View,
    n_bytes_left: u64,
    /// The one that was read last: patches of one series are found together.
    last: Option<(Place, Digest)>,
}

impl Covers<'_> {
    /// Where the shortlog has the title of a patch.
    fn spot(&mut self, hit: &Hit) -> Option<Spot> {
        let place = &hit.place;
        if let Some(document) = self.view.document(&place.key) {
            let range = listed(&document.digest, place.entry, &hit.text)?;
            return Some(self.view.spot_in(&document, &range, &range));
        }
        let file = self.view.index.files.get(&place.key)?;
        let lines = file.entries.get(place.entry)?;
        if self.last.as_ref().is_none_or(|(last, _)| last != place) {
            let text = read::digest(&file.path, self.n_bytes_left).ok()??;
            self.n_bytes_left -= self.n_bytes_left.min(text.len() as u64);
            self.last = Some((place.clone(), entry_alone(&text, lines)?));
        }
        let (_, entry) = self.last.as_ref()?;
        // The file may be another by now; then its lines say nothing of the patch.
        let range = listed(entry, 0, &hit.text)?;
        let mut range = self.view.range(entry, &range);
        range.start.line += lines.first;
        range.end.line += lines.first;
        Some(Spot {
            uri: file.uri.clone(),
            full: range,
            focus: range,
        })
    }
}

/// One entry of a digest, as a text of its own.
fn entry_alone(text: &str, lines: &EntryLines) -> Option<Digest> {
    let mut starts = Lines::new(text).map(|line| line.start);
    let start = starts.nth(lines.first as usize)?;
    let n_more = lines.end.checked_sub(lines.first)?.checked_sub(1);
    let end = match n_more {
        Some(n_more) if lines.end_column == 0 => starts.nth(n_more as usize),
        // It ends with the text.
        _ => None,
    };
    let end = end.unwrap_or(text.len());
    Some(Digest::parse(text.get(start..end)?.to_owned()))
}
