/**
 * What cutting a part out costs beyond reading the model: half of graphs of 1,000 to 100,000 nodes; and three layers of a model
 * whose weights are 2 GB of external data, of which the rest is not read.
 *
 *     cd bench && npm ci --ignore-scripts && npm run extract
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { readModel } from '../src/onnx/read.js';
import { openModel } from '../src/runtime/open.js';
import { writeModel } from '../src/runtime/write.js';
import { extractPart } from '../src/split/extract.js';
import { blocks, writeLargeModel } from './made-models.js';
import { median } from './statistics.js';

console.log(`${cpus()[0]?.model.trim()}, Node ${process.version}\n`);
console.log('   nodes   read ms   cut ms  write ms  nodes of the part');

const folder = mkdtempSync(path.join(tmpdir(), 'unstride-bench-'));
try {
  for (const count of [1_000, 10_000, 100_000]) await cutHalf(count);
  await cutLarge();
} finally {
  rmSync(folder, { recursive: true });
}

async function cutHalf(count: number): Promise<void> {
  const bytes = blocks(count);
  const times: { read: number; cut: number; write: number; nodes: number }[] = [];
  // The first round is not counted: the code is not compiled then.
  for (let round = 0; round < (count > 50_000 ? 3 : 8); round++) {
    const read = await timed(() => readModel(bytes).model);
    const middle = read.result.graph.nodes[Math.floor(count / 10) * 5 - 1]!.outputs[0]!.name;
    const cut = await timed(() => extractPart(read.result, { from: [middle] }).model);
    const write = await timed(() => writeModel(cut.result, path.join(folder, 'part.onnx')));
    times.push({ read: read.time, cut: cut.time, write: write.time, nodes: cut.result.graph.nodes.length });
  }
  const counted = times.slice(1);
  const columns = [
    String(count),
    ...(['read', 'cut', 'write'] as const).map((part) => median(counted.map((item) => item[part])).toFixed(1)),
    String(times[0]!.nodes),
  ];
  console.log(columns.map((column, i) => column.padStart([8, 9, 8, 9, 18][i]!)).join(' '));
}

async function cutLarge(): Promise<void> {
  const { model: file } = writeLargeModel(folder, 2e9);
  const before = { read: bytesRead(), memory: process.memoryUsage().rss };
  const { time } = await timed(async () => {
    const { model } = await openModel(file);
    const part = extractPart(model, { from: ['y100'], to: ['y103'] }).model;
    return writeModel(part, path.join(folder, 'part.onnx'));
  });
  const grown = (process.memoryUsage().rss - before.memory) / 2 ** 20;
  const read = bytesRead();
  const readText =
    read === undefined ? '' : `, ${((read - before.read!) / 1e6).toFixed(1)} MB read (three layers are 7.1 MB)`;
  const all = (statSync(path.join(folder, 'weights.bin')).size / 1e9).toFixed(2);
  console.log(
    `\n${all} GB of external weights: opened, cut and written in ${time.toFixed(0)} ms${readText}, ${grown.toFixed(0)} MiB more memory`,
  );
}

async function timed<T>(run: () => T | Promise<T>): Promise<{ readonly result: T; readonly time: number }> {
  const start = performance.now();
  const result = await run();
  return { result, time: performance.now() - start };
}

/** What the process has read from files so far, where the system says it. */
function bytesRead(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}
