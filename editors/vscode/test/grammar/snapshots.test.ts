/**
 * What the grammar makes of the digests in `tests/corpus`, held against `snapshots/`.
 *
 * A snapshot has a line for every line of the digest that has a scope: its number, the scope that
 * tells its kind, and the pieces within it that have more. `UPDATE_SNAPSHOTS=1` writes them anew.
 */
import * as assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { IGrammar } from 'vscode-textmate';

import { corpus, extensionRoot } from '../harness/paths';
import { loadGrammar, tokenize, type Token } from './tokenizer';

const SNAPSHOTS = join(extensionRoot, 'test/grammar/snapshots');

describe('grammar snapshots', () => {
  let grammar: IGrammar;
  before(async () => {
    grammar = await loadGrammar();
  });

  for (const file of readdirSync(corpus).filter((name) => name.endsWith('.txt'))) {
    it(file, () => {
      const found = describeLines(tokenize(grammar, readFileSync(join(corpus, file), 'utf8')));
      const snapshot = join(SNAPSHOTS, basename(file).replace(/\.txt$/, '.snap'));
      if (process.env['UPDATE_SNAPSHOTS'] !== undefined) {
        writeFileSync(snapshot, found);
      }
      assert.ok(existsSync(snapshot), `${snapshot} is missing; UPDATE_SNAPSHOTS=1 npm test makes it`);
      assert.equal(found, readFileSync(snapshot, 'utf8'));
    });
  }
});

function describeLines(lines: readonly Token[][]): string {
  return lines
    .map((tokens, i) => describeLine(i + 1, tokens))
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
}

function describeLine(number: number, tokens: readonly Token[]): string | undefined {
  if (tokens.every(({ scopes }) => scopes.length === 0)) {
    return undefined;
  }
  const common = tokens[0]?.scopes.filter((scope, i) => tokens.every(({ scopes }) => scopes[i] === scope)) ?? [];
  const pieces = tokens
    .map(({ text, scopes }) => ({ text: text.trim(), scopes: scopes.slice(common.length) }))
    .filter(({ text, scopes }) => text !== '' && scopes.length > 0)
    .map(({ text, scopes }) => `${shorten(text)} {${scopes.join(' ')}}`);
  return `${number} ${common.join(' ') || '-'}${pieces.length > 0 ? `: ${pieces.join(' ')}` : ''}`;
}

function shorten(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 12)}…${text.slice(-8)}`;
}
