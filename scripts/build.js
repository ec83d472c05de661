// Bundles the library and the CLI; declarations come from `tsc -p tsconfig.build.json`.
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });

const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};

await build({
  ...shared,
  platform: 'neutral',
  external: ['node:*'],
  entryPoints: ['src/index.ts'],
  outfile: 'dist/index.js',
});
await build({
  ...shared,
  platform: 'node',
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.js',
  banner: { js: '#!/usr/bin/env node' },
});
