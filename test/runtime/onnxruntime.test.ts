/** Held against onnxruntime-common itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { modelBytes, nodeProto } from '../support/model.js';
import { type Common, hasCommon, loadCommon } from '../support/onnxruntime-common.js';

type TensorClass = new (...args: readonly unknown[]) => Tensor;

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
  [{ location: 'cpu-pinned', type: 'float32', data: Float32Array.of(1, 2), dims: [2, 1] }],
  // What both refuse.
  ['float32', [1, 2], [3]],
  ['float32', Float64Array.of(1)],
  ['float32', [1], [-1]],
  [{ location: 'nowhere', type: 'float32', dims: [1] }],
  ['complex64', [1]],
  ['string', 'a'],
  ['int64', [0.5]],
  [[1, 2]],
  [[]],
];

function nameOf(call: readonly unknown[]): string {
  return call.map((part) => (Array.isArray(part) ? `[${part}]` : `${part?.constructor.name} ${part}`)).join(', ');
}

let ort: Common;
beforeAll(async () => {
  if (hasCommon) ort = await loadCommon();
});

describe.skipIf(!hasCommon)('a tensor', () => {
  it.each(calls.map((call) => ({ call, name: nameOf(call) })))('of $name is that of onnxruntime-common', ({ call }) => {
    const make = (Class: TensorClass) => {
      try {
        const { type, dims, data, size, location } = new Class(...call);
        return { type, dims, data, size, location };
      } catch {
        return 'refused';
      }
    };
    expect(make(Tensor as unknown as TensorClass)).toEqual(make(ort.Tensor as unknown as TensorClass));
  });

  it('of onnxruntime-common can be fed', async () => {
    const session = await InferenceSession.create(
      modelBytes({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
      { threads: 1 },
    );
    const { y } = await session.run({
      x: new (ort.Tensor as unknown as TensorClass)('float32', Float32Array.of(1, -2), [2]),
    });
    expect(y!.data).toEqual(Float32Array.of(-1, 2));
    await session.release();
  });

  it('arrives in a worker as one of onnxruntime-common does', () => {
    const make = (Class: TensorClass) => structuredClone(new Class('float32', Float32Array.of(1, 2), [2, 1]));
    const clone = make(Tensor as unknown as TensorClass);
    expect(clone).toEqual(make(ort.Tensor as unknown as TensorClass));
    expect(Object.keys(clone)).toEqual(Object.keys(make(ort.Tensor as unknown as TensorClass)));
    const { type, cpuData, dims } = clone as unknown as Record<string, unknown>;
    expect(new (Tensor as unknown as TensorClass)(type, cpuData, dims).data).toEqual(Float32Array.of(1, 2));
  });

  it('has the members of that of onnxruntime-common, and the statics of its class', () => {
    const ours = new Tensor('float32', [1]);
    const known = Object.getOwnPropertyNames(ort.Tensor.prototype).filter((name) => name !== 'ensureValid');
    expect(known.filter((name) => !(name in Tensor.prototype) && !(name in ours))).toEqual([]);
    const statics = Object.getOwnPropertyNames(ort.Tensor);
    expect(statics.filter((name) => !(name in Tensor))).toEqual([]);
    expect(Tensor).toHaveProperty('name', 'Tensor');
  });

  it('on a GPU carries its resource, and downloads it once', async () => {
    for (const Class of [Tensor, ort.Tensor as unknown as typeof Tensor]) {
      const heard: string[] = [];
      const buffer = { size: 8, mapState: 'unmapped' } as unknown as Tensor.GpuBufferType;
      const tensor = Class.fromGpuBuffer(buffer, {
        dims: [2],
        dataType: 'float32',
        download: async () => {
          heard.push('download');
          return Float32Array.of(1, 2);
        },
        dispose: () => heard.push('dispose'),
      });
      expect(tensor.location).toBe('gpu-buffer');
      expect(tensor.gpuBuffer).toBe(buffer);
      expect(() => tensor.data).toThrow('getData()');
      expect(() => tensor.texture).toThrow();
      expect(await tensor.getData(true)).toEqual(Float32Array.of(1, 2));
      expect(tensor.location).toBe('cpu');
      expect(tensor.data).toEqual(Float32Array.of(1, 2));
      tensor.dispose();
      expect(heard).toEqual(['download', 'dispose']);
    }
  });
});
