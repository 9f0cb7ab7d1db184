/**
 * Whether a program is our server, and new enough.
 *
 * Tested by `test/unit/version.test.ts`.
 */

/** The oldest server that this extension works with. */
export const OLDEST = '0.1.0';

/**
 * The arguments that make the server print its version: where a wrapper takes arguments of its
 * own, those come first, as in `run --rm image patch-digest lsp`.
 */
export function versionArguments(args: readonly string[]): string[] {
  const verb = args.lastIndexOf('lsp');
  return [...args.slice(0, Math.max(verb, 0)), '--version'];
}

/** The version in `patch-digest 0.1.0`; nothing if this is not what our program prints. */
export function readVersion(output: string): string | undefined {
  return /^patch-digest (\d+\.\d+\.\d+\S*)\s*$/.exec(output)?.[1];
}

/** What is wrong with a program that answered `--version` like this; nothing if all is well. */
export function versionProblem(program: string, output: string): string | undefined {
  const version = readVersion(output);
  if (version === undefined) {
    const line = output.trim().split(/\r?\n/, 1)[0] ?? '';
    const said = line === '' ? 'nothing' : `"${line.slice(0, 80)}"`;
    return `the language server "${program}" is not patch-digest: to --version it answered ${said}.`;
  }
  if (isOlder(version, OLDEST)) {
    return `the language server "${program}" is too old: it is patch-digest ${version}, and this extension needs ${OLDEST} or later.`;
  }
  return undefined;
}

/** By the three numbers alone: a pre-release of a version has what the version has. */
function isOlder(version: string, other: string): boolean {
  const [left, right] = [numbers(version), numbers(other)];
  const differing = left.findIndex((number, i) => number !== right[i]);
  return differing >= 0 && (left[differing] ?? 0) < (right[differing] ?? 0);
}

function numbers(version: string): number[] {
  return version
    .split(/[-+]/, 1)
    .join()
    .split('.')
    .map((number) => Number.parseInt(number, 10));
}
