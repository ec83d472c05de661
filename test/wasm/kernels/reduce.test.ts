/** Reductions of any axes, against a loop over all elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReduceKind, type ReduceParams, reduce } from '../../../src/wasm/kernels/reduce.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const kinds: readonly ReduceKind[] = [
  ...(['sum', 'mean', 'max', 'min', 'product', 'sum of magnitudes', 'sum of squares', 'norm'] as const),
];

const problem = fc.record({
  axes: fc.array(
    fc.record({
      size: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })),
      isReduced: fc.boolean(),
      gap: fc.constantFrom(0, 0, 2),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  kind: fc.constantFrom(...kinds),
  cuts: fc.array(fc.nat(12), { maxLength: 3 }),
  seed: fc.integer(),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function finish(kind: ReduceKind, values: readonly number[]): number {
  switch (kind) {
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'product':
      return values.reduce((product, value) => product * value, 1);
    case 'sum of magnitudes':
      return values.reduce((sum, value) => sum + Math.abs(value), 0);
    case 'log of sum':
      return Math.log(values.reduce((sum, value) => sum + value, 0));
    case 'mean':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'sum of squares':
      return values.reduce((sum, value) => sum + value * value, 0);
    case 'norm':
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  }
}

/** Row-major, with gaps after axes. */
function layOut({ axes, kind }: Problem) {
  const strides: number[] = [];
  const outputs: number[] = [];
  let [floats, outputFloats] = [1, 1];
  for (const { size, gap, isReduced } of [...axes].reverse()) {
    strides.unshift(floats);
    floats *= size + gap;
    outputs.unshift(isReduced ? 0 : outputFloats);
    if (!isReduced) outputFloats *= size + gap;
  }
  const params: ReduceParams = {
    kind,
    kept: axes.flatMap(({ size, isReduced }, i) => (isReduced ? [] : [{ size, strides: [strides[i]!, outputs[i]!] }])),
    reduced: axes.flatMap(({ size, isReduced }, i) => (isReduced ? [{ size, stride: strides[i]! }] : [])),
  };
  return { params, strides, outputs, floats, outputFloats };
}

describe.each(tiers)('reductions, $title', ({ tier, isMissing }) => {
  const check = (p: Problem) => {
    const { params, strides, outputs, floats, outputFloats } = layOut(p);
    const x = noise(floats + 16, p.seed);
    x.fill(Number.NaN, floats);
    const sets = new Map<number, number[]>();
    const walk = (depth: number, from: number, to: number): void => {
      if (depth === p.axes.length) sets.set(to, [...(sets.get(to) ?? []), x[from]!]);
      else {
        for (let i = 0; i < p.axes[depth]!.size; i++) {
          walk(depth + 1, from + i * strides[depth]!, to + i * outputs[depth]!);
        }
      }
    };
    walk(0, 0, 0);
    const run = (cuts: readonly number[]) =>
      runKernel(tier, (target) => reduce(target, params), {
        arrays: [x, new Float32Array(outputFloats).fill(7)],
        cuts,
      })[1]!;
    const y = run([]);
    for (const [i, value] of y.entries()) {
      const values = sets.get(i);
      if (values === undefined) expect(value).toBe(7);
      else expect(Math.abs(value - finish(p.kind, values))).toBeLessThanOrEqual(2e-7 * values.length + 1e-6);
    }
    expect(run(p.cuts)).toEqual(y);
  };

  it.skipIf(isMissing)('over any axes', () => {
    const small = problem.filter(({ axes }) => axes.reduce((count, { size }) => count * size, 1) <= 3000);
    fc.assert(fc.property(small, check), { numRuns: 120 });
  });

  it.skipIf(isMissing)('of many elements lose little', () => {
    const total = (kept: ReduceParams['kept'], reduced: ReduceParams['reduced'], x: Float32Array) =>
      runKernel(tier, (target) => reduce(target, { kind: 'sum', kept, reduced }), {
        arrays: [x, new Float32Array(1)],
      })[1]![0]!;
    const x = new Float32Array(300007).fill(0.1);
    const expected = 300007 * Math.fround(0.1);
    // In one go, the sum of so many terms would be off by a hundredth.
    expect(Math.abs(total([], [{ size: 300007, stride: 1 }], x) / expected - 1)).toBeLessThan(1e-5);
    const even = x.subarray(0, 300000);
    expect(Math.abs(total([], [{ size: 150000, stride: 2 }], even) / (150000 * Math.fround(0.1)) - 1)).toBeLessThan(
      1e-4,
    );
  });

  it.skipIf(isMissing)('over pixels in NHWC8, the padding of the result becomes numbers', () => {
    for (const channels of [1, 5, 8, 19, 32, 43]) {
      const stride = Math.ceil(channels / 8) * 8;
      const pixels = 300;
      const x = noise(pixels * stride, channels);
      const params: ReduceParams = {
        kind: 'mean',
        kept: [
          { size: 1, strides: [pixels * stride, stride] },
          { size: channels, strides: [1, 1] },
        ],
        reduced: [
          { size: 30, stride: 10 * stride },
          { size: 10, stride },
        ],
        writable: stride,
      };
      const [, y] = runKernel(tier, (target) => reduce(target, params), {
        arrays: [x, new Float32Array(stride).fill(Number.NaN)],
      });
      for (const [channel, value] of y!.entries()) {
        if (channel >= channels) expect(Number.isFinite(value)).toBe(true);
        else {
          let sum = 0;
          for (let pixel = 0; pixel < pixels; pixel++) sum += x[pixel * stride + channel]!;
          expect(value).toBeCloseTo(sum / pixels, 6);
        }
      }
    }
  });
});
