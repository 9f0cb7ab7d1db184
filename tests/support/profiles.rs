//! What clients say of themselves in `initialize`: as much of it as the server looks at in kinds of
//! clients made up for tests, and all of it in records of real ones.

use serde_json::{Value, json};

/// A kind of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Takes everything, and counts columns in bytes.
    Rich,
    /// Neovim 0.10: knows no other columns than UTF-16, and says nothing of folds.
    Neovim,
    /// Helix: wants symbols flat.
    Helix,
    /// Emacs with eglot: prefers UTF-32, and wants hovers in plain text.
    Eglot,
    /// Says nothing at all.
    Bare,
}

impl Profile {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Rich,
        Self::Neovim,
        Self::Helix,
        Self::Eglot,
        Self::Bare,
    ];

    /// Its `capabilities`.
    #[must_use]
    pub fn capabilities(self) -> Value {
        match self {
            Self::Rich => json!({
                "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
                "textDocument": {
                    "documentSymbol": {
                        "hierarchicalDocumentSymbolSupport": true,
                        "tagSupport": {"valueSet": [1]},
                    },
                    "hover": {"contentFormat": ["markdown", "plaintext"]},
                    "definition": {"linkSupport": true},
                    "foldingRange": {
                        "lineFoldingOnly": true,
                        "foldingRange": {"collapsedText": true},
                    },
                    "publishDiagnostics": {"relatedInformation": true, "versionSupport": true},
                    "documentLink": {"tooltipSupport": true},
                    "documentHighlight": {},
                    "selectionRange": {},
                    "inlayHint": {"resolveSupport": {"properties": ["tooltip"]}},
                    "semanticTokens": {
                        "requests": {"full": {"delta": true}, "range": true},
                        "tokenTypes": ["keyword", "number", "function", "variable", "string"],
                        "tokenModifiers": ["definition", "deprecated"],
                        "formats": ["relative"],
                    },
                    "codeAction": {
                        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix"]}},
                    },
                },
            }),
            Self::Neovim => json!({
                "general": {"positionEncodings": ["utf-16"]},
                "textDocument": {
                    "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                    "hover": {"contentFormat": ["markdown", "plaintext"]},
                    "definition": {"linkSupport": true},
                    "publishDiagnostics": {"relatedInformation": true},
                },
            }),
            Self::Helix => json!({
                "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
                "textDocument": {
                    "documentSymbol": {"hierarchicalDocumentSymbolSupport": false},
                    "hover": {"contentFormat": ["markdown"]},
                    "publishDiagnostics": {"versionSupport": true},
                },
            }),
            Self::Eglot => json!({
                "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]},
                "textDocument": {
                    "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                    "hover": {"contentFormat": ["plaintext"]},
                    "definition": {"linkSupport": true},
                },
            }),
            Self::Bare => json!({}),
        }
    }
}

/// A real client, by what it was seen to send in `initialize`.
#[derive(Debug, Clone, Copy)]
pub struct Recorded {
    /// Its name and version.
    pub name: &'static str,
    /// The JSON of its `capabilities`.
    json: &'static str,
}

macro_rules! recorded {
    ($($(#[$meta:meta])* $constant:ident: $name:literal, $file:literal;)*) => {
        $(
            $(#[$meta])*
            pub const $constant: Recorded = Recorded {
                name: $name,
                json: include_str!(concat!("../clients/", $file)),
            };
        )*

        /// Every real client.
        pub const RECORDED: &[Recorded] = &[$($constant),*];
    };
}

recorded! {
    /// Columns in UTF-16 only; asks for diagnostics, but cannot be told to ask again.
    NEOVIM_0_10: "Neovim 0.10", "neovim-0.10.json";
    /// Asks for diagnostics.
    NEOVIM_0_12: "Neovim 0.12", "neovim-0.12.json";
    /// Asks for diagnostics, but says in the wrong place that it can be told to ask again.
    HELIX: "Helix 25.07", "helix-25.07.json";
    /// Eglot 1.17 in Emacs 30: hovers in plain text only.
    EGLOT: "Eglot 1.17", "eglot-1.17.json";
    /// The language client that the extension for VS Code has in it; asks for diagnostics.
    VS_CODE: "VS Code", "vscode-client-10.1.json";
}

impl Recorded {
    /// Its `capabilities`.
    ///
    /// # Panics
    ///
    /// When the record is damaged.
    #[must_use]
    pub fn capabilities(&self) -> Value {
        serde_json::from_str(self.json).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Whether it asks for diagnostics and is not told of them.
    #[must_use]
    pub fn pulls(&self) -> bool {
        matches!(self.name, "Neovim 0.12" | "VS Code")
    }
}

/// The `capabilities` of a client that takes everything: what VS Code and the newest Neovim take,
/// with columns in bytes.
#[must_use]
pub fn everything() -> Value {
    let mut capabilities = VS_CODE.capabilities();
    merge(&mut capabilities, NEOVIM_0_12.capabilities());
    merge(&mut capabilities, Profile::Rich.capabilities());
    capabilities
}

/// Adds to a value what another one has; a capability that either has is had.
fn merge(value: &mut Value, other: Value) {
    match (value, other) {
        (Value::Object(members), Value::Object(others)) => {
            for (name, other) in others {
                merge(members.entry(name).or_insert(Value::Null), other);
            }
        }
        (Value::Bool(had), Value::Bool(has)) => *had |= has,
        (value, other) => *value = other,
    }
}
