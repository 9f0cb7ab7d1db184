//! Document links: `textDocument/documentLink` and `documentLink/resolve`.
//!
//! Clients that show tooltips can also ask for a target when a link is followed: they are not sent the
//! targets that are made from templates, which would be the larger part of the answer.

use patch_digest_config::settings::Settings;
use patch_digest_core::features::links::{Link, LinkOptions, links};
use serde::Serialize;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::ClientCaps;
use crate::documents::Document;
use crate::to_proto::Converter;
use crate::uri;

/// What is said of documentLink in `initialize`: only to clients that can ask for links.
pub(crate) fn options(caps: &ClientCaps) -> Option<lsp::DocumentLinkOptions> {
    caps.document_links.then(|| lsp::DocumentLinkOptions {
        resolve_provider: Some(true),
        work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
    })
}

/// Where links lead, as the settings have it.
pub(crate) fn link_options(settings: &Settings) -> LinkOptions {
    let links = &settings.links;
    LinkOptions {
        list: links.list.clone(),
        search: links.search.clone(),
        message: links.message.clone(),
        commit: links.commit.clone(),
        archives: links.archives.clone(),
    }
}

/// A link as it is sent; the framework's type refuses addresses that browsers take.
#[derive(Serialize)]
struct SentLink {
    range: lsp::Range,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tooltip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// The JSON of a document's links; `None` for clients that cannot take any.
pub(crate) fn printed_links(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
) -> Option<Vec<u8>> {
    if !settings.links.enable {
        return Some(b"[]".to_vec());
    }
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let found = links(
        &document.digest,
        0..document.digest.text().len(),
        &link_options(settings),
    );
    let sent: Vec<_> = found
        .into_iter()
        .map(|link| {
            let is_late = caps.link_tooltips && link.kind.is_made();
            SentLink {
                range: converter.range(&link.range),
                target: (!is_late).then(|| uri::strict(&link.target)),
                data: is_late.then(|| json!({ "uri": document.uri })),
                tooltip: link.tooltip.filter(|_| caps.link_tooltips),
            }
        })
        .collect();
    serde_json::to_vec(&sent).ok()
}

/// A link with its target.
///
/// # Errors
///
/// When the text has changed so that there is no such link any more.
pub(crate) fn resolved(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    mut link: lsp::DocumentLink,
) -> Result<lsp::DocumentLink> {
    let target = target_of(document, caps, settings, &link).ok_or_else(Error::content_modified)?;
    link.target = Some(target);
    link.data = None;
    Ok(link)
}

fn target_of(
    document: &Document,
    caps: &ClientCaps,
    settings: &Settings,
    link: &lsp::DocumentLink,
) -> Option<lsp::Uri> {
    let address = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &address,
    };
    let range = converter.offset(link.range.start)..converter.offset(link.range.end);
    let found = links(&document.digest, range.clone(), &link_options(settings));
    let is_same = |found: &Link| found.range == range;
    let target = found.into_iter().find(is_same)?.target;
    uri::strict(&target).parse().ok()
}
