/** Copies at any strides, against a loop over all elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copy, fill } from '../../../src/wasm/kernels/copy.js';
import type { PointerAxis } from '../../../src/wasm/kernels/rows.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const axis = fc.record({
  size: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 24 })),
  /** How the source goes along the axis. */
  walk: fc.constantFrom('forward', 'forward', 'backward', 'every second', 'again'),
  /** Places that the target has after the axis. */
  gap: fc.constantFrom(0, 0, 1, 3),
});
const problem = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 6 }),
    sourceOrder: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
    targetOrder: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
    cuts: fc.array(fc.nat(12), { maxLength: 3 }),
    seed: fc.integer(),
  })
  .filter(({ axes }) => axes.reduce((count, { size }) => count * size, 1) <= 4000);

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

/** Strides when the axes lie in an order, the last the innermost, each with so many places. */
function strides(order: readonly number[], places: readonly number[]): { of: number[]; floats: number } {
  const of = places.map(() => 0);
  let floats = 1;
  for (const index of [...order].reverse()) {
    if (index >= places.length) continue;
    of[index] = floats;
    floats *= places[index]!;
  }
  return { of, floats };
}

function layOut({ axes, sourceOrder, targetOrder }: Problem) {
  const factor = { forward: 1, backward: -1, 'every second': 2, again: 0 } as const;
  const source = strides(
    sourceOrder,
    axes.map(({ size, walk }) => (walk === 'again' ? 1 : size * Math.abs(factor[walk]))),
  );
  const target = strides(
    targetOrder,
    axes.map(({ size, gap }) => size + gap),
  );
  const list: PointerAxis[] = axes.map(({ size, walk }, i) => ({
    size,
    strides: [source.of[i]! * factor[walk], target.of[i]!],
  }));
  const start = axes.reduce(
    (sum, { size, walk }, i) => sum + (walk === 'backward' ? (size - 1) * source.of[i]! : 0),
    0,
  );
  return { axes: list, start, sourceFloats: source.floats, targetFloats: target.floats };
}

function forEachPlace(axes: readonly PointerAxis[], visit: (from: number, to: number) => void): void {
  const [first, ...rest] = axes;
  if (first === undefined) {
    visit(0, 0);
    return;
  }
  for (let i = 0; i < first.size; i++) {
    forEachPlace(rest, (from, to) => visit(from + i * first.strides[0]!, to + i * first.strides.at(-1)!));
  }
}

describe.each(tiers)('copies, $title', ({ tier, isMissing }) => {
  const check = (p: Problem) => {
    const { axes, start, sourceFloats, targetFloats } = layOut(p);
    const x = noise(sourceFloats, p.seed);
    // Bits that are no number stay as they are.
    new Uint32Array(x.buffer)[0] = 0x7fa00123;
    const before = new Float32Array(targetFloats).fill(7);
    const expected = new Uint32Array(before.slice().buffer);
    const bits = new Uint32Array(x.buffer);
    forEachPlace(axes, (from, to) => {
      expected[to] = bits[start + from]!;
    });
    const [, y] = runKernel(tier, (target) => copy(target, { axes }), {
      arrays: [x, before],
      offsets: [start, 0],
      cuts: p.cuts,
    });
    expect(new Uint32Array(y!.buffer)).toEqual(expected);
  };

  it.skipIf(isMissing)('at any strides', () => {
    fc.assert(fc.property(problem, check), { numRuns: 200 });
  });

  it.skipIf(isMissing)('of sizes that are cut along every axis', () => {
    const forward = (size: number) => ({ size, walk: 'forward' as const, gap: 0 as const });
    const straight = [0, 1, 2, 3, 4, 5];
    const turned = [1, 0, 2, 3, 4, 5];
    for (const [sizes, targetOrder] of [
      [[40001], straight],
      [[131, 163], turned],
      [[163, 131, 3], turned],
      [
        [3, 4099, 2],
        [0, 2, 1, 3, 4, 5],
      ],
      [[9001, 3], turned],
    ] as const) {
      const axes = sizes.map(forward);
      const common = { sourceOrder: straight, targetOrder: [...targetOrder], cuts: [1], seed: 5 };
      check({ axes, ...common });
      check({ axes: axes.map((item) => ({ ...item, gap: 1 as const })), ...common });
      check({ axes: axes.map((item) => ({ ...item, walk: 'every second' as const })), ...common });
      check({ axes: axes.map((item, i) => (i === 0 ? { ...item, walk: 'again' as const } : item)), ...common });
    }
  });

  it.skipIf(isMissing)('into padded pixels, whose padding becomes zeros', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 21 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('turned', 'every second', 'the same'),
        fc.constantFrom(0, 1, 2),
        (channels, pixels, kind, extra) => {
          const stride = Math.ceil(channels / 8) * 8;
          const sourceStrides = { turned: [1, pixels], 'every second': [2 * channels, 2], 'the same': [channels, 1] }[
            kind
          ];
          const x = noise(2 * channels * pixels, 3);
          const axes = [
            { size: pixels, strides: [sourceStrides[0]!, stride] },
            { size: channels, strides: [sourceStrides[1]!, 1] },
          ];
          const writable = channels + extra;
          const [, y] = runKernel(tier, (target) => copy(target, { axes, writable }), {
            arrays: [x, new Float32Array(stride * pixels).fill(Number.NaN)],
          });
          for (const [i, value] of y!.entries()) {
            const [pixel, channel] = [Math.floor(i / stride), i % stride];
            if (channel < channels) {
              expect(value).toBe(x[pixel * sourceStrides[0]! + channel * sourceStrides[1]!]);
            } else expect(value).toBe(channel < writable ? 0 : Number.NaN);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.skipIf(isMissing)('fill boxes with a number', () => {
    fc.assert(
      fc.property(problem, fc.constantFrom(0, -1.5, Number.NEGATIVE_INFINITY), (p, value) => {
        const { axes, targetFloats } = layOut(p);
        const box = axes.map(({ size, strides }) => ({ size, strides: [strides[1]!] }));
        const expected = new Float32Array(targetFloats).fill(7);
        forEachPlace(box, (_, to) => {
          expected[to] = value;
        });
        const [y] = runKernel(tier, (target) => fill(target, { value, axes: box }), {
          arrays: [new Float32Array(targetFloats).fill(7)],
          cuts: p.cuts,
        });
        expect(y).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
