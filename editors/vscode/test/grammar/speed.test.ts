/**
 * That no line of a digest can keep VS Code busy: 5 MB of long lines, made to be hard.
 *
 * VS Code itself tokenizes no line of more than 20 000 letters (`editor.maxTokenizationLineLength`).
 * The bound is far above what any line takes, and a line that is over it gets two more chances:
 * a machine that is busy otherwise must not fail the test, a regular expression that takes
 * quadratic time must.
 */
import * as assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';

import { INITIAL, type IGrammar, type StateStack } from 'vscode-textmate';

import { loadGrammar } from './tokenizer';

const LINE_LIMIT = 20_000;
const FILE_SIZE = 5_000_000;
const BOUND_MS = 250;

/** Beginnings that lead into the rules for whole lines. */
const STARTS = [
  '',
  '     54  ',
  '     54 ',
  'New:  ',
  '[PATCH v4 0/2] ',
  'Author: ',
  'Exist: ',
  ' Skip: ',
  'Signed-off-by: ',
  'Fixes: ',
  'Changes in ',
  'v3 -> v4',
  ' a/b.c | 12 ',
  ' 4 files changed, ',
  ' create mode 100644 ',
  '[1] ',
  '@@ -1,2 +1,2 @@ ',
  '+',
  '-',
  '> ',
  '  ',
  'KVM mailing list update from ',
  'From fff46e5c7 to ',
];
/** What they go on with, over and over. */
const REPEATED = [
  'a',
  'a ',
  ' ',
  '\t',
  '-',
  '=',
  '+',
  '+-',
  '1',
  'f0',
  '0f ',
  'a/',
  'a.',
  'a.c/',
  '.../',
  '/',
  'a@',
  'a@b.',
  'a-b@c.d ',
  '[',
  '[]',
  '[1]',
  '[[',
  '(1):',
  'v1 ',
  'v1.',
  'changes v',
  'http://',
  'http://a.b/c. ',
  'https://a)',
  '=?a?q?',
  '=3D',
  '=C3',
  '> ',
  '|',
  ' | 1 +',
  'a:',
  'A-by: ',
  '\u{1F600}',
  'é/',
  'x, y; z. ',
  '<a@b>',
];

describe('grammar speed', function () {
  this.timeout(180_000);

  it(`no line of a file of ${FILE_SIZE / 1e6} MB takes more than ${BOUND_MS} ms`, async () => {
    const grammar = await loadGrammar();
    let state: StateStack = INITIAL;
    let size = 0;
    let slowest = { ms: 0, line: '' };
    for (const line of lines()) {
      if (size > FILE_SIZE) {
        break;
      }
      size += line.length + 1;
      const first = measure(grammar, line, state);
      let { ms } = first;
      for (let tries = 0; ms > BOUND_MS && tries < 2; tries++) {
        ms = Math.min(ms, measure(grammar, line, state).ms);
      }
      state = first.after;
      slowest = ms > slowest.ms ? { ms, line } : slowest;
    }
    assert.ok(size > FILE_SIZE, `the lines make up only ${size} letters`);
    const what = `${slowest.ms.toFixed(0)} ms for ${JSON.stringify(slowest.line.slice(0, 40))}…`;
    assert.ok(slowest.ms <= BOUND_MS, what);
    console.log(`     slowest line: ${what}`);
  });
});

function* lines(): Generator<string> {
  // Every pair once at some length, the lengths so that all of them together are large enough.
  const length = Math.min(LINE_LIMIT, Math.ceil((1.02 * FILE_SIZE) / (STARTS.length * REPEATED.length)));
  for (const repeated of REPEATED) {
    // Those without a beginning are as long as they may be.
    yield repeated.repeat(LINE_LIMIT / repeated.length);
    for (const start of STARTS) {
      yield (start + repeated.repeat(length / repeated.length + 1)).slice(0, length);
    }
  }
}

function measure(grammar: IGrammar, line: string, state: StateStack): { ms: number; after: StateStack } {
  const begin = performance.now();
  const after = grammar.tokenizeLine2(line, state).ruleStack;
  return { ms: performance.now() - begin, after };
}
