/**
 * The workbench of VS Code as its user sees it: what can be clicked, typed and read.
 *
 * All that depends on VS Code's own HTML is in this file. It was seen to work with VS Code 1.96
 * and 1.139. Nothing here sleeps to be on the safe side: everything waits for what it needs.
 */
import type { FrameLocator, Locator, Page } from 'playwright-core';

export class Workbench {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(20_000);
  }

  /** Opens an address of `VSCode.address`, and waits until files can be opened. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.isUp();
  }

  /** Leaves VS Code and comes back, which restores its editors. */
  async reload(): Promise<void> {
    // Unlike `open`, which leaves without a word, this has VS Code save which ones there are.
    await Promise.all([this.page.waitForEvent('load'), this.run('Developer: Reload Window')]);
    await this.isUp();
  }

  private async isUp(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  }

  /** Runs a command by its title, as the palette shows it. */
  async run(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput().fill(`>${title}`);
    // Enter takes what is selected, and the list is behind the typing.
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  private quickInput(): Locator {
    return this.page.locator('.quick-input-widget:not([style*="display: none"]) .quick-input-box input');
  }

  /** Opens a file that the explorer shows, to stay. */
  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Closes the editor in front. */
  async closeTab(): Promise<void> {
    await this.page.locator('.tab.active .tab-actions .action-label').first().click();
  }

  /** Puts the cursor there; both count from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+G');
    await this.quickInput().fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.isAt(line);
  }

  async focusEditor(): Promise<void> {
    await this.page.keyboard.press('Control+1');
    await this.page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
  }

  /** Waits until the cursor is in that line. */
  async isAt(line: number): Promise<void> {
    await this.statusItem('status.editor.selection').filter({ hasText: new RegExp(`Ln ${line},`) }).waitFor();
  }

  /** What is inside the page in front. */
  inPage(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  statusItem(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** Waits until the document in front has that language. */
  async hasLanguage(name: string): Promise<void> {
    await this.statusItem('status.editor.mode').filter({ hasText: name }).waitFor();
  }

  /** The visible rows of the outline, by what a screen reader says of them. */
  async outline(): Promise<string[]> {
    await this.page.locator('.outline-pane .monaco-list-row').first().waitFor();
    return labels(this.page.locator('.outline-pane .monaco-list-row'));
  }

  /** Gives the outline the place of the explorer, or gives it back. */
  async toggleExplorer(): Promise<void> {
    await this.page.locator('.pane-header').first().click();
  }

  async collapseOutline(): Promise<void> {
    const header = this.page.locator('.pane-header', { hasText: 'Outline' });
    await header.hover();
    await header.getByRole('button', { name: 'Collapse All' }).click();
  }

  async widenSideBar(width: number): Promise<void> {
    const bar = await this.page.locator('.part.sidebar').boundingBox();
    if (bar) {
      const edge = bar.x + bar.width;
      await this.page.mouse.move(edge, 300);
      await this.page.mouse.down();
      await this.page.mouse.move(bar.x + width, 300, { steps: 5 });
      await this.page.mouse.up();
    }
  }

  /** Chooses something in the outline's menu, such as `Sort By: Name`. */
  async outlineMenu(item: string): Promise<void> {
    const header = this.page.locator('.pane-header', { hasText: 'Outline' });
    await header.hover();
    await header.getByRole('button', { name: 'More Actions' }).click();
    const action = this.page.locator('.monaco-menu .action-label', { hasText: item });
    await action.waitFor();
    // A click right after the menu has opened is taken for the end of the one that opened it.
    for (let tries = 0; tries < 10 && (await action.isVisible()); tries++) {
      await action.click();
      await action.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => undefined);
    }
  }

  outlineRow(text: string): Locator {
    return this.page.locator('.outline-pane .monaco-list-row', { hasText: text }).first();
  }

  /** Shows the hover of the cursor's place. */
  async hover(): Promise<Locator> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.press('Control+I');
    const hover = this.page.locator('.monaco-hover:not(.hidden)').first();
    await hover.waitFor();
    return hover;
  }

  /** Chooses a code action at the cursor. */
  async act(title: string): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+.');
    const action = this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    // Older ones lay a shield over the menu until the mouse moves.
    await action.hover({ force: true });
    await action.click();
  }

  async showProblems(): Promise<void> {
    if (!(await this.page.locator('.markers-panel').isVisible())) {
      await this.page.keyboard.press('Control+Shift+M');
    }
    await this.page.locator('.markers-panel').waitFor();
  }

  problem(text: string): Locator {
    return this.page.locator('.markers-panel .monaco-list-row', { hasText: text });
  }

  /** What the status bar counts, such as `Errors: 1`. */
  async problemCounts(): Promise<string> {
    return (await this.statusItem('status.problems').getAttribute('aria-label')) ?? '';
  }

  /** The symbols of Go to Symbol, in the order of the list. */
  async symbols(): Promise<string[]> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+Shift+O');
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    return labels(rows);
  }

  breadcrumb(text: string): Locator {
    return this.page.locator('.breadcrumbs-control .monaco-breadcrumb-item', { hasText: text });
  }

  async breadcrumbs(): Promise<string[]> {
    return this.page.locator('.breadcrumbs-control .monaco-breadcrumb-item .monaco-icon-label').allInnerTexts();
  }

  line(text: string): Locator {
    // The editor shows spaces as no-break spaces.
    return this.page.locator('.editor-instance .view-line', { hasText: new RegExp(escape(text).replaceAll(' ', '[ \\u00a0]')) });
  }

  /** Messages in the corner. */
  toast(text: string): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The items behind the braces beside the language's name. */
  async languageStatus(): Promise<string> {
    const item = this.page.locator('[id^="status.languageStatus"]').first();
    await item.waitFor();
    await item.hover();
    const hover = this.page.locator('.hover-language-status').first();
    await hover.waitFor();
    const texts = await this.page.locator('.hover-language-status').allInnerTexts();
    await this.page.mouse.move(700, 300);
    return texts.join('\n');
  }
}

function labels(rows: Locator): Promise<string[]> {
  return rows.evaluateAll((elements) =>
    elements
      .map((element) => ({ at: element.getBoundingClientRect().top, label: element.getAttribute('aria-label') ?? element.textContent }))
      // The list keeps its rows in any order.
      .sort((a, b) => a.at - b.at)
      .map(({ label }) => label),
  );
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
