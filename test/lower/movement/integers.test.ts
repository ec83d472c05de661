/** What moves elements moves quantized integers as well, in both layouts, without a reference in between. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Value } from '../../../src/ir/graph.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32, int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { elementwise } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';
import { integers, randomBits } from '../quantized/integers.js';

const kinds = [
  'Clip',
  'Concat',
  'DepthToSpace',
  'Expand',
  'Gather',
  'MaxPool',
  'Pad',
  'Relu',
  'Reshape',
  'Resize',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Tile',
  'Transpose',
] as const;

/** Dims are [1, 4, 4, 6] before and after every operator that keeps them, or all that come first. */
function take(b: GraphBuilder, kind: (typeof kinds)[number], x: Value, type: ElementType): Value {
  const list = (...values: number[]) => b.constant(int64([values.length], values));
  const number = (value: number) => b.constant(tensorFromNumbers(type, [], [value]));
  switch (kind) {
    case 'Clip':
      return b.add('Clip', [x, number(3), number(90)]);
    case 'Concat': {
      const wide = b.add('Concat', [x, b.constant(integers(type, [1, 4, 4, 6], 5)), x], { axis: 1 });
      return b.add('Slice', [wide, list(2), list(6), list(1)]);
    }
    case 'DepthToSpace':
      return b.add('Reshape', [b.add('DepthToSpace', [x], { blocksize: 2 }), list(1, 4, 4, 6)]);
    case 'Expand':
      return b.add('Slice', [b.add('Expand', [x, list(3, 4, 4, 6)]), list(1), list(2), list(0)]);
    case 'Gather':
      return b.add('Gather', [x, list(3, 2, 1, 0)], { axis: 1 });
    case 'MaxPool':
      return b.add('MaxPool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    case 'Pad': {
      const padded = b.add('Pad', [x, list(0, 0, 1, 2, 0, 1, 1, 0), number(17)]);
      return b.add('Slice', [padded, list(1, 0, 0), list(5, 4, 6), list(1, 2, 3)]);
    }
    case 'Relu':
      return type === 'int8' ? b.add('Relu', [x]) : x;
    case 'Reshape':
      return b.add('Reshape', [b.add('Reshape', [x, list(8, 12)]), list(1, 4, 4, 6)]);
    case 'Resize': {
      const scales = b.constant(float32([4], [1, 1, 2, 2]));
      const wide = b.add('Resize', [x, undefined, scales], { mode: 'nearest' });
      return b.add('Slice', [wide, list(3, 2), list(7, 8), list(2, 3)]);
    }
    case 'Slice':
      return b.add('Slice', [x, list(3), list(-5), list(2), list(-1)]);
    case 'SpaceToDepth':
      return b.add('Reshape', [b.add('SpaceToDepth', [x], { blocksize: 2 }), list(1, 4, 4, 6)]);
    case 'Split': {
      const [left, right] = b.addMany('Split', [x, list(1, 3)], 2, { axis: 1 });
      return b.add('Concat', [right, left], { axis: 1 });
    }
    case 'Tile':
      return b.add('Slice', [b.add('Tile', [x, list(1, 2, 1, 1)]), list(3), list(7), list(1)]);
    case 'Transpose':
      return b.add('Transpose', [b.add('Transpose', [x], { perm: [0, 2, 3, 1] })], { perm: [0, 3, 1, 2] });
  }
}

describe('integers', () => {
  it('come through any chain of movements', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }),
        fc.constantFrom<ElementType>('uint8', 'int8'),
        fc.boolean(),
        fc.boolean(),
        (chain, type, isNhwc8, isDequantized) => {
          const b = new GraphBuilder(22);
          let value = b.input('x', [1, 4, 4, 6]);
          if (isNhwc8) {
            const weights = b.constant(float32([4, 1, 1, 1], [1, 1, 1, 1]));
            value = b.add('Conv', [value, weights], { group: 4 });
          }
          const scale = b.constant(float32([], [0.5]));
          const zero = b.constant(tensorFromNumbers(type, [], [11]));
          value = b.add('QuantizeLinear', [value, scale, zero]);
          for (const kind of chain) value = take(b, kind, value, type);
          if (isDequantized) value = b.add('DequantizeLinear', [value, scale, zero]);
          const graph = b.graph(value);
          const feeds = [
            float32(
              [1, 4, 4, 6],
              randomBits(elementCount([1, 4, 4, 6]), 3).map((v) => v / 512 - 60),
            ),
          ];
          const [expected] = execute(scheduleReferences(graph), feeds).outputs;
          const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
          expect(plan.steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []))).toEqual([]);
          const [actual] = executePlan(graph, plan, 'baseline', feeds);
          expect(elementwise(0, 0)(actual!, expected!)).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
  });
});
