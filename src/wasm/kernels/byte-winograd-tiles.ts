/** Tiles of Winograd's filtering of bytes (byte-winograd.ts): their inputs at all points, the products, what becomes of the sums. */
import { add, forRange, integers, loadVector, storeVector } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { i32x4Const, type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder, FunctionReference } from '../function.js';
import { type BytePointers, emitFactors, emitStoredPixels, isRoundedFirst } from './byte-pixels.js';
import { roundWords } from './byte-rounding.js';
import type { ConvolutionParams } from './convolution.js';

import type { KernelTarget } from './kernel.js';
import { emitSteps } from './tile.js';

/** Outputs of a tile along an axis, and inputs that they read. */
export const outputs = 4;
export const inputs = 6;
export const points = inputs * inputs;
/** Tiles by columns whose sums are in registers at once. */
const rows = 4;
/** Channels that are transformed at once: two vectors of 16 bits. */
export const group = 16;

/** 9 times it is 1 modulo 2^32. */
const inverseOf9 = 0x38e38e39;

export type ByteWinogradParams = Required<Pick<ConvolutionParams, 'outer' | 'height' | 'width' | 'bytes'>> &
  Pick<ConvolutionParams, 'columns' | 'writable' | 'tile' | 'epilogue'> & {
    /** Tiles of a work unit, a multiple of 4. */
    readonly block: number;
  };

/** Words from a point to the next: an odd number of cache lines, so that the points of a tile are in different sets. */
export function pointStride(block: number, words: number): number {
  return block * words + 16;
}

/** Words of two channels that a tile has at a point. */
export function winogradPairs(channels: number): number {
  return (Math.ceil(channels / group) * group) / 2;
}

/** Some vectors beside one another: each operation for all of them before the next one, so that V8 can pair vectors. */
type Vectors = readonly Local[];

/** A number of bits in a local: V8 pairs only shifts by one and the same. */
function shiftBy(f: FunctionBuilder, bits: number): Local {
  return f.hoisted('i32', `shift by ${bits}`, () => ({ emit: (g) => g.constant('i32', bits) }));
}

class Lanes {
  constructor(
    private readonly f: FunctionBuilder,
    private readonly shape: 'i16x8' | 'i32x4',
  ) {}

  private keep(values: readonly Operand[]): Vectors {
    return values.map((value) => this.f.local('v128', value));
  }

  add(a: Vectors, b: Vectors): Vectors {
    return this.keep(a.map((x, i) => op(`${this.shape}.add`, x, b[i]!)));
  }

  sub(a: Vectors, b: Vectors): Vectors {
    return this.keep(a.map((x, i) => op(`${this.shape}.sub`, x, b[i]!)));
  }

  shl(a: Vectors, by: number): Vectors {
    const amount = shiftBy(this.f, by);
    return this.keep(a.map((x) => op(`${this.shape}.shl`, x, amount)));
  }
}

/** Lavin's B', along an axis. */
function transformInputs(lanes: Lanes, d: readonly Vectors[]): Vectors[] {
  const [d0, d1, d2, d3, d4, d5] = d as [Vectors, Vectors, Vectors, Vectors, Vectors, Vectors];
  const difference = lanes.sub(d4, d2);
  const [twice, four] = [lanes.shl(lanes.sub(d3, d1), 1), lanes.shl(lanes.sub(d0, d2), 2)];
  const [even, odd] = [lanes.sub(d4, lanes.shl(d2, 2)), lanes.sub(d3, lanes.shl(d1, 2))];
  return [
    lanes.add(four, difference),
    lanes.add(even, odd),
    lanes.sub(even, odd),
    lanes.add(difference, twice),
    lanes.sub(difference, twice),
    lanes.add(lanes.sub(d5, d3), lanes.shl(lanes.sub(d1, d3), 2)),
  ];
}

/** Lavin's A' times 24 by the inverse of D, each row less what its coefficients have in common: 1, 2, 4, 4. */
function transformOutputs(lanes: Lanes, m: readonly Vectors[]): Vectors[] {
  const [m0, m1, m2, m3, m4, m5] = m as [Vectors, Vectors, Vectors, Vectors, Vectors, Vectors];
  const [s12, s34] = [lanes.add(m1, m2), lanes.add(m3, m4)];
  const [d12, d34] = [lanes.sub(m1, m2), lanes.sub(m3, m4)];
  return [
    lanes.add(lanes.sub(m0, lanes.shl(s12, 2)), s34),
    lanes.sub(d34, lanes.shl(d12, 1)),
    lanes.sub(s34, s12),
    lanes.add(lanes.sub(lanes.shl(d34, 1), d12), m5),
  ];
}

