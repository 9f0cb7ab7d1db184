//! What is around the cursor: `textDocument/documentHighlight` and `textDocument/selectionRange`.

use std::ops::Range;

use patch_digest_core::Digest;
use patch_digest_core::features::highlight::highlights;
use patch_digest_core::features::selection::selections;
use tower_lsp_server::ls_types as lsp;

use crate::to_proto::Converter;

/// Everything that is the same as what stands at a position.
pub(crate) fn document_highlights(
    digest: &Digest,
    converter: &Converter<'_>,
    position: lsp::Position,
) -> Vec<lsp::DocumentHighlight> {
    let found = highlights(digest, converter.offset(position));
    let sent = found.iter().map(|highlight| lsp::DocumentHighlight {
        range: converter.range(&highlight.range),
        kind: Some(if highlight.is_definition {
            lsp::DocumentHighlightKind::WRITE
        } else {
            lsp::DocumentHighlightKind::READ
        }),
    });
    sent.collect()
}

/// What to select around each position, step by step.
pub(crate) fn selection_ranges(
    digest: &Digest,
    converter: &Converter<'_>,
    positions: &[lsp::Position],
) -> Vec<lsp::SelectionRange> {
    let chain = |ranges: Vec<Range<usize>>| {
        let mut ranges = ranges.iter().rev();
        let outermost = ranges.next().map(|range| converter.range(range));
        let outermost = lsp::SelectionRange {
            range: outermost.unwrap_or_default(),
            parent: None,
        };
        ranges.fold(outermost, |parent, range| lsp::SelectionRange {
            range: converter.range(range),
            parent: Some(Box::new(parent)),
        })
    };
    let offsets = positions.iter().map(|position| converter.offset(*position));
    offsets
        .map(|offset| chain(selections(digest, offset)))
        .collect()
}
