// Packages the extension: for one platform with the server inside, and for all without.
//
//     node scripts/package.mjs --server ../../target/release/patch-digest
//     node scripts/package.mjs --recipes
//
// --server PROGRAM    the server to put in; without it, only the universal package is made
// --target TARGET     the platform that PROGRAM is for; by default this one
// --out FOLDER        where to put the packages; by default build/packages
// --base-url URL      where this folder can be read on the web, for links and pictures in README.md
// --recipes           print how the packages for all platforms are made, and do nothing
//
// Files are gathered in a folder of their own, so that a package holds what is listed here and
// nothing that happens to lie around. No script of any npm package is run.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { crateNotices } from './crates.mjs';
import { compare, neededGlibc } from './glibc.mjs';

const root = resolve(import.meta.dirname, '..');

/**
 * The newest glibc that a package may need: that of Debian 12, Ubuntu 22.04 and RHEL 9. README.md
 * tells users.
 */
const NEWEST_GLIBC = '2.34';

/**
 * VS Code's platforms with Rust's. Only `linux-x64` is made in every test run. The others were
 * not run here: there is no linker, and nothing to try them on.
 *
 * @type {{ target: string, rust: string, note: string }[]}
 */
const RECIPES = [
  { target: 'linux-x64', rust: 'x86_64-unknown-linux-gnu', note: 'made and tried in every test run' },
  { target: 'linux-arm64', rust: 'aarch64-unknown-linux-gnu', note: 'not run here; Debian: gcc-aarch64-linux-gnu as the linker' },
  { target: 'linux-armhf', rust: 'armv7-unknown-linux-gnueabihf', note: 'not run here; Debian: gcc-arm-linux-gnueabihf as the linker' },
  { target: 'alpine-x64', rust: 'x86_64-unknown-linux-musl', note: 'not run here; Debian: musl-tools' },
  { target: 'alpine-arm64', rust: 'aarch64-unknown-linux-musl', note: 'not run here; on such a machine, or with a cross compiler for musl' },
  { target: 'darwin-x64', rust: 'x86_64-apple-darwin', note: 'not run here; on macOS, and sign it before packaging' },
  { target: 'darwin-arm64', rust: 'aarch64-apple-darwin', note: 'not run here; on macOS, and sign it before packaging' },
  { target: 'win32-x64', rust: 'x86_64-pc-windows-msvc', note: 'not run here; on Windows' },
  { target: 'win32-arm64', rust: 'aarch64-pc-windows-msvc', note: 'not run here; on Windows' },
];

const { values: options } = parseArgs({
  options: {
    server: { type: 'string' },
    target: { type: 'string' },
    out: { type: 'string' },
    'base-url': { type: 'string' },
    recipes: { type: 'boolean' },
  },
});
if (options.recipes) {
  printRecipes();
} else {
  main();
}

function printRecipes() {
  for (const { target, rust, note } of RECIPES) {
    const program = `patch-digest${target.startsWith('win32') ? '.exe' : ''}`;
    console.log(`# ${target}: ${note}`);
    console.log(`rustup target add ${rust}`);
    console.log(`cargo build --release --locked --package patch-digest --target ${rust}`);
    console.log(`node scripts/package.mjs --target ${target} --server ../../target/${rust}/release/${program}\n`);
  }
  console.log('# A package that was made on Windows has lost the executable bit: make those for other systems elsewhere.');
  console.log('# To publish, once each was installed and tried: npx vsce publish -i FILE... and npx ovsx publish FILE...');
}

function main() {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  const out = resolve(options.out ?? join(root, 'build/packages'));
  mkdirSync(out, { recursive: true });
  if (options.server !== undefined) {
    const target = options.target ?? `${process.platform}-${process.arch}`;
    const recipe = RECIPES.find((found) => found.target === target);
    if (recipe === undefined) {
      fail(`there is no platform ${target}; expected one of ${RECIPES.map((known) => known.target).join(', ')}`);
    }
    checkGlibc(options.server, target);
    makePackage(target, out, { program: options.server, notices: serverNotices(recipe.rust) });
  }
  makePackage('universal', out);
}

/**
 * @param {string} server
 * @param {string} target
 */
function checkGlibc(server, target) {
  const needed = neededGlibc(server);
  if (needed === undefined) {
    console.log(`${server}: needs no glibc`);
    return;
  }
  console.log(`${server}: needs glibc ${needed} or newer (${NEWEST_GLIBC} is the newest allowed)`);
  if (!target.startsWith('linux-')) {
    fail(`a server for ${target} must not need glibc`);
  }
  if (compare(needed, NEWEST_GLIBC) > 0) {
    fail(`users are promised ${NEWEST_GLIBC}: build on an older system, or raise it in README.md and here`);
  }
}

/**
 * The licences of the crates in the server, as its lock file has them.
 *
 * @param {string} rust Rust's name of the platform
 * @returns {string}
 */
function serverNotices(rust) {
  const options = ['metadata', '--format-version', '1', '--locked', '--filter-platform', rust];
  try {
    const json = execFileSync('cargo', options, { cwd: join(root, '../..'), maxBuffer: Infinity, encoding: 'utf8' });
    /** @type {import('./crates.mjs').Metadata} */
    const metadata = JSON.parse(json);
    return crateNotices(metadata, 'patch-digest');
  } catch (error) {
    fail(`the licences of the server: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * @param {string} target a platform, or `universal`
 * @param {string} out
 * @param {{ program: string, notices: string }} [server]
 */
function makePackage(target, out, server) {
  /** @type {{ name: string, version: string, scripts?: unknown, devDependencies?: unknown }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const stage = join(root, 'build/stage', target);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  for (const name of ['README.md', 'CHANGELOG.md', 'language-configuration.json', 'dist', 'icon/icon.png', 'images']) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  // Of no use to who has it installed, and `vscode:` scripts would be run.
  delete manifest.scripts;
  delete manifest.devDependencies;
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(stage, 'LICENSE.txt'), licence());
  writeFileSync(join(stage, '.vscodeignore'), '# All that is here.\n');
  if (server !== undefined) {
    const program = join(stage, 'server', target.startsWith('win32') ? 'patch-digest.exe' : 'patch-digest');
    mkdirSync(join(stage, 'server'));
    cpSync(server.program, program, { dereference: true });
    chmodSync(program, 0o755);
    writeFileSync(join(stage, 'server/ThirdPartyNotices.txt'), server.notices);
  }

  const file = join(out, `${manifest.name}-${manifest.version}-${target}.vsix`);
  const url = options['base-url'];
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/@vscode/vsce/vsce'),
      'package',
      '--no-dependencies',
      '--allow-missing-repository',
      ...(url === undefined ? ['--no-rewrite-relative-links'] : ['--baseContentUrl', url, '--baseImagesUrl', url]),
      ...(server === undefined ? [] : ['--target', target]),
      '--out',
      file,
    ],
    { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  console.log(`${basename(file)}: ${Math.ceil(statSync(file).size / 1024)} KB`);
}

function licence() {
  const texts = ['LICENSE-MIT', 'LICENSE-APACHE'].map((name) => readFileSync(join(root, '../..', name), 'utf8'));
  return `MIT or Apache-2.0, at your choice.\n\n${texts.join(`\n${'='.repeat(80)}\n\n`)}`;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`package: ${message}`);
  process.exit(1);
}
