/**
 * The lines that the README gives for vite, webpack, esbuild and npm, tried with the real tools: a page that imports
 * onnxruntime-web is bundled, served and run in Chromium, and a package that depends on onnxruntime is installed with `overrides`.
 * What vite's development server has a browser load is printed. Ends with 1 where one fails; without a registry, it says so.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { chromiumFile } from '../../test/browser/chromium.js';
import { flags, npm, pack, Unreachable } from './install.js';
import { tryOverrides } from './overrides.js';
import { PageHost } from './page-host.js';
import { folder, lineOf, negation } from './readme-lines.js';

/** What vite's server may have a browser load for the page, without source maps. */
const mostServed = 1_000_000;

const optionsOf = (name: string): object => new Function(`return { ${lineOf(name)} }`)() as object;

const page = `
import * as ort from 'onnxruntime-web';
import { Tensor } from 'onnxruntime-web/wasm';
globalThis.answers = {
  neg: async () => {
    const bytes = Uint8Array.from(atob('${negation}'), (c) => c.charCodeAt(0));
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const { y } = await session.run({ x: new Tensor('float32', [1, -2]) });
    return { results: { y: [...y.data], tensor: [y instanceof ort.Tensor] }, times: [] };
  },
};`;

function expectAnswer({ results }: { readonly results: unknown }): string {
  const told = JSON.stringify(results);
  if (told !== '{"y":[-1,2],"tensor":[true]}') throw new Error(`the page computed ${told}`);
  return 'works';
}

async function answerOf(out: string, executable: string): Promise<string> {
  const host = await PageHost.start(executable, { page: out });
  try {
    return expectAnswer(await host.answer('neg'));
  } finally {
    await host.stop();
  }
}

/** A package of the folder, which is installed when this runs. */
async function load<T>(name: string): Promise<T> {
  const require = createRequire(path.join(folder, 'package.json'));
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

interface Vite {
  build(options: object): Promise<unknown>;
  createServer(options: object): Promise<{
    listen(): Promise<unknown>;
    close(): Promise<void>;
    readonly httpServer: { address(): AddressInfo };
  }>;
}

async function viteBuild(executable: string): Promise<string> {
  const vite = await load<Vite>('vite');
  const out = path.join(folder, 'vite');
  await vite.build({
    ...optionsOf('vite'),
    root: folder,
    base: '/page/',
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: out,
      emptyOutDir: true,
      rollupOptions: { input: path.join(folder, 'page.js'), output: { entryFileNames: 'page.js' } },
    },
  });
  return answerOf(out, executable);
}

/** @param imported in place of onnxruntime-web, where it is not the README's */
async function viteServe(executable: string, imported?: string): Promise<string> {
  const vite = await load<Vite>('vite');
  const options =
    imported === undefined
      ? optionsOf('vite')
      : { resolve: { alias: [{ find: /^onnxruntime-web.*/, replacement: imported }] } };
  const server = await vite.createServer({
    ...options,
    root: folder,
    configFile: false,
    logLevel: 'error',
    server: { port: 0 },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: executable,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const tab = await browser.newPage();
    const served: Promise<number>[] = [];
    tab.on('response', (response) => {
      if (response.url().includes('/.vite/deps/'))
        served.push(
          response.text().then(
            (text) => text.replace(/\n\/\/# sourceMappingURL=.*/, '').length,
            () => 0,
          ),
        );
    });
    await tab.goto(`http://localhost:${server.httpServer.address().port}/`);
    await tab.waitForFunction('"answers" in globalThis');
    const answer = (await tab.evaluate('globalThis.answers.neg()')) as { readonly results: unknown };
    const bytes = (await Promise.all(served)).reduce((sum, length) => sum + length, 0);
    const told = `${expectAnswer(answer)}, ${(bytes / 1e6).toFixed(2)} MB`;
    if (imported === undefined && bytes > mostServed) throw new Error(`${told}, more than ${mostServed / 1e6}`);
    return told;
  } finally {
    await browser.close();
    await server.close();
  }
}

type Webpack = (
  options: object,
  done: (error: Error | null, stats?: { hasErrors(): boolean; toString(): string }) => void,
) => void;

async function webpackBuild(executable: string): Promise<string> {
  const { default: webpack } = await load<{ default: Webpack }>('webpack');
  const out = path.join(folder, 'webpack');
  await new Promise<void>((resolve, reject) =>
    webpack(
      {
        ...optionsOf('webpack'),
        context: folder,
        entry: './page.js',
        mode: 'production',
        performance: { hints: false },
        output: { path: out, filename: 'page.js', publicPath: '/page/' },
      },
      (error, stats) =>
        error || stats?.hasErrors() === true ? reject(error ?? new Error(stats?.toString())) : resolve(),
    ),
  );
  return answerOf(out, executable);
}

async function esbuildBuild(executable: string): Promise<string> {
  const out = path.join(folder, 'esbuild');
  await build({
    ...optionsOf('esbuild'),
    entryPoints: [path.join(folder, 'page.js')],
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: out,
    logLevel: 'error',
  });
  return answerOf(out, executable);
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'page.js'), page);
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.js"></script>');
  let archive: string;
  try {
    archive = pack(folder);
    const dependencies = { unstride: `file:./${archive}`, vite: '^8.0.0', webpack: '^5.100.0' };
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
    npm(['install', '--no-package-lock', ...flags], folder);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.log(`bundlers are skipped: the registry of packages cannot be reached (${error.message})`);
    return;
  }
  const chromium = chromiumFile;
  const pages =
    chromium === undefined
      ? []
      : ([
          ['vite, built', () => viteBuild(chromium)],
          ['vite, served', () => viteServe(chromium)],
          ['vite, served, all of unstride', () => viteServe(chromium, 'unstride')],
          ['webpack', () => webpackBuild(chromium)],
          ['esbuild', () => esbuildBuild(chromium)],
        ] as const);
  if (chromium === undefined) console.log('pages are skipped, there is no Chromium on the PATH');
  for (const [name, attempt] of [...pages, ['npm, overrides', () => tryOverrides(archive)] as const]) {
    const told = await attempt().catch((error: Error) => {
      process.exitCode = 1;
      return `fails: ${error.message}`;
    });
    console.log(`${name.padEnd(32)}${told}`);
  }
}

await main();
