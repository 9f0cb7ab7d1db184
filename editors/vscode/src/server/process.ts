/**
 * The server's process: started, asked for its version, and ended for certain.
 *
 * The language client could start it as well, but then a program that cannot be started, or ends
 * at once, would be told to the user in the client's words, and more than once.
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';

import type { ServerSettings } from '../settings';
import { locate, type Kind, type Problem, type Program } from './locate';
import { readVersion, versionArguments, versionProblem } from './version';

/** Longer than the slowest disk needs, shorter than anyone waits. */
const VERSION_LIMIT_MS = 10_000;

export interface Checked {
  readonly program: Program;
  readonly version: string;
}

/** The program to run, looked at as far as that goes without running it as a server. */
export async function find(settings: ServerSettings, extensionFolder: string): Promise<Checked | Problem> {
  const program = locate(
    {
      setting: settings.path,
      extensionFolder,
      searchPath: process.env['PATH'] ?? '',
      home: os.homedir(),
      isWindows: process.platform === 'win32',
    },
    kindOf,
  );
  if ('message' in program) {
    return program;
  }
  const output = await versionOutput(program.path, settings);
  if (output instanceof Error) {
    return { message: `the language server "${program.path}" cannot be run: ${output.message}`, remedy: 'settings' };
  }
  const message = versionProblem(program.path, output);
  return message === undefined ? { program, version: readVersion(output) ?? '' } : { message, remedy: 'settings' };
}

function kindOf(path: string): Kind {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    return 'missing';
  }
  if (stats.isDirectory()) {
    return 'folder';
  }
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return 'program';
  } catch {
    return 'file';
  }
}

/** What the program prints; an error if it does not even start, or does not end. */
function versionOutput(program: string, settings: ServerSettings): Promise<string | Error> {
  return new Promise((resolve) => {
    execFile(
      program,
      versionArguments(settings.args),
      { env: environment(settings), timeout: VERSION_LIMIT_MS, killSignal: 'SIGKILL', windowsHide: true },
      (error, stdout) => {
        if (error?.killed) {
          resolve(new Error(`--version took longer than ${VERSION_LIMIT_MS / 1000} s.`));
        } else if (error && typeof error.code === 'string') {
          resolve(new Error(`${error.message}.`));
        } else {
          // A wrong exit code alone tells little; what was printed tells more.
          resolve(stdout);
        }
      },
    );
  });
}

/** How a process came to its end, in words that follow "the server". */
export type Ending = string;

/** A running server. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcessWithoutNullStreams,
    /** Resolves when the process is gone; never rejects. */
    readonly ended: Promise<Ending>,
  ) {}

  static start(program: string, settings: ServerSettings): ServerProcess {
    const child = spawn(program, settings.args, { env: environment(settings), stdio: 'pipe', windowsHide: true });
    const ended = new Promise<Ending>((resolve) => {
      child.once('error', (error) => {
        resolve(`cannot be started: ${error.message}`);
      });
      child.once('exit', (code, signal) => {
        resolve(signal === null ? `ended with exit code ${code ?? 0}` : `was ended by ${signal}`);
      });
    });
    // A write to a server that has just ended is no news: `ended` tells.
    child.stdin.on('error', () => undefined);
    return new ServerProcess(child, ended);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Leaves it some time to end by itself, then ends it. */
  async end(graceMs: number): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}

function environment(settings: ServerSettings): NodeJS.ProcessEnv {
  return { ...process.env, ...settings.env };
}
