/**
 * The language client of one server process, with what we have it do differently.
 *
 * `controller.ts` makes a new one for every start.
 */
import {
  DocumentSymbol,
  EventEmitter,
  LogLevel,
  MarkdownString,
  Range,
  SymbolKind,
  workspace,
  type Disposable,
  type LogOutputChannel,
  type Uri,
} from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  vsdiag,
  type ClientCapabilities,
  type FeatureState,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';

import manifest from '../../package.json';
import { SERVER_COMMANDS } from '../commands';
import { LANGUAGE } from '../digest';
import { linkPages } from '../pageLinks';
import { SHOW_PAGE } from '../pages';
import { MARK, REFRESH_QUEUE } from '../queue';
import { SECTION, traceLevel } from '../settings';
import { inOrder } from '../symbols';
import type { ServerProcess } from './process';

/** How much the server has indexed. */
export interface IndexStatus {
  readonly digests: number;
  readonly skipped: number;
  /** The reasons, such as `2 unreadable, 1 too large`. */
  readonly skippedWhy: string;
  /** What else is missing, such as a cap that was hit. */
  readonly notes: readonly string[];
}

export class Client extends LanguageClient {
  constructor(server: ServerProcess, log: LogOutputChannel, trace: TraceChannel) {
    const options: LanguageClientOptions = {
      // Of every scheme: the server needs no more than the text.
      documentSelector: [{ language: LANGUAGE }],
      // The server offers what needs a command of ours only where there is one.
      initializationOptions: {
        commands: [...SERVER_COMMANDS, SHOW_PAGE, REFRESH_QUEUE, MARK],
        status: true,
        pageLinks: true,
        hoverLinks: true,
      },
      outputChannel: log,
      traceOutputChannel: trace,
      markdown: { isTrusted: false, supportHtml: false },
      // The controller sees the process end, and decides.
      errorHandler: {
        error: (_error, _message, count) => ({
          action: count !== undefined && count <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
          handled: true,
        }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
      initializationFailedHandler: () => false,
      middleware: {
        async provideHover(document, position, token, next) {
          const hover = await next(document, position, token);
          for (const content of hover?.contents ?? []) {
            if (content instanceof MarkdownString) {
              linkPages(content);
            }
          }
          return hover;
        },
        async provideDocumentSymbols(document, token, next) {
          const symbols = await next(document, token);
          return symbols?.map((symbol) => (symbol instanceof DocumentSymbol ? withPatchesInOrder(symbol) : symbol)) as typeof symbols;
        },
        // The old side of a comparison has the same problems as the file, which lists them already.
        // They are asked for, by document and all together; a server of before is not asked.
        handleDiagnostics(uri, diagnostics, next) {
          next(uri, isReadOnly(uri) ? [] : diagnostics);
        },
        provideDiagnostics(document, previousResultId, token, next) {
          const uri = 'uri' in document ? document.uri : document;
          return isReadOnly(uri) ? { kind: vsdiag.DocumentDiagnosticReportKind.full, items: [] } : next(document, previousResultId, token);
        },
        provideWorkspaceDiagnostics(resultIds, token, report, next) {
          return next(resultIds, token, (chunk) => {
            report(chunk && { items: chunk.items.filter(({ uri }) => !isReadOnly(uri)) });
          });
        },
      },
    };
    super(SECTION, 'Patch Digest', () => Promise.resolve(server.child), options);
    this.registerFeature(new OwnTokens());
  }

  /** Calls `listener` with what the server tells of its index. */
  onStatus(listener: (status: IndexStatus) => void): Disposable {
    return this.onNotification('patchDigest/status', listener);
  }

  /** Calls `listener` when the server's queue is another. */
  onQueue(listener: () => void): Disposable {
    return this.onNotification('patchDigest/queueChanged', listener);
  }

  // The client's own messages go to the log only: what the user must know, the controller says,
  // once and with a button.
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /** Ends the session in whatever state it is; never rejects. */
  async close(timeoutMs: number): Promise<void> {
    try {
      await this.dispose(timeoutMs);
    } catch {
      // It had not begun, or is over already.
    }
  }

  // Called by the base class, which waits for nothing, when the server refuses to begin.
  override async stop(timeoutMs?: number): Promise<void> {
    if (this.isRunning()) {
      await super.stop(timeoutMs);
    }
  }
}

/** Tells the server that its own words for tokens are known here: `package.json` declares them. */
class OwnTokens implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const tokens = capabilities.textDocument?.semanticTokens;
    const { semanticTokenTypes, semanticTokenModifiers } = manifest.contributes;
    tokens?.tokenTypes.push(...semanticTokenTypes.map(({ id }) => id));
    tokens?.tokenModifiers.push(...semanticTokenModifiers.map(({ id }) => id));
  }

  initialize(): void {
    // There is nothing else to it.
  }

  getState(): FeatureState {
    return { kind: 'static' };
  }

  clear(): void {
    // There is nothing else to it.
  }
}

function isReadOnly(uri: Uri): boolean {
  return workspace.fs.isWritableFileSystem(uri.scheme) === false;
}

/** Series are the modules of the outline. */
function withPatchesInOrder(symbol: DocumentSymbol): DocumentSymbol {
  const children = symbol.children.map(withPatchesInOrder);
  if (symbol.kind !== SymbolKind.Module) {
    symbol.children = children;
    return symbol;
  }
  const patches = children.map((child) => ({ child, start: child.range.start }));
  symbol.children = inOrder(patches).map(({ child, start }) => {
    child.range = new Range(start.line, start.character, child.range.end.line, child.range.end.character);
    return child;
  });
  return symbol;
}

/**
 * Has the setting `patchDigest.trace.server` decide what is traced.
 *
 * The client asks the level of its channel instead, which users would have to set as well. This
 * stands in for the log and claims the level that the setting asks for.
 */
export class TraceChannel implements LogOutputChannel, Disposable {
  private readonly levelChanged = new EventEmitter<LogLevel>();
  readonly onDidChangeLogLevel = this.levelChanged.event;
  private readonly listener: Disposable;

  constructor(private readonly log: LogOutputChannel) {
    this.listener = workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.trace.server`)) {
        this.levelChanged.fire(this.logLevel);
      }
    });
  }

  get name(): string {
    return this.log.name;
  }

  get logLevel(): LogLevel {
    return traceLevel() === 'off' ? LogLevel.Info : LogLevel.Trace;
  }

  trace(message: string): void {
    this.log.info(message);
  }

  debug(message: string): void {
    this.log.debug(message);
  }

  info(message: string): void {
    this.log.info(message);
  }

  warn(message: string): void {
    this.log.warn(message);
  }

  error(error: string | Error): void {
    this.log.error(error);
  }

  append(value: string): void {
    this.log.append(value);
  }

  appendLine(value: string): void {
    this.log.appendLine(value);
  }

  replace(value: string): void {
    this.log.replace(value);
  }

  clear(): void {
    this.log.clear();
  }

  show(): void {
    this.log.show();
  }

  hide(): void {
    this.log.hide();
  }

  dispose(): void {
    this.listener.dispose();
    this.levelChanged.dispose();
  }
}
