/**
 * The settings, as `package.json` declares them, read when they are needed.
 *
 * VS Code itself leaves out what an untrusted workspace says about programs and files: `package.json`
 * has the list, and `test/unit/manifest.test.ts` holds it.
 */
import { workspace, type Uri } from 'vscode';

export const SECTION = 'patchDigest';

export interface ServerSettings {
  /** As the user wrote it; empty where the server is to be found. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function serverSettings(): ServerSettings {
  const settings = workspace.getConfiguration(`${SECTION}.server`);
  // A mistyped value must not keep the server from starting: VS Code marks it in the editor.
  const path = settings.get<unknown>('path');
  const args = settings.get<unknown>('args');
  const env = settings.get<unknown>('env');
  return {
    path: typeof path === 'string' ? path.trim() : '',
    args: Array.isArray(args) ? args.filter((arg): arg is string => typeof arg === 'string') : ['lsp'],
    env:
      typeof env === 'object' && env !== null
        ? Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
        : {},
  };
}

export type TraceLevel = 'off' | 'messages' | 'verbose';

export function traceLevel(): TraceLevel {
  return workspace.getConfiguration(SECTION).get<TraceLevel>('trace.server', 'off');
}

/** Whether digests are to be recognised among the plain-text files where this one is. */
export function detects(uri: Uri): boolean {
  return workspace.getConfiguration(SECTION, uri).get('detect', true);
}
