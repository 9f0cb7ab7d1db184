// What the TextMate grammar takes each line of a digest for, to compare it with the server's parser:
//
//     node tests/grammars/textmate-kinds.mjs FILE...
//
// Prints `== FILE` and then the kind of every line, one a line. A kind is told by the scope that
// `syntax/README.md` gives it; a line with none of them is `text`, as the grammar does not tell
// what stands outside of entries. Needs `npm ci` in editors/vscode, for the tokeniser that VS Code
// itself uses.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(`${root}editors/vscode/package.json`);
const oniguruma = require('vscode-oniguruma');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate');

// The table of kinds: | `kind` | example | `scope.patch-digest` | ...
const table = readFileSync(`${root}syntax/README.md`, 'utf8');
const kinds = [...table.matchAll(/^\| `([a-z-]+)` \|.*?\| `([a-z.]+\.patch-digest)` \|/gm)];

const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
const path = `${root}syntax/textmate/patch-digest.tmLanguage.json`;
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
});
const grammar = await registry.loadGrammar('text.patch-digest');

const kindOf = (line, tokens) => {
  if (/^[ \t\f\r]*$/.test(line)) {
    return 'blank';
  }
  const scopes = new Set(tokens.flatMap((token) => token.scopes));
  return kinds.find(([, , scope]) => scopes.has(scope))?.[1] ?? 'text';
};

for (const file of process.argv.slice(2)) {
  console.log(`== ${file}`);
  const lines = readFileSync(file, 'utf8').split('\n');
  if (lines.at(-1) === '') {
    lines.pop();
  }
  let state = INITIAL;
  for (const line of lines) {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    console.log(kindOf(line, result.tokens));
  }
}