/** The power of two that rows of `transformOutputs` are multiplied by, beside 3. */
const powers = [3, 2, 1, 1] as const;

/**
 * 16 channels of a tile's inputs at all points: a function without loops, since V8 pairs no vectors in locals that a loop carries on.
 * Arguments: its first input, the tile at the first point, scratch.
 */
export function inputTile({ module }: KernelTarget, params: ByteWinogradParams): FunctionReference {
  const { height, width, bytes, block } = params;
  const pairs = winogradPairs(bytes.channels);
  const key = { row: height.input, pixel: width.input, pairs, block };
  return module.shared(`byte winograd inputs ${exactJson(key)}`, () =>
    module.function('byte winograd inputs', { params: ['i32', 'i32', 'i32'], results: [] }, (f, ...args) => {
      const [from, to, scratch] = args as unknown as [Local, Local, Local];
      const lanes = new Lanes(f, 'i16x8');
      const halves = [0, 16] as const;
      for (let x = 0; x < inputs; x++) {
        const column = Array.from({ length: inputs }, (_, y): Vectors => {
          const loaded = f.local('v128', loadVector(from, (y * height.input + x * width.input) * 4));
          const [low, high] = ['i16x8.extend_low_i8x16_u', 'i16x8.extend_high_i8x16_u'] as const;
          return [f.local('v128', op(low, loaded)), f.local('v128', op(high, loaded))];
        });
        for (const [y, vectors] of transformInputs(lanes, column).entries())
          for (const [i, vector] of vectors.entries())
            storeVector(f, scratch, (y * inputs + x) * 32 + halves[i]!, vector);
      }
      for (let y = 0; y < inputs; y++) {
        const row = Array.from(
          { length: inputs },
          (_, x): Vectors => halves.map((half) => f.local('v128', loadVector(scratch, (y * inputs + x) * 32 + half))),
        );
        for (const [x, vectors] of transformInputs(lanes, row).entries())
          for (const [i, vector] of vectors.entries())
            storeVector(f, to, (y * inputs + x) * pointStride(block, pairs) * 4 + halves[i]!, vector);
      }
    }),
  );
}

/** The sums of all tiles at all points for a panel. Arguments: inputs, weights, sums. */
export function products(
  { module, tier }: KernelTarget,
  params: ByteWinogradParams,
  columns: number,
): FunctionReference {
  const { bytes, block } = params;
  const pairs = winogradPairs(bytes.channels);
  return module.shared(`byte winograd products ${exactJson({ pairs, block, columns })}`, () =>
    module.function('byte winograd products', { params: ['i32', 'i32', 'i32'], results: [] }, (f, ...args) => {
      const [a, weights, to] = args as unknown as [Local, Local, Local];
      const places = Array.from({ length: rows }, (_, i) => i * pairs);
      const options = { tier, rows: places, columns, sum: [{ size: pairs, stride: 1 }] };
      forRange(f, 0, points, 1, () => {
        forRange(f, 0, block / rows, 1, () => {
          const b = f.local('i32', weights);
          const sums = places.map(() => Array.from({ length: columns / 4 }, () => f.local('v128', i32x4Const(0))));
          const broadcast = f.local('v128');
          emitSteps(f, options, a, b, (at, vectors) => {
            for (const [m, place] of places.entries()) {
              f.set(broadcast, load('v128.load32_splat', a, (place + at) * 4));
              for (const [j, sum] of sums[m]!.entries())
                f.set(sum, op('i32x4.add', sum, op('i32x4.dot_i16x8_s', vectors[j]!, broadcast)));
            }
          });
          for (const [m, vectors] of sums.entries())
            for (const [j, sum] of vectors.entries()) storeVector(f, to, (m * columns + j * 4) * 4, sum);
          f.increase(a, rows * pairs * 4);
          f.increase(to, rows * columns * 4);
        });
        f.increase(weights, pairs * columns * 4);
        f.increase(a, (pointStride(block, pairs) - block * pairs) * 4);
        f.increase(to, (pointStride(block, columns) - block * columns) * 4);
      });
    }),
  );
}

