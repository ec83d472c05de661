/** Transpose: permutes axes. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { anyType } from '../type-set.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';

const permNoOrder = defineProblem('US1208', { rank: 'integer', perm: 'integers' }, ({ rank, perm }) => ({
  message: "the attribute 'perm' does not name each axis once",
  value: 'perm',
  expected: `each of 0 to ${rank - 1} once`,
  actual: `[${perm.join(', ')}]`,
}));

/** `perm`, or the axes in reverse order. @throws ProblemError if not every axis occurs exactly once */
export function axesInOrder(perm: readonly number[] | undefined, rank: number): readonly number[] {
  const axes = perm ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const isPermutation =
    axes.length === rank && new Set(axes).size === rank && axes.every((axis) => axis >= 0 && axis < rank);
  if (isPermutation) return axes;
  fail(permNoOrder({ rank, perm: axes }));
}

function transpose(dims: readonly number[], perm: readonly number[] | undefined): Gathered {
  const axes = axesInOrder(perm, dims.length);
  const strides = rowMajorStrides(dims);
  const target = axes.map((axis) => dims[axis]!);
  return {
    dims: target,
    indices: stridedIndices(
      target,
      axes.map((axis) => strides[axis]!),
    ),
  };
}

function transposed(context: InferContext<{ readonly perm: readonly number[] | undefined }>): Shape | undefined {
  const { perm } = context.attributes;
  const shape = context.shape(0);
  if (shape !== undefined) return axesInOrder(perm, shape.length).map((axis) => shape[axis]!);
  return perm && axesInOrder(perm, perm.length).map(() => context.fresh('the shape is not known'));
}

export function transposeTensor(tensor: Tensor, perm: readonly number[]): Tensor {
  return pickTensor(tensor, transpose(tensor.dims, perm));
}

export const transposing = family(
  defineOperator({
    name: 'Transpose',
    versions: [1, 13, 21, 23, 24, 25],
    inputs: [required('data', 'T')],
    outputs: [required('transposed', 'T')],
    types: { T: anyType },
    attributes: { perm: ints() },
    infer: (context) => [tensorType(context.elementType(0), transposed(context))],
    symbolic: (context) => {
      const known = context.partlyKnown(0);
      return known && [pickSymbolic(known, transpose(known.dims, context.attributes.perm))];
    },
    reference: (context) => {
      const tensor = tensorAt(context, 0);
      return [pickTensor(tensor, transpose(tensor.dims, context.attributes.perm))];
    },
  }),
);
