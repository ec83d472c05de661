/**
 * Depthwise convolutions of bytes. Up to four taps of a column of the window are a word, so that one instruction multiplies and adds
 * them for four channels: a row of inputs is brought into such words first, once for all of its outputs.
 */
import {
  add,
  divide,
  forRange,
  integers,
  loadVector,
  multiply,
  remainder,
  repeat,
  storeVector,
} from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, i32x4Const, type Local, type Operand, op, shuffle, v128Const } from '../expression.js';
import { type FunctionBuilder, type FunctionReference, takes } from '../function.js';
import { byteScratch, emitFactors, emitStoredPixels, isRoundedFirst } from './byte-pixels.js';
import { roundWords } from './byte-rounding.js';
import { emitByteTile } from './byte-tile.js';
import type { ConvolutionParams } from './convolution.js';
import { type Kernel, type KernelTarget, product, splitEvenly, type Tier } from './kernel.js';

/** Channels of a panel: those of a vector of bytes. */
export const depthwiseColumns = 16;

export type ByteDepthwiseParams = Required<Pick<ConvolutionParams, 'outer' | 'height' | 'width' | 'bytes'>> &
  Pick<ConvolutionParams, 'columns' | 'writable' | 'epilogue'> & {
    /** Where the taps of a column of the window are, in words from its first, at most four together. */
    readonly quads: readonly (readonly number[])[];
    /** Taps of a row of the window. */
    readonly taps: number;
    /** Pixels from a tap of a row to the next, and from the first tap of an output to that of the next. */
    readonly dilation: number;
    readonly stride: number;
    /** Words from an input pixel to the next. */
    readonly pixel: number;
  };

type Shape = Pick<ByteDepthwiseParams, 'quads' | 'taps' | 'dilation' | 'stride'>;

/** Input pixels of a row of so many outputs. */
function pixelsOf(outputs: number, { taps, dilation, stride }: Shape): number {
  return (outputs - 1) * stride + (taps - 1) * dilation + 1;
}

/** Floats of scratch of the thread's own: a row of words of a panel, and the sums of a tile. */
export function byteDepthwiseScratch(outputs: number, shape: Shape): number {
  return pixelsOf(outputs, shape) * shape.quads.length * depthwiseColumns + 2 * byteScratch;
}

/** Pixels of a tile: as many as registers hold the sums of. */
function tilePixels(tier: Tier): number {
  return tier === 'wide' ? 6 : 2;
}

/**
 * Arguments as of a convolution of bytes; scratch has `byteDepthwiseScratch` floats. Weights are those of a depthwise convolution in
 * panels of 16, whose taps are words: for each tap of a row the quads. Units are rows.
 */
