//! What clients say of themselves in `initialize`: as much of it as the server looks at.

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
