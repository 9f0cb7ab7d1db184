//! One short function per request: convert in, call the core, convert out.

use std::sync::{Arc, Once};

use patch_digest_config::settings::Settings;
use patch_digest_core::Digest;
use patch_digest_core::features;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};

use crate::around;
use crate::client_caps::ClientCaps;
use crate::code_actions;
use crate::diagnostics;
use crate::documents::Document;
use crate::hints;
use crate::index;
use crate::links;
use crate::pull;
use crate::rule_actions;
use crate::settings;
use crate::shared::{DOCUMENT, Shared};
use crate::symbols::{self, Notes};
use crate::to_proto::Converter;
use crate::tokens;
use crate::transport::Pieces;
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
    async fn query<T: Send + 'static>(
        &self,
        uri: lsp::Uri,
        compute: impl FnOnce(&Digest, &Converter<'_>) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let document = DOCUMENT.try_with(Clone::clone).ok().flatten();
        let Some(document) = document.filter(|document| document.is_ours) else {
            return Ok(None);
        };
        let answer = self.shared.compute(document, move |document, caps| {
            let converter = Converter {
                text: document.digest.text(),
                caps,
                uri: &uri,
            };
            compute(&document.digest, &converter)
        });
        answer.await.ok_or_else(Error::internal_error)
    }

    /// Runs `compute` as [`Server::query`] does, with what the client can take and the settings.
    async fn answer<T: Send + 'static>(
        &self,
        compute: impl FnOnce(&Document, &ClientCaps, &Settings) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let document = DOCUMENT.try_with(Clone::clone).ok().flatten();
        let Some(document) = document.filter(|document| document.is_ours) else {
            return Ok(None);
        };
        let shared = Arc::clone(&self.shared);
        let compute = move |document: &Document, caps: &ClientCaps| {
            compute(document, caps, &shared.settings_of(&document.uri).settings)
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
        let options = params.initialization_options.clone().unwrap_or_default();
        // See `client_caps::shield`.
        let capabilities = params.capabilities.experimental.clone();
        let mut caps = ClientCaps::new(&capabilities.unwrap_or_default(), &options);
        caps.rule_pages &= self.shared.index.options().shows_pages;
        self.shared.set_caps(caps.clone());
        self.shared.begin_settings(&params);
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
                        save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
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
                execute_command_provider: code_actions::commands(&caps),
                semantic_tokens_provider: tokens::options(&caps),
                inlay_hint_provider: hints::options(&caps).map(lsp::OneOf::Right),
                document_highlight_provider: caps.highlights.then_some(lsp::OneOf::Left(true)),
                selection_range_provider: caps
                    .selection_ranges
                    .then_some(lsp::SelectionRangeProviderCapability::Simple(true)),
                ..lsp::ServerCapabilities::default()
            },
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.publisher.call_once(|| {
            let publisher = diagnostics::publish(self.client.clone(), Arc::clone(&self.shared));
            tokio::spawn(publisher);
            tokio::spawn(settings::begin(
                self.client.clone(),
                Arc::clone(&self.shared),
            ));
            self.shared.index.start();
            let indexer = index::run(self.client.clone(), Arc::clone(&self.shared));
            tokio::spawn(indexer);
        });
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        // In a task of its own: the client's answer is read by the loop that called this.
        let (client, shared) = (self.client.clone(), Arc::clone(&self.shared));
        tokio::spawn(settings::changed(client, shared, params.settings));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.shared.settings_files_changed(&params.changes);
    }

    async fn shutdown(&self) -> Result<()> {
        self.shared.end();
        self.shared.index.stop();
        Ok(())
    }

    // The dispatcher answers these about digests, with the functions below, in `links` and in `tokens`;
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

    async fn inlay_hint(
        &self,
        params: lsp::InlayHintParams,
    ) -> Result<Option<Vec<lsp::InlayHint>>> {
        self.only_if(|caps| caps.inlay_hints)?;
        let answer = self.answer(move |document, caps, settings| {
            hints::inlay_hints(document, caps, settings, params.range)
        });
        Ok(answer.await?.flatten())
    }

    async fn inlay_hint_resolve(&self, hint: lsp::InlayHint) -> Result<lsp::InlayHint> {
        self.only_if(|caps| caps.hint_tooltips_late)?;
        let answer = self.answer(move |document, caps, settings| {
            hints::resolved(document, caps, settings, hint)
        });
        answer
            .await?
            .unwrap_or_else(|| Err(Error::content_modified()))
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        self.only_if(|caps| caps.highlights)?;
        let place = params.text_document_position_params;
        self.query(place.text_document.uri, move |digest, converter| {
            Some(around::document_highlights(
                digest,
                converter,
                place.position,
            ))
        })
        .await
    }

    async fn selection_range(
        &self,
        params: lsp::SelectionRangeParams,
    ) -> Result<Option<Vec<lsp::SelectionRange>>> {
        self.only_if(|caps| caps.selection_ranges)?;
        self.query(params.text_document.uri, move |digest, converter| {
            Some(around::selection_ranges(
                digest,
                converter,
                &params.positions,
            ))
        })
        .await
    }

    // Tokens of digests are printed around the router (`dispatch`); what comes here is about other
    // documents, which have none, or not offered.
    async fn semantic_tokens_full(
        &self,
        _: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        self.only_if(|caps| caps.tokens.as_ref().is_some_and(|tokens| tokens.full))?;
        Ok(None)
    }

    async fn semantic_tokens_full_delta(
        &self,
        _: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        self.only_if(|caps| caps.tokens.as_ref().is_some_and(|tokens| tokens.delta))?;
        Ok(None)
    }

    async fn semantic_tokens_range(
        &self,
        _: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        self.only_if(|caps| caps.tokens.as_ref().is_some_and(|tokens| tokens.range))?;
        Ok(None)
    }

    async fn document_link_resolve(&self, link: lsp::DocumentLink) -> Result<lsp::DocumentLink> {
        self.only_if(|caps| links::options(caps).is_some())?;
        let answer = self.answer(move |document, caps, settings| {
            links::resolved(document, caps, settings, link)
        });
        answer
            .await?
            .unwrap_or_else(|| Err(Error::content_modified()))
    }

    async fn code_action(
        &self,
        params: lsp::CodeActionParams,
    ) -> Result<Option<lsp::CodeActionResponse>> {
        self.only_if(|caps| code_actions::options(caps).is_some())?;
        let shared = Arc::clone(&self.shared);
        let answer = self.answer(move |document, caps, _| {
            code_actions::code_actions(document, caps, &shared, params)
        });
        Ok(answer.await?.flatten())
    }

    async fn code_action_resolve(&self, action: lsp::CodeAction) -> Result<lsp::CodeAction> {
        self.only_if(|caps| caps.late_edits && code_actions::options(caps).is_some())?;
        if action.data.is_none() {
            // Some clients ask about all; this one is complete.
            return Ok(action);
        }
        let shared = Arc::clone(&self.shared);
        let answer = self.answer(move |document, caps, _| {
            code_actions::resolved(document, caps, &shared, action)
        });
        answer
            .await?
            .unwrap_or_else(|| Err(Error::content_modified()))
    }

    async fn execute_command(
        &self,
        params: lsp::ExecuteCommandParams,
    ) -> Result<Option<lsp::LSPAny>> {
        self.only_if(|caps| code_actions::commands(caps).is_some())?;
        let explanation = rule_actions::explanation(&params)
            .ok_or_else(|| Error::invalid_params("no such command, or no such rule"))?;
        self.client
            .show_message(lsp::MessageType::INFO, explanation)
            .await;
        Ok(None)
    }
}

/// The JSON of a document's symbols, with `notes` to the rows of some entries.
pub(crate) fn printed_symbols(
    document: &Document,
    caps: &ClientCaps,
    notes: &Notes,
) -> Option<Pieces> {
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
    let printed = if uri.as_str() == document.uri {
        serde_json::to_vec(&symbols)
    } else {
        let mut symbols = serde_json::to_value(symbols).ok()?;
        uri::respell(&mut symbols, uri.as_str(), &document.uri);
        serde_json::to_vec(&symbols)
    };
    printed.ok().map(Pieces::from)
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
