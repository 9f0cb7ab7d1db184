/**
 * The life of the server: found, started, started again after a crash, ended; and what the user
 * is told of it.
 *
 * It promises that at most one server runs, that whatever goes wrong is told once, in one message
 * with a button, and that after it nothing is tried again until the user asks for it or changes
 * the settings. Steps run one after the other, in the order in which they were asked for.
 *
 * Tested by `test/host/life-cycle.test.ts`.
 */
import { commands, EventEmitter, window, workspace, type Disposable, type LogOutputChannel } from 'vscode';

import { remedyFor, SHOW_LOG } from '../commands';
import { SECTION, serverSettings } from '../settings';
import { Client, TraceChannel, type IndexStatus } from './client';
import { Crashes } from './crashes';
import type { Problem } from './locate';
import { find, ServerProcess, type Checked, type Ending } from './process';

export type State =
  /** No digest has been open so far. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | ({ readonly kind: 'running'; readonly pid: number | undefined } & Checked)
  | { readonly kind: 'failed'; readonly problem: Problem };

/** A server that has not answered the handshake by then never will. */
const HANDSHAKE_LIMIT_MS = 20_000;
/** How long the server may take to end when it is asked to. */
const END_LIMIT_MS = 2_000;

interface Session {
  readonly server: ServerProcess;
  readonly client: Client;
}

export class Controller implements Disposable {
  private current: State = { kind: 'idle' };
  private session: Session | undefined;
  private readonly crashes = new Crashes();
  private steps: Promise<void> = Promise.resolve();
  /** The settings that the server was, or is about to be, started with. */
  private settings = '';
  private readonly changed = new EventEmitter<State>();
  readonly onDidChangeState = this.changed.event;
  private readonly indexed = new EventEmitter<IndexStatus | undefined>();
  /** How much the running server has indexed; `undefined` when it has ended. */
  readonly onDidIndex = this.indexed.event;
  private readonly queueChanged = new EventEmitter<void>();
  /** The queue is another than before. */
  readonly onDidChangeQueue = this.queueChanged.event;
  private readonly trace: TraceChannel;
  private readonly listener: Disposable;

  constructor(
    private readonly extensionFolder: string,
    private readonly log: LogOutputChannel,
  ) {
    this.trace = new TraceChannel(log);
    this.listener = workspace.onDidChangeConfiguration((event) => {
      // One change can be told twice, and in a layer of settings that does not count.
      const isNews = event.affectsConfiguration(`${SECTION}.server`) && JSON.stringify(serverSettings()) !== this.settings;
      if (isNews && this.current.kind !== 'idle') {
        void this.restart();
      }
    });
  }

  get state(): State {
    return this.current;
  }

  /** Starts the server for the first digest. Whatever came of that, later calls do nothing. */
  start(): void {
    if (this.current.kind === 'idle') {
      this.become({ kind: 'starting' });
      void this.enqueue(() => this.begin());
    }
  }

  /** Starts the server anew, whatever the state. */
  restart(): Promise<void> {
    this.settings = JSON.stringify(serverSettings());
    return this.enqueue(async () => {
      this.crashes.forget();
      await this.finish();
      await this.begin();
    });
  }

  /** Ends the server for good. */
  async stop(): Promise<void> {
    this.listener.dispose();
    await this.enqueue(() => this.finish());
  }

  dispose(): void {
    this.listener.dispose();
    this.trace.dispose();
    this.changed.dispose();
    this.indexed.dispose();
    this.queueChanged.dispose();
  }

  /** Asks the server, which is started for that where it never was; rejects with words for the user. */
  async request<T>(method: string, params: unknown): Promise<T> {
    this.start();
    const state = await this.settled();
    if (this.session === undefined) {
      throw new Error(state.kind === 'failed' ? state.problem.message : 'the language server is not running.');
    }
    return this.session.client.sendRequest<T>(method, params);
  }

  /** Resolves when the server runs or has failed, which is now unless it is being started. */
  private async settled(): Promise<State> {
    return this.current.kind === 'starting'
      ? new Promise((resolve) => {
          const listener = this.onDidChangeState((state) => {
            if (state.kind !== 'starting') {
              listener.dispose();
              resolve(state);
            }
          });
        })
      : this.current;
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.steps = this.steps.then(step).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    return this.steps;
  }

  private async begin(): Promise<void> {
    this.become({ kind: 'starting' });
    const settings = serverSettings();
    this.settings = JSON.stringify(settings);
    const found = await find(settings, this.extensionFolder);
    if ('message' in found) {
      this.fail(found);
      return;
    }
    this.log.info(`starting ${found.program.path} (from ${found.program.origin}), patch-digest ${found.version}`);
    const server = ServerProcess.start(found.program.path, settings);
    const client = new Client(server, this.log, this.trace);
    const session = { server, client };
    client.onStatus((status) => {
      this.indexed.fire(status);
    });
    client.onQueue(() => {
      this.queueChanged.fire();
    });
    const failure = await this.handshake(session);
    if (failure !== undefined) {
      await end(session);
      this.ended(failure);
      return;
    }
    this.session = session;
    this.become({ kind: 'running', pid: server.pid, ...found });
    void server.ended.then((ending) =>
      this.enqueue(async () => {
        // Not one that was ended on purpose.
        if (this.session === session) {
          await this.finish();
          this.ended(ending);
        }
      }),
    );
  }

  /** What went wrong, if anything did. */
  private async handshake({ server, client }: Session): Promise<Ending | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<Ending>((resolve) => {
      timer = setTimeout(resolve, HANDSHAKE_LIMIT_MS, `did not answer within ${HANDSHAKE_LIMIT_MS / 1000} s`);
    });
    // Where the server ends during the handshake, the client forgets the promise of the first call
    // before it rejects it; a second call gets that promise itself.
    client.start().catch(() => undefined);
    const started = client.start().then(
      () => undefined,
      // How the process ended says more than that the connection was lost.
      (error: unknown) =>
        Promise.race([server.ended, delay(500).then(() => `refused to begin: ${error instanceof Error ? error.message : String(error)}`)]),
    );
    const failure = await Promise.race([started, server.ended, tooLong]);
    clearTimeout(timer);
    return failure;
  }

  /** The server ended by itself, now or before it had begun. */
  private ended(ending: Ending): void {
    this.log.warn(`the server ${ending}`);
    if (this.crashes.mayRestart(Date.now())) {
      void this.enqueue(() => this.begin());
      return;
    }
    const minutes = Crashes.WINDOW_MS / 60_000;
    this.fail({
      message: `the language server ended ${Crashes.LIMIT} times within ${minutes} minutes and is not started again. At last it ${ending}.`,
      remedy: 'restart',
    });
  }

  private async finish(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.indexed.fire(undefined);
    if (session) {
      await end(session);
    }
  }

  private fail(problem: Problem): void {
    this.log.error(problem.message);
    this.become({ kind: 'failed', problem });
    void tell(problem);
  }

  private become(state: State): void {
    this.current = state;
    this.changed.fire(state);
  }
}

async function end({ client, server }: Session): Promise<void> {
  await client.close(END_LIMIT_MS);
  await server.end(END_LIMIT_MS);
}

async function tell(problem: Problem): Promise<void> {
  const offers = [remedyFor(problem), SHOW_LOG];
  const choice = await window.showErrorMessage(`Patch Digest: ${problem.message}`, ...offers.map(({ title }) => title));
  const offer = offers.find(({ title }) => title === choice);
  if (offer) {
    await commands.executeCommand(offer.command, ...((offer.arguments as unknown[] | undefined) ?? []));
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
