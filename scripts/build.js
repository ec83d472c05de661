// Bundles the library and the CLI; declarations come from `tsc -p tsconfig.build.json`.
import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { cliBundle, libraryBundle } from './bundles.js';

rmSync('dist', { recursive: true, force: true });

await build({ ...libraryBundle, outdir: 'dist' });
await build({ ...cliBundle, outdir: 'dist' });
