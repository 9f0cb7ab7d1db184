/** The view "Patch Queue": its rows, the marks made in it, and those that other programs make. */
import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { commands, env, Range, Selection, TextEditorRevealType, window, type CodeAction } from 'vscode';

import { filterOf, type QueueRow } from '../../src/queue';
import { extensionRoot } from '../harness/paths';
import { api, closeAll, configure, DIGEST, inWorkspace, openDigest, reached, serverUnderTest, until, write } from './support';

const SERIES = '[v4 0/2] LoongArch: KVM: Add paravirt preempt support';

describe('the queue', () => {
  // Brackets mean something in patterns, by which files are watched.
  const marks = inWorkspace('marks [1]').fsPath;

  before(async () => {
    write('.patch-digest.toml', '[queue]\nstate = "marks [1]"\n[queue.watch]\npaths = ["arch/loongarch/"]\n');
    await openDigest();
    await commands.executeCommand('patchDigest.queue.focus');
  });
  after(async () => {
    for (const name of ['marks [1]', '.patch-digest.toml']) {
      rmSync(inWorkspace(name).fsPath, { force: true });
    }
    await closeAll();
  });

  function row(condition: (row: QueueRow) => boolean): Promise<QueueRow> {
    return until('the row is there', async () => {
      const found = (await api()).queue.find(({ name }) => name === SERIES);
      return found && condition(found) ? found : undefined;
    });
  }

  it('has the newest version of a series, and tells why', async () => {
    const { uri, reason, state, range } = await row(({ reason }) => reason !== '');
    assert.ok(uri.endsWith(DIGEST), uri);
    assert.equal(reason, 'arch/loongarch/');
    assert.equal(state, 'new');
    assert.equal(range?.start.line, 433);
    const { queue } = await api();
    assert.ok(!queue.some(({ name }) => name.includes('[v2 0/3] LoongArch: KVM: Add paravirt preempt')));
  });

  it('a row leads to the digest', async () => {
    await commands.executeCommand('patchDigest.queue.open', await row(() => true));
    await until('the digest is in front', () => {
      const editor = window.activeTextEditor;
      return editor?.document.uri.path.endsWith(DIGEST) && editor.selection.active.line === 433;
    });
  });

  it('a mark goes to the file of marks, and back into the row', async () => {
    await commands.executeCommand('patchDigest.queue.markWaiting', await row(() => true));
    await row(({ mark }) => mark === 'waiting');
    assert.match(readFileSync(marks, 'utf8'), /^LoongArch: KVM: Add paravirt preempt support\t\S+\tv4\twaiting$/m);
  });

  it('what another program marks is seen', async () => {
    const text = readFileSync(marks, 'utf8').replace('\twaiting', '\treplied\tsent from elsewhere');
    writeFileSync(marks, text);
    const { note, remarks } = await row(({ mark }) => mark === 'replied');
    assert.equal(note, 'sent from elsewhere');
    assert.equal(remarks, 'replied · sent from elsewhere');
  });

  it('commands lead to what concerns the reader, and fold the rest', async () => {
    const editor = window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new Selection(0, 0, 0, 0);
    await commands.executeCommand('patchDigest.nextWanted');
    assert.equal(editor.selection.active.line, 433);
    editor.selection = new Selection(600, 0, 600, 0);
    await commands.executeCommand('patchDigest.previousWanted');
    assert.equal(editor.selection.active.line, 433);
    await commands.executeCommand('patchDigest.foldOthers');
    const { document } = editor;
    const authors = document.getText().split('\n').flatMap((text, line) => (text.startsWith('Author: ') ? [line] : []));
    assert.ok(authors.length > 10);
    const isVisible = (line: number): boolean => editor.visibleRanges.some(({ start, end }) => start.line <= line && line <= end.line);
    for (const author of authors) {
      // The cover letter, and the only patch of the series that has an entry.
      const isOpen = [435, 533].map((line) => line - 1).includes(author);
      await until(`the entry with the author in line ${author + 1} is ${isOpen ? 'open' : 'folded'}`, () => {
        // The line of the author is not hidden, and what is below it in sight.
        editor.revealRange(new Range(author, 0, author, 0), TextEditorRevealType.AtTop);
        return isVisible(author) && isVisible(author + 2) === isOpen;
      });
    }
    await commands.executeCommand('editor.unfoldAll');
  });

  it('a code action marks the series, and says what it is marked as', async () => {
    const editor = window.activeTextEditor;
    assert.ok(editor);
    assert.ok(editor.document.uri.path.endsWith(DIGEST));
    const at = new Range(440, 0, 440, 0);
    const actions = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', editor.document.uri, at);
    const action = actions.find(({ title }) => title === 'Mark series as reviewing');
    assert.ok(action?.command, actions.map(({ title }) => title).join('\n'));
    await commands.executeCommand(action.command.command, ...((action.command.arguments ?? []) as unknown[]));
    await row(({ mark }) => mark === 'reviewing');
    assert.equal(editor.document.isDirty, false);
  });

  it('what is marked here shows in Neovim, and what is marked there shows here', async function () {
    const neovim = process.env['TEST_NEOVIM'];
    if (!neovim) {
      console.log('     without Neovim: it is not Debian');
      this.skip();
    }
    const lua = [
      // As a user does it, and as fast as the server lets him.
      `local function wait(what, found) assert(vim.wait(30000, found, 50), what) end`,
      `wait('no server', function() return #vim.lsp.get_clients({ bufnr = 0 }) > 0 end)`,
      `vim.cmd('PatchDigest queue')`,
      `local function row() return vim.fn.search('preempt support.*reviewing', 'nw') end`,
      `wait('not marked in the queue', function() return row() > 0 end)`,
      `vim.fn.cursor(row(), 1)`,
      `vim.api.nvim_feedkeys('a', 'x', false)`,
      `wait('not marked as accepted', function() return vim.fn.search('preempt support.*accepted', 'nw') > 0 end)`,
      `vim.cmd('qa!')`,
    ].join('\n');
    const script = write('queue.lua', `local ok, problem = pcall(function()\n${lua}\nend)\nio.stderr:write(tostring(problem))\nvim.cmd('cq')\n`);
    const plugin = join(extensionRoot, '../neovim');
    const home = mkdtempSync(join(tmpdir(), 'neovim-'));
    try {
      await promisify(execFile)(
        neovim,
        ['--clean', '--headless', '-n', '--cmd', `set rtp^=${plugin}`, inWorkspace(DIGEST).fsPath, '-c', `luafile ${script.fsPath}`],
        { env: { HOME: home, PATH: `${dirname(serverUnderTest())}:/usr/bin:/bin`, TERM: 'dumb', LC_ALL: 'C.UTF-8' }, timeout: 60_000 },
      );
    } finally {
      rmSync(home, { recursive: true, force: true });
      rmSync(script.fsPath);
    }
    await row(({ mark }) => mark === 'accepted');
  });

  it('the mouse finds on a row what it finds in the text', async () => {
    const extension = await api();
    const text = await extension.queueHover(await row(() => true));
    assert.match(text, /Since v2/);
    assert.match(text, /arch\/loongarch\//);
  });

  it('a row is copied with a link to the archive', async () => {
    await commands.executeCommand('patchDigest.queue.copy', await row(() => true));
    const [line, link] = (await env.clipboard.readText()).split('\n');
    assert.equal(line, `${SERIES} · Bibo Mao`);
    assert.match(link ?? '', /^ {2}https:\/\/lore\.kernel\.org\/kvm\/\?q=/);
  });

  it('nothing is copied where there is no row', async () => {
    await configure('patchDigest.server.path', '/no/such/patch-digest');
    try {
      await reached('failed');
      await env.clipboard.writeText('mine');
      await commands.executeCommand('patchDigest.queue.copyAll');
      assert.equal(await env.clipboard.readText(), 'mine');
    } finally {
      await configure('patchDigest.server.path', undefined);
    }
    await reached('running');
  });

  it('filters are words, or a part with its name', () => {
    assert.deepEqual(filterOf(' guest_memfd '), { text: 'guest_memfd' });
    assert.deepEqual(filterOf('person: Bibo'), { person: 'Bibo' });
    assert.deepEqual(filterOf('x86: fix'), { text: 'x86: fix' });
    assert.deepEqual(filterOf('path:'), {});
    assert.deepEqual(filterOf(''), {});
  });
});
