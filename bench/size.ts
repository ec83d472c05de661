/** How much a browser has to fetch before it can run a model: ours, and onnxruntime-web's WebAssembly back end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { bundleForBrowser } from './bundle.js';
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

/** No more than a browser loads for a model of common operators: what others need is behind dynamic imports. */
async function ourFiles(): Promise<Uint8Array[]> {
  const { outputFiles, metafile } = await bundleForBrowser();
  const outputs = new Map(Object.entries(metafile.outputs).map(([file, output]) => [path.basename(file), output]));
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const { path: imported, kind } of outputs.get(name)!.imports) {
      if (kind === 'import-statement') visit(path.basename(imported));
    }
  };
  visit('library.js');
  return outputFiles.filter((file) => wanted.has(path.basename(file.path))).map(({ contents }) => contents);
}

export async function measureSizes(): Promise<SizeRow[]> {
  const dist = path.join(here, 'node_modules', 'onnxruntime-web', 'dist');
  const peer = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map((file) =>
    readFileSync(path.join(dist, file)),
  );
  return [sizeOf('unstride', await ourFiles()), sizeOf('onnxruntime-web', peer)];
}
