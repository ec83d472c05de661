/**
 * GatherND and ScatterND. The last axis of the indices holds tuples: coordinates along the data's first axes (after
 * shared batch axes) that select a slice.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt, tensorOfRank } from '../arguments.js';
import { commonElementType } from '../elementwise/binary.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { fetchSymbolic, fetchTensor, type Move, replaceSymbolic, replaceTensor } from './copy.js';
import {
  checkUpdates,
  type Indices,
  indicesAt,
  knownIndices,
  normalizeIndex,
  placeOf,
  requireIndices,
} from './indices.js';
import { type Reduction, reduceInto, requireReducible } from './reduction.js';
import { gatherNdSchema, scatterNdSchema } from './schemas.js';
import { requirePlanesAsPooled } from './unpool.js';

/**
 * The dims of the slices that tuples of `width` indices select from data of shape `dims`, after `batchDims` shared
 * axes.
 */
function sliceDims<D>(dims: readonly D[], indices: readonly D[], width: number, batchDims: number): D[] {
  return [...indices.slice(0, -1), ...dims.slice(batchDims + width)];
}

const batchSizesDiffer = defineProblem(
  'US1202',
  { axis: 'integer', expected: 'size', actual: 'size' },
  ({ axis, expected, actual }) => ({
    message: `batch sizes of data and indices at axis ${axis} differ`,
    value: 'indices',
    expected: String(expected),
    actual: String(actual),
  }),
);

const updatesMisfit = defineProblem(
  'US1202',
  { updates: 'shape', indices: 'shape', data: 'shape', axis: 'integer', expected: 'size', actual: 'size' },
  ({ updates, indices, data, expected, actual }) => ({
    message: `updates ${formatShape(updates)} do not fit indices ${formatShape(indices)} into data ${formatShape(data)}`,
    value: 'updates',
    expected: String(expected),
    actual: String(actual),
  }),
);

const batchDimsMisfit = defineProblem(
  'US1304',
  { dataRank: 'integer', indicesRank: 'integer', batchDims: 'integer' },
  ({ dataRank, indicesRank, batchDims }) => ({
    message: "the attribute 'batch_dims' does not fit the inputs",
    value: 'batch_dims',
    expected: `0 to ${Math.min(dataRank, indicesRank) - 1}`,
    actual: String(batchDims),
  }),
);

const tupleWidth = defineProblem(
  'US1202',
  { indices: 'shape', data: 'shape', batchDims: 'integer', width: 'integer' },
  ({ indices, data, batchDims, width }) => ({
    message: `the indices ${formatShape(indices)} do not address data of shape ${formatShape(data)}`,
    value: 'indices',
    expected: `1 to ${data.length - batchDims} indices in the last axis`,
    actual: String(width),
  }),
);

function checkTuples(data: Shape, indices: Shape, batchDims: number): void {
  if (batchDims < 0 || batchDims >= Math.min(data.length, indices.length)) {
    fail(batchDimsMisfit({ dataRank: data.length, indicesRank: indices.length, batchDims }));
  }
  const width = indices.at(-1)!;
  if (typeof width !== 'number' || (width >= 1 && width <= data.length - batchDims)) return;
  fail(tupleWidth({ indices, data, batchDims, width }));
}

/** Visits every tuple with its index and the offset of the slice that it selects. */
function forEachTuple(
  dims: readonly number[],
  indices: Indices,
  batchDims: number,
  visit: (tuple: number, start: number) => void,
): void {
  checkTuples(dims, indices.dims, batchDims);
  const width = indices.dims.at(-1)!;
  const strides = rowMajorStrides(dims);
  const tuples = elementCount(indices.dims.slice(0, -1));
  const tuplesPerBatch = elementCount(indices.dims.slice(batchDims, -1));
  const batchStride = elementCount(dims.slice(batchDims));
  for (let tuple = 0; tuple < tuples; tuple++) {
    let start = Math.floor(tuple / tuplesPerBatch) * batchStride;
    for (let i = 0; i < width; i++) {
      const at = tuple * width + i;
      const axis = batchDims + i;
      const index = normalizeIndex(indices.values[at]!, dims[axis]!, axis, () => placeOf(indices.dims, at));
      start += index * strides[axis]!;
    }
    visit(tuple, start);
  }
}

function sliceLength(dims: readonly number[], indices: Indices, batchDims: number): number {
  return elementCount(dims.slice(batchDims + indices.dims.at(-1)!));
}

