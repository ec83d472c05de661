/** Expand and Tile: repeat elements along axes. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, mul, rangeOf } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { broadcastDims, broadcastIndices, broadcastShapes } from '../broadcast.js';
import {
  checkSizes,
  checkTensorSize,
  partlyKnownDims,
  requestedShape,
  unknownShape,
} from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { anyType, int64s } from '../type-set.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';
import { requireList } from './integer-list.js';

function expand(from: readonly number[], target: readonly number[]): Gathered {
  const dims = broadcastDims(from, target);
  return { dims, indices: broadcastIndices(from, dims) };
}

function expandShape(context: InferContext<unknown>): Shape | undefined {
  const data = context.shape(0);
  requireList(context, 1, 'shape');
  const target = requestedShape(context, 1, (axis) => `the size of axis ${axis} is computed at run time`);
  if (target === undefined) return undefined;
  checkSizes(target, 'shape');
  const given = partlyKnownDims(context, 1);
  const shape = broadcastShapes(context, [data, target.map((_, place) => given?.[place] ?? 1)]);
  // Where the target is unknown, the data's size stays if it is not 1.
  return shape?.map((size, axis) => {
    const place = axis - shape.length + target.length;
    return place < 0 || given?.[place] !== undefined || !canBeOne(size) ? size : target[place]!;
  });
}

function canBeOne(dim: Dim): boolean {
  const { min, max } = rangeOf(dim);
  return min <= 1 && max >= 1;
}

/** Walks each axis once for each repetition, by adding an axis of stride 0 before every axis of the tensor. */
function tile(dims: readonly number[], repeats: readonly number[]): Gathered {
  const strides = rowMajorStrides(dims);
  const indices = stridedIndices(
    dims.flatMap((size, axis) => [repeats[axis]!, size]),
    strides.flatMap((stride) => [0, stride]),
  );
  return { dims: dims.map((size, axis) => size * repeats[axis]!), indices };
}

const repeatsMisfit = defineProblem('US1209', { rank: 'integer', repeats: 'shape' }, ({ rank, repeats }) => ({
  message: 'the repeats do not fit the tensor',
  value: 'repeats',
  expected: `${rank} counts of at least 0`,
  actual: formatShape(repeats),
}));

function checkRepeats(repeats: readonly Dim[], rank: number): void {
  if (repeats.length === rank && repeats.every((count) => rangeOf(count).max >= 0)) return;
  fail(repeatsMisfit({ rank, repeats }));
}

function tileShape(context: InferContext<unknown>): Shape | undefined {
  const data = context.shape(0);
  if (context.version < 6) return data?.map(() => context.fresh('the repeats are inputs of their own'));
  requireList(context, 1, 'repeats');
  if (data === undefined) return unknownShape(context, 1, () => 'the shape of the data is not known');
  const known = partlyKnownDims(context, 1);
  const unknown = (axis: number) => context.fresh(`the repeats of axis ${axis} are computed at run time`);
  if (known === undefined) return data.map((_, axis) => unknown(axis));
  const repeats = known.map((count, axis) => count ?? unknown(axis));
  checkRepeats(repeats, data.length);
  return data.map((size, axis) => (known[axis] === undefined ? repeats[axis]! : mul(size, repeats[axis]!)));
}

export const repeating = family(
  defineOperator({
    name: 'Expand',
    versions: [8, 13],
    inputs: [required('input', 'T'), required('shape', int64s)],
    outputs: [required('output', 'T')],
    types: { T: anyType },
    attributes: {},
    infer: (context) => [tensorType(context.elementType(0), expandShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const shape = context.known(1);
      const target = shape && constantsOf(shape);
      return data && target && [pickSymbolic(data, expand(data.dims, target))];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const target = integersOf(tensorAt(context, 1));
      checkTensorSize(data.type, broadcastDims(data.dims, target));
      return [pickTensor(data, expand(data.dims, target))];
    },
  }),
  defineOperator({
    name: 'Tile',
    versions: [1, 6, 13],
    inputs: [required('input', 'T'), required('repeats', int64s)],
    outputs: [required('output', 'T')],
    types: { T: anyType },
    attributes: {},
    infer: (context) => [tensorType(context.elementType(0), tileShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const counts = context.known(1);
      const repeats = counts && constantsOf(counts);
      if (data === undefined || repeats === undefined) return undefined;
      return [pickSymbolic(data, tile(data.dims, repeats))];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const repeats = integersOf(tensorAt(context, 1));
      checkRepeats(repeats, data.dims.length);
      checkTensorSize(
        data.type,
        data.dims.map((size, axis) => size * repeats[axis]!),
      );
      return [pickTensor(data, tile(data.dims, repeats))];
    },
  }),
);
