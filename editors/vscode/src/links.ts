/**
 * Links that the server puts into Markdown: `[kvm-29a5df84d:351](<file:///…#L351>)`, or to a page.
 *
 * What is from a digest cannot look like one: the server escapes `<` in it.
 */

const TARGET = /\]\(<([^<>\s\\]+)>\)/g;

/** The text with other targets for its links; `undefined` leaves one as it is. */
export function withTargets(markdown: string, other: (target: string) => string | undefined): string {
  return markdown.replace(TARGET, (whole, target: string) => {
    const found = other(target);
    return found === undefined ? whole : `](${found})`;
  });
}

/** The address of a command, for a link. */
export function commandLink(command: string, ...args: readonly unknown[]): string {
  // VS Code decodes what comes behind the `?` twice: what had a `%` would be another address.
  const json = JSON.stringify(args).replaceAll('%', '\\u0025');
  // Brackets would end a link in Markdown.
  const encoded = encodeURIComponent(json).replace(/[()']/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `command:${command}?${encoded}`;
}

/** A file's address without `#L12`, and its line, from 0. */
export function fileAndLine(target: string): { readonly file: string; readonly line: number } {
  const [, file = target, line = '1'] = /^(.*)#L([0-9]+)$/.exec(target) ?? [];
  return { file, line: Math.max(Number(line) - 1, 0) };
}
