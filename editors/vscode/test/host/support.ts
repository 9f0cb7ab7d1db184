/** What the tests inside the extension host have in common. */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  commands,
  ConfigurationTarget,
  extensions,
  languages,
  Uri,
  window,
  workspace,
  type Diagnostic,
  type TextDocument,
} from 'vscode';

import type { Api } from '../../src/extension';
import type { State } from '../../src/server/controller';

/** A digest with one of everything that the tests look at. */
export const DIGEST = 'kvm-fff46e5c7-a4f0e95a9.txt';

/** A digest with an older version of a series that is in the other one. */
export const OLDER_DIGEST = 'kvm-29a5df84d-df7682d40.txt';

export const HEADER = 'From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n';

/** The server to test, from outside of any place where it is looked for. */
export function serverUnderTest(): string {
  return process.env['TEST_SERVER'] ?? '';
}

export async function api(): Promise<Api> {
  const extension = extensions.getExtension<Api>('patch-digest.patch-digest');
  if (!extension) {
    throw new Error('the extension is not there');
  }
  return extension.activate();
}

/** The workspace of the run, a folder that is thrown away. */
export function inWorkspace(name: string): Uri {
  const folder = workspace.workspaceFolders?.[0];
  if (!folder) {
    throw new Error('there is no workspace');
  }
  return Uri.joinPath(folder.uri, name);
}

export function write(name: string, text: string | Uint8Array): Uri {
  const uri = inWorkspace(name);
  writeFileSync(uri.fsPath, text);
  return uri;
}

/** The rule that a finding is of; with a link to the page about it where the server gives one. */
export function codeOf({ code }: Diagnostic): number | string | undefined {
  return typeof code === 'object' ? code.value : code;
}

/**
 * Opens it as a click on it does. What the extension API opens, VS Code keeps for some minutes,
 * so that closing its editor would prove nothing.
 */
export async function open(uri: Uri): Promise<TextDocument> {
  await commands.executeCommand('vscode.open', uri, { preview: false });
  return until(`${uri.path} is in front`, () => {
    const document = window.activeTextEditor?.document;
    return document?.uri.toString() === uri.toString() ? document : undefined;
  });
}

export async function openDigest(name = DIGEST): Promise<TextDocument> {
  const document = await open(inWorkspace(name));
  await until(`${name} is a digest`, () => document.languageId === 'patch-digest');
  await reached('running');
  return document;
}

/** Closes all editors, without saving, and waits until their documents are closed as well. */
export async function closeAll(): Promise<void> {
  await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await commands.executeCommand('workbench.action.closeAllEditors');
}

export async function setLanguage(document: TextDocument, language: string): Promise<void> {
  await languages.setTextDocumentLanguage(document, language);
}

export async function configure(setting: string, value: unknown): Promise<void> {
  await workspace.getConfiguration().update(setting, value, ConfigurationTarget.Workspace);
}

/** Waits until the extension is in that state. */
export async function reached<K extends State['kind']>(kind: K, limitMs?: number): Promise<Extract<State, { kind: K }>> {
  const { state } = await until(
    `the server is ${kind}`,
    async () => {
      const { state } = await api();
      return state.kind === kind ? { state } : undefined;
    },
    limitMs,
  );
  return state as Extract<State, { kind: K }>;
}

/** Asks until the answer is not false, empty or nothing. */
export async function until<T>(
  what: string,
  ask: () => T | PromiseLike<T>,
  limitMs = 10_000,
): Promise<Exclude<T, undefined | false | null>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) {
      return answer as Exclude<T, undefined | false | null>;
    }
    if (Date.now() > end) {
      const { state } = await api();
      throw new Error(`waited ${limitMs / 1000} s in vain until ${what}; the server: ${JSON.stringify(state)}`);
    }
    await pause(30);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A program for `sh` in a folder of its own; `$SERVER` in it is the server under test. */
export function script(body: string): { readonly path: string; readonly folder: string; rewrite: (body: string) => void } {
  const folder = mkdtempSync(join(inWorkspace('.bin').fsPath, 'script-'));
  const path = join(folder, 'patch-digest');
  const rewrite = (newBody: string): void => {
    writeFileSync(path, `#!/bin/sh\nSERVER='${serverUnderTest()}'\ncd '${folder}'\n${newBody}\n`);
    chmodSync(path, 0o755);
  };
  rewrite(body);
  return { path, folder, rewrite };
}

export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}
