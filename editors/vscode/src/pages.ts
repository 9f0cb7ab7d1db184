/**
 * Pages about series, which the server makes from all digests it knows: the history of a series,
 * what changed since a version, what is new in a digest; and the pages about rules.
 *
 * They are documents of the scheme `patch-digest`, whose text the language client asks for by
 * `workspace/textDocumentContent` and again when the server says that it is another. `pageView.ts`
 * shows them.
 *
 * Tested by `test/host/pages.test.ts`.
 */
import { commands, Disposable, Uri, window, type TextEditor } from 'vscode';

import { LANGUAGE } from './digest';
import { registerPageView } from './pageView';
import type { Controller } from './server/controller';
import { SECTION } from './settings';

type Kind = 'history' | 'since' | 'new';

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
      const nothing = kind === 'new' ? 'this is no digest' : 'the cursor is in no series';
      window.setStatusBarMessage(`Patch Digest: ${nothing}`, 4000);
    }
  };
  return Disposable.from(
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
