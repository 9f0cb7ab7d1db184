/**
 * Shows pages: Markdown, drawn by what VS Code has for it, in an editor of ours, as VS Code's own
 * preview takes links to lines of files for text.
 *
 * The text is mail from strangers. The server has escaped it, no script runs, nothing is loaded, and a
 * link can only lead to what the server linked to.
 *
 * Tested by `test/host/pages.test.ts`, and with the mouse by `test/workbench/digests.ts`.
 */
import {
  commands,
  Disposable,
  Range,
  Uri,
  window,
  workspace,
  type CustomTextEditorProvider,
  type TextDocument,
  type WebviewPanel,
} from 'vscode';

import { LANGUAGE } from './digest';
import { commandLink, fileAndLine, withTargets } from './links';
import { SECTION } from './settings';

/** As `package.json` names the editor. */
export const PAGE_VIEW = `${SECTION}.page`;

/** Takes the address of a page, and the number of a link in it. */
const FOLLOW = `${SECTION}.followLink`;

export function registerPageView(): Disposable {
  const view = new PageView();
  return Disposable.from(
    window.registerCustomEditorProvider(PAGE_VIEW, view, { webviewOptions: { enableFindWidget: true } }),
    commands.registerCommand(FOLLOW, (page: unknown, link: unknown) => view.follow(String(page), Number(link))),
  );
}

class PageView implements CustomTextEditorProvider {
  /** Where the links of the pages that are shown lead, by the pages' addresses. */
  private readonly targets = new Map<string, readonly string[]>();

  async resolveCustomTextEditor(document: TextDocument, panel: WebviewPanel): Promise<void> {
    const { webview } = panel;
    webview.options = { enableScripts: false, enableCommandUris: [FOLLOW], localResourceRoots: [] };
    const draw = async () => {
      const html = await this.html(document);
      if (html !== undefined) {
        webview.html = html;
      }
    };
    const changes = workspace.onDidChangeTextDocument((change) => {
      if (change.document === document) {
        void draw();
      }
    });
    panel.onDidDispose(() => {
      changes.dispose();
      if (document.isClosed) {
        this.targets.delete(document.uri.toString());
      }
    });
    await draw();
  }

  /** Opens what a link leads to: a page, or a digest at a line. */
  async follow(page: string, link: number): Promise<void> {
    const target = this.targets.get(page)?.[link];
    if (target === undefined) {
      return;
    }
    const { file, line } = fileAndLine(target);
    const uri = Uri.parse(file, true);
    if (uri.scheme === LANGUAGE) {
      await commands.executeCommand('vscode.open', uri, { preview: false });
    } else {
      await window.showTextDocument(await workspace.openTextDocument(uri), { selection: new Range(line, 0, line, 0) });
    }
  }

  /** The page; `undefined` where the text changed while it was drawn. */
  private async html(document: TextDocument): Promise<string | undefined> {
    const { version } = document;
    const page = document.uri.toString();
    const targets: string[] = [];
    const markdown = withTargets(document.getText(), (target) => `#${FOLLOW}-${targets.push(target) - 1}`);
    const drawn = (await render(markdown)) ?? plain(document.getText());
    if (document.version !== version) {
      return undefined;
    }
    this.targets.set(page, targets);
    const body = drawn.replace(new RegExp(`href="#${FOLLOW.replaceAll('.', '\\.')}-([0-9]+)"`, 'g'), (_, link: string) => {
      return `href="${commandLink(FOLLOW, page, Number(link))}"`;
    });
    return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';">
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>`;
  }
}

/** HTML; `undefined` where someone has switched off what VS Code itself has for Markdown. */
async function render(markdown: string): Promise<string | undefined> {
  try {
    return await commands.executeCommand<string>('markdown.api.render', markdown);
  } catch {
    return undefined;
  }
}

function plain(text: string): string {
  return `<pre>${text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)}</pre>`;
}

const STYLE = `
body { max-width: 60em; margin: 0 auto; padding: 1em 2em 3em; font-size: var(--vscode-font-size); line-height: 1.6; }
h1 { font-size: 1.8em; line-height: 1.25; }
h1, h2 { padding-bottom: 0.3em; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-panel-border)); font-weight: 600; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover { color: var(--vscode-textLink-activeForeground); text-decoration: underline; }
table { border-collapse: collapse; }
th, td { padding: 0.3em 0.8em; text-align: left; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-panel-border)); }
code, pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
pre { padding: 1em; overflow: auto; background: var(--vscode-textCodeBlock-background); border-radius: 3px; }
pre code { padding: 0; background: none; }
`;