export function byteDepthwise(target: KernelTarget, params: ByteDepthwiseParams): Kernel {
  const { outer, height, width, bytes, columns, writable, quads, taps, pixel } = params;
  const outerCount = product(outer.map(({ size }) => size));
  const operandCount = operandsOf(params);
  const rowPixels = pixelsOf(width.size, params);
  const whole = Math.floor(columns / depthwiseColumns);
  const last = { columns: columns - whole * depthwiseColumns, writable: writable - whole * depthwiseColumns };
  const words = quads.length * depthwiseColumns;
  const emit = () => {
    const count = 5 + operandCount + (bytes.hasZeroPoint ? 1 : 0) + 2;
    const type = takes(count);
    return target.module.function(`byte depthwise ${height.size}x${width.size}`, type, (f, ...args) => {
      const [input, weights, bias, output] = args as unknown as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [scratch, ...zeroPoint] = args.slice(4 + operandCount, -2) as [Local, ...Local[]];
      const [begin, end] = args.slice(-2) as [Local, Local];
      const row = f.local('i32', add(scratch, 2 * byteScratch * 4));
      forRange(f, begin, end, 1, (index) => {
        const rest = f.local('i32', index);
        const base = [input, output, ...operands].map((pointer) => f.local('i32', pointer));
        for (const axis of [...outer, height].reverse()) {
          const at = f.local('i32', remainder(rest, axis.size));
          f.set(rest, divide(rest, axis.size));
          const strides = [axis.input, axis.output, ...(axis.operands ?? [])];
          for (const [i, stride] of strides.entries()) f.set(base[i]!, add(base[i]!, multiply(at, stride * 4)));
        }
        const onePanel = (panel: Operand, size: PanelSize) => {
          const first = f.local('i32', multiply(panel, depthwiseColumns));
          const [from, to] = [f.local('i32', add(base[0]!, first)), f.local('i32', row)];
          repeat(f, rowPixels, () => {
            for (const [i, quad] of quads.entries()) emitQuad(f, quad, from, to, i * depthwiseColumns * 4);
            f.increase(from, pixel * 4);
            f.increase(to, words * 4);
          });
          const pointers = [
            f.local('i32', row),
            f.local('i32', add(weights, multiply(first, taps * quads.length * 4))),
            f.local('i32', add(bias, multiply(first, 4))),
            f.local('i32', add(base[1]!, multiply(first, bytes.output === 'bytes' ? 1 : 4))),
            ...operands.map((_, k) => f.local('i32', add(base[2 + k]!, multiply(first, 4)))),
          ];
          const tiles = splitEvenly(width.size, tilePixels(target.tier));
          const some = (times: number, pixels: number) => {
            if (times === 0) return;
            const strides = [params.stride * words, 0, 0, width.output, ...operands.map((_, k) => width.operands![k]!)];
            forRange(f, 0, times, 1, () => {
              f.run(call(tileFunction(target, params, pixels, size), ...pointers, scratch, ...zeroPoint));
              for (const [i, stride] of strides.entries()) f.increase(pointers[i]!, pixels * stride * 4);
            });
          };
          some(tiles.larger, tiles.size);
          some(tiles.smaller, tiles.size - 1);
        };
        forRange(f, 0, whole, 1, (panel) => onePanel(panel, { columns: depthwiseColumns, writable: depthwiseColumns }));
        if (last.columns > 0)
          onePanel(whole, {
            columns: Math.ceil(last.columns / 8) * 8,
            writable: Math.min(depthwiseColumns, last.writable),
          });
      });
    });
  };
  const operations = 2 * outerCount * height.size * width.size * taps * quads.flat().length * columns;
  return {
    function: emit(),
    units: outerCount * height.size,
    operations,
  };
}

interface PanelSize {
  readonly columns: number;
  readonly writable: number;
}

const [low, high] = [0, 8].map((first) => Array.from({ length: 8 }, (_, i) => [first + i, 16 + first + i]).flat()) as [
  number[],
  number[],
];
/** Words of 16 bits of two vectors in turns. */
const halvesFrom = (start: number) =>
  [0, 2, 4, 6].flatMap((at) => [start + at, start + at + 1, start + at + 16, start + at + 17]);

/** Words of 16 channels: the bytes at the offsets, zeros where there are fewer than four. */
function emitQuad(f: FunctionBuilder, quad: readonly number[], from: Local, to: Local, place: number): void {
  const bytes = quad.map((offset) => f.local('v128', loadVector(from, offset * 4)));
  const keep = (values: readonly Operand[]) => values.map((value) => f.local('v128', value));
  /** The bytes of two vectors in turns; zeros in place of the second where there is none. */
  const pair = (a: Local, b: Local | undefined) =>
    b === undefined
      ? keep([op('i16x8.extend_low_i8x16_u', a), op('i16x8.extend_high_i8x16_u', a)])
      : keep([shuffle(a, b, low), shuffle(a, b, high)]);
  const [first, second, third, fourth] = bytes;
  const upper = pair(first!, second);
  const lower = third && pair(third, fourth);
  for (const [i, x] of upper.entries()) {
    const y = lower?.[i] ?? f.local('v128', i32x4Const(0));
    const words = keep([shuffle(x, y, halvesFrom(0)), shuffle(x, y, halvesFrom(8))]);
    for (const [j, word] of words.entries()) storeVector(f, to, place + (i * 2 + j) * 16, word);
  }
}