function gather(dims: readonly number[], indices: Indices, batchDims: number): Move {
  const length = sliceLength(dims, indices, batchDims);
  return (copy) => {
    forEachTuple(dims, indices, batchDims, (tuple, start) => copy(tuple * length, start, length));
  };
}

function gatherShape(context: InferContext<{ readonly batch_dims: number }>): Shape | undefined {
  const data = shapeOfRank(context, 0, 'data', { min: 1 });
  requireIndices(context.elementType(1));
  const indices = shapeOfRank(context, 1, 'indices', { min: 1 });
  if (data === undefined || indices === undefined) return undefined;
  const { batch_dims } = context.attributes;
  checkTuples(data, indices, batch_dims);
  const batch = data.slice(0, batch_dims).map((size, axis) => {
    const what = `batch sizes of data and indices at axis ${axis}`;
    return agree(context, size, indices[axis]!, what, (sizes) => batchSizesDiffer({ axis, ...sizes }));
  });
  const width = indices.at(-1)!;
  if (typeof width !== 'number') return undefined;
  return sliceDims(data, [...batch, ...indices.slice(batch_dims)], width, batch_dims);
}

interface ScatterAttributes {
  readonly reduction: Reduction;
}

function inferScatter(context: InferContext<ScatterAttributes>): readonly TensorType[] {
  const data = shapeOfRank(context, 0, 'data', { min: 1 });
  requireIndices(context.elementType(1));
  const indices = shapeOfRank(context, 1, 'indices', { min: 1 });
  const type = commonElementType([context.inputs[0], context.inputs[2]]);
  requireReducible(type, context.attributes.reduction);
  if (data !== undefined && indices !== undefined) inferUpdates(context, data, indices);
  requirePlanesAsPooled(context);
  return [tensorType(type, data)];
}

function inferUpdates(context: InferContext<unknown>, data: Shape, indices: Shape): void {
  checkTuples(data, indices, 0);
  const width = indices.at(-1)!;
  if (typeof width !== 'number') return;
  const expected = sliceDims(data, indices, width, 0);
  const updates = shapeOfRank(context, 2, 'updates', { min: expected.length, max: expected.length });
  updates?.forEach((size, axis) => {
    agree(context, expected[axis]!, size, `size of updates at axis ${axis}`, (sizes) =>
      updatesMisfit({ updates, indices, data, axis, ...sizes }),
    );
  });
}

function replace(dims: readonly number[], indices: Indices): Move {
  const length = sliceLength(dims, indices, 0);
  return (copy) => {
    forEachTuple(dims, indices, 0, (tuple, start) => copy(start, tuple * length, length));
  };
}

export const tupleIndexing: readonly Operator[] = [
  defineOperator({
    ...gatherNdSchema,
    infer: (context) => [tensorType(context.elementType(0), gatherShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const indices = knownIndices(context);
      if (data === undefined || indices === undefined) return undefined;
      const { batch_dims } = context.attributes;
      const dims = sliceDims(data.dims, indices.dims, indices.dims.at(-1)!, batch_dims);
      return [fetchSymbolic(data, dims, gather(data.dims, indices, batch_dims))];
    },
    reference: (context) => {
      const data = tensorOfRank(context, 0, 'data', { min: 1 });
      const indices = indicesAt(context);
      const { batch_dims } = context.attributes;
      const dims = sliceDims(data.dims, indices.dims, indices.dims.at(-1)!, batch_dims);
      return [fetchTensor(data, dims, gather(data.dims, indices, batch_dims))];
    },
  }),
  defineOperator({
    ...scatterNdSchema,
    infer: inferScatter,
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const indices = knownIndices(context);
      const updates = context.withUnknowns(2);
      if (data === undefined || indices === undefined || updates === undefined) return undefined;
      if (context.attributes.reduction !== 'none') return undefined;
      return [replaceSymbolic(data, updates, replace(data.dims, indices))];
    },
    reference: (context) => {
      const data = tensorOfRank(context, 0, 'data', { min: 1 });
      const indices = indicesAt(context);
      const updates = tensorAt(context, 2);
      checkUpdates(data, updates, sliceDims(data.dims, indices.dims, indices.dims.at(-1)!, 0));
      const { reduction } = context.attributes;
      const move = replace(data.dims, indices);
      return [reduction === 'none' ? replaceTensor(data, updates, move) : reduceInto(data, updates, reduction, move)];
    },
  }),
];
