import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferShapes } from '../../support/known.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const operators: readonly {
  readonly op: string;
  readonly attributes: Record<string, AttributeInput>;
  readonly of: (values: readonly number[]) => number;
}[] = [
  { op: 'GlobalAveragePool', attributes: {}, of: (values) => values.reduce((a, b) => a + b, 0) / values.length },
  { op: 'GlobalMaxPool', attributes: {}, of: (values) => Math.max(...values) },
  { op: 'GlobalLpPool', attributes: {}, of: (values) => Math.hypot(...values) },
  { op: 'GlobalLpPool', attributes: { p: 1 }, of: (values) => values.reduce((a, b) => a + Math.abs(b), 0) },
  {
    op: 'GlobalLpPool',
    attributes: { p: 3 },
    of: (values) => Math.cbrt(values.reduce((a, b) => a + Math.abs(b ** 3), 0)),
  },
];

describe.each(operators)('$op $attributes', ({ op, attributes, of }) => {
  it('makes one element of every plane, of any number of dimensions', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(fc.nat({ max: 2 }), fc.nat({ max: 3 }), sizes, fc.nat(), (batch, channels, spatial, seed) => {
        const plane = spatial.reduce((a, b) => a * b, 1);
        const x = float32([batch, channels, ...spatial], smallIntegers(batch * channels * plane, seed));
        const [y] = runOperator({ op, inputs: [x], attributes });
        expect(y!.dims).toEqual([batch, channels, ...spatial.map(() => 1)]);
        elementsOf(y).forEach((value, i) => {
          expect(value).toBeCloseTo(of(Array.from(x.data.slice(i * plane, (i + 1) * plane))), 4);
        });
      }),
    );
  });

  it('asks nothing of open sizes and keeps batch and channels', () => {
    const [n, c, h] = [symbol('N'), symbol('C'), symbol('H', { min: 0 })];
    const test = { op, attributes, inputs: [{ shape: [n, c, h, symbol('W')] }] };
    const { shapes, constraints } = inferSymbolic(test);
    expect([shapes[0], constraints]).toEqual([[n, c, 1, 1], []]);
    const bindings = new Map(Object.entries({ N: 2, C: 3, H: 0, W: 5 }));
    expect(checkSubstitution(test, bindings)).toBe(true);
  });

  it('says nothing of the shape when the rank of the input is not known', () => {
    expect(inferShapes(op, [['float32', undefined]], attributes)).toEqual([undefined]);
  });

  it('refuses an input without channels', () => {
    const { diagnostics } = inferOperator({ op, attributes, inputs: [[4]] });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1201']);
  });

  it.each(['float16', 'bfloat16', 'float64'] as const)('of %s', (type) => {
    const [y] = runOperator({ op, attributes, inputs: [tensor(type, [3, 4, -6, -8], [1, 2, 2])] });
    expect(y!.type).toBe(type);
    elementsOf(y).forEach((value, i) => {
      expect(value).toBeCloseTo([of([3, 4]), of([-6, -8])][i]!, 1);
    });
  });
});

describe('GlobalMaxPool', () => {
  it('passes on what is not a number', () => {
    const [y] = runOperator({ op: 'GlobalMaxPool', inputs: [float32([1, 2, 2], [1, Number.NaN, -3, -2])] });
    expect(elementsOf(y)).toEqual([Number.NaN, -2]);
  });
});

describe('GlobalAveragePool', () => {
  it('sums halves of 16 bits without losing the small ones', () => {
    const values = [2048, ...new Array<number>(7).fill(1)];
    const [y] = runOperator({ op: 'GlobalAveragePool', inputs: [tensor('float16', values, [1, 1, 8])] });
    // (2048 + 7) / 8 = 256.875, to the nearest multiple of 1/4 with an even last bit.
    expect(elementsOf(y)).toEqual([257]);
  });
});
