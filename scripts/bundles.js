// What esbuild makes of the sources; scripts/build.js writes it to dist/.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const { dependencies } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8'));

// Of the codec's runtime there is what reading needs.
const lean = {
  name: 'lean',
  setup(build) {
    build.onResolve({ filter: /^long$/ }, () => ({ path: path.join(import.meta.dirname, 'long.cjs') }));
  },
};

const shared = {
  bundle: true,
  target: 'es2022',
  logLevel: 'warning',
  legalComments: 'none',
  charset: 'utf8',
};

// Modules that stay files of their own, in no chunk of the rest: bundlers of applications leave out `stages`, with all the
// operators, where it is not used, and a browser fetches `rare` and
// `microsoft` only for models that have such operators.
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /\/(stages|rare|microsoft)\.js$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/.*\//, './'), external: true, sideEffects: false },
    );
  },
};

// The tensor apart from the rest of an entry. Where a bundler splits, esbuild has a file that is used load all that its imports
// lead to, as soon as something else, the worker, uses that. Through the `*` it finds the tensor without using the entry's file.
const tensorApart = {
  name: 'tensor apart',
  setup(build) {
    build.onResolve({ filter: /^tensor apart from / }, ({ path, resolveDir }) => ({
      path: path.replace(/.* /, ''),
      namespace: 'tensor apart',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /./, namespace: 'tensor apart' }, async ({ path: rest, pluginData: folder }) => {
      const source = path.join(folder, build.initialOptions.entryPoints[rest]);
      const options = { ...shared, entryPoints: [source], format: 'esm', packages: 'external', external: ['node:*'] };
      const { metafile } = await build.esbuild.build({ ...options, write: false, metafile: true });
      const [{ exports }] = Object.values(metafile.outputs);
      const names = exports.filter((name) => name !== 'Tensor');
      return { contents: `export * from './tensor.js'; export { ${names.join(', ')} } from './${rest}.js';` };
    });
    build.onResolve({ filter: /./, namespace: 'tensor apart' }, ({ path }) => ({ path, external: true }));
  },
};

// What touches files and what starts threads are modules of their own, so that only dynamic imports lead to Node: a browser
// never loads them, and bundlers leave them out (the field `browser` of package.json). `tensor` is an entry so that what it
// needs is in chunks without anything else.
export const libraryBundle = {
  ...shared,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*', ...Object.keys(dependencies)],
  splitting: true,
  plugins: [apart, tensorApart, lean],
  entryPoints: {
    index: 'tensor apart from library',
    library: 'src/index.ts',
    onnxruntime: 'tensor apart from namesake',
    namesake: 'src/onnxruntime.ts',
    tensor: 'src/runtime/tensor/tensor.ts',
    stages: 'src/runtime/stages.ts',
    rare: 'src/ops/rare.ts',
    microsoft: 'src/ops/microsoft.ts',
    'session-worker': 'src/runtime/worker/session-worker.ts',
    'node-session-worker': 'src/runtime/worker/node-session-worker.ts',
    'node-engine': 'src/runtime/node-engine.ts',
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
    // What threads run that decode and encode pictures for the command line.
    'picture-worker': 'src/cli/run/many/worker.ts',
  },
};

// In one script nothing is loaded later: a dynamic import would only have esbuild wrap each module that it leads to, and keep
// all of it. Modules that are for Node, and the file that module workers start from, are left out.
const atOnce = {
  name: 'at once',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const imports = [];
      const contents = text.replace(/await import\('(\.[^']+)'\)/g, (_, module) => {
        if (/\/(node-[\w-]+|session-worker)\.js$/.test(module)) return '{}';
        return `later${imports.push(`import * as later${imports.length + 1} from '${module}';`)}`;
      });
      return contents === text ? undefined : { contents: imports.join('') + contents, loader: 'ts' };
    });
  },
};

// One classic script with all that sessions and tensors are, for script tags.
export const standaloneBundle = {
  ...shared,
  format: 'iife',
  globalName: 'unstride',
  platform: 'browser',
  plugins: [atOnce, lean],
  entryPoints: { 'unstride.min': 'src/standalone.ts' },
  minify: true,
  define: { process: 'undefined' },
  logOverride: { 'empty-import-meta': 'silent' },
  // CommonJS, where there is any.
  footer: { js: 'if(typeof module==="object"&&module.exports)module.exports=unstride;' },
};
