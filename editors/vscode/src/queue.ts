/**
 * The queue: what of all digests concerns the reader, as a tree of the sections that the server
 * makes, and the marks he makes.
 *
 * Rows are text from strangers: they are shown as plain text. Marks are kept by the server, in a
 * file that other editors change as well; the view asks again when it does.
 *
 * Tested by `test/host/queue.test.ts` and `test/workbench`.
 */
import {
  commands,
  Disposable,
  env,
  EventEmitter,
  Range,
  RelativePattern,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
  workspace,
  type Command,
  MarkdownString,
  type FileSystemWatcher,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';

import type { Controller } from './server/controller';
import { linkPages } from './pageLinks';
import { SECTION } from './settings';
import { globOf } from './status/glob';

/** The command in whose name the server tells that the queue has changed. */
export const REFRESH_QUEUE = `${SECTION}.refreshQueue`;

/** What code actions of the server run to mark a series. */
export const MARK = `${SECTION}.mark`;

/** What names a series in requests: a digest and an entry, and its title for the case that the digest has changed. */
interface Series {
  readonly uri: string;
  readonly entry: number;
  readonly title: string;
}

export interface QueueRow extends Series {
  readonly range: { readonly start: Position; readonly end: Position } | null;
  readonly place: string;
  readonly name: string;
  readonly who: string;
  readonly facts: readonly string[];
  readonly badges: readonly string[];
  readonly reason: string | null;
  readonly state: 'new' | 'marked' | 're-rolled' | 'awake';
  readonly mark: string;
  readonly note: string;
  readonly remarks: string;
  /** For a mail: a line, and a link. */
  readonly shared: string;
}

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Section {
  readonly section: string;
  readonly heading: string;
  readonly folded: boolean;
  readonly more: number;
  readonly rows: readonly QueueRow[];
}

interface Queue {
  readonly summary: string;
  readonly new: number;
  readonly hint: string | null;
  readonly troubles: readonly string[];
  readonly marksFile: string | null;
  readonly sections: readonly Section[];
}

type Node = Section | QueueRow;

/** What a click marks a series as; `snoozed` asks until when. */
const MARKS = ['reviewing', 'replied', 'waiting', 'snoozed', 'accepted', 'archived', 'ignored', 'new'] as const;

const FILTERS = ['text', 'person', 'path', 'section'];

const ICONS: Record<QueueRow['state'], ThemeIcon> = {
  new: new ThemeIcon('circle-filled', new ThemeColor('charts.blue')),
  're-rolled': new ThemeIcon('sync', new ThemeColor('charts.orange')),
  awake: new ThemeIcon('bell'),
  marked: new ThemeIcon('check'),
};

/** The view "Patch Queue", and its commands. */
export class QueueView implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private queue: Queue | undefined;
  private filter: Record<string, string> = {};
  private readonly view: TreeView<Node>;
  private readonly parts: { dispose(): unknown }[];
  private watcher: FileSystemWatcher | undefined;
  private watched = '';
  private asking: Promise<void> | undefined;
  private isStale = false;

  constructor(private readonly server: Controller) {
    this.view = window.createTreeView(`${SECTION}.queue`, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    const onRow = (name: string, act: (row: QueueRow, all: QueueRow[]) => unknown): Disposable =>
      commands.registerCommand(`${SECTION}.queue.${name}`, (node?: Node, nodes?: Node[]) => {
        const rows = (nodes ?? (node ? [node] : [...this.view.selection])).filter(isRow);
        const [first] = rows;
        return first ? act(first, rows) : undefined;
      });
    this.parts = [
      this.view,
      this.changed,
      commands.registerCommand(REFRESH_QUEUE, () => this.refresh()),
      commands.registerCommand(MARK, ({ mark, ...series }: Series & { readonly mark: string }) => this.mark([series], { mark })),
      commands.registerCommand(`${SECTION}.queue.filter`, () => this.askFilter()),
      commands.registerCommand(`${SECTION}.queue.copyAll`, () => copy(this.rows)),
      onRow('open', (row) => open(row)),
      onRow('mark', (_, rows) => this.askMark(rows)),
      onRow('markReviewing', (_, rows) => this.mark(rows, { mark: 'reviewing' })),
      onRow('markWaiting', (_, rows) => this.mark(rows, { mark: 'waiting' })),
      onRow('markArchived', (_, rows) => this.mark(rows, { mark: 'archived' })),
      onRow('note', (row) => this.askNote(row)),
      onRow('copy', (_, rows) => copy(rows)),
      server.onDidChangeState(({ kind }) => {
        if (kind === 'running') {
          void this.refresh();
        } else {
          this.take(undefined);
        }
      }),
      server.onDidChangeQueue(() => this.refresh()),
      window.onDidChangeWindowState(({ focused }) => {
        if (focused) {
          void this.refresh();
        }
      }),
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) {
          // Whoever looks at the queue need not have opened a digest.
          server.start();
          void this.refresh();
        }
      }),
    ];
  }

  dispose(): void {
    this.watcher?.dispose();
    Disposable.from(...this.parts).dispose();
  }

  /** The rows that are shown, in order. */
  get rows(): readonly QueueRow[] {
    return this.queue?.sections.flatMap(({ rows }) => rows) ?? [];
  }

  /** Asks the server; a burst of calls costs one more question. */
  refresh(): Promise<void> {
    if (this.asking) {
      this.isStale = true;
      return this.asking;
    }
    this.asking = this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(): Promise<void> {
    do {
      this.isStale = false;
      if (this.server.state.kind !== 'running') {
        this.take(undefined);
        return;
      }
      try {
        this.take(await this.server.request<Queue>('patchDigest/queue', { filter: this.filter }));
      } catch {
        // It ended meanwhile, and is told of by the controller.
        this.take(undefined);
      }
      // Set by a call meanwhile.
    } while (this.isStale as boolean);
  }

  private take(queue: Queue | undefined): void {
    this.queue = queue;
    const n_new = queue?.new ?? 0;
    this.view.badge = { value: n_new, tooltip: `${n_new} new` };
    const filter = Object.entries(this.filter).map(([name, value]) => `only ${name}: ${value}`);
    const { state } = this.server;
    const problem = state.kind === 'failed' ? state.problem.message : undefined;
    this.view.message = [...filter, queue?.hint, ...(queue?.troubles ?? []), problem].filter(Boolean).join('\n');
    this.view.description = queue?.summary ?? '';
    this.watch(queue?.marksFile ?? '');
    this.changed.fire(undefined);
  }

  /** Other editors change the file of marks as well. */
  private watch(file: string): void {
    if (file === this.watched) {
      return;
    }
    this.watched = file;
    this.watcher?.dispose();
    this.watcher = undefined;
    if (file !== '') {
      const uri = Uri.file(file);
      const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
      this.watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.joinPath(uri, '..'), globOf(name)));
      this.watcher.onDidChange(() => this.refresh());
      this.watcher.onDidCreate(() => this.refresh());
      this.watcher.onDidDelete(() => this.refresh());
    }
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      return [...(this.queue?.sections ?? [])];
    }
    return isRow(node) ? [] : [...node.rows];
  }

  getTreeItem(node: Node): TreeItem {
    if (!isRow(node)) {
      const item = new TreeItem(node.heading, node.folded ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded);
      item.id = node.section;
      item.contextValue = 'section';
      if (node.more > 0) {
        item.description = `… ${node.more} more`;
      }
      return item;
    }
    const item = new TreeItem(node.name, TreeItemCollapsibleState.None);
    item.id = `${node.uri}#${node.entry}`;
    item.description = [node.who, ...node.facts, node.badges.join(', '), node.remarks].filter(Boolean).join(' · ');
    item.iconPath = ICONS[node.state];
    item.contextValue = 'row';
    item.command = openCommand(node);
    item.accessibilityInformation = { label: `${node.name}, ${item.description}` };
    return item;
  }

  /** What the mouse finds on a row: what it finds on the title in the text. */
  async resolveTreeItem(item: TreeItem, node: Node): Promise<TreeItem> {
    if (isRow(node)) {
      item.tooltip = linkPages(new MarkdownString(await this.hover(node)));
    }
    return item;
  }

  async hover({ uri, entry, place, reason }: QueueRow): Promise<string> {
    const found = await this.server.request<{ contents: { value: string } } | null>('patchDigest/hover', { uri, entry });
    const last = new MarkdownString().appendText(reason ? `${place} · ${reason}` : place);
    return `${found?.contents.value ?? ''}\n\n${last.value}`;
  }

  private async mark(rows: readonly Series[], what: { mark?: string; note?: string }): Promise<void> {
    try {
      for (const { uri, entry, title } of rows) {
        await this.server.request('patchDigest/mark', { uri, entry, title, ...what });
      }
    } catch (error) {
      void window.showErrorMessage(`Patch Digest: ${error instanceof Error ? error.message : String(error)}`);
    }
    await this.refresh();
  }

  private async askMark(rows: readonly QueueRow[]): Promise<void> {
    let mark: string | undefined = await window.showQuickPick([...MARKS], { title: 'Mark series as' });
    if (mark === 'snoozed') {
      const until = await window.showInputBox({ title: 'Snooze until', prompt: 'A day or a version', placeHolder: '2026-12-01 or v5' });
      mark = until ? `snoozed until ${until}` : undefined;
    }
    if (mark !== undefined) {
      await this.mark(rows, { mark });
    }
  }

  private async askNote(row: QueueRow): Promise<void> {
    const note = await window.showInputBox({ title: row.name, prompt: 'Note', value: row.note });
    if (note !== undefined) {
      await this.mark([row], { note });
    }
  }

  private async askFilter(): Promise<void> {
    const value = Object.entries(this.filter)
      .map(([name, text]) => (name === 'text' ? text : `${name}: ${text}`))
      .join('');
    const wanted = await window.showInputBox({ title: 'Filter the queue', value, placeHolder: 'text, person: …, path: …, section: …' });
    if (wanted !== undefined) {
      this.filter = filterOf(wanted);
      await this.refresh();
    }
  }
}

