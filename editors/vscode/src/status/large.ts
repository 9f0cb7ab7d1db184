/**
 * Says of a digest that is too large for VS Code why nothing works in it.
 *
 * VS Code gives no extension a text of more than 50 MB: no event, no document. What remains is
 * the tab, and from it the file. Nor does it show language status for such a text, so this is an
 * item of the status bar itself, there only while such a file is in front.
 *
 * Tested by `test/workbench`.
 */
import { open, stat } from 'node:fs/promises';

import { Disposable, StatusBarAlignment, TabInputText, ThemeColor, window, workspace, type Uri } from 'vscode';

import { startsDigest } from '../digest';
import { SECTION } from '../settings';

const LIMIT_MB = 50;

export function showTooLarge(): Disposable {
  const item = window.createStatusBarItem(`${SECTION}.tooLarge`, StatusBarAlignment.Right);
  item.name = 'Patch Digest: File Size';
  item.text = `$(warning) File too large for VS Code to sync: ${LIMIT_MB} MB`;
  item.tooltip =
    `VS Code gives files above ${LIMIT_MB} MB to no extension, so there is no outline, hover or problem here. ` +
    'The commands "patch-digest outline" and "patch-digest check" in a terminal have no such limit.';
  item.backgroundColor = new ThemeColor('statusBarItem.warningBackground');

  const look = async (): Promise<void> => {
    const uri = activeFile();
    const concerned = uri !== undefined && !isKnown(uri) && (await isLargeDigest(uri));
    if (uri?.toString() !== activeFile()?.toString()) {
      // Another one is in front by now, and is looked at elsewhere.
      return;
    }
    if (concerned) {
      item.show();
    } else {
      item.hide();
    }
  };
  const listeners = [
    window.tabGroups.onDidChangeTabs(() => void look()),
    window.tabGroups.onDidChangeTabGroups(() => void look()),
    workspace.onDidOpenTextDocument(() => void look()),
  ];
  void look();
  return Disposable.from(...listeners, item);
}

function activeFile(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputText && input.uri.scheme === 'file' ? input.uri : undefined;
}

function isKnown(uri: Uri): boolean {
  return workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
}

async function isLargeDigest(uri: Uri): Promise<boolean> {
  try {
    const { size } = await stat(uri.fsPath);
    return size > LIMIT_MB * 1024 * 1024 && startsDigest(await firstLine(uri.fsPath));
  } catch {
    // Gone, or not for us to read: there is nothing to explain then.
    return false;
  }
}

/** The first line, or as much of it as a header needs. */
async function firstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(256) });
    return buffer.toString('utf8', 0, bytesRead).split(/\r\n?|\n/, 1)[0] ?? '';
  } finally {
    await file.close();
  }
}
