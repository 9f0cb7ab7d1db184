/** The commands that messages and status items offer, and those that the server's code actions ask for. */
import { commands, env, window, type Command, type Disposable } from 'vscode';

import type { Problem } from './server/locate';
import { SECTION } from './settings';

export const SHOW_LOG: Command = { command: `${SECTION}.showLog`, title: 'Show Log' };
export const RESTART_SERVER: Command = { command: `${SECTION}.restartServer`, title: 'Restart Server' };
/** What the server may have VS Code do. It is told so, and offers nothing else. */
export const SERVER_COMMANDS = [`${SECTION}.copy`];

/** Puts a text on the clipboard and says so for a moment. Nothing is run. */
export function registerCopy(): Disposable {
  return commands.registerCommand(`${SECTION}.copy`, async (text: unknown, what: unknown) => {
    if (typeof text !== 'string') {
      return;
    }
    await env.clipboard.writeText(text);
    window.setStatusBarMessage(`$(clippy) Copied ${typeof what === 'string' ? what : 'the text'}`, 4000);
  });
}

/** Over a remote connection, settings of the machine are on a page of their own. */
function openSettings(): Command {
  const query = `@id:${SECTION}.server.path`;
  return env.remoteName === undefined
    ? { command: 'workbench.action.openSettings', title: 'Open Settings', arguments: [query] }
    : { command: 'workbench.action.openRemoteSettings', title: 'Open Settings', arguments: [{ query }] };
}

/** What may help. */
export function remedyFor(problem: Problem): Command {
  return problem.remedy === 'settings' ? openSettings() : RESTART_SERVER;
}
