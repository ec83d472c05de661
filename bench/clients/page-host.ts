/** Clients that want a browser: a page of a headless Chromium for each, served from the folder of an install. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { Answer } from './programs/answer.js';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const html =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page/page.js"></script>';

export class PageHost {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
  ) {}

  /** @param folders by the first part of a path */
  static async start(executable: string, folders: Readonly<Record<string, string>>): Promise<PageHost> {
    const server = createServer((request, response) => {
      // Isolated from other origins, so that memory may be shared among a page's threads.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const [, first = '', ...rest] = pathname.split('/');
      response.setHeader(
        'Content-Type',
        types[path.extname(pathname)] ?? (first === '' ? 'text/html' : 'application/octet-stream'),
      );
      const folder = folders[first];
      const file = folder === undefined ? undefined : path.join(folder, ...rest);
      if (first === '') response.end(html);
      else if (file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true)
        createReadStream(file).pipe(response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: executable,
      // Root, in a container, can have no sandbox; only pages of this machine are opened.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    return new PageHost(browser, server);
  }

  /** @throws with what the page said, where the client fails */
  async answer(client: string): Promise<Answer> {
    const page = await this.browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.message));
    page.on('crash', () => said.push('the page crashed'));
    try {
      await page.goto(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`);
      await page.waitForFunction('"answers" in globalThis', undefined, { timeout: 60_000 });
      return await page.evaluate((name) => {
        const { answers } = globalThis as unknown as {
          readonly answers: Readonly<Record<string, () => Promise<Answer>>>;
        };
        const answer = answers[name];
        if (answer === undefined) throw new Error('the page has no such client');
        return answer();
      }, client);
    } catch (error) {
      throw new Error([...said, (error as Error).message].join('; '));
    } finally {
      await page.close();
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}
