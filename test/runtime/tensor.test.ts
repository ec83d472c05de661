/** The public tensor, held to what code written for onnxruntime-common does with it. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Problem, ProblemError } from '../../src/diagnostics.js';
import { Tensor as DenseTensor } from '../../src/ir/tensor.js';
import { denseTensor, tensorOf } from '../../src/runtime/tensor/dense.js';
import { float16FromNumbers, float16ToNumbers } from '../../src/runtime/tensor/float16.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';

/** Engines get it one after another. */
const Float16Array = (globalThis as { Float16Array?: { from(values: readonly number[]): unknown } }).Float16Array;

/** For calls that the types forbid. */
const AnyTensor = Tensor as unknown as new (...args: readonly unknown[]) => Tensor;

function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a tensor is made of', () => {
  it('a type, data and dims', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensor = new Tensor('float32', data, [2, 3]);
    expect(tensor.type).toBe('float32');
    expect(tensor.dims).toEqual([2, 3]);
    expect(tensor.size).toBe(6);
    expect(tensor.location).toBe('cpu');
    expect(tensor.data).toBe(data);
  });

  it('data and dims, the type that of the data', () => {
    for (const [data, type] of [
      [Float32Array.of(1), 'float32'],
      [Float64Array.of(1), 'float64'],
      [Int8Array.of(1), 'int8'],
      [Uint8Array.of(1), 'uint8'],
      [Int16Array.of(1), 'int16'],
      [Uint16Array.of(1), 'uint16'],
      [Int32Array.of(1), 'int32'],
      [Uint32Array.of(1), 'uint32'],
      [BigInt64Array.of(1n), 'int64'],
      [BigUint64Array.of(1n), 'uint64'],
      [['a'], 'string'],
      [[true], 'bool'],
    ] as const) {
      const tensor = new AnyTensor(data, [1, 1]);
      expect({ type: tensor.type, dims: tensor.dims }).toEqual({ type, dims: [1, 1] });
    }
    expect(new Tensor(Float32Array.of(7, 8)).dims).toEqual([2]);
  });

  it('plain numbers, bigints, booleans', () => {
    expect(new Tensor('float32', [1, 2.5]).data).toEqual(Float32Array.of(1, 2.5));
    expect(new Tensor('int32', [1, -2]).data).toEqual(Int32Array.of(1, -2));
    expect(new Tensor('int64', [1, -2]).data).toEqual(BigInt64Array.of(1n, -2n));
    expect(new Tensor('uint64', [1n, 2n ** 64n - 1n]).data).toEqual(BigUint64Array.of(1n, 2n ** 64n - 1n));
    expect(new Tensor('bool', [true, false, true]).data).toEqual(Uint8Array.of(1, 0, 1));
    expect(new Tensor([false, true]).data).toEqual(Uint8Array.of(0, 1));
    expect(new Tensor('string', ['a', 'b'], [2, 1]).data).toEqual(['a', 'b']);
    expect(new Tensor('float32', [], [0, 3]).size).toBe(0);
    expect(new Tensor('float32', [5], []).dims).toEqual([]);
  });

  it('clamped bytes, as a copy', () => {
    const pixels = Uint8ClampedArray.of(0, 300);
    for (const tensor of [new Tensor('uint8', pixels), new Tensor(pixels)])
      expect(tensor.data).toEqual(Uint8Array.of(0, 255));
  });

  it('float16 as bits in a Uint16Array, shown as numbers where the engine can', () => {
    // 1.0 and -2.0 in IEEE 754 binary16.
    const bits = Uint16Array.of(0x3c00, 0xc000);
    const tensor = new Tensor('float16', bits);
    if (Float16Array === undefined) expect(tensor.data).toBe(bits);
    else expect(Array.from(tensor.data)).toEqual([1, -2]);
    expect(denseTensor(tensor, 'x').data).toEqual(bits);
    expect((tensor.data as Uint16Array).buffer).toBe(bits.buffer);
  });

  it('float16 and bfloat16 of numbers, rounded, and read as numbers', () => {
    // Halfway between 2048 and 2050 (IEEE 754 binary16): ties go to even.
    const numbers = [1, -2, 0.1, 2049, 70000, Number.NaN];
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x2e66, 0x6800, 0x7c00, 0x7e00);
    expect(float16FromNumbers(numbers)).toEqual(bits);
    expect(denseTensor(new Tensor('float16', numbers), 'x').data).toEqual(bits);
    const read = [1, -2, 0.0999755859375, 2048, Number.POSITIVE_INFINITY, Number.NaN];
    expect([...float16ToNumbers(bits)]).toEqual(read);
    expect([...float16ToNumbers(new Tensor('float16', numbers).data)]).toEqual(read);
    expect(new Tensor('bfloat16', [1, -2]).data).toEqual(Uint16Array.of(0x3f80, 0xc000));
  });

  it('4-bit integers packed two a byte, or one an entry', () => {
    expect(new AnyTensor('uint4', Uint8Array.of(0x21, 0xf3), [3]).data).toEqual(Uint8Array.of(1, 2, 3));
    expect(new AnyTensor('int4', Uint8Array.of(0x8f), [2]).data).toEqual(Int8Array.of(-1, -8));
    expect(new Tensor('int4', Int8Array.of(-1, 7), [2]).data).toEqual(Int8Array.of(-1, 7));
  });

  it.skipIf(Float16Array === undefined)('float16 as a Float16Array or numbers', () => {
    const data = Float16Array!.from([1, -2]);
    for (const tensor of [new AnyTensor('float16', data), new AnyTensor(data), new AnyTensor('float16', [1, -2])]) {
      expect(tensor.type).toBe('float16');
      expect(Array.from(tensor.data as Uint16Array)).toEqual([1, -2]);
      expect(denseTensor(tensor, 'x').data).toEqual(Uint16Array.of(0x3c00, 0xc000));
    }
  });

  it('nothing that does not fit', () => {
    expect(() => new Tensor('float32', new Float32Array(5), [2, 3])).toThrow(
      'a float32 tensor of shape [2, 3] has 6 elements, and the data 5',
    );
    expect(() => new AnyTensor('float32', new Float64Array(1))).toThrow(
      'the data of a float32 tensor is a Float32Array, not Float64Array',
    );
    expect(() => new AnyTensor('complex64', [1])).toThrow("there are no tensors of type 'complex64'");
    expect(() => new AnyTensor('float33', [1])).toThrow("there are no tensors of type 'float33'");
    expect(() => new AnyTensor([1, 2])).toThrow('an array of number does not say its element type');
    expect(() => new AnyTensor([])).toThrow('an empty array does not say its element type');
    expect(() => new AnyTensor('string', [1])).toThrow('is an array of strings');
    expect(() => new AnyTensor('bool', [2])).toThrow('the data of a bool tensor');
    expect(() => new AnyTensor('int32', ['1'])).toThrow('the data of a int32 tensor');
    expect(() => new AnyTensor('float8e5m2', [1])).toThrow('a Uint8Array with its bits');
    expect(() => new Tensor('int64', [0.5])).toThrow('has to be whole: 0.5 is not');
    expect(() => new Tensor('int64', [2 ** 60])).toThrow('has to be whole');
    for (const dims of [[-1], [1.5], ['1'], [Number.NaN]])
      expect(() => new AnyTensor('float32', [1], dims)).toThrow(/^dims\[0\] is /);
    expect(() => new AnyTensor('float32', [1], 1)).toThrow('the dims of a tensor are an array');
  });
});

