/**
 * The state of the server in the language status, behind the `{}` beside the language's name.
 *
 * Tested by `test/workbench`.
 */
import { Disposable, languages, LanguageStatusSeverity, type LanguageStatusItem } from 'vscode';

import { remedyFor, SHOW_LOG } from '../commands';
import { LANGUAGE } from '../digest';
import type { Controller, State } from '../server/controller';
import { SECTION } from '../settings';

const ORIGINS = {
  settings: 'named in the settings',
  extension: 'came with the extension',
  PATH: 'found on PATH',
} as const;

export function showServerStatus(controller: Controller): Disposable {
  const item = languages.createLanguageStatusItem(`${SECTION}.server`, { language: LANGUAGE });
  item.name = 'Patch Digest Server';
  fill(item, controller.state);
  const listener = controller.onDidChangeState((state) => {
    fill(item, state);
  });
  return Disposable.from(listener, item);
}

function fill(item: LanguageStatusItem, state: State): void {
  item.busy = state.kind === 'starting';
  item.severity = state.kind === 'failed' ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
  item.command = SHOW_LOG;
  switch (state.kind) {
    case 'idle':
      item.text = 'patch-digest';
      item.detail = 'not started';
      break;
    case 'starting':
      item.text = 'patch-digest';
      item.detail = 'starting';
      break;
    case 'running':
      item.text = `patch-digest ${state.version}`;
      item.detail = `running, ${ORIGINS[state.program.origin]}`;
      break;
    case 'failed':
      item.text = 'patch-digest is not running';
      item.detail = state.problem.message;
      item.command = remedyFor(state.problem);
      break;
  }
}
