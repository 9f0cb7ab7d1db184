/**
 * Pages about series, which the server makes from all digests it knows: the history of a series,
 * what changed since a version, what is new in a digest.
 *
 * Their text comes by `workspace/textDocumentContent`, which the language client asks for when a
 * document of the scheme `patch-digest` is opened. They are shown as Markdown previews; the text
 * is mail from strangers, and the server has escaped it.
 *
 * Tested by `test/host/pages.test.ts`.
 */
import { commands, Disposable, Uri, window, workspace, type TextEditor } from 'vscode';

import { LANGUAGE } from './digest';
import type { Controller } from './server/controller';
import { SECTION } from './settings';

type Kind = 'history' | 'since' | 'new';

/** What the server answers to `patchDigest/page`. */
interface Page {
  readonly uri: string;
  readonly title: string;
}

/** The command of ours that lenses and code actions of the server name. */
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
      await open(Uri.parse(page.uri, true));
    } else {
      const nothing = kind === 'new' ? 'this is no digest' : 'the cursor is in no series';
      window.setStatusBarMessage(`Patch Digest: ${nothing}`, 4000);
    }
  };
  return Disposable.from(
    commands.registerCommand(`${SECTION}.showHistory`, show('history')),
    commands.registerCommand(`${SECTION}.showSince`, show('since')),
    commands.registerCommand(`${SECTION}.showNews`, show('new')),
    commands.registerCommand(SHOW_PAGE, async (address: unknown) => {
      if (typeof address !== 'string') {
        return;
      }
      const uri = Uri.parse(address, true);
      if (uri.scheme === LANGUAGE) {
        await open(uri);
      }
    }),
  );
}

async function ask(server: Controller, editor: TextEditor, kind: Kind): Promise<Page | null> {
  const { document, selection } = editor;
  return server.request<Page | null>('patchDigest/page', {
    textDocument: { uri: document.uri.toString() },
    position: { line: selection.active.line, character: selection.active.character },
    page: kind,
  });
}

async function open(uri: Uri): Promise<void> {
  // The document first: a preview of one that cannot be opened would stay empty without a word.
  const document = await workspace.openTextDocument(uri);
  try {
    await commands.executeCommand('markdown.showPreview', document.uri);
  } catch {
    // Someone has switched off what VS Code itself has for Markdown.
    await window.showTextDocument(document, { preview: true });
  }
}
