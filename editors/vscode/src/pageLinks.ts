/**
 * Links to pages in hovers. VS Code follows none of a scheme it does not know, but commands of those it
 * is told to trust: ours alone, which opens pages alone.
 */
import type { MarkdownString } from 'vscode';

import { LANGUAGE } from './digest';
import { commandLink, withTargets } from './links';
import { SHOW_PAGE } from './pages';

/** Has the links of the server to pages open them. */
export function linkPages(hover: MarkdownString): MarkdownString {
  const isPage = (target: string) => target.startsWith(`${LANGUAGE}:`);
  hover.value = withTargets(hover.value, (target) => (isPage(target) ? commandLink(SHOW_PAGE, target) : undefined));
  hover.isTrusted = { enabledCommands: [SHOW_PAGE] };
  return hover;
}
