import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attention, attentionScratch } from '../../../src/wasm/kernels/attention.js';
import { defaultTile, packedSize, packWeights } from '../../../src/wasm/kernels/convolution.js';
import { binary, constant, input } from '../../../src/wasm/kernels/elementwise-expression.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const sizes = fc.record({
  heads: fc.integer({ min: 1, max: 3 }),
  queries: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 20, max: 60 })),
  keys: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 20, max: 60 })),
  depth: fc.integer({ min: 1, max: 20 }),
  columns: fc.integer({ min: 1, max: 20 }),
  /** Whether there is a mask, of its own for each query. */
  mask: fc.constantFrom('none', 'row', 'matrix'),
  isQuick: fc.boolean(),
  cuts: fc.array(fc.nat(12), { maxLength: 3 }),
  seed: fc.integer(),
});

describe.each(tiers)('attention, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is softmax(scale·Q·Kᵀ + mask)·V, with equal bits however its units are split', () => {
    fc.assert(
      fc.property(sizes, ({ heads, queries, keys, depth, columns, mask, isQuick, cuts, seed }) => {
        const tile = defaultTile[tier];
        const q = noise(heads * queries * depth, seed);
        const k = noise(heads * keys * depth, seed + 1);
        const v = noise(heads * keys * columns, seed + 2);
        const hasMask = mask !== 'none';
        const maskRow = mask === 'matrix' ? keys : 0;
        const bias = noise((mask === 'matrix' ? queries : 1) * keys, seed + 3);
        const packed = (sum: number, width: number, at: (head: number, i: number, j: number) => number) =>
          Float32Array.from(
            Array.from({ length: heads }, (_, head) => [
              ...packWeights(sum, width, tile, (i, j) => at(head, i, j)),
            ]).flat(),
          );
        const [keyFloats, valueFloats] = [packedSize(depth, keys, tile), packedSize(keys, columns, tile)];
        const scaled = binary('mul', input(0), constant(0.5));
        const params = {
          batches: [
            {
              size: heads,
              strides: [queries * depth, keyFloats, valueFloats, queries * columns, 0, ...(hasMask ? [0] : [])],
            },
          ],
          queries,
          keys,
          depth,
          columns,
          queryStrides: [depth, 1],
          outputStride: columns,
          operandStrides: hasMask ? [maskRow] : [],
          epilogue: hasMask ? binary('add', scaled, input(1)) : scaled,
          isQuick,
          tile,
        } as const;
        const arrays = [
          q,
          packed(depth, keys, (head, i, j) => k[(head * keys + j) * depth + i]!),
          packed(keys, columns, (head, i, j) => v[(head * keys + i) * columns + j]!),
          new Float32Array(heads * queries * columns),
          new Float32Array(attentionScratch(params)).fill(Number.NaN),
          ...(hasMask ? [Float32Array.from([...bias, ...new Float32Array(16)])] : []),
        ];
        const run = (at: readonly number[]) =>
          runKernel(tier, (target) => attention(target, params), { arrays, cuts: at })[3]!;
        const whole = run([]);
        expect(run(cuts)).toEqual(whole);
        for (let head = 0; head < heads; head++) {
          for (let i = 0; i < queries; i++) {
            const scores = Array.from({ length: keys }, (_, j) => {
              let sum = 0;
              for (let d = 0; d < depth; d++)
                sum += q[(head * queries + i) * depth + d]! * k[(head * keys + j) * depth + d]!;
              return 0.5 * sum + (hasMask ? bias[i * maskRow + j]! : 0);
            });
            const largest = Math.max(...scores);
            const powers = scores.map((score) => Math.exp(score - largest));
            const total = powers.reduce((sum, power) => sum + power, 0);
            for (let c = 0; c < columns; c++) {
              const expected = powers.reduce(
                (sum, power, j) => sum + (power / total) * v[(head * keys + j) * columns + c]!,
                0,
              );
              expect(Math.abs(whole[(head * queries + i) * columns + c]! - expected)).toBeLessThan(1e-5);
            }
          }
        }
      }),
      { numRuns: 12 },
    );
  });
});
