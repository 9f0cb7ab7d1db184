/**
 * Puts the parts together: digests are recognised, the server is started for the first one, and
 * what there is to know is shown.
 *
 * The extension wakes up for every plain-text file. Until one of them is a digest it does no more
 * than to look at first lines.
 */
import { commands, window, workspace, type Event, type ExtensionContext, type TextDocument, type Uri } from 'vscode';

import { registerCopy } from './commands';
import { Detection } from './detect';
import { LANGUAGE } from './digest';
import { registerPages } from './pages';
import { QueueView, type QueueRow } from './queue';
import { Controller, type State } from './server/controller';
import { SECTION } from './settings';
import { DeletedFiles } from './status/deleted';
import { showIndexStatus } from './status/index';
import { showTooLarge } from './status/large';
import { showServerStatus } from './status/server';
import { registerWanted } from './wanted';

/** What other extensions, and the tests, can ask. */
export interface Api {
  readonly state: State;
  readonly onDidChangeState: Event<State>;
  /** Whether the file of an open digest is gone. */
  isDeleted(uri: Uri): boolean;
  /** The rows of the view "Patch Queue", in order. */
  readonly queue: readonly QueueRow[];
  /** What the mouse finds on a row. */
  queueHover(row: QueueRow): Promise<string>;
}

let controller: Controller | undefined;

export function activate(context: ExtensionContext): Api {
  const log = window.createOutputChannel('Patch Digest', { log: true });
  const server = new Controller(context.extensionUri.fsPath, log);
  controller = server;
  const deleted = new DeletedFiles();
  const queue = new QueueView(server);

  const startFor = (document: TextDocument): void => {
    if (document.languageId === LANGUAGE) {
      server.start();
    }
  };
  context.subscriptions.push(
    log,
    server,
    deleted,
    workspace.onDidOpenTextDocument(startFor),
    new Detection(context.globalState, log),
    showServerStatus(server),
    showIndexStatus(server),
    registerPages(server),
    registerWanted(server),
    queue,
    showTooLarge(),
    registerCopy(),
    commands.registerCommand(`${SECTION}.restartServer`, () => server.restart()),
    commands.registerCommand(`${SECTION}.showLog`, () => {
      log.show();
    }),
  );
  workspace.textDocuments.forEach(startFor);

  return {
    get state() {
      return server.state;
    },
    onDidChangeState: server.onDidChangeState,
    isDeleted: (uri) => deleted.has(uri),
    queueHover: (row) => queue.hover(row),
    get queue() {
      return queue.rows;
    },
  };
}

export async function deactivate(): Promise<void> {
  await controller?.stop();
}
