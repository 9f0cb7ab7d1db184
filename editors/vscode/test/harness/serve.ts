/**
 * Serves a VS Code with the packaged extension on this machine, for `cargo xtask open`:
 *
 *     node build/tests/serve.cjs PACKAGE FILE...
 *
 * It runs until it is interrupted, and leaves nothing. The files are shown in a folder of their
 * own, as links: what is saved is saved where they are.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { getCopy, NEW } from './copies';
import { VSCode } from './vscode';

async function main(): Promise<void> {
  const [vsix = '', ...files] = process.argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), 'digests-'));
  try {
    const names = link(folder, files);
    const vscode = await VSCode.start(getCopy(NEW), { vsix: resolve(vsix) });
    try {
      const [first] = names;
      const payload = first === undefined ? [] : [['openFile', vscode.remote(join(folder, first))] as const];
      console.log(`VS Code is at this address, for you alone, until you press Ctrl-C:\n\n  ${vscode.address(folder, payload)}\n`);
      await Promise.race([interrupted(), vscode.ended]);
    } finally {
      await vscode.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The names of the links; the same name twice gets a number. */
function link(folder: string, files: readonly string[]): string[] {
  const names: string[] = [];
  for (const file of files) {
    const name = basename(file);
    const free = names.includes(name) ? `${names.length}-${name}` : name;
    symlinkSync(resolve(file), join(folder, free));
    names.push(free);
  }
  return names;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}

main().catch((error: unknown) => {
  console.error(`serve: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
