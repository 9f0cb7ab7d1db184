/** A Chromium that sees VS Code and nothing else: requests to other hosts are refused and counted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type BrowserContext, type Page } from 'playwright-core';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What our copies of VS Code complain about by their nature: modules not compiled, files not served. */
const EXPECTED = /bindings file|native-watchdog|Release\/watchdog|\b404\b/;

export class Browser {
  /** Hosts that the page asked for in vain. */
  readonly refused = new Set<string>();
  /** What the page complained about, for the report of a failure. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async start(program: string, size: Size = { width: 1400, height: 900 }): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'patch-digest-browser-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: program,
      headless: true,
      viewport: size,
      // CI runs as root, where the sandbox cannot be.
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...['--headless', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = new Browser(folder, context, page);
    await context.route('**/*', async (route) => {
      const { hostname, protocol } = new URL(route.request().url());
      if (hostname === '127.0.0.1' || protocol === 'data:' || protocol === 'blob:') {
        await route.continue();
      } else {
        browser.refused.add(hostname);
        await route.abort();
      }
    });
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) {
        browser.complaints.push(message.text().slice(0, 300));
      }
    });
    page.on('pageerror', (error) => browser.complaints.push(String(error).slice(0, 300)));
    return browser;
  }

  async stop(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
