/** The grammar as VS Code runs it: the same engine, the same regular expressions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadWASM, OnigScanner, OnigString } from 'vscode-oniguruma';
import { INITIAL, parseRawGrammar, Registry, type IGrammar, type StateStack } from 'vscode-textmate';

import { projectRoot } from '../harness/paths';

const GRAMMAR = join(projectRoot, 'syntax/textmate/patch-digest.tmLanguage.json');
const ROOT_SCOPE = 'text.patch-digest';

/** A piece of a line with the scopes that are ours, innermost last, without the common suffix. */
export interface Token {
  readonly text: string;
  readonly scopes: readonly string[];
}

export async function loadGrammar(): Promise<IGrammar> {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: () => Promise.resolve(parseRawGrammar(readFileSync(GRAMMAR, 'utf8'), GRAMMAR)),
  });
  const grammar = await registry.loadGrammar(ROOT_SCOPE);
  if (!grammar) {
    throw new Error(`${GRAMMAR} cannot be loaded`);
  }
  return grammar;
}

/** The tokens of every line. */
export function tokenize(grammar: IGrammar, text: string): Token[][] {
  let state: StateStack = INITIAL;
  return text.split(/\r\n?|\n/).map((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens.map((token) => ({
      text: line.slice(token.startIndex, token.endIndex),
      scopes: token.scopes
        .flatMap((scope) => scope.split(' '))
        .filter((scope) => scope !== ROOT_SCOPE)
        .map((scope) => scope.replace(/\.patch-digest$/, '')),
    }));
  });
}
