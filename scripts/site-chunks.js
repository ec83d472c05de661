// Chunks of the site, by when a visit loads them: a browser takes a while for each request, and many small files are compressed
// less well than a few. esbuild makes a chunk for each set of entries that lead to it.
import path from 'node:path';

/** What a visit comes to, one after the other; what is loaded by none of these stays as it is. */
const stages = [
  ['src/page/worker.ts'],
  ['src/ops/frequent.ts'],
  ['src/page/worker/drawing.ts'],
  ['src/page/worker/running.ts'],
  // The first run loads what runs programs and, where none is kept, what compiles them.
  ['src/runtime/session.ts'],
  ['src/compile.ts', 'src/runtime/session-model.ts'],
];

/** @param files outputs of esbuild's metafile by name @returns names of chunks that are loaded together */
export function chunksByStage(files) {
  const seen = new Set();
  return stages.map((stage) => {
    const chunks = [];
    const visit = (name) => {
      if (seen.has(name) || !files.has(name)) return;
      seen.add(name);
      if (name.startsWith('chunk-') && name.endsWith('.js')) chunks.push(name);
      for (const { path: file, kind } of files.get(name).imports)
        if (kind === 'import-statement') visit(path.basename(file));
    };
    for (const [name, { entryPoint }] of files) if (stage.includes(entryPoint)) visit(name);
    return chunks;
  });
}
