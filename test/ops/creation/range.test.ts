import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, mul, symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { formatShape } from '../../../src/ir/shape.js';
import { knownOutputs } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { inferSymbolic, type SymbolicInput } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

function bounds(type: ElementType, values: readonly (number | bigint)[]) {
  return values.map((value) => tensor(type, [value], []));
}

function range(type: ElementType, ...values: readonly (number | bigint)[]) {
  return elementsOf(runOperator({ op: 'Range', opset: 27, inputs: bounds(type, values) })[0]);
}

/** By stepping until the limit is reached. */
function stepped(start: number, limit: number, delta: number): number[] {
  const elements: number[] = [];
  for (let value = start; delta > 0 ? value < limit : value > limit; value += delta) elements.push(value);
  return elements;
}

describe('Range', () => {
  it('steps up and down, to the limit and not beyond', () => {
    expect(range('int32', 3, 9, 3)).toEqual([3, 6]);
    expect(range('int64', 10, 4, -2)).toEqual([10n, 8n, 6n]);
    expect(range('float32', 0, 1, 0.25)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(range('float32', 0, 1.01, 0.25)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(range('int32', 5, 5, 1)).toEqual([]);
    expect(range('int32', 5, 0, 1)).toEqual([]);
  });

  it('keeps every bit of 64-bit integers', () => {
    const start = 2n ** 60n + 1n;
    expect(range('int64', start, start + 3n, 1)).toEqual([start, start + 1n, start + 2n]);
    expect(range('int64', start, start - 3n, -2)).toEqual([start, start - 2n]);
  });

  it('rounds small floats once', () => {
    // In bfloat16, 256 + 1 is 256: summing up would never go on.
    expect(range('bfloat16', 254, 260, 1)).toEqual([254, 255, 256, 256, 258, 260]);
  });

  it('is what stepping gives, and is followed to the same values', () => {
    const small = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(
        small,
        small,
        small.filter((delta) => delta !== 0),
        fc.boolean(),
        (start, limit, delta, halves) => {
          const scale = halves ? 0.5 : 1;
          const values = [start, limit, delta].map((value) => value * scale);
          const expected = stepped(values[0]!, values[1]!, values[2]!);
          const inputs = bounds('float32', values);
          expect(elementsOf(runOperator({ op: 'Range', opset: 27, inputs })[0])).toEqual(
            expected.map((value) => value + 0),
          );
          expect(knownOutputs({ op: 'Range', inputs })[0]!.map((value) => value + 0)).toEqual(
            expected.map((value) => value + 0),
          );
        },
      ),
    );
  });

  it('counts with symbols', () => {
    const n = symbol('N');
    const scalar = (value: Dim): SymbolicInput => ({ values: [value] });
    const shape = (...values: Dim[]) =>
      formatShape(inferSymbolic({ op: 'Range', inputs: values.map(scalar) }).shapes[0]);
    expect(shape(0, n, 1)).toBe('[N]');
    expect(shape(0, mul(2, n), 2)).toBe('[N]');
    expect(shape(0, n, 2)).toBe('[floor((N + 1)/2)]');
    expect(shape(n, 0, -1)).toBe('[N]');
    expect(shape(n, add(n, 3), 1)).toBe('[3]');
    const { values } = inferSymbolic({ op: 'Range', inputs: [n, add(n, 3), 1].map(scalar) });
    expect(values).toEqual([[n, add(n, 1), add(n, 2)]]);
  });

  it('does not know its length before its bounds', () => {
    const { shapes, diagnostics } = inferOperator({ op: 'Range', inputs: [[], [], []] });
    expect([shapes[0]!.length, diagnostics]).toEqual([1, []]);
  });

  it('refuses a step of 0, bounds that are no numbers, and more than can be held', () => {
    expect(() => range('int32', 0, 5, 0)).toThrow(/US1211.*step/);
    expect(() => range('int64', 0, 5, 0)).toThrow(/US1211.*step/);
    expect(() => range('float32', 0, Number.NaN, 1)).toThrow(/US1211/);
    expect(() => range('float32', 0, 1e12, 1)).toThrow(/US2011/);
    expect(() => range('float32', 0, Number.POSITIVE_INFINITY, 1)).toThrow(/US2007.*too large/);
    expect(() => range('int64', 0, 10n ** 12n, 1)).toThrow(/US2011/);
    expect(() => range('int64', -(2n ** 63n), 2n ** 63n - 1n, 1)).toThrow(/US2007.*too large/);
    const two = tensor('int32', [1, 2]);
    expect(() => runOperator({ op: 'Range', opset: 27, inputs: [two, two, two] })).toThrow(/US1202.*start/);
  });

  it('has a stash type in version 27', () => {
    const inputs = bounds('float16', [0, 2, 1]);
    expect(elementsOf(runOperator({ op: 'Range', opset: 27, inputs, attributes: { stash_type: 1 } })[0])).toEqual([
      0, 1,
    ]);
  });
});
