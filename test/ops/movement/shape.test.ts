import { describe, expect, it } from 'vitest';
import { mul, symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { counting } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');

function shape(dims: readonly number[], attributes: Record<string, number> = {}, opset = 22): readonly unknown[] {
  const [y] = runOperator({ op: 'Shape', opset, inputs: [counting(dims)], attributes });
  expect(y!.type).toBe('int64');
  return Array.from(y!.data as BigInt64Array, Number);
}

describe('Shape', () => {
  it('is the sizes', () => {
    expect(shape([2, 0, 4])).toEqual([2, 0, 4]);
    expect(shape([])).toEqual([]);
    expect(shape([5], {}, 12)).toEqual([5]);
  });

  it.each([
    { start: 1, end: undefined, gives: [3, 4] },
    { start: -1, end: undefined, gives: [4] },
    { start: undefined, end: -1, gives: [2, 3] },
    { start: 1, end: 2, gives: [3] },
    { start: -9, end: 9, gives: [2, 3, 4] },
    { start: 2, end: 1, gives: [] },
  ])('from $start to $end', ({ start, end, gives }) => {
    const given = Object.entries({ start, end }).filter(([, value]) => value !== undefined);
    expect(shape([2, 3, 4], Object.fromEntries(given) as Record<string, number>)).toEqual(gives);
  });

  it('is known before the sizes are', () => {
    const inputs = [{ shape: [n, 3, h] }];
    expect(inferSymbolic({ op: 'Shape', inputs }).values[0]).toEqual([n, 3, h]);
    expect(inferSymbolic({ op: 'Shape', inputs, attributes: { start: -1 } }).values[0]).toEqual([h]);
  });
});

describe('Size', () => {
  it('counts the elements', () => {
    for (const [value, size] of [
      [counting([2, 3]), 6n],
      [counting([]), 1n],
      [counting([2, 0]), 0n],
      [tensor('string', ['a', 'b']), 2n],
    ] as const) {
      const [y] = runOperator({ op: 'Size', inputs: [value] });
      expect([y!.type, y!.dims, y!.data[0]]).toEqual(['int64', [], size]);
    }
  });

  it('is known before the sizes are', () => {
    const { shapes, values } = inferSymbolic({ op: 'Size', inputs: [{ shape: [n, 3, h] }] });
    expect([formatShape(shapes[0]), values[0]]).toEqual(['[]', [mul(n, h, 3)]]);
  });
});
