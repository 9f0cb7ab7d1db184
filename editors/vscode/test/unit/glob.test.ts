import * as assert from 'node:assert/strict';

import { globOf } from '../../src/status/glob';

describe('globs of files', () => {
  it('are the paths where nothing in them means anything', () => {
    assert.equal(globOf('/a b/c-d_e.txt'), '/a b/c-d_e.txt');
  });

  it('have any letter where something does', () => {
    assert.equal(globOf('/[v2] {a,b}*?!.txt'), '/?v2? ?a?b????.txt');
  });
});
