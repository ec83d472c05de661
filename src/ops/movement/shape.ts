/** Shape and Size. */

import { elementCountOf } from '../../ir/element-count-of.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { int64 } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { anyType, int64s } from '../type-set.js';

/** Sizes `start` to `end`, both clamped; negative ones count from the end. */
function sliceOf<D>(
  shape: readonly D[],
  { start, end }: { readonly start: number; readonly end: number | undefined },
): D[] {
  const clamp = (axis: number) => Math.min(shape.length, Math.max(0, axis < 0 ? axis + shape.length : axis));
  return shape.slice(clamp(start), clamp(end ?? shape.length));
}

export const shapes = family(
  defineOperator({
    name: 'Shape',
    versions: [1, 13, 15, 19, 21, 23, 24, 25],
    inputs: [required('data', 'T')],
    outputs: [required('shape', int64s)],
    types: { T: anyType },
    attributes: { start: int(0).from(15), end: int().from(15) },
    infer: (context) => {
      const shape = context.shape(0);
      const count =
        shape === undefined ? context.fresh('the rank is not known') : sliceOf(shape, context.attributes).length;
      return [tensorType('int64', [count])];
    },
    symbolic: (context) => {
      const shape = context.shape(0);
      if (shape === undefined) return undefined;
      const dims: Shape = sliceOf(shape, context.attributes);
      return [symbolicTensor('int64', [dims.length], dims)];
    },
    reference: (context) => {
      const dims = sliceOf(tensorAt(context, 0).dims, context.attributes);
      return [int64([dims.length], dims)];
    },
  }),
  defineOperator({
    name: 'Size',
    versions: [1, 13, 19, 21, 23, 24, 25],
    inputs: [required('data', 'T')],
    outputs: [required('size', int64s)],
    types: { T: anyType },
    attributes: {},
    infer: () => [tensorType('int64', [])],
    symbolic: (context) => {
      const shape = context.shape(0);
      return shape === undefined ? undefined : [symbolicTensor('int64', [], [elementCountOf(shape)])];
    },
    reference: (context) => [int64([], [tensorAt(context, 0).size])],
  }),
);
