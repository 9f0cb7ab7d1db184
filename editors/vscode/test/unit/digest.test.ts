import * as assert from 'node:assert/strict';

import { startsDigest } from '../../src/digest';

describe('the first line', () => {
  it('of a digest is known', () => {
    for (const line of [
      'From fff46e5c7 to a4f0e95a9',
      '\uFEFFFrom fff46e5c7 to a4f0e95a9',
      'From fff46e5 to a4f0e95  ',
      `From ${'a'.repeat(40)} to ${'B'.repeat(40)}`,
    ]) {
      assert.ok(startsDigest(line), line);
    }
  });

  it('of something else is not taken for it', () => {
    for (const line of [
      '',
      'From jane@example.org Mon Sep 17 00:00:00 2001',
      'From fff46e5c7fff46e5c7fff46e5c7fff46e5c7ffff Mon Sep 17 00:00:00 2001',
      'From fff46e to a4f0e9',
      `From ${'a'.repeat(41)} to ${'b'.repeat(40)}`,
      ' From fff46e5c7 to a4f0e95a9',
      'From fff46e5c7 to a4f0e95a9 and on',
      `From fff46e5c7 to a4f0e95a9${' '.repeat(1_000_000)}`,
    ]) {
      assert.ok(!startsDigest(line), line.slice(0, 80));
    }
  });
});
