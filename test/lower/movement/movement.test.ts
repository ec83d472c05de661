/** What moves elements, in chains of random operators and in both layouts, against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Value } from '../../../src/ir/graph.js';
import { elementCount, float32, int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../../support/compare.js';
import { smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

const step = fc.record({
  kind: fc.constantFrom('slice', 'split', 'pad', 'reflect', 'transpose', 'reshape', 'concat', 'conv', 'add', 'resize'),
  axis: fc.nat(3),
  a: fc.nat(5),
  b: fc.nat(5),
  order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The next value; the same where the step does not fit. */
function take(b: GraphBuilder, x: Value, dims: readonly number[], { kind, axis, a, b: c, order }: Step): Value {
  const list = (...values: number[]) => b.constant(int64([values.length], values));
  const size = dims[axis]!;
  switch (kind) {
    case 'slice': {
      if (size < 2) return x;
      const start = a % (size - 1);
      const stride = (c % 2) + 1;
      return b.add('Slice', [x, list(start), list(start + 1 + (c % (size - start))), list(axis), list(stride)]);
    }
    case 'split': {
      if (size < 2) return x;
      const first = 1 + (a % (size - 1));
      const [left, right] = b.addMany('Split', [x, list(first, size - first)], 2, { axis });
      return b.add('Concat', [right!, left!], { axis });
    }
    case 'pad': {
      const pads = [0, 0, 0, 0, 0, 0, 0, 0];
      pads[axis] = a % 3;
      pads[axis + 4] = c % 3;
      return b.add('Pad', [x, list(...pads), b.constant(float32([], [a % 2 === 0 ? 0 : 1.5]))]);
    }
    case 'reflect': {
      if (dims[2]! < 3 || dims[3]! < 3) return x;
      return b.add('Pad', [x, list(0, 0, a % 3, c % 3, 0, 0, 1, 2)], { mode: c % 2 === 0 ? 'reflect' : 'edge' });
    }
    case 'transpose':
      return b.add('Transpose', [x], { perm: a % 2 === 0 ? order : [0, 2, 3, 1] });
    case 'reshape':
      return b.add('Reshape', [x, list(dims[0]!, dims[1]! * dims[2]!, 1, dims[3]!)]);
    case 'concat':
      return b.add('Concat', [x, x, b.constant(float32(dims, smallIntegers(elementCount(dims), 4)))], { axis });
    case 'conv': {
      const weights = b.constant(
        float32(
          [5, dims[1]!, 1, 1],
          smallIntegers(5 * dims[1]!, 9).map((v) => v / 4),
        ),
      );
      return b.add('Conv', [x, weights]);
    }
    case 'add':
      return b.add('Mul', [b.add('Add', [x, b.constant(float32([dims[3]!], smallIntegers(dims[3]!, 3)))]), x]);
    case 'resize':
      return b.add('Resize', [x, undefined, b.constant(float32([4], [1, 1, 2, 2]))], {
        mode: a % 2 === 0 ? 'nearest' : 'linear',
      });
  }
}

describe('movement', () => {
  it('in any order gives what the references give', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 9 }), fc.nat(6), fc.nat(6)),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        ([n, channels, h, w], steps) => {
          const b = new GraphBuilder(18);
          const dims = [n, channels, h + 1, w + 1];
          const x = b.input('x', dims);
          let value = x;
          for (const item of steps) {
            const now = infer(b.graph(value)).types.get(value)!.shape as number[];
            if (elementCount(now) < 4000) value = take(b, value, now, item);
          }
          if (value === x) return;
          const graph = b.graph(value);
          const feeds = [float32(dims, smallIntegers(elementCount(dims), 7))];
          const [expected] = execute(scheduleReferences(graph), feeds).outputs;
          const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
          const [actual] = executePlan(graph, plan, 'baseline', feeds);
          expect(largestMagnitude(1e-5)(actual!, expected!)).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });
});
