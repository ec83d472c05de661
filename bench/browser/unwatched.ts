/**
 * A headless Chromium whose pages nobody watches. A tool that drives a page is told of each of its requests, on the same cores, and
 * that would be charged to whoever loads more files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

interface Reply {
  readonly id?: number;
  readonly result?: Readonly<Record<string, string>>;
  readonly error?: { readonly message: string };
}

export class UnwatchedBrowser {
  #sent = 0;
  readonly #waiting = new Map<number, { resolve(reply: Reply): void }>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    let text = '';
    (process.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0');
      text = messages.pop()!;
      for (const message of messages) {
        const reply = JSON.parse(message) as Reply;
        if (reply.id !== undefined) this.#waiting.get(reply.id)?.resolve(reply);
      }
    });
  }

  static start(executable: string, flags: readonly string[]): UnwatchedBrowser {
    const profile = mkdtempSync(path.join(tmpdir(), 'unstride-bench-'));
    const always = ['--headless', '--no-first-run', '--disable-extensions', '--disable-background-networking'];
    const own = ['--remote-debugging-pipe', `--user-data-dir=${profile}`];
    const child = spawn(executable, [...always, ...own, ...flags], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    return new UnwatchedBrowser(child, profile);
  }

  async version(): Promise<string> {
    return (await this.#send('Browser.getVersion'))['product']!.replace(/.*\//, '');
  }

  /** Opens a page with a profile of its own for as long as the work takes. */
  async withPage<T>(url: string, work: () => Promise<T>): Promise<T> {
    const { browserContextId } = await this.#send('Target.createBrowserContext');
    try {
      await this.#send('Target.createTarget', { url, browserContextId });
      return await work();
    } finally {
      await this.#send('Target.disposeBrowserContext', { browserContextId });
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    await this.#send('Browser.close');
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #send(method: string, params: object = {}): Promise<Readonly<Record<string, string>>> {
    const id = ++this.#sent;
    const answered = new Promise<Reply>((resolve) => this.#waiting.set(id, { resolve }));
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params })}\0`);
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }
}
