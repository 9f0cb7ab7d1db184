//! One short function per request: convert in, call the core, convert out.

use std::num::NonZero;
use std::sync::{Arc, Once};
use std::thread::available_parallelism;

use patch_digest_core::Digest;
use patch_digest_core::features;
use tokio::sync::Semaphore;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};

use crate::client_caps::ClientCaps;
use crate::diagnostics;
use crate::dispatch::{DOCUMENT, Shared};
use crate::to_proto::Converter;

/// The server behind the router.
#[derive(Debug)]
pub(crate) struct Server {
    client: Client,
    shared: Arc<Shared>,
    /// Starts the publisher of diagnostics: one, however often a client says `initialized`.
    publisher: Once,
    /// As many as can be computed at a time. More threads would take the processor away from the
    /// message loop, and what is cancelled while it waits for its turn is never computed.
    turns: Arc<Semaphore>,
}

impl Server {
    /// A server for one client.
    pub(crate) fn new(client: Client, shared: Arc<Shared>) -> Self {
        Self {
            client,
            shared,
            publisher: Once::new(),
            turns: Arc::new(Semaphore::new(
                available_parallelism().map_or(1, NonZero::get),
            )),
        }
    }

    /// Runs `compute` on the document of the message in work, as it stood when the message
    /// arrived; away from the message loop unless it is short. Nothing for a document that is not open or no digest.
    async fn query<T: Send + 'static>(
        &self,
        uri: lsp::Uri,
        compute: impl FnOnce(&Digest, &Converter<'_>) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let document = DOCUMENT.try_with(Clone::clone).ok().flatten();
        let Some(document) = document.filter(|document| document.is_ours) else {
            return Ok(None);
        };
        let caps = self.shared.caps();
        let is_short = document.is_short();
        let answer = move || {
            let converter = Converter {
                text: document.digest.text(),
                caps: &caps,
                uri: &uri,
            };
            compute(&document.digest, &converter)
        };
        // A panic costs this answer alone, here as there.
        if is_short {
            return Ok(answer());
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let answer = move || {
            // Held to the end of the computation, which goes on when its request is cancelled.
            let _turn = turn;
            answer()
        };
        tokio::task::spawn_blocking(answer)
            .await
            .map_err(|_| Error::internal_error())
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let caps = ClientCaps::new(&params.capabilities);
        let encoding = caps.encoding_kind();
        self.shared.set_caps(caps);
        Ok(lsp::InitializeResult {
            server_info: Some(lsp::ServerInfo {
                name: "patch-digest".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            capabilities: lsp::ServerCapabilities {
                position_encoding: Some(encoding),
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
                folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
                ..lsp::ServerCapabilities::default()
            },
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.publisher.call_once(|| {
            let publisher = diagnostics::publish(self.client.clone(), Arc::clone(&self.shared));
            tokio::spawn(publisher);
        });
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    // The dispatcher has applied these already; here they would arrive out of order.
    async fn did_open(&self, _: lsp::DidOpenTextDocumentParams) {}
    async fn did_change(&self, _: lsp::DidChangeTextDocumentParams) {}
    async fn did_close(&self, _: lsp::DidCloseTextDocumentParams) {}

    async fn document_symbol(
        &self,
        params: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.query(params.text_document.uri, |digest, converter| {
            Some(converter.symbols(&features::outline::outline(digest)))
        })
        .await
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let place = params.text_document_position_params;
        self.query(place.text_document.uri, move |digest, converter| {
            let hover = features::hover::hover(digest, converter.offset(place.position))?;
            Some(converter.hover(&hover))
        })
        .await
    }

    async fn goto_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        self.query(place.text_document.uri, move |digest, converter| {
            let definition =
                features::definition::definition(digest, converter.offset(place.position))?;
            Some(converter.definition(&definition))
        })
        .await
    }

    async fn folding_range(
        &self,
        params: lsp::FoldingRangeParams,
    ) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.query(params.text_document.uri, |digest, converter| {
            Some(converter.folds(features::folding::folding(digest)))
        })
        .await
    }
}
