/**
 * In a digest: from one series that concerns the reader to the next, and all others folded away.
 *
 * Tested by `test/host/queue.test.ts`.
 */
import {
  commands,
  Disposable,
  Position,
  Range,
  Selection,
  TextEditorRevealType,
  window,
  type DocumentSymbol,
  type FoldingRange,
  type TextEditor,
} from 'vscode';

import { LANGUAGE } from './digest';
import type { QueueRow } from './queue';
import type { Controller } from './server/controller';
import { SECTION } from './settings';

interface Rows {
  readonly sections: readonly { readonly section: string; readonly rows: readonly QueueRow[] }[];
}

export function registerWanted(server: Controller): Disposable {
  const withLines = (act: (editor: TextEditor, lines: number[]) => unknown) => async () => {
    const editor = window.activeTextEditor;
    if (editor?.document.languageId !== LANGUAGE) {
      window.setStatusBarMessage('Patch Digest: no digest is in front', 4000);
      return;
    }
    const lines = await wantedLines(server, editor);
    if (lines.length === 0) {
      window.setStatusBarMessage('Patch Digest: no series of this digest concerns you', 4000);
      return;
    }
    await act(editor, lines);
  };
  return Disposable.from(
    commands.registerCommand(
      `${SECTION}.nextWanted`,
      withLines((editor, lines) => { goTo(editor, lines.find((line) => line > editor.selection.active.line)); }),
    ),
    commands.registerCommand(
      `${SECTION}.previousWanted`,
      withLines((editor, lines) => { goTo(editor, lines.findLast((line) => line < editor.selection.active.line)); }),
    ),
    commands.registerCommand(
      `${SECTION}.foldOthers`,
      withLines(async ({ document }, lines) => {
        const ranges = await commands.executeCommand<FoldingRange[]>('vscode.executeFoldingRangeProvider', document.uri);
        const symbols = await commands.executeCommand<DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', document.uri);
        const selectionLines = others(ranges, entriesOf(symbols, lines));
        await commands.executeCommand('editor.unfoldAll');
        await commands.executeCommand('editor.fold', { selectionLines, levels: 1, direction: 'down' });
      }),
    ),
  );
}

/** The lines of all entries of the series that begin at `lines`; those of patches without entry are in the cover letter's. */
function entriesOf(symbols: readonly DocumentSymbol[], lines: readonly number[]): number[] {
  const linesOf = ({ selectionRange, children }: DocumentSymbol): number[] => [selectionRange.start.line, ...children.flatMap(linesOf)];
  const series = symbols.flatMap(({ children }) => children).map(linesOf);
  return [...lines, ...series.filter((own) => own.some((line) => lines.includes(line))).flat()];
}

/**
 * Where entries and tables fold that have none of `lines`. An entry's fold begins below its subject,
 * so it is the first one that does not end above that.
 */
function others(ranges: readonly FoldingRange[], lines: readonly number[]): number[] {
  const outer: FoldingRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (range.start > (outer.at(-1)?.end ?? -1)) {
      outer.push(range);
    }
  }
  const kept = new Set(lines.map((line) => outer.find(({ end }) => line <= end)));
  return outer.filter((range) => !kept.has(range)).map(({ start }) => start);
}

/** The lines, from 0 and in order, at which series begin that concern the reader. */
async function wantedLines(server: Controller, editor: TextEditor): Promise<number[]> {
  const textDocument = { uri: editor.document.uri.toString() };
  const { sections } = await server.request<Rows>('patchDigest/queue', { textDocument });
  const wanted = sections.filter(({ section }) => section !== 'rest').flatMap(({ rows }) => rows);
  return wanted.flatMap(({ range }) => (range ? [range.start.line] : [])).sort((a, b) => a - b);
}

function goTo(editor: TextEditor, line: number | undefined): void {
  if (line === undefined) {
    window.setStatusBarMessage('Patch Digest: there is no other in this direction', 4000);
    return;
  }
  const place = new Position(line, 0);
  editor.selection = new Selection(place, place);
  editor.revealRange(new Range(place, place), TextEditorRevealType.InCenterIfOutsideViewport);
}
