// What esbuild makes of the sources; scripts/build.js writes it to dist/.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { globSync } from 'tinyglobby';
import { computedData } from './computed-data.js';
import { withoutFields } from './without-fields.js';

const root = path.join(import.meta.dirname, '..');
const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

// Of each other build, caches that sessions leave are another's.
const build = createHash('sha256');
for (const file of globSync('src/**/*.ts', { cwd: root }).sort()) build.update(readFileSync(path.join(root, file)));
const stamps = {
  __UNSTRIDE_BUILD__: JSON.stringify(build.digest('hex').slice(0, 32)),
  __UNSTRIDE_VERSION__: JSON.stringify(version),
};

const shared = {
  define: stamps,
  bundle: true,
  target: 'es2022',
  logLevel: 'warning',
  legalComments: 'none',
  charset: 'ascii',
};

// Modules that stay files of their own, in no chunk of the rest: bundlers of applications leave out `stages`, with all the
// operators, where it is not used, and a browser fetches `rare` and
// `microsoft` only for models that have such operators.
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /\/(stages|frequent|rare|microsoft)\.js$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/.*\//, './'), external: true, sideEffects: false },
    );
  },
};

// Tensors and the front of sessions apart from the rest of an entry. Where a bundler splits, esbuild has a file that is used load
// all that its imports lead to, as soon as something else, the worker, uses that. Through the `*` it finds a name without using the
// entry's file.
const apartFromRest = ['tensor', 'front'];
const namesApart = {
  name: 'names apart',
  setup(build) {
    build.onResolve({ filter: /^names apart from / }, ({ path, resolveDir }) => ({
      path: path.replace(/.* /, ''),
      namespace: 'names apart',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /./, namespace: 'names apart' }, async ({ path: rest, pluginData: folder }) => {
      const exportsOf = async (entry) => {
        const source = path.join(folder, build.initialOptions.entryPoints[entry]);
        const options = { ...shared, entryPoints: [source], format: 'esm', packages: 'external', external: ['node:*'] };
        const { metafile } = await build.esbuild.build({ ...options, write: false, metafile: true });
        return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
      };
      const apart = new Set((await Promise.all(apartFromRest.map(exportsOf))).flat());
      const names = (await exportsOf(rest)).filter((name) => !apart.has(name));
      const lines = apartFromRest.map((entry) => `export * from './${entry}.js';`);
      lines.push(`export { ${names.join(', ')} } from './${rest}.js';`);
      return { contents: lines.join('\n') };
    });
    build.onResolve({ filter: /./, namespace: 'names apart' }, ({ path }) => ({ path, external: true }));
  },
};

// What touches files and what starts threads are modules of their own, so that only dynamic imports lead to Node: a browser
// never loads them, and bundlers leave them out (the field `browser` of package.json). `tensor` and
// `front` are entries so that what they need is in chunks without anything else.
export const libraryBundle = {
  ...shared,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*', ...Object.keys({ ...dependencies, ...peerDependencies })],
  splitting: true,
  plugins: [apart, namesApart, computedData, withoutFields],
  entryPoints: {
    index: 'names apart from library',
    library: 'src/index.ts',
    node: 'src/index-node.ts',
    onnxruntime: 'names apart from namesake',
    namesake: 'src/onnxruntime.ts',
    tensor: 'src/runtime/tensor/tensor.ts',
    front: 'src/runtime/common/front.ts',
    stages: 'src/runtime/stages.ts',
    frequent: 'src/ops/frequent.ts',
    rare: 'src/ops/rare.ts',
    microsoft: 'src/ops/microsoft.ts',
    'session-worker': 'src/runtime/worker/session-worker.ts',
    'node-session-worker': 'src/runtime/worker/node-session-worker.ts',
    'node-cache': 'src/runtime/node-cache.ts',
    'node-files': 'src/runtime/node-files.ts',
    'node-write': 'src/runtime/node-write.ts',
    'node-workers': 'src/runtime/threads/node-workers.ts',
  },
};

// All of the package: the command line has its chunks in common with the library.
export const packageBundle = {
  ...libraryBundle,
  entryPoints: {
    ...libraryBundle.entryPoints,
    cli: 'src/cli/main.ts',
    packed: 'src/cli/packed/load.ts',
    // What threads run that decode and encode pictures for the command line.
    'picture-worker': 'src/cli/run/many/worker.ts',
    // The worker of the page of `unstride view`.
    'page-worker': 'src/page/worker.ts',
  },
  mainFields: ['module'],
};

// The script for tags does without what is for Node, and without the file that module workers start from. What is small is there
// at once; the engine, which a dynamic import leads to, is packed (standalone.js).
const forTags = {
  name: 'for tags',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const imports = [];
      const contents = text
        .replace(/await import\('[^']*\/(?:node-[\w-]+|session-worker)\.js'\)/g, '{}')
        .replace(/await import\('([^']*\/(?:from-image|worker-session)\.js)'\)/g, (_, module) => {
          imports.push(`import * as part${imports.length} from '${module}';`);
          return `part${imports.length - 1}`;
        });
      return contents === text ? undefined : { contents: imports.join('') + contents, loader: 'ts' };
    });
  },
};

// Sessions and tensors for script tags: modules, of which standalone.js makes one script.
export const standaloneBundle = {
  ...shared,
  format: 'esm',
  platform: 'browser',
  splitting: true,
  plugins: [computedData, forTags, withoutFields],
  entryPoints: { 'unstride.min': 'src/standalone.ts' },
  minify: true,
  define: { ...stamps, process: 'undefined', 'import.meta.url': 'undefined' },
};

// A browser has no files and no threads of Node.
const withoutNode = {
  name: 'without node',
  setup(build) {
    build.onResolve({ filter: /\/node-[\w-]+\.js$/ }, () => ({ path: 'nothing', namespace: 'without node' }));
    build.onLoad({ filter: /./, namespace: 'without node' }, () => ({ contents: 'export {}' }));
  },
};

// The page, with all that it needs: what it loads at once, and what it fetches when it is asked for.
export const pageBundle = {
  ...shared,
  format: 'esm',
  platform: 'browser',
  splitting: true,
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [withoutNode, computedData, withoutFields],
  chunkNames: '[name]-[hash]',
  entryPoints: { 'page-main': 'src/page/main.tsx', 'page-worker': 'src/page/worker.ts' },
  define: { process: 'undefined' },
};
