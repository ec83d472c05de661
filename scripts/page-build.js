// The page of `unstride view`, which has its code in common with the rest of the package, and the page of the static site, which
// is files in one folder for any host.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { pageBundle } from './bundles.js';
import { mergeFiles } from './merge-chunks.js';
import { withRoundedWeights } from './rounded-weights.js';
import { chunksByStage } from './site-chunks.js';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src', 'page');
const require = createRequire(import.meta.url);

/** The decoders of pictures that are WebAssembly lie beside the scripts that fetch them. */
const decoders = ['@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', '@jsquash/webp/codec/dec/webp_dec.wasm'];

/** The static site. @param folder is emptied */
export async function writeSite(folder) {
  rmSync(folder, { recursive: true, force: true });
  const { 'page-main': main, ...ofWorker } = pageBundle.entryPoints;
  const options = { ...pageBundle, absWorkingDir: root, outdir: folder };
  // The page's thread runs nothing that only the worker needs.
  await build({ ...options, entryPoints: { 'page-main': main }, splitting: false });
  const { metafile } = await build({ ...options, entryPoints: ofWorker, metafile: true });
  const outputs = new Map(Object.entries(metafile.outputs).map(([file, output]) => [path.basename(file), output]));
  await mergeFiles(path.resolve(folder), outputs, chunksByStage(outputs));
  const files = new Map([
    ...assets(await gallery()),
    ...decoders.map((file) => [path.basename(file), readFileSync(require.resolve(file))]),
  ]);
  for (const [name, content] of files) write(path.join(folder, name), content);
}

/**
 * What the page needs beside the package's bundle, in dist/page: its own script, CommonJS packages as a browser takes them, the
 * small examples. The worker has its code in common with the bundle; what the page's thread needs of it is little, and lies in
 * files with much else, which would be read and run on that thread.
 * Compressed: the server unpacks it. Packages that are modules it serves from where they are installed (src/cli/view/server.ts).
 * @param dist where the bundle was written @param metafile of the bundle @returns the metafile of the packages
 */
export async function writePackagedPage(dist, metafile) {
  const names = packagesOf(metafile, 'src/page/worker.ts').filter((name) => !isModule(name));
  const { outputFiles, metafile: own } = await build({
    ...pageBundle,
    absWorkingDir: root,
    entryPoints: {
      'page-main': pageBundle.entryPoints['page-main'],
      ...Object.fromEntries(names.map((name) => [`packages/${encodeURIComponent(name)}`, name])),
    },
    splitting: false,
    outdir: path.join(dist, 'page'),
    write: false,
    metafile: true,
  });
  const files = new Map([
    ...assets((await gallery()).filter(({ isSmall }) => isSmall)).map(([name, content]) => [
      name,
      name.endsWith('.onnx') ? withRoundedWeights(content) : content,
    ]),
    ...outputFiles.map((file) => [path.relative(path.join(dist, 'page'), file.path), file.contents]),
    ['page-worker.js', readFileSync(path.join(dist, 'page-worker.js'))],
  ]);
  rmSync(path.join(dist, 'page-worker.js'));
  for (const [name, content] of files) write(path.join(dist, 'page', `${name}.br`), brotliCompressSync(content));
  return own;
}

/** The packages that outputs import, from the entries on. */
function packagesOf({ outputs }, ...entries) {
  const names = new Set();
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path: target, external } of outputs[file]?.imports ?? []) {
      if (external !== true) visit(target);
      else if (!/^(\.|node:)/.test(target)) names.add(target);
    }
  };
  for (const [file, { entryPoint }] of Object.entries(outputs)) if (entries.includes(entryPoint)) visit(file);
  return [...names];
}

/** Whether what Node has installed under the name is for browsers as well. */
function isModule(name) {
  const [folder] = /^(?:@[^/]+\/)?[^/]+/.exec(name);
  const { type, module } = require(`${folder}/package.json`);
  return type === 'module' || module !== undefined;
}

/** What is no code, by its name in the folder of the page. */
function assets(examples) {
  const html = readFileSync(path.join(source, 'index.html'), 'utf8');
  const ids = examples.map(({ id }) => id).join();
  return [
    ['index.html', html.replace('name="examples" content=""', `name="examples" content="${ids}"`)],
    ...['page.css', 'icon.svg'].map((name) => [name, readFileSync(path.join(source, name))]),
    ...examples.flatMap(({ file }) => exampleFiles(file)),
  ];
}

function exampleFiles(file) {
  const names = [file, path.posix.join(path.posix.dirname(file), 'weights.bin')];
  return names
    .map((name) => [`examples/${name}`, path.join(root, 'fixtures', name)])
    .filter(([, from]) => existsSync(from))
    .map(([to, from]) => [to, readFileSync(from)]);
}

/** The list of examples, which is TypeScript. */
async function gallery() {
  const entryPoints = [path.join(source, 'gallery.ts')];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false });
  const { examples } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return examples;
}

function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}
