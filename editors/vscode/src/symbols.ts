/**
 * Puts the patches of a series into their order where VS Code sorts by position.
 *
 * The server lists patches by number. VS Code does not keep that: it sorts the outline, and Go to
 * Symbol, by the places where ranges start. A patch that the digest knows only from the cover
 * letter's shortlog stands in the cover letter, while patch 1 is a mail of its own; where that
 * comes after the cover letter, it would be shown last. Sorted by name all is well anyway, as the
 * server pads the numbers.
 *
 * So a range that starts too late for its number is made to start just before that of the next
 * patch. It still reaches to its end, and the place to jump to stays as it is. The price: in the
 * rest of that cover letter, the breadcrumbs name patch 1 instead of the series.
 *
 * Tested by `test/unit/symbols.test.ts`, and in VS Code itself by `test/workbench`.
 */

export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A patch with the place where its range starts. */
export interface Patch {
  readonly start: Position;
}

/**
 * The patches of one series, which come in the order of their numbers, with their new starts.
 *
 * The result has those first that were left alone: VS Code takes the first range that holds the
 * cursor, and the ranges of the others now reach over their neighbours.
 */
export function inOrder<P extends Patch>(patches: readonly P[]): P[] {
  const kept: P[] = [];
  const moved: P[] = [];
  let next: Position | undefined;
  for (const patch of [...patches].reverse()) {
    if (next === undefined || isBefore(patch.start, next)) {
      kept.unshift(patch);
      next = patch.start;
    } else {
      next = justBefore(next);
      moved.push({ ...patch, start: next });
    }
  }
  return [...kept, ...moved];
}

function isBefore(position: Position, other: Position): boolean {
  return position.line < other.line || (position.line === other.line && position.character < other.character);
}

function justBefore({ line, character }: Position): Position {
  return character > 0 || line === 0 ? { line, character: Math.max(character - 1, 0) } : { line: line - 1, character: 0 };
}
