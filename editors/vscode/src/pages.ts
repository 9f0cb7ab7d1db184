/**
 * Pages about series, which the server makes from all digests it knows: the history of a series,
 * what changed since a version, what is new in a digest; and the pages about rules.
 *
 * They are documents of the scheme `patch-digest`, whose text the language client asks for by
 * `workspace/textDocumentContent` and again when the server says that it is another. VS Code asks for
 * those of its last run before there is a client; then, and where the client would be told too early,
 * it is asked for here. `pageView.ts` shows them.
 *
 * Tested by `test/host/pages.test.ts`.
 */
import { commands, Disposable, EventEmitter, Uri, window, workspace, type TextEditor } from 'vscode';

import { LANGUAGE } from './digest';
import { registerPageView } from './pageView';
import type { Controller } from './server/controller';
import { SECTION } from './settings';

type Kind = 'history' | 'since' | 'new';

/** Why there is none. */
const NO_PAGE: Record<Kind, string> = {
  history: 'the cursor is in no series',
  since: 'the cursor is in no series that has another version in these digests',
  new: 'this is no digest',
};

/** What the server answers to `patchDigest/page`. */
interface Page {
  readonly uri: string;
  readonly title: string;
}

/** The command of ours that lenses, code actions and links in hovers name. */
export const SHOW_PAGE = `${SECTION}.showPage`;

export function registerPages(server: Controller): Disposable {
  const show = (kind: Kind) => async () => {
    const editor = window.activeTextEditor;
    if (editor?.document.languageId !== LANGUAGE) {
      window.setStatusBarMessage('Patch Digest: no digest is in front', 4000);
      return;
    }
    const page = await ask(server, editor, kind);
    if (page) {
      await openPage(Uri.parse(page.uri, true));
    } else {
      window.setStatusBarMessage(`Patch Digest: ${NO_PAGE[kind]}`, 4000);
    }
  };
  return Disposable.from(
    // Before the editor: VS Code restores pages as soon as there is one.
    registerContent(server),
    registerPageView(),
    commands.registerCommand(`${SECTION}.showHistory`, show('history')),
    commands.registerCommand(`${SECTION}.showSince`, show('since')),
    commands.registerCommand(`${SECTION}.showNews`, show('new')),
    commands.registerCommand(SHOW_PAGE, async (address: unknown) => {
      if (typeof address !== 'string') {
        return;
      }
      const uri = Uri.parse(address, true);
      if (uri.scheme === LANGUAGE) {
        await openPage(uri);
      }
    }),
  );
}

function registerContent(server: Controller): Disposable {
  const changed = new EventEmitter<Uri>();
  return Disposable.from(
    changed,
    workspace.registerTextDocumentContentProvider(LANGUAGE, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => content(server, uri),
    }),
    // What the server says of a page between its text and this is lost: VS Code knows no such document.
    workspace.onDidOpenTextDocument(({ uri }) => {
      if (uri.scheme === LANGUAGE) {
        changed.fire(uri);
      }
    }),
    // A server follows digests only for the pages that it was asked for.
    server.onDidChangeState(({ kind }) => {
      if (kind === 'running') {
        for (const { uri } of workspace.textDocuments.filter(({ uri }) => uri.scheme === LANGUAGE)) {
          changed.fire(uri);
        }
      }
    }),
  );
}

async function content(server: Controller, uri: Uri): Promise<string> {
  try {
    const { text } = await server.request<{ text: string }>('workspace/textDocumentContent', { uri: uri.toString() });
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `There is nothing to show: ${why.replace(/[!-/:-@[-`{-~]/g, '\\$&')}\n`;
  }
}

async function ask(server: Controller, editor: TextEditor, kind: Kind): Promise<Page | null> {
  const { document, selection } = editor;
  return server.request<Page | null>('patchDigest/page', {
    textDocument: { uri: document.uri.toString() },
    position: { line: selection.active.line, character: selection.active.character },
    page: kind,
  });
}

/** Opens a page to stay, so that a digest opened from it does not take its place. */
async function openPage(uri: Uri): Promise<void> {
  await commands.executeCommand('vscode.open', uri, { preview: false });
}
