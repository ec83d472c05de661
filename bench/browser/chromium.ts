/** Jobs in pages of a headless Chromium. */
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { buildFolder, bundleBrowserLibrary, bundlePage } from '../bundle.js';
import type { Answer, FirstResultJob, LatencyJob } from '../jobs/job.js';
import { BenchServer } from './server.js';

/** What a page does. */
type PageJob = LatencyJob | FirstResultJob;

const timeoutMinutes = 10;

export class ChromiumHost {
  private constructor(
    private readonly browser: Browser,
    private readonly server: BenchServer,
  ) {}

  static async start(executable: string): Promise<ChromiumHost> {
    await bundlePage();
    await bundleBrowserLibrary();
    const browser = await chromium.launch({
      executablePath: executable,
      // Root, in a container, can have no sandbox; only pages of this machine are opened.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    const server = await BenchServer.start({
      page: path.join(buildFolder, 'page'),
      library: path.join(buildFolder, 'browser-library'),
      ort: path.join(import.meta.dirname, '..', 'node_modules', 'onnxruntime-web', 'dist'),
    });
    return new ChromiumHost(browser, server);
  }

  get version(): string {
    return this.browser.version();
  }

  async run(job: PageJob): Promise<Answer> {
    const page = await this.browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.message));
    page.on('crash', () => said.push('the page crashed'));
    try {
      await page.goto(new URL(job.kind === 'first-result' ? 'first' : '', this.server.url).href);
      const served = {
        ...job,
        subject: this.server.serve(job.subject),
        library: new URL('library/library.js', this.server.url).href,
      };
      await page.waitForFunction('"runJob" in globalThis');
      const answer = page.evaluate(
        (given) => (globalThis as unknown as { runJob(job: PageJob): Promise<Answer> }).runJob(given),
        served as PageJob,
      );
      return await Promise.race([answer, timeout()]);
    } catch (error) {
      return { kind: 'failed', reason: [...said, (error as Error).message].join('; ') };
    } finally {
      await page.close();
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.close();
  }
}

function timeout(): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ kind: 'failed', reason: `no answer within ${timeoutMinutes} minutes` }),
      timeoutMinutes * 60_000,
    );
    timer.unref();
  });
}
