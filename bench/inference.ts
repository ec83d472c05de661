/**
 * How inference grows: graphs of 1,000 to 100,000 nodes with open sizes, read and inferred; and a model whose weights are
 * 2 GB of external data, inferred without reading them.
 *
 *     cd bench && npm ci && npm run inference
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { infer } from '../src/infer/infer.js';
import { readModel } from '../src/onnx/read.js';
import { openModel } from '../src/runtime/open.js';
import { blocks, writeLargeModel } from './made-models.js';

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function timed(run: () => void, runs = 7): number {
  run();
  return median(
    Array.from({ length: runs }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
}

console.log('   nodes   read ms  infer ms  infer µs a node');
for (const count of [1_000, 10_000, 100_000]) {
  const bytes = blocks(count);
  const runs = count > 50_000 ? 3 : 7;
  const read = timed(() => readModel(bytes), runs);
  const { graph } = readModel(bytes).model;
  const inference = timed(() => infer(graph), runs);
  const columns = [String(count), read.toFixed(1), inference.toFixed(1), ((inference * 1000) / count).toFixed(2)];
  console.log(columns.map((column, i) => column.padStart([8, 9, 9, 16][i]!)).join(' '));
}

const folder = mkdtempSync(path.join(tmpdir(), 'unstride-bench-'));
try {
  const { model } = writeLargeModel(folder, 2e9);
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const { model: opened } = await openModel(model);
  const { types } = infer(opened.graph);
  const elapsed = performance.now() - start;
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  console.log(
    `\n${(statSync(path.join(folder, 'weights.bin')).size / 1e9).toFixed(2)} GB of external weights: ${types.size} values inferred in ${elapsed.toFixed(0)} ms, ${grown.toFixed(0)} MiB more memory`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
