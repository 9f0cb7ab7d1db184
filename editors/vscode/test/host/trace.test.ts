/**
 * What the trace setting adds to the log.
 *
 * The copies of VS Code that the tests run in write no log files, so the log stays empty there. A
 * client with a log of our own shows what would be in it.
 */
import * as assert from 'node:assert/strict';

import { EventEmitter, LogLevel, type LogOutputChannel } from 'vscode';

import { Client, TraceChannel } from '../../src/server/client';
import { ServerProcess } from '../../src/server/process';
import { serverSettings } from '../../src/settings';
import { configure, DIGEST, inWorkspace, serverUnderTest, until } from './support';

describe('the log', () => {
  afterEach(async () => {
    await configure('patchDigest.trace.server', undefined);
  });

  it('has the messages while the setting asks for them, and then only', async () => {
    const log = new Log();
    const server = ServerProcess.start(serverUnderTest(), serverSettings());
    const client = new Client(server, log, new TraceChannel(log));
    await client.start();
    const ask = () =>
      client.sendRequest('textDocument/foldingRange', { textDocument: { uri: inWorkspace(DIGEST).toString() } });

    await ask();
    assert.deepEqual(log.lines.filter((line) => line.includes('foldingRange')), []);
    await configure('patchDigest.trace.server', 'messages');
    await until('messages are in the log', async () => {
      await ask();
      return log.lines.some((line) => line.includes("Sending request 'textDocument/foldingRange"));
    });
    assert.ok(!log.lines.some((line) => line.includes('Params:')));
    await configure('patchDigest.trace.server', 'verbose');
    await until('contents are in the log', async () => {
      await ask();
      return log.lines.some((line) => line.includes('Params:'));
    });

    await client.close(2000);
    await server.end(2000);
  });
});

class Log implements LogOutputChannel {
  readonly lines: string[] = [];
  readonly name = 'test';
  readonly logLevel = LogLevel.Info;
  readonly onDidChangeLogLevel = new EventEmitter<LogLevel>().event;

  append(value: string): void {
    this.lines.push(value);
  }
  appendLine = this.append.bind(this);
  trace = this.append.bind(this);
  debug = this.append.bind(this);
  info = this.append.bind(this);
  warn = this.append.bind(this);
  replace = this.append.bind(this);
  error(error: string | Error): void {
    this.lines.push(String(error));
  }
  clear(): void {
    this.lines.length = 0;
  }
  show(): void {
    // Nobody looks.
  }
  hide(): void {
    // Nobody looked.
  }
  dispose(): void {
    // There is nothing to free.
  }
}
