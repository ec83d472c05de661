/** The shape errors that a check must name, each with a model that has it and one that does not. */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.js';
import type { DiagnosticCode } from '../../src/diagnostics.js';
import type { Value } from '../../src/ir/graph.js';
import { int64 } from '../../src/ir/tensor.js';
import { explanationOf } from '../../src/report/pages.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, modelOf, reread } from './support.js';

type Build = (builder: GraphBuilder) => Value;

const conv =
  (input: readonly number[], weights: readonly number[], attributes = {}): Build =>
  (builder) =>
    builder.add('Conv', [builder.input('x', input), builder.constant(filled(weights))], attributes);
const upsample =
  (attributes: Readonly<Record<string, number[] | number>>): Build =>
  (builder) =>
    builder.add(
      'ConvTranspose',
      [builder.input('x', [1, 2, 3, 3]), builder.constant(filled([2, 3, 2, 2]))],
      attributes,
    );
const concat =
  (...shapes: readonly (readonly number[])[]): Build =>
  (builder) =>
    builder.add(
      'Concat',
      shapes.map((shape, i) => builder.input(`x${i}`, shape)),
      { axis: 1 },
    );

const kinds: readonly {
  readonly what: string;
  readonly code: DiagnosticCode;
  readonly bad: Build;
  readonly good: Build;
}[] = [
  { what: 'rank', code: 'US1201', bad: conv([3, 8, 8], [4, 3, 3, 3]), good: conv([1, 3, 8, 8], [4, 3, 3, 3]) },
  { what: 'channels', code: 'US1205', bad: conv([1, 6, 8, 8], [4, 3, 3, 3]), good: conv([1, 6, 8, 8], [4, 6, 3, 3]) },
  {
    what: 'group',
    code: 'US1205',
    bad: conv([1, 6, 8, 8], [4, 2, 3, 3], { group: 3 }),
    good: conv([1, 6, 8, 8], [6, 2, 3, 3], { group: 3 }),
  },
  { what: 'group of ConvTranspose', code: 'US1205', bad: upsample({ group: 3 }), good: upsample({ group: 2 }) },
  {
    what: 'Concat of sizes',
    code: 'US1203',
    bad: concat([1, 2, 65], [1, 2, 64]),
    good: concat([1, 2, 64], [1, 5, 64]),
  },
  { what: 'Concat of ranks', code: 'US1203', bad: concat([1, 2, 4], [1, 2]), good: concat([1, 2, 4], [1, 1, 4]) },
  {
    what: 'broadcast',
    code: 'US1204',
    bad: (builder) => builder.add('Add', [builder.input('x', [1, 64, 32, 32]), builder.input('b', [64])]),
    good: (builder) => builder.add('Add', [builder.input('x', [1, 64, 32, 32]), builder.input('b', [64, 1, 1])]),
  },
  {
    what: 'Reshape to another number of elements',
    code: 'US1206',
    bad: (builder) => builder.add('Reshape', [builder.input('x', [2, 6]), builder.constant(int64([2], [5, 2]))]),
    good: (builder) => builder.add('Reshape', [builder.input('x', [2, 6]), builder.constant(int64([2], [-1, 2]))]),
  },
  {
    what: 'pads that crop more than there is',
    code: 'US1207',
    bad: upsample({ pads: [3, 0, 2, 0] }),
    good: upsample({ pads: [1, 0, 1, 0] }),
  },
  {
    what: 'a window larger than its input',
    code: 'US1207',
    bad: (builder) => builder.add('MaxPool', [builder.input('x', [1, 2, 2, 2])], { kernel_shape: [3, 3] }),
    good: (builder) => builder.add('MaxPool', [builder.input('x', [1, 2, 3, 3])], { kernel_shape: [3, 3] }),
  },
  {
    what: 'lists of another length',
    code: 'US1209',
    bad: upsample({ strides: [2] }),
    good: upsample({ strides: [2, 2] }),
  },
];

describe('shape errors', () => {
  it.each(kinds)('$what: $code', ({ code, bad, good }) => {
    const errorsOf = (build: Build) => {
      const builder = new GraphBuilder(18);
      const { inference } = reread(modelOf(builder.graph(build(builder))));
      return inference.diagnostics.filter(({ severity }) => severity === 'error').map((item) => item.code);
    };
    expect(errorsOf(bad)).toEqual([code]);
    expect(errorsOf(good)).toEqual([]);
    expect(catalogue[code].severity).toBe('error');
    expect(explanationOf(code)).toBeDefined();
  });
});
