/** How much a browser has to fetch before it can run a model: ours, and onnxruntime-web's WebAssembly back end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { browserLibrary } from './bundle.js';
import type { SizeRow } from './results.js';

const here = import.meta.dirname;

function sizeOf(name: string, files: readonly Uint8Array[]): SizeRow {
  const sum = (size: (file: Uint8Array) => number) => files.reduce((total, file) => total + size(file), 0);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    kind: 'size',
    name,
    date: new Date().toISOString(),
    bytes: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
    brotli: sum((file) => brotliCompressSync(file, quality).length),
  };
}

/** Everything that the package's entry exports, its dependencies included, and no more than a browser loads. */
async function ourFiles(): Promise<Uint8Array[]> {
  const { outputFiles, metafile } = await build({
    ...browserLibrary,
    write: false as const,
    metafile: true as const,
    outdir: 'out',
  });
  const wanted = new Set<string>();
  const visit = (file: string): void => {
    if (wanted.has(file)) return;
    wanted.add(file);
    for (const { path: imported, kind } of metafile.outputs[file]!.imports) {
      // What only Node loads is behind a dynamic import.
      if (kind === 'import-statement' && imported in metafile.outputs) visit(imported);
    }
  };
  visit('out/index.js');
  const root = path.join(here, '..');
  return outputFiles.filter((file) => wanted.has(path.relative(root, file.path))).map(({ contents }) => contents);
}

export async function measureSizes(): Promise<SizeRow[]> {
  const dist = path.join(here, 'node_modules', 'onnxruntime-web', 'dist');
  const peer = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map((file) =>
    readFileSync(path.join(dist, file)),
  );
  return [sizeOf('unstride', await ourFiles()), sizeOf('onnxruntime-web', peer)];
}
