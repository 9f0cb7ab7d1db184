import * as assert from 'node:assert/strict';

import { OLDEST, readVersion, versionArguments, versionProblem } from '../../src/server/version';

describe('the version of the server', () => {
  it('is asked for where its own arguments begin', () => {
    assert.deepEqual(versionArguments(['lsp']), ['--version']);
    assert.deepEqual(versionArguments(['run', '--rm', 'image', 'patch-digest', 'lsp']), ['run', '--rm', 'image', 'patch-digest', '--version']);
    assert.deepEqual(versionArguments([]), ['--version']);
  });

  it('is read from what our program prints, and from nothing else', () => {
    assert.equal(readVersion('patch-digest 0.1.0\n'), '0.1.0');
    assert.equal(readVersion('patch-digest 1.2.3-beta.1\r\n'), '1.2.3-beta.1');
    assert.equal(readVersion('other 0.1.0\n'), undefined);
    assert.equal(readVersion('patch-digest 0.1.0\nmore\n'), undefined);
    assert.equal(readVersion(''), undefined);
  });

  it('may be too old', () => {
    assert.equal(versionProblem('/p', `patch-digest ${OLDEST}\n`), undefined);
    assert.equal(versionProblem('/p', 'patch-digest 0.10.0\n'), undefined);
    assert.equal(versionProblem('/p', 'patch-digest 1.0.0\n'), undefined);
    assert.equal(versionProblem('/p', `patch-digest ${OLDEST}-beta\n`), undefined);
    assert.equal(
      versionProblem('/p', 'patch-digest 0.0.99\n'),
      `the language server "/p" is too old: it is patch-digest 0.0.99, and this extension needs ${OLDEST} or later.`,
    );
  });

  it('may be that of another program', () => {
    assert.equal(versionProblem('/p', 'Hello\nworld'), 'the language server "/p" is not patch-digest: to --version it answered "Hello".');
    assert.equal(versionProblem('/p', ''), 'the language server "/p" is not patch-digest: to --version it answered nothing.');
  });
});
