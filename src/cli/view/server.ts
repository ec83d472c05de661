/** The server of `unstride view`: the built page and one model, for browsers of this machine. */
import { once } from 'node:events';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { escapeText } from '../../diagnostics/markup.js';
import { moduleCode, packedModule } from '../packed/files.js';
import { cannotListen } from './cannot-listen.js';
import type { ServedModel } from './served-model.js';

export interface ServerOptions {
  /** The folder of the built page; the package's bundle is in the folder above it. */
  readonly page: string;
  /** 0 for one that is free. */
  readonly port: number;
  readonly model: ServedModel | undefined;
}

export interface PageServer {
  readonly address: string;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * Nothing but the page's own files, and what it makes itself; `blob:` are the threads that share a model's work. The isolation
 * headers let them share memory.
 */
const headers = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.wasm', 'application/wasm'],
]);

/** @throws UsageError for a port that is not to be had */
export async function startServer(options: ServerOptions): Promise<PageServer> {
  const server = createServer((request, response) => {
    try {
      answer(request, response, options);
    } catch {
      // The file has gone meanwhile.
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  server.listen(options.port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    cannotListen(options.port, error);
  }
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${host}:${port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const place = placeOf(request.url ?? '/');
  const { model } = options;
  if (!isForUs(request)) refuse(response, 403);
  else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405);
  else if (place === undefined) refuse(response, 400);
  else if (place.startsWith(modelFolder)) sendFile(request, response, model?.pathOf(place.slice(modelFolder.length)));
  else sendPage(request, response, place, options);
}

function sendPage(request: IncomingMessage, response: ServerResponse, place: string, options: ServerOptions): void {
  const content = contentOf(place, options);
  if (content === undefined) {
    refuse(response, 404);
    return;
  }
  response.setHeader('Content-Type', types.get(path.extname(place)) ?? 'application/octet-stream');
  response.end(request.method === 'HEAD' ? undefined : content);
}

/** Names that lead here from elsewhere (DNS rebinding) are not answered. */
function isForUs({ headers: { host: given = '' } }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(given);
}

function refuse(response: ServerResponse, code: number): void {
  response.writeHead(code, { 'Content-Type': 'text/plain' }).end();
}

const modelFolder = 'model/';

/** What the address asks for, without the first slash; undefined for what is none. */
function placeOf(address: string): string | undefined {
  try {
    const place = decodeURIComponent(new URL(address, `http://${host}`).pathname).slice(1);
    return place === '' ? 'index.html' : place;
  } catch {
    return undefined;
  }
}

function contentOf(place: string, { page, model }: ServerOptions): Uint8Array | string | undefined {
  if (place === 'index.html') return indexPage(String(pageFile(page, place)), model);
  const own = pageFile(page, place) ?? packageFile(place);
  if (own !== undefined) return own;
  // The page has its code in common with the rest of the package, which lies in the folder above.
  const isBundle = /^[\w-]+\.js$/.test(place);
  if (!isBundle) return undefined;
  const packed = packedModule(place);
  const script = packed === undefined ? readIfFile(path.join(page, '..', place)) : moduleCode(packed);
  return script && withPackages(String(script));
}

/** A file of the page; those that are kept compressed have another ending. */
function pageFile(page: string, place: string): Uint8Array | undefined {
  const parts = place.split('/');
  if (parts.some((part) => part === '' || part === '..' || /[\\:\0]/.test(part))) return undefined;
  const encoded = parts[0] === 'packages' ? `packages/${encodeURIComponent(place.slice('packages/'.length))}` : place;
  const file = path.join(page, encoded);
  const packed = readIfFile(`${file}.br`);
  return packed === undefined ? readIfFile(file) : brotliDecompressSync(packed);
}

function readIfFile(file: string): Uint8Array | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file) : undefined;
}

/** Files of packages that a browser takes as they are, by what they are asked for: those that the page's code imports. */
const packages: ReadonlyMap<string, readonly [name: string, file: string]> = new Map([
  ['packages/@dagrejs/dagre.js', ['@dagrejs/dagre', 'dist/dagre.esm.js']],
  ['packages/fastest-levenshtein.js', ['fastest-levenshtein', 'esm/mod.js']],
  ['packages/fflate.js', ['fflate', 'esm/browser.js']],
  ['packages/@jsquash/jpeg/codec/dec/mozjpeg_dec.js.js', ['@jsquash/jpeg', 'codec/dec/mozjpeg_dec.js']],
  ['packages/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', ['@jsquash/jpeg', 'codec/dec/mozjpeg_dec.wasm']],
  ['packages/@jsquash/webp/codec/dec/webp_dec.js.js', ['@jsquash/webp', 'codec/dec/webp_dec.js']],
  ['packages/@jsquash/webp/codec/dec/webp_dec.wasm', ['@jsquash/webp', 'codec/dec/webp_dec.wasm']],
]);

function packageFile(place: string): Uint8Array | undefined {
  const found = packages.get(place);
  if (found === undefined) return undefined;
  const [name, file] = found;
  const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  return readFileSync(path.join(folder, file));
}

/** Node finds packages by their names, a browser by addresses. */
function withPackages(code: string): string {
  return code.replace(
    /\b(from|import\()"((?!node:)[@\w][^":]*)"/g,
    (_, keyword: string, name: string) => `${keyword}"/packages/${name}.js"`,
  );
}

/** The page, told which model it is for. */
function indexPage(html: string, model: ServedModel | undefined): string {
  if (model === undefined) return html;
  const address = `${modelFolder}${encodeURIComponent(model.name)}`;
  return html.replace('name="model" content=""', () => `name="model" content="${escapeText(address)}"`);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: string | undefined): void {
  const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === undefined || stats?.isFile() !== true) {
    refuse(response, 404);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': stats.size });
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}
