// Bundles the extension into `dist/`, and the tests and tools into `build/`.
//
//     node scripts/build.mjs            the extension as it is shipped
//     node scripts/build.mjs --tests    that, and the tests and tools
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const grammar = 'patch-digest.tmLanguage.json';

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  // All licences are in ThirdPartyNotices.txt; those of the server's parts are beside it, see crates.mjs.
  legalComments: 'none',
};

rmSync(resolve(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  metafile: true,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  format: 'cjs',
  external: ['vscode'],
  // The client has a `browser` and a CommonJS entry; this one has no `require` that a bundle loses.
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
});
cpSync(resolve(root, '../../syntax/textmate', grammar), resolve(root, 'dist', grammar));
writeFileSync(resolve(root, 'dist/ThirdPartyNotices.txt'), notices(Object.keys(metafile.inputs)));

if (process.argv.includes('--tests')) {
  rmSync(resolve(root, 'build/tests'), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: {
      unit: 'test/unit/index.ts',
      grammar: 'test/grammar/index.ts',
      host: 'test/host/index.ts',
      'run-local': 'test/harness/run-local.ts',
      'run-host': 'test/host/run.ts',
      'run-workbench': 'test/workbench/run.ts',
      screenshots: 'test/workbench/screenshots.ts',
      serve: 'test/harness/serve.ts',
    },
    outdir: 'build/tests',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    sourcemap: 'inline',
    // `vscode` is there in the extension host only; the others find files of theirs beside them.
    external: ['vscode', 'mocha', 'playwright-core', 'vscode-oniguruma', 'vscode-textmate'],
  });
}

/**
 * The licences of the packages that are in the bundle: all of them want to be told.
 *
 * @param {string[]} files
 */
function notices(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const texts = [...folders].sort().map((name) => {
    const folder = join(root, name);
    /** @type {{ name: string, version: string, license: string }} */
    const { name: title, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
    const text = file !== undefined ? readFileSync(join(folder, file), 'utf8') : `Licence: ${license}\n`;
    return `${title} ${version}\n\n${text.trim()}\n`;
  });
  return `The extension contains these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
