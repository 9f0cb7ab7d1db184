/**
 * Says of an open digest whose file was deleted that only the editor still has it.
 *
 * Tested by `test/host/files.test.ts`.
 */
import { posix } from 'node:path';

import {
  languages,
  LanguageStatusSeverity,
  RelativePattern,
  Uri,
  workspace,
  type Disposable,
  type FileSystemWatcher,
  type TextDocument,
} from 'vscode';

import { LANGUAGE } from '../digest';
import { SECTION } from '../settings';
import { globOf } from './glob';

export class DeletedFiles implements Disposable {
  private readonly item = languages.createLanguageStatusItem(`${SECTION}.deleted`, []);
  /** One for every open digest that is a file, by address. */
  private readonly watchers = new Map<string, FileSystemWatcher>();
  private readonly deleted = new Map<string, Uri>();
  private readonly listeners: Disposable[];

  constructor() {
    this.item.name = 'Patch Digest';
    this.item.severity = LanguageStatusSeverity.Warning;
    this.item.text = 'Deleted on disk';
    this.item.detail = 'Only this editor still has the text; saving it makes the file again';
    this.listeners = [
      workspace.onDidOpenTextDocument((document) => {
        this.watch(document);
      }),
      workspace.onDidCloseTextDocument((document) => {
        this.forget(document.uri);
      }),
    ];
    workspace.textDocuments.forEach((document) => {
      this.watch(document);
    });
  }

  /** Whether the file of an open digest is gone. */
  has(uri: Uri): boolean {
    return this.deleted.has(uri.toString());
  }

  dispose(): void {
    for (const disposable of [...this.listeners, ...this.watchers.values(), this.item]) {
      disposable.dispose();
    }
  }

  private watch({ uri, languageId }: TextDocument): void {
    if (languageId !== LANGUAGE || uri.scheme !== 'file' || this.watchers.has(uri.toString())) {
      return;
    }
    const folder = Uri.joinPath(uri, '..');
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, globOf(posix.basename(uri.path))));
    const note = (exists: boolean) => (found: Uri) => {
      // The pattern may fit neighbours as well.
      if (found.toString() === uri.toString()) {
        this.note(uri, exists);
      }
    };
    watcher.onDidDelete(note(false));
    watcher.onDidCreate(note(true));
    watcher.onDidChange(note(true));
    this.watchers.set(uri.toString(), watcher);
  }

  private forget(uri: Uri): void {
    this.watchers.get(uri.toString())?.dispose();
    this.watchers.delete(uri.toString());
    this.note(uri, true);
  }

  private note(uri: Uri, exists: boolean): void {
    if (exists) {
      this.deleted.delete(uri.toString());
    } else {
      this.deleted.set(uri.toString(), uri);
    }
    this.item.selector = [...this.deleted.values()].map(({ scheme, fsPath }) => ({ scheme, pattern: globOf(fsPath) }));
  }
}
