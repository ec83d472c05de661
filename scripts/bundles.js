// What esbuild makes of the sources; scripts/build.js writes it to dist/.
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

// What touches files and what starts threads are modules of their own, so that only dynamic imports lead to Node: a browser
// never loads them, and bundlers leave them out (the field `browser` of package.json). `tensor` is an entry so that what it
// needs is in chunks without anything else.
export const libraryBundle = {
  ...shared,
  format: 'esm',
  packages: 'external',
  platform: 'neutral',
  external: ['node:*'],
  splitting: true,
  plugins: [apart],
  entryPoints: {
    index: 'src/index.ts',
    onnxruntime: 'src/onnxruntime.ts',
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

// One classic script with all of the library and its packages, for script tags and for `require` where that takes no modules.
export const standaloneBundle = {
  ...shared,
  format: 'iife',
  globalName: 'unstride',
  platform: 'browser',
  external: ['node:*'],
  entryPoints: { 'unstride.min': 'src/standalone.ts' },
  minify: true,
  logOverride: { 'empty-import-meta': 'silent' },
  // CommonJS, where there is any.
  footer: { js: 'if(typeof module==="object"&&module.exports)module.exports=unstride;' },
};
