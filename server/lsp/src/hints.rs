//! Inlay hints: `textDocument/inlayHint` and `inlayHint/resolve`.

use patch_digest_config::settings::Settings;
use patch_digest_core::features::hints::{Hint, HintKind, HintOptions, hints, tooltip};
use serde_json::json;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::ClientCaps;
use crate::documents::Document;
use crate::to_proto::Converter;

/// What is said of hints in `initialize`.
pub(crate) fn options(caps: &ClientCaps) -> Option<lsp::InlayHintServerCapabilities> {
    caps.inlay_hints.then(|| {
        lsp::InlayHintServerCapabilities::Options(lsp::InlayHintOptions {
            resolve_provider: caps.hint_tooltips_late.then_some(true),
            ..lsp::InlayHintOptions::default()
        })
    })
}

/// Which hints are wanted, as the settings have it.
fn hint_options(settings: &Settings) -> HintOptions {
    let hints = &settings.hints;
    HintOptions {
        titles: hints.enable && hints.titles,
        writers: hints.enable && hints.writers,
        numbers: hints.enable && hints.numbers,
    }
}

/// The hints in a part of a document.
pub(crate) fn inlay_hints(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    wanted: lsp::Range,
) -> Option<Vec<lsp::InlayHint>> {
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let within = converter.offset(wanted.start)..converter.offset(wanted.end);
    let found = hints(&document.digest, within, hint_options(settings));
    let sent = found.iter().map(|hint| lsp::InlayHint {
        position: converter.range(&(hint.offset..hint.offset)).start,
        label: hint.label.clone().into(),
        kind: None,
        text_edits: None,
        tooltip: (!caps.hint_tooltips_late).then(|| tooltip(&document.digest, hint).into()),
        padding_left: (hint.kind != HintKind::Number).then_some(true),
        padding_right: (hint.kind == HintKind::Number).then_some(true),
        data: caps
            .hint_tooltips_late
            .then(|| json!({ "uri": document.uri })),
    });
    Some(sent.collect())
}

/// A hint with its tooltip.
///
/// # Errors
///
/// When the text has changed so that there is no such hint any more.
pub(crate) fn resolved(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    mut hint: lsp::InlayHint,
) -> Result<lsp::InlayHint> {
    let told = tooltip_of(document, caps, settings, &hint).ok_or_else(Error::content_modified)?;
    hint.tooltip = Some(told.into());
    hint.data = None;
    Ok(hint)
}

fn tooltip_of(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    hint: &lsp::InlayHint,
) -> Option<String> {
    let lsp::InlayHintLabel::String(label) = &hint.label else {
        return None;
    };
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let offset = converter.offset(hint.position);
    let found = hints(&document.digest, offset..offset, hint_options(settings));
    let is_same = |found: &&Hint| found.offset == offset && found.label == *label;
    let found = found.iter().find(is_same)?;
    Some(tooltip(&document.digest, found))
}
