/** Words within lines, and lines that look alike, case by case. */
import * as assert from 'node:assert/strict';

import type { IGrammar } from 'vscode-textmate';

import { loadGrammar, tokenize } from './tokenizer';

describe('grammar words', () => {
  let grammar: IGrammar;
  before(async () => {
    grammar = await loadGrammar();
  });

  /** The pieces of the last line of `text` that have the scope. */
  function pieces(scope: string, text: string): string[] {
    const lines = tokenize(grammar, `\n${text}`);
    return (lines.at(-1) ?? [])
      .filter(({ scopes }) => scopes.some((found) => found === scope || found.startsWith(`${scope}.`)))
      .map((token) => token.text);
  }

  function check(scope: string, cases: Record<string, string[]>): void {
    for (const [text, expected] of Object.entries(cases)) {
      assert.deepEqual(pieces(scope, text), expected, text);
    }
  }

  it('versions and numbers stand out in every shape of tag', () => {
    const tags: Record<string, [string[], string[]]> = {
      '[PATCH v4 0/2] x': [['v4'], ['0/2']],
      '[PATCH net-next v3 2/5] x': [['v3'], ['2/5']],
      '[RFC PATCH v2 00/37] x': [['v2'], ['00/37']],
      '[PATCHv2] x': [['v2'], []],
      '[PATCH nf,v2] x': [['v2'], []],
      '[PATCH v9a] x': [['v9a'], []],
      '[PATCH v5.5 00/30] x': [['v5.5'], ['00/30']],
      '[LTP] [PATCH v2] x': [['v2'], []],
      '[PATCH 6.1.y] x': [[], []],
      '[GIT PULL] x v2': [[], []],
    };
    for (const [subject, [versions, numbers]] of Object.entries(tags)) {
      const text = `New:  x\n${subject}`;
      assert.deepEqual(pieces('constant.numeric.version', text), versions, subject);
      assert.deepEqual(pieces('constant.numeric.number', text), numbers, subject);
    }
  });

  it('a bracket is a subject only below New:', () => {
    check('meta.subject', {
      'New:  x\n[PATCH] x': ['[', 'PATCH', ']', ' ', 'x'],
      '[PATCH] x': [],
      'New:  x\n[PATCH] x\n[PATCH] x\nAuthor: A <a@b.c>\n[PATCH] x': [],
    });
  });

  it('only the first line is the range', () => {
    const header = 'From fff46e5c7 to a4f0e95a9';
    const [first, second] = tokenize(grammar, `${header}\n${header}`);
    assert.ok(first?.every(({ scopes }) => scopes.includes('meta.range')));
    assert.ok(second?.every(({ scopes }) => !scopes.includes('meta.range')));
  });

  it('hashes are told from words and numbers', () => {
    check('constant.numeric.hash', {
      'commit fff46e5c7 broke it': ['fff46e5c7'],
      'defaced, 20251114, effaced': [],
      '672f214f41bf, 1.2345abc': ['672f214f41bf'],
      'https://example.org/1234567a': [],
    });
  });

  it('paths are told from and/or', () => {
    check('string.unquoted.path', {
      'see arch/x86/kvm/svm/sev.c and .../selftests/kvm/x.c.': ['arch/x86/kvm/svm/sev.c', '.../selftests/kvm/x.c'],
      'mm/Makefile, drivers/vfio': ['mm/Makefile', 'drivers/vfio'],
      'and/or load/put; IRQ/FDT': [],
      'https://example.org/a/b.c': [],
    });
  });

  it('addresses and message ids are whole', () => {
    check('string.other.address', {
      'a@b.org, <20251219155222.1383109-1-sascha.bischoff@arm.com>': [
        'a@b.org',
        '20251219155222.1383109-1-sascha.bischoff@arm.com',
      ],
      'a@b': [],
    });
  });

  it('a full stop is no part of a link', () => {
    check('markup.underline.link', {
      'at https://example.org/a_(b).': ['https://example.org/a_(b'],
      '[1] https://example.org/a,': ['https://example.org/a'],
      'Link: https://example.org/ [1]': ['https://example.org/'],
    });
  });

  it('trailers are quiet', () => {
    check('comment.line.trailer', {
      'Signed-off-by: A Name <a@b.org>': ['Signed-off-by: A Name <a@b.org>'],
      'Cc: stable@vger.kernel.org # v6.15+': ['Cc: stable@vger.kernel.org # v6.15+'],
      'Fixes: 0123456789ab ("x")': ['Fixes: 0123456789ab ("x")'],
      'Note: this is no trailer': [],
    });
  });

  it('the graph of a diffstat is coloured', () => {
    check('markup.inserted', { ' a/b.c | 12 ++--': ['++'], ' a.c => b.c | Bin 0 -> 1 bytes': [], '+ item': [] });
    check('markup.deleted', { ' a/b.c | 12 ++--': ['--'], '- item': [] });
    check('markup.inserted', { ' 1 file changed, 2 insertions(+)': ['2 insertions(+)'] });
  });

  it('lines of a pasted patch are coloured, those below it are not', () => {
    const hunk = '@@ -1,2 +1,2 @@ int x(void)\n a\n';
    check('markup.inserted', { [`${hunk}+b`]: ['+b'], [`${hunk}\n+b`]: [] });
    check('markup.deleted', { [`${hunk}-b`]: ['-b'], [`${hunk}${'-'.repeat(70)}`]: [], [`${hunk}---`]: [] });
  });

  it('a separator has exactly seventy dashes', () => {
    const dashes = (n: number) => '-'.repeat(n);
    check('meta.separator', { [dashes(69)]: [], [dashes(70)]: [dashes(70)], [dashes(71)]: [] });
  });

  it('heads of changelogs are told from prose', () => {
    for (const head of [
      'Changes in v3:',
      'v3 -> v4:',
      'v4->v5:',
      'v3 ... v4:',
      'v2:',
      '[v4]',
      'Changelog:',
      '* From v1 [1]',
      'RFC -> v1:',
      'The noteworthy changes since V1 of this series are:',
      'Changes since v1',
    ]) {
      assert.notDeepEqual(pieces('markup.bold.changes', head), [], head);
    }
    for (const prose of ['This changes the guest. v2 is next:', 'v2 is better than v1:', 'It changes nothing:', '- Link to v2: x']) {
      assert.deepEqual(pieces('markup.bold.changes', prose), [], prose);
    }
  });

  it('what was left undecoded is marked', () => {
    check('constant.character.escape.damage', {
      'Author: =?UTF-8?q?Carlos=20L=C3=B3pez?= <a@b.org>': ['=?UTF-8?q?Carlos=20L=C3=B3pez?='],
      'l=C3=B3pez ?h=3Dx a=b': ['=C3=B3', '=3D'],
    });
  });
});
