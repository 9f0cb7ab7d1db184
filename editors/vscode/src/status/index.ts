/**
 * How much the server has indexed, in the language status: the digests that histories are made of,
 * and what is missing among them.
 *
 * Tested by `test/workbench`.
 */
import { Disposable, languages, LanguageStatusSeverity } from 'vscode';

import { SHOW_LOG } from '../commands';
import { LANGUAGE } from '../digest';
import type { IndexStatus } from '../server/client';
import type { Controller } from '../server/controller';
import { SECTION } from '../settings';

export function showIndexStatus(controller: Controller): Disposable {
  const item = languages.createLanguageStatusItem(`${SECTION}.index`, { language: LANGUAGE });
  item.name = 'Patch Digest Index';
  item.text = 'no digests indexed';
  item.command = SHOW_LOG;
  const listener = controller.onDidIndex((status) => {
    const { text, detail } = wordsFor(status);
    item.text = text;
    item.detail = detail;
    item.severity = status?.notes.length ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
  });
  return Disposable.from(listener, item);
}

/** `indexed 4 digests, skipped 2`, and why. */
export function wordsFor(status: IndexStatus | undefined): { text: string; detail: string } {
  if (status === undefined) {
    return { text: 'no digests indexed', detail: '' };
  }
  const { digests, skipped, skippedWhy, notes } = status;
  const text = `indexed ${digests} ${digests === 1 ? 'digest' : 'digests'}${skipped > 0 ? `, skipped ${skipped}` : ''}`;
  return { text, detail: [...notes, ...(skippedWhy === '' ? [] : [skippedWhy])].join('; ') };
}
