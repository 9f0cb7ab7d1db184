/**
 * Recognises digests among plain-text files.
 *
 * Digests are `.txt` files as a rule, and VS Code asks the first-line rule of `package.json` only
 * about files whose names tell nothing. So every plain-text document that opens is looked at here,
 * its first line only, and its language is changed where that begins a digest.
 *
 * The user's word counts more: a file that they took back stays as they left it, also after VS Code
 * was started anew, until they make it a Patch Digest again by hand; so does a file that they
 * have associated with plain text in `files.associations`.
 *
 * Tested by `test/host/detect.test.ts`.
 */
import { extensions, languages, window, workspace, type Disposable, type LogOutputChannel, type Memento, type TextDocument } from 'vscode';

import { LANGUAGE, startsDigest } from './digest';
import { detects, SECTION } from './settings';

const PLAIN_TEXT = 'plaintext';
/** Where the addresses of the files that were taken back are kept, the latest last. */
const TAKEN_BACK = 'detect.takenBack';
const N_REMEMBERED = 1000;
/**
 * When the rules for languages change, by a setting or an extension, VS Code applies them to all
 * open documents, and so undoes what we did. The news of that, and of the change, come in any order.
 */
const RULES_SETTLE_MS = 500;

export class Detection implements Disposable {
  private readonly listeners: Disposable[];
  /** A digest that has just closed; if it opens again at once, its language was changed. */
  private leaving: string | undefined;
  /** When the rules for languages last changed. */
  private rulesChanged = 0;

  constructor(
    private readonly memory: Memento,
    private readonly log: LogOutputChannel,
  ) {
    this.listeners = [
      workspace.onDidCloseTextDocument((document) => {
        this.closed(document);
      }),
      workspace.onDidOpenTextDocument((document) => {
        this.opened(document);
      }),
      // Pasted into an untitled document, piped into `code -`, or written by another program.
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.some(({ range }) => range.start.line === 0)) {
          this.look(document);
        }
      }),
      extensions.onDidChange(() => {
        this.rulesChanged = Date.now();
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('files.associations')) {
          this.rulesChanged = Date.now();
        }
        if (event.affectsConfiguration(`${SECTION}.detect`)) {
          this.lookAtAll();
        }
      }),
    ];
    this.lookAtAll();
  }

  dispose(): void {
    for (const listener of this.listeners) {
      listener.dispose();
    }
  }

  private lookAtAll(): void {
    for (const document of workspace.textDocuments) {
      this.look(document);
    }
  }

  // VS Code tells a change of language as a close followed, in the same breath, by an open.
  private closed(document: TextDocument): void {
    if (document.languageId === LANGUAGE) {
      this.leaving = document.uri.toString();
      queueMicrotask(() => {
        this.leaving = undefined;
      });
    }
  }

  private opened(document: TextDocument): void {
    const address = document.uri.toString();
    if (document.languageId === LANGUAGE) {
      this.remember(address, false);
    } else if (this.leaving === address && startsDigest(document.lineAt(0).text)) {
      const inFront = window.activeTextEditor?.document.uri.toString() === address;
      setTimeout(() => {
        this.left(document, inFront);
      }, RULES_SETTLE_MS);
    } else {
      this.look(document);
    }
  }

  /** A digest has been given another language: by the user, or by VS Code. */
  private left(document: TextDocument, inFront: boolean): void {
    const address = document.uri.toString();
    if (document.isClosed || document.languageId === LANGUAGE) {
      return;
    }
    if (inFront && Date.now() - this.rulesChanged > 2 * RULES_SETTLE_MS) {
      this.log.info(`${address} was set to ${document.languageId} and stays so`);
      this.remember(address, true);
    } else {
      this.look(document);
    }
  }

  private look(document: TextDocument): void {
    if (document.languageId !== PLAIN_TEXT || !startsDigest(document.lineAt(0).text) || !detects(document.uri)) {
      return;
    }
    if (this.takenBack().includes(document.uri.toString()) || isAssociatedWithPlainText(document)) {
      return;
    }
    languages.setTextDocumentLanguage(document, LANGUAGE).then(undefined, (error: unknown) => {
      // Closed meanwhile.
      this.log.debug(`${document.uri.toString()}: ${String(error)}`);
    });
  }

  private takenBack(): readonly string[] {
    return this.memory.get<string[]>(TAKEN_BACK, []);
  }

  private remember(address: string, isTakenBack: boolean): void {
    const addresses = this.takenBack();
    if (isTakenBack || addresses.includes(address)) {
      const others = addresses.filter((other) => other !== address);
      void this.memory.update(TAKEN_BACK, isTakenBack ? [...others, address].slice(-N_REMEMBERED) : others);
    }
  }
}

function isAssociatedWithPlainText(document: TextDocument): boolean {
  const associations = workspace.getConfiguration('files', document.uri).get<Record<string, string>>('associations', {});
  return Object.entries(associations).some(([glob, language]) => {
    const pattern = glob.includes('/') ? glob : `**/${glob}`;
    return language === PLAIN_TEXT && languages.match({ pattern }, document) > 0;
  });
}
