//! Results of the core as protocol types, in the text they were computed from.

use std::ops::Range;

use patch_digest_core::features::folding::Fold;
use patch_digest_core::features::outline::{Row, RowKind};
use patch_digest_core::fixes::Edit;
use patch_digest_core::lints::{Problem, Rule, Severity};
use patch_digest_core::text::Text;
use tower_lsp_server::ls_types as lsp;

use crate::across::pages::rule_address;
use crate::client_caps::ClientCaps;

/// Converts for one client and one text.
#[derive(Debug)]
pub(crate) struct Converter<'a> {
    pub(crate) text: &'a Text,
    pub(crate) caps: &'a ClientCaps,
    pub(crate) uri: &'a lsp::Uri,
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Converter<'_> {
    /// The byte offset of a position, clamped to the text.
    pub(crate) fn offset(&self, position: lsp::Position) -> usize {
        self.text.offset_at(
            position.line as usize,
            position.character as usize,
            self.caps.encoding,
        )
    }

    fn position(&self, offset: usize) -> lsp::Position {
        let (line, column) = self.text.position_of(offset, self.caps.encoding);
        lsp::Position::new(narrow(line), narrow(column))
    }

    /// A byte range in the protocol's words.
    pub(crate) fn range(&self, range: &Range<usize>) -> lsp::Range {
        lsp::Range::new(self.position(range.start), self.position(range.end))
    }

    /// The outline as a flat list, for clients that cannot take a tree.
    pub(crate) fn flat_symbols(&self, rows: &[Row]) -> Vec<lsp::SymbolInformation> {
        let mut symbols = Vec::new();
        for row in rows {
            self.add_flat(row, None, &mut symbols);
        }
        symbols
    }

    fn tags(&self, row: &Row) -> Option<Vec<lsp::SymbolTag>> {
        (row.superseded && self.caps.symbol_tags).then(|| vec![lsp::SymbolTag::DEPRECATED])
    }

    #[expect(
        deprecated,
        reason = "the type has a field that the protocol gave up; it stays empty"
    )]
    fn add_flat(
        &self,
        row: &Row,
        container: Option<&str>,
        symbols: &mut Vec<lsp::SymbolInformation>,
    ) {
        symbols.push(lsp::SymbolInformation {
            name: row.name.clone(),
            kind: symbol_kind(row.kind),
            tags: self.tags(row),
            deprecated: None,
            location: lsp::Location::new(self.uri.clone(), self.range(&row.focus)),
            container_name: container.map(str::to_owned),
        });
        for child in &row.children {
            self.add_flat(child, Some(&row.name), symbols);
        }
    }

    /// Folds, as many as the client wants; the outer ones first where it wants fewer.
    pub(crate) fn folds(&self, mut folds: Vec<Fold>) -> Vec<lsp::FoldingRange> {
        use patch_digest_core::features::folding::FoldKind;
        if let Some(limit) = self.caps.fold_limit.filter(|limit| folds.len() > *limit) {
            folds.sort_by_key(|fold| (fold.kind != FoldKind::Entry, fold.first));
            folds.truncate(limit);
            folds.sort_by_key(|fold| (fold.first, std::cmp::Reverse(fold.last)));
        }
        let convert = |fold: Fold| lsp::FoldingRange {
            start_line: narrow(fold.first),
            start_character: None,
            end_line: narrow(fold.last),
            end_character: None,
            kind: Some(lsp::FoldingRangeKind::Region),
            collapsed_text: self.caps.collapsed_text.then_some(fold.collapsed),
        };
        folds.into_iter().map(convert).collect()
    }

    /// Edits of the text, of this version of its document. Clients that cannot take versions apply
    /// them to what they have.
    pub(crate) fn workspace_edit(
        &self,
        version: Option<i32>,
        edits: &[Edit],
    ) -> lsp::WorkspaceEdit {
        if !self.caps.versioned_edits {
            let edits = edits.iter().map(|edit| self.text_edit(edit)).collect();
            return lsp::WorkspaceEdit {
                changes: Some([(self.uri.clone(), edits)].into()),
                ..lsp::WorkspaceEdit::default()
            };
        }
        lsp::WorkspaceEdit {
            document_changes: Some(lsp::DocumentChanges::Edits(vec![
                self.document_edit(version, edits),
            ])),
            ..lsp::WorkspaceEdit::default()
        }
    }

    /// The same for a file that is not there yet.
    pub(crate) fn file_with(&self, edits: &[Edit]) -> lsp::WorkspaceEdit {
        let create = lsp::CreateFile {
            uri: self.uri.clone(),
            options: Some(lsp::CreateFileOptions {
                overwrite: None,
                ignore_if_exists: Some(true),
            }),
            annotation_id: None,
        };
        lsp::WorkspaceEdit {
            document_changes: Some(lsp::DocumentChanges::Operations(vec![
                lsp::DocumentChangeOperation::Op(lsp::ResourceOp::Create(create)),
                lsp::DocumentChangeOperation::Edit(self.document_edit(None, edits)),
            ])),
            ..lsp::WorkspaceEdit::default()
        }
    }

    fn document_edit(&self, version: Option<i32>, edits: &[Edit]) -> lsp::TextDocumentEdit {
        let edits = edits
            .iter()
            .map(|edit| lsp::OneOf::Left(self.text_edit(edit)));
        lsp::TextDocumentEdit {
            text_document: lsp::OptionalVersionedTextDocumentIdentifier {
                uri: self.uri.clone(),
                version,
            },
            edits: edits.collect(),
        }
    }

    fn text_edit(&self, edit: &Edit) -> lsp::TextEdit {
        lsp::TextEdit::new(self.range(&edit.range), edit.text.clone())
    }

    /// Problems as diagnostics.
    pub(crate) fn diagnostics(&self, problems: &[Problem]) -> Vec<lsp::Diagnostic> {
        problems
            .iter()
            .map(|problem| self.diagnostic(problem))
            .collect()
    }

    /// Where the page of a rule is: the server makes it itself, as there is no other place that is
    /// sure to have it.
    fn page_of(&self, rule: &Rule) -> Option<lsp::CodeDescription> {
        let href = rule_address(rule).parse().ok()?;
        self.caps
            .rule_pages
            .then_some(lsp::CodeDescription { href })
    }

    /// A problem as a diagnostic.
    pub(crate) fn diagnostic(&self, problem: &Problem) -> lsp::Diagnostic {
        let related =
            problem
                .related
                .iter()
                .map(|(range, message)| lsp::DiagnosticRelatedInformation {
                    location: lsp::Location::new(self.uri.clone(), self.range(range)),
                    message: message.clone(),
                });
        let related: Vec<_> = related.collect();
        lsp::Diagnostic {
            range: self.range(&problem.range),
            severity: Some(severity(problem.severity)),
            code: Some(lsp::NumberOrString::String(problem.rule.code.to_owned())),
            code_description: self.page_of(problem.rule),
            source: Some("patch-digest".to_owned()),
            message: problem.message.clone(),
            related_information: (self.caps.related_information && !related.is_empty())
                .then_some(related),
            tags: None,
            data: None,
        }
    }
}

/// The kind of symbol that a row is shown as.
pub(crate) fn symbol_kind(kind: RowKind) -> lsp::SymbolKind {
    match kind {
        RowKind::Series => lsp::SymbolKind::MODULE,
        RowKind::Single => lsp::SymbolKind::FUNCTION,
        RowKind::Patch => lsp::SymbolKind::METHOD,
        RowKind::Listed => lsp::SymbolKind::FIELD,
        // Outline plug-ins commonly hide this kind: these rows go quiet by themselves.
        RowKind::Digest | RowKind::Note => lsp::SymbolKind::ARRAY,
    }
}

fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
    }
}
