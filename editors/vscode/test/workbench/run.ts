/**
 * Installs the packaged extension into a fresh VS Code and uses it as a reader would:
 *
 *     node build/tests/run-workbench.cjs old|new CHROMIUM PACKAGE [PICTURES]
 *
 * Steps build on each other and stop at the first that fails; a picture of the moment is left in
 * the folder PICTURES.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Browser } from '../harness/browser';
import { getCopy, NEW, OLD } from '../harness/copies';
import { corpus } from '../harness/paths';
import { marked, servers } from '../harness/processes';
import { VSCode } from '../harness/vscode';
import { Workbench } from '../harness/workbench';
import { DIGEST, OLDER, stepsOfDigests, type Scene } from './digests';
import { stepsOfTrouble } from './trouble';

async function main(): Promise<void> {
  const [which = '', chromium = '', vsix = '', pictures = join(tmpdir(), 'patch-digest-pictures')] = process.argv.slice(2);
  const copy = getCopy(which === 'old' ? OLD : NEW);
  const folder = mkdtempSync(join(tmpdir(), 'patch-digest-workspace-'));
  for (const name of [DIGEST, OLDER, 'kvm-9b1f83906-766e010e8.txt']) {
    cpSync(join(corpus, name), join(folder, name));
  }
  writeFileSync(join(folder, 'notes.txt'), 'From here to there\n');

  const vscode = await VSCode.start(copy, { vsix: resolve(vsix), env: { PATH: '/usr/bin:/bin' } });
  vscode.endAfter(300_000);
  const browser = await Browser.start(chromium, { width: 1400, height: 1600 });
  const workbench = new Workbench(browser.page);
  const scene: Scene = { workbench, folder, vscode, version: copy.version, servers: () => servers(vscode.mark) };
  try {
    for (const [name, step] of [...stepsOfDigests, ...stepsOfTrouble]) {
      const begin = Date.now();
      try {
        await step(scene);
        console.log(`ok   ${name} (${Date.now() - begin} ms)`);
      } catch (error) {
        mkdirSync(pictures, { recursive: true });
        const picture = join(pictures, `failure-${copy.version}.png`);
        await browser.page.screenshot({ path: picture });
        console.log(`FAIL ${name}\n     ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n     see ${picture}`);
        for (const line of [
          ...marked(vscode.mark).map(({ pid, commandLine }) => `process ${pid}: ${commandLine.slice(0, 160)}`),
          ...browser.complaints,
          ...vscode.log.split('\n').filter((text) => /^\[.*(?:error|exit|terminat)/i.test(text)),
        ]) {
          console.log(`     ${line}`);
        }
        process.exitCode = 1;
        break;
      }
    }
    check('the digests on disk are as they were', () =>
      [DIGEST, OLDER, 'kvm-9b1f83906-766e010e8.txt']
        .filter((name) => existsSync(join(folder, name)))
        .filter((name) => !readFileSync(join(folder, name)).equals(readFileSync(join(corpus, name)))),
    );
    check('nothing was asked of other hosts', () => [...browser.refused]);
  } finally {
    await browser.stop();
    const n_servers = servers(vscode.mark).length;
    const left = await vscode.stop();
    // One still runs when the browser is gone, or its end would prove nothing.
    check('no process is left when VS Code has ended', () => [
      ...(n_servers === 1 ? [] : [`${n_servers} servers were running in the end, expected 1`]),
      ...left.map(({ commandLine }) => commandLine),
    ]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A check that lists what is wrong. */
function check(name: string, problems: () => readonly string[]): void {
  const found = problems();
  console.log(`${found.length === 0 ? 'ok   ' : 'FAIL '}${name}`);
  for (const problem of found) {
    console.log(`     ${problem}`);
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.log(`FAIL workbench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = 1;
});
