// Makes unstride.min.js, one classic script of the modules that esbuild splits the library into. Those that the first lines of a
// page need (tensors, the front of sessions) are functions in it. The engine is packed: written out it would be two fifths of the
// package, a second time.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { standaloneBundle } from './bundles.js';
import { minified } from './minify.js';
import { packed } from './packed.js';

const { asFunction } = createRequire(import.meta.url)('./require-modules.cjs');
const entry = 'unstride.min.js';

/** @returns esbuild's result, for its metafile */
export async function writeStandalone(folder) {
  const result = await build({ ...standaloneBundle, outdir: folder, write: false, metafile: true });
  const codes = new Map(
    result.outputFiles.map(({ path: file, text }) => [path.basename(file), minified(path.basename(file), text)]),
  );
  const atOnce = reachedAtOnce(result.metafile);
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
      `return loader.start(${functions((name) => atOnce.has(name))},"${rest}","./${entry}");})();`,
      '',
    ].join('\n'),
  );
  return result;
}

/** Files that static imports lead to from the entry. */
function reachedAtOnce({ outputs }) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(path.basename(file))) return;
    reached.add(path.basename(file));
    for (const { path: imported, kind } of outputs[file].imports) if (kind === 'import-statement') visit(imported);
  };
  visit(Object.keys(outputs).find((file) => path.basename(file) === entry));
  return reached;
}
