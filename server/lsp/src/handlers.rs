//! One short function per request: convert in, call the core, convert out.

use std::sync::{Arc, Once, PoisonError};

use patch_digest_core::features;
use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};

use crate::client_caps::ClientCaps;
use crate::code_actions;
use crate::diagnostics;
use crate::documents::Document;
use crate::index;
use crate::links;
use crate::log::Level;
use crate::pull;
use crate::shared::{DOCUMENT, Shared};
use crate::symbols::{self, Notes};
use crate::to_proto::Converter;
use crate::uri;

/// The server behind the router.
#[derive(Debug)]
pub(crate) struct Server {
    client: Client,
    shared: Arc<Shared>,
    /// Starts the publisher of diagnostics: one, however often a client says `initialized`.
    publisher: Once,
}

impl Server {
    /// A server for one client.
    pub(crate) fn new(client: Client, shared: Arc<Shared>) -> Self {
        shared.set_client(client.clone());
        Self {
            client,
            shared,
            publisher: Once::new(),
        }
    }

    /// Runs `compute` on the document of the message in work, as it stood when the message
    /// arrived. Nothing for a document that is not open or no digest.
    async fn answer<T: Send + 'static>(
        &self,
        compute: impl FnOnce(&Document, &ClientCaps) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let document = DOCUMENT.try_with(Clone::clone).ok().flatten();
        let Some(document) = document.filter(|document| document.is_ours) else {
            return Ok(None);
        };
        let answer = self.shared.compute(document, compute).await;
        answer.map(Some).ok_or_else(Error::internal_error)
    }

    /// Refuses requests that were not offered to this client.
    fn only_if(&self, is_offered: impl FnOnce(&ClientCaps) -> bool) -> Result<()> {
        if is_offered(&self.shared.caps()) {
            Ok(())
        } else {
            Err(Error::method_not_found())
        }
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let options = params.initialization_options.unwrap_or_default();
        let caps = ClientCaps::new(&params.capabilities, &options);
        let level = options.get("logLevel").and_then(Value::as_str);
        if let Some(level) = level.and_then(Level::named) {
            self.shared.log.set_level(level);
        }
        self.shared.set_caps(caps.clone());
        Ok(lsp::InitializeResult {
            server_info: Some(lsp::ServerInfo {
                name: "patch-digest".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            capabilities: lsp::ServerCapabilities {
                position_encoding: Some(caps.encoding_kind()),
                text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(
                    lsp::TextDocumentSyncOptions {
                        open_close: Some(true),
                        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
                        ..lsp::TextDocumentSyncOptions::default()
                    },
                )),
                document_symbol_provider: Some(lsp::OneOf::Left(true)),
                hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
                definition_provider: Some(lsp::OneOf::Left(true)),
                diagnostic_provider: caps.pulls_diagnostics.then(pull::provider),
                folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
                document_link_provider: links::options(&caps),
                code_action_provider: code_actions::options(&caps),
                ..lsp::ServerCapabilities::default()
            },
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.publisher.call_once(|| {
            let publisher = diagnostics::publish(self.client.clone(), Arc::clone(&self.shared));
            tokio::spawn(publisher);
            let folders = self.shared.index.options().folders.lock();
            let folders = folders.unwrap_or_else(PoisonError::into_inner).clone();
            self.shared.index.start(folders);
            let indexer = index::run(self.client.clone(), Arc::clone(&self.shared));
            tokio::spawn(indexer);
        });
    }

    async fn did_change_configuration(&self, _: lsp::DidChangeConfigurationParams) {
        self.shared.diagnostics_changed();
    }

    async fn shutdown(&self) -> Result<()> {
        self.shared.end();
        self.shared.index.stop();
        Ok(())
    }

    // The dispatcher answers these three about digests, with the functions below and in `links`;
    // what arrives here is about other documents.
    async fn document_symbol(
        &self,
        _: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        Ok(None)
    }

    async fn folding_range(
        &self,
        _: lsp::FoldingRangeParams,
    ) -> Result<Option<Vec<lsp::FoldingRange>>> {
        Ok(None)
    }

    async fn document_link(
        &self,
        _: lsp::DocumentLinkParams,
    ) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.only_if(|caps| links::options(caps).is_some())?;
        Ok(None)
    }

    async fn document_link_resolve(&self, link: lsp::DocumentLink) -> Result<lsp::DocumentLink> {
        self.only_if(|caps| links::options(caps).is_some())?;
        let answer = self.answer(move |document, caps| links::resolved(document, caps, link));
        answer
            .await?
            .unwrap_or_else(|| Err(Error::content_modified()))
    }

    async fn code_action(
        &self,
        params: lsp::CodeActionParams,
    ) -> Result<Option<lsp::CodeActionResponse>> {
        self.only_if(|caps| code_actions::options(caps).is_some())?;
        let answer =
            self.answer(move |document, caps| code_actions::code_actions(document, caps, params));
        Ok(answer.await?.flatten())
    }
}

/// The JSON of a document's symbols, with `notes` to the rows of some entries.
pub(crate) fn printed_symbols(
    document: &Document,
    caps: &ClientCaps,
    notes: &Notes,
) -> Option<Vec<u8>> {
    if caps.hierarchical_symbols {
        return Some(symbols::printed(&document.digest, caps, notes));
    }
    let uri = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &uri,
    };
    let mut rows = features::outline::outline(&document.digest);
    for row in rows.iter_mut().flat_map(|row| &mut row.children) {
        let place = document.digest.blocks().at_offset(row.focus.start);
        let note = place.and_then(|place| notes.get(&place.before.entries));
        row.superseded |= note.is_some_and(|note| note.superseded);
    }
    let symbols = converter.flat_symbols(&rows);
    // A flat symbol names its document, in the client's spelling.
    if uri.as_str() != document.uri {
        let mut symbols = serde_json::to_value(symbols).ok()?;
        uri::respell(&mut symbols, uri.as_str(), &document.uri);
        return serde_json::to_vec(&symbols).ok();
    }
    serde_json::to_vec(&symbols).ok()
}

/// The JSON of a document's folds.
pub(crate) fn printed_folds(document: &Document, caps: &ClientCaps) -> Option<Vec<u8>> {
    let uri = document.strict_uri()?;
    let converter = Converter {
        text: document.digest.text(),
        caps,
        uri: &uri,
    };
    serde_json::to_vec(&converter.folds(features::folding::folding(&document.digest))).ok()
}
