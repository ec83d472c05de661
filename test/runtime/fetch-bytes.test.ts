/** Bodies come whole, however they come. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fetchBytes } from '../../src/runtime/fetch-bytes.js';

const content = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);
const isContent = (bytes: Uint8Array | string) => typeof bytes !== 'string' && Buffer.compare(bytes, content) === 0;

describe('bytes at an address', () => {
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      if (url === '/told') response.setHeader('Content-Length', content.length);
      if (url === '/compressed') {
        const sent = gzipSync(content);
        response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': sent.length });
        response.end(sent);
      } else if (url === '/empty') response.end();
      else {
        response.write(content.subarray(0, 100_001));
        setTimeout(() => response.end(content.subarray(100_001)), 20);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  afterEach(() => vi.unstubAllGlobals());

  it.each(['/told', '/untold', '/compressed'])('are all of %s', async (path) => {
    expect(isContent(await fetchBytes(new URL(path, origin)))).toBe(true);
  });

  it('may be none', async () => {
    expect(await fetchBytes(new URL('/empty', origin))).toEqual(new Uint8Array());
  });

  it.each([100_000, 300_000, 0])('are all of a body that comes in pieces, told to be %d', async (length) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < content.length; at += 70_000) controller.enqueue(content.subarray(at, at + 70_000));
        controller.close();
      },
    });
    const headers: HeadersInit = length === 0 ? {} : { 'content-length': String(length) };
    vi.stubGlobal('fetch', async () => new Response(body, { headers }));
    expect(isContent(await fetchBytes(new URL('/pieces', origin)))).toBe(true);
  });
});
