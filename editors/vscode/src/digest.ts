/**
 * What the extension knows of the format: how a digest begins. All else is the server's.
 *
 * Tested by `test/unit/digest.test.ts`, which also holds the rule in `package.json` equal to this one.
 */

/** The language's id, and the name of everything that is ours in VS Code. */
export const LANGUAGE = 'patch-digest';

/**
 * The first line of a digest, `From fff46e5c7 to a4f0e95a9`. A mailbox (`From jane@example.org
 * Mon ...`) and a patch of git (`From <hash> Mon Sep 17 ...`) start alike and are something else.
 */
export const FIRST_LINE = /^\uFEFF?From [0-9A-Fa-f]{7,40} to [0-9A-Fa-f]{7,40}\s*$/;

/** Whether a file that begins with this line is a digest. */
export function startsDigest(firstLine: string): boolean {
  // The line of a binary file can be megabytes long.
  return firstLine.length < 200 && FIRST_LINE.test(firstLine);
}
