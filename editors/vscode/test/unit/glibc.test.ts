import * as assert from 'node:assert/strict';

import { compare, neededGlibc, neededVersions } from '../../scripts/glibc.mjs';

describe('glibc', () => {
  it('versions are compared by their numbers', () => {
    assert.deepEqual(['2.34', '2.9', '2.2.5', '2.34.1', '2'].sort(compare), ['2', '2.2.5', '2.9', '2.34', '2.34.1']);
  });

  it('other files need none', () => {
    assert.deepEqual(neededVersions(Buffer.from('#!/bin/sh\n')), []);
    assert.deepEqual(neededVersions(Buffer.alloc(1000)), []);
  });

  it('that of the program we run in is found', function () {
    const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    const runtime = report.header.glibcVersionRuntime;
    if (runtime === undefined) {
      // Node is linked with another C library here, so there is nothing to compare with.
      this.skip();
    }
    const needed = neededGlibc(process.execPath);
    assert.match(needed ?? '', /^2\.\d+$/);
    assert.ok(compare(needed ?? '', runtime) <= 0, `${needed} is newer than ${runtime}, and yet we run`);
  });
});
