/** Hyperbolic functions and inverses: within some units in the last place, and right at their limits. */
import { describe, expect, it } from 'vitest';
import { elementwise } from '../../../src/wasm/kernels/elementwise.js';
import { input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import type { InverseFunctionName } from '../../../src/wasm/kernels/inverse-functions.js';
import type { Tier } from '../../../src/wasm/kernels/kernel.js';
import { runKernel, tiers } from './run-kernel.js';

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

interface Case {
  readonly from: number;
  readonly to: number;
  /** Units in the last place that a result may be off. */
  readonly units: number;
  /** Arguments, and their results exactly. */
  readonly at: readonly (readonly [x: number, y: number])[];
}

const odd = [[0, 0] as const, [-0, -0] as const, [nan, nan] as const];
const cases: Readonly<Record<InverseFunctionName, Case>> = {
  sinh: { from: -89.4, to: 89.4, units: 6, at: [...odd, [inf, inf], [-inf, -inf], [100, inf]] },
  cosh: {
    from: -89.4,
    to: 89.4,
    units: 6,
    at: [
      [0, 1],
      [nan, nan],
      [inf, inf],
      [-inf, inf],
    ],
  },
  asin: { from: -1, to: 1, units: 4, at: [...odd, [1.5, nan], [-inf, nan]] },
  acos: {
    from: -1,
    to: 1,
    units: 4,
    at: [
      [1, 0],
      [nan, nan],
      [-1.5, nan],
    ],
  },
  atan: { from: -50, to: 50, units: 4, at: odd },
  asinh: { from: -20000, to: 20000, units: 5, at: [...odd, [inf, inf], [-inf, -inf]] },
  acosh: {
    from: 1,
    to: 20000,
    units: 5,
    at: [
      [1, 0],
      [0.5, nan],
      [-7, nan],
      [-20000, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  atanh: { from: -1, to: 1, units: 5, at: [...odd, [1, inf], [-1, -inf], [1.5, nan], [inf, nan]] },
};

function apply(tier: Tier, name: InverseFunctionName, x: Float32Array): Float32Array {
  const params = {
    tree: unary(name, input(0)),
    axes: [{ size: x.length / 8, strides: [8, 8] }],
    channels: 8,
    writable: 8,
    isBroadcast: [false],
  };
  return runKernel(tier, (target) => elementwise(target, params), { arrays: [x, new Float32Array(x.length)] })[1]!;
}

/** The distance of float32 numbers of this magnitude. */
function unit(y: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(Math.abs(y), 2 ** -126))) - 23);
}

describe.each(tiers)('inverse functions, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing).each(Object.entries(cases))('%s', (name, { from, to, units, at }) => {
    const count = 8000;
    const f = Math[name as InverseFunctionName];
    // Every fourth lies near 0, or near the beginning of the domain.
    const x = Float32Array.from({ length: count }, (_, i) => {
      const even = from + ((to - from) * i) / (count - 1);
      if (i % 4 !== 0) return even;
      return name === 'acosh' ? 1 + even / 10_000 : even / 1000;
    });
    const y = apply(tier, name as InverseFunctionName, x);
    let worst = 0;
    for (const [i, value] of y.entries()) {
      const exact = f(x[i]!);
      if (Object.is(value, exact) || Math.abs(exact) > 3.4028235677973366e38) continue;
      worst = Math.max(worst, Math.abs(value - exact) / unit(exact));
    }
    expect({ isAccurate: worst <= units, worst }).toMatchObject({ isAccurate: true });
    const limits = Float32Array.from({ length: 8 }, (_, i) => at[i]?.[0] ?? 0.5);
    expect([...apply(tier, name as InverseFunctionName, limits).subarray(0, at.length)]).toEqual(at.map(([, y]) => y));
  });
});
