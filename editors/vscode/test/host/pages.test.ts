/** From one version of a series to another in another digest, and the pages about it. */
import * as assert from 'node:assert/strict';

import {
  commands,
  languages,
  MarkdownString,
  Position,
  Range,
  Selection,
  TabInputCustom,
  Uri,
  window,
  workspace,
  WorkspaceEdit,
  type CodeAction,
  type CodeLens,
  type Hover,
  type Location,
  type LocationLink,
  type SymbolInformation,
  type TextDocument,
} from 'vscode';

import { closeAll, codeOf, configure, DIGEST, inWorkspace, OLDER_DIGEST as OLD, openDigest, reached, until } from './support';

const SERIES = 'LoongArch: KVM: Add paravirt preempt support';

describe('versions in other digests', () => {
  let document: TextDocument;
  before(async () => {
    document = await openDigest();
  });
  after(async () => {
    await closeAll();
  });

  /** The first line that begins with that text, from 0. */
  function lineOf(text: string): number {
    const line = document.getText().split('\n').findIndex((found) => found.startsWith(text));
    assert.ok(line >= 0, `no line begins with ${text}`);
    return line;
  }

  /** File name and line, from 0, of the only target. */
  async function target(command: string, line: number): Promise<[string, number] | undefined> {
    const found = await commands.executeCommand<(Location | LocationLink)[]>(command, document.uri, new Position(line, 3));
    const [first] = found;
    if (!first) {
      return undefined;
    }
    return 'targetUri' in first
      ? [first.targetUri.path.split('/').at(-1) ?? '', (first.targetSelectionRange ?? first.targetRange).start.line]
      : [first.uri.path.split('/').at(-1) ?? '', first.range.start.line];
  }

  it('a version in the changelog leads to the digest that has it', async () => {
    const line = lineOf('v1 ... v2');
    const found = await until('there is a target', () => target('vscode.executeDefinitionProvider', line));
    assert.deepEqual(found, [OLD, 350]);
  });

  it('the implementation of an old version is the newest, and a diagnostic says so', async () => {
    const newer = document;
    document = await openDigest(OLD);
    try {
      const line = lineOf(`[PATCH v2 0/3] ${SERIES}`);
      const found = await until('there is a target', () => target('vscode.executeImplementationProvider', line));
      assert.deepEqual(found, [DIGEST, 433]);
      const [problem] = await until('there is a diagnostic', () => {
        const problems = languages.getDiagnostics(document.uri);
        return problems.length > 0 ? problems : undefined;
      });
      assert.ok(problem);
      assert.equal(codeOf(problem), 'newer-version');
      assert.equal(problem.range.start.line, line);
    } finally {
      document = newer;
    }
  });

  it('references of a series are in every digest that has it', async () => {
    const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    const files = await until('there are references in both', async () => {
      const found = await commands.executeCommand<Location[]>('vscode.executeReferenceProvider', document.uri, new Position(line, 3));
      const names = new Set(found.map(({ uri }) => uri.path.split('/').at(-1)));
      return names.size > 1 ? names : undefined;
    });
    assert.deepEqual([...files].sort(), [OLD, DIGEST].sort());
  });

  it('a series is found by letters of its title, once, where its newest version is', async () => {
    const found = await commands.executeCommand<SymbolInformation[]>('vscode.executeWorkspaceSymbolProvider', 'paravirt preempt');
    const names = found.map(({ name, location }) => `${location.uri.path.split('/').at(-1) ?? ''} ${name}`);
    assert.ok(names.includes(`${DIGEST} [v4 0/2] ${SERIES}`), names.join('\n'));
    assert.ok(!names.includes(`${OLD} [v2 0/3] ${SERIES}`), names.join('\n'));
    // The third patch of v2 has no newer version.
    assert.ok(names.includes(`${OLD} [v2 3/3] LoongArch: Add paravirt preempt print prompt`), names.join('\n'));
  });

  it('a lens stands above the series, and opens a page', async () => {
    const lenses = await until('there is a lens', async () => {
      const found = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(lenses.length, 1);
    const [lens] = lenses;
    assert.match(lens?.command?.title ?? '', /^re-rolled from v2 in kvm-29a5df84d-df7682d40 · 3→2 patches · since v2$/);
    await commands.executeCommand(lens?.command?.command ?? '', ...((lens?.command?.arguments as unknown[] | undefined) ?? []));
    await hasPage(/paravirt\.c/);
  });

  it('a code action opens the page', async () => {
    const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    const actions = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', document.uri, new Range(line, 3, line, 3));
    const action = actions.find(({ title }) => title === 'Show what changed since v2');
    assert.ok(action?.command, actions.map(({ title }) => title).join('\n'));
    await commands.executeCommand(action.command.command, ...((action.command.arguments ?? []) as unknown[]));
    await hasPage(/paravirt\.c/);
  });

  it('a hover links to the page', async () => {
    const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    await commands.executeCommand('vscode.open', document.uri, { preview: false });
    const found = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', document.uri, new Position(line, 3));
    const contents = found.flatMap((hover) => hover.contents.filter((content) => content instanceof MarkdownString));
    const text = contents.map(({ value }) => value).join('\n');
    const [, command = '', args = ''] = /\[Since v2\]\(command:([A-Za-z.]+)\?([^)]+)\)/.exec(text) ?? [];
    assert.equal(command, 'patchDigest.showPage', text);
    await commands.executeCommand(command, ...(JSON.parse(decodeURIComponent(args)) as unknown[]));
    await hasPage(/paravirt\.c/);
  });

  it('a page leads to digests and other pages', async () => {
    const shown = workspace.textDocuments.find((page) => page.uri.scheme === 'patch-digest' && page.getText().includes('paravirt.c'));
    assert.ok(shown);
    const links = [...shown.getText().matchAll(/\]\(<([^>]+)>\)/g)].map(([, target]) => target ?? '');
    const digest = links.findIndex((target) => target.includes(`${OLD}#L351`));
    assert.ok(digest >= 0, links.join('\n'));
    await commands.executeCommand('patchDigest.followLink', shown.uri.toString(), digest);
    assert.equal(window.activeTextEditor?.document.uri.path.split('/').at(-1), OLD);
    assert.equal(window.activeTextEditor.selection.active.line, 350);
    // Only what the server linked to is opened.
    await commands.executeCommand('patchDigest.followLink', shown.uri.toString(), links.length);
    await commands.executeCommand('patchDigest.followLink', 'file:///etc/passwd', 0);
    assert.equal(window.activeTextEditor.document.uri.path.split('/').at(-1), OLD);
  });

  it('an open page follows when a digest changes', async () => {
    const page = workspace.textDocuments.find((shown) => shown.uri.scheme === 'patch-digest' && shown.getText().includes('paravirt.c'));
    assert.ok(page);
    const line = document.getText().split('\n').findIndex((text) => text.startsWith(' arch/loongarch/kernel/paravirt.c '));
    const { text } = document.lineAt(line);
    const edit = new WorkspaceEdit();
    edit.replace(document.uri, document.lineAt(line).range, text.replace('paravirt.c', 'elsewhere.c'));
    await workspace.applyEdit(edit);
    await until('the page has the new name', () => page.getText().includes('elsewhere.c'));
    await commands.executeCommand('vscode.open', document.uri, { preview: false });
    await commands.executeCommand('undo');
    await until('the page has the old name', () => !page.getText().includes('elsewhere.c'));
  });

  it('commands open the pages about the series under the cursor', async () => {
    for (const [command, text] of [
      ['patchDigest.showHistory', new RegExp(`^# .*${SERIES}`)],
      ['patchDigest.showSince', /paravirt\.c/],
      ['patchDigest.showNews', /^# What is new in /],
    ] as const) {
      await commands.executeCommand('vscode.open', document.uri, { preview: false });
      const editor = await until('the digest is in front', () =>
        window.activeTextEditor?.document === document ? window.activeTextEditor : undefined,
      );
      const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
      editor.selection = new Selection(line, 0, line, 0);
      await commands.executeCommand(command);
      await hasPage(text);
    }
  });

  it('a page about a digest that is not there says so', async () => {
    const gone = Uri.parse(`patch-digest:///Gone.md?page=history&entry=3&in=${inWorkspace('gone.txt').toString()}`, true);
    await commands.executeCommand('vscode.open', gone, { preview: false });
    await hasPage(/^There is nothing to show: the digest is not known any more/);
  });

  it('a page that is opened while no server runs says why, and comes when one does', async () => {
    const page = Uri.parse(`patch-digest:///News.md?page=new&in=${document.uri.toString()}`, true);
    await configure('patchDigest.server.path', '/no/such/patch-digest');
    try {
      await reached('failed');
      await commands.executeCommand('vscode.open', page, { preview: false });
      await hasPage(/^There is nothing to show: the language server .*such.*does not exist/);
    } finally {
      await configure('patchDigest.server.path', undefined);
    }
    await reached('running');
    await hasPage(/^# What is new in /);
  });

  it('open pages follow digests also after a restart of the server', async () => {
    const page = await until('the page is open', () => workspace.textDocuments.find(({ uri, isClosed }) => uri.path === '/News.md' && !isClosed));
    const before = page.getText();
    await commands.executeCommand('patchDigest.restartServer');
    await reached('running');
    await until('the page is as it was', () => page.getText() === before);
    const edit = new WorkspaceEdit();
    const line = lineOf('[PATCH 1/6] KVM: SEV: use mutex guard');
    const { text, range } = document.lineAt(line);
    edit.replace(document.uri, range, text.replace('use mutex', 'take mutex'));
    await workspace.applyEdit(edit);
    await until('the page is another', () => page.getText() !== before);
    await commands.executeCommand('vscode.open', document.uri, { preview: false });
    await commands.executeCommand('undo');
  });

  /** Waits until a page is open, and is in front. */
  async function hasPage(text: RegExp): Promise<void> {
    await until(`there is a page with ${text}`, () =>
      workspace.textDocuments.some((page) => page.uri.scheme === 'patch-digest' && text.test(page.getText())),
    );
    await until('it is in front', () => {
      const input = window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof TabInputCustom && input.viewType === 'patchDigest.page' && input.uri.scheme === 'patch-digest';
    });
  }
});
