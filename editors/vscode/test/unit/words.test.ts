/** The word pattern of `language-configuration.json`: what a double click takes. */
import * as assert from 'node:assert/strict';

import configuration from '../../language-configuration.json';

describe('words', () => {
  const { pattern, flags } = configuration.wordPattern;

  function check(line: string, expected: string[]): void {
    assert.deepEqual(line.match(new RegExp(pattern, `g${flags}`)), expected, line);
  }

  it('hashes, paths and addresses are whole', () => {
    check('From fff46e5c7 to a4f0e95a9', ['From', 'fff46e5c7', 'to', 'a4f0e95a9']);
    check(' .../selftests/kvm/x_y-z.c | 148 ++', ['.../selftests/kvm/x_y-z.c', '148']);
    check('(see arch/x86/kvm/svm/sev.c).', ['see', 'arch/x86/kvm/svm/sev.c']);
    check('<Sascha.Bischoff+lkml@arm.com>,', ['Sascha.Bischoff+lkml@arm.com']);
    check('<20251219155222.1383109-1-sascha.bischoff@arm.com>', ['20251219155222.1383109-1-sascha.bischoff@arm.com']);
    check('https://lore.kernel.org/all/x@y.org/', ['https://lore.kernel.org/all/x@y.org']);
  });

  it('prose is cut as usual', () => {
    check('KVM: arm64: Foo, "bar".', ['KVM', 'arm64', 'Foo', 'bar']);
    check('Carlos López sagt: naïve', ['Carlos', 'López', 'sagt', 'naïve']);
    check('[PATCH v4 0/2] x', ['PATCH', 'v4', '0/2', 'x']);
    check('kvm_call_hyp_nvhe_res()', ['kvm_call_hyp_nvhe_res']);
  });

  it('long lines take no time', () => {
    const begin = Date.now();
    for (const part of ['a', 'a.', 'a/', '.../', '-', 'a@']) {
      part.repeat(200_000).match(new RegExp(pattern, `g${flags}`));
    }
    assert.ok(Date.now() - begin < 5000);
  });
});
