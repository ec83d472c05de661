/** Held against onnxruntime-common itself, where the benchmarks' packages are installed (`cd bench && npm ci`). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/runtime/tensor.js';
import { modelBytes, nodeProto } from '../support/model.js';

const entry = path.join(import.meta.dirname, '../../bench/node_modules/onnxruntime-common/dist/esm/index.js');
const isInstalled = existsSync(entry);

type TensorClass = new (...args: readonly unknown[]) => Tensor;

async function onnxruntime(): Promise<{ readonly Tensor: TensorClass }> {
  return (await import(pathToFileURL(entry).href)) as { readonly Tensor: TensorClass };
}

const calls: readonly (readonly unknown[])[] = [
  ['float32', [1, 2], [2, 1]],
  ['float32', Float32Array.of(1, 2)],
  ['float64', [1], []],
  ['int64', [1, -2]],
  ['int64', [1n, 2n], [1, 2]],
  ['uint64', [3]],
  ['bool', [true, false]],
  ['bool', Uint8Array.of(1, 0)],
  ['string', ['a', 'b'], [2]],
  ['uint8', Uint8ClampedArray.of(1, 2)],
  ['float16', Uint16Array.of(0x3c00)],
  [Float32Array.of(1), [1]],
  [BigInt64Array.of(1n)],
  [[true]],
  [['a']],
  [Uint8ClampedArray.of(9)],
  // What both refuse.
  ['float32', [1, 2], [3]],
  ['float32', Float64Array.of(1)],
  ['float32', [1], [-1]],
  ['complex64', [1]],
  ['string', 'a'],
  ['int64', [0.5]],
  [[1, 2]],
  [[]],
];

function nameOf(call: readonly unknown[]): string {
  return call.map((part) => (Array.isArray(part) ? `[${part}]` : `${part?.constructor.name} ${part}`)).join(', ');
}

describe.skipIf(!isInstalled)('a tensor', () => {
  it.each(calls.map((call) => ({ call, name: nameOf(call) })))(
    'of $name is that of onnxruntime-common',
    async ({ call }) => {
      const ort = await onnxruntime();
      const make = (Class: TensorClass) => {
        try {
          const { type, dims, data, size, location } = new Class(...call);
          return { type, dims, data, size, location };
        } catch {
          return 'refused';
        }
      };
      expect(make(Tensor as unknown as TensorClass)).toEqual(make(ort.Tensor));
    },
  );

  it('of onnxruntime-common can be fed', async () => {
    const ort = await onnxruntime();
    const session = await InferenceSession.create(
      modelBytes({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
      { threads: 1 },
    );
    const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, -2), [2]) });
    expect(y!.data).toEqual(Float32Array.of(-1, 2));
    await session.release();
  });

  it('of unstride is taken for one by its members', async () => {
    const ort = await onnxruntime();
    const known = new ort.Tensor('float32', [1]);
    const ours = new Tensor('float32', [1]);
    for (const name of ['type', 'dims', 'data', 'size', 'location', 'getData', 'reshape', 'dispose'])
      expect({ name, kind: typeof ours[name as keyof Tensor] }).toEqual({
        name,
        kind: typeof known[name as keyof Tensor],
      });
  });
});
