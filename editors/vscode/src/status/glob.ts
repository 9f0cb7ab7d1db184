/**
 * Patterns for single files.
 *
 * Tested by `test/unit/glob.test.ts`.
 */

/**
 * A glob for the file `path`. What means something in a glob is replaced by `?`, any letter:
 * VS Code knows no escapes.
 */
export function globOf(path: string): string {
  return path.replace(/[*?[\]{},!]/g, '?');
}
