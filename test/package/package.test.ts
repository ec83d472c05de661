/** The package as programs get it: by import, by require, by each resolution of TypeScript, in a bundle. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleCode, readPacked } from '../../src/cli/packed/files.js';
import { modelBytes, nodeProto } from '../support/model.js';
import { Consumer, compilers, isBuilt, root } from './consumer.js';

const model = Buffer.from(
  modelBytes({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
).toString('base64');

const typed = `
const feeds: InferenceSession.FeedsType = {};
feeds['x'] = new Tensor('float32', [1, -2]);
const options: ort.InferenceSession.SessionOptions = { graphOptimizationLevel: 'all' };
options.executionProviders = ['wasm'];
export async function run(): Promise<InferenceSession.OnnxValueMapType> {
  const session: ort.InferenceSession = await InferenceSession.create(new Uint8Array(), options);
  ort.env.wasm.numThreads = 1;
  return session.run(feeds);
}`;

const untyped = (load: string) => `${load}
(async () => {
  const session = await InferenceSession.create(Buffer.from('${model}', 'base64'), { threads: 1 });
  const { y } = await session.run({ x: new Tensor('float32', [1, -2]) });
  await session.release();
  console.log(y);
})();`;

/** Kilobytes, compressed by brotli, of what a page loads for its first session. */
const mostAtFirst = 150;
/** Of what it has loaded once a plain network has run, which has a part or two that come later. */
const mostOfRun = 161;

/** The engine, which comes with the first session, and what compiles. */
const engine = /^(compile-|session-(?!worker|cache))/;

/** What a browser loads of a bundle at once: names of files. @param later what it loads as well, by the names of chunks */
function loadedFiles(outputs: Metafile['outputs'], later?: RegExp): Set<string> {
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(path.basename(file))) return;
    loaded.add(path.basename(file));
    for (const { kind, path: imported } of outputs[file]!.imports)
      if (kind === 'import-statement' || later?.test(path.basename(imported))) visit(imported);
  };
  visit(Object.keys(outputs).find((file) => file.endsWith('stdin.js'))!);
  return loaded;
}

