import * as assert from 'node:assert/strict';

import { inOrder } from '../../src/symbols';

/** Patches by the lines where they start, and optionally columns: `28`, `77:2`. */
function check(starts: string, expected: string): void {
  const patches = starts.split(' ').map((place, i) => {
    const [line = 0, character = 0] = place.split(':').map(Number);
    return { number: i + 1, start: { line, character } };
  });
  const found = inOrder(patches);
  assert.equal(found.map(({ number, start }) => `${number}@${start.line}:${start.character}`).join(' '), expected);
  const sorted = found.toSorted((a, b) => a.start.line - b.start.line || a.start.character - b.start.character);
  assert.deepEqual(
    sorted.map(({ number }) => number),
    patches.map(({ number }) => number),
  );
}

describe('patches in order', () => {
  it('patch 1 above its cover letter stays', () => {
    check('28 77 78 79', '1@28:0 2@77:0 3@78:0 4@79:0');
  });

  it('patch 1 below its cover letter is moved before the others, and asked last', () => {
    check('531 517', '2@517:0 1@516:0');
    check('531 517:2 518:2', '2@517:2 3@518:2 1@517:1');
  });

  it('any order becomes that of the numbers', () => {
    check('50 40 30', '3@30:0 2@29:0 1@28:0');
    check('10 90 20 30', '1@10:0 3@20:0 4@30:0 2@19:0');
    check('5 5', '2@5:0 1@4:0');
  });

  it('one alone is in order', () => {
    check('7', '1@7:0');
  });
});
