import * as assert from 'node:assert/strict';

import { commandLink, fileAndLine, withTargets } from '../../src/links';

describe('links of the server', () => {
  it('get other targets, or stay', () => {
    const text = '* **v2** · [a\\[1\\]:351](<file:///x%20y.txt#L351>) · [Since v2](<patch-digest:///a.md?page=since>)';
    const pages = withTargets(text, (target) => (target.startsWith('patch-digest:') ? '#0' : undefined));
    assert.equal(pages, '* **v2** · [a\\[1\\]:351](<file:///x%20y.txt#L351>) · [Since v2](#0)');
  });

  it('are not what a mail has that looks like one', () => {
    const text = 'see [this](file:///etc/passwd) and \\[that\\](\\<file:///etc/passwd\\>) and <https://example.org/>';
    assert.equal(withTargets(text, () => '#0'), text);
  });

  it('call a command in any Markdown', () => {
    const page = "patch-digest:///What%20(it's) [x].md?in=file:///a b%2525";
    const link = commandLink('a.b', page, 3);
    assert.match(link, /^command:a\.b\?[A-Za-z0-9%._~!*-]+$/);
    // As VS Code does.
    const once = decodeURIComponent(link.slice('command:a.b?'.length));
    assert.deepEqual(JSON.parse(decodeURIComponent(once)), [page, 3]);
  });

  it('name a line, or none', () => {
    assert.deepEqual(fileAndLine('file:///a%23L3.txt#L351'), { file: 'file:///a%23L3.txt', line: 350 });
    assert.deepEqual(fileAndLine('patch-digest:///a.md?page=new'), { file: 'patch-digest:///a.md?page=new', line: 0 });
    assert.deepEqual(fileAndLine('file:///a.txt#L0'), { file: 'file:///a.txt', line: 0 });
  });
});
