import * as assert from 'node:assert/strict';

import { Crashes } from '../../src/server/crashes';

describe('crashes', () => {
  it('four are forgiven, the fifth is not', () => {
    const crashes = new Crashes();
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((now) => crashes.mayRestart(now)),
      [true, true, true, true, false, false],
    );
  });

  it('those of more than three minutes ago do not count', () => {
    const crashes = new Crashes();
    const minute = 60_000;
    assert.ok([0, 1, 2, 3, 4, 5, 6, 7].every((n) => crashes.mayRestart(n * minute)));
  });

  it('a restart by hand begins anew', () => {
    const crashes = new Crashes();
    [1, 2, 3, 4, 5].forEach((now) => crashes.mayRestart(now));
    crashes.forget();
    assert.ok(crashes.mayRestart(6));
  });
});
