/** What is told of the crates in the server that a package brings. */
import * as assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { crateNotices, cratesIn } from '../../scripts/crates.mjs';

describe('the licences of crates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crates-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A crate with a file for every text. */
  function crate(name: string, texts: Record<string, string>, kind = 'lib') {
    mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(texts)) {
      writeFileSync(join(folder, name, file), text);
    }
    return { id: name, name, version: '1.0.0', source: 'registry', manifest_path: join(folder, name, 'Cargo.toml'), targets: [{ kind: [kind] }] };
  }

  function needs(id: string, deps: Record<string, string | null>) {
    return { id, deps: Object.entries(deps).map(([pkg, kind]) => ({ pkg, dep_kinds: [{ kind }] })) };
  }

  const program = { ...crate('program', {}, 'bin'), source: null };
  const packages = [
    program,
    { ...crate('part', {}), source: null },
    crate('near', { 'LICENSE-MIT': 'MIT of near\n', 'LICENSE-APACHE': 'Apache\n' }),
    crate('far', { LICENSE: 'Apache\r\n', COPYRIGHT: 'by far', 'lib.rs': 'code' }),
    crate('macros', {}, 'proc-macro'),
    crate('in-macros', {}),
    crate('builder', {}),
    crate('tester', {}),
    crate('stranger', {}),
  ];
  const nodes = [
    needs('program', { part: null, builder: 'build', tester: 'dev' }),
    needs('part', { near: null, macros: null }),
    needs('near', { far: null }),
    needs('macros', { 'in-macros': null }),
  ];

  it('are those of what is in the program, not of what builds or tests it', () => {
    const names = cratesIn({ packages, resolve: { nodes } }, 'program').map(({ name }) => name);
    assert.deepEqual(names, ['far', 'near']);
  });

  it('stand there once for all crates that have the same', () => {
    const notices = crateNotices({ packages, resolve: { nodes } }, 'program');
    const [copyright = '', apache = '', mit = '', ...more] = notices.split(`\n${'-'.repeat(80)}\n\n`);
    assert.ok(copyright.endsWith('far 1.0.0 (COPYRIGHT)\n\nby far\n'), copyright);
    assert.equal(apache, 'far 1.0.0 (LICENSE)\nnear 1.0.0 (LICENSE-APACHE)\n\nApache\n');
    assert.equal(mit, 'near 1.0.0 (LICENSE-MIT)\n\nMIT of near\n');
    assert.deepEqual(more, []);
  });

  it('are missed where a crate has none', () => {
    const wrong = [...nodes, needs('far', { stranger: null })];
    assert.throws(() => crateNotices({ packages, resolve: { nodes: wrong } }, 'program'), /^Error: the crate stranger 1\.0\.0 has no licence in /);
  });
});
