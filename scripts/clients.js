// Builds bench/clients/, which is TypeScript, and runs it: programs that others wrote for onnxruntime.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const outdir = 'bench/build/clients';
await build({
  entryPoints: ['bench/clients/run.ts'],
  outdir,
  bundle: true,
  external: ['esbuild', 'playwright-core'],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
await import(pathToFileURL(path.resolve(outdir, 'run.js')).href);
