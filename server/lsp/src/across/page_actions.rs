//! Pages as code actions, for who has no key or command for them: about the series at the cursor,
//! or about the whole digest above its first entry. Tests: `tests/tests/protocol/across.rs`.

use patch_digest_core::features::page::Target;
use patch_digest_core::syntax::BlockKind;
use patch_digest_core::workspace::Place;
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use super::View;
use super::pages::Page;
use crate::code_actions::Question;
use crate::index::is_indexed;
use crate::index::options::SHOW_PAGE;
use crate::uri;

/// The kind of actions that open a page.
pub(crate) const PAGE_KIND: lsp::CodeActionKind = lsp::CodeActionKind::new("page");

/// Pages about what is at the cursor.
pub(crate) fn page_actions(question: &Question<'_>) -> Vec<lsp::CodeAction> {
    // As with marks, editors that look by themselves would show a light everywhere.
    if question.is_automatic()
        || !question.caps.has_command(SHOW_PAGE)
        || !question.wants(&PAGE_KIND)
    {
        return Vec::new();
    }
    let document = question.document;
    let key = uri::key(&document.uri);
    let blocks = document.digest.blocks();
    let Some(at) = blocks.at_offset(question.range.start) else {
        return Vec::new();
    };
    if !is_indexed(&key) {
        return Vec::new();
    }
    let view = View::new(question.shared, Some(document));
    let found = match at.block.kind {
        BlockKind::Entry => of_series(&view, &key, at.before.entries),
        BlockKind::Header | BlockKind::Heading(_) => {
            vec![(
                "Show what is new in this digest".to_owned(),
                Page::News(key),
            )]
        }
        _ => Vec::new(),
    };
    let actions = found.into_iter().filter_map(|(title, page)| {
        Some(lsp::CodeAction {
            title: title.clone(),
            kind: Some(PAGE_KIND),
            command: Some(lsp::Command {
                title,
                command: SHOW_PAGE.to_owned(),
                arguments: Some(vec![Value::from(page.address(&view)?)]),
            }),
            ..lsp::CodeAction::default()
        })
    });
    actions.collect()
}

fn of_series(view: &View, key: &str, entry: usize) -> Vec<(String, Page)> {
    // A patch is asked about with its series, which the first entry of the posting speaks for.
    let posting = view.workspace().get(key);
    let Some(lead) = posting
        .and_then(|digest| digest.posting_of(entry))
        .map(|posting| posting.lead())
    else {
        return Vec::new();
    };
    let place = Place {
        key: key.into(),
        entry: lead,
    };
    let mut pages = Vec::new();
    if let Some(lens) = view.around(key, |around| around.lens(lead))
        && let Target::Since { place, old, new } = lens.target
    {
        let page = Page::Since {
            place,
            old: Some(old),
            new: Some(new),
        };
        pages.push((format!("Show what changed since {old}"), page));
    }
    pages.push((
        "Show the history of this series".to_owned(),
        Page::History(place),
    ));
    pages
}