describe.skipIf(!isBuilt)('the package', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = new Consumer();
    consumer.write(
      'esm.mts',
      `import ort, { InferenceSession, Tensor } from 'unstride';\nimport web from 'unstride/webgpu';\nimport all from 'unstride/onnxruntime/all';\nimport gl from 'unstride/webgl';\nvoid [web.Tensor, all.env, gl.env];${typed}`,
    );
    consumer.write(
      'cjs.cts',
      `import ort = require('unstride');\nvoid [ort.check, ort.findDecoder, ort.default.Tensor];\nimport { InferenceSession, Tensor } from 'unstride/onnxruntime';${typed}`,
    );
    consumer.write(
      'old.ts',
      `import { InferenceSession, Tensor } from 'unstride';\nimport * as ort from 'unstride/onnxruntime/wasm';${typed}`,
    );
  });
  afterAll(() => consumer?.remove());

  it.each([
    { mode: 'node10', compiler: compilers.older, module: 'commonjs', files: ['old.ts'] },
    { mode: 'node16', compiler: compilers.older, module: 'node16', files: ['esm.mts', 'cjs.cts'] },
    { mode: 'nodenext', compiler: compilers.current, module: 'nodenext', files: ['esm.mts', 'cjs.cts'] },
    { mode: 'bundler', compiler: compilers.current, module: 'esnext', files: ['esm.mts', 'old.ts'] },
  ])('is found by TypeScript with the resolution $mode', ({ mode, compiler, module, files }) => {
    expect(consumer.compile(compiler, files, ['--moduleResolution', mode, '--module', module])).toEqual([]);
  });

  it.each(['unstride', 'unstride/all', 'unstride/webgl', 'unstride/onnxruntime/webgpu'])(
    'is imported and required as %s',
    (name) => {
      consumer.write(
        'run.mjs',
        untyped(
          `import ort, { InferenceSession, Tensor } from '${name}';\nimport * as names from '${name}';\nif (ort.Tensor !== Tensor || names.Tensor !== Tensor) throw new Error('two classes');`,
        ),
      );
      consumer.write(
        'run.cjs',
        untyped(
          `const { InferenceSession, Tensor, default: ort } = require('${name}');\nif (ort.Tensor !== Tensor) throw new Error('two classes');`,
        ),
      );
      expect(consumer.run('run.mjs')).toBe('Tensor float32[2] [-1, 2]\n');
      expect(consumer.run('run.cjs')).toBe('Tensor float32[2] [-1, 2]\n');
    },
  );

  it('is required whole where Node requires no modules', () => {
    consumer.write(
      'old.cjs',
      untyped(`
const api = require('unstride'), ort = require('unstride/onnxruntime');
const { InferenceSession, Tensor, ModelError, check, openModel } = api;
import('unstride').then(async (module) => {
  const missing = Object.keys(module).filter((name) => !(name in api));
  if (missing.length > 0 || ort.Tensor !== Tensor || api.default.Tensor !== Tensor) throw new Error('not all: ' + missing);
  const { model } = await openModel(Buffer.from('${model}', 'base64'));
  if (check(model).diagnostics.some(({ severity }) => severity === 'error')) throw new Error('not checked');
  const error = await openModel('missing.onnx').catch((error) => error);
  if (!(error instanceof ModelError)) throw error;
});`),
    );
    const [major, minor] = process.versions.node.split('.').map(Number);
    const flags =
      major! > 22 || (major === 22 && minor! >= 12) || (major === 20 && minor! >= 19)
        ? ['--no-experimental-require-module']
        : [];
    expect(consumer.run('old.cjs', flags)).toBe('Tensor float32[2] [-1, 2]\n');
  });

  it('has one class of tensors however it is loaded', () => {
    consumer.write(
      'both.mjs',
      "import { createRequire } from 'node:module';\nimport { Tensor } from 'unstride';\nimport * as ort from 'unstride/onnxruntime';\nconst names = createRequire(import.meta.url);\nlet required;\ntry { required = names('unstride').Tensor } catch { required = Tensor }\nconsole.log(required === Tensor || !process.features.require_module, ort.Tensor === Tensor);",
    );
    expect(consumer.run('both.mjs')).toBe('true true\n');
  });

  it('has in Node the names of all of it, and loads the compiler when it is called', () => {
    const dist = path.join(root, 'dist');
    const files = new Set<string>();
    const visit = (file: string): void => {
      if (files.has(file)) return;
      files.add(file);
      const text = readFileSync(path.join(dist, file), 'utf8');
      for (const [, name] of text.matchAll(/\b(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) visit(name!);
    };
    visit('node.js');
    const bytes = [...files].reduce((sum, file) => sum + readFileSync(path.join(dist, file)).length, 0);
    expect(bytes).toBeLessThan(80_000);
    consumer.write(
      'later.mjs',
      untyped(`
import * as lean from 'unstride';
import * as whole from './node_modules/unstride/dist/index.js';
const { InferenceSession, Tensor } = lean;
const kinds = (api) => Object.keys(api).map((name) => name + ' ' + typeof api[name]).join();
if (kinds(lean) !== kinds(whole)) throw new Error('other names or kinds');
const { model } = lean.readModel(Buffer.from('${model}', 'base64'));
if (lean.check(model).diagnostics.some(({ severity }) => severity === 'error')) throw new Error('not checked');
const { operators } = lean;
if (!Array.isArray(operators) || operators.length !== whole.operators.length || operators[0] !== whole.operators[0])
  throw new Error('other operators');
if ([...operators].length !== operators.map(({ name }) => name).length) throw new Error('not iterable');
for (const name of ['ModelError', 'Tensor', 'InferenceSession', 'Sym', 'Value', 'env'])
  if (lean[name] !== whole[name]) throw new Error('two of ' + name);`),
    );
    expect(consumer.run('later.mjs')).toBe('Tensor float32[2] [-1, 2]\n');
  });

  it('takes at most 2.235 MB with the page, without source maps', () => {
    const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const [{ unpackedSize, files }] = JSON.parse(text.slice(text.indexOf('['))) as [
      { unpackedSize: number; files: { path: string }[] },
    ];
    expect(unpackedSize).toBeLessThanOrEqual(2.235e6);
    expect(files.filter((file) => file.path.endsWith('.map'))).toEqual([]);
    expect(readFileSync(path.join(root, 'dist', 'licenses.txt'), 'utf8')).toMatch(/^jpeg-js .*BSD-3-Clause/m);
  });

  it('has a check load nothing of the engine', () => {
    const dist = path.join(root, 'dist');
    const packed = new Map(
      readdirSync(dist)
        .filter((file) => file.endsWith('.br'))
        .flatMap((file) => [...readPacked(pathToFileURL(path.join(dist, file)))]),
    );
    const texts = new Map<string, string>();
    const visit = (file: string): void => {
      if (texts.has(file)) return;
      const module = packed.get(file);
      const text = module ? moduleCode(module) : readFileSync(path.join(dist, file), 'utf8');
      texts.set(file, text);
      for (const [, name] of text.matchAll(/\b(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) visit(name!);
    };
    visit('cli.js');
    visit('packed0-cli.js');
    const [command] = /\bpacked1-check\.js/.exec([...texts.values()].join()) ?? [];
    visit(command!);
    expect(texts.size).toBeGreaterThan(10);
    expect([...texts].filter(([, text]) => text.includes('v128.load')).map(([file]) => file)).toEqual([]);
  });

  it.each([
    { name: 'unstride', splitting: false },
    { name: 'unstride', splitting: true },
    { name: 'unstride/onnxruntime', splitting: true },
  ])(
    'costs under 8 KB compressed where only the tensor of $name is used, split: $splitting',
    async ({ name, splitting }) => {
      const { outputFiles, metafile } = await build({
        stdin: { contents: `import { Tensor } from '${name}'; console.log(Tensor);`, resolveDir: consumer.folder },
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'browser',
        splitting,
        outdir: consumer.folder,
        write: false,
        metafile: true,
        logLevel: 'silent',
      });
      const loaded = loadedFiles(metafile.outputs);
      const code = outputFiles.filter((file) => loaded.has(path.basename(file.path))).map(({ text }) => text);
      expect(code.join('')).toContain('tensorLayout');
      expect(gzipSync(code.join('')).length).toBeLessThan(6000);
      expect(code.join('').length).toBeLessThan(splitting ? 13_000 : 15_500);
    },
  );

  it.each(['unstride', 'unstride/onnxruntime'])('loads under 1 MB in a development server for %s', async (name) => {
    // As vite prepares a dependency: neither minified nor shaken.
    const { outputFiles, metafile } = await build({
      stdin: { contents: `export * from '${name}';`, resolveDir: consumer.folder },
      bundle: true,
      format: 'esm',
      splitting: true,
      outdir: path.join(consumer.folder, 'deps'),
      platform: 'browser',
      nodePaths: [path.join(root, 'node_modules')],
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const bytesOf = (loaded: ReadonlySet<string>) =>
      outputFiles
        .filter((file) => loaded.has(path.basename(file.path)))
        .reduce((sum, { contents }) => sum + contents.length, 0);
    expect(bytesOf(loadedFiles(metafile.outputs))).toBeLessThan(1e6);
    if (name === 'unstride/onnxruntime') expect(bytesOf(loadedFiles(metafile.outputs, engine))).toBeLessThan(1e6);
  });

  /** A page with sessions and tensors, as its bundler makes it. */
  const page = () =>
    build({
      stdin: { contents: "export { InferenceSession, Tensor } from 'unstride';", resolveDir: consumer.folder },
      bundle: true,
      minify: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      outdir: consumer.folder,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });

  it('has a page load what the README says, within a twentieth, and at most 150 KB', async () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const [, brotli, gzip, rare] = /loads\n(\d+) KB \(brotli; gzip: (\d+) KB\)[^,]*, and (\d+) KB more/
      .exec(readme)!
      .map(Number) as [number, number, number, number];
    const { outputFiles, metafile } = await page();
    const loaded = loadedFiles(metafile.outputs, engine);
    const kilobytes = (isWanted: (name: string) => boolean, compress: (code: Uint8Array) => Uint8Array) =>
      outputFiles
        .filter((file) => isWanted(path.basename(file.path)))
        .reduce((sum, { contents }) => sum + compress(contents).length / 1000, 0);
    const told = (stated: number, measured: number) => expect(measured / stated).toBeCloseTo(1, 1);
    const first = kilobytes((name) => loaded.has(name), brotliCompressSync);
    expect(first).toBeLessThanOrEqual(mostAtFirst);
    told(brotli, first);
    told(
      gzip,
      kilobytes((name) => loaded.has(name), gzipSync),
    );
    told(
      rare,
      kilobytes((name) => /^rare-[A-Z0-9]{8}\./.test(name), brotliCompressSync),
    );
  });

  it.each(['unet/dynamo', 'dcgan/dynamo'])('has the first run of %s load little more', async (name) => {
    const { outputFiles, metafile } = await page();
    // Node runs the modules that the page is bundled of, and tells by its coverage which of them it has loaded.
    const coverage = path.join(consumer.folder, 'coverage');
    const [file, folder] = [path.join(root, 'fixtures', name, 'model.onnx'), path.join(root, 'dist')];
    consumer.write(
      'first.mjs',
      `import { readFileSync } from 'node:fs';
import { InferenceSession } from './node_modules/unstride/dist/front.js';
import { Tensor } from './node_modules/unstride/dist/tensor.js';
const session = await InferenceSession.create(readFileSync(${JSON.stringify(file)}), { threads: 1 });
const feeds = session.inputMetadata.map(({ name, shape }) => {
  const dims = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : 32));
  return [name, new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)];
});
await session.run(Object.fromEntries(feeds));
await session.release();`,
    );
    rmSync(coverage, { recursive: true, force: true });
    execFileSync(process.execPath, ['first.mjs'], {
      cwd: consumer.folder,
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
    });
    const urls = readdirSync(coverage).flatMap((report) => {
      const { result } = JSON.parse(readFileSync(path.join(coverage, report), 'utf8')) as {
        result: { url: string }[];
      };
      return result.map(({ url }) => url);
    });
    const loaded = new Set(
      urls
        .filter((url) => url.startsWith('file:'))
        .map((url) => path.relative(folder, realpathSync(fileURLToPath(url)))),
    );
    expect([...loaded].filter((module) => /^compile-/.test(module))).toHaveLength(1);
    const modulesOf = (chunk: string) =>
      Object.keys(Object.entries(metafile.outputs).find(([key]) => path.basename(key) === chunk)![1].inputs);
    const isLoaded = ({ path: chunk }: { path: string }) =>
      modulesOf(path.basename(chunk)).some((module) => loaded.has(path.basename(module)));
    // What both kinds of threads have in common is there because Node's are.
    const chunks = outputFiles.filter((file) => isLoaded(file) && !/\/web-workers-/.test(file.path));
    const kilobytes = chunks.reduce((sum, { contents }) => sum + brotliCompressSync(contents).length / 1000, 0);
    expect(kilobytes).toBeGreaterThan(100);
    expect(kilobytes).toBeLessThanOrEqual(mostOfRun);
  });

  it('has a script for tags that is complete in itself', () => {
    const code = readFileSync(path.join(root, 'dist', 'unstride.min.js'), 'utf8');
    expect(code).not.toMatch(/\bimport\(|^import |^export /m);
  });
});
