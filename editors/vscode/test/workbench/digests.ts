/** A digest from opening it to closing it. */
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Process } from '../harness/processes';
import type { VSCode } from '../harness/vscode';
import type { Workbench } from '../harness/workbench';
import { corpus } from '../harness/paths';

export interface Scene {
  readonly workbench: Workbench;
  readonly vscode: VSCode;
  /** That of VS Code. */
  readonly version: string;
  /** The workspace: copies that may be thrown away. */
  readonly folder: string;
  readonly servers: () => Process[];
}

export type Step = readonly [name: string, run: (scene: Scene) => Promise<void>];

export const DIGEST = 'kvm-fff46e5c7-a4f0e95a9.txt';
/** Has an older version of the series. */
export const OLDER = 'kvm-29a5df84d-df7682d40.txt';

const SERIES = 'LoongArch: KVM: Add paravirt preempt support';
const PATCH = 'LoongArch: KVM: Add paravirt preempt feature in hypervisor side';
const lines = readFileSync(join(corpus, DIGEST), 'utf8').split('\n');

/** The number of the line with that text, from 1. */
function lineOf(text: string): number {
  const line = lines.indexOf(text) + 1;
  assert.ok(line > 0, `no line is ${text}`);
  return line;
}

export const COVER = lineOf(`[PATCH v4 0/2] ${SERIES}`);
const LISTED = lineOf(`  ${PATCH}`);
export const FIRST_PATCH = lineOf(`[PATCH v4 1/2] ${PATCH}`);
const TITLE_LINE = 2;

