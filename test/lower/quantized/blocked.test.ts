/** Weights of a few bits, in blocks that share a scale: compiled, along either axis, and what the references compute. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32 } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { expectSame } from '../../passes/support.js';
import { GraphBuilder } from '../../support/graph.js';
import { modelOf } from '../../support/layers.js';
import { noise } from '../../wasm/kernels/noise.js';
import { runLowered } from '../support.js';

const types = ['int4', 'uint4', 'int8', 'uint8'] as const;
const ranges = { int4: [-8, 7], uint4: [0, 15], int8: [-128, 127], uint8: [0, 255] } as const;

const problem = fc.record({
  type: fc.constantFrom(...types),
  sum: fc.integer({ min: 2, max: 21 }),
  columns: fc.integer({ min: 2, max: 19 }),
  size: fc.integer({ min: 1, max: 9 }),
  axis: fc.constantFrom(0, 1, -1),
  hasZeroPoint: fc.boolean(),
  isConvolution: fc.boolean(),
  seed: fc.nat(1000),
});

describe('blocks of quantized weights', () => {
  it('are widened when they are packed', () => {
    fc.assert(
      fc.property(problem, ({ type, sum, columns, size, axis, hasZeroPoint, isConvolution, seed }) => {
        const [least, most] = ranges[type];
        const integers = (dims: readonly number[], shift: number) =>
          tensorFromNumbers(
            type,
            dims,
            Array.from({ length: elementCount(dims) }, (_, i) => least + ((i * 7 + seed + shift) % (most - least + 1))),
          );
        const dims = isConvolution ? [columns, sum, 1, 1] : [sum, columns];
        const along = axis === -1 && isConvolution ? 1 : axis;
        const blocks = dims.map((count, i) =>
          i === (along + dims.length) % dims.length ? Math.ceil(count / size) : count,
        );
        const builder = new GraphBuilder(21);
        const x = builder.input('x', isConvolution ? [1, sum, 3, 2] : [2, 3, sum]);
        const scale = float32(
          blocks,
          noise(elementCount(blocks), seed).map((value) => 0.1 + value / 20),
        );
        const weights = builder.add(
          'DequantizeLinear',
          [
            builder.constant(integers(dims, 0)),
            builder.constant(scale),
            ...(hasZeroPoint ? [builder.constant(integers(blocks, 3))] : []),
          ],
          { axis: along, block_size: size },
        );
        const graph = builder.graph(builder.add(isConvolution ? 'Conv' : 'MatMul', [x, weights]));
        const feed = float32(isConvolution ? [1, sum, 3, 2] : [2, 3, sum], noise(6 * sum, seed + 1));
        const expected = execute(scheduleReferences(graph), [feed]).outputs;
        const { plan, outputs } = runLowered(modelOf(graph), new Map([['x', feed]]));
        expect(plan.steps.filter(({ kind }) => kind === 'reference')).toEqual([]);
        expect(plan.derived.length).toBe(1);
        expectSame([...outputs.values()], expected, 1e-5);
      }),
      { numRuns: 25 },
    );
  });
});
