/** Det. */

import { defineProblem } from '../../diagnostics.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { detSchema } from './schemas.js';

const notSquare = defineProblem(
  'US1202',
  { shape: 'shape', expected: 'size', actual: 'size' },
  ({ shape, expected, actual }) => ({
    message: `the matrices of X ${formatShape(shape)} are not square`,
    value: 'X',
    expected: String(expected),
    actual: String(actual),
  }),
);

function detShape(context: InferContext<unknown>): Shape | undefined {
  const shape = shapeOfRank(context, 0, 'X', { min: 2 });
  if (shape === undefined) return undefined;
  agree(context, shape.at(-2)!, shape.at(-1)!, 'rows and columns of X', (sizes) => notSquare({ shape, ...sizes }));
  return shape.slice(0, -2);
}

/** Gaussian elimination with row exchanges, on a copy. */
function determinant(matrix: Float64Array, size: number): number {
  let product = 1;
  for (let step = 0; step < size; step++) {
    let pivot = step;
    for (let row = step + 1; row < size; row++) {
      if (Math.abs(matrix[row * size + step]!) > Math.abs(matrix[pivot * size + step]!)) pivot = row;
    }
    const value = matrix[pivot * size + step]!;
    if (value === 0) return 0;
    if (pivot !== step) {
      product = -product;
      for (let column = step; column < size; column++) {
        const above = matrix[step * size + column]!;
        matrix[step * size + column] = matrix[pivot * size + column]!;
        matrix[pivot * size + column] = above;
      }
    }
    product *= value;
    for (let row = step + 1; row < size; row++) {
      const factor = matrix[row * size + step]! / value;
      for (let column = step; column < size; column++) {
        matrix[row * size + column]! -= factor * matrix[step * size + column]!;
      }
    }
  }
  return product;
}

function detTensor(x: Tensor): Tensor {
  const dims = x.dims.slice(0, -2);
  const size = x.dims.at(-1)!;
  const numbers = numbersOf(x);
  const out = resultArray(x.type, elementCount(dims));
  for (let i = 0; i < out.length; i++) {
    out[i] = determinant(Float64Array.from(numbers.subarray(i * size * size, (i + 1) * size * size)), size);
  }
  return tensorFromNumbers(x.type, dims, out);
}

export const det: readonly Operator[] = [
  defineOperator({
    ...detSchema,
    infer: (context) => [tensorType(context.elementType(0), detShape(context))],
    reference: (context) => [detTensor(tensorAt(context, 0))],
  }),
];
