/**
 * Finds the program of the language server: the one in the settings, else the one that came with
 * the extension, else the first on `PATH`.
 *
 * Knows the file system only through `Files`. Tested by `test/unit/locate.test.ts`.
 */
import * as path from 'node:path';

/** A program that can be started. */
export interface Program {
  readonly path: string;
  readonly origin: 'settings' | 'extension' | 'PATH';
}

/** Why there is none, in words for the user. */
export interface Problem {
  readonly message: string;
  /** What the user can do about it. */
  readonly remedy: 'settings' | 'restart';
}

/** Where to look. */
export interface Places {
  /** The setting; empty if the user has not set it. */
  readonly setting: string;
  readonly extensionFolder: string;
  /** The value of `PATH`. */
  readonly searchPath: string;
  readonly home: string;
  readonly isWindows: boolean;
}

/** What is known of a path. */
export type Kind = 'missing' | 'folder' | 'program' | 'file';
export type Files = (path: string) => Kind;

export function locate(places: Places, files: Files): Program | Problem {
  return places.setting === '' ? withoutSetting(places, files) : fromSetting(places, files);
}

function fromSetting(places: Places, files: Files): Program | Problem {
  const { setting } = places;
  const paths = flavour(places);
  const isHome = /^~[\\/]/.test(setting);
  if (!isHome && !paths.isAbsolute(setting)) {
    if (/[\\/]/.test(setting)) {
      return fix(`the path of the language server, "${setting}", is not absolute. Give the whole path, or one that begins with ~/.`);
    }
    const found = onPath(setting, places, files);
    return found ? { path: found, origin: 'settings' } : fix(`there is no language server "${setting}" on PATH.`);
  }
  const program = isHome ? paths.join(places.home, setting.slice(2)) : setting;
  switch (files(program)) {
    case 'program':
      return { path: program, origin: 'settings' };
    case 'missing':
      return fix(`the language server "${program}" does not exist.`);
    case 'folder':
      return fix(`the language server "${program}" is a folder, not a program. Name the program in it.`);
    case 'file':
      return fix(`the language server "${program}" is not executable.`);
  }
}

function withoutSetting(places: Places, files: Files): Program | Problem {
  const bundled = flavour(places).join(places.extensionFolder, 'server', programName(places));
  switch (files(bundled)) {
    case 'program':
      return { path: bundled, origin: 'extension' };
    case 'file':
      return fix(`the language server "${bundled}", which came with the extension, is not executable. Install the extension anew, or name another.`);
    case 'folder':
    case 'missing':
      break;
  }
  const found = onPath('patch-digest', places, files);
  if (found) {
    return { path: found, origin: 'PATH' };
  }
  return fix('the language server was not found: this build of the extension brings none, and there is no patch-digest on PATH.');
}

function onPath(name: string, places: Places, files: Files): string | undefined {
  const paths = flavour(places);
  const fileName = places.isWindows && !/\.exe$/i.test(name) ? `${name}.exe` : name;
  return places.searchPath
    .split(paths.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => paths.join(folder, fileName))
    .find((program) => files(program) === 'program');
}

function programName(places: Places): string {
  return places.isWindows ? 'patch-digest.exe' : 'patch-digest';
}

function flavour(places: Places): path.PlatformPath {
  return places.isWindows ? path.win32 : path.posix;
}

function fix(message: string): Problem {
  return { message, remedy: 'settings' };
}
