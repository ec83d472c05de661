/** Every pass after the other on random graphs of what exporters write: whole graphs, equal results, inputs and outputs kept. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { emptyMetadata, type Value } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { GraphBuilder } from '../support/graph.js';
import { expectSame, filled, resultsOf } from './support.js';

const [channels, height, width] = [2, 3, 4];

/** Each from [1, channels, height, width] to the same. */
const steps: Readonly<Record<string, (b: GraphBuilder, x: Value, seed: number) => Value>> = {
  relu: (b, x) => b.add('Relu', [x]),
  hardSwish: (b, x) => {
    const bounds = [0, 6].map((bound) => b.constant(float32([], [bound])));
    const gate = b.add('Clip', [b.add('Add', [x, b.constant(float32([1], [3]))]), ...bounds]);
    return b.add('Div', [b.add('Mul', [x, gate]), b.constant(float32([], [6]))]);
  },
  slope: (b, x, seed) => {
    const scaled = b.add('Mul', [x, b.constant(filled([channels, 1, 1], seed))]);
    return b.add('Where', [b.add('Greater', [x, b.constant(float32([], [0]))]), x, scaled]);
  },
  conv: (b, x, seed) =>
    b.add('Conv', [x, b.constant(filled([channels, channels, 3, 3], seed))], { pads: [1, 1, 1, 1] }),
  small: (b, x, seed) => b.add('Conv', [x, b.constant(filled([channels, 1, 1, 1], seed))], { group: channels }),
  scale: (b, x, seed) => b.add('Mul', [x, b.constant(filled([channels, 1, 1], seed))]),
  shift: (b, x, seed) => b.add('Sub', [x, b.constant(filled([1, channels, 1, 1], seed))]),
  normalize: (b, x, seed) => {
    const parameters = [filled([channels], seed), filled([channels], seed + 1), filled([channels], seed + 2)];
    const variance = float32([channels], [0.5, 2]);
    return b.add('BatchNormalization', [x, ...[...parameters, variance].map((tensor) => b.constant(tensor))]);
  },
  there: (b, x) =>
    b.add('Transpose', [b.add('Tanh', [b.add('Transpose', [x], { perm: [0, 2, 3, 1] })])], { perm: [0, 3, 1, 2] }),
  flat: (b, x) => {
    const row = b.add('Flatten', [x], { axis: 1 });
    return b.add('Reshape', [row, b.constant(int64([4], [1, channels, height, width]))]);
  },
  squeezed: (b, x) => {
    const axes = b.constant(int64([1], [0]));
    return b.add('Unsqueeze', [b.add('Neg', [b.add('Squeeze', [x, axes])]), axes]);
  },
  whole: (b, x) => b.add('Gather', [x, b.constant(int64([height], [0, 1, 2]))], { axis: 2 }),
  repeat: (b, x) => {
    const wide = b.add('Unsqueeze', [x, b.constant(int64([1], [3]))]);
    const tiled = b.add('Tile', [wide, b.constant(int64([5], [1, 1, 1, 2, 1]))]);
    const tall = b.add('Reshape', [tiled, b.constant(int64([4], [1, channels, 2 * height, width]))]);
    return b.add('MaxPool', [tall], { kernel_shape: [2, 1], strides: [2, 1] });
  },
  padded: (b, x, seed) => {
    const pad = b.add('Pad', [x, b.constant(int64([8], [0, 0, 1, 1, 0, 0, 1, 1]))]);
    return b.add('Conv', [pad, b.constant(filled([channels, channels, 3, 3], seed))]);
  },
};

const recipe = fc.array(
  fc.record({
    step: fc.constantFrom(...Object.keys(steps)),
    seed: fc.integer({ min: 1, max: 99 }),
    /** Which of the values so far it reads, counted from the last. */
    back: fc.constantFrom(0, 0, 0, 1, 2),
    isReturned: fc.constantFrom(false, false, false, true),
    isAdded: fc.constantFrom(false, false, true),
  }),
  { minLength: 1, maxLength: 10 },
);

it('passes keep the results of random graphs', () => {
  fc.assert(
    fc.property(recipe, (list) => {
      const b = new GraphBuilder();
      const values = [b.input('x', [1, channels, height, width])];
      const outputs = new Set<Value>();
      for (const { step, seed, back, isReturned, isAdded } of list) {
        const from = values[Math.max(0, values.length - 1 - back)]!;
        // Kept small: magnitudes grow by convolutions.
        let value = b.add('Tanh', [steps[step]!(b, from, seed)]);
        if (isAdded) value = b.add('Add', [value, from]);
        values.push(value);
        if (isReturned) outputs.add(value);
      }
      outputs.add(values.at(-1)!);
      const graph = b.graph(...outputs);
      const expected = resultsOf(graph);
      const compiled = compile({
        graph,
        irVersion: 10,
        opsets: new Map([['', 22]]),
        producer: { name: 'tests', version: '' },
        metadata: emptyMetadata,
      });
      for (const pass of compiled.passes) {
        expect(verify(pass.graph)).toEqual([]);
        expect([pass.graph.inputs, pass.graph.outputs]).toEqual([graph.inputs, graph.outputs]);
        expectSame(resultsOf(pass.graph), expected, 1e-4);
      }
    }),
    { numRuns: 60 },
  );
});
