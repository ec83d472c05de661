import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packConstants } from '../../src/codegen/pack-constants.js';
import { float32, Tensor } from '../../src/ir/tensor.js';
import type { ConstantRecipe, WeightSource } from '../../src/plan/execution-plan.js';
import { packNarrowWeights, packWeights } from '../../src/wasm/kernels/convolution.js';
import { packWinogradWeights } from '../../src/wasm/kernels/winograd/winograd.js';
import { noise } from '../wasm/kernels/noise.js';

function pack(recipe: ConstantRecipe, floats: number, tensors: Readonly<Record<string, Tensor>>): Float32Array {
  const place = new Float32Array(floats);
  packConstants(
    [{ key: 'k', floats, recipe }],
    (value) => tensors[value]!,
    () => place,
  );
  return place;
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
    data[base + taps[tap]! + channel * channelStride + column * columnStride]!;
}

const margin = 16;

function withMargin(packed: Float32Array): Float32Array {
  const result = new Float32Array(packed.length + margin);
  result.set(packed);
  return result;
}

describe('weights', () => {
  const tileColumns = fc.constantFrom(8, 16);

  it('lie in panels as the kernels have them', () => {
    fc.assert(
      fc.property(source, tileColumns, ({ piece, data }, columns) => {
        const weight = weightOf(piece, data);
        const { channels } = piece;
        const expected = withMargin(
          packWeights(piece.taps.length * channels, piece.columns, { pixels: 6, columns }, (k, column) =>
            weight(Math.floor(k / channels), k % channels, column),
          ),
        );
        const tensors = { w: float32([data.length], data) };
        const recipe = { kind: 'panels', tileColumns: columns, pieces: [piece] } as const;
        expect(pack(recipe, expected.length, tensors)).toEqual(expected);
      }),
    );
  });

  it('lie narrow as the kernels have them', () => {
    fc.assert(
      fc.property(source, fc.constantFrom('fma', 'wide'), ({ piece, data }, tier) => {
        const { taps, channels, columns } = piece;
        const expected = withMargin(packNarrowWeights(tier, taps.length, channels, columns, weightOf(piece, data)));
        const recipe = { kind: 'narrow', lanes: tier === 'wide' ? 8 : 4, pieces: [piece] } as const;
        expect(pack(recipe, expected.length, { w: float32([data.length], data) })).toEqual(expected);
      }),
    );
  });

  it('are transformed to the bit as the kernels have them', () => {
    const axis = fc.constantFrom([1, 1], [2, 3], [4, 3], [2, 2], [4, 2]);
    fc.assert(
      fc.property(
        axis,
        axis,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        tileColumns,
        (high, wide, channels, columns, slices, tile) => {
          const count = slices * high[1]! * wide[1]!;
          const taps = Array.from({ length: count }, (_, i) => count - 1 - i);
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
            ...(slices === 1 ? {} : { slices: { size: slices, stride: 0 } }),
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
          expect(pack(recipe, expected.length, { w: float32([data.length], data) })).toEqual(expected);
        },
      ),
    );
  });

  it('of several pieces follow one another', () => {
    const piece = { value: 'w', base: 0, taps: [0], channels: 2, channelStride: 1, columns: 1, columnStride: 2 };
    const recipe = { kind: 'panels', tileColumns: 8, pieces: [piece, { ...piece, base: 2 }] } as const;
    const packed = pack(recipe, 32, { w: float32([4], [1, 2, 3, 4]) });
    expect([packed[0], packed[8], packed[16], packed[24]]).toEqual([1, 2, 3, 4]);
    expect(packed.filter((value) => value !== 0)).toHaveLength(4);
  });

  it('of a depthwise layer are taps of columns', () => {
    const piece = { value: 'w', base: 0, taps: [1, 0], channels: 1, channelStride: 99, columns: 9, columnStride: 2 };
    const data = Array.from({ length: 18 }, (_, i) => i + 1);
    const packed = pack({ kind: 'depthwise', tileColumns: 8, pieces: [piece] }, 32, { w: float32([9, 2], data) });
    expect(Array.from(packed)).toEqual([
      ...[2, 4, 6, 8, 10, 12, 14, 16],
      ...[1, 3, 5, 7, 9, 11, 13, 15],
      ...[18, 0, 0, 0, 0, 0, 0, 0],
      ...[17, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
});

describe('other constants', () => {
  it('are elements with zeros behind, in float32 whatever they were', () => {
    const half = new Tensor('float16', [2], Uint16Array.of(0x3c00, 0xc200));
    expect(Array.from(pack({ kind: 'elements', value: 'x' }, 4, { x: half }))).toEqual([1, -3, 0, 0]);
    const double = new Tensor('float64', [2], Float64Array.of(0.1, 2));
    expect(Array.from(pack({ kind: 'elements', value: 'x' }, 2, { x: double }))).toEqual([Math.fround(0.1), 2]);
  });

  it('are rows at a distance', () => {
    const recipe = { kind: 'rows', value: 'x', columns: 2, stride: 4 } as const;
    expect(Array.from(pack(recipe, 9, { x: float32([4], [1, 2, 3, 4]) }))).toEqual([1, 2, 0, 0, 3, 4, 0, 0, 0]);
  });

  it('are bytes', () => {
    const base64 = btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1.5, -2).buffer)));
    expect(Array.from(pack({ kind: 'bytes', base64 }, 3, {}))).toEqual([1.5, -2, 0]);
  });
});

it('loads a tensor once for all that need it, and passes over what is there', () => {
  const loads: string[] = [];
  const elements = (value: string) => ({ key: value, floats: 1, recipe: { kind: 'elements', value } as const });
  const constants = [elements('a'), elements('b'), elements('a'), elements('c')];
  packConstants(
    constants,
    (value) => {
      loads.push(value);
      return float32([1], [1]);
    },
    (constant) => (constant.key === 'c' ? undefined : new Float32Array(1)),
  );
  expect(loads).toEqual(['a', 'b']);
});
