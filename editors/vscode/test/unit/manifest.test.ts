/** What `package.json` promises, held against the rest of the project. */
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import manifest from '../../package.json';
import { FIRST_LINE } from '../../src/digest';
import { OLDEST } from '../../src/server/version';
import { extensionRoot, projectRoot } from '../harness/paths';

const readme = readFileSync(join(extensionRoot, 'README.md'), 'utf8');
const grammar = JSON.parse(readFileSync(join(projectRoot, 'syntax/textmate/patch-digest.tmLanguage.json'), 'utf8')) as {
  scopeName: string;
  firstLineMatch: string;
};

describe('the manifest', () => {
  const { contributes, capabilities } = manifest;
  const settings: Record<string, { scope: string; markdownDescription: string }> = contributes.configuration.properties;

  it('has the first-line rule of the code, and of the grammar', () => {
    assert.equal(new RegExp(contributes.languages[0]?.firstLine ?? '').source, FIRST_LINE.source);
    assert.equal(grammar.firstLineMatch.replace('\\x{FEFF}', '\\uFEFF'), FIRST_LINE.source);
    assert.equal(contributes.grammars[0]?.scopeName, grammar.scopeName);
  });

  it('has a scope and a description for every setting', () => {
    for (const [name, { scope, markdownDescription }] of Object.entries(settings)) {
      assert.match(scope, /^(machine-overridable|resource|window)$/, name);
      assert.ok(markdownDescription.endsWith('.'), name);
    }
  });

  it('lets untrusted workspaces name no program, and no file to be read or written', () => {
    // What names a path has this scope, see `server/config/src/reference.rs`.
    const dangerous = Object.keys(settings).filter((name) => settings[name]?.scope === 'machine-overridable');
    assert.ok(dangerous.includes('patchDigest.queue.state') && dangerous.includes('patchDigest.server.path'));
    assert.deepEqual(capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(), dangerous.toSorted());
    const trust = readme.slice(readme.indexOf('## Trust'), readme.indexOf('## When something is wrong'));
    for (const name of dangerous.filter((name) => !name.startsWith('patchDigest.server.'))) {
      assert.ok(trust.includes(`\`${name}\``), `${name} is not in README.md, Trust`);
    }
  });

  it('has everything that its README tells of, and the other way round', () => {
    for (const name of Object.keys(settings)) {
      assert.ok(readme.includes(`\`${name}\``), `${name} is not in README.md`);
    }
    for (const { title, category } of contributes.commands) {
      assert.ok(readme.includes(`${category}: ${title}`), `${category}: ${title} is not in README.md`);
    }
    for (const [, name = ''] of readme.matchAll(/`(patchDigest\.[a-zA-Z.]+)`/g)) {
      assert.ok(name in settings, `README.md tells of ${name}`);
    }
    for (const name of Object.keys(contributes.configurationDefaults['[patch-digest]'])) {
      assert.ok(readme.includes(`\`${name}\``), `the default for ${name} is not in README.md`);
    }
  });

  it('has the scopes of the grammar for semantic tokens', () => {
    const text = JSON.stringify(grammar);
    const scopes: Record<string, string[]> = contributes.semanticTokenScopes[0]?.scopes ?? {};
    for (const [type, [scope = '']] of Object.entries(scopes)) {
      assert.ok(type === '*.superseded' || text.includes(scope), `${type}: ${scope} is not in the grammar`);
    }
    const standard = ['number'];
    const declared = contributes.semanticTokenTypes.map(({ id }) => id);
    assert.deepEqual(Object.keys(scopes).filter((type) => !type.includes('.')).sort(), [...declared, ...standard].sort());
  });

  it('has the version of the server', () => {
    const cargo = readFileSync(join(projectRoot, 'Cargo.toml'), 'utf8');
    assert.equal(manifest.version, /^version = "(.+)"$/m.exec(cargo)?.[1]);
    assert.ok(OLDEST.localeCompare(manifest.version, undefined, { numeric: true }) <= 0);
  });

  it('asks for the oldest VS Code that is tested', () => {
    const copies = readFileSync(join(extensionRoot, 'test/harness/copies.ts'), 'utf8');
    const oldest = /OLD: Recipe = \{ version: '(\d+\.\d+)\./.exec(copies)?.[1];
    assert.equal(manifest.engines.vscode, `^${oldest}.0`);
    assert.ok(manifest.devDependencies['@types/vscode'].startsWith(`~${oldest}.`));
  });

  it('names no host in its lock file', () => {
    const lock = readFileSync(join(extensionRoot, 'package-lock.json'), 'utf8');
    assert.deepEqual(lock.match(/"resolved":.*/g), null);
  });
});
