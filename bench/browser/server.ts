/** Serves a page with what it measures, isolated from other origins so that memory may be shared among its threads. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Case } from '../cases.js';
import type { Answer, FirstResultJob } from '../jobs/job.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Bytes of a file that stays in memory: time that reading it takes here is taken from the page. */
const mostHeld = 2 ** 25;

/** @param script of the page's folder */
const htmlOf = (script: string) => `<!doctype html>
<meta charset="utf-8">
<title>unstride-bench</title>
<script type="importmap">{ "imports": { "onnxruntime-web": "/ort/ort.wasm.min.mjs" } }</script>
<script type="module" src="/page/${script}.js"></script>
`;

async function readAnswer(request: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return JSON.parse(text) as Answer;
}

export class BenchServer {
  /** Files of single paths, and folders of the first part of a path. */
  readonly #files = new Map<string, string>();
  readonly #held = new Map<string, Buffer>();
  readonly #jobs = new Map<string, { readonly job: FirstResultJob; resolve(answer: Answer): void }>();
  #cases = 0;

  private constructor(
    private readonly server: Server,
    private readonly folders: Readonly<Record<string, string>>,
  ) {}

  static async start(folders: Readonly<Record<string, string>>): Promise<BenchServer> {
    const server = createServer();
    const bench = new BenchServer(server, folders);
    server.on('request', (request, response) => {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Cache-Control', 'no-store');
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname === '/' || pathname === '/first') {
        response.setHeader('Content-Type', 'text/html');
        response.end(htmlOf(pathname === '/' ? 'page' : 'first'));
        return;
      }
      const asked = bench.#jobs.get(pathname);
      if (asked !== undefined) {
        if (request.method === 'POST') void readAnswer(request).then(asked.resolve);
        response.end(JSON.stringify(asked.job));
        return;
      }
      const file = bench.fileOf(decodeURIComponent(pathname));
      if (file === undefined) {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('Content-Type', types[path.extname(file)] ?? 'application/octet-stream');
      const { size } = statSync(file);
      response.setHeader('Content-Length', size);
      if (size > mostHeld) createReadStream(file).pipe(response);
      else response.end(bench.held(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bench;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The case with URLs for paths; weights are beside their model, as on a disk. */
  serve(subject: Case): Case {
    const folder = `/case/${this.#cases++}/`;
    const at = (name: string, file: string): string => {
      this.#files.set(folder + name, file);
      return new URL(folder + name, this.url).href;
    };
    return {
      ...subject,
      model: at('model.onnx', subject.model),
      external: subject.external.map(({ location, path: file }) => ({ location, path: at(location, file) })),
      feeds: subject.feeds.map((feed, i) =>
        'npy' in feed.from ? { ...feed, from: { npy: at(`input-${i}.npy`, feed.from.npy) } } : feed,
      ),
    };
  }

  /** A page that does the job: it gets it from here, and sends the answer. */
  ask(job: FirstResultJob): { readonly url: string; readonly answer: Promise<Answer> } {
    const place = `/job/${this.#jobs.size}`;
    const answer = new Promise<Answer>((resolve) => this.#jobs.set(place, { job, resolve }));
    return { url: new URL(`first?${place}`, this.url).href, answer };
  }

  private held(file: string): Buffer {
    const known = this.#held.get(file) ?? readFileSync(file);
    this.#held.set(file, known);
    return known;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private fileOf(pathname: string): string | undefined {
    const [, first = '', ...rest] = pathname.split('/');
    const folder = this.folders[first];
    const file = folder === undefined ? this.#files.get(pathname) : path.join(folder, ...rest);
    if (file === undefined || (folder !== undefined && !file.startsWith(folder + path.sep))) return undefined;
    return existsSync(file) ? file : undefined;
  }
}
