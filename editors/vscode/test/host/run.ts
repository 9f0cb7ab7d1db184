/**
 * Runs the tests of this folder inside the extension host of a VS Code:
 *
 *     node build/tests/run-host.cjs old|new CHROMIUM SERVER [NEOVIM]
 *
 * With Neovim, what one of the two editors marks is looked at in the other one.
 *
 * The extension is loaded from its folder, the tests get a workspace of their own to play in.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { format } from 'node:util';

import { Browser } from '../harness/browser';
import { getCopy, NEW, OLD } from '../harness/copies';
import { corpus, extensionRoot } from '../harness/paths';
import { VSCode } from '../harness/vscode';

const LIMIT_MS = 150_000;

async function main(): Promise<number> {
  const [which = '', chromium = '', server = '', neovim = ''] = process.argv.slice(2);
  const copy = getCopy(which === 'old' ? OLD : NEW);
  const workspace = mkdtempSync(join(tmpdir(), 'patch-digest-workspace-'));
  for (const name of readdirSync(corpus)) {
    cpSync(join(corpus, name), join(workspace, name));
  }
  // Under its own name and nowhere else: what tests call missing must be so.
  const bin = join(workspace, '.bin');
  mkdirSync(bin);
  cpSync(server, join(bin, basename(server)));

  const vscode = await VSCode.start(copy, {
    testDriver: true,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, TEST_SERVER: join(bin, basename(server)), TEST_NEOVIM: neovim },
    settings: { 'patchDigest.server.path': join(bin, basename(server)) },
  });
  vscode.endAfter(LIMIT_MS + 60_000);
  let code = 1;
  try {
    const browser = await Browser.start(chromium);
    try {
      code = await runIn(browser, vscode, workspace);
    } finally {
      await browser.stop();
    }
  } finally {
    const left = await vscode.stop();
    code += report(left.map(({ commandLine }) => commandLine));
    rmSync(workspace, { recursive: true, force: true, maxRetries: 3 });
  }
  return code;
}

/** The number of failures. */
async function runIn(browser: Browser, vscode: VSCode, workspace: string): Promise<number> {
  const { page } = browser;
  let done: (code: number) => void = () => undefined;
  const exit = new Promise<number>((resolve) => (done = resolve));
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
    const text = format(...args);
    // The workbench logs as well; our lines are those of the reporter.
    for (const line of text.split('\n').filter((part) => /^(?:ok {3}|FAIL | {5})/.test(part))) {
      console.log(line);
    }
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => {
    done(code);
  });
  await page.goto(
    vscode.address(workspace, [
      ['extensionDevelopmentPath', vscode.remote(extensionRoot)],
      ['extensionTestsPath', vscode.remote(join(extensionRoot, 'build/tests/host.cjs'))],
    ]),
  );
  const tooLong = new Promise<string>((resolve) => setTimeout(resolve, LIMIT_MS, 'too long').unref());
  const code = await Promise.race([exit, tooLong]);
  if (typeof code === 'string') {
    console.log(`FAIL host: no result within ${LIMIT_MS / 1000} s`);
    console.log(browser.complaints.map((line) => `     ${line}`).join('\n'));
    return 1;
  }
  return code;
}

/** The number of failures. */
function report(left: readonly string[]): number {
  console.log(`${left.length === 0 ? 'ok   ' : 'FAIL '}processes: none is left when VS Code has ended`);
  for (const commandLine of left) {
    console.log(`     ${commandLine}`);
  }
  return left.length;
}

main().then(
  (code) => {
    process.exitCode = code === 0 ? 0 : 1;
  },
  (error: unknown) => {
    console.log(`FAIL host: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  },
);