describe('a tensor', () => {
  it('gives its data as a promise too', async () => {
    const tensor = new Tensor('int8', Int8Array.of(1, 2));
    expect(await tensor.getData()).toBe(tensor.data);
  });

  it('is reshaped over the same data', () => {
    const tensor = new Tensor('float32', [1, 2, 3, 4], [4]);
    const square = tensor.reshape([2, 2]);
    expect(square.dims).toEqual([2, 2]);
    square.data[3] = 9;
    expect(tensor.data[3]).toBe(9);
    expect(() => tensor.reshape([3])).toThrow('has 3 elements, and the data 4');
  });

  it('lets go of its data when it is disposed of', async () => {
    const tensor = new Tensor('float32', [1]);
    tensor.dispose();
    expect(tensor.location).toBe('none');
    expect(() => tensor.data).toThrow('disposed');
    expect(() => tensor.reshape([1])).toThrow('disposed');
    await expect(tensor.getData()).rejects.toThrow('disposed');
    expect(problemOf(() => denseTensor(tensor, 'x'))).toMatchObject({
      code: 'US2003',
      actual: 'a tensor that is disposed of',
    });
  });
});

describe('what a console prints of a tensor', () => {
  it('is its type, its dims and its first elements, under its own name', () => {
    expect(inspect(new Tensor('float32', [0.1, -0, 3e9], [1, 3]))).toBe('Tensor float32[1, 3] [0.1, -0, 3000000000]');
    expect(
      inspect(
        new Tensor(
          'int64',
          BigInt64Array.from({ length: 100 }, (_, i) => BigInt(i)),
          [10, 10],
        ),
      ),
    ).toBe('Tensor int64[10, 10] [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, … 92 more]');
    expect(inspect({ y: new Tensor('string', ['a\n']) })).toBe('{ y: Tensor string[1] ["a\\n"] }');
    const gone = new Tensor('float32', [1]);
    gone.dispose();
    expect(inspect(gone)).toBe('Tensor float32[1] (disposed)');
    const halves = Uint16Array.of(0x3c00, 0xc100);
    expect(inspect(new Tensor('float16', halves, [2]))).toBe('Tensor float16[2] [1, -2.5]');
    expect(inspect(new Tensor('bfloat16', Uint16Array.of(0x3f80), [1]))).toBe('Tensor bfloat16[1] [1]');
  });
});

