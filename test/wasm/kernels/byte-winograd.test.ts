/** Winograd's filtering of bytes against sums of integers, in every tier, however its units are split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointWeights } from '../../../src/plan/point-weights.js';
import { byteRounding } from '../../../src/wasm/kernels/byte-map.js';
import { byteWinograd, byteWinogradScratch } from '../../../src/wasm/kernels/byte-winograd.js';
import { type ByteWinogradParams, winogradPairs } from '../../../src/wasm/kernels/byte-winograd-tiles.js';
import { packedBiasSize, panelsOf } from '../../../src/wasm/kernels/convolution.js';
import { binary, clip, constant, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { asFloats } from './byte-data.js';
import { runKernel, tiers } from './run-kernel.js';

const geometry = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.constantFrom(1, 5, 16, 23),
  columns: fc.constantFrom(1, 8, 13, 19),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  weights: fc.constantFrom(127, 255),
  isRunTime: fc.boolean(),
  output: fc.constantFrom<'floats' | 'bytes' | 'rounded'>('floats', 'bytes', 'rounded'),
  columnsOfTile: fc.constantFrom(8, 16),
  block: fc.constantFrom(4, 8),
  cuts: fc.array(fc.nat(6), { maxLength: 2 }),
  seed: fc.nat(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

/** The ends of a range often: they are what overflows first. */
function numbers(count: number, seed: number, least: number, most: number): number[] {
  let state = (seed * 2654435761 + 1) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (state >>> 30 === 0) return most;
    return state >>> 30 === 1 ? least : least + ((state >>> 8) % (most - least + 1));
  });
}

function problem(g: Geometry) {
  const { images, channels, columns, height, width, seed, isRunTime, block } = g;
  const [tallest, widest] = [height, width].map((size) => Math.ceil(size / 4) * 4 + 2) as [number, number];
  const words = Math.ceil(channels / 32) * 8;
  const pixel = words * 4;
  const x = Uint8Array.from(numbers(images * tallest * widest * pixel + 64, seed, 0, 255));
  const w = numbers(columns * channels * 9, seed + 1, -g.weights, g.weights);
  const pairs = winogradPairs(channels);
  const points = pointWeights([columns, pairs, 36], channels, w, [0]).data as Float32Array;
  const tile = { pixels: 6, columns: g.columnsOfTile };
  const packed: number[] = [];
  const bits = new Int32Array(points.buffer);
  for (const panel of panelsOf(columns, tile))
    for (let point = 0; point < 36; point++)
      for (let pair = 0; pair < pairs; pair++)
        for (let column = panel.first; column < panel.first + panel.columns; column++)
          packed.push(column < columns ? bits[(column * pairs + pair) * 36 + point]! : 0);
  const table = new Int32Array(packedBiasSize(columns, tile) + 16);
  for (let i = 0; i < columns; i++) table[i] = (Math.imul(i + seed, 40503) % 3000) - 1500;
  const zeroPoint = 113;
  const isBytes = g.output !== 'floats';
  const outputWords = isBytes ? Math.ceil(columns / 32) * 8 : Math.ceil(columns / 8) * 8;
  const epilogue = clip(binary('add', unary('round', binary('mul', input(0), input(1))), constant(99)), 0, 255);
  const operands = isBytes ? { operands: [0] } : {};
  const outer = { size: images, input: tallest * widest * words, output: height * width * outputWords, ...operands };
  const params: ByteWinogradParams = {
    ...{ outer: [outer], columns, tile, block, writable: isBytes ? outputWords * 4 : outputWords },
    height: { size: height, input: widest * words, output: width * outputWords, ...operands },
    width: { size: width, input: words, output: outputWords, ...operands },
    bytes: {
      ...{
        products: 'pairs',
        channels,
        weightOffset: 0,
        hasZeroPoint: isRunTime,
        output: isBytes ? 'bytes' : 'floats',
      },
      ...(g.output === 'rounded' ? { rounding: byteRounding(epilogue)! } : {}),
    },
    ...(g.output === 'bytes' ? { epilogue } : {}),
  };
  const expected: number[] = [];
  for (let image = 0; image < images; image++)
    for (let i = 0; i < height * width; i++)
      for (let column = 0; column < columns; column++) {
        let sum = isRunTime ? table[column]! * zeroPoint : table[column]!;
        for (let tap = 0; tap < 9; tap++) {
          const row = image * tallest + Math.floor(i / width) + Math.floor(tap / 3);
          const at = (row * widest + (i % width) + (tap % 3)) * pixel;
          for (let channel = 0; channel < channels; channel++)
            sum += x[at + channel]! * w[(column * channels + channel) * 9 + tap]!;
        }
        expected.push(sum);
      }
  const arrays = [
    asFloats(x),
    asFloats(Int32Array.from([...packed, ...new Array<number>(16).fill(0)])),
    asFloats(table),
    new Float32Array(images * height * width * outputWords),
    ...(isBytes ? [new Float32Array(packedBiasSize(columns, tile) + 16).fill(2 ** -12)] : []),
    new Float32Array(byteWinogradScratch(channels, tile.columns, block)),
    ...(isRunTime ? [Float32Array.of(zeroPoint)] : []),
  ];
  return { params, expected, outputWords, arrays };
}

describe.each(tiers)("Winograd's filtering of bytes, $title", ({ tier, isMissing }) => {
  it.skipIf(isMissing)('gives the sums of integers, whatever the size', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { params, expected, outputWords, arrays } = problem(g);
        const results = runKernel(tier, (target) => byteWinograd(target, params), { arrays, cuts: g.cuts });
        const output = results[3]!;
        const isBytes = g.output !== 'floats';
        const stored = isBytes ? new Uint8Array(output.buffer) : output;
        const pixel = isBytes ? outputWords * 4 : outputWords;
        const actual = expected.map((_, i) => stored[Math.floor(i / g.columns) * pixel + (i % g.columns)]!);
        const toEven = (v: number) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
        const bounded = (sum: number) => Math.min(255, Math.max(0, toEven(Math.fround(sum) / 4096) + 99));
        expect(actual).toEqual(expected.map((sum) => (isBytes ? bounded(sum) : Math.fround(sum))));
      }),
      { numRuns: 8 },
    );
  });
});
