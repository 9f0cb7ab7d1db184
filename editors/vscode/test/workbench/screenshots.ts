/**
 * Takes the pictures of the documents in a real VS Code, with the packaged extension:
 *
 *     node build/tests/screenshots.cjs CHROMIUM PACKAGE
 *
 * They go to `images/`, and the icon, drawn anew from its SVG, to `icon/`. Look at them before you
 * hand them in.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium as playwright } from 'playwright-core';

import { Browser } from '../harness/browser';
import { getCopy, NEW } from '../harness/copies';
import { corpus, extensionRoot } from '../harness/paths';
import { shrink } from '../harness/png';
import { VSCode } from '../harness/vscode';
import { Workbench } from '../harness/workbench';
import { COVER, DIGEST, FIRST_PATCH } from './digests';

/** What concerns the reader of the pictures. */
const SETTINGS = `[queue]
state = "marks"

[queue.watch]
paths = ["arch/x86/kvm/", "virt/kvm/", "tools/testing/selftests/kvm/"]
`;

async function main(): Promise<void> {
  const [chromium = '', vsix = ''] = process.argv.slice(2);
  const folder = join(mkdtempSync(join(tmpdir(), 'patch-digest-pictures-')), 'digests');
  mkdirSync(folder);
  cpSync(corpus, folder, { recursive: true });
  writeFileSync(join(folder, '.patch-digest.toml'), SETTINGS);
  const vscode = await VSCode.start(getCopy(NEW), {
    vsix: resolve(vsix),
    settings: { 'workbench.colorTheme': 'Default Dark Modern', 'window.commandCenter': false, 'workbench.layoutControl.enabled': false },
  });
  const browser = await Browser.start(chromium, { width: 1360, height: 760 });
  try {
    const workbench = new Workbench(browser.page);
    await outline(workbench, vscode, folder);
    await history(workbench);
    await queue(workbench);
    writeFileSync(join(folder, 'damaged.txt'), damaged(readFileSync(join(corpus, DIGEST), 'utf8')));
    await problems(workbench);
  } finally {
    await browser.stop();
    await vscode.stop();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
  await icon(chromium);
}

/** The outline with one series open, and the hover of that series. */
async function outline(workbench: Workbench, vscode: VSCode, folder: string): Promise<void> {
  const { page } = workbench;
  await workbench.open(vscode.address(folder));
  await workbench.openFile(DIGEST);
  await workbench.hasLanguage('Patch Digest');
  await workbench.widenSideBar(460);
  await workbench.run('Focus on Outline View');
  await workbench.outlineRow('KVM fff46e5c7').waitFor();
  await workbench.toggleExplorer();
  await workbench.outlineMenu('Follow Cursor');
  await workbench.collapseOutline();
  // A cursor in the patch has the outline open its series.
  await workbench.goTo(FIRST_PATCH);
  await workbench.outlineRow('1/2 LoongArch').waitFor();
  await workbench.goTo(COVER, 20);
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Control+ArrowDown');
  }
  await workbench.hover();
  await picture(workbench, 'outline.png');
  await page.keyboard.press('Escape');
  await workbench.toggleExplorer();
}

/** What changed since the version in another digest. */
async function history(workbench: Workbench): Promise<void> {
  await workbench.openFile(DIGEST);
  await workbench.goTo(COVER);
  await workbench.run('Patch Digest: Show What Changed in Series');
  await workbench.inPage().locator('h1').waitFor();
  await picture(workbench, 'since.png');
  await workbench.closeTab();
}

/** The queue, with the mouse on a row. */
async function queue(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await workbench.run('Explorer: Focus on Patch Queue View');
  await workbench.toggleExplorer();
  await page.locator('.pane-header', { hasText: 'Outline' }).click();
  await workbench.widenSideBar(560);
  const row = page.locator('.pane', { hasText: 'Patch Queue' }).getByRole('treeitem', { name: /In-place conversion support/ });
  await row.hover();
  await page.waitForTimeout(2500);
  await take(workbench, 'queue.png');
  await page.mouse.move(900, 700);
  await page.locator('.pane-header', { hasText: 'Outline' }).click();
  await workbench.toggleExplorer();
}

/** Some errors, in the text and in the list. */
async function problems(workbench: Workbench): Promise<void> {
  await workbench.openFile('damaged.txt');
  await workbench.showProblems();
  await workbench.problem('range-mismatch').waitFor();
  await workbench.goTo(1);
  await workbench.goTo(27);
  for (let i = 0; i < 4; i++) {
    await workbench.page.keyboard.press('Control+ArrowDown');
  }
  await picture(workbench, 'problems.png');
}

/** What can happen to a digest on its way. */
function damaged(text: string): string {
  return text
    .replace('update from fff46e5c7 to a4f0e95a9', 'update from fff46e5c7 to a4f0e95b9')
    .replace('===== Patch list in this time period =====\n', '')
    .replace('[PATCH v3 1/4] KVM: selftests', '[PATCH v3 5/4] KVM: selftests')
    .replace(/^Author: Mark Brown.*\n/m, '');
}

async function picture(workbench: Workbench, name: string): Promise<void> {
  // Hovers and lists fade in.
  await workbench.page.mouse.move(640, 750);
  await workbench.page.waitForTimeout(1000);
  await take(workbench, name);
}

async function take(workbench: Workbench, name: string): Promise<void> {
  const path = join(extensionRoot, 'images', name);
  writeFileSync(path, shrink(await workbench.page.screenshot()));
  console.log(path);
}

async function icon(program: string): Promise<void> {
  const browser = await playwright.launch({ executablePath: program, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
  await page.goto(pathToFileURL(join(extensionRoot, 'icon/icon.svg')).href);
  const path = join(extensionRoot, 'icon/icon.png');
  await page.screenshot({ path, omitBackground: true });
  console.log(path);
  await browser.close();
}

main().catch((error: unknown) => {
  console.error(`screenshots: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = 1;
});