/** What becomes of a panel of a tile's sums. Arguments: sums, bias, output, operands..., scratch, and perhaps the zero point. */
export function outputTile(
  { module, tier }: KernelTarget,
  params: ByteWinogradParams,
  panel: { readonly columns: number; readonly writable: number },
  size: { readonly height: number; readonly width: number },
): FunctionReference {
  const { height, width, bytes, epilogue, block } = params;
  const { columns, writable } = panel;
  const operandCount = operandsOf(params);
  const strides = { output: height.output, operands: height.operands ?? [] };
  const key = { strides, width: { ...width, size: 0 }, bytes, epilogue, block, columns, writable, size };
  return module.shared(`byte winograd outputs ${exactJson(key)}`, () => {
    const type = {
      params: Array.from({ length: 4 + operandCount + (bytes.hasZeroPoint ? 1 : 0) }, () => 'i32' as const),
      results: [],
    };
    return module.function('byte winograd outputs', type, (f, ...args) => {
      const [sums, bias, output] = args as unknown as [Local, Local, Local];
      const operands = args.slice(3, 3 + operandCount);
      const [scratch, zeroPoint] = args.slice(3 + operandCount) as [Local, Local | undefined];
      const afterTile = outputs * (inputs + outputs) * params.tile.columns * 4;
      const range = bytes.keepsRange ? f.local('i32', add(scratch, afterTile)) : undefined;
      const pointers: BytePointers = { output, operands, zeroPoint, range };
      const lanes = new Lanes(f, 'i32x4');
      const finished = f.local('i32', add(scratch, outputs * inputs * columns * 4));
      const isFirst = isRoundedFirst(bytes);
      const factors = emitFactors(f, bytes, columns, operands);
      const pair = [0, 1] as const;
      for (let j = 0; j < columns; j += 8) {
        for (let x = 0; x < inputs; x++) {
          const column = Array.from({ length: inputs }, (_, y): Vectors => {
            const place = ((y * inputs + x) * pointStride(block, columns) + j) * 4;
            return pair.map((i) => f.local('v128', loadVector(sums, place + i * 16)));
          });
          for (const [r, vectors] of transformOutputs(lanes, column).entries())
            for (const [i, vector] of vectors.entries())
              storeVector(f, scratch, (r * inputs + x) * 32 + i * 16, vector);
        }
        const biases = pair.map((i) => f.local('v128', loadVector(bias, j * 4 + i * 16)));
        for (let r = 0; r < size.height; r++) {
          const row = Array.from(
            { length: inputs },
            (_, x): Vectors => pair.map((i) => f.local('v128', loadVector(scratch, (r * inputs + x) * 32 + i * 16))),
          );
          for (const [c, vectors] of transformOutputs(lanes, row).slice(0, size.width).entries()) {
            const unscaled = vectors.map((v) => f.local('v128', op('i32x4.mul', v, integers(f, inverseOf9))));
            const whole = unscaled.map((v) =>
              f.local('v128', op('i32x4.shr_s', v, shiftBy(f, powers[r]! + powers[c]!))),
            );
            const biased = zeroPoint === undefined ? lanes.add(whole, biases) : whole;
            const words = isFirst
              ? roundWords(f, biased, factors?.slice(j / 4, j / 4 + 2), bytes.rounding!.offset)
              : biased;
            for (const [i, word] of words.entries())
              storeVector(f, finished, ((r * size.width + c) * columns + j) * 4 + i * 16, word);
          }
        }
      }
      const pixel = { output: width.output, operands: strides.operands.map((_, k) => width.operands?.[k] ?? 0) };
      const trackOf = (pointer: Local, row: number, stride: number) => {
        return { pointer, stride: stride * 4, jump: (row - size.width * stride) * 4 };
      };
      const path = {
        count: size.height * size.width,
        row: { column: f.local('i32', 0), width: size.width },
        tracks: [
          trackOf(output, height.output, pixel.output),
          ...operands.map((operand, k) => trackOf(operand, strides.operands[k]!, pixel.operands[k]!)),
        ],
      };
      const stored = { bias: true, ...(epilogue === undefined ? {} : { epilogue }) };
      emitStoredPixels(f, stored, bytes, tier, { columns, writable, path }, pointers, bias, finished, factors);
    });
  });
}

export function operandsOf({ outer, height }: ByteWinogradParams): number {
  return outer[0]?.operands?.length ?? height.operands?.length ?? 0;
}
