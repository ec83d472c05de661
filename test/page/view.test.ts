/** `unstride view`: what its server hands out, and what it does not. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packagedPage, ViewCommand } from './built-page.js';

const fixture = path.join('fixtures', 'unet', 'external-data', 'model.onnx');
let dist = '';
let view: ViewCommand;
beforeAll(async () => {
  dist = await packagedPage();
  view = await ViewCommand.start(dist, fixture);
});
afterAll(async () => {
  expect(await view.stop()).toBe(0);
});

/** The address as it is spelled: `fetch` would take dots out of it. */
function ask(place: string, headers: Record<string, string> = {}, method = 'GET') {
  const { hostname, port } = new URL(view.address);
  return new Promise<{ readonly code: number; readonly headers: Record<string, unknown>; readonly body: Buffer }>(
    (resolve, reject) => {
      const sent = request({ hostname, port, path: place, headers, method }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.on('error', reject).end();
    },
  );
}

it('serves on this machine only, isolated, and to its own scripts', async () => {
  expect(view.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const { code, headers, body } = await ask('/');
  expect(code).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  expect(headers['content-security-policy']).toMatch(/^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; /);
  expect(body.toString()).toContain('<meta name="model" content="model/model.onnx">');
});

it('serves every script that the page leads to, packages as modules', async () => {
  const places = new Set(['/page-main.js', '/page-worker.js']);
  for (const place of places) {
    const { code, body } = await ask(encodeURI(place));
    expect([place, code]).toEqual([place, 200]);
    if (place.startsWith('/packages/')) expect(String(body)).toMatch(/\bexport\b/);
    else
      for (const [, to] of String(body).matchAll(/\b(?:from|import\()"(\.?\/[^"]+\.js)"/g))
        places.add(to!.replace(/^\./, ''));
  }
  expect([...places].filter((place) => place.startsWith('/packages/')).length).toBeGreaterThan(4);
});

it('serves the model and its weights as they are', async () => {
  for (const name of ['model.onnx', 'weights.bin']) {
    const { code, body } = await ask(`/model/${name}`);
    expect(code).toBe(200);
    expect(body.equals(readFileSync(path.join(path.dirname(fixture), name)))).toBe(true);
  }
});

it.each([
  '/model/fixture.json',
  '/model/../external-data/model.onnx',
  '/model/..%2fdynamo%2fmodel.onnx',
  '/model/%00',
  '/../package.json',
  '/..%2fpackage.json',
  '/package.json',
  '/licenses.txt',
  '/examples/../../cli.js.map',
  '/packages/..%2f..%2fcli.js',
  '/none.js',
])('does not serve %s', async (place) => {
  expect((await ask(place)).code).toBe(404);
});

it('answers neither other names nor other methods', async () => {
  expect((await ask('/', { Host: 'evil.example' })).code).toBe(403);
  expect((await ask('/', {}, 'POST')).code).toBe(405);
  expect((await ask('/', {}, 'HEAD')).body.length).toBe(0);
});

it.each([
  { args: ['no-such.onnx'], says: "there is no file 'no-such.onnx'" },
  { args: ['--port', '99999'], says: '--port' },
])('refuses $args', ({ args, says }) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(dist, 'cli.js'), 'view', '--no-open', ...args], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
});

it('refuses a port that is taken', () => {
  const { port } = new URL(view.address);
  const args = [path.join(dist, 'cli.js'), 'view', '--no-open', '--port', port];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('another program has it')]);
});