/** `person: Bibo` filters by person, anything else by text. */
export function filterOf(wanted: string): Record<string, string> {
  const [, name = '', value = ''] = /^([a-z]+):\s*(.*)$/.exec(wanted.trim()) ?? [];
  if (FILTERS.includes(name)) {
    return value === '' ? {} : { [name]: value };
  }
  return wanted.trim() === '' ? {} : { text: wanted.trim() };
}

function isRow(node: Node): node is QueueRow {
  return 'entry' in node;
}

function openCommand(row: QueueRow): Command {
  return { command: `${SECTION}.queue.open`, title: 'Open', arguments: [row] };
}

async function open(row: QueueRow): Promise<void> {
  const document = await workspace.openTextDocument(Uri.parse(row.uri, true));
  const { start } = row.range ?? { start: { line: 0, character: 0 } };
  await window.showTextDocument(document, { selection: new Range(start.line, start.character, start.line, start.character), preview: true });
}

async function copy(rows: readonly QueueRow[]): Promise<void> {
  if (rows.length === 0) {
    window.setStatusBarMessage('Patch Digest: there is no series to copy', 4000);
    return;
  }
  await env.clipboard.writeText(rows.map(({ shared }) => `${shared}\n`).join(''));
  window.setStatusBarMessage(`Patch Digest: copied ${rows.length} series`, 4000);
}

