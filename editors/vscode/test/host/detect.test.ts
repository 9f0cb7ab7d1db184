/** Which files become digests, and which must not. */
import * as assert from 'node:assert/strict';

import { window, workspace, WorkspaceEdit, Position, type Uri } from 'vscode';

import { api, closeAll, configure, DIGEST, HEADER, inWorkspace, open, openDigest, pause, setLanguage, until, write } from './support';

/** Long enough for a switch that must not come. Those that come take a few milliseconds. */
const SETTLE_MS = 300;
/** By then the user's choice has been told from VS Code's own. */
const CHOICE_MS = 800;

async function languageOf(uri: Uri): Promise<string> {
  const document = await open(uri);
  await pause(SETTLE_MS);
  return document.languageId;
}

describe('recognising digests', () => {
  afterEach(async () => {
    await closeAll();
  });

  it('ordinary text stays plain, and starts no server', async () => {
    assert.equal(await languageOf(write('notes.txt', 'From here to there\n')), 'plaintext');
    assert.equal((await api()).state.kind, 'idle');
  });

  it('what begins almost like a digest stays plain', async () => {
    for (const [name, text] of Object.entries({
      'mailbox.txt': 'From jane@example.org Mon Sep 17 00:00:00 2001\n',
      'patch.txt': 'From fff46e5c7fff46e5c7fff46e5c7fff46e5c7ffff Mon Sep 17 00:00:00 2001\n',
      'words.txt': 'From defaced to acceded it was bad\n',
      'short.txt': 'From fff46e to a4f0e9\n',
      'later.txt': `\n${HEADER}`,
      'empty.txt': '',
      'long.txt': `From fff46e5c7 to a4f0e95a9${' '.repeat(100_000)}x\n`,
    })) {
      assert.equal(await languageOf(write(name, text)), 'plaintext', name);
    }
    assert.equal((await api()).state.kind, 'idle');
  });

  it('a digest in a .txt file becomes one, and starts the server', async () => {
    const document = await openDigest();
    assert.equal(document.languageId, 'patch-digest');
    assert.equal(document.isDirty, false);
  });

  it('a byte order mark, CR LF and spaces at the end make no difference', async () => {
    for (const [name, text] of Object.entries({
      'bom.txt': `\uFEFF${HEADER}`,
      'crlf.txt': HEADER.replaceAll('\n', '\r\n'),
      'spaces.txt': HEADER.replaceAll('\n', '  \n'),
      'capitals.txt': HEADER.replaceAll('fff46e5c7', 'FFF46E5C7'),
    })) {
      assert.equal(await languageOf(write(name, text)), 'patch-digest', name);
    }
  });

  it('the extensions of our own, and files without one, need no help', async () => {
    assert.equal(await languageOf(write('a.digest', 'anything')), 'patch-digest');
    assert.equal(await languageOf(write('a.pdigest', 'anything')), 'patch-digest');
    assert.equal(await languageOf(write('noextension', HEADER)), 'patch-digest');
  });

  it('other languages are left alone', async () => {
    assert.equal(await languageOf(write('readme.md', HEADER)), 'markdown');
  });

  it('text that is pasted into an untitled document becomes a digest', async () => {
    const document = await workspace.openTextDocument({ language: 'plaintext', content: '' });
    await window.showTextDocument(document);
    const edit = new WorkspaceEdit();
    edit.insert(document.uri, new Position(0, 0), HEADER);
    await workspace.applyEdit(edit);
    await until('the document is a digest', () => document.languageId === 'patch-digest');
  });

  it('nothing is recognised where the setting is off, and all is once it is on', async () => {
    await configure('patchDigest.detect', false);
    try {
      const uri = write('off.txt', HEADER);
      assert.equal(await languageOf(uri), 'plaintext');
      await configure('patchDigest.detect', undefined);
      const document = await workspace.openTextDocument(uri);
      await until('the document is a digest', () => document.languageId === 'patch-digest');
    } finally {
      await configure('patchDigest.detect', undefined);
    }
  });

  it('a file that the user has associated with plain text stays plain', async () => {
    const uri = write('mine-1.txt', HEADER);
    await configure('files.associations', { 'mine-*.txt': 'plaintext' });
    try {
      assert.equal(await languageOf(uri), 'plaintext');
    } finally {
      await configure('files.associations', undefined);
    }
  });

  it('what VS Code undoes when its rules change, is done again', async () => {
    const front = await openDigest();
    const other = await open(write('behind.txt', HEADER));
    await until('both are digests', () => other.languageId === 'patch-digest' && front.languageId === 'patch-digest');
    await configure('files.associations', { '*.unheard-of': 'markdown' });
    try {
      await pause(CHOICE_MS);
      await until('both are digests again', () => other.languageId === 'patch-digest' && front.languageId === 'patch-digest');
    } finally {
      await configure('files.associations', undefined);
    }
    await pause(CHOICE_MS);
    await until('both are digests again', () => other.languageId === 'patch-digest' && front.languageId === 'patch-digest');
  });

  it('a file that the user takes back stays plain, also when it is opened again', async () => {
    const document = await openDigest();
    await setLanguage(document, 'plaintext');
    await pause(CHOICE_MS);
    assert.equal(document.languageId, 'plaintext');

    await closeAll();
    await until('the document is closed', () => document.isClosed, 15_000);
    assert.equal(await languageOf(inWorkspace(DIGEST)), 'plaintext');
  });

  it('made a digest by hand, it is one again, also when it is opened again', async () => {
    const document = await open(inWorkspace(DIGEST));
    assert.equal(document.languageId, 'plaintext');
    await setLanguage(document, 'patch-digest');
    await closeAll();
    await until('the document is closed', () => document.isClosed, 15_000);
    assert.equal(await languageOf(inWorkspace(DIGEST)), 'patch-digest');
  });

  it('a binary file is refused by VS Code, whatever its first line, and harms nothing', async () => {
    const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 256));
    for (const uri of [write('binary.txt', bytes), write('headed.txt', Buffer.concat([Buffer.from(HEADER), bytes]))]) {
      await assert.rejects(async () => workspace.openTextDocument(uri), /binary/);
    }
  });

  it('a digest with bytes that are not UTF-8 is one all the same', async () => {
    const uri = write('latin.txt', Buffer.concat([Buffer.from(HEADER), Buffer.from('Author: Carlos L\xf3pez\n', 'latin1')]));
    assert.equal(await languageOf(uri), 'patch-digest');
  });
});
