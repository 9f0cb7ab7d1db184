//! Symbols of the workspace: series, patches and people, the best first.

use patch_digest_core::shown;
use patch_digest_core::workspace::search::{Hit, HitKind};
use serde::Serialize;
use serde_json::Value;
use tower_lsp_server::jsonrpc::Error;
use tower_lsp_server::ls_types::{SymbolKind, SymbolTag};

use super::view::{Location, Spot};
use super::{Asked, View, print};

/// Most symbols in an answer. Editors show some twenty, and ask again with every letter.
const MAX: usize = 200;

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
pub(super) fn symbols(view: &View, asked: &Asked) -> Result<Vec<u8>, Error> {
    let query = asked.params.get("query").and_then(Value::as_str);
    let query = query.ok_or_else(|| Error::invalid_params("no query"))?;
    let found = view.workspace().search(query, MAX);
    let mut symbols: Vec<Symbol> = Vec::with_capacity(found.hits.len());
    symbols.extend(found.hits.iter().filter_map(|hit| symbol(view, hit)));
    if found.more {
        view.shared.index.tell_once(
            &view.shared,
            &format!("workspace symbols: only the best {MAX} are shown, a longer word finds fewer"),
        );
    }
    print(&symbols)
}

fn symbol(view: &View, hit: &Hit) -> Option<Symbol> {
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
        location: view.spot(&hit.place).map(Spot::location)?,
    })
}
