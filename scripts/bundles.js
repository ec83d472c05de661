// What esbuild makes of the sources; scripts/build.js writes it to dist/.
const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};

// What touches files is a module of its own, so that only a dynamic import leads to Node: a browser never loads it, and
// bundlers leave it out (the field `browser` of package.json).
export const libraryBundle = {
  ...shared,
  platform: 'neutral',
  external: ['node:*'],
  splitting: true,
  entryPoints: { index: 'src/index.ts', 'node-files': 'src/runtime/node-files.ts' },
};

export const cliBundle = {
  ...shared,
  platform: 'node',
  entryPoints: { cli: 'src/cli/main.ts' },
  banner: { js: '#!/usr/bin/env node' },
};
