/** Files that change behind the back of their editors. */
import * as assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';

import { commands, type DocumentSymbol, type Uri } from 'vscode';

import { api, closeAll, DIGEST, inWorkspace, openDigest, reached, until } from './support';

describe('files', () => {
  afterEach(async () => {
    await closeAll();
  });

  it('a digest that is deleted while it is open goes on working, and is said to be deleted', async () => {
    const uri = inWorkspace('doomed [v2].txt');
    cpSync(inWorkspace(DIGEST).fsPath, uri.fsPath);
    const document = await openDigest('doomed [v2].txt');
    const extension = await api();
    const isDeleted = (file: Uri) => extension.isDeleted(file);
    assert.equal(isDeleted(uri), false);

    rmSync(uri.fsPath);
    await until('it is said to be deleted', () => isDeleted(uri));
    assert.equal(document.languageId, 'patch-digest');
    const symbols = await commands.executeCommand<DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', uri);
    assert.equal(symbols.length, 1);
    await reached('running');

    cpSync(inWorkspace(DIGEST).fsPath, uri.fsPath);
    await until('it is there again', () => !isDeleted(uri));
  });
});