describe('what is fed may be', () => {
  it('a clone of a tensor, as workers get it', () => {
    const data = Float32Array.of(1, 2);
    const clone = structuredClone(new Tensor('float32', data, [2]));
    expect(clone.data).toBeUndefined();
    expect(denseTensor(clone, 'x')).toMatchObject({ type: 'float32', dims: [2], data });
  });

  it('a tensor of unstride, of the engine, or any object like one', () => {
    const data = Float32Array.of(1, 2);
    const dense = new DenseTensor('float32', [2], data);
    expect(denseTensor(dense, 'x')).toBe(dense);
    for (const given of [
      tensorOf(dense),
      { type: 'float32', dims: [2], data },
      { type: 'float32', dims: [2], data, location: 'cpu' },
    ]) {
      const tensor = denseTensor(given, 'x');
      expect(tensor).toBeInstanceOf(DenseTensor);
      expect(tensor.dims).toEqual([2]);
      expect(tensor.data).toBe(data);
    }
    expect(denseTensor({ type: 'int64', dims: [1], data: [3] }, 'x').data).toEqual(BigInt64Array.of(3n));
  });

  it('nothing else', () => {
    const actual = (given: unknown) => problemOf(() => denseTensor(given, 'x'));
    for (const given of [Float32Array.of(1), [1], null, 1, 'x']) {
      expect(actual(given)).toMatchObject({
        code: 'US2003',
        message: "the data for the input 'x' is no tensor",
        hint: "make one: new Tensor('float32', data, dims)",
      });
    }
    expect(actual({}).actual).toBe('an object without a type');
    expect(actual({ type: 'f4', dims: [1], data: [1] }).actual).toBe("the type 'f4'");
    expect(actual({ type: 'float32', data: Float32Array.of(1) }).actual).toContain('dims');
    expect(actual({ type: 'float32', dims: [2], data: Float32Array.of(1) }).actual).toContain(
      '2 elements, and the data 1',
    );
    expect(actual({ type: 'float32', dims: [1], location: 'gpu-buffer' })).toMatchObject({
      actual: "a tensor whose data is at 'gpu-buffer'",
      hint: 'get its data first, with getData()',
    });
  });
});
