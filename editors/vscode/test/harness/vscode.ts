/** A VS Code that runs for one test or one try: nothing of it survives, nothing of the user's is used. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Copy } from './copies';
import { leftOvers, MARK, type Process } from './processes';

export interface Options {
  /** Installed as a user would. */
  readonly vsix?: string;
  /** On top of those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables for VS Code and all that it starts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Needed for tests inside the extension host; hides messages from tests of the workbench. */
  readonly testDriver?: boolean;
}

const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  // In a browser VS Code saves by itself. Digests are records.
  'files.autoSave': 'off',
  'git.enabled': false,
};

export class VSCode {
  private constructor(
    /** Everything of this run is in here; removed in the end. */
    readonly folder: string,
    /** What marks the processes of this run. */
    readonly mark: string,
    readonly port: number,
    private readonly token: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(copy: Copy, options: Options = {}): Promise<VSCode> {
    const folder = mkdtempSync(join(tmpdir(), 'patch-digest-vscode-'));
    for (const name of ['home', 'tmp', 'extensions', 'server', 'user/User', 'user/Machine']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    configure(folder, options.settings);
    const mark = randomBytes(8).toString('hex');
    const env = {
      ...process.env,
      ...options.env,
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      XDG_RUNTIME_DIR: join(folder, 'tmp'),
      // No gallery, no network.
      EXTENSIONS_GALLERY: '{}',
      [MARK]: mark,
    };
    const folders = [
      '--extensions-dir',
      join(folder, 'extensions'),
      '--user-data-dir',
      join(folder, 'user'),
      '--server-data-dir',
      join(folder, 'server'),
    ];
    if (options.vsix !== undefined) {
      install(copy, options.vsix, folders, env);
    }

    // Whoever knows the port of a server without a token can run programs as we.
    const token = randomBytes(16).toString('hex');
    const port = await freePort();
    const log = openSync(join(folder, 'server.log'), 'w');
    const child = spawn(
      copy.node,
      [
        copy.serverMain,
        ...['--host', '127.0.0.1', '--port', `${port}`, '--connection-token', token],
        ...['--accept-server-license-terms', '--telemetry-level', 'off'],
        ...(options.testDriver === true ? ['--enable-smoke-test-driver'] : []),
        ...folders,
      ],
      { env, stdio: ['ignore', log, log] },
    );
    const vscode = new VSCode(folder, mark, port, token, child);
    try {
      await vscode.isUp();
    } catch (error) {
      await vscode.stop();
      throw error;
    }
    return vscode;
  }

  /** Replaces the settings of `start`. VS Code notices by itself. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    configure(this.folder, settings);
  }

  /** The address of a workbench: of a folder, or of nothing. */
  address(folder: string | undefined, payload: readonly (readonly [string, string])[] = []): string {
    const query = new URLSearchParams({ tkn: this.token });
    if (folder === undefined) {
      query.set('ew', 'true');
    } else {
      query.set('folder', folder);
    }
    if (payload.length > 0) {
      query.set('payload', JSON.stringify(payload));
    }
    return `http://127.0.0.1:${this.port}/?${query.toString()}`;
  }

  /** How the workbench names a file of this machine. */
  remote(path: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${path}`;
  }

  get log(): string {
    return readFileSync(join(this.folder, 'server.log'), 'utf8');
  }

  /** Ends everything, us included, if we are still there by then. */
  endAfter(ms: number): void {
    setTimeout(() => {
      console.log(`FAIL VS Code ${this.mark}: not done after ${ms / 1000} s`);
      void this.stop().finally(() => process.exit(1));
    }, ms).unref();
  }

  /** Resolves when VS Code ends by itself. */
  get ended(): Promise<void> {
    return new Promise((resolve) => this.child.once('exit', () => { resolve(); }));
  }

  /** Ends it, and tells which of its processes had to be ended one by one. */
  async stop(): Promise<Process[]> {
    this.child.kill('SIGTERM');
    const left = await leftOvers(this.mark, 10_000);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    return left;
  }

  private async isUp(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        break;
      }
      try {
        // The token is answered by a cookie and a redirection.
        if ((await fetch(this.address(undefined), { redirect: 'manual' })).status < 400) {
          return;
        }
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`VS Code did not come up:\n${this.log.slice(-2000)}`);
  }
}

function configure(folder: string, settings: Readonly<Record<string, unknown>> = {}): void {
  // Settings of the machine are another file than the user's where VS Code runs in a browser.
  for (const name of ['User', 'Machine']) {
    writeFileSync(join(folder, 'user', name, 'settings.json'), JSON.stringify({ ...QUIET, ...settings }, undefined, 2));
  }
}

function install(copy: Copy, vsix: string, folders: readonly string[], env: NodeJS.ProcessEnv): void {
  const output = execFileSync(copy.node, [copy.serverMain, ...folders, '--install-extension', vsix], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (!output.includes('was successfully installed')) {
    throw new Error(`installing ${vsix}: ${output}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') {
          resolve(address.port);
        } else {
          reject(new Error('no port'));
        }
      });
    });
  });
}
