// The licences of the crates that are in a program, by what `cargo metadata` tells of it.
//
// Tested by `test/unit/crates.test.ts`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {{ id: string, name: string, version: string, source: string | null, manifest_path: string, targets: { kind: string[] }[] }} Package
 * @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node
 * @typedef {{ packages: Package[], resolve: { nodes: Node[] } }} Metadata
 */

/** What folders of crates call them. */
const LICENCE = /^(?:un)?licen[cs]e|^copying|^copyright|^notice/i;

/**
 * The texts of all of them, each once.
 *
 * @param {Metadata} metadata
 * @param {string} program the crate of the program
 * @returns {string}
 */
export function crateNotices(metadata, program) {
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const { name, version, manifest_path } of cratesIn(metadata, program)) {
    const folder = dirname(manifest_path);
    const files = readdirSync(folder).filter((file) => LICENCE.test(file)).sort();
    if (files.length === 0) {
      throw new Error(`the crate ${name} ${version} has no licence in ${folder}`);
    }
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
      users.set(text, [...(users.get(text) ?? []), `${name} ${version} (${file})`]);
    }
  }
  const texts = [...users].map(([text, crates]) => `${crates.join('\n')}\n\n${text}\n`);
  return `The program contains these crates.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/**
 * The crates of others that are in the program: not what only builds it, such as macros and what
 * they are made of.
 *
 * @param {Metadata} metadata
 * @param {string} program
 * @returns {Package[]}
 */
export function cratesIn({ packages, resolve }, program) {
  const byId = new Map(packages.map((found) => [found.id, found]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  /** @type {Set<Package>} */
  const found = new Set();
  /** @type {(id: string) => void} */
  const visit = (id) => {
    const crate = byId.get(id);
    if (crate === undefined || found.has(crate) || crate.targets.some(({ kind }) => kind.includes('proc-macro'))) {
      return;
    }
    found.add(crate);
    for (const { pkg, dep_kinds } of nodes.get(id)?.deps ?? []) {
      if (dep_kinds.some(({ kind }) => kind === null)) {
        visit(pkg);
      }
    }
  };
  const root = packages.find(({ name, source }) => name === program && source === null);
  if (root === undefined) {
    throw new Error(`there is no crate ${program}`);
  }
  visit(root.id);
  return [...found].filter(({ source }) => source !== null).sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}
