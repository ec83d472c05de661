import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filtersOf, hasHalves, packConstants, stagingBytes } from '../../src/codegen/pack-constants.js';
import { type PackingCode, packingCode } from '../../src/codegen/packing-code.js';
import { type Constant, constantFromTensor } from '../../src/ir/graph.js';
import { float32, Tensor } from '../../src/ir/tensor.js';
import { type ConstantRecipe, noTap, type PlanConstant, type WeightSource } from '../../src/plan/execution-plan.js';
import { packWeights } from '../../src/wasm/kernels/convolution.js';
import { emitHalfPacking } from '../../src/wasm/packing/half-packing.js';
import { emitPacking, type FilterTaps } from '../../src/wasm/packing/packing-module.js';
import { inTurns, packHalfWeights, packSmallNWeights, packWinogradWeights } from '../support/pack-weights.js';
import { noise } from '../wasm/kernels/noise.js';

async function packingFor(
  memory: WebAssembly.Memory,
  filters: readonly FilterTaps[],
  halves = false,
): Promise<PackingCode> {
  const { instance } = await WebAssembly.instantiate(
    emitPacking({ initial: 1 }, filters, halves ? emitHalfPacking : undefined),
    {
      host: { memory },
    },
  );
  return packingCode(instance);
}

/** What lies around the constant, which nothing may write to. */
const guard = 64;

/** Packs one constant into memory that ends after it. */
function pack(
  recipe: ConstantRecipe,
  floats: number,
  constants: Readonly<Record<string, Constant>>,
): Promise<Float32Array> {
  return packAll([{ recipe, floats }], constants);
}

/** Packs constants one after another. */
async function packAll(
  recipes: readonly Omit<PlanConstant, 'key'>[],
  constants: Readonly<Record<string, Constant>>,
): Promise<Float32Array> {
  const find = (value: string) => constants[value]!;
  const staging = 1024;
  const all = recipes.map((constant, i): PlanConstant => ({ key: `${i}`, ...constant }));
  const address = staging + Math.ceil(stagingBytes(all, find) / 16) * 16 + guard * 4;
  const places = new Map<PlanConstant, number>();
  let end = address;
  for (const constant of all) {
    places.set(constant, end);
    end += constant.floats * 4;
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + guard * 4) / 65536) });
  const floats = new Float32Array(memory.buffer);
  const around = [floats.subarray(0, staging / 4), floats.subarray(address / 4 - guard, address / 4)];
  around.push(floats.subarray(end / 4, end / 4 + guard));
  for (const part of around) part.fill(7);
  // What was there before must not matter.
  floats.fill(Number.NaN, staging / 4, address / 4 - guard);
  const code = await packingFor(memory, filtersOf(all), hasHalves(all));
  packConstants(all, find, (constant) => places.get(constant)!, { memory, code, staging });
  for (const part of around) expect(part.every((value) => value === 7)).toBe(true);
  return floats.slice(address / 4, end / 4);
}

/** A constant in a file: read from where it is asked for. */
function inFile(dims: readonly number[], data: Float32Array): Constant {
  return {
    type: 'float32',
    dims,
    byteLength: data.byteLength,
    storage: 'external',
    load: () => {
      throw new Error('the whole tensor is loaded');
    },
    readInto: (target, first) => target.set(data.subarray(first, first + target.length)),
  };
}

/** Weights [columns, channels, taps] or [channels, columns, taps], some taps of them. */
const source = fc
  .record({
    all: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    isTransposed: fc.boolean(),
    base: fc.integer({ min: 0, max: 5 }),
  })
  .chain(({ all, channels, columns, isTransposed, base }) =>
    fc.shuffledSubarray(Array.from({ length: all }, (_, i) => i)).map((taps) => {
      const piece: WeightSource = {
        value: 'w',
        base,
        taps,
        channels,
        channelStride: isTransposed ? columns * all : all,
        columns,
        columnStride: isTransposed ? all : channels * all,
      };
      return { piece, data: noise(base + all * channels * columns, 3) };
    }),
  );

function weightOf({ base, taps, channelStride, columnStride }: WeightSource, data: Float32Array) {
  return (tap: number, channel: number, column: number) =>
    taps[tap] === noTap ? 0 : data[base + taps[tap]! + channel * channelStride + column * columnStride]!;
}

const margin = 16;

function withMargin(packed: Float32Array): Float32Array {
  const result = new Float32Array(packed.length + margin);
  result.set(packed);
  return result;
}

/** Of Winograd's filters that are one sum, some are shorter: which taps are missing. */
const missing = fc.array(fc.nat(30), { maxLength: 4 });

