/** What can be wrong with a file or with the server, and what the reader sees of it. */
import * as assert from 'node:assert/strict';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { OLD } from '../harness/copies';
import type { Workbench } from '../harness/workbench';
import { COVER, DIGEST, type Step } from './digests';

const HEADER = 'From fff46e5c7 to a4f0e95a9\nKVM mailing list update from fff46e5c7 to a4f0e95a9\n';
const OTHER = 'kvm-9b1f83906-766e010e8.txt';

export const stepsOfTrouble: readonly Step[] = [
  [
    'a file of 60 MB is said to be too large, in the status bar',
    async ({ workbench, folder }) => {
      const { page } = workbench;
      const file = openSync(join(folder, 'large.txt'), 'w');
      writeSync(file, HEADER);
      const block = `${'x'.repeat(79)}\n`.repeat(12_500);
      for (let i = 0; i < 60; i++) {
        writeSync(file, block);
      }
      closeSync(file);
      await workbench.openFile('large.txt');
      // VS Code asks before it opens such a file over a network, which this is to it.
      const anyway = page.locator('.monaco-editor-pane-placeholder .monaco-button', { hasText: 'Open Anyway' });
      const line = workbench.line('From fff46e5c7 to a4f0e95a9');
      await anyway.or(line).first().waitFor({ timeout: 60_000 });
      if (await anyway.isVisible()) {
        await anyway.click();
      }
      await line.waitFor({ timeout: 60_000 });
      const item = page.locator('.part.statusbar .statusbar-item', { hasText: 'File too large for VS Code to sync: 50 MB' });
      await item.waitFor();
      await workbench.closeTab();
      await item.waitFor({ state: 'hidden' });
      rmSync(join(folder, 'large.txt'));
    },
  ],
  [
    'a binary .txt file is refused with a message, whatever its first line',
    async ({ workbench, folder, servers }) => {
      const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 256));
      writeFileSync(join(folder, 'binary.txt'), Buffer.concat([Buffer.from(HEADER), bytes]));
      await workbench.openFile('binary.txt');
      await workbench.page.locator('.monaco-editor-pane-placeholder', { hasText: 'either binary or uses an unsupported text encoding' }).waitFor();
      assert.equal(servers().length, 1);
      await workbench.closeTab();
    },
  ],
  [
    'a digest that is deleted while it is open goes on working, and the language status tells',
    async ({ workbench, folder }) => {
      await workbench.openFile(OTHER);
      await workbench.hasLanguage('Patch Digest');
      await workbench.outlineRow('KVM 9b1f83906').waitFor();
      rmSync(join(folder, OTHER));
      await workbench.page.locator('.tab.active', { hasText: OTHER }).locator('[class*="deleted"], .strikethrough, [aria-label*="deleted"]').first().waitFor();
      assert.match(await workbench.languageStatus(), /Deleted on disk/);
      assert.ok((await workbench.symbols()).length > 10);
      await workbench.page.keyboard.press('Escape');
      await workbench.closeTab();
    },
  ],
  [
    'a server that is missing is told once, with a button to the settings',
    async ({ workbench, vscode }) => {
      const { page } = workbench;
      await workbench.openFile(DIGEST);
      vscode.configure({ 'patchDigest.server.path': '/no/such/patch-digest' });
      const toast = workbench.toast('the language server "/no/such/patch-digest" does not exist');
      await toast.waitFor();
      assert.equal(await workbench.toast('Patch Digest:').count(), 1);
      assert.match(await workbench.languageStatus(), /patch-digest is not running.*does not exist/s);
      const queue = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Patch Queue' }) });
      await queue.locator('.pane-header').click();
      await queue.locator('.pane-body', { hasText: 'the language server "/no/such/patch-digest" does not exist.' }).waitFor();
      await queue.locator('.pane-header').click();
      await toast.getByRole('button', { name: 'Open Settings' }).click();
      await page.locator('.settings-editor .setting-item-contents', { hasText: 'Server: Path' }).first().waitFor();
      // Newer ones show it in front of everything, older ones as an editor.
      await page.keyboard.press('Escape');
      if (await page.locator('.tab.active', { hasText: 'Settings' }).isVisible()) {
        await workbench.closeTab();
      }
    },
  ],
  [
    'a server that is a folder is told, with a button to the log',
    async ({ workbench, vscode, folder, version }) => {
      vscode.configure({ 'patchDigest.server.path': folder });
      const toast = workbench.toast('is a folder, not a program');
      await toast.waitFor();
      await toast.getByRole('button', { name: 'Show Log' }).click();
      if (version === OLD.version) {
        // It shows no log without its file, and our copies cannot write log files.
        return;
      }
      await workbench.page.locator('.part.panel', { hasText: 'Patch Digest' }).waitFor();
      await workbench.page.keyboard.press('Control+J');
    },
  ],
  [
    'a server that crashes again and again is given up with one message, whose button starts it',
    async ({ workbench, vscode, folder, servers }) => {
      const program = join(folder, 'crashing');
      writeFileSync(program, '#!/bin/sh\n[ "$1" = --version ] && echo patch-digest 9.9.9\necho once >> "$0.runs"\nexit 3\n', { mode: 0o755 });
      vscode.configure({ 'patchDigest.server.path': program });
      const toast = workbench.toast('the language server ended 5 times within 3 minutes');
      await toast.waitFor();
      assert.equal(await workbench.toast('Patch Digest:').count(), 1);
      // Each start is preceded by a question for the version.
      assert.equal(readFileSync(`${program}.runs`, 'utf8').length / 'once\n'.length, 10);
      writeFileSync(program, `#!/bin/sh\nexec '${bundled(vscode.folder)}' "$@"\n`, { mode: 0o755 });
      await toast.getByRole('button', { name: 'Restart Server' }).click();
      await untilOne(workbench, servers);
      assert.match(await workbench.languageStatus(), /running, named in the settings/);
    },
  ],
  [
    'once the setting is right the server runs again',
    async ({ workbench, vscode, servers }) => {
      vscode.configure({});
      // The outline of newer ones loses sight of the editor behind the settings.
      await workbench.openFile('notes.txt');
      await workbench.openFile(DIGEST);
      await untilOne(workbench, servers);
      await workbench.outlineRow('KVM fff46e5c7').waitFor();
      assert.match(await workbench.languageStatus(), /running, came with the extension/);
    },
  ],
  [
    'a workspace that is not trusted can name neither the server nor a file to write',
    async ({ workbench, vscode, folder, servers }) => {
      const [untrusted, witness, marks] = [join(folder, 'untrusted'), join(folder, 'witness'), join(folder, 'marks')];
      mkdirSync(join(untrusted, '.vscode'), { recursive: true });
      cpSync(join(folder, DIGEST), join(untrusted, DIGEST));
      const program = join(untrusted, 'patch-digest');
      writeFileSync(program, `#!/bin/sh\necho "$@" >> '${witness}'\nexec '${bundled(vscode.folder)}' "$@"\n`, { mode: 0o755 });
      const settings = { 'patchDigest.server.path': program, 'patchDigest.queue.state': marks };
      writeFileSync(join(untrusted, '.vscode/settings.json'), JSON.stringify(settings));
      const trust = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' };

      vscode.configure({ 'security.workspace.trust.enabled': true, ...trust });
      await workbench.open(vscode.address(untrusted));
      await workbench.openFile(DIGEST);
      await workbench.breadcrumb('KVM fff46e5c7').waitFor();
      assert.match(await workbench.languageStatus(), /running, came with the extension/);
      assert.equal(existsSync(witness), false);
      await workbench.goTo(COVER);
      // It is marked where nothing is set, which is in our own home.
      const ownMarks = join(vscode.folder, 'home/.local/state/patch-digest/marks');
      await markAsWaiting(workbench, 'it is marked at home', ownMarks);
      assert.equal(existsSync(marks), false);

      // The same workspace, trusted: what has just been proved is not that settings do nothing.
      vscode.configure({});
      await workbench.open(vscode.address(untrusted));
      await workbench.openFile(DIGEST);
      await workbench.breadcrumb('KVM fff46e5c7').waitFor();
      assert.match(await workbench.languageStatus(), /running, named in the settings/);
      assert.equal(existsSync(witness), true);
      await workbench.goTo(COVER);
      await markAsWaiting(workbench, 'it is marked in the file of the settings', marks);
      await workbench.open(vscode.address(folder));
      await workbench.openFile(DIGEST);
      await untilOne(workbench, servers);
    },
  ],
];

/** The server in the installed package. */
function bundled(folder: string): string {
  const extensions = join(folder, 'extensions');
  const name = readdirSync(extensions).find((found) => found.startsWith('patch-digest.patch-digest-'));
  return join(extensions, name ?? '', 'server/patch-digest');
}

async function untilOne(workbench: Workbench, servers: () => readonly unknown[]): Promise<void> {
  await until(workbench, 'one server runs', () => servers().length === 1);
}

/**
 * Marks the series at the cursor. VS Code forgets the actions of a menu when it asks for new ones
 * between the click and the run ("Actual command not found"), as it does soon after a digest was
 * opened: who sees nothing happen clicks again.
 */
async function markAsWaiting(workbench: Workbench, what: string, marks: string): Promise<void> {
  for (let clicks = 0; clicks < 3 && !existsSync(marks); clicks++) {
    await workbench.act('Mark series as waiting');
    for (let tries = 0; tries < 50 && !existsSync(marks); tries++) {
      await workbench.page.waitForTimeout(100);
    }
  }
  await until(workbench, what, () => existsSync(marks));
}

/** Waits half a minute at most. */
async function until(workbench: Workbench, what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 300, `waited in vain until ${what}`);
    await workbench.page.waitForTimeout(100);
  }
}
