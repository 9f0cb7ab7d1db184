/** What the server gives, as VS Code's own commands see it. */
import * as assert from 'node:assert/strict';

import {
  commands,
  DiagnosticSeverity,
  env,
  languages,
  Position,
  Range,
  workspace,
  WorkspaceEdit,
  type CodeAction,
  type DocumentHighlight,
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  type Hover,
  type InlayHint,
  type Location,
  type LocationLink,
  type MarkdownString,
  type SelectionRange,
  type SemanticTokens,
  type SemanticTokensLegend,
  type TextDocument,
} from 'vscode';

import { closeAll, codeOf, openDigest, until } from './support';

const SERIES = 'LoongArch: KVM: Add paravirt preempt support';
const PATCH = 'LoongArch: KVM: Add paravirt preempt feature in hypervisor side';

describe('features', () => {
  let document: TextDocument;
  before(async () => {
    document = await openDigest();
  });
  after(async () => {
    await closeAll();
  });

  /** The first line with that text, from 0. */
  function lineOf(text: string): number {
    const line = document.getText().split('\n').indexOf(text);
    assert.ok(line >= 0, `no line is ${text}`);
    return line;
  }

  async function symbols(): Promise<DocumentSymbol[]> {
    return until('there is an outline', async () => {
      const found = await commands.executeCommand<DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri);
      return found !== undefined && found.length > 0 ? found : undefined;
    });
  }

  it('the outline has the series with their patches', async () => {
    const [digest] = await symbols();
    assert.ok(digest);
    assert.equal(digest.name, 'KVM fff46e5c7..a4f0e95a9');
    const series = digest.children.find(({ name }) => name === `[v4 0/2] ${SERIES}`);
    assert.ok(series, digest.children.map(({ name }) => name).join('\n'));
    assert.match(series.detail, /^Bibo Mao · 8 files \+85 −3/);
    assert.deepEqual(series.children.map(({ name }) => name.slice(0, 15)).sort(), ['1/2 LoongArch: ', '2/2 LoongArch: ']);
  });

  it('patches are in order by name and by position', async () => {
    const [digest] = await symbols();
    for (const series of digest?.children ?? []) {
      const patches = series.children.filter(({ name }) => /^\d+\/\d+ /.test(name));
      const byName = patches.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name }) => name);
      // As VS Code sorts: by start, then by end.
      const byPosition = patches
        .toSorted((a, b) => a.range.start.compareTo(b.range.start) || a.range.end.compareTo(b.range.end))
        .map(({ name }) => name);
      assert.deepEqual(byPosition, byName, series.name);
      assert.deepEqual(
        byName.map((name) => Number.parseInt(name, 10)),
        byName.map((_, i) => i + 1),
        series.name,
      );
    }
  });

  it('the hover of a series has its history', async () => {
    const position = new Position(lineOf(`[PATCH v4 0/2] ${SERIES}`), 20);
    const hovers = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', document.uri, position);
    const text = hovers.flatMap(({ contents }) => contents.map((part) => (part as MarkdownString).value)).join('\n');
    assert.match(text, /v4/);
    assert.match(text, /v3/);
    assert.match(text, /v2/);
    assert.match(text, /Bibo Mao/);
  });

  it('nothing hovers over prose', async () => {
    const position = new Position(lineOf('enter sleep state quickly if lock-hold vCPU is preempted.'), 5);
    assert.deepEqual(await commands.executeCommand('vscode.executeHoverProvider', document.uri, position), []);
  });

  async function definition(line: number): Promise<number> {
    const found = await commands.executeCommand<(Location | LocationLink)[]>(
      'vscode.executeDefinitionProvider',
      document.uri,
      new Position(line, 20),
    );
    assert.equal(found.length, 1);
    const [target] = found;
    assert.ok(target);
    return 'targetUri' in target ? (target.targetSelectionRange ?? target.targetRange).start.line : target.range.start.line;
  }

  it('a shortlog line leads to its patch, and the patch back', async () => {
    const [listed, patch] = [lineOf(`  ${PATCH}`), lineOf(`[PATCH v4 1/2] ${PATCH}`)];
    assert.equal(await definition(listed), patch);
    assert.equal(await definition(patch), listed);
  });

  it('entries, tables and diffstats fold', async () => {
    const folds = await commands.executeCommand<FoldingRange[]>('vscode.executeFoldingRangeProvider', document.uri);
    assert.ok(folds.length > 20, `${folds.length} folds`);
    const entry = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    assert.ok(folds.some(({ start, end }) => Math.abs(start - entry) <= 1 && end > entry + 80));
  });

  it('an address broken over two lines leads to the whole from both, and a title to a search', async () => {
    const found = await commands.executeCommand<DocumentLink[]>('vscode.executeLinkProvider', document.uri, 1000);
    const on = (line: number): string[] =>
      found.filter(({ range }) => range.start.line === line).map(({ target }) => decodeURIComponent(target?.toString(true) ?? ''));
    const broken = lineOf('[5] https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm=');
    const whole = 'https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm.com/';
    assert.deepEqual(on(broken), [whole]);
    assert.deepEqual(on(broken + 1), [whole]);
    assert.deepEqual(on(lineOf(`[PATCH v4 0/2] ${SERIES}`)), [
      `https://lore.kernel.org/kvm/?q=s:"${SERIES}" f:maobibo@loongson.cn`,
    ]);
  });

  it('a code action copies, and runs nothing', async () => {
    const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    const actions = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', document.uri, new Range(line, 20, line, 20));
    const action = actions.find(({ title }) => title.includes('b4 shazam'));
    assert.ok(action?.command, actions.map(({ title }) => title).join('\n'));
    await commands.executeCommand(action.command.command, ...((action.command.arguments ?? []) as unknown[]));
    assert.equal(
      await env.clipboard.readText(),
      `lei q --only 'https://lore.kernel.org/kvm/' -t 's:${SERIES}' 'f:maobibo@loongson.cn' -f mboxrd -o - | b4 shazam -v 4 -m -`,
    );
    assert.equal(document.isDirty, false);
  });

  it('a damaged name is put right everywhere by a quick fix, or its repair is copied', async () => {
    const line = 393;
    assert.match(document.lineAt(line).text, /L贸pez/);
    const actions = await until('there are fixes', async () => {
      const found = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', document.uri, new Range(line, 10, line, 10));
      return found.some(({ kind }) => kind?.value === 'quickfix') && found;
    });
    const titled = (title: string): CodeAction => {
      const action = actions.find((found) => found.title === title);
      assert.ok(action, actions.map((found) => found.title).join('\n'));
      return action;
    };
    const copy = titled('Copy the repaired name').command;
    await commands.executeCommand(copy?.command ?? '', ...((copy?.arguments ?? []) as unknown[]));
    assert.equal(await env.clipboard.readText(), 'Carlos López');
    assert.equal(document.isDirty, false);

    const before = document.getText();
    const { edit } = titled('Write "Carlos López" everywhere (4 places)');
    assert.ok(edit);
    await workspace.applyEdit(edit);
    assert.equal(document.getText(), before.replaceAll('L贸pez', 'López'));
    await until('the finding is gone', () => languages.getDiagnostics(document.uri).length === 3);
    await commands.executeCommand('undo');
    await until('it is as it was', () => document.getText() === before);
  });

  it('tokens have the words of the manifest', async () => {
    const legend = await until('there is a legend', () =>
      commands.executeCommand<SemanticTokensLegend | undefined>('vscode.provideDocumentSemanticTokensLegend', document.uri),
    );
    assert.deepEqual(legend.tokenTypes.slice(0, 4), ['tag', 'version', 'number', 'title']);
    assert.deepEqual(legend.tokenModifiers, ['definition', 'superseded']);
    const tokens = await commands.executeCommand<SemanticTokens>('vscode.provideDocumentSemanticTokens', document.uri);
    assert.ok(tokens.data.length > 1000, `${tokens.data.length} numbers`);
  });

  it('a title that was cut off is followed by its rest', async () => {
    const line = lineOf('[PATCH v3 1/4] KVM: selftests: arm64: Report set_id_reg reads of');
    const hints = await commands.executeCommand<InlayHint[]>('vscode.executeInlayHintProvider', document.uri, new Range(line, 0, line + 1, 0));
    assert.deepEqual(
      hints.map(({ label }) => label),
      ['⋯ test registers as tests'],
    );
  });

  it('a person is highlighted wherever he is named', async () => {
    const line = lineOf('Author: Bibo Mao <maobibo@loongson.cn>');
    const found = await commands.executeCommand<DocumentHighlight[]>('vscode.executeDocumentHighlights', document.uri, new Position(line, 10));
    assert.ok(found.some(({ range }) => range.start.line === line), `${found.length} highlights`);
    assert.ok(found.length > 2, `${found.length} highlights`);
  });

  it('a selection grows from the word to its line and the entry', async () => {
    const line = lineOf(`[PATCH v4 0/2] ${SERIES}`);
    const [selection] = await commands.executeCommand<SelectionRange[]>('vscode.executeSelectionRangeProvider', document.uri, [
      new Position(line, 20),
    ]);
    const grown: Range[] = [];
    for (let next = selection; next; next = next.parent) {
      grown.push(next.range);
    }
    assert.ok(grown.length >= 4, `${grown.length} ranges`);
    assert.ok(grown.some((range) => range.isSingleLine && range.start.line === line));
    assert.ok(grown.some((range) => range.start.line <= line && range.end.line > line + 80));
  });

  it('a planted error is listed, and gone after the fix', async () => {
    // Three cut titles and a damaged name: hints, which are in no list.
    const hints = await until('there are hints', () => {
      const found = languages.getDiagnostics(document.uri);
      return found.length === 4 && found;
    });
    assert.ok(hints.every(({ severity }) => severity === DiagnosticSeverity.Hint));
    const line = lineOf('KVM mailing list update from fff46e5c7 to a4f0e95a9');
    const at = document.lineAt(line).text.lastIndexOf('a4f0e95a9');
    await replace(line, at, 9, '0123456789');
    const [problem] = await until('there is a problem', () => {
      const problems = languages.getDiagnostics(document.uri).filter(({ severity }) => severity !== DiagnosticSeverity.Hint);
      return problems.length > 0 ? problems : undefined;
    });
    assert.ok(problem);
    assert.equal(problem.source, 'patch-digest');
    assert.equal(codeOf(problem), 'range-mismatch');
    assert.equal(problem.severity, DiagnosticSeverity.Error);

    await replace(line, at, 10, 'a4f0e95a9');
    await until('the problem is gone', () => languages.getDiagnostics(document.uri).length === hints.length);
  });

  async function replace(line: number, character: number, length: number, text: string): Promise<void> {
    const edit = new WorkspaceEdit();
    const start = new Position(line, character);
    edit.replace(document.uri, document.validateRange(document.lineAt(line).range.with(start, start.translate(0, length))), text);
    await workspace.applyEdit(edit);
  }

  it('words are whole hashes, paths and addresses', () => {
    for (const [text, expected] of Object.entries({
      'Author: Bibo Mao <maobibo@loongson.cn>': 'maobibo@loongson.cn',
      ' arch/x86/kvm/svm/sev.c | 135 ++++++++++++++---------------------------': 'arch/x86/kvm/svm/sev.c',
      'From fff46e5c7 to a4f0e95a9': 'fff46e5c7',
    })) {
      const line = lineOf(text);
      const range = document.getWordRangeAtPosition(new Position(line, text.indexOf(expected) + 3));
      assert.ok(range);
      assert.equal(document.getText(range), expected);
    }
  });

  it('the defaults for digests are in force', () => {
    const settings = workspace.getConfiguration('editor', document);
    assert.equal(settings.get('tabSize'), 8);
    assert.equal(settings.get('wordBasedSuggestions'), 'off');
    assert.equal(workspace.getConfiguration('files', document).get('insertFinalNewline'), false);
  });
});
