// What esbuild makes of the sources; scripts/build.js writes it to dist/.
const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};

// Modules that stay files of their own, in no chunk of the rest: bundlers of applications leave out `stages`, with all the
// operators, where it is not used, and a browser fetches `rare` only for models that have such operators.
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /\/(stages|rare)\.js$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/.*\//, './'), external: true, sideEffects: false },
    );
  },
};

// What touches files and what starts threads are modules of their own, so that only dynamic imports lead to Node: a browser
// never loads them, and bundlers leave them out (the field `browser` of package.json).
export const libraryBundle = {
  ...shared,
  platform: 'neutral',
  external: ['node:*'],
  splitting: true,
  plugins: [apart],
  entryPoints: {
    index: 'src/index.ts',
    stages: 'src/runtime/stages.ts',
    rare: 'src/ops/rare.ts',
    'node-engine': 'src/runtime/node-engine.ts',
    'node-files': 'src/runtime/node-files.ts',
    'node-write': 'src/runtime/node-write.ts',
    'node-workers': 'src/runtime/threads/node-workers.ts',
  },
};

export const cliBundle = {
  ...shared,
  platform: 'node',
  // The second is what threads run that decode and encode for the first.
  entryPoints: { cli: 'src/cli/main.ts', 'picture-worker': 'src/cli/run/many/worker.ts' },
  banner: { js: '#!/usr/bin/env node' },
};
