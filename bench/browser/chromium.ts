/** Jobs in pages of a headless Chromium. */
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { buildFolder, bundleBrowserLibrary, bundlePage } from '../bundle.js';
import type { Answer, FirstResultJob, LatencyJob } from '../jobs/job.js';
import { BenchServer } from './server.js';
import { UnwatchedBrowser } from './unwatched.js';

/** What a page does. */
type PageJob = LatencyJob | FirstResultJob;

const timeoutMinutes = 10;

/** Root, in a container, can have no sandbox; only pages of this machine are opened. */
const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

async function startServer(): Promise<BenchServer> {
  await bundlePage();
  await bundleBrowserLibrary();
  return await BenchServer.start({
    page: path.join(buildFolder, 'page'),
    library: path.join(buildFolder, 'browser-library'),
    ort: path.join(import.meta.dirname, '..', 'node_modules', 'onnxruntime-web', 'dist'),
  });
}

function servedBy<T extends PageJob>(server: BenchServer, job: T): T {
  const library = new URL('library/library.js', server.url).href;
  return { ...job, subject: server.serve(job.subject), library };
}

export class ChromiumHost {
  private constructor(
    private readonly browser: Browser,
    private readonly server: BenchServer,
  ) {}

  static async start(executable: string): Promise<ChromiumHost> {
    const server = await startServer();
    return new ChromiumHost(await chromium.launch({ executablePath: executable, args: flags }), server);
  }

  get version(): string {
    return this.browser.version();
  }

  async run(job: LatencyJob): Promise<Answer> {
    const page = await this.browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.message));
    page.on('crash', () => said.push('the page crashed'));
    try {
      await page.goto(this.server.url);
      await page.waitForFunction('"runJob" in globalThis');
      const answer = page.evaluate(
        (given) => (globalThis as unknown as { runJob(job: PageJob): Promise<Answer> }).runJob(given),
        servedBy(this.server, job) as PageJob,
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

/** First results, in pages that ask for their job and send the answer. */
export class FirstResultHost {
  private constructor(
    private readonly browser: UnwatchedBrowser,
    private readonly server: BenchServer,
  ) {}

  static async start(executable: string): Promise<FirstResultHost> {
    const server = await startServer();
    return new FirstResultHost(UnwatchedBrowser.start(executable, flags), server);
  }

  version(): Promise<string> {
    return this.browser.version();
  }

  async run(job: FirstResultJob): Promise<Answer> {
    const { url, answer } = this.server.ask(servedBy(this.server, job));
    return await this.browser.withPage(url, () => Promise.race([answer, timeout()]));
  }

  async stop(): Promise<void> {
    await this.browser.stop();
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
