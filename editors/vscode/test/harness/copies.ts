/**
 * Private copies of VS Code, from npm: its server, its workbench for browsers and its extension
 * host are in the package `code-server`. There is no other way to get VS Code from a registry.
 *
 * A copy is made once, in `$XDG_CACHE_HOME/patch-digest/vscode` (or `~/.cache/...`); delete that
 * to start anew. No script of any package is run: all that they would do is to compile modules
 * that nothing here needs (log files, a terminal), and to check how they were called.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface Recipe {
  /** The version of VS Code in it. */
  readonly version: string;
  readonly codeServer: string;
  /** The Node.js that it runs on, from npm as well; what runs us will do if it has that major version. */
  readonly node: string;
}

/** The oldest that the extension says it works with. */
export const OLD: Recipe = { version: '1.96.4', codeServer: '4.96.4', node: '20.20.2' };
/** A recent one. */
export const NEW: Recipe = { version: '1.139.1', codeServer: '4.139.1', node: '24.21.0' };

/** Where a copy is. */
export interface Copy {
  readonly version: string;
  readonly node: string;
  readonly serverMain: string;
}

// Raise the number when copies made by an older version of this file will not do any more.
const RECIPE = 1;

export function getCopy(recipe: Recipe): Copy {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'patch-digest/vscode');
  const folder = join(cache, `${recipe.version}-${RECIPE}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.tmp.${process.pid}`;
    try {
      make(recipe, unfinished);
      moveInto(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const own = join(folder, `node_modules/node-linux-${process.arch}/bin/node`);
  const copy = {
    version: recipe.version,
    node: existsSync(own) ? own : process.execPath,
    serverMain: join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js'),
  };
  const { version } = JSON.parse(readFileSync(join(copy.serverMain, '../../product.json'), 'utf8')) as { version: string };
  if (version !== recipe.version) {
    throw new Error(`${folder} has VS Code ${version}, expected ${recipe.version}`);
  }
  return copy;
}

function make(recipe: Recipe, folder: string): void {
  console.log(`getting VS Code ${recipe.version}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const hasNode = process.versions.node.split('.', 1)[0] === recipe.node.split('.', 1)[0];
  const node = hasNode ? [] : [`node-linux-${process.arch}@${recipe.node}`];
  npmInstall(folder, [`code-server@${recipe.codeServer}`, ...node]);

  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  // Its lock file and its package.json disagree, so `npm ci` refuses; peers disagree as well.
  npmInstall(vscode, ['--omit=dev', '--legacy-peer-deps']);
  // The workbench loads its modules by this name.
  symlinkSync('node_modules', join(vscode, 'node_modules.asar'));
}

function npmInstall(folder: string, args: readonly string[]): void {
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function moveInto(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(folder)) {
      throw error;
    }
  }
}