/** Some pixels of a panel. Arguments: words of the first, weights, bias, output, operands..., scratch, and perhaps the zero point. */
function tileFunction(
  { module, tier }: KernelTarget,
  params: ByteDepthwiseParams,
  pixels: number,
  { columns, writable }: PanelSize,
): FunctionReference {
  const { width, bytes, epilogue, quads, taps, dilation, stride } = params;
  const operandCount = operandsOf(params);
  const words = quads.length * depthwiseColumns;
  const shape = { quads: quads.length, taps, dilation, stride };
  const key = { shape, pixels, columns, writable, bytes, epilogue, width: { ...width, size: 0, input: 0 } };
  return module.shared(`byte depthwise tile ${exactJson(key)}`, () => {
    const type = {
      params: Array.from({ length: 5 + operandCount + (bytes.hasZeroPoint ? 1 : 0) }, () => 'i32' as const),
      results: [],
    };
    return module.function(`byte depthwise, ${pixels} pixels x ${columns}`, type, (f, ...args) => {
      const [input, weights, bias, output] = args as unknown as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [scratch, zeroPoint] = args.slice(4 + operandCount) as [Local, Local | undefined];
      const sum = [
        { size: taps, stride: dilation * words },
        { size: quads.length, stride: depthwiseColumns },
      ];
      const rows = Array.from({ length: pixels }, (_, i) => i * stride * words);
      const factors = emitFactors(f, bytes, columns, operands);
      const { products, rounding, weightOffset } = bytes;
      // What the offset of the weights adds is there before anything is rounded.
      const summed = { ...bytes, weightOffset: 0 };
      const round = (sums: readonly Operand[]) =>
        rounding !== undefined && isRoundedFirst(summed) ? roundWords(f, sums, factors, rounding.offset) : sums;
      const [a, b] = [f.local('i32', input), f.local('i32', weights)];
      const options = { tier, rows, columns, sum };
      const first = zeroPoint === undefined ? bias : undefined;
      if (weightOffset === 0) emitByteTile(f, options, products, a, b, scratch, first, round, true);
      else {
        emitByteTile(f, options, products, a, b, scratch, first, undefined, true);
        const totals = f.local('i32', add(scratch, byteScratch * 4));
        const ones = { ...options, loadColumns: () => v128Const(new Uint8Array(16).fill(1)) };
        emitByteTile(f, ones, products, a, b, totals, undefined, undefined, true);
        for (let at = 0; at < pixels * columns * 4; at += columns * 4) {
          const sums = Array.from({ length: columns / 4 }, (_, j) => {
            const shift = op('i32x4.mul', loadVector(totals, at + j * 16), integers(f, weightOffset));
            return f.local('v128', op('i32x4.add', loadVector(scratch, at + j * 16), shift));
          });
          for (const [j, vector] of round(sums).entries()) storeVector(f, scratch, at + j * 16, vector);
        }
      }
      const stored = { bias: true, ...(epilogue === undefined ? {} : { epilogue }) };
      const tracks = [output, ...operands].map((pointer, k) => {
        return { pointer, stride: (k === 0 ? width.output : (width.operands?.[k - 1] ?? 0)) * 4, jump: 0 };
      });
      const tile = { columns, writable, path: { count: pixels, row: undefined, tracks } };
      emitStoredPixels(f, stored, summed, tier, tile, { output, operands, zeroPoint }, bias, scratch, factors);
    });
  });
}

function operandsOf({ outer, height }: Pick<ByteDepthwiseParams, 'outer' | 'height'>): number {
  return outer[0]?.operands?.length ?? height.operands?.length ?? 0;
}