export const stepsOfDigests: readonly Step[] = [
  [
    'ordinary text stays plain text and starts no server',
    async ({ workbench, vscode, folder, servers }) => {
      await workbench.open(vscode.address(folder));
      await workbench.openFile('notes.txt');
      await workbench.hasLanguage('Plain Text');
      assert.deepEqual(servers(), []);
    },
  ],
  [
    'a digest in a .txt file is recognised',
    async ({ workbench, servers }) => {
      await workbench.openFile(DIGEST);
      await workbench.hasLanguage('Patch Digest');
      await workbench.run('Focus on Outline View');
      await workbench.outlineRow('KVM fff46e5c7').waitFor();
      assert.equal(servers().length, 1);
      assert.match(servers()[0]?.commandLine ?? '', /extensions\/patch-digest.*\/server\/patch-digest lsp$/);
    },
  ],
  [
    'the outline shows series with their patches, in order by position and by name',
    async ({ workbench }) => {
      await workbench.toggleExplorer();
      await workbench.outlineMenu('Follow Cursor');
      for (const order of ['Name', 'Position']) {
        await workbench.outlineMenu(`Sort By: ${order}`);
        // Where this stands in the file patch 1 comes after the others, see src/symbols.ts.
        await workbench.goTo(1);
        await workbench.goTo(FIRST_PATCH);
        await workbench.outlineRow('1/2 LoongArch').waitFor();
        const rows = await workbench.outline();
        const series = rows.findIndex((row) => row.includes(`[v4 0/2] ${SERIES}`));
        assert.match(rows.slice(series).join(), /^[^,]*\[v4 0\/2\][^,]*,[^,]*1\/2 LoongArch[^,]*,[^,]*2\/2 LoongArch/, order);
      }
      await workbench.toggleExplorer();
    },
  ],
  [
    'F12 leads from a shortlog line to the patch, and back',
    async ({ workbench }) => {
      await workbench.goTo(LISTED, 10);
      await workbench.page.keyboard.press('F12');
      await workbench.isAt(FIRST_PATCH);
      await workbench.page.keyboard.press('F12');
      await workbench.isAt(LISTED);
    },
  ],
  [
    'the hover of a series shows its history',
    async ({ workbench }) => {
      await workbench.goTo(COVER, 20);
      const hover = await workbench.hover();
      // What the subject links to is shown at once, what the server tells a moment later.
      await hover.filter({ hasText: 'Bibo Mao' }).waitFor();
      const text = await hover.innerText();
      for (const part of [SERIES, 'Bibo Mao', 'v4', 'v3', 'v2', 'v1']) {
        assert.ok(text.includes(part), `${part} is not in the hover:\n${text}`);
      }
      await workbench.page.keyboard.press('Escape');
    },
  ],
  [
    'a link in the hover opens the page, and a link in that the digest at the line',
    async ({ workbench }) => {
      await workbench.goTo(COVER, 20);
      const hover = await workbench.hover();
      await hover.locator('a', { hasText: 'Since v2' }).click();
      const page = workbench.inPage();
      await page.locator('h1', { hasText: SERIES }).waitFor();
      await page.locator('a', { hasText: 'kvm-29a5df84d-df7682d40:351' }).first().click();
      await workbench.isAt(351);
      await workbench.page.locator('.tab.active', { hasText: OLDER }).waitFor();
      await workbench.closeTab();
      await page.locator('h1', { hasText: SERIES }).waitFor();
      await workbench.closeTab();
      await workbench.isAt(COVER);
    },
  ],
  [
    'a page in front when VS Code is left is there again, with no digest in sight',
    async ({ workbench, servers }) => {
      await workbench.run('Patch Digest: Show History of Series');
      const title = workbench.inPage().locator('h1', { hasText: SERIES });
      // It gets the focus some time after it is there, and would take it from the next command.
      await title.click();
      await workbench.reload();
      await title.waitFor();
      // It is more than a picture.
      await workbench.inPage().locator('a', { hasText: `${DIGEST.replace('.txt', '')}:${COVER}` }).first().click();
      await workbench.isAt(COVER);
      await workbench.page.locator('.tab', { hasText: 'History of' }).locator('.tab-actions .action-label').click({ force: true });
      await workbench.page.locator('.tab', { hasText: 'History of' }).waitFor({ state: 'detached' });
      assert.equal(servers().length, 1);
    },
  ],
  [
    'of a series with one version it is said that it has no other',
    async ({ workbench }) => {
      await workbench.goTo(lineOf('[PATCH 0/6] KVM: SEV: use mutex guards for simpler error handling'));
      await workbench.run('Patch Digest: Show What Changed in Series');
      await workbench.page.locator('.part.statusbar', { hasText: 'the cursor is in no series that has another version' }).waitFor();
    },
  ],
  [
    'the breadcrumbs name digest, series and patch',
    async ({ workbench }) => {
      await workbench.goTo(FIRST_PATCH + 5);
      await workbench.breadcrumb('1/2 LoongArch').waitFor();
      const crumbs = (await workbench.breadcrumbs()).join(' > ');
      assert.match(crumbs, /kvm-fff46e5c7.* > KVM fff46e5c7\.\.a4f0e95a9.* > \[v4 0\/2\] LoongArch.* > 1\/2 LoongArch/);
    },
  ],
  [
    'Go to Symbol lists patches in their order, and goes there',
    async ({ workbench }) => {
      await workbench.symbols();
      await workbench.page.keyboard.type('paravirt');
      await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: '2/2 LoongArch' }).first().waitFor();
      await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: '1/2 LoongArch' }).first().click();
      await workbench.isAt(FIRST_PATCH);
    },
  ],
  [
    'an entry folds, and unfolds',
    async ({ workbench }) => {
      await workbench.goTo(COVER + 1);
      await workbench.page.keyboard.press('Control+Shift+BracketLeft');
      await workbench.line('vCPU preempt hint is useful').waitFor({ state: 'hidden' });
      await workbench.page.keyboard.press('Control+Shift+BracketRight');
      await workbench.line('vCPU preempt hint is useful').waitFor();
    },
  ],
  [
    'Problems lists a planted error, and no more after the fix',
    async ({ workbench }) => {
      const { page } = workbench;
      await workbench.showProblems();
      assert.doesNotMatch(await workbench.problemCounts(), /Errors|Warnings/);
      await workbench.goTo(TITLE_LINE, (lines[TITLE_LINE - 1] ?? '').length + 1);
      await page.keyboard.type('0');
      const row = workbench.problem('range-mismatch');
      await row.waitFor();
      assert.match(await workbench.problemCounts(), /Errors: 1/);
      await row.click();
      await workbench.isAt(TITLE_LINE);
      await workbench.goTo(TITLE_LINE, (lines[TITLE_LINE - 1] ?? '').length + 2);
      await page.keyboard.press('Backspace');
      await row.waitFor({ state: 'hidden' });
      await workbench.run('File: Revert File');
      await workbench.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+J');
    },
  ],
  [
    'the language status tells of the server',
    async ({ workbench }) => {
      assert.match(await workbench.languageStatus(), /patch-digest \d+\.\d+\.\d+\s*running, came with the extension/);
    },
  ],
];
