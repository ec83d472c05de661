// Builds bench/clients/, which is TypeScript, and runs it: programs that others wrote for onnxruntime, or with `--bundlers` the
// README's lines for bundlers.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const name = process.argv[2] === '--bundlers' ? 'bundlers' : 'run';
const outdir = 'bench/build/clients';
await build({
  entryPoints: [`bench/clients/${name}.ts`],
  outdir,
  bundle: true,
  external: ['esbuild', 'playwright-core'],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
await import(pathToFileURL(path.resolve(outdir, `${name}.js`)).href);
