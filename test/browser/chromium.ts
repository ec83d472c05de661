/** Pages of a Chromium that is on this machine, served from it with the headers that a test is about. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome', 'chrome'];

function findChromium(): string | undefined {
  const given = process.env['UNSTRIDE_CHROMIUM'];
  if (given !== undefined && given !== '') return given;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

/** The executable; undefined where there is none, and tests skip. */
export const chromiumFile = findChromium();

export type Headers = Readonly<Record<string, string>>;

/** What makes a browser share memory among a page's threads. */
export const isolation: Headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module" src="page.js"></script>`;

export interface OpenedPage {
  readonly page: Page;
  /** Errors, and what it writes about errors. */
  readonly complaints: readonly string[];
  /** Names of the files that it has asked for. */
  readonly requests: readonly string[];
}

export class Chromium {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
  ) {}

  /**
   * @param sites the headers of everything below a site's name
   * @param folders files below the site's name: those of the first folder that has them
   */
  static async start(sites: Readonly<Record<string, Headers>>, folders: readonly string[]): Promise<Chromium> {
    const server = createServer((request, response) => {
      const [, site = '', ...rest] = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname).split('/');
      const name = rest.join('/');
      for (const [header, value] of Object.entries(sites[site] ?? {})) response.setHeader(header, value);
      response.setHeader('Content-Type', types[path.extname(name || 'index.html')] ?? 'application/octet-stream');
      const file = folders.map((folder) => path.join(folder, name)).find((place) => existsSync(place));
      if (name === '') response.end(html);
      else if (file !== undefined) createReadStream(file).pipe(response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath: chromiumFile! });
    return new Chromium(browser, server);
  }

  /** @param file a page among the folders; without it, one that runs page.js, when that is loaded */
  async open(site: string, file?: string): Promise<OpenedPage> {
    const page = await this.browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('request', (request) => requests.push(path.posix.basename(new URL(request.url()).pathname)));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('crash', () => complaints.push('the page crashed'));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const { port } = this.server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/${site}/${file ?? ''}`);
    if (file === undefined) await page.waitForFunction('"runJob" in globalThis');
    return { page, complaints, requests };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}
