import * as assert from 'node:assert/strict';

import { locate, type Kind, type Places } from '../../src/server/locate';

const places: Places = {
  setting: '',
  extensionFolder: '/extension',
  searchPath: '/bin::/usr/bin',
  home: '/home/jane',
  isWindows: false,
};

/** What is found among `files`: its path and where it is from, or what is said instead. */
function find(files: Record<string, Kind>, changes: Partial<Places> = {}): string {
  const found = locate({ ...places, ...changes }, (path) => files[path] ?? 'missing');
  return 'message' in found ? found.message : `${found.path} (${found.origin})`;
}

describe('locating the server', () => {
  const everywhere: Record<string, Kind> = {
    '/set': 'program',
    '/extension/server/patch-digest': 'program',
    '/bin/patch-digest': 'folder',
    '/usr/bin/patch-digest': 'program',
  };

  it('the setting comes first, then the extension, then PATH', () => {
    assert.equal(find(everywhere, { setting: '/set' }), '/set (settings)');
    assert.equal(find(everywhere), '/extension/server/patch-digest (extension)');
    assert.equal(find({ ...everywhere, '/extension/server/patch-digest': 'missing' }), '/usr/bin/patch-digest (PATH)');
  });

  it('what the setting names is not looked for elsewhere', () => {
    assert.equal(find(everywhere, { setting: '/gone' }), 'the language server "/gone" does not exist.');
    assert.equal(
      find({ ...everywhere, '/x': 'folder' }, { setting: '/x' }),
      'the language server "/x" is a folder, not a program. Name the program in it.',
    );
    assert.equal(find({ ...everywhere, '/x': 'file' }, { setting: '/x' }), 'the language server "/x" is not executable.');
  });

  it('the setting may be a name, or begin with the home folder', () => {
    assert.equal(find(everywhere, { setting: 'patch-digest' }), '/usr/bin/patch-digest (settings)');
    assert.equal(find({ '/home/jane/bin/pd': 'program' }, { setting: '~/bin/pd' }), '/home/jane/bin/pd (settings)');
    assert.equal(find({}, { setting: 'pd' }), 'there is no language server "pd" on PATH.');
    assert.match(find({}, { setting: 'bin/pd' }), /"bin\/pd", is not absolute/);
  });

  it('nothing anywhere is said to be so', () => {
    assert.equal(
      find({}),
      'the language server was not found: this build of the extension brings none, and there is no patch-digest on PATH.',
    );
  });

  it('one that came without its executable bit is told, not passed over', () => {
    assert.match(find({ ...everywhere, '/extension/server/patch-digest': 'file' }), /came with the extension, is not executable/);
  });

  it('on Windows, names end in .exe', () => {
    const windows = { isWindows: true, extensionFolder: 'C:\\e', searchPath: 'C:\\a;C:\\b', home: 'C:\\jane' };
    assert.equal(find({ 'C:\\e\\server\\patch-digest.exe': 'program' }, windows), 'C:\\e\\server\\patch-digest.exe (extension)');
    assert.equal(find({ 'C:\\b\\patch-digest.exe': 'program' }, windows), 'C:\\b\\patch-digest.exe (PATH)');
    assert.equal(find({ 'D:\\pd.exe': 'program' }, { ...windows, setting: 'D:\\pd.exe' }), 'D:\\pd.exe (settings)');
  });
});
