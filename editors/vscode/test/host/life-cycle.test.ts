/** The server's life: crashes, restarts, and everything that can be wrong with its path. */
import * as assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { commands, type DocumentSymbol, type TextDocument } from 'vscode';

import type { State } from '../../src/server/controller';
import { api, closeAll, configure, inWorkspace, linesOf, openDigest, pause, reached, script, serverUnderTest, until } from './support';

describe('the server', () => {
  let document: TextDocument;
  before(async () => {
    document = await openDigest();
  });
  afterEach(async () => {
    await configure('patchDigest.server.path', undefined);
    await configure('patchDigest.server.args', undefined);
    await configure('patchDigest.server.env', undefined);
    await reached('running');
  });
  after(async () => {
    await closeAll();
  });

  async function works(): Promise<void> {
    await until('there is an outline', async () => {
      const symbols = await commands.executeCommand<DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri);
      return symbols !== undefined && symbols.length > 0;
    });
  }

  /** Every state from now on. */
  async function states(): Promise<State[]> {
    const seen: State[] = [];
    (await api()).onDidChangeState((state) => seen.push(state));
    return seen;
  }

  it('says where it came from and what it is', async () => {
    const { program, version, pid } = await reached('running');
    assert.equal(program.origin, 'settings');
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.ok(pid !== undefined && pid > 0);
  });

  it('is started again after it was killed, and knows the open digests', async () => {
    const { pid } = await reached('running');
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await until('another one runs', async () => {
      const { state } = await api();
      return state.kind === 'running' && state.pid !== pid ? state : undefined;
    });
    assert.notEqual(again.pid, pid);
    await works();
  });

  it('is started anew by the command', async () => {
    const { pid } = await reached('running');
    await commands.executeCommand('patchDigest.restartServer');
    assert.notEqual((await reached('running')).pid, pid);
    await works();
    assert.throws(() => process.kill(pid ?? 0, 0), 'the old one is gone');
  });

  it('is not started again after it crashed five times, but by the command at any time', async () => {
    const seen = await states();
    const crashing = script('[ "$1" = --version ] && exec "$SERVER" --version\necho once >> runs\nexit 3');
    await configure('patchDigest.server.path', crashing.path);
    const { problem } = await reached('failed');
    assert.match(problem.message, /^the language server ended 5 times within 3 minutes/);
    assert.match(problem.message, /it ended with exit code 3\.$/);
    assert.equal(problem.remedy, 'restart');
    await pause(500);
    assert.equal(linesOf(join(crashing.folder, 'runs')).length, 5);
    assert.equal(seen.filter(({ kind }) => kind === 'failed').length, 1);

    // Asked for again while it still crashes, it gets as many tries and one more message.
    await commands.executeCommand('patchDigest.restartServer');
    await until('it failed again', () => seen.filter(({ kind }) => kind === 'failed').length === 2);
    assert.equal(linesOf(join(crashing.folder, 'runs')).length, 10);

    crashing.rewrite('exec "$SERVER" "$@"');
    await commands.executeCommand('patchDigest.restartServer');
    await reached('running');
    await works();
  });

  async function checkProblem(path: string, expected: RegExp): Promise<void> {
    const seen = await states();
    await configure('patchDigest.server.path', path);
    const { problem } = await reached('failed');
    assert.match(problem.message, expected);
    assert.equal(problem.remedy, 'settings');
    // No loop: nothing more happens by itself.
    await pause(500);
    assert.deepEqual(
      seen.map(({ kind }) => kind),
      ['starting', 'failed'],
    );
  }

  it('that is missing is told', async () => {
    await checkProblem('/no/such/patch-digest', /^the language server "\/no\/such\/patch-digest" does not exist\.$/);
  });

  it('that is a folder is told', async () => {
    const folder = inWorkspace('.bin').fsPath;
    await checkProblem(folder, /is a folder, not a program/);
  });

  it('that is not executable is told', async () => {
    const folder = join(inWorkspace('.bin').fsPath, 'plain');
    mkdirSync(folder);
    const path = join(folder, 'patch-digest');
    cpSync(serverUnderTest(), path);
    chmodSync(path, 0o644);
    await checkProblem(path, /is not executable\.$/);
  });

  it('that is too old is told', async () => {
    await checkProblem(script('echo patch-digest 0.0.9').path, /is too old: it is patch-digest 0\.0\.9, and this extension needs \d/);
  });

  it('that is another program is told', async () => {
    await checkProblem('/bin/echo', /"\/bin\/echo" is not patch-digest: to --version it answered ".+"\.$/);
  });

  it('gets arguments and variables from the settings', async () => {
    const wrapper = script('echo "$PD_TEST $*" >> calls\nshift\nexec "$SERVER" "$@"');
    await configure('patchDigest.server.env', { PD_TEST: 'hello' });
    await configure('patchDigest.server.args', ['own', 'lsp']);
    await configure('patchDigest.server.path', wrapper.path);
    await until('the wrapper runs', async () => {
      const { state } = await api();
      return state.kind === 'running' && state.program.path === wrapper.path;
    });
    const calls = linesOf(join(wrapper.folder, 'calls'));
    assert.deepEqual(calls.slice(-2), ['hello own --version', 'hello own lsp']);
    await works();
  });
});