function without(taps: readonly number[], gone: readonly number[]): readonly number[] {
  return taps.map((tap, i) => (gone.includes(i) ? noTap : tap));
}

describe('weights', () => {
  const tileColumns = fc.constantFrom(8, 16);

  it('lie in panels as the kernels have them', async () => {
    await fc.assert(
      fc.asyncProperty(source, tileColumns, missing, async ({ piece: whole, data }, columns, gone) => {
        const piece = { ...whole, taps: without(whole.taps, gone) };
        const weight = weightOf(piece, data);
        const { channels } = piece;
        const expected = withMargin(
          packWeights(piece.taps.length * channels, piece.columns, { pixels: 6, columns }, (k, column) =>
            weight(Math.floor(k / channels), k % channels, column),
          ),
        );
        const recipe = { kind: 'panels', tileColumns: columns, pieces: [piece] } as const;
        const constant = constantFromTensor(float32([data.length], data));
        expect(await pack(recipe, expected.length, { w: constant })).toEqual(expected);
      }),
    );
  });

  it('lie in panels in the order of turns', async () => {
    const turnChannels = fc.constantFrom(2, 16, 32);
    await fc.assert(
      fc.asyncProperty(source, tileColumns, turnChannels, async ({ piece, data }, columns, channels) => {
        const weight = weightOf(piece, data);
        const turns = { channels, panels: piece.columns % (2 * columns) === 0 ? 2 : 1 };
        const plain = packWeights(
          piece.taps.length * piece.channels,
          piece.columns,
          { pixels: 6, columns },
          (k, column) => weight(Math.floor(k / piece.channels), k % piece.channels, column),
        );
        const shape = { ...piece, taps: piece.taps.length, tile: { columns }, turns };
        const expected = withMargin(inTurns(plain, shape));
        const recipe = { kind: 'panels', tileColumns: columns, turns, pieces: [piece] } as const;
        const constant = constantFromTensor(float32([data.length], data));
        expect(await pack(recipe, expected.length, { w: constant })).toEqual(expected);
      }),
    );
  });

  it('of 16 bits lie in panels, rounded, whole or read in pieces', async () => {
    const types = fc.constantFrom('float16', 'bfloat16');
    const some = source.filter(({ piece }) => piece.taps.length > 0);
    const sizes = fc.constantFrom(1, 2 ** -130, 1e-3, 1e9);
    await fc.assert(
      fc.asyncProperty(some, tileColumns, types, sizes, async ({ piece, data: noises }, columns, type, size) => {
        const data = noises.map((number) => number * size);
        const weight = weightOf(piece, data);
        const { channels } = piece;
        const largest = data.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
        const length = piece.taps.length * channels;
        const expected = withMargin(
          packHalfWeights(type, largest, length, piece.columns, { pixels: 6, columns }, (k, column) =>
            weight(Math.floor(k / channels), k % channels, column),
          ),
        );
        const recipe = { kind: 'panels', tileColumns: columns, type, pieces: [piece] } as const;
        const packed = await pack(recipe, expected.length, { w: inFile([data.length], data) });
        expect(new Uint32Array(packed.buffer)).toEqual(new Uint32Array(expected.buffer));
      }),
      { numRuns: 40 },
    );
  });

  it('of 16 bits that are too large for float16 make what reads them NaN', async () => {
    const piece = { value: 'w', base: 0, taps: [0], channels: 2, channelStride: 1, columns: 1, columnStride: 2 };
    const recipe = { kind: 'panels', tileColumns: 8, type: 'float16', pieces: [piece] } as const;
    for (const weight of [Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31]) {
      const constant = constantFromTensor(float32([2], [1, weight]));
      expect((await pack(recipe, 12, { w: constant }))[0]).toBeNaN();
    }
  });

  it('of small-N lie as the kernels read them', async () => {
    await fc.assert(
      fc.asyncProperty(source, fc.constantFrom('fma', 'wide'), async ({ piece, data }, tier) => {
        const { taps, channels, columns } = piece;
        const expected = withMargin(packSmallNWeights(tier, taps.length, channels, columns, weightOf(piece, data)));
        const recipe = { kind: 'small-N', lanes: tier === 'wide' ? 8 : 4, pieces: [piece] } as const;
        expect(await pack(recipe, expected.length, { w: inFile([data.length], data) })).toEqual(expected);
      }),
    );
  });

  it('are transformed to the bit as the kernels have them', async () => {
    const axis = fc.constantFrom([1, 1], [2, 3], [4, 3], [2, 2], [4, 2]);
    await fc.assert(
      fc.asyncProperty(
        axis,
        axis,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        tileColumns,
        missing,
        async (high, wide, channels, columns, slices, tile, gone) => {
          const count = slices * high[1]! * wide[1]!;
          const taps = without(
            Array.from({ length: count }, (_, i) => count - 1 - i),
            gone,
          );
          const piece = {
            value: 'w',
            base: 0,
            taps,
            channels,
            channelStride: count,
            columns,
            columnStride: channels * count,
          };
          const data = noise(count * channels * columns, 5);
          const weight = weightOf(piece, data);
          const one = { size: 1, input: 0, output: 0 };
          const params = {
            outer: [],
            height: one,
            width: one,
            filter: {
              height: { outputs: high[0]!, taps: high[1]! },
              width: { outputs: wide[0]!, taps: wide[1]! },
            },
            ...(slices === 1 ? {} : { slices: [{ size: slices, stride: 0 }] }),
            channels,
            columns,
            writable: columns,
            bias: false,
            tile: { pixels: 6, columns: tile },
            block: 1,
          };
          const expected = withMargin(
            packWinogradWeights(params, (y, x, term, column) => {
              const row = Math.floor(term / channels) * high[1]! + y;
              return weight(row * wide[1]! + x, term % channels, column);
            }),
          );
          const recipe: ConstantRecipe = {
            kind: 'winograd',
            tileColumns: tile,
            outputs: [high[0]!, wide[0]!],
            taps: [high[1]!, wide[1]!],
            pieces: [piece],
          };
          expect(await pack(recipe, expected.length, { w: inFile([data.length], data) })).toEqual(expected);
        },
      ),
    );
  });

  it('of several pieces follow one another', async () => {
    const piece = { value: 'w', base: 0, taps: [0], channels: 2, channelStride: 1, columns: 1, columnStride: 2 };
    const recipe = { kind: 'panels', tileColumns: 8, pieces: [piece, { ...piece, base: 2 }] } as const;
    const packed = await pack(recipe, 32, { w: constantFromTensor(float32([4], [1, 2, 3, 4])) });
    expect([packed[0], packed[8], packed[16], packed[24]]).toEqual([1, 2, 3, 4]);
    expect(packed.filter((value) => value !== 0)).toHaveLength(4);
  });

  it('of a depthwise layer are taps of columns', async () => {
    const piece = { value: 'w', base: 0, taps: [1, 0], channels: 1, channelStride: 99, columns: 9, columnStride: 2 };
    const data = Array.from({ length: 18 }, (_, i) => i + 1);
    const recipe = { kind: 'depthwise', tileColumns: 8, pieces: [piece] } as const;
    const packed = await pack(recipe, 32, { w: constantFromTensor(float32([9, 2], data)) });
    expect(Array.from(packed)).toEqual([
      ...[2, 4, 6, 8, 10, 12, 14, 16],
      ...[1, 3, 5, 7, 9, 11, 13, 15],
      ...[18, 0, 0, 0, 0, 0, 0, 0],
      ...[17, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
});

/** Comparing them as a whole would take seconds. */
function expectSame(actual: Float32Array, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
}

describe('large weights', () => {
  // What is staged at once is 2 MiB: these are cut.
  const taps = 4;
  const [channels, columns] = [300, 544];
  const data = noise(taps * channels * columns, 9);
  const tileColumns = 16;

  const packedOf = (piece: WeightSource) =>
    packWeights(piece.taps.length * channels, columns, { pixels: 6, columns: tileColumns }, (k, column) =>
      weightOf(piece, data)(Math.floor(k / channels), k % channels, column),
    );

  it.each([
    ['columns', { channelStride: taps, columnStride: channels * taps }],
    ['channels', { channelStride: columns * taps, columnStride: taps }],
  ])('are cut along %s, all subconvolutions of a piece together', async (_, strides) => {
    const reads: number[] = [];
    const whole = inFile([data.length], data);
    const constant: Constant = {
      ...whole,
      readInto: (target, first) => {
        reads.push(target.length);
        whole.readInto!(target, first);
      },
    };
    const subconvolutions = [[3, 1], [], [2, 0]].map((taps) => ({
      ...{ value: 'w', base: 0, taps, channels, columns },
      ...strides,
    }));
    const expected = subconvolutions.flatMap((piece) => Array.from(packedOf(piece)));
    const packed = await pack({ kind: 'panels', tileColumns, pieces: subconvolutions }, expected.length, {
      w: constant,
    });
    expectSame(packed, expected);
    expect(reads).toHaveLength(2);
    expect(Math.max(...reads)).toBeLessThanOrEqual(2 ** 19);
    // As constants of their own they are read together as well.
    const each = subconvolutions.map((piece) => ({
      recipe: { kind: 'panels', tileColumns, pieces: [piece] } as const,
      floats: packedOf(piece).length,
    }));
    expectSame(await packAll(each, { w: constant }), expected);
    expect(reads).toHaveLength(4);
    const turns = { channels: 32, panels: 2 };
    const piece = subconvolutions[0]!;
    const ordered = inTurns(packedOf(piece), { taps: 2, channels, columns, tile: { columns: tileColumns }, turns });
    const recipe = { kind: 'panels', tileColumns, turns, pieces: [piece] } as const;
    expectSame(await pack(recipe, ordered.length, { w: constant }), ordered);
  });

  it.each([
    ['columns', { rows: 1, channels: columns, elements: channels * taps }, [taps, channels * taps]],
    ['channels', { rows: channels, channels: columns, elements: taps }, [columns * taps, taps]],
    ['channels in groups', { rows: channels / 2, channels: columns, elements: taps }, [columns * taps, taps]],
  ])('are scaled on the way, cut along %s', async (_, layout, [channelStride, columnStride]) => {
    const count = data.length / (layout.rows * layout.elements);
    const factors = Float64Array.from({ length: count }, (_factor, i) => 1 / (i + 3));
    const scaledData = data.map((value, i) => {
      const run = Math.floor(i / layout.elements);
      const block = Math.floor(run / (layout.rows * layout.channels));
      return value * factors[block * layout.channels + (run % layout.channels)]!;
    });
    const piece = {
      ...{ value: 'w', base: 0, taps: [3, 1, 0], channels, columns },
      ...{ channelStride: channelStride!, columnStride: columnStride! },
    };
    const expected = packWeights(3 * channels, columns, { pixels: 6, columns: tileColumns }, (k, column) =>
      weightOf(piece, scaledData)(Math.floor(k / channels), k % channels, column),
    );
    const { readInto: _none, ...constant } = inFile([data.length], data);
    const scaled: Constant = { ...constant, scaled: { source: inFile([data.length], data), factors, ...layout } };
    expectSame(await pack({ kind: 'panels', tileColumns, pieces: [piece] }, expected.length, { w: scaled }), expected);
    expectSame(await pack({ kind: 'elements', value: 'w' }, data.length, { w: scaled }), scaledData);
  });
});

describe('other constants', () => {
  it('are elements with zeros after, in float32 whatever they were', async () => {
    const half = new Tensor('float16', [2], Uint16Array.of(0x3c00, 0xc200));
    expect(Array.from(await pack({ kind: 'elements', value: 'x' }, 4, { x: constantFromTensor(half) }))).toEqual([
      1, -3, 0, 0,
    ]);
    const double = new Tensor('float64', [2], Float64Array.of(0.1, 2));
    expect(Array.from(await pack({ kind: 'elements', value: 'x' }, 2, { x: constantFromTensor(double) }))).toEqual([
      Math.fround(0.1),
      2,
    ]);
  });

  it('are rows at a distance', async () => {
    const recipe = { kind: 'rows', value: 'x', columns: 2, stride: 4 } as const;
    expect(Array.from(await pack(recipe, 9, { x: constantFromTensor(float32([4], [1, 2, 3, 4])) }))).toEqual([
      1, 2, 0, 0, 3, 4, 0, 0, 0,
    ]);
  });

  it('are bytes', async () => {
    const base64 = btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1.5, -2).buffer)));
    expect(Array.from(await pack({ kind: 'bytes', base64 }, 3, {}))).toEqual([1.5, -2, 0]);
  });
});

it('loads a tensor once for all that need it', async () => {
  const loads: string[] = [];
  const rows = (value: string) => ({
    ...{ key: value, floats: 1 },
    recipe: { kind: 'rows', value, columns: 1, stride: 1 } as const,
  });
  const constants = new Map(
    ['a', 'b'].map((name): [string, Constant] => {
      const load = () => {
        loads.push(name);
        return float32([1], [1]);
      };
      return [name, { ...constantFromTensor(float32([1], [1])), load }];
    }),
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  packConstants(
    ['a', 'b', 'a'].map(rows),
    (value) => constants.get(value)!,
    () => 64,
    { memory, code: await packingFor(memory, []), staging: 1024 },
  );
  expect(loads).toEqual(['a', 'b']);
});
