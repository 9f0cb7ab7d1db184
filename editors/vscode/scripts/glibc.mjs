// Which glibc a program needs: the highest version of a symbol that it asks for.
import { readFileSync } from 'node:fs';

const SHT_GNU_VERNEED = 0x6ffffffe;

/**
 * The version, as `2.34`; nothing for a program that asks glibc for nothing: a static one, or one
 * that is for another system.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
export function neededGlibc(path) {
  return highest(neededVersions(readFileSync(path)));
}

/**
 * The names of the versions in the section `.gnu.version_r`, such as `GLIBC_2.34`.
 *
 * @param {Buffer} file
 * @returns {string[]}
 */
export function neededVersions(file) {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== '\x7fELF' || file[5] !== 1) {
    return [];
  }
  const wide = file[4] === 2;
  /** @type {(at: number) => number} */
  const word = (at) => (wide ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const sections = word(wide ? 0x28 : 0x20);
  const sectionSize = file.readUInt16LE(wide ? 0x3a : 0x2e);
  const nSections = file.readUInt16LE(wide ? 0x3c : 0x30);
  /** @type {(i: number) => { type: number, offset: number, link: number, info: number }} */
  const section = (i) => {
    const at = sections + i * sectionSize;
    return {
      type: file.readUInt32LE(at + 4),
      offset: word(at + (wide ? 0x18 : 0x10)),
      link: file.readUInt32LE(at + (wide ? 0x28 : 0x18)),
      info: file.readUInt32LE(at + (wide ? 0x2c : 0x1c)),
    };
  };

  /** @type {string[]} */
  const names = [];
  for (let i = 0; i < nSections; i++) {
    const { type, offset, link, info } = section(i);
    if (type !== SHT_GNU_VERNEED) {
      continue;
    }
    const strings = section(link).offset;
    // A list of libraries, each with a list of versions; all offsets are relative.
    for (let library = offset, n = 0; n < info; n++) {
      const nVersions = file.readUInt16LE(library + 2);
      for (let version = library + file.readUInt32LE(library + 8), k = 0; k < nVersions; k++) {
        const name = strings + file.readUInt32LE(version + 8);
        names.push(file.toString('latin1', name, file.indexOf(0, name)));
        version += file.readUInt32LE(version + 12);
      }
      library += file.readUInt32LE(library + 12);
    }
  }
  return names;
}

/**
 * @param {string[]} names
 * @returns {string | undefined}
 */
function highest(names) {
  return names
    .flatMap((name) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(name)?.[1] ?? [])
    .sort(compare)
    .at(-1);
}

/**
 * Orders versions by their numbers: 2.9 before 2.34.
 *
 * @param {string} left
 * @param {string} right
 */
export function compare(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(a?.length ?? 0, b?.length ?? 0); i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
