/** Where things are, for tests and tools. They run from `build/tests/` in the extension's folder. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function above(file: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, file))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error(`no folder above ${__dirname} has ${file}`);
    }
    folder = parent;
  }
  return folder;
}

export const extensionRoot = above('language-configuration.json');
export const projectRoot = join(extensionRoot, '../..');
export const corpus = join(projectRoot, 'tests/corpus');
