import { expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

it.each([
  { what: 'a number', dims: [1, 1], data: [3], expected: [3] },
  { what: 'a row exchange', dims: [2, 2], data: [0, 1, 1, 0], expected: [-1] },
  { what: 'a singular matrix', dims: [2, 2], data: [1, 2, 2, 4], expected: [0] },
  { what: 'a stack', dims: [2, 2, 2], data: [1, 2, 3, 4, 2, 0, 0, 5], expected: [-2, 10] },
  { what: 'three rows', dims: [3, 3], data: [2, 0, 1, 1, 3, 2, 1, 1, 1], expected: [0] },
  { what: 'no rows', dims: [1, 0, 0], data: [], expected: [1] },
])('Det of $what', ({ dims, data, expected }) => {
  const [y] = runOperator({ op: 'Det', inputs: [float32(dims, data)] });
  expect(y!.dims).toEqual(dims.slice(0, -2));
  expected.forEach((value, i) => {
    expect(y!.data[i]).toBeCloseTo(value, 5);
  });
});

it('Det takes square matrices', () => {
  expect(inferOperator({ op: 'Det', inputs: [[symbol('N'), 2, 2]] }).shapes[0]).toEqual([symbol('N')]);
  expect(inferOperator({ op: 'Det', inputs: [[2, 3]] }).diagnostics).toMatchObject([{ code: 'US1202' }]);
});
