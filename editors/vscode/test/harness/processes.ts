/**
 * Finds the processes of one run. Whatever VS Code starts inherits its environment, so that a
 * variable with a value of its own marks them all, whoever their parents are by now. Linux only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export const MARK = 'PATCH_DIGEST_RUN';

export interface Process {
  readonly pid: number;
  readonly commandLine: string;
}

/** The processes that carry the mark, us aside. */
export function marked(mark: string): Process[] {
  const needle = `\0${MARK}=${mark}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(needle) && !isDead(pid))
    .map((pid) => ({ pid: Number(pid), commandLine: read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim() }));
}

/** The servers of ours among them: not a program that is only asked for its version, and soon gone. */
export function servers(mark: string): Process[] {
  return marked(mark).filter(({ pid, commandLine }) => executable(pid).endsWith('/patch-digest') && commandLine.endsWith(' lsp'));
}

/** Waits until none is left; those that are after all, which are ended then. */
export async function leftOvers(mark: string, limitMs: number): Promise<Process[]> {
  const end = Date.now() + limitMs;
  let left = marked(mark);
  while (left.length > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = marked(mark);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  return left;
}

function isDead(pid: string): boolean {
  // "123 (a name) Z ..."
  return /\) [ZX] /.test(read(`/proc/${pid}/stat`));
}

function executable(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Not ours to look at, or gone.
    return '';
  }
}
