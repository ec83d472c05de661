/** Causal convolutions of any sizes, against a naive loop; their units in any split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CausalConvolutionParams,
  causalConvolution,
  causalConvolutionScratch,
} from '../../../src/wasm/kernels/causal-convolution.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 9 }),
  length: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 70 })),
  taps: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 20 })),
  hasBias: fc.boolean(),
  hasPast: fc.boolean(),
  givesState: fc.boolean(),
  activation: fc.constantFrom('none' as const, 'silu' as const),
});

/** Floats that may be read after an array hold what no result may be made of. */
function readable(values: Float32Array): Float32Array {
  const array = new Float32Array(values.length + 16).fill(Number.NaN);
  array.set(values);
  return array;
}

function naive(p: CausalConvolutionParams, x: Float32Array, w: Float32Array, bias: Float32Array, past: Float32Array) {
  const { length, taps } = p;
  const rows = Array.from({ length: p.batch * p.channels }, (_, row) => {
    const before = Array.from({ length: taps - 1 }, (_, i) => (p.hasPast ? past[row * (taps - 1) + i]! : 0));
    return [...before, ...x.subarray(row * length, (row + 1) * length)];
  });
  const y = rows.flatMap((line, row) =>
    Array.from({ length }, (_, i) => {
      const channel = row % p.channels;
      const sum = Array.from({ length: taps }, (_, tap) => line[i + tap]! * w[channel * taps + tap]!).reduce(
        (a, b) => a + b,
        p.hasBias ? bias[channel]! : 0,
      );
      return p.activation === 'none' ? sum : sum / (1 + Math.exp(-sum));
    }),
  );
  return { y, state: rows.flatMap((line) => line.slice(length)) };
}

describe.each(tiers)('causal convolutions, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('agree with a naive loop, and with themselves in pieces', () => {
    fc.assert(
      fc.property(problem, fc.array(fc.nat(12), { maxLength: 3 }), fc.nat(), (p, cuts, seed) => {
        const rows = p.batch * p.channels;
        const states = rows * (p.taps - 1);
        const [x, w, bias, past] = [rows * p.length, p.channels * p.taps, p.channels, states].map((count, i) =>
          noise(count, seed + i),
        ) as [Float32Array, Float32Array, Float32Array, Float32Array];
        const run = (at: readonly number[]) =>
          runKernel(tier, (target) => causalConvolution(target, p), {
            arrays: [
              readable(x),
              readable(w),
              readable(bias),
              readable(past),
              new Float32Array(rows * p.length).fill(7),
              new Float32Array(states).fill(7),
              new Float32Array(causalConvolutionScratch(p) + 16).fill(Number.NaN),
            ],
            cuts: at,
          });
        const [, , , , y, state] = run([]);
        const expected = naive(p, x, w, bias, past);
        for (const [i, value] of expected.y.entries()) expect(Math.abs(y![i]! - value)).toBeLessThan(1e-4);
        expect([...state!]).toEqual(p.givesState ? expected.state : expected.state.map(() => 7));
        const pieces = run(cuts);
        expect([...pieces[4]!, ...pieces[5]!]).toEqual([...y!, ...state!]);
      }),
      { numRuns: 60 },
    );
  });
});
