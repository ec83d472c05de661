// Bundles the library and the command line, and writes their declarations.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { libraryBundle, packageBundle } from './bundles.js';
import { writeCommonJs } from './common-js.js';
import { hintCompilation } from './compile-hints.js';
import { compileEagerly } from './eager-functions.js';
import { licensesOf } from './licenses.js';
import { mergeChunks } from './merge-chunks.js';
import { minifyFolder } from './minify.js';
import { packCommands } from './pack-commands.js';
import { writePackagedPage } from './page-build.js';
import { pruneTypes } from './prune-types.js';
import { writeStandalone } from './standalone.js';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

const built = [await build({ ...packageBundle, minify: true, outdir: 'dist', metafile: true })];
await mergeChunks('dist', built[0].metafile.outputs);
minifyFolder('dist');
compileEagerly('dist');
hintCompilation('dist');
const library = Object.keys(libraryBundle.entryPoints).map((name) => `${name}.js`);
await packCommands('dist', library);
built.push({ metafile: await writePackagedPage('dist', built[0].metafile) });
built.push(await writeStandalone('dist'));
writeFileSync('dist/licenses.txt', licensesOf(built.map(({ metafile }) => metafile)));

const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
const entries = ['index.d.ts', 'onnxruntime.d.ts'];
pruneTypes('dist/types', entries);
await writeCommonJs('dist');
