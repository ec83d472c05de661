/**
 * How inference grows: graphs of 1,000 to 100,000 nodes with open sizes, read and inferred; and a model whose weights are
 * 2 GB of external data, inferred without reading them.
 *
 *     cd bench && npm ci && npm run inference
 */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import protobuf from 'protobufjs';
import { infer } from '../src/infer.js';
import { readModel } from '../src/onnx/read.js';
import { openModel } from '../src/runtime/open.js';

const root = protobuf.loadSync(path.join(import.meta.dirname, '..', 'schemas', 'onnx.proto'));
const ModelProto = root.lookupType('onnx.ModelProto');

interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly external?: { readonly offset: number; readonly length: number };
}

function modelBytes(nodes: readonly object[], weights: readonly Tensor[], outputs: readonly string[]): Uint8Array {
  const symbolic = ['N', '', 'H', 'W'].map((dimParam, axis) => (axis === 1 ? { dimValue: 8 } : { dimParam }));
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 9,
      opsetImport: [{ domain: '', version: 18 }],
      graph: {
        name: 'bench',
        node: nodes,
        initializer: weights.map(({ name, dims, external }) => ({
          name,
          dims,
          dataType: 1,
          ...(external === undefined
            ? { rawData: new Uint8Array(4 * dims.reduce((product, dim) => product * dim, 1)) }
            : {
                dataLocation: 1,
                externalData: Object.entries({ location: 'weights.bin', ...external }).map(([key, value]) => ({
                  key,
                  value: String(value),
                })),
              }),
        })),
        input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: symbolic } } } }],
        output: outputs.map((name) => ({ name })),
      },
    }),
  ).finish();
}

/** Blocks of a pooling, a convolution, a transposed convolution, a sum with what went in, and an activation. */
function blocks(count: number): Uint8Array {
  const nodes: object[] = [];
  const ints = (name: string, ...values: number[]) => ({ name, type: 7, ints: values });
  let value = 'x';
  for (let block = 0; nodes.length < count; block++) {
    const name = (part: string) => `${part}${block}`;
    const node = (opType: string, input: string[], output: string, attribute: object[] = []) =>
      nodes.push({ opType, name: output, input, output: [output], attribute });
    node('MaxPool', [value], name('pool'), [ints('kernel_shape', 2, 2), ints('strides', 2, 2)]);
    node('Conv', [name('pool'), 'w'], name('conv'), [ints('pads', 1, 1, 1, 1)]);
    node('ConvTranspose', [name('conv'), 'u'], name('up'), [ints('strides', 2, 2)]);
    node('Add', [name('up'), value], name('sum'));
    node('Relu', [name('sum')], name('relu'));
    value = name('relu');
  }
  return modelBytes(
    nodes,
    [
      { name: 'w', dims: [8, 8, 3, 3] },
      { name: 'u', dims: [8, 8, 2, 2] },
    ],
    [value],
  );
}

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
  const layer = 256 * 256 * 9 * 4;
  const count = Math.ceil(2e9 / layer);
  const weights = path.join(folder, 'weights.bin');
  const file = openSync(weights, 'w');
  ftruncateSync(file, count * layer);
  closeSync(file);
  const tensors: Tensor[] = [{ name: 'first', dims: [256, 8, 3, 3] }];
  const nodes: object[] = [{ opType: 'Conv', input: ['x', 'first'], output: ['y0'] }];
  for (let i = 0; i < count; i++) {
    tensors.push({ name: `w${i}`, dims: [256, 256, 3, 3], external: { offset: i * layer, length: layer } });
    nodes.push({
      opType: 'Conv',
      input: [`y${i}`, `w${i}`],
      output: [`y${i + 1}`],
      attribute: [{ name: 'pads', type: 7, ints: [1, 1, 1, 1] }],
    });
  }
  const model = path.join(folder, 'model.onnx');
  writeFileSync(model, modelBytes(nodes, tensors, [`y${count}`]));
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const { model: opened } = await openModel(model);
  const { types } = infer(opened.graph);
  const elapsed = performance.now() - start;
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  console.log(
    `\n${(statSync(weights).size / 1e9).toFixed(2)} GB of external weights: ${types.size} values inferred in ${elapsed.toFixed(0)} ms, ${grown.toFixed(0)} MiB more memory`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
