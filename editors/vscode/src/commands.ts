/** The commands that messages and status items offer. */
import { env, type Command } from 'vscode';

import type { Problem } from './server/locate';
import { SECTION } from './settings';

export const SHOW_LOG: Command = { command: `${SECTION}.showLog`, title: 'Show Log' };
export const RESTART_SERVER: Command = { command: `${SECTION}.restartServer`, title: 'Restart Server' };
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
