//! Semantic tokens: `textDocument/semanticTokens/full`, `full/delta` and `range`, written straight as
//! bytes.
//!
//! The tokens last sent of every document are kept, so that after a keystroke the blocks it touched
//! are looked at again and what differs is sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use patch_digest_core::features::tokens::{Kept, Relative, TokenKind, superseded, tokens_with};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use crate::client_caps::{ClientCaps, words};
use crate::documents::Document;
use crate::uri;

/// What a client can take of tokens, and the words for them that it and the server share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenCaps {
    /// Asks for the tokens of a whole document.
    pub(crate) full: bool,
    /// Asks for what has changed since.
    pub(crate) delta: bool,
    /// Asks for the tokens of a part.
    pub(crate) range: bool,
    /// The name of each kind, in the order of [`TokenKind::ALL`].
    types: Vec<&'static str>,
    /// The names of the modifiers: for definitions, for what is superseded.
    modifiers: [&'static str; 2],
}

/// The words of the protocol for those who do not know ours.
fn standard(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Tag | TokenKind::Footnote => "keyword",
        TokenKind::Version | TokenKind::Number | TokenKind::Hash => "number",
        TokenKind::Title => "function",
        TokenKind::Person => "variable",
        TokenKind::Address | TokenKind::Path | TokenKind::Inserted | TokenKind::Deleted => "string",
        TokenKind::Trailer => "comment",
        TokenKind::Damage => "regexp",
    }
}

impl TokenCaps {
    /// What a client says of tokens; `None` where it can take none that the server has.
    pub(crate) fn new(client: &Value) -> Option<Self> {
        let lists = |name: &str, word: &str| words(client.get(name)).any(|listed| listed == word);
        let types = TokenKind::ALL.map(|kind| {
            let own = kind.name();
            let is_known = lists("tokenTypes", own);
            if is_known { own } else { standard(kind) }
        });
        let knows_superseded = lists("tokenModifiers", "superseded");
        // Either may be asked for by an object, too.
        let wants = |request: Option<&Value>| {
            request.is_some_and(|request| request.is_object() || *request == Value::Bool(true))
        };
        let full = wants(client.pointer("/requests/full"));
        let delta = client.pointer("/requests/full/delta") == Some(&Value::Bool(true));
        let range = wants(client.pointer("/requests/range"));
        let is_relative = lists("formats", "relative");
        ((full || range) && is_relative).then(|| Self {
            full,
            delta,
            range,
            types: types.to_vec(),
            modifiers: [
                "definition",
                if knows_superseded {
                    "superseded"
                } else {
                    "deprecated"
                },
            ],
        })
    }
}

/// What is said of tokens in `initialize`.
pub(crate) fn options(caps: &ClientCaps) -> Option<lsp::SemanticTokensServerCapabilities> {
    let caps = caps.tokens.as_ref()?;
    let types = caps
        .types
        .iter()
        .map(|name| lsp::SemanticTokenType::new(name));
    let modifiers = caps.modifiers.iter();
    let options = lsp::SemanticTokensOptions {
        legend: lsp::SemanticTokensLegend {
            token_types: types.collect(),
            token_modifiers: modifiers
                .map(|name| lsp::SemanticTokenModifier::new(name))
                .collect(),
        },
        range: caps.range.then_some(true),
        full: caps.full.then_some(lsp::SemanticTokensFullOptions::Delta {
            delta: Some(caps.delta),
        }),
        ..lsp::SemanticTokensOptions::default()
    };
    Some(options.into())
}

/// The tokens last sent, by the keys of documents.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    kept: Mutex<HashMap<String, Sent>>,
    n_sent: AtomicU64,
}

#[derive(Debug, Clone)]
struct Sent {
    /// The result's id.
    id: u64,
    kept: Arc<Kept>,
}

impl TokenCache {
    /// Forgets a document.
    pub(crate) fn forget(&self, key: &str) {
        self.lock().remove(key);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Sent>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sent(&self, document: &Document) -> Option<Sent> {
        self.lock().get(&uri::key(&document.uri)).cloned()
    }

    fn keep(&self, document: &Document, kept: Kept) -> String {
        let id = self.n_sent.fetch_add(1, Ordering::Relaxed) + 1;
        let kept = Arc::new(kept);
        self.lock()
            .insert(uri::key(&document.uri), Sent { id, kept });
        id.to_string()
    }

    /// The JSON of all tokens.
    pub(crate) fn print_full(&self, document: &Document, caps: &ClientCaps) -> Option<Vec<u8>> {
        let kept = match self.sent(document) {
            Some(sent) => sent.kept.after(&document.digest).0,
            None => Kept::new(&document.digest, caps.encoding),
        };
        self.print_all(document, kept)
    }

    fn print_all(&self, document: &Document, kept: Kept) -> Option<Vec<u8>> {
        if document.stop.is_requested() {
            return None;
        }
        #[derive(Serialize)]
        struct Full<'a> {
            #[serde(rename = "resultId")]
            id: String,
            data: Data<'a>,
        }
        let tokens: Vec<Relative> = kept.iter().collect();
        let id = self.keep(document, kept);
        let data = Data(&tokens);
        serde_json::to_vec(&Full { id, data }).ok()
    }

