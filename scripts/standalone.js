// Makes unstride.min.js, one classic script of the modules that esbuild splits the library into. Those that the first lines of a
// page need (tensors, the front of sessions) are functions in it. The engine is packed: written out it would be two fifths of the
// package, a second time.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { standaloneBundle } from './bundles.js';
import { mergeFiles } from './merge-chunks.js';
import { minified } from './minify.js';
import { packed } from './packed.js';

const { asFunction } = createRequire(import.meta.url)('./require-modules.cjs');
const entry = 'unstride.min.js';

/** @returns esbuild's result, for its metafile */
export async function writeStandalone(folder) {
  const parts = mkdtempSync(path.join(tmpdir(), 'unstride-standalone-'));
  const result = await build({ ...standaloneBundle, outdir: parts, metafile: true });
  const files = new Map(Object.entries(result.metafile.outputs).map(([file, output]) => [path.basename(file), output]));
  const isAtOnce = reachedAtOnce(files);
  // What is packed is unpacked as a whole, so nothing is gained by many modules.
  const chunks = [...files.keys()].filter((name) => name.startsWith('chunk-'));
  await mergeFiles(parts, files, [
    chunks.filter((name) => isAtOnce.has(name)),
    chunks.filter((name) => !isAtOnce.has(name)),
  ]);
  const atOnce = new Set([...isAtOnce, 'part-1.js']);
  const codes = new Map(
    readdirSync(parts).map((name) => [name, minified(name, readFileSync(path.join(parts, name), 'utf8'))]),
  );
  rmSync(parts, { recursive: true });
  const functions = (isWanted) =>
    `{${[...codes]
      .filter(([name]) => isWanted(name))
      .map(([name, code]) => `"./${name}":function(take,give,takeLater){${asFunction(code)}}`)
      .join(',')}}`;
  const rest = packed(functions((name) => !atOnce.has(name)));
  const loader = await build({
    entryPoints: [path.join(import.meta.dirname, 'unpack.js')],
    bundle: true,
    format: 'iife',
    globalName: 'loader',
    minify: true,
    target: 'es2022',
    write: false,
  });
  writeFileSync(
    path.join(folder, entry),
    [
      'var unstride=(()=>{',
      loader.outputFiles[0].text,
      `return loader.start(${functions((name) => atOnce.has(name))},"./${entry}",${rest});})();`,
      '',
    ].join('\n'),
  );
  return result;
}

/** Files that static imports lead to from the entry. */
function reachedAtOnce(files) {
  const reached = new Set([entry]);
  for (const name of reached)
    for (const { path: imported, kind } of files.get(name).imports)
      if (kind === 'import-statement') reached.add(path.basename(imported));
  return reached;
}