    /// The JSON of what has changed since the result with the id `previous`; of all tokens where that
    /// is not known any more.
    pub(crate) fn print_delta(
        &self,
        document: &Document,
        caps: &ClientCaps,
        previous: &str,
    ) -> Option<Vec<u8>> {
        #[derive(Serialize)]
        struct Delta<'a> {
            #[serde(rename = "resultId")]
            id: String,
            edits: Vec<Edit<'a>>,
        }
        #[derive(Serialize)]
        struct Edit<'a> {
            start: usize,
            #[serde(rename = "deleteCount")]
            delete_count: usize,
            data: Data<'a>,
        }
        let sent = self.sent(document);
        let Some(sent) = sent.filter(|sent| sent.id.to_string() == previous) else {
            return self.print_full(document, caps);
        };
        let (kept, change) = sent.kept.after(&document.digest);
        let is_empty = change.n_removed == 0 && change.inserted.is_empty();
        let edit = Edit {
            start: change.at * 5,
            delete_count: change.n_removed * 5,
            data: Data(&change.inserted),
        };
        let id = self.keep(document, kept);
        let edits = if is_empty { Vec::new() } else { vec![edit] };
        serde_json::to_vec(&Delta { id, edits }).ok()
    }

    /// The JSON of the tokens of a part; costs what the part costs.
    pub(crate) fn print_range(
        &self,
        document: &Document,
        caps: &ClientCaps,
        range: lsp::Range,
    ) -> Option<Vec<u8>> {
        #[derive(Serialize)]
        struct Part<'a> {
            data: Data<'a>,
        }
        let text = document.digest.text();
        let offset = |position: lsp::Position| {
            let (line, column) = (position.line as usize, position.character as usize);
            text.offset_at(line, column, caps.encoding)
        };
        let superseded = match self.sent(document) {
            Some(sent) => sent.kept.superseded_in(&document.digest),
            None => superseded(&document.digest).into(),
        };
        let found = tokens_with(
            &document.digest,
            offset(range.start)..offset(range.end),
            &superseded,
        );
        let mut last = (0, 0);
        let tokens: Vec<_> = found
            .into_iter()
            .map(|(range, token)| {
                let (line, column) = text.position_of(range.start, caps.encoding);
                let (_, end) = text.position_of(range.end, caps.encoding);
                let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let lines = line - last.0;
                let columns = if lines == 0 { column - last.1 } else { column };
                last = (line, column);
                Relative {
                    lines: narrow(lines),
                    columns: narrow(columns),
                    length: narrow(end - column),
                    kind: token.kind,
                    is_definition: token.is_definition,
                    is_superseded: token.is_superseded,
                }
            })
            .collect();
        let data = Data(&tokens);
        serde_json::to_vec(&Part { data }).ok()
    }
}

/// The id of the earlier result in the parameters of a `full/delta`.
pub(crate) fn previous_id(params: Option<&Value>) -> String {
    let id = params.and_then(|params| params.get("previousResultId")?.as_str());
    id.unwrap_or_default().to_owned()
}

/// The range in the parameters of a `range`.
pub(crate) fn wanted_range(params: Option<&Value>) -> Option<lsp::Range> {
    serde_json::from_value(params?.get("range")?.clone()).ok()
}

/// Tokens as five numbers each.
struct Data<'a>(&'a [Relative]);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut numbers = serializer.serialize_seq(Some(self.0.len() * 5))?;
        for token in self.0 {
            let kind = TokenKind::ALL.iter().position(|kind| *kind == token.kind);
            let modifiers = u32::from(token.is_definition) | u32::from(token.is_superseded) << 1;
            numbers.serialize_element(&token.lines)?;
            numbers.serialize_element(&token.columns)?;
            numbers.serialize_element(&token.length)?;
            numbers.serialize_element(&kind.unwrap_or_default())?;
            numbers.serialize_element(&modifiers)?;
        }
        numbers.end()
    }
}
